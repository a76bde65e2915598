"""Passages: whole sentences, exact offsets, nothing lost."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Sequence

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from index.split import MAX_PASSAGE_CHARS, sentence_spans, split
from index.types import Span
from tests.conftest import SEED, HashedWordsEncoder

COUNT = HashedWordsEncoder().count_tokens
PIECES = ["Word", "a", " ", " ", "\n", "\n\n", "\r\n", ". ", "! ", "…", "“x”", "- item", "# Head"]
ODD = [
    "😀",
    "e\u0301",
    "👨‍👩‍👧",
    "字",
    "。",
    "\u00a0",
    "\u200b",
    "\u2028",
    "한",
    "x" * 90,
    "[b]",
    "\t",
]
TEXTS = st.lists(st.sampled_from(PIECES + ODD), max_size=120).map("".join)


def passages(text: str, max_tokens: int = 254) -> list[Span]:
    return split(text, count_tokens=COUNT, max_tokens=max_tokens)


def shown(text: str, spans: Sequence[Span]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


@given(TEXTS | st.text(max_size=1500), st.integers(5, 254))
def test_passages_are_in_order_stripped_short_enough_and_cover_the_text(
    text: str, max_tokens: int
) -> None:
    spans = passages(text, max_tokens)
    assert spans == sorted(set(spans))
    covered = set()
    for span, passage in zip(spans, shown(text, spans), strict=True):
        assert passage
        assert passage == passage.strip()
        assert len(passage) <= MAX_PASSAGE_CHARS
        assert COUNT([passage])[0] <= max_tokens or len(passage) == 1
        covered.update(range(span.start, span.end))
    assert all(text[i].isspace() for i in set(range(len(text))) - covered)


@given(TEXTS)
def test_sentences_are_slices_that_lose_nothing(text: str) -> None:
    spans = sentence_spans(text, Span(0, len(text)))
    assert spans == sorted(spans)
    assert all(one.end <= other.start for one, other in itertools.pairwise(spans))
    assert "".join("".join(shown(text, spans)).split()) == "".join(text.split())


def test_a_line_of_the_sample_article_is_a_paragraph_and_stands_whole_in_a_passage() -> None:
    text = SEED.read_text("utf-8")
    lines = [Span(m.start(), m.end()) for m in re.finditer(r"[^\n]+", text)]
    assert len(lines) == 25
    found = passages(text)
    for line in lines:
        assert any(span.contains(line) for span in found)
    for sentence in sentence_spans(text, Span(0, len(text))):
        assert any(line.contains(sentence) for line in lines)


def test_neighbouring_passages_share_a_whole_sentence() -> None:
    text = " ".join(f"Sentence number {n} is here to be read by somebody." for n in range(60))
    found = passages(text)
    sentences = sentence_spans(text, Span(0, len(text)))
    assert len(found) > 3
    for one, other in itertools.pairwise(found):
        assert Span(other.start, one.end) in sentences


def test_a_long_paragraph_shares_no_passage_with_the_one_before_it() -> None:
    first = "The first paragraph speaks of bridges. " * 8
    second = "The second one speaks of rivers. " * 8
    for passage in shown(f"{first}\n\n{second}", passages(f"{first}\n\n{second}")):
        assert not ("bridges" in passage and "rivers" in passage)


def test_a_heading_goes_with_what_follows_it() -> None:
    text = f"{'Of roads there is much to say. ' * 12}\n\n# Bridges\n\nThey span rivers.\n"
    assert shown(text, passages(text))[-1] == "# Bridges\n\nThey span rivers."


def test_hard_wrapped_lines_are_one_paragraph_and_list_items_are_their_own() -> None:
    text = (
        "A paragraph that somebody has wrapped at some fifty\n"
        "columns, so that a sentence goes on from one line\n"
        "to the next. It ends here.\n"
        "- an item\n"
        "- another item\n"
    )
    assert shown(text, sentence_spans(text, Span(0, len(text)))) == [
        "A paragraph that somebody has wrapped at some fifty\n"
        "columns, so that a sentence goes on from one line\n"
        "to the next.",
        "It ends here.",
        "- an item",
        "- another item",
    ]


@pytest.mark.parametrize("unit", ["👨‍👩‍👧‍👦", "e\u0301\u0323", "한", "字", "x"])
def test_what_has_no_spaces_is_cut_between_letters(unit: str) -> None:
    text = unit * 1500
    found = passages(text)
    borders = {0, *(match.end() for match in regex.finditer(r"\X", text))}
    assert all(span.start in borders and span.end in borders for span in found)
    assert {i for span in found for i in range(span.start, span.end)} == set(range(len(text)))


def test_a_sentence_of_too_many_word_pieces_is_cut_at_words() -> None:
    text = " ".join(["antidisestablishmentarianism"] * 30)
    for passage in shown(text, passages(text, max_tokens=20)):
        assert set(passage.split()) == {"antidisestablishmentarianism"}
        assert COUNT([passage])[0] <= 20


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "\ufeff", "."])
def test_texts_of_nearly_nothing_give_nearly_no_passages(text: str) -> None:
    assert shown(text, passages(text)) == ([text.strip()] if text.strip() else [])


@pytest.mark.parametrize("unit", ["word ", "x", "“(", "a.", "\n", "- \n"])
def test_a_megabyte_of_anything_is_cut_in_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.perf_counter()
    passages(text)
    assert time.perf_counter() - started < 20  # quadratic time would be minutes
