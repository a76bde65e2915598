"""PDF: text in reading order, by page. Scanned pages need OCR to have any, or are named."""

from __future__ import annotations

import re

from index.formats import ocr
from index.formats.base import Document, Format, Unreadable

HEADER_BYTES = 1024
"""How far from its beginning a file says that it is PDF."""
_HEADER = re.compile(rb"%PDF-\d")


def read_pdf(content: bytes, encoding: str | None) -> Document:
    """Read a PDF file, or text in a file that is named like one. Raises: Unreadable."""
    if _HEADER.search(content, 0, HEADER_BYTES):
        from index.formats.pdf_file import document_of

        return document_of(content)
    from index.formats.text import TEXT

    try:
        return TEXT.read(content, encoding)
    except Unreadable as error:
        raise Unreadable("damaged", "it is not a PDF file") from error


_VERSION = "pdf 2"
PDF = Format(
    f"{_VERSION}, {ocr.EXTRACTOR}" if ocr.is_installed() else _VERSION,
    (".pdf",),
    read_pdf,
    isolated=True,
)
"""With the OCR, the format has another name, so that files are read again once it is installed."""
