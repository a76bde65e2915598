"""Asks articles all kinds of questions: is what is called answered right, and what is unsure?

    python -m tests.benchmark.kinds [--half tune|report] [--verbose]

`kinds/` has twelve invented articles of different genres. `kinds.jsonl` has questions about them,
each asked of its article alone, as a user would type it. Half of the articles are for tuning, the
others only for measuring: no question of the half "report" is ever printed.

What is right depends on the kind of question:

- span, count, keywords, misspelt: the first answer says what a gold text says.
- yes_no, why_how: the first answer contains a gold text. It is the clause that settles the question
  or gives the reason, and the sentence around it is right, too.
- list: every item is among the answers, and at most one answer is not an item. If only half of the
  items are there, the list is partly right.
- about: at least two of three to five answers are sentences that a good summary has.
- silent, yes_no_silent, count_none: nothing is called answered, as the article does not say it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Literal

from qa import Response, Settings, open_corpus
from qa.types import Outcome
from tests.benchmark.matching import matches
from tests.benchmark.notes import HALVES

ARTICLES = Path(__file__).with_name("kinds")
QUESTIONS = Path(__file__).with_name("kinds.jsonl")
SILENT = frozenset({"silent", "yes_no_silent", "count_none"})
"""Kinds of questions that their article does not answer."""
KINDS = {
    "span": "span",
    "yes_no": "yes_no",
    "yes_no_silent": "yes_no",
    "why_how": "explain",
    "list": "list",
    "count": "count",
    "count_none": "count",
    "about": "about",
}
"""What the program calls the kinds. The others may be of any."""
WHOLE = frozenset({"yes_no", "why_how"})
"""Kinds of which no part of a gold text is right."""
MAX_WORDS_AROUND = 45
"""Words that an answer may have besides its gold text: a long sentence, but not a paragraph."""
MAX_EXTRA = 1
"""Answers of a list that may be no items of it."""
SUMMARY_LENGTH = range(3, 6)
MIN_CENTRAL = 2
"""Sentences of a summary that must be among the gold ones."""

Verdict = Literal["right", "partly", "unsure", "not_found", "wrong"]
VERDICTS: tuple[Verdict, ...] = ("right", "partly", "unsure", "not_found", "wrong")


@dataclass(frozen=True, slots=True)
class KindQuestion:
    """A question about an article."""

    id: str
    half: str
    kind: str
    article: str
    question: str
    golds: tuple[tuple[str, ...], ...]
    """The parts of the answer, each in several wordings: the items of a list, the sentences of a
    summary, one part for other kinds. Empty if the article does not answer.
    """
    corrections: Mapping[str, str]
    """Misspelt word of the question to the word of the article."""


@dataclass(frozen=True, slots=True)
class Given:
    """A question, and what came out."""

    asked: KindQuestion
    outcome: Outcome
    quoted: tuple[str, ...]
    """The answers as shown, in order, or the closest words if unsure."""
    confidence: float
    kind: str = "span"
    """The kind that the question was taken for."""
    corrections: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """ "unsure" and "not_found" only for questions that the article answers."""
        if self.outcome == "answered":
            return _judge(self.asked, self.quoted)
        return self.outcome if self.asked.golds else "right"

    @property
    def correction_is_right(self) -> bool:
        """Whether just the misspelt words were corrected, to the words of the article."""
        return _folded(self.corrections) == _folded(self.asked.corrections)

    @property
    def closest_is_right(self) -> bool:
        return self.verdict == "unsure" and _judge(self.asked, self.quoted) == "right"


def read_questions() -> list[KindQuestion]:
    rows = map(json.loads, QUESTIONS.read_text("utf-8").splitlines())
    return [
        KindQuestion(
            row["id"],
            row["half"],
            row["kind"],
            row["article"],
            row["question"],
            tuple(map(tuple, row["golds"])),
            row.get("corrections", {}),
        )
        for row in rows
    ]


def _folded(corrections: Mapping[str, str]) -> dict[str, str]:
    return {
        misspelt.casefold().removesuffix("'s"): word.casefold()
        for misspelt, word in corrections.items()
    }


def _judge(asked: KindQuestion, quoted: Sequence[str]) -> Verdict:
    """Return how good the quoted words are."""
    if asked.kind == "list":
        return _verdict_of_list(asked.golds, quoted)
    if asked.kind == "about":
        return _verdict_of_summary(asked.golds, quoted)
    whole = asked.kind in WHOLE
    right = any(_says(quoted[0], gold, whole=whole) for gold in asked.golds)
    return "right" if right else "wrong"


def _says(given: str, wordings: Sequence[str], *, whole: bool = False) -> bool:
    """Return whether an answer says one part of the gold answer."""
    return any(
        matches(given, wording.replace("*", ""), whole=whole, around=MAX_WORDS_AROUND)
        for wording in wordings
    )


def _verdict_of_list(items: Sequence[Sequence[str]], answers: Sequence[str]) -> Verdict:
    found = sum(any(_says(answer, item) for answer in answers) for item in items)
    extra = sum(not any(_says(answer, item) for item in items) for answer in answers)
    if extra > MAX_EXTRA or 2 * found < len(items):
        return "wrong"
    return "right" if found == len(items) else "partly"


def _verdict_of_summary(sentences: Sequence[Sequence[str]], answers: Sequence[str]) -> Verdict:
    central = sum(any(_says(answer, sentence) for sentence in sentences) for answer in answers)
    return "right" if len(answers) in SUMMARY_LENGTH and central >= MIN_CENTRAL else "wrong"


def given(asked: KindQuestion, response: Response) -> Given:
    quoted = tuple(answer.shown for answer in response.quoted)
    return Given(
        asked, response.outcome, quoted, response.confidence, response.kind, response.corrections
    )


def ask_all(questions: Sequence[KindQuestion]) -> Iterator[Given]:
    """Ask each question of its article. questions: grouped by article."""
    for article, about_it in groupby(questions, key=lambda asked: asked.article):
        with (
            tempfile.TemporaryDirectory() as stores,
            open_corpus(
                ARTICLES / article, settings=Settings(store=stores), notify=print
            ) as corpus,
        ):
            yield from (given(asked, corpus.ask(asked.question)) for asked in about_it)


def report(half: str, results: Sequence[Given]) -> None:
    """Print a table of what came out for each kind, and the confidence of wrong answers."""
    print(f"{half:<14} asked  " + "  ".join(f"{verdict:>9}" for verdict in VERDICTS))
    for kind in [*dict.fromkeys(one.asked.kind for one in results), "total"]:
        verdicts = [one.verdict for one in results if kind in (one.asked.kind, "total")]
        counts = [verdicts.count(verdict) for verdict in VERDICTS]
        print(f"  {kind:<12} {len(verdicts):5}  " + "  ".join(f"{count:9}" for count in counts))
    shares = {
        verdict: sum(one.verdict == verdict for one in results) / len(results)
        for verdict in VERDICTS
    }
    print(f"  right or unsure {shares['right'] + shares['unsure']:.1%}", end=", ")
    print(f"not found though answerable {shares['not_found']:.1%}", end=", ")
    print(f"wrong and called answered {shares['wrong']:.1%}")
    misspelt = [one for one in results if one.asked.corrections]
    print(
        f"  misspelt words corrected: {sum(one.correction_is_right for one in misspelt)}"
        f" of {len(misspelt)}, others: "
        f"{sum(not one.correction_is_right for one in results if not one.asked.corrections)}"
    )
    kinds = [one for one in results if one.asked.kind in KINDS]
    print(
        f"  kind recognised: {sum(one.kind == KINDS[one.asked.kind] for one in kinds)}"
        f" of {len(kinds)}"
    )
    unsure = [one for one in results if one.verdict == "unsure"]
    print(f"  unsure, closest words right: {sum(one.closest_is_right for one in unsure)}", end="")
    print(f" of {len(unsure)}")
    wrong = sorted(one.confidence for one in results if one.verdict == "wrong")
    print("  confidence of the wrong:", *(f"{confidence:.0%}" for confidence in wrong))


def describe(one: Given) -> str:
    """Return a line about a question, and what was quoted unless it is right."""
    line = f"{one.verdict:<9} {one.confidence:4.0%} {one.asked.id} ({one.kind}):"
    line += f" {one.asked.question}"
    if one.corrections or one.asked.corrections:
        line += f" {dict(one.corrections)}"
    if one.verdict == "right":
        return line
    line += f"\n{'':15}{one.outcome}: {' + '.join(map(repr, one.quoted)) or 'nothing'}"
    if one.asked.kind == "about" or not one.asked.golds:
        return line
    golds = " + ".join(" | ".join(map(repr, wordings)) for wordings in one.asked.golds)
    return f"{line}\n{'':15}gold: {golds}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=HALVES, help="default: both")
    parser.add_argument("--verbose", action="store_true", help='print the questions of "tune"')
    options = parser.parse_args()
    questions = read_questions()
    for half in [options.half] if options.half else HALVES:
        results = list(ask_all([asked for asked in questions if asked.half == half]))
        if options.verbose and half == "tune":
            print(*map(describe, results), sep="\n")
        report(half, results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
