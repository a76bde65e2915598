"""From a probability to an outcome: answered, unsure or not found."""

from __future__ import annotations

from dataclasses import dataclass

from qa.types import MIN_ANSWERED, Outcome


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The probabilities in [0, 1] that an outcome needs."""

    answered: float
    """Least probability of an answer; raised to MIN_ANSWERED if it is lower."""
    unsure: float
    """Least probability of words that may answer; below it, nothing is quoted."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "answered", max(MIN_ANSWERED, self.answered))

    def outcome(self, confidence: float) -> Outcome:
        """Return the outcome if the best candidate answers with this probability."""
        if confidence >= self.answered:
            return "answered"
        return "unsure" if confidence >= self.unsure else "not_found"
