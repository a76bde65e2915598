"""CSV and TSV: tables with a header row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from index.formats.base import Document, Format
from index.formats.building import Builder
from index.formats.encoding import decode
from index.formats.hyphens import SOFT_HYPHEN
from index.formats.parts import ends
from index.paragraphs import stripped
from index.structure import Structure
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
    is_clean: bool = True
    """Whether nothing follows the closing quotation mark."""


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
    after = stripped(text, end + 1, match.end())
    if after:  # as in "Ole" Brandt
        cell = Span(cell.start, after.end)
    return _Field(cell, tuple(quotes), whole, is_clean=after is None)


def _delimiter(text: str, candidates: Sequence[str]) -> str:
    """Return the delimiter that gives the start of a text most rows with equally many cells.

    One that is inside quotation marks separates nothing: then text follows a closing mark.
    """
    end = min(len(text), SAMPLE_CHARS)

    def score(candidate: str) -> tuple[bool, float, float, int]:
        rows = list(islice(_rows(text, candidate, end), SAMPLE_ROWS))
        clean = sum(all(field.is_clean for field in row) for row in rows)
        [(size, equal)] = Counter(map(len, rows)).most_common(1)
        spaced = text.count(f"{candidate} ", 0, end)
        return size > 1, clean / len(rows), equal / len(rows), -spaced

    return max(candidates, key=score)


def _structure(text: str, delimiter: str) -> Structure:
    builder = Builder(text)
    header: int | None = None
    is_first = True
    for row in _rows(text, delimiter, len(text)):
        whole = row[0].whole.start, row[-1].whole.end
        if not any(_has_words(text, field.cell) for field in row):
            builder.add("furniture", whole)
            continue
        quotes = [ends(quote) for field in row for quote in field.quotes]
        cells = [ends(field.cell) for field in row]
        number = builder.add("row", whole, header=header, hidden=quotes, cells=cells)
        if number is None:
            continue
        if is_first and _are_names(text, row):
            header = number
        is_first = False
    return builder.structure()


def _has_words(text: str, cell: Span) -> bool:
    return bool(text[cell.start : cell.end].replace(SOFT_HYPHEN, "").strip())


def _are_names(text: str, row: Sequence[_Field]) -> bool:
    """Return whether a row has no numbers, so that it can be the names of the columns."""
    return not any(_NUMBER.fullmatch(text, field.cell.start, field.cell.end) for field in row)


def _reader(delimiters: Sequence[str]) -> Callable[[bytes, str | None], Document]:
    def read(content: bytes, encoding: str | None) -> Document:
        text, used = decode(content, encoding)
        return Document(text, None, used, _structure(text, _delimiter(text, delimiters)))

    return read


CSV = Format("csv 1", (".csv",), _reader([",", ";", "\t", "|"]))
TSV = Format("tsv 1", (".tsv", ".tab"), _reader(["\t", ",", ";"]))
