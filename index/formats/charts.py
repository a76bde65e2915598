"""Charts of DOCX and PPTX: their titles, and their values as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.formats.flow import Flow
from index.formats.number_formats import shown, template
from index.formats.pieces import Inline, Piece
from index.formats.xml_tree import attribute, child, children, local, words

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

Points = dict[str, str]
"""Texts or numbers by their place, from "0"."""
_CATEGORIES = ("cat", "xVal")
_VALUES = ("val", "yVal")


def read_chart(root: Element, flow: Flow) -> None:
    """Read a chart: a row for each category, with the value of each series."""
    chart = child(root, "chart")
    flow.begin(Piece("caption", Inline(words(child(chart, "title", "tx", "rich")))))
    flow.end()
    series = [each for each in root.iter() if local(each) == "ser"]
    if not series:
        return
    categories = _points(series[0], _CATEGORIES)
    values = [_points(each, _VALUES) for each in series]
    names = [" ".join(_points(each, ("tx",)).values()) for each in series]
    flow.begin_table()
    _add_row(flow, ["", *names], is_header=True)
    for place in categories or dict.fromkeys(key for each in values for key in each):
        _add_row(flow, [categories.get(place, place), *(each.get(place, "") for each in values)])
    flow.end_table()


def _points(series: Element, names: tuple[str, ...]) -> Points:
    """Return what a chart last showed of a series."""
    points = {}
    for part in (part for name in names for part in children(series, name)):
        code = next((words(each) for each in part.iter() if local(each) == "formatCode"), "")
        for point in (each for each in part.iter() if local(each) == "pt"):
            value = words(child(point, "v"))
            points[attribute(point, "idx")] = shown(value, template(code)) if code else value
    return points


def _add_row(flow: Flow, texts: list[str], *, is_header: bool = False) -> None:
    flow.grid.begin_row(is_header=is_header)
    for text in texts:
        flow.grid.add([Piece("paragraph", Inline(text))] if text else [])
