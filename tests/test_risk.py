"""Risk against coverage, and how far answers can be trusted: brute force and cases by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.eval.measures import calibration_error, proportion
from qa.eval.plot import draw, has_matplotlib
from qa.eval.risk import (
    points_at,
    reliability,
    risk_coverage,
    risk_coverage_area,
    threshold_answering,
)
from qa.eval.trust import false_answers_at, kind_figures, trust
from qa.types import Outcome
from tests.support.program import Program

CONFIDENCE = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.25, 0.5, 1.0]))
ASKED = st.lists(st.tuples(CONFIDENCE, st.booleans(), st.integers(1, 4)), min_size=1, max_size=30)
PNG = b"\x89PNG\r\n\x1a\n"


@given(ASKED)
def test_each_point_is_what_answering_from_its_threshold_on_gives(
    asked: list[tuple[float, bool, int]],
) -> None:
    stated, right, _ = zip(*asked, strict=True)
    points = risk_coverage(stated, right)
    assert [point.threshold for point in points] == sorted(set(stated), reverse=True)
    for point in points:
        answered = [ok for p, ok, _ in asked if p >= point.threshold]
        assert point.coverage == pytest.approx(len(answered) / len(asked))
        assert point.risk == pytest.approx(answered.count(False) / len(answered))
    assert points[-1].coverage == 1


@given(ASKED)
def test_a_question_of_weight_n_counts_as_n_questions(asked: list[tuple[float, bool, int]]) -> None:
    stated, right, weights = zip(*asked, strict=True)
    repeated = [(p, ok) for p, ok, n in asked for _ in range(n)]
    stated_each, right_each = zip(*repeated, strict=True)
    weighted = risk_coverage(stated, right, weights)
    for ours, theirs in zip(weighted, risk_coverage(stated_each, right_each), strict=True):
        assert ours.threshold == theirs.threshold
        assert (ours.coverage, ours.risk) == pytest.approx((theirs.coverage, theirs.risk))
    assert calibration_error(stated, right, weights) == pytest.approx(
        calibration_error(stated_each, right_each), abs=1e-9
    )
    for bin, other in zip(
        reliability(stated, right, weights), reliability(stated_each, right_each), strict=True
    ):
        assert (bin.low, bin.weight) == (other.low, other.weight)
        assert (bin.stated, bin.right) == pytest.approx((other.stated, other.right))


@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_the_area_is_the_mean_risk_of_all_coverages(right: list[bool]) -> None:
    stated = [1 - place / 100 for place in range(len(right))]  # none twice
    risks = [right[:n].count(False) / n for n in range(1, len(right) + 1)]
    area = risk_coverage_area(risk_coverage(stated, right))
    assert area == pytest.approx(math.fsum(risks) / len(risks))


def test_the_area_of_known_curves() -> None:
    assert risk_coverage_area(risk_coverage([0.9, 0.8, 0.1], [True, True, True])) == 0
    assert risk_coverage_area(risk_coverage([0.9, 0.1], [True, False])) == pytest.approx(0.25)
    assert risk_coverage_area(risk_coverage([0.9, 0.1], [False, True])) == pytest.approx(0.75)
    assert risk_coverage_area(risk_coverage([0.5, 0.5], [False, True])) == pytest.approx(0.5)


@given(st.lists(CONFIDENCE, min_size=1, max_size=30), st.integers(1, 100))
def test_the_threshold_is_the_highest_that_answers_enough(
    stated: list[float], percentage: int
) -> None:
    def enough(threshold: float) -> bool:
        return 100 * sum(p >= threshold for p in stated) >= percentage * len(stated)

    threshold = threshold_answering(stated, percentage / 100)
    assert threshold == max(p for p in stated if enough(p))


@given(ASKED)
def test_the_calibration_error_is_the_distance_of_the_bins_from_what_is_stated(
    asked: list[tuple[float, bool, int]],
) -> None:
    stated, right, _ = zip(*asked, strict=True)
    bins = list(reliability(stated, right))
    assert sum(bin.weight for bin in bins) == len(asked)
    assert all(bin.low <= bin.stated + 1e-9 and bin.stated <= bin.low + 0.1 + 1e-9 for bin in bins)
    distance = sum(bin.weight * abs(bin.stated - bin.right) for bin in bins) / len(asked)
    assert distance == pytest.approx(calibration_error(stated, right), abs=1e-9)


@given(ASKED, st.integers(1, 12))
def test_a_thinned_curve_has_the_first_points_that_reach_each_part(
    asked: list[tuple[float, bool, int]], parts: int
) -> None:
    stated, right, _ = zip(*asked, strict=True)
    curve = risk_coverage(stated, right)
    thinned = points_at(curve, parts)
    assert len(thinned) <= parts
    assert thinned == [point for point in curve if point in thinned]  # in order, none twice
    assert thinned[-1] == curve[-1]
    before = {point: last.coverage for last, point in pairwise(curve)}
    for point in thinned:  # between it and the point before it, a part is reached
        reached = math.floor(point.coverage * parts + 1e-6)
        assert reached > math.floor(before.get(point, 0.0) * parts + 1e-6)


def test_without_questions_there_is_no_curve() -> None:
    assert risk_coverage([], []) == []
    assert points_at([], 4) == []
    figures = trust([])
    assert (figures.area, figures.risk_coverage_area, figures.curve) == (None, None, ())
    assert figures.total.answered is None


# Trust


@dataclass(frozen=True)
class Judged:
    """A question of a kind, and what came of it."""

    kind: str
    answerable: bool
    outcome: Outcome
    confidence: float
    right: bool = False

    @property
    def quoted(self) -> bool:
        return self.outcome != "not_found"


JUDGED = [
    Judged("prose", True, "answered", 0.9, right=True),
    Judged("prose", True, "answered", 0.8, right=False),
    Judged("list", True, "unsure", 0.4, right=True),
    Judged("list", True, "not_found", 0.1),
    Judged("silent", False, "answered", 0.7),
    Judged("silent", False, "not_found", 0.05),
]


def test_figures_of_trust_are_those_counted_by_hand() -> None:
    figures = trust(JUDGED)
    assert figures.total.answered == proportion([True] * 3 + [False] * 3)
    assert figures.total.unsure == proportion([True] + [False] * 5)
    assert figures.total.right_of_answered == proportion([True, False, False])
    assert figures.total.stated == pytest.approx((0.9 + 0.8 + 0.4 + 0.7) / 4)
    # Of the pairs: 0.9 and 0.8 beat both, 0.4 and 0.1 only 0.05.
    assert figures.area == pytest.approx(6 / 8)
    assert [(point.threshold, point.risk) for point in figures.curve] == [
        (0.9, 0),
        (0.8, 1 / 2),
        (0.7, 2 / 3),
        (0.4, 2 / 4),
        (0.1, 3 / 5),
        (0.05, 4 / 6),
    ]
    assert sum(bin.weight for bin in figures.reliability) == 4
    assert [kind for kind, _ in figures.kinds] == ["prose", "list", "silent"]
    assert dict(figures.kinds)["list"] == kind_figures(JUDGED[2:4])
    assert dict(figures.kinds)["list"].right_of_answered is None


def test_false_answers_are_counted_where_so_many_of_the_answerable_are_refused() -> None:
    answerable = [place / 20 for place in range(1, 21)]  # 0.05 to 1
    others = [0.02, 0.07, 0.12, 0.5]
    for share, expected in ((0.0, [0.07, 0.12, 0.5]), (0.05, [0.12, 0.5]), (0.10, [0.5])):
        counted = proportion([one in expected for one in others])
        assert false_answers_at(answerable, others, share) == counted


# The drawing


def test_the_drawing_is_an_image(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for judged in (JUDGED, JUDGED[:1], []):
        file = tmp_path / "trust.png"
        draw(trust(judged), file)
        assert file.read_bytes().startswith(PNG)
        file.unlink()


@pytest.fixture
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Program:
    return Program(tmp_path / "home", monkeypatch, capfdbinary)


def evaluated(program: Program, folder: Path, *arguments: str) -> tuple[int, str]:
    """Run `qa eval` on one question; return its exit code and what it says on stderr."""
    article = folder / "bridge.txt"
    article.write_text("The old bridge was built in 1932 by Anna Weiss.", "utf-8")
    row = b'{"question": "Who built the old bridge?", "answer": "Anna Weiss", "kind": "prose"}'
    ran = program.run("eval", *arguments, "-", str(article), stdin=row)
    return ran.code, ran.err.decode()


def test_eval_draws_on_request(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "trust.png"
    assert evaluated(program, tmp_path, "--plot", str(file)) == (0, "")
    assert file.read_bytes().startswith(PNG)


def test_a_drawing_that_cannot_be_written_is_a_problem(program: Program, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    code, said = evaluated(program, tmp_path, "--plot", str(tmp_path / "none" / "trust.png"))
    assert code == 3
    assert "trust.png: No such file or directory" in " ".join(said.split())


def test_without_matplotlib_eval_says_how_to_install_it_before_it_asks(
    program: Program, tmp_path: Path
) -> None:
    program.patch.setattr("qa.eval.plot.find_spec", lambda _: None)
    assert not has_matplotlib()
    code, said = evaluated(program, tmp_path, "--plot", str(tmp_path / "trust.png"))
    assert code == 2
    assert "pip install 'article-qa[plot]'" in said
    assert not (tmp_path / "trust.png").exists()
