"""What the tests share: an encoder that needs no model, the real one, and a closed network."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import numpy as np
import pytest

from index.models.encoder import open_encoder
from index.models.find import DEFAULT_MODEL, find_model

if TYPE_CHECKING:
    from index.types import Encoder, Vector

# How long one example takes says more of the machine than of the code.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

TESTS = Path(__file__).parent
SEED = TESTS.parent / "seeds" / "belarus-amnesty.txt"


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


@pytest.fixture
def encoder() -> HashedWordsEncoder:
    return HashedWordsEncoder()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder that holds the exported default model."""
    folder = tmp_path_factory.mktemp("xdg") / "article-qa"
    open_encoder(find_model(DEFAULT_MODEL, notify=str), folder, notify=str)
    return folder


@pytest.fixture(scope="session")
def real_encoder(cache: Path) -> Encoder:
    return open_encoder(find_model(DEFAULT_MODEL, notify=str), cache, notify=str)


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment(cache: Path) -> dict[str, str]:
    """The environment of a user with an exported model and without a network."""
    return {
        **{
            name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS")
        },
        "XDG_CACHE_HOME": str(cache.parent),
        "XDG_STATE_HOME": str(cache.parent / "state"),
        "PYTHONPATH": str(TESTS / "no_network"),
    }


@pytest.fixture
def qa(environment: dict[str, str], tmp_path: Path) -> Run:
    """Run `qa` in a process of its own, with its stores in this test's folder."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        options.setdefault("env", environment)
        options.setdefault("timeout", 120)
        return subprocess.run(  # type: ignore[call-overload, no-any-return]  # options are mixed
            [sys.executable, "-m", "qa", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            **options,
        )

    return run
