"""`qa use`: the articles that commands without paths ask."""

from __future__ import annotations

import os

import click

from index.scan import STDIN, corpus_root
from qa.commands.options import setting_names
from qa.configuration import CORPUS_VARIABLE, default_corpus, set_default_corpus
from qa.folders import configuration_file
from qa.show.output import Exit, print_note, print_text
from qa.show.text import visible_name
from qa.web import absolute_path


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--clear", is_flag=True, help="Go back to the sample article.")
def use(paths: tuple[str, ...], clear: bool) -> int:
    """Set or show the articles that commands without PATHS ask.

    PATHS are files, folders or web addresses. They are saved in your configuration file; the
    environment variable QA_CORPUS overrides it.

    \b
    Examples:
      qa use notes/ https://example.org/bridge
      qa use
      qa use --clear
    """
    if paths and clear:
        raise click.UsageError("--clear needs no PATHS.", click.get_current_context())
    if STDIN in paths:
        message = "Standard input cannot be asked by default."
        raise click.UsageError(message, click.get_current_context())
    file, names = configuration_file(), setting_names()
    if paths or clear:
        if paths:
            corpus_root(paths)  # they must exist
        set_default_corpus(file, [absolute_path(path) for path in paths], names)
    found, source = default_corpus(os.environ, file, names)
    print_text("\n".join(map(visible_name, found)) if found else "The sample article.")
    if source == CORPUS_VARIABLE:
        print_note(f"Set by {CORPUS_VARIABLE}, which overrides your configuration file.")
    return Exit.ANSWERED
