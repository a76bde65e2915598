"""`qa chat`: a full-screen conversation."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from index.errors import QuestionError
from index.scan import STDIN, STDIN_NAME, Source, corpus_root, read_stdin
from qa.commands.corpus import default_paths
from qa.commands.options import (
    OutputOptions,
    output_options,
    passages_option,
    scope_options,
    settings_options,
)
from qa.folders import conversations_folder, state_folder
from qa.scope import Scope
from qa.settings import DEFAULT_PASSAGES, Settings
from qa.show.output import Exit
from qa.show.paths import roots_of
from qa.show.text import visible_line
from qa.web import absolute_path

if TYPE_CHECKING:
    from index.types import Notify
    from qa.corpus import Corpus

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
      curl -s URL | qa chat -
    """
    from qa.answers.history import History

    _check_terminal(pipes_an_article=STDIN in paths)
    if output.color:
        os.environ.pop("NO_COLOR", None)  # textual treats even an empty NO_COLOR as set
    else:
        os.environ["NO_COLOR"] = "1"
    paths = paths or (() if resume else default_paths())
    stdin = _read_article() if STDIN in paths else None
    history = History(conversations_folder(state_folder()))
    absolute = [absolute_path(path) for path in paths]
    resumed = history.latest(absolute) if resume else None
    if resume and resumed is None:
        raise QuestionError(
            "No saved conversation to resume.", "`qa history` lists saved conversations."
        )
    if resumed is not None and set(absolute) != set(resumed.paths):
        paths = resumed.paths
    if STDIN in paths and stdin is None:
        raise QuestionError(
            "The latest conversation is about an article from standard input.",
            "Pipe it again, into `qa chat --resume -`, or name other articles.",
        )
    scope = replace(scope, roots=roots_of(corpus_root(paths)) if paths else ())
    from qa.chat.app import ChatApp  # once nothing can be wrong with PATHS

    def open_asked(notify: Notify) -> Corpus:
        from qa.opening import open_corpus  # in the session's thread: the first frame is faster

        return open_corpus(*paths, settings=settings, stdin=stdin, notify=notify)

    app = ChatApp(
        open_asked,
        title=visible_line(", ".join(STDIN_NAME if path == STDIN else path for path in paths))
        or "sample article",
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


def _read_article() -> Source:
    """Return standard input, and let the chat read the keyboard from then on."""
    article = read_stdin()
    keyboard = os.open("/dev/tty", os.O_RDWR)
    os.dup2(keyboard, 0)
    os.close(keyboard)
    return article


def _check_terminal(*, pipes_an_article: bool) -> None:
    """Raise UsageError if there is no terminal that the chat can be drawn on."""
    problem = ""
    if pipes_an_article and sys.platform == "win32":
        problem = "On Windows, the chat cannot read an article from standard input."
    elif not (
        sys.stdout.isatty() and (_has_keyboard() if pipes_an_article else sys.stdin.isatty())
    ):
        problem = "The chat needs a terminal. Use `qa ask` in a pipe."
    elif not sys.stderr.isatty():
        problem = "The chat is drawn on stderr, so stderr cannot be redirected."
    elif sys.platform != "win32" and os.environ.get("TERM", "dumb") == "dumb":
        problem = "This terminal can only print lines (TERM is dumb or not set). Use `qa ask`."
    if problem:
        raise click.UsageError(problem, click.get_current_context())


def _has_keyboard() -> bool:
    """Return whether there is a terminal to type in, besides the pipe."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
    except OSError:
        return False
    return True
