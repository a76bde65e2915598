"""How good answers and rankings are, in figures. Pure functions of plain values.

Answers are compared as SQuAD's own measure does: in lower case, without articles and marks
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
"""Few enough to fit into memory for any number of values."""
CALIBRATION_BINS = 10
DECIMAL_MARKS = frozenset(".,")
"""Between two digits they are part of a number."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A proportion or a mean of values in [0, 1], with its interval at 95 %.

    The interval takes the questions for drawn one by one. Where many are about one article, the
    truth is less certain than it says.
    """

    value: float
    low: float
    high: float
    count: int
    """How many values it is of, at least 1."""


def normalized(answer: str) -> str:
    """Return an answer as SQuAD compares it."""
    plain = "".join(c for c in answer.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", plain).split())


def exact_match(given: str, gold: str) -> float:
    """Return 1 where both are the same as SQuAD compares them, else 0."""
    return float(normalized(given) == normalized(gold))


def f1(given: str, gold: str) -> float:
    """Return the harmonic mean of precision and recall over the words, in [0, 1]."""
    ours, theirs = normalized(given).split(), normalized(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def best_of(measure: Callable[[str, str], float], given: str, golds: Sequence[str]) -> float:
    """Return how well `given` does against the gold answer that it fits best; 0 without any."""
    return max((measure(given, gold) for gold in golds), default=0.0)


def stands_in(answer: str, text: str) -> bool:
    """Tell whether an answer stands in a text as whole words, whatever its case and white space.

    "6" stands neither in "1967" nor in "6.5" or "6th".
    """
    answer, text = _folded(answer), _folded(text)
    start = text.find(answer)
    while start >= 0:
        if not (_parts_word(text, start) or _parts_word(text, start + len(answer))):
            return True
        start = text.find(answer, start + 1)
    return False


def _folded(text: str) -> str:
    """Return a text without the difference of case, and with one space for any white space."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _parts_word(text: str, place: int) -> bool:
    """Tell whether a place lies inside a word or a number."""
    before, left, right, after = (
        text[at : at + 1] if at >= 0 else "" for at in range(place - 2, place + 2)
    )
    if left in DECIMAL_MARKS and right.isdecimal():
        return before.isdecimal()
    if right in DECIMAL_MARKS and left.isdecimal():
        return after.isdecimal()
    return _of_word(left) and _of_word(right)


def _of_word(character: str) -> bool:
    """Tell whether a character is a digit or a letter that would go on with one beside it.

    Letters without capitals do not: most of their scripts put no space between words, or join
    small words to the next.
    """
    return character.isdecimal() or character.upper() != character


def area_under_curve(positive: Sequence[float], negative: Sequence[float]) -> float:
    """Return the chance that a positive has a higher score than a negative; ties count half."""
    from scipy.stats import mannwhitneyu

    pairs = len(positive) * len(negative)
    return float(mannwhitneyu(positive, negative, method="asymptotic").statistic) / pairs


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Return the part of the questions whose gold passage is among the first k.

    ranks: of the first gold passage of each question, from 1; None where it was not found.
    """
    return sum(found_within(rank, k) for rank in ranks) / len(ranks)


def found_within(rank: int | None, k: int) -> bool:
    """Tell whether a rank, None for not found, is among the first k."""
    return rank is not None and rank <= k


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Return the mean of 1 / rank, in [0, 1]; None, for not found, counts 0."""
    return sum(reciprocal(rank) for rank in ranks) / len(ranks)


def reciprocal(rank: int | None) -> float:
    """Return 1 / rank; 0 where there is none."""
    return 1 / rank if rank else 0.0


def percentile(values: Sequence[float], part: float) -> float:
    """Return the least of the values that at least `part` percent of them do not exceed.

    part: in (0, 100].
    """
    ranked = sorted(values)
    return ranked[max(1, math.ceil(len(ranked) * part / 100)) - 1]


def calibration_error(probabilities: Sequence[float], right: Sequence[bool]) -> float:
    """Return how far stated and true probability are apart, in [0, 1], weighted by size of bin.

    In ten bins of the same width: "expected calibration error" of Naeini et al., "Obtaining Well
    Calibrated Probabilities Using Bayesian Binning", 2015. Of few values it is too high by chance.
    """
    bins: dict[int, list[tuple[float, bool]]] = {}
    for probability, was_right in zip(probabilities, right, strict=True):
        number = min(CALIBRATION_BINS - 1, int(probability * CALIBRATION_BINS))
        bins.setdefault(number, []).append((probability, was_right))
    # The size of a bin and the means inside it cancel out: sums are enough.
    gaps = [abs(sum(stated - true for stated, true in inside)) for inside in bins.values()]
    return sum(gaps) / len(probabilities)


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
    Another Look at the Jackknife", 1979). Those means are all the same where the values are, which
    would claim certainty: then the interval of a proportion, the widest for values of that mean.
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
    """Return how often something happened; None of nothing."""
    if not happened:
        return None
    times = sum(happened)
    return Figure(times / len(happened), *wilson(times, len(happened)), len(happened))


def mean(values: Sequence[float]) -> Figure | None:
    """Return the mean of values in [0, 1]; None of nothing."""
    if not values:
        return None
    return Figure(sum(values) / len(values), *bootstrap(values), len(values))
