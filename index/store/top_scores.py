"""Adds up the scores of passages, and finds the highest sums, without touching all passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.int64]
    Scores = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ScoredList:
    """The passages that have a word."""

    ids: Ids
    """Each once."""
    scores: Scores
    """One for each id, above 0."""


class TopScores:
    """Ranks passages with ids below a limit. One thread at a time."""

    def __init__(self, limit: int) -> None:
        import numpy as np

        self._sums = np.zeros(limit)
        """By passage id. All 0 between two calls: a new array for each would take longer."""

    def best(
        self, lists: Sequence[ScoredList], k: int, among: Ids | None = None
    ) -> tuple[Ids, Scores]:
        """Return the k passages with the highest sums, best first; of equal ones, lower ids first.

        among: the ids to search, ascending; None for all.
        """
        import numpy as np

        allowed = None
        if among is not None:
            allowed = np.zeros(len(self._sums), dtype=bool)
            allowed[among[: np.searchsorted(among, len(allowed))]] = True
        seen = [np.array([], dtype=np.int64)]
        try:
            seen.extend(self._add(one, allowed) for one in lists)
            ids = np.concatenate(seen)
            sums = self._sums[ids]
        finally:
            for part in seen:
                self._sums[part] = 0
        if len(ids) > k:
            high = sums >= np.partition(sums, len(sums) - k)[len(sums) - k]
            ids, sums = ids[high], sums[high]
        best = np.lexsort((ids, -sums))[:k]
        return ids[best], sums[best]

    def _add(self, one: ScoredList, allowed: NDArray[np.bool_] | None) -> Ids:
        """Add the scores of a list; return the ids of passages that no list before had."""
        ids, scores = one.ids, one.scores
        if allowed is not None:
            is_allowed = allowed[ids]
            ids, scores = ids[is_allowed], scores[is_allowed]
        before = self._sums[ids]
        self._sums[ids] = before + scores
        new: Ids = ids[before == 0]
        return new
