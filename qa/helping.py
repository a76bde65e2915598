"""A thread that answers questions while the session's own thread answers others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.corpus import Corpus

CORPUS_SECONDS = 60.0
"""Without a job for this long, the corpus is closed."""


class ChangedMeanwhile(Exception):
    """A file that is quoted has changed since it was indexed."""


def changed_meanwhile() -> None:
    """Raise ChangedMeanwhile: a helper does not index."""
    raise ChangedMeanwhile


@dataclass(frozen=True, slots=True)
class Job:
    """Something to answer."""

    do: Callable[[Corpus], object]
    """Called with a corpus that nothing else uses. It must not index."""
    give_back: Callable[[], object]
    """Called if `do` fails in any way: the session then does it itself."""


class Helper:
    """Does one job at a time, with a corpus of its own that reads the same store.

    `is_free` and `take` are for the session's thread.
    """

    def __init__(self, open_corpus: Callable[[], Corpus]) -> None:
        """open_corpus: called in the helper's thread, when there is something to do."""
        self._open_corpus = open_corpus
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._is_free = threading.Event()
        self._is_free.set()
        # A daemon, as the session's thread.
        self._thread = threading.Thread(target=self._run, name="helper", daemon=True)

    def is_free(self) -> bool:
        """Return whether it has nothing to do."""
        return self._is_free.is_set()

    def take(self, job: Job) -> None:
        """Do a job. Only for a helper that is free."""
        self._is_free.clear()
        if not self._thread.is_alive():
            self._thread.start()
        self._jobs.put(job)

    def stop(self, seconds: float) -> bool:
        """Stop after the current job; wait for that, and return whether it has ended."""
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        corpus: Corpus | None = None
        while True:
            try:
                job = self._jobs.get(timeout=CORPUS_SECONDS)
            except queue.Empty:
                _close(corpus)
                corpus = None
                continue
            if job is None:
                break
            try:
                corpus = corpus or self._open_corpus()
                job.do(corpus)
            # Whatever it is, the session meets it, too, and says so.
            except Exception:  # noqa: BLE001
                _close(corpus)
                corpus = None
                with suppress(Exception):  # the session is stopping
                    job.give_back()
            self._is_free.set()
        _close(corpus)


def _close(corpus: Corpus | None) -> None:
    """Close a corpus, if one is open."""
    if corpus is not None:
        corpus.close()
