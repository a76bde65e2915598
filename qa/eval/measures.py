"""Measures of answers and rankings. Pure functions of plain values.

Answers are compared as SQuAD does: in lower case, without articles and punctuation
(Rajpurkar et al., "SQuAD: 100,000+ Questions for Machine Comprehension of Text", 2016).
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

RESAMPLES = 2000
RESAMPLES_AT_ONCE = 100
"""Few enough to fit in memory for any number of values."""
CALIBRATION_BINS = 10
DECIMAL_MARKS = frozenset(".,")
"""Part of a number if between two digits."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A proportion or a mean of values in [0, 1], with its 95 % confidence interval.

    The interval assumes that the questions are independent. If many are about one article, it is
    too narrow.
    """

    value: float
    low: float
    high: float
    count: int
    """How many values it was computed from, at least 1."""


def normalized(answer: str) -> str:
    """Return an answer normalised as SQuAD does."""
    plain = "".join(c for c in answer.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", plain).split())


def exact_match(given: str, gold: str) -> float:
    """Return 1 if both are the same when normalised, else 0."""
    return float(normalized(given) == normalized(gold))


def f1(given: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall over the words, in [0, 1]."""
    ours, theirs = normalized(given).split(), normalized(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def best_of(measure: Callable[[str, str], float], given: str, golds: Sequence[str]) -> float:
    """Return the highest score of `given` against any gold answer; 0 without any."""
    return max((measure(given, gold) for gold in golds), default=0.0)


def occurs_in(answer: str, text: str) -> bool:
    """Return whether an answer occurs in a text as whole words, ignoring case and white space.

    "6" does not occur in "1967", "6.5" or "6th".
    """
    answer, text = _folded(answer), _folded(text)
    start = text.find(answer)
    while start >= 0:
        if not (_splits_word(text, start) or _splits_word(text, start + len(answer))):
            return True
        start = text.find(answer, start + 1)
    return False


def _folded(text: str) -> str:
    """Return a text in folded case, with each run of white space replaced by one space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _splits_word(text: str, place: int) -> bool:
    """Return whether a place is inside a word or a number."""
    before, left, right, after = (
        text[at : at + 1] if at >= 0 else "" for at in range(place - 2, place + 2)
    )
    if left in DECIMAL_MARKS and right.isdecimal():
        return before.isdecimal()
    if right in DECIMAL_MARKS and left.isdecimal():
        return after.isdecimal()
    return _is_word_character(left) and _is_word_character(right)


def _is_word_character(character: str) -> bool:
    """Return whether a character is a digit or a letter of a script that separates words.

    Letters without an upper-case form do not count: most of their scripts put no space between
    words, or attach short words to the next one.
    """
    return character.isdecimal() or character.upper() != character


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the chance that a positive scores higher than a negative; ties count as half.

    This is the area under the ROC curve, in [0, 1].
    """
    from scipy.stats import mannwhitneyu

    pairs = len(positive) * len(negative)
    return float(mannwhitneyu(positive, negative, method="asymptotic").statistic) / pairs


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the proportion of questions with a gold passage among the first k.

    ranks: rank, from 1, of each question's first gold passage; None if not found.
    """
    return sum(found_within(rank, k) for rank in ranks) / len(ranks)


def found_within(rank: int | None, k: int) -> bool:
    """Return whether a rank is among the first k. None means not found."""
    return rank is not None and rank <= k


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Return the mean of 1 / rank, in [0, 1]. None means not found and counts as 0."""
    return sum(reciprocal(rank) for rank in ranks) / len(ranks)


def reciprocal(rank: int | None) -> float:
    """Return 1 / rank; 0 for None."""
    return 1 / rank if rank else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """Return the lowest value that at least `part` percent of the values do not exceed.

    part: in (0, 100].
    """
    ranked = sorted(values)
    return ranked[max(1, math.ceil(len(ranked) * part / 100)) - 1]


def calibration_error(
    probabilities: Sequence[float], right: Sequence[bool], weights: Sequence[float] | None = None
) -> float:
    """Return the expected calibration error, in [0, 1], over ten bins of equal width.

    The mean difference between stated and true probability, weighted by bin size (Naeini et al.,
    "Obtaining Well Calibrated Probabilities Using Bayesian Binning", 2015). With few
    values, it is too high by chance.

    weights: how many values each one counts as; by default one.
    """
    counted = [1.0] * len(probabilities) if weights is None else weights
    differences: dict[int, float] = {}
    for probability, was_right, weight in zip(probabilities, right, counted, strict=True):
        number = min(CALIBRATION_BINS - 1, int(probability * CALIBRATION_BINS))
        # Weighted by bin size, the difference of two means is that of two sums.
        difference = differences.get(number, 0.0) + weight * (probability - was_right)
        differences[number] = difference
    return sum(map(abs, differences.values())) / sum(counted)


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a proportion: low and high, in [0, 1].

    Wilson's score interval also holds for few trials and for proportions near 0 and 1 (Wilson,
    "Probable Inference, the Law of Succession, and Statistical Inference", 1927).
    """
    from scipy.stats import binomtest

    interval = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    return float(interval.low), float(interval.high)


def bootstrap(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % confidence interval of the mean of values in [0, 1]: low and high.

    The middle 95 % of the means of samples drawn with replacement (Efron, "Bootstrap Methods:
    Another Look at the Jackknife", 1979). If all values are equal, so are those means, and the
    interval would be empty. Then the interval of a proportion is used, the widest for that mean.
    """
    import numpy as np

    if min(values) == max(values):
        total = sum(values)
        low, _ = wilson(math.floor(total), len(values))
        _, high = wilson(math.ceil(total), len(values))
        return low, high

    from scipy.stats import bootstrap as resampled

    interval = resampled(
        [values],
        np.mean,
        n_resamples=RESAMPLES,
        batch=RESAMPLES_AT_ONCE,
        confidence_level=0.95,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    mean = sum(values) / len(values)
    return min(mean, float(interval.low)), max(mean, float(interval.high))


def proportion(happened: Sequence[bool]) -> Figure | None:
    """Return how often something happened; None without any observation."""
    if not happened:
        return None
    times = sum(happened)
    return Figure(times / len(happened), *wilson(times, len(happened)), len(happened))


def mean(values: Sequence[float]) -> Figure | None:
    """Return the mean of values in [0, 1]; None without values."""
    if not values:
        return None
    return Figure(sum(values) / len(values), *bootstrap(values), len(values))
