"""Measures how much accuracy each way of reading fewer passages costs, and how much time it saves.

    python -m tests.benchmark.cascade FILE.json[.gz] ... [--half first|held-back|second|all]

FILEs are in SQuAD's format; their answerable questions are asked of all their articles.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.question import Question
from qa import Corpus
from qa.eval.measures import best_of, f1, percentile
from qa.eval.results import has_gold
from qa.reader.onnx import Runner, WindowLogits
from qa.reader.spans import SpanReader
from qa.settings import BUNDLED_READER
from tests.benchmark.records import K, open_with
from tests.benchmark.squad import HALVES, SquadQuestion, half_of, write_articles

CASCADES = [
    (1, 1, 1.0), (3, 3, 1.0), (1, 6, 0.5), (2, 6, 0.5), (3, 6, 0.3), (3, 6, 0.5), (3, 6, 0.7),
    (3, 6, 0.9), (3, 10, 0.5), (6, 6, 1.0), (6, 10, 0.5), (10, 10, 1.0),
]  # fmt: skip
"""Passages read first, passages read at most, and the sufficient confidence."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--half", choices=HALVES, default="held-back")
    parser.add_argument("--reader", default=BUNDLED_READER, help="name or folder of a reader")
    parser.add_argument("--questions", type=int, default=300)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        drawn = half_of(write_articles(options.files, articles), options.half)
        random.Random(0).shuffle(drawn)
        stores = Path(folder, "stores")
        with open_with(options.reader, articles, stores, notify=print) as corpus:
            corpus.sync()
            report_cascades(corpus, [q for q in drawn if q.answerable][: options.questions])
    return 0


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
            answer = reading.quoted[0].text if reading.quoted else ""
            overlap.append(best_of(f1, answer, [gold.text or "" for gold in question.spans]))
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


if __name__ == "__main__":
    sys.exit(main())
