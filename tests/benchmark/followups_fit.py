"""Fits what the context of a follow-up adds to the score of a passage (`qa.reader.in_context`).

    python -m tests.benchmark.followups_fit FILE.json[.gz] ...

Plays the conversations of `followups.jsonl` marked "tune" that have follow-ups, reads each passage
once with and once without the context, and prints how often the gold passage is first for pairs of
weights. Takes about five minutes; repeat it for another reader.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from index.question import Question
from index.types import Hit, Span
from qa import Conversation, open_corpus, sample_article
from qa.reader.in_context import nearness
from qa.reader.spans import SpanReader
from qa.settings import Settings
from qa.types import Context, Reader, Reading
from tests.benchmark.followups import QUESTIONS
from tests.benchmark.squad import write_articles

READING_WEIGHTS = (0.0, 0.33, 0.5, 0.67, 0.8, 1.0, 1.5)
NEARNESS_WEIGHTS = (0.0, 0.1, 0.2, 0.3, 0.4)


@dataclass(frozen=True, slots=True)
class Row:
    """A passage that was read for a follow-up."""

    passage: Span
    alone: float
    """Its rank score, read without the context."""
    in_context: float
    """What reading it with the context adds, before it is weighted."""
    nearness: float


@dataclass
class Recorder:
    """Reads like another reader, and keeps what it read for the latest follow-up."""

    reader: SpanReader
    passages_to_read: int
    rows: list[Row] = field(default_factory=list)

    def read(
        self, question: Question, hits: Sequence[Hit], context: Context | None = None
    ) -> Reading:
        """See `Reader`."""
        self.rows = []
        if context:
            asked = hits[: self.passages_to_read]
            alone = _best(self.reader, question.text, asked)
            within = _best(self.reader, f"{context.text} {question.text}", asked)
            added = {one.rank: within[one.rank] - one.score for one in asked if one.rank in within}
            self.rows = [
                Row(
                    hit.passage.span,
                    alone.get(hit.rank, -math.inf),
                    added.get(hit.rank, min(added.values(), default=0.0)),
                    nearness(context, hit),
                )
                for hit in asked
            ]
        return self.reader.read(question, hits, context)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    follow_ups = {row["conversation"] for row in rows if not row["standalone"]}
    rows = [row for row in rows if row["split"] == "tune" and row["conversation"] in follow_ups]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        write_articles(options.files, articles)
        read = record(rows, articles, Settings(store=Path(folder, "stores")))
    print(f"{len(read)} follow-ups; gold passage first:")
    shares = {
        weights: sum(_is_first(own, gold, *weights) for own, gold in read) / len(read)
        for weights in product(READING_WEIGHTS, NEARNESS_WEIGHTS)
    }
    for reading in READING_WEIGHTS:
        line = (f"{100 * shares[reading, near]:5.1f} %" for near in NEARNESS_WEIGHTS)
        print(f"reading {reading:4}, nearness {NEARNESS_WEIGHTS}: {' '.join(line)}")
    return 0


def record(
    rows: Sequence[dict[str, Any]], articles: Path, settings: Settings
) -> list[tuple[list[Row], Span]]:
    """Return for each follow-up the passages that were read, and the gold span."""
    found = []
    for name in sorted({row["article"] for row in rows}):
        file = sample_article() if name == "seed" else articles / name
        with open_corpus(file, settings=settings) as corpus:
            reader: Reader = corpus.reader
            assert isinstance(reader, SpanReader)
            recorder = Recorder(reader, reader.passages_to_read)
            corpus.reader = recorder
            conversation, named = Conversation(corpus), ""
            for row in (row for row in rows if row["article"] == name):
                if row["conversation"] != named:
                    named, conversation = row["conversation"], Conversation(corpus)
                response = conversation.ask(row["question"])
                if response.context and not row["standalone"]:
                    found.append((recorder.rows, Span(row["start"], row["end"])))
    return found


def _best(reader: SpanReader, question: str, hits: Sequence[Hit]) -> dict[int, float]:
    """Return the best rank score in each passage, by its rank."""
    best: dict[int, float] = {}
    for one in reader.candidates(Question(question), hits):
        best[one.hit.rank] = max(one.rank_score, best.get(one.hit.rank, -math.inf))
    return best


def _is_first(rows: Sequence[Row], gold: Span, reading: float, near: float) -> bool:
    def score(row: Row) -> float:
        return row.alone + reading * row.in_context + near * row.nearness

    return bool(rows) and max(rows, key=score).passage.contains(gold)


if __name__ == "__main__":
    sys.exit(main())
