"""The report of an evaluation, as lines for a terminal or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from qa.eval.evaluate import Report
from qa.eval.measures import Figure
from qa.show.response import citation_line
from qa.show.text import clipped, counted, percent

SCHEMA = 2


def to_json(report: Report) -> dict[str, object]:
    """Return a report as plain values. Proportions are in [0, 1]; texts are raw."""

    def plain(figure: Figure | None) -> dict[str, float] | None:
        if figure is None:
            return None
        return {name: round(value, 4) for name, value in asdict(figure).items()}

    error = report.calibration_error
    return {
        "schema": SCHEMA,
        "questions": report.questions,
        "measured": report.measured,
        "answerable": report.answerable,
        "unanswerable": report.measured - report.answerable,
        "passages": report.passages,
        "recall": {str(k): plain(figure) for k, figure in report.recall},
        "mean_reciprocal_rank": plain(report.mean_reciprocal_rank),
        "passage_first": plain(report.passage_first),
        "exact_match": plain(report.exact_match),
        "f1": plain(report.f1),
        "answered": plain(report.answered),
        "false_answers": plain(report.false_answers),
        "false_abstentions": plain(report.false_abstentions),
        "wrong_answers": plain(report.wrong_answers),
        "calibration_error": None if error is None else round(error, 4),
        "elapsed_ms": {"p50": report.p50_ms, "p95": report.p95_ms},
        "failures": [
            {
                "line": one.asked.line,
                "id": one.asked.id,
                "question": one.asked.question,
                "kind": one.failure,
                "gold": list(one.golds),
                "given": one.given,
                "confidence": round(one.confidence, 4),
                "rank": one.rank,
                "citation": asdict(one.citation) if one.citation else None,
            }
            for one in report.failures
        ],
    }


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
        ("answered", report.answered, "questions"),
    ]
    for name, figure, of in rows:
        if figure:
            interval = f"({100 * figure.low:.1f} to {100 * figure.high:.1f})"
            yield f"{name:<28}{100 * figure.value:5.1f} % {interval:<16} of {figure.count:,} {of}"
    if report.calibration_error is not None:
        error = 100 * report.calibration_error
        yield f"{'calibration error':<28}{error:5.1f} points"
    if report.p50_ms is not None and report.p95_ms is not None:
        yield f"{'time per question':<28}p50 {report.p50_ms:,.0f} ms, p95 {report.p95_ms:,.0f} ms"
    yield from _failure_lines(report, failures)


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
        sure = f"{percent(one.confidence)} sure"
        yield ""
        yield f"{one.failure}, {sure}, {named}"
        yield f"    question  {clipped(one.asked.question)}"
        yield f"    gold      {clipped(' | '.join(one.golds)) or 'no answer'}"
        yield f"    given     {'no answer' if one.given is None else clipped(one.given)}"
        if one.asked.answerable:
            yield f"    passage   {_rank_line(one.rank, report.passages)}"
        if one.citation:
            yield f"    shown     {citation_line(one.citation)}"


def _rank_line(rank: int | None, passages: int) -> str:
    return f"gold answer at rank {rank}" if rank else f"gold answer not in the first {passages}"
