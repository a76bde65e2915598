"""Reads one state of a store, over a connection that may be lost and made again."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from index.engines.seekdb import registry
from index.engines.seekdb.connection import Connection, ConnectionLost, NoTable, Row
from index.engines.seekdb.readiness import IndexReadiness
from index.engines.seekdb.registry import StoreRow
from index.errors import StoreDamaged, StoreError

VALUES_AT_ONCE = 2_000
"""In the list of one statement."""
_BEGIN = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"


class Reading(ABC):
    """Reads a store inside a transaction."""

    @property
    @abstractmethod
    def row(self) -> StoreRow:
        """What the store is."""

    @abstractmethod
    def query(self, sql: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Run a statement; return its rows. Raises: StoreError."""

    def is_index_ready(self) -> bool:
        """Return whether a search in the vector index will not have to wait for it."""
        return True

    def among(self, sql: str, values: Iterable[object]) -> Iterator[Row]:
        """Yield the rows of a statement for any number of values. sql: with a place for a list."""
        left = iter(values)
        while part := list(islice(left, VALUES_AT_ONCE)):
            yield from self.query(sql.format(", ".join(["%s"] * len(part))), part)


class Reader(Reading):
    """Reads a store by its name. A transaction sees one state of all tables."""

    def __init__(self, connection: Connection, name: bytes) -> None:
        """Connect to nothing yet. connection: with REPEATABLE-READ, for this reader alone."""
        self.connection = connection
        self._name = name
        self._row: StoreRow | None = None
        self._readiness = IndexReadiness(connection.address)

    @property
    def row(self) -> StoreRow:
        """What the store is. Inside `snapshot`."""
        assert self._row is not None
        return self._row

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads inside see the same state. Can be nested.

        Raises: StoreError; StoreDamaged, with the number of the store.
        """
        if self._row is not None:
            yield
            return
        try:
            row = self._begun()
        except ConnectionLost:
            row = self._begun()
        self._row = row
        try:
            yield
        except StoreDamaged as damage:
            damage.database = damage.database or (0, row.number)
            raise
        finally:
            self._row = None
            with contextlib.suppress(StoreError):  # nothing was written
                if self.connection.is_open:
                    self.connection.change("COMMIT")

    def query(self, sql: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Run a statement inside `snapshot`.

        A lost connection is made again, if the store has not changed since. Raises: StoreError.
        """
        try:
            return self.connection.query(sql, values)
        except ConnectionLost:
            if self._begun() != self.row:
                raise
            return self.connection.query(sql, values)
        except NoTable as error:
            raise StoreDamaged(error.message) from error

    def is_index_ready(self) -> bool:
        """Return whether a search in the vector index will not have to wait for it."""
        return self._readiness.is_ready(self.row, self.connection.number)

    def _begun(self) -> StoreRow:
        """Begin a transaction; return what the store is in it. Raises: StoreError."""
        try:
            self.connection.change(_BEGIN)
            row = registry.current(self.connection, self._name)
        except NoTable:
            row = None
        if row is None:
            self.connection.close()
            raise StoreDamaged("The store was removed from the server.")
        return row
