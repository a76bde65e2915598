"""The fit of the decision, on invented readings."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.benchmark.fit import (
    FEATURES,
    Ranking,
    best_ranking,
    cross_validated,
    feature_values,
    fit,
    is_right,
    least_answered,
    log_loss,
    mix_weights,
)
from tests.benchmark.records import CandidateRecord, HitRecord, Record
from tests.benchmark.trust_report import MIX

RANKING = Ranking(0.1, 0.0)


def candidate(rank: int, score_diff: float, right: bool) -> CandidateRecord:
    values = dict.fromkeys(FEATURES, 0.0) | {"score_diff": score_diff}
    return CandidateRecord(
        rank=rank, start=0, end=1, text="x", score_diff=score_diff, span_score=score_diff,
        rank_score=0.0, features=values, exact_match=right, f1=float(right), contains_gold=right,
    )  # fmt: skip


def record(kind: str, article: str, *candidates: CandidateRecord) -> Record:
    hits = [HitRecord("a", 0, 9, 1.0 - rank / 10, 0.5, 1.0, False, []) for rank in range(3)]
    return Record(
        kind=kind, article=article, asked_of="a", id="1", question="?",
        answerable=kind == "own article", golds=["x"], outcome="unsure", confidence=0.4,
        answer="x", exact_match=0.0, f1=0.0, passage_first=True, elapsed_ms=1.0, hits=hits,
        candidates=list(candidates),
    )  # fmt: skip


def readings() -> Iterator[Record]:
    """Yield questions whose answer is more often right the higher its score difference is."""
    draw = random.Random(0)
    for number in range(300):
        kind = draw.choice(list(MIX))
        right = kind == "own article"
        score_diff = draw.gauss(3 if right else -3, 2)
        yield record(kind, f"article {number % 4}", candidate(1, score_diff, right))


def test_a_higher_score_difference_is_more_probable_and_right_ones_are_above_wrong_ones() -> None:
    records = list(readings())
    decision = fit(records, RANKING)
    assert decision.coefficients["score_diff"] > 0
    stated = cross_validated(records, RANKING)
    right = [is_right(record, RANKING) for record in records]
    above = [p for p, ok in zip(stated, right, strict=True) if ok]
    below = [p for p, ok in zip(stated, right, strict=True) if not ok]
    assert sum(above) / len(above) > 0.6 > 0.4 > sum(below) / len(below)


def test_the_probability_is_that_of_the_program_with_the_written_calibration() -> None:
    records = list(readings())
    decision = fit(records, RANKING)
    calibration = decision.calibration(0.6)
    assert calibration.min_answered == 0.6
    for one in records[:20]:
        values = dict(zip(FEATURES, feature_values(one, RANKING), strict=True))
        assert calibration.probability(values) == decision.probability(one)


def test_the_ranking_puts_the_right_candidate_first_where_scores_tell() -> None:
    told = [
        record("own article", "a", candidate(1, -4, False), candidate(3, 4, True)) for _ in range(3)
    ]
    ranking = best_ranking([*told, *readings()])
    assert all(is_right(one, ranking) for one in told)
    assert not any(is_right(one, Ranking(0, 0)) for one in told)


def test_of_rankings_that_are_equally_good_the_one_with_the_lowest_log_loss_is_taken() -> None:
    records = list(readings())  # with one candidate each, so that no ranking is better
    best = best_ranking(records)
    assert all(log_loss(records, best) <= log_loss(records, Ranking(a, 0.0)) for a in (0, 0.2))


def test_weights_give_each_kind_its_share_of_the_mix() -> None:
    records = list(readings())
    weights = mix_weights(records)
    for kind, share in MIX.items():
        of_kind = [w for one, w in zip(records, weights, strict=True) if one.kind == kind]
        assert sum(of_kind) == pytest.approx(share * len(records))


def test_the_threshold_is_the_lowest_with_nine_of_ten_right_and_at_least_a_half() -> None:
    stated = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.58, 0.55, 0.52]
    right = [True] * 9 + [False, False]
    assert least_answered(stated, right, [1.0] * 11) == 0.55
    assert least_answered([0.3, 0.2], [True, True], [1.0, 1.0]) == 0.5
    assert least_answered([0.9, 0.8], [False, False], [1.0, 1.0]) == 0.5
