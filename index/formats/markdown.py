"""Markdown: text with a title in its front matter or its first heading."""

from __future__ import annotations

import re

from index.formats.base import MAX_TITLE_CHARS, Document, Format
from index.formats.text import decode

_FENCED_CODE = re.compile(
    r"^ {0,3}(`{3,}(?![^\n]*`)|~{3,}).*?(?:^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE
)


def _markdown_title(text: str) -> str | None:
    """Return the `title` of the front matter or the first heading, whichever is there."""
    front = re.match(r"---[ \t]*\r?\n(.*?)^---[ \t\r]*$", text, re.DOTALL | re.MULTILINE)
    if front:
        named = re.search(r"^title:(.*)$", front[1], re.MULTILINE)
        if named and (title := named[1].strip("\"' \t\r")):
            return title[:MAX_TITLE_CHARS]
        text = text[front.end() :]
    body = _FENCED_CODE.sub("", text[:20_000])
    heading = re.search(
        r"^ {0,3}#{1,6}[ \t]+(\S[^\r\n]*)|^(\S[^\r\n]*)\r?\n=+[ \t\r]*$", body, re.MULTILINE
    )
    if heading is None:
        return None
    title = (heading[1] or heading[2]).rstrip()
    opened = title.rstrip("#")
    if heading[1] and opened != opened.rstrip():  # a closing run of #, unlike that of "C#"
        title = opened.rstrip()
    return title[:MAX_TITLE_CHARS]


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    return Document(text, _markdown_title(text), used)


MARKDOWN = Format((".md", ".markdown"), _read)
