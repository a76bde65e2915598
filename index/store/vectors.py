"""Exact search in the vectors of all passages. The only module that imports faiss."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from index.store.files import unused_name

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector


MIN_VECTORS_FOR_THREADS = 100_000
"""From this many on, a scan gains more from threads than they cost."""
UNFINISHED_SECONDS = 600
"""An unfinished file that has not been written to for this long belongs to a killed process."""


class Vectors:
    """A FAISS index of float16 vectors.

    As exact as the stored vectors; half the memory of float32, and four times as fast to scan.
    """

    def __init__(self, dimension: int) -> None:
        import faiss

        flat = faiss.IndexScalarQuantizer(
            dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
        )
        self._faiss: Any = faiss.IndexIDMap2(flat)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[Any]) -> None:
        """Add vectors, shape (len(ids), dimension). The ids must be new."""
        self._faiss.add_with_ids(vectors.astype("float32"), ids)

    def nearest(
        self, query: Vector, k: int, among: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the k passages with the highest cosine, best first: (passage id, cosine).

        among: the ids to search; None for all.
        """
        held = len(self) if among is None else min(len(self), len(among))
        if not held:
            return []
        import faiss

        chosen = None
        if among is not None:
            chosen = faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))

        # A scan of few vectors takes less time than OpenMP's threads can cost while another
        # library's threads hold the cores: up to 40 ms was measured beside onnxruntime's.
        few = len(self) < MIN_VECTORS_FOR_THREADS
        faiss.omp_set_num_threads(1 if few else os.cpu_count() or 1)
        cosines, ids = self._faiss.search(query.reshape(1, -1), min(k, held), params=chosen)
        found = zip(ids[0], cosines[0], strict=True)
        return [(int(id), float(cosine)) for id, cosine in found if id >= 0]

    def min_cosine(self, query: Vector, among: NDArray[np.int64] | None = None) -> float:
        """Return the lowest cosine of any passage with the question; 0 if there are none."""
        found = self.nearest(-query, 1, among)
        return -found[0][1] if found else 0.0

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the question, in the order of the ids.

        Raises: KeyError for an unknown id.
        """
        try:
            return [float(self._faiss.reconstruct(id) @ query) for id in ids]
        except RuntimeError as error:
            raise KeyError(str(error)) from error

    def of(self, ids: Sequence[int]) -> Vector:
        """Return the vectors of some passages: float32, shape (len(ids), dimension).

        Raises: KeyError for an unknown id.
        """
        import numpy as np

        try:
            found: Vector = self._faiss.reconstruct_batch(np.array(ids, dtype=np.int64))
        except RuntimeError as error:
            raise KeyError(str(error)) from error
        return found

    def holds(self, ids: NDArray[np.int64], vectors: NDArray[np.float16]) -> bool:
        """Return whether these ids have exactly these vectors, shape (len(ids), dimension)."""
        import numpy as np

        try:
            return np.array_equal(self._faiss.reconstruct_batch(ids), vectors, equal_nan=True)
        except RuntimeError:  # an unknown id
            return False

    @classmethod
    def read(cls, path: Path, expected_sha256: str) -> Vectors | None:
        """Read a file that `write` wrote; None if it is missing, damaged or a different one."""
        import faiss

        try:
            with path.open("rb") as file:
                digest = sha256()
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
                if digest.hexdigest() != expected_sha256:
                    return None
                file.seek(0)  # not opened again: these are the bytes that were hashed
                vectors = cls.__new__(cls)
                vectors._faiss = faiss.read_index(faiss.PyCallbackIOReader(file.read))
                return vectors
        except (OSError, RuntimeError):  # RuntimeError: faiss cannot read it
            return None

    def write(self, path: Path) -> str:
        """Write the file, completely or not at all; return its SHA-256. Raises: OSError."""
        import faiss

        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                hashing = _HashingWriter(file)
                writer = faiss.PyCallbackIOWriter(hashing.write)
                faiss.write_index(self._faiss, writer)
                del writer  # flushes it
                file.flush()
                os.fsync(file.fileno())
            if path.is_dir():  # os.replace cannot replace a folder
                path.rename(unused_name(path))
            os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
            raise
        return hashing.sha256.hexdigest()


def left_over(path: Path) -> list[Path]:
    """Return the unfinished files that killed processes left behind while writing to `path`."""
    found = []
    for file in path.parent.glob(f".{path.name}-*"):
        with contextlib.suppress(OSError):  # another process has just finished it
            if file.stat().st_mtime < time.time() - UNFINISHED_SECONDS:
                found.append(file)
    return sorted(found)


class _HashingWriter:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256 = sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self.file.write(content)
