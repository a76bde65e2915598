"""`qa chat` and `qa history`: conversations, held and kept."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.errors import QuestionError
from index.scan import STDIN
from qa import state_folder
from qa.commands.options import (
    OutputOptions,
    only_option,
    output_options,
    passages_option,
    settings_options,
)
from qa.corpus import DEFAULT_PASSAGES, open_corpus
from qa.settings import Settings
from qa.show.output import Exit, print_json, print_note, print_text
from qa.show.text import counted, visible_line

if TYPE_CHECKING:
    from qa.answers.history import SavedConversation

TEXTUAL_CRASHED = 1
"""What textual ends with after an error of its own; here, 1 means something else."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@passages_option(DEFAULT_PASSAGES)
@click.option("--resume", is_flag=True, help="Go on with the latest conversation about PATHS.")
@click.option("--no-history", is_flag=True, help="Keep nothing of this conversation.")
@only_option
@settings_options
@output_options
def chat(
    settings: Settings,
    paths: tuple[str, ...],
    passages: int,
    resume: bool,
    no_history: bool,
    only: tuple[str, ...],
    output: OutputOptions,
) -> int:
    """Ask PATHS question after question, in a conversation on the whole screen.

    The conversation is kept: --resume goes on with the latest one, about PATHS if there are any.

    \b
    Examples:
      qa chat
      qa chat notes/
      qa chat --resume
    """
    from qa.answers.history import History
    from qa.chat.app import ChatApp

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(
            "The chat needs a terminal. Use `qa ask` in a pipe.", click.get_current_context()
        )
    if output.color:
        os.environ.pop("NO_COLOR", None)  # empty, it means nothing; textual takes it for set
    else:
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
        lambda notify: open_corpus(*paths, settings=settings, notify=notify),
        title=visible_line(", ".join(paths)) or "sample article",
        passages=passages,
        paths=resumed.paths if resumed else absolute,
        only=only,
        history=None if no_history else history,
        resumed=resumed,
        settings=state_folder() / "chat.json",
    )
    app.run()
    code = Exit.FAULT if app.return_code == TEXTUAL_CRASHED else app.return_code or Exit.ANSWERED
    if app.thread_still_runs:
        # As Python ends it unwinds such a thread, which C++ takes for a fault and aborts.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


@click.command()
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
    from qa.answers.history import History
    from qa.show.markdown import to_markdown

    kept = History(state_folder() / "conversations")
    if id is None:
        if delete:
            raise click.UsageError("Say which one to delete.", click.get_current_context())
        empty = True
        for one in kept.all():
            empty = False
            if as_json:
                print_json(_listed_json(one))
            else:
                print_text(_listed(one))
        if empty:
            print_note("No conversation is kept. `qa chat` begins one.")
        return Exit.ANSWERED
    latest = kept.latest() if id == "latest" else None
    chosen = latest or kept.load(id)
    if delete:
        kept.delete(chosen.id)
        print_note(f"Deleted {chosen.id}.")
        return Exit.ANSWERED
    if as_json:
        for response in chosen.responses:
            print_json(asdict(response))
    else:
        print_text("\n".join(map(to_markdown, chosen.responses)))
    return Exit.ANSWERED


def _listed(kept: SavedConversation) -> str:
    asked = ", ".join(map(visible_line, kept.paths)) or "sample article"
    number = counted(len(kept.responses), "question")
    return f"{kept.id}  {visible_line(kept.title)}  ({number}; {asked})"


def _listed_json(kept: SavedConversation) -> dict[str, object]:
    about = {"id": kept.id, "began": kept.began, "title": kept.title, "paths": kept.paths}
    return {**about, "questions": len(kept.responses)}
