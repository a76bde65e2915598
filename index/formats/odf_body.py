"""The body of ODF: paragraphs, lists, tables and text boxes, and the notes where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.formats.flow import Flow
from index.formats.formulas import before_mathml
from index.formats.grid import MAX_SPAN
from index.formats.odf_lists import Lists
from index.formats.odf_styles import Style, Styles
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
_TITLE_LEVELS = {"title": 1, "subtitle": 2}
"""Levels of the headings that frames on slides are for."""


class Body:
    """Reads the body of a document."""

    def __init__(self, styles: Styles, flow: Flow) -> None:
        self._styles = styles
        self._flow = flow
        self._slide = 0
        self._lists = Lists(styles.lists)
        self._covered = 0
        """How many of the next cells the last one, a wide one, covers."""
        self._frames: list[str] = []
        """What the frames around are for, on a slide: "title", "notes" and so on."""
        self._boxes: list[bool] = []
        """For each text box around: whether it is inside a paragraph."""
        self._starts = {
            "p": self._begin_paragraph,
            "h": self._begin_paragraph,
            "list": self._lists.begin,
            "list-item": self._lists.begin_item,
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
            "list": self._lists.end,
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
                self._flow.write(before_mathml(name, element))
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
        if name == "table":
            return self._styles.is_hidden_table(element)
        if name == "span":
            return self._styles.of_words(element).is_hidden
        if name in ("title", "desc"):
            return _around(element) not in _INLINE  # of a picture; there is a field of that name
        if name == "annotation":
            return _around(element) == "semantics"  # of a formula, in another language
        if name in _OF_ANNOTATIONS:
            return _around(element) == "annotation"
        if name == "section":
            return attribute(element, "display") == "none"
        return name in _SKIPPED

    def _begin_paragraph(self, element: Element) -> None:
        style = self._styles.of_paragraph(element)
        if style.begins_page:
            self._flow.begin_page()
        label = self._lists.take_number()
        if local(element) == "h" and label is None:
            label = self._lists.next_heading(element, style.list_style)
        self._flow.begin(self._piece(element, style, is_item=label is not None), label or "")

    def _piece(self, element: Element, style: Style, *, is_item: bool) -> Piece:
        """Return the block that a paragraph is, still empty."""
        if local(element) == "h":
            return Piece("heading", Inline(), max(number(element, "outline-level", 1), 1))
        if style.kind == "heading":
            return Piece("heading", Inline(), 1, is_title=True)
        if style.kind:
            return Piece(style.kind, Inline())
        if is_item:
            return Piece("item", Inline(), self._lists.depth)
        purpose = self._frames[-1] if self._frames and not self._lists.depth else ""
        level = _TITLE_LEVELS.get(purpose)
        return Piece("heading", Inline(), level) if level else Piece("paragraph", Inline())

    def _end_paragraph(self, element: Element) -> None:
        self._flow.end()

    def _enter(self, element: Element) -> None:
        self._flow.enter()

    def _begin_table(self, element: Element) -> None:
        is_sheet = _around(element) == "spreadsheet"
        if is_sheet and words(element):
            self._flow.begin(Piece("heading", Inline(attribute(element, "name")), 1))
            self._flow.end()
        self._flow.begin_table(is_sheet=is_sheet)

    def _begin_row(self, element: Element) -> None:
        self._covered = 0
        self._flow.grid.begin_row(is_header=_around(element) == "table-header-rows")

    def _end_cell(self, element: Element) -> None:
        pieces = self._flow.leave()
        columns = number(element, "number-columns-spanned", 1)
        rows = number(element, "number-rows-spanned", 1)
        for _ in range(_repeated(element)):
            self._flow.grid.add(pieces, columns=columns, rows=rows)
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
