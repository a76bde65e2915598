"""Rows of a fixed size in a file, of which a few are read at a time.

The file is not mapped into memory: for each row, the system would map many pages around it, and
the process of a reader whose file is cut short would be killed. One thread at a time can read.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RowFile:
    """Float16 vectors in a file that is open for reading until this object is gone."""

    def __init__(self, path: Path, dimension: int) -> None:
        """Open the file. Raises: OSError."""
        if path.is_dir():  # the system would open it, and only fail to read it
            raise IsADirectoryError(path)
        self._file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._file)
        self._row_bytes = 2 * dimension

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return os.fstat(self._file).st_size

    def read(self, places: NDArray[np.int64]) -> NDArray[np.float16]:
        """Return the vectors at some places: shape (len(places), dimension).

        A vector that the file has no longer is zero. Raises: OSError.
        """
        import numpy as np

        order = np.argsort(places, kind="stable")
        ascending = places[order]
        starts = np.flatnonzero(np.diff(ascending, prepend=-2) != 1)
        counts = np.diff(starts, append=len(places))
        sizes, offsets = counts * self._row_bytes, ascending[starts] * self._row_bytes
        content = b"".join(
            _read(self._file, size, offset).ljust(size, b"\0")
            for size, offset in zip(sizes.tolist(), offsets.tolist(), strict=True)
        )
        found = np.empty((len(places), self._row_bytes // 2), dtype=np.float16)
        found[order] = np.frombuffer(content, dtype=np.float16).reshape(found.shape)
        return found

    @staticmethod
    def write(path: Path, rows: NDArray[np.float16], *, at: int) -> None:
        """Write vectors from a place on, and cut off what is after them. Raises: OSError."""
        with path.open("r+b" if at else "wb") as file:
            file.seek(at * rows.shape[1] * 2)
            file.write(rows.tobytes())
            file.truncate()
            file.flush()
            os.fsync(file.fileno())


def _read(file: int, size: int, offset: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(file, size, offset)
    os.lseek(file, offset, os.SEEK_SET)
    return os.read(file, size)
