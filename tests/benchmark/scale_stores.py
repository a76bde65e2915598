"""Makes stores of any size from real sentences, recombined.

The vector of a passage is the mean of those of its sentences, weighted by length, plus noise. The
noise has the covariance of what such a mean misses of truly encoded passages.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.load import extractor_of, format_of
from index.scan import Source
from index.store.protocol import Entry, FileRecord, Store
from index.structure import EMPTY
from index.types import Article, Encoder, Span
from tests.benchmark.squad import paragraphs_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from index.types import Vector

PASSAGES_PER_FILE = 66
MAX_SENTENCES = 12_288
MIN_CHARS, MAX_CHARS = 16, 400
"""Of a sentence."""
ENCODED_FOR_NOISE = 4_000
BATCH_ARTICLES = 16
_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, slots=True)
class Pool:
    """Sentences of real articles, with their vectors, and questions about the articles."""

    sentences: tuple[str, ...]
    paragraphs: tuple[range, ...]
    """Numbers of the sentences of each paragraph."""
    questions: tuple[str, ...]

    @classmethod
    def of(cls, files: Sequence[Path]) -> Pool:
        """Return the first sentences of files in SQuAD's format, and all questions."""
        sentences: list[str] = []
        paragraphs: list[range] = []
        questions: list[str] = []
        for paragraph in (found for file in files for found in paragraphs_in(file)):
            questions.extend(asked["question"].strip() for asked in paragraph["qas"])
            found = _END.split(paragraph["context"].replace("\n", " "))
            own = [one.strip()[:MAX_CHARS] for one in found if len(one.strip()) >= MIN_CHARS]
            if own and len(sentences) < MAX_SENTENCES:
                paragraphs.append(range(len(sentences), len(sentences) + len(own)))
                sentences.extend(own)
        whole = tuple(numbers for numbers in paragraphs if numbers.stop <= MAX_SENTENCES)
        return cls(tuple(sentences[:MAX_SENTENCES]), whole, tuple(questions))

    def passages(self, count: int, *, seed: int, most: int) -> Iterator[list[int]]:
        """Yield passages as sentence numbers: up to `most` of one paragraph, and one of another."""
        chance = random.Random(seed)
        for _ in range(count):
            of = self.paragraphs[chance.randrange(len(self.paragraphs))]
            taken = chance.randint(1, most)
            first = chance.randrange(max(1, len(of) - taken + 1))
            numbers = [*of[first : first + taken], chance.randrange(len(self.sentences))]
            chance.shuffle(numbers)
            yield numbers

    def text(self, numbers: Sequence[int]) -> str:
        return " ".join(self.sentences[number] for number in numbers)


class Rows:
    """Vectors that are encoded once and kept in a file: float16, shape (rows, dimension)."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._folder = folder
        self._encoder = encoder

    def of(self, name: str, texts: Sequence[str]) -> NDArray[np.float16]:
        """Return the vectors of texts. What was encoded before an interrupt is kept."""
        dimension = self._encoder.dimension
        path = self._folder / f"{name}.f16"
        with path.open("ab") as file:
            done = file.tell() // (2 * dimension)
            file.truncate(2 * dimension * done)
            for first in range(done, len(texts), 512):
                vectors = self._encoder.encode_passages(texts[first : first + 512])
                file.write(vectors.astype(np.float16).tobytes())
                file.flush()
        return np.fromfile(path, dtype=np.float16).reshape(-1, dimension)[: len(texts)]


class Mixer:
    """Makes vectors of recombined sentences without encoding them."""

    def __init__(self, pool: Pool, rows: Rows) -> None:
        self._lengths = np.array([len(text) for text in pool.sentences], dtype=np.float32)
        self._vectors = rows.of("sentences", pool.sentences).astype(np.float32)
        sample = list(pool.passages(ENCODED_FOR_NOISE, seed=1, most=2))
        encoded = rows.of("passages", [pool.text(numbers) for numbers in sample])
        missed = encoded.astype(np.float32) - self._means(sample)
        self._centre = missed.mean(axis=0)
        covariance = np.cov(missed, rowvar=False) + 1e-9 * np.eye(missed.shape[1])
        self._spread = np.linalg.cholesky(covariance).astype(np.float32)

    def vectors(self, passages: Sequence[Sequence[int]], seed: int) -> Vector:
        """Return unit vectors for passages, given as sentence numbers."""
        noise = np.random.default_rng(seed).standard_normal(
            (len(passages), len(self._spread)), dtype=np.float32
        )
        found: Vector = self._means(passages) + self._centre + noise @ self._spread.T
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found

    def _means(self, passages: Sequence[Sequence[int]]) -> Vector:
        means: Vector = np.stack(
            [self._lengths[numbers] @ self._vectors[numbers] for numbers in map(list, passages)]
        )
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return means


def write_files(folder: Path, pool: Pool, passages: Sequence[Sequence[int]]) -> None:
    """Write passages as text files, one paragraph each."""
    folder.mkdir(parents=True)
    for first in range(0, len(passages), PASSAGES_PER_FILE):
        own = passages[first : first + PASSAGES_PER_FILE]
        text = "\n\n".join(map(pool.text, own))
        (folder / _name(first)).write_text(text, "utf-8")


def fill(
    store: Store,
    folder: Path,
    pool: Pool,
    passages: Sequence[Sequence[int]],
    vectors: Iterator[Vector],
) -> None:
    """Store the files that `write_files` wrote, as a sync would.

    vectors: of the passages, file by file.
    """
    entries: list[Entry] = []
    records: dict[str, FileRecord] = {}
    for first in range(0, len(passages), PASSAGES_PER_FILE):
        own = passages[first : first + PASSAGES_PER_FILE]
        path = folder / _name(first)
        content = path.read_bytes()
        found = path.stat()
        changed = max(found.st_mtime_ns, found.st_ctime_ns)
        source = Source(path.name, str(path), found.st_size, changed)
        spans, at = [], 0
        for text in map(pool.text, own):
            spans.append(Span(at, at + len(text)))
            at += len(text) + 2
        title, digest = path.stem.replace("-", " ").capitalize(), sha256(content).hexdigest()
        article = Article(source.id, source.path, title, content.decode(), digest, EMPTY)
        entries.append(Entry(article, spans, list(next(vectors))))
        form = extractor_of(source, format_of(source).name)
        records[source.id] = FileRecord(found.st_size, changed, time.time_ns(), "", "", form)
        if len(entries) == BATCH_ARTICLES:
            store.put(entries, records)
            entries, records = [], {}
    store.put(entries, records)


def _name(first: int) -> str:
    return f"notes-{first // PASSAGES_PER_FILE:06}.txt"
