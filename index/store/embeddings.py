"""The vectors in the database, and what is derived from them for searching.

SQLite is the source of truth. What is read from files is completed from SQLite, so they need not be
written again after each change: passages are added and removed in memory until there are many. A
file that is missing or damaged is ignored, and written again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.store import checksum, passages, rows, soundness
from index.store.database import Database
from index.store.errors import mapped_os_errors
from index.store.files import VECTORS
from index.store.limits import Limits
from index.store.nominated import NominatedVectors
from index.store.removals import forget, ids_of, note_removed, removed
from index.store.segmented import Segments
from index.store.vectors import Vectors
from index.types import Article, Span
from index.wording import encoded_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from index.types import Vector


@dataclass(slots=True)
class _Loaded:
    """Vectors in memory, and what they are of."""

    vectors: Vectors | NominatedVectors
    generation: int
    last: int
    """The highest passage id that there was."""


class Embeddings:
    """The vectors of one store: of its passages, and cached ones of texts not stored yet."""

    def __init__(self, db: Database, folder: Path, dimension: int, limits: Limits) -> None:
        self._db = db
        self._file = folder / VECTORS
        self._dimension = dimension
        self._limits = limits
        self._segments = Segments(db, folder, dimension, limits)
        self._loaded: _Loaded | None = None

    def index(self) -> Vectors | NominatedVectors:
        """Return the vectors of all passages, as of the current transaction.

        Raises: StoreError, StoreDamaged.
        """
        generation = self._db.generation()
        loaded = self._loaded
        if loaded is None or not self._caught_up(loaded, generation):
            loaded = self._loaded = self._load(generation)
        return loaded.vectors

    def refresh(self) -> None:
        """Write to files what is read from the database whenever the store is opened, if much.

        Segments with many removed passages are written again, one at each call.
        Raises: StoreError, StoreDamaged.
        """
        self._grow(self._limits.in_memory)
        with self._db.reading():
            vectors = self.index()
            if isinstance(vectors, Vectors) and self._is_behind():
                self._write_later(vectors)
        if isinstance(vectors, NominatedVectors) and self._segments.compact():
            self._loaded = None

    def keep_up(self) -> None:
        """Add to the segments of a large store what was indexed, if it is much.

        Raises: StoreError, StoreDamaged.
        """
        self._grow(self._limits.in_memory_while_indexing)

    def _grow(self, by_at_least: int) -> None:
        with self._db.reading():
            is_large = self._is_large()
            is_file_noted = bool(self._db.meta("vectors"))
        while is_large and self._segments.grow(by_at_least):
            self._loaded = None
        if is_large and is_file_noted:
            with self._db.writing():
                self._db.set_meta("vectors", "")
                with contextlib.suppress(OSError):  # it takes space, nothing else
                    self._file.unlink()

    def remove(self, ids: Iterable[int]) -> None:
        """Note that passages were removed. Call inside `writing`, after `advance`."""
        note_removed(self._db, ids)

    def distrust(self) -> None:
        """Forget what was read from segments, and write them again: a row was not what it was."""
        self._loaded = None
        self._db.write_later(self._segments.rebuild)

    def _is_large(self) -> bool:
        return self._db.count("passages") >= self._limits.large

    def _is_behind(self) -> bool:
        """Return whether the FAISS file lacks much of what is stored, or has too much."""
        last, _, _ = self._db.meta("vectors").partition(":")
        if not last.isdecimal():
            return True
        missing = passages.last_id(self._db) - int(last)
        return (
            missing + sum(run.last - run.first + 1 for run in removed(self._db))
            > self._limits.in_memory
        )

    def _caught_up(self, loaded: _Loaded, generation: int) -> bool:
        """Add and remove what has changed since; return whether that gives what is stored now."""
        if loaded.generation == generation:
            return True
        is_exact = isinstance(loaded.vectors, Vectors)
        if generation < loaded.generation or is_exact == self._is_large():
            return False
        self._remove(loaded.vectors, after=loaded.generation)
        self._add(loaded.vectors, loaded.last + 1)
        loaded.generation, loaded.last = generation, passages.last_id(self._db)
        return len(loaded.vectors) == self._db.count("passages")

    def _load(self, generation: int) -> _Loaded:
        count = self._db.count("passages")
        is_large = self._is_large()
        vectors = self._segments.opened() if is_large else self._exact()
        if is_large and len(vectors) != count:  # damaged stamps, for example
            self._db.write_later(self._segments.rebuild)
            vectors = self.from_database()
        soundness.require(soundness.of_count("passages", len(vectors), str(count)))
        return _Loaded(vectors, generation, passages.last_id(self._db))

    def _exact(self) -> Vectors:
        """Return all vectors from the FAISS file and from the database."""
        count = self._db.count("passages")
        last, _, digest = self._db.meta("vectors").partition(":")
        vectors = Vectors.read(self._file, digest) if last.isdecimal() else None
        if vectors is not None:
            in_file = len(vectors)
            self._remove(vectors)
            others = in_file - len(vectors) + self._add(vectors, int(last) + 1)
            if len(vectors) == count and others <= self._limits.in_memory:
                return vectors
        if vectors is None or len(vectors) != count:
            vectors = self.from_database()
        self._write_later(vectors)
        return vectors

    def from_database(self) -> Vectors:
        """Return all vectors from the database, each of them checked. Raises: StoreDamaged."""
        vectors = Vectors(self._dimension)
        passages.check_articles(self._db)
        self._add(vectors, 0)
        return vectors

    def _write_later(self, vectors: Vectors) -> None:
        """Write the FAISS file once the transaction ends, if nothing has changed until then."""
        generation, last = self._db.generation(), passages.last_id(self._db)

        def write() -> None:
            if self._db.generation() == generation:
                with mapped_os_errors(self._file.parent):
                    digest = vectors.write(self._file)
                self._db.set_meta("vectors", f"{last}:{digest}")
                self._segments.discard()
                forget(self._db, 0, passages.MAX_ID)

        self._db.write_later(write)

    def _add(self, vectors: Vectors | NominatedVectors, first: int) -> int:
        """Add the passages from an id on; return how many they are."""
        added = 0
        for ids, halves in passages.vectors(self._db, first, passages.MAX_ID, self._dimension):
            vectors.add(ids, halves)
            added += len(ids)
        return added

    def _remove(self, vectors: Vectors | NominatedVectors, after: int = -1) -> None:
        """Remove what was removed since a generation."""
        runs = removed(self._db, after=after)
        if runs:
            vectors.remove(ids_of(runs))

    def cached(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of the texts that were encoded before; see `Store`."""
        known: dict[str, bytes] = {}
        same = "WHERE name = ? OR sha256 = ?"
        for row in rows.articles(self._db, same, article.id, article.sha256):
            content, passages = rows.content_of(self._db, row), rows.passages_of(self._db, row)
            soundness.require(soundness.of_whole_article(row, content, passages))
            stored = row.with_content(content)
            known.update((encoded_text(stored, Span(p.start, p.end)), p.vector) for p in passages)
        if self._db.execute("SELECT 1 FROM encoded LIMIT 1").fetchone():
            for text in texts:
                key = checksum.of_text(text)
                for vector, vector_checksum in self._db.execute(
                    "SELECT vector, checksum FROM encoded WHERE text_checksum = ?", (key,)
                ):
                    soundness.require(soundness.of_cached_vector(key, vector, vector_checksum))
                    known[text] = vector
        return decoded({text: known[text] for text in texts if text in known})

    def cache(self, texts: Sequence[str], vectors: Vector) -> None:
        """Store the vectors of texts that are in no article yet. Call inside `writing`."""
        import numpy as np

        kept = []
        for text, vector in zip(texts, vectors, strict=True):
            key, halves = checksum.of_text(text), vector.astype(np.float16).tobytes()
            kept.append((key, checksum.of_vector(key, halves), halves))
        self._db.executemany("INSERT OR REPLACE INTO encoded VALUES (?, ?, ?)", kept)


def decoded(vectors: Mapping[str, bytes]) -> dict[str, Vector]:
    """Return the vectors of texts as float32. vectors: float16, as they are stored."""
    import numpy as np

    return {
        text: np.frombuffer(halves, dtype=np.float16).astype(np.float32)
        for text, halves in vectors.items()
    }
