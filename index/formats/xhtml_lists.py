"""The numbers of list items in XHTML, as a reader shows them."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from index.formats.numbering import formatted
from index.formats.xml_tree import attribute, children, number

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_FORMS = {"1": "decimal", "a": "letters", "A": "LETTERS", "i": "roman", "I": "ROMAN"}
_STYLES = {
    "decimal": "decimal",
    "lower-alpha": "letters",
    "lower-latin": "letters",
    "upper-alpha": "LETTERS",
    "upper-latin": "LETTERS",
    "lower-roman": "roman",
    "upper-roman": "ROMAN",
}
_STYLE = re.compile(r"list-style(?:-type)?\s*:\s*([\w-]+)")
_PLAIN_CLASS = re.compile(r"\b(?:plain|none|unstyled|simple|no-?(?:bullets?|numbers?|marks?))\b")


class Numbers:
    """Counts the items of an ordered list."""

    def __init__(self, element: Element) -> None:
        """Create it from the list."""
        style = _STYLE.search(attribute(element, "style"))
        is_plain = _PLAIN_CLASS.search(attribute(element, "class").lower()) is not None
        form = _FORMS.get(attribute(element, "type"), "decimal")
        self._form = _STYLES.get(style[1], "") if style else "" if is_plain else form
        self._step = -1 if "reversed" in element.attrib else 1
        items = sum(1 for _ in children(element, "li")) if self._step < 0 else 1
        self._next = number(element, "start", items)

    def next(self, item: Element) -> str:
        """Return the number of the next item, such as "3."; empty if the list shows none."""
        shown = number(item, "value", self._next)
        self._next = shown + self._step
        return f"{formatted(shown, self._form)}." if self._form else ""


def is_numbered(text: str, number: str) -> bool:
    """Return whether the text of an item begins with its number, or there is none to be shown.

    Notes do, as in "[1] See above" or "¹ See above".
    """
    digits = number.rstrip(".")
    begin = text.lstrip().lstrip("[(")[: len(digits) + 1]
    begin = unicodedata.normalize("NFKC", begin)
    return not number or (begin.startswith(digits) and not begin[len(digits) :].isalnum())
