"""A question and its content words."""

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
"""English words that shape a question but do not say what it is about."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, split into words once."""

    text: str
    words: tuple[str, ...] = field(init=False, compare=False)
    """The content words: in lower case, each once, in order, without FUNCTION_WORDS.

    If the question has no others, as in "Who is she?", all its words.
    """

    def __post_init__(self) -> None:
        words = tuple(dict.fromkeys(re.findall(r"\w+", self.text.lower())))
        meaningful = tuple(word for word in words if word not in FUNCTION_WORDS)
        object.__setattr__(self, "words", meaningful or words)
