"""ODT, ODP and ODS: what LibreOffice shows, with headings, numbers, tables, notes, comments."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from index.formats.base import Document, Unreadable
from index.formats.flow import Flow
from index.formats.manuscript import Manuscript, Record, described
from index.formats.odf_body import Body
from index.formats.odf_styles import Styles
from index.formats.xml_tree import attribute, child, children, local, parse_xml, words
from index.formats.zipped import Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

CONTENT = "content.xml"
_MANIFEST = "META-INF/manifest.xml"


def read_odf(package: Package) -> Document:
    """Return the article in an ODT, ODP or ODS file. Raises: Unreadable."""
    if b"encryption-data" in (package.read(_MANIFEST) or b""):
        raise Unreadable("encrypted", "save a copy without a password")
    content = package.read(CONTENT)
    if content is None:
        raise Unreadable("damaged", f"the document is missing: {CONTENT}")
    root = parse_xml(content, CONTENT)
    if b"draw:object" in content:
        _insert_formulas(root, package)
    return _document(
        root,
        Styles([package.xml("styles.xml"), root]),
        child(package.xml("meta.xml"), "meta"),
        has_pages=b"soft-page-break" in content,
    )


def _insert_formulas(root: Element, package: Package) -> None:
    """Put the formulas of a document, which are files of their own, where it shows them."""
    for element in [each for each in root.iter() if local(each) == "object"]:
        folder = posixpath.normpath(attribute(element, "href"))
        try:
            formula = package.xml(posixpath.join(folder, CONTENT))
        except Unreadable:
            continue
        if formula is not None and local(formula) == "math":
            element.append(formula)


def read_flat_odf(content: bytes) -> Document:
    """Return the article in an ODT file that is all in one XML file. Raises: Unreadable."""
    root = parse_xml(content, "the file")
    has_pages = b"soft-page-break" in content
    return _document(root, Styles([root]), child(root, "meta"), has_pages=has_pages)


def _document(root: Element, styles: Styles, meta: Element | None, *, has_pages: bool) -> Document:
    body = child(root, "body")
    found = (child(body, kind) for kind in ("text", "presentation", "spreadsheet"))
    content = next((each for each in found if each is not None), None)
    if content is None:
        raise Unreadable("binary", "an OpenDocument file of another kind, such as a drawing")
    manuscript = Manuscript(*_properties(meta))
    flow = Flow(manuscript, has_pages=has_pages)
    Body(styles, flow).read(content)
    flow.finish()
    return manuscript.document()


def _properties(meta: Element | None) -> tuple[str, list[Record]]:
    """Return the title, empty if there is none, and what else is known."""

    def known(name: str) -> str:
        return ", ".join(filter(None, map(words, children(meta, name))))

    author = known("initial-creator") or known("creator")
    return described(known("title"), author, known("subject"), known("keyword"))
