"""PPTX: the text of each slide, its tables, charts and diagrams, and the speaker's notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.formats.base import Document, Unreadable
from index.formats.charts import read_chart
from index.formats.flow import Flow
from index.formats.formulas import after_omml, before_omml
from index.formats.manuscript import Manuscript
from index.formats.opc import main_part, properties, related
from index.formats.pieces import Inline, Piece
from index.formats.pptx_lists import Items
from index.formats.symbols import raised
from index.formats.xml_tree import (
    attribute,
    child,
    children,
    is_repeated,
    local,
    number,
    walk,
    words,
)
from index.formats.zipped import Package

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAIN_PART = "ppt/presentation.xml"
_TITLES = ("title", "ctrTitle")
_FURNITURE = ("sldNum", "dt", "ftr", "hdr", "sldImg")
_RELATED = ("chart", "diagramData", "notesSlide", "comments")
_CONTENT = "obj"
"""The purpose of a placeholder that says none: its paragraphs have bullets."""
_ON = ("1", "true")


def read_pptx(package: Package) -> Document:
    """Return the article in a PPTX file. Raises: Unreadable."""
    main = main_part(package, MAIN_PART)
    root = package.xml(main)
    if root is None:
        raise Unreadable("damaged", f"the presentation is missing: {main}")
    paths = {each.id: each.path for each in related(package, main)}
    manuscript = Manuscript(*properties(package))
    order = (_reference(each) for each in children(child(root, "sldIdLst"), "sldId"))
    slides = [paths[id] for id in dict.fromkeys(order) if id in paths]
    for place, path in enumerate(slides, 1):
        slide = package.xml(path)
        if slide is not None:
            manuscript.label(f"slide {place}")
            flow = Flow(manuscript)
            _read_slide(slide, flow)
            parts = [each for each in related(package, path) if each.kind in _RELATED]
            for each in sorted(parts, key=lambda part: _RELATED.index(part.kind)):
                _read_related(package.xml(each.path), flow)
            flow.finish()
    return manuscript.document()


def _reference(slide: Element) -> str:
    """Return the id of the part of a slide, which has another attribute named "id"."""
    return next((str(value) for key, value in slide.attrib.items() if key.endswith("}id")), "")


def _read_slide(slide: Element, flow: Flow) -> None:
    """Read a slide, its title first."""
    titles = [
        shape for shape in slide.iter() if local(shape) == "sp" and _purpose(shape) in _TITLES
    ]
    for title in titles:
        text = words(child(title, "txBody"))
        flow.begin(Piece("heading", Inline(text), 1))
        flow.end()
    _Shapes(flow, skipped=(*_FURNITURE, *_TITLES)).read(slide)


def _read_related(root: Element | None, flow: Flow) -> None:
    """Read a chart, the data of a diagram, notes, or comments."""
    if root is None:
        return
    if local(root) == "chartSpace":
        read_chart(root, flow)
        return
    if local(root) == "notes":
        _Shapes(flow, skipped=_FURNITURE).read(root)
        return
    for each in root.iter():
        name = local(each)
        text = words(child(each, "t")) if name == "pt" else words(each) if name == "cm" else ""
        if text:
            flow.begin(Piece("comment" if name == "cm" else "item", Inline(text), 1))
            flow.end()


def _purpose(shape: Element) -> str:
    """Return what a shape is for, such as "title"; empty if it is only a shape."""
    placeholder = child(shape, "nvSpPr", "nvPr", "ph")
    return "" if placeholder is None else attribute(placeholder, "type", _CONTENT)


class _Shapes:
    """Reads the shapes of a slide or of its notes."""

    def __init__(self, flow: Flow, skipped: tuple[str, ...]) -> None:
        self._flow = flow
        self._skipped = skipped
        self._items = [Items()]
        """The list items of the shapes around."""

    def read(self, root: Element) -> None:
        """Read them in their order."""
        for event, name, element in walk(root, self._is_skipped):
            if event == "start":
                self._begin(name, element)
            elif event == "end":
                self._end(name, element)

    def _is_skipped(self, name: str, element: Element) -> bool:
        if name == "sp":
            return _purpose(element) in self._skipped
        return name == "Fallback" and is_repeated(element)

    def _begin(self, name: str, element: Element) -> None:
        if name == "sp":
            self._items.append(Items(has_bullets=_purpose(element) == _CONTENT))
        elif name == "p":
            label = self._items[-1].next(element)
            level = number(child(element, "pPr"), "lvl") + 1
            is_item = label is not None
            piece = Piece("item", Inline(), level) if is_item else Piece("paragraph", Inline())
            self._flow.begin(piece, label or "")
        elif name == "t":
            run = element.getparent()
            is_raised = number(child(run, "rPr"), "baseline") > 0
            self._flow.write(raised(element.text) if is_raised else element.text)
        elif name in ("br", "tab"):
            self._flow.write("\n")
        elif name == "tbl":
            is_set_off = attribute(child(element, "tblPr"), "firstRow") in _ON
            self._flow.begin_table(has_style=is_set_off)
        elif name == "tr":
            self._flow.grid.begin_row()
        elif name == "tc":
            self._flow.enter()
        else:
            self._flow.write(before_omml(name, element))

    def _end(self, name: str, element: Element) -> None:
        if name == "sp":
            self._items.pop()
        elif name == "p":
            self._flow.end()
        elif name == "tbl":
            self._flow.end_table()
        elif name == "tc":
            self._end_cell(element)
        else:
            self._flow.write(after_omml(name, element))

    def _end_cell(self, element: Element) -> None:
        pieces = self._flow.leave()
        if attribute(element, "hMerge") in _ON:
            return  # a part of the cell on the left
        columns = number(element, "gridSpan", 1)
        if attribute(element, "vMerge") in _ON:
            self._flow.grid.add_covered(columns=columns)
        else:
            self._flow.grid.add(pieces, columns=columns)
