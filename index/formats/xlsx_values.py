"""The values of cells in XLSX as they are shown: dates, percentages, amounts of money."""

from __future__ import annotations

import math
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from index.formats.xml_tree import attribute, child, children, number

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 14: "d", 15: "d", 16: "d",
    17: "d", 18: "h", 19: "h", 20: "h", 21: "h", 22: "d h", 37: "#,##0", 38: "#,##0",
    39: "#,##0.00", 40: "#,##0.00", 45: "h", 46: "h", 47: "h",
}  # fmt: skip
"""The codes that matter of formats that files refer to by their numbers alone."""
_CURRENCY = re.compile(r"\[\$([^\]-]{1,5})[^\]]*\]|\"?([$€£¥])\"?")
_NO_CODE = re.compile(r"\"[^\"]*\"|\[[^\]]*\]|\\.|_.|\*.")
_DECIMALS = re.compile(r"\.(0+)")
_AS_IT_IS = "{:.15g}"
_FIRST_DAY = datetime(1899, 12, 30)
_MAX_DAYS = 2_900_000
"""Up to the year 9840."""


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
            str(place): _template(codes.get(number(each, "numFmtId"), ""))
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
        return self._number(value, cell.get("s", "0")) if kind == "n" else value

    def _number(self, value: str, style: str) -> str:
        try:
            amount = float(value)
        except ValueError:
            return value
        template = self._templates.get(style, _AS_IT_IS)
        if template.startswith("%") and 0 <= amount <= _MAX_DAYS:
            time = _FIRST_DAY + timedelta(seconds=round(amount * 86_400))
            return time.strftime(template)
        template = _AS_IT_IS if template.startswith("%") else template
        return template.format(amount) if math.isfinite(amount) else value


def _template(code: str) -> str:
    """Return a format such as `#,##0.00 "€"` as one of Python: for `strftime` if it begins with %.

    Of several, the one for positive numbers.
    """
    code = code.partition(";")[0]
    plain = _NO_CODE.sub("", code).lower()
    date = "%Y-%m-%d" if re.search("[dy]|mmm", plain) else ""
    if date or "h" in plain:
        return " ".join(filter(None, (date, "%H:%M" if "h" in plain else "")))
    if "0" not in plain:
        return _AS_IT_IS
    digits, currency = _DECIMALS.search(plain), _CURRENCY.search(code)
    comma, decimals = "," if "#,#" in plain else "", len(digits[1]) if digits else 0
    shown = f"{{:{comma}.{decimals}{'%' if '%' in plain else 'f'}}}"
    sign = (currency[1] or currency[2]).replace("{", "").replace("}", "") if currency else ""
    is_before = currency is not None and currency.start() < code.find("0")
    return f"{sign}{shown}" if is_before else f"{shown} {sign}".rstrip()


def _text(element: Element | None) -> str:
    """Return a text, without how it is pronounced."""
    runs = () if element is None else (element, *children(element, "r"))
    return "".join(each.text or "" for run in runs for each in children(run, "t"))
