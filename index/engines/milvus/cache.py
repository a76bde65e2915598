"""Vectors of texts that are in no stored article yet, in case the process is killed."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING

from index.engines.milvus.client import MAX_TEXT_BYTES, Client
from index.store import checksum

if TYPE_CHECKING:
    from index.types import Vector

_KEY_BYTES, _SUM_BYTES = 16, 8


class VectorCache:
    """See `Store.cache_vectors`."""

    def __init__(self, client: Client, collection: str, dimension: int) -> None:
        """collection: with the records of the store."""
        self._client = client
        self._collection = collection
        self._known: dict[bytes, Vector] | None = None
        self._size = _KEY_BYTES + _SUM_BYTES + 2 * dimension

    def vectors(self, texts: Sequence[str], *, again: bool) -> dict[str, Vector]:
        """Return the vectors of those texts that are kept.

        again: whether another process may have added some since they were read.
        """
        if not texts:
            return {}
        if again or self._known is None:
            self._known = self._kept()
        keys = {text: checksum.of_text(text) for text in texts}
        return {text: self._known[key] for text, key in keys.items() if key in self._known}

    def forget(self) -> None:
        """Read them again when they are needed next."""
        self._known = None

    def add(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep vectors. vectors: float32, shape (len(texts), dimension)."""
        import numpy as np

        entries = []
        for text, vector in zip(texts, vectors, strict=True):
            key, halves = checksum.of_text(text), vector.astype(np.float16).tobytes()
            entries.append(key + checksum.of_vector(key, halves) + halves)
            if self._known is not None:
                self._known[key] = vector.astype(np.float16).astype(np.float32)
        at_once = MAX_TEXT_BYTES * 3 // 4 // self._size
        rows = [
            {
                "id": secrets.randbits(60),
                "batch": 0,
                "kind": "cache",
                "key": 0,
                "part": 0,
                "body": b64encode(b"".join(entries[first : first + at_once])).decode("ascii"),
                "nothing": [0.0, 0.0],
            }
            for first in range(0, len(entries), at_once)
        ]
        self._client.insert(self._collection, rows)

    def clear(self) -> None:
        """Remove all of them."""
        if self._known is None or self._known:
            self._client.delete(self._collection, 'kind == "cache"')
        self._known = None

    def _kept(self) -> dict[bytes, Vector]:
        """Return all undamaged vectors, by the checksum of their text."""
        import numpy as np

        found = {}
        for row in self._client.query(self._collection, 'kind == "cache"', ["body"]):
            try:
                entries = b64decode(str(row["body"]), validate=True)
            except ValueError:  # damaged: its texts are encoded again
                continue
            for first in range(0, len(entries), self._size):
                entry = entries[first : first + self._size]
                key, rest = entry[:_KEY_BYTES], entry[_KEY_BYTES:]
                halves = rest[_SUM_BYTES:]
                if checksum.of_vector(key, halves) == rest[:_SUM_BYTES]:
                    found[key] = np.frombuffer(halves, dtype=np.float16).astype(np.float32)
        return found
