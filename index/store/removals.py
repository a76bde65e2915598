"""Which passages were removed, for files of vectors that still have them.

Passage ids are never used again, so this holds for every file. A run of ids is a row of `meta`:
its key has the first one, its value the last one and the generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.store.database import Database
    from index.store.rows import Connection

MAX_RUN = 1 << 24
"""Passages in one run: more than any article has. A larger run is damage."""
_KEY = "removed "
_END = "removed!"
"""The first string after all keys."""


class Run(NamedTuple):
    """Passages with consecutive ids that were removed together."""

    first: int
    last: int
    generation: int
    """That of the database since then."""


def note_removed(db: Database, ids: Iterable[int]) -> None:
    """Note that passages are being removed. Call inside `writing`, after `advance`."""
    generation = db.generation()
    for first, last in _runs(sorted(ids)):
        db.set_meta(f"{_KEY}{first}", f"{last}:{generation}")


def removed(db: Connection, *, after: int = -1) -> list[Run]:
    """Return what was removed since a generation; damaged notes are skipped."""
    found = []
    for key, value in db.execute(
        "SELECT key, value FROM meta WHERE key >= ? AND key < ?", (_KEY, _END)
    ):
        first = key.removeprefix(_KEY)
        last, _, generation = value.partition(":")
        if all(part.isdecimal() for part in (first, last, generation)):
            run = Run(int(first), int(last), int(generation))
            if run.generation > after and 0 <= run.last - run.first < MAX_RUN:
                found.append(run)
    return sorted(found)


def ids_of(runs: Iterable[Run]) -> NDArray[np.int64]:
    """Return the ids of passages that were removed."""
    import numpy as np

    parts = [np.arange(run.first, run.last + 1, dtype=np.int64) for run in runs]
    return np.concatenate(parts) if parts else np.array([], dtype=np.int64)


def forget(db: Database, first: int, last: int) -> None:
    """Forget removals in a range of ids, which no file has any more. Call inside `writing`."""
    for run in removed(db):
        if run.last < first or run.first > last:
            continue
        db.execute("DELETE FROM meta WHERE key = ?", (f"{_KEY}{run.first}",))
        for start, stop in ((run.first, first - 1), (last + 1, run.last)):
            if start <= stop:
                db.set_meta(f"{_KEY}{start}", f"{stop}:{run.generation}")


def _runs(ascending: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of each run of consecutive numbers."""
    start = 0
    for place in range(1, len(ascending) + 1):
        if place == len(ascending) or ascending[place] != ascending[place - 1] + 1:
            yield ascending[start], ascending[place - 1]
            start = place
