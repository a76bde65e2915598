"""The text of mail in HTML: without tags, with line breaks where blocks end.

Only for mail that has no plain text. Not with `html.parser`: its time is quadratic in the number of
broken tags.
"""

from __future__ import annotations

import html
import re

_TAG = re.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9:-]*+)[^<>]*+>|<[!?][^<>]*+>")
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")
_UNREAD = frozenset("head style script title template svg".split())
_PARAGRAPHS = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre section article header footer form".split()
)
_LINES = frozenset("br div li tr dt dd hr center address".split())
_CELLS = frozenset("td th".split())


def text_of_html(source: str) -> str:
    """Return the text of HTML."""
    pieces: list[str] = []
    unread = ""
    position = 0
    while match := _TAG.search(source, position):
        if not unread:
            pieces.append(_words(source[position : match.start()]))
        position = match.end()
        if match[0] == "<!--":
            end = source.find("-->", position)
            position = len(source) if end < 0 else end + len("-->")
            continue
        name = (match[2] or "").lower()
        if unread:
            unread = "" if match[1] and name == unread else unread
        elif name in _UNREAD and not match[1] and not match[0].endswith("/>"):
            unread = name
        else:
            pieces.append(_border(name, is_end=bool(match[1])))
    if not unread:
        pieces.append(_words(source[position:]))
    lines = (" ".join(line.split(" ")).strip(" ") for line in "".join(pieces).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _words(source: str) -> str:
    """Return text between tags; its white space is one blank."""
    return _SPACES.sub(" ", html.unescape(source))


def _border(name: str, *, is_end: bool) -> str:
    """Return what a tag means in text."""
    if name in _PARAGRAPHS:
        return "\n\n"
    if name == "li" and not is_end:
        return "\n- "
    if name in _LINES:
        return "\n"
    return "\t" if name in _CELLS and is_end else ""
