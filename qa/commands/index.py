"""`qa index`: index articles ahead of time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from index.web.addresses import is_address
from qa.commands.corpus import default_paths, opened, skip_lines
from qa.commands.options import OutputOptions, indexing_options, output_options
from qa.settings import Settings
from qa.show.output import Exit, print_json, print_text
from qa.show.paths import shown_id
from qa.show.text import counted, visible_line

if TYPE_CHECKING:
    from index.report import FileReport, SyncReport

MAX_FILES_LISTED = 20
"""How many files are described in the text output; JSON has all."""


@click.command()
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--refresh", is_flag=True,
    help="Fetch the web addresses among PATHS again, and say which have changed.",
)  # fmt: skip
@click.option(
    "--from", "exported", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE", help="Take vectors from a file of `qa export`; encode only what it lacks.",
)  # fmt: skip
@indexing_options
@output_options
def index(
    settings: Settings,
    paths: tuple[str, ...],
    as_json: bool,
    refresh: bool,
    exported: Path | None,
    output: OutputOptions,
) -> int:
    """Index articles ahead of time, for a fast first question.

    \b
    Examples:
      qa index notes/
      qa index --device cuda archive/
      qa index --ray 10.0.0.5:6379 archive/
      qa index --refresh https://example.org/bridge
      qa index --from notes.vectors --store mysql://ada@example.org:2881/articles notes/
    """
    from qa.changes import change_of, refreshed, texts_of_pages
    from qa.moving import vectors_in

    paths = paths or default_paths()
    if refresh and not any(map(is_address, paths)):
        message = "--refresh needs a web address among PATHS."
        raise click.UsageError(message, click.get_current_context())
    with opened(paths, settings, output) as (corpus, reporter):
        before = texts_of_pages(corpus) if refresh else {}
        fetched = refreshed(corpus) if refresh else []
        with vectors_in(exported, corpus) if exported else nullcontext() as known:
            with reporter.indexing():
                report = corpus.sync(reporter.on_progress, known)
            taken = known.found if known else 0
        changes = [change_of(one, before, corpus) for one in fetched]
        code = Exit.PROBLEM if any(one.problem for one in changes) else Exit.ANSWERED
        articles, passages, size = corpus.size()
        if as_json:
            value = _report_json(report, articles, passages, size)
            more = {"taken": taken, "refreshed": [asdict(one) for one in changes]}
            print_json({**value, **more}, indent=2)
            return code
        held = f"{counted(articles, 'article')}, {counted(passages, 'passage')}"
        print_text(
            f"{held} in {visible_line(report.root)}: "
            f"{len(report.added):,} added, {len(report.changed):,} changed, "
            f"{len(report.removed):,} removed, {len(report.skipped):,} skipped"
        )
        stored = f"store size {size / 1e6:,.1f} MB" if size else f"stored at {settings.stores}"
        known_ones = f", {taken:,} taken from {visible_line(str(exported))}" if exported else ""
        print_text(
            f"{counted(report.encoded, 'passage')} encoded{known_ones}"
            f" in {report.seconds:,.1f} s; {stored}"
        )
        for change in changes:
            print_text(f"  {visible_line(change.in_words)}")
        for line in (*_file_lines(report), *skip_lines(report)):
            print_text(line)
    return code


def _file_lines(report: SyncReport) -> Iterator[str]:
    """Yield lines about files: their encodings, what was read of them, and what could not be.

    Plain text, and files known from before, are listed only if something could not be read.
    """
    for id, encoding in report.encodings.items():
        yield f"  read as {encoding}: {shown_id(report.root, id)}"
    described = {file.id: _in_words(file) for file in report.files if file.is_extracted}
    lines = {**report.notes, **described}
    for id, words in islice(lines.items(), MAX_FILES_LISTED):
        yield f"  {shown_id(report.root, id)}: {visible_line(words)}"
    if len(lines) > MAX_FILES_LISTED:
        yield f"  … and {len(lines) - MAX_FILES_LISTED:,} more: see `qa index --json`"


def _in_words(file: FileReport) -> str:
    """Return what was read of a file, as in "pdf, 12 pages, 3 tables, 48,201 characters, 0.4 s"."""
    counts = {
        "page": file.pages,
        "slide": file.slides,
        "cell": file.cells,
        "table": file.tables,
        "character": file.characters,
    }
    parts = [file.format, *(counted(count, noun) for noun, count in counts.items() if count)]
    words = f"{', '.join(parts)}, {file.seconds:,.1f} s"
    return f"{words}; {file.note}" if file.note else words


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
        "files": [
            {
                "path": file.id,
                "format": file.format,
                "pages": file.pages,
                "slides": file.slides,
                "cells": file.cells,
                "tables": file.tables,
                "characters": file.characters,
                "seconds": round(file.seconds, 3),
                "note": file.note,
            }
            for file in report.files
        ],
        "encodings": report.encodings,
        "notes": report.notes,
        "encoded": report.encoded,
        "seconds": round(report.seconds, 3),
    }
