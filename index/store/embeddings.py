"""The vectors in the database, and the FAISS file made from them.

SQLite is the source of truth; the FAISS file is rebuilt whenever it does not match.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreDamaged
from index.store import checksum, rows, soundness
from index.store.database import Database
from index.store.errors import mapped_os_errors
from index.store.files import VECTORS
from index.store.vectors import Vectors
from index.types import Article, Span
from index.wording import encoded_text

if TYPE_CHECKING:
    from index.types import Vector

FETCH_ROWS = 10_000


class Embeddings:
    """The vectors of one store: of its passages, and cached ones of texts not stored yet."""

    def __init__(self, db: Database, folder: Path, dimension: int) -> None:
        self._db = db
        self._file = folder / VECTORS
        self._dimension = dimension
        self._index: Vectors | None = None
        self._generation = -1
        """Of the passages in `_index`."""

    def index(self) -> Vectors:
        """Return the vectors of all passages, as of the current transaction.

        Rebuilds the FAISS file if it is missing, outdated or damaged.
        Raises: StoreError, StoreDamaged.
        """
        generation = self._db.generation()
        if self._index is None or self._generation != generation:
            of, _, expected = self._db.meta("vectors").partition(":")
            index = Vectors.read(self._file, expected) if of == str(generation) else None
            if index is None:
                index = self._rebuilt()
                with mapped_os_errors(self._file.parent):
                    noted = f"{generation}:{index.write(self._file)}"
                self._db.set_meta_later("vectors", noted, generation=generation)
            soundness.require(soundness.of_count("passages", len(index), self._db.meta("passages")))
            self._index, self._generation = index, generation
        return self._index

    def _rebuilt(self) -> Vectors:
        """Return the vectors of all passages in the database, each of them checked."""
        import numpy as np

        index = Vectors(self._dimension)
        articles = {row.id: row for row in rows.articles(self._db)}
        for row in articles.values():
            soundness.require(soundness.of_article(row))
        passages = dict.fromkeys(articles, 0)
        cursor = self._db.execute(
            'SELECT article, id, start, "end", checksum, vector FROM passages ORDER BY id'
        )
        while batch := cursor.fetchmany(FETCH_ROWS):
            for of, *values in batch:
                if of not in articles:
                    raise StoreDamaged(soundness.ORPHAN)
                name, article = articles[of].article.id, articles[of].checksum
                soundness.require(soundness.of_passage(rows.PassageRow(*values), name, article))
                passages[of] += 1
            halves = np.frombuffer(b"".join(row[-1] for row in batch), np.float16)
            ids = np.array([row[1] for row in batch], dtype=np.int64)
            index.add(ids, halves.reshape(len(batch), self._dimension))
        for id, row in articles.items():
            soundness.require(soundness.of_passage_count(row, passages[id]))
        return index

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


def difference(db: rows.Connection, index: Vectors) -> str:
    """Return how the vectors of a FAISS file differ from the database's; empty if they do not."""
    import numpy as np

    cursor = db.execute("SELECT id, vector FROM passages ORDER BY id")
    count = 0
    while batch := cursor.fetchmany(FETCH_ROWS):
        ids = np.array([id for id, _ in batch], dtype=np.int64)
        halves = np.frombuffer(b"".join(vector for _, vector in batch), dtype=np.float16)
        if not index.holds(ids, halves.reshape(len(batch), -1)):
            return "differs from the vectors in the database."
        count += len(batch)
    return "" if count == len(index) else "has more vectors than the database."
