"""Opens a store, and starts over with a new one if it turns out to be damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from index.errors import StoreDamaged
from index.store.files import database_id, set_aside, writer_lock
from index.store.local import LocalStore
from index.store.protocol import Store, View

_T = TypeVar("_T")


class RecoveringStore:
    """A local store that is rebuilt from the articles when something in it is damaged.

    Close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        folder: Path,
        *,
        dimension: int,
        identity: str,
        about: Mapping[str, str],
        fill: Callable[[Store], object],
        notify: Callable[[str], object],
    ) -> None:
        """Open or create the store in `folder`. For the other arguments, see `LocalStore`.

        fill: stores all articles in a store that may be empty.
        notify: called with a message when the store is rebuilt.

        Raises: StoreError.
        """
        self.folder = folder
        self._dimension = dimension
        self._identity = identity
        self._about = about
        self._fill = fill
        self._notify = notify
        self._store: LocalStore | None = None
        try:
            self._opened()
        except StoreDamaged as damage:
            self._start_over(damage)

    def __enter__(self) -> RecoveringStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def read(self, action: Callable[[View], _T]) -> _T:
        """Return the result of `action` for the store as it is now.

        If the store is damaged, it is rebuilt and `action` is called again.
        Raises: StoreError, and what `fill` and `action` raise.
        """
        try:
            return self._read(action)
        except StoreDamaged as damage:
            self._fill(self._start_over(damage))
            return self._read(action)

    def update(self, action: Callable[[Store], _T]) -> _T:
        """Return the result of `action`, which stores all articles, as `fill` does.

        If the store is damaged, `action` is called again for an empty one.
        Raises: StoreError, and what `action` raises.
        """
        try:
            return action(self._opened())
        except StoreDamaged as damage:
            return action(self._start_over(damage))

    def _read(self, action: Callable[[View], _T]) -> _T:
        with self._opened().snapshot() as view:
            return action(view)

    def _opened(self) -> LocalStore:
        if self._store is None:
            self._store = LocalStore(
                self.folder,
                dimension=self._dimension,
                identity=self._identity,
                about=self._about,
            )
            if self._store.rebuilt:
                self._notify(f"Rebuilding the index: {self._store.rebuilt}")
        return self._store

    def _start_over(self, damage: StoreDamaged) -> LocalStore:
        """Set a damaged store aside, and return a new one.

        If another process has replaced it already, that one is opened.
        """
        self.close()
        with writer_lock(self.folder):
            if database_id(self.folder) == damage.database:
                kept = set_aside(self.folder)
                self._notify(
                    f"{damage.message.rstrip('.')}. Rebuilding the index; "
                    f"the damaged file is kept as {kept}"
                )
        return self._opened()
