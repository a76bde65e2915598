"""Feeds, RSS and Atom: the articles that they hold, each under a heading."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.formats.base import Document, Format, Unreadable
from index.formats.text import TEXT
from index.formats.writing import Writer
from index.types import Article

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

HEAD_BYTES = 10_000
"""How much of a file is searched for the element that makes it a feed."""
ENTRY_LEVEL = 2
"""Of the heading of an entry, below the title of the feed."""
_FEED = re.compile(rb"<(?:rss|feed|(?:\w+:)?RDF)[\s/>]")
_LONE_AMPERSAND = re.compile(rb"&(?!#?\w{1,10};)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_BLANK_LINE = re.compile(r"\n\s*\n")
_ENTRIES = ("item", "entry")
_ADDRESS = "Address"
_RECORDS = ("Author", "Date published", "Date", _ADDRESS)


def _read(content: bytes, encoding: str | None) -> Document:
    if not _FEED.search(content[:HEAD_BYTES]):
        return TEXT.read(content, encoding)  # XML of another kind
    root, note = _parsed(content)
    from index.formats.xml_tree import children, local

    if local(root) not in ("rss", "feed", "RDF"):
        return TEXT.read(content, encoding)
    channel = next(children(root, "channel"), root)
    writer = Writer()
    title = _text_of(channel, "title")
    writer.add("heading", title, level=1)
    _write_about(writer, channel)
    for number, entry in enumerate(_entries(root, channel), start=1):
        _write_entry(writer, entry, number)
    if not len(writer):
        raise Unreadable("no text", "a feed without entries")
    return writer.document(title, note=note)


def links_in(article: Article) -> list[str]:
    """Return the addresses of the entries of a feed, in order. article: as it was read."""
    links, structure, in_entry = [], article.structure, False
    for block in structure:
        if block.kind == "heading" and block.level == ENTRY_LEVEL:
            in_entry = True
        elif block.kind == "row" and in_entry:
            name, *values = (
                article.text[cell.start : cell.end] for cell in structure.cells(block.span)
            )
            if name == _ADDRESS and values:
                links.append(values[0])
            in_entry = name in _RECORDS and name != _ADDRESS
        else:
            in_entry = False
    return links


def _parsed(content: bytes) -> tuple[Element, str]:
    """Parse a feed; return its root, and a note if a part of it cannot be read.

    Many use the entities of HTML, or forget to escape an ampersand.

    Raises: Unreadable.
    """
    from index.formats.xml_tree import parse_xml, with_numbered_entities

    content = with_numbered_entities(content)
    try:
        return parse_xml(content, "the feed"), ""
    except Unreadable:
        content = _LONE_AMPERSAND.sub(b"&amp;", content)
    try:
        return parse_xml(content, "the feed"), ""
    except Unreadable as error:
        if content.rfind(b"<![CDATA[") > content.rfind(b"]]>"):  # it would be dropped
            content += b"]]>"
        root = parse_xml(content, "the feed", recover=True)
        return root, f"damaged, so some of it may be missing ({error.detail})"


def _entries(root: Element, channel: Element) -> Iterator[Element]:
    """Yield the entries: those of RSS 1.0 are beside the channel, not in it."""
    from index.formats.xml_tree import local

    for parent in (channel,) if channel is root else (channel, root):
        yield from (each for each in parent if local(each) in _ENTRIES)


def _write_about(writer: Writer, channel: Element) -> None:
    for name in ("description", "subtitle", "tagline"):
        _write_content(writer, _text_of(channel, name), below=1)
    writer.record("Author", _author_of(channel))
    writer.record("Date", _first(channel, "lastBuildDate", "pubDate", "updated", "modified"))
    writer.record(_ADDRESS, _link_of(channel))


def _write_entry(writer: Writer, entry: Element, number: int) -> None:
    writer.add("heading", _text_of(entry, "title") or f"Entry {number}", level=ENTRY_LEVEL)
    writer.record("Author", _author_of(entry))
    published = _first(entry, "pubDate", "published", "issued", "date")
    writer.record("Date published", published)
    writer.record("Date", "" if published else _first(entry, "updated", "modified"))
    writer.record(_ADDRESS, _link_of(entry))
    for name in ("encoded", "content", "description", "summary"):
        if content := _content_of(entry, name):
            _write_content(writer, content, below=ENTRY_LEVEL)
            return


def _write_content(writer: Writer, content: str, *, below: int) -> None:
    """Write text that is HTML, or without any markup."""
    if not _TAG.search(content):
        for paragraph in _BLANK_LINE.split(html.unescape(content)):
            writer.add("paragraph", paragraph)
        return
    from index.formats.html import parsed_page
    from index.formats.html_elements import pieces_of
    from index.formats.html_main import visible_pieces
    from index.formats.html_writing import write_pieces
    from index.formats.mail_html import text_of_html

    tree = parsed_page(f"<html><body>{content}</body></html>")
    if tree is not None:
        write_pieces(writer, visible_pieces(pieces_of(tree)), below=below)
        return
    for paragraph in _BLANK_LINE.split(text_of_html(content)):
        writer.add("paragraph", paragraph)


def _content_of(entry: Element, name: str) -> str:
    """Return the HTML or text in an element; that of XHTML is markup of the feed itself."""
    from lxml.etree import tostring

    from index.formats.xml_tree import attribute, children, local

    for element in children(entry, name):
        inside = [each for each in element if local(each)]
        if attribute(element, "type") == "xhtml" or (inside and name == "content"):
            return "".join(tostring(_unnamed(each), encoding="unicode") for each in inside)
        text = "".join(element.itertext())
        if text.strip():
            return html.escape(text) if attribute(element, "type") == "text" else text
    return ""


def _unnamed(element: Element) -> Element:
    """Return XHTML with the names of HTML: without namespaces."""
    from index.formats.xml_tree import local

    for each in element.iter():
        if name := local(each):
            each.tag = name
    return element


def _text_of(element: Element, name: str) -> str:
    """Return the text of the first such child that has any, without markup of HTML."""
    from index.formats.mail_html import text_of_html
    from index.formats.xml_tree import children

    texts = ("".join(each.itertext()) for each in children(element, name))
    return next((found for text in texts if (found := text_of_html(text))), "")


def _first(element: Element, *names: str) -> str:
    return next((found for name in names if (found := _text_of(element, name))), "")


def _author_of(element: Element) -> str:
    from index.formats.xml_tree import children

    for author in children(element, "author"):
        if name := _text_of(author, "name"):
            return name
    return _first(element, "author", "creator", "managingEditor")


def _link_of(element: Element) -> str:
    """Return the address of an entry or a feed: not of the feed's own file or an attachment."""
    from index.formats.xml_tree import attribute, children

    for link in children(element, "link"):
        address = attribute(link, "href") or "".join(link.itertext())
        if address.strip() and attribute(link, "rel", "alternate") == "alternate":
            return address.strip()
    return ""


FEED = Format("feed 4", (".rss", ".atom", ".xml"), _read, isolated=True)
"""Other XML is read as plain text."""
