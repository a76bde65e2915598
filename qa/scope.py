"""Which articles are asked: patterns of ids to ask, and of ids to exclude."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cached_property

from index.errors import ArticleError

Patterns = str | Sequence[str]
"""Patterns of article ids, such as "2024/*.md", or ids of folders, such as "2024"."""
IDS_NAMED = 5
"""Most articles or patterns named in an error if there is none to ask."""
_MAGIC = re.compile(r"[*?[]")


@dataclass(frozen=True)
class Scope:
    """The articles that match `only`, if there is any such pattern, and do not match `exclude`."""

    only: tuple[str, ...] = ()
    """Empty for all articles."""
    exclude: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    """Paths of the folder that ids are relative to: patterns may begin with one of them."""

    @classmethod
    def of(cls, only: Patterns = (), exclude: Patterns = (), roots: tuple[str, ...] = ()) -> Scope:
        """Return the scope of one or several patterns."""
        return cls(_several(only), _several(exclude), roots)

    def __bool__(self) -> bool:
        """Return whether some articles may not be asked."""
        return bool(self.only or self.exclude)

    def matching(self, ids: Iterable[str]) -> list[str]:
        """Return the ids of the articles that are asked, in the same order."""
        wanted, excluded = self._matchers
        asked = [id for id in ids if wanted.matches(id)] if self.only else list(ids)
        return [id for id in asked if not excluded.matches(id)] if self.exclude else asked

    def chosen(self, ids: Sequence[str]) -> list[str] | None:
        """Return the ids of the articles that are asked; None for all.

        Raises: ArticleError if there is none.
        """
        if not self:
            return None
        asked = self.matching(ids)
        if asked:
            return asked
        only, exclude = _named(self.only), _named(self.exclude)
        message = f"No article matches {only}."
        if not self.only:
            message = f"All articles are excluded by {exclude}."
        elif self.exclude and Scope(self.only, roots=self.roots).matching(ids):
            message = f"All articles that match {only} are excluded by {exclude}."
        raise ArticleError(message, f"Available: {_named(ids)}" if ids else "")

    @cached_property
    def _matchers(self) -> tuple[_Matcher, _Matcher]:
        return _Matcher(self.only, self.roots), _Matcher(self.exclude, self.roots)


ALL = Scope()
"""All articles."""


class _Matcher:
    """Matches ids with patterns. Many patterns without wildcards are as fast as one."""

    def __init__(self, patterns: Iterable[str], roots: Iterable[str]) -> None:
        typed = {_normal(pattern) for pattern in patterns}
        names = typed | {_below(root, name) for root in map(_normal, roots) for name in typed}
        globs = {name for name in names if _MAGIC.search(name)}
        self._literal = names  # all: a file may be named "[draft].md", as it is then completed
        self._glob = re.compile("|".join(map(translate, globs))) if globs else None

    def matches(self, id: str) -> bool:
        """Return whether a pattern matches an id, or the folder of an id."""
        names = _with_folders(_normal(id))
        return any(name in self._literal for name in names) or (
            self._glob is not None and any(self._glob.match(name) for name in names)
        )


def _named(names: Sequence[str]) -> str:
    """Return the first names of many, which the chat can make."""
    return ", ".join(names[:IDS_NAMED]) + (" …" if len(names) > IDS_NAMED else "")


def _with_folders(id: str) -> list[str]:
    """Return an id, and the folders it is in: "a/b.md" gives "a/b.md" and "a"."""
    return [id, *(id[: slash.start()] for slash in re.finditer("/", id))]


def _below(root: str, pattern: str) -> str:
    """Return a pattern without the path of the corpus before it; unchanged if it has none."""
    return "*" if pattern == root else pattern.removeprefix(f"{root}/")


def _normal(name: str) -> str:
    """Return a name in the form in which it is compared: file systems differ in their forms."""
    if os.sep != "/":
        name = name.replace(os.sep, "/")
    return unicodedata.normalize("NFC", name).removeprefix("./").rstrip("/")


def _several(patterns: Patterns) -> tuple[str, ...]:
    return (patterns,) if isinstance(patterns, str) else tuple(patterns)
