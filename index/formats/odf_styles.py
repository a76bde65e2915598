"""The styles of ODF: what is a title, a caption or a quote, what is hidden, how lists count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.numbering import Level
from index.formats.xml_tree import attribute, child, children, local, number
from index.structure import Kind

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_PARENTS = 20
_KINDS: dict[str, Kind] = {
    "caption": "caption",
    "quotations": "quote",
    "quote": "quote",
    "preformatted text": "code",
    "source code": "code",
    "title": "heading",
}
_FORMS = {"1": "decimal", "a": "letters", "A": "LETTERS", "i": "roman", "I": "ROMAN"}
_RAISED = re.compile(r"super|[1-9]")
"""How the position of raised words begins: "super 58%" or "33% 58%"."""
_CODE = re.compile(r"_([0-9a-f]{2})_")
_LEVELS = ("list-level-style-number", "list-level-style-bullet", "outline-level-style")
OUTLINE = "outline-style"
"""Stands for the list that numbers the headings."""


@dataclass(frozen=True, slots=True)
class Style:
    """What a style of paragraphs or of words says."""

    kind: Kind | None = None
    """"heading" for the document's title; None if it does not say."""
    list_style: str = ""
    begins_page: bool = False
    is_hidden: bool = False
    is_raised: bool = False


class Styles:
    """The styles of a document."""

    def __init__(self, roots: Iterable[Element | None]) -> None:
        """Create it from the files that have styles."""
        self._elements: dict[tuple[str, str], Element] = {}
        self._known: dict[tuple[str, str], Style] = {}
        self.lists: dict[str, Mapping[int, Level]] = {}
        """How each list style numbers its items, by level from 0."""
        for root in roots:
            for element in root.iter() if root is not None else ():
                name = local(element)
                if name == "style":
                    key = attribute(element, "family"), attribute(element, "name")
                    self._elements[key] = element
                elif name == "list-style":
                    self.lists[attribute(element, "name")] = _levels(element)
                elif name == OUTLINE:
                    self.lists[OUTLINE] = _levels(element)

    def of_paragraph(self, element: Element) -> Style:
        """Return the style of a paragraph or heading, with what it takes from its parents."""
        return self._style("paragraph", attribute(element, "style-name"))

    def of_words(self, element: Element) -> Style:
        """Return the style of words in a paragraph."""
        return self._style("text", attribute(element, "style-name"))

    def is_hidden_table(self, element: Element) -> bool:
        """Return whether a table or sheet is hidden."""
        style = self._elements.get(("table", attribute(element, "style-name")))
        return attribute(child(style, "table-properties"), "display") == "false"

    def _style(self, family: str, name: str) -> Style:
        key = family, name
        if key not in self._known:
            self._known[key] = self._resolved(family, name)
        return self._known[key]

    def _resolved(self, family: str, name: str) -> Style:
        kind: Kind | None = None
        list_style = display = position = ""
        begins_page = False
        for place in range(MAX_PARENTS):
            element = self._elements.get((family, name))
            words = child(element, "text-properties")
            kind = kind or _KINDS.get(_CODE.sub(_character, name).lower())
            list_style = list_style or attribute(element, "list-style-name")
            display = display or attribute(words, "display")
            position = position or attribute(words, "text-position")
            if place == 0:
                breaks = attribute(child(element, "paragraph-properties"), "break-before")
                begins_page = breaks == "page" or bool(attribute(element, "master-page-name"))
            name = attribute(element, "parent-style-name")
            if not name:
                break
        is_raised = _RAISED.match(position) is not None
        return Style(kind, list_style, begins_page, display == "none", is_raised)


def _levels(style: Element) -> dict[int, Level]:
    forms: dict[int, str] = {}
    levels: dict[int, Level] = {}
    for name in _LEVELS:
        for element in children(style, name):
            depth = number(element, "level", 1) - 1
            forms[depth] = _FORMS.get(attribute(element, "num-format"), "")
    for name in _LEVELS:
        for element in children(style, name):
            depth = number(element, "level", 1) - 1
            first = max(depth + 1 - number(element, "display-levels", 1), 0)
            shown = [f"%{each + 1}" for each in range(first, depth + 1) if forms.get(each)]
            before, after = attribute(element, "num-prefix"), attribute(element, "num-suffix")
            template = f"{before}{'.'.join(shown)}{after}"
            levels[depth] = Level(forms[depth], template, number(element, "start-value", 1))
    return levels


def _character(code: re.Match[str]) -> str:
    return chr(int(code[1], 16))
