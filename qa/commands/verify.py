"""`qa verify`: whether saved quotes still stand."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import click

from qa.commands.options import setting_option
from qa.show.output import Exit, print_json, print_note, print_text
from qa.show.progress import Reporter


@click.command()
@click.argument("file", type=click.File("rb"), metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="Print every verdict as JSON.")
@click.option("--all", "all_quotes", is_flag=True, help="List the quotes that stand as well.")
@click.option(
    "--root", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR",
    help="Where the articles are now, if they were moved; by default, where they stood.",
)  # fmt: skip
@setting_option("encoding")
@setting_option("max_size")
def verify(
    file: BinaryIO,
    as_json: bool,
    all_quotes: bool,
    root: Path | None,
    encoding: str | None,
    max_size: float,
) -> int:
    """Check every quote of saved answers against the files it was taken from, to the letter.

    FILE holds what `qa ask --json` or --questions printed, what the chat saved as JSON lines, or
    a kept conversation. Exit code 0 when all quotes stand as cited, 1 when one does not.

    \b
    Examples:
      qa ask --json "Who won?" report.txt > answer.json; qa verify answer.json
      qa history --json latest | qa verify -
      qa verify --root /mnt/archive answers.jsonl
    """
    from qa.answers.saved import decoded, read_saved
    from qa.answers.verify import all_stand, to_json, to_lines
    from qa.answers.verify import verify as verified

    responses = read_saved(decoded(file.read()), _tell_torn)
    reporter = Reporter(quiet=False, color=True)
    with reporter.indexing():
        checked = verified(
            responses,
            root=root,
            encoding=encoding,
            max_bytes=int(max_size * 1e6),
            on_file=lambda done, total: reporter.on_count("files", done, total),
        )
    if as_json:
        print_json(to_json(checked), indent=2)
    else:
        for line in to_lines(checked, all_quotes=all_quotes):
            print_text(line)
    return Exit.ANSWERED if all_stand(checked) else Exit.NOT_FOUND


def _tell_torn(line: int) -> None:
    print_note(f"Line {line}, the last one, is not whole and was left out: writing it was stopped.")
