"""`qa index`: index articles ahead of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qa.commands.corpus import opened, skip_lines
from qa.commands.options import OutputOptions, output_options, settings_options
from qa.settings import Settings
from qa.show.output import Exit, print_json, print_text
from qa.show.paths import shown_id
from qa.show.text import counted, visible_line

if TYPE_CHECKING:
    from index.sync import SyncReport


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@settings_options
@output_options
def index(settings: Settings, paths: tuple[str, ...], as_json: bool, output: OutputOptions) -> int:
    """Index articles ahead of time, so that the first question is fast.

    \b
    Examples:
      qa index notes/
      qa index --device cuda archive/
    """
    with opened(paths, settings, output) as (corpus, reporter):
        with reporter.indexing():
            report = corpus.sync(reporter.on_progress)
        articles, passages, size = corpus.size()
        if as_json:
            print_json(_report_json(report, articles, passages, size), indent=2)
            return Exit.ANSWERED
        held = f"{counted(articles, 'article')}, {counted(passages, 'passage')}"
        print_text(
            f"{held} in {visible_line(report.root)}: "
            f"{len(report.added):,} added, {len(report.changed):,} changed, "
            f"{len(report.removed):,} removed, {len(report.skipped):,} skipped"
        )
        print_text(
            f"{counted(report.encoded, 'passage')} encoded in {report.seconds:,.1f} s; "
            f"store size {size / 1e6:,.1f} MB"
        )
        for id, encoding in report.encodings.items():
            print_text(f"  read as {encoding}: {shown_id(report.root, id)}")
        for line in skip_lines(report):
            print_text(line)
    return Exit.ANSWERED


def _report_json(report: SyncReport, articles: int, passages: int, size: int) -> dict[str, Any]:
    return {
        "schema": 1,
        "root": report.root,
        "articles": articles,
        "passages": passages,
        "store_bytes": size,
        "added": report.added,
        "changed": report.changed,
        "removed": report.removed,
        "skipped": [
            {"path": skip.id, "reason": skip.reason, "detail": skip.detail}
            for skip in report.skipped
        ],
        "encodings": report.encodings,
        "encoded": report.encoded,
        "seconds": round(report.seconds, 3),
    }
