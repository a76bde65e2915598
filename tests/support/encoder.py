"""Encoders that need no model."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.types import EncodedPart

if TYPE_CHECKING:
    from index.types import Vector


PART = 16
"""Texts that are encoded at once."""
HUNG_SECONDS = 60
"""Nothing waits longer, so that a broken test fails instead of hanging."""


class HashedWordsEncoder:
    """A bag of words, hashed to 64 dimensions: texts that share words are near each other.

    The same text has the same vector in every process, so that answers can be compared.
    """

    name = "hashed words"
    fingerprint = "hashed-words-1"
    dimension = 64
    max_tokens = 254
    passages_at_once = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_query(self, question: str) -> Vector:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in re.findall(r"\w+", question.lower()):
            vector[hashlib.blake2b(word.encode()).digest()[0] % self.dimension] += 1
        return vector / np.linalg.norm(vector)

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        self.encoded.extend(texts)
        return np.stack([self.encode_query(text) for text in texts])

    def encode_in_parts(self, texts: Sequence[str]) -> Generator[EncodedPart, None, None]:
        for first in range(0, len(texts), PART):
            numbers = range(first, min(first + PART, len(texts)))
            vectors = self.encode_passages([texts[number] for number in numbers])
            yield EncodedPart(numbers, vectors)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w{1,8}|[^\w\s]", text)) for text in texts]


class GatedEncoder(HashedWordsEncoder):
    """Encodes only when a test lets it: holds indexing or a question for as long as needed."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = threading.Semaphore(0)
        """Released once for each batch of passages that may be encoded."""
        self.asking = threading.Event()
        """Cleared while questions are held."""
        self.asking.set()
        self.held = threading.Event()
        """Set when something is held."""
        self.is_waiting = False
        """Whether a batch of passages is held."""
        self.queries: list[str] = []

    def encode_query(self, question: str) -> Vector:
        self.queries.append(question)
        if not self.asking.is_set():
            self.held.set()
        assert self.asking.wait(HUNG_SECONDS)
        return super().encode_query(question)

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        self.is_waiting = True
        self.held.set()
        try:
            assert self.batches.acquire(timeout=HUNG_SECONDS)
        finally:
            self.is_waiting = False
        return super().encode_passages(texts)

    def open(self) -> None:
        """Stop holding anything."""
        self.asking.set()
        self.batches.release(1_000)
