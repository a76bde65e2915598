"""Figures agree with brute force, published values and the formulas that define them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.eval.measures import (
    RESAMPLES,
    area_under_curve,
    best_of,
    bootstrap,
    calibration_error,
    exact_match,
    f1,
    mean,
    mean_reciprocal_rank,
    normalized,
    occurs_in,
    percentile,
    proportion,
    recall_at,
    wilson,
)
from tests.support.examples import examples

Z_95 = 1.959963984540054
"""95 % of a normal distribution are within this many standard deviations."""

# Answers


@pytest.mark.parametrize(
    ("answer", "plain"),
    [
        ("The Queen's  House!", "queens house"),
        ("an apple, a day", "apple day"),
        ("A", ""),
        ("...", ""),
        ("theatre", "theatre"),
        ("1,932", "1932"),
        ("well-known", "wellknown"),
        ("“Kelm”", "“kelm”"),  # only ASCII punctuation, as in the published measure
    ],
)
def test_answers_are_normalized_as_in_squad(answer: str, plain: str) -> None:
    assert normalized(answer) == plain
    assert exact_match(answer, plain) == 1
    assert exact_match(f"{answer} more", plain) == 0


@pytest.mark.parametrize(
    ("given_answer", "gold", "expected"),
    [
        ("the old bridge", "bridge", 2 / 3),
        ("Anna Brook", "the engineer Anna Brook", 4 / 5),
        ("1932", "1932.", 1.0),
        ("1933", "1932", 0.0),
        ("no no no", "no", 1 / 2),
        ("the", "a", 1.0),
        ("the", "Kelm", 0.0),
        ("Kelm", "", 0.0),
    ],
)
def test_f1_is_the_one_of_squad(given_answer: str, gold: str, expected: float) -> None:
    assert f1(given_answer, gold) == pytest.approx(expected)
    assert f1(gold, given_answer) == pytest.approx(expected)


WORDS = st.lists(st.sampled_from(["kelm", "river", "1932", "the", "old"]), max_size=6).map(" ".join)


@given(WORDS, WORDS)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(ours: str, theirs: str) -> None:
    left, right = normalized(ours).split(), normalized(theirs).split()
    remaining = list(right)
    shared = 0
    for word in left:
        if word in remaining:
            remaining.remove(word)
            shared += 1
    if shared:
        precision, recall = shared / len(left), shared / len(right)
        assert f1(ours, theirs) == pytest.approx(2 / (1 / precision + 1 / recall))
    else:
        assert f1(ours, theirs) == float(not left and not right)


@given(st.text(), st.text())
def test_an_exact_match_has_an_f1_of_one_which_is_the_maximum(ours: str, theirs: str) -> None:
    assert f1(ours, ours) == exact_match(ours, ours) == 1
    assert exact_match(ours, theirs) <= f1(ours, theirs) <= 1


def test_the_best_gold_answer_counts() -> None:
    assert best_of(f1, "Anna Brook", ["1932", "Anna Brook", "Brook"]) == 1
    assert best_of(f1, "Anna Brook", ["1932", "Brook"]) == pytest.approx(2 / 3)
    assert best_of(f1, "Anna Brook", []) == 0


@pytest.mark.parametrize(
    ("answer", "text", "stands"),
    [
        ("6", "6.5 km", False),
        ("5", "6.5 km", False),
        ("6.5", "6.5 km", True),
        ("6.", "6.5 km", False),
        (".5", "6.5 km", False),
        ("6", "6th", False),
        ("6th", "on the 6th.", True),
        ("1", "1,932", False),
        ("932", "1,932", False),
        ("1,932", "1,932", True),
        ("1932", "built in 1932.", True),
        ("1932", "In 1932, 5 men came", True),
        ("5", "It ended in 1932.5 men came", False),
        ("5", "5 6.5", True),
        ("6", "a.6", True),
        ("4", "Route A4", False),
        ("1932", "1932年", True),
        ("67", "a 67-year-old", True),
        ("$5", "$5.00", False),
        ("ANNA\n weiss", "It was Anna Weiss.", True),
    ],
)
def test_an_answer_occurs_in_a_text_as_whole_words_and_numbers(
    answer: str, text: str, stands: bool
) -> None:
    assert occurs_in(answer, text) is stands
    assert occurs_in(answer, f"x {text} x") is stands


@given(st.text(" .,5a京é", min_size=1, max_size=4), st.text(" .,5a京é", max_size=8))
def test_any_answer_between_separators_occurs(answer: str, text: str) -> None:
    assert occurs_in(answer, f"{text} ; {answer} ; {text}")
    assert occurs_in(answer, text) <= (" ".join(answer.split()) in " ".join(text.split()))


# Rankings

SCORES = st.lists(st.one_of(st.floats(-9, 9), st.sampled_from([0.0, 1.0])), min_size=1, max_size=20)
RANKS = st.lists(st.one_of(st.none(), st.integers(1, 12)), min_size=1, max_size=30)


@given(SCORES, SCORES)
def test_the_area_is_the_proportion_of_pairs_in_the_right_order(
    positive: list[float], negative: list[float]
) -> None:
    won = sum((p > n) + (p == n) / 2 for p in positive for n in negative)
    expected = won / (len(positive) * len(negative))
    assert area_under_curve(positive, negative) == pytest.approx(expected)


def test_recall_and_reciprocal_rank_of_known_ranks() -> None:
    ranks = [1, None, 3, 10, 1]
    assert [recall_at(ranks, k) for k in (1, 2, 3, 9, 10)] == [0.4, 0.4, 0.6, 0.6, 0.8]
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 0 + 1 / 3 + 1 / 10 + 1) / 5)


@given(RANKS)
def test_recall_grows_with_k_and_holds_the_reciprocal_rank_between(
    ranks: list[int | None],
) -> None:
    recalls = [recall_at(ranks, k) for k in range(1, 13)]
    assert recalls == sorted(recalls)
    # A rank of r gives 1/r: what recall gains at k, weighted by 1/k.
    steps = np.diff([0.0, *recalls])
    expected = sum(step / k for k, step in enumerate(steps, start=1))
    assert mean_reciprocal_rank(ranks) == pytest.approx(expected)


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=40), st.integers(1, 100))
def test_a_percentile_is_the_lowest_value_that_enough_values_do_not_exceed(
    values: list[float], part: int
) -> None:
    def enough(value: float) -> bool:
        return 100 * sum(other <= value for other in values) >= part * len(values)

    assert percentile(values, part) == min(value for value in values if enough(value))


# Intervals and calibration

SURE = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


@given(SURE)
def test_the_calibration_error_is_the_difference_in_each_bin_weighted_by_its_size(
    answers: list[tuple[float, bool]],
) -> None:
    expected = 0.0
    for tenth in range(10):
        inside = [a for a in answers if math.floor(a[0] * 10) == tenth or (tenth, a[0]) == (9, 1.0)]
        if inside:
            gap = np.mean([p for p, _ in inside]) - np.mean([right for _, right in inside])
            expected += len(inside) / len(answers) * abs(gap)
    stated, right = zip(*answers, strict=True)
    assert calibration_error(stated, right) == pytest.approx(expected, abs=1e-9)


def test_errors_of_different_bins_do_not_cancel_out() -> None:
    assert calibration_error([0.95] * 10, [False] * 10) == pytest.approx(0.95)
    assert calibration_error([0.75] * 4, [True, True, True, False]) == 0
    assert calibration_error([0.05, 0.95], [True, False]) == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (8, 10, 0.490, 0.943),
        (0, 10, 0.0, 0.278),
        (10, 10, 0.722, 1.0),
        (1, 1, 0.207, 1.0),
        (81, 263, 0.255, 0.366),  # Newcombe, "Two-Sided Confidence Intervals", 1998, table I
        (15, 148, 0.062, 0.161),
        (0, 20, 0.0, 0.161),
        (1, 29, 0.006, 0.172),
    ],
)
def test_wilsons_interval_has_the_published_values(
    successes: int, trials: int, low: float, high: float
) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=0.0006)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_follows_its_formula(case: tuple[int, int]) -> None:
    successes, trials = case
    part, square = successes / trials, Z_95**2 / trials
    reach = math.sqrt(square * (part * (1 - part) + square / 4))
    middle = part + square / 2
    low, high = wilson(successes, trials)
    assert 0 <= low <= part <= high <= 1
    assert (low, high) == pytest.approx(
        ((middle - reach) / (1 + square), (middle + reach) / (1 + square)), abs=1e-9
    )


VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@examples(30)  # thousands of samples are drawn for each
@given(VALUES)
def test_a_mean_is_in_its_interval_and_that_within_the_values(values: list[float]) -> None:
    figure = mean(values)
    assert figure is not None
    assert figure.count == len(values)
    assert figure.value == pytest.approx(np.mean(values))
    assert 0 <= figure.low <= figure.value <= figure.high <= 1
    assert (figure.low, figure.high) == bootstrap(values)  # the same samples each time


@examples(20)
@given(VALUES.filter(lambda values: min(values) < max(values)), st.integers(0, 3))
def test_the_interval_of_a_mean_is_the_middle_of_the_means_of_samples(
    values: list[float], seed: int
) -> None:
    drawn = np.random.default_rng(seed)
    held = np.array(values)
    means = [held[drawn.integers(0, len(held), len(held))].mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    average = sum(values) / len(values)
    assert bootstrap(values, seed) == pytest.approx((min(average, low), max(average, high)))


def test_the_interval_of_many_values_is_that_of_the_normal_distribution() -> None:
    values = list(np.random.default_rng(3).beta(2, 1, 800))
    reach = Z_95 * np.std(values) / math.sqrt(len(values))
    low, high = bootstrap(values)
    assert low == pytest.approx(np.mean(values) - reach, abs=reach / 10)
    assert high == pytest.approx(np.mean(values) + reach, abs=reach / 10)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_few_equal_values_give_no_certainty(value: float) -> None:
    low, high = bootstrap([value] * 5)
    assert high - low > 0.3


def test_without_values_there_is_no_figure() -> None:
    nothing: Sequence[bool] = []
    assert proportion(nothing) is None
    assert mean([]) is None


def test_a_proportion_counts_what_happened() -> None:
    figure = proportion([True, False, True, True])
    assert figure is not None
    assert (figure.value, figure.count) == (0.75, 4)
    assert (figure.low, figure.high) == wilson(3, 4)
