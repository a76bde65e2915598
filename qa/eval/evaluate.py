"""From results to figures.

`gold` reads the questions → `results` asks them → `evaluate`, with `trust`, turns the results into
a `Report` → `report` and `plot` show it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.eval.measures import (
    Figure,
    found_within,
    mean,
    percentile,
    proportion,
    reciprocal,
)
from qa.eval.results import DEFAULT_PASSAGES, Result
from qa.eval.trust import Trust, trust


@dataclass(frozen=True, slots=True)
class Report:
    """Figures over questions. A figure is None if there are no questions to compute it from."""

    questions: int
    """All questions to ask, including those not reached in an interrupted evaluation."""
    measured: int
    """Questions asked."""
    answerable: int
    """Questions asked that the text answers."""
    passages: int
    """How many passages were searched for the gold answer."""
    recall: tuple[tuple[int, Figure | None], ...]
    """For each k, the proportion of the answerable with a gold answer in the first k passages."""
    mean_reciprocal_rank: Figure | None
    passage_first: Figure | None
    """Proportion of the answerable with a gold answer in the first passage after reading."""
    exact_match: Figure | None
    """Over the answerable, of the answer or the closest words, like F1. Not found counts as 0."""
    f1: Figure | None
    false_answers: Figure | None
    """Proportion of the unanswerable."""
    false_abstentions: Figure | None
    """Proportion of the answerable, as are wrong answers. The rest are answered right."""
    wrong_answers: Figure | None
    closest_right: Figure | None
    """Proportion of the unsure for which the closest words are right."""
    trust: Trust
    p50_ms: float | None
    p95_ms: float | None
    failures: tuple[Result, ...]
    """In the order asked."""


def evaluate(
    results: Sequence[Result], *, questions: int | None = None, passages: int = DEFAULT_PASSAGES
) -> Report:
    """Return the figures over the results.

    questions: how many there are in total; None if all were asked.
    passages: as passed to `ask_all`.
    """
    answerable = [one for one in results if one.answerable]
    others = [one for one in results if not one.answerable]
    took = [one.elapsed_ms for one in results]
    return Report(
        questions=len(results) if questions is None else questions,
        measured=len(results),
        answerable=len(answerable),
        passages=passages,
        recall=tuple(
            (k, proportion([found_within(one.rank, k) for one in answerable]))
            for k in sorted({1, 5, passages})
            if k <= passages
        ),
        mean_reciprocal_rank=mean([reciprocal(one.rank) for one in answerable]),
        passage_first=proportion([one.first for one in answerable]),
        exact_match=proportion([one.exact_match == 1 for one in answerable]),
        f1=mean([one.f1 for one in answerable]),
        false_answers=proportion([one.failure == "false answer" for one in others]),
        false_abstentions=proportion([one.failure == "false abstention" for one in answerable]),
        wrong_answers=proportion([one.failure == "wrong answer" for one in answerable]),
        closest_right=proportion([one.right for one in results if one.outcome == "unsure"]),
        trust=trust(results),
        p50_ms=percentile(took, 50) if took else None,
        p95_ms=percentile(took, 95) if took else None,
        failures=tuple(one for one in results if one.failure),
    )
