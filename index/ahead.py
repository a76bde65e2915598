"""Goes through an iterator in a thread of its own, a bounded distance ahead of the consumer."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from typing import Generic, TypeVar

WAIT_SECONDS = 0.05
"""Between two calls of `on_wait`."""
STOP_SECONDS = 0.5
"""How long to wait for the value that is being made; its thread then ends on its own."""
_Value = TypeVar("_Value")


class Ahead(Generic[_Value]):
    """Takes values from an iterator in a thread, until those that wait have a certain size.

    Iterate over it in a `with`. What the iterator raises is raised after the values before it.
    """

    def __init__(
        self,
        values: Generator[_Value, None, None],
        *,
        size: Callable[[_Value], int],
        most: int,
        on_wait: Callable[[], object] = bool,
        on_stop: Callable[[], object] = bool,
    ) -> None:
        """Start nothing yet.

        size: of a value. most: no other value is begun while those that wait have this size.
        on_wait: called now and then while the consumer waits for a value, in its thread.
        on_stop: called when the `with` ends, to have the value that is being made end early.
        """
        self._values = values
        self._size = size
        self._most = most
        self._on_wait = on_wait
        self._on_stop = on_stop
        self._ready: deque[_Value] = deque()
        self._ready_size = 0
        self._error: BaseException | None = None
        self._is_over = False
        """Whether no other value comes."""
        self._is_stopped = False
        self._is_paused = False
        self._changed = threading.Condition()

    def __enter__(self) -> Ahead[_Value]:
        # A daemon: a program that was interrupted need not wait for the end of a long file.
        self._thread = threading.Thread(target=self._go, name="ahead", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._on_stop()
        self._thread.join(STOP_SECONDS)

    def __iter__(self) -> Iterator[_Value]:
        for value in self.polled():
            if value is None:
                self._on_wait()
            else:
                yield value

    def polled(self) -> Iterator[_Value | None]:
        """Yield the values, and None now and then while there is none yet."""
        while True:
            with self._changed:
                if not self._changed.wait_for(self._has_news, WAIT_SECONDS):
                    value = None
                elif not self._ready:
                    break
                else:
                    value = self._ready.popleft()
                    self._ready_size -= self._size(value)
                    self._changed.notify_all()
            yield value
        if self._error:
            raise self._error

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Begin no other value meanwhile."""
        self._is_paused = True
        try:
            yield
        finally:
            with self._changed:
                self._is_paused = False
                self._changed.notify_all()

    def _has_news(self) -> bool:
        return bool(self._ready) or self._is_over

    def _may_go_on(self) -> bool:
        return self._is_stopped or (self._ready_size < self._most and not self._is_paused)

    def _go(self) -> None:
        try:
            with closing(self._values) as values:
                for value in values:
                    with self._changed:
                        self._ready.append(value)
                        self._ready_size += self._size(value)
                        self._changed.notify_all()
                        self._changed.wait_for(self._may_go_on)
                        if self._is_stopped:
                            return
        except BaseException as error:  # noqa: BLE001  raised in the thread of the consumer
            self._error = error
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify_all()
