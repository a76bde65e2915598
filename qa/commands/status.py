"""`qa status`: what is stored on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from qa.commands.options import setting_option, settings_of
from qa.folders import cache_folder, models_folder
from qa.show.output import Exit, print_json, print_text


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--clear", is_flag=True,
    help="Delete the stores of PATHS; without PATHS, all stores and, without --store, exported "
    "models.",
)  # fmt: skip
@click.option(
    "--gone", is_flag=True,
    help="With --clear, delete only the stores of files and folders that no longer exist.",
)  # fmt: skip
@setting_option("store")
def status(
    paths: tuple[str, ...], as_json: bool, clear: bool, gone: bool, store: Path | None
) -> int:
    """Show versions, stores and exported models.

    Whatever --clear deletes is rebuilt when it is needed. PATHS need not exist.

    \b
    Examples:
      qa status
      qa status --clear --gone
      qa status --clear old-notes/
    """
    from qa.status import clear as clear_caches
    from qa.status import clear_gone, clear_stores_of, collect, to_lines

    models = models_folder(cache_folder())
    stores = settings_of(store=store).stores_path
    if paths and not clear:
        message = f"To delete the stores of {', '.join(paths)}, add --clear."
        raise click.UsageError(message, click.get_current_context())
    if gone and (paths or not clear):
        message = "--gone needs --clear, and no PATHS."
        raise click.UsageError(message, click.get_current_context())
    if clear:
        if paths:
            freed = clear_stores_of(stores, paths)
        elif gone:
            freed = clear_gone(stores)
        else:
            freed = clear_caches(stores, None if store else models)
        print_text(f"Deleted {freed / 1e6:,.1f} MB.")
        return Exit.ANSWERED
    found = collect(stores, models)
    if as_json:
        print_json(asdict(found), indent=2)
    else:
        for line in to_lines(found):
            print_text(line)
    return Exit.ANSWERED
