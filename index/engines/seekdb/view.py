"""A view of a store on the server, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from index.engines.seekdb.articles import Articles
from index.engines.seekdb.reading import Reader
from index.engines.seekdb.vectors import Passages
from index.engines.seekdb.words import SparseWords
from index.engines.word_search import WordSearch
from index.errors import StoreDamaged
from index.store import soundness
from index.store.protocol import Ranking, Size, StoredPassage
from index.types import Article

if TYPE_CHECKING:
    from index.types import Vector


class SeekdbView:
    """See `View`. Valid inside one snapshot of the reader."""

    def __init__(self, reader: Reader, *, index_alone: bool = False) -> None:
        """Read nothing yet.

        index_alone: whether vectors are found by their index or not at all, for checking it.
        """
        self._reader = reader
        self._articles = Articles(reader)
        self._passages = Passages(reader, self._articles, index_alone=index_alone)
        self._words = SparseWords(reader, self._articles)
        self._search = WordSearch(self._words)

    def passage_count(self, articles: Sequence[str] | None = None) -> int:
        """Return how many passages there are to search."""
        return self._articles.count(articles)

    def nearest(self, query: Vector, k: int, articles: Sequence[str] | None = None) -> Ranking:
        """Return the k passages with the highest cosine; in a large store, nearly always."""
        return self._passages.nearest(query, k, articles)

    def min_cosine(self, query: Vector, articles: Sequence[str] | None = None) -> float:
        """Return the lowest cosine of any passage with the query; 0 if there are none."""
        farthest = self.nearest(-query, 1, articles)
        return -farthest[0][1] if farthest else 0.0

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the query, in the order of the ids."""
        cosines: list[float] = (self.vectors(ids) @ query).tolist() if ids else []
        return cosines

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> Ranking:
        """Return the k passages with the highest BM25 score among those with any of the words."""
        return self._search.matching(words, k, articles)

    def unknown_words(
        self, words: Sequence[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        """Return the words that do not occur in any passage, in any form."""
        return self._search.unknown_words(words, articles)

    def vectors(self, ids: Sequence[int]) -> Vector:
        """Return the vectors of some passages: float32, shape (len(ids), dimension)."""
        return self._passages.vectors(ids)

    def passages_of(self, articles: Sequence[str]) -> list[int]:
        """Return the ids of the passages of some articles, article by article, in text order."""
        return self._passages.of_articles(articles)

    def next_stem(self, start: str) -> str | None:
        """Return the first stem of the word index from `start` on; None if there is none."""
        return self._words.next_stem(start)

    def with_stem(self, stem: str, k: int, articles: Sequence[str] | None = None) -> list[int]:
        """Return the ids of k passages that have a word with this stem, or of all there are."""
        return self._search.with_stem(stem, k, articles)

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages are, by passage id. Each is checked."""
        return self._passages.places(ids)

    def article(self, id: str) -> Article:
        """Return an article with its text and structure. All of it is checked."""
        for row in self._articles.named([id]).values():
            return row.with_content(self._articles.content(row))
        raise StoreDamaged(f"The store has no text of {id}.")

    def titles(self) -> dict[str, str]:
        """Return the titles of all articles, by article id, sorted by id."""
        count = self._reader.row.articles
        titles = self.first_titles(count + 1)
        soundness.require(soundness.of_count("articles", len(titles), str(count)))
        return titles

    def first_titles(self, most: int) -> dict[str, str]:
        """Return the titles of the first articles by id, sorted by id."""
        found = self._articles.in_order(most)
        return {row.article.id: row.article.title for row in found}

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of some articles, by id."""
        return {id: row.article.sha256 for id, row in self._articles.named(ids).items()}

    def size(self) -> Size:
        """Return the size of the store, according to the stored counts. Its bytes are not known."""
        row = self._reader.row
        table = row.table("files")
        ((skipped,),) = self._reader.query(f"SELECT count(*) FROM {table} WHERE reason != ''")
        return Size(row.articles, row.passages, skipped, 0)
