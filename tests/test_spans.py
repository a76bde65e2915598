"""Reading passages with a model: from logits to the words that answer, wherever they stand."""

from __future__ import annotations

import json
import math
import random
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from index.question import Question
from index.split import split
from index.types import Article, Hit, Passage, Span
from qa.reader.decide import Calibration, Candidate, features, merged
from qa.reader.decode import MAX_ANSWER_TOKENS, MAX_MARGIN_CHARS, best_spans, window_of
from qa.reader.onnx import WindowLogits
from qa.reader.spans import MAX_ANSWERS, MIN_RELATIVE_CONFIDENCE, READ_FIRST, SpanReader
from qa.types import MIN_ANSWERED, Reading
from tests.support.articles import article_of, unstructured
from tests.support.examples import examples

Logits = Callable[[str, list[tuple[int, int]]], tuple[Sequence[float], Sequence[float]]]
"""A text and the offsets of its pieces to where an answer starts and where it ends."""

CALIBRATION = Calibration(
    score_diff_weight=0.1,
    span_score_weight=0.0,
    coefficients={"intercept": 0.0, "score_diff": 0.5},
    min_confidence=0.2,
    min_answered=0.5,
    sufficient_confidence=0.9,
)
FRAGMENTS = [
    "word ", "A short sentence. ", "“Really?” she asked. ", "(see p. 3) ", "x" * 40 + " ", "1932",
    "\n", "\r\n", "\r", "\n\n", " ", "\xa0", "\t", ",", ";", ":", " , ", "!", ".", "?", '"', "'",
    "e\u0301", "👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "‼️", "?\u0301", "(", ")", "[", "]", "«", "»", "[markup]",
    "東京で会議。", "안녕하세요. ", "각", "नमस्ते ", "a\u200b", "z" + "\u0323" * 5, "𝕏",
]  # fmt: skip
SENTENCES = ["The same sentence comes again. ", "Ann met Bo in Kelm. ", "It is 503 m long. "]
FRAGMENTED = st.lists(st.sampled_from([*FRAGMENTS, *SENTENCES]), max_size=25).map("".join)
LETTER = st.characters(categories=["L", "N", "P", "S", "Z"])
ANY_TEXT = st.one_of(FRAGMENTED, st.text(LETTER, max_size=60))
LOOSE = " \t\r\n,;:"
SEEDS = st.integers(0, 2**32 - 1)


def words_of(text: str) -> list[list[tuple[int, int]]]:
    """Part a text like BERT: words of pieces of up to three letters; each mark is a word.

    Combining marks and joiners are left out of pieces and offsets, as its normaliser has it; a
    letter of East Asia is a word.
    """
    words: list[list[tuple[int, int]]] = []
    inside = False
    for place, character in enumerate(text):
        category = unicodedata.category(character)
        if category in ("Mn", "Cf"):
            continue
        alone = category[0] == "P" or "\u3040" <= character <= "\u9fff"
        if category[0] in "ZC":
            inside = False
        elif inside and not alone:
            first, end = words[-1][-1]
            if end - first >= 3 or end < place:
                words[-1].append((place, place + 1))
            else:
                words[-1][-1] = (first, place + 1)
        else:
            words.append([(place, place + 1)])
            inside = not alone
    return words


class FakeRunner:
    """Runs no model: a function says where answers start and end; what was read is kept."""

    def __init__(self, logits: Logits, null: float = 0.0, window: int = 10_000) -> None:
        """window: pieces that are read at a time."""
        self.logits = logits
        self.null = null
        self.window = window
        self.calls: list[list[str]] = []

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        self.calls.append(list(texts))
        return [read for number, text in enumerate(texts) for read in self.read(number, text)]

    def part_read(self, question: str) -> str:
        return question

    def read(self, number: int, text: str) -> list[WindowLogits]:
        pieces = [(piece, n) for n, word in enumerate(words_of(text)) for piece in word]
        offsets = [piece for piece, _ in pieces]
        starts, ends = (np.array(x, dtype=np.float32) for x in self.logits(text, offsets))
        step = max(1, self.window // 2)
        return [
            WindowLogits(
                number,
                offsets[first : first + self.window],
                [word for _, word in pieces[first : first + self.window]],
                starts[first : first + self.window],
                ends[first : first + self.window],
                self.null,
            )
            for first in range(0, max(1, len(pieces)), step)
        ]


def marking(phrases: Mapping[str, float]) -> Logits:
    """Find these phrases wherever they stand, each with its score difference."""

    def logits(text: str, offsets: list[tuple[int, int]]) -> tuple[list[float], list[float]]:
        starts, ends = [-20.0] * len(offsets), [-20.0] * len(offsets)
        for phrase, score_diff in phrases.items():
            for match in regex.finditer(regex.escape(phrase), text, overlapped=True):
                inside = [
                    place
                    for place, (start, end) in enumerate(offsets)
                    if start < match.end() and end > match.start()
                ]
                starts[inside[0]] = ends[inside[-1]] = score_diff / 2
        return starts, ends

    return logits


def by_chance(seed: int) -> Logits:
    """Give a text its own logits, the same each time."""

    def logits(text: str, offsets: list[tuple[int, int]]) -> tuple[list[float], list[float]]:
        rng = random.Random(f"{seed}:{text}")
        one, other = ([rng.gauss(0, 4) for _ in offsets] for _ in range(2))
        return one, other

    return logits


def article(text: str, id: str = "a.txt") -> Article:
    return Article(id, f"/{id}", "", text, "0" * 64)


def hit(of: Article, start: int, end: int, rank: int = 1, score: float = 0.5) -> Hit:
    # the word score tells one hit from another: nothing here reads it
    return Hit(Passage(of, Span(start, end)), rank, score, 0.6, float(rank))


def hits_of(*texts: str) -> list[Hit]:
    """One hit a text, an article of its own, the first the best."""
    return [
        hit(article(text, f"{rank}.txt"), 0, len(text), rank, 1 / rank)
        for rank, text in enumerate(texts, start=1)
    ]


def passages(text: str, max_tokens: int = 254) -> list[Span]:
    return split(unstructured(text), count_tokens=lambda texts: [len(t) // 4 + 1 for t in texts],
                 max_tokens=max_tokens)  # fmt: skip


def reader(
    logits: Logits, *, min_answered: float | None = None, read_first: int = READ_FIRST
) -> SpanReader:
    return SpanReader(
        FakeRunner(logits), CALIBRATION, min_answered=min_answered, read_first=read_first
    )


def found(text: str, phrase: str) -> list[str]:
    """Return what is shown of a text when the model marks `phrase` in it."""
    reading = reader(marking({phrase: 9})).read(Question("?"), hits_of(text))
    return [answer.text for answer in reading.answers]


# Decoding


def window_logits(
    starts: Sequence[float], ends: Sequence[float], null: float = 0.0
) -> WindowLogits:
    size = len(starts)
    return WindowLogits(
        0,
        [(2 * place, 2 * place + 1) for place in range(size)],
        list(range(size)),
        np.array(starts, dtype=np.float32),
        np.array(ends, dtype=np.float32),
        null,
    )


LOGIT = st.one_of(st.floats(-30, 30, width=32), st.sampled_from([-1.0, 0.0, 1.0, 2.0]))
LOGITS = st.lists(st.tuples(LOGIT, LOGIT), max_size=70)


def legal_spans(parts: Sequence[int | None]) -> list[tuple[int, int]]:
    size = len(parts)
    return [
        (first, last)
        for first in range(size)
        for last in range(first, min(size, first + MAX_ANSWER_TOKENS))
        if parts[first] is not None and set(parts[first : last + 1]) == {parts[first]}
    ]


@given(LOGITS, st.data(), LOGIT, st.integers(1, 6))
def test_each_span_is_the_best_legal_one_that_touches_none_before_it(
    logits: list[tuple[float, float]], data: st.DataObject, null: float, k: int
) -> None:
    read = window_logits([start for start, _ in logits], [end for _, end in logits], null)
    runs = data.draw(st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=1))
    runs.append((len(logits), True))
    parts = [n if answers else None for n, (size, answers) in enumerate(runs) for _ in range(size)]
    parts = parts[: len(logits)]
    left = legal_spans(parts)
    spans = list(best_spans(read, parts, k))
    for first, last, score_diff in spans:
        assert (first, last) in left
        best = max(float(read.start_logits[a] + read.end_logits[b]) for a, b in left)
        assert score_diff + null == pytest.approx(best, abs=1e-4)
        assert float(read.start_logits[first] + read.end_logits[last]) == pytest.approx(
            best, abs=1e-4
        )
        left = [(a, b) for a, b in left if b < first or a > last]
    assert len(spans) == k or not left
    score_diffs = [score_diff for _, _, score_diff in spans]
    assert score_diffs == sorted(score_diffs, reverse=True)


@pytest.mark.parametrize("logits", [[], [math.nan] * 3, [-math.inf] * 3])
def test_without_pieces_or_logits_there_are_no_spans(logits: list[float]) -> None:
    assert list(best_spans(window_logits(logits, logits), [0] * len(logits), 3)) == []


def test_decoding_leaves_the_logits_as_they_are() -> None:
    read = window_logits([1, 2, 3], [3, 2, 1])
    assert list(best_spans(read, [0] * 3, 9)) == [(0, 0, 4), (1, 1, 4), (2, 2, 4)]
    assert read.start_logits.tolist() == [1, 2, 3]
    assert read.end_logits.tolist() == [3, 2, 1]


def test_no_span_is_longer_than_an_answer_may_be() -> None:
    size = MAX_ANSWER_TOKENS + 1
    read = window_logits([9.0] + [-9.0] * (size - 1), [-9.0] * (size - 1) + [9.0])
    first, last, _ = next(best_spans(read, [0] * size, 1))
    assert last - first < MAX_ANSWER_TOKENS


# Snapping to what a reader would mark


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("It is 503 metres long.", "503 met", "503 metres"),
        ("The unforgettable queen came.", "forge", "unforgettable"),
        ("A cafe\u0301 and a bar.", "cafe", "cafe\u0301"),
        ("In the cafe\u0301s of Kelm.", "cafe", "cafe\u0301s"),
        ("He wrote ‼️ here.", "‼", "‼️"),
        ("A family 👨‍👩‍👧‍👦 went.", "👩", "👨‍👩‍👧‍👦"),
        ("The flag 🇫🇷 flew.", "🇫", "🇫🇷"),
        ("He liked it 👍🏽 much.", "👍", "👍🏽"),
        ("वह पशु है", "पश", "पशु"),
        ("東京で会議。", "東京", "東京"),
        ("In Kelm, on the river, it rains.", "Kelm,", "Kelm"),
        ("In Kelm, on the river.", ", on the river", "on the river"),
        ("The end:\r\nnothing.", "end:\r\nnothing", "end:\r\nnothing"),
        ("Sold (in 1932) to Ann.", "in 1932)", "(in 1932)"),
        ("Sold (in 1932) to Ann.", "1932)", "1932"),
        ("Sold (in 1932) to Ann.", "Sold (in 1932)", "Sold (in 1932)"),
        ("He saw “Kelm” twice.", "Kelm”", "“Kelm”"),
        ("He saw [the] sea.", "the]", "[the]"),
        ("He saw the sea]", "the sea]", "the sea"),
    ],
)
def test_an_answer_is_whole_words_without_loose_ends(text: str, marked: str, shown: str) -> None:
    assert found(text, marked) == [shown]


def test_nothing_but_loose_marks_is_no_answer() -> None:
    assert found("Yes ,;: no", ",;:") == []


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [("It was Kelm )", "Kelm )", "Kelm"), ("It was Kelm, then,)", "then,)", "then")],
)
def test_no_loose_end_is_left_where_a_closer_was(text: str, marked: str, shown: str) -> None:
    assert found(text, marked) == [shown]


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("Ann (born in Kelm) came.", "(born in Kelm", ["(born in Kelm)", "born in Kelm"]),
        ("They said (twice: yes or", "(twice", ["twice"]),
    ],
)
def test_an_opener_is_closed_or_left_out(text: str, marked: str, shown: list[str]) -> None:
    (answer,) = found(text, marked)
    assert answer in shown


@pytest.mark.parametrize("emoji", ["👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "🏴\U000e0067\U000e0062\U000e007f"])
@pytest.mark.parametrize("piece", ["first", "last"])
def test_an_emoji_is_not_cut_where_the_tokenizer_takes_it_apart(emoji: str, piece: str) -> None:
    """As tokenizers of bytes do, and others that know no words."""
    text = f"A {emoji} here."
    at = 2 if piece == "first" else 1 + len(emoji)

    class Bytes(FakeRunner):
        def read(self, number: int, text: str) -> list[WindowLogits]:
            size = len(text)
            logits = np.full(size, -20, dtype=np.float32)
            logits[at] = 5
            offsets = [(place, place + 1) for place in range(size)]
            return [WindowLogits(number, offsets, [None] * size, logits, logits, 0.0)]

    reading = SpanReader(Bytes(by_chance(0)), CALIBRATION)
    candidate = reading.candidates(Question("?"), hits_of(text))[0]
    assert candidate.text == emoji


BETWEEN_LETTERS = r"(?<=[\w\p{M}]\p{Cf}*)(?=\p{Cf}*[\w\p{M}])"


@given(FRAGMENTED, st.data(), SEEDS)
def test_an_answer_cuts_no_letter_and_no_word_and_has_no_loose_ends(
    text: str, data: st.DataObject, seed: int
) -> None:
    start = data.draw(st.integers(0, len(text)))
    one = hit(article(text), start, data.draw(st.integers(start, len(text))))
    window = window_of(one.passage)
    read = text[window.start : window.end]
    borders = {at for match in regex.finditer(r"\X", text) for at in match.span()}
    insides = {
        window.start + at for word in words_of(read) for at in range(word[0][0] + 1, word[-1][1])
    } & {at.start() for at in regex.finditer(BETWEEN_LETTERS, text)}  # not between é and an emoji
    for candidate in reader(by_chance(seed)).candidates(Question("?"), [one]):
        span = candidate.span
        assert window.overlap(span)
        assert candidate.text == text[span.start : span.end] != ""
        assert {span.start, span.end} <= borders
        assert not {span.start, span.end} & insides
        assert candidate.text[0] not in LOOSE
        assert candidate.text[-1] not in LOOSE


@given(ANY_TEXT, SEEDS, st.integers(1, 12))
def test_windows_of_a_long_text_give_spans_of_the_whole_text(
    text: str, seed: int, window: int
) -> None:
    runner = FakeRunner(by_chance(seed), window=window)
    for candidate in SpanReader(runner, CALIBRATION).candidates(Question("?"), hits_of(text)):
        assert candidate.text
        assert candidate.text == text[candidate.span.start : candidate.span.end]
        assert not candidate.text.isspace()


# Where an answer stands in its article


def test_of_repeated_sentences_the_one_in_the_passage_answers() -> None:
    sentence = "😀 Ann met Bo in Kelm. "
    text = sentence * 4
    start = 2 * len(sentence)
    one = hit(article(text), start, start + len(sentence) - 1)
    (answer,) = reader(marking({"Kelm": 9})).read(Question("Where?"), [one]).answers
    assert answer.text == "Kelm"
    assert answer.span.start == start + sentence.index("Kelm")
    assert answer.passage == one.passage


@pytest.mark.parametrize("line_end", ["\n\n", "\r\n\r\n", " "])
def test_offsets_are_the_articles_wherever_the_passage_stands(line_end: str) -> None:
    text = line_end.join(["𝕏 e\u0301 東京.", "One, 1932.", "Two, 1933.", "Three, 1934."])
    all_of_it = article(text)
    for year in ("1932", "1933", "1934"):
        end = text.index(year) + 5
        start = text.rindex(line_end, 0, end) + len(line_end)
        one = hit(all_of_it, start, end)
        (answer,) = reader(marking({year: 9})).read(Question("?"), [one]).answers
        assert (answer.text, answer.span.start) == (year, text.index(year))


LONG = "The bridge of Kelm was opened on 1 January 1932 by Ann of Dorva after nine years."


def test_a_passage_that_cuts_the_answer_grows_to_hold_it() -> None:
    of = article("It rained. " + LONG + " It rained.")
    cut = of.text.index("January") + 3
    cut_hits = [hit(of, 0, cut, rank=1), hit(article("Nothing here.", "b"), 0, 13, rank=2)]
    reading = reader(marking({"1 January 1932": 9})).read(Question("When?"), cut_hits)
    (answer,) = reading.answers
    assert answer.text == "1 January 1932"
    assert answer.passage.span == Span(0, of.text.index("1932") + 4)
    assert [h.passage for h in reading.hits] == [answer.passage, cut_hits[1].passage]
    assert reading.hits[0].cosine == cut_hits[0].cosine


def test_a_passage_that_begins_inside_the_answer_grows_to_hold_it() -> None:
    of = article("It rained. " + LONG)
    one = hit(of, of.text.index("1932"), len(of.text))
    (answer,) = reader(marking({"1 January 1932": 9})).read(Question("When?"), [one]).answers
    assert answer.text == "1 January 1932"
    assert answer.passage.span == Span(of.text.index("1 January"), len(of.text))


@given(ANY_TEXT, st.data())
def test_a_window_holds_its_passage_and_goes_little_beyond(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    window = window_of(Passage(article(text), span))
    assert window.contains(span)
    assert window.end <= len(text)
    assert span.start - window.start <= MAX_MARGIN_CHARS
    assert window.end - span.end <= MAX_MARGIN_CHARS


PROSE = st.lists(
    st.lists(st.sampled_from("river stone garden remarkable".split()), min_size=2, max_size=9).map(
        lambda words: " ".join(words).capitalize() + "."
    ),
    min_size=1,
    max_size=40,
)


@given(PROSE, st.sampled_from([" ", "\n", "\n\n", "\r\n\r\n"]))
def test_a_passage_of_whole_sentences_is_read_as_it_is(prose: list[str], between: str) -> None:
    of = article(between.join(prose))
    for span in passages(of.text):
        assert window_of(Passage(of, span)) == span


@given(PROSE, st.data())
def test_a_passage_that_cuts_sentences_is_read_with_the_rest_of_them(
    prose: list[str], data: st.DataObject
) -> None:
    text = " ".join(prose)
    number = data.draw(st.integers(0, len(prose) - 1))
    sentence = Span(at := len(" ".join([*prose[:number], ""])), at + len(prose[number]))
    spaces = [i for i in range(sentence.start, sentence.end) if text[i] == " "]
    cut = data.draw(st.sampled_from(spaces))
    after = Span(cut + 1, sentence.end)
    before = Span(sentence.start, cut)
    assert window_of(Passage(article(text), after)) == sentence
    assert window_of(Passage(article(text), before)) == sentence


def test_a_sentence_without_end_is_read_as_far_as_the_margin() -> None:
    text = "word " * 400
    span = Span(1000, 1099)
    window = window_of(Passage(article(text), span))
    assert MAX_MARGIN_CHARS - 10 <= span.start - window.start <= MAX_MARGIN_CHARS
    assert MAX_MARGIN_CHARS - 10 <= window.end - span.end <= MAX_MARGIN_CHARS


# Candidates of several passages together

CHOICES = "red fox Red Fox red fox blue fox red dog blue dog RED FOX"
CANDIDATES = st.lists(
    st.builds(
        lambda rank, start, size, score: Candidate(
            hit(article(CHOICES, "ab"[rank % 2]), 0, len(CHOICES), rank),
            Span(start, min(len(CHOICES), start + size)),
            score,
            score,
        ),
        st.integers(1, 4),
        st.integers(0, len(CHOICES) - 1),
        st.integers(1, 12),
        st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    ),
    max_size=25,
)


def in_words(text: str) -> list[str]:
    return text.lower().split()


def clash(one: Candidate, other: Candidate) -> bool:
    same = one.hit.passage.article.id == other.hit.passage.article.id
    overlaps = same and one.span.overlap(other.span) > 0
    return overlaps or in_words(one.text) == in_words(other.text)


@examples(300)
@given(CANDIDATES, st.randoms(use_true_random=False))
def test_merged_keeps_the_best_of_what_overlaps_or_repeats_in_any_order(
    candidates: list[Candidate], chance: random.Random
) -> None:
    kept = merged(candidates)
    assert not any(clash(one, other) for one, other in combinations(kept, 2))
    assert all(one.rank_score >= other.rank_score for one, other in pairwise(kept))
    for candidate in candidates:
        better = [c for c in kept if c.rank_score >= candidate.rank_score]
        assert candidate in kept or any(clash(candidate, c) for c in better)
    chance.shuffle(shuffled := list(candidates))
    assert merged(shuffled) == kept


@pytest.mark.parametrize("again", ["Kelm.", "“kelm”", "KELM", "Kelm"])
def test_the_same_words_are_a_repeat_whatever_stands_around_them(again: str) -> None:
    first, second = hits_of("Kelm it is.", f"{again} it is.")
    spans = [Candidate(first, Span(0, 4), 1, 2), Candidate(second, Span(0, len(again)), 1, 1)]
    assert merged(spans) == spans[:1]


def test_what_overlaps_in_another_article_stays() -> None:
    one, other = hits_of("Ann met Bo.", "Bo met Cy.")
    spans = [Candidate(one, Span(0, 3), 1, 1), Candidate(other, Span(0, 2), 1, 1)]
    assert merged(spans) == spans


@pytest.mark.parametrize(("one", "other"), [("😀", "🎉"), ("कि", "की"), ("+", "−")])
def test_different_answers_are_no_repeats(one: str, other: str) -> None:
    first, second = hits_of(f"{one} is it.", f"{other} is it.")
    spans = [
        Candidate(first, Span(0, len(one)), 1, 2),
        Candidate(second, Span(0, len(other)), 1, 1),
    ]
    assert merged(spans) == spans


# Reading


@given(st.lists(ANY_TEXT, min_size=1, max_size=3), SEEDS, st.floats(0, 1), st.floats(0, 1))
@example(["Ann met Bo in Kelm. " * 9], 1, 0.0, 1.0)
def test_whatever_the_model_says_a_reading_is_sound(
    texts: list[str], seed: int, min_answered: float, sufficient: float
) -> None:
    places = [
        (of, span)
        for number, text in enumerate(texts)
        for of in [article(text, f"{number}.txt")]
        for span in passages(text, max_tokens=12)
    ][:12]
    random.Random(seed).shuffle(places)
    asked = [
        hit(of, span.start, span.end, rank, 1 / rank)
        for rank, (of, span) in enumerate(places, start=1)
    ]
    calibration = replace(CALIBRATION, sufficient_confidence=sufficient)
    logits = by_chance(seed)
    reading = SpanReader(
        FakeRunner(logits),
        calibration,
        min_answered=min_answered,
    ).read(Question("Who met Bo?"), asked)
    assert_sound(reading, asked, min_answered)
    again = SpanReader(FakeRunner(logits), calibration, min_answered=min_answered)
    assert again.read(Question("Who met Bo?"), asked) == reading


def assert_sound(
    reading: Reading, asked: Sequence[Hit], min_answered: float, min_unsure: float = 0.2
) -> None:
    """Check what holds of every reading of these hits."""
    assert 0 <= reading.confidence <= 1
    assert [h.rank for h in reading.hits] == list(range(1, len(asked) + 1))
    before = {h.bm25: h for h in asked}
    assert sorted(h.bm25 for h in reading.hits) == sorted(before)
    for shown in reading.hits:
        was = before[shown.bm25]
        assert shown.passage.article == was.passage.article
        assert shown.passage.span.contains(was.passage.span)
        assert (shown.score, shown.cosine) == (was.score, was.cosine)
        assert shown.passage == was.passage or reading.quoted
    assert len(reading.answers) <= MAX_ANSWERS
    enough = max(MIN_ANSWERED, min_answered)
    assert bool(reading.answers) <= (reading.confidence >= enough)
    assert bool(reading.closest) <= (min_unsure <= reading.confidence < enough)
    assert not (reading.answers and reading.closest)
    shown_passages = [h.passage for h in reading.hits]
    for answer in reading.quoted:
        assert answer.text
        assert answer.passage in shown_passages
        assert answer.passage.span.contains(answer.span)
    for answer in reading.answers:
        assert answer.score >= max(enough, MIN_RELATIVE_CONFIDENCE * reading.confidence) - 1e-9
    for best in reading.quoted[:1]:
        assert best.score == reading.confidence
    for one, other in combinations(reading.answers, 2):
        same = one.passage.article.id == other.passage.article.id
        assert not (same and one.span.overlap(other.span))


def test_no_more_answers_than_a_reader_wants_to_see() -> None:
    texts = [f"{name} did it." for name in ("Ann", "Bo", "Cy", "Di", "Ed")]
    phrases = dict.fromkeys(("Ann", "Bo", "Cy", "Di", "Ed"), 9.0)
    everything = reader(marking(phrases), read_first=5)
    answers = everything.read(Question("Who?"), hits_of(*texts)).answers
    assert [answer.text for answer in answers] == ["Ann", "Bo", "Cy"]


def test_one_sentence_gives_one_answer() -> None:
    both = marking({"Ann": 9, "Bo": 8.5})
    apart = reader(both).read(Question("Who?"), hits_of("Ann came. Then Bo came.")).answers
    assert [answer.text for answer in apart] == ["Ann", "Bo"]
    together = reader(both).read(Question("Who?"), hits_of("Ann came and Bo came.")).answers
    assert [answer.text for answer in together] == ["Ann"]


def test_the_same_answer_in_another_passage_is_given_once() -> None:
    reading = reader(marking({"Kelm": 9})).read(Question("?"), hits_of("Kelm it is.", "In Kelm."))
    assert [answer.text for answer in reading.answers] == ["Kelm"]


def test_a_doubtful_further_answer_is_left_out() -> None:
    for doubt in (-1.0, 0.0):  # less probable than half of the best, and than any answer may be
        reading = reader(marking({"Ann": 9, "Bo": doubt - 1e-6})).read(
            Question("Who?"), hits_of("Ann came.", "Bo came.")
        )
        assert [answer.text for answer in reading.answers] == ["Ann"]


@pytest.mark.parametrize(
    ("score_diff", "min_answered", "outcome"),
    [
        (9.0, None, "answered"),
        (1e-6, None, "answered"),
        (-1e-6, None, "unsure"),
        (-1e-6, 0.0, "unsure"),
        (-1e-6, 0.3, "unsure"),
        (1.0, 0.6, "answered"),
        (1.0, 0.7, "unsure"),
        (-2.0, None, "unsure"),
        (-3.0, None, "not_found"),
        (-3.0, 0.0, "not_found"),
        (-3.0, 0.99, "not_found"),
    ],
)
def test_the_confidence_decides_what_the_words_are_called(
    score_diff: float, min_answered: float | None, outcome: str
) -> None:
    asked = hits_of("Built in 1932.", "Built of stone.")
    doubtful = reader(marking({"1932": score_diff}), min_answered=min_answered)
    reading = doubtful.read(Question("When?"), asked)
    assert reading.outcome == outcome
    assert [a.text for a in reading.answers] == (["1932"] if outcome == "answered" else [])
    assert (reading.closest.text if reading.closest else "") == (
        "1932" if outcome == "unsure" else ""
    )
    assert reading.confidence == pytest.approx(1 / (1 + math.exp(-score_diff / 2)))
    assert len(reading.hits) == 2


def test_passages_are_ranked_by_what_was_read_in_them() -> None:
    asked = hits_of("Nothing is here.", "Built in 1932.", "Nothing here either.")
    reading = reader(marking({"1932": 9})).read(Question("When?"), asked)
    assert [h.bm25 for h in reading.hits] == [2.0, 1.0, 3.0]
    assert [h.rank for h in reading.hits] == [1, 2, 3]


FILLER = [f"Line {number} tells nothing." for number in range(12)]


@pytest.mark.parametrize(("score_diff", "calls"), [(9.0, [2]), (0.5, [2, 5])])
def test_more_is_read_only_where_the_first_passages_leave_doubt(
    score_diff: float, calls: list[int]
) -> None:
    runner = FakeRunner(marking({"1932": score_diff}))
    asked = hits_of("Built in 1932.", *FILLER)
    options = {"read_first": 2, "passages_to_read": 7}
    reading = SpanReader(runner, CALIBRATION, **options).read(Question("When?"), asked)
    assert [len(texts) for texts in runner.calls] == calls
    assert [text for texts in runner.calls for text in texts] == [
        h.passage.text for h in asked[: sum(calls)]
    ]
    assert [answer.text for answer in reading.answers] == ["1932"]
    read = sum(calls)
    assert [h.bm25 for h in reading.hits[read:]] == [h.bm25 for h in asked[read:]]


def test_the_answer_may_stand_in_a_later_passage() -> None:
    asked = hits_of(*FILLER[:5], "Built in 1932.")
    reading = reader(marking({"1932": 9, "tells": -9})).read(Question("When?"), asked)
    assert [answer.text for answer in reading.answers] == ["1932"]
    assert reading.hits[0].passage == asked[-1].passage == reading.answers[0].passage


def test_nothing_to_read_is_no_answer() -> None:
    runner = FakeRunner(by_chance(0))
    assert SpanReader(runner, CALIBRATION).read(Question("Who?"), []) == Reading((), 0.0, ())
    assert runner.calls == []


@pytest.mark.parametrize("text", ["", " ", "\r\n", "\u3000\xa0", ",", "\u0301", "\u200d"])
def test_blank_passages_have_no_answer_and_keep_their_order(text: str) -> None:
    asked = hits_of(text, text, "x")
    readers = SpanReader(FakeRunner(by_chance(3)), replace(CALIBRATION, min_confidence=0.0))
    reading = readers.read(Question(""), asked)
    assert_sound(reading, asked, 0.0, 0.0)
    assert [answer.text for answer in reading.quoted] == ["x"]
    alone = readers.read(Question("?"), asked[:2])
    assert alone.quoted == ()
    assert alone.confidence == 0
    assert alone.hits == tuple(asked[:2])


# The calibration


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "calibration.json").write_text(json.dumps(asdict(CALIBRATION)), "utf-8")
    assert Calibration.read(tmp_path / "calibration.json") == CALIBRATION


def test_no_calibration_calls_something_an_answer_that_is_more_likely_wrong() -> None:
    with pytest.raises(ValueError, match="min_answered"):
        replace(CALIBRATION, min_answered=0.49)


WEIGHT = st.floats(-1e6, 1e6)


@given(WEIGHT, st.floats(0, 1e6), WEIGHT, WEIGHT, WEIGHT, WEIGHT)
def test_a_higher_score_difference_is_never_less_probable(
    intercept: float, weight: float, other: float, cosine: float, one_diff: float, other_diff: float
) -> None:
    coefficients = {"intercept": intercept, "score_diff": weight, "cosine": other}
    calibration = replace(CALIBRATION, coefficients=coefficients)
    low, high = (
        calibration.probability({"score_diff": score_diff, "cosine": cosine, "unheard of": 1e9})
        for score_diff in sorted([one_diff, other_diff])
    )
    assert 0 < low <= high < 1


@given(st.floats(-1e30, 1e30), WEIGHT)
def test_features_stay_in_their_ranges(score_diff: float, rank_score: float) -> None:
    (one,) = hits_of("Ann met Bo in Kelm. It rained.")
    candidate = Candidate(one, Span(0, 3), score_diff, rank_score, score_diff)
    (told,) = features(Question("Who met Bo?"), [candidate], [one])
    assert -12 <= told["score_diff"] <= 12
    assert -20 <= told["span_score"] <= 20
    assert -20 <= told["log_share"] <= 0
    assert told["margin"] <= 2
    assert told["coverage"] == 1
    assert (told["cosine"], told["score"]) == (one.cosine, one.score)
    assert 0 < CALIBRATION.probability(told) < 1


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=9))
def test_the_shares_of_the_spans_and_of_no_answer_sum_to_one(scores: list[float]) -> None:
    (one,) = hits_of("Ann met Bo in Kelm. It rained.")
    candidates = [Candidate(one, Span(0, 3), 1, 1, score) for score in scores]
    shares = [math.exp(told["log_share"]) for told in features(Question("Who?"), candidates, [one])]
    nothing = 1 / (1 + sum(math.exp(score) for score in scores))
    assert sum(shares) + nothing == pytest.approx(1, abs=1e-6)


def test_coverage_is_of_the_sentences_that_the_answer_stands_in() -> None:
    (one,) = hits_of("Ann met Bo in Kelm. It rained in Dorva.")
    second = Candidate(one, Span(33, 38), 1, 1)
    assert second.text == "Dorva"
    for question, coverage in (("Who met Bo?", 0), ("Where did it rain?", 1)):
        (told,) = features(Question(question), [second], [one])
        assert told["coverage"] == coverage


def test_coverage_counts_the_headings_above_and_the_names_of_columns() -> None:
    note = article_of("# Kelm\n\n| Lamp | Lit |\n|---|---|\n| North | 1861 |\n", "kelm.md")
    start = note.text.index("| North")
    one = hit(note, start, len(note.text))
    cell = Candidate(one, Span(start + 10, start + 14), 1, 1)
    assert cell.text == "1861"
    (told,) = features(Question("When was the north lamp of Kelm lit?"), [cell], [one])
    assert told["coverage"] == 1


def test_a_heading_far_above_is_shown_as_a_passage_of_its_own() -> None:
    between = "The bell rang at noon. " * 60
    note = article_of(f"# Bells\n\n## Version 2.1\n\n{between}\n", "bells.md")
    far = hit(note, len(note.text) - 100, len(note.text) - 1)
    reading = reader(marking({"Version 2.1": 9})).read(Question("Which version?"), [far])
    (answer,) = reading.answers
    assert answer.text == answer.passage.text == "Version 2.1"
    assert len(reading.hits[1].passage.span) < 400
