"""Finds passages by their words in an engine that ranks by sparse vectors.

The engine nominates, and the forward rows decide; see `bm25`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.engines.bm25 import (
    NOMINAL_LENGTH,
    AskedWord,
    Passages,
    asked_vector,
)
from index.store.protocol import Ranking
from index.words import rarity, stems_in

LEAST_NOMINATED, MOST_NOMINATED = 256, 16_384
"""Passages whose scores are computed for a question. More than the most, no engine returns."""
NOMINATED_PER_WANTED = 3
ROUNDING = 1e-4
"""By which share an engine's inner product can be too low."""


@dataclass(frozen=True, slots=True)
class Term:
    """A stem that passages have."""

    id: int
    passages: int
    """How many have it."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all passages of a store."""

    passages: int
    words: int
    """Their lengths together."""


class SparseIndex(Protocol):
    """What an engine has to provide for word search, in one snapshot."""

    def totals(self) -> Totals:
        """Return how many passages and words there are."""

    def terms(self, stems: Collection[str]) -> Mapping[str, Term]:
        """Return the stems that passages have, of these."""

    def nominate(
        self, weights: Mapping[int, float], most: int, articles: Sequence[str] | None
    ) -> Ranking:
        """Return the passages with the highest inner product of their sparse vector with another.

        Best first, at most `most`, only products above 0. As many as there are, unless `most` or a
        limit of the engine is reached.

        weights: the other vector, by term id.
        articles: see `View`.
        """

    def forward_rows(self, ids: Sequence[int]) -> Sequence[bytes]:
        """Return the forward rows of some passages, in the order of the ids.

        Raises: StoreDamaged for an id that is not stored, or a row that is not what was stored.
        """


class WordSearch:
    """The methods of a `View` that are about words, except `next_stem`."""

    def __init__(
        self, index: SparseIndex, *, least: int = LEAST_NOMINATED, most: int = MOST_NOMINATED
    ) -> None:
        """Search in an index. least, most: passages to nominate for a question."""
        self._index = index
        self._least = least
        self._most = most
        self._counts: dict[tuple[int, ...], int] = {}
        """How many passages have a word of several stems."""

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> Ranking:
        """Return the k passages with the highest BM25 score; see `View.matching`.

        These are exactly the k best if the engine's ranking by inner product is exact: a passage
        that is not nominated has no higher product than the last one that is. Its score is not
        above its product, or, if passages are longer on average than `NOMINAL_LENGTH`, not above
        that times as much. More are nominated until this is lower than the score of the k-th.
        """
        totals = self._index.totals()
        if not (asked := self._asked(words, totals)) or k < 1:
            return []
        average = max(1, totals.words) / max(1, totals.passages)
        exceeded = max(1.0, average / NOMINAL_LENGTH) * (1 + ROUNDING)
        weights = asked_vector(asked)
        scores: dict[int, float] = {}
        wanted = min(self._most, max(self._least, NOMINATED_PER_WANTED * k))
        while True:
            nominated = self._index.nominate(weights, wanted, articles)
            new = [id for id, _ in nominated if id not in scores]
            found = self._passages(new).scores(asked, average).tolist()
            scores.update(zip(new, found, strict=True))
            ranking = sorted(
                ((id, score) for id, score in scores.items() if score > 0),
                key=lambda pair: (-pair[1], pair[0]),
            )[:k]
            is_all = len(nominated) < wanted or wanted == self._most
            if is_all or (len(ranking) == k and ranking[-1][1] > nominated[-1][1] * exceeded):
                return ranking
            wanted = min(self._most, 4 * wanted)

    def unknown_words(
        self, words: Sequence[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        """Return the words that do not occur in any passage; see `View.unknown_words`.

        A word of several frequent stems can be missing from the result, if too many passages have
        each of them to read all: the absence of the others is certain.
        """
        found = self._terms(words)
        return [
            word
            for word, terms in zip(words, found, strict=True)
            if not self._occurs(terms, articles)
        ]

    def with_stem(self, stem: str, k: int, articles: Sequence[str] | None = None) -> list[int]:
        """Return the ids of k passages that have a word with this stem, or of all there are."""
        term = self._index.terms([stem]).get(stem)
        if term is None or k < 1:
            return []
        return [id for id, _ in self._index.nominate({term.id: 1.0}, k, articles)]

    def _asked(self, words: Sequence[str], totals: Totals) -> list[AskedWord]:
        """Return the words that passages have."""
        return [
            AskedWord(tuple(term.id for term in terms), rarity(totals.passages, count))
            for terms in self._terms(words)
            if (count := self._count(terms))
        ]

    def _terms(self, words: Sequence[str]) -> list[list[Term]]:
        """Return the stems of each word; none if a stem is in no passage."""
        stems = stems_in(words)
        known = self._index.terms({stem for own in stems for stem in own})
        return [[known[stem] for stem in own] if known.keys() >= {*own} else [] for own in stems]

    def _count(self, terms: Sequence[Term]) -> int:
        """Return how many passages have a word, at least."""
        if len(terms) < 2:
            return sum(term.passages for term in terms)
        key = tuple(term.id for term in terms)
        if key not in self._counts:
            nominated = self._index.nominate(*self._having(terms), None)
            self._counts[key] = self._holding([id for id, _ in nominated], key)
        return self._counts[key]

    def _occurs(self, terms: Sequence[Term], articles: Sequence[str] | None) -> bool:
        """Return whether a passage has a word, or may have it."""
        if not terms:
            return False
        if len(terms) == 1:
            return articles is None or bool(self._index.nominate({terms[0].id: 1.0}, 1, articles))
        weights, most = self._having(terms)
        nominated = self._index.nominate(weights, most, articles)
        ids = [id for id, _ in nominated]
        return len(ids) == self._most or self._holding(ids, [term.id for term in terms]) > 0

    def _having(self, terms: Sequence[Term]) -> tuple[dict[int, float], int]:
        """Return what nominates the passages with a word of several stems: weights, and how many.

        All passages with its rarest stem, if they are not too many to read.
        """
        rarest = min(terms, key=lambda term: term.passages)
        if rarest.passages < self._most:
            return {rarest.id: 1.0}, rarest.passages
        return {term.id: 1.0 for term in terms}, self._most

    def _holding(self, ids: Sequence[int], terms: Sequence[int]) -> int:
        """Return how many of some passages have these terms in a row."""
        return int((self._passages(ids).frequencies(terms) > 0).sum())

    def _passages(self, ids: Sequence[int]) -> Passages:
        return Passages(self._index.forward_rows(ids) if ids else [])
