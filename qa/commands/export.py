"""`qa export`: the vectors of a corpus in a file, to move it without encoding it again."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from index.scan import STDIN
from qa.commands.corpus import opened, report_skips
from qa.commands.options import OutputOptions, indexing_options, output_options
from qa.settings import Settings
from qa.show.output import Exit, print_text
from qa.show.text import counted, visible_line


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("paths", nargs=-1, type=click.Path())
@indexing_options
@output_options
def export(settings: Settings, file: Path, paths: tuple[str, ...], output: OutputOptions) -> int:
    """Write the vectors of PATHS to FILE, to index them elsewhere.

    Indexes PATHS first. `qa index --from FILE` then indexes them in another store, on a server or
    on another machine, and encodes only what has changed since. FILE holds no text; it is readable
    by you alone, as vectors tell what texts are about.

    \b
    Examples:
      qa export notes.vectors notes/
      qa index --from notes.vectors --store mysql://ada@example.org:2881/articles notes/
    """
    from qa.moving import check_export_file, export_vectors

    if str(file) == STDIN:
        message = "An export goes to a file, not to standard output."
        raise click.UsageError(message, click.get_current_context())
    if STDIN in paths:
        message = "Standard input is not kept, so it cannot be exported."
        raise click.UsageError(message, click.get_current_context())
    check_export_file(file)  # before minutes of indexing
    with opened(paths, settings, output) as (corpus, reporter):
        with reporter.indexing():
            corpus.sync(reporter.on_progress)
            written = export_vectors(corpus, file, partial(reporter.on_count, "articles"))
        report_skips(corpus.report, reporter)
    size = file.stat().st_size / 1e6
    print_text(f"{counted(written, 'vector')} in {visible_line(str(file))}, {size:,.1f} MB")
    return Exit.ANSWERED
