"""A question and the words in it that carry its meaning."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

FUNCTION_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being between both but
    by can could d did do does doing during each for from had has have having he her here hers him
    his how i if in into is it its itself just ll m many may me might more most much must my name
    no not of off on once only or other our out over own re s same shall she should so some such t
    than that the their theirs them then there these they this those through to too under until up
    ve very was we were what when where which while who whom whose why will with would you your
    """.split()
)
"""English words that say how a question is asked, not what it is about."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, split into words once for all who look for them."""

    text: str
    words: tuple[str, ...] = field(init=False, compare=False)
    """The words to look for: in lower case, each once, in order, without FUNCTION_WORDS.

    All words of a question that has no others, such as "Who is she?".
    """

    def __post_init__(self) -> None:
        words = tuple(dict.fromkeys(re.findall(r"\w+", self.text.lower())))
        meaningful = tuple(word for word in words if word not in FUNCTION_WORDS)
        object.__setattr__(self, "words", meaningful or words)
