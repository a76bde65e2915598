"""`qa status`: what is stored on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from index.engines.address import EngineAddress
from index.errors import StoreError
from index.web.addresses import is_address
from qa.commands.options import setting_names, setting_option, settings_of
from qa.configuration import default_corpus
from qa.folders import cache_folder, configuration_file, models_folder
from qa.settings import Settings
from qa.show.output import Exit, print_json, print_text
from qa.show.text import visible_name

if TYPE_CHECKING:
    from qa.clearing import Deleted


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
    store: str | Path | None,
) -> int:
    """Show versions, the default corpus, stores and exported models.

    --clear deletes only what can be rebuilt. --pages also deletes web pages, which must be fetched
    again. PATHS need not exist.

    \b
    Examples:
      qa status
      qa status --clear --gone
      qa status --clear old-notes/
      qa status --clear --pages https://example.org/bridge
      qa status --store mysql://ada@example.org:2881/articles
    """
    from qa.status import collect, to_lines

    models = models_folder(cache_folder())
    settings = settings_of(store=store)
    stores = settings.stores
    on_server = isinstance(stores, EngineAddress)
    if paths and not clear:
        message = f"To delete the stores of {', '.join(paths)}, add --clear."
        raise click.UsageError(message, click.get_current_context())
    if gone and (paths or not clear):
        message = "--gone needs --clear, and no PATHS."
        raise click.UsageError(message, click.get_current_context())
    if on_server and clear and (gone or not paths):
        message = f"Other people may use the stores on {stores}: name the PATHS of those to delete."
        raise click.UsageError(message, click.get_current_context())
    if pages and (gone or not clear):
        message = "--pages needs --clear, without --gone."
        raise click.UsageError(message, click.get_current_context())
    if clear:
        total = 0
        for each in _cleared(settings, paths, gone=gone, pages=pages, keep_models=bool(store)):
            size = f": {each.bytes / 1e6:,.1f} MB" if each.bytes else ""  # a server may not say it
            print_text(f"Deleted {visible_name(each.what)}{size}")
            total += each.bytes
        if not on_server:
            print_text(f"In total: {total / 1e6:,.1f} MB" if total else "Nothing to delete.")
        return Exit.ANSWERED
    asked, source = default_corpus(os.environ, configuration_file(), setting_names())
    found = collect(stores, models, settings.snapshots_path, asked, source)
    if as_json:
        print_json(asdict(found), indent=2)
    else:
        for line in to_lines(found):
            print_text(line)
    return Exit.ANSWERED


def _cleared(
    settings: Settings, paths: tuple[str, ...], *, gone: bool, pages: bool, keep_models: bool
) -> Iterator[Deleted]:
    """Delete what the options choose, and yield each."""
    from qa.clearing import clear, clear_gone, clear_pages, clear_stores_of

    stores = settings.stores
    addresses = [path for path in paths if is_address(path)]
    removed = []
    if pages and (addresses or not paths):
        removed = list(clear_pages(settings.snapshots_path, addresses))
        yield from removed
    if isinstance(stores, Path) and gone:
        yield from clear_gone(stores)
    elif isinstance(stores, Path) and not paths:
        yield from clear(stores, None if keep_models else settings.models_path)
    else:
        try:
            yield from clear_stores_of(stores, paths)
        except StoreError:
            # Pages may have no store any more; a server may not have been reached.
            if not removed or isinstance(stores, EngineAddress):
                raise
