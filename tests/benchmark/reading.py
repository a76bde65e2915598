"""Measures how well the reader reads, ranks and decides; fits its calibration.

    python -m tests.benchmark.reading FILE.json[.gz] ... [--half first|second|all] [--fit FILE]

FILEs are in SQuAD's format. `--half first` takes the first half of the articles by title, on which
the calibration is fitted; `second` takes the others, on which it is reported. Measures

    paragraph   questions with their paragraph: exact match and F1 of the answerable ones, and how
                well the score difference tells them from the unanswerable ones
    corpus      questions about all articles of the files: is the right passage first, and how good
                is the first answer? An abstention counts 0
    elsewhere   questions about an article that does not answer them
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from pathlib import Path

import numpy as np

from index.question import Question
from index.types import Article, Hit, Passage
from qa import Corpus, open_corpus
from qa.eval.measures import (
    area_under_curve,
    best_of,
    calibration_error,
    exact_match,
    f1,
    percentile,
)
from qa.eval.results import RIGHT, has_gold
from qa.reader.decide import Calibration, features, merged
from qa.reader.onnx import Runner, WindowLogits
from qa.reader.spans import SpanReader
from qa.settings import Settings
from qa.types import MIN_ANSWERED
from tests.benchmark.squad import SquadQuestion, half_of, write_articles

K = 10
FALSE_ABSTENTIONS = 0.10
CASCADES = [
    (1, 1, 1.0), (3, 3, 1.0), (1, 6, 0.5), (2, 6, 0.5), (3, 6, 0.3), (3, 6, 0.5), (3, 6, 0.7),
    (3, 10, 0.5), (6, 6, 1.0), (10, 10, 1.0),
]  # fmt: skip
"""Passages read first, passages read at most, and the sufficient confidence."""
FEATURES = ("score_diff", "cosine", "coverage", "score", "margin")


@dataclass(frozen=True, slots=True)
class Read:
    """A question with the candidates read for it, so that any calibration can be applied."""

    kind: str
    hits: list[tuple[float, bool]]
    """Retrieval score, and whether the passage contains a gold span, by rank."""
    candidates: list[tuple[int, float, float, float, float, dict[str, float]]]
    """Rank of the passage, score difference, exact match, F1, retrieval score and features."""
    shown: tuple[bool, float, float, bool]
    """What the program shows, in its cascade: whether it answers, exact match and F1 of the first
    answer, and whether the first passage contains a gold span."""
    seconds: float
    """Time to search, and to read in the cascade."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--half", choices=["first", "second", "all"], default="second")
    parser.add_argument("--reader", default="article-qa")
    parser.add_argument(
        "--questions",
        type=int,
        default=1000,
        help="maximum number of answerable questions about articles; half as many unanswerable",
    )
    parser.add_argument("--fit", type=Path, help="fit a calibration and write it to this file")
    parser.add_argument(
        "--cascade", action="store_true", help="only compare how many passages to read"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        questions = write_articles(options.files, articles)
        drawn = half_of(questions, options.half)
        random.Random(0).shuffle(drawn)
        with open_corpus(
            articles, settings=Settings(reader=options.reader), notify=print
        ) as corpus:
            corpus.sync()
            assert isinstance(corpus.reader, SpanReader)
            if options.cascade:
                report_cascades(corpus, [q for q in drawn if q.answerable][: options.questions])
                return 0
            report_paragraphs(corpus.reader, drawn, articles)
            reads = list(read_all(corpus, drawn, options.questions))
            calibration = corpus.reader.calibration
    if options.fit:
        calibration = fitted(reads)
        options.fit.write_text(json.dumps(asdict(calibration), indent=1) + "\n")
    report(reads, calibration)
    return 0


def report_paragraphs(
    reader: SpanReader, questions: Sequence[SquadQuestion], articles: Path
) -> None:
    """Print how well the reader reads all questions when given the right paragraph."""
    score_diffs: dict[bool, list[float]] = {True: [], False: []}
    scores: list[tuple[float, float]] = []
    for question in questions:
        answerable = question.answerable
        text = (articles / question.article).read_bytes().decode("utf-8")
        article = Article(question.article, "", "", text, "")
        hit = Hit(Passage(article, question.paragraph), 1, 0.0, 0.0, 0.0)
        candidates = reader.candidates(Question(question.question), [hit])
        best = max(candidates, key=lambda c: c.score_diff, default=None)
        score_diffs[answerable].append(best.score_diff if best else -20.0)
        if answerable:
            scores.append(_scores(best.text if best else "", question))
    exact, overlap = np.mean(scores, axis=0) * 100
    count = len(scores)
    print(f"paragraph: {count} answerable, exact match {exact:.1f}, F1 {overlap:.1f}")
    if score_diffs[False]:
        area = area_under_curve(score_diffs[True], score_diffs[False])
        count = len(score_diffs[False])
        print(f"paragraph: {count} unanswerable, area under the ROC curve {area:.3f}")


def report_cascades(corpus: Corpus, questions: Sequence[SquadQuestion]) -> None:
    """Print how well each way of reading fewer passages does, and how long it takes."""
    reader = corpus.reader
    assert isinstance(reader, SpanReader)
    found = [corpus.search(question.question, K) for question in questions]
    print("first  at most  sufficient  passages read  passage first     F1     p50     p95")
    for first, most, sufficient in CASCADES:
        calibration = replace(reader.calibration, sufficient_confidence=sufficient)
        counting = _Counting(reader.runner)
        of_cascade = SpanReader(counting, calibration, read_first=first, passages_to_read=most)
        seconds, overlap, right = [], [], []
        for question, hits in zip(questions, found, strict=True):
            started = time.perf_counter()
            reading = of_cascade.read(Question(question.question), hits)
            seconds.append(1e3 * (time.perf_counter() - started))
            answer = reading.answers[0].text if reading.answers else ""
            overlap.append(_scores(answer, question)[1])
            right.append(has_gold(reading.hits[0].passage, question))
        p50, p95 = (percentile(seconds, part) for part in (50, 95))
        print(
            f"{first:5}  {most:7}  {sufficient:10.2f}  {counting.texts / len(questions):13.2f}"
            f"  {100 * np.mean(right):13.1f}  {100 * np.mean(overlap):5.1f}"
            f"  {p50:3.0f} ms  {p95:3.0f} ms"
        )


class _Counting:
    """Runs a reader's model, and counts the passages that it reads."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.texts = 0

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        self.texts += len(texts)
        return self._runner.run(question, texts)

    def part_read(self, question: str) -> str:
        return self._runner.part_read(question)


def _scores(answer: str, question: SquadQuestion) -> tuple[float, float]:
    """Return exact match and F1 of an answer."""
    golds = [gold.text or "" for gold in question.spans]
    return best_of(exact_match, answer, golds), best_of(f1, answer, golds)


def read_all(corpus: Corpus, questions: Sequence[SquadQuestion], most: int) -> Iterator[Read]:
    """Yield what was read for the questions of each kind. most: of answerable ones."""
    answerable = [question for question in questions if question.answerable][:most]
    unanswerable = [question for question in questions if not question.answerable][: most // 2]
    names = sorted({question.article for question in questions})
    draw = random.Random(1)
    for question in answerable:
        yield _read(corpus, "corpus", question, ())
    for question in unanswerable:
        yield _read(corpus, "unanswerable", question, (question.article,))
    for question in answerable:
        yield _read(corpus, "own article", question, (question.article,))
    for question in answerable:
        other = draw.choice([name for name in names if name != question.article])
        yield _read(corpus, "another article", replace(question, spans=()), (other,))


def _read(corpus: Corpus, kind: str, question: SquadQuestion, only: Sequence[str]) -> Read:
    reader = corpus.reader
    assert isinstance(reader, SpanReader)
    started = time.perf_counter()
    hits = corpus.search(question.question, K, only=only)
    asked = Question(question.question)
    reading = reader.read(asked, hits)
    seconds = time.perf_counter() - started
    others = merged(reader.candidates(asked, hits))
    return Read(
        kind,
        [(hit.score, has_gold(hit.passage, question)) for hit in hits],
        [
            (
                c.hit.rank,
                c.score_diff,
                *_scores(c.text, question),
                c.hit.score,
                values,
            )
            for c, values in zip(others, features(asked, others, hits), strict=True)
        ],
        (
            bool(reading.answers),
            *(_scores(reading.answers[0].text, question) if reading.answers else (0.0, 0.0)),
            any(has_gold(hit.passage, question) for hit in reading.hits[:1]),
        ),
        seconds,
    )


def report_reliability(stated: Sequence[float], right: Sequence[bool]) -> None:
    """Print a reliability diagram in ten bins: confidence against the share that is right."""
    print("confidence  questions  right")
    for low in range(0, 100, 10):
        inside = [
            ok for p, ok in zip(stated, right, strict=True) if low <= min(99, 100 * p) < low + 10
        ]
        if inside:
            part = 100 * np.mean(inside)
            print(
                f"{low:3}–{low + 10:3} %  {len(inside):9}  {part:3.0f} %  {'█' * round(part / 4)}"
            )


def _best(read: Read, weight: float) -> tuple[int, float, float, float, float, dict[str, float]]:
    return max(read.candidates, key=lambda c: c[4] + weight * c[1])


def _first(read: Read, weight: float, k: int = 1) -> bool:
    """Return whether a passage with a gold span is among the first k after reading."""
    score_diffs: dict[int, float] = {}
    for rank, score_diff, *_ in read.candidates:
        score_diffs[rank] = max(score_diff, score_diffs.get(rank, -99.0))
    scores = [
        score + weight * score_diffs.get(rank, -20.0)
        for rank, (score, _) in enumerate(read.hits, 1)
    ]
    order = np.argsort(-np.array(scores), kind="stable")[:k]
    return any(read.hits[place][1] for place in order)


def fitted(reads: Sequence[Read]) -> Calibration:
    """Return the calibration that fits these questions best."""
    from sklearn.linear_model import LogisticRegression

    usable = [read for read in reads if read.candidates]
    corpus = [read for read in usable if read.kind == "corpus"]
    weights = np.arange(0.0, 0.2, 0.01)
    gains = [
        np.mean([_first(read, w) for read in corpus])
        + np.mean([_best(read, w)[3] for read in corpus])
        for w in weights
    ]
    weight = float(weights[int(np.argmax(gains))])
    cases = [(read, _best(read, weight)) for read in usable]
    x = np.array([[best[5][name] for name in FEATURES] for _, best in cases])
    right = np.array([best[3] >= RIGHT for _, best in cases])
    model = LogisticRegression(C=10).fit(x, right)
    coefficients = dict(zip(FEATURES, map(float, model.coef_[0]), strict=True))
    coefficients["intercept"] = float(model.intercept_[0])
    calibration = Calibration(
        score_diff_weight=round(weight, 4),
        coefficients={name: round(value, 4) for name, value in coefficients.items()},
        min_confidence=0.0,
        min_answered=MIN_ANSWERED,
        sufficient_confidence=0.9,
    )
    own = [calibration.probability(best[5]) for read, best in cases if read.kind == "own article"]
    return replace(calibration, min_confidence=round(float(np.quantile(own, 0.08)), 3))


def report(reads: Sequence[Read], calibration: Calibration) -> None:
    """Print how well a calibration ranks and decides."""
    weight = calibration.score_diff_weight
    stated: dict[str, list[float]] = {}
    right: dict[str, list[bool]] = {}
    for kind in dict.fromkeys(read.kind for read in reads):
        of_kind = [read for read in reads if read.kind == kind]
        best = [_best(read, weight) if read.candidates else None for read in of_kind]
        sure = np.array([calibration.probability(b[5]) if b else 0.0 for b in best])
        answered = sure >= calibration.min_confidence
        stated[kind] = sure.tolist()
        right[kind] = [bool(b and b[3] >= RIGHT) for b in best]
        line = f"{kind:<16} {len(of_kind):5}: abstained {100 * (1 - answered.mean()):.1f} %"
        if kind in ("corpus", "own article"):
            exact, overlap = (
                100
                * np.mean([b[i] if b and a else 0.0 for b, a in zip(best, answered, strict=True)])
                for i in (2, 3)
            )
            line += f", exact match {exact:.1f}, F1 {overlap:.1f} (an abstention counts 0)"
            for name, w in (("before", 0.0), ("after", weight)):
                parts = [100 * np.mean([_first(r, w, k) for r in of_kind]) for k in (1, 5)]
                line += f"; passage first / in five {name} reading {parts[0]:.1f} / {parts[1]:.1f}"
            cascade = 100 * np.mean([read.shown for read in of_kind], axis=0)
            line += (
                f"; in the cascade: exact match {cascade[1]:.1f}, F1 {cascade[2]:.1f},"
                f" passage first {cascade[3]:.1f}"
            )
        print(line)
    threshold = np.quantile(stated["own article"], FALSE_ABSTENTIONS)
    caught = np.mean(np.array(stated["another article"]) < threshold)
    print(f"another article, at 10 % false abstentions: abstained {100 * caught:.1f} %")
    error = calibration_error([*chain(*stated.values())], [*chain(*right.values())])
    corpus_error = calibration_error(stated["corpus"], right["corpus"])
    print(f"calibration error, 10 bins: {error:.3f} over all kinds, {corpus_error:.3f} for corpus")
    report_reliability([*chain(*stated.values())], [*chain(*right.values())])
    seconds = [1e3 * read.seconds for read in reads]
    p50, p95 = (percentile(seconds, part) for part in (50, 95))
    print(f"search and read in the cascade: p50 {p50:.0f} ms, p95 {p95:.0f} ms")


if __name__ == "__main__":
    sys.exit(main())
