"""Takes a page apart: its headings, paragraphs, items, rows and so on, in order.

A page has no blocks but elements that contain each other. A piece is a run of text that no element
of its own line divides; what it is follows from the elements around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from index.formats.html_piece import Cell, Piece, Region, Row, Table
from index.formats.html_tables import pieces_of_table
from index.structure import Kind

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNREAD = frozenset(
    "title script style template noscript svg iframe object embed applet canvas audio video map "
    "select datalist option button textarea input annotation annotation-xml".split()
)
"""Not "head": of a page without `<body>`, the parser puts the first elements there."""
BLOCKS = frozenset(
    "html body address article aside blockquote center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li listing main menu "
    "nav ol p plaintext pre search section summary table tbody td tfoot th thead tr ul xmp "
    "caption".split()
)
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "summary"), "heading"),
    **dict.fromkeys(("figcaption", "caption"), "caption"),
    **dict.fromkeys(("pre", "listing", "plaintext", "xmp"), "code"),
    **dict.fromkeys(("li", "dt", "dd"), "item"),
    "blockquote": "quote",
}
_CAPTIONS = frozenset(("thumbcaption", "wp-caption-text"))
"""Classes of captions in MediaWiki and WordPress."""
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_SUMMARY_LEVEL = 6
MAX_HEADING_CHARS = 300
"""A longer heading was not closed, so the blocks inside it are blocks of their own."""
_BOLD = ("b", "strong")
_LISTS = ("ul", "ol", "menu", "dir")
_APART = frozenset("nav aside footer dialog search".split())
_ROLES_APART = frozenset(
    "navigation banner contentinfo search complementary dialog alertdialog menu menubar toolbar "
    "tablist".split()
)
_NOT_DISPLAYED = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LINE_BREAK = "\u2028"
"""Of `<br>`, while a piece is collected: line breaks in the source mean nothing."""
_PARAGRAPH_BREAK = re.compile(r"\u2028\s*\u2028")


def pieces_of(root: _Element) -> list[Piece]:
    """Return the pieces of a page in order, those of navigation and hidden parts too."""
    from lxml.etree import iterwalk

    taker = _Taker()
    walk = iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag if isinstance(element.tag, str) else ""
        if event == "end":
            taker.end(element, tag)
            if element is not root:
                taker.text(element.tail)
        elif tag in _UNREAD and not (tag == "button" and taker.is_in_name):
            walk.skip_subtree()
        else:
            taker.start(element, tag)
            taker.text(element.text)
    taker.flush()
    return taker.pieces


@dataclass(frozen=True, slots=True)
class _Around:
    """What the elements around a text make of it."""

    kind: Kind = "paragraph"
    level: int = 0
    depth: int = 0
    """How many lists it is in."""
    region: Region = ""
    term: Literal["", "dt", "dd"] = ""
    is_undivided: bool = False
    """Whether elements inside are parts of the same line, as in a heading."""


class _Taker:
    """Collects pieces while the elements of a page start and end."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._target = self.pieces
        self._around = [_Around()]
        self._tables: list[Table] = []
        self._number_of_tables = 0
        self._texts: list[str] = []
        self._links = self._bold = 0
        """How many links, and how many bold elements, the text is in."""
        self._depth_in_line = 0
        """How many block elements it is in that do not divide a heading."""
        self._is_unlinked = self._is_light = False
        """Whether the texts have words outside of links, and words that are not bold."""

    def start(self, element: _Element, tag: str) -> None:
        """Note the start of an element."""
        if tag == "br":
            self._texts.append(_LINE_BREAK)
        self._links += tag == "a"
        self._bold += tag in _BOLD
        if not self._is_block(element, tag):
            return
        if self._around[-1].is_undivided:
            self._texts.append(" ")
            self._depth_in_line += 1
            return
        self.flush()
        self._around.append(_inside(self._around[-1], element, tag))
        if tag == "table":
            self._tables.append(Table(self._target))
            self._target = self._tables[-1].before
        elif self._tables:
            self._start_in_table(element, tag, self._tables[-1])

    def end(self, element: _Element, tag: str) -> None:
        """Note the end of an element."""
        self._links -= tag == "a"
        self._bold -= tag in _BOLD
        if tag in _UNREAD or not self._is_block(element, tag):
            return
        if self._depth_in_line:
            self._texts.append(" ")
            self._depth_in_line -= 1
            return
        self.flush()
        self._around.pop()
        if not self._tables:
            return
        table = self._tables[-1]
        if tag in ("td", "th"):
            self._target = table.before
        elif tag == "thead":
            table.in_head = False
        elif tag == "table":
            self._end_table(self._tables.pop())

    def text(self, text: str | None) -> None:
        """Add text."""
        if text:
            self._texts.append(text)
            if not text.isspace():
                self._is_unlinked |= not self._links
                self._is_light |= not self._bold

    @property
    def is_in_name(self) -> bool:
        """Whether it is in a heading or a term: a button there shows what is below it."""
        return self._around[-1].kind == "heading" or self._around[-1].term == "dt"

    def flush(self) -> None:
        """End the current piece."""
        text = "".join(self._texts)
        is_linked, is_bold = not self._is_unlinked, not self._is_light
        self._is_unlinked = self._is_light = False
        self._texts.clear()
        around = self._around[-1]
        if around.kind == "code":
            parts = [text.replace(_LINE_BREAK, "\n").strip("\r\n")]
        else:
            parts = [" ".join(part.split()) for part in _PARAGRAPH_BREAK.split(text)]
        for part in parts:
            if part.strip():
                piece = Piece(around.kind, part, around.level, around.region, term=around.term)
                piece.is_linked, piece.is_bold = is_linked, is_bold
                self._target.append(piece)

    def _is_block(self, element: _Element, tag: str) -> bool:
        return tag in BLOCKS or element.get("role") == "heading"

    def _start_in_table(self, element: _Element, tag: str, table: Table) -> None:
        if tag == "thead":
            table.in_head = True
        elif tag == "tr":
            table.rows.append(Row(table.in_head))
        elif tag in ("td", "th") and table.rows:
            cell = Cell([], tag == "th", _number(element, "colspan"), _number(element, "rowspan"))
            table.rows[-1].cells.append(cell)
            self._target = cell.pieces

    def _end_table(self, table: Table) -> None:
        self._number_of_tables += 1
        region = self._around[-1].region
        table.outer += pieces_of_table(table, self._number_of_tables, region)
        self._target = table.outer


def _inside(around: _Around, element: _Element, tag: str) -> _Around:
    """Return what is around the text of a block element. around: what is around the element."""
    kind, level, depth = around.kind, around.level, around.depth
    term: Literal["", "dt", "dd"] = around.term
    is_heading = element.get("role") == "heading" or tag in HEADINGS
    if element.get("role") == "heading":
        kind, level = "heading", _number(element, "aria-level", 2)
    elif tag == "summary" and next(element.iter(*HEADINGS), None) is not None:
        kind, level = "paragraph", 0
    elif tag in _KINDS:
        kind = _KINDS[tag]
        level = int(tag[1]) if tag[1:].isdigit() else _SUMMARY_LEVEL if kind == "heading" else 0
    elif _CAPTIONS.intersection((element.get("class") or "").split()):
        kind, level = "caption", 0
    elif tag in ("table", "td", "th"):
        kind, level, depth = "paragraph", 0, 0
    if tag in _LISTS:
        depth += 1
    elif kind == "item":
        level = max(depth, 1)
        term = "dt" if tag == "dt" else "dd" if tag == "dd" else "" if tag == "li" else term
    region = around.region
    if element.get("hidden") is not None or _NOT_DISPLAYED.search(element.get("style") or ""):
        region = "hidden"
    elif not region and (tag in _APART or element.get("role") in _ROLES_APART):
        region = "apart"
    return _Around(kind, level, depth, region, term, is_heading and _is_short(element))


def _is_short(element: _Element) -> bool:
    length = 0
    for text in element.itertext():
        length += len(text)
        if length > MAX_HEADING_CHARS:
            return False
    return True


def _number(element: _Element, name: str, default: int = 1) -> int:
    """Return a small number from an attribute."""
    value = (element.get(name) or "").strip()
    return int(value) if re.fullmatch(r"[1-9][0-9]{0,2}", value) else default
