"""Recognises the text of scanned pages of PDF files, with the library of the extra `ocr`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from statistics import median
from typing import TYPE_CHECKING, Protocol

from index.formats.pdf_lines import Line, Segment, lines_of
from index.formats.pdf_order import MIN_COLUMN_CHARS, MIN_COLUMN_ROWS

if TYPE_CHECKING:
    from pypdfium2 import PdfPage
    from rapidocr import RapidOCR

DPI = 200
MAX_PIXELS = 3_400
"""Along the longer side of a page: two A4 pages side by side."""
MIN_SCORE = 0.6
"""Of a line, in [0, 1]: what is less sure is often a stain, or a line of a drawing."""
THREADS = 2
HEIGHT_EM = 1.3
"""Height of a line as it is found on the page, from ascenders to descenders."""
DESCENT = 0.2
"""Share of that height below the letters' base."""
SAME_HEIGHT = 0.3
"""Lines that differ less in height have letters of one size."""
MAX_CROSSING = 0.2
"""Share of the lines that may run across the gap between two columns, such as headings."""


class _Recognized(Protocol):
    """What the OCR returns; None where it has found nothing."""

    boxes: Sequence[Sequence[tuple[float, float]]] | None
    """Four corners of each line, from the upper left one, in pixels."""
    txts: Sequence[str] | None
    scores: Sequence[float] | None


def recognized_lines(page: PdfPage) -> list[Line]:
    """Return the lines of a page that is a picture, in reading order; none if they are not found.

    Takes 5 to 20 seconds.
    """
    width, height = page.get_size()
    scale = min(DPI / 72, MAX_PIXELS / max(width, height, 1))
    try:
        found: _Recognized = _engine()(page.render(scale=scale).to_numpy())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 (whatever it raises, pages with text are read)
        return []
    segments = _segments(found, scale, height)
    return [line for column in _columns(segments) for line in lines_of(_row_by_row(column))]


@cache
def _engine() -> RapidOCR:
    """Return the OCR, with the models that are in its package."""
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Rec.rec_batch_num": 1,  # more of them take more memory, and no less time
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
            "EngineConfig.onnxruntime.enable_cpu_mem_arena": False,
        }
    )


def _segments(found: _Recognized, scale: float, page_height: float) -> list[Segment]:
    """Return the lines in points. Those of nearly one height have letters of one size."""
    if found.boxes is None or found.txts is None or found.scores is None:
        return []
    known = [
        (" ".join(words.split()), [(float(x) / scale, float(y) / scale) for x, y in corners])
        for words, corners, score in zip(found.txts, found.boxes, found.scores, strict=True)
        if score >= MIN_SCORE and words.strip()
    ]
    usual = median(_height(corners) for _, corners in known) if known else 0.0
    segments = []
    for words, corners in known:
        height, bottom = _height(corners), max(y for _, y in corners)
        is_usual = abs(height - usual) <= SAME_HEIGHT * usual
        segments.append(
            Segment(
                words,
                min(x for x, _ in corners),
                max(x for x, _ in corners),
                base=page_height - bottom + DESCENT * height,
                em=(usual if is_usual else height) / HEIGHT_EM,
                is_bold=False,
                is_mono=False,
                is_artifact=False,
            )
        )
    return segments


def _height(corners: Sequence[tuple[float, float]]) -> float:
    heights = [y for _, y in corners]
    return max(heights) - min(heights)


def _columns(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Return lines by column, in reading order. What runs across columns is one of its own."""
    gap = _gap(segments)
    if gap is None:
        return [list(segments)]
    columns: list[list[Segment]] = []
    left: list[Segment] = []
    right: list[Segment] = []
    for segment in sorted(segments, key=lambda segment: -segment.base):
        if segment.x1 <= gap:
            left.append(segment)
        elif segment.x0 >= gap:
            right.append(segment)
        else:
            columns += [*_columns(left), *_columns(right), [segment]]
            left, right = [], []
    return [*columns, *_columns(left), *_columns(right)]


def _gap(segments: Sequence[Segment]) -> float | None:
    """Return where the gap between two columns is that the fewest lines cross."""
    best: tuple[int, float] | None = None
    for end in {segment.x1 for segment in segments}:
        left = [segment for segment in segments if segment.x1 <= end]
        right = [segment for segment in segments if segment.x0 >= end]
        crossing = len(segments) - len(left) - len(right)
        if _is_column(left) and _is_column(right) and crossing <= MAX_CROSSING * len(segments):
            best = min(best or (crossing, end), (crossing, end))
    return best[1] if best else None


def _is_column(segments: Sequence[Segment]) -> bool:
    characters = sum(len(segment.text) for segment in segments)
    return len(segments) >= MIN_COLUMN_ROWS and characters >= MIN_COLUMN_CHARS * len(segments)


def _row_by_row(segments: Iterable[Segment]) -> Iterator[Segment]:
    """Yield what is at one height from left to right, and then what is below it."""
    row: list[Segment] = []
    for segment in sorted(segments, key=lambda segment: -segment.base):
        if row and row[0].base - segment.base > 0.5 * row[0].em:
            yield from sorted(row, key=lambda segment: segment.x0)
            row = []
        row.append(segment)
    yield from sorted(row, key=lambda segment: segment.x0)
