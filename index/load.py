"""Turns files into articles: reads a file's bytes and picks its format."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from index.formats.base import Format, Unreadable
from index.formats.delimited import CSV, TSV
from index.formats.mail import MAIL, MAILBOX
from index.formats.markdown import MARKDOWN
from index.formats.org import ORG
from index.formats.rst import RST
from index.formats.subtitles import SUBTITLES
from index.formats.tex import TEX
from index.formats.text import TEXT
from index.scan import STDIN, Source, as_text, cause_of
from index.types import Article

FORMATS = (MARKDOWN, ORG, RST, TEX, CSV, TSV, SUBTITLES, MAIL, MAILBOX)
"""Chosen by suffix; any other file is read as plain text."""


def read(source: Source, encoding: str | None = None) -> tuple[Article, str | None]:
    """Read one file; return the article and the name of the encoding used, as in `Document`.

    encoding: used unless the file is UTF-8 or has a byte order mark; None to detect it.

    Raises: Unreadable, with the reason.
    """
    content = source.content if source.content is not None else _read_stable(source.path)
    document = format_of(source).read(content, encoding)
    if not document.text.strip():
        raise Unreadable("empty")
    title = document.title or _title_from_name(source)
    article = Article(
        source.id,
        as_text(source.path),
        title,
        document.text,
        sha256(content).hexdigest(),
        document.structure,
    )
    return article, document.encoding


def _read_stable(path: str) -> bytes:
    """Return a file's bytes, read while the file did not change. Raises: Unreadable."""
    try:
        for _ in range(3):
            with Path(path).open("rb") as file:
                before = os.fstat(file.fileno())
                content = file.read()
                after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                return content
    except OSError as error:
        raise Unreadable("unreadable", cause_of(error)) from error
    raise Unreadable("changing", "the file kept changing while it was read")


def _title_from_name(source: Source) -> str:
    """Return a readable title made from the file's name."""
    if source.id == STDIN:
        return "standard input"
    stem = os.path.splitext(source.id.rsplit("/", 1)[-1])[0]
    readable = re.sub(r"[-_\s]+", " ", stem).strip()
    return readable[:1].upper() + readable[1:] or stem


def format_of(source: Source) -> Format:
    """Return the format that a file is read as."""
    suffix = os.path.splitext(source.id)[1].lower()
    return next((known for known in FORMATS if suffix in known.suffixes), TEXT)
