"""`qa ask`: one question, or many from a file."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, TextIO

import click
from click.core import ParameterSource

from index.errors import QuestionError
from index.scan import STDIN
from index.web.addresses import is_address
from qa.commands.corpus import opened, report_skips
from qa.commands.options import (
    OutputOptions,
    output_options,
    passages_option,
    scope_options,
    settings_options,
)
from qa.scope import Scope
from qa.settings import DEFAULT_PASSAGES, Settings
from qa.show.output import Exit, console, print_json, print_note, print_styled, print_text

if TYPE_CHECKING:
    from qa.types import Response

FORMATS = ("text", "json", "markdown", "vimgrep")
EXAMPLE = 'Write plain text, or {"question": "…"}.'


@click.command()
@click.argument("arguments", nargs=-1, metavar="QUESTION [PATHS]...", type=click.Path())
@passages_option(DEFAULT_PASSAGES)
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True,
    help="Output format. vimgrep prints file:line:column:text for editors (text files only).",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Same as --format json.")
@click.option(
    "--questions", type=click.File("r", encoding="utf-8-sig"), metavar="FILE|-",
    help="Ask each line of FILE: text, or JSON with \"question\". Prints JSON lines unless "
    "--format is given.",
)  # fmt: skip
@scope_options
@settings_options
@output_options
def ask(
    settings: Settings,
    arguments: tuple[str, ...],
    passages: int,
    form: str,
    as_json: bool,
    questions: TextIO | None,
    scope: Scope,
    output: OutputOptions,
) -> int:
    """Answer a question from files, folders or web pages.

    PATHS are files, folders or web addresses, or - for standard input; by default, the bundled
    sample article. A web page is fetched the first time, and then kept.
    Exits with 0 if answered, 1 if it is unsure or no answer was found, 2 for wrong usage, 3 for a
    problem with the articles, the model or the store.

    \b
    Examples:
      qa ask "How old is Rygor Kastusev?"
      qa ask "When was the bridge built?" notes/ history.md
      qa ask --exclude drafts --exclude '*.log' "When was the bridge built?" notes/
      qa ask "When was it built?" https://example.org/bridge
      qa ask --json -k 5 "Who won?" report.txt
      qa ask --format markdown "Who won?" report.txt >> notes.md
      vim -q <(qa ask --format vimgrep "Who won?" archive/)
      qa ask --questions questions.jsonl notes/
    """
    from index.question import Question

    if as_json:
        given = click.get_current_context().get_parameter_source("form")
        if given is ParameterSource.COMMANDLINE and form != "json":
            message = f"--json and --format {form} exclude each other."
            raise click.UsageError(message, click.get_current_context())
        form = "json"
    if questions is None:
        if not arguments:
            raise click.UsageError("Missing QUESTION.", click.get_current_context())
        question, paths = arguments[0], arguments[1:]
        # Unlike `Path.exists`, this accepts a question too long for a file name.
        is_path = os.path.exists(question) or is_address(question)
        if is_path and not any(os.path.exists(path) or is_address(path) for path in paths):
            kind = "web address" if is_address(question) else "file or folder"
            raise click.UsageError(
                f"{question} is a {kind}. The question comes first, in quotes.",
                click.get_current_context(),
            )
        Question.parse(question)  # fails before a model is loaded
        with opened(paths, settings, output) as (corpus, reporter):
            with reporter.indexing():
                response = corpus.ask(
                    question,
                    passages,
                    reporter.on_progress,
                    only=scope.only,
                    exclude=scope.exclude,
                )
            report_skips(corpus.report, reporter)
            _printer(form, output)(response)
        return Exit.ANSWERED if response.outcome == "answered" else Exit.NOT_FOUND
    if STDIN in arguments and questions.name in ("-", "<stdin>"):
        message = "Standard input cannot be both the questions and an article."
        raise click.UsageError(message, click.get_current_context())
    return _ask_many(questions, arguments, passages, form, settings, output, scope)


def _ask_many(
    questions: TextIO,
    paths: tuple[str, ...],
    passages: int,
    form: str,
    settings: Settings,
    output: OutputOptions,
    scope: Scope,
) -> int:
    """Answer each line as it arrives, so that a program can keep asking through a pipe."""
    from qa.conversation import Conversation

    asked = answered = 0
    with opened(paths, settings, output) as (corpus, reporter):
        conversations: dict[str, Conversation] = defaultdict(lambda: Conversation(corpus))
        corpus.watch()
        show = _printer("json lines" if form in ("text", "json") else form, output)
        for number, row in _rows(questions):
            question, named = question_of(row, number)
            conversation = Conversation(corpus) if named is None else conversations[named]
            with reporter.indexing():
                response = conversation.ask(
                    question,
                    passages,
                    reporter.on_progress,
                    only=scope.only,
                    exclude=scope.exclude,
                    alone=named is None,
                )
            if not asked:
                report_skips(corpus.report, reporter)
            asked += 1
            answered += response.outcome == "answered"
            show(response)
    if not asked:
        raise QuestionError("The file has no questions.", "Write one question per line.")
    return Exit.ANSWERED if answered == asked else Exit.NOT_FOUND


def _printer(form: str, output: OutputOptions) -> Callable[[Response], None]:
    """Return a function that prints a response in a format."""
    from qa.answers.wire import to_wire
    from qa.show.links import links_of
    from qa.show.markdown import to_markdown
    from qa.show.response import not_in_vimgrep, to_terminal, to_vimgrep

    def show(response: Response) -> None:
        if form == "json":
            print_json(asdict(to_wire(response)), indent=2)
        elif form == "json lines":
            print_json(asdict(to_wire(response)))
        elif form == "markdown":
            print_text(to_markdown(to_wire(response)))
        elif form == "vimgrep":
            for line in to_vimgrep(response):
                print_text(line)
            for note in () if output.quiet else not_in_vimgrep(response):
                print_note(note)
        else:
            page = console(color=output.color)
            color = page.color_system is not None and not page.no_color
            width = page.width if page.is_terminal else None
            with_links = page.is_terminal and color and os.environ.get("TERM") != "linux"
            links = links_of(to_wire(response), os.environ) if with_links else {}
            print_styled(to_terminal(response, color=color, width=width, links=links), page)

    return show


def _rows(questions: TextIO) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, numbered from 1. Raises: QuestionError."""
    try:
        for number, row in enumerate(questions, start=1):
            if row.strip():
                yield number, row
    except UnicodeDecodeError as error:
        raise QuestionError("The questions file is not UTF-8 text.", "Save it as UTF-8.") from error


def question_of(row: str, number: int) -> tuple[str, str | None]:
    """Return the question of a line, and the name of its conversation if it has one.

    row: plain text, or a JSON object with `question` and optionally `conversation`.

    Raises: QuestionError, with the line number.
    """
    from qa.answers.parse import not_json

    stripped = row.strip()
    if not stripped.startswith("{"):
        return stripped, None
    try:
        fields = json.loads(stripped)
    except (ValueError, RecursionError) as error:
        raise QuestionError(
            f"Line {number} of the questions file is not JSON: {not_json(error)}", EXAMPLE
        ) from error
    question, conversation = fields.get("question"), fields.get("conversation")
    if not isinstance(question, str) or not question.strip():
        raise QuestionError(f"Line {number} of the questions file has no question.", EXAMPLE)
    return question, None if conversation is None else str(conversation)
