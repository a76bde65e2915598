"""A thread that opens a corpus and serves requests there, one after another."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import QAError
from index.types import Notify
from qa.events import (
    Added,
    Answered,
    Cancelled,
    Event,
    Failed,
    FetchedAgain,
    Notice,
    RequestFailed,
)
from qa.tasks import Task

if TYPE_CHECKING:
    from qa.corpus import Corpus

OpenCorpus = Callable[[Notify], "Corpus"]


class _Stopped(Exception):
    """The session is being stopped; what was indexed so far is kept."""


@dataclass(frozen=True, slots=True)
class _Request:
    run: Callable[[Corpus], None]
    turn: int | None = None
    """Number of the task; None for requests that cannot be cancelled."""


class Server:
    """Serves requests in a thread of its own.

    `opened`, `post` and `end` are for the requests; all other methods may be called from any
    thread.
    """

    def __init__(self, open_corpus: OpenCorpus, on_event: Callable[[Event], object]) -> None:
        """open_corpus, on_event: called in the thread."""
        self.corpus: Corpus | None = None
        """What is asked; a request may put another one in its place."""
        self._open_corpus = open_corpus
        self._on_event = on_event
        self._requests: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._tasks: dict[int, Task] = {}
        """Those that have not ended, by number."""
        self._stopping = threading.Event()
        # A daemon: a model that is loading cannot be interrupted, and must not delay the exit.
        self._thread = threading.Thread(target=self._run, name="session", daemon=True)

    def start(self) -> None:
        """Open the corpus, and serve requests from then on."""
        self._thread.start()

    def cancel(self, turn: int) -> None:
        """Cancel a task that is waiting or running. Does nothing if it has ended.

        The Cancelled arrives when the session gets to it, not at once.
        """
        if task := self._tasks.get(turn):
            task.cancelled.set()

    def request(self, run: Callable[[Corpus], None]) -> None:
        """Request something that is done quickly."""
        self._requests.put(_Request(run))

    def request_task(self, task: Task, run: Callable[[Corpus], None]) -> None:
        """Request something that can be cancelled and that `end` ends."""
        self._tasks[task.turn] = task
        self._requests.put(_Request(run, task.turn))

    def stop(self, seconds: float) -> bool:
        """Stop after the current step, and wait for that for at most `seconds`.

        No more events follow. Return whether the thread has ended.
        """
        self._stopping.set()
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def is_stopping(self) -> bool:
        """Return whether `stop` has been called."""
        return self._stopping.is_set()

    def opened(self, corpus: Corpus) -> None:
        """Called once the corpus is open, before any request."""

    def _run(self) -> None:
        request: _Request | None = None
        try:
            self.corpus = self._open_corpus(lambda text: self.post(Notice(text)))
            try:
                self._attempt(self.opened, self.corpus)
                while (request := self._requests.get()) is not None:
                    self._attempt(request.run, self.corpus)
            finally:
                self.corpus.close()
            return
        except _Stopped:
            return
        except QAError as error:
            failure = Failed(None, error.message, error.hint)
        # If the thread died silently, every question would wait forever.
        except Exception as error:  # noqa: BLE001
            failure = Failed(None, f"Unexpected error: {error!r}", "Please report it.")
        with suppress(_Stopped):
            self._refuse(failure, request)

    def _refuse(self, failure: Failed, request: _Request | None) -> None:
        """Report a failure, and fail the current request and all that follow."""
        self.post(failure)
        request = request or self._requests.get()
        while request is not None:
            if request.turn is None:
                self.post(RequestFailed(failure.message, failure.hint))
            else:
                self.end(Failed(request.turn, failure.message, failure.hint))
            request = self._requests.get()

    def _attempt(self, run: Callable[[Corpus], None], corpus: Corpus) -> None:
        try:
            run(corpus)
        except QAError as error:  # the next question tries again: files may have been repaired
            self.post(RequestFailed(error.message, error.hint))

    def end(self, event: Answered | Added | FetchedAgain | Failed | Cancelled) -> None:
        """Report the end of a task."""
        if event.turn is not None:
            self._tasks.pop(event.turn, None)
        self.post(event)

    def post(self, event: Event) -> None:
        """Report an event, unless the thread is to stop: then the request ends here."""
        if self._stopping.is_set():
            raise _Stopped
        self._on_event(event)
