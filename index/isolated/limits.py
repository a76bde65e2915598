"""How long reading a file may take."""

from __future__ import annotations

from dataclasses import dataclass

SECONDS_A_FILE = 10.0
SECONDS_A_MEGABYTE = 1.0
MAX_SECONDS = 16.0
"""However large the file is, unless it has pages."""
SECONDS_A_PAGE = 0.02
"""More for each page that was read: about twice what a dense one takes on a slow machine."""
MIN_PAGE_BYTES = 1_000
"""Pages beyond one for so many bytes give no more time: a small file repeats its pages."""
SECONDS_A_SCAN = 60.0
"""More for each page that needs OCR: three times what a dense one takes on a busy machine."""
MIN_SCAN_BYTES = 4_000
"""Scanned pages beyond one for so many bytes give no more time."""
CLOCK_FACTOR = 2
"""How many times its CPU time a file may take by the clock, on a machine that is busy."""


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """The CPU time that reading a file may take."""

    seconds: float
    """Before any page was read."""
    pages: int
    """How many pages give more time."""
    scans: int
    """How many pages that need OCR give more time."""

    @classmethod
    def of(cls, size: int, seconds: float = SECONDS_A_FILE) -> TimeLimit:
        """Return the limit for a file of `size` bytes. seconds: for a small file."""
        more = SECONDS_A_MEGABYTE * size / 1e6
        most = min(seconds + more, max(seconds, MAX_SECONDS))
        return cls(most, size // MIN_PAGE_BYTES, 1 + size // MIN_SCAN_BYTES)

    def after(self, pages: int, scans: int = 0) -> float:
        """Return the limit in seconds, from the start, once so many pages were read."""
        more = SECONDS_A_PAGE * min(pages, self.pages) + SECONDS_A_SCAN * min(scans, self.scans)
        return self.seconds + more
