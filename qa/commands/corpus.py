"""What every command that asks does: open the corpus with progress, say what was not read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa import Asker
from qa.commands.options import CorpusOptions
from qa.show.progress import Reporter
from qa.show.text import visible_line

if TYPE_CHECKING:
    from index.sync import SyncReport

MAX_SKIPS_SHOWN = 20


@contextmanager
def opened(paths: tuple[str, ...], options: CorpusOptions) -> Iterator[tuple[Asker, Reporter]]:
    """Yield the corpus of `paths`, and what shows progress on it."""
    reporter = Reporter(quiet=options.quiet, color=wants_color(options))
    with reporter.waiting():
        corpus = options.open(paths, reporter.notify)
    with corpus:
        yield corpus, reporter


def wants_color(options: CorpusOptions) -> bool:
    """Tell whether colour may be used where the terminal has it."""
    return not (options.no_color or os.environ.get("NO_COLOR"))


def tell_skips(report: SyncReport, reporter: Reporter) -> None:
    """Name what was not read, but for what is left out as a matter of course."""
    unusual = [skip for skip in report.skipped if skip.reason not in ("hidden", "ignored")]
    if unusual and (report.added or report.changed or report.removed):
        for line in skip_lines(report):
            reporter.notify(line)


def skip_lines(report: SyncReport) -> Iterator[str]:
    """Yield how many files were not read for each reason, and the first of them."""
    counts: dict[str, int] = {}
    for skip in report.skipped:
        counts[skip.reason] = counts.get(skip.reason, 0) + 1
    if counts:
        total = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))
        yield f"Skipped: {total}"
    for skip in report.skipped[:MAX_SKIPS_SHOWN]:
        detail = f" ({visible_line(skip.detail)})" if skip.detail else ""
        yield f"  {visible_line(skip.id)}: {skip.reason}{detail}"
    if len(report.skipped) > MAX_SKIPS_SHOWN:
        yield f"  … and {len(report.skipped) - MAX_SKIPS_SHOWN:,} more: see `qa index --json`"
