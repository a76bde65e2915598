"""Pairs brackets, quotation marks and marks of emphasis."""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.types import Span

_MARK = re.compile(r"\*\*|`+|[()\[\]{}<>«»‹›“”„\"‘’']")
_LINK = re.compile(r"\[\[[^\[\]|\r\n]+(\|)[^\[\]\r\n]+\]\]")
_OPENERS_OF = {
    ")": "(", "]": "[", "}": "{", ">": "<", "»": "«", "›": "‹", "’": "‘", "”": "“„", "“": "„",
}  # fmt: skip
_OPENERS = "([{<«‹“„‘"
_SAME = ('"', "'", "**")
"""Marks that open and close; what is next to them says which."""


@dataclass(frozen=True, slots=True)
class Tie:
    """An answer that has some of `part` must have all of `whole`."""

    part: Span
    whole: Span


def ties(text: str) -> list[Tie]:
    """Return the two marks of each pair, and the bar of each wikilink, tied to the whole."""
    found = [Tie(Span(*link.span(1)), Span(*link.span())) for link in _LINK.finditer(text)]
    open_marks: list[tuple[str, Span]] = []
    for match in _MARK.finditer(text):
        mark, place = match[0], Span(*match.span())
        before, after = text[max(0, place.start - 1) : place.start], text[place.end : place.end + 1]
        partners = _partners(mark, before, after)
        opened = [number for number, (other, _) in enumerate(open_marks) if other in partners]
        if opened:
            opener = open_marks[opened[-1]][1]
            whole = Span(opener.start, place.end)
            found += [Tie(opener, whole), Tie(place, whole)]
            del open_marks[opened[-1] :]
        elif _opens(mark, before, after):
            open_marks.append((mark, place))
    return found


def _partners(mark: str, before: str, after: str) -> tuple[str, ...]:
    """Return the marks that a mark closes, if it closes one where it is."""
    if mark.startswith("`"):
        return (mark,)
    if mark in (*_SAME, "’", "”", "“", ">") and (not before or before.isspace()):
        return ()
    if mark in ('"', "'", "’", "”", "“") and after.isalnum():
        return ()
    return (mark,) if mark in _SAME else tuple(_OPENERS_OF.get(mark, ""))


def _opens(mark: str, before: str, after: str) -> bool:
    if mark in (*_SAME, "‘", "<"):
        inside_word = before.isalnum() and mark != "**"
        return bool(after) and not after.isspace() and not inside_word
    return mark in _OPENERS or mark.startswith("`")
