"""LaTeX: headings, lists, tables, code and comments."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

from index.formats.base import Document, Format, title_of
from index.formats.building import Range, without
from index.formats.encoding import decode
from index.formats.marked_lines import MarkedLines
from index.structure import Kind

_LEVELS = {
    name: level
    for level, name in enumerate(
        "part chapter section subsection subsubsection paragraph".split(), start=1
    )
}
_HEADING = re.compile(r"[ \t]*\\(" + "|".join(_LEVELS) + r")\*?[ \t]*(?:\[[^\]\n]*\])?[ \t]*\{")
_RECORD = re.compile(r"[ \t]*\\(title|author|date)[ \t]*\{")
_BEGIN = re.compile(r"[ \t]*\\begin\{(\w+)\*?\}")
_END = re.compile(r"[ \t]*\\end\{(\w+)\*?\}")
_ITEM = re.compile(r"[ \t]*\\item\b[ \t]*")
_VERBATIM: dict[str, Kind] = {
    **dict.fromkeys(("verbatim", "lstlisting", "minted", "Verbatim"), "code"),
    "comment": "comment",
}
_TABLES = {"tabular", "tabularx", "longtable", "array"}
_COMMAND_LINE = re.compile(
    r"[ \t]*\\(?:documentclass|usepackage|maketitle|tableofcontents|label|centering|hline|toprule|"
    r"midrule|bottomrule|newpage|clearpage|bibliography\w*|newcommand|renewcommand|input|include|"
    r"setlength|pagestyle|appendix|noindent|bigskip|medskip|smallskip)\b[^%]*$"
)
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\r\n]*")
_INLINE = re.compile(
    r"\\(?:label|index|vspace|hspace|pagestyle)\*?\{[^{}\n]*\}"  # with what is in braces
    r"|\\(?:item|centering|noindent|quad|qquad|par|hline|\\|,|;|!)[ \t]*"
    r"|\\[a-zA-Z]+\*?(?:\[[^\]\n]{0,200}\])?(?=\{)|[{}]|\\(?=[%&$#_{}])"
)
_RULE = re.compile(r"[ \t]*\\(?:hline|midrule)\b[ \t]*$")
_AMPERSAND = re.compile(r"(?<!\\)&")
_ROW_END = re.compile(
    r"\\\\(?:\[[^\]\n]{0,50}\])?[ \t]*(?:\\(?:hline|midrule|toprule|bottomrule)[ \t]*)*$"
)


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    reader = _Tex(text)
    reader.read()
    return Document(text, title_of(reader.title), used, reader.lines.structure())


TEX = Format("tex 1", (".tex", ".ltx"), _read)


def _inline(text: str) -> Iterator[Range]:
    """Yield the markup in a paragraph: comments, commands without their words, and braces."""
    comments = [match.span() for match in _COMMENT.finditer(text)]
    for match in _COMMENT.finditer(text):
        yield match.end(1), match.end()
    for match in _INLINE.finditer(_blanked(text, comments)):
        yield match.span()


def _blanked(text: str, spans: list[Range]) -> str:
    """Return a text with blanks for some spans, so that offsets stay the same."""
    parts, position = [], 0
    for start, end in spans:
        parts += [text[position:start], " " * (end - start)]
        position = end
    return "".join([*parts, text[position:]])


class _Tex:
    def __init__(self, text: str) -> None:
        self.lines = MarkedLines(text, _inline)
        self.title = ""
        self._tables = 0  # how many environments with rows are open
        self._header: int | None = None
        self._has_rows = False
        self._unclosed: set[str] = set()

    def read(self) -> None:
        """Add all blocks."""
        line = 0
        while line < len(self.lines):
            line = line + 1 if self.lines.is_blank(line) else self._block(line)

    def _block(self, line: int) -> int:
        """Add the block that begins on a line; return the line after it."""
        lines, content = self.lines, self.lines[line]
        if content.lstrip().startswith("%"):
            return self._comment(line)
        if match := _HEADING.match(content) or _RECORD.match(content):
            return self._command(line, match)
        if match := _BEGIN.match(content):
            if match[1] in _VERBATIM:
                return self._verbatim(line, match[1])
            self._enter(match[1])
            lines.add("furniture", line, line + 1)
            return line + 1
        if match := _END.match(content):
            self._tables -= match[1] in _TABLES and self._tables > 0
            lines.add("furniture", line, line + 1)
            return line + 1
        if self._tables and (_AMPERSAND.search(content) or _ROW_END.search(content)):
            self._row(line)
            return line + 1
        if _COMMAND_LINE.match(content):
            lines.add("furniture", line, line + 1)
            return line + 1
        last = self._end_of_text(line + 1)
        self._text(line, last)
        return last

    def _end_of_text(self, line: int) -> int:
        """Return where a paragraph ends. A comment between two of its lines belongs to it."""
        last = line
        while not self.lines.is_blank(line) and not self._opens(line):
            is_comment = self.lines[line].lstrip().startswith("%")
            line += 1
            last = last if is_comment else line
        return last

    def _enter(self, name: str) -> None:
        if name in _TABLES:
            self._tables += 1
            self._header, self._has_rows = None, False

    def _opens(self, line: int) -> bool:
        content = self.lines[line]
        starts = (_HEADING, _RECORD, _BEGIN, _END, _ITEM, _COMMAND_LINE)
        return any(start.match(content) for start in starts)

    def _text(self, line: int, last: int) -> None:
        item = _ITEM.match(self.lines[line])
        if item is None:
            self.lines.add_text(line, last)
            return
        start, end = self.lines.range(line, last)
        hidden = [(start, start + item.end()), *self.lines.markup(start, end)]
        self.lines.builder.add("item", (start, end), level=1, hidden=hidden)

    def _comment(self, line: int) -> int:
        lines, last, hidden = self.lines, line, []
        while last < len(lines) and lines[last].lstrip().startswith("%"):
            mark = lines.starts[last] + lines.indent(last)
            hidden.append((mark, mark + 1))
            last += 1
        lines.add("comment", line, last, hidden)
        return last

    def _verbatim(self, line: int, name: str) -> int:
        r"""Add what is between \begin and \end of an environment that LaTeX does not interpret."""
        lines = self.lines
        starts, ends = lines.starts, lines.ends
        closing = -1 if name in self._unclosed else lines.text.find(f"\\end{{{name}", ends[line])
        last = bisect_right(starts, closing) - 1
        if closing < 0 or last <= line + 1:
            if closing < 0:
                self._unclosed.add(name)
            lines.add("furniture", line, line + 1)
            return line + 1
        hidden = [(starts[line], starts[line + 1]), (ends[last - 1], ends[last])]
        lines.add(_VERBATIM[name], line, last + 1, hidden)
        return last + 1

    def _row(self, line: int) -> None:
        start, end = self.lines.range(line, line + 1)
        content = self.lines[line]
        row_end = _ROW_END.search(content)
        stop = start + row_end.start() if row_end else end
        marks = [start + mark.start() for mark in _AMPERSAND.finditer(content)]
        borders = [start - 1, *(mark for mark in marks if mark < stop), stop]
        cells = [self.lines.cell(begin + 1, last) for begin, last in pairwise(borders)]
        number = self.lines.add_row((start, end), cells, self._header)
        if not self._has_rows and self._is_ruled(line):
            self._header = number
        self._has_rows = True

    def _is_ruled(self, line: int) -> bool:
        """Return whether there is a rule below a row."""
        below = self.lines[line + 1] if line + 1 < len(self.lines) else ""
        return bool(_RULE.search(self.lines[line]) or _RULE.match(below))

    def _command(self, line: int, match: re.Match[str]) -> int:
        """Add a heading or record, whose words are in braces."""
        lines = self.lines
        start = lines.starts[line]
        opening = start + match.end()
        closing = _closing_brace(lines.text, opening, opening + 2_000)
        if closing is None:
            self.lines.add_text(line, line + 1)
            return line + 1
        last = line + 1
        while last < len(lines) and lines.starts[last] <= closing:
            last += 1
        whole = start, closing + 1
        if match[1] in _LEVELS:
            lines.add_heading(whole, (opening, closing), _LEVELS[match[1]])
        else:
            key = start + match.start(1), start + match.end(1)
            lines.add_record(whole, key, (opening, closing))
            if match[1] == "title" and not self.title:
                unread = lines.markup(opening, closing)
                self.title = without(lines.text, (opening, closing), unread)
        rest = closing + 1, lines.ends[last - 1]
        lines.builder.add("paragraph", rest, hidden=lines.markup(*rest))
        return last


def _closing_brace(text: str, start: int, end: int) -> int | None:
    """Return where the brace before `start` is closed; None if it is not before `end`."""
    depth = 1
    for brace in re.finditer(r"(?<!\\)[{}]", text[start:end]):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return start + brace.start()
    return None
