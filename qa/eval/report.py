"""The report of an evaluation, as lines for a terminal or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from qa.eval.evaluate import Report
from qa.eval.measures import Figure
from qa.eval.risk import points_at
from qa.eval.trust import KindFigures, Trust
from qa.show.response import citation_line
from qa.show.text import clipped, counted, percent

SCHEMA = 3
KINDS_SHOWN = 20
CURVE_POINTS = 100
"""At most so many points of the risk-coverage curve are in the JSON."""


def to_json(report: Report) -> dict[str, object]:
    """Return a report as plain values. Proportions are in [0, 1]; texts are raw."""
    return {
        "schema": SCHEMA,
        "questions": report.questions,
        "measured": report.measured,
        "answerable": report.answerable,
        "unanswerable": report.measured - report.answerable,
        "passages": report.passages,
        "recall": {str(k): _figure(figure) for k, figure in report.recall},
        "mean_reciprocal_rank": _figure(report.mean_reciprocal_rank),
        "passage_first": _figure(report.passage_first),
        "exact_match": _figure(report.exact_match),
        "f1": _figure(report.f1),
        "false_answers": _figure(report.false_answers),
        "false_abstentions": _figure(report.false_abstentions),
        "wrong_answers": _figure(report.wrong_answers),
        "closest_right": _figure(report.closest_right),
        **_trust(report.trust),
        "elapsed_ms": {"p50": report.p50_ms, "p95": report.p95_ms},
        "failures": [
            {
                "line": one.asked.line,
                "id": one.asked.id,
                "question": one.asked.question,
                "kind": one.failure,
                "outcome": one.outcome,
                "gold": list(one.golds),
                "given": one.given,
                "confidence": round(one.confidence, 4),
                "rank": one.rank,
                "citation": asdict(one.citation) if one.citation else None,
            }
            for one in report.failures
        ],
    }


def _trust(trust: Trust) -> dict[str, object]:
    figures = _kind(trust.total)
    del figures["questions"]
    return {
        **figures,
        "roc_area": _rounded(trust.area),
        "false_answers_at": {
            str(share): _figure(figure) for share, figure in trust.false_answers_at
        },
        "risk_coverage_area": _rounded(trust.risk_coverage_area),
        "risk_coverage": [_point(asdict(point)) for point in points_at(trust.curve, CURVE_POINTS)],
        "reliability": [
            _point(
                {"low": bin.low, "questions": bin.weight, "stated": bin.stated, "right": bin.right}
            )
            for bin in trust.reliability
        ],
        "kinds": {kind: _kind(figures) for kind, figures in trust.kinds},
    }


def _kind(figures: KindFigures) -> dict[str, object]:
    return {
        "questions": figures.questions,
        "answered": _figure(figures.answered),
        "unsure": _figure(figures.unsure),
        "right_of_answered": _figure(figures.right_of_answered),
        "stated": _rounded(figures.stated),
        "calibration_error": _rounded(figures.calibration_error),
    }


def _figure(figure: Figure | None) -> dict[str, float] | None:
    return None if figure is None else _point(asdict(figure))


def _point(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def to_lines(report: Report, failures: int = 20) -> Iterator[str]:
    """Yield a report as lines that are safe to show. failures: maximum number to show."""
    unanswerable = report.measured - report.answerable
    questions = counted(report.measured, "question")
    if report.measured < report.questions:
        questions = f"{report.measured:,} of {report.questions:,} questions"
    yield f"{questions}: {report.answerable:,} answerable, {unanswerable:,} unanswerable"
    yield ""
    rows: list[tuple[str, Figure | None, str]] = [
        *((f"recall@{k}", figure, "answerable") for k, figure in report.recall),
        ("MRR", report.mean_reciprocal_rank, "answerable"),
        ("passage first after reading", report.passage_first, "answerable"),
        ("exact match", report.exact_match, "answerable"),
        ("F1", report.f1, "answerable"),
        ("wrong answers", report.wrong_answers, "answerable"),
        ("false abstentions", report.false_abstentions, "answerable"),
        ("false answers", report.false_answers, "unanswerable"),
        *(
            (f"  at {100 * share:.0f} % false abstentions", figure, "unanswerable")
            for share, figure in report.trust.false_answers_at
        ),
        ("answered", report.trust.total.answered, "asked"),
        ("unsure", report.trust.total.unsure, "asked"),
        ("right of answered", report.trust.total.right_of_answered, "answered"),
        ("right of unsure", report.closest_right, "unsure"),
    ]
    for name, figure, of in rows:
        if figure:
            interval = f"({100 * figure.low:.1f} to {100 * figure.high:.1f})"
            yield f"{name:<28}{100 * figure.value:5.1f} % {interval:<16} of {figure.count:,} {of}"
    yield from _trust_lines(report.trust)
    if report.p50_ms is not None and report.p95_ms is not None:
        yield f"{'time per question':<28}p50 {report.p50_ms:,.0f} ms, p95 {report.p95_ms:,.0f} ms"
    yield from _kind_lines(report.trust)
    yield from _failure_lines(report, failures)


def _trust_lines(trust: Trust) -> Iterator[str]:
    """Yield the figures that are not proportions of questions."""
    if trust.area is not None:
        yield f"{'area under the ROC curve':<28}{trust.area:7.3f} answerable against unanswerable"
    if trust.risk_coverage_area is not None:
        yield f"{'area under risk-coverage':<28}{trust.risk_coverage_area:7.3f}"
        risks = ", ".join(
            f"{100 * point.risk:.1f} % at {100 * point.coverage:.0f} %"
            for point in points_at(trust.curve, 4)
        )
        yield f"{'risk at coverage':<28}{risks:>8}"
    if trust.total.calibration_error is not None:
        yield f"{'calibration error':<28}{100 * trust.total.calibration_error:5.1f} points"


def _kind_lines(trust: Trust) -> Iterator[str]:
    """Yield a table of the kinds of questions, if there are several."""
    if len(trust.kinds) < 2:
        return
    yield ""
    yield "questions  answered  unsure  right of answered  confidence  calibration error  kind"
    for kind, figures in trust.kinds[:KINDS_SHOWN]:
        error = figures.calibration_error
        points = "–" if error is None else f"{100 * error:.1f} points"
        stated = "–" if figures.stated is None else f"{100 * figures.stated:.1f} %"
        yield (
            f"{figures.questions:>9,}  {_percent(figures.answered):>8}"
            f"  {_percent(figures.unsure):>6}  {_percent(figures.right_of_answered):>17}"
            f"  {stated:>10}  {points:>17}  {clipped(kind)}"
        )
    if len(trust.kinds) > KINDS_SHOWN:
        yield f"and {counted(len(trust.kinds) - KINDS_SHOWN, 'more kind')}"


def _percent(figure: Figure | None) -> str:
    return "–" if figure is None else f"{100 * figure.value:.1f} %"


def _failure_lines(report: Report, most: int) -> Iterator[str]:
    """Yield how many questions failed, and details of the first ones."""
    if not report.failures:
        return
    count = len(report.failures)
    shown = report.failures[:most]
    yield ""
    first = f"; the first {len(shown):,}" if len(shown) < count else ""
    yield f"{count:,} failed{first}:" if shown else f"{count:,} failed."
    for one in shown:
        named = f"line {one.asked.line}"
        if one.asked.id is not None:
            named += f", id {clipped(one.asked.id)}"
        outcome = one.outcome.replace("_", " ")
        yield ""
        yield f"{one.failure}: {outcome}, {percent(one.confidence)} sure, {named}"
        yield f"    question  {clipped(one.asked.question)}"
        yield f"    gold      {clipped(' | '.join(one.golds)) or 'no answer'}"
        label = "closest" if one.outcome == "unsure" else "given"
        yield f"    {label:<8}  {'no answer' if one.given is None else clipped(one.given)}"
        if one.asked.answerable:
            yield f"    passage   {_rank_line(one.rank, report.passages)}"
        if one.citation:
            yield f"    shown     {citation_line(one.citation)}"


def _rank_line(rank: int | None, passages: int) -> str:
    return f"gold answer at rank {rank}" if rank else f"gold answer not in the first {passages}"
