"""The package of an EPUB: which files are the book, in which order, and what is known about it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.formats.base import Unreadable
from index.formats.manuscript import Record, author_of, day_of
from index.formats.xml_tree import attribute, child, children, local, words
from index.formats.zipped import Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_CHAPTERS = (
    "application/xhtml+xml",
    "text/html",
    "application/x-dtbook+xml",
    "text/x-oeb1-document",
)
_CHAPTER_SUFFIXES = (".xhtml", ".html", ".htm")
_NCX = "application/x-dtbncx+xml"
_ROLES = {"": "Author", "aut": "Author", "edt": "Editor", "trl": "Translator", "ill": "Illustrator"}
_PUBLISHED = ("publication", "original-publication", "")
"""Events of the dates to be preferred; others are when a file was made or changed."""
_MAX_DATE_CHARS = 30


@dataclass(frozen=True, slots=True)
class Item:
    """A file of the book."""

    id: str
    path: str
    media: str
    properties: tuple[str, ...]

    @property
    def is_chapter(self) -> bool:
        """Whether it is text."""
        return self.media in _CHAPTERS or self.path.lower().endswith(_CHAPTER_SUFFIXES)


class Book:
    """What the package document says."""

    def __init__(self, package: Package) -> None:
        """Read it. Raises: Unreadable."""
        container = package.xml(CONTAINER)
        files = container.iter() if container is not None else ()
        paths = (attribute(each, "full-path") for each in files if local(each) == "rootfile")
        listed = (name for name in package.names() if name.lower().endswith(".opf"))
        path = next((path for path in (*paths, *listed) if path in package), "")
        root = package.xml(path)
        if root is None:
            raise Unreadable("damaged", "the list of the book's files is missing")
        self._folder = posixpath.dirname(path)
        self._metadata = child(root, "metadata")
        self._items = {
            attribute(each, "id"): Item(
                attribute(each, "id"),
                resolved(self._folder, attribute(each, "href")),
                attribute(each, "media-type"),
                tuple(attribute(each, "properties").split()),
            )
            for each in children(child(root, "manifest"), "item")
        }
        self._spine = child(root, "spine")
        self._skipped = {
            resolved(self._folder, attribute(each, "href"))
            for each in children(child(root, "guide"), "reference")
            if attribute(each, "type") == "toc"
        }
        self._encrypted = _encrypted(package)

    def chapters(self) -> Iterator[Item]:
        """Yield the files with the book's text, in reading order, each once.

        Raises: Unreadable if one is encrypted.
        """
        referred = [attribute(each, "idref") for each in children(self._spine, "itemref")]
        order = [self._items[id] for id in dict.fromkeys(referred) if id in self._items]
        chapters = [item for item in order or self._items.values() if item.is_chapter]
        for item in chapters:
            if item.path in self._encrypted:
                raise Unreadable("encrypted", "protected against copying (DRM)")
            if "nav" not in item.properties and (
                item.path not in self._skipped or len(chapters) == 1
            ):
                yield item

    def contents(self) -> tuple[str, str]:
        """Return the paths of the table of contents of EPUB 3 and that of EPUB 2; or ""."""
        items = self._items.values()
        nav = next((item.path for item in items if "nav" in item.properties), "")
        ncx = next((item.path for item in items if item.media == _NCX), "")
        return nav, ncx

    def properties(self) -> tuple[str, list[Record]]:
        """Return the title, empty if there is none, and what else is known."""
        roles = {
            attribute(each, "refines").lstrip("#"): words(each)
            for each in children(self._metadata, "meta")
            if attribute(each, "property") == "role"
        }
        records = []
        for name in ("creator", "contributor"):
            for each in children(self._metadata, name):
                role = attribute(each, "role") or roles.get(attribute(each, "id"), "")
                if role in _ROLES and (role or name == "creator"):
                    records.append((_ROLES[role], author_of(words(each))))
        records += [("Publisher", self._first("publisher")), ("Date", self._date())]
        records += [("Subject", words(each)) for each in children(self._metadata, "subject")][:10]
        return self._first("title"), [(name, value) for name, value in records if value]

    def _first(self, name: str) -> str:
        return next(filter(None, map(words, children(self._metadata, name))), "")

    def _date(self) -> str:
        """Return when the book was published, rather than when the file was made."""
        dates = {attribute(each, "event"): words(each) for each in children(self._metadata, "date")}
        found = (dates[event] for event in _PUBLISHED if event in dates)
        date = next(found, next(iter(dates.values()), ""))
        is_iso = re.match(r"\d{4}", date) is not None
        return day_of(date) if is_iso else date[:_MAX_DATE_CHARS]


def resolved(folder: str, address: str) -> str:
    """Return the path in the package that an address in one of its folders means."""
    path = posixpath.normpath(posixpath.join("/", folder, unquote(address.partition("#")[0])))
    return path.lstrip("/")


def _encrypted(package: Package) -> set[str]:
    """Return the paths of the files that are encrypted; fonts often are, which does not matter."""
    root = package.xml(_ENCRYPTION)
    found: Iterator[Element] = root.iter() if root is not None else iter(())
    return {
        resolved("", attribute(each, "URI")) for each in found if local(each) == "CipherReference"
    }
