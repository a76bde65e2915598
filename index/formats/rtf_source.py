"""Prepares RTF for striprtf: marks what it would lose, and drops what takes it long.

striprtf gives the text. It drops footnotes, does not know headings, and shows borders of cells as
bars; and it reads every digit of a picture.
"""

from __future__ import annotations

import re

HEADING, CELL, ROW, TABLE, NOTE, NOTE_END = "\x01", "\x03", "\x04", "\x05", "\x06", "\x07"
"""Marks in the text. A digit follows the first: the level."""
_TOKEN = re.compile(r"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'[0-9a-f]{2}|\\[^a-z]|[{}]", re.IGNORECASE)
_MARKS = re.compile("[\x01-\x08]")
_DROPPED = frozenset(
    "pict shppict nonshppict objdata result themedata colorschememapping datastore fldinst blipuid "
    "latentstyles listtable listoverridetable rsidtbl generator xmlnstbl deleted stylesheet info "
    "bkmkstart bkmkend header headerl headerr headerf footer footerl footerr footerf ftnsep "
    "ftnsepc aftnsep aftnsepc v".split()
)
"""Words that make the rest of their group no text."""
_MARKED = {"cell": CELL, "nestcell": CELL, "row": ROW, "nestrow": ROW, "trowd": TABLE}
_STYLE = re.compile(r"\{(?:\\\*)?\\s(\d+)\b[^{}]*?(?:heading|Heading|Überschrift) ?(\d);\}")
_MAX_CODE = 0xFFFF


def marked(source: str) -> str:
    """Return the source of an RTF file with marks in its text, and without pictures."""
    levels = _heading_levels(source)
    parts: list[str] = []
    groups: list[str] = []  # what is written where each open group ends
    position = 0
    dropped: int | None = None  # how many groups are open around the one that is dropped
    for token in _TOKEN.finditer(source):
        if token.start() < position:
            continue  # inside binary data
        if dropped is None:
            parts.append(_MARKS.sub("", source[position : token.start()]))
        position = token.end()
        shown, word = token[0], (token[1] or "").lower()
        if shown == "{":
            groups.append("")
        elif shown == "}":
            end = groups.pop() if groups else ""
            if dropped is not None and len(groups) < dropped:
                dropped = None
            if dropped is None:
                parts.append(f"{end}}}")
            continue
        elif word == "bin":
            position += max(int(token[2] or 0), 0)
            continue
        elif word in _DROPPED and token[2] != "0" and dropped is None and groups:
            dropped = len(groups)
            continue
        if dropped is None:
            parts.append(_replaced(token, word, levels, groups))
    if dropped is None:
        parts.append(_MARKS.sub("", source[position:]))  # the file may be cut off
    return "".join(parts)


def _replaced(token: re.Match[str], word: str, levels: dict[str, int], groups: list[str]) -> str:
    """Return what is written for a token: itself, perhaps with a mark."""
    shown, number = token[0], token[2]
    if word in _MARKED:
        return f"{_MARKED[word]}{shown}"
    if word == "outlinelevel" and number in tuple("012345678"):
        return f"{shown} {HEADING}{int(number) + 1}"
    if word == "s" and number in levels:
        return f"{shown} {HEADING}{levels[number]}"
    if word == "footnote" and groups:
        groups[-1] = NOTE_END
        return NOTE
    if word == "u" and number and abs(int(number)) > _MAX_CODE:
        return ""
    return shown


def _heading_levels(source: str) -> dict[str, int]:
    """Return the levels of the styles of headings, by number of the style."""
    start = source.find("\\stylesheet")
    if start < 0:
        return {}
    found = _STYLE.findall(source, start, start + 200_000)
    return {style: int(level) for style, level in found if level != "0"}
