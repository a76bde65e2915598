"""Search in the vectors of a large store: codes nominate passages, whose vectors are compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from index.store.codes import Estimates
from index.store.segments import Segment
from index.store.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector

NOMINATED = 1_000
"""Passages whose vectors are compared. Of 62,000, they include 99.9 % of the ten nearest and 98.4 %
of the hundred nearest: see tests/benchmark/README.md.
"""
NOMINATED_FOR_ONE = 256
"""The same if only one passage is wanted, as for the lowest cosine."""
NOMINATED_PER_WANTED = 4
"""If more are wanted, this many times as many are nominated."""
MAX_COMPARED = 8_192
"""Up to this many passages to search are all compared, without codes."""
COMPARED_AT_ONCE = 8_192
KEPT_QUERIES = 4
"""Of the latest queries, the nominated passages are kept: the nearest are asked for before the
farthest, and both are found at the same time.
"""
Nominees = tuple["NDArray[np.int64]", "NDArray[np.int64]"]
"""Ids of near passages and of far ones."""


class NominatedVectors:
    """The vectors of all passages: segments in files, and a few passages in memory.

    Nearly as exact as `Vectors`, but takes a tenth of the memory and of the time.
    """

    def __init__(self, segments: Iterable[Segment], dimension: int) -> None:
        import numpy as np

        self._segments = list(segments)
        self._others = Vectors(dimension)
        """Of the passages that are in no segment."""
        self._other_ids = np.array([], dtype=np.int64)
        """Ascending."""
        self._removed = np.array([], dtype=np.int64)
        """Ids in segments that are not stored any more; ascending."""
        self._asked: list[tuple[Vector, int, Nominees]] = []

    def __len__(self) -> int:
        held = sum(len(segment.ids) for segment in self._segments)
        return held - len(self._removed) + len(self._others)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float16]) -> None:
        """Add vectors, shape (len(ids), dimension). The ids must be new."""
        import numpy as np

        self._others.add(ids, vectors)
        self._other_ids = np.union1d(self._other_ids, ids)

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Remove vectors; unknown ids are ignored."""
        import numpy as np

        self._others.remove(ids)
        self._other_ids = np.setdiff1d(self._other_ids, ids)
        held = [_shared(ids, segment.ids) for segment in self._segments]
        self._removed = np.union1d(self._removed, np.concatenate([ids[:0], *held]))

    def nearest(
        self, query: Vector, k: int, among: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the k passages with the highest cosine, best first: (passage id, cosine).

        among: the ids to search, ascending; None for all.
        """
        import numpy as np

        others = None if among is None else _shared(self._other_ids, among)
        found = self._others.nearest(query, k, others)
        ids = self._candidates(query, k, among)
        ids = ids[~np.isin(ids, self._removed)]
        for first in range(0, len(ids), COMPARED_AT_ONCE):
            part = ids[first : first + COMPARED_AT_ONCE]
            cosines = self.of(part.tolist()) @ query
            best = np.argsort(-cosines, kind="stable")[:k]
            found.extend(zip(part[best].tolist(), cosines[best].tolist(), strict=True))
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))[:k]

    def min_cosine(self, query: Vector, among: NDArray[np.int64] | None = None) -> float:
        """Return the lowest cosine of any passage with the question; 0 if there are none."""
        found = self.nearest(-query, 1, among)
        return -found[0][1] if found else 0.0

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the question, in the order of the ids.

        Raises: KeyError for an unknown id.
        """
        cosines: list[float] = (self.of(ids) @ query).tolist() if ids else []
        return cosines

    def of(self, ids: Sequence[int]) -> Vector:
        """Return the vectors of some passages: float32, shape (len(ids), dimension).

        Raises: KeyError for an unknown id.
        """
        import numpy as np

        wanted = np.array(ids, dtype=np.int64)
        found: Vector = np.empty((len(wanted), self._others.dimension), dtype=np.float32)
        missing = np.isin(wanted, self._removed, invert=True)
        if not missing.all():
            raise KeyError("a removed passage")
        for segment in self._segments:
            places = _places(segment.ids, wanted)
            here = places >= 0
            found[here] = segment.rows.read(places[here])
            missing &= ~here
        if missing.any():
            found[missing] = self._others.of(wanted[missing].tolist())
        return found

    def _candidates(
        self, query: Vector, k: int, among: NDArray[np.int64] | None
    ) -> NDArray[np.int64]:
        """Return the ids, in segments, of passages that may be among the k nearest."""
        import numpy as np

        held = sum(len(segment.ids) for segment in self._segments)
        wanted = max(NOMINATED, NOMINATED_PER_WANTED * k)
        if among is None:
            if wanted >= held:
                return self._all()
            return self._nominees(query, wanted)[: NOMINATED_FOR_ONE if k == 1 else wanted]
        if len(among) <= MAX_COMPARED:
            return np.concatenate([among[:0], *(_shared(among, s.ids) for s in self._segments)])
        wanted = wanted * held // len(among)
        ids = self._all() if wanted >= held else self._nominees(query, wanted)
        return _shared(ids, among)

    def _all(self) -> NDArray[np.int64]:
        import numpy as np

        return np.concatenate([self._removed[:0], *(segment.ids for segment in self._segments)])

    def _nominees(self, query: Vector, wanted: int) -> NDArray[np.int64]:
        """Return the ids of about the `wanted` nearest passages in segments."""
        import numpy as np

        for asked, count, (near, far) in self._asked:
            if count >= wanted and np.array_equal(asked, query):
                return near
            if count >= wanted and np.array_equal(asked, -query):
                return far
        each = max(wanted // len(self._segments), wanted // 4)  # a segment seldom has more of them
        found = [segment.codes.nominated(query, each) for segment in self._segments]
        near, far = (_best(found, wanted, place) for place in (0, 1))
        self._asked = [(query.copy(), wanted, (near, far)), *self._asked[: KEPT_QUERIES - 1]]
        return near


def _best(
    found: Sequence[tuple[Estimates, Estimates]], wanted: int, place: int
) -> NDArray[np.int64]:
    """Return the ids with the highest estimates, in order. place: 0 for near, 1 for far."""
    import numpy as np

    ids = np.concatenate([both[place][0] for both in found])
    estimates = np.concatenate([both[place][1] for both in found])
    best: NDArray[np.int64] = ids[np.argsort(-estimates)[:wanted]]
    return best


def _shared(ids: NDArray[np.int64], ascending: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ids that are in an ascending array, too."""
    return ids[_places(ascending, ids) >= 0]


def _places(ascending: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where ids are in an ascending array; -1 for those that are not in it."""
    import numpy as np

    places = np.searchsorted(ascending, ids)
    places[places == len(ascending)] = 0
    return np.where(ascending[places] == ids, places, -1) if len(ascending) else places - 1
