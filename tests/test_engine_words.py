"""Word search in an engine with sparse vectors ranks as the local store does."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.engines.bm25 import (
    NOMINAL_LENGTH,
    AskedWord,
    Passages,
    asked_vector,
    forward_row,
    sparse_vector,
    stems_of,
)
from index.engines.word_search import Term, Totals, WordSearch
from index.store.protocol import Entry, Ranking
from index.types import Span
from index.wording import Searched, searched_words
from tests.support.examples import examples
from tests.support.memory_store import MemoryStore, tokenized
from tests.support.stored import WORDS, entry, opened

SIGNED = ["4.1.0", "1.0", "4 1 0", "river-boat", "boat", "mail", "e-mail", "Zürich"]
UNHEARD = ["unheard", "un-heard", "…", ""]


class Index:
    """The simplest `SparseIndex`: ranks by the inner product in single precision, as engines do."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Hold articles with consecutive ids from 1, as `MemoryStore` gives them."""
        placed = [(one.article, span) for one in entries for span in one.spans]
        stems = stems_of([searched_words(article, span) for article, span in placed])
        distinct = sorted({stem for fields in stems for field in fields for stem in field})
        ids = {stem: id for id, stem in enumerate(distinct, 1)}
        self._articles = [article.id for article, _ in placed]
        self._rows = [forward_row(fields, ids) for fields in stems]
        self._vectors = [sparse_vector(row) for row in self._rows]
        having = Counter(term for vector in self._vectors for term in vector)
        self._terms = {stem: Term(id, having[id]) for stem, id in ids.items()}
        self.nominated = 0

    def totals(self) -> Totals:
        return Totals(len(self._rows), int(Passages(self._rows).lengths.sum()))

    def terms(self, stems: Collection[str]) -> Mapping[str, Term]:
        return {stem: self._terms[stem] for stem in stems if stem in self._terms}

    def nominate(
        self, weights: Mapping[int, float], most: int, articles: Sequence[str] | None
    ) -> Ranking:
        self.nominated += most
        products = [
            (id, float(np.float32(sum(weights.get(term, 0) * own[term] for term in own))))
            for id, own in enumerate(self._vectors, 1)
            if articles is None or self._articles[id - 1] in articles
        ]
        found = [(id, product) for id, product in products if product > 0]
        return sorted(found, key=lambda pair: -pair[1])[:most]

    def forward_rows(self, ids: Sequence[int]) -> list[bytes]:
        return [self._rows[id - 1] for id in ids]


ids = st.sampled_from(["a.txt", "the queen/b.txt", "c/d-4.1.0.md"])
sentences = st.lists(st.sampled_from([*WORDS, *SIGNED, "the"]), min_size=1, max_size=9)
texts = st.lists(sentences.map(" ".join), min_size=1, max_size=9).map(". ".join)
corpora = st.dictionaries(ids, texts, max_size=3)
chosen = st.none() | st.lists(st.sampled_from(["a.txt", "the queen/b.txt", "none.txt"]), max_size=3)
asked = st.lists(st.sampled_from([*WORDS, *SIGNED, *UNHEARD, "Rivers", "river river"]), max_size=5)


@examples(150)
@given(corpora, chosen, asked, st.integers(1, 6), st.integers(1, 4))
def test_words_are_ranked_as_in_the_store_in_memory(
    corpus: dict[str, str], articles: list[str] | None, words: list[str], k: int, least: int
) -> None:
    entries = [entry(name, text) for name, text in corpus.items()]
    store = MemoryStore()
    store.put(entries, {})
    # Few are nominated at first, so that the best are only found by nominating more.
    words_of = WordSearch(Index(entries), least=least)
    with store.snapshot() as view:
        for most in (k, 100):
            ranking = words_of.matching(words, most, articles)
            expected = view.matching(words, most, articles)
            assert [id for id, _ in ranking] == [id for id, _ in expected]
            scores = [score for _, score in expected]
            assert [score for _, score in ranking] == pytest.approx(scores, rel=1e-12)
        assert words_of.unknown_words(words, articles) == view.unknown_words(words, articles)
        for stem in tokenized([" ".join(words)])[0]:
            holding = words_of.with_stem(stem, 100, articles)
            assert sorted(holding) == sorted(view.with_stem(stem, 100, articles))


@examples(15)
@given(corpora, asked, st.integers(1, 6))
def test_words_are_ranked_as_in_the_local_store(
    corpus: dict[str, str], words: list[str], k: int
) -> None:
    entries = [entry(name, text) for name, text in corpus.items()]
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        store.put(entries, {})
        with store.snapshot() as view:
            expected = view.matching(words, k)
    ranking = WordSearch(Index(entries)).matching(words, k)
    assert [id for id, _ in ranking] == [id for id, _ in expected]
    scores = [score for _, score in expected]
    assert [score for _, score in ranking] == pytest.approx(scores, rel=1e-12)


@pytest.mark.parametrize("length", [2, 30, 400])
def test_the_best_are_found_whatever_the_average_length_is(length: int) -> None:
    """Stored weights are computed for another average length than that of these passages."""
    chance = np.random.default_rng(length)
    entries = []
    for number in range(200):
        others = chance.choice(["the", "of", "peace"], chance.integers(1, 2 * length))
        rivers = ["river"] * (1 + len(others) // chance.integers(20, 30))
        text = " ".join([*others, *rivers])
        made = entry(f"{number:03}.txt", text)
        entries.append(Entry(made.article, [Span(0, len(text))], made.vectors[:1]))
    store = MemoryStore()
    store.put(entries, {})
    with store.snapshot() as view:
        ranks = [view.matching(["river"], k) for k in range(1, 12)]
    words_of = WordSearch(Index(entries), least=1)
    for expected in ranks:
        ranking = words_of.matching(["river"], len(expected))
        assert [id for id, _ in ranking] == [id for id, _ in expected]


def test_few_passages_are_nominated_where_the_best_are_clear() -> None:
    entries = [entry(f"{n:03}.txt", "river " * (n % 50 + 1) + "boat") for n in range(500)]
    index = Index(entries)
    assert len(WordSearch(index, least=100).matching(["river"], 10)) == 10
    assert index.nominated <= 500


def test_no_more_are_read_than_is_allowed_and_no_word_is_then_called_unknown() -> None:
    """A phrase whose stems are both in too many passages may be somewhere."""
    entries = [entry(f"{n}.txt", "boat river") for n in range(8)]
    words_of = WordSearch(Index(entries), least=2, most=4)
    assert len(words_of.matching(["river"], 8)) == 4
    assert words_of.unknown_words(["river-boat"]) == []
    assert WordSearch(Index(entries)).unknown_words(["river-boat"]) == ["river-boat"]


@examples(60)
@given(st.tuples(texts, texts, texts), st.lists(st.integers(1, 30), min_size=1, max_size=3))
def test_the_product_of_two_vectors_is_not_below_the_score(
    fields: tuple[str, str, str], terms: list[int]
) -> None:
    """At the average length that stored weights are for: so nothing better is left out."""
    (stems,) = stems_of([Searched(*fields)])
    distinct = sorted({stem for field in stems for stem in field})
    row = forward_row(stems, {stem: id for id, stem in enumerate(distinct, 1)})
    words = [AskedWord((term,), 2.0) for term in terms] + [AskedWord(tuple(terms), 3.0)]
    vector, asked = sparse_vector(row), asked_vector(words)
    product = sum(asked.get(term, 0) * weight for term, weight in vector.items())
    (score,) = Passages([row]).scores(words, NOMINAL_LENGTH)
    assert product >= score * (1 - 1e-9)
    assert all(0 < weight < 2.2 for weight in vector.values())
