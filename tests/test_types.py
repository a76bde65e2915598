"""Spans, articles and line numbers."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Passage, Span


def article(text: str) -> Article:
    return Article(id="a.txt", path="/a.txt", title="A", text=text, sha256="0" * 64)


@given(st.text(alphabet="ab\r\n😀\u2028\x0b\x85", max_size=60), st.data())
def test_a_line_number_is_the_one_that_editors_show(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    ended = [match.end() for match in re.finditer(r"\r\n|\n|\r", text)]
    assert article(text).line_of(offset) == 1 + sum(end <= offset for end in ended)


def test_a_passage_touches_the_lines_of_its_first_and_last_character() -> None:
    assert Passage(article("one\ntwo\r\nthree\rfour"), Span(4, 14)).lines == (2, 3)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2)])
def test_a_span_that_is_none_cannot_be_made(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(start, end)


@given(st.tuples(*[st.integers(0, 20)] * 4))
def test_overlap_counts_the_offsets_that_both_spans_hold(ends: tuple[int, int, int, int]) -> None:
    one, other = Span(*sorted(ends[:2])), Span(*sorted(ends[2:]))
    both = set(range(one.start, one.end)) & set(range(other.start, other.end))
    assert one.overlap(other) == len(both)
