"""How a format says how far it is with a long file. It gets more time for it then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _ignore(pages: int, total: int, scans: int) -> None:
    """Do nothing, where no time is limited."""


Listener = Callable[[int, int, int], None]
_listener: ContextVar[Listener] = ContextVar("_listener", default=_ignore)


def tell_progress(pages: int, total: int, scans: int = 0) -> None:
    """Say that so many of a file's pages have been read.

    scans: how many pages needed OCR so far, the one that comes next among them.
    """
    _listener.get()(pages, total, scans)


@contextmanager
def progress_told_to(listener: Listener) -> Iterator[None]:
    """Call `listener` with the arguments of `tell_progress` whenever a format calls that."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
