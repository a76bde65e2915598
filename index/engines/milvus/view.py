"""A view of a store on Milvus: what the server nominates is read, checked and compared here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.engines.milvus import passages as rows
from index.engines.milvus.catalogue import ArticleHeader
from index.engines.milvus.client import MAX_FOUND, Client, Row
from index.engines.milvus.records import Records, State
from index.engines.word_search import Term, Totals, WordSearch
from index.errors import StoreDamaged
from index.store import checksum
from index.store.protocol import Ranking, Size, StoredPassage
from index.structure import Structure
from index.types import Article

if TYPE_CHECKING:
    from index.types import Vector

LEAST_NOMINATED = 256
"""Passages that are compared exactly for a question, at least."""
FARTHEST_NOMINATED = 32
"""Passages that are compared exactly to find the lowest cosine."""
_LENGTH_BYTES = 8


def content_of(article: Article) -> bytes:
    """Return text and structure as bytes, for `MilvusView.article`."""
    structure = article.structure.to_bytes()
    size = len(structure).to_bytes(_LENGTH_BYTES, "little")
    return size + structure + article.text.encode("utf-8")


class MilvusView:
    """See `View`. It sees the versions of articles that counted when it was made."""

    def __init__(self, client: Client, records: Records, state: State) -> None:
        self._client = client
        self._records = records
        self._state = state
        self._catalogue = state.catalogue
        self._checksums: dict[int, bytes] = {}
        """Checksums of articles, by key."""
        self._read: dict[int, Vector] = {}
        """Vectors by passage."""
        words = WordSearch(self)
        self.matching = words.matching
        self.unknown_words = words.unknown_words
        self.with_stem = words.with_stem

    def passage_count(self, articles: Sequence[str] | None = None) -> int:
        """Return how many passages there are to search; see `View`."""
        if articles is None:
            return self._catalogue.passages
        return sum(header.passages for header in self._catalogue.chosen(articles))

    def nearest(self, query: Vector, k: int, articles: Sequence[str] | None = None) -> Ranking:
        """Return the k passages with the highest cosine; see `View`."""
        found = self._near(query, max(LEAST_NOMINATED, 2 * k), k, articles)
        return self._ranked(query, found)[:k]

    def min_cosine(self, query: Vector, articles: Sequence[str] | None = None) -> float:
        """Return the lowest cosine of any passage with the query; 0 if there are none."""
        found = self._near(-query, FARTHEST_NOMINATED, 1, articles)
        return min(self.cosines(query, found), default=0.0)

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the query, in the order of the ids."""
        return [float(cosine) for cosine in self.vectors(ids) @ query] if ids else []

    def vectors(self, ids: Sequence[int]) -> Vector:
        """Return the vectors of some passages: float32, shape (len(ids), dimension)."""
        import numpy as np

        missing = [id for id in dict.fromkeys(ids) if id not in self._read]
        for id, row in self._rows(missing, rows.VECTOR_FIELDS).items():
            self._read[id] = rows.vector_in(row, self._checksum_of(self._header_of(id)))
        if not ids:
            return np.empty((0, self._catalogue.dimension), dtype=np.float32)
        return np.stack([self._read[id] for id in ids])

    def passages_of(self, articles: Sequence[str]) -> list[int]:
        """Return the ids of the passages of some articles, article by article, in text order."""
        return [id for header in self._catalogue.chosen(articles) for id in header.ids]

    def next_stem(self, start: str) -> str | None:
        """Return the first stem of the word index from `start` on; None if there is none."""
        return self._state.terms.next_stem(start)

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages are, by passage id."""
        found = {}
        for id, row in self._rows(ids, rows.PLACE_FIELDS).items():
            header = self._header_of(id)
            span = rows.place_in(row, header, self._checksum_of(header))
            found[id] = StoredPassage(header.article.id, span)
        return found

    def article(self, id: str) -> Article:
        """Return an article with its text and structure. Raises: StoreDamaged."""
        header = self._catalogue.headers.get(id)
        if header is None:
            raise StoreDamaged(f"The store has no text of {id}.")
        content = self._records.content(header.key)
        end = _LENGTH_BYTES + int.from_bytes(content[:_LENGTH_BYTES], "little")
        try:
            structure, text = content[_LENGTH_BYTES:end], content[end:].decode("utf-8")
            if checksum.of_content(text, structure).hex() != header.content:
                raise ValueError("the checksum does not match")
            return replace(header.article, text=text, structure=Structure.from_bytes(structure))
        except (ValueError, TypeError) as error:
            raise StoreDamaged(f"The text of {id} is damaged: {error}") from error

    def titles(self) -> dict[str, str]:
        """Return the titles of all articles, by article id, sorted by id."""
        return {id: header.article.title for id, header in sorted(self._catalogue.headers.items())}

    def first_titles(self, most: int) -> dict[str, str]:
        """Return the titles of the first articles by id, sorted by id."""
        headers = self._catalogue.headers
        return {id: headers[id].article.title for id in sorted(headers)[:most]}

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of some articles, by id."""
        return {header.article.id: header.article.sha256 for header in self._catalogue.chosen(ids)}

    def size(self) -> Size:
        """Return the size of the store. The server does not say how much disk it takes."""
        skipped = sum(bool(record.reason) for record in self._catalogue.files.values())
        return Size(len(self._catalogue.headers), self._catalogue.passages, skipped, 0)

    # What `WordSearch` asks for, see `SparseIndex`

    def totals(self) -> Totals:
        """Return how many passages and words there are."""
        return Totals(self._catalogue.passages, self._catalogue.words)

    def terms(self, stems: Collection[str]) -> Mapping[str, Term]:
        """Return the stems that passages have, of these."""
        return self._state.terms.terms(stems)

    def nominate(
        self, weights: Mapping[int, float], most: int, articles: Sequence[str] | None
    ) -> Ranking:
        """Return the passages with the highest inner product of their weights with these."""
        found = self._search("words", dict(weights), most, articles) if weights else []
        return [(id, product) for id, product in found if product > 0]

    def forward_rows(self, ids: Sequence[int]) -> Sequence[bytes]:
        """Return the forward rows of some passages, in the order of the ids."""
        found = self._rows(ids, rows.WORD_FIELDS)
        long = self._records.long_words([id for id, row in found.items() if not row["forward_row"]])
        return [
            rows.words_in(found[id], self._checksum_of(self._header_of(id)), long) for id in ids
        ]

    def _near(
        self, query: Vector, most: int, least: int, articles: Sequence[str] | None
    ) -> list[int]:
        """Return the passages that the server finds near a vector; at least some, or all.

        Raises: StoreDamaged if passages are missing.
        """
        found = [id for id, _ in self._search("vector", query.tolist(), most, articles)]
        count = self.passage_count(articles)
        if len(found) < (count if count <= most else least):
            # Its index may miss some that it has: they are read, and one that is not there shows.
            known = set(found)
            every = self.passages_of(
                list(self._catalogue.headers) if articles is None else articles
            )
            found += [id for id in every if id not in known][:MAX_FOUND]
        return found

    def _search(
        self,
        field: str,
        vector: Sequence[float] | Mapping[int, float],
        most: int,
        articles: Sequence[str] | None,
    ) -> Ranking:
        """Return what the server finds, without versions that do not count in this view."""
        condition = ""
        if articles is not None:
            keys = [header.key for header in self._catalogue.chosen(articles)]
            condition = f"article in {keys}"
        if not self.passage_count(articles):
            return []
        wanted = min(most, MAX_FOUND)
        while True:
            found = self._client.search(self._records.passages, field, vector, wanted, condition)
            counting = [(id, product) for id, product in found if self._catalogue.header_of(id)]
            if len(counting) >= most or len(found) < wanted or wanted == MAX_FOUND:
                break
            wanted = min(MAX_FOUND, 2 * wanted)
        return counting[:most]

    def _ranked(self, query: Vector, ids: Sequence[int]) -> Ranking:
        found = zip(ids, self.cosines(query, ids), strict=True)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def _rows(self, ids: Sequence[int], fields: Sequence[str]) -> dict[int, Row]:
        """Return the rows of passages by id. Raises: StoreDamaged if one is missing."""
        for id in ids:
            self._header_of(id)
        found = self._client.rows(self._records.passages, list(dict.fromkeys(ids)), fields)
        for id in ids:
            if id not in found:
                raise StoreDamaged("A passage of the store is missing.")
        return found

    def _header_of(self, id: int) -> ArticleHeader:
        header = self._catalogue.header_of(id)
        if header is None:
            raise StoreDamaged(f"The store has no passage {id}.")
        return header

    def _checksum_of(self, header: ArticleHeader) -> bytes:
        if header.key not in self._checksums:
            self._checksums[header.key] = header.checksum
        return self._checksums[header.key]
