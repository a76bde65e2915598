"""Which articles are asked, and how the chat shows that."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.scope import ALL, Scope
from qa.show.text import counted, visible_line


@dataclass(frozen=True, slots=True)
class Selection:
    """The articles that are asked, and what the status bar calls them."""

    scope: Scope = ALL
    label: str = ""
    """Safe to show; empty for all articles."""

    @classmethod
    def of_patterns(cls, scope: Scope) -> Selection:
        """Return the articles that the patterns of --only and --exclude leave."""
        if not scope:
            return cls()
        but = f" but {', '.join(scope.exclude)}" if scope.exclude else ""
        return cls(scope, visible_line(f"{', '.join(scope.only) or 'all'}{but}"))

    @classmethod
    def of_ids(cls, ids: Sequence[str]) -> Selection:
        """Return these articles; all if there are none."""
        scope = Scope(only=tuple(map(glob.escape, ids)))
        return cls(scope, counted(len(ids), "article")) if ids else cls()

    @classmethod
    def all_but(cls, ids: Sequence[str]) -> Selection:
        """Return all articles but these, including those that are added later."""
        scope = Scope(exclude=tuple(map(glob.escape, ids)))
        return cls(scope, f"all but {counted(len(ids), 'article')}") if ids else cls()

    def including(self, ids: Sequence[str]) -> Selection:
        """Return the same articles and these; those excluded stay excluded."""
        if not self.scope.only:
            return self
        only = (*self.scope.only, *map(glob.escape, ids))
        return Selection(replace(self.scope, only=only), f"{self.label} and {len(ids):,} more")

    def selected(self, ids: Sequence[str]) -> list[str]:
        """Return the ids that are asked; none if all articles are."""
        return self.scope.matching(ids) if self.scope else []
