"""The lists of ODF: how their items and the headings are numbered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.numbering import Counter, Level
from index.formats.odf_styles import OUTLINE
from index.formats.xml_tree import attribute, local, number

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_BULLETS = {depth: Level("") for depth in range(10)}
"""Levels of lists that no style describes."""


@dataclass(slots=True)
class _List:
    style: str
    counter: Counter
    number: str | None = None
    """Of the item that was begun, until its first paragraph has it; empty for a bullet."""


class Lists:
    """Counts the items of the lists that are being read, and the headings."""

    def __init__(self, styles: Mapping[str, Mapping[int, Level]]) -> None:
        """Create it. styles: see `Styles.lists`."""
        self._styles = styles
        self._open: list[_List] = []
        self._counters: dict[str, Counter] = {}
        """By the name of a list style, and by the id of a list."""

    @property
    def depth(self) -> int:
        """How many lists are being read, each in an item of the one before it."""
        return len(self._open)

    def begin(self, element: Element) -> None:
        """Begin a list, which may continue another one."""
        outer = self._open[-1] if self._open else None
        style = attribute(element, "style-name") or (outer.style if outer else "")
        if outer and style == outer.style:
            counter = outer.counter
        else:
            continued = attribute(element, "continue-list") or (
                style if attribute(element, "continue-numbering") == "true" else ""
            )
            counter = self._counters.get(continued) or Counter()
            self._counters[style] = counter
            if id := attribute(element, "id"):
                self._counters[id] = counter
        self._open.append(_List(style, counter))

    def end(self, element: Element) -> None:
        """End a list."""
        if self._open:
            self._open.pop()

    def begin_item(self, element: Element) -> None:
        """Count an item, unless it only holds another list."""
        if not self._open:
            return
        inner = self._open[-1]
        if start := number(element, "start-value"):
            inner.counter.restart(self.depth - 1, start)
        first = next((each for each in element if local(each) != "number"), None)
        is_only_nested = first is not None and local(first) == "list"
        inner.number = None if is_only_nested else self._next(inner.counter, inner.style)

    def take_number(self) -> str | None:
        """Return the number of the item that was begun, once; empty for a bullet."""
        if not self._open:
            return None
        taken, self._open[-1].number = self._open[-1].number, None
        return taken

    def next_heading(self, element: Element, list_style: str) -> str:
        """Count a heading; return its number, empty if it has none. list_style: of its style."""
        name = list_style if list_style in self._styles else OUTLINE
        levels = self._styles.get(name, {})
        is_numbered = any(level.form for level in levels.values())
        if not is_numbered or attribute(element, "is-list-header") == "true":
            return ""
        counter = self._counters.setdefault(name, Counter())
        depth = max(number(element, "outline-level", 1), 1) - 1
        return counter.next({**_BULLETS, **levels}, depth)

    def _next(self, counter: Counter, style: str) -> str:
        return counter.next({**_BULLETS, **self._styles.get(style, {})}, self.depth - 1)
