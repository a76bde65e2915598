"""Compressed vectors, which nominate the passages whose exact cosines are worth computing.

A code has about a fifteenth of the size of a vector, and is compared much faster: RaBitQ keeps the
sign of each component, and two numbers that correct what this loses.
See https://arxiv.org/abs/2405.12497.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.store.faiss_files import read_index, write_index

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector

Estimates = tuple["NDArray[np.int64]", "NDArray[np.float32]"]
"""Passage ids, with estimates of their cosines."""


class Codes:
    """A FAISS index of codes, by passage id. Ids are added in ascending order."""

    def __init__(self, dimension: int) -> None:
        import faiss
        import numpy as np

        codes = faiss.IndexRaBitQFastScan(dimension, faiss.METRIC_INNER_PRODUCT)
        # Codes are of the differences from a centre. With the origin, they do not depend on which
        # vectors come first, and no difference is zero, which would have no direction.
        codes.train(np.zeros((1, dimension), dtype=np.float32))
        self._faiss: Any = faiss.IndexIDMap(codes)

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids of all passages, in the order in which they were added."""
        import faiss

        ids: NDArray[np.int64] = faiss.vector_to_array(self._faiss.id_map)
        return ids

    def add(self, ids: NDArray[np.int64], vectors: NDArray[Any]) -> None:
        """Add vectors, shape (len(ids), dimension)."""
        self._faiss.add_with_ids(vectors.astype("float32"), ids)

    def nominated(self, query: Vector, k: int) -> tuple[Estimates, Estimates]:
        """Return about the k nearest passages, and about the k farthest.

        With estimates of their cosines with the query, and with its negative.
        """
        import faiss
        import numpy as np

        faiss.omp_set_num_threads(1)  # see `Vectors.nearest`; one thread takes 7 ms for a million
        both = np.stack([query, -query]).astype(np.float32)
        estimates, ids = self._faiss.search(both, min(k, len(self)))
        found = ids >= 0
        return (ids[0][found[0]], estimates[0][found[0]]), (
            ids[1][found[1]],
            estimates[1][found[1]],
        )

    @classmethod
    def read(cls, path: Path, expected_sha256: str) -> Codes | None:
        """Read a file that `write` wrote; None if it is missing, damaged or a different one."""
        index = read_index(path, expected_sha256)
        if index is None:
            return None
        codes = cls.__new__(cls)
        codes._faiss = index
        return codes

    def write(self, path: Path) -> str:
        """Write the file, completely or not at all; return its SHA-256. Raises: OSError."""
        return write_index(self._faiss, path)
