"""A Milvus server as `--store` reaches it; see `Engine`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from index.engines.address import EngineAddress
from index.engines.engine import StoredCorpus
from index.engines.milvus.client import NAMED, Client, collections_of
from index.engines.milvus.deleting import drop_damaged, drop_unused
from index.engines.milvus.records import Records, State
from index.engines.milvus.store import MilvusStore
from index.engines.milvus.view import MilvusView
from index.errors import StoreDamaged, StoreError
from index.store.protocol import Store, StoreHandle
from index.store.recovering import RecoveringStore
from index.types import Notify

NAME = "name"
"""Key of what a store says about itself, for its name: collections have only letters and digits."""


class MilvusEngine:
    """See `Engine`."""

    def __init__(self, address: EngineAddress) -> None:
        self._address = address

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
        name = folder.name

        def open_it() -> Store:
            client = Client(self._address)
            try:
                return MilvusStore(
                    client, name, dimension=dimension, identity=identity,
                    about={**about, NAME: name},
                )  # fmt: skip
            except BaseException:
                client.close()
                raise

        def set_aside(damage: StoreDamaged) -> str:
            with self._connected() as client:
                is_dropped = drop_damaged(client, name, damage)
            return "the damaged one was deleted" if is_dropped else ""

        return RecoveringStore(open_it, set_aside=set_aside, fill=fill, notify=notify)

    def version(self) -> str:
        """Return the name and version of the server."""
        with self._connected() as client:
            version = client.version()
        return version if "milvus" in version.lower() else f"Milvus {version.removeprefix('v')}"

    def stores(self) -> list[StoredCorpus]:
        """Return all stores, by name. Changes nothing."""
        found = []
        with self._connected() as client:
            for collection in client.collections():
                if NAMED.fullmatch(collection):
                    found.append(self._described(client, collection))
        return sorted(found, key=lambda store: store.name)

    def _described(self, client: Client, collection: str) -> StoredCorpus:
        name = collection.removeprefix("qa_").removesuffix("_records")
        try:
            state = Records(client, name).latest(None)
        except StoreDamaged as damage:
            return StoredCorpus(name, {}, 0, 0, problem=damage.message)
        if state is None:
            return StoredCorpus(name, {}, 0, 0, problem="it was never finished")
        catalogue = state.catalogue
        named = str(catalogue.about.get(NAME, name))
        return StoredCorpus(named, catalogue.about, len(catalogue.headers), catalogue.passages)

    @contextlib.contextmanager
    def snapshot(self, name: str) -> Iterator[MilvusView]:
        """Return a view of a store as it is, whatever its identity. Changes nothing."""
        with self._connected() as client:
            state = self._state(client, name)
            if state is None:
                raise StoreError(f"{self._address} has no store {name}.")
            yield MilvusView(client, Records(client, name), state)

    def remove(self, name: str) -> None:
        """Delete a store and all that belongs to it; nothing if there is none."""
        with self._connected() as client:
            drop_unused(client, name)

    def _state(self, client: Client, name: str) -> State | None:
        """Return the state of a store; None if there is none, or it cannot be read."""
        if collections_of(name)[1] not in client.collections():
            return None
        with contextlib.suppress(StoreDamaged):
            return Records(client, name).latest(None)
        return None

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Client]:
        client = Client(self._address)
        try:
            yield client
        finally:
            client.close()
