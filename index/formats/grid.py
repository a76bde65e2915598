"""Tables while they are read: whether they hold facts, and which rows name the columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from index.formats.pieces import Inline, Piece, Table, joined

MAX_SPAN = 100
"""Of a cell, in columns or rows. More are not believed: a file may claim billions."""
MAX_COLUMNS = 1_000
"""In a wider row, no cell is believed to span several columns."""
MAX_REPEATED_CHARS = 80
"""A cell that spans rows is read in each of them if it is at most this long."""
MAX_CELL_CHARS = 1_500
"""A table with a longer cell only puts prose side by side."""
MAX_NAME_CHARS = 60
"""Of a column."""
_NUMBER = re.compile(r"[-+(~<>≈$€£¥]*[.,\s]*\d[\d.,:/\s%)–-]*")
_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class _Cell:
    pieces: list[Piece | Table]
    is_header: bool = False
    columns: int = 1
    """How many it spans."""
    is_covered: bool = False
    """Whether it is a part of the cell above it."""


@dataclass(slots=True)
class Grid:
    """A table while its cells are found.

    Cells that span several columns are followed by empty ones, so that each cell is under the name
    of its column.
    """

    has_style: bool = False
    """Whether the table is formatted as one whose first row names the columns."""
    is_sheet: bool = False
    """Whether it is a sheet, which empty rows divide into tables."""
    _rows: list[list[_Cell]] = field(default_factory=list)
    _marked: list[bool] = field(default_factory=list)
    _spanning: dict[int, tuple[int, Inline]] = field(default_factory=dict)
    """By column: for how many more rows a cell of a row above goes on, and its text."""

    def begin_row(self, *, is_header: bool = False) -> None:
        """Begin a row. is_header: whether it is marked as one with the names of columns."""
        self._end_row()
        self._rows.append([])
        self._marked.append(is_header)

    def add(
        self,
        pieces: list[Piece | Table],
        *,
        columns: int = 1,
        rows: int = 1,
        is_header: bool = False,
    ) -> None:
        """Add a cell to the row that was begun.

        columns, rows: how many the cell spans.
        is_header: whether the cell is marked as a name.
        """
        if not self._rows:
            self.begin_row()
        self._add_spanning()
        row = self._rows[-1]
        columns = self._spanned(columns)
        if rows > 1:
            below = [_repeated(pieces), *[Inline()] * (columns - 1)]
            for column, text in enumerate(below, len(row)):
                self._spanning[column] = (min(rows, MAX_SPAN) - 1, text)
        row.append(_Cell(pieces, is_header, columns))
        row += [_Cell([]) for _ in range(columns - 1)]

    def add_covered(self, *, columns: int = 1) -> None:
        """Add a cell that is a part of the one above it."""
        if not self._rows:
            self.begin_row()
        row = self._rows[-1]
        if len(row) in self._spanning:
            self._add_spanning(most=columns)
            return
        above = self._rows[-2] if len(self._rows) > 1 else []
        text = _repeated(above[len(row)].pieces if len(row) < len(above) else [])
        row.append(_covered(text))
        row += [_Cell([]) for _ in range(self._spanned(columns) - 1)]

    def _spanned(self, columns: int) -> int:
        """Return how many columns a cell may span of those that it claims to, at least one."""
        return max(min(columns, MAX_SPAN, MAX_COLUMNS - len(self._rows[-1])), 1)

    def _end_row(self) -> None:
        """Add the cells of rows above that go on at the end of the row."""
        if self._rows:
            self._add_spanning()
            for column in [each for each in self._spanning if each >= len(self._rows[-1])]:
                left, text = self._spanning.pop(column)
                if left > 1:
                    self._spanning[column] = (left - 1, text)

    def _add_spanning(self, most: int = MAX_COLUMNS) -> None:
        """Add the cells of rows above that go on in the columns that are next."""
        row = self._rows[-1]
        while most > 0 and len(row) in self._spanning:
            most -= 1
            left, text = self._spanning.pop(len(row))
            if left > 1:
                self._spanning[len(row)] = (left - 1, text)
            row.append(_covered(text))

    def pieces(self) -> list[Piece | Table]:
        """Return the table; or what is in its cells, if it is not a table of facts."""
        self._end_row()
        parts: list[list[tuple[list[_Cell], bool]]] = [[]]
        for row, is_marked in zip(self._rows, self._marked, strict=True):
            if any(cell.pieces for cell in row):
                parts[-1].append((row, is_marked))
            elif self.is_sheet:
                parts.append([])
        return [piece for part in parts for piece in self._table(part)]

    def _table(self, part: list[tuple[list[_Cell], bool]]) -> list[Piece | Table]:
        """Return a table of rows, of each whether it is marked as one with names of columns."""
        width = max((_width(row) for row, _ in part), default=0)
        rows = [row[:width] for row, _ in part]
        marked = [
            is_marked or all(cell.is_header or not cell.pieces for cell in row)
            for row, is_marked in part
        ]
        texts = [[joined(cell.pieces) for cell in row] for row in rows]
        if _is_layout(rows, texts):
            return [piece for row in rows for cell in row for piece in cell.pieces]
        titles: list[Piece | Table] = []
        while texts and width > 1 and _filled(texts[0]) <= 1:
            titles += [Piece("caption", cell) for cell in texts.pop(0) if cell.text.strip()]
            del marked[0], rows[0]
        header_rows = next((n for n, is_marked in enumerate(marked) if not is_marked), 0)
        if header_rows < 2 and _names_groups(rows, texts):
            header_rows = 2
        elif not header_rows:
            header_rows = int(_names_columns(texts, has_style=self.has_style or self.is_sheet))
        return [*titles, Table(texts, header_rows)]


def _covered(text: Inline) -> _Cell:
    """Return a cell that repeats the one above it."""
    return _Cell([Piece("paragraph", text)] if text.text else [], is_covered=True)


def _repeated(pieces: list[Piece | Table]) -> Inline:
    """Return the text of a cell that is read again in the row below; empty if it is long."""
    text = joined(pieces).text if len(pieces) == 1 else ""
    return Inline(text if len(text) <= MAX_REPEATED_CHARS else "")


def _width(row: list[_Cell]) -> int:
    """Return the number of cells up to the last one that is not empty."""
    return max((number for number, cell in enumerate(row, 1) if cell.pieces), default=0)


def _filled(row: list[Inline]) -> int:
    return sum(1 for cell in row if cell.text.strip())


def _is_layout(rows: list[list[_Cell]], texts: list[list[Inline]]) -> bool:
    """Return whether a table only arranges text on the page."""
    if all(_filled(row) <= 1 for row in texts):
        return True
    return any(
        len(text.text) > MAX_CELL_CHARS
        or any(isinstance(piece, Table) or piece.kind == "heading" for piece in cell.pieces)
        for row, line in zip(rows, texts, strict=True)
        for cell, text in zip(row, line, strict=True)
    )


def _names_columns(rows: list[list[Inline]], *, has_style: bool) -> bool:
    """Return whether the first row of a table names its columns.

    Of two columns without a style, only if there are numbers below the second name: otherwise
    the first row may be a name and a value like the rows below it.
    """
    if len(rows) < 2:
        return False
    names = [" ".join(cell.text.split()) for cell in rows[0]]
    if len(names) < 2 or not all(names[1:]) or len(set(names)) < len(names):
        return False
    if any(_NUMBER.fullmatch(name) or len(name) > MAX_NAME_CHARS for name in names):
        return False
    if has_style or len(names) > 2:
        return True
    below = [row[1].text for row in rows[1:] if len(row) > 1]
    return not _DIGIT.search(names[1]) and all(map(_DIGIT.search, below))


def _names_groups(rows: list[list[_Cell]], texts: list[list[Inline]]) -> bool:
    """Return whether the first row names groups of columns, and the second the columns in them.

    So it is if each cell of the second row is either below a wide one or goes on from above.
    """
    if len(rows) < 3 or len(rows[0]) != len(rows[1]):
        return False
    if any(_NUMBER.fullmatch(cell.text.strip()) for cell in texts[0]):
        return False
    left = 0  # columns that a wide cell still spans
    names: list[str] = []
    kept = 0
    for above, cell, text in zip(rows[0], rows[1], texts[1], strict=True):
        left = above.columns if above.columns > 1 else left - 1
        if left > 0:
            names.append(text.text.strip())
        elif cell.is_covered or not text.text.strip():
            kept += 1
        else:
            return False
    return kept > 0 and len(names) > 1 and all(names)
