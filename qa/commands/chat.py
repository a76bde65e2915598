"""`qa chat`: a full-screen conversation."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace

import click

from index.errors import ArticleError, QuestionError
from index.scan import STDIN, corpus_root
from qa.commands.options import (
    OutputOptions,
    output_options,
    passages_option,
    scope_options,
    settings_options,
)
from qa.corpus import DEFAULT_PASSAGES, open_corpus
from qa.folders import conversations_folder, state_folder
from qa.scope import Scope
from qa.settings import Settings
from qa.show.output import Exit
from qa.show.paths import roots_of
from qa.show.text import visible_line
from qa.web import absolute_path

TEXTUAL_CRASHED = 1
"""Exit code of textual after a crash. In `qa`, 1 means that no answer was found."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@passages_option(DEFAULT_PASSAGES)
@click.option("--resume", is_flag=True, help="Continue the latest conversation about PATHS.")
@click.option("--no-history", is_flag=True, help="Do not save this conversation.")
@scope_options
@settings_options
@output_options
def chat(
    settings: Settings,
    paths: tuple[str, ...],
    passages: int,
    resume: bool,
    no_history: bool,
    scope: Scope,
    output: OutputOptions,
) -> int:
    """Ask question after question in a full-screen chat.

    Conversations are saved. --resume continues the latest one; with PATHS, the latest about them.

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
    if not sys.stderr.isatty():
        raise click.UsageError(
            "The chat is drawn on stderr, so stderr cannot be redirected.",
            click.get_current_context(),
        )
    if output.color:
        os.environ.pop("NO_COLOR", None)  # textual treats even an empty NO_COLOR as set
    else:
        os.environ["NO_COLOR"] = "1"
    if STDIN in paths:
        raise click.UsageError(
            "The chat reads the keyboard, so standard input cannot be an article.",
            click.get_current_context(),
        )
    history = History(conversations_folder(state_folder()))
    absolute = [absolute_path(path) for path in paths]
    resumed = history.latest(absolute) if resume else None
    if resume and resumed is None:
        raise QuestionError(
            "No saved conversation to resume.", "`qa history` lists saved conversations."
        )
    if resumed is not None and not paths:
        paths = resumed.paths
    with suppress(ArticleError):  # which the chat shows
        scope = replace(scope, roots=roots_of(corpus_root(paths)) if paths else ())
    app = ChatApp(
        lambda notify: open_corpus(*paths, settings=settings, notify=notify),
        title=visible_line(", ".join(paths)) or "sample article",
        passages=passages,
        paths=resumed.paths if resumed else absolute,
        scope=scope,
        history=None if no_history else history,
        resumed=resumed,
        settings=state_folder() / "chat.json",
    )
    app.run()
    code = Exit.PROBLEM if app.return_code == TEXTUAL_CRASHED else app.return_code or Exit.ANSWERED
    if app.thread_still_runs:
        # At exit, Python unwinds the thread, which makes C++ code in it abort the process.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code
