"""XLSX: the sheets of a workbook as tables, each under its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.formats.base import Document, Unreadable
from index.formats.grid import MAX_COLUMNS, MAX_SPAN, Grid
from index.formats.manuscript import Manuscript
from index.formats.opc import main_part, properties, related
from index.formats.pieces import Inline, Piece
from index.formats.xlsx_values import Values
from index.formats.xml_tree import attribute, child, children, number
from index.formats.zipped import Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAIN_PART = "xl/workbook.xml"
_COLUMN = re.compile(r"[A-Z]{1,3}")


def read_xlsx(package: Package) -> Document:
    """Return the article in an XLSX file. Raises: Unreadable."""
    main = main_part(package, MAIN_PART)
    root = package.xml(main)
    if root is None:
        raise Unreadable("damaged", f"the workbook is missing: {main}")
    parts = list(related(package, main))
    paths = {each.id: each.path for each in parts}

    def part(kind: str) -> Element | None:
        return next((package.xml(each.path) for each in parts if each.kind == kind), None)

    values = Values(part("sharedStrings"), part("styles"))
    manuscript = Manuscript(*properties(package))
    hidden = []
    for sheet in children(child(root, "sheets"), "sheet"):
        name = attribute(sheet, "name")
        if attribute(sheet, "state", "visible") != "visible":
            hidden.append(name)
            continue
        data = package.xml(paths.get(attribute(sheet, "id"), ""))
        if pieces := _grid(data, values).pieces():
            manuscript.add([Piece("heading", Inline(name), 1), *pieces])
    return manuscript.document(f"hidden sheets: {', '.join(hidden)}" if hidden else "")


def _grid(root: Element | None, values: Values) -> Grid:
    """Return the cells of a sheet."""
    grid = Grid(is_sheet=True)
    widths = dict(_widths(root))
    last = 0
    for row in children(child(root, "sheetData"), "row"):
        place = number(row, "r", last + 1)
        if place > last + 1:
            grid.begin_row()  # for the empty ones, which files leave out
        last = place
        grid.begin_row()
        columns = 0  # of the row so far
        for cell in children(row, "c"):
            reference = cell.get("r", "")
            column = _column(reference, default=columns)
            if column < columns:
                continue  # a part of the wide cell on the left
            for _ in range(min(column - columns, MAX_COLUMNS)):
                grid.add([])
            text, width = values.text(cell), widths.get(reference, 1)
            grid.add([Piece("paragraph", Inline(text))] if text.strip() else [], columns=width)
            columns = column + width
    return grid


def _widths(root: Element | None) -> Iterator[tuple[str, int]]:
    """Yield the references of merged cells, and how many columns each spans."""
    for each in children(child(root, "mergeCells"), "mergeCell"):
        first, _, last = attribute(each, "ref").partition(":")
        width = _column(last, default=0) - _column(first, default=0) + 1
        yield first, min(max(width, 1), MAX_SPAN)


def _column(reference: str, default: int) -> int:
    """Return the column of a reference such as "C5", from 0; the default if it names none."""
    found = _COLUMN.match(reference)
    if found is None:
        return default
    column = 0
    for letter in found[0]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1
