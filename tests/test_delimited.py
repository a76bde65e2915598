"""CSV and TSV: rows of cells with a header, quoted from the file as it is."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.parsed import check_structure, kinds, parsed, rows
from tests.support.work import check_linear

CELLS = st.text(st.sampled_from('a1é" ,;\n\r'), max_size=6)


@example([['a"b', "c"], ['""', "x"]])
@example([["", "", ";\r;"]])
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3), min_size=1, max_size=5))
def test_cells_are_those_that_the_standard_library_reads(table: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([["k", "l"], *table])
    article = parsed(written.getvalue(), "a.csv")
    check_structure(article)
    expected = [[cell.strip() for cell in row] for row in [["k", "l"], *table]]
    assert rows(article) == [row for row in expected if any(row)]


@given(st.text(st.sampled_from('a1," \n\r\t;|\xad'), max_size=40).filter(str.strip))
@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_any_text_can_be_read_as_a_table(name: str, text: str) -> None:
    check_structure(parsed(text, name))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_columns(delimiter: str) -> None:
    table = [["Mill", "Miller, last"], ["Upper", "Hook, J."], ["Old", "Brandt, O."]]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows(table)
    article = parsed(written.getvalue(), "a.csv")
    assert rows(article) == table
    assert [block.header for block in article.structure] == [None, 0, 0]


def test_a_first_row_with_numbers_is_no_header() -> None:
    article = parsed("1865,Netherby\n1866,Olden\n", "a.csv")
    assert [block.header for block in article.structure] == [None, None]


@pytest.mark.parametrize("above", ["\n", ",\n", '"",""\r\n\r\n'])
def test_the_header_can_be_below_blank_rows(above: str) -> None:
    article = parsed(f"{above}Station,Opened\nNetherby,1865\n", "a.csv")
    header, row = [block for block in article.structure if block.kind == "row"]
    assert header.header is None
    assert row.header is not None
    assert article.structure[row.header] == header


def test_rows_without_values_are_not_read() -> None:
    assert kinds(parsed("a,b\n,\n1,2\n", "a.csv")) == ["row", "furniture", "row"]


@pytest.mark.parametrize(
    "text", ['"a,' * 50_000, "a,b\n" * 10_000, '""""a,' * 20_000, "1" * 40_000 + "a,b"]
)
def test_time_is_linear_in_the_size_of_a_table(text: str) -> None:
    check_linear(lambda size: parsed(text[:size], "a.csv"), len(text) // 4)
