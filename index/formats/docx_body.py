"""The body of DOCX: paragraphs, tables and text boxes, and the notes where they belong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from index.formats.charts import read_chart
from index.formats.docx_paragraphs import Paragraphs
from index.formats.docx_styles import is_on
from index.formats.flow import Flow
from index.formats.formulas import after_omml, before_omml
from index.formats.symbols import raised, symbol
from index.formats.xml_tree import attribute, child, is_repeated, local, number, walk

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Notes = dict[tuple[str, str], "Element"]
"""Footnotes, endnotes and comments by kind and id."""

_SKIPPED = frozenset(
    "del moveFrom instrText delText delInstrText pPr rPr sectPr tblPr tblGrid trPr tcPr sdtPr rt "
    "annotationRef".split()
)
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011"}
_PLAIN_TABLES = ("", "TableNormal", "TableGrid", "a1", "a3")
"""Styles of tables that do not set off the first row."""
_FIRST_ROW = 0x20
"""The bit of a table's look that sets off its first row."""


class Body:
    """Reads the body of a document."""

    def __init__(
        self,
        paragraphs: Paragraphs,
        notes: Notes,
        flow: Flow,
        charts: Mapping[str, Element],
        *,
        is_note: bool = False,
    ) -> None:
        """Create it.

        notes: those that were read are removed.
        charts: the roots of their parts, by id.
        is_note: whether it reads a note, which may have pages other than the text around it.
        """
        self._paragraphs = paragraphs
        self._notes = notes
        self._flow = flow
        self._charts = charts
        self._is_note = is_note
        self._is_raised = False
        self._starts = {
            "p": self._begin_paragraph,
            "r": self._begin_run,
            "t": self._write_text,
            "tbl": self._begin_table,
            "tr": self._begin_row,
            "tc": self._enter,
            "txbxContent": self._enter,
            "footnoteReference": self._add_note,
            "endnoteReference": self._add_note,
            "commentReference": self._add_comment,
            "lastRenderedPageBreak": self._begin_page,
            "sym": self._write_symbol,
            "chart": self._add_chart,
        }
        self._ends = {
            "p": self._end_paragraph,
            "tbl": self._end_table,
            "tc": self._end_cell,
            "txbxContent": self._end_box,
        }

    def read(self, root: Element) -> None:
        """Read what is in an element."""
        for event, name, element in walk(root, self._is_skipped):
            if event == "end":
                if name in self._ends:
                    self._ends[name](element)
                else:
                    self._flow.write(after_omml(name, element))
            elif event == "start":
                if name in self._starts:
                    self._starts[name](element)
                else:
                    self._flow.write(_BREAKS.get(name) or before_omml(name, element))

    def _is_skipped(self, name: str, element: Element) -> bool:
        if name == "r":
            return self._paragraphs.is_hidden_run(element)
        if name == "p":
            style = self._paragraphs.style(element)
            return style.is_contents or bool(style.is_hidden)
        if name == "tr":
            return child(element, "trPr", "del") is not None
        if name == "sdt":
            settings = child(element, "sdtPr")
            gallery = attribute(child(settings, "docPartObj", "docPartGallery"), "val")
            return gallery == "Table of Contents" or is_on(child(settings, "showingPlcHdr"))
        if name == "Fallback":
            return is_repeated(element)
        return name in _SKIPPED

    def _begin_run(self, element: Element) -> None:
        place = attribute(child(element, "rPr", "vertAlign"), "val")
        self._is_raised = place == "superscript"

    def _write_text(self, element: Element) -> None:
        self._flow.write(raised(element.text) if self._is_raised else element.text)

    def _write_symbol(self, element: Element) -> None:
        self._flow.write(symbol(attribute(element, "font"), attribute(element, "char")))

    def _begin_page(self, element: Element) -> None:
        if not self._is_note:
            self._flow.begin_page()

    def _begin_paragraph(self, element: Element) -> None:
        self._flow.begin(*self._paragraphs.begin(element))

    def _end_paragraph(self, element: Element) -> None:
        mark = child(element, "pPr", "rPr", "del")
        self._flow.end(is_unfinished=mark is not None)

    def _enter(self, element: Element) -> None:
        self._flow.enter()

    def _end_box(self, element: Element) -> None:
        self._flow.leave_box()

    def _begin_table(self, element: Element) -> None:
        settings = child(element, "tblPr")
        style = attribute(child(settings, "tblStyle"), "val")
        look = child(settings, "tblLook")
        marks = attribute(look, "val")
        is_set_off = attribute(look, "firstRow") in ("1", "true", "on") or (
            _is_hexadecimal(marks) and bool(int(marks, 16) & _FIRST_ROW)
        )
        self._flow.begin_table(has_style=is_set_off and style not in _PLAIN_TABLES)

    def _begin_row(self, element: Element) -> None:
        header = child(element, "trPr", "tblHeader")
        self._flow.grid.begin_row(is_header=is_on(header))

    def _end_cell(self, element: Element) -> None:
        pieces = self._flow.leave()
        settings = child(element, "tcPr")
        merged = child(settings, "vMerge")
        columns = number(child(settings, "gridSpan"), "val", 1)
        if merged is not None and attribute(merged, "val", "continue") == "continue":
            self._flow.grid.add_covered(columns=columns)
        else:
            self._flow.grid.add(pieces, columns=columns)

    def _end_table(self, element: Element) -> None:
        self._flow.end_table()

    def _add_chart(self, element: Element) -> None:
        chart = self._charts.get(attribute(element, "id"))
        if chart is not None:
            self._flow.enter()
            read_chart(chart, self._flow)
            self._flow.leave_box()

    def _add_note(self, element: Element) -> None:
        kind = local(element).removesuffix("Reference")
        note = self._notes.pop((kind, attribute(element, "id")), None)
        if note is not None:
            self._flow.enter()
            self._inner().read(note)
            self._flow.leave_note()

    def _add_comment(self, element: Element) -> None:
        comment = self._notes.pop(("comment", attribute(element, "id")), None)
        if comment is not None:
            self._flow.enter()
            self._inner().read(comment)
            self._flow.leave_comment(attribute(comment, "author"))

    def _inner(self) -> Body:
        """Return what reads a note: it has no notes of its own."""
        return Body(self._paragraphs, {}, self._flow, {}, is_note=True)


def _is_hexadecimal(digits: str) -> bool:
    return 0 < len(digits) <= 4 and all(digit in "0123456789abcdefABCDEF" for digit in digits)
