"""Rebuilds a store of any engine from the articles when something in it is damaged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from index.errors import StoreDamaged
from index.store.protocol import Store, View
from index.types import Notify

_T = TypeVar("_T")


class RecoveringStore:
    """See `StoreHandle`. Close it, or use it in a `with` statement."""

    def __init__(
        self,
        open: Callable[[], Store],
        *,
        set_aside: Callable[[StoreDamaged], str],
        fill: Callable[[Store], object],
        notify: Notify,
    ) -> None:
        """Open the store.

        open: opens the store, or creates an empty one.
        set_aside: moves the damaged store away, so that `open` creates a new one. Returns a phrase
            that says where it is now, or an empty one if another process has replaced it already.
        fill: stores all articles in a store that may be empty.
        notify: called with a message when the store is rebuilt.

        Raises: StoreError.
        """
        self._open = open
        self._set_aside = set_aside
        self._fill = fill
        self._notify = notify
        self._store: Store | None = None
        self._is_updating = False
        try:
            self._opened()
        except StoreDamaged as damage:
            self._start_over(damage)

    def __enter__(self) -> RecoveringStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def read(self, action: Callable[[View], _T]) -> _T:
        """Return the result of `action` for a snapshot of the store.

        If the store is damaged, it is rebuilt and `action` is called again. Within an `update`,
        StoreDamaged is raised instead, for the update to raise: it rebuilds the store.
        Raises: StoreError, and what `fill` and `action` raise.
        """
        try:
            return self._read(action)
        except StoreDamaged as damage:
            if self._is_updating:
                raise
            self._fill(self._start_over(damage))
            return self._read(action)

    def update(self, action: Callable[[Store], _T]) -> _T:
        """Return the result of `action`, which stores all articles, as `fill` does.

        If the store is damaged, `action` is called again with an empty one.
        Raises: StoreError, and what `action` raises.
        """
        self._is_updating = True
        try:
            return action(self._opened())
        except StoreDamaged as damage:
            return action(self._start_over(damage))
        finally:
            self._is_updating = False

    def _read(self, action: Callable[[View], _T]) -> _T:
        with self._opened().snapshot() as view:
            return action(view)

    def _opened(self) -> Store:
        if self._store is None:
            self._store = self._open()
            if self._store.rebuilt:
                self._notify(f"Rebuilding the index: {self._store.rebuilt}")
        return self._store

    def _start_over(self, damage: StoreDamaged) -> Store:
        """Set a damaged store aside and return the one that takes its place."""
        self.close()
        if kept := self._set_aside(damage):
            self._notify(f"{damage.message.rstrip('.')}. Rebuilding the index; {kept}")
        return self._opened()
