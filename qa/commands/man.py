"""`qa man`: the manual page."""

from __future__ import annotations

from pathlib import Path

import click

from qa.configuration import CORPUS_VARIABLE
from qa.folders import cache_folder, configuration_file, data_folder, state_folder
from qa.show.output import Exit, print_text

ENVIRONMENT = {
    CORPUS_VARIABLE: "What is asked if no PATHS are given; overrides the configuration file.",
    "NO_COLOR": "If set and not empty, nothing is printed in colour.",
    "VISUAL, EDITOR": "The editor that the chat opens cited files in.",
}


@click.command()
@click.pass_context
def man(context: click.Context) -> int:
    """Print the manual page, made from the help of all commands.

    \b
    Examples:
      qa man | man -l -
      qa man > ~/.local/share/man/man1/qa.1
    """
    from importlib.metadata import version

    from qa.show.manual import to_roff

    group = context.find_root().command
    assert isinstance(group, click.Group)
    files = {
        _shown(configuration_file()): "The default articles, and values for options.",
        _shown(cache_folder()): "Stores and exported models; all of it can be rebuilt.",
        _shown(state_folder()): "Saved conversations, and settings of the chat.",
        _shown(data_folder()): "Web pages that were fetched.",
    }
    lines = to_roff(group, version=version("article-qa"), environment=ENVIRONMENT, files=files)
    print_text("\n".join(lines))
    return Exit.ANSWERED


def _shown(path: Path) -> str:
    """Return a path as users write it, with a tilde for their folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
