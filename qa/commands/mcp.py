"""`qa mcp`: answers for agents and editors, over the Model Context Protocol."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from index.errors import ConfigurationError
from index.scan import STDIN, corpus_root
from qa.commands.corpus import default_paths
from qa.commands.options import OutputOptions, output_options, settings_options
from qa.settings import Settings
from qa.show.output import Exit, print_note

if TYPE_CHECKING:
    from index.types import Notify
    from qa.corpus import Corpus

DEFAULT_PORT = 8620


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--http", is_flag=True, help="Serve over HTTP on this machine, not on stdin.")
@click.option(
    "--port", type=click.IntRange(min=0, max=65535), default=DEFAULT_PORT, show_default=True,
    metavar="N", help="Port of --http; 0 for any free one.",
)  # fmt: skip
@settings_options
@output_options
def mcp(
    settings: Settings, paths: tuple[str, ...], http: bool, port: int, output: OutputOptions
) -> int:
    """Answer the questions of agents and editors (MCP).

    They start this command themselves and talk to it over the Model Context Protocol; see the
    README for their configuration. Tools: ask, search, read, articles and verify. Only PATHS can be
    read, and nothing but the index is written. With --http, several clients share one process; it
    listens on this machine only.

    \b
    The library is an extra: pip install 'article-qa[mcp]'

    \b
    Examples:
      qa mcp notes/
      qa mcp --http --port 8620 notes/ report.pdf
    """
    if not find_spec("mcp"):
        raise ConfigurationError(
            "`qa mcp` needs a library that is not installed.", "pip install 'article-qa[mcp]'"
        )
    if STDIN in paths:
        message = "Standard input cannot be an article: clients talk through it."
        raise click.UsageError(message, click.get_current_context())
    paths = paths or default_paths()
    if paths:
        corpus_root(paths)  # fails at once if a path does not exist
    from qa.mcp.desk import Desk
    from qa.mcp.serving import log_safely, serve_http, serve_stdio
    from qa.models import SharedModels

    def say(text: str) -> None:
        if not output.quiet:
            print_note(text)

    models = SharedModels(settings)

    def open_asked(notify: Notify) -> Corpus:
        from qa.opening import open_corpus  # in the session's thread: clients list tools first

        return open_corpus(*paths, settings=settings, notify=notify, models=models.get)

    if not paths:
        say("No path is given, so the sample article is used.")
    log_safely(say)
    desk = Desk(open_asked, say)
    try:
        if http:
            serve_http(desk, port, lambda address: say(f"Serving {address} (Ctrl-C to stop)"))
        else:
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # a read of stdin cannot be interrupted
            if sys.stdin.isatty():
                say("Waiting for an MCP client on standard input (Ctrl-C to stop).")
            serve_stdio(desk)
    finally:
        is_stopped = desk.stop()
    if not is_stopped:
        # At exit, Python unwinds the thread, which makes C++ code in it abort the process.
        sys.stderr.flush()
        os._exit(Exit.ANSWERED)
    return Exit.ANSWERED
