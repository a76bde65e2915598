"""Documents of office programs and books: what a file is, its content says, not its name."""

from __future__ import annotations

from index.formats.base import Document, Format, Unreadable
from index.formats.text import TEXT

_RTF = b"{\\rtf"
_ZIP = b"PK\3\4"
_FLAT_ODF = b"<office:document"
_START_BYTES = 2_000


def _read(content: bytes, encoding: str | None) -> Document:
    start = content[:_START_BYTES]
    if start.lstrip().startswith(_RTF):
        from index.formats.rtf import read_rtf

        return read_rtf(content)
    if _FLAT_ODF in start and not start.startswith(_ZIP):
        from index.formats.odf import read_flat_odf

        return read_flat_odf(content)
    return _read_package(content)


def _read_package(content: bytes) -> Document:
    from index.formats.docx import MAIN_PART as DOCX_PART
    from index.formats.docx import read_docx
    from index.formats.epub import read_epub
    from index.formats.epub_package import CONTAINER
    from index.formats.odf import CONTENT, read_odf
    from index.formats.pptx import MAIN_PART as PPTX_PART
    from index.formats.pptx import read_pptx
    from index.formats.zipped import Package

    package = Package(content)
    if DOCX_PART in package or "word/styles.xml" in package:
        return read_docx(package)
    if PPTX_PART in package:
        return read_pptx(package)
    if CONTAINER in package or package.kind == "application/epub+zip":
        return read_epub(package)
    if CONTENT in package or package.kind.startswith("application/vnd.oasis.opendocument"):
        return read_odf(package)
    raise Unreadable("damaged", "a zip archive, but not of a document that can be read")


def _read_rtf(content: bytes, encoding: str | None) -> Document:
    start = content[:_START_BYTES].lstrip()
    is_text = not start.startswith((_RTF, _ZIP))
    return TEXT.read(content, encoding) if is_text else _read(content, encoding)


DOCX = Format("docx 1", (".docx", ".docm", ".dotx", ".dotm"), _read, isolated=True)
ODT = Format("odt 1", (".odt", ".ott", ".fodt", ".odp"), _read, isolated=True)
EPUB = Format("epub 1", (".epub",), _read, isolated=True)
PPTX = Format("pptx 1", (".pptx", ".pptm", ".ppsx"), _read, isolated=True)
RTF = Format("rtf 1", (".rtf",), _read_rtf, isolated=True)
OFFICE = (DOCX, ODT, EPUB, PPTX, RTF)
