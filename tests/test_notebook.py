"""A response as a card in a notebook."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Hit, Passage, Span
from qa.show.text import visible
from qa.types import Answer, Response
from tests.support.articles import article_of

TEXT = "The bridge is old. It was built in <b>1932</b> by Ines. It is red."
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</div></mark><iframe src=javascript:alert(1)>",
    "<!-- ", "]]>", "<style>*{display:none}</style>", "&lt;script&gt;", "' onmouseover='x",
    "\x1b[31m", "\u202e", "\x00", "\u2028", "<svg/onload=alert(1)>", "{color}",
]  # fmt: skip


class Tags(HTMLParser):
    """Collects what a browser would make of a card."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.depth = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.depth += 1

    def handle_endtag(self, tag: str) -> None:
        self.depth -= 1

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.found.append("!--")


def response(article: Article, words: str, *, outcome: str, question: str = "When?") -> Response:
    start = article.text.index(words)
    passage = Passage(article, Span(0, len(article.text)))
    answer = Answer(passage, Span(start, start + len(words)), 0.83)
    return Response(
        question=question,
        outcome=outcome,  # type: ignore[arg-type]  # one of the three
        answers=(answer,) if outcome == "answered" else (),
        hits=(Hit(passage, 1, 0.9, 0.8, 3.0),),
        confidence=0.83,
        unknown_words=("penguins",) if outcome == "not_found" else (),
        timings_ms={},
        closest=answer if outcome == "unsure" else None,
    )


def test_a_card_shows_the_answer_in_its_sentence_with_its_place_and_how_sure_it_is() -> None:
    card = response(article_of(TEXT), "1932", outcome="answered")._repr_html_()
    assert "<mark>1932</mark>" in card
    text = Tags(card).text
    assert "It was built in <b>1932</b> by Ines." in text
    assert "The bridge is old." not in text
    assert "83 % sure" in text
    assert re.search(r"\S+:1\b", text)


def test_a_card_says_that_it_is_not_sure_or_found_nothing() -> None:
    unsure = Tags(response(article_of(TEXT), "1932", outcome="unsure")._repr_html_())
    assert "Not sure the text says this." in unsure.text
    assert "mark" in unsure.found
    silent = Tags(response(article_of(TEXT), "1932", outcome="not_found")._repr_html_())
    assert "No answer found." in silent.text
    assert "Not found in the text: penguins" in silent.text
    assert "mark" not in silent.found


@pytest.mark.parametrize("outcome", ["answered", "unsure", "not_found"])
@given(
    before=st.text() | st.sampled_from(HOSTILE),
    words=st.sampled_from(HOSTILE) | st.text(min_size=1),
)
def test_no_text_becomes_markup_or_a_control_character(
    outcome: str, before: str, words: str
) -> None:
    article = Article(
        f"x{words}", f"/{words}", f"{before}{words}", f"{before} {words} end.", "0" * 64
    )
    card = response(article, words, outcome=outcome, question=words + before)._repr_html_()
    tags = Tags(card)
    assert set(tags.found) <= {"div", "b", "mark"}
    assert tags.attributes <= {"style"}
    assert tags.depth == 0
    assert visible(card) == card
