"""The articles and the skipped files as rows of a list that is filtered by words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from rich.cells import cell_len

from index.scan import Skip
from index.web.addresses import is_address
from qa.chat.listing import Look
from qa.events import Listed
from qa.show.paths import shortened_in_the_middle
from qa.show.text import visible_line, visible_name

PATHS_FROM = 64
"""From this many cells, the path has a column of its own; below, it is only in the details."""
SIZES_FROM = 46
"""From this many cells, there are columns for the format and the size."""
_FORMAT_CELLS, _SIZE_CELLS, _GAP = 5, 8, 2
MARK = "✓"
MARK_CELLS = 2
"""Width of the mark, with the gap after it."""


class Row(Protocol):
    """What both lists have in common."""

    @property
    def words(self) -> str:
        """What the filter looks at, in lower case."""

    @property
    def details(self) -> str:
        """More about the row, safe to show: what its columns cut off."""


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article."""

    id: str
    title: str
    size: int | None
    """Of the file, in bytes; None if it is not known."""
    note: str
    """What of it could not be read."""

    @property
    def words(self) -> str:
        """Its title and its path, in lower case."""
        return f"{self.title}\n{self.id}".lower()

    @property
    def details(self) -> str:
        """Its path, and what of it could not be read."""
        return " · ".join(filter(None, [visible_name(self.id), visible_line(self.note)]))

    def parts(self, width: int, words: Sequence[str], marked: bool) -> Iterator[tuple[str, Look]]:
        """Yield the parts of its row. words: of the filter, in lower case."""
        yield f"{MARK if marked else ' '} ", "mark"
        room = width - MARK_CELLS
        about = ""
        if width >= SIZES_FROM:
            size = "" if self.size is None else readable_size(self.size)
            format = visible_line(format_of(self.id))[:_FORMAT_CELLS]
            about = f"{' ' * _GAP}{format:<{_FORMAT_CELLS}}{size:>{_SIZE_CELLS}} "
            room -= len(about)
        path_room = (room - _GAP) * 2 // 5 if width >= PATHS_FROM else 0
        title_room = room - path_room - (_GAP if path_room else 0)
        title = fitted(f"{visible_line(self.title)}{' !' if self.note else ''}", title_room)
        yield from _with_matches(title, words, "")
        if path_room:
            yield " " * _GAP, ""
            yield from _with_matches(fitted(visible_name(self.id), path_room), words, "muted")
        yield about, "muted"


@dataclass(frozen=True, slots=True)
class SkippedRow:
    """A file or folder that is skipped."""

    skip: Skip

    @property
    def words(self) -> str:
        """Its path and the reason, in lower case."""
        return f"{self.skip.id}\n{self.skip.reason}".lower()

    @property
    def details(self) -> str:
        """Its path and why it is skipped."""
        more = f" ({visible_line(self.skip.detail)})" if self.skip.detail else ""
        return f"{visible_name(self.skip.id)} · {self.skip.reason}{more}"

    def parts(self, width: int, words: Sequence[str]) -> Iterator[tuple[str, Look]]:
        """Yield the parts of its row. words: of the filter, in lower case."""
        reason_room = min(14, max(6, width // 3))
        path = fitted(visible_name(self.skip.id), max(1, width - reason_room - _GAP))
        yield from _with_matches(path, words, "")
        yield " " * _GAP, ""
        yield from _with_matches(fitted(self.skip.reason, reason_room), words, "muted")


class Filter:
    """Finds the rows with all of some words, faster while more is typed."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._all = range(len(rows))
        self._rows = rows
        self._texts: list[str] = []
        """What is looked at, by row; made when first needed."""
        self.found: Sequence[int] = self._all
        """The numbers of the rows that are found, in order."""
        self.words: tuple[str, ...] = ()

    def find(self, typed: str) -> None:
        """Look for the words that are typed, in any order and case."""
        words = tuple(typed.lower().split())
        if words and not self._texts:
            self._texts = [row.words for row in self._rows]
        refines = len(words) >= len(self.words) and all(
            new.startswith(old) for new, old in zip(words, self.words, strict=False)
        )
        among = self.found if refines else self._all
        texts = self._texts
        if words:
            self.found = [row for row in among if all(word in texts[row] for word in words)]
        else:
            self.found = self._all
        self.words = words


def article_rows(listed: Listed) -> list[ArticleRow]:
    """Return a row for each article."""
    return [
        ArticleRow(id, title, listed.sizes.get(id), listed.notes.get(id, ""))
        for id, title in listed.titles.items()
    ]


def format_of(id: str) -> str:
    """Return the format of an article by its name, such as "pdf"; "web" for a web page."""
    if is_address(id):
        return "web"
    return PurePosixPath(id).suffix[1:].lower() or "text"


def readable_size(size: int) -> str:
    """Return a number of bytes in a unit that is easy to read, such as "12 kB"."""
    if size < 1_000:
        return f"{size} B"
    number, unit = size / 1_000, "kB"
    for larger in ("MB", "GB"):
        if number >= 999.5:
            number, unit = number / 1_000, larger
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:,.0f} {unit}"


def fitted(text: str, cells: int, *, at_end: bool = False) -> str:
    """Return a text that takes exactly so many cells.

    at_end: cut it off at the end if it is long, instead of in the middle.
    """
    shown, chars = text, max(0, cells)
    while cell_len(shown) > max(0, cells):
        if chars <= 0:
            shown = ""
        elif at_end:
            shown = f"{text[: chars - 1]}…"
        else:
            shown = shortened_in_the_middle(text, chars)
        chars -= 1
    return shown + " " * (cells - cell_len(shown))


def _with_matches(text: str, words: Iterable[str], look: Look) -> Iterator[tuple[str, Look]]:
    """Yield a text with the words of the filter in another look."""
    pattern = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    if not pattern:
        yield text, look
        return
    at = 0
    for match in re.finditer(pattern, text, re.IGNORECASE):
        yield text[at : match.start()], look
        yield match[0], "match"
        at = match.end()
    yield text[at:], look
