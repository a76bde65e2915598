"""The command line: parses, wires, prints, and turns errors into exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from index.errors import QAError, QuestionError
from index.scan import STDIN
from qa import Asker, cache_folder, state_folder
from qa.ask import DEFAULT_PASSAGES
from qa.conversation import Conversation
from qa.options import CorpusOptions, corpus_options, only_option
from qa.progress import Reporter
from qa.terminal import counted, visible, visible_line

if TYPE_CHECKING:
    from rich.console import Console

    from index.sync import SyncReport
    from qa.history import Kept

EXIT_ANSWERED, EXIT_NOT_FOUND, EXIT_USAGE, EXIT_FAULT, EXIT_INTERRUPTED = 0, 1, 2, 3, 130
MAX_SKIPS_SHOWN = 20
TEXTUAL_CRASHED = 1
"""What textual ends with after an error of its own; here, 1 means something else."""


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code; errors are told on stderr, in words."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # whatever its encoding lacks is spelled out
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(args=arguments, prog_name="qa", standalone_mode=False)
        if sys.stdout:
            sys.stdout.flush()
        return code if isinstance(code, int) else EXIT_ANSWERED
    except QAError as error:
        _complain(error.message, error.hint)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return EXIT_USAGE
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "qa"
        _complain(error.format_message(), f"See `{command} --help`.")
        return EXIT_USAGE
    except (KeyboardInterrupt, click.Abort):
        _complain("Interrupted. What was indexed so far is kept.")
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough
        _let_go_of_stdout()
        return EXIT_ANSWERED
    except OSError as error:  # of our own files all are mapped: what is left is our output
        _let_go_of_stdout()
        _complain(f"The output cannot be written: {error.strerror or error}")
        return EXIT_FAULT


def _let_go_of_stdout() -> None:
    """Have what is still to be flushed at exit go nowhere, instead of failing again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str, hint: str = "") -> None:
    click.echo(visible(f"qa: {message}"), err=True)
    if hint:
        click.echo(visible(f"    {hint}"), err=True)


class _Commands(click.Group):
    """Lists commands in the order of use and suggests the nearest name for a mistyped one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        import difflib

        if args[0] in self.commands or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        near = difflib.get_close_matches(args[0], self.commands, n=1)
        guess = f"Did you mean `qa {near[0]}`?" if near else f'To ask: qa ask "{args[0]}"'
        raise click.UsageError(f"No such command: {args[0]}. {guess}", ctx)


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        click.echo(f"article-qa {version('article-qa')}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the version and exit.",
)  # fmt: skip
def cli() -> None:
    """Ask articles a question; get the answer quoted, with the place it stands in.

    \b
    Examples:
      qa ask "How old is Rygor Kastusev?"          the sample article that comes along
      qa ask "When was the bridge built?" notes/   all text below a folder
      curl -s URL | qa ask "Who won?" -            standard input
      qa ask --questions questions.txt notes/      many questions, answers as JSON lines
      qa chat notes/                               a conversation
      qa history                                   conversations kept
    """


@cli.command()
@click.argument("arguments", nargs=-1, metavar="QUESTION [PATHS]...", type=click.Path())
@click.option(
    "-k", "--passages", type=click.IntRange(min=1, max=100), default=DEFAULT_PASSAGES,
    show_default=True, help="How many passages to show.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--questions", type=click.File("r", encoding="utf-8-sig"), metavar="FILE|-",
    help="Ask each line of a file, text or JSON with `question`; prints JSON lines.",
)  # fmt: skip
@only_option
@corpus_options
def ask(
    options: CorpusOptions,
    arguments: tuple[str, ...],
    passages: int,
    as_json: bool,
    questions: TextIO | None,
    only: tuple[str, ...],
) -> int:
    """Answer QUESTION from PATHS: files, folders, or - for standard input.

    Without PATHS, asks the sample article. Exit code 0 when the text answers, 1 when it does
    not, 2 for wrong usage, 3 when articles, model or store are at fault.

    \b
    Examples:
      qa ask "How old is Rygor Kastusev?"
      qa ask "When was the bridge built?" notes/ history.md
      qa ask --json -k 5 "Who won?" report.txt
      qa ask --questions questions.jsonl notes/
    """
    if questions is None:
        if not arguments:
            raise click.UsageError("Missing the question.", click.get_current_context())
        question, paths = arguments[0], arguments[1:]
        if not question.strip():
            raise QuestionError("The question is empty.", 'Ask something: qa ask "Who was it?"')
        with _opened(paths, options) as (corpus, reporter):
            with reporter.indexing():
                response = corpus.ask(question, passages, reporter.on_progress, only=only)
            _tell_skips(corpus.report, reporter)
            from qa.render import to_json, to_terminal

            if as_json:
                click.echo(_dumped(to_json(response), indent=2))
            else:
                console = _console(options.no_color)
                color = console.color_system is not None and not console.no_color
                width = console.width if console.is_terminal else None
                for line in to_terminal(response, color=color, width=width):
                    console.print(line, soft_wrap=True)
        return EXIT_ANSWERED if response.outcome == "answered" else EXIT_NOT_FOUND
    if STDIN in arguments and questions.name in ("-", "<stdin>"):
        message = "Standard input cannot hold both the questions and an article."
        raise click.UsageError(message, click.get_current_context())
    return _ask_many(questions, arguments, passages, options, only)


def _ask_many(
    questions: TextIO,
    paths: tuple[str, ...],
    passages: int,
    options: CorpusOptions,
    only: tuple[str, ...],
) -> int:
    """Answer each row as it comes, so that a program can ask on and on through a pipe."""
    from qa.render import to_json

    asked = answered = 0
    with _opened(paths, options) as (corpus, reporter):
        conversations: dict[str, Conversation] = defaultdict(lambda: Conversation(corpus))
        for number, row in _rows(questions):
            question, named = _question_of(row, number)
            conversation = Conversation(corpus) if named is None else conversations[named]
            with reporter.indexing():
                response = conversation.ask(
                    question, passages, reporter.on_progress, only=only, alone=named is None
                )
            if not asked:
                _tell_skips(corpus.report, reporter)
            asked += 1
            answered += response.outcome == "answered"
            click.echo(_dumped(to_json(response)))
    if not asked:
        raise QuestionError("There is no question to ask.", "Write one a line.")
    return EXIT_ANSWERED if answered == asked else EXIT_NOT_FOUND


def _rows(questions: TextIO) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers from 1. Raises: QuestionError."""
    try:
        for number, row in enumerate(questions, start=1):
            if row.strip():
                yield number, row
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"The questions are not UTF-8: {error}", "Save them as UTF-8."
        ) from error


def _question_of(row: str, number: int) -> tuple[str, str | None]:
    """Return the question of a row and the conversation it belongs to, None for none.

    A row is a line of text, or a JSON object with `question` and maybe `conversation`.
    """
    stripped = row.strip()
    if not stripped.startswith("{"):
        return stripped, None
    try:
        fields = json.loads(stripped)
    except (ValueError, RecursionError) as error:
        raise QuestionError(f"Line {number} of the questions is not JSON: {error}") from error
    question, conversation = fields.get("question"), fields.get("conversation")
    if not isinstance(question, str) or not question.strip():
        raise QuestionError(
            f"Line {number} of the questions has no question.", 'Write {"question": "…"}.'
        )
    return question, None if conversation is None else str(conversation)


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@corpus_options
def index(options: CorpusOptions, paths: tuple[str, ...], as_json: bool) -> int:
    """Read and encode PATHS ahead of time, so that the first question is as fast as the next.

    \b
    Examples:
      qa index notes/
      qa index --device cuda archive/
    """
    with _opened(paths, options) as (corpus, reporter):
        with reporter.indexing():
            report = corpus.sync(reporter.on_progress)
        articles, passages, size = corpus.size()
        if as_json:
            click.echo(_dumped(_report_json(report, articles, passages, size), indent=2))
            return EXIT_ANSWERED
        held = f"{counted(articles, 'article')}, {counted(passages, 'passage')}"
        click.echo(
            f"{held} in {visible_line(report.root)}: "
            f"{len(report.added):,} added, {len(report.changed):,} changed, "
            f"{len(report.removed):,} removed, {len(report.skipped):,} skipped"
        )
        click.echo(
            f"{counted(report.encoded, 'passage')} encoded in {report.seconds:,.1f} s; "
            f"the store takes {size / 1e6:,.1f} MB"
        )
        for id, encoding in report.encodings.items():
            click.echo(f"  read as {encoding}: {visible_line(id)}")
        for line in _skip_lines(report):
            click.echo(line)
    return EXIT_ANSWERED


def _report_json(report: SyncReport, articles: int, passages: int, size: int) -> dict[str, Any]:
    return {
        "schema": 1,
        "root": report.root,
        "articles": articles,
        "passages": passages,
        "store_bytes": size,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "skipped": [
            {"path": skip.id, "reason": skip.reason, "detail": skip.detail}
            for skip in report.skipped
        ],
        "encodings": report.encodings,
        "encoded": report.encoded,
        "seconds": round(report.seconds, 3),
    }


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--clear", is_flag=True, help="Remove all stores; without --store, models too.")
@click.option(
    "--store", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Folder of stores, instead of the user's cache.",
)  # fmt: skip
def status(as_json: bool, clear: bool, store: Path | None) -> int:
    """Show stores, models, versions, and where they are kept.

    Everything in the stores and models can be made again from the articles.
    """
    from qa.status import clear as clear_caches
    from qa.status import collect, to_lines

    cache = cache_folder()
    stores = store or cache / "stores"
    if clear:
        freed = clear_caches(stores, None if store else cache / "models")
        click.echo(f"Removed {freed / 1e6:,.1f} MB.")
        return EXIT_ANSWERED
    found = collect(stores, cache / "models")
    if as_json:
        click.echo(_dumped(found, indent=2))
    else:
        for line in to_lines(found):
            click.echo(visible(line))
    return EXIT_ANSWERED


@cli.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "-k", "--passages", type=click.IntRange(min=1, max=100), default=DEFAULT_PASSAGES,
    show_default=True, help="How many passages to show.",
)  # fmt: skip
@click.option("--resume", is_flag=True, help="Go on with the latest conversation about PATHS.")
@click.option("--no-history", is_flag=True, help="Keep nothing of this conversation.")
@only_option
@corpus_options
def chat(
    options: CorpusOptions,
    paths: tuple[str, ...],
    passages: int,
    resume: bool,
    no_history: bool,
    only: tuple[str, ...],
) -> int:
    """Ask PATHS question after question, in a conversation on the whole screen.

    The conversation is kept: --resume goes on with the latest one, about PATHS if there are any.

    \b
    Examples:
      qa chat
      qa chat notes/
      qa chat --resume
    """
    from qa.chat.app import ChatApp
    from qa.history import History

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "The chat needs a terminal. Use `qa ask` in a pipe.", click.get_current_context()
        )
    if not os.environ.get("NO_COLOR"):  # empty, it means nothing; textual takes it for set
        os.environ.pop("NO_COLOR", None)
    if options.no_color:
        os.environ["NO_COLOR"] = "1"
    if STDIN in paths:
        raise click.UsageError(
            "The chat reads the keyboard: standard input cannot be an article of it.",
            click.get_current_context(),
        )
    history = History(state_folder() / "conversations")
    absolute = [str(Path(path).absolute()) for path in paths]
    resumed = history.latest(absolute) if resume else None
    if resume and resumed is None:
        raise QuestionError("No such conversation is kept.", "`qa history` lists them.")
    if resumed is not None and not paths:
        paths = resumed.paths
    app = ChatApp(
        lambda notify: options.open(paths, notify),
        title=visible_line(", ".join(paths)) or "sample article",
        passages=passages,
        paths=resumed.paths if resumed else absolute,
        only=only,
        history=None if no_history else history,
        resumed=resumed,
        settings=state_folder() / "chat.json",
    )
    app.run()
    return EXIT_FAULT if app.return_code == TEXTUAL_CRASHED else app.return_code or EXIT_ANSWERED


@cli.command()
@click.argument("id", required=False, metavar="[ID|latest]")
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON lines, as `qa ask --json` has them."
)
@click.option("--delete", is_flag=True, help="Delete the conversation.")
def history(id: str | None, as_json: bool, delete: bool) -> int:
    """List the conversations kept, or print one as Markdown.

    \b
    Examples:
      qa history
      qa history latest > conversation.md
      qa history --json 20261123-101500-4128c1f
      qa history --delete 20261123-101500-4128c1f
    """
    from qa.history import History, exported

    kept = History(state_folder() / "conversations")
    if id is None:
        if delete:
            raise click.UsageError("Say which one to delete.", click.get_current_context())
        for one in kept.all():
            click.echo(_listed(one, as_json))
        return EXIT_ANSWERED
    latest = kept.latest() if id == "latest" else None
    chosen = latest or kept.load(id)
    if delete:
        kept.delete(chosen.id)
        click.echo(f"Deleted {chosen.id}.", err=True)
        return EXIT_ANSWERED
    text = exported(chosen.responses, ".jsonl" if as_json else ".md")
    click.echo(text if as_json else visible(text), nl=False)
    return EXIT_ANSWERED


def _listed(kept: Kept, as_json: bool) -> str:
    if as_json:
        about = {"id": kept.id, "began": kept.began, "title": kept.title, "paths": kept.paths}
        return _dumped({**about, "questions": len(kept.responses)})
    asked = ", ".join(map(visible_line, kept.paths)) or "sample article"
    number = counted(len(kept.responses), "question")
    return f"{kept.id}  {visible_line(kept.title)}  ({number}; {asked})"


@contextmanager
def _opened(paths: tuple[str, ...], options: CorpusOptions) -> Iterator[tuple[Asker, Reporter]]:
    color = not (options.no_color or os.environ.get("NO_COLOR"))
    reporter = Reporter(quiet=options.quiet, color=color)
    with reporter.waiting():
        corpus = options.open(paths, reporter.notify)
    with corpus:
        yield corpus, reporter


def _tell_skips(report: SyncReport, reporter: Reporter) -> None:
    """Name what was not read, but for what is left out as a matter of course."""
    unusual = [skip for skip in report.skipped if skip.reason not in ("hidden", "ignored")]
    if unusual and (report.added or report.changed or report.removed):
        for line in _skip_lines(report):
            reporter.notify(line)


def _skip_lines(report: SyncReport) -> Iterator[str]:
    counts: dict[str, int] = {}
    for skip in report.skipped:
        counts[skip.reason] = counts.get(skip.reason, 0) + 1
    if counts:
        total = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))
        yield f"Skipped: {total}"
    for skip in report.skipped[:MAX_SKIPS_SHOWN]:
        detail = f" ({visible_line(skip.detail)})" if skip.detail else ""
        yield f"  {visible_line(skip.id)}: {skip.reason}{detail}"
    if len(report.skipped) > MAX_SKIPS_SHOWN:
        yield f"  … and {len(report.skipped) - MAX_SKIPS_SHOWN:,} more: see `qa index --json`"


def _console(no_color: bool) -> Console:
    from rich.console import Console

    return Console(no_color=no_color or None, highlight=False, markup=False, emoji=False)


def _dumped(value: object, indent: int | None = None) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)
