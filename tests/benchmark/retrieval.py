"""Retrieval quality: is the gold answer in the passages found, and how far down?

    python -m tests.benchmark.retrieval FILE.json[.gz] ...

All articles of the files are one corpus; every answerable question is asked of it. A passage
counts when it holds a gold span whole. Every passage and answer is compared with its slice of
the file as well.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from index.types import Hit, Span
from qa import open_corpus
from tests.benchmark.squad import Question, write_articles

K = 10
SHOWN_CHARS = 1500
"""About what a screen shows."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, help="ask this many, drawn with a fixed seed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        questions = [q for q in write_articles(options.files, articles) if q.gold]
        if options.questions:
            questions = random.Random(0).sample(questions, options.questions)
        return measure(articles, questions, Path(folder, "stores"))


def measure(articles: Path, questions: Sequence[Question], stores: Path) -> int:
    texts = {file.name: file.read_bytes().decode("utf-8") for file in articles.iterdir()}
    first: list[int] = []
    on_screen = wrong = 0
    seconds: list[float] = []
    with open_corpus(articles, reader="none", stores=stores, notify=print) as corpus:
        report = corpus.sync()
        print(f"{len(report.added)} articles, {report.encoded} passages, {report.seconds:.0f} s")
        for question in questions:
            started = time.perf_counter()
            hits = corpus.search(question.text, K)
            seconds.append(time.perf_counter() - started)
            holding = [hit.rank for hit in hits if _holds(hit, question, len(hit.passage.span))]
            first.append(holding[0] if holding else K + 1)
            on_screen += _holds_on_screen(hits, question)
            shown = [(hit.passage, hit.passage.span, hit.passage.text) for hit in hits]
            for answer in corpus.reader.read(question.text, hits).answers:
                shown.append((answer.passage, answer.span, answer.text))
            for of, span, text in shown:
                wrong += texts[of.article.id][span.start : span.end] != text
    seconds.sort()
    count = len(questions)
    print(f"{count} questions, k = {K}")
    for k in (1, 5, K):
        print(f"recall@{k:<3} {100 * sum(rank <= k for rank in first) / count:6.2f} %")
    print(f"MRR        {100 * sum(1 / rank for rank in first if rank <= K) / count:6.2f} %")
    print(f"gold whole in the first {SHOWN_CHARS} characters {100 * on_screen / count:6.2f} %")
    p50, p95 = seconds[count // 2], seconds[count * 95 // 100]
    print(f"search p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")
    print(f"citations that are not their slice of the file: {wrong}")
    return 1 if wrong else 0


def _holds(hit: Hit, question: Question, shown_chars: int) -> bool:
    """Tell whether the first characters of a passage hold a gold span whole."""
    span = hit.passage.span
    shown = Span(span.start, span.start + max(0, min(len(span), shown_chars)))
    return hit.passage.article.id == question.article and any(map(shown.contains, question.gold))


def _holds_on_screen(hits: Sequence[Hit], question: Question) -> bool:
    left = SHOWN_CHARS
    for hit in hits:
        if _holds(hit, question, left):
            return True
        left -= len(hit.passage.span)
    return False


if __name__ == "__main__":
    sys.exit(main())
