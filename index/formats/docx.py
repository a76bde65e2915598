"""DOCX: the text that Word shows, with its headings, numbers, tables, notes and comments."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from index.formats.base import Document, Unreadable
from index.formats.docx_body import Body
from index.formats.docx_headings import mark_headings
from index.formats.docx_numbering import Lists
from index.formats.docx_paragraphs import Paragraphs
from index.formats.docx_styles import Styles
from index.formats.flow import Flow
from index.formats.manuscript import Manuscript
from index.formats.opc import main_part, properties, related
from index.formats.xml_tree import attribute, local, parse_xml
from index.formats.zipped import Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAIN_PART = "word/document.xml"
_NOTES = ("footnote", "endnote", "comment")


def read_docx(package: Package) -> Document:
    """Return the article in a DOCX file. Raises: Unreadable."""
    main = main_part(package, MAIN_PART)
    content = package.read(main)
    if content is None:
        raise Unreadable("damaged", f"the document is missing: {main}")
    parts = {each.kind: each.path for each in related(package, main)}
    charts = {
        each.id: root
        for each in related(package, main)
        if each.kind == "chart" and (root := package.xml(each.path)) is not None
    }

    def part(kind: str) -> Element | None:
        default = posixpath.join(posixpath.dirname(main), f"{kind}.xml")
        return package.xml(parts.get(kind, default))

    notes = {}
    for kind in _NOTES:
        root = part(f"{kind}s")
        for each in root if root is not None else ():
            if local(each) == kind and attribute(each, "type", "normal") == "normal":
                notes[kind, attribute(each, "id")] = each
    paragraphs = Paragraphs(Styles(part("styles")), Lists(part("numbering")))
    manuscript = Manuscript(*properties(package))
    flow = Flow(manuscript, has_pages=b"lastRenderedPageBreak" in content)
    document = parse_xml(content, main)
    mark_headings(document, paragraphs)
    Body(paragraphs, notes, flow, charts).read(document)
    flow.finish()
    return manuscript.document()
