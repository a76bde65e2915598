"""The vectors of all passages in memory, searched exactly; the only importer of faiss."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector


MANY = 100_000
"""From this many vectors on, a scan gains more from threads than they can stand in its way."""
UNFINISHED_SECONDS = 600
"""An unfinished file that was not written to for so long is one that nobody will finish."""


class Vectors:
    """A FAISS index of half floats.

    Exact to what the store holds, half the memory of single floats, four times as fast to scan.
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
        """Add vectors, shape (len(ids), dimension), of ids that are not there yet."""
        self._faiss.add_with_ids(vectors.astype("float32"), ids)

    def nearest(
        self, query: Vector, k: int, among: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the k passages of the highest cosine, best first: (passage id, cosine).

        among: only these ids are looked at; None for all.
        """
        held = len(self) if among is None else min(len(self), len(among))
        if not held:
            return []
        import faiss

        chosen = None
        if among is not None:
            chosen = faiss.SearchParameters(sel=faiss.IDSelectorBatch(among))

        # OpenMP's threads would fight for the cores with those that onnxruntime keeps spinning
        # for a while after a question is encoded: 40 ms now and then, for a scan of far less.
        faiss.omp_set_num_threads(1 if len(self) < MANY else os.cpu_count() or 1)
        cosines, ids = self._faiss.search(query.reshape(1, -1), min(k, held), params=chosen)
        found = zip(ids[0], cosines[0], strict=True)
        return [(int(id), float(cosine)) for id, cosine in found if id >= 0]

    def min_cosine(self, query: Vector, among: NDArray[np.int64] | None = None) -> float:
        """Return the lowest cosine of any passage with the question; 0 where there is none."""
        found = self.nearest(-query, 1, among)
        return -found[0][1] if found else 0.0

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the question, in the order of the ids.

        Raises: KeyError for an id that is not there.
        """
        try:
            return [float(self._faiss.reconstruct(id) @ query) for id in ids]
        except RuntimeError as error:
            raise KeyError(str(error)) from error

    def holds(self, ids: NDArray[np.int64], vectors: NDArray[np.float16]) -> bool:
        """Tell whether just these vectors, shape (len(ids), dimension), stand under these ids."""
        import numpy as np

        try:
            return np.array_equal(self._faiss.reconstruct_batch(ids), vectors, equal_nan=True)
        except RuntimeError:  # there is no such id
            return False

    @classmethod
    def read(cls, path: Path, expected_sha256: str) -> Vectors | None:
        """Return what `write` wrote, or None when the file is gone, damaged or another one."""
        import faiss

        try:
            with path.open("rb") as file:
                digest = sha256()
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
                if digest.hexdigest() != expected_sha256:
                    return None
                file.seek(0)  # the very bytes that were hashed, whatever the name stands for now
                vectors = cls.__new__(cls)
                vectors._faiss = faiss.read_index(faiss.PyCallbackIOReader(file.read))
                return vectors
        except (OSError, RuntimeError):  # RuntimeError: faiss cannot make sense of it
            return None

    def write(self, path: Path) -> str:
        """Write the file whole or not at all, and return its SHA-256. Raises: OSError."""
        import faiss

        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                hashing = _HashingWriter(file)
                writer = faiss.PyCallbackIOWriter(hashing.write)
                faiss.write_index(self._faiss, writer)
                del writer  # which flushes it
                file.flush()
                os.fsync(file.fileno())
            if path.is_dir():  # which no file can replace
                path.rename(_unused(path))
            os.replace(unfinished, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(unfinished)
            raise
        return hashing.sha256.hexdigest()


def left_over(path: Path) -> list[Path]:
    """Return the unfinished files that a killed process left behind when it wrote to `path`."""
    found = []
    for file in path.parent.glob(f".{path.name}-*"):
        with contextlib.suppress(OSError):  # it was finished this moment
            if file.stat().st_mtime < time.time() - UNFINISHED_SECONDS:
                found.append(file)
    return sorted(found)


def _unused(path: Path) -> Path:
    number = 1
    while (free := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return free


class _HashingWriter:
    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256 = sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self.file.write(content)
