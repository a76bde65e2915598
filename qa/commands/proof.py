"""`qa verify`, `qa eval`: whether quotes still stand, and how well questions are answered."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, TextIO

import click

from index.errors import ArticleError, QuestionError
from index.scan import STDIN
from qa.commands.corpus import opened
from qa.options import (
    CorpusOptions,
    corpus_options,
    encoding_option,
    max_size_option,
    only_option,
    passages_option,
)
from qa.output import Exit, complain, say, say_json
from qa.progress import Reporter

DEFAULT_PASSAGES = 10
"""Searched for the gold answer by `qa eval`."""


@click.command()
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="Print every verdict as JSON.")
@click.option("--all", "all_quotes", is_flag=True, help="List the quotes that stand as well.")
@click.option(
    "--root", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Where the articles are now, if they were moved; by default, where they stood.",
)  # fmt: skip
@encoding_option
@max_size_option
def verify(
    file: BinaryIO,
    as_json: bool,
    all_quotes: bool,
    root: Path | None,
    encoding: str | None,
    max_size: float,
) -> int:
    """Check every quote of saved answers against the files it was taken from, to the letter.

    FILE holds what `qa ask --json` or --questions printed, what the chat saved as JSON lines, or
    a kept conversation. Exit code 0 when all quotes stand as cited, 1 when one does not.

    \b
    Examples:
      qa ask --json "Who won?" report.txt > answer.json; qa verify answer.json
      qa history --json latest | qa verify -
      qa verify --root /mnt/archive answers.jsonl
    """
    from qa.saved import read_saved
    from qa.verify import all_stand, to_json, to_lines
    from qa.verify import verify as verified

    try:
        text = file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"The saved answers are not UTF-8: {error}", "Save them with `qa ask --json`."
        ) from error
    responses = read_saved(text)
    reporter = Reporter(quiet=False, color=True)
    with reporter.indexing():
        checked = verified(
            responses,
            root=root,
            encoding=encoding,
            max_bytes=int(max_size * 1e6),
            on_file=lambda done, total: reporter.on_count("files", done, total),
        )
    if as_json:
        say_json(to_json(checked), indent=2)
    else:
        for line in to_lines(checked, all_quotes=all_quotes):
            say(line)
    return Exit.ANSWERED if all_stand(checked) else Exit.NOT_FOUND


@click.command("eval")
@click.argument(
    "questions", type=click.File("r", encoding="utf-8-sig"), metavar="QUESTIONS.jsonl|-"
)
@click.argument("paths", nargs=-1, type=click.Path())
@passages_option(DEFAULT_PASSAGES)
@click.option("--json", "as_json", is_flag=True, help="Print figures and all failures as JSON.")
@click.option(
    "--failures", type=click.IntRange(min=0), default=20, show_default=True, metavar="N",
    help="How many of the questions that went wrong to list.",
)  # fmt: skip
@only_option
@corpus_options
def evaluate(
    options: CorpusOptions,
    questions: TextIO,
    paths: tuple[str, ...],
    passages: int,
    as_json: bool,
    failures: int,
    only: tuple[str, ...],
) -> int:
    """Measure how well PATHS are answered from, with questions whose answers are known.

    QUESTIONS holds a JSON object a line: "question", and "answer", "answers", "spans" (each with
    "article", "start", "end") or "unanswerable": true. -k passages are searched for the gold
    answer. Figures stand with their 95 % intervals. Ctrl-C shows what was measured so far.

    \b
    Examples:
      qa eval questions.jsonl notes/
      qa eval --reader none questions.jsonl notes/
      qa eval --json --min-confidence 0.6 questions.jsonl notes/ > figures.json
    """
    from qa import evaluate as evaluation
    from qa.gold import read_questions
    from qa.report import to_json, to_lines

    asked = read_questions(questions)
    if STDIN in paths and questions.name in ("-", "<stdin>"):
        message = "Standard input cannot hold both the questions and an article."
        raise click.UsageError(message, click.get_current_context())
    outcomes: list[evaluation.Outcome] = []
    interrupted = False
    with opened(paths, options) as (corpus, reporter), reporter.indexing():
        try:
            for outcome in evaluation.ask_all(
                corpus, asked, passages=passages, only=only, on_progress=reporter.on_progress
            ):
                outcomes.append(outcome)
                reporter.on_count("questions", len(outcomes), len(asked))
        except (KeyboardInterrupt, ArticleError) as stopped:  # what was measured counts
            if not outcomes:
                raise
            interrupted = True
            if isinstance(stopped, ArticleError):
                complain(stopped.message, stopped.hint)
    report = evaluation.evaluate(outcomes, questions=len(asked), passages=passages)
    if as_json:
        say_json(to_json(report), indent=2)
    else:
        for line in to_lines(report, failures):
            say(line)
    return Exit.INTERRUPTED if interrupted else Exit.ANSWERED
