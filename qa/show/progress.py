"""Progress on stderr during slow steps. Nothing here is printed to stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from qa.show.output import console, print_note
from qa.show.text import visible, visible_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID
    from rich.status import Status

    from index.report import Progress

LINE_EVERY_SECONDS = 10
"""Time between two progress lines if stderr is not a terminal."""


class Reporter:
    """Shows notes and progress: a bar on a terminal, an occasional line elsewhere."""

    def __init__(self, *, quiet: bool, color: bool) -> None:
        self._quiet = quiet
        self._color = color
        self._is_terminal = sys.stderr.isatty()
        self._started = 0.0
        self._last_line = 0.0
        self._status: Status | None = None
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def notify(self, message: str) -> None:
        """Show a sentence, with a spinner inside `waiting`."""
        if self._quiet:
            return
        if self._status is not None and self._is_terminal:
            from rich.text import Text

            self._status.update(Text(visible(message)))  # a str would be parsed as markup
            self._status.start()
        else:
            print_note(message)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Show the sentences passed to `notify` with a spinner."""
        if self._is_terminal and not self._quiet:
            self._status = self._new_status()
        try:
            yield
        finally:
            if self._status is not None:
                self._status.stop()
                self._status = None

    @contextmanager
    def indexing(self) -> Iterator[None]:
        """Let `on_progress` and `on_count` show a bar, and remove it afterwards."""
        try:
            yield
        finally:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def on_progress(self, progress: Progress) -> None:
        """Show the progress of a sync."""
        if self._quiet:
            return
        now = time.monotonic()
        if not self._started or (progress.fraction == 0.0 and progress.passages == 0):
            self._started = self._last_line = now
        if self._is_terminal:
            self._update_bar(self._description(progress), progress.fraction)
        elif now - self._last_line >= LINE_EVERY_SECONDS:
            self._last_line = now
            self.notify(self._description(progress))

    def on_count(self, what: str, done: int, total: int) -> None:
        """Show how many of `total` things are done."""
        if self._quiet:
            return
        now = time.monotonic()
        if done <= 1:
            self._started = self._last_line = now
        elapsed = now - self._started
        words = f"{done:,} of {total:,} {what}"
        if elapsed > 1 and done < total:
            words += _time_left(elapsed * (total - done) / done)
        if self._is_terminal:
            self._update_bar(words, done / total)
        elif now - self._last_line >= LINE_EVERY_SECONDS:
            self._last_line = now
            self.notify(words)

    def _description(self, progress: Progress) -> str:
        if progress.reading:
            return f"Reading {visible_line(progress.reading.id)}: {progress.reading.page}"
        elapsed = max(1e-3, time.monotonic() - self._started)
        rate = progress.passages / elapsed
        words = f"Indexing: {progress.passages:,} passages, {rate:,.0f}/s"
        if 0 < progress.fraction < 1:
            words += _time_left(elapsed * (1 - progress.fraction) / progress.fraction)
        if progress.articles_total > 1:
            words += f", {progress.articles:,} of {progress.articles_total:,} articles"
        return words

    def _update_bar(self, description: str, fraction: float) -> None:
        if self._bar is None:
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn
            from rich.progress import Progress as Bar
            from rich.table import Column

            self._bar = Bar(
                BarColumn(bar_width=10),
                TaskProgressColumn(),
                TextColumn(
                    "{task.description}", markup=False, table_column=Column(no_wrap=True, ratio=1)
                ),
                console=self._console(),
                transient=True,
            )
            self._task = self._bar.add_task("", total=1.0)
            self._bar.start()
        if self._task is not None:
            self._bar.update(self._task, completed=fraction, description=description)

    def _new_status(self) -> Status:
        from rich.status import Status

        return Status("", console=self._console())

    def _console(self) -> Console:
        return console(color=self._color, stderr=True)


def _time_left(seconds: float) -> str:
    return f", {seconds:,.0f} s left" if seconds < 90 else f", {seconds / 60:,.0f} min left"
