"""Measures of trust: how much is answered, how much of it is right, how well calibrated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qa.eval.measures import Figure, area_under_curve, calibration_error, proportion
from qa.eval.risk import (
    Bin,
    RiskPoint,
    reliability,
    risk_coverage,
    risk_coverage_area,
    threshold_answering,
)
from qa.types import Outcome

MIN_TO_CALIBRATE = 100
"""Ten in each bin. With fewer, the error looks large even if the calibration is good."""
FALSE_ABSTENTIONS = (0.05, 0.10)


class Judged(Protocol):
    """A question that was asked, and its outcome."""

    @property
    def kind(self) -> str:
        """What kind of question it is."""

    @property
    def answerable(self) -> bool:
        """Whether what was asked has the answer."""

    @property
    def outcome(self) -> Outcome:
        """What the program said."""

    @property
    def confidence(self) -> float:
        """As stated, in [0, 1]."""

    @property
    def quoted(self) -> bool:
        """Whether there are words that the confidence is about."""

    @property
    def right(self) -> bool:
        """Whether these words answer."""


@dataclass(frozen=True, slots=True)
class KindFigures:
    """Figures over the questions of a kind, or over all."""

    questions: int
    answered: Figure | None
    """Proportion of the questions, like the next."""
    unsure: Figure | None
    right_of_answered: Figure | None
    """Proportion of those called answered that are right."""
    stated: float | None
    """Mean confidence over the questions for which words are quoted; None without any."""
    calibration_error: float | None
    """Mean difference in [0, 1] between stated confidence and the proportion that is right, over
    the same questions; None if there are fewer than `MIN_TO_CALIBRATE`.
    """


@dataclass(frozen=True, slots=True)
class Trust:
    """Figures that say how far answers can be trusted."""

    total: KindFigures
    kinds: tuple[tuple[str, KindFigures], ...]
    """In the order in which the kinds occur."""
    area: float | None
    """Chance that an answerable question has a higher confidence than an unanswerable one; None
    without both.
    """
    false_answers_at: tuple[tuple[float, Figure | None], ...]
    """For each share of false abstentions, the proportion of the unanswerable with a confidence
    at which so many of the answerable are not answered.
    """
    risk_coverage_area: float | None
    curve: tuple[RiskPoint, ...]
    """Risk against coverage over all questions, highest confidence first. A question for which no
    words are quoted would be answered wrong.
    """
    reliability: tuple[Bin, ...]
    """Stated against true, over the questions for which words are quoted, lowest first."""


def trust(judged: Sequence[Judged]) -> Trust:
    """Return the figures of these questions."""
    kinds: dict[str, list[Judged]] = {}
    for one in judged:
        kinds.setdefault(one.kind, []).append(one)
    answerable = [one.confidence for one in judged if one.answerable]
    others = [one.confidence for one in judged if not one.answerable]
    both = bool(answerable and others)
    curve = risk_coverage([one.confidence for one in judged], [one.right for one in judged])
    quoted = [one for one in judged if one.quoted]
    return Trust(
        total=kind_figures(judged),
        kinds=tuple((kind, kind_figures(members)) for kind, members in kinds.items()),
        area=area_under_curve(answerable, others) if both else None,
        false_answers_at=tuple(
            (share, false_answers_at(answerable, others, share) if both else None)
            for share in FALSE_ABSTENTIONS
        ),
        risk_coverage_area=risk_coverage_area(curve) if curve else None,
        curve=tuple(curve),
        reliability=tuple(
            reliability([one.confidence for one in quoted], [one.right for one in quoted])
        ),
    )


def kind_figures(judged: Sequence[Judged]) -> KindFigures:
    """Return the figures of these questions, whatever their kinds."""
    answered = [one for one in judged if one.outcome == "answered"]
    quoted = [one for one in judged if one.quoted]
    stated = [one.confidence for one in quoted]
    return KindFigures(
        questions=len(judged),
        answered=proportion([one.outcome == "answered" for one in judged]),
        unsure=proportion([one.outcome == "unsure" for one in judged]),
        right_of_answered=proportion([one.right for one in answered]),
        stated=sum(stated) / len(stated) if stated else None,
        calibration_error=calibration_error(stated, [one.right for one in quoted])
        if len(quoted) >= MIN_TO_CALIBRATE
        else None,
    )


def false_answers_at(
    answerable: Sequence[float], others: Sequence[float], share: float
) -> Figure | None:
    """Return the proportion of `others` answered where this share of `answerable` is not.

    answerable, others: the confidences of the questions that have an answer, and that have none.
    """
    threshold = threshold_answering(answerable, 1 - share)
    return proportion([confidence >= threshold for confidence in others])
