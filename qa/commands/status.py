"""`qa status`: what is stored on this machine."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from qa.commands.options import setting_option, settings_of
from qa.folders import cache_folder, models_folder
from qa.show.output import Exit, print_json, print_text


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--clear", is_flag=True, help="Delete all stores and, without --store, exported models."
)
@setting_option("store")
def status(as_json: bool, clear: bool, store: Path | None) -> int:
    """Show versions, stores and exported models.

    Whatever --clear deletes is rebuilt when it is needed.
    """
    from qa.status import clear as clear_caches
    from qa.status import collect, to_lines

    models = models_folder(cache_folder())
    stores = settings_of(store=store).stores_path
    if clear:
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
