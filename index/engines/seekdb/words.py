"""The words of a store's passages: its stems, and the index of sparse vectors."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b

from index.engines.bm25 import AskedWord, Passages
from index.engines.seekdb.articles import Articles
from index.engines.seekdb.reading import Reading
from index.engines.seekdb.schema import MAX_STEM_BYTES, MAX_WEIGHTS
from index.engines.word_search import MOST_NOMINATED, Term, Totals
from index.errors import StoreDamaged
from index.store import checksum
from index.store.protocol import Ranking

STEMS_AT_ONCE = 200
"""Stems that are read for one that is asked for: the next one asked for is mostly near."""
_HASH_CHARS = 32


class SparseWords:
    """See `SparseIndex`, and `View.next_stem`. Valid within one transaction."""

    def __init__(self, reading: Reading, articles: Articles) -> None:
        self._reading = reading
        self._articles = articles
        self._rows: dict[int, bytes] = {}
        self._page: tuple[str, list[str]] = ("", [])
        """Stems in a row, and what they start from."""

    def totals(self) -> Totals:
        """Return how many passages and words there are."""
        return Totals(self._reading.row.passages, self._reading.row.words)

    def terms(self, stems: Collection[str]) -> Mapping[str, Term]:
        """Return the stems that passages have, of these."""
        table = self._reading.row.table("stems")
        keys = {stem_key(stem): stem for stem in stems}
        query = f"SELECT stem, id, passages FROM {table} WHERE passages > 0 AND stem IN ({{}})"
        return {keys[key]: Term(id, count) for key, id, count in self._reading.among(query, keys)}

    def nominate(
        self, weights: Mapping[int, float], most: int, articles: Sequence[str] | None
    ) -> Ranking:
        """Return the passages with the highest inner product; see `SparseIndex`."""
        only = self._articles.only(articles)
        if most < 1 or only is None:
            return []
        product = f"negative_inner_product(weights, '{sparse_literal(weights)}')"
        table = self._reading.row.table("passages")
        wanted = most
        while True:
            found = self._reading.query(
                f"SELECT id, {product} FROM {table}{only}"
                f" ORDER BY {product} APPROXIMATE LIMIT {min(wanted, MOST_NOMINATED)}"
            )
            # A passage can come twice while another connection changes it.
            best = {id: -negative for id, negative in found if negative < 0}
            if self._reading.row.last_stem >= MAX_WEIGHTS:
                best = self._with_terms(best, weights)
            is_all = len(found) < wanted or wanted >= MOST_NOMINATED
            if len(best) >= most or is_all:
                return list(best.items())[:most]
            wanted *= 2

    def _with_terms(self, products: dict[int, float], terms: Collection[int]) -> dict[int, float]:
        """Return the passages that have any of the terms: others can share their numbers."""
        if not products:
            return products
        passages = Passages(self.forward_rows(list(products)))
        is_held = passages.scores([AskedWord((term,), 1.0) for term in terms], 1.0) > 0
        return {id: products[id] for id, held in zip(products, is_held, strict=True) if held}

    def forward_rows(self, ids: Sequence[int]) -> list[bytes]:
        """Return the forward rows of some passages, each of them checked; see `SparseIndex`."""
        missing = [id for id in ids if id not in self._rows]
        table = self._reading.row.table("passages")
        query = f"SELECT id, words, words_checksum FROM {table} WHERE id IN ({{}})"
        for id, row, stored in self._reading.among(query, missing):
            if checksum.of_values(id, row) != stored:
                raise StoreDamaged("The stored words of a passage are damaged.")
            self._rows[id] = row
        try:
            return [self._rows[id] for id in ids]
        except KeyError as error:
            raise StoreDamaged("The store has lost a passage that a search found.") from error

    def next_stem(self, start: str) -> str | None:
        """Return the first stem from `start` on; see `View.next_stem`."""
        first, stems = self._page
        if not (first <= start and stems and start <= stems[-1]):
            table = self._reading.row.table("stems")
            found = self._reading.query(
                f"SELECT stem FROM {table} WHERE stem >= %s AND passages > 0"
                f" ORDER BY stem LIMIT {STEMS_AT_ONCE}",
                (start.encode("utf-8", "surrogatepass"),),
            )
            stems = [stem.decode() for (stem,) in found]
            self._page = start, stems
        place = bisect_left(stems, start)
        return stems[place] if place < len(stems) else None


def stem_key(stem: str) -> bytes:
    """Return a stem in UTF-8. A very long one is cut, and ends with its checksum.

    As it is itself the key of what it is cut to, `next_stem` can return it.
    """
    key = stem.encode("utf-8", "surrogatepass")
    if len(key) <= MAX_STEM_BYTES:
        return key
    kept = key[: MAX_STEM_BYTES - _HASH_CHARS].decode("utf-8", "ignore").encode()
    return kept + blake2b(key, digest_size=_HASH_CHARS // 2).hexdigest().encode()


def sparse_literal(weights: Mapping[int, float]) -> str:
    """Return a sparse vector in SQL. Terms whose numbers the server does not take share others.

    An inner product can then only be higher than it would be, never lower. They share the upper
    half: low numbers are those of the most frequent stems, which nearly every article has.
    """
    shared: dict[int, float] = {}
    for term, weight in weights.items():
        number = term if term < MAX_WEIGHTS else MAX_WEIGHTS - 1 - term % (MAX_WEIGHTS // 2)
        shared[number] = shared.get(number, 0.0) + weight
    return "{" + ",".join(f"{number}:{shared[number]:.8g}" for number in sorted(shared)) + "}"
