"""Asks a folder of notes: is the first answer right, and how sure are wrong ones?

    python -m tests.benchmark.notes [--half tune|report] [--verbose]

`notes/` is the invented vault of a household: how-to notes, recipes, minutes, tables, lists of
settings, notes on people. `notes.jsonl` has questions about it. Each names the kind of place its
answer stands in, and its half: look at and tune on "tune" only; "report" is only for measuring.

The first answer is right if it is from the right note and contains a gold text, or is contained in
one and shares at least half of its words (F1). Where a part would mislead (a command, a path, a
number without its unit or "more than"), only a whole gold text will do. A question that the notes
do not answer is right without an answer.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa import Corpus, open_corpus
from qa.settings import Settings
from qa.types import Response
from tests.benchmark.matching import matches

NOTES = Path(__file__).with_name("notes")
QUESTIONS = Path(__file__).with_name("notes.jsonl")
HALVES = ("tune", "report")
WHOLE = frozenset({"command", "hedge", "path", "unit", "url", "version"})
"""Kinds of which no part of a gold text is right."""
SURE = 0.5


@dataclass(frozen=True, slots=True)
class Gold:
    """A text that answers a question, and the note it is in."""

    article: str
    text: str


@dataclass(frozen=True, slots=True)
class NoteQuestion:
    """A question about the notes."""

    id: str
    half: str
    kind: str
    question: str
    answers: tuple[Gold, ...]
    """Any of them is right. Empty if the notes do not answer."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question, and the first answer to it."""

    asked: NoteQuestion
    given: Gold | None
    """The first answer, or the closest words if unsure."""
    confidence: float
    unsure: bool = False

    @property
    def verdict(self) -> str:
        """ "right", "wrong", "unsure" or "abstained"."""
        if self.unsure or self.given is None:
            doubt = "unsure" if self.unsure else "abstained"
            return doubt if self.asked.answers else "right"
        return "right" if is_right(self.given, self.asked) else "wrong"


def read_questions() -> list[NoteQuestion]:
    rows = map(json.loads, QUESTIONS.read_text("utf-8").splitlines())
    return [
        NoteQuestion(
            row["id"],
            row["half"],
            row["kind"],
            row["question"],
            tuple(Gold(gold["article"], gold["text"]) for gold in row["answers"]),
        )
        for row in rows
    ]


def is_right(given: Gold, asked: NoteQuestion) -> bool:
    """Return whether an answer is as good as a gold one."""
    return any(
        gold.article == given.article and matches(given.text, gold.text, whole=asked.kind in WHOLE)
        for gold in asked.answers
    )


def outcome(asked: NoteQuestion, response: Response) -> Outcome:
    if not response.quoted:
        return Outcome(asked, None, response.confidence)
    first, unsure = response.quoted[0], response.outcome == "unsure"
    return Outcome(asked, Gold(first.passage.article.id, first.shown), first.score, unsure)


def ask_all(corpus: Corpus, questions: Sequence[NoteQuestion]) -> Iterator[Outcome]:
    for asked in questions:
        yield outcome(asked, corpus.ask(asked.question))


def report(half: str, outcomes: Sequence[Outcome]) -> None:
    """Print how many answers of each kind are right, wrong, or wrong with high confidence."""
    print(
        f"{half:<10} asked  right          wrong  unsure  abstained"
        f"  wrong with > {SURE:.0%} confidence"
    )
    for kind in [*sorted({one.asked.kind for one in outcomes}), "total"]:
        of_kind = [one for one in outcomes if kind in (one.asked.kind, "total")]
        verdicts = [one.verdict for one in of_kind]
        sure = sum(one.verdict == "wrong" and one.confidence > SURE for one in of_kind)
        right = verdicts.count("right")
        print(
            f"  {kind:<9}{len(of_kind):5}  {right:5} {100 * right / len(of_kind):5.1f} %"
            f"  {verdicts.count('wrong'):5}  {verdicts.count('unsure'):6}"
            f"  {verdicts.count('abstained'):9}  {sure:5}"
        )


def describe(one: Outcome) -> str:
    """Return a line about a question."""
    golds = " | ".join(dict.fromkeys(repr(gold.text) for gold in one.asked.answers)) or "none"
    given = f"{one.given.text!r} ({one.given.article})" if one.given else "none"
    line = f"{one.verdict:<9} {one.confidence:4.0%} {one.asked.id}: {one.asked.question}"
    return line if one.verdict == "right" else f"{line}\n{'':15}given {given}, gold {golds}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--half", choices=HALVES, help="default: both")
    parser.add_argument("--verbose", action="store_true", help="print a line a question")
    options = parser.parse_args()
    questions = read_questions()
    with (
        tempfile.TemporaryDirectory() as stores,
        open_corpus(NOTES, settings=Settings(store=stores), notify=print) as corpus,
    ):
        for half in [options.half] if options.half else HALVES:
            outcomes = list(ask_all(corpus, [one for one in questions if one.half == half]))
            if options.verbose:
                print(*map(describe, outcomes), sep="\n")
            report(half, outcomes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
