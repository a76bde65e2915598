"""Text to passages: nothing lost, nothing too long, and cut where a reader would."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from itertools import pairwise

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from index.split import MAX_PASSAGE_CHARS, sentence_spans, sentences_of, split
from index.types import Span
from tests.support.articles import article_of, unstructured
from tests.support.paths import SEED
from tests.support.work import cpu_seconds

FRAGMENTS = [
    "word ", "A short sentence. ", "“Really?” she asked. ", "Dr. Who, e.g. the 3.5th! ", "x" * 600,
    "\n", "\r\n", "\r", "\n\n", "\n- item ", "\n# Heading\n", "\n3. ", " ", "\xa0", "\t", "\x0c",
    "e\u0301", "👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "‼️", "!", ".", "?\u0301", '"', "(", ")", "[markup]",
    "東京で会議。", "안녕하세요. ", "각", "\u2028", "a\u200b", "z" + "\u0323" * 40,
]  # fmt: skip
FRAGMENTED = st.lists(st.sampled_from(FRAGMENTS), max_size=60).map("".join)
ANY_TEXT = st.one_of(FRAGMENTED, st.text(max_size=200))

# Prose without abbreviations, numbers and dashes: where its sentences end is beyond doubt.
SENTENCE = st.lists(
    st.sampled_from("river stone window garden evening telephone remarkable".split()),
    min_size=2,
    max_size=12,
).map(lambda words: " ".join(words).capitalize() + ".")
PROSE = st.lists(SENTENCE, min_size=1, max_size=25)


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Count like a model's tokenizer: a long word is several pieces, a mark is one."""
    return [len(re.findall(r"\w{1,8}|[^\w\s]", text)) for text in texts]


def passages(text: str, max_tokens: int = 254) -> list[Span]:
    return split(unstructured(text), count_tokens=count_tokens, max_tokens=max_tokens)


def cut(text: str, spans: Sequence[Span]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def sentences(text: str) -> list[str]:
    return cut(text, sentence_spans(text, Span(0, len(text))))


@given(ANY_TEXT, st.integers(1, 300))
def test_passages_are_in_order_stripped_and_short_enough_and_leave_nothing_out(
    text: str, max_tokens: int
) -> None:
    spans = passages(text, max_tokens)
    assert all(one.start < other.start for one, other in pairwise(spans))
    assert all(one.end < other.end for one, other in pairwise(spans))
    assert all(part and part == part.strip() for part in cut(text, spans))
    assert all(len(span) <= MAX_PASSAGE_CHARS and span.end <= len(text) for span in spans)
    assert max(count_tokens(cut(text, spans)), default=0) <= max_tokens
    covered = {offset for span in spans for offset in range(span.start, span.end)}
    assert {offset for offset, letter in enumerate(text) if not letter.isspace()} <= covered


@given(ANY_TEXT, st.data())
def test_sentences_are_in_order_stripped_apart_and_within_their_span(
    text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text)))
    within = Span(start, data.draw(st.integers(start, len(text))))
    spans = sentence_spans(text, within)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert all(within.contains(span) for span in spans)
    assert all(part and part == part.strip() for part in cut(text, spans))
    covered = {offset for span in spans for offset in range(span.start, span.end)}
    blank = {offset for offset in range(len(text)) if text[offset].isspace()}
    assert set(range(within.start, within.end)) <= covered | blank


@given(FRAGMENTED)
def test_no_letter_is_parted_from_its_marks_and_no_emoji_is_taken_apart(text: str) -> None:
    borders = {0, *(match.end() for match in regex.finditer(r"\X", text))}
    for span in [*passages(text), *sentence_spans(text, Span(0, len(text)))]:
        assert {span.start, span.end} <= borders


@pytest.mark.parametrize("letter", ["x", "é", "e\u0301", "👨‍👩‍👧‍👦", "🇫🇷", "東", "각", "각"])
def test_a_word_longer_than_a_passage_is_cut_into_full_ones(letter: str) -> None:
    text = letter * 1_000
    parts = cut(text, passages(text, max_tokens=2 * MAX_PASSAGE_CHARS))
    assert "".join(parts) == text
    fitting = MAX_PASSAGE_CHARS // len(letter) * len(letter)
    assert [len(part) for part in parts[:-1]] == [fitting] * (len(parts) - 1)


def test_what_no_passage_can_hold_is_cut_to_single_characters_and_kept() -> None:
    spans = split(
        unstructured("Ab\u0301 c"),
        count_tokens=lambda texts: [9 * len(t) for t in texts],
        max_tokens=4,
    )
    assert spans == [Span(0, 1), Span(1, 2), Span(2, 3), Span(4, 5)]


@given(PROSE)
@example(["Stone" + " stone" * 39 + "."] * 4)  # two of them fill a passage
def test_two_sentences_in_a_row_stand_whole_in_one_passage(prose: list[str]) -> None:
    text = " ".join(prose)
    ordered = sentence_spans(text, Span(0, len(text)))
    assert cut(text, ordered) == prose
    spans = passages(text)
    for one, other in pairwise(ordered):
        assert any(span.contains(Span(one.start, other.end)) for span in spans)
    for before, after in pairwise(spans):
        assert Span(after.start, before.end) in ordered  # they share exactly one


def test_every_line_of_the_seed_article_stands_whole_in_a_passage() -> None:
    text = SEED.read_text("utf-8")
    spans = passages(text)
    lines = [Span(*match.span()) for match in re.finditer(r"[^\n]+", text)]
    assert len(lines) == len(text.splitlines()) > 20
    assert all(any(span.contains(line) for span in spans) for line in lines)
    assert not any("\n" in sentence for sentence in sentences(text))
    assert any("– Russian ally –\nLukashenko, who" in part for part in cut(text, spans))


@given(PROSE, st.integers(40, 100), st.sampled_from(["\n", "\r\n", "\r"]))
def test_hard_wrapped_paragraphs_are_rejoined(prose: list[str], width: int, line_end: str) -> None:
    wrapped = textwrap.fill(" ".join(prose), width).replace("\n", line_end)
    assert [" ".join(sentence.split()) for sentence in sentences(wrapped)] == prose


@pytest.mark.parametrize(
    "text",
    [
        "Roses are red\nSugar is sweet\nViolets are not so very blue",  # broken before the width
        "Bread and butter\n\nMilk and some honey",
        "- a walk by the river\n- the river in the rain",
        "Things to take with you\n* an umbrella, three books\n• a map\n2) a torch, a tent",
        "# The first heading of all\nThe text that comes after it",
        "The text that comes before\n## The heading after it",
        "> a line that is quoted\n> another that is quoted",
        "x" * 121 + "\n" + "y" * 121,  # no editor wraps so late
    ],
)
def test_lines_that_were_not_wrapped_stay_apart(text: str) -> None:
    assert sentences(text) == [line for line in text.split("\n") if line]


@pytest.mark.parametrize("blank", ["\n", "\n\n", "\r\n\r\n"])
def test_a_heading_begins_a_passage_and_goes_with_what_follows(blank: str) -> None:
    text = blank.join(
        ["# One", "First words.", "## Two", "Second words. " * 60, "### Three", "End."]
    )
    spans = split(article_of(text), count_tokens=count_tokens, max_tokens=254)
    first, second, *_, last = cut(text, spans)
    assert first == blank.join(["# One", "First words."])
    assert second.startswith(blank.join(["## Two", "Second words."]))
    assert last == blank.join(["### Three", "End."])


@pytest.mark.parametrize(
    "expected",
    [
        ["昨日は会議でした。", "今日は休みです。", "明日は?"],
        ["안녕하세요. ", "저는 학생입니다. ", "반갑습니다!"],
        ["नमस्ते दुनिया। ", "यह दूसरा वाक्य है।"],
        ["Is it so‼️ ", "Yes! ", "He said “No. Never.” and left. ", "See p. 5 of it."],
    ],
)
def test_sentences_end_where_their_language_ends_them(expected: list[str]) -> None:
    assert sentences("".join(expected)) == [sentence.strip() for sentence in expected]


@pytest.mark.parametrize("text", ["", " ", "\r\n\t\n", "\u2028\xa0\u3000\x1c\x85"])
def test_blank_text_has_no_passages(text: str) -> None:
    assert passages(text) == []
    assert sentences(text) == []


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" * 1_000_000, marks=pytest.mark.slow),
        "word " * 200_000,
        pytest.param("It is so. " * 100_000, marks=pytest.mark.slow),
        pytest.param("\n" * 300_000, marks=pytest.mark.slow),
        "東京" * 250_000,
        '"' * 60_000,
        pytest.param("“a ‘b " * 60_000, marks=pytest.mark.slow),
        "(" * 60_000,
        'He said "a". ' * 20_000,
        "👨‍👩‍👧‍👦" * 20_000,
        "a" + "\u0301" * 100_000,
    ],
    ids=lambda text: f"{len(text)} of {text[:5]!a}",
)
def test_text_made_to_stall_is_cut_in_time(text: str) -> None:
    spans: list[Span] = []
    assert cpu_seconds(lambda: spans.extend(passages(text))) < 5
    assert sum(map(len, spans)) >= len("".join(text.split()))


@pytest.mark.parametrize("name", ["a.md", "a.rst", "a.org"])
@pytest.mark.parametrize("mark", [".", ")"])
def test_the_number_of_a_list_item_belongs_to_its_first_sentence(name: str, mark: str) -> None:
    text = f"1{mark} Open the valve. Wait.\n2{mark} Close it.\n"
    found = sentences_of(article_of(text, name), Span(0, len(text)))
    assert [text[one.start : one.end] for one in found] == [
        f"1{mark} Open the valve.",
        "Wait.",
        f"2{mark} Close it.",
    ]
