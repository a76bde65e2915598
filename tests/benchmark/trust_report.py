"""The report of `trust`: areas, risk against coverage, and calibration, by kind and for a mix."""

from __future__ import annotations

from collections.abc import Sequence

from qa.eval.measures import Figure, area_under_curve, calibration_error
from qa.eval.risk import (
    RiskPoint,
    point_at,
    reliability,
    risk_coverage,
    risk_coverage_area,
    threshold_answering,
)
from qa.eval.trust import false_answers_at, kind_figures
from tests.benchmark.records import Record

MIX = {"own article": 0.6, "silent": 0.3, "misleading": 0.1}
"""Share of the questions of each kind that a user is assumed to ask."""
PAIRS = [
    ("silent", "own half"),
    ("misleading", "own article"),
    ("misleading, paragraph", "paragraph"),
    ("another subject", "own article"),
]
"""Questions without an answer, and those with one that they are to be told from."""
FALSE_ABSTENTIONS = (0.05, 0.10, 0.25)
ANSWERED = (0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95)
"""Shares of the answerable that are answered, for which the mix is reported."""

ByKind = dict[str, list[Record]]


def report(records: Sequence[Record]) -> None:
    """Print all figures that these records have the kinds for."""
    by_kind: ByKind = {}
    for record in records:
        by_kind.setdefault(record.kind, []).append(record)
    _report_kinds(by_kind)
    _report_pairs(by_kind)
    _report_curves(by_kind)
    if MIX.keys() <= by_kind.keys():
        _report_mix(by_kind)


def _report_kinds(by_kind: ByKind) -> None:
    print(
        f"{'at the default setting':<22}  questions  answered  unsure  right of answered"
        "     EM     F1  passage first  stated  calibration error"
    )
    for kind, records in by_kind.items():
        figures = kind_figures(records)
        print(
            f"{kind:<22}  {len(records):9}  {_percent(figures.answered):>8}"
            f"  {_percent(figures.unsure):>6}  {_percent(figures.right_of_answered):>17}"
            f"  {100 * _mean([one.exact_match for one in records]):5.1f}"
            f"  {100 * _mean([one.f1 for one in records]):5.1f}"
            f"  {100 * _mean([one.passage_first for one in records]):13.1f}"
            f"  {100 * _mean(_stated(records)):4.1f} %"
            f"  {calibration_error(_stated(records), _right(records)):17.3f}"
        )
    print("EM, F1, stated and calibration: of the best candidate, even if it is not given")


def _report_pairs(by_kind: ByKind) -> None:
    shares = "  ".join(f"{100 * share:.0f} %".rjust(6) for share in FALSE_ABSTENTIONS)
    print("\narea under the ROC curve, by stated confidence and by the reader's score alone;")
    print("false answers where so many of the answerable are not answered; risk-coverage area")
    print(f"{'kind':<21} {'against':<11}   area  by score  {shares}  risk-coverage area")
    for kind, own in PAIRS:
        if kind in by_kind and own in by_kind:
            silent, answerable = by_kind[kind], by_kind[own]
            stated = _stated(answerable)
            false = [
                _percent(false_answers_at(stated, _stated(silent), share))
                for share in FALSE_ABSTENTIONS
            ]
            both = [*answerable, *silent]
            print(
                f"{kind:<21} {own:<11}  {area_under_curve(stated, _stated(silent)):.3f}"
                f"  {area_under_curve(_scores(answerable), _scores(silent)):8.3f}"
                f"  {'  '.join(f'{share:>6}' for share in false)}"
                f"  {risk_coverage_area(risk_coverage(_stated(both), _right(both))):18.3f}"
            )


def _report_curves(by_kind: ByKind) -> None:
    """Print risk against coverage for each pair, and for the mix."""
    coverages = [tenth / 10 for tenth in range(1, 11)]
    shown = "".join(f"{100 * coverage:6.0f} %" for coverage in coverages)
    print("\nshare of the answered that is wrong, if so many of all are answered")
    print(f"{'kinds':<33} {shown}")
    for kind, own in PAIRS:
        if kind in by_kind and own in by_kind:
            both = [*by_kind[own], *by_kind[kind]]
            _print_curve(f"{own}, {kind}", risk_coverage(_stated(both), _right(both)), coverages)
    if MIX.keys() <= by_kind.keys():
        records, weights = _mixed(by_kind)
        curve = risk_coverage(_stated(records), _right(records), weights)
        _print_curve("mix", curve, coverages)


def _print_curve(name: str, curve: Sequence[RiskPoint], coverages: Sequence[float]) -> None:
    risks = [point_at(curve, coverage).risk for coverage in coverages]
    print(f"{name:<33} " + "".join(f"{100 * risk:6.1f} %" for risk in risks))


def _mixed(by_kind: ByKind) -> tuple[list[Record], list[float]]:
    """Return the questions of the mix, and how much each counts; together 1."""
    records = [one for kind in MIX for one in by_kind[kind]]
    return records, [MIX[one.kind] / len(by_kind[one.kind]) for one in records]


def _report_mix(by_kind: ByKind) -> None:
    records, weights = _mixed(by_kind)
    stated, right = _stated(records), _right(records)
    mix = ", ".join(f"{100 * share:.0f} % {kind}" for kind, share in MIX.items())
    print(f"\nmix of {mix}")
    print(f"calibration error {calibration_error(stated, right, weights):.3f}")
    points = risk_coverage(stated, right, weights)
    print(f"area under the risk-coverage curve {risk_coverage_area(points):.3f}")
    said = [one.outcome == "answered" for one in records]
    _print_at("default", said, records, weights, by_kind)
    own = _stated(by_kind["own article"])
    for share in ANSWERED:
        threshold = threshold_answering(own, share)
        said = [one.confidence >= threshold for one in records]
        _print_at(f"{threshold:.3f}", said, records, weights, by_kind)
    print("\nstated       mean  right  share of the questions")
    for bin in reliability(stated, right, weights):
        print(
            f"{100 * bin.low:3.0f}–{100 * bin.low + 10:3.0f} %  {100 * bin.stated:4.0f} %"
            f"  {100 * bin.right:3.0f} %  {100 * bin.weight:4.0f} %  {'█' * round(25 * bin.right)}"
        )


def _print_at(
    name: str,
    said: Sequence[bool],
    records: Sequence[Record],
    weights: Sequence[float],
    by_kind: ByKind,
) -> None:
    """Print how good the mix is if these questions are answered."""
    if name == "default":
        print("threshold  right of answered  answered:" + "".join(f"{kind:>13}" for kind in MIX))
    answered = sum(weight for weight, is_said in zip(weights, said, strict=True) if is_said)
    right = sum(
        weight
        for one, weight, is_said in zip(records, weights, said, strict=True)
        if is_said and one.right
    )
    shares = [
        sum(one.kind == kind and is_said for one, is_said in zip(records, said, strict=True))
        / len(by_kind[kind])
        for kind in MIX
    ]
    columns = "".join(f"{100 * share:11.1f} %" for share in shares)
    shown = f"{100 * right / answered:.1f} %" if answered else "–"
    print(f"{name:>9}  {shown:>17}           {columns}")


def _stated(records: Sequence[Record]) -> list[float]:
    return [one.confidence for one in records]


def _right(records: Sequence[Record]) -> list[bool]:
    return [one.right for one in records]


def _scores(records: Sequence[Record]) -> list[float]:
    """Return for each question the highest score difference of a span; -20 without any."""
    return [max((c.score_diff for c in one.candidates), default=-20.0) for one in records]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _percent(figure: Figure | None) -> str:
    return f"{100 * figure.value:.1f} %" if figure else "–"
