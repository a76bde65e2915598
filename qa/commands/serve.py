"""`qa serve`: the chat in a browser."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from index.errors import ConfigurationError
from index.scan import STDIN, corpus_root
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
from qa.show.output import Exit, print_note
from qa.show.paths import roots_of
from qa.show.text import visible_line
from qa.web import absolute_path

if TYPE_CHECKING:
    from index.types import Notify
    from qa.corpus import Corpus
    from qa.serve.chat import ServedChat
    from qa.serve.driver import Page

LOOPBACK = "127.0.0.1"
DEFAULT_PORT = 8621
WAIT_SECONDS = 0.3
"""How long an interrupt waits for what the chats are doing. What they have indexed is kept."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option(
    "--host", default=LOOPBACK, show_default=True, metavar="HOST",
    help="Address to serve at. With any but the default, other machines can connect.",
)  # fmt: skip
@click.option(
    "--port", type=click.IntRange(min=0, max=65535), default=DEFAULT_PORT, show_default=True,
    metavar="N", help="Port to serve at; 0 for any free one.",
)  # fmt: skip
@passages_option(DEFAULT_PASSAGES)
@click.option("--no-history", is_flag=True, help="Do not save conversations.")
@scope_options
@settings_options
@output_options
def serve(
    settings: Settings,
    paths: tuple[str, ...],
    host: str,
    port: int,
    passages: int,
    no_history: bool,
    scope: Scope,
    output: OutputOptions,
) -> int:
    """Serve the chat to a browser.

    Open the address that it prints: only with the token in it can the chat be used. Each tab has a
    conversation of its own, which ends when the tab is closed. Only PATHS can be read. With another
    --host, other machines can reach the chat, unencrypted, and conversations are not saved.

    \b
    The libraries are an extra: pip install 'article-qa[serve]'

    \b
    Examples:
      qa serve notes/
      qa serve --port 9000 notes/ report.pdf
    """
    if not find_spec("textual_serve"):
        raise ConfigurationError(
            "`qa serve` needs libraries that are not installed.", "pip install 'article-qa[serve]'"
        )
    if STDIN in paths:
        raise click.UsageError("Standard input cannot be served.", click.get_current_context())
    paths = paths or default_paths()
    if paths:
        scope = replace(scope, roots=roots_of(corpus_root(paths)))  # fails if one does not exist
    # Before Textual is imported: it draws in browsers, whatever this terminal can show.
    os.environ.pop("NO_COLOR", None)
    os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"
    from qa.answers.history import History
    from qa.models import SharedModels
    from qa.serve.chat import ServedChat
    from qa.serve.guard import Guard
    from qa.serve.listening import listen
    from qa.serve.server import ChatServer

    def say(text: str) -> None:
        if not output.quiet:
            print_note(text)

    listening = listen(host, port)
    models = SharedModels(settings)

    def open_asked(notify: Notify) -> Corpus:
        from qa.opening import open_corpus

        return open_corpus(*paths, settings=settings, notify=notify, models=models.get)

    def make_chat(page: Page) -> ServedChat:
        is_saved = listening.is_local and not no_history
        return ServedChat(
            page,
            open_asked,
            title=visible_line(", ".join(paths)) or "sample article",
            passages=passages,
            paths=[absolute_path(path) for path in paths],
            scope=scope,
            history=History(conversations_folder(state_folder())) if is_saved else None,
        )

    if not paths:
        say("No path is given, so the sample article is used.")
    if not listening.is_local:
        say("Other machines can reach this chat, and nothing is encrypted on the way.")
    server = ChatServer(make_chat, Guard(listening.names, listening.is_local), say)
    models.open_in_background(say)
    code = Exit.ANSWERED
    try:
        asyncio.run(
            server.run(
                listening.socket,
                lambda token: print_note(f"Serving {listening.url}?token={token} (Ctrl-C to stop)"),
            )
        )
    except KeyboardInterrupt:
        code = Exit.INTERRUPTED
        say("Stopped. What was indexed so far is kept.")
    _leave(code)
    return code


def _leave(code: Exit) -> None:
    """End the process if a thread cannot be interrupted: a model that is loading or running.

    At exit, Python unwinds the thread, which makes C++ code in it abort the process.
    """
    until = time.monotonic() + WAIT_SECONDS
    for thread in threading.enumerate():
        if thread.daemon:
            thread.join(max(0.0, until - time.monotonic()))
    if any(thread.daemon and thread.is_alive() for thread in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
