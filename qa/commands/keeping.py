"""`qa status`, `qa doctor`: what is kept on this machine, and whether it is sound."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa import cache_folder, state_folder
from qa.show.output import Exit, print_json, print_note, print_text
from qa.show.progress import Reporter

if TYPE_CHECKING:
    from qa.doctor import Check

store_option = click.option(
    "--store", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Folder of stores, instead of the user's cache.",
)  # fmt: skip


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--clear", is_flag=True, help="Remove all stores; without --store, models too.")
@store_option
def status(as_json: bool, clear: bool, store: Path | None) -> int:
    """Show stores, models, versions, and where they are kept.

    Everything in the stores and models can be made again from the articles.
    """
    from qa.status import clear as clear_caches
    from qa.status import collect, to_lines

    cache = cache_folder()
    stores = store or cache / "stores"
    if clear:
        freed = clear_caches(stores, None if store else cache / "models")
        print_text(f"Removed {freed / 1e6:,.1f} MB.")
        return Exit.ANSWERED
    found = collect(stores, cache / "models")
    if as_json:
        print_json(found, indent=2)
    else:
        for line in to_lines(found):
            print_text(line)
    return Exit.ANSWERED


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--repair", is_flag=True, help="Mend what can be mended.")
@store_option
def doctor(as_json: bool, repair: bool, store: Path | None) -> int:
    """Look whether models, stores, folders, conversations and the terminal are in order.

    Every byte of stores, exported models and the default model's weights is looked at; the reader
    is asked one question. Exit code 0 when nothing is at fault, 3 when something is.

    \b
    Examples:
      qa doctor
      qa doctor --repair
    """
    from qa.doctor import examine, mend, terminal, to_json, to_lines

    cache = cache_folder()
    reporter = Reporter(quiet=False, color=not os.environ.get("NO_COLOR"))

    def found() -> list[Check]:
        with reporter.indexing():
            looked_at = examine(
                cache=cache,
                stores=store or cache / "stores",
                state=state_folder(),
                on_progress=reporter.on_count,
            )
            return [*looked_at, *terminal(sys.stdout, os.environ)]

    checks = found()
    if repair:
        for sentence in mend(checks):
            print_note(sentence)
        checks = found()
    if as_json:
        print_json(to_json(checks), indent=2)
    else:
        for line in to_lines(checks):
            print_text(line)
    return Exit.FAULT if any(one.state == "fault" for one in checks) else Exit.ANSWERED
