"""Compares the files of vectors and words with the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreError
from index.store import passages
from index.store.files import CODES, LISTS, VECTORS
from index.store.list_file import ListFile
from index.store.removals import ids_of, removed
from index.store.segmented import stamps
from index.store.segments import Segment
from index.store.vectors import Vectors

if TYPE_CHECKING:
    from index.store.rows import Connection
    from index.store.segments import Stamp

UNREADABLE = "does not match its checksum."
DIFFERENT = "differs from the vectors in the database."
SURPLUS = "has more vectors than the database."


def noted(db: Connection) -> list[tuple[str, str]]:
    """Return what the database says about these files."""
    query = (
        "SELECT key, value FROM meta WHERE key IN ('vectors', 'word lists') OR key LIKE 'segment %'"
        " ORDER BY key"
    )
    return [(key, value) for key, value in db.execute(query)]


def differences(db: Connection, folder: Path, dimension: int) -> Iterator[tuple[Path, str]]:
    """Yield the files of vectors that are not as they were written, with what is wrong.

    The database must be undamaged. What was added to it since a file was written is not compared.
    """
    last, _, digest = dict(noted(db)).get("vectors", "").partition(":")
    if last.isdecimal() and (wrong := _wrong_with_file(db, folder / VECTORS, int(last), digest)):
        yield folder / VECTORS, wrong
    for stamp in stamps(db):
        if wrong := _wrong_with_segment(db, folder, stamp, dimension):
            yield folder / CODES.format(stamp.number), wrong
    number, _, _ = dict(noted(db)).get("word lists", "").partition(":")
    if number.isdecimal() and not _are_lists_sound(folder, int(number)):
        yield folder / LISTS.format(number), UNREADABLE


def _are_lists_sound(folder: Path, number: int) -> bool:
    try:
        with contextlib.closing(ListFile(folder, number, writable=False)) as file:
            return file.is_sound()
    except StoreError:
        return False


def _wrong_with_file(db: Connection, file: Path, last: int, digest: str) -> str:
    vectors = Vectors.read(file, digest)
    if vectors is None:
        return UNREADABLE
    vectors.remove(ids_of(removed(db)))
    count = 0
    for ids, halves in passages.vectors(db, 0, last, vectors.dimension):
        if not vectors.holds(ids, halves):
            return DIFFERENT
        count += len(ids)
    return "" if count == len(vectors) else SURPLUS


def _wrong_with_segment(db: Connection, folder: Path, stamp: Stamp, dimension: int) -> str:
    import numpy as np

    segment = Segment.open(folder, stamp, dimension)
    if segment is None:
        return UNREADABLE
    live = np.isin(segment.ids, ids_of(removed(db)), invert=True)
    ids, place = segment.ids[live], 0
    for own, halves in passages.vectors(db, stamp.first, stamp.last, dimension):
        rows = segment.rows.read(np.flatnonzero(live)[place : place + len(own)])
        if not np.array_equal(ids[place : place + len(own)], own):
            return DIFFERENT
        if not np.array_equal(rows, halves, equal_nan=True):
            return DIFFERENT
        place += len(own)
    return "" if place == len(ids) else SURPLUS
