"""RTF: the text is read with headings, lists, tables and footnotes, and without pictures."""

from __future__ import annotations

import pytest

from index.types import Article
from tests.support.parsed import blocks, check_structure, parsed, rows
from tests.support.work import check_linear

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}"
    r"{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s2\b heading 2;}}"
)


def read(body: str, head: str = HEAD) -> Article:
    article = parsed(f"{head}{body}}}".encode("latin-1"), "a.rtf")
    check_structure(article)
    return article


def test_characters_are_decoded() -> None:
    article = read(
        r"Caf\'e9 \u8220?So\u8221? \f1\'ef\'f0\f0\par 1\~000 \emdash  \u-10179?\u-8704?\par"
    )
    assert blocks(article) == [("paragraph", "Café “So” пр"), ("paragraph", "1 000 — 😀")]


def test_headings_are_known_by_style_and_by_outline_level() -> None:
    article = read(
        r"\pard\s1 Ships\par\pard\s0 They sail.\par\pard\s2 Old\par\pard\outlinelevel3 Deep\par"
        r"\pard Text.\par"
    )
    assert blocks(article) == [
        ("heading", "Ships"),
        ("paragraph", "They sail."),
        ("heading", "Old"),
        ("heading", "Deep"),
        ("paragraph", "Text."),
    ]
    assert [block.level for block in article.structure] == [1, 0, 2, 4, 0]


def test_lists_tables_and_notes() -> None:
    row = r"\trowd\cellx1\cellx2\pard\intbl {}\cell {}\cell\row"
    article = read(
        r"{\listtext\'b7\tab}Tea\par{\listtext 2.\tab}Milk\par "
        r"Before{\*\footnote See \i above\i0 .}.\par"
        + row.format("Ship", "Built")
        + row.format("Ada", "1911")
        + r"\pard After\par"
    )
    assert blocks(article) == [
        ("item", "Tea"),
        ("item", "2. Milk"),
        ("paragraph", "Before."),
        ("row", "Ship | Built"),
        ("row", "Ada | 1911"),
        ("paragraph", "After"),
        ("paragraph", "[1] See above."),
    ]
    assert [block.header for block in article.structure] == [None, None, None, None, 3, None, None]


def test_what_is_not_shown_is_not_read() -> None:
    article = read(
        r"The gate {\deleted was }is{\v  not}{\pict\pngblip ffd8ff}{\*\bkmkstart x}"
        r'{\field{\*\fldinst HYPERLINK "http://x.org"}{\fldrslt  green}}.\par{\header Page 1}'
    )
    assert article.text == "The gate is green."


def test_hidden_text_ends_where_it_is_switched_off() -> None:
    article = read(r"The gate\v  or door\v0  is {\deleted was\deleted0 }green\v  or\plain .\par")
    assert article.text == "The gate is green."


def test_text_boxes_and_comments_come_after_their_paragraph() -> None:
    box = (
        r"{\shp{\*\shpinst\shpleft1{\sp{\sn x}{\sv 1}}{\shptxt\pard One.\par Two.\par}}"
        r"{\shprslt{\*\do{\dptxbxtext One.\par}}}}"
    )
    article = read(rf"Before{box} and after{{\*\annotation{{\*\atndate 1}}Why?}}.\par Next.\par")
    assert blocks(article) == [
        ("paragraph", "Before and after."),
        ("paragraph", "One."),
        ("paragraph", "Two."),
        ("comment", "Why?"),
        ("paragraph", "Next."),
    ]


def test_cells_of_inner_tables_are_read_as_text() -> None:
    article = read(r"\trowd\cellx1\cellx2\intbl Ada\cell One\nestcell Two\nestcell\cell\row")
    assert rows(article) == [["Ada", "One Two"]]


def test_raised_digits_and_old_list_numbers_are_read() -> None:
    article = read(r"{\pntext\f0 2.\tab}10{\super\fs20 6} or m\super 2\nosupersub .\par")
    assert blocks(article) == [("item", "2. 10⁶ or m².")]


@pytest.mark.parametrize(
    "head, letter",
    [
        (r"\mac", "8e"),
        (r"\mac\ansicpg10000", "8e"),
        (r"\pc", "82"),
        (r"\ansi\ansicpg0", "e9"),
        (r"\ansi\ansicpg99999", "e9"),
    ],
)
def test_code_pages_of_old_programs_are_known(head: str, letter: str) -> None:
    article = read(
        rf"{{\info{{\title The Caf\'{letter}}}}}It is a caf\'{letter}.\par", rf"{{\rtf1{head} "
    )
    assert article.title == "The Café"
    assert article.text.endswith("It is a café.")


def test_fonts_of_old_macs_are_known() -> None:
    head = r"{\rtf1\mac{\fonttbl{\f0\fcharset78 Osaka;}}"
    assert read(r"\f0 \'93\'fa\'96\'7b\par", head).text == "日本"


def test_title_and_author_are_at_the_start() -> None:
    article = read(
        r"{\info{\title The Caf\'e9}{\author Ole Brandt}{\creatim\yr2031\mo3\dy4}}It opens.\par"
    )
    assert article.title == "The Café"
    assert rows(article) == [["Author", "Ole Brandt"]]


def test_a_file_that_is_no_rtf_is_read_as_text() -> None:
    assert parsed("Some words.\n", "a.rtf").text == "Some words.\n"


def test_a_file_that_is_cut_off_keeps_its_last_words() -> None:
    assert parsed(rb"{\rtf1\ansi The gate is green. It was pain", "a.rtf").text.endswith("pain")


@pytest.mark.slow
@pytest.mark.parametrize(
    "body", ["{", "}", "\\'e9", r"\u8220?", r"{\field{\*\fldinst{HYPERLINK ", r"{\footnote ", "a|",
             r"\cell", r"\row", r"\s1 a\par ", r"{\pict 00"]
)  # fmt: skip
def test_time_is_linear_in_the_size_of_a_file(body: str) -> None:
    from index.formats.rtf import read_rtf

    def read_many(times: int) -> object:
        return read_rtf(f"{HEAD}x {body * times}".encode("latin-1"))

    check_linear(read_many, 5_000)
