"""The paragraph styles of DOCX: which are headings, captions, quotes, code and numbered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.xml_tree import attribute, child, children, number
from index.structure import Kind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_BASES = 20
"""How many styles may be based on each other; a file may let them do so in a circle."""
BODY_LEVEL = 9
"""The outline level of what is no heading. Headings have 0 to 8."""
_HEADING = re.compile(
    r"(?:heading|überschrift|titre|título|titolo|kop|rubrik|overskrift|otsikko|nagłówek|nadpis"
    r"|заголовок|başlık|címsor|標題|标题|見出し|제목)\s*(\d)(?:\s*char)?",
    re.IGNORECASE,
)
_NO_TITLES = ("subtitle", "author", "date", "abstract")
"""Styles that may be based on that of the title, but only for their looks."""
_OFF = ("0", "false", "off")
_CONTENTS = re.compile(r"toc ?\d|contents \d|table of (?:figures|authorities)", re.IGNORECASE)
_KINDS: dict[str, Kind] = {
    "caption": "caption",
    "image caption": "caption",
    "table caption": "caption",
    "quote": "quote",
    "intense quote": "quote",
    "quotations": "quote",
    "block text": "quote",
    "html preformatted": "code",
    "preformatted text": "code",
    "source code": "code",
    "code": "code",
    "macro": "code",
}


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says about its paragraphs."""

    kind: Kind | None = None
    """None if it does not say."""
    outline: int | None = None
    """Outline level from 0; `BODY_LEVEL` if it says that this is no heading."""
    list_id: str = ""
    """Of the list that numbers its paragraphs; empty if none does."""
    depth: int | None = None
    """Level in that list, from 0; None if the list says it."""
    is_title: bool | None = None
    """Whether it is the document's title; None if it does not say."""
    is_contents: bool = False
    """Whether the paragraphs are lines of a table of contents."""
    is_hidden: bool | None = None
    """None if it does not say."""


class Styles:
    """The styles of a document."""

    def __init__(self, root: Element | None) -> None:
        """Create it from the part with the styles; None if there is none."""
        self._elements = {attribute(each, "styleId"): each for each in children(root, "style")}
        self._known: dict[str, Style] = {}

    def __getitem__(self, id: str) -> Style:
        """Return the style with an id, with what it takes from the styles it is based on."""
        if id not in self._known:
            self._known[id] = self._resolved(id)
        return self._known[id]

    def _resolved(self, id: str) -> Style:
        style, base = Style(), id
        for _ in range(MAX_BASES):
            element = self._elements.get(base)
            own = _own(element) if element is not None else _named(base) if base == id else Style()
            style = _combined(style, own, is_based=base != id)
            base = attribute(child(element, "basedOn"), "val")
            if not base:
                break
        return style


def _own(element: Element) -> Style:
    """Return what a style says itself."""
    format = child(element, "pPr")
    outline = child(format, "outlineLvl")
    style = _named(attribute(child(element, "name"), "val"))
    hidden = child(element, "rPr", "vanish")
    numbering = child(format, "numPr")
    depth = child(numbering, "ilvl")
    return Style(
        style.kind,
        style.outline if outline is None else number(outline, "val", BODY_LEVEL),
        attribute(child(numbering, "numId"), "val"),
        None if depth is None else number(depth, "val"),
        style.is_title,
        style.is_contents,
        None if hidden is None else is_on(hidden),
    )


def is_on(element: Element | None) -> bool:
    """Return whether a switch such as `<w:vanish/>` is there and not off."""
    return element is not None and attribute(element, "val", "1").lower() not in _OFF


def _named(name: str) -> Style:
    """Return what the name of a style says."""
    heading = _HEADING.fullmatch(name.strip())
    if heading and int(heading[1]) > 0:
        return Style(outline=int(heading[1]) - 1)
    folded = name.strip().lower()
    return Style(
        _KINDS.get(folded),
        is_title=folded == "title" if folded in ("title", *_NO_TITLES) else None,
        is_contents=_CONTENTS.fullmatch(folded) is not None,
    )


def _combined(style: Style, base: Style, *, is_based: bool) -> Style:
    """Return a style with what it does not say itself taken from another one."""
    return Style(
        style.kind or base.kind,
        base.outline if style.outline is None else style.outline,
        style.list_id or base.list_id,
        base.depth if style.depth is None else style.depth,
        base.is_title if style.is_title is None and style.outline is None else style.is_title,
        style.is_contents or (base.is_contents and not is_based),
        base.is_hidden if style.is_hidden is None else style.is_hidden,
    )
