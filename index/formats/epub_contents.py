"""The table of contents of an EPUB: names of chapters that their text may not mark as headings."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.base import Unreadable
from index.formats.epub_package import resolved
from index.formats.manuscript import MAX_HEADING_CHARS, is_same
from index.formats.pieces import Inline, Piece, Table
from index.formats.xhtml import Anchor
from index.formats.xhtml_marks import page_label
from index.formats.xml_tree import attribute, child, local, walk, words
from index.formats.zipped import Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

WHOLE_FILE = ""
"""Stands for the id of the start of a file."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the table of contents."""

    name: str
    level: int
    """How deep it is nested, from 1."""


class Contents:
    """The entries and the list of pages of a book, by file and id."""

    def __init__(self, package: Package, nav: str, ncx: str) -> None:
        """Read the table of contents of EPUB 3, or that of EPUB 2 if there is no other."""
        self.entries: dict[str, dict[str, Entry]] = defaultdict(dict)
        self.pages: dict[str, dict[str, str]] = defaultdict(dict)
        for path, reads in ((nav, self._read_nav), (ncx, self._read_ncx)):
            if path and not (self.entries and self.pages):
                try:
                    root = package.xml(path)
                except Unreadable:
                    continue  # the chapters are read without it
                if root is not None:
                    reads(root, posixpath.dirname(path), with_entries=not self.entries)

    def _read_nav(self, root: Element, folder: str, *, with_entries: bool) -> None:
        for nav in root.iter():
            if local(nav) != "nav":
                continue
            kinds = attribute(nav, "type", "toc").split()
            depth = 0
            for event, name, element in walk(nav, lambda *_: False):
                if name == "ol":
                    depth += {"start": 1, "end": -1}.get(event, 0)
                if event != "start" or name != "a":
                    continue
                file, id = _target(folder, attribute(element, "href"))
                if "toc" in kinds and with_entries:
                    self.entries[file].setdefault(id, Entry(words(element), max(depth, 1)))
                if "page-list" in kinds and (label := page_label(words(element))):
                    self.pages[file].setdefault(id, label)

    def _read_ncx(self, root: Element, folder: str, *, with_entries: bool) -> None:
        depth = 0
        for event, name, element in walk(root, lambda *_: False):
            if name == "navPoint":
                depth += {"start": 1, "end": -1}.get(event, 0)
            if event != "start" or name not in ("navPoint", "pageTarget"):
                continue
            file, id = _target(folder, attribute(child(element, "content"), "src"))
            name_shown = words(child(element, "navLabel", "text"))
            if name == "pageTarget" and (label := page_label(name_shown)):
                self.pages[file].setdefault(id, label)
            elif name == "navPoint" and with_entries:
                self.entries[file].setdefault(id, Entry(name_shown, depth))


def _target(folder: str, address: str) -> tuple[str, str]:
    """Return the path and the id that an address means."""
    return resolved(folder, address), address.partition("#")[2]


def with_headings(
    pieces: Iterable[Piece | Table | Anchor], entries: dict[str, Entry]
) -> Iterator[Piece | Table]:
    """Yield the pieces of a file, with a heading wherever the table of contents names a chapter.

    What has the words of the entry is the heading; or else a heading that is there anyway; or else
    the entry's name is added as one.
    """
    entry = entries.get(WHOLE_FILE)
    last = ""  # the words of the heading that was read last, if nothing came after it
    for piece in pieces:
        if isinstance(piece, Anchor):
            found = entries.get(piece.id)
            entry = found if found and not (last and is_same(last, found.name)) else entry
            continue
        if not isinstance(piece, Piece):
            if entry:
                yield _heading(entry)
                entry = None
            yield piece
            last = ""
            continue
        text = " ".join(piece.inline.text.split()) if len(piece.inline.text) < 2_000 else ""
        if entry and (text or piece.inline.text.strip()):
            if piece.kind == "heading" or is_same(text, entry.name):
                is_heading = piece.kind == "heading"
                level = max(piece.level, entry.level) if is_heading else entry.level
                piece = Piece("heading", piece.inline, level)
            else:
                yield _heading(entry)
            entry = None
        yield piece
        if piece.inline.text.strip():
            last = text if piece.kind == "heading" else ""


def _heading(entry: Entry) -> Piece:
    return Piece("heading", Inline(entry.name[:MAX_HEADING_CHARS]), entry.level)
