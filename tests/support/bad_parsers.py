"""Formats whose parsers behave as badly as a parser can, for tests of the process around them."""

from __future__ import annotations

import ctypes
import os
import time

from index.formats.base import Document, Format, Unreadable
from index.formats.progress import tell_progress
from index.structure import Block, Label, Structure
from index.types import Span

NOTE = "page 2 of 3 has no text"


def read_well(content: bytes, encoding: str | None) -> Document:
    """Return the content as the first block, with all that a document can have."""
    text = content.decode(encoding or "utf-8")
    structure = Structure(
        [Block(Span(0, len(text)), "paragraph")], labels=[Label(0, "page 1"), Label(1, "page 3")]
    )
    return Document(text, "A title", encoding, structure, NOTE)


def refuse(content: bytes, encoding: str | None) -> Document:
    """Refuse a file, as a format does."""
    raise Unreadable("encrypted", "it needs a password")


def fail(content: bytes, encoding: str | None) -> Document:
    """Raise what no format should."""
    raise LookupError("no such font")


def print_much(content: bytes, encoding: str | None) -> Document:
    """Print to standard output and standard error, as C libraries do."""
    os.write(1, b"warning\n" * 100_000)
    os.write(2, b"warning\n" * 100_000)
    return read_well(content, encoding)


def crash(content: bytes, encoding: str | None) -> Document:
    """Read from an address that is not there."""
    ctypes.string_at(1)
    raise AssertionError("not reached")


def hang(content: bytes, encoding: str | None) -> Document:
    """Take a minute, and never let Python run another thread."""
    ctypes.PyDLL(None).sleep(60)
    return read_well(content, encoding)


def wait(content: bytes, encoding: str | None) -> Document:
    """Take a minute."""
    time.sleep(60)
    return read_well(content, encoding)


def work(content: bytes, encoding: str | None) -> Document:
    """Never end, and never rest."""
    while True:
        pass


def go_on(content: bytes, encoding: str | None) -> Document:
    """Take a second of CPU time, and say all the time how far it is."""
    for pages in range(100):
        tell_progress(pages, 100)
        until = time.process_time() + 0.01
        while time.process_time() < until:
            pass
    return read_well(content, encoding)


def take_memory(content: bytes, encoding: str | None) -> Document:
    """Take 4 GB."""
    parts = [bytearray(10**8) for _ in range(40)]
    return read_well(content + bytes(len(parts)), encoding)


def recurse(content: bytes, encoding: str | None) -> Document:
    """Never come back."""
    return recurse(content, encoding)


def process_id(content: bytes, encoding: str | None) -> Document:
    """Return the id of the process that reads."""
    return Document(str(os.getpid()), None, None)


def look_around(content: bytes, encoding: str | None) -> Document:
    """Return all environment variables."""
    return Document("\n".join(f"{name}={value}" for name, value in os.environ.items()), None, None)


(
    GOOD,
    REFUSING,
    FAILING,
    PRINTING,
    CRASHING,
    HANGING,
    WAITING,
    GREEDY,
    BUSY,
    LONG,
    RECURSING,
    TELLING,
    CURIOUS,
) = (
    Format(f"{read.__name__} 1", (f".{read.__name__}",), read, isolated=True)
    for read in (
        read_well,
        refuse,
        fail,
        print_much,
        crash,
        hang,
        wait,
        take_memory,
        work,
        go_on,
        recurse,
        process_id,
        look_around,
    )
)
