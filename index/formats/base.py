"""What a format is: how the bytes of one kind of file become an article's text and title."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.types import Reason

MAX_TITLE_CHARS = 100


class Unreadable(Exception):
    """One file cannot become an article; the others still can. Never leaves this package."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason: Reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Document:
    """What a format makes of a file's bytes."""

    text: str
    """Every offset of the program points into this text; nothing may change it afterwards."""
    title: str | None
    """On one line, at most `MAX_TITLE_CHARS` characters; None where the text has no title."""
    encoding: str
    """Name of the encoding that the bytes were decoded with."""


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file."""

    suffixes: tuple[str, ...]
    """File name extensions in lower case, with the dot."""
    read: Callable[[bytes, str | None], Document]
    """Turns a file's bytes into a document.

    The second argument is the encoding the user asked for, or None to detect it.
    Raises: Unreadable.
    """
