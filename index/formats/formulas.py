"""Formulas on one line, as in "a/b" and "x^2": files only say how their parts are placed.

OMML is what Office writes, MathML is in books.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.formats.xml_tree import attribute, child, local, words

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_OMML = {"den": "/", "rad": "√"}
_SUM = re.compile(r"\S\s*[+−–-]")
_MATHML = {"mfrac": "/", "msup": "^"}


def before_omml(name: str, element: Element) -> str:
    """Return what is written before a part of a formula; empty for any other element."""
    if name == "sup":
        return "^" if len(element) else ""
    if name == "nary":
        return attribute(child(element, "naryPr", "chr"), "val", "∫")[:1]
    if name == "d":
        return attribute(child(element, "dPr", "begChr"), "val", "(")[:1]
    mark = _OMML.get(name, "")
    return f"{mark}(" if _is_sum(name, element) else mark


def after_omml(name: str, element: Element) -> str:
    """Return what is written after a part of a formula; empty for any other element."""
    if name == "d":
        return attribute(child(element, "dPr", "endChr"), "val", ")")[:1]
    return ")" if _is_sum(name, element) else ""


def _is_sum(name: str, element: Element) -> bool:
    """Return whether an element is above or below the line of a fraction and needs brackets."""
    return name in ("num", "den") and _SUM.search(words(element)) is not None


def before_mathml(name: str, element: Element) -> str:
    """Return what is written before a part of a formula; empty for any other element."""
    if not name.startswith("m"):
        return ""
    if name == "msqrt":
        return "√"
    first = element.getprevious()
    around = element.getparent()
    is_second = first is not None and first.getprevious() is None
    return _MATHML.get(local(around), "") if is_second and around is not None else ""
