"""Spreadsheets: values as they are shown, in tables under the names of their sheets."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.base import Unreadable
from index.formats.office import SHEET
from index.place import column_names, place_of
from index.types import Article, Span
from tests.support.office_files import odt, relationships, zipped
from tests.support.parsed import blocks, check_structure, parsed, rows

STYLES = (
    '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="#,##0.00&quot; €&quot;"/>'
    '<numFmt numFmtId="165" formatCode="[$$-409]#,##0;[Red]-0"/>'
    '<numFmt numFmtId="166" formatCode="dd/mm/yyyy\\ hh:mm"/></numFmts><cellXfs>'
    + "".join(f'<xf numFmtId="{id}"/>' for id in (0, 14, 10, 164, 165, 166, 20, 2, 999))
    + "</cellXfs></styleSheet>"
)


def sheet(*lines: Sequence[str]) -> str:
    """Return a sheet. Cells are given from column A on: `<c>` elements, or "" for none."""
    return "".join(
        f'<row r="{number}">{"".join(cells)}</row>'
        for number, cells in enumerate(lines, 1)
        if cells
    )


def xlsx(sheets: dict[str, str], strings: str = "", state: str = "visible") -> bytes:
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n}" state="{state if n > 1 else "visible"}" r:id="r{n}"/>'
        for n, name in enumerate(sheets, 1)
    )
    targets = [("worksheet", f"sheets/{n}.xml") for n, _ in enumerate(sheets, 1)]
    return zipped(
        {
            "xl/workbook.xml": f'<workbook xmlns:r="r"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(
                *targets, ("sharedStrings", "strings.xml"), ("styles", "styles.xml")
            ),
            "xl/strings.xml": f"<sst>{strings}</sst>",
            "xl/styles.xml": STYLES,
        }
        | {
            f"xl/sheets/{n}.xml": f"<worksheet><sheetData>{data}</sheetData></worksheet>"
            for n, data in enumerate(sheets.values(), 1)
        }
    )


def read(content: bytes, name: str = "a.xlsx") -> Article:
    article = parsed(content, name)
    check_structure(article)
    return article


def text(words: str, reference: str = "") -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{words}</t></is></c>'


def value(number: str, style: int = 0, kind: str = "n") -> str:
    return f'<c t="{kind}" s="{style}"><v>{number}</v></c>'


def test_sheets_are_tables_under_their_names() -> None:
    strings = "<si><t>Ship</t></si><si><r><t>Bu</t></r><r><t>ilt</t></r><rPh><t>no</t></rPh></si>"
    costs = sheet(
        [text("All ships")],
        [value("0", kind="s"), value("1", kind="s")],
        [text("Ada"), value("1911")],
        [],
        [text("Port", "B5"), text("Depth", "C5"), text("Town", "D5")],
        [text("Lund", "B6"), text("Nord", "D6")],
    )
    content = xlsx({"Ships": costs, "Empty": "", "Prose": sheet([text("They sail.")])}, strings)
    article = read(content)
    assert blocks(article) == [
        ("heading", "Ships"),
        ("caption", "All ships"),
        ("row", "Ship | Built"),
        ("row", "Ada | 1911"),
        ("row", "| Port | Depth | Town"),
        ("row", "| Lund | | Nord"),
        ("heading", "Prose"),
        ("paragraph", "They sail."),
    ]
    assert rows(article)[3] == ["", "Lund", "", "Nord"]
    assert [block.header for block in article.structure][2:6] == [None, 2, None, 4]
    start = article.text.index("1911")
    assert place_of(article, Span(start, start + 4)) == ("Ships",)


@pytest.mark.parametrize(
    "cell, shown",
    [
        (value("0.30000000000000004"), "0.3"),
        (value("12345678901234"), "12345678901234"),
        (value("43830", 1), "2019-12-31"),
        (value("0.125", 2), "12.50%"),
        (value("1234.5", 3), "1,234.50 €"),
        (value("-99999.6", 4), "$-100,000"),
        (value("43830.75", 5), "2019-12-31 18:00"),
        (value("0.5", 6), "12:00"),
        (value("2", 7), "2.00"),
        (value("7", 8), "7"),
        (value("7", 99), "7"),
        (value("1", kind="b"), "TRUE"),
        (value("#DIV/0!", kind="e"), "#DIV/0!"),
        (value("x", kind="str"), "x"),
        (value("nan"), "nan"),
        (value("1e99", 1), "1e+99"),
    ],
)
def test_values_are_read_as_they_are_shown(cell: str, shown: str) -> None:
    line = [text("Ada"), cell]
    assert rows(read(xlsx({"A": sheet([text("Ship"), text("Value")], line)})))[1] == ["Ada", shown]


def test_merged_cells_name_groups_of_columns() -> None:
    lines = sheet(
        [text("Port", "A1"), text("Ships", "B1"), text("", "C1"), text("Staff", "D1")],
        [text("", "A2"), value("1911"), value("1912"), text("", "D2")],
        [text("Lund", "A3"), value("3"), value("4"), value("9")],
    )
    merged = '</sheetData><mergeCells><mergeCell ref="B1:C1"/></mergeCells><sheetData>'
    article = read(xlsx({"A": lines + merged}))
    assert rows(article) == [
        ["Port", "Ships", "", "Staff"],
        ["", "1911", "1912", ""],
        ["Lund", "3", "4", "9"],
    ]
    names = column_names(article, article.structure[2].span)
    assert names == ["Port", "Ships 1911", "Ships 1912", "Staff"]


def test_hidden_sheets_are_not_read() -> None:
    content = xlsx({"A": sheet([text("Seen.")]), "B": sheet([text("Secret.")])}, state="hidden")
    assert blocks(read(content)) == [("heading", "A"), ("paragraph", "Seen.")]
    assert SHEET.read(content, None).note == "hidden sheets: B"
    style = (
        '<style:style style:name="T" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    table = (
        '<table:table table:name="{}" table:style-name="{}"><table:table-row><table:table-cell>'
        "<text:p>{}</text:p></table:table-cell></table:table-row></table:table>"
    )
    body = table.format("B", "T", "Secret.") + table.format("A", "", "Seen.")
    article = read(odt(body, style, kind="spreadsheet"), "a.ods")
    assert blocks(article) == [("heading", "A"), ("paragraph", "Seen.")]


def test_an_empty_workbook_is_named() -> None:
    with pytest.raises(Unreadable) as caught:
        parsed(xlsx({"A": ""}), "a.xlsx")
    assert caught.value.reason == "no text"


CELLS = st.builds(
    '<c r="{}" t="{}" s="{}"><v>{}</v></c>'.format,
    st.sampled_from(["", "A1", "ZZZ9", "C1", "?", "a1", "AAAAAAAA1"]),
    st.sampled_from(["n", "s", "b", "e", "str", "x"]),
    st.sampled_from(["", "0", "1", "5", "-1", "x", "99999999999"]),
    st.sampled_from(["", "0", "-1", "1e400", "nan", "inf", "99999999", "2900000", "x", "0.1"]),
)


@pytest.mark.slow
@given(st.lists(st.lists(CELLS, max_size=4), max_size=4))
def test_every_sheet_has_a_structure_that_covers_it(lines: list[list[str]]) -> None:
    document = SHEET.read(xlsx({"A": sheet([text("x")], *lines)}, "<si><t>s</t></si>"), None)
    check_structure(Article("a", "a", "a", document.text, "", document.structure))


def test_sheets_of_ods_are_tables_under_their_names() -> None:
    def line(*cells: str, more: str = "") -> str:
        each = "".join(
            f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in cells
        )
        rest = '<table:table-cell table:number-columns-repeated="16000"/>'
        return f"<table:table-row{more}>{each}{rest}</table:table-row>"

    lines = (
        line("Ship", "Built")
        + line("Ada", "1911")
        + line()
        + line("Port", "Depth")
        + line("Lund", "9")
    )
    many = ' table:number-rows-repeated="1000000"'
    body = f'<table:table table:name="Ships">{lines}{line(more=many)}</table:table>'
    article = read(odt(f'{body}<table:table table:name="Empty"/>', kind="spreadsheet"), "a.ods")
    assert blocks(article)[0] == ("heading", "Ships")
    assert rows(article) == [["Ship", "Built"], ["Ada", "1911"], ["Port", "Depth"], ["Lund", "9"]]
    assert [block.header for block in article.structure] == [None, None, 1, None, 3]
    assert len(article.structure) == 5
