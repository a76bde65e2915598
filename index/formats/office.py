"""Documents of office programs and books: what a file is, its content says, not its name."""

from __future__ import annotations

from index.formats.base import Document, Format, Unreadable
from index.formats.text import TEXT
from index.formats.zipped import OLD_OFFICE, ZIP, Package

_RTF = b"{\\rtf"
_FLAT_ODF = b"<office:document"
_START_BYTES = 2_000


def _read(content: bytes, encoding: str | None) -> Document:
    start = content[:_START_BYTES].lstrip()
    if start.startswith(_RTF):
        from index.formats.rtf import read_rtf

        return read_rtf(content)
    if start.startswith((ZIP, OLD_OFFICE)):
        return _read_package(content)
    if _FLAT_ODF in start:
        from index.formats.odf import read_flat_odf

        return read_flat_odf(content)
    return TEXT.read(content, encoding)


def _read_package(content: bytes) -> Document:
    from index.formats.docx import MAIN_PART as DOCX_PART
    from index.formats.docx import read_docx
    from index.formats.epub import read_epub
    from index.formats.epub_package import CONTAINER
    from index.formats.odf import CONTENT, read_odf
    from index.formats.pptx import MAIN_PART as PPTX_PART
    from index.formats.pptx import read_pptx
    from index.formats.xlsx import MAIN_PART as XLSX_PART
    from index.formats.xlsx import read_xlsx

    package = Package(content)
    if DOCX_PART in package or "word/styles.xml" in package:
        return read_docx(package)
    if PPTX_PART in package:
        return read_pptx(package)
    if CONTAINER in package or package.kind == "application/epub+zip":
        return read_epub(package)
    if CONTENT in package or package.kind.startswith("application/vnd.oasis.opendocument"):
        return read_odf(package)
    if XLSX_PART in package:
        return read_xlsx(package)
    raise Unreadable("binary", "a zip archive that is no document: unpack it")


DOCX = Format("docx 2", (".docx", ".docm", ".dotx", ".dotm"), _read, isolated=True)
ODT = Format("odt 2", (".odt", ".ott", ".fodt", ".odp"), _read, isolated=True)
EPUB = Format("epub 2", (".epub",), _read, isolated=True)
PPTX = Format("pptx 2", (".pptx", ".pptm", ".ppsx"), _read, isolated=True)
RTF = Format("rtf 2", (".rtf",), _read, isolated=True)
SHEET = Format("spreadsheet 1", (".xlsx", ".xlsm", ".xltx", ".ods"), _read, isolated=True)
OTHER = Format("office 1", (".odg", ".xls", ".ppt", ".zip"), _read, isolated=True)
"""Kinds that are known only to say why they are skipped."""
OFFICE = (DOCX, ODT, EPUB, PPTX, RTF, SHEET, OTHER)
