"""RTF: paragraphs, headings, lists, tables and footnotes."""

from __future__ import annotations

import re

from index.formats.base import Document, Unreadable
from index.formats.flow import Flow
from index.formats.manuscript import Manuscript, Record, described
from index.formats.pieces import Inline, Piece, Table
from index.formats.rtf_source import CELL, HEADING, NOTE, NOTE_END, ROW, TABLE, marked

MAX_INFO_CHARS = 20_000
_INFO_NAMES = ("title", "author", "subject", "keywords")
_INFO = re.compile(rf"\{{\\({'|'.join(_INFO_NAMES)})\b((?:[^{{}}\\]|\\.)*+)\}}", re.DOTALL)
_CODE_PAGE = re.compile(r"\\ansicpg\d{1,5}")
_HEADING = re.compile(f"{HEADING}([1-9])")
_NOTE = re.compile(f"{NOTE}([^{NOTE}{NOTE_END}]*){NOTE_END}")
_MARKS = re.compile("[\x01-\x08]")
_ITEM = re.compile(r"\s*(?:[•·▪◦‣●○■§-]|(\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]))\t(?=.*\S)")


def read_rtf(content: bytes) -> Document:
    """Return the article in an RTF file. Raises: Unreadable."""
    source = content.decode("latin-1")
    manuscript = Manuscript(*_properties(source))
    text = _NOTE.sub(_on_one_line, _text(marked(source)))
    _Reader(Flow(manuscript)).read(text)
    return manuscript.document()


def _text(source: str) -> str:
    """Return the text of RTF source. Raises: Unreadable."""
    from striprtf.striprtf import rtf_to_text

    try:
        text: str = rtf_to_text(source, encoding="cp1252", errors="replace")
    except (ValueError, LookupError, TypeError) as error:
        raise Unreadable("damaged", f"not RTF that can be read: {error}") from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _properties(source: str) -> tuple[str, list[Record]]:
    """Return the title, empty if there is none, and what else is known."""
    start = source.find("{\\info")
    if start < 0:
        return "", []
    info = source[start : start + MAX_INFO_CHARS]
    code_page = _CODE_PAGE.search(source[:1_000])
    head = f"{{\\rtf1{code_page[0] if code_page else ''} "
    known = {
        name: " ".join(_text(f"{head}{words}}}").split()) for name, words in _INFO.findall(info)
    }
    return described(*(known.get(name, "") for name in _INFO_NAMES))


def _on_one_line(note: re.Match[str]) -> str:
    return f"{NOTE}{' '.join(note[1].split())}{NOTE_END}"


class _Reader:
    """Finds the blocks in text with marks."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow
        self._is_in_table = False

    def read(self, text: str) -> None:
        """Read the whole text."""
        *rows, rest = text.split(ROW)
        for row in rows:
            first, *others = row.split(f"{CELL}|")
            mark = TABLE if TABLE in first else "\n"
            before, _, first = first.rpartition(mark)
            self._read_lines(before)
            if not self._is_in_table:
                self._flow.begin_table()
                self._is_in_table = True
            self._flow.grid.begin_row()
            for cell in [first, *others][: max(len(others), 1)]:
                self._flow.enter()
                for line in cell.split("\n"):
                    self._read_line(line)
                pieces: list[Piece | Table] = self._flow.leave()
                self._flow.grid.add(pieces)
        self._read_lines(rest)
        self._end_table()
        self._flow.finish()

    def _read_lines(self, text: str) -> None:
        for line in text.split("\n"):
            if _MARKS.sub("", line).strip():
                self._end_table()
                self._read_line(line)

    def _end_table(self) -> None:
        if self._is_in_table:
            self._flow.end_table()
            self._is_in_table = False

    def _read_line(self, line: str) -> None:
        """Read a paragraph."""
        notes = _NOTE.findall(line)
        heading = _HEADING.search(line)
        line = _MARKS.sub("", _HEADING.sub("", _NOTE.sub("", line)))
        item = _ITEM.match(line)
        if heading:
            piece = Piece("heading", Inline(), int(heading[1]))
        elif item:
            piece = Piece("item", Inline(), 1)
            line = f"{item[1] or ''} {line[item.end() :]}"
        else:
            piece = Piece("paragraph", Inline())
        self._flow.begin(piece)
        self._flow.write(line)
        for note in notes:
            self._flow.enter()
            self._flow.begin(Piece("paragraph", Inline()))
            self._flow.write(note)
            self._flow.end()
            self._flow.leave_note()
        self._flow.end()
