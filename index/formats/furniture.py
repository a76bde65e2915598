"""Finds page furniture in plain text: running heads and feet, and page numbers.

A line is furniture if it recurs at the borders of pages, or if it is inside a sentence that goes on
after it. Refrains and column names recur as well, but not there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.formats.pages import (
    PrintedLines,
    bare_number,
    is_page_number,
    is_part,
    key_of,
    number_of,
    segments,
)

ZONE = 3
"""How many lines at the top and at the bottom of a page can be furniture."""
SHORT_PAGES = 5
"""Up to this many pages, what is on two of them recurs; in a longer text, what is on three."""
MIN_OFTEN = 3
"""On this many pages, a running head recurs even if no blank line separates it from the text."""
MAX_TITLE_WORDS = 8
"""A longer line that ends like a sentence is one."""
MAX_SKIPPED = 6
"""How many lines of furniture there can be between two lines of text."""
MIN_INTERRUPTED = 0.25
MIN_INTERRUPTED_NUMBERED = 0.1
"""Share of the lines with one text that are inside a sentence, if they are running heads."""
MIN_ASCENDING = 0.8
"""Share of the page numbers that are a little higher than the one before."""
MAX_STEP = 4


def furniture_of(lines: PrintedLines) -> set[int]:
    """Return the numbers of the lines that are furniture."""
    numbers = {n for n in range(len(lines)) if lines.is_short(n) and _is_number(lines, n)}
    has_form_feeds = bool(len(lines)) and lines.pages[-1] > 0
    if has_form_feeds:
        pages: Sequence[int] = lines.pages
    else:
        numbers |= _recurring(lines, numbers)
        pages = _pages_between(len(lines), numbers)
    if not len(pages) or not pages[-1]:
        return numbers
    found = numbers | _at_borders(lines, pages, numbers)
    return found | set(_between_halves(lines, pages, found))


def _is_number(lines: PrintedLines, number: int) -> bool:
    is_apart = lines.apart[number] or lines.is_apart_below(number)
    return bool(is_apart) and is_page_number(lines[number])


def _recurring(lines: PrintedLines, numbers: set[int]) -> set[int]:
    """Return lines that recur inside sentences, in a text without form feeds."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number in range(len(lines)):
        if number not in numbers and lines.is_short(number) and lines.is_alone(number):
            line = lines[number]
            key = "#" if bare_number(line) is not None else key_of(line)
            if key:
                groups[key].append(number)
    groups = {key: group for key, group in groups.items() if len(group) > 1}
    suspects = numbers.union(*groups.values())
    found: set[int] = set()
    for key, group in groups.items():
        interrupted = sum(_is_inside_sentence(lines, number, suspects) for number in group)
        if _is_ascending([number_of(lines[number]) for number in group]):
            enough = max(1.0, MIN_INTERRUPTED_NUMBERED * len(group))
        else:
            enough = max(2.0, MIN_INTERRUPTED * len(group))
            if key == "#" or len(group) < 3:
                continue
        if interrupted >= enough:
            found.update(group)
    return found


def _is_ascending(numbers: Sequence[int | None]) -> bool:
    steps = [
        above is not None and below is not None and 0 < below - above <= MAX_STEP
        for above, below in pairwise(numbers)
    ]
    return sum(steps) >= MIN_ASCENDING * len(steps)


def _is_inside_sentence(lines: PrintedLines, number: int, suspects: set[int]) -> bool:
    above = below = number
    while above in suspects and number - above < MAX_SKIPPED:
        above -= 1
    while below in suspects and below - number < MAX_SKIPPED:
        below += 1
    return lines.is_interrupted(above, below)


def _pages_between(count: int, borders: set[int]) -> list[int]:
    """Return for each line how many borders are above it."""
    pages, page = [], 0
    for number in range(count if borders else 0):
        pages.append(page)
        page += number in borders
    return pages


def _at_borders(lines: PrintedLines, pages: Sequence[int], numbers: set[int]) -> set[int]:
    """Return the lines at the top and bottom of pages that recur there on other pages."""
    zones = list(_zones(pages))
    counts: Counter[str] = Counter()
    for top, bottom in zones:
        keys = {key for number in {*top, *bottom} for key in _keys(lines, number)}
        counts.update(keys)
    enough = 2 if len(zones) <= SHORT_PAGES else 3
    found: set[int] = set()
    for top, bottom in zones:
        for zone, inward in ((top, 1), (bottom, -1)):
            for number in zone:
                if number not in numbers and not _recurs(lines, number, inward, counts, enough):
                    break
                found.add(number)
    return found


def _zones(pages: Sequence[int]) -> Iterator[tuple[range, range]]:
    """Yield for each page the lines at its top, and those at its bottom from the last one up."""
    start = 0
    for number in range(1, len(pages) + 1):
        if number == len(pages) or pages[number] != pages[start]:
            zone = min(ZONE, number - start)
            yield range(start, start + zone), range(number - 1, number - 1 - zone, -1)
            start = number


def _keys(lines: PrintedLines, number: int) -> set[str]:
    if not lines.is_short(number):
        return set()
    line = lines[number]
    return {key for part in (line, *segments(line)) if (key := key_of(part))}


def _recurs(
    lines: PrintedLines, number: int, inward: int, counts: Counter[str], enough: int
) -> bool:
    """Return whether a line at the border of a page says what others there say.

    inward: 1 at the top of a page, -1 at its bottom.
    """
    line = lines[number]
    if not lines.is_short(number):
        return False
    is_apart = lines.is_apart_below(number) if inward > 0 else bool(lines.apart[number])
    if bare_number(line) is not None:
        return is_apart
    if is_part(line) or (len(line.split()) > MAX_TITLE_WORDS and lines.ends_sentence(number)):
        return False
    if counts[key_of(line)] >= enough:
        often = counts[key_of(line)] >= MIN_OFTEN
        return is_apart or (often and not _is_column_name(lines, number, number + inward))
    return is_apart and any(counts[key_of(part)] >= enough for part in segments(line))


def _is_column_name(lines: PrintedLines, number: int, inner: int) -> bool:
    """Return whether a line is the first or the last one of a table."""
    inside = 0 <= inner < len(lines)
    return inside and len(segments(lines[number])) > 1 and len(segments(lines[inner])) > 1


def _between_halves(lines: PrintedLines, pages: Sequence[int], found: set[int]) -> Iterator[int]:
    """Yield the lines between two halves of a sentence, one on each side of a page's border."""
    for number in range(1, len(pages)):
        if pages[number] == pages[number - 1]:
            continue
        above = list(_bodies(lines, number - 1, -1, found))
        below = list(_bodies(lines, number, 1, found))
        options = sorted(
            (len(skipped) + len(skipped_below), last, first, skipped + skipped_below)
            for last, skipped in above
            for first, skipped_below in below
        )
        for _, last, first, skipped in options:
            if lines.is_interrupted(last, first):
                yield from skipped
                break


def _bodies(
    lines: PrintedLines, nearest: int, step: int, found: set[int]
) -> Iterator[tuple[int, list[int]]]:
    """Yield lines where the text could start on the far side of a page's border.

    Each comes with the lines that are skipped: none, and then those up to blank lines.
    """
    skipped: list[int] = []
    for number in range(nearest, nearest + step * 2 * MAX_SKIPPED, step):
        if not 0 <= number < len(lines):
            return
        if number in found:
            continue
        if not skipped or _is_border(lines, number, step):
            yield number, list(skipped)
        if len(skipped) == ZONE or not lines.is_short(number):
            return
        skipped.append(number)


def _is_border(lines: PrintedLines, number: int, step: int) -> bool:
    """Return whether there is a blank line between a line and the one nearer to the border."""
    return bool(lines.apart[number]) if step > 0 else lines.is_apart_below(number)
