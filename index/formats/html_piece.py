"""What a page is made of, while it is taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from index.structure import Kind

Region = Literal["", "apart", "hidden"]
"""Where a piece is: in the page's own text, or apart from it as in navigation, or not displayed."""


@dataclass(slots=True)
class Piece:
    """A block of a page."""

    kind: Kind
    words: str
    """On one line, except in code."""
    level: int = 0
    region: Region = ""
    is_linked: bool = False
    """Whether all of it is links."""
    is_bold: bool = False
    """Whether all of it is bold."""
    term: Literal["", "dt", "dd"] = ""
    """What it is in a list of terms and their definitions."""
    cells: list[str] = field(default_factory=list)
    """Of a row."""
    is_header: bool = False
    """Whether it is a row with column names."""
    table: int = 0
    """Of a row or a caption: the number of its table, from 1."""


@dataclass(slots=True)
class Cell:
    """A cell of a table that may be a table in fact, or only places parts of the page."""

    pieces: list[Piece]
    is_header: bool
    columns: int
    rows: int


@dataclass(slots=True)
class Row:
    """A row of such a table."""

    in_head: bool
    cells: list[Cell] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """Such a table."""

    outer: list[Piece]
    """Where its pieces belong."""
    before: list[Piece] = field(default_factory=list)
    """What is in no cell, such as its caption."""
    rows: list[Row] = field(default_factory=list)
    in_head: bool = False
