"""Which of the articles are asked."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from qa.show.text import visible_line


@dataclass(frozen=True, slots=True)
class Scope:
    """Patterns of article ids, and how to show them."""

    patterns: tuple[str, ...] = ()
    """None for all articles."""
    label: str = ""
    """Safe to show; empty for all articles."""

    @classmethod
    def of_patterns(cls, patterns: Sequence[str]) -> Scope:
        """Return the scope of all articles whose id matches one of the patterns."""
        return cls(tuple(patterns), visible_line(", ".join(patterns)))

    @classmethod
    def of_ids(cls, ids: Sequence[str]) -> Scope:
        """Return the scope of just these articles; of all articles if there are none."""
        return cls(tuple(map(glob.escape, ids)), f"{len(ids):,} of them" if ids else "")

    def matching(self, ids: Iterable[str]) -> list[str]:
        """Return those ids that match a pattern; none if all articles are asked."""
        return [id for id in ids if any(fnmatchcase(id, like) for like in self.patterns)]
