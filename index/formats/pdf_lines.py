"""The printed lines of a page, and what they consist of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from index.formats.pdf_marks import is_mark, is_raised, with_mark

MAX_SPACE_EM = 1.7
"""A wider gap parts two cells or columns."""
MIN_SPACE_EM = 0.1
ASCENT_EM, DESCENT_EM = 0.8, 0.2


@dataclass(slots=True)
class Segment:
    """Words beside each other. Lengths are in points, from the lower left of the upright page."""

    text: str
    x0: float
    x1: float
    base: float
    """Height of the line on which the letters stand."""
    em: float
    """Size of the font."""
    is_bold: bool
    is_mono: bool
    """Whether its font has a fixed pitch."""
    is_artifact: bool
    """Whether the file marks it as no part of the text, such as a page number."""
    is_filled_in: bool = False
    """Whether it is the value of a form field."""

    def joined(self, right: Segment, between: str = " ") -> Segment:
        """Return the segment with another one to its right."""
        main = self if len(self.text) >= len(right.text) else right
        return Segment(
            self.text + between + right.text,
            self.x0,
            max(self.x1, right.x1),
            main.base,
            main.em,
            self.is_bold and right.is_bold,
            self.is_mono and right.is_mono,
            self.is_artifact and right.is_artifact,
        )


@dataclass(slots=True)
class Line:
    """A printed line: one segment, or the cells of a row."""

    segments: list[Segment]
    is_row: bool = False
    """Whether it is the first line of a table row of which the cells have several lines."""
    text: str = ""
    x0: float = 0.0
    x1: float = 0.0
    base: float = 0.0
    em: float = 0.0
    is_bold: bool = False
    is_mono: bool = False

    def __post_init__(self) -> None:
        main = max(self.segments, key=lambda segment: len(segment.text))
        self.text = " ".join(segment.text for segment in self.segments)
        self.x0 = min(segment.x0 for segment in self.segments)
        self.x1 = max(segment.x1 for segment in self.segments)
        self.base, self.em = main.base, main.em
        self.is_bold = all(segment.is_bold for segment in self.segments)
        self.is_mono = all(segment.is_mono for segment in self.segments)

    def is_above(self, other: Line) -> bool:
        """Return whether two lines share some width, and this one is the upper one."""
        return self.base > other.base and self.overlaps(other)

    def overlaps(self, other: Line) -> bool:
        """Return whether two lines share some width."""
        return self.x0 < other.x1 and other.x0 < self.x1


def lines_of(segments: Iterator[Segment]) -> Iterator[Line]:
    """Yield lines: segments that follow each other from left to right at one height."""
    line: list[Segment] = []
    for segment in segments:
        is_filled_in = segment.is_filled_in or (bool(line) and line[-1].is_filled_in)
        if line and not is_filled_in and _is_beside(line[-1], segment):
            last, em = line[-1], max(line[-1].em, segment.em)
            gap = segment.x0 - last.x1
            if is_mark(segment.text) and is_raised(segment, last):
                line[-1] = replace(last, text=with_mark(last.text, segment.text), x1=segment.x1)
            elif gap <= MAX_SPACE_EM * em and last.text[-1] != "-":
                line[-1] = last.joined(segment, " " if gap > MIN_SPACE_EM * em else "")
            else:
                line.append(segment)
            continue
        if line:
            yield Line(line)
        line = [segment]
    if line:
        yield Line(line)


def _is_beside(left: Segment, right: Segment) -> bool:
    """Return whether a line goes on in a segment, be it raised or lowered like a note mark."""
    top = min(left.base + ASCENT_EM * left.em, right.base + ASCENT_EM * right.em)
    bottom = max(left.base - DESCENT_EM * left.em, right.base - DESCENT_EM * right.em)
    is_level = top - bottom > 0.5 * min(left.em, right.em)
    return is_level and right.x0 > left.x1 - 0.3 * max(left.em, right.em)
