"""The content types that are fetched, and the suffix of the format that reads each."""

from __future__ import annotations

import os

SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/x-rst": ".rst",
    "text/org": ".org",
    "text/x-tex": ".tex",
    "application/x-tex": ".tex",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "text/vtt": ".vtt",
    "application/x-subrip": ".srt",
    "message/rfc822": ".eml",
    "application/mbox": ".mbox",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "application/rdf+xml": ".rss",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/x-ipynb+json": ".ipynb",
}
"""Suffix by content type. Anything else, such as an image or a program, is not fetched."""
_TYPES = {suffix: name for name, suffix in reversed(SUFFIXES.items())}
_VAGUE = frozenset(
    ["", "text/plain", "application/octet-stream", "binary/octet-stream", "application/json"]
)
"""What servers say of files that they do not know; the name of the file says more."""


def media_type_of(stated: str, path: str, start: bytes) -> str | None:
    """Return the content type to read a response as; None if it cannot be an article.

    stated: by the server, without parameters, in lower case; empty if it does not say.
    path: of its address. start: the first bytes of the content.
    """
    if stated not in _VAGUE:
        return stated if stated in SUFFIXES else None
    named = _TYPES.get(os.path.splitext(path)[1].lower())
    if named is not None:
        return named
    if stated == "text/plain":
        return stated
    if start.startswith(b"%PDF-"):
        return "application/pdf"
    if stated:
        return None
    begin = start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return "text/html" if begin.startswith((b"<!doctype html", b"<html")) else "text/plain"
