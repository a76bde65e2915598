"""Finds the text in the HTML blocks of Markdown.

Imported only where Markdown is read: it loads markdown-it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from markdown_it.common.html_re import HTML_TAG_RE

from index.formats.building import Range
from index.structure import Kind

_NAME = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)")
_INSIDE_TEXT = set(
    "a abbr b bdi bdo big cite code data del dfn em font i img ins kbd label mark picture q s samp "
    "small source span strike strong sub sup time tt u var wbr".split()
)
"""Tags that end no sentence. All others are the border of a block."""
_UNREAD = {"script", "style", "svg"}
_KINDS: dict[str, Kind] = {"li": "item", "pre": "code", "blockquote": "quote"}


@dataclass(slots=True)
class Part:
    """A block of text or of markup."""

    start: int
    end: int
    kind: Kind = "paragraph"
    level: int = 0
    hidden: list[Range] = field(default_factory=list)


def html_parts(source: str, start: int, end: int) -> Iterator[Part]:
    """Yield the parts of `source[start:end]`: text, comments, and what is only tags."""
    part = Part(start, start)
    position = start
    while (tag := source.find("<", position, end)) >= 0:
        closing = _end_of(source, tag, end)
        if closing is None:
            position = tag + 1
            continue
        position = closing
        name = _name(source, tag)
        if name in _INSIDE_TEXT:
            part.hidden.append((tag, closing))
            continue
        part.end = tag
        yield part
        is_opening = source[tag + 1] != "/"
        if is_opening and name in _UNREAD:
            found = source.find(f"</{name}", closing, end)
            position = closing = end if found < 0 else found
        if name == "!--":
            yield Part(tag, closing, "comment", 0, _marks_of_comment(source, tag, closing))
        else:
            yield Part(tag, closing, "furniture")
        part = _following(closing, name if is_opening else "")
    part.end = end
    yield part


def _following(start: int, name: str) -> Part:
    """Return the part that a tag begins."""
    if re.fullmatch("h[1-6]", name):
        return Part(start, start, "heading", int(name[1]))
    kind = _KINDS.get(name, "paragraph")
    return Part(start, start, kind, int(kind == "item"))


def _end_of(source: str, tag: int, end: int) -> int | None:
    """Return where a tag or comment ends; None if it is only a "<"."""
    if source.startswith("<!--", tag):
        closing = source.find("-->", tag + 4, end)
        return end if closing < 0 else closing + 3
    if source[tag + 1 : tag + 2] in ("!", "?"):
        closing = source.find(">", tag, end)
        return end if closing < 0 else closing + 1
    match = HTML_TAG_RE.match(source, tag, end)
    return match.end() if match else None


def _name(source: str, tag: int) -> str:
    if source.startswith("<!--", tag):
        return "!--"
    match = _NAME.match(source, tag)
    return match[1].lower() if match else ""


def _marks_of_comment(source: str, start: int, end: int) -> list[Range]:
    closing = end - 3 if source.startswith("-->", end - 3) else end
    return [(start, start + 4), (closing, end)]
