"""Follow-up questions: is the gold passage ranked first, and are other questions left as they are?

    python -m tests.benchmark.followups FILE.json[.gz] ...

`followups.jsonl` in this folder has conversations about the sample article and about articles of
the FILES: SQuAD 2.0's development set and SQuADShifts' new_wiki. Each conversation is played with
its article; the program's own answers are the context. The rules were written on the conversations
marked "tune"; those marked "test" were only used to measure.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.types import Hit, Span
from qa import Conversation, Corpus, open_corpus, sample_article
from qa.settings import Settings
from tests.benchmark.squad import write_articles

QUESTIONS = Path(__file__).with_name("followups.jsonl")
K = 10


@dataclass
class Tally:
    """Ranks of the gold passage, and counts of questions."""

    ranks: list[int] = field(default_factory=list)
    baselines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    changed: int = 0
    """Questions that were searched with context."""
    answered: int = 0
    """Questions whose first answer, or closest words, are inside the gold span or contain it."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--half", choices=("tune", "test"), help="ask only these questions")
    parser.add_argument(
        "--follow-ups", action="store_true", help="skip conversations without follow-ups"
    )
    options = parser.parse_args()
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    rows = [row for row in rows if options.half in (None, row["split"])]
    leaning = {row["conversation"] for row in rows if not row["standalone"]}
    if options.follow_ups:
        rows = [row for row in rows if row["conversation"] in leaning]
    with tempfile.TemporaryDirectory() as folder:
        articles = Path(folder, "articles")
        articles.mkdir()
        write_articles(options.files, articles)
        tallies = measure(rows, articles, Path(folder, "stores"))
    for (split, kind), tally in sorted(tallies.items()):
        line = f"{split:5} {kind:12} {len(tally.ranks):4}: searched with context "
        line += f"{_part(tally.changed, tally)}, recall@1 {_recall_at_1(tally.ranks)}, "
        line += f"recall@5 {_part(sum(rank <= 5 for rank in tally.ranks), tally)}, "
        print(line + f"first answer matches the gold one {_part(tally.answered, tally)}")
        for name, ranks in tally.baselines.items():
            print(f"      {name}: recall@1 {_recall_at_1(ranks)}")
    return 0


def measure(
    rows: Sequence[dict[str, Any]], articles: Path, stores: Path
) -> dict[tuple[str, str], Tally]:
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    corpora: dict[str, Corpus] = {}
    named, conversation, before = "", None, ""
    for row in rows:
        if row["article"] not in corpora:
            file = sample_article() if row["article"] == "seed" else articles / row["article"]
            corpora[row["article"]] = open_corpus(
                file, settings=Settings(store=stores), notify=print
            )
        corpus = corpora[row["article"]]
        starts = conversation is None or row["conversation"] != named
        if conversation is None or starts:
            named, conversation = row["conversation"], Conversation(corpus)
        gold = Span(row["start"], row["end"])
        response = conversation.ask(row["question"], K)
        kind = "first" if starts else "stands alone" if row["standalone"] else "follow-up"
        tally = tallies[row["split"], kind]
        tally.ranks.append(_rank(response.hits, gold))
        tally.changed += bool(response.context)
        if response.quoted:
            answer = response.quoted[0].span
            tally.answered += answer.contains(gold) or gold.contains(answer)
        if kind == "follow-up":
            alone = corpus.search(row["question"], K)
            prepended = corpus.search(f"{before} {row['question']}", K)
            tally.baselines["alone"].append(_rank(alone, gold))
            tally.baselines["with the previous question prepended"].append(_rank(prepended, gold))
        before = row["question"]
    for corpus in corpora.values():
        corpus.close()
    return tallies


def _rank(hits: Sequence[Hit], gold: Span) -> int:
    return next((hit.rank for hit in hits if hit.passage.span.contains(gold)), K + 1)


def _recall_at_1(ranks: Sequence[int]) -> str:
    return f"{100 * sum(rank == 1 for rank in ranks) / len(ranks):.1f} %"


def _part(count: int, tally: Tally) -> str:
    return f"{100 * count / len(tally.ranks):.1f} %"


if __name__ == "__main__":
    sys.exit(main())
