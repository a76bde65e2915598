"""What stands in for the chat: it runs a session, and waits for what the session reports."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from qa.events import Added, Answered, Cancelled, Event, Failed, FetchedAgain
from qa.serving import OpenCorpus
from qa.session import Session

PATIENCE_SECONDS = 10
ENDS = (Answered, Added, FetchedAgain, Failed, Cancelled)
End = Answered | Added | FetchedAgain | Failed | Cancelled
_E = TypeVar("_E", bound=Event)


class Surface:
    """Runs a session and keeps what it reports."""

    def __init__(self, open_corpus: OpenCorpus, *, is_helped: bool = False) -> None:
        self.session = Session(open_corpus, self._receive, is_helped=is_helped)
        self.events: list[Event] = []
        """All that were waited for, in order."""
        self.threads: set[str] = set()
        self._new: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def _receive(self, event: Event) -> None:
        self.threads.add(threading.current_thread().name)
        self._new.put(event)

    def next(self) -> Event:
        try:
            event = self._new.get(timeout=PATIENCE_SECONDS)
        except queue.Empty:
            pytest.fail(f"nothing came after {self.events}")
        self.events.append(event)
        return event

    def until(self, kind: type[_E], fits: Callable[[_E], bool] = lambda _: True) -> _E:
        """Wait for an event."""
        while not (isinstance(event := self.next(), kind) and fits(event)):
            pass
        return event

    def until_ended(self, turn: int) -> End:
        """Wait for the end of a question or of another task."""
        while not (isinstance(event := self.next(), ENDS) and event.turn == turn):
            pass
        return event

    def answer(self, turn: int, question: str, **options: bool) -> Answered:
        """Ask, and wait for the answer."""
        self.session.ask(turn, question, **options)  # type: ignore[arg-type]  # flags alone
        ended = self.until_ended(turn)
        assert isinstance(ended, Answered), ended
        return ended

    def comes_nothing(self, seconds: float = 0.1) -> bool:
        """Return whether no event comes."""
        time.sleep(seconds)
        return self._new.empty()

    def kinds(self) -> list[str]:
        """Return the kinds of events so far, those in a row that are alike once."""
        names = [type(event).__name__ for event in self.events]
        return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]

    def ended_turns(self) -> list[int | None]:
        """Return the turns that have ended so far, in the order of their ends."""
        return [event.turn for event in self.events if isinstance(event, ENDS)]
