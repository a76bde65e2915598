"""The blocks of a chapter of a book in XHTML. There is no navigation around it, so all is read."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.formulas import before_mathml
from index.formats.grid import Grid
from index.formats.pieces import Inline, Piece, Table
from index.formats.symbols import raised
from index.formats.xhtml_lists import Numbers, is_numbered
from index.formats.xhtml_marks import is_no_text, page_of
from index.formats.xml_tree import attribute, number, walk
from index.structure import Kind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_VERSE_CHARS = 100
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html li main menu ol p pre "
    "section summary table tbody td tfoot th thead tr ul".split()
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_LISTS = ("ul", "ol", "menu", "dir")
_CELLS = ("td", "th")
_SECTIONS = ("section", "article")
_SECTION_CLASSES = frozenset(
    "part chapter section sect1 sect2 sect3 sect4 preface appendix level1 level2 level3".split()
)
_BOXES = ("aside", "blockquote", "figure", "li", "dd", "details", *_CELLS)
"""What has headings that are only for itself."""
_KINDS: dict[str, Kind] = {
    "figcaption": "caption",
    "caption": "caption",
    "blockquote": "quote",
    "pre": "code",
}
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s*\Z")


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where an element with an id begins, between two pieces."""

    id: str


@dataclass(slots=True)
class _Block:
    """An element that is being read."""

    name: str
    is_section: bool = False
    heading_level: int = 0
    """Of a section: the level of its first heading."""
    has_text: bool = False
    """Whether text directly in it was read; the first of a list item is the item."""
    numbers: Numbers | None = None
    """Of a list whose items are numbered."""
    number: str = ""
    """Of a list item, until its first text has it."""
    verse: Piece | None = None
    """The line of verse that was read last in it: its lines are one block."""


class Chapter:
    """Reads one file of a book."""

    def __init__(self, anchors: Collection[str], pages: Mapping[str, str]) -> None:
        """Create it.

        anchors: ids to be told about.
        pages: labels of pages by the ids of the elements they begin with.
        """
        self._anchors = anchors
        self._pages = pages
        self._inline = Inline()
        self._blocks = [_Block("html")]
        self._containers: list[list[Piece | Table | Anchor]] = [[]]
        """What blocks are put into: the chapter, and the cells around."""
        self._grids: list[Grid] = []

    def read(self, root: Element) -> list[Piece | Table | Anchor]:
        """Return the pieces of an element, in order."""
        for event, name, element in walk(root, is_no_text):
            if event == "start":
                self._begin(name.lower(), element)
            elif event == "end" and name.lower() in _BLOCKS:
                self._end(name.lower(), element)
            elif event == "skip":
                self._skip(name.lower(), element)
            if event != "start" and element is not root:
                self._inline.write(element.tail)
        self._flush()
        return self._containers[0]

    def _begin(self, name: str, element: Element) -> None:
        if name in _BLOCKS:
            self._begin_block(name, element)
        elif name == "br":
            self._inline.write("\n")
        elif name == "img" and len(initial := attribute(element, "alt").strip()) == 1:
            self._inline.write(initial)  # a large first letter
        else:
            self._inline.write(before_mathml(name, element))
        id = element.get("id") or attribute(element, "id") or (name == "a" and element.get("name"))
        if id and id in self._anchors:
            self._containers[-1].append(Anchor(id))
        if id and id in self._pages:
            self._inline.label(self._pages[id])
        self._inline.write(raised(element.text) if name == "sup" else element.text)

    def _skip(self, name: str, element: Element) -> None:
        if label := page_of(element):
            self._inline.label(label)
        if name in _BLOCKS:
            self._inline.write("\n")

    def _begin_block(self, name: str, element: Element) -> None:
        if self._is_in_heading():
            self._inline.write(" ")
        else:
            self._flush()
        is_section = name in _SECTIONS or not _SECTION_CLASSES.isdisjoint(
            (element.get("class") or "").lower().split()
        )
        block = _Block(name, is_section)
        if name == "ol":
            block.numbers = Numbers(element)
        elif name == "li" and (numbers := self._blocks[-1].numbers):
            block.number = numbers.next(element)
        self._blocks.append(block)
        if name == "table":
            self._grids.append(Grid())
        elif name == "tr" and self._grids:
            is_header = self._is_in("thead")
            self._grids[-1].begin_row(is_header=is_header)
        elif name in _CELLS and self._grids:
            self._containers.append([])

    def _end(self, name: str, element: Element) -> None:
        if len(self._blocks) > 1 and not (
            self._is_in_heading() and self._blocks[-1].name not in _HEADINGS
        ):
            self._flush()
        self._blocks.pop()
        if not self._grids:
            return
        if name in _CELLS and len(self._containers) > 1:
            cell = self._containers.pop()
            self._grids[-1].add(
                [piece for piece in cell if not isinstance(piece, Anchor)],
                columns=number(element, "colspan", 1),
                rows=number(element, "rowspan", 1),
                is_header=name == "th",
            )
        elif name == "table":
            self._containers[-1] += self._grids.pop().pieces()

    def _is_in(self, *names: str) -> bool:
        """Return whether one of the elements around is of these, inside the table or cell."""
        for block in reversed(self._blocks):
            if block.name in names:
                return True
            if block.name in ("table", *_CELLS):
                return False
        return False

    def _is_in_heading(self) -> bool:
        return self._is_in(*_HEADINGS)

    def _flush(self) -> None:
        """Add the text that was read since the last block began or ended as a piece."""
        inline, self._inline = self._inline, Inline()
        pieces = self._containers[-1]
        if not inline.text.strip():
            if inline.last_label:
                pieces.append(Piece("paragraph", inline))
            return
        parent = self._blocks[-2] if len(self._blocks) > 1 else self._blocks[-1]
        is_line = self._blocks[-1].name == "div" and _is_line(inline)
        if is_line and parent.verse is not None and pieces and pieces[-1] is parent.verse:
            parent.verse.inline.append(inline, "\n")
        else:
            kind, level = self._kind(inline)
            piece = Piece(kind, inline, level)
            pieces.append(piece)
            parent.verse = piece if is_line else None
        if _SENTENCE_END.search(inline.text):
            parent.verse = None

    def _kind(self, inline: Inline) -> tuple[Kind, int]:
        """Return the kind and the level of the block that text is in; number a list item."""
        for position in range(len(self._blocks) - 1, -1, -1):
            block = self._blocks[position]
            if block.name in _HEADINGS:
                level = self._heading_level(position, int(block.name[1]))
                return ("heading", level) if level else ("paragraph", 0)
            if block.name in _KINDS:
                return _KINDS[block.name], 0
            if block.name == "li":
                if block.has_text:
                    return "paragraph", 0
                block.has_text = True
                if not is_numbered(inline.text, block.number):
                    inline.prepend(f"{block.number} ")
                around = (each.name for each in self._blocks[:position])
                return "item", max(sum(1 for each in around if each in _LISTS), 1)
            if block.name in _CELLS:
                break
        return "paragraph", 0

    def _heading_level(self, position: int, level: int) -> int:
        """Return the level of a heading; 0 if it does not divide the chapter, as in a box.

        It is deeper than the heading of the section around its own, even where both have the same
        element. position: of the heading in the elements around.
        """
        around = self._blocks[:position]
        if any(block.name in _BOXES for block in around):
            return 0
        sections = [block for block in around if block.is_section]
        above = (block.heading_level for block in reversed(sections[:-1]) if block.heading_level)
        level = max(level, next(above, 0) + 1)
        if sections and not sections[-1].heading_level:
            sections[-1].heading_level = level
        return level


def _is_line(inline: Inline) -> bool:
    return len(" ".join(inline.text.split())) <= MAX_VERSE_CHARS
