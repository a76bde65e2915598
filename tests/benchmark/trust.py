"""Measures whether answers can be trusted: risk and coverage, and silence where the text is silent.

    python -m tests.benchmark.trust FILE.json[.gz] ... [--half HALF] [--out FILE.jsonl]

FILEs are in SQuAD 2.0's format. `--half` is one of HALVES by title. A fixed random sample of the
answerable and of the unanswerable questions is asked:

    own half               answerable, asked of every other paragraph of its article, with its own
    silent                 the same question, asked of the other paragraphs
    own article            answerable, asked of its article
    all articles           answerable, asked of all articles of the files
    another subject        answerable, asked of another article
    misleading             unanswerable, asked of its article
    paragraph              answerable, the reader is given its paragraph
    misleading, paragraph  unanswerable, the reader is given its paragraph

`silent.tsv` has the ids of questions that the other half answers, too; they do not count as silent.
`--out` writes everything that was read (see `records`); `--read FILE.jsonl` reports on it again.
`--keep FOLDER` keeps the articles and their index there, so that the next run starts at once.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from qa.settings import BUNDLED_READER
from tests.benchmark.records import Asker, Record, load, open_with, write
from tests.benchmark.squad import (
    HALVES,
    SquadQuestion,
    half_of,
    other_half,
    write_articles,
    write_halves,
)
from tests.benchmark.trust_report import report

ANSWERED_AFTER_ALL = Path(__file__).with_name("silent.tsv")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--half", choices=HALVES, default="second")
    parser.add_argument("--reader", default=BUNDLED_READER, help="name or folder of a reader")
    parser.add_argument("--questions", type=int, default=200, help="of each kind")
    parser.add_argument(
        "--kinds", nargs="+", metavar="KIND", help="only these, such as silent 'own half'"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.jsonl", help="write all that was read")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="for the articles and index")
    parser.add_argument("--read", type=Path, metavar="FILE.jsonl", help="report on a written file")
    parser.add_argument(
        "--show-silent", type=int, default=0, metavar="N", help="the most confident false answers"
    )
    options = parser.parse_args()
    if options.read:
        records = load(options.read)
    elif not options.files:
        parser.error("give a file of questions, or --read")
    else:
        with tempfile.TemporaryDirectory() as temporary:
            asked = ask_all(
                options.files,
                options.keep or Path(temporary),
                options.half,
                options.questions,
                options.reader,
                options.kinds,
            )
            records = [*(write(asked, options.out) if options.out else asked)]
    excluded = read_answered_after_all()
    counted = [one for one in records if one.kind != "silent" or one.id not in excluded]
    report(counted)
    show_silent(counted, options.show_silent)
    return 0


def read_answered_after_all() -> dict[str, str]:
    """Return the ids of the questions that the other half of their article answers, and why."""
    lines = ANSWERED_AFTER_ALL.read_text("utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def ask_all(
    files: Sequence[Path],
    folder: Path,
    half: str,
    most: int,
    reader: str,
    kinds: Sequence[str] | None,
) -> Iterator[Record]:
    """Yield a record for each question of each kind. most: of a kind; kinds: by default all."""
    whole, halves, stores = folder / "articles", folder / "halves", folder / "stores"
    for made in (whole, halves):
        made.mkdir(parents=True, exist_ok=True)
    questions = half_of(write_articles(files, whole), half)
    of_halves = {question.id: question for question in write_halves(files, halves)}
    random.Random(0).shuffle(questions)
    answerable = [question for question in questions if question.answerable][:most]
    unanswerable = [question for question in questions if not question.answerable][:most]
    with open_with(reader, halves, stores, notify=print) as corpus:
        yield from _ask_halves(
            Asker(corpus), [of_halves[question.id] for question in answerable], kinds
        )
    with open_with(reader, whole, stores, notify=print) as corpus:
        names = sorted({question.article for question in questions})
        yield from _ask_articles(Asker(corpus), answerable, unanswerable, names, kinds)


def _ask_halves(
    asker: Asker, questions: Sequence[SquadQuestion], kinds: Sequence[str] | None
) -> Iterator[Record]:
    if not kinds or "own half" in kinds:
        for question in questions:
            yield asker.ask("own half", question, question.article, answerable=True)
    if not kinds or "silent" in kinds:
        for question in questions:
            yield asker.ask("silent", question, other_half(question.article), answerable=False)


def _ask_articles(
    asker: Asker,
    answerable: Sequence[SquadQuestion],
    unanswerable: Sequence[SquadQuestion],
    names: Sequence[str],
    kinds: Sequence[str] | None,
) -> Iterator[Record]:
    draw = random.Random(1)
    others = [draw.choice([n for n in names if n != one.article]) for one in answerable]
    for kind, questions, asked_of in (
        ("own article", answerable, [one.article for one in answerable]),
        ("all articles", answerable, [""] * len(answerable)),
        ("another subject", answerable, others),
        ("misleading", unanswerable, [one.article for one in unanswerable]),
    ):
        if not kinds or kind in kinds:
            for question, name in zip(questions, asked_of, strict=True):
                holds_answer = question.answerable and kind != "another subject"
                yield asker.ask(kind, question, name, holds_answer)
    for kind, questions in (
        ("paragraph", answerable),
        ("misleading, paragraph", unanswerable),
    ):
        if not kinds or kind in kinds:
            for question in questions:
                yield asker.read(kind, question)


def show_silent(records: Sequence[Record], most: int) -> None:
    """Print the most confident answers to silent questions, to be looked at by eye."""
    silent = [record for record in records if record.kind == "silent"]
    for record in sorted(silent, key=lambda one: -one.confidence)[:most]:
        print(f"\n{record.id}  {record.asked_of}  {100 * record.confidence:.0f} %")
        print(f"    question  {record.question}")
        print(f"    gold      {' | '.join(record.golds)}")
        print(f"    given     {record.answer}")


if __name__ == "__main__":
    sys.exit(main())
