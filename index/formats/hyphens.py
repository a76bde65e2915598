"""Words that are divided at a line end, and soft hyphens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from index.types import Span

SOFT_HYPHEN = "\xad"
_DIVIDED = re.compile(r"(?<=\w)([-‐¬\xad])([ \t]*(?:\r\n|\n|\r)[ \t]*)(?=\w)")
_WORD = re.compile(r"\w+(?:[-‐'’]\w+)*")
_JOINERS = "-‐'’_"
_SUSPENDED = re.compile(r"(?:and|or|to|nor|und|oder|bis|et|ou|y|o|e)\s+[\w'’]+[-‐]\w")
"""What follows a hyphen that replaces a part of the word, as in "two- or three-day"."""
MAX_PART_CHARS = 60
PREFIXES = frozenset(
    "all cross ex half high ill low much mid non quasi self vice well one two three four five six "
    "seven eight nine ten twenty thirty forty fifty sixty seventy eighty ninety".split()
)
"""First parts of compounds that keep their hyphen."""
SUFFIXES = frozenset("ed er ers es ing ings ish less ly ment ments ness ty".split())
"""Second parts that are not words of their own, so the hyphen only divides the word."""
SMALL_WORDS = frozenset("and by de down in la of off on or out the to up".split())
"""Second parts, or the words that they begin with, that keep the hyphen: "pick-up"."""


def divided_words(text: str) -> list[Span]:
    """Return what to hide of words that are divided at line ends, in order.

    Hyphen, line break and indentation; or the latter two, if the hyphen is the word's own; or an
    empty span, if it replaces a part of the word. Each ends where the word goes on. The
    text's other words decide: where neither form occurs, a word is joined if it goes on in lower
    case and its first part is not a prefix such as "self-".
    """
    divided = list(_DIVIDED.finditer(text))
    if not divided:
        return []
    parts = [_parts(text, match) for match in divided]
    wanted = {form for before, after in parts for form in (before + after, f"{before}-{after}")}
    counts = Counter(
        word for match in _WORD.finditer(text) if (word := _folded(match[0])) in wanted
    )
    hidden = []
    for match, (before, after) in zip(divided, parts, strict=True):
        if match[1] in "¬\xad" or _is_joined(before, after, text[match.end()], counts):
            hidden.append(Span(match.start(), match.end()))
        elif _SUSPENDED.match(text, match.end()):
            hidden.append(Span(match.end(), match.end()))
        else:
            hidden.append(Span(*match.span(2)))
    return hidden


def soft_hyphens(text: str, start: int = 0, end: int | None = None) -> Iterator[Span]:
    """Yield the soft hyphens of `text[start:end]`, which only show where a word can be divided."""
    position = text.find(SOFT_HYPHEN, start, end)
    while position >= 0:
        yield Span(position, position + 1)
        position = text.find(SOFT_HYPHEN, position + 1, end)


def _parts(text: str, divided: re.Match[str]) -> tuple[str, str]:
    """Return what is before and after the hyphen, in lower case and with plain hyphens."""
    start, end = divided.span()
    first = start
    while first > max(0, start - MAX_PART_CHARS) and (
        text[first - 1].isalnum() or text[first - 1] in _JOINERS
    ):
        first -= 1
    after = _WORD.match(text, end, end + MAX_PART_CHARS)
    return _folded(text[first:start].lstrip(_JOINERS)), _folded(after[0] if after else "")


def _folded(word: str) -> str:
    return word.replace("‐", "-").casefold()


def _is_joined(before: str, after: str, following: str, counts: Counter[str]) -> bool:
    """Return whether the hyphen only divides the word. following: the first character after it."""
    joined, hyphenated = counts[before + after], counts[f"{before}-{after}"]
    if joined or hyphenated:
        return joined >= hyphenated
    if not following.islower() or len(before) < 2 or not before.isalpha():
        return False
    if before in PREFIXES:
        return after in SUFFIXES
    return after.split("-")[0] not in SMALL_WORDS
