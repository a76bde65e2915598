"""What a session does for a turn, and how it is cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Set
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from index.report import OnProgress, Progress
from index.web.articles import Fetch
from index.web.fetch import Page, fetch
from qa.events import Indexing
from qa.scope import ALL, Scope

if TYPE_CHECKING:
    from qa.corpus import Corpus

_T = TypeVar("_T")
Work = Callable[["Corpus", Set[str]], _T]
"""Looks something up in a corpus. The set has the ids of articles that have changed and are not
indexed again yet. If one of them is needed, it raises NothingToAsk, and is called again later.
"""
MIN_ESTIMATED_FRACTION = 0.02
"""Share of the indexing that must be done before its remaining time can be estimated."""
POLL_SECONDS = 0.05
"""How long a cancel takes to be noticed while a server is waited for."""


class TaskCancelled(Exception):
    """The task was cancelled."""


@dataclass(frozen=True, slots=True)
class Task:
    """A question, or another thing that the user asked for and may cancel."""

    turn: int
    """The caller's number for it."""
    cancelled: threading.Event = field(default_factory=threading.Event)

    def reports(self, report: Callable[[Indexing], object]) -> OnProgress:
        """Return what to call with the progress of indexing; it raises TaskCancelled."""
        started = time.monotonic()

        def on_progress(progress: Progress) -> None:
            if self.cancelled.is_set():
                raise TaskCancelled
            elapsed, done = time.monotonic() - started, progress.fraction
            left = elapsed * (1 - done) / done if done > MIN_ESTIMATED_FRACTION else None
            report(Indexing(progress, left))

        return on_progress

    def fetcher(self, is_stopping: Callable[[], bool]) -> Fetch:
        """Return a `fetch` that raises TaskCancelled at once, also if the session is stopping."""

        def fetch_or_cancel(
            address: str, *, known: Page | None = None, allow_private: bool = False
        ) -> Page | None:
            work = partial(fetch, address, known=known, allow_private=allow_private)
            return until(work, lambda: self.cancelled.is_set() or is_stopping())

        return fetch_or_cancel


@dataclass(frozen=True, slots=True)
class QuestionTask(Task):
    """A question."""

    text: str = ""
    passages: int = 1
    scope: Scope = ALL
    """The articles to ask."""
    alone: bool = False
    """Never to treat it as a follow-up."""
    is_given_back: bool = False
    """Whether a helper could not answer it."""


@dataclass(frozen=True, slots=True)
class LookUp(Task):
    """Something to look up in the articles."""

    work: Work[object] = lambda corpus, outdated: None


def until(work: Callable[[], _T], is_cancelled: Callable[[], bool]) -> _T:
    """Return what `work` returns. It runs in another thread, which is left to itself on a cancel.

    Raises: TaskCancelled, and what `work` raises.
    """
    future: Future[_T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised in the thread that waits
            future.set_exception(error)

    threading.Thread(target=run, name="fetch", daemon=True).start()
    while not wait([future], POLL_SECONDS).done:
        if is_cancelled():
            raise TaskCancelled
    return future.result()
