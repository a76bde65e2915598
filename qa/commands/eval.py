"""`qa eval`: measure the answers to questions with known answers."""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

import click

from index.errors import ArticleError
from index.scan import STDIN
from qa.commands.corpus import opened
from qa.commands.options import (
    OutputOptions,
    output_options,
    passages_option,
    scope_options,
    settings_options,
)
from qa.scope import Scope
from qa.settings import Settings
from qa.show.output import Exit, print_error, print_json, print_text

DEFAULT_PASSAGES = 10
"""How many passages are searched for the gold answer."""


@click.command("eval")
@click.argument(
    "questions", type=click.File("r", encoding="utf-8-sig"), metavar="QUESTIONS.jsonl|-"
)
@click.argument("paths", nargs=-1, type=click.Path())
@passages_option(DEFAULT_PASSAGES, "Number of passages to search for the gold answer.")
@click.option("--json", "as_json", is_flag=True, help="Print figures and all failures as JSON.")
@click.option(
    "--failures", type=click.IntRange(min=0), default=20, show_default=True, metavar="N",
    help="Number of failed questions to list.",
)  # fmt: skip
@click.option(
    "--plot", type=click.Path(dir_okay=False, writable=True, path_type=Path), metavar="FILE.png",
    help="Draw confidence against what is right, and risk against coverage. Needs matplotlib.",
)  # fmt: skip
@scope_options
@settings_options
@output_options
def evaluate(
    settings: Settings,
    questions: TextIO,
    paths: tuple[str, ...],
    passages: int,
    as_json: bool,
    failures: int,
    plot: Path | None,
    scope: Scope,
    output: OutputOptions,
) -> int:
    """Score qa on questions whose answers you know.

    QUESTIONS has one JSON object per line: "question", and "answer", "answers", "spans" (each with
    "article", "start", "end") or "unanswerable": true; figures are also given by "kind", if there
    is one. Figures come with 95 % intervals. Ctrl-C, or a change to an article (exit code 3), stops
    it and shows the figures so far.

    \b
    Examples:
      qa eval questions.jsonl notes/
      qa eval --reader none questions.jsonl notes/
      qa eval --plot trust.png questions.jsonl notes/
      qa eval --json --min-confidence 0.6 questions.jsonl notes/ > figures.json
    """
    from qa.eval.evaluate import evaluate as figures_of
    from qa.eval.gold import read_questions
    from qa.eval.plot import draw, has_matplotlib
    from qa.eval.report import to_json, to_lines
    from qa.eval.results import Result, ask_all

    if plot and not has_matplotlib():
        message = "--plot needs matplotlib. Install it: pip install 'article-qa[plot]'"
        raise click.UsageError(message, click.get_current_context())
    asked = read_questions(questions)
    if STDIN in paths and questions.name in ("-", "<stdin>"):
        message = "Standard input cannot hold both the questions and an article."
        raise click.UsageError(message, click.get_current_context())
    results: list[Result] = []
    code = Exit.ANSWERED
    with opened(paths, settings, output) as (corpus, reporter), reporter.indexing():
        try:
            for result in ask_all(
                corpus,
                asked,
                passages=passages,
                only=scope.only,
                exclude=scope.exclude,
                on_progress=reporter.on_progress,
            ):
                results.append(result)
                reporter.on_count("questions", len(results), len(asked))
        except (KeyboardInterrupt, ArticleError) as stopped:  # report what was measured
            if not results:
                raise
            code = Exit.INTERRUPTED
            if isinstance(stopped, ArticleError):
                code = Exit.PROBLEM
                print_error(stopped.message, stopped.hint)
    report = figures_of(results, questions=len(asked), passages=passages)
    if as_json:
        print_json(to_json(report), indent=2)
    else:
        for line in to_lines(report, failures):
            print_text(line)
    if plot:
        try:
            draw(report.trust, plot)
        except OSError as error:
            print_error(f"Cannot write {plot}: {error.strerror}", "Choose another file.")
            return Exit.PROBLEM
    return code
