"""Prepares RTF for striprtf: marks what it would lose, and drops what takes it long.

striprtf gives the text. It drops notes, comments and text boxes, does not know headings, and shows
borders of cells as bars; and it reads every digit of a picture.
"""

from __future__ import annotations

import re

from index.formats.symbols import raised

HEADING, BOX, CELL, ROW, TABLE, NOTE, END, COMMENT = map(chr, range(1, 9))
"""Marks in the text. A digit follows the first: the level. A note, a comment or a text box goes on
to `END`."""
MARKS = re.compile("[\x01-\x08]")
_TOKEN = re.compile(r"\\([a-z]{1,32})(-?\d{1,10})?[ ]?|\\'[0-9a-f]{2}|\\[^a-z]|[{}]", re.IGNORECASE)
_DROPPED = frozenset(
    "pict shppict nonshppict objdata result themedata colorschememapping datastore fldinst blipuid "
    "latentstyles listtable listoverridetable rsidtbl generator xmlnstbl deleted stylesheet info "
    "bkmkstart bkmkend header headerl headerr headerf footer footerl footerr footerf ftnsep "
    "ftnsepc aftnsep aftnsepc v sp shprslt".split()
)
"""Words that make the rest of their group no text."""
_SWITCHES = ("v", "deleted")
"""Those that can be switched off in the same group."""
_MARKED = {"cell": CELL, "row": ROW, "trowd": TABLE}
_APART = {"footnote": NOTE, "annotation": COMMENT, "shptxt": BOX}
_READ = ("shp", "shpgrp", "shpinst", "pntext")
"""Words for groups of text that striprtf does not read."""
_OPTIONAL = re.compile(r"\\\*(?=\s*\\(?:shpinst|annotation|footnote)\b)")
"""What says that a group may be ignored, before those that are read."""
_RAISED = re.compile(r"\\super(?:\\[a-z]+-?\d* ?|\s)*([\d+-]{1,9})(?=[}\\])")
_STYLE = re.compile(r"\{(?:\\\*)?\\s(\d+)\b[^{}]*?(?:heading|Heading|Überschrift) ?(\d);\}")
_MAX_CODE = 0xFFFF


def marked(source: str) -> str:
    """Return the source of an RTF file with marks in its text, and without pictures."""
    source = _RAISED.sub(lambda found: raised(found[1]), _OPTIONAL.sub("", source))
    levels = _heading_levels(source)
    parts: list[str] = []
    groups: list[str] = []  # what is written where each open group ends
    position = 0
    dropped: int | None = None  # how many groups are open around the one that is dropped
    switch = ""  # the word that began it, if it can be switched off
    for token in _TOKEN.finditer(source):
        if token.start() < position:
            continue  # inside binary data
        if dropped is None:
            parts.append(MARKS.sub("", source[position : token.start()]))
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
        elif dropped is not None and len(groups) == dropped and _is_off(token, word, switch):
            dropped = None
            continue
        elif word in _DROPPED and token[2] != "0" and dropped is None and groups:
            dropped, switch = len(groups), word if word in _SWITCHES else ""
            continue
        if dropped is None:
            parts.append(_replaced(token, word, levels, groups))
    if dropped is None:
        parts.append(MARKS.sub("", source[position:]))  # the file may be cut off
    return "".join(parts)


def _is_off(token: re.Match[str], word: str, switch: str) -> bool:
    """Return whether a token switches off what a word began."""
    return bool(switch) and (word == "plain" or (word == switch and token[2] == "0"))


def _replaced(token: re.Match[str], word: str, levels: dict[str, int], groups: list[str]) -> str:
    """Return what is written for a token: itself, perhaps with a mark."""
    shown, number = token[0], token[2]
    if word in _MARKED:
        return f"{_MARKED[word]}{shown}"
    if word == "outlinelevel" and number in tuple("012345678"):
        return f"{shown} {HEADING}{int(number) + 1}"
    if word == "s" and number in levels:
        return f"{shown} {HEADING}{levels[number]}"
    if word in _APART and groups:
        groups[-1] = END
        return _APART[word]
    if word in _READ:
        return ""
    if word == "nestcell":  # a table in a cell is read line by line
        return "\\par "
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
