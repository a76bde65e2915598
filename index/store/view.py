"""A view of the local store, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from index.errors import StoreDamaged
from index.store import rows, soundness
from index.store.database import Database
from index.store.embeddings import Embeddings
from index.store.files import folder_bytes
from index.store.nominated import NominatedVectors
from index.store.protocol import Ranking, Size, StoredPassage
from index.store.word_lists import WordLists
from index.store.words import Words
from index.types import Article, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.store.vectors import Vectors
    from index.types import Vector

SAME_COSINE = 1e-4
"""Cosines of the same vectors differ by less, however they are computed."""
FETCH_ROWS = 10_000
"""Passages fetched by one statement: SQLite limits the number of its parameters."""
_RUNS_OF = (
    "SELECT min(id), max(id), count(*) FROM passages"
    f" WHERE article IN (SELECT id FROM articles {rows.NAMED}) GROUP BY article"
)
_PASSAGES_OF = f"SELECT id FROM passages WHERE article IN (SELECT id FROM articles {rows.NAMED})"


class LocalView:
    """See `View`. Everything is read inside one transaction of the database."""

    def __init__(
        self, db: Database, words: Words, word_lists: WordLists, embeddings: Embeddings
    ) -> None:
        self._db = db
        self._words = words
        self._word_lists = word_lists
        self._embeddings = embeddings
        self._loaded: Vectors | NominatedVectors | None = None
        self._rows: dict[int, tuple[str, rows.PassageRow]] = {}
        """Passages that were read and checked, with the ids of their articles."""
        self._ids: dict[tuple[str, ...], NDArray[np.int64]] = {}
        """Passage ids of some articles, by the ids of the articles."""

    def passage_count(self, articles: Sequence[str] | None = None) -> int:
        """Return how many passages there are to search, according to the stored counts."""
        if articles is not None:
            return len(self._passage_ids(articles))
        count = self._db.count("passages")
        held = self._db.execute("SELECT 1 FROM passages LIMIT 1").fetchone() is not None
        if held != (count > 0):
            raise StoreDamaged("The store's list of passages is damaged.")
        return count

    def nearest(self, query: Vector, k: int, articles: Sequence[str] | None = None) -> Ranking:
        """Return the k passages with the highest cosine; in a large store, nearly always."""
        found = self._vectors().nearest(query, k, self._among(articles))
        if self._is_exact():
            return found
        cosines = self.cosines(query, [id for id, _ in found])
        if any(
            abs(cosine - other) > SAME_COSINE
            for (_, cosine), other in zip(found, cosines, strict=True)
        ):
            self._embeddings.distrust()
            self._loaded = self._embeddings.from_database()
            return self.nearest(query, k, articles)
        return found

    def min_cosine(self, query: Vector, articles: Sequence[str] | None = None) -> float:
        """Return the lowest cosine of any passage with the query; 0 if there are none."""
        farthest = self.nearest(-query, 1, articles)
        return -farthest[0][1] if farthest else 0.0

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the query, in the order of the ids."""
        if not self._is_exact():
            cosines: list[float] = (self.vectors(ids) @ query).tolist() if ids else []
            return cosines
        try:
            return self._vectors().cosines(query, ids)
        except KeyError as error:
            raise StoreDamaged("The store's word index has a passage that is missing.") from error

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> Ranking:
        """Return the k passages with the highest BM25 score among those with any of the words."""
        self._words.check_head()
        found = self._word_lists.matching(words, k, self._among(articles)) if words else []
        return self._words.matching(words, k, *_chosen(articles)) if found is None else found

    def unknown_words(
        self, words: Sequence[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        """Return the words that do not occur in any passage, in any form."""
        return self._words.unknown(words, *_chosen(articles))

    def vectors(self, ids: Sequence[int]) -> Vector:
        """Return the vectors of some passages: float32, shape (len(ids), dimension)."""
        if not self._is_exact():
            import numpy as np

            rows = self._checked(ids)
            halves = np.frombuffer(b"".join(rows[id][1].vector for id in ids), np.float16)
            return halves.reshape(len(ids), -1).astype(np.float32)
        try:
            return self._vectors().of(ids)
        except KeyError as error:
            raise StoreDamaged("The store has lost the vector of a passage.") from error

    def passages_of(self, articles: Sequence[str]) -> list[int]:
        """Return the ids of the passages of some articles, article by article, in text order."""
        places = {name: number for number, name in enumerate(articles)}
        query = (
            "SELECT a.name, p.id FROM articles a JOIN passages p ON p.article = a.id"
            f' {rows.NAMED.replace("name", "a.name")} ORDER BY p.article, p.start, p."end"'
        )
        found = self._db.execute(query, (json.dumps(list(articles)),)).fetchall()
        if len(found) != self.passage_count(articles):
            raise StoreDamaged("The store's list of passages is damaged.")
        return [id for _, id in sorted(found, key=lambda row: places[row[0]])]

    def next_stem(self, start: str) -> str | None:
        """Return the first stem of the word index from `start` on; None if there is none."""
        return self._words.next_stem(start)

    def with_stem(self, stem: str, k: int, articles: Sequence[str] | None = None) -> list[int]:
        """Return the ids of k passages that have a word with this stem, or of all there are."""
        return self._words.with_stem(stem, k, *_chosen(articles))

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages are, by passage id. Each is checked."""
        return {
            id: StoredPassage(name, Span(row.start, row.end))
            for id, (name, row) in self._checked(ids).items()
        }

    def _checked(self, ids: Sequence[int]) -> dict[int, tuple[str, rows.PassageRow]]:
        """Return passages with the ids of their articles. Each is checked, once in each view."""
        missing = [id for id in dict.fromkeys(ids) if id not in self._rows]
        for first in range(0, len(missing), FETCH_ROWS):
            wanted = missing[first : first + FETCH_ROWS]
            # An article is cited by its name, so the name must lead to the same article.
            for name, article, *values in self._db.execute(
                'SELECT a.name, a.checksum, p.id, p.start, p."end", p.checksum, p.vector'
                " FROM passages p JOIN articles a ON a.id = p.article"
                f" WHERE p.id IN ({','.join('?' * len(wanted))})"
                " AND p.article = (SELECT n.id FROM articles n WHERE n.name = a.name)",
                wanted,
            ):
                row = rows.PassageRow(*values)
                soundness.require(soundness.of_passage(row, name, article))
                if not isinstance(name, str):
                    raise StoreDamaged("The name of a stored article is damaged.")
                self._rows[row.id] = name, row
        try:
            return {id: self._rows[id] for id in ids}
        except KeyError as error:
            raise StoreDamaged("The store has lost a passage that a search found.") from error

    def article(self, id: str) -> Article:
        """Return an article with its text and structure. All of it is checked."""
        for row in self._articles("WHERE name = ?", id):
            content = rows.content_of(self._db, row)
            soundness.require(soundness.of_content(row, content))
            return row.with_content(content)
        raise StoreDamaged(f"The store has no text of {id}.")

    def titles(self) -> dict[str, str]:
        """Return the titles of all articles, by article id, sorted by id."""
        titles = {row.article.id: row.article.title for row in self._articles("ORDER BY name")}
        noted = self._db.meta("articles")
        soundness.require(soundness.of_count("articles", len(titles), noted))
        return titles

    def first_titles(self, most: int) -> dict[str, str]:
        """Return the titles of the first articles by id, sorted by id."""
        found = self._articles("ORDER BY name LIMIT ?", most)
        return {row.article.id: row.article.title for row in found}

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of some articles, by id."""
        found = self._articles(rows.NAMED, json.dumps(list(ids)))
        return {row.article.id: row.article.sha256 for row in found}

    def size(self) -> Size:
        """Return the size of the store, according to the stored counts."""
        query = "SELECT count(*) FROM files WHERE reason != ''"
        (skipped,) = self._db.execute(query).fetchone()
        articles, passages = self._db.count("articles"), self._db.count("passages")
        return Size(articles, passages, skipped, folder_bytes(self._db.folder))

    def _is_exact(self) -> bool:
        """Return whether vectors were compared with the database when they were read."""
        return not isinstance(self._vectors(), NominatedVectors)

    def _vectors(self) -> Vectors | NominatedVectors:
        if self._loaded is None:
            self._loaded = self._embeddings.index()
        return self._loaded

    def _among(self, articles: Sequence[str] | None) -> NDArray[np.int64] | None:
        return None if articles is None else self._passage_ids(articles)

    def _passage_ids(self, articles: Sequence[str]) -> NDArray[np.int64]:
        """Return the ids of the passages of some articles, ascending. Raises: StoreDamaged."""
        import numpy as np

        key = tuple(articles)
        if key not in self._ids:
            names = json.dumps(key)
            runs = self._db.execute(_RUNS_OF, (names,)).fetchall()
            if all(last - first + 1 == count for first, last, count in runs):
                parts = [np.arange(first, last + 1) for first, last, _ in runs]
                ids = np.concatenate(parts) if parts else np.array([], dtype=np.int64)
            else:  # they do not have consecutive ids
                listed = self._db.execute(_PASSAGES_OF, (names,))
                ids = np.array([id for (id,) in listed], dtype=np.int64)
            if len(ids) != sum(row.passages for row in self._articles(rows.NAMED, names)):
                raise StoreDamaged("The store's list of passages is damaged.")
            self._ids[key] = np.sort(ids)
        return self._ids[key]

    def _articles(self, which: str, *values: object) -> Iterator[rows.ArticleRow]:
        """Yield articles. Each is checked. Raises: StoreDamaged."""
        for row in rows.articles(self._db, which, *values):
            soundness.require(soundness.of_article(row))
            yield row


def _chosen(articles: Sequence[str] | None) -> tuple[str, ...]:
    """Return SQL that selects the passages of some articles, and its parameters."""
    return ("",) if articles is None else (_PASSAGES_OF, json.dumps(list(articles)))
