"""Page furniture: running heads and page numbers are not read, and sentences go on behind them."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.parsed import blocks, check_structure, kinds, parsed
from tests.support.work import check_linear

PAGES = [
    textwrap.fill(text, 60)
    for text in (
        "The pilot boats are kept at the east mole. A signal at night is a blue light, and the "
        "master of a ship that shows none shall pay a fine of",
        "forty crowns to the chest of the harbour. The signal by day is a white flag at the fore, "
        "as it was in the days of the old harbour, when nobody",
        "kept a light at all, and a pilot who came late was sent home without his pay. Since then "
        "the rules have been read out once a year, on the",
        "first Sunday of March, in the hall of the guild. No one may speak then.",
    )
]
WHOLE = " ".join(" ".join(PAGES).split())

HEADS_AND_FEET = {
    "form feed": ["\n\f"] * 3,
    "form feed, head": ["\n\fHarbour Rules\n\n"] * 3,
    "form feed, head without a blank line": ["\n\fHarbour Rules\n"] * 3,
    "form feed, foot": ["\n\n       Harbour Rules\n\f"] * 3,
    "number and form feed": [f"\n\n{n}\n\f" for n in (3, 4, 5)],
    "foot, form feed, head": [
        f"\n\n\nHarbour Office          March 1931          [Page {n}]\n\f\nRFC 931      Rules\n\n"
        for n in (1, 2, 3)
    ],
    "page numbers": [f"\n\n[Page {n}]\n\n" for n in (3, 4, 5)],
    "numbers between dashes": [f"\n\n            - {n} -\n\n" for n in (3, 4, 5)],
    "numbers": [f"\n\n{n}\n\n" for n in (98, 99, 100)],
    "numbered heads": [f"\n\nTHE HARBOUR RULES. {n}\n\n" for n in (3, 4, 5)],
    "numbers on the left and on the right": [
        "\n\n4 HARBOUR RULES\n\n",
        "\n\nHARBOUR RULES 5\n\n",
        "\n\n6 HARBOUR RULES\n\n",
    ],
    "page number and head": [f"\n\nPage {n} of 4\n\n\nHarbour Rules\n\n" for n in (1, 2, 3)],
    "head alone": ["\n\nThe Harbour Rules\n\n"] * 3,
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("borders", HEADS_AND_FEET.values(), ids=HEADS_AND_FEET)
def test_a_sentence_goes_on_behind_heads_and_feet(borders: list[str], line_end: str) -> None:
    text = "".join(map("".join, zip(PAGES, [*borders, "\n"], strict=True)))
    article = parsed(text.replace("\n", line_end))
    check_structure(article)
    assert blocks(article) == [("paragraph", WHOLE)]


def test_a_short_text_of_two_pages() -> None:
    article = parsed(
        "Harbour Rules                       1931\n\n\n"
        "   A ship that shows no light shall pay a\n   fine of\n\n\n"
        "Harbour Office                      [Page 1]\n\f\n"
        "Rules         Second Edition        1931\n\n\n"
        "   forty crowns. A pilot who is late shall\n   pay two.\n"
    )
    assert ("paragraph", "A ship that shows no light shall pay a fine of forty crowns.") in [
        (kind, words[: words.index(". A pilot") + 1]) for kind, words in blocks(article)[-1:]
    ]
    assert set(kinds(article)[:-1]) <= {"heading", "furniture"}


def test_furniture_between_paragraphs_is_a_block_that_is_not_read() -> None:
    article = parsed("It was so.\n\n[Page 1]\n\nAnd then no more.\n\n[Page 2]\n\nThe end came.\n")
    assert kinds(article) == ["paragraph", "furniture"] * 2 + ["paragraph"]


def test_a_word_that_is_divided_between_pages_is_read_whole() -> None:
    article = parsed("He sat in the old Rail-\n\n- 4 -\n\f\nway Inn and ate.\n")
    assert blocks(article) == [("paragraph", "He sat in the old Railway Inn and ate.")]


NO_FURNITURE = {
    "refrains": "".join(
        f"Over the {water} we go,\nand never we know\n\nRow, sailors, row\n\n"
        for water in ("sea", "lake", "river", "pond")
    ),
    "column names": "".join(
        f"Station      Opened\nNetherby {n}   186{n}\nOlden {n}      187{n}\n\nSee note {n}.\n\n"
        for n in range(5)
    ),
    "chapters": "".join(
        f"\fChapter {n}\n\nIt began in the {n}th year of the flood.\n" for n in range(6)
    ),
    "numbered headings": "".join(f"Step {n}\n\nOpen the lid {n} times.\n\n" for n in range(6)),
    "recurring headings": "".join(
        f"Ingredients\n\nFlour, {n} eggs and butter.\n\nMethod\n\nBake it for {n} hours.\n\n"
        for n in range(6)
    ),
    "a number of its own": "The answer is\n\n42\n\nand nobody knows the question.\n",
    "years": "1931\n\nA new mole.\n\n1932\n\nA flood.\n\n1933\n\nA fire.\n",
}


@pytest.mark.parametrize("text", NO_FURNITURE.values(), ids=NO_FURNITURE)
def test_what_recurs_for_its_own_sake_is_no_furniture(text: str) -> None:
    article = parsed(text)
    check_structure(article)
    assert "furniture" not in kinds(article)


LINES = st.sampled_from(
    ["", "", "\f", "[Page 4]", "5", "- 6 -", "Harbour Rules", "Rules   1931", "a fine of", "forty.",
     "crowns and more, as it was", "Rail-", "way Inn", "- an item", "a  b   1", "c  d   2", "x: y"]
)  # fmt: skip


@given(st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\f", "\n\n"])), max_size=40))
def test_every_text_with_pages_has_a_structure_that_covers_it(lines: list[tuple[str, str]]) -> None:
    text = "".join(line + end for line, end in lines)
    if text.strip():
        check_structure(parsed(text))


@pytest.mark.parametrize(
    "text",
    [
        "Head\n\nThe text goes on\n\n\f" * 2_000,
        "\f" * 20_000 + "a",
        "a fine of\n\n4\n\nforty\n\n" * 2_000,
        "Head\n\n" * 4_000,
        "\n\nHead\n\nend\n\nof the\n\n" * 2_000,
        "[Page 4]\n" * 5_000 + "a",
    ],
    ids=lambda text: text[:6],
)
def test_time_is_linear_in_the_number_of_pages(text: str) -> None:
    check_linear(lambda size: parsed(text[-size:]), len(text) // 4)
