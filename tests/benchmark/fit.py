"""Fits the decision of the reader: how candidates are ranked, and how probable the first one is.

    python -m tests.benchmark.trust FILE.json.gz --half held-back --questions 1000 --out READ.jsonl
    python -m tests.benchmark.fit READ.jsonl [--write calibration.json]

Questions are weighted as in the mix of `trust_report`. The figures that are printed are
cross-validated by article; what is written is fitted on all of them. Needs scikit-learn, which
comes with sentence-transformers.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from qa.eval.measures import area_under_curve, calibration_error
from qa.eval.results import RIGHT
from qa.eval.risk import risk_coverage, share_answered
from qa.reader.decide import MAX_MARGIN, Calibration
from qa.types import MIN_ANSWERED
from tests.benchmark.records import CandidateRecord, Record, load
from tests.benchmark.trust import read_answered_after_all
from tests.benchmark.trust_report import MIX

FEATURES = ("score_diff", "span_score", "log_share", "cosine", "coverage", "score", "margin")
WEIGHTS = [0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2]
"""Of the score difference and of the span's score, in the ranking."""
RANKED = ("own article", "all articles", "own half")
"""Kinds of questions that the ranking is fitted on: those with an answer to find."""
F1_TOLERANCE = 0.01
"""Rankings whose mean F1 is this close to the best are equally good: a few questions differ."""
INVERSE_PENALTY = 0.03
"""Of scikit-learn's logistic regression, on features of unit variance: two articles are few."""
MAX_RISK = 0.15
"""Share of what is called answered that may be wrong, in the mix."""
SUFFICIENT = 0.5
"""No further passages are read if the best candidate is right with at least this probability."""
MIN_RIGHT = 0.1
"""The closest words are shown if they are right with at least this probability."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The weights of a ranking; the retrieval score has weight 1."""

    score_diff: float
    span_score: float

    def ranked(self, record: Record) -> list[tuple[float, CandidateRecord]]:
        """Return the candidates of a question with their rank scores, best first."""
        scored = [
            (
                record.hits[one.rank - 1].score
                + self.score_diff * one.score_diff
                + self.span_score * one.span_score,
                one,
            )
            for one in record.candidates
        ]
        return sorted(scored, key=lambda pair: -pair[0])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the calibration")
    options = parser.parse_args()
    excluded = read_answered_after_all()
    records = [r for r in load(options.file) if r.kind != "silent" or r.id not in excluded]
    records = [record for record in records if record.candidates]
    ranking = best_ranking(records)
    _report_ranking(records, ranking)
    mixed = [record for record in records if record.kind in MIX]
    right = [is_right(record, ranking) for record in mixed]
    stated = cross_validated(mixed, ranking)
    _report_decision(mixed, right, stated)
    least = least_answered(stated, right, mix_weights(mixed))
    text = json.dumps(asdict(fit(mixed, ranking).calibration(least)), indent=1) + "\n"
    print(text)
    if options.write:
        options.write.write_text(text, "utf-8")
    return 0


def cross_validated(records: Sequence[Record], ranking: Ranking) -> list[float]:
    """Return for each question the probability fitted on the other articles."""
    fitted = {
        article: fit([record for record in records if record.article != article], ranking)
        for article in {record.article for record in records}
    }
    return [fitted[record.article].probability(record) for record in records]


def best_ranking(records: Sequence[Record]) -> Ranking:
    """Return a ranking whose first candidate has the highest mean F1.

    Of those that are equally good, the one with the best decision: the lowest log loss of
    cross-validated probabilities.
    """
    asked = [record for record in records if record.kind in RANKED]
    mixed = [record for record in records if record.kind in MIX]
    scores = {
        ranking: ranking_scores(asked, ranking)[0]
        for ranking in (Ranking(a, b) for a in WEIGHTS for b in WEIGHTS)
    }
    least = max(scores.values()) - F1_TOLERANCE
    equal = [ranking for ranking, score in scores.items() if score >= least]
    return min(equal, key=lambda ranking: log_loss(mixed, ranking))


def log_loss(records: Sequence[Record], ranking: Ranking) -> float:
    """Return the mean log loss of cross-validated probabilities, weighted as in MIX."""
    right = [is_right(record, ranking) for record in records]
    stated = cross_validated(records, ranking)
    of_each = -np.log(np.where(right, stated, 1 - np.array(stated)))
    return float(np.average(of_each, weights=mix_weights(records)))


def ranking_scores(records: Sequence[Record], ranking: Ranking) -> tuple[float, float]:
    """Return the mean F1 of the first candidate, and how often its passage has the answer."""
    first = [(record, ranking.ranked(record)[0][1]) for record in records]
    return (
        float(np.mean([one.f1 for _, one in first])),
        float(np.mean([record.hits[one.rank - 1].has_gold for record, one in first])),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """A fitted ranking and logistic regression."""

    ranking: Ranking
    coefficients: dict[str, float]

    def probability(self, record: Record) -> float:
        """Return the probability in [0, 1] that the first candidate is right."""
        values = dict(zip(FEATURES, feature_values(record, self.ranking), strict=True))
        return self.calibration().probability(values)

    def calibration(self, least: float = MIN_ANSWERED) -> Calibration:
        """Return what is stored with the model. least: probability of what is called answered."""
        return Calibration(
            score_diff_weight=self.ranking.score_diff,
            span_score_weight=self.ranking.span_score,
            coefficients=self.coefficients,
            min_confidence=MIN_RIGHT,
            min_answered=least,
            sufficient_confidence=SUFFICIENT,
        )


def fit(records: Sequence[Record], ranking: Ranking) -> Decision:
    """Fit the probability that the first candidate is right."""
    values = np.array([feature_values(record, ranking) for record in records])
    right = np.array([is_right(record, ranking) for record in records])
    mean, deviation = values.mean(0), values.std(0) + 1e-9
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=1000)
    model.fit((values - mean) / deviation, right, sample_weight=mix_weights(records))
    slopes = model.coef_[0] / deviation
    fitted = dict(zip(FEATURES, (round(float(slope), 4) for slope in slopes), strict=True))
    intercept = round(float(model.intercept_[0] - slopes @ mean), 4)
    return Decision(ranking, {**fitted, "intercept": intercept})


def feature_values(record: Record, ranking: Ranking) -> list[float]:
    """Return the values of FEATURES for the first candidate in this ranking."""
    (first, candidate), *others = ranking.ranked(record)
    margin = min(MAX_MARGIN, first - (others[0][0] if others else -1.0))
    return [{**candidate.features, "margin": margin}[name] for name in FEATURES]


def is_right(record: Record, ranking: Ranking) -> bool:
    """Return whether the first candidate in this ranking answers."""
    return bool(ranking.ranked(record)[0][1].f1 >= RIGHT)


def mix_weights(records: Sequence[Record]) -> list[float]:
    """Return weights with the sum len(records), so that each kind has its share of MIX."""
    counts = Counter(record.kind for record in records)
    return [len(records) * MIX[record.kind] / counts[record.kind] for record in records]


def _report_ranking(records: Sequence[Record], ranking: Ranking) -> None:
    print(f"ranking: {asdict(ranking)}")
    for kind in RANKED:
        of_kind = [record for record in records if record.kind == kind]
        if of_kind:
            before, after = (ranking_scores(of_kind, one) for one in (Ranking(0, 0), ranking))
            print(
                f"    {kind:<14} {len(of_kind):5}  F1 {100 * before[0]:.1f} -> {100 * after[0]:.1f}"
                f"  passage first {100 * before[1]:.1f} -> {100 * after[1]:.1f}"
            )


def _report_decision(records: Sequence[Record], right: list[bool], stated: list[float]) -> None:
    """Print areas, calibration errors and what is answered at the written threshold."""
    by_kind: dict[str, list[int]] = {kind: [] for kind in MIX}
    for place, record in enumerate(records):
        by_kind[record.kind].append(place)
    own = [stated[place] for place in by_kind["own article"]]
    for kind, places in by_kind.items():
        of_kind = [stated[place] for place in places]
        error = calibration_error(of_kind, [right[place] for place in places])
        area = "" if kind == "own article" else f"  area {area_under_curve(own, of_kind):.3f}"
        print(f"{kind:<14} {len(places):5}  calibration error {error:.3f}{area}")
    weights = mix_weights(records)
    print(f"mix: calibration error {calibration_error(stated, right, weights):.3f}")
    least = least_answered(stated, right, weights)
    points = risk_coverage(stated, right, weights)
    risk = next(point.risk for point in reversed(points) if point.threshold >= least)
    share = share_answered(own, least)
    print(f"answered from {least:.3f}: {100 - 100 * risk:.1f} % right, {100 * share:.1f} % of own")


def least_answered(stated: list[float], right: list[bool], weights: Sequence[float]) -> float:
    """Return the lowest threshold, at least MIN_ANSWERED, with MAX_RISK wrong at most."""
    points = risk_coverage(stated, right, weights)
    fits = [point.threshold for point in points if point.risk <= MAX_RISK]
    return round(max(MIN_ANSWERED, min(fits, default=MIN_ANSWERED)), 3)


if __name__ == "__main__":
    sys.exit(main())
