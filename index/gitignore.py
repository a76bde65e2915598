"""Rules of .gitignore files: which files of a folder are not articles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

GITIGNORE = ".gitignore"

Ignores = list[tuple[str, "GitIgnoreSpec"]]
"""The rules of .gitignore files, each with its folder; of outer folders first."""


def enclosing_ignores(folder: str) -> Ignores:
    """Return the ignore rules above `folder`, up to the root of its git repository.

    None apply if they would ignore `folder` itself, which was named explicitly.
    """
    above: list[Path] = []
    for place in (Path(folder), *Path(folder).parents):
        if place != Path(folder):
            above.append(place)
        if os.path.exists(place / ".git"):  # unlike Path.exists, no error without permission
            rules = [rule for parent in reversed(above) for rule in ignores_of(str(parent))]
            return [] if is_ignored(folder + os.sep, rules) else rules
    return []


def ignores_of(folder: str) -> Iterator[tuple[str, GitIgnoreSpec]]:
    """Yield the rules of the .gitignore file in a folder, if there is one."""
    from pathspec import GitIgnoreSpec

    file = Path(folder, GITIGNORE)
    try:
        content = file.read_bytes() if file.is_file() else b""
    except OSError:
        return  # an unreadable file ignores nothing
    rules: list[str] = []
    for line in content.decode("utf-8-sig", "replace").splitlines():
        with suppress(ValueError):  # an invalid rule is dropped; the others still apply
            GitIgnoreSpec.from_lines([line])
            rules.append(line)
    yield folder, GitIgnoreSpec.from_lines(rules)


def is_ignored(path: str, ignores: Ignores) -> bool:
    """Return whether `path` is ignored, according to the nearest rule that matches it."""
    for folder, spec in reversed(ignores):
        verdict = spec.check_file(os.path.relpath(path, folder) + path[len(path.rstrip(os.sep)) :])
        if verdict.include is not None:
            return verdict.include
    return False
