"""Which articles are asked."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from qa.show.text import counted, visible_line


@dataclass(frozen=True, slots=True)
class Scope:
    """Patterns of article ids, and how to show them."""

    patterns: tuple[str, ...] = ()
    """Empty for all articles."""
    label: str = ""
    """Safe to show; empty for all articles."""

    @classmethod
    def of_patterns(cls, patterns: Sequence[str]) -> Scope:
        """Return the scope of all articles whose id matches one of the patterns."""
        return cls(tuple(patterns), visible_line(", ".join(patterns)))

    @classmethod
    def of_ids(cls, ids: Sequence[str]) -> Scope:
        """Return the scope of these articles; empty for all articles."""
        return cls(tuple(map(glob.escape, ids)), counted(len(ids), "article") if ids else "")

    def matching(self, ids: Iterable[str]) -> list[str]:
        """Return the ids that match a pattern; none if all articles are asked."""
        return [id for id in ids if any(fnmatchcase(id, pattern) for pattern in self.patterns)]
