"""Finds headings in DOCX that are only formatted as such: short bold lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.formats.docx_paragraphs import INFERRED, Paragraphs
from index.formats.docx_styles import is_on
from index.formats.xml_tree import child, children, local

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_CHARS = 80
MAX_SHARE = 0.4
"""Of the paragraphs; where more are bold, it is no sign of a heading."""
_NO_HEADING_ENDS = (".", ",", ";", "!")


def mark_headings(root: Element, paragraphs: Paragraphs) -> None:
    """Mark short bold lines as headings, if a document has no others."""
    if any(local(each) == "p" and paragraphs.is_heading(each) for each in root.iter()):
        return
    filled = [each for each in children(child(root, "body"), "p") if _text(each).strip()]
    found = [each for each in filled if _is_bold_line(each)]
    if len(found) > MAX_SHARE * len(filled):
        return
    for element in found:
        element.set(INFERRED, "1" if element is filled[0] else "2")


def _is_bold_line(paragraph: Element) -> bool:
    text = _text(paragraph).strip()
    return (
        len(text) <= MAX_CHARS
        and any(char.isalpha() for char in text)
        and not text.endswith(_NO_HEADING_ENDS)
        and child(paragraph, "pPr", "numPr") is None
        and all(is_on(child(run, "rPr", "b")) for run in _runs(paragraph) if _text(run).strip())
    )


def _runs(paragraph: Element) -> Iterator[Element]:
    return (each for each in paragraph.iter() if local(each) == "r")


def _text(element: Element) -> str:
    return "".join(each.text or "" for each in element.iter() if local(each) == "t")
