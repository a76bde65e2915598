"""What is above a passage, as it is encoded and searched: the work for it is bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from index.place import label_of, numbered, place_of
from index.structure import Block, Label, Structure
from index.types import Article, Span
from index.wording import encoded_text, searched_words
from tests.support.work import cpu_seconds

COLUMNS = 200_000
PASSAGES = 25


def table_with_many_columns() -> Article:
    header, row = "c|" * COLUMNS, "1|" * PASSAGES
    cells = [Span(start, start + 1) for start in range(0, len(header + row), 2)]
    blocks = [
        Block(Span(0, len(header)), "row"),
        Block(Span(len(header), len(header + row)), "row", header=0),
    ]
    return Article("a.md", "", "Wide", header + row, "", Structure(blocks, cells=cells))


def long_heading() -> Article:
    heading, text = "words " * COLUMNS, "Text. " * PASSAGES
    blocks = [
        Block(Span(0, len(heading)), "heading", 1),
        Block(Span(len(heading), len(heading + text)), "paragraph"),
    ]
    return Article("a.md", "", "Wide", heading + text, "", Structure(blocks))


@pytest.mark.parametrize("make", [table_with_many_columns, long_heading])
def test_a_long_heading_or_header_does_not_make_every_passage_below_it_slow(
    make: Callable[[], Article],
) -> None:
    article = make()
    last = article.structure[1].span
    spans = [Span(last.start, last.start + 1 + number) for number in range(PASSAGES)]

    def word() -> None:
        for span in spans:
            assert len(encoded_text(article, span)) < 1_000
            assert len(searched_words(article, span).path) < 10_000

    assert cpu_seconds(word) < 5


@pytest.mark.parametrize(
    ("labels", "of_passage", "of_answer"),
    [
        (["page 3", "page 4"], "pages 3–4", "page 4"),
        (["page 4", "page 4"], "page 4", "page 4"),
        (["page 4", "page 3"], "page 4", "page 3"),
        (["slide 9", "slide 12"], "slides 9–12", "slide 12"),
        (["page ix", "page 1"], "page ix", "page 1"),
        (["00:10", "00:20"], "00:10", "00:20"),
    ],
)
def test_a_passage_names_all_its_pages_and_an_answer_its_own(
    labels: list[str], of_passage: str, of_answer: str
) -> None:
    text = "On one page and on another."
    starts = [Label(0, labels[0]), Label(16, labels[1])]
    structure = Structure([Block(Span(0, len(text)), "paragraph")], labels=starts)
    article = Article("a.pdf", "", "A", text, "", structure)
    assert place_of(article, Span(0, len(text))) == (of_passage,)
    assert place_of(article, Span(19, 26)) == (of_answer,)
    assert label_of(article, Span(0, len(text))) == of_passage
    assert label_of(article, Span(19, 26)) == of_answer


@pytest.mark.parametrize(
    ("label", "word", "number"),
    [
        ("page 3", "page", 3),
        ("pages 3–4", "page", 3),
        ("page 3", "slide", None),
        ("slide 12", "slide", 12),
        ("cell 1", "cell", 1),
        ("page ix", "page", None),
        ("page 0", "page", None),
        ("00:10", "page", None),
        ("", "page", None),
    ],
)
def test_pages_slides_and_cells_have_numbers(
    label: str, word: Literal["page", "slide", "cell"], number: int | None
) -> None:
    assert numbered(label, word) == number
