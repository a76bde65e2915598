"""The lists of DOCX: how their items are numbered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.formats.numbering import Counter, Level
from index.formats.xml_tree import attribute, child, children, number

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_DEPTH = 8
_FORMS = {
    "decimal": "decimal",
    "decimalZero": "zero",
    "upperRoman": "ROMAN",
    "lowerRoman": "roman",
    "upperLetter": "LETTERS",
    "lowerLetter": "letters",
    "ordinal": "ordinal",
    "bullet": "",
    "none": "",
}


@dataclass(slots=True)
class _Definition:
    levels: dict[int, Level]
    depth_of_style: dict[str, int]
    """Level from 0 of the paragraphs with a style."""
    counter: Counter = field(default_factory=Counter)


@dataclass(slots=True)
class _List:
    definition: _Definition
    levels: dict[int, Level]
    restarts: dict[int, int]
    """By level: the number of the first item of this list."""
    is_begun: bool = False


class Lists:
    """The lists of a document. Lists of the same definition are counted together."""

    def __init__(self, root: Element | None) -> None:
        """Create it from the part with the numbering; None if there is none."""
        elements = {
            attribute(each, "abstractNumId"): each for each in children(root, "abstractNum")
        }
        of_style = {
            style: each
            for each in elements.values()
            if (style := attribute(child(each, "styleLink"), "val"))
        }
        definitions: dict[str, _Definition] = {}
        self._lists: dict[str, _List] = {}
        for each in children(root, "num"):
            id = attribute(child(each, "abstractNumId"), "val")
            if id not in elements:
                continue
            if id not in definitions:
                linked = attribute(child(elements[id], "numStyleLink"), "val")
                definitions[id] = _definition(of_style.get(linked, elements[id]))
            self._lists[attribute(each, "numId")] = _list(each, definitions[id])

    def depth(self, list_id: str, style: str) -> int:
        """Return the level, from 0, that a list has for paragraphs with a style."""
        found = self._lists.get(list_id)
        return found.definition.depth_of_style.get(style, 0) if found else 0

    def next(self, list_id: str, depth: int) -> str | None:
        """Count an item; return its number, empty for a bullet; None if there is no such list."""
        found = self._lists.get(list_id)
        if found is None:
            return None
        depth = min(max(depth, 0), MAX_DEPTH)
        counter = found.definition.counter
        if not found.is_begun:
            found.is_begun = True
            for level, start in found.restarts.items():
                counter.restart(level, start)
        return counter.next(found.levels, depth)


def _definition(element: Element) -> _Definition:
    levels, styles = {}, {}
    for each in children(element, "lvl"):
        depth = number(each, "ilvl")
        levels[depth] = _level(each)
        if style := attribute(child(each, "pStyle"), "val"):
            styles[style] = depth
    return _Definition(levels, styles)


def _level(element: Element) -> Level:
    form = attribute(child(element, "numFmt"), "val", "decimal")
    is_legal = child(element, "isLgl")
    return Level(
        _FORMS.get(form, "decimal"),
        attribute(child(element, "lvlText"), "val"),
        number(child(element, "start"), "val", 0),
        is_legal is not None and attribute(is_legal, "val", "1") not in ("0", "false"),
        number(child(element, "lvlRestart"), "val", 1) != 0,
    )


def _list(element: Element, definition: _Definition) -> _List:
    levels, restarts = dict(definition.levels), {}
    for each in children(element, "lvlOverride"):
        depth = number(each, "ilvl")
        own = child(each, "lvl")
        if own is not None:
            levels[depth] = _level(own)
        start = child(each, "startOverride")
        if start is not None:
            restarts[depth] = number(start, "val", 1)
    return _List(definition, levels, restarts)
