"""Markdown: text with headings, lists, tables, code, and perhaps front matter."""

from __future__ import annotations

import re

from index.formats.base import Document, Format, title_of
from index.formats.encoding import decode

_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that YAML can escape, as in "\\ud800", but that cannot be stored."""


def _read(content: bytes, encoding: str | None) -> Document:
    from index.formats.markdown_structure import MarkdownStructure

    text, used = decode(content, encoding)
    parsed = MarkdownStructure(text)
    titles = (title_of(_NOT_STORABLE.sub("\ufffd", title)) for title in parsed.titles())
    return Document(text, next(filter(None, titles), None), used, parsed.structure())


MARKDOWN = Format("markdown 2", (".md", ".markdown"), _read)
