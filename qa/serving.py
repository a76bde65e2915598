"""A thread that opens a corpus and serves requests there, one after another."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import QAError, StoreDamaged
from index.types import Notify
from qa.events import (
    Added,
    Answered,
    Cancelled,
    Event,
    Failed,
    FetchedAgain,
    Found,
    Notice,
    RequestFailed,
)
from qa.tasks import Task

if TYPE_CHECKING:
    from qa.corpus import Corpus

OpenCorpus = Callable[[Notify], "Corpus"]


class _Stopped(Exception):
    """The session is being stopped; what was indexed so far is kept."""


class NotYet(Exception):
    """A request cannot be served before more articles are indexed."""


@dataclass(frozen=True, slots=True)
class _Request:
    run: Callable[[Corpus], None]
    turn: int | None = None
    """Number of the task; None for requests that cannot be cancelled."""
    indexes: bool = False
    """Whether it indexes articles, so that it has to wait while others are being indexed."""


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
        self._waiting: deque[_Request] = deque()
        """Requests that could not be served while articles were being indexed, oldest first."""
        self._serving: list[_Request] = []
        """What is being served: a request, and one that is served while that one indexes."""
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

    def request_task(
        self, task: Task, run: Callable[[Corpus], None], *, indexes: bool = False
    ) -> None:
        """Request something that can be cancelled and that `end` ends.

        indexes: whether it cannot be served while articles are being indexed.
        """
        self._tasks[task.turn] = task
        self._requests.put(_Request(run, task.turn, indexes))

    def stop(self, seconds: float) -> bool:
        """Stop after the current step, and wait for that for at most `seconds`.

        No more events follow. Return whether the thread has ended.
        """
        self._stopping.set()
        self._requests.put(None)
        if self._thread.is_alive():
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def is_anyone_waiting(self) -> bool:
        """Return whether there are requests besides those that are being served."""
        return bool(self._waiting) or not self._requests.empty()

    def is_stopping(self) -> bool:
        """Return whether `stop` has been called."""
        return self._stopping.is_set()

    def opened(self, corpus: Corpus) -> None:
        """Called once the corpus is open, before any request."""

    def serve_waiting(self, *, again: bool) -> None:
        """Serve what has been requested meanwhile, while a request is indexing articles.

        Those that index articles wait until it has ended, and those that raise NotYet.

        again: try the latter once more.

        Raises: StoreDamaged, for the store that is being indexed; what was asked waits.
        """
        requests = self._arrived()
        if again:
            requests, self._waiting = self._waiting + requests, deque()
        while requests:
            request = requests.popleft()
            try:
                if request.indexes:
                    raise NotYet
                self._serve(request, is_nested=True)
            except NotYet:
                self._waiting.append(request)
            except BaseException:  # such as StoreDamaged; an unexpected error fails all that wait
                self._waiting += requests
                raise

    def wait_for_index(self) -> None:
        """Let the request that is being served wait, while what it began goes on."""
        self._waiting.append(self._serving.pop())

    def _arrived(self) -> deque[_Request]:
        """Return what has been requested since."""
        arrived: deque[_Request] = deque()
        with suppress(queue.Empty):
            while (request := self._requests.get_nowait()) is not None:
                arrived.append(request)
            self._requests.put(None)  # the end of all requests
        return arrived

    def _serve(self, request: _Request, *, is_nested: bool = False) -> None:
        """Serve a request. is_nested: while another one indexes articles."""
        assert self.corpus is not None
        self._serving.append(request)
        try:
            self._attempt(request.run, self.corpus, is_nested=is_nested)
        except NotYet:
            self._serving.remove(request)
            raise
        except StoreDamaged:
            self._serving.remove(request)
            self._waiting.appendleft(request)
            raise
        if request in self._serving:  # it has not been left to wait
            self._serving.remove(request)

    def _run(self) -> None:
        try:
            self.corpus = self._open_corpus(lambda text: self.post(Notice(text)))
            try:
                self._attempt(self.opened, self.corpus)
                while (request := self._next_or_idle(self.corpus)) is not None:
                    self._serve(request)
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
            self._refuse(failure)

    def idle_seconds(self) -> float | None:
        """Return how long to wait for a request before `idle` is called; None for ever."""
        return None

    def idle(self, corpus: Corpus) -> None:
        """Called when nothing is requested for `idle_seconds`."""

    def _next_or_idle(self, corpus: Corpus) -> _Request | None:
        while not self._waiting:
            try:
                return self._requests.get(timeout=self.idle_seconds())
            except queue.Empty:
                self._attempt(self.idle, corpus)
        return self._waiting.popleft()

    def _next(self) -> _Request | None:
        return self._waiting.popleft() if self._waiting else self._requests.get()

    def _refuse(self, failure: Failed) -> None:
        """Report a failure, and fail the current request and all that follow."""
        self.post(failure)
        self._waiting.extendleft(self._serving)
        while (request := self._next()) is not None:
            if request.turn is None:
                self.post(RequestFailed(failure.message, failure.hint))
            else:
                self.end(Failed(request.turn, failure.message, failure.hint))

    def _attempt(
        self, run: Callable[[Corpus], None], corpus: Corpus, *, is_nested: bool = False
    ) -> None:
        try:
            run(corpus)
        except QAError as error:  # the next question tries again: files may have been repaired
            if is_nested and isinstance(error, StoreDamaged):
                raise
            self.post(RequestFailed(error.message, error.hint))

    def end(self, event: Answered | Found | Added | FetchedAgain | Failed | Cancelled) -> None:
        """Report the end of a task."""
        if event.turn is not None:
            self._tasks.pop(event.turn, None)
        self.post(event)

    def post(self, event: Event) -> None:
        """Report an event, unless the thread is to stop: then the request ends here."""
        if self._stopping.is_set():
            raise _Stopped
        self._on_event(event)
