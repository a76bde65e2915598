"""For all commands that ask: open the corpus with progress, and report skipped files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.scan import STDIN
from index.web.addresses import is_address
from qa.commands.options import OutputOptions, setting_names
from qa.configuration import CORPUS_VARIABLE, default_corpus
from qa.folders import configuration_file
from qa.settings import Settings
from qa.show.paths import shown_id
from qa.show.progress import Reporter
from qa.show.text import visible_line

if TYPE_CHECKING:
    from index.report import SyncReport
    from qa.corpus import Corpus

MAX_SKIPS_SHOWN = 20


@contextmanager
def opened(
    paths: tuple[str, ...], settings: Settings, output: OutputOptions
) -> Iterator[tuple[Corpus, Reporter]]:
    """Yield the corpus of `paths` and a reporter that shows its progress.

    Without paths, of the default corpus, or else of the sample article, which the reporter says.
    """
    from qa.opening import open_corpus

    reporter = Reporter(quiet=output.quiet, color=output.color)
    paths = paths or default_paths()
    if not paths:
        reporter.notify(
            "No path is given, so the sample article is used. `qa use` sets another default."
        )
    with reporter.waiting():
        corpus = open_corpus(*paths, settings=settings, notify=reporter.notify)
    with corpus:
        for snapshot in corpus.web.fetched if corpus.web else ():
            about = snapshot.about
            kilobytes = max(1, round(about.size / 1e3))
            reporter.notify(
                f"Fetched {about.address}: {kilobytes:,} kB, {about.media_type}. "
                "Kept for later questions; `qa index --refresh` fetches it again."
            )
        yield corpus, reporter


def default_paths() -> tuple[str, ...]:
    """Return the paths that are asked if none are given; empty for the sample article.

    Raises: ConfigurationError; ArticleError if a path no longer exists.
    """
    paths, source = default_corpus(os.environ, configuration_file(), setting_names())
    for path in paths:
        if path != STDIN and not is_address(path) and not os.path.exists(path):
            hint = f"It is the default in {source}; `qa use` sets another."
            if source == CORPUS_VARIABLE:
                hint = f"It is set by the environment variable {source}."
            raise ArticleError(f"No such file or folder: {path}", hint)
    return paths


def report_skips(report: SyncReport, reporter: Reporter) -> None:
    """Report newly skipped files, but those that users expect to be skipped."""
    from index.report import EXPECTED

    unusual = [skip for skip in report.skipped if skip.reason not in EXPECTED]
    if unusual and (report.added or report.changed or report.removed):
        for line in skip_lines(report):
            reporter.notify(line)


def skip_lines(report: SyncReport) -> Iterator[str]:
    """Yield how many files were skipped for each reason, and name the first ones."""
    counts: dict[str, int] = {}
    for skip in report.skipped:
        counts[skip.reason] = counts.get(skip.reason, 0) + 1
    if counts:
        total = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))
        yield f"Skipped: {total}"
    for skip in report.skipped[:MAX_SKIPS_SHOWN]:
        detail = f" ({visible_line(skip.detail)})" if skip.detail else ""
        yield f"  {shown_id(report.root, skip.id)}: {skip.reason}{detail}"
    if len(report.skipped) > MAX_SKIPS_SHOWN:
        yield f"  … and {len(report.skipped) - MAX_SKIPS_SHOWN:,} more: see `qa index --json`"
