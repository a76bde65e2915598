"""What kind of block a paragraph of DOCX is, and its automatic number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.docx_numbering import Lists
from index.formats.docx_styles import BODY_LEVEL, Style, Styles, is_on
from index.formats.pieces import Inline, Piece
from index.formats.xml_tree import attribute, child, number

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

INFERRED = "inferred-level"
"""Attribute of paragraphs that are only formatted as headings: the level, from 1."""
_NO_LIST = "0"


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """Knows the styles and the lists of a document."""

    styles: Styles
    lists: Lists

    def begin(self, paragraph: Element) -> tuple[Piece, str]:
        """Count a paragraph; return the block that it is, still empty, and its number."""
        format = child(paragraph, "pPr")
        id = attribute(child(format, "pStyle"), "val")
        style = self.styles[id]
        level = _outline(paragraph, style)
        label, depth = self._numbered(format, id, style)
        return self._piece(style, level, depth if label is not None else None), label or ""

    def is_heading(self, paragraph: Element) -> bool:
        """Return whether a paragraph is a heading by its style or its outline level."""
        level = _outline(paragraph, self.style(paragraph))
        return level is not None and 0 <= level < BODY_LEVEL

    def style(self, paragraph: Element) -> Style:
        """Return the style of a paragraph."""
        return self.styles[attribute(child(paragraph, "pPr", "pStyle"), "val")]

    def is_hidden_run(self, run: Element) -> bool:
        """Return whether a run of text is hidden, by itself or by its style."""
        format = child(run, "rPr")
        if format is None:
            return False
        own = child(format, "vanish")
        if own is not None:
            return is_on(own)
        return bool(self.styles[attribute(child(format, "rStyle"), "val")].is_hidden)

    def _piece(self, style: Style, outline: int | None, depth: int | None) -> Piece:
        """Return an empty block. depth: in a list, from 0; None for a paragraph that is in none."""
        if style.is_title:
            return Piece("heading", Inline(), 1, is_title=True)
        if outline is not None and 0 <= outline < BODY_LEVEL:
            return Piece("heading", Inline(), outline + 1)
        if style.kind or depth is None:
            return Piece(style.kind or "paragraph", Inline())
        return Piece("item", Inline(), depth + 1)

    def _numbered(
        self, format: Element | None, style_id: str, style: Style
    ) -> tuple[str | None, int]:
        """Return a paragraph's number, empty for a bullet, and its level in the list, from 0.

        None for a paragraph that is in no list.
        """
        own = child(format, "numPr")
        list_id = attribute(child(own, "numId"), "val") or style.list_id
        if not list_id or list_id == _NO_LIST:
            return None, 0
        depth = child(own, "ilvl")
        if depth is not None:
            level = number(depth, "val")
        elif style.depth is not None:
            level = style.depth
        else:
            level = self.lists.depth(list_id, style_id)
        return self.lists.next(list_id, level), level


def _outline(paragraph: Element, style: Style) -> int | None:
    """Return a paragraph's outline level, see `Style.outline`."""
    if inferred := number(paragraph, INFERRED):
        return inferred - 1
    own = child(paragraph, "pPr", "outlineLvl")
    return style.outline if own is None else number(own, "val", BODY_LEVEL)
