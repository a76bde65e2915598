"""EPUB: the chapters of a book in reading order, with its headings and the pages of print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.formats.base import Document, Unreadable
from index.formats.epub_contents import Contents, with_headings
from index.formats.epub_package import Book
from index.formats.manuscript import Manuscript
from index.formats.xhtml import Chapter
from index.formats.xml_tree import parse_html, parse_xml, with_numbered_entities, without_doctype
from index.formats.zipped import Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element


def read_epub(package: Package) -> Document:
    """Return the article in an EPUB. Raises: Unreadable."""
    book = Book(package)
    contents = Contents(package, *book.contents())
    manuscript = Manuscript(*book.properties())
    unread = 0
    for item in book.chapters():
        content = package.read(item.path)
        root = None if content is None else _root(content, item.path)
        if root is None:
            unread += 1
            continue
        entries, pages = contents.entries[item.path], contents.pages[item.path]
        pieces = Chapter(entries, pages).read(root)
        manuscript.add(with_headings(pieces, entries))
    note = f"{unread} of the book's files cannot be read" if unread else ""
    if note and manuscript.is_empty:
        raise Unreadable("damaged", note)
    return manuscript.document(note)


def _root(content: bytes, name: str) -> Element | None:
    """Return the root of a chapter, even of one that is not quite XML; None if it is damaged."""
    content = with_numbered_entities(without_doctype(content))
    try:
        return parse_xml(content, name)
    except Unreadable as error:
        if error.reason != "damaged":
            raise
    return parse_html(content)
