"""Notebooks (`.ipynb`): Markdown as Markdown, code as code with the text that it printed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeGuard

from index.formats.base import Document, Format, Unreadable, title_of
from index.formats.encoding import decode
from index.formats.parts import Parts
from index.formats.text import TEXT
from index.paragraphs import stripped
from index.structure import Block, Label, Structure
from index.types import Span

_INSTEAD_OF_TEXT = {"text/markdown", "application/vnd.jupyter.widget-view+json"}
"""Media types of an output whose plain text only names the object."""
MAX_OUTPUT_CHARS = 10_000
"""Of one cell: a program can print megabytes of progress."""
_SEPARATOR = "\n\n"
_INVALID = re.compile("[\0\ud800-\udfff]")
_OBJECT = re.compile(r"<[^<>]+>")
"""What Python prints of an object that only a browser shows: `<Figure size 640x480 with …>`."""
_TERMINAL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
"""Colours in what was printed."""

Json = dict[str, object]


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    if not text.lstrip().startswith("{"):
        return TEXT.read(content, encoding)
    try:
        notebook = json.loads(text)
    except RecursionError as error:
        raise Unreadable("damaged", "not a notebook: nested too deeply") from error
    except ValueError as error:
        raise Unreadable("damaged", f"not a notebook: {error}") from error
    if not _is_object(notebook):
        raise Unreadable("damaged", "not a notebook")
    writer = _Writer()
    for number, cell in enumerate(_cells(notebook), 1):
        writer.label(f"cell {number}")
        writer.add_cell(cell)
    return writer.document(_title(notebook), used)


class _Writer:
    """Builds the text and its structure at once."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self._parts = Parts()
        self._label = ""
        self._title = ""

    def label(self, label: str) -> None:
        """Set the place of what is added next."""
        self._label = label

    def add_cell(self, cell: Json) -> None:
        """Add a cell."""
        kind, source = cell.get("cell_type"), _joined(cell.get("source", cell.get("input")))
        if kind == "markdown":
            self._add_markdown(source)
        elif kind == "heading":  # until version 4 of the format
            level = cell.get("level")
            self._add_markdown(f"{'#' * (level if isinstance(level, int) else 1)} {source}")
        elif kind == "code":
            self._add_code(source)
            outputs = list(_objects(cell.get("outputs")))
            printed = "\n".join(filter(None, map(_printed, outputs)))
            self._add_code(printed[:MAX_OUTPUT_CHARS])
            for output in outputs:
                self._add_markdown(_joined(_shown(output).get("text/markdown"))[:MAX_OUTPUT_CHARS])
        else:
            self._add_markdown(source)

    def document(self, title: str, encoding: str) -> Document:
        """Return the article."""
        text = _SEPARATOR.join(self._texts)
        structure = self._parts.structure()
        words = title_of(title or self._title)
        return Document(text, words, encoding, structure, is_extracted=True)

    def _add_markdown(self, source: str) -> None:
        from index.formats.markdown_structure import MarkdownStructure

        source = source.strip()
        parsed = MarkdownStructure(source)
        if not self._texts:
            self._title = next(filter(None, parsed.titles()), "")
        self._add(source, _parts(parsed.structure(), len(source)))

    def _add_code(self, source: str) -> None:
        whole = stripped(source, 0, len(source))
        if whole:
            self._add(source, Parts([Block(whole, "code")]))

    def _add(self, text: str, parts: Parts) -> None:
        if not text.strip():
            return
        if self._texts:
            self._length += len(_SEPARATOR)
        if self._label:
            self._parts.labels.append(Label(self._length, self._label))
            self._label = ""
        self._parts.add(parts.shifted(self._length))
        self._texts.append(text)
        self._length += len(text)


def _parts(structure: Structure, length: int) -> Parts:
    whole = Span(0, length)
    return Parts(list(structure), structure.cells(whole), structure.hidden(whole))


def _cells(notebook: Json) -> Iterator[Json]:
    yield from _objects(notebook.get("cells"))
    for sheet in _objects(notebook.get("worksheets")):  # until version 4 of the format
        yield from _objects(sheet.get("cells"))


def _printed(output: Json) -> str:
    """Return the text of an output; empty for pictures, errors and what only a browser shows."""
    shown = _shown(output)
    if shown.keys() & _INSTEAD_OF_TEXT:
        return ""
    text = _TERMINAL.sub("", _joined(output.get("text") or shown.get("text/plain"))).strip("\n")
    return "" if _OBJECT.fullmatch(text) else text


def _shown(output: Json) -> Json:
    """Return what an output shows, by media type; until version 4 of the format beside the rest."""
    contained = output.get("data", output)
    return contained if _is_object(contained) else {}


def _title(notebook: Json) -> str:
    about = notebook.get("metadata")
    return _joined(about.get("title", about.get("name"))) if _is_object(about) else ""


def _joined(source: object) -> str:
    """Return a text that is stored as a string or as a list of lines."""
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    return _INVALID.sub("\ufffd", text)


def _objects(value: object) -> Iterator[Json]:
    yield from (each for each in (value if isinstance(value, list) else ()) if _is_object(each))


def _is_object(value: object) -> TypeGuard[Json]:
    return isinstance(value, dict)


NOTEBOOK = Format("notebook 2", (".ipynb",), _read, isolated=True)
