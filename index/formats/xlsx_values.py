"""The values of cells in XLSX as they are shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.formats.number_formats import AS_IT_IS, shown, template
from index.formats.xml_tree import attribute, child, children, number

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 14: "d", 15: "d", 16: "d",
    17: "d", 18: "h", 19: "h", 20: "h", 21: "h", 22: "d h", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00", 45: "h", 46: "h", 47: "h",
}  # fmt: skip
"""The codes that matter of formats that files refer to by their numbers alone."""


class Values:
    """Reads the values of cells."""

    def __init__(self, strings: Element | None, styles: Element | None) -> None:
        """Create it from the parts with texts and styles."""
        texts = map(_text, children(strings, "si"))
        self._strings = {str(place): text for place, text in enumerate(texts)}
        codes = dict(_BUILT_IN)
        for each in children(child(styles, "numFmts"), "numFmt"):
            codes[number(each, "numFmtId")] = attribute(each, "formatCode")
        formats = children(child(styles, "cellXfs"), "xf")
        self._templates = {
            str(place): template(codes.get(number(each, "numFmtId"), ""))
            for place, each in enumerate(formats)
        }

    def text(self, cell: Element) -> str:
        """Return the value of a cell as it is shown; empty if it has none."""
        kind, found = cell.get("t", "n"), child(cell, "v")
        value = (found.text or "") if found is not None else ""
        if kind == "inlineStr":
            return _text(child(cell, "is"))
        if kind == "s":
            return self._strings.get(value, "")
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind != "n":
            return value
        return shown(value, self._templates.get(cell.get("s", "0"), AS_IT_IS))


def _text(element: Element | None) -> str:
    """Return a text, without how it is pronounced."""
    runs = () if element is None else (element, *children(element, "r"))
    return "".join(each.text or "" for run in runs for each in children(run, "t"))
