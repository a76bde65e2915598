"""The stores on a server, and the lock that the writer of one holds."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass

from index.engines.seekdb.connection import Connection, Locked, NoTable
from index.engines.seekdb.schema import FORMAT, LOCKS, SHARED, STORES, TABLES, creation, table
from index.errors import StoreDamaged, StoreError
from index.store import checksum

CURRENT, MAKING, DAMAGED = b"current", b"making", b"damaged"
"""States of a store. One that is damaged is kept for its vectors until another one is complete."""
LOCK_SECONDS = 0.05
"""How often a lock that another connection holds is asked for."""
REMOVAL_SECONDS = 10.0
"""How long removing a store waits for whoever changes it."""
_COLUMNS = (
    "number, name, state, format, identity, about, articles, passages, files, words,"
    " last_article, last_passage, last_stem, generation, scanned, checksum"
)


class DoneByOthers(Exception):
    """Whoever holds a lock has done what it was waited for."""


@dataclass(frozen=True, slots=True)
class StoreRow:
    """What the table of all stores says about one."""

    number: int
    """Never that of another store, not even of a removed one."""
    name: bytes
    state: bytes
    format: int
    identity: bytes
    """The encoder, how passages are split and worded, and the dimension, as JSON."""
    about: bytes
    """As passed to `OpenStore`, as JSON."""
    articles: int = 0
    passages: int = 0
    files: int = 0
    words: int = 0
    """Of all passages together."""
    last_article: int = 0
    """The highest id that any article ever had; likewise of passages and stems."""
    last_passage: int = 0
    last_stem: int = 0
    generation: int = 0
    """Increased with every change."""
    scanned: bytes = b""
    """What `Store.note_scan` noted, if nothing was stored or removed since."""

    @property
    def state_number(self) -> tuple[int, int]:
        """What changes whenever something is stored or removed."""
        return self.number, self.generation

    @property
    def dimension(self) -> int:
        """Of the vectors."""
        return int(json.loads(self.identity)[1])

    def table(self, name: str) -> str:
        """Return the full name of a table. name: one of `TABLES`."""
        return table(self.number, name)

    def checksum(self) -> bytes:
        """Return the checksum of all values except the number and the state."""
        _, name, _, *others = astuple(self)
        return checksum.of_values(name, *others)


def identity_of(identity: str, dimension: int) -> bytes:
    """Return what is stored of the identity of a store."""
    return json.dumps([identity, dimension]).encode()


def damaged(message: str, number: int) -> StoreDamaged:
    """Return the error for a damaged store with this number."""
    damage = StoreDamaged(message)
    damage.database = 0, number
    return damage


def prepare(connection: Connection) -> None:
    """Create the tables that all stores share, if there are none."""
    for statement in SHARED:
        connection.change(statement)


def rows(connection: Connection, which: str, *values: object) -> list[StoreRow]:
    """Return stores, each of them checked. which: a WHERE clause. Raises: StoreDamaged."""
    found = []
    for row, is_sound in _noted(connection, which, *values):
        if not is_sound:
            shown = row.name.decode("utf-8", "replace")
            raise damaged(f"The server's record of the store {shown} is damaged.", row.number)
        found.append(row)
    return found


def current(connection: Connection, name: bytes, *, lock: bool = False) -> StoreRow | None:
    """Return the store with this name, if there is one. lock: whether to lock its row."""
    which = "WHERE name = %s AND state = %s ORDER BY number DESC LIMIT 1"
    found = rows(connection, which + " FOR UPDATE" * lock, name, CURRENT)
    return found[0] if found else None


def all_current(connection: Connection) -> list[tuple[StoreRow, bool]]:
    """Return all stores, by name, and whether the record of each is sound. Changes nothing."""
    try:
        return _noted(connection, "WHERE state = %s ORDER BY name", CURRENT)
    except NoTable:
        return []


def exists(connection: Connection, name: bytes) -> bool:
    """Return whether there is a store with this name, in any state. Changes nothing."""
    try:
        return bool(_numbers(connection, name))
    except NoTable:
        return False


def update(connection: Connection, row: StoreRow) -> None:
    """Write all values of a store. Call inside a transaction that has locked its row."""
    names = _COLUMNS.split(", ")[1:]
    assignments = ", ".join(f"{name} = %s" for name in names)
    values = (*astuple(row)[1:], row.checksum(), row.number)
    connection.change(f"UPDATE {STORES} SET {assignments} WHERE number = %s", values)


def create(
    connection: Connection, name: bytes, identity: bytes, about: Mapping[str, str], dimension: int
) -> None:
    """Create an empty store, which replaces that of the same name. Call while holding its lock.

    Tables are not part of a transaction, so they are created before, and removed afterwards. What
    an earlier call has left behind is removed, too.
    """
    made = json.dumps(dict(about)).encode()
    row = StoreRow(0, name, MAKING, FORMAT, identity, made)
    places = ", ".join(["%s"] * (len(_COLUMNS.split(", ")) - 1))
    number = connection.insert(
        f"INSERT INTO {STORES} ({_COLUMNS.partition(', ')[2]}) VALUES ({places})",
        (*astuple(row)[1:], row.checksum()),
    )
    for each in TABLES:
        connection.change(creation(number, each, dimension))
    row = StoreRow(number, name, CURRENT, FORMAT, identity, made)
    with connection.transaction():
        for old in rows(connection, "WHERE name = %s AND state = %s FOR UPDATE", name, CURRENT):
            _set_state(connection, old.number, MAKING)
        update(connection, row)
    unused = " AND (state = %s OR (state = %s AND identity != %s))"
    for old_number in _numbers(connection, name, unused, MAKING, DAMAGED, identity):
        drop(connection, old_number)


def is_current(connection: Connection, name: bytes, number: int) -> bool:
    """Return whether no other store has replaced this one."""
    return bool(_numbers(connection, name, " AND state = %s AND number = %s", CURRENT, number))


def set_aside(connection: Connection, name: bytes, number: int) -> bool:
    """Keep a damaged store for its vectors alone; return whether it was still the current one."""
    with connection.transaction():
        found = is_current(connection, name, number)
        if found:
            _set_state(connection, number, DAMAGED)
    return found


def set_aside_of(connection: Connection, row: StoreRow) -> list[StoreRow]:
    """Return the damaged stores that a store replaces, those of the same identity."""
    which = "WHERE name = %s AND state = %s AND format = %s"
    found = connection.query(
        f"SELECT {_COLUMNS} FROM {STORES} {which}", (row.name, DAMAGED, FORMAT)
    )
    others = [StoreRow(*own) for *own, _ in found]
    return [other for other in others if other.identity == row.identity]


def remove(connection: Connection, lock: Connection, name: bytes) -> None:
    """Remove a store and all that was left of others with its name.

    lock: a connection for its lock. Raises: StoreError if another program holds that for long.
    """
    deadline = time.monotonic() + REMOVAL_SECONDS

    def give_up() -> None:
        if time.monotonic() > deadline:
            raise StoreError(
                "Another program is changing the store.", "Try again when it has ended."
            )

    with locked(lock, name, give_up):
        for number in _numbers(connection, name):
            drop(connection, number)


def drop(connection: Connection, number: int) -> None:
    """Remove the tables of a store, then its row."""
    connection.change(f"DROP TABLE IF EXISTS {', '.join(table(number, each) for each in TABLES)}")
    connection.change(f"DELETE FROM {STORES} WHERE number = %s", (number,))


@contextlib.contextmanager
def locked(
    connection: Connection, name: bytes, on_wait: Callable[[], object] = bool
) -> Iterator[None]:
    """Hold the lock of a store's name; see `Store.writer`. It ends with the connection.

    on_wait: called between two attempts. What it raises ends the waiting.

    A row that a transaction has locked: unlike GET_LOCK, the server releases it as soon as the
    process that holds it is killed.
    """
    # An INSERT would wait for whoever holds the lock, without saying so.
    if not connection.query(f"SELECT 1 FROM {LOCKS} WHERE name = %s", (name,)):
        connection.change(f"INSERT IGNORE INTO {LOCKS} VALUES (%s)", (name,))
    with connection.transaction():
        query = f"SELECT 1 FROM {LOCKS} WHERE name = %s FOR UPDATE NOWAIT"
        while True:
            try:
                connection.query(query, (name,))
                break
            except Locked:
                on_wait()
                time.sleep(LOCK_SECONDS)
        yield


def require_lock(lock: Connection, name: bytes) -> None:
    """Do nothing inside `locked`. Raises: StoreError if the server has ended its transaction."""
    lock.query(f"SELECT 1 FROM {LOCKS} WHERE name = %s", (name,))


def _noted(connection: Connection, which: str, *values: object) -> list[tuple[StoreRow, bool]]:
    """Return stores, and whether each is as it was written. which: a WHERE clause."""
    found = connection.query(f"SELECT {_COLUMNS} FROM {STORES} {which}", values)
    stores = [(StoreRow(*own), stored) for *own, stored in found]
    return [(row, row.checksum() == stored) for row, stored in stores]


def _numbers(connection: Connection, name: bytes, which: str = "", *values: object) -> list[int]:
    """Return the numbers of stores with a name, without checking their rows.

    which: more of the WHERE clause.
    """
    query = f"SELECT number FROM {STORES} WHERE name = %s{which}"
    return [number for (number,) in connection.query(query, (name, *values))]


def _set_state(connection: Connection, number: int, state: bytes) -> None:
    connection.change(f"UPDATE {STORES} SET state = %s WHERE number = %s", (state, number))
