"""Compares answers with gold texts where more or fewer words may be right, too."""

from __future__ import annotations

import re

from qa.eval.measures import f1, normalized, occurs_in

MIN_F1 = 0.5
MAX_WORDS_AROUND = 30
"""Words that an answer may have besides its gold text: a whole section is no answer."""
_CUE = re.compile(r"\s+\d+\n[\d:,.]+ --> [\d:,.]+\n")
_HYPHEN = re.compile(r"(?<=[^\W\d_])-\n\s*(?=[^\W\d_])")


def matches(given: str, gold: str, *, whole: bool = False, around: int = MAX_WORDS_AROUND) -> bool:
    """Return whether an answer says what a gold text says.

    whole: no part of the gold text will do.
    around: how many words the answer may have besides the gold text.
    """
    given, gold = without_breaks(given), without_breaks(gold).removesuffix(".")
    if occurs_in(gold, given):
        return len(normalized(given).split()) - len(normalized(gold).split()) <= around
    return not whole and occurs_in(given, gold) and f1(given, gold) >= MIN_F1


def without_breaks(text: str) -> str:
    """Return a text without the cue times and the hyphens at line ends inside it."""
    return _HYPHEN.sub("", _CUE.sub(" ", text))
