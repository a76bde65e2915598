"""Text without markup: what its lines are, found without a change to what they say."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.paragraphs import paragraphs
from index.types import Span
from index.view import plain
from tests.support.parsed import blocks, check_structure, kinds, parsed, rows
from tests.support.work import check_linear

LINES = st.sampled_from(
    [
        "",
        " ",
        "\f",
        "Opening hours",
        "-----",
        "=============",
        "# Notes",
        "Name: Ole Brandt",
        "Place:   Olden",
        "    and more of it",
        "Note:",
        "- an item",
        "- ",
        "  * a nested item",
        "3. a step",
        "Mill    built 1811   Jan Hook",
        "Inn     built 1790   Ole Brandt",
        "Station\tOpened",
        "Netherby\t1865",
        "| a | b |",
        "|---|---|",
        "12/03/2024, 09:14 - Mara: Who has the keys?",
        "Jonas (09:20): I do",
        "[Page 4]",
        "- 5 -",
        "6",
        "the Rail-",
        "way Inn, which was the oldest house of the town and stood at the end of the lane",
        "¬\xad",
        "a\xadb",
        "x-\x0b",
    ]
)
ANY_LINES = st.lists(
    st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r", "\f"])), max_size=30
).map(lambda lines: "".join(line + end for line, end in lines))
ANY_TEXT = st.text(
    st.one_of(
        st.sampled_from("\r\n\n \t-:|a1.\f\x0b\x85\xa0\u2028\xad\u200eé😀가"),
        st.characters(exclude_characters="\0", exclude_categories=["Cs"]),
    ),
    max_size=80,
)


@example("- \xad\n- an item of the list\n")
@example("- \n- an item of the list\n- a\n- \n")
@given(st.one_of(ANY_LINES, ANY_TEXT).filter(str.strip))
def test_every_text_has_a_structure_that_covers_it(text: str) -> None:
    check_structure(parsed(text))


WORDS = st.lists(st.sampled_from("a the lock canal Tindall company. year".split()), min_size=1)


@given(
    st.lists(
        st.tuples(WORDS.map(" ".join), st.sampled_from(["\n", "\n\n", "\r\n", "\n   "])), min_size=1
    ).map(lambda lines: "".join(line + end for line, end in lines))
)
@example("It was\nlong ago.\n\nAnd so\n")
def test_the_paragraphs_of_prose_are_those_that_every_text_has(text: str) -> None:
    article = parsed(text)
    assert [b.span for b in article.structure] == list(paragraphs(text, Span(0, len(text))))
    assert set(kinds(article)[1:]) <= {"paragraph"}


def test_a_title_is_the_heading_of_what_follows() -> None:
    article = parsed("The canal\n\nIt was dug in 1811.\n")
    assert blocks(article) == [("heading", "The canal"), ("paragraph", "It was dug in 1811.")]
    assert article.structure.headings(1) == [0]


def test_underlined_lines_are_headings() -> None:
    article = parsed("The canal\n=========\nDug in 1811.\n\nLocks\n-----\n\nThere are nine.\n")
    assert article.title == "The canal"
    assert blocks(article) == [
        ("heading", "The canal"),
        ("paragraph", "Dug in 1811."),
        ("heading", "Locks"),
        ("paragraph", "There are nine."),
    ]
    assert article.structure.headings(3) == [0, 2]


@pytest.mark.parametrize(
    ("line", "level"),
    [("OPENING HOURS", 1), ("3.  Scope", 1), ("3.2 Scope", 2), ("3.2.1. Scope", 3)],
)
def test_a_line_alone_in_capitals_or_with_a_number_is_a_heading(line: str, level: int) -> None:
    article = parsed(f"It was so.\n\n{line}\n\nThe mill is open.\n")
    assert [(block.kind, block.level) for block in article.structure][1] == ("heading", level)
    assert article.structure.headings(2) == [1]


@pytest.mark.parametrize("line", ["STOP.", "1811", "3.2 tons of it were sold.", "A 1"])
def test_another_line_alone_is_a_paragraph(line: str) -> None:
    assert kinds(parsed(f"It was so.\n\n{line}\n\nThe mill is open.\n")) == ["paragraph"] * 3


# Lists


def test_each_item_of_a_list_is_a_block_with_its_indented_lines() -> None:
    article = parsed(
        "Bring these:\n- flour\n- a sack\n  that is dry\n    * of jute\n    * or hemp\n- salt\n"
    )
    assert blocks(article)[1:] == [
        ("item", "flour"),
        ("item", "a sack that is dry"),
        ("item", "of jute"),
        ("item", "or hemp"),
        ("item", "salt"),
    ]
    assert [block.level for block in article.structure] == [0, 1, 1, 2, 2, 1]


# Records


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_records_are_rows_of_a_key_and_a_value(line_end: str) -> None:
    text = "Name:   Ole Brandt\nBorn: 3 May 1801\n  in Olden\nTrade: miller: the last one\nKin:\n"
    article = parsed(text.replace("\n", line_end))
    assert rows(article) == [
        ["Name", "Ole Brandt"],
        ["Born", f"3 May 1801{line_end}  in Olden"],
        ["Trade", "miller: the last one"],
        ["Kin", ""],
    ]


def test_a_value_that_is_wrapped_goes_on_in_the_next_line() -> None:
    article = parsed(
        "Name: The mill at the end of the long lane that leads to\nthe river\nBuilt: 1811\n"
    )
    assert rows(article)[0][1].endswith("leads to\nthe river")
    assert rows(article)[1] == ["Built", "1811"]


def test_dots_lead_from_a_key_to_its_value() -> None:
    article = parsed("Monday ........ 9 to 12\nFriday . . . . 14 to 18\n")
    assert rows(article) == [["Monday", "9 to 12"], ["Friday", "14 to 18"]]


@pytest.mark.parametrize(
    "text",
    [
        "He said: no.\nThen he left for the mill.\n",
        "https://example.org/a\nhttps://example.org/b\n",
        "09:20 Left\n09:40 Back\n",
        "Who came? Two: Jonas\nWho left? One: Mara\n",
    ],
)
def test_other_lines_with_colons_are_no_records(text: str) -> None:
    assert not rows(parsed(text))


# Tables

STATIONS = """\
Station       Opened   Line
Netherby        1865   North coast
Olden             12
Upper Harnham   1871   West
"""


def test_aligned_columns_are_a_table() -> None:
    article = parsed(STATIONS)
    assert rows(article) == [
        ["Station", "Opened", "Line"],
        ["Netherby", "1865", "North coast"],
        ["Olden", "12", ""],
        ["Upper Harnham", "1871", "West"],
    ]
    assert [block.header for block in article.structure] == [None, 0, 0, 0]


def test_a_table_without_column_names_has_no_header() -> None:
    article = parsed(STATIONS[STATIONS.index("Netherby") :])
    assert [block.header for block in article.structure] == [None, None, None]


def test_a_rule_is_below_the_column_names() -> None:
    article = parsed("Mill      Miller\n-------   ------\nUpper     Hook\nOld       Brandt\n")
    assert kinds(article) == ["row", "furniture", "row", "row"]
    assert [block.header for block in article.structure] == [None, None, 0, 0]


def test_tabs_separate_cells() -> None:
    article = parsed("Mill\tBuilt\tMiller\nUpper\t1811\tHook\nOld\t\tBrandt\nNew\t1822\tCroft\n")
    assert rows(article)[2] == ["Old", "", "Brandt"]
    assert article.structure[2].header == 0


def test_bars_separate_cells() -> None:
    article = parsed("| Mill  | Built |\n+-------+-------+\n| Upper | 1811  |\n| Old   | 1790  |\n")
    assert rows(article) == [["Mill", "Built"], ["Upper", "1811"], ["Old", "1790"]]
    assert article.structure[2].header == 0


@pytest.mark.parametrize(
    "text",
    [
        "It  was a long  road to the mill and  the lake.\n"
        "The miller  took it  each day, in rain or  snow.\n"
        "No one else  did so, and  the road was  lost.\n",
        "First one.  Then another.\nAnd one more.  The last.\nOne  can go on.\n",
    ],
)
def test_prose_with_wide_spaces_is_no_table(text: str) -> None:
    assert not rows(parsed(text))


# Chats

CHATS = [
    "12/03/2024, 09:14 - Mara: Who has the keys?\n12/03/2024, 09:20 - Jonas: Petra\n",
    "[2024-03-12 09:14] Mara: Who has the keys?\n[2024-03-12 09:20] Jonas: Petra\n",
    "Mara (09:14): Who has the keys?\nJonas (09:20): Petra\n",
    "[09:14] <Mara> Who has the keys?\n[09:20] <Jonas> Petra\n",
    "3/12/24, 9:14 AM - Mara: Who has the keys?\n3/12/24, 9:20 AM - Jonas: Petra\n",
    "[12.03.24, 09:14:10] Mara: Who has the keys?\n[12.03.24, 09:20:59] Jonas: Petra\n",
    "Mara, [12.03.24 09:14]\nWho has the keys?\n\nJonas, [12.03.24 09:20]\nPetra\n",
    "Mara  9:14 AM\nWho has the keys?\nJonas  9:20 AM\nPetra\n",
    "09:14 < Mara> Who has the keys?\n09:20 <@Jonas> Petra\n",
    "12 March 2024, 09:14 - Mara: Who has the keys?\n12 March 2024, 09:20 - Jonas: Petra\n",
]


@pytest.mark.parametrize("text", CHATS)
def test_each_message_of_a_chat_is_a_row(text: str) -> None:
    article = parsed(f"Our chat\n\n{text}or Ole\n")
    assert rows(article) == [["Mara", "Who has the keys?"], ["Jonas", "Petra\nor Ole"]]
    label = article.structure.label(article.text.index("Petra"))
    assert "9:20" in label
    assert label in article.text
    second = article.structure[article.structure.at(article.text.index("Petra")) or 0]
    assert "9:20" not in plain(article, second.span).text, "a time is no part of what is said"


def test_a_text_that_quotes_a_message_is_no_chat() -> None:
    assert not rows(
        parsed("He wrote to us.\nMara (09:14): Who has them?\nNo one knew.\nSo it was.\n")
    )


# Words that are divided

CANAL = (
    "The canal company was a small one, and its share-\n"
    "holders met in the back room of the Rail-\n  way Inn. A well-\n"
    "known chair-\r\nman, Josiah Tin\xaddall, ran the lock-\nhouse.\n"
    "The lock-house is gone. It was built in 1811-\n1812 by Anglo-\nSaxon and e-\nmail.\n"
)


def test_divided_words_are_read_whole() -> None:
    words = " ".join(words for _, words in blocks(parsed(CANAL)))
    for whole in "shareholders", "Railway Inn", "well-known", "chairman", "Tindall", "lock-house.":
        assert whole in words
    for whole in "1811-1812", "Anglo-Saxon", "e-mail":
        assert whole in words


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.rst", "a.org"])
def test_divided_words_are_read_whole_in_every_format(name: str) -> None:
    text = "It met in the back room of the Rail-\nway Inn.\n\n- a well-\n  known lime-\n  stone\n"
    read = [words for _, words in blocks(parsed(text, name))]
    assert read == ["It met in the back room of the Railway Inn.", "a well-known limestone"]


@pytest.mark.parametrize(
    ("elsewhere", "expected"),
    [("A boathouse.", "boathouse"), ("A boat-house.", "boat-house"), ("", "boathouse")],
)
def test_the_other_words_of_a_text_say_how_a_divided_word_is_written(
    elsewhere: str, expected: str
) -> None:
    article = parsed(f"We met at the old boat-\nhouse by the lake.\n\n{elsewhere}\n")
    assert f"old {expected} by" in blocks(article)[0][1]


def test_a_hyphen_that_stands_for_a_word_stays() -> None:
    assert "two- or three-day" in blocks(parsed("It was a two-\nor three-day march.\n"))[0][1]


@pytest.mark.parametrize(
    "text",
    [
        "word " * 100_000,
        "a-" * 200_000,
        "a: " * 200_000,
        "x  " * 200_000,
        "\n".join(f"Station {n}     {n}   North" for n in range(10_000)),
        "\n".join(f"Key {n}: value" for n in range(10_000)),
        "Key: value\nand this is not\n" * 10_000,
        "\n".join(f"12/03/2024, 09:14 - Mara: {n}" for n in range(10_000)),
        "\n".join(f"- item {n}\n  more" for n in range(10_000)),
        "the Rail-\nway Inn " * 10_000,
    ],
    ids=lambda text: text[:9],
)
def test_time_is_linear_in_the_size_of_a_text(text: str) -> None:
    check_linear(lambda size: parsed(text[:size]), len(text) // 4)


# Labels above indented lines

POLICIES = """\
Insurance

Household
  Company: Anchor Mutual
  Policy: HM-44

Boat
  Company: Coastal Union
  Policy: SM-20
"""


def test_a_short_line_above_indented_records_is_their_heading() -> None:
    article = parsed(POLICIES)
    number = article.structure.at(POLICIES.index("Coastal"))
    assert number is not None
    path = [article.structure[heading].span for heading in article.structure.headings(number)]
    assert [POLICIES[span.start : span.end] for span in path] == ["Insurance", "Boat"]


@pytest.mark.parametrize("text", ["We sell:\n  - eggs\n  - milk\n", "Eggs\n- one\n- two\n"])
def test_a_line_with_a_colon_or_above_lines_at_its_margin_is_no_heading(text: str) -> None:
    assert "heading" not in kinds(parsed(text))
