"""What is in a PDF file: its pages, what it says of itself, and its outline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from index.formats import ocr
from index.formats.base import Document, Unreadable
from index.formats.pdf_headings import OutlineEntry
from index.formats.pdf_lines import Line
from index.formats.pdf_ocr import recognized_lines
from index.formats.pdf_pages import BLANK_PAGE, PrintedPage, read_page
from index.formats.pdf_text import About, is_garbled, write
from index.formats.pdf_unread import UnreadPages
from index.formats.progress import tell_progress

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_PAGES = 20_000
MAX_CHARS = 50_000_000
PAGES_A_REPORT = 10
MAX_SCANS = 300
"""How many pages of a file are recognised: half an hour of work."""
MIN_RECOGNIZED = 2
"""How many times the characters of a page's text are recognised at least, to be read instead."""
MAX_OUTLINE_DEPTH = 6
MAX_OUTLINE_ENTRIES = 20_000
_FILE_NAME = re.compile(
    r"\.(?:docx?|pdf|pptx?|xlsx?|tex|dvi|indd|qxd|odt|rtf|html?)\s*$|[\\/]|://", re.IGNORECASE
)
_PROGRAM = re.compile(
    r"(?:microsoft (?:word|powerpoint|excel)\b|powerpoint presentation$|untitled|document\d*$)",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{2}")
_NAME = re.compile(r"[^\W\d_]{2,}[\s,&-]+(?:\w[\s.]+)?[^\W\d_]{2,}")
"""Two words: a single one is that of an account or a program."""
_DATE = re.compile(r"D?:?(\d{4})(0[1-9]|1[0-2])([0-2]\d|3[01])")


def document_of(content: bytes) -> Document:
    """Read a PDF file. Raises: Unreadable."""
    import pypdfium2

    try:
        file = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise _refusal(error.err_code) from error
    try:
        if file.get_formtype():
            file.init_forms()
        if len(file) > MAX_PAGES:
            raise Unreadable("too large", f"{len(file):,} pages; at most {MAX_PAGES:,} are read")
        return _document(file)
    finally:
        file.close()


def _refusal(code: int | None) -> Unreadable:
    import pypdfium2.raw as pdfium

    if code == pdfium.FPDF_ERR_PASSWORD:
        return Unreadable("encrypted", "it needs a password")
    if code == pdfium.FPDF_ERR_SECURITY:
        return Unreadable("encrypted", "in a way that cannot be read")
    return Unreadable("damaged", "the PDF file cannot be opened")


def _document(file: PdfDocument) -> Document:
    """Read the pages of a file. Raises: Unreadable."""
    unread = UnreadPages(len(file))
    pages = list(_pages(file, unread))
    if not any(page.lines for page in pages):
        raise unread.refusal()
    if is_garbled(line.text for page in pages for line in page.lines):
        raise Unreadable("garbled", "its fonts do not say which letters they show")
    document = write(pages, _about(file), _outline(file))
    return replace(document, note=unread.note())


def _pages(file: PdfDocument, unread: UnreadPages) -> Iterator[PrintedPage]:
    """Yield the pages of a file, and note those that cannot be read. Raises: Unreadable."""
    size = scans = 0
    for number in range(unread.total):
        if number % PAGES_A_REPORT == 0:
            tell_progress(number, unread.total, scans)
        try:
            page = _page(file, number)
        except _PageDamaged:
            unread.damaged.append(number)
            page = BLANK_PAGE
        if page.is_scan and ocr.is_installed() and scans < MAX_SCANS:
            scans += 1
            tell_progress(number, unread.total, scans)
            page = _recognized(file, number, page, unread)
        elif page.is_scan:
            (unread.pictures if page.lines else unread.without_text).append(number)
        if page.is_cut:
            unread.cut.append(number)
        size += _size(page.lines)
        if size > MAX_CHARS:
            raise Unreadable("too large", f"it has more than {MAX_CHARS:,} characters")
        yield page


class _PageDamaged(Exception):
    """A page cannot be opened."""


def _page(file: PdfDocument, number: int) -> PrintedPage:
    """Read a page. Raises: _PageDamaged."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        page = file[number]
        try:
            if not file.formenv:
                return read_page(page)
            with closing(page.get_textpage()) as text:
                printed = text.count_chars()
            if (
                pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
                != pdfium.FLATTEN_SUCCESS
            ):
                return read_page(page)
        finally:
            page.close()
        with closing(file[number]) as page:  # its text now has what is filled in
            return read_page(page, printed)
    except pypdfium2.PdfiumError as error:
        raise _PageDamaged from error


def _recognized(
    file: PdfDocument, number: int, page: PrintedPage, unread: UnreadPages
) -> PrintedPage:
    """Return a page with the lines that are recognised on it, if they say more than its text."""
    with closing(file[number]) as picture:
        width, height = picture.get_size()
        lines = recognized_lines(picture)
    if _size(lines) > MIN_RECOGNIZED * _size(page.lines):
        unread.recognized.append(number)
        return replace(page, lines=lines, width=width, height=height)
    if not page.lines:
        unread.without_text.append(number)
    return page


def _size(lines: Sequence[Line]) -> int:
    """Return how many characters lines have."""
    return sum(len(line.text) for line in lines)


def _about(file: PdfDocument) -> About:
    """Return what a file says of itself, as far as it makes sense."""
    import pypdfium2

    try:
        found = file.get_metadata_dict()
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        found = {}
    title = found.get("Title", "")
    if _FILE_NAME.search(title) or _PROGRAM.match(title) or not _LETTERS.search(title):
        title = ""
    author = found.get("Author", "")
    if not _NAME.search(author) or "@" in author:
        author = ""
    date = _DATE.match(found.get("CreationDate", ""))
    return About(title, author, found.get("Subject", ""), "-".join(date.groups()) if date else "")


def _outline(file: PdfDocument) -> Iterator[OutlineEntry]:
    import pypdfium2

    try:
        for mark in islice(file.get_toc(max_depth=MAX_OUTLINE_DEPTH), MAX_OUTLINE_ENTRIES):
            place = mark.get_dest()
            page = place.get_index() if place else None
            if page is not None:
                yield OutlineEntry(mark.get_title(), mark.level + 1, page)
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return
