"""RTF: paragraphs, headings, lists, tables and footnotes."""

from __future__ import annotations

import codecs
import re

from index.formats.base import Document, Unreadable
from index.formats.flow import Flow
from index.formats.manuscript import Manuscript, Record, described
from index.formats.pieces import Inline, Piece, Table
from index.formats.rtf_source import (
    BOX,
    CELL,
    COMMENT,
    END,
    HEADING,
    MARKS,
    NOTE,
    ROW,
    TABLE,
    marked,
)

MAX_INFO_CHARS = 20_000
_HEAD_CHARS = 1_000
"""Where the code page stands."""
_INFO_NAMES = ("title", "author", "subject", "keywords")
_INFO = re.compile(rf"\{{\\({'|'.join(_INFO_NAMES)})\b((?:[^{{}}\\]|\\.)*+)\}}", re.DOTALL)
_HEADING = re.compile(f"{HEADING}([1-9])")
_APART = re.compile(f"([{NOTE}{BOX}{COMMENT}])([^{NOTE}{BOX}{COMMENT}{END}]*){END}")
"""A note, a text box or a comment in a paragraph."""
_PARAGRAPH = "\v"
"""Parts the paragraphs in it."""
_CODE_PAGE = re.compile(r"\\(?:(mac|pca?)\b|ansicpg(\d{1,5}) ?)")
_CODE_PAGES = {"mac": "mac_roman", "10000": "mac_roman", "pc": "cp437", "pca": "cp850"}
_CHARACTER_SET = re.compile(r"\\fcharset(78|79|80|82|85|86|87|88|89)\b")
_CHARACTER_SETS = {
    "78": "128", "79": "136", "80": "129", "82": "177", "85": "134", "86": "238", "87": "204",
    "88": "222", "89": "238",
}  # fmt: skip
"""Of old Macs, which Python does not know, and the nearest ones that it does."""
_ITEM = re.compile(r"\s*(?:[•·▪◦‣●○■§–-]|(\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]))\t(?=.*\S)")


def read_rtf(content: bytes) -> Document:
    """Return the article in an RTF file. Raises: Unreadable."""
    source = content.decode("latin-1")
    code_page = _code_page(source)
    source = _CODE_PAGE.sub("", source[:_HEAD_CHARS]) + source[_HEAD_CHARS:]
    manuscript = Manuscript(*_properties(source, code_page))
    text = _APART.sub(_on_one_line, _text(marked(source), code_page))
    _Reader(Flow(manuscript)).read(text)
    return manuscript.document()


def _text(source: str, code_page: str) -> str:
    """Return the text of RTF source. Raises: Unreadable."""
    from striprtf.striprtf import rtf_to_text

    source = _CHARACTER_SET.sub(lambda found: f"\\fcharset{_CHARACTER_SETS[found[1]]}", source)
    try:
        text: str = rtf_to_text(source, encoding=code_page, errors="replace")
    except (ValueError, LookupError, TypeError) as error:
        raise Unreadable("damaged", f"not RTF that can be read: {error}") from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _code_page(source: str) -> str:
    """Return the encoding of characters whose font has none of its own."""
    name = "cp1252"
    for family, number in _CODE_PAGE.findall(source, 0, _HEAD_CHARS):
        name = _CODE_PAGES.get(family or number, f"cp{number}" if number else name)
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _properties(source: str, code_page: str) -> tuple[str, list[Record]]:
    """Return the title, empty if there is none, and what else is known."""
    start = source.find("{\\info")
    if start < 0:
        return "", []
    found = dict(_INFO.findall(source, start, start + MAX_INFO_CHARS))
    known = {name: _text(f"{{\\rtf1 {words}}}", code_page) for name, words in found.items()}
    return described(*(" ".join(known.get(name, "").split()) for name in _INFO_NAMES))


def _without_marks(text: str) -> str:
    """Return text without marks; cells that are in no row are apart."""
    return MARKS.sub("", _HEADING.sub("", text.replace(f"{CELL}|", " ")))


def _on_one_line(apart: re.Match[str]) -> str:
    lines = (" ".join(_without_marks(line).split()) for line in apart[2].split("\n"))
    return f"{apart[1]}{_PARAGRAPH.join(filter(None, lines))}{END}"


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
            if MARKS.sub("", line).strip():
                self._end_table()
                self._read_line(line)

    def _end_table(self) -> None:
        if self._is_in_table:
            self._flow.end_table()
            self._is_in_table = False

    def _read_line(self, line: str) -> None:
        """Read a paragraph."""
        found = _APART.findall(line)
        heading = _HEADING.search(line)
        line = _without_marks(_APART.sub("", line))
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
        for mark, text in found:
            self._read_apart(mark, text)
        self._flow.end()

    def _read_apart(self, mark: str, text: str) -> None:
        """Read a note, a text box or a comment."""
        self._flow.enter()
        for paragraph in text.split(_PARAGRAPH):
            self._flow.begin(Piece("paragraph", Inline(paragraph)))
            self._flow.end()
        if mark == NOTE:
            self._flow.leave_note()
        elif mark == COMMENT:
            self._flow.leave_comment("")
        else:
            self._flow.leave_box()
