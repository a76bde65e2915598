"""Note marks and exponents: small characters that are raised, as in “said.¹” and “10⁶”."""

from __future__ import annotations

import re
from typing import Protocol

MAX_SIZE = 0.85
MIN_RISE_EM = 0.12
"""How small and how high a mark is, by the size of the word before it."""
_MARK = re.compile(r"(?:\[\d{1,3}(?:[,–-]\d{1,3})*\])+|\d{1,3}(?:,\d{1,3})*|[*†‡§]+")
_NUMBER = re.compile(r"[\d,]+")
_AFTER_NOTED = re.compile(r"(?:[^\W\d_]{3}|[.,;:!?”\"’])$")
"""What comes before a note mark. A number after other characters is an exponent."""
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Placed(Protocol):
    """Something with a size and a height, in points."""

    em: float
    base: float


def is_mark(text: str) -> bool:
    """Return whether a text can be a note mark or an exponent."""
    return _MARK.fullmatch(text) is not None


def is_raised(mark: Placed, word: Placed) -> bool:
    """Return whether something is smaller and higher than the word that it belongs to."""
    return mark.em < MAX_SIZE * word.em and mark.base > word.base + MIN_RISE_EM * word.em


def with_mark(text: str, mark: str) -> str:
    """Return a text with the raised mark after it: exponents stay, note marks do not."""
    if _NUMBER.fullmatch(mark) and not _AFTER_NOTED.search(text[-3:]):
        return text + mark.translate(_SUPERSCRIPTS)
    return text
