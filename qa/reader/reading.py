"""What a reader is asked, and what it returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.question import Question
from index.types import Hit
from qa.types import Answer


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading the passages came to."""

    answers: tuple[Answer, ...]
    """Best first; empty when the passages do not answer."""
    confidence: float
    """Probability in [0, 1] that the best candidate answers, whether it was given or not."""
    hits: tuple[Hit, ...]
    """The passages, best first by what was read in them, ranked anew from 1. One whose answer
    runs over its border has grown to hold it.
    """


class Reader(Protocol):
    """Finds the answer to a question in passages."""

    passages_to_read: int
    """How many are worth handing to it; more are left as they are ranked."""

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """Return what answers `question` among `hits`, which are sorted by rank."""
