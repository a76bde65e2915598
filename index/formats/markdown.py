"""Markdown: text with a title in its front matter or its first heading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.formats.base import MAX_TITLE_CHARS, Document, Format
from index.formats.text import decode

if TYPE_CHECKING:
    from markdown_it.token import Token

MAX_PARSED_CHARS = 20_000
"""Only this much of a file is searched for a title, so that large files cost no more."""
MAX_HEADING_CHARS = 2_000
"""Only this much of a heading is parsed for markup."""
_NOT_STORABLE = re.compile("[\0\ud800-\udfff]")
"""Characters that YAML can escape, as in "\\ud800", but that cannot be stored."""


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    return Document(text, _title(text[:MAX_PARSED_CHARS]), used)


MARKDOWN = Format("markdown 1", (".md", ".markdown"), _read)


def _title(text: str) -> str | None:
    """Return the front matter's `title`, or else the first heading with any text."""
    for candidate in _titles(text):
        if line := " ".join(_NOT_STORABLE.sub("\ufffd", candidate).split()):
            return line[:MAX_TITLE_CHARS].rstrip()
    return None


def _titles(text: str) -> Iterator[str]:
    """Yield the front matter's `title` and the headings, without markup.

    Headings inside quotes and lists are ignored.
    """
    from markdown_it import MarkdownIt
    from mdit_py_plugins.front_matter import front_matter_plugin

    links: dict[str, object] = {}  # link definitions that headings may refer to
    blocks = MarkdownIt("commonmark").use(front_matter_plugin).disable("inline")
    inline = MarkdownIt("commonmark")
    tokens = blocks.parse(text, links)
    for place, token in enumerate(tokens):
        if token.type == "front_matter":
            yield _front_matter_title(token.content)
        elif token.type == "heading_open" and token.level == 0:
            source = tokens[place + 1].content[:MAX_HEADING_CHARS]
            yield _plain(inline.parseInline(source, links))


def _front_matter_title(front_matter: str) -> str:
    """Return the `title` in YAML front matter as written; empty if there is none."""
    import yaml

    try:
        # Composed, not loaded: dates and numbers stay as written, and no alias is expanded.
        top = yaml.compose(front_matter, Loader=yaml.SafeLoader)
    # Not only YAMLError: an escape beyond Unicode raises OverflowError, for example.
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        # Usually an unquoted title with a colon in it.
        lines = [line for line in front_matter.splitlines() if line.startswith("title:")]
        return lines[0].removeprefix("title:").strip("\"' \t") if lines else ""
    for key, value in top.value if isinstance(top, yaml.MappingNode) else ():
        if key.value == "title" and isinstance(value, yaml.ScalarNode):
            return "" if value.tag == "tag:yaml.org,2002:null" else str(value.value)
    return ""


def _plain(tokens: Sequence[Token]) -> str:
    """Return the text of inline tokens without their markup."""
    parts = []
    for token in tokens:
        if token.children:  # a whole line, or an image's alt text
            parts.append(_plain(token.children))
        elif token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return "".join(parts)
