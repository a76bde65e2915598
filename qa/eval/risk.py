"""Measures of what abstaining gains: risk against coverage. Pure functions of plain values.

Risk is the share of the answered questions that are answered wrong; coverage is the share of all
questions that are answered. Both depend on the confidence from which on the program answers
(El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", 2010).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from qa.eval.measures import CALIBRATION_BINS as BINS


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """Risk and coverage if every question with at least this confidence is answered."""

    threshold: float
    """Confidence in [0, 1]."""
    coverage: float
    """In (0, 1]."""
    risk: float
    """In [0, 1]."""


def risk_coverage(
    confidences: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> list[RiskPoint]:
    """Return the risk-coverage curve: a point for each confidence that occurs, highest first.

    right: for each question, whether the answer is right. For an unanswerable one, none is.
    weights: how many questions each one counts as; by default one.
    """
    counted = [1.0] * len(confidences) if weights is None else weights
    ranked = sorted(zip(confidences, right, counted, strict=True), key=lambda one: -one[0])
    total = math.fsum(counted)
    answered = wrong = 0.0
    points = []
    for threshold, tied in groupby(ranked, key=lambda one: one[0]):
        for _, is_right, weight in tied:
            answered += weight
            wrong += 0.0 if is_right else weight
        if answered:
            points.append(RiskPoint(threshold, min(1.0, answered / total), wrong / answered))
    return points


def risk_coverage_area(points: Sequence[RiskPoint]) -> float:
    """Return the area under a risk-coverage curve, in [0, 1]; lower is better.

    The mean risk over all coverages, each at the next point that reaches it (Geifman and El-Yaniv,
    "Selective Classification for Deep Neural Networks", 2017).
    """
    widths = (after - before for before, after in pairwise([0.0, *(p.coverage for p in points)]))
    return math.fsum(width * point.risk for width, point in zip(widths, points, strict=True))


def point_at(curve: Sequence[RiskPoint], coverage: float) -> RiskPoint:
    """Return the first point of a curve that reaches a coverage, in (0, 1]."""
    return next((point for point in curve if point.coverage >= coverage - 1e-9), curve[-1])


def points_at(curve: Sequence[RiskPoint], parts: int) -> list[RiskPoint]:
    """Return the first points that reach 1 / parts, 2 / parts, … of the coverage, each once."""
    coverages = [part / parts for part in range(1, parts + 1)] if curve else []
    return list(dict.fromkeys(point_at(curve, coverage) for coverage in coverages))


def threshold_answering(confidences: Sequence[float], share: float) -> float:
    """Return the highest threshold at which at least this share of the questions is answered.

    share: in (0, 1].
    """
    ranked = sorted(confidences, reverse=True)
    return ranked[max(1, math.ceil(share * len(ranked) - 1e-9)) - 1]


def share_answered(confidences: Sequence[float], threshold: float) -> float:
    """Return the share of the questions with at least this confidence, in [0, 1]."""
    return sum(one >= threshold for one in confidences) / len(confidences)


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose confidence is in one tenth of [0, 1]."""

    low: float
    """The lowest confidence of the tenth; it ends 0.1 above."""
    weight: float
    """How many questions, if each counts as one."""
    stated: float
    """Mean confidence."""
    right: float
    """Share that is right, in [0, 1]."""


def reliability(
    confidences: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> Iterator[Bin]:
    """Yield the bins that have questions, lowest first. weights: see `risk_coverage`."""
    counted = [1.0] * len(confidences) if weights is None else weights
    inside: dict[int, list[tuple[float, bool, float]]] = {}
    for one in zip(confidences, right, counted, strict=True):
        inside.setdefault(min(BINS - 1, int(one[0] * BINS)), []).append(one)
    for number, members in sorted(inside.items()):
        weight = math.fsum(w for _, _, w in members)
        if weight:
            yield Bin(
                number / BINS,
                weight,
                math.fsum(p * w for p, _, w in members) / weight,
                math.fsum(w for _, is_right, w in members if is_right) / weight,
            )
