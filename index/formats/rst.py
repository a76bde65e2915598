"""reStructuredText: headings, lists, tables, code and directives."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from index.formats.base import Document, Format, title_of
from index.formats.building import Range
from index.formats.encoding import decode
from index.formats.marked_lines import MarkedLines
from index.structure import MAX_LEVEL

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1{2,}$")
_UNDERLINE = re.compile(r"""([-=~^"'`#*+.:_])\1*$""")
_EXPLICIT = re.compile(r"[ \t]*\.\.(?:[ \t]+|$)")
_DIRECTIVE = re.compile(r"([\w:.+-]*[\w.+-])::(?:[ \t]+|$)")
_TARGET = re.compile(r"_(`[^`\n]+`|[^:\n]+):[ \t]*")
_NOTE = re.compile(r"\[[^\]\n]+\][ \t]+")
_OPTION = re.compile(r"[ \t]+:[\w-]+:")
_FIELD = re.compile(r"[ \t]*:([^:\n`]+(?::[^:\n`]+)*):(?:[ \t]+|$)")
_CODE = {"code", "code-block", "sourcecode", "parsed-literal", "literalinclude", "math", "doctest"}
_UNREAD = {"image", "toctree", "contents", "include", "raw", "meta", "highlight", "index"}
_SIMPLE_RULE = re.compile(r"[ \t]*=+(?:[ \t]+=+)+$")
_GRID_RULE = re.compile(r"[ \t]*\+(?:[-=]+\+)+$")
_COLUMN = re.compile("=+")
_INLINE = re.compile(
    r"``(?P<literal>[^\n`](?:[^\n]{0,300}?[^\n`])?)``"
    r"|(?::[\w:+-]{1,40}:)?`(?P<words>[^`<]{1,300}?)(?:\s*<[^`>]{1,300}>)?`_{0,2}"
    r"|\*\*(?P<strong>[^\s*](?:[^*]{0,300}?[^\s*])?)\*\*"
    r"|(?<![\w*])\*(?P<emphasis>[^\s*](?:[^*]{0,300}?[^\s*])?)\*(?![\w*])"
    r"|\[(?:#|\d+)[\w-]{0,40}\]_"
    r"|(?<=[a-zA-Z])_{1,2}(?=[\s.,;:!?)]|$)"
)


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    reader = _Rst(text)
    reader.read(0, len(reader.lines))
    return Document(text, title_of(reader.title), used, reader.lines.structure())


RST = Format("rst 1", (".rst", ".rest"), _read)


def _inline(text: str) -> Iterator[Range]:
    """Yield the markup in a paragraph: emphasis, roles, and links with their words."""
    for match in _INLINE.finditer(text):
        if match.lastgroup is None:
            yield match.span()
        else:
            yield match.start(), match.start(match.lastgroup)
            yield match.end(match.lastgroup), match.end()


class _Rst:
    def __init__(self, text: str) -> None:
        self.lines = MarkedLines(text, _inline)
        self.title = ""
        self._styles: list[str] = []  # of headings, in order of appearance
        self._top_headings = 0
        self._text_on_top = False

    def read(self, line: int, last: int) -> None:
        """Add the blocks on the lines from `line` up to `last`."""
        while line < last:
            line = line + 1 if self.lines.is_blank(line) else self._block(line, last)

    def _block(self, line: int, last: int) -> int:
        """Add the block that begins on a line; return the line after it."""
        lines, content = self.lines, self.lines[line]
        below = lines[line + 1] if line + 1 < last else ""
        if _ADORNMENT.match(content) and not _GRID_RULE.match(content):
            is_overline = line + 2 < last and lines[line + 2] == content and below.strip()
            if is_overline:
                return self._heading(line, line + 1, line + 3)
            lines.add("furniture", line, line + 1)
            return line + 1
        if self._is_underlined(content, below):
            return self._heading(line, line, line + 2)
        if _EXPLICIT.match(content):
            return self._explicit(line, last)
        if field := _FIELD.match(content):
            end = min(lines.block_end(line, indent=lines.indent(line) + 1), last)
            start, stop = lines.range(line, end)
            key = start + field.start(1), start + field.end(1)
            lines.add_record((start, stop), key, (start + field.end(), stop))
            return end
        self._text_on_top |= not self._top_headings
        if _SIMPLE_RULE.match(content):
            return self._simple_table(line, last)
        if _GRID_RULE.match(content):
            return self._grid_table(line, last)
        return self._text(line, last)

    @staticmethod
    def _is_underlined(content: str, below: str) -> bool:
        is_rule = _UNDERLINE.match(below) or _ADORNMENT.match(below)
        return bool(is_rule) and len(below) >= len(content) and not content[:1].isspace()

    def _heading(self, line: int, words: int, last: int) -> int:
        lines = self.lines
        style = lines[last - 1][:1] + ("overline" if words > line else "")
        if style not in self._styles:
            self._styles.append(style)
        level = min(self._styles.index(style) + 1, MAX_LEVEL)
        words_read = lines.add_heading(
            lines.range(line, last), lines.range(words, words + 1), level
        )
        if level == 1 and not self._top_headings:
            self.title = words_read
        elif level == 1 and self._text_on_top:
            self.title = ""  # parts of equal rank, and no title above them
        self._top_headings += level == 1
        return last

    def _explicit(self, line: int, last: int) -> int:
        """Add a directive, a target, a footnote or a comment."""
        lines, content = self.lines, self.lines[line]
        end = min(lines.block_end(line, indent=lines.indent(line) + 1), last)
        opening = _EXPLICIT.match(content)
        inside = opening.end() if opening else 0
        if directive := _DIRECTIVE.match(content, inside):
            return self._directive(line, directive, end)
        start = lines.starts[line]
        whole = lines.range(line, end)
        if target := _TARGET.match(content, inside):
            key = start + target.start(1), start + target.end(1)
            value = start + target.end(), whole[1]
            if value[0] < value[1]:
                lines.add_record(whole, key, value)
            else:
                lines.add("furniture", line, end)
        elif note := _NOTE.match(content, inside):
            lines.add_text(line, end, [(start, start + note.end())])
        elif content[inside : inside + 1] == "|":
            lines.add("furniture", line, end)
        else:
            lines.add("comment", line, end, [(start, start + inside)])
        return end

    def _directive(self, line: int, directive: re.Match[str], end: int) -> int:
        lines = self.lines
        body = line + 1
        while body < end and _OPTION.match(lines[body]):
            body += 1
        start = lines.starts[line]
        if directive[1] in _UNREAD:
            lines.add("furniture", line, end)
        elif directive[1] in _CODE:
            while body < end and lines.is_blank(body):
                body += 1
            code = lines.starts[body] + lines.indent(body) if body < end else lines.ends[end - 1]
            lines.add("code", line, end, [(start, code)])
        else:  # a note, say: its words are read like any others
            lines.builder.add("furniture", (start, start + directive.end()))
            argument = start + directive.end(), lines.ends[line]
            lines.builder.add("paragraph", argument, hidden=lines.markup(*argument))
            if body > line + 1:
                lines.add("furniture", line + 1, body)
            return body
        return end

    def _text(self, line: int, last: int) -> int:
        """Add a paragraph or list, and the code below it if it ends in `::`."""
        lines, end = self.lines, line + 1
        while end < last and not lines.is_blank(end) and not _EXPLICIT.match(lines[end]):
            below = lines[end + 1] if end + 1 < last else ""
            if len(below) > 2 and self._is_underlined(lines[end], below):
                break
            end += 1
        if lines[line].lstrip().startswith(">>> "):
            lines.add("code", line, end)
            return end
        if not lines[end - 1].endswith("::"):
            lines.add_text(line, end)
            return end
        stop = lines.ends[end - 1]
        marks = 2 if lines[end - 1].strip() == "::" else 1  # one colon of `as in::` is read
        lines.add_text(line, end, [(stop - marks, stop)])
        while end < last and lines.is_blank(end):
            end += 1
        indent = lines.indent(line) + 1
        if end < last and lines.indent(end) >= indent:
            code = min(lines.block_end(end, indent=indent), last)
            lines.add("code", end, code)
            return code
        return end

    def _simple_table(self, line: int, last: int) -> int:
        """Add a table whose columns are marked by `====`."""
        lines = self.lines
        columns = [match.span() for match in _COLUMN.finditer(lines[line])]
        end = line + 1
        rules = [line]
        while end < last and len(rules) < 3 and not (len(rules) > 1 and lines.is_blank(end)):
            if _SIMPLE_RULE.match(lines[end]):
                rules.append(end)
            end += 1
        header: int | None = None
        for row in range(line, end):
            if row in rules:
                lines.add("furniture", row, row + 1)
            elif not lines.is_blank(row):
                number = self._simple_row(row, columns, header)
                if len(rules) > 2 and row < rules[1]:
                    header = number
        return end

    def _simple_row(self, row: int, columns: list[Range], header: int | None) -> int | None:
        start, stop = self.lines.range(row, row + 1)
        begins = [min(start + column[0], stop) for column in columns]
        cells = [
            self.lines.cell(begin, end)
            for begin, end in zip(begins, [*begins[1:], stop], strict=True)
        ]
        return self.lines.add_row((start, stop), cells, header)

    def _grid_table(self, line: int, last: int) -> int:
        """Add a table that is drawn with + - and |."""
        lines, end = self.lines, line
        while end < last and lines[end].lstrip()[:1] in ("+", "|"):
            end += 1
        rules = [row for row in range(line, end) if _GRID_RULE.match(lines[row])]
        heads = next((rule for rule in rules if "=" in lines[rule]), line)
        header: int | None = None
        done = line
        for rule in [*rules, end]:
            if done < rule:
                is_header = rule <= heads
                number = self._grid_row(done, rule, None if is_header else header)
                header = number if is_header else header
            if rule < end:
                lines.add("furniture", rule, rule + 1)
            done = rule + 1
        return end

    def _grid_row(self, first: int, last: int, header: int | None) -> int | None:
        """Add a row. Cells of several lines cannot be quoted, so such a row is read as one text."""
        lines, whole = self.lines, self.lines.range(first, last)
        content = lines.text[whole[0] : whole[1]]
        pipes = [whole[0] + found for found, mark in enumerate(content) if mark == "|"]
        if last - first > 1 or len(pipes) < 2:
            hidden = [(pipe, pipe + 1) for pipe in pipes]
            return lines.builder.add("row", whole, hidden=[*hidden, *lines.markup(*whole)])
        cells = [lines.cell(begin + 1, end) for begin, end in pairwise(pipes)]
        return lines.add_row(whole, cells, header)
