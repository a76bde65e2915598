"""Excerpts have the words that answer, whole, wherever they are in the passage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qa.answers.wire import AnswerJson, CitationJson, PassageJson
from qa.show.excerpt import excerpt

TEXT = "It was cold. The old bridge was built in 1932 by Anna Holm. It is 503 metres long."


def passage(text: str, start: int = 1_000) -> PassageJson:
    cited = CitationJson(
        article="a", title="A", path="/a", start=start, end=start + len(text),
        line_start=1, line_end=1, sha256="0" * 64,
    )  # fmt: skip
    return PassageJson(rank=1, score=1, text=text, citation=cited)


def quoted(text: str, words: str, start: int = 1_000) -> AnswerJson:
    at = start + text.index(words)
    return AnswerJson(text=words, score=0.9, start=at, end=at + len(words), citation=1)


@given(st.lists(st.text("ab é😀", min_size=1, max_size=8), min_size=1), st.data())
def test_the_quoted_words_are_in_the_excerpt_if_they_fit(
    words: list[str], data: st.DataObject
) -> None:
    text = " ".join(words)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    chars = data.draw(st.integers(1, 2 * len(text)))
    answer = AnswerJson(
        text=text[start:end], score=1, start=1_000 + start, end=1_000 + end, citation=1
    )
    first, last = excerpt(passage(text), answer, chars)
    assert 0 <= first <= last <= len(text)
    assert last - first <= chars
    assert last > first
    if end - start <= chars:
        assert first <= start < end <= last
    if len(text) <= chars:
        assert (first, last) == (0, len(text))


def test_an_excerpt_begins_and_ends_at_words() -> None:
    first, last = excerpt(passage(TEXT), quoted(TEXT, "1932"), 40)
    assert TEXT[first:last] == "built in 1932 by Anna Holm. It is 503"
    assert excerpt(passage(TEXT), None, 20) == (0, len("It was cold. The old"))
