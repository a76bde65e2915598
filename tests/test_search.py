"""Search: the right passages, in an order that hangs on the articles alone."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StoreDamaged
from index.fillers import FUNCTION_WORDS
from index.place import place_of
from index.question import Question
from index.search import (
    CANDIDATES,
    COSINE_WEIGHT,
    Query,
)
from index.split import split
from index.store.files import DATABASE
from index.store.protocol import Entry
from index.types import Article, Passage, Span
from index.wording import encoded_text
from tests.support.articles import article_of
from tests.support.examples import examples
from tests.support.stored import ENCODER, WORDS, Files, entry, found, hits_in, opened, paragraph

sentences = st.lists(st.sampled_from([*WORDS, "the", "of"]), min_size=1, max_size=30).map(
    lambda words: " ".join(words).capitalize() + "."
)
texts = st.lists(sentences, min_size=1, max_size=25).map(" ".join)
corpora = st.dictionaries(st.sampled_from("abcdef"), texts, min_size=1)
questions = st.lists(st.sampled_from([*WORDS, "the", "who", "unheard"]), max_size=6).map(" ".join)


def repeats(one: Passage, other: Passage) -> bool:
    shorter = min(len(one.span), len(other.span))
    same_article = one.article.id == other.article.id
    return one.text == other.text or (same_article and one.span.overlap(other.span) > shorter / 2)


@examples(60)
@given(corpora, questions, st.integers(1, 12))
def test_the_hits_are_those_of_scoring_every_passage(
    corpus: dict[str, str], question: str, k: int
) -> None:
    entries = [entry(name, text) for name, text in corpus.items()]
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        store.put(entries, {})
        hits = hits_in(store, question, k)
        with store.snapshot() as view:
            matching = dict(view.matching(Question(question).words, 10_000))
            places = view.passages(list(matching))
    bm25 = {(places[id].article, places[id].span): score for id, score in matching.items()}
    query = ENCODER.encode_query(question)
    cosine = {
        Passage(e.article, span): float(vector.astype(np.float16).astype(np.float32) @ query)
        for e in entries
        for span, vector in zip(e.spans, e.vectors, strict=True)
    }
    floor = min(cosine.values())
    spread = max(cosine.values()) - floor
    score = {
        passage: COSINE_WEIGHT * ((cosine[passage] - floor) / spread if spread > 1e-6 else 1.0)
        + (1 - COSINE_WEIGHT)
        * bm25.get((passage.article.id, passage.span), 0.0)
        / max([1e-6, *bm25.values()])
        for passage in cosine
    }
    rounding = 1e-6 + 1e-6 / max(1e-6, spread)  # what the last bits of two cosines come to
    for hit in hits:
        assert hit.score == pytest.approx(score[hit.passage], abs=rounding)
        assert hit.cosine == pytest.approx(cosine[hit.passage], abs=1e-5)
        assert hit.bm25 == bm25.get((hit.passage.article.id, hit.passage.span), 0.0)
    for passage in score.keys() - {hit.passage for hit in hits}:
        better = [hit for hit in hits if hit.score >= score[passage] - rounding]
        assert len(better) == k or any(repeats(passage, hit.passage) for hit in better)


@examples(60)
@given(corpora, questions, st.integers(1, 12))
def test_hits_are_ranked_limited_and_do_not_repeat_each_other(
    corpus: dict[str, str], question: str, k: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        store.put([entry(name, text) for name, text in corpus.items()], {})
        hits = hits_in(store, question, k)
    assert 1 <= len(hits) <= k
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1
    for one, other in combinations([hit.passage for hit in hits], 2):
        assert not repeats(one, other)


@pytest.mark.parametrize(("starts", "ranks"), [((0, 10), 2), ((0, 9), 1), ((9, 0), 1)])
def test_a_passage_more_than_half_of_which_a_better_hit_shows_is_left_out(
    tmp_path: Path, starts: tuple[int, int], ranks: int
) -> None:
    whole = entry("a.txt", "The queen of a river and a city.")
    spans = [Span(start, start + 20) for start in starts]
    with opened(tmp_path) as store:
        store.put([replace(whole, spans=spans, vectors=[whole.vectors[0]] * 2)], {})
        assert len(hits_in(store, "The queen?", 3)) == ranks


@examples(30)
@given(corpora, questions, st.randoms(use_true_random=False))
def test_the_order_is_the_same_however_the_store_came_to_hold_the_articles(
    corpus: dict[str, str], question: str, chance: random.Random
) -> None:
    entries = [entry(name, text) for name, text in corpus.items()]
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder, "one")) as one,
        opened(Path(folder, "other")) as other,
    ):
        one.put(entries, {})
        for again in (False, True):
            for e in chance.sample(entries, len(entries)):
                if again and chance.random() < 0.5:
                    other.remove([e.article.id])
                other.put([e], {})
        expected = found(hits_in(one, question, 10))
        assert found(hits_in(other, question, 10)) == expected
        assert found(hits_in(one, question, 10)) == expected


@pytest.mark.parametrize("question", ["The same footer.", "Unheard of.", "?"])
def test_a_text_in_more_articles_than_are_compared_is_one_hit_of_the_first_of_them(
    tmp_path: Path, question: str
) -> None:
    copies = [entry(f"{n:03}.txt", "The same footer.", "One") for n in range(2 * CANDIDATES)]
    others = [
        entry(f"other{n}.txt", text, "One") for n, text in enumerate(["One more.", "Two more."])
    ]
    with opened(tmp_path / "one") as one, opened(tmp_path / "other") as other:
        one.put([*copies, *others], {})
        other.put([*reversed(copies), *others], {})
        for k in (1, 3):
            hits = hits_in(one, question, k)
            assert found(hits_in(other, question, k)) == found(hits)
    assert {hit.passage.article.id for hit in hits} == {"000.txt", "other0.txt", "other1.txt"}


def test_as_many_hits_as_are_asked_for_where_there_are_as_many(tmp_path: Path) -> None:
    total = 5 * CANDIDATES
    with opened(tmp_path) as store:
        store.put([entry(f"{n}.txt", paragraph(n)) for n in range(total)], {})
        for k in (1, CANDIDATES, total - 1, total, total + 1):
            hits = hits_in(store, "Where is the river1?", k)
            assert len({hit.passage.article.id for hit in hits}) == len(hits) == min(k, total)


def test_an_empty_store_has_no_hits(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        assert hits_in(store, "The river?", 3) == []


odd = st.text(st.sampled_from("ab .\n\r\t\u2028\u00a0\u200b😀é\u0301漢字[]\x1b"), max_size=2000)


@examples(40)
@given(st.lists(odd, min_size=1, max_size=3))
def test_a_hit_is_what_stands_in_the_file_at_its_offsets(articles: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder, "store")) as store:
        files = Files(Path(folder, "articles"))
        for n, text in enumerate([*articles, "a river"]):
            files.write(f"{n}.txt", text)
        files.sync_into(store)
        hits = hits_in(store, "a river 漢字", 10)
        assert hits
        for hit in hits:
            text = (files.folder / hit.passage.article.id).read_bytes().decode("utf-8")
            assert hit.passage.article.text == text
            assert hit.passage.text == text[hit.passage.span.start : hit.passage.span.end]
            assert hit.passage.text.strip()


@given(st.lists(st.sampled_from([*WORDS, *sorted(FUNCTION_WORDS)]), min_size=1))
def test_question_words_are_those_with_a_meaning_or_all_where_none_has_one(
    words: list[str],
) -> None:
    meaningful = [word for word in words if word in WORDS]
    question = " ".join(words).capitalize() + "?"
    assert Question(question).words == tuple(dict.fromkeys(meaningful or words))


ODD_QUESTIONS = {
    "100 KB of one word": "river " * 17_000,
    "100 KB of different words": " ".join(f"river{n}" for n in range(12_000)),
    "100 KB in one word": "a" * 100_000,
    "punctuation": "?!… -- \"'()*:^",
    "emoji": "😀👩‍👩‍👧‍👦",
    "word search syntax": 'NEAR("river" OR -x:y*',
    "no word": " ",
    "NUL": "river\0city",
}


@pytest.mark.parametrize("question", ODD_QUESTIONS.values(), ids=ODD_QUESTIONS.keys())
def test_any_question_finds_something(tmp_path: Path, question: str) -> None:
    with opened(tmp_path) as store:
        store.put([entry("a.txt", "The river."), entry("b.txt", "The city.")], {})
        hits = hits_in(store, question, 3)
    assert len(hits) == 2
    if "river" in question.split():
        assert hits[0].passage.text == "The river."


@pytest.mark.parametrize(
    "sql",
    [
        'UPDATE passages SET "end" = "end" + 1000',
        "INSERT INTO words (rowid, text) VALUES (99, 'river')",
        "UPDATE articles SET text = 'A rover.'",
    ],
)
def test_a_place_or_text_that_was_not_stored_is_never_shown(tmp_path: Path, sql: str) -> None:
    with opened(tmp_path) as store:
        store.put([entry("a.txt", "A river.")], {})
        database = sqlite3.connect(tmp_path / DATABASE)
        with database:
            database.execute(sql)
        database.close()
        with pytest.raises(StoreDamaged):
            hits_in(store, "The river?", 3)


@examples(40)
@given(corpora, questions, st.lists(st.sampled_from("abcdefz"), min_size=1), st.integers(1, 6))
def test_a_search_of_some_articles_is_the_search_of_a_store_of_these_but_for_word_weights(
    corpus: dict[str, str], question: str, chosen: list[str], k: int
) -> None:
    """How rare a word is, BM25 counts over the whole store; all else is of the chosen articles."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        store.put([entry(name, text) for name, text in corpus.items()], {})
        hits = hits_in(store, question, k, articles=chosen)
        every = hits_in(store, question, 10_000)
    among = [hit for hit in every if hit.passage.article.id in chosen]
    assert {hit.passage.article.id for hit in hits} <= set(chosen)
    assert len(hits) <= k
    if among:
        assert hits
        cosines = {hit.passage: hit.cosine for hit in among}
        for hit in hits:
            assert hit.cosine == pytest.approx(cosines.get(hit.passage, hit.cosine), abs=1e-3)


@examples(40)
@given(corpora, questions, questions, st.floats(0.05, 0.95))
def test_texts_searched_together_give_the_weighted_sum_of_their_scores(
    corpus: dict[str, str], question: str, further: str, weight: float
) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        store.put([entry(name, text) for name, text in corpus.items()], {})
        one, other = (hits_in(store, text, 10_000) for text in (question, further))
        both = hits_in(store, question, 10_000, also=[Query(Question(further), weight)])
    of_one = {hit.passage: hit for hit in one}
    of_other = {hit.passage: hit for hit in other}
    for hit in both:
        if hit.passage in of_one and hit.passage in of_other:
            first, second = of_one[hit.passage], of_other[hit.passage]
            expected = (1 - weight) * first.score + weight * second.score
            assert hit.score == pytest.approx(expected, abs=1e-5)
            cosine = (1 - weight) * first.cosine + weight * second.cosine
            assert hit.cosine == pytest.approx(cosine, abs=1e-6)


def test_the_same_text_twice_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.put([entry(name, paragraph(i)) for i, name in enumerate("abcd")], {})
        alone = hits_in(store, "the river", 5)
        twice = hits_in(store, "the river", 5, also=[Query(Question("the river"), 0.5)])
    assert found(alone) == found(twice)


def kept(*articles: Article) -> list[Entry]:
    """Return articles as a sync would store them."""
    entries = []
    for article in articles:
        spans = split(article, count_tokens=ENCODER.count_tokens, max_tokens=ENCODER.max_tokens)
        vectors = [ENCODER.encode_query(encoded_text(article, span)) for span in spans]
        entries.append(Entry(article, spans, vectors))
    return entries


def test_a_page_that_lists_pages_yields_to_them(tmp_path: Path) -> None:
    listing = "# Notes\n\n- [[Boat house]]\n- [[Boat repair]]\n- [[Boat trips]]\n- [[The boat]]\n"
    page = "The boat leaves at nine. Trips to the island take the whole day."
    with opened(tmp_path) as store:
        store.put(kept(article_of(listing, "README.md"), article_of(page, "Boat trips.md")), {})
        hits = hits_in(store, "boat trips", 2)
    assert [hit.passage.article.id for hit in hits] == ["Boat trips.md", "README.md"]
    assert [hit.rank for hit in hits] == [1, 2]
    assert hits[0].score >= hits[1].score


@pytest.mark.parametrize(
    ("question", "is_found"),
    [("When was the mill sold?", False), ("What does the comment say of the mill?", True)],
)
def test_a_comment_is_found_only_if_one_asks_for_comments(
    tmp_path: Path, question: str, is_found: bool
) -> None:
    text = "# Mill\n\nThe mill was built in 1811.\n\n<!-- The mill was sold in 1999. -->\n"
    with opened(tmp_path) as store:
        store.put(kept(article_of(text, "mill.md")), {})
        hits = hits_in(store, question, 5)
    texts = [hit.passage.text for hit in hits]
    assert any("1999" in text for text in texts) == is_found
    marks = [place_of(hit.passage.article, hit.passage.span) for hit in hits]
    assert (("Mill", "comment") in marks) == is_found
