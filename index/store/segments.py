"""Vectors of a large store in files: each segment has those of passages with consecutive ids.

    vectors-3.codes   compressed vectors with their ids, read as a whole; replaced when it grows
    vectors-3.rows    the vectors (float16), of which few are read; they are only ever appended

A stamp in the database says what belongs to a segment, so a process that is killed while writing
leaves at most rows that nothing refers to.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.store.codes import Codes
from index.store.files import CODES, ROWS
from index.store.row_file import RowFile

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SEPARATOR = ":"


@dataclass(frozen=True, slots=True)
class Stamp:
    """What belongs to a segment."""

    number: int
    first: int
    last: int
    """The ids of its passages are from `first` to `last`."""
    count: int
    """Passages, removed ones included."""
    codes_sha256: str

    @classmethod
    def parse(cls, number: str, value: str) -> Stamp | None:
        """Return a stamp from the database; None if it is damaged."""
        first, _, rest = value.partition(_SEPARATOR)
        last, _, rest = rest.partition(_SEPARATOR)
        count, _, digest = rest.partition(_SEPARATOR)
        if not all(part.isdecimal() for part in (number, first, last, count)):
            return None
        stamp = cls(int(number), int(first), int(last), int(count), digest)
        is_possible = stamp.first <= stamp.last and 0 < count_of(stamp) >= stamp.count > 0
        return stamp if is_possible else None

    def __str__(self) -> str:
        return _SEPARATOR.join(map(str, (self.first, self.last, self.count, self.codes_sha256)))


def count_of(stamp: Stamp) -> int:
    """Return how many ids are in the range of a segment."""
    return stamp.last - stamp.first + 1


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """An open segment."""

    stamp: Stamp
    codes: Codes
    ids: NDArray[np.int64]
    """Ascending."""
    rows: RowFile
    """In the order of the ids. Damage to one is noticed when it is used."""

    @classmethod
    def open(cls, folder: Path, stamp: Stamp, dimension: int) -> Segment | None:
        """Open a segment; None if a file is missing, too short or not what was written."""
        codes_file, rows_file = _files(folder, stamp.number)
        codes = Codes.read(codes_file, stamp.codes_sha256)
        if codes is None or len(codes) != stamp.count:
            return None
        try:
            rows = RowFile(rows_file, dimension)
        except OSError:
            return None
        if rows.bytes < 2 * dimension * stamp.count:
            return None
        return cls(stamp, codes, codes.ids, rows)

    @classmethod
    def create(
        cls, folder: Path, number: int, ids: NDArray[np.int64], rows: NDArray[np.float16]
    ) -> Stamp:
        """Write a new segment; return its stamp. Raises: OSError."""
        codes_file, rows_file = _files(folder, number)
        RowFile.write(rows_file, rows, at=0)
        codes = Codes(rows.shape[1])
        codes.add(ids, rows)
        return Stamp(number, int(ids[0]), int(ids[-1]), len(ids), codes.write(codes_file))

    def extend(self, folder: Path, ids: NDArray[np.int64], rows: NDArray[np.float16]) -> Stamp:
        """Append rows with higher ids to this segment; return its new stamp. Raises: OSError.

        The segment must not be used any more.
        """
        codes_file, rows_file = _files(folder, self.stamp.number)
        RowFile.write(rows_file, rows, at=self.stamp.count)
        self.codes.add(ids, rows)
        return replace(
            self.stamp,
            last=int(ids[-1]),
            count=self.stamp.count + len(ids),
            codes_sha256=self.codes.write(codes_file),
        )


def _files(folder: Path, number: int) -> tuple[Path, Path]:
    return folder / CODES.format(number), folder / ROWS.format(number)
