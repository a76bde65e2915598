"""The status bar: the size of the corpus, which articles are asked, the current activity."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import ProgressBar, Static

from qa.events import Indexing, Ready
from qa.show.text import counted, visible_line

MIN_SECONDS_AS_MINUTES = 100
"""From this duration, minutes are shown instead of seconds."""


class StatusBar(Horizontal):
    """One line of text, and a progress bar during indexing."""

    def __init__(self, title: str, id: str) -> None:
        """title: name of the corpus, safe to show."""
        super().__init__(id=id)
        self.activity = "loading"
        """The current activity; "ready" if there is none."""
        self._corpus_title = title
        self._corpus_size = ""
        self._scope = ""
        self._fraction: float | None = None

    def compose(self) -> ComposeResult:
        """Lay out the name, the text and the progress bar."""
        yield Static("article-qa", id="name")
        yield Static(id="state")
        yield ProgressBar(total=1.0, show_eta=False, id="progress")

    def on_mount(self) -> None:
        """Show that the corpus is being opened."""
        self._draw()

    @property
    def has_been_ready(self) -> bool:
        """Whether the size of the corpus is known."""
        return bool(self._corpus_size)

    def show(self, activity: str, fraction: float | None = None) -> None:
        """Show an activity. fraction: share that is done, in [0, 1], for the progress bar."""
        self.activity = visible_line(activity)
        self._fraction = fraction
        self._draw()

    def _draw(self) -> None:
        if not self.query("#progress"):  # drawn when it is mounted
            return
        asked = f"asking {self._scope}" if self._scope else ""
        parts = [self._corpus_size, asked, self.activity, self._corpus_title]
        self.query_one("#state", Static).update(Content(" · ".join(filter(None, parts))))
        bar = self.query_one("#progress", ProgressBar)
        bar.display = self._fraction is not None
        if self._fraction is not None:
            bar.update(progress=self._fraction)

    def show_ready(self, event: Ready) -> None:
        """Show what the corpus holds."""
        parts = [counted(event.articles, "article"), counted(event.passages, "passage")]
        if event.skipped:
            parts.append(f"{event.skipped:,} skipped")
        self._corpus_size = " · ".join(parts)
        self.show("ready")

    def show_indexing(self, event: Indexing) -> None:
        """Show the progress of indexing."""
        progress = event.progress
        if progress.fraction >= 1:  # only the answer is missing
            self.show("ready")
            return
        if progress.reading:
            words = f"reading {progress.reading.id}: {progress.reading.page}"
            self.show(words, fraction=progress.fraction)
            return
        stored = progress.articles_total - (progress.files - progress.indexed)
        parts = [f"indexing {stored:,} / {progress.articles_total:,}"]
        if event.seconds_left is not None:
            parts.append(f"{_duration(event.seconds_left)} left")
        self.show(" · ".join(parts), fraction=progress.fraction)

    def show_title(self, title: str) -> None:
        """Show the name of the corpus. title: safe to show."""
        self._corpus_title = title
        self._draw()

    def show_scope(self, scope: str) -> None:
        """Show which articles are asked; empty for all."""
        self._scope = scope
        self._draw()


def _duration(seconds: float) -> str:
    """Return a duration as text: "8 s", "3 min"."""
    if seconds < MIN_SECONDS_AS_MINUTES:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
