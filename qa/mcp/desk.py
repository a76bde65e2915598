"""Passes the requests of all clients to one session, and awaits its events."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from index.errors import QAError
from qa.events import Answered, Cancelled, Event, Failed, Fetched, Found, Notice, RequestFailed

if TYPE_CHECKING:
    from qa.events import SoFar
    from qa.scope import Scope
    from qa.serving import OpenCorpus
    from qa.session import Session
    from qa.tasks import Work

MAX_WAITING = 200
"""Requests that may wait for their turn, of all clients together."""
STOP_SECONDS = 2.0
HAS_SEVERAL_CORES = (os.cpu_count() or 1) > 1
"""One question does not keep two cores busy, so that two are answered at a time."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class LookedUp(Generic[_T]):
    """What was looked up."""

    result: _T
    so_far: SoFar | None
    """What part of the articles it is from; None for all."""


class Desk:
    """A session that many clients ask at once. All methods are for the event loop's thread."""

    def __init__(self, open_corpus: OpenCorpus, say: Callable[[str], object]) -> None:
        """open_corpus: called in the session's thread.

        say: called there with a sentence for the user.
        """
        self._open_corpus = open_corpus
        self._say = say
        self._session: Session | None = None
        self._turns = itertools.count(1)
        self._waiting: dict[int, Future[Answered | Found]] = {}

    def start(self) -> None:
        """Load the models and index the articles, unless this has begun already."""
        self._started()

    async def ask(self, question: str, passages: int, scope: Scope) -> Answered:
        """Return the answer to a question, which is no follow-up: clients do not share a talk.

        Raises: QAError.
        """
        event = await self._turn(
            lambda session, turn: session.ask(
                turn, question, passages=passages, scope=scope, alone=True
            )
        )
        assert isinstance(event, Answered)
        return event

    async def look_up(self, work: Work[_T]) -> LookedUp[_T]:
        """Return what is looked up in the articles. Raises: QAError."""
        event = await self._turn(lambda session, turn: session.look_up(turn, work))
        assert isinstance(event, Found)
        return LookedUp(cast("_T", event.result), event.so_far)

    def stop(self) -> bool:
        """Stop the session, and return whether its thread has ended."""
        return self._session is None or self._session.stop(STOP_SECONDS)

    def _started(self) -> Session:
        if self._session is None:
            from qa.session import Session  # clients list the tools first

            self._session = Session(self._open_corpus, self._on_event, is_helped=HAS_SEVERAL_CORES)
            self._session.start()
        return self._session

    async def _turn(self, request: Callable[[Session, int], None]) -> Answered | Found:
        if len(self._waiting) >= MAX_WAITING:
            raise QAError("Too many questions are waiting.", "Ask again in a few seconds.")
        session = self._started()
        turn = next(self._turns)
        future = self._waiting[turn] = Future()
        try:
            request(session, turn)
            return await asyncio.wrap_future(future)
        except asyncio.CancelledError:  # by the client
            session.cancel(turn)
            raise
        finally:
            self._waiting.pop(turn, None)

    def _on_event(self, event: Event) -> None:
        """Called in the session's thread."""
        if isinstance(event, Notice):
            self._say(event.text)
        elif isinstance(event, Fetched):
            for line in event.said:
                self._say(line)
        elif isinstance(event, Answered | Found):
            self._end(event.turn, lambda future: future.set_result(event))
        elif isinstance(event, Cancelled):
            error = QAError("The question was cancelled.")
            self._end(event.turn, lambda future: future.set_exception(error))
        elif isinstance(event, Failed) and event.turn is not None:
            failure = QAError(event.message, event.hint)
            self._end(event.turn, lambda future: future.set_exception(failure))
        elif isinstance(event, Failed | RequestFailed):  # each question reports it, too
            self._say(f"{event.message} {event.hint}".strip())

    def _end(self, turn: int, end: Callable[[Future[Answered | Found]], None]) -> None:
        future = self._waiting.get(turn)
        if future is not None:
            with suppress(InvalidStateError):  # cancelled by the client
                end(future)
