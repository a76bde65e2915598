"""Exact search in the vectors of all passages."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.store.faiss_files import read_index, write_index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector


MIN_VECTORS_FOR_THREADS = 100_000
"""From this many on, a scan gains more from threads than they cost."""


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

    @property
    def dimension(self) -> int:
        """Of the vectors."""
        return int(self._faiss.d)

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

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Remove vectors; unknown ids are ignored."""
        import faiss

        self._faiss.remove_ids(faiss.IDSelectorBatch(ids))

    @classmethod
    def read(cls, path: Path, expected_sha256: str) -> Vectors | None:
        """Read a file that `write` wrote; None if it is missing, damaged or a different one."""
        index = read_index(path, expected_sha256)
        if index is None:
            return None
        vectors = cls.__new__(cls)
        vectors._faiss = index
        return vectors

    def write(self, path: Path) -> str:
        """Write the file, completely or not at all; return its SHA-256. Raises: OSError."""
        return write_index(self._faiss, path)
