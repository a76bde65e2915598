"""How a format says that it gets on with a long file, and so gets more time for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _ignore(pages: int) -> None:
    """Do nothing, where no time is limited."""


_told: ContextVar[Callable[[int], None]] = ContextVar("told", default=_ignore)


def tell_progress(pages: int) -> None:
    """Say that so many pages of a file have been read."""
    _told.get()(pages)


@contextmanager
def progress_told_to(listener: Callable[[int], None]) -> Iterator[None]:
    """Call `listener` with the number of pages whenever a format says how far it is."""
    token = _told.set(listener)
    try:
        yield
    finally:
        _told.reset(token)
