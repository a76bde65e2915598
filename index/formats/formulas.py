"""Formulas on one line, as in "a/b" and "x^2": office programs and books only place their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.formats.xml_tree import attribute, child, local

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

_DOCX = {"den": "/", "rad": "√"}
_MATHML = {"mfrac": "/", "msup": "^"}


def before_docx(name: str, element: Element) -> str:
    """Return what is written before a part of a formula; empty for any other element."""
    if name == "sup":
        return "^" if len(element) else ""
    if name == "nary":
        return attribute(child(element, "naryPr", "chr"), "val", "∫")[:1]
    if name == "d":
        return attribute(child(element, "dPr", "begChr"), "val", "(")[:1]
    return _DOCX.get(name, "")


def after_docx(name: str, element: Element) -> str:
    """Return what is written after a part of a formula; empty for any other element."""
    return attribute(child(element, "dPr", "endChr"), "val", ")")[:1] if name == "d" else ""


def before_mathml(name: str, element: Element) -> str:
    """Return what is written before a part of a formula; empty for any other element."""
    if name == "msqrt":
        return "√"
    around = element.getparent()
    is_second = around is not None and len(around) > 1 and around[1] is element
    return _MATHML.get(local(around), "") if around is not None and is_second else ""
