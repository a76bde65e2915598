"""Small office files, made of the XML that matters."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def zipped(members: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def relationships(*targets: tuple[str, str]) -> str:
    """Return a part with relationships: kind and target of each, with the ids r1, r2 and so on."""
    each = "".join(
        f'<Relationship Id="r{number}" Type="{_TYPES}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f"<Relationships>{each}</Relationships>"


def docx(body: str, **parts: str) -> bytes:
    """Return a DOCX file. parts: what is in `word/NAME.xml`, without its outermost element."""
    members = {
        "_rels/.rels": relationships(("officeDocument", "word/document.xml")),
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
    }
    for name, content in parts.items():
        members[f"word/{name}.xml"] = f"<w:{name} {W}>{content}</w:{name}>"
    return zipped(members)


def paragraph(text: str, style: str = "", more: str = "") -> str:
    """Return a paragraph of DOCX. more: further settings."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{more}</w:pPr>{run(text)}</w:p>"


def run(text: str) -> str:
    """Return a run of DOCX."""
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def style(id: str, name: str, settings: str = "", based_on: str = "") -> str:
    """Return a paragraph style of DOCX."""
    base = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    return (
        f'<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/>{base}'
        f"<w:pPr>{settings}</w:pPr></w:style>"
    )


def epub(
    chapters: Mapping[str, str],
    *,
    metadata: str = "<dc:title>The Book</dc:title>",
    more: Mapping[str, str] | None = None,
    items: str = "",
    order: Sequence[str] | None = None,
) -> bytes:
    """Return an EPUB.

    chapters: the body of each file, by name.
    more: other files, from the folder of the chapters or from "/".
    items: lines of the manifest for them.
    order: names of the chapters as they are read; as they are given if None.
    """
    listed = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>' for name in chapters
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in order or chapters)
    members: dict[str, str | bytes] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/>'
        "</rootfiles></container>",
        "OEBPS/book.opf": '<package xmlns:dc="http://purl.org/dc/elements/1.1/" '
        f'xmlns:opf="http://www.idpf.org/2007/opf"><metadata>{metadata}</metadata>'
        f"<manifest>{listed}{items}</manifest><spine>{spine}</spine></package>",
    }
    for name, body in chapters.items():
        members[f"OEBPS/{name}"] = xhtml(body)
    for name, content in (more or {}).items():
        members[posixpath.join("OEBPS", name).lstrip("/")] = content
    return zipped(members)


def xhtml(body: str) -> str:
    """Return an XHTML file."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<head><title>no</title></head><body>{body}</body></html>"
    )


_ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in [
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("style", "style"),
        ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"),
        ("presentation", "presentation"),
        ("meta", "meta"),
    ]
)


def odt(body: str, styles: str = "", meta: str = "", kind: str = "text") -> bytes:
    """Return an ODT file; with another kind, such as "presentation", one of another kind."""
    document = (
        f"<office:document-content {_ODF}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    about = (
        f'<office:document-meta {_ODF} xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta>'
        f"{meta}</office:meta></office:document-meta>"
    )
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return zipped({"mimetype": mimetype, "content.xml": document, "meta.xml": about})
