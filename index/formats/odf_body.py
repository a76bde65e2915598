"""The body of ODF: paragraphs, lists, tables and text boxes, and the notes where they belong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.flow import Flow
from index.formats.grid import MAX_SPAN
from index.formats.numbering import Counter, Level
from index.formats.odf_styles import OUTLINE, Styles
from index.formats.pieces import Inline, Piece
from index.formats.symbols import raised
from index.formats.xml_tree import attribute, child, local, number, walk, words

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_BLANKS = 100
_SKIPPED = frozenset(
    "tracked-changes forms sequence-decls variable-decls user-field-decls dde-connection-decls "
    "table-of-content illustration-index table-index object-index user-index bibliography-source "
    "ruby-text note-citation script event-listeners number hidden-text "
    "hidden-paragraph shapes page-thumbnail date-time-decl header-decl footer-decl".split()
)
_OF_ANNOTATIONS = ("creator", "date", "date-string", "creator-initials", "sender-initials")
_INLINE = ("p", "h", "span", "a")
_BULLETS = {depth: Level("") for depth in range(10)}
"""Levels of lists that no style describes."""


@dataclass(slots=True)
class _List:
    style: str
    counter: Counter
    number: str | None = None
    """Of the item that was begun, until its first paragraph has it; empty for a bullet."""


class Body:
    """Reads the body of a document."""

    def __init__(self, styles: Styles, flow: Flow) -> None:
        self._styles = styles
        self._flow = flow
        self._slide = 0
        self._lists: list[_List] = []
        self._counters: dict[str, Counter] = {}
        """By the name of a list style, and by the id of a list."""
        self._covered = 0
        """How many of the next cells the last one, a wide one, covers."""
        self._frames: list[str] = []
        """What the frames around are for, on a slide: "title", "notes" and so on."""
        self._boxes: list[bool] = []
        """For each text box around: whether it is inside a paragraph."""
        self._starts = {
            "p": self._begin_paragraph,
            "h": self._begin_paragraph,
            "list": self._begin_list,
            "list-item": self._begin_item,
            "table": self._begin_table,
            "table-row": self._begin_row,
            "table-cell": self._enter,
            "covered-table-cell": self._enter,
            "text-box": self._begin_box,
            "note": self._enter,
            "annotation": self._enter,
            "soft-page-break": self._begin_page,
            "page": self._begin_slide,
            "frame": self._begin_frame,
            "s": self._write_blanks,
            "tab": self._write_tab,
            "line-break": self._write_break,
        }
        self._ends = {
            "p": self._end_paragraph,
            "h": self._end_paragraph,
            "list": self._end_list,
            "table": self._end_table,
            "table-cell": self._end_cell,
            "covered-table-cell": self._end_covered_cell,
            "text-box": self._end_box,
            "note": self._end_note,
            "annotation": self._end_comment,
            "frame": self._end_frame,
        }

    def read(self, root: Element) -> None:
        """Read what is in an element."""
        for event, name, element in walk(root, self._is_skipped):
            if event == "start":
                if name in self._starts:
                    self._starts[name](element)
                is_raised = name == "span" and self._styles.of_words(element).is_raised
                self._flow.write(raised(element.text) if is_raised else element.text)
            else:
                if event == "end" and name in self._ends:
                    self._ends[name](element)
                if element is not root:
                    self._flow.write(element.tail)

    def _is_skipped(self, name: str, element: Element) -> bool:
        if name in ("p", "h"):
            return self._styles.of_paragraph(element).is_hidden
        if name == "span":
            return self._styles.of_words(element).is_hidden
        if name in ("title", "desc"):
            return _around(element) not in _INLINE  # of a picture; there is a field of that name
        if name in _OF_ANNOTATIONS:
            return _around(element) == "annotation"
        if name == "section":
            return attribute(element, "display") == "none"
        return name in _SKIPPED

    def _begin_paragraph(self, element: Element) -> None:
        style = self._styles.of_paragraph(element)
        if style.begins_page:
            self._begin_page(element)
        is_heading = local(element) == "h"
        level = max(number(element, "outline-level", 1), 1)
        if self._lists and self._lists[-1].number is not None:
            label, self._lists[-1].number = self._lists[-1].number, None
        else:
            label = None
        if is_heading:
            if label is None and attribute(element, "is-list-header") != "true":
                label = self._outlined(level - 1, style.list_style)
            piece = Piece("heading", Inline(), level)
        elif style.kind == "heading":
            piece = Piece("heading", Inline(), 1, is_title=True)
        elif style.kind:
            piece = Piece(style.kind, Inline())
        elif label is not None:
            piece = Piece("item", Inline(), len(self._lists))
        elif self._frames and self._frames[-1] in ("title", "subtitle") and not self._lists:
            piece = Piece("heading", Inline(), 1 if self._frames[-1] == "title" else 2)
        else:
            piece = Piece("paragraph", Inline())
        self._flow.begin(piece, label or "")

    def _end_paragraph(self, element: Element) -> None:
        self._flow.end()

    def _outlined(self, depth: int, list_style: str) -> str:
        """Count a heading; return its number, empty if it has none."""
        name = list_style if list_style in self._styles.lists else OUTLINE
        levels = self._styles.lists.get(name, {})
        if not any(level.form for level in levels.values()):
            return ""
        counter = self._counters.setdefault(name, Counter())
        return counter.next({**_BULLETS, **levels}, depth)

    def _begin_list(self, element: Element) -> None:
        outer = self._lists[-1] if self._lists else None
        style = attribute(element, "style-name") or (outer.style if outer else "")
        if outer and style == outer.style:
            counter = outer.counter
        else:
            continued = attribute(element, "continue-list") or (
                style if attribute(element, "continue-numbering") == "true" else ""
            )
            counter = self._counters.get(continued) or Counter()
            self._counters[style] = counter
            if id := attribute(element, "id"):
                self._counters[id] = counter
        self._lists.append(_List(style, counter))

    def _end_list(self, element: Element) -> None:
        if self._lists:
            self._lists.pop()

    def _begin_item(self, element: Element) -> None:
        if not self._lists:
            return
        depth = len(self._lists) - 1
        levels = self._styles.lists.get(self._lists[-1].style, {})
        counter = self._lists[-1].counter
        if start := number(element, "start-value"):
            counter.restart(depth, start)
        first = next((each for each in element if local(each) != "number"), None)
        is_only_nested = first is not None and local(first) == "list"
        self._lists[-1].number = (
            None if is_only_nested else counter.next({**_BULLETS, **levels}, depth)
        )

    def _enter(self, element: Element) -> None:
        self._flow.enter()

    def _begin_table(self, element: Element) -> None:
        self._flow.begin_table()

    def _begin_row(self, element: Element) -> None:
        self._covered = 0
        self._flow.grid.begin_row(is_header=_around(element) == "table-header-rows")

    def _end_cell(self, element: Element) -> None:
        pieces = self._flow.leave()
        columns = number(element, "number-columns-spanned", 1)
        for _ in range(_repeated(element)):
            self._flow.grid.add(pieces, columns=columns)
        self._covered = columns - 1

    def _end_covered_cell(self, element: Element) -> None:
        self._flow.leave()
        for _ in range(_repeated(element)):
            if self._covered > 0:
                self._covered -= 1
            else:
                self._flow.grid.add_covered()

    def _end_table(self, element: Element) -> None:
        self._flow.end_table()

    def _begin_box(self, element: Element) -> None:
        self._boxes.append(self._flow.is_in_paragraph)
        if self._boxes[-1]:
            self._flow.enter()

    def _end_box(self, element: Element) -> None:
        if self._boxes.pop():
            self._flow.leave_box()

    def _end_note(self, element: Element) -> None:
        self._flow.leave_note()

    def _end_comment(self, element: Element) -> None:
        self._flow.leave_comment(words(child(element, "creator")))

    def _begin_page(self, element: Element) -> None:
        self._flow.begin_page()

    def _begin_slide(self, element: Element) -> None:
        self._slide += 1
        self._flow.label(f"slide {self._slide}")

    def _begin_frame(self, element: Element) -> None:
        self._frames.append(attribute(element, "class"))

    def _end_frame(self, element: Element) -> None:
        self._frames.pop()

    def _write_blanks(self, element: Element) -> None:
        self._flow.write(" " * min(max(number(element, "c", 1), 1), MAX_BLANKS))

    def _write_tab(self, element: Element) -> None:
        self._flow.write("\t")

    def _write_break(self, element: Element) -> None:
        self._flow.write("\n")


def _around(element: Element) -> str:
    """Return the local name of the element around another one."""
    parent = element.getparent()
    return "" if parent is None else local(parent)


def _repeated(cell: Element) -> int:
    """Return how many cells in a row are the same as this one, with it."""
    return min(max(number(cell, "number-columns-repeated", 1), 1), MAX_SPAN)
