"""An encoder that needs no model."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from index.types import Vector


class HashedWordsEncoder:
    """A bag of words hashed to 64 dimensions: texts that share words are near each other.

    The same text gives the same vector in every process, so that answers can be compared.
    """

    name = "hashed words"
    fingerprint = "hashed-words-1"
    dimension = 64
    max_tokens = 254

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

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(re.findall(r"\w{1,8}|[^\w\s]", text)) for text in texts]
