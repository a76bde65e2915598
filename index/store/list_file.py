"""A file with the passages of each stem, and with the lengths of passages in words.

It is a database of its own, which can be lost: what is missing or damaged is not used. Each row has
a checksum, which is checked whenever the row is used.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.store.database import connected
from index.store.errors import mapped_errors
from index.store.files import LISTS

if TYPE_CHECKING:
    import sqlite3

    import numpy as np
    from numpy.typing import NDArray

BUSY_SECONDS = 0.0
_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (
    key TEXT PRIMARY KEY, checksum INTEGER NOT NULL, ids BLOB NOT NULL, numbers BLOB NOT NULL
) WITHOUT ROWID
"""
_STEM, _LENGTHS, _NEXT = "stem ", "lengths", "next"
"""Keys: of a stem, of the lengths of passages, and of the first stem that is still missing."""


class ListsDamaged(Exception):
    """A row is missing, or not what was written."""


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """Numbers by passage id."""

    ids: NDArray[np.uint32]
    """Ascending."""
    numbers: NDArray[np.uint16]
    """One for each id."""


class ListFile:
    """An open file. Raises StoreError if it cannot be read or written."""

    def __init__(self, folder: Path, number: int, *, writable: bool) -> None:
        """Open a file, or create it if it is to be written. Raises: StoreError."""
        self._path = folder / LISTS.format(number)
        self._number = number
        with self._mapped():
            self._db: sqlite3.Connection = connected(
                folder,
                "rwc" if writable else "ro",
                BUSY_SECONDS,
                check_same_thread=False,
                name=self._path.name,
            )
            if writable:
                self._db.execute("PRAGMA synchronous = normal")
                self._db.execute(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def stem(self, stem: str) -> Numbers | None:
        """Return how often passages have a stem, in halves; None if none has it.

        Raises: ListsDamaged, StoreError.
        """
        return self._row(f"{_STEM}{stem}")

    def lengths(self) -> Numbers:
        """Return how many words passages have. Raises: ListsDamaged, StoreError."""
        found = self._row(_LENGTHS)
        if found is None:
            raise ListsDamaged(_LENGTHS)
        return found

    def next_stem(self) -> str | None:
        """Return the first stem that is missing; None if there is none. Raises: StoreError."""
        with self._mapped():
            row = self._db.execute("SELECT ids FROM rows WHERE key = ?", (_NEXT,)).fetchone()
        return None if row is None else bytes(row[0]).decode()

    def add(
        self,
        lists: Iterable[tuple[str, Numbers]],
        *,
        next_stem: str | None,
        lengths: Numbers | None = None,
    ) -> None:
        """Add lists of stems, all or nothing. next_stem: the first one that is still missing."""
        rows = [self._row_of(f"{_STEM}{stem}", numbers) for stem, numbers in lists]
        if lengths is not None:
            rows.append(self._row_of(_LENGTHS, lengths))
        with self._mapped():
            self._db.execute("BEGIN")
            try:
                self._db.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?)", rows)
                self._db.execute("DELETE FROM rows WHERE key = ?", (_NEXT,))
                if next_stem is not None:
                    values = (_NEXT, 0, next_stem.encode(), b"")
                    self._db.execute("INSERT INTO rows VALUES (?, ?, ?, ?)", values)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _row(self, key: str) -> Numbers | None:
        import numpy as np

        query = "SELECT checksum, ids, numbers FROM rows WHERE key = ?"
        with self._mapped():
            row = self._db.execute(query, (key,)).fetchone()
        if row is None:
            return None
        if not self._is_sound(key, *row):
            raise ListsDamaged(key)
        _, ids, numbers = row
        return Numbers(np.frombuffer(ids, np.uint32), np.frombuffer(numbers, np.uint16))

    def is_sound(self) -> bool:
        """Return whether every row is what was written. Raises: StoreError."""
        with self._mapped():
            rows = self._db.execute("SELECT key, checksum, ids, numbers FROM rows ORDER BY key")
            keys = [key for key, *row in rows if self._is_sound(key, *row)]
            (count,) = self._db.execute("SELECT count(*) FROM rows").fetchone()
        return len(keys) == count and _LENGTHS in keys

    def _row_of(self, key: str, of: Numbers) -> tuple[str, int, bytes, bytes]:
        ids, numbers = of.ids.tobytes(), of.numbers.tobytes()
        return key, self._checksum(key, ids, numbers), ids, numbers

    def _is_sound(self, key: str, checksum: object, ids: bytes, numbers: bytes) -> bool:
        try:
            return checksum == self._checksum(key, ids, numbers) and len(ids) == 2 * len(numbers)
        except (TypeError, AttributeError):  # values of other types
            return False

    def _checksum(self, key: str, ids: bytes, numbers: bytes) -> int:
        """Return the checksum of a row, which belongs to the number of the file."""
        start = zlib.crc32(f"{self._number} {key}".encode())
        return zlib.crc32(numbers, zlib.crc32(ids, start))

    @contextlib.contextmanager
    def _mapped(self) -> Iterator[None]:
        with mapped_errors(self._path):
            yield
