"""Retrieval quality: do the passages contain the gold answer, and at which rank?

    python -m tests.benchmark.retrieval FILE.json[.gz] ...

All articles of the files form one corpus; all answerable questions are asked about it. A passage
counts if it contains a complete gold span. Also checks that every passage and answer is an exact
slice of its file.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from index.question import Question
from index.types import Hit, Passage, Span
from qa import open_corpus
from qa.eval.measures import mean_reciprocal_rank, percentile, recall_at
from qa.eval.results import first_gold_rank, has_gold
from qa.settings import Settings
from tests.benchmark.squad import SquadQuestion, write_articles

K = 10
SHOWN_CHARS = 1500
"""About as much as a screen shows."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, help="ask this many, drawn with a fixed seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        questions = [q for q in write_articles(options.files, articles) if q.answerable]
        if options.questions:
            questions = random.Random(0).sample(questions, options.questions)
        return measure(articles, questions, Path(folder, "stores"))


def measure(articles: Path, questions: Sequence[SquadQuestion], stores: Path) -> int:
    texts = {file.name: file.read_bytes().decode("utf-8") for file in articles.iterdir()}
    ranks: list[int | None] = []
    on_screen = wrong = 0
    seconds: list[float] = []
    with open_corpus(
        articles, settings=Settings(reader="none", store=stores), notify=print
    ) as corpus:
        report = corpus.sync()
        print(f"{len(report.added)} articles, {report.encoded} passages, {report.seconds:.0f} s")
        for question in questions:
            started = time.perf_counter()
            hits = corpus.search(question.question, K)
            seconds.append(time.perf_counter() - started)
            ranks.append(first_gold_rank(hits, question))
            on_screen += _holds_on_screen(hits, question)
            shown = [(hit.passage, hit.passage.span, hit.passage.text) for hit in hits]
            for answer in corpus.reader.read(Question(question.question), hits).quoted:
                shown.append((answer.passage, answer.span, answer.text))
            for of, span, text in shown:
                wrong += texts[of.article.id][span.start : span.end] != text
    count = len(questions)
    print(f"{count} questions, k = {K}")
    for k in (1, 5, K):
        print(f"recall@{k:<3} {100 * recall_at(ranks, k):6.2f} %")
    print(f"MRR        {100 * mean_reciprocal_rank(ranks):6.2f} %")
    print(f"gold span in the first {SHOWN_CHARS} characters {100 * on_screen / count:6.2f} %")
    p50, p95 = (percentile(seconds, part) for part in (50, 95))
    print(f"search p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")
    print(f"quotes that differ from the cited file: {wrong}")
    return 1 if wrong else 0


def _holds_on_screen(hits: Sequence[Hit], question: SquadQuestion) -> bool:
    left = SHOWN_CHARS
    for hit in hits:
        span = hit.passage.span
        shown = Span(span.start, min(span.end, span.start + left))
        if has_gold(Passage(hit.passage.article, shown), question):
            return True
        left = max(0, left - len(span))
    return False


if __name__ == "__main__":
    sys.exit(main())
