"""CSV and TSV: tables with a header row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from index.formats.base import Document, Format
from index.formats.encoding import decode
from index.formats.hyphens import SOFT_HYPHEN, soft_hyphens
from index.formats.parts import Parts, merged
from index.paragraphs import stripped
from index.structure import Block
from index.types import Span

SAMPLE_CHARS = 20_000
"""The delimiter is the one that fits the start of the file best."""
SAMPLE_ROWS = 50
_NUMBER = re.compile(r"[-+(]?[.,\s]*\d[\d.,\s%)]*")


@dataclass(frozen=True, slots=True)
class _Field:
    cell: Span
    """Without the quotation marks and white space around it."""
    quotes: tuple[Span, ...]
    """Quotation marks that are not part of the value."""
    whole: Span


def _rows(text: str, delimiter: str, end: int) -> Iterator[list[_Field]]:
    """Yield the fields of each row, as `csv.reader` understands quotation marks."""
    mark = re.escape(delimiter)
    field = re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)("))?[^{mark}\r\n]*')
    row: list[_Field] = []
    position = 0
    while match := field.match(text, position, end):
        row.append(_field(text, match))
        position = match.end()
        if position < end and text[position] == delimiter:
            position += 1
            continue
        yield row
        row = []
        position += 2 if text.startswith("\r\n", position) else 1
        if position >= end:
            return


def _field(text: str, match: re.Match[str]) -> _Field:
    whole = Span(*match.span())
    if match[2] is None:
        return _Field(stripped(text, *match.span()) or whole, (), whole)
    start, end = match.span(1)
    quotes = [Span(match.start(), start)]
    double = text.find('""', start, end)
    while double >= 0:
        quotes.append(Span(double, double + 1))
        double = text.find('""', double + 2, end)
    quotes.append(Span(end, end + 1))
    cell = stripped(text, start, end) or Span(start, start)
    if after := stripped(text, end + 1, match.end()):  # as in "Ole" Brandt
        cell = Span(cell.start, after.end)
    return _Field(cell, tuple(quotes), whole)


def _delimiter(text: str, candidates: Sequence[str]) -> str:
    """Return the delimiter that gives the start of a text most rows with equally many cells."""
    end = min(len(text), SAMPLE_CHARS)

    def score(candidate: str) -> tuple[bool, float, int]:
        sizes = [len(row) for row in islice(_rows(text, candidate, end), SAMPLE_ROWS)]
        [(size, rows)] = Counter(sizes).most_common(1)
        return size > 1, rows / len(sizes), -text.count(f"{candidate} ", 0, end)

    return max(candidates, key=score)


def _parts(text: str, delimiter: str) -> Parts:
    parts = Parts()
    header: int | None = None
    is_first = True
    for row in _rows(text, delimiter, len(text)):
        whole = stripped(text, row[0].whole.start, row[-1].whole.end)
        if whole is None:
            continue
        quotes = [quote for field in row for quote in field.quotes]
        if not any(_has_words(text, field.cell) for field in row):
            parts.blocks.append(Block(whole, "furniture"))
            parts.hidden.append(whole)
            continue
        parts.add_row(whole, [_within(field.cell, whole) for field in row], header)
        parts.hidden += quotes
        if is_first and _are_names(text, row):
            header = len(parts.blocks) - 1
        is_first = False
    parts.hidden = merged([*parts.hidden, *soft_hyphens(text)])
    return parts


def _has_words(text: str, cell: Span) -> bool:
    return bool(text[cell.start : cell.end].replace(SOFT_HYPHEN, "").strip())


def _are_names(text: str, row: Sequence[_Field]) -> bool:
    """Return whether a row has no numbers, so that it can be the names of the columns."""
    return not any(_NUMBER.fullmatch(text, field.cell.start, field.cell.end) for field in row)


def _within(cell: Span, row: Span) -> Span:
    """Return a cell that is inside its row even if it is blank."""
    start = min(max(cell.start, row.start), row.end)
    return Span(start, min(max(cell.end, start), row.end))


def _reader(delimiters: Sequence[str]) -> Callable[[bytes, str | None], Document]:
    def read(content: bytes, encoding: str | None) -> Document:
        text, used = decode(content, encoding)
        return Document(text, None, used, _parts(text, _delimiter(text, delimiters)).structure())

    return read


CSV = Format("csv 1", (".csv",), _reader([",", ";", "\t", "|"]))
TSV = Format("tsv 1", (".tsv", ".tab"), _reader(["\t", ",", ";"]))
