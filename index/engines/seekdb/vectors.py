"""The passages of a store on the server, and their vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from index.engines.seekdb.articles import Articles
from index.engines.seekdb.reading import Reading
from index.errors import StoreDamaged
from index.store import soundness
from index.store.protocol import Ranking, StoredPassage
from index.store.rows import PassageRow
from index.types import Span

if TYPE_CHECKING:
    from index.types import Vector

MAX_COMPARED = 10_000
"""Up to this many passages to search, the server compares all vectors, in 1.5 ms per thousand."""
LEAST_NOMINATED, MOST_NOMINATED = 400, 16_384
"""Passages whose vectors are compared here for a question, at least and at most."""
NOMINATED_PER_WANTED = 4
MORE = 64
"""Passages compared here beyond those wanted, where the server has compared all: it rounds."""


class Passages:
    """The passages in one transaction. Each is checked when it is read."""

    def __init__(self, reading: Reading, articles: Articles, *, index_alone: bool = False) -> None:
        """Read nothing yet. index_alone: see `SeekdbView`."""
        self._reading = reading
        self._articles = articles
        self._index_alone = index_alone
        self._rows: dict[int, PassageRow] = {}
        self._places: dict[int, StoredPassage] = {}

    def nearest(self, query: Vector, k: int, names: Sequence[str] | None) -> Ranking:
        """Return the k passages with the highest cosine; see `View.nearest`.

        Exact if there are not too many to compare; otherwise nearly always.
        """
        count = self._articles.count(names)
        wanted = min(k, count)
        if wanted < 1:
            return []
        ids: list[int] = []
        if self._index_alone or (count > MAX_COMPARED and self._reading.is_index_ready()):
            ids = self._nominated(query, wanted, names)
        if len(ids) < wanted and not self._index_alone:
            ids = self._compared(query, wanted + MORE, names)
            if len(ids) < wanted:
                raise StoreDamaged(f"Passages: {len(ids):,} found, {wanted:,} expected.")
        cosines = (self.vectors(ids) @ query).tolist()
        ranking = zip(ids, cosines, strict=True)
        return sorted(ranking, key=lambda pair: (-pair[1], pair[0]))[:k]

    def vectors(self, ids: Sequence[int]) -> Vector:
        """Return the vectors of some passages; see `View.vectors`."""
        import numpy as np

        self._read(ids)
        halves = np.frombuffer(b"".join(self._rows[id].vector for id in ids), np.float16)
        return halves.reshape(-1, self._reading.row.dimension).astype(np.float32)

    def places(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages are; see `View.passages`."""
        self._read(ids)
        return {id: self._places[id] for id in ids}

    def of_articles(self, names: Sequence[str]) -> list[int]:
        """Return the ids of the passages of some articles; see `View.passages_of`."""
        rows = self._articles.named(names)
        table = self._reading.row.table("passages")
        query = f"SELECT article, id FROM {table} WHERE article IN ({{}}) ORDER BY start, stop"
        found: dict[int, list[int]] = {row.id: [] for row in rows.values()}
        for article, id in self._reading.among(query, found):
            found[article].append(id)
        for row in rows.values():
            soundness.require(soundness.of_passage_count(row, len(found[row.id])))
        return [id for name in names if name in rows for id in found[rows[name].id]]

    def is_indexed(self, id: int) -> bool:
        """Return whether the index has a passage; True if questions do not use the index."""
        if self._articles.count(None) <= MAX_COMPARED or not self._reading.is_index_ready():
            return True
        import numpy as np

        table = self._reading.row.table("passages")
        found = self._reading.query(f"SELECT halves FROM {table} WHERE id = %s", (id,))
        vectors = [np.frombuffer(halves, np.float16).astype(np.float32) for (halves,) in found]
        return all(id in self._nominated(vector, 1, None) for vector in vectors)

    def _nominated(self, query: Vector, wanted: int, names: Sequence[str] | None) -> list[int]:
        """Return passages that may be among the nearest, by the vector index."""
        distance = f"negative_inner_product(vector, '{vector_literal(query)}')"
        ids: list[int] = []
        most = max(LEAST_NOMINATED, NOMINATED_PER_WANTED * wanted)
        while len(ids) < wanted and most <= MOST_NOMINATED:
            # What was removed is still in the index, and takes the place of others.
            ids = self._ids(f"{{}} ORDER BY {distance} APPROXIMATE LIMIT {most}", names)
            most *= 4
        return ids

    def _compared(self, query: Vector, most: int, names: Sequence[str] | None) -> list[int]:
        """Return the nearest passages, as the server compares all of them."""
        cosine = f"inner_product(vector, '{vector_literal(query)}')"
        return self._ids(f"{{}} ORDER BY {cosine} DESC LIMIT {most}", names)

    def _ids(self, which: str, names: Sequence[str] | None) -> list[int]:
        table, only = self._reading.row.table("passages"), self._articles.only(names)
        found = self._reading.query(f"SELECT id FROM {table}{which.format(only or '')}")
        return list(dict.fromkeys(id for (id,) in found))

    def _read(self, ids: Iterable[int]) -> None:
        """Read passages that are not read yet. Raises: StoreDamaged if one is not as stored."""
        missing = dict.fromkeys(id for id in ids if id not in self._rows)
        table = self._reading.row.table("passages")
        query = f"SELECT article, id, start, stop, checksum, halves FROM {table} WHERE id IN ({{}})"
        found = list(self._reading.among(query, missing))
        articles = self._articles.numbered(number for number, *_ in found)
        for number, *values in found:
            row, article = PassageRow(*values), articles[number]
            name = article.article.id
            soundness.require(soundness.of_passage(row, name, article.checksum))
            self._rows[row.id] = row
            self._places[row.id] = StoredPassage(name, Span(row.start, row.end))
        if not self._rows.keys() >= missing.keys():
            raise StoreDamaged("The store has lost a passage that a search found.")


def vector_literal(vector: Vector) -> str:
    """Return a vector in SQL."""
    return "[" + ",".join([f"{number:.7g}" for number in vector.tolist()]) + "]"
