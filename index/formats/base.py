"""The interface of a file format: turns bytes into an article's text and title."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from index.structure import EMPTY, Structure
from index.types import Reason

MAX_TITLE_CHARS = 100


def title_of(words: str) -> str | None:
    """Return words as a title, see `Document.title`; None if they are blank."""
    return " ".join(words.split())[:MAX_TITLE_CHARS].rstrip() or None


class Unreadable(Exception):
    """A file cannot be read; other files still are.

    Raised by formats and by `load.read`. Not a QAError: `sync` lists the file as skipped, and
    `verify` reports the quotes from it as unreadable.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason: Reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a file, as its format reads it."""

    text: str
    """All offsets point into this text, so nothing may change it afterwards."""
    title: str | None
    """One line of at most `MAX_TITLE_CHARS` characters; None if the text has no title."""
    encoding: str | None
    """Name of the encoding used to decode the bytes; None for a format that is not text."""
    structure: Structure = EMPTY
    """Its blocks; if empty, it is split at blank lines."""
    note: str = ""
    """For the user: what of the file could not be read, as in "page 3 of 12 has no text"."""
    is_extracted: bool = False
    """Whether the text was made from the file's content, and is not just the decoded file."""


@dataclass(frozen=True, slots=True)
class Format:
    """A file format."""

    name: str
    """Identifies the format and the version of its extraction, as in "markdown 2".

    Files that were read by another version are read again.
    """
    suffixes: tuple[str, ...]
    """File name extensions in lower case, with the dot."""
    read: Callable[[bytes, str | None], Document]
    """Turns a file's bytes into a document.

    The second argument is the encoding the user asked for, or None to detect it.
    Raises: Unreadable.
    """
    isolated: bool = False
    """Whether its parser can crash, hang or take all memory, so that it needs its own process.

    `read` is then a function that can be imported by its name.
    """
