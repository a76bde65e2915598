"""What an adapter to a server provides, besides the store of `index.store.protocol`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.store.protocol import Store, StoreHandle, View
from index.types import Notify


@dataclass(frozen=True, slots=True)
class StoredCorpus:
    """A store on a server, as it describes itself."""

    name: str
    about: Mapping[str, str]
    """As passed to `Engine.open_store`."""
    articles: int
    passages: int
    bytes: int = 0
    """On the server's disk; 0 if that is not known."""
    problem: str = ""
    """Why the next question rebuilds it; empty if it does not."""

    @property
    def paths(self) -> tuple[str, ...]:
        """What it was made of; its name if it does not say that."""
        try:
            return tuple(map(str, json.loads(self.about["paths"])))
        except (ValueError, KeyError, TypeError):
            return (self.name,)


class Engine(Protocol):
    """A server that has stores, by name.

    Every method connects by itself. Each raises StoreError, without the password in it, if the
    server cannot be reached or refuses.
    """

    def open_store(
        self,
        folder: Path,
        *,
        dimension: int,
        identity: str,
        about: Mapping[str, str],
        fill: Callable[[Store], object],
        notify: Notify,
    ) -> StoreHandle:
        """Open or create a store; see `OpenStore`. The name of the folder names it."""

    def version(self) -> str:
        """Return the name and version of the server, such as "Milvus 2.5.4"."""

    def stores(self) -> list[StoredCorpus]:
        """Return all stores, by name. Changes nothing."""

    def snapshot(self, name: str) -> AbstractContextManager[View]:
        """Return a view of a store as it is, whatever its identity. Changes nothing.

        `nearest` asks the server's index, even where a question would have all vectors compared,
        and however long the server needs to load it.

        Raises: StoreError if there is no such store.
        """

    def remove(self, name: str) -> None:
        """Delete a store and all that belongs to it; nothing if there is none.

        Raises: StoreError also if another program is changing it all the time.
        """
