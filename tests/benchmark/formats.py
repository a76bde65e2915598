"""Asks files of all formats: are the answers right, and is their page or heading?

    python -m tests.benchmark.formats FOLDER [--suffix .pdf] [--verbose]

FOLDER has files and `questions.jsonl`, a row for each question: file, question, answers (any of
them is right; none if the file does not answer) and place, a page, heading or chapter, or null.
Each file is asked on its own.

An answer is right if it says no less than half of a gold text, and little besides. Its place is
right if it is its page or one of the headings above it.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.isolated.reader import IsolatedReader
from index.load import read
from index.place import place_of
from index.types import Article
from index.view import shown
from index.walk import scan
from qa import open_corpus
from qa.eval.measures import best_of, exact_match, occurs_in
from qa.settings import Settings
from qa.types import Answer, Response
from tests.benchmark.matching import matches

MAX_WORDS_AROUND = 5
"""Words that a right answer may have besides the gold text."""
SHOWN_HITS = 3
PAGE_CHARS = 3_000
"""What counts as a page of a file without pages."""
HEAD = """\
                      right             right words     wrong     right     right   pages a second
       questions   answered     exact     or unsure  answered   passage     place   read  indexed"""
_PAGE_LABELS = ("page ", "slide ")
_STRAIGHT = str.maketrans("‘’“”", "''\"\"")


@dataclass(frozen=True, slots=True)
class FileQuestion:
    """A question about a file."""

    file: str
    question: str
    answers: tuple[str, ...]
    place: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a question."""

    asked: FileQuestion
    given: str
    """The first answer, or the closest words if unsure; empty if there is none."""
    is_answered: bool
    is_right: bool
    is_exact: bool
    has_passage: bool
    """Whether a gold text is in the first passages."""
    has_place: bool


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast the files of a format are read."""

    pages: float
    reading_seconds: float
    indexing_seconds: float
    """With the start of the process that reads, and with encoding."""


def read_questions(folder: Path) -> dict[str, list[FileQuestion]]:
    """Return the questions about each file."""
    found = defaultdict(list)
    for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        found[row["file"]].append(
            FileQuestion(row["file"], row["question"], tuple(row["answers"]), row["place"])
        )
    return found


def outcome(asked: FileQuestion, response: Response) -> Outcome:
    """Judge a response."""
    first = response.quoted[0] if response.quoted else None
    given = _plain(first.shown) if first else ""
    golds = [_plain(answer) for answer in asked.answers]
    is_answered = response.outcome == "answered"
    passages = [
        _plain(shown(hit.passage.article, hit.passage.span)) for hit in response.hits[:SHOWN_HITS]
    ]
    return Outcome(
        asked,
        given,
        is_answered,
        any(matches(given, gold, around=MAX_WORDS_AROUND) for gold in golds)
        if golds
        else not is_answered,
        bool(best_of(exact_match, given, golds)) if golds else not is_answered,
        not golds or any(occurs_in(gold, passage) for gold in golds for passage in passages),
        first is None or asked.place is None or _is_at(first, asked.place),
    )


def _is_at(answer: Answer, place: str) -> bool:
    places = map(_plain, place_of(answer.passage.article, answer.span))
    return _plain(place).casefold() in map(str.casefold, places)


def _plain(text: str) -> str:
    return " ".join(text.translate(_STRAIGHT).split())


def ask_each(files: Mapping[Path, Sequence[FileQuestion]]) -> Iterator[Outcome]:
    """Ask each file its questions."""
    with tempfile.TemporaryDirectory() as stores:
        for file, questions in files.items():
            with open_corpus(file, settings=Settings(store=stores), notify=print) as corpus:
                for asked in questions:
                    yield outcome(asked, corpus.ask(asked.question))


def speed_of(files: Sequence[Path]) -> Speed:
    """Read the files of a format, and index them as one corpus."""
    sources = scan([str(file) for file in files]).sources
    with IsolatedReader() as isolated:
        articles = [read(source, isolated=isolated).article for source in sources]
        began = time.perf_counter()
        for source in sources:
            read(source, isolated=isolated)
        reading = time.perf_counter() - began
    with (
        tempfile.TemporaryDirectory() as stores,
        open_corpus(*files, settings=Settings(store=stores), notify=print) as corpus,
    ):
        return Speed(sum(map(pages_of, articles)), reading, corpus.sync().seconds)


def pages_of(article: Article) -> float:
    """Return how many pages an article has, or would have if it was printed."""
    labels = {label.text for label in article.structure.labels()}
    pages = sum(label.startswith(_PAGE_LABELS) for label in labels)
    return pages or len(article.text) / PAGE_CHARS


def report(name: str, outcomes: Sequence[Outcome], speed: Speed) -> None:
    """Print a line of figures about a format."""
    right = [one for one in outcomes if one.is_right and one.is_answered == bool(one.asked.answers)]
    print(
        f"{name:<6}{len(outcomes):10}",
        f"{len(right):10}",
        f"{sum(one.is_exact for one in right):9}",
        f"{sum(one.is_right for one in outcomes):13}",
        f"{sum(one.is_answered and not one.is_right for one in outcomes):9}",
        f"{sum(one.has_passage for one in outcomes):9}",
        f"{sum(one.has_place for one in right):9}",
        f"{speed.pages / speed.reading_seconds:6.0f}",
        f"{speed.pages / speed.indexing_seconds:8.0f}",
    )


def describe(one: Outcome) -> str:
    """Return a line about a question."""
    verdict = "right" if one.is_right else "wrong"
    how = "answered" if one.is_answered else "unsure" if one.given else "not found"
    misses = [
        name
        for name, is_good in (("passage", one.has_passage), ("place", one.has_place))
        if not is_good
    ]
    wrong = f", wrong {' and '.join(misses)}" if misses else ""
    golds = " | ".join(one.asked.answers) or "no answer"
    return (
        f"  {verdict}, {how}{wrong}: {one.asked.question}\n      {one.given!r}, gold {golds!r}, "
        f"{one.asked.file}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--suffix", help="only these files, such as .pdf")
    parser.add_argument("--verbose", action="store_true", help="print two lines a question")
    options = parser.parse_args()
    by_suffix: dict[str, dict[Path, list[FileQuestion]]] = defaultdict(dict)
    for name, questions in read_questions(options.folder).items():
        file = options.folder / name
        if options.suffix in (None, file.suffix):
            by_suffix[file.suffix][file] = questions
    outcomes, speeds = {}, {}
    for suffix, files in by_suffix.items():
        speeds[suffix] = speed_of(list(files))
        outcomes[suffix] = list(ask_each(files))
        if options.verbose:
            print(*map(describe, outcomes[suffix]), sep="\n")
    print(HEAD)
    for suffix, those in outcomes.items():
        report(suffix, those, speeds[suffix])
    report(
        "all",
        [one for those in outcomes.values() for one in those],
        Speed(
            sum(speed.pages for speed in speeds.values()),
            sum(speed.reading_seconds for speed in speeds.values()),
            sum(speed.indexing_seconds for speed in speeds.values()),
        ),
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
