"""`qa doctor`: check that everything is in order."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from qa.commands.options import invalid_setting, setting_names, setting_option, settings_of
from qa.folders import cache_folder, configuration_file, data_folder, state_folder
from qa.show.output import Exit, print_json, print_note, print_text
from qa.show.progress import Reporter

if TYPE_CHECKING:
    from qa.checks import Check


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--repair", is_flag=True, help="Repair what can be repaired.")
@setting_option("store")
def doctor(as_json: bool, repair: bool, store: str | Path | None) -> int:
    """Check models, stores, pages, conversations and the terminal.

    Reads every byte of the stores, the web pages, the exported models and the default model's
    weights, and asks the reader a test question. If --store is the address of a server, compares
    what its index finds with all its vectors. Exits with 0 if there are no problems, 3 if there
    are.

    \b
    Examples:
      qa doctor
      qa doctor --repair
      qa doctor --store mysql://ada@example.org:2881/articles
    """
    from qa.checks import repair as repaired
    from qa.checks import to_json, to_lines
    from qa.doctor import configuration, examine, terminal
    from qa.server_checks import examine_server

    cache = cache_folder()
    stores = settings_of(store=store).stores
    reporter = Reporter(quiet=False, color=not os.environ.get("NO_COLOR"))

    def run_checks() -> list[Check]:
        with reporter.indexing():
            checked = examine(
                cache=cache,
                stores=stores if isinstance(stores, Path) else None,
                state=state_folder(),
                data=data_folder(),
                on_progress=reporter.on_count,
            )
            found = [*checked]
            if not isinstance(stores, Path):
                found += examine_server(stores, reporter.on_count)
        root = click.get_current_context().find_root().command
        assert isinstance(root, click.Group)
        invalid = partial(invalid_setting, command=root.commands["ask"])
        found += configuration(configuration_file(), setting_names(), invalid)
        # The progress bar replaces `sys.stdout` while it is shown.
        return [*found, *terminal(sys.stdout, os.environ)]

    checks = run_checks()
    if repair:
        for sentence in repaired(checks):
            print_note(sentence)
        checks = run_checks()
    if as_json:
        print_json(to_json(checks), indent=2)
    else:
        for line in to_lines(checks):
            print_text(line)
    return Exit.PROBLEM if any(one.state == "problem" for one in checks) else Exit.ANSWERED
