"""Keeps the segments of a large store in step with its database.

Segments grow by what was added, and those with many removed passages are written again, one at a
time. Each step is a transaction of its own: a process that is killed loses one step.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.store import passages
from index.store.errors import mapped_os_errors
from index.store.files import SEGMENT_FILES, segment_number
from index.store.limits import Limits
from index.store.nominated import NominatedVectors
from index.store.removals import Run, forget, ids_of, removed
from index.store.segments import Segment, Stamp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.store.database import Database
    from index.store.rows import Connection

_KEY = "segment "
_END = "segment!"
"""The first string after all keys."""

Range = tuple[int, int]
"""The first and the last of some ids."""


class Segments:
    """The segments of one store."""

    def __init__(self, db: Database, folder: Path, dimension: int, limits: Limits) -> None:
        self._db = db
        self._folder = folder
        self._dimension = dimension
        self._limits = limits

    def opened(self) -> NominatedVectors:
        """Return the vectors of all passages: from segments, the others from the database.

        A segment that is missing or damaged is ignored, and written again after the transaction.
        Raises: StoreDamaged.
        """
        stamped = stamps(self._db)
        found = (Segment.open(self._folder, stamp, self._dimension) for stamp in stamped)
        segments = [segment for segment in found if segment is not None]
        vectors = NominatedVectors(segments, self._dimension)
        vectors.remove(ids_of(removed(self._db)))
        others = 0
        for first, last in self._gaps([segment.stamp for segment in segments]):
            for ids, halves in passages.vectors(self._db, first, last, self._dimension):
                vectors.add(ids, halves)
                others += len(ids)
        damaged = set(stamped) - {segment.stamp for segment in segments}
        if damaged or others > self._limits.in_memory_while_indexing:
            self._db.write_later(lambda: self.rebuild(damaged))
        return vectors

    def grow(self, by_at_least: int) -> bool:
        """Add the first of the passages that are in no segment, as many as fit into one.

        by_at_least: does nothing while fewer are missing. Returns whether more may be missing.

        Raises: StoreError, StoreDamaged.
        """
        with self._db.writing():
            return self._grow(by_at_least)

    def rebuild(self, damaged: Set[Stamp] | None = None) -> None:
        """Write segments again, by default all of them. Call inside `writing`.

        Not those that another process has written since: their files only seemed to be damaged.
        """
        self._drop(
            stamp.number for stamp in stamps(self._db) if damaged is None or stamp in damaged
        )
        while self._grow(self._limits.in_memory):
            pass

    def _grow(self, by_at_least: int) -> bool:
        self._sweep()
        stamped = stamps(self._db)
        gaps = list(self._gaps(stamped))
        if sum(last - first + 1 for first, last in gaps) <= by_at_least:
            return False
        gap = max(gaps, key=lambda gap: gap[1] - gap[0])
        before = next((stamp for stamp in stamped if stamp.last == gap[0] - 1), None)
        room = self._limits.segment - before.count if before else 0
        if before and room > self._limits.in_memory:
            self._extend(before, gap, room)
        else:
            self._create(stamped, gap)
        return True

    def compact(self) -> bool:
        """Write the segment with most removed passages again if they are many; return whether."""
        with self._db.writing():
            self._sweep()
            stamped, runs = stamps(self._db), removed(self._db)
            shares = {stamp: removed_in(stamp, runs) / stamp.count for stamp in stamped}
            worst = max(shares, key=lambda stamp: shares[stamp], default=None)
            if worst is None or shares[worst] < self._limits.removed_share:
                return False
            self._drop({worst.number})
            self._create(stamped, (worst.first, worst.last))
            forget(self._db, worst.first, worst.last)
        return True

    def discard(self) -> None:
        """Remove all segments. Call inside `writing`."""
        self._drop({stamp.number for stamp in stamps(self._db)})
        self._sweep()

    def _gaps(self, stamped: Iterable[Stamp]) -> Iterator[Range]:
        """Yield the ranges of ids that are in no segment."""
        free = 1
        for stamp in stamped:
            if stamp.first > free:
                yield free, stamp.first - 1
            free = stamp.last + 1
        last = passages.last_id(self._db)
        if last >= free:
            yield free, last

    def _extend(self, stamp: Stamp, gap: Range, room: int) -> None:
        """Add passages of a gap to the segment before it."""
        segment = Segment.open(self._folder, stamp, self._dimension)
        found = self._read(gap, room)
        if segment is None:
            self._drop({stamp.number})
        elif found is None:
            self._set(replace(stamp, last=gap[1]))
        else:
            with mapped_os_errors(self._folder):
                stamp = segment.extend(self._folder, *found)
            self._set(stamp if len(found[0]) == room else replace(stamp, last=gap[1]))

    def _create(self, stamped: Sequence[Stamp], gap: Range) -> None:
        """Write a segment with passages of a gap."""
        found = self._read(gap, self._limits.segment)
        if found is None:  # all were removed
            for stamp in stamped:
                if stamp.last == gap[0] - 1:
                    self._set(replace(stamp, last=gap[1]))
                    return
                if stamp.first == gap[1] + 1:
                    self._set(replace(stamp, first=gap[0]))
                    return
            return
        number = 1 + max((stamp.number for stamp in stamped), default=0)
        with mapped_os_errors(self._folder):
            stamp = Segment.create(self._folder, number, *found)
        is_whole = len(found[0]) < self._limits.segment
        self._set(replace(stamp, first=gap[0], last=gap[1] if is_whole else stamp.last))

    def _read(self, gap: Range, most: int) -> tuple[NDArray[np.int64], NDArray[np.float16]] | None:
        """Return the ids and vectors of the first passages in a gap; None if there are none."""
        import numpy as np

        parts = list(passages.vectors(self._db, *gap, self._dimension, most=most))
        if not parts:
            return None
        return np.concatenate([ids for ids, _ in parts]), np.concatenate([v for _, v in parts])

    def _set(self, stamp: Stamp) -> None:
        self._db.set_meta(f"{_KEY}{stamp.number}", str(stamp))

    def _drop(self, numbers: Iterable[int]) -> None:
        """Forget segments; their files are removed later, as other processes may just open them."""
        for number in numbers:
            self._db.execute("DELETE FROM meta WHERE key = ?", (f"{_KEY}{number}",))

    def _sweep(self) -> None:
        """Remove files of no segment. Call inside `writing`: nobody else is writing files then."""
        kept = {stamp.number for stamp in stamps(self._db)}
        for file in self._folder.glob(SEGMENT_FILES):
            if segment_number(file) not in kept:
                with contextlib.suppress(OSError):  # it takes space, nothing else
                    file.unlink()


def stamps(db: Connection) -> list[Stamp]:
    """Return the stamps of all segments in the order of their passages; not damaged ones."""
    query = "SELECT key, value FROM meta WHERE key >= ? AND key < ?"
    found = [
        stamp
        for key, value in db.execute(query, (_KEY, _END))
        if (stamp := Stamp.parse(key.removeprefix(_KEY), value))
    ]
    ordered: list[Stamp] = []
    for stamp in sorted(found, key=lambda stamp: stamp.first):
        if not ordered or stamp.first > ordered[-1].last:
            ordered.append(stamp)
    return ordered


def removed_in(stamp: Stamp, runs: Iterable[Run]) -> int:
    """Return how many passages of a segment were removed."""
    shared = (min(run.last, stamp.last) - max(run.first, stamp.first) + 1 for run in runs)
    return sum(max(0, count) for count in shared)
