"""The lists of PPTX: which paragraphs of a shape are items, and how they are numbered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.formats.numbering import CHECK_BOXES, formatted
from index.formats.xml_tree import attribute, child, number, words

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_TYPE = re.compile(r"(arabic|alphaLc|alphaUc|romanLc|romanUc)(ParenBoth|ParenR|Plain)?")
_FORMS = {
    "arabic": "decimal",
    "alphaLc": "letters",
    "alphaUc": "LETTERS",
    "romanLc": "roman",
    "romanUc": "ROMAN",
}
_TEMPLATES = {"ParenBoth": "({})", "ParenR": "{})", "Plain": "{}"}


class Items:
    """Counts the list items of one shape."""

    def __init__(self, *, has_bullets: bool = False) -> None:
        """Create it. has_bullets: whether a paragraph is an item unless it says otherwise."""
        self._has_bullets = has_bullets
        self._last: dict[int, tuple[str, int]] = {}
        """By level: how the last item was numbered, and its number."""

    def next(self, paragraph: Element) -> str | None:
        """Return a paragraph's number as it is shown, empty for a bullet, None if it is no item."""
        settings = child(paragraph, "pPr")
        level = number(settings, "lvl")
        for deeper in [each for each in self._last if each > level]:
            del self._last[deeper]
        style = child(settings, "buAutoNum")
        if style is None or not words(paragraph):
            self._last.pop(level, None)
            bullet = child(settings, "buChar")
            if child(settings, "buNone") is not None or not (
                self._has_bullets or bullet is not None
            ):
                return None
            char = attribute(bullet, "char")
            return char if char in CHECK_BOXES else ""
        kind, start = attribute(style, "type"), number(style, "startAt", 1)
        last_kind, last = self._last.get(level, ("", 0))
        count = last + 1 if kind == last_kind else start
        self._last[level] = kind, count
        return _shown(kind, count)


def _shown(kind: str, count: int) -> str:
    found = _TYPE.match(kind)
    if found is None:  # digits of another script, or in circles
        return f"{count}."
    return _TEMPLATES.get(found[2] or "", "{}.").format(formatted(count, _FORMS[found[1]]))
