"""Turns files into articles: reads a file's bytes and picks its format."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from index.formats.base import Document, Format, Unreadable
from index.formats.delimited import CSV, TSV
from index.formats.feed import FEED
from index.formats.html import HTML, WHOLE_HTML, WHOLE_PAGE
from index.formats.html_encoding import encoding_named
from index.formats.mail import MAIL, MAILBOX
from index.formats.markdown import MARKDOWN
from index.formats.mhtml import MHTML, WHOLE_MHTML
from index.formats.notebook import NOTEBOOK
from index.formats.office import DOCX, OFFICE, RTF
from index.formats.org import ORG
from index.formats.pdf import PDF
from index.formats.rst import RST
from index.formats.subtitles import SUBTITLES
from index.formats.tex import TEX
from index.formats.text import TEXT
from index.formats.zipped import OLD_OFFICE, ZIP
from index.isolated.reader import IsolatedReader
from index.scan import STDIN, STDIN_NAME, Source, as_text, cause_of
from index.types import Article
from index.web.addresses import name_in

FORMATS = (
    *(MARKDOWN, ORG, RST, TEX, NOTEBOOK, CSV, TSV, SUBTITLES, MAIL, MAILBOX),
    *(HTML, MHTML, FEED, PDF, *OFFICE),
)
"""Chosen by suffix; any other file is read as plain text."""
WHOLE_PAGES = {HTML.name: WHOLE_HTML, MHTML.name: WHOLE_MHTML}
"""What reads all text of web pages, by the format that reads their main text."""

SIGNATURES = ((b"%PDF-", PDF), (ZIP, DOCX), (b"{\\rtf", RTF), (OLD_OFFICE, DOCX))
"""How files of a format begin, whatever their name. DOCX stands for all of office programs."""
PAGE_STARTS = (b"<!doctype html", b"<html")
"""How web pages begin, in lower case."""
_START_BYTES = 1_000
_BY_CONTENT = ", by content "
_SENT_AS = ", sent as "
_UNCLEAR_SUFFIXES = ("", ".txt", ".text", ".doc")
"""Of files that are often something else than text."""


class Loaded(NamedTuple):
    """An article, with what its format says about reading it."""

    article: Article
    format: str
    """`Format.name` of the format that it has by its content."""
    encoding: str | None
    """See `Document.encoding`."""
    note: str
    """See `Document.note`."""


def read(
    source: Source,
    encoding: str | None = None,
    isolated: IsolatedReader | None = None,
    *,
    whole_page: bool = False,
) -> Loaded:
    """Read one file.

    encoding: used unless the file is UTF-8 or has a byte order mark; None to detect it, or to use
        the one that a web server stated.
    isolated: reads formats that need a process of their own; None to start one for this file.
    whole_page: read all text that a web page shows instead of its main text.

    Raises: Unreadable, with the reason.
    """
    content = _content_of(source)
    form = _confirmed(format_of(source), source, content)
    if whole_page:
        form = WHOLE_PAGES.get(form.name, form)
    document = _as_sent(form, source, content, encoding, isolated)
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
        form.name if document.is_extracted else "",
    )
    return Loaded(article, form.name, document.encoding, document.note)


def _as_sent(
    form: Format,
    source: Source,
    content: bytes,
    encoding: str | None,
    isolated: IsolatedReader | None,
) -> Document:
    """Read a file, or a web page in the encoding that the server stated, unless that is wrong."""
    stated = source.snapshot.about.charset if source.snapshot else ""
    if stated and encoding is None:
        try:
            return _document(form, content, encoding_named(stated), isolated)
        except Unreadable as error:
            if error.reason != "encoding":
                raise
    return _document(form, content, encoding, isolated)


def _document(
    form: Format, content: bytes, encoding: str | None, isolated: IsolatedReader | None
) -> Document:
    if not form.isolated or not content:
        return form.read(content, encoding)
    if isolated is not None:
        return isolated.read(form, content, encoding)
    with IsolatedReader() as own:
        return own.read(form, content, encoding)


def _content_of(source: Source) -> bytes:
    """Return the bytes of a file or snapshot. Raises: Unreadable."""
    if source.content is not None:
        return source.content
    if source.snapshot is None:
        return _read_stable(source.path)
    from index.web.articles import FETCH_AGAIN
    from index.web.snapshots import SnapshotDamaged

    try:
        return source.snapshot.read()
    except SnapshotDamaged as error:
        raise Unreadable("damaged", f"its snapshot: {error}; {FETCH_AGAIN}") from error
    except OSError as error:
        raise Unreadable("unreadable", f"its snapshot: {cause_of(error)}") from error


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
        return STDIN_NAME
    if source.snapshot is not None:
        return name_in(source.id)
    stem = os.path.splitext(source.id.rsplit("/", 1)[-1])[0]
    readable = re.sub(r"[-_\s]+", " ", stem).strip()
    return readable[:1].upper() + readable[1:] or stem


def format_of(source: Source) -> Format:
    """Return the format that a file is read as."""
    return _named(_suffix_of(source))


def _named(suffix: str) -> Format:
    return next((known for known in FORMATS if suffix in known.suffixes), TEXT)


def extractor_of(source: Source, form: str) -> str:
    """Return what a store records about how a file was read.

    form: name of the format that it has by its content.
    """
    named = format_of(source).name
    by_content = "" if form == named else f"{_BY_CONTENT}{form}"
    return f"{named}{by_content}{_sent_as(source)}"


def is_up_to_date(source: Source, extractor: str) -> bool:
    """Return whether this version reads a file as `extractor_of` recorded."""
    return _is_current(_suffix_of(source), _sent_as(source), extractor)


def up_to_date_checker() -> Callable[[Source, str], bool]:
    """Return a function like `is_up_to_date` that is fast for many files of the same kinds."""
    known = cache(_is_current)
    return lambda source, extractor: known(_suffix_of(source), _sent_as(source), extractor)


def _is_current(suffix: str, sent_as: str, extractor: str) -> bool:
    named, _, form = extractor.removesuffix(sent_as).partition(_BY_CONTENT)
    current = {known.name for known in (*FORMATS, TEXT, *WHOLE_PAGES.values())}
    is_current = named == _named(suffix).name and (not form or form in current)
    return is_current and extractor.endswith(sent_as)


def formats_version() -> str:
    """Return what changes whenever `is_up_to_date` may return something else for a file."""
    forms = (*FORMATS, TEXT, *WHOLE_PAGES.values())
    return " ".join(f"{form.name}={','.join(form.suffixes)}" for form in forms)


def is_whole_page(extractor: str) -> bool:
    """Return whether a format reads all text of a web page. extractor: see `Article.extractor`."""
    return extractor.endswith(WHOLE_PAGE)


def is_same_page(source: Source, sha256: str | None, extractor: str) -> bool:
    """Return whether a file is a web page that was fetched again and would be read as before.

    sha256, extractor: of when it was read.
    """
    snapshot = source.snapshot
    if snapshot is None or snapshot.about.sha256 != sha256 or not is_up_to_date(source, extractor):
        return False
    try:
        _content_of(source)
    except Unreadable:  # its snapshot was damaged since
        return False
    return True


def _sent_as(source: Source) -> str:
    """Return what is recorded about the encoding that a web server stated."""
    charset = source.snapshot.about.charset if source.snapshot else ""
    return f"{_SENT_AS}{charset}" if charset else ""


def _suffix_of(source: Source) -> str:
    return source.snapshot.suffix if source.snapshot else os.path.splitext(source.id)[1].lower()


def _confirmed(form: Format, source: Source, content: bytes) -> Format:
    """Return the format that a file has by its content, where its name says something else."""
    suffix = _suffix_of(source)
    if form is TEXT and suffix not in _UNCLEAR_SUFFIXES and source.id != STDIN:
        return form
    start = content[:_START_BYTES].lstrip(b"\xef\xbb\xbf \t\r\n")
    for signature, known in SIGNATURES:
        if start.startswith(signature):
            return form if form in OFFICE and known in OFFICE else known
    is_page = start.lower().startswith(PAGE_STARTS)
    is_claimed = form in (PDF, *OFFICE) or suffix == ".doc" or source.id == STDIN
    return HTML if is_page and is_claimed else form
