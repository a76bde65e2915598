"""One connection to the server. The only module that knows the library for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from index.engines.address import EngineAddress
from index.errors import StoreError

if TYPE_CHECKING:
    import pymysql
    from pymysql.cursors import Cursor

Row = tuple[Any, ...]
CONNECT_SECONDS = 10
ANSWER_SECONDS = 600
"""How long a statement may take, unless said otherwise."""
LOCKED_SECONDS = 30 * 24 * 3600
"""How long a transaction may take: as long as indexing, which holds a lock."""
EXPLORED = 2_000
"""How many passages a search in the vector index compares: see tests/benchmark/README.md."""
_SESSION = (
    "SET autocommit = 1, sql_mode = 'STRICT_ALL_TABLES', transaction_isolation = %s,"
    f" ob_query_timeout = %s, ob_hnsw_ef_search = {EXPLORED},"
    f" ob_trx_timeout = {LOCKED_SECONDS * 1_000_000}"
)
_CLOSED = 0
_LOST = frozenset([_CLOSED, 2006, 2013, 2055, 4002, 5066])
"""Codes of errors that end a connection. 0: it was closed before."""
_UNREACHABLE, _REFUSED, _NO_DATABASE, _NO_TABLE = 2003, 1045, 1049, 1146
_LOCKED = frozenset([1205, 3572, 6003])
_UNSUPPORTED = frozenset([1064, 1193, 1231, 1235])
"""What a server without vectors says of the statements here."""


class ConnectionLost(StoreError):
    """The connection has ended; what was not committed is undone."""


class Locked(StoreError):
    """Another connection holds the lock of a row."""


class NoTable(StoreError):
    """A table does not exist."""


class Connection:
    """A connection that is made when it is first used. Threads can share it, one at a time."""

    def __init__(
        self, address: EngineAddress, isolation: str, *, answer_seconds: int = ANSWER_SECONDS
    ) -> None:
        """Connect to nothing yet.

        isolation: of its transactions, such as READ-COMMITTED.
        answer_seconds: how long a statement may take.
        """
        self.address = address
        self._isolation = isolation
        self._answer_seconds = answer_seconds
        self._opened: pymysql.Connection | None = None
        self._is_in_transaction = False
        self.number = 0
        """How many connections were made."""

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known without asking the server."""
        return self._opened is not None

    def close(self) -> None:
        """End the connection, and undo what was not committed. It can be used again."""
        opened, self._opened = self._opened, None
        if opened is not None:
            with contextlib.suppress(Exception):  # it may be closed already
                opened.close()

    def query(self, sql: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Run a statement; return its rows. Raises: StoreError."""
        rows: Sequence[Row] = self._run(sql, values).fetchall()
        return rows

    def change(self, sql: str, values: Sequence[object] = ()) -> int:
        """Run a statement; return how many rows it has changed. Raises: StoreError."""
        return int(self._run(sql, values).rowcount)

    def insert(self, sql: str, values: Sequence[object] = ()) -> int:
        """Insert a row; return the number that the server gave it. Raises: StoreError."""
        return int(self._run(sql, values).lastrowid)

    def change_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Run an INSERT for many rows, in a few statements. Raises: StoreError."""
        self._run(sql, list(rows), many=True)

    @contextlib.contextmanager
    def transaction(self, begin: str = "START TRANSACTION") -> Iterator[None]:
        """Run a transaction: all of it is committed, or nothing. Raises: StoreError.

        If the connection is lost, all later statements inside raise ConnectionLost.
        """
        self.change(begin)
        self._is_in_transaction = True
        try:
            yield
            self.change("COMMIT")
        except BaseException:
            # Whatever the server still does for it ends with the connection.
            self.close()
            raise
        finally:
            self._is_in_transaction = False

    def _run(self, sql: str, values: Sequence[object], *, many: bool = False) -> Cursor:
        """Run a statement; return the cursor that has the result. many: values are rows."""
        with self._mapped_errors(), self._connected().cursor() as cursor:
            if many:
                cursor.executemany(sql, values)
            else:
                cursor.execute(sql, tuple(values) or None)
            return cursor

    def _connected(self) -> pymysql.Connection:
        import pymysql

        if self._opened is None:
            if self._is_in_transaction:
                raise self._mapped(_CLOSED, "in the middle of a transaction")
            to = self.address
            opened = pymysql.connect(
                host=to.host,
                port=to.port,
                user=to.user,
                password=to.password,
                database=to.database,
                charset="utf8mb4",
                binary_prefix=True,
                connect_timeout=CONNECT_SECONDS,
                read_timeout=CONNECT_SECONDS,  # of the greeting: another program may never send one
                write_timeout=self._answer_seconds,
            )
            opened._read_timeout = self._answer_seconds  # no option sets one for statements alone
            self._opened = opened
            self.number += 1
            with opened.cursor() as cursor:
                cursor.execute(_SESSION, (self._isolation, self._answer_seconds * 1_000_000))
        return self._opened

    @contextlib.contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        """Turn the errors of the library into those of this program."""
        import pymysql

        try:
            yield
        except (pymysql.MySQLError, OSError, EOFError) as error:
            arguments = [*error.args, "", ""]
            code = arguments[0] if isinstance(arguments[0], int) else 0
            mapped = self._mapped(code, str(arguments[1] or error))
            if isinstance(mapped, ConnectionLost) or code not in _LOCKED | {_NO_TABLE}:
                self.close()
            raise mapped from error
        except BaseException:
            self.close()  # an answer may be half read
            raise

    def _mapped(self, code: int, cause: str) -> StoreError:
        at = str(self.address)
        if code == _UNREACHABLE:
            return StoreError(
                f"Nothing answers at {at}: {cause}",
                "Start the server, or check host and port.",
            )
        if code == _REFUSED:
            return StoreError(
                f"{at} refuses the user or the password.",
                "Check the user in the address, and the password in QA_STORE_PASSWORD.",
            )
        if code == _NO_DATABASE:
            return StoreError(
                f"The server has no database {self.address.database}.",
                f"Create it: CREATE DATABASE `{self.address.database}`",
            )
        if code in _LOCKED:
            return Locked(f"Another program is changing the store at {at}.", "Try again later.")
        if code == _NO_TABLE:
            return NoTable(f"A table of the store at {at} is missing: {cause}", "Ask again.")
        if code in _LOST:
            return ConnectionLost(
                f"The connection to {at} was lost: {cause}",
                "What was indexed so far is kept. Try again when the server answers.",
            )
        if code in _UNSUPPORTED:
            return StoreError(
                f"{at} cannot hold a store: {cause}",
                "Use seekdb 1.4, or OceanBase from 4.3.5 on, which have vector indexes.",
            )
        return StoreError(f"{at} reports: {cause} (error {code})", "See the log of the server.")
