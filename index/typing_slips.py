"""Edit distances between words, and whether a typing slip explains a difference."""

from __future__ import annotations

from collections.abc import Iterator

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
"""Of an English keyboard, each row half a key to the right of the one above it."""


def _neighbours() -> Iterator[frozenset[str]]:
    for above, row in zip(("", *_ROWS), _ROWS, strict=False):
        for place, letter in enumerate(row):
            near = {*row[max(0, place - 1) : place], *above[place : place + 2]}
            yield from (frozenset((letter, other)) for other in near)


NEIGHBOURS = frozenset(_neighbours())
"""Pairs of letters whose keys touch."""


VOWELS = frozenset("aeiouy")
SIMILAR = (VOWELS, *map(frozenset, ("cksxz", "cq", "fv", "gj", "mn", "dt", "bp", "vw")))
"""Letters that are taken for each other by people who do not know how a word is spelt."""


class Distances:
    """Distances of one word to others: how many letters are wrong, missing, added or swapped.

    The optimal string alignment distance. Words in sorted order share rows of the table, so that
    each takes only a few steps.
    """

    def __init__(self, word: str) -> None:
        self.word = word
        self._other = ""
        self._rows = [list(range(len(word) + 1))]
        """For each prefix of `_other`, by length, its distances to all prefixes of the word."""

    def to(self, other: str) -> int:
        """Return the distance of the word to another."""
        self.near_prefix(other, len(self.word) + len(other))
        return self._rows[-1][-1]

    def near_prefix(self, other: str, errors: int) -> int:
        """Return the length of the longest prefix of another word that is near the word.

        Near: some prefix of the word is at most `errors` away from it.
        """
        rows = self._rows
        same = 0
        for one, two in zip(other, self._other, strict=False):
            if one != two:
                break
            same += 1
        del rows[same + 1 :]
        self._other = other[: len(rows) - 1]
        for length, row in enumerate(rows):
            if min(row) > errors:
                return length - 1
        while len(self._other) < len(other):
            rows.append(self._next_row(other))
            self._other = other[: len(rows) - 1]
            if min(rows[-1]) > errors:
                return len(self._other) - 1
        return len(other)

    def least(self, length: int) -> int:
        """Return the least distance of a prefix of the latest other word to one of the word."""
        return min(self._rows[length])

    def _next_row(self, other: str) -> list[int]:
        word, rows = self.word, self._rows
        i, above = len(rows), rows[-1]
        letter, before = other[i - 1], other[i - 2] if i > 1 else ""
        row = [i]
        for j, own in enumerate(word, start=1):
            least = above[j - 1] if letter == own else 1 + min(above[j], row[-1], above[j - 1])
            if j > 1 and letter == word[j - 2] and own == before:
                least = min(least, rows[-2][j - 2] + 1)
            row.append(least)
        return row


def is_plausible(typed: str, meant: str) -> bool:
    """Return whether a word with one error was probably meant: the error is a slip, or a guess.

    A guess has a letter of a similar sound, a letter too few, a vowel too many, or one at the end.
    """
    wrong, right, end = _difference(typed, meant)
    if not wrong or is_slip(typed, meant):
        return True
    if not right:
        return wrong in VOWELS or not end
    return any({wrong, right} <= letters for letters in SIMILAR)


def is_slip(typed: str, meant: str) -> bool:
    """Return whether a single slip of the fingers explains what was typed.

    A slip swaps two letters, doubles or drops one, or hits a neighbouring key. The last letter must
    be right unless it was swapped or doubled: names differ in their endings.
    """
    wrong, right, end = _difference(typed, meant)
    start = len(typed) - end - len(wrong)
    if len(wrong) == 2 and wrong == right[::-1]:
        return True
    if not right and len(wrong) == 1:
        return wrong in typed[max(0, start - 1) : start]
    if not wrong and len(right) == 1:
        return end > 0 or right in meant[start - 1 : start]
    return end > 0 and frozenset((wrong, right)) in NEIGHBOURS


def _difference(typed: str, meant: str) -> tuple[str, str, int]:
    """Return what differs in each word, and the length of the ending that both share.

    What differs is each word without the beginning and the ending that both share.
    """
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    end = 0
    while end < min(len(typed), len(meant)) - start and typed[-1 - end] == meant[-1 - end]:
        end += 1
    return typed[start : len(typed) - end], meant[start : len(meant) - end], end
