"""What can be done with a server of OceanBase or seekdb."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from index.engines.address import EngineAddress
from index.engines.engine import StoredCorpus
from index.engines.seekdb import registry
from index.engines.seekdb.connection import ANSWER_SECONDS, Connection, NoTable
from index.engines.seekdb.readiness import INDEX_SECONDS
from index.engines.seekdb.reading import Reader
from index.engines.seekdb.registry import DoneByOthers, StoreRow
from index.engines.seekdb.schema import FORMAT
from index.engines.seekdb.store import SeekdbStore
from index.engines.seekdb.view import SeekdbView
from index.errors import StoreDamaged, StoreError
from index.store.protocol import Store, StoreHandle, View
from index.store.recovering import RecoveringStore
from index.types import Notify


class SeekdbEngine:
    """See `Engine`."""

    def __init__(self, address: EngineAddress) -> None:
        """Connect to nothing yet."""
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

        def open_seekdb() -> SeekdbStore:
            return SeekdbStore(
                self._address, name, dimension=dimension, identity=identity, about=about
            )

        def set_aside(damage: StoreDamaged) -> str:
            number = damage.database[1] if damage.database else 0
            is_set_aside = False
            with self._connected() as connection, self._connected() as lock:

                def stop_if_done() -> None:
                    if not registry.is_current(connection, name.encode(), number):
                        raise DoneByOthers

                with (
                    contextlib.suppress(DoneByOthers),
                    registry.locked(lock, name.encode(), stop_if_done),
                ):
                    is_set_aside = registry.set_aside(connection, name.encode(), number)
            return "what is sound in the damaged one is used" if is_set_aside else ""

        return RecoveringStore(open_seekdb, set_aside=set_aside, fill=fill, notify=notify)

    def version(self) -> str:
        """Return the name and version of the server."""
        with self._connected() as connection:
            ((comment,),) = connection.query("SELECT @@version_comment")
        return str(comment).partition(" (")[0]

    def stores(self) -> list[StoredCorpus]:
        """Return all stores, by name. Changes nothing."""
        with self._connected() as connection:
            return [_described(*found) for found in registry.all_current(connection)]

    @contextlib.contextmanager
    def snapshot(self, name: str) -> Iterator[View]:
        """Return a view of a store as it is; see `Engine`."""
        with self._connected("REPEATABLE-READ", INDEX_SECONDS) as connection:
            row = None
            with contextlib.suppress(NoTable):
                row = registry.current(connection, name.encode())
            if row is None or row.format != FORMAT:
                raise StoreError(f"{self._address} has no store {name}.")
            reader = Reader(connection, name.encode())
            with reader.snapshot():
                yield SeekdbView(reader, index_alone=True)

    def remove(self, name: str) -> None:
        """Delete a store and all that belongs to it; nothing if there is none."""
        with self._connected() as connection, self._connected() as lock:
            if registry.exists(connection, name.encode()):
                registry.remove(connection, lock, name.encode())

    @contextlib.contextmanager
    def _connected(
        self, isolation: str = "READ-COMMITTED", answer_seconds: int = ANSWER_SECONDS
    ) -> Iterator[Connection]:
        connection = Connection(self._address, isolation, answer_seconds=answer_seconds)
        try:
            yield connection
        finally:
            connection.close()


def _described(row: StoreRow, is_sound: bool) -> StoredCorpus:
    problem = "" if row.format == FORMAT else "it is from another version"
    if not is_sound:
        problem = "the server's record of it is damaged"
    name = row.name.decode("utf-8", "replace")
    return StoredCorpus(name, _about(row), row.articles, row.passages, problem=problem)


def _about(row: StoreRow) -> dict[str, str]:
    """Return what a store was opened with; nothing if that is damaged."""
    try:
        return {str(key): str(value) for key, value in json.loads(row.about).items()}
    except (ValueError, AttributeError):
        return {}
