"""`qa status`: what is stored on this machine."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from index.errors import StoreError
from index.web.addresses import is_address
from qa.commands.options import setting_names, setting_option, settings_of
from qa.configuration import default_corpus
from qa.folders import cache_folder, configuration_file, models_folder
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
@click.option(
    "--pages", is_flag=True,
    help="With --clear, also delete the fetched web pages: those among PATHS, or all.",
)  # fmt: skip
@setting_option("store")
def status(
    paths: tuple[str, ...],
    as_json: bool,
    clear: bool,
    gone: bool,
    pages: bool,
    store: Path | None,
) -> int:
    """Show versions, the default corpus, stores and exported models.

    Whatever --clear deletes is rebuilt when it is needed; only web pages must be fetched again,
    which --pages deletes. PATHS need not exist.

    \b
    Examples:
      qa status
      qa status --clear --gone
      qa status --clear old-notes/
      qa status --clear --pages https://example.org/bridge
    """
    from qa.status import clear as clear_caches
    from qa.status import clear_gone, clear_pages, clear_stores_of, collect, to_lines

    models = models_folder(cache_folder())
    settings = settings_of(store=store)
    stores = settings.stores_path
    if paths and not clear:
        message = f"To delete the stores of {', '.join(paths)}, add --clear."
        raise click.UsageError(message, click.get_current_context())
    if gone and (paths or not clear):
        message = "--gone needs --clear, and no PATHS."
        raise click.UsageError(message, click.get_current_context())
    if pages and (gone or not clear):
        message = "--pages needs --clear, without --gone."
        raise click.UsageError(message, click.get_current_context())
    if clear:
        addresses = [path for path in paths if is_address(path)]
        removed = 0
        if pages and (addresses or not paths):
            removed = clear_pages(settings.snapshots_path, addresses)
        if paths:
            try:
                freed = clear_stores_of(stores, paths)
            except StoreError:
                if not removed:  # pages may have no store any more
                    raise
                freed = 0
        elif gone:
            freed = clear_gone(stores)
        else:
            freed = clear_caches(stores, None if store else models)
        print_text(f"Deleted {(freed + removed) / 1e6:,.1f} MB.")
        return Exit.ANSWERED
    asked, source = default_corpus(os.environ, configuration_file(), setting_names())
    found = collect(stores, models, settings.snapshots_path, asked, source)
    if as_json:
        print_json(asdict(found), indent=2)
    else:
        for line in to_lines(found):
            print_text(line)
    return Exit.ANSWERED
