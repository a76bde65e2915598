"""Tables of a page: rows if they are tables in fact, else the pieces of their cells."""

from __future__ import annotations

from collections.abc import Iterator

from index.formats.html_piece import Cell, Piece, Region, Row, Table

MAX_CELL_CHARS = 1_000
"""A table with a longer cell places parts of the page."""
MAX_COLUMNS = 1_000
"""Cells of further columns are not read."""
_IN_CELLS = ("paragraph", "item", "quote", "caption")


def pieces_of_table(table: Table, number: int, region: Region) -> list[Piece]:
    """Return what a table says, in order. number: of the table, from 1."""
    for piece in table.before:
        if piece.kind == "caption":
            piece.table = number
    if not _is_table(table):
        in_cells = [piece for row in table.rows for cell in row.cells for piece in cell.pieces]
        return [*table.before, *in_cells]
    rows = list(_rows(table, number, region))
    if all(row.is_header for row in rows):  # it has no other rows that would have columns
        for row in rows:
            row.is_header = False
    return [*table.before, *rows]


def _is_table(table: Table) -> bool:
    """Return whether cells are those of a table, and do not only place parts of the page."""
    cells = [cell for row in table.rows for cell in row.cells]
    return (
        any(sum(bool(cell.pieces) for cell in row.cells) > 1 for row in table.rows)
        and all(piece.kind in _IN_CELLS for cell in cells for piece in cell.pieces)
        and max(sum(len(piece.words) for piece in cell.pieces) for cell in cells) <= MAX_CELL_CHARS
    )


def _rows(table: Table, number: int, region: Region) -> Iterator[Piece]:
    """Yield the rows of a table. A cell that spans several rows is in each of them."""
    spanning: dict[int, tuple[int, str]] = {}  # by column: for how many more rows, and its words
    in_header = True
    for row in table.rows:
        words: list[str] = []
        for cell in row.cells:
            _fill(words, spanning)
            if len(words) >= MAX_COLUMNS:
                break
            own = _words(cell)
            if cell.rows > 1:
                spanning[len(words)] = cell.rows - 1, own
            words.append(own)
            words += [""] * min(cell.columns - 1, MAX_COLUMNS - len(words))
        _fill(words, spanning)
        in_header = in_header and _names_columns(row)
        if any(words):
            yield Piece(
                "row",
                " ".join(filter(None, words)),
                region=region,
                is_linked=all(p.is_linked for cell in row.cells for p in cell.pieces),
                cells=words,
                is_header=in_header,
                table=number,
            )


def _fill(words: list[str], spanning: dict[int, tuple[int, str]]) -> None:
    """Add the next cells of a row that began in rows above."""
    while (column := len(words)) in spanning:
        rows, own = spanning.pop(column)
        if rows > 1:
            spanning[column] = rows - 1, own
        words.append(own)


def _names_columns(row: Row) -> bool:
    """Return whether a row has column names: it is marked so, or all of it is bold."""
    filled = [cell for cell in row.cells if cell.pieces]
    names = [cell.is_header or all(piece.is_bold for piece in cell.pieces) for cell in filled]
    return row.in_head or (len(filled) > 1 and all(names))


def _words(cell: Cell) -> str:
    """Return the words of a cell; the items of a list in it are separated."""
    words = ""
    for piece in cell.pieces:
        separator = "; " if piece.kind == "item" and words and words[-1].isalnum() else " "
        words += f"{separator if words else ''}{piece.words}"
    return words
