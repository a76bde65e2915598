"""Running heads and feet of PDF pages: what repeats at their edges, and page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from statistics import median

from index.formats.pdf_lines import Line
from index.formats.pdf_pages import PrintedPage

EDGE = 0.13
"""Share of a page's height, at its top and at its bottom, where heads and feet are."""
EDGE_LINES = 3
"""How many lines at either edge can be heads or feet."""
MAX_CHARS = 150
MAX_SIZE = 1.3
"""Of the size of the text: larger lines are headings."""
MIN_GAP_EM = 1.55
"""How far heads and feet are from the text, at least."""
MIN_PAGES = 3
MAX_DRIFT = 0.02
"""How much the height of a running head differs between pages, as a share of the page's height."""
MIN_LIKENESS = 0.8
"""Of two running heads, one of them misread."""
MAX_KINDS = 40
"""How many different heads are compared at one height."""
MAX_ARTIFACTS = 0.3
"""Files that mark more of their text than this as no part of it mark it wrongly."""
_NO_LETTERS = re.compile(r"[\W\d_]+")
_NUMBER_AT_AN_END = re.compile(r"\W*(\d{1,4})\b|.*\b(\d{1,4})\W*$", re.DOTALL)
_NAMED_PAGE = re.compile(r"\b(?:page|seite) (\d{1,4})\b", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|p\.|pp\.)?\s*\d{1,4}(?:\s*(?:of|/|von|de|sur)\s*\d{1,4})?|[ivxlc]{1,7})\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at the edge of a page."""

    page: int
    line: Line
    height: float
    """As a share of the page's height."""
    is_outermost: bool
    """Whether no line of the page is above it, or none below."""

    @property
    def level(self) -> int:
        """The height in steps."""
        return round(self.height / MAX_DRIFT)

    @property
    def letters(self) -> str:
        return _NO_LETTERS.sub(" ", self.line.text).casefold().strip()

    @property
    def offset(self) -> int | None:
        """The number at the line's start or end, less that of the page."""
        match = _NUMBER_AT_AN_END.match(self.line.text)
        return int(match[1] or match[2]) - self.page if match else None


def body_lines(pages: Sequence[PrintedPage]) -> list[list[Line]]:
    """Return the lines of each page without running heads, running feet and page numbers.

    If nothing is left of the whole file, that is its text.
    """
    found = {id(line) for line in _artifacts(pages)}
    body_size = median(line.em for page in pages for line in page.lines)
    edges = [
        edge for number, page in enumerate(pages) for edge in _edges(number, page, found, body_size)
    ]
    furniture = found | {id(edge.line) for edge in _furniture(edges, len(pages))}
    body_pages = [[line for line in page.lines if id(line) not in furniture] for page in pages]
    return body_pages if any(body_pages) else [page.lines for page in pages]


def _artifacts(pages: Sequence[PrintedPage]) -> list[Line]:
    lines = [line for page in pages for line in page.lines]
    marked = [line for line in lines if all(part.is_artifact for part in line.segments)]
    share = sum(len(line.text) for line in marked) / max(1, sum(len(line.text) for line in lines))
    return marked if share <= MAX_ARTIFACTS else []


def _edges(number: int, page: PrintedPage, known: set[int], body: float) -> Iterator[_Edge]:
    lines = [line for line in page.lines if id(line) not in known]
    ordered = sorted(lines, key=lambda line: line.base)
    for inwards in (ordered[: EDGE_LINES + 1], ordered[: -EDGE_LINES - 2 : -1]):
        for place, line in enumerate(_apart(inwards)):
            height = line.base / max(page.height, 1)
            is_small = line.em < MAX_SIZE * body and len(line.text) <= MAX_CHARS
            if is_small and not EDGE <= height <= 1 - EDGE:
                yield _Edge(number, line, height, place == 0)


def _apart(inwards: list[Line]) -> list[Line]:
    """Return the lines before the last wide gap. inwards: the lines from an edge of the page."""
    gaps = [
        place
        for place, (outer, inner) in enumerate(pairwise(inwards), 1)
        if abs(outer.base - inner.base) > MIN_GAP_EM * inner.em
    ]
    if len(inwards) <= EDGE_LINES:  # there is nothing else on the page
        return inwards
    return inwards[: gaps[-1]] if gaps else []


def _furniture(edges: list[_Edge], pages: int) -> Iterator[_Edge]:
    found = list(_numbered(edges, pages))
    levels: dict[int, list[_Edge]] = defaultdict(list)
    for edge in edges:
        levels[edge.level].append(edge)
    for level, own in levels.items():
        near = own + levels.get(level + 1, [])
        if pages < MIN_PAGES:
            near = [edge for edge in near if edge.is_outermost]
        for alike in _alike(near):
            if len({edge.page for edge in alike}) >= min(MIN_PAGES, max(2, pages)):
                found += alike
    yield from found
    yield from _at_their_height(edges, found)


def _at_their_height(edges: list[_Edge], found: list[_Edge]) -> Iterator[_Edge]:
    """Yield lines where other pages have running heads, such as the name of a chapter.

    Not those of the first page, which often has something else there.
    """
    heads = Counter(level for level, _ in {(edge.level, edge.page) for edge in found})
    for edge in edges:
        pages = sum(heads[edge.level + step] for step in (-1, 0, 1))
        if edge.is_outermost and edge.page > 0 and pages >= MIN_PAGES:
            yield edge


def _numbered(edges: list[_Edge], pages: int) -> Iterator[_Edge]:
    """Yield page numbers, alone or with other words, that count as the pages do."""
    numbered = [edge for edge in edges if edge.offset is not None]
    offsets = Counter(edge.offset for edge in numbered)
    levels = Counter((edge.offset, edge.level) for edge in numbered)
    for edge in edges:
        near = sum(levels[edge.offset, edge.level + step] for step in (-1, 0, 1))
        alone = _PAGE_NUMBER.fullmatch(edge.line.text) is not None
        is_counted = edge.offset is not None and offsets[edge.offset] >= min(MIN_PAGES, pages)
        named = _NAMED_PAGE.search(edge.line.text)
        is_head = edge.offset is not None and near >= MIN_PAGES
        is_head = is_head or (named is not None and int(named[1]) == edge.page + 1)
        if is_head or (alone and (is_counted or edge.is_outermost)):
            yield edge


def _alike(edges: list[_Edge]) -> list[list[_Edge]]:
    """Return groups of lines with the same letters, or nearly so."""
    groups: dict[str, list[_Edge]] = defaultdict(list)
    for edge in edges:
        if edge.letters:
            groups[edge.letters].append(edge)
    merged: list[tuple[str, list[_Edge]]] = []
    for letters, group in sorted(groups.items(), key=lambda item: -len(item[1]))[:MAX_KINDS]:
        for other, known in merged:
            likeness = SequenceMatcher(None, letters, other)
            if likeness.quick_ratio() >= MIN_LIKENESS <= likeness.ratio():
                known += group
                break
        else:
            merged.append((letters, list(group)))
    return [group for _, group in merged]
