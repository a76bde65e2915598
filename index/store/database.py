"""One connection to a store's database: its transactions, and the values kept in `meta`."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.errors import StoreDamaged, StoreError
from index.store import schema
from index.store.errors import damaged, mapped_errors, mapped_os_errors, not_a_store
from index.store.files import DATABASE, check_no_folders, database_id, writer_lock

BUSY_SECONDS = 30
"""How long to wait for another process that holds a lock."""


class Database:
    """One connection, in transactions begun by hand. The chat asks from threads, one at a time."""

    def __init__(self, folder: Path, identity: tuple[str, int], about: Mapping[str, str]) -> None:
        """Open the database in `folder`, or make it; empty it if it is for another identity.

        `rebuilt` then says why. The name of the folder is part of the identity: a store that was
        made for a folder of another name is of another corpus. `about` is written into a new one
        for `describe`.

        Raises: StoreError; StoreDamaged when it cannot be read.
        """
        self.folder = folder
        self.rebuilt = ""
        self._notes: list[tuple[str, str, int]] = []
        with mapped_os_errors(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = database_id(folder)
        # Where there is none, another process may be setting it aside, file by file.
        with contextlib.nullcontext() if self._file else writer_lock(folder):
            self._connection = self._connected()
            try:
                with self._mapped_errors():
                    wanted = json.dumps([schema.FORMAT, *identity, folder.absolute().name])
                    self._prepare(wanted, about)
            except BaseException:
                self._connection.close()
                raise

    def _connected(self) -> sqlite3.Connection:
        """Return a connection, and make sure that `_file` is what it is connected to."""
        self._file = self._file or database_id(self.folder)
        # One that was there is never made here, in case another process is setting it aside.
        mode = "rw" if self._file else "rwc"
        with self._mapped_errors():
            check_no_folders(self.folder)
            connection = connected(self.folder, mode, BUSY_SECONDS, check_same_thread=False)
        self._file = self._file or database_id(self.folder)
        return connection

    def close(self) -> None:
        """Let go of the file. A closed database cannot be used again."""
        self._connection.close()

    def _check_in_place(self) -> None:
        """Raise StoreDamaged if another process has set this database aside.

        What SQLite opens by name from then on, such as the log, belongs to another database.
        """
        if database_id(self.folder) != self._file:
            raise StoreDamaged(f"The store in {self.folder} was replaced.")

    @contextlib.contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        """Like `mapped_errors`; an error that a replaced database causes is StoreDamaged."""
        try:
            try:
                with mapped_errors(self.folder / DATABASE):
                    yield
            except StoreDamaged:
                raise
            except StoreError:
                self._check_in_place()
                raise
        except StoreDamaged as damage:
            damage.database = self._file
            raise

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> sqlite3.Cursor:
        """Run one statement; inside `reading` or `writing`, which map its errors."""
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of the rows; inside `writing`."""
        self._connection.executemany(sql, rows)

    def _prepare(self, identity: str, about: Mapping[str, str]) -> None:
        if schema.is_of_another_program(self.folder, self._connection):
            raise not_a_store(self.folder / DATABASE)
        self._let_readers_in()
        with self.reading():
            found = self._found_identity()  # by now SQLite has opened all of its files
            self._check_in_place()
            if found == identity:
                self._check_fixed()
                return
        with self.writing():
            found = self._found_identity()  # another process may have been faster
            if found == identity:
                self._check_fixed()
                return
            if found is not None:
                self.rebuilt = (
                    "the store was made by another version or model, or for other articles"
                )
            schema.create(self._connection, identity, about)

    def _check_fixed(self) -> None:
        if self.meta("fixed") != schema.fixed_checksum(self._connection):
            raise damaged(self.folder, "its tables are not those that were made")

    def _let_readers_in(self) -> None:
        """Have readers and a writer work at the same time (write-ahead log)."""
        deadline = time.monotonic() + BUSY_SECONDS
        while self._connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                self._connection.execute("PRAGMA journal_mode = wal")
                return  # also where the file system has no such mode: it works without
            except sqlite3.OperationalError as error:  # only here, SQLite does not wait
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _found_identity(self) -> str | None:
        """Return what the store was made for; None for an empty one, "" for an unknown one."""
        tables = {row[0] for row in self._connection.execute("SELECT name FROM sqlite_master")}
        if not tables:
            return None
        return self.meta("identity") if "meta" in tables else ""

    def meta(self, key: str) -> str:
        """Return what is noted under `key`; empty where there is nothing."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def set_meta(self, key: str, value: str) -> None:
        """Note a value under `key`; inside `writing`."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def generation(self) -> int:
        """Return a number that changes whenever the passages do. Raises: StoreDamaged."""
        return self._number("generation")

    def advance(self) -> None:
        """Note that the passages have changed; inside `writing`."""
        self.set_meta("generation", str(self.generation() + 1))

    def count(self, what: str) -> int:
        """Return how many rows a table of `COUNTED` must have. Raises: StoreDamaged."""
        return self._number(what)

    def change_count(self, what: str, by: int) -> None:
        """Note that a table of `COUNTED` has more rows, or fewer where `by` is negative."""
        self.set_meta(what, str(self.count(what) + by))

    def _number(self, key: str) -> int:
        written = self.meta(key)
        if not isinstance(written, str) or not written.isdecimal():
            raise damaged(self.folder, f"its {key} is {written!r}")
        return int(written)

    def note(self, key: str, value: str, *, generation: int) -> None:
        """Note a value under `key` if the store still is of this generation; inside `reading`.

        Done when the reading has ended: without a write-ahead log, it would wait for itself.
        """
        self._notes.append((key, value, generation))

    def _write_notes(self) -> None:
        notes, self._notes = self._notes, []
        if not notes:
            return
        with self.writing():
            for key, value, generation in notes:
                if self.generation() == generation:
                    self.set_meta(key, value)

    def check_pages(self) -> None:
        """Make sure that a write hits no page in use: in a damaged file it could.

        Inside `reading`. Raises: StoreDamaged.
        """
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise damaged(self.folder, found)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction: all of it is kept, or nothing."""
        with self._mapped_errors():
            self._check_in_place()
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Everything read inside sees the store as it was at one moment. Can be nested."""
        with self._mapped_errors():
            outermost = not self._connection.in_transaction
            if outermost:
                self._check_in_place()
                self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._notes.clear()
                raise
            finally:
                if outermost and self._connection.in_transaction:
                    self._connection.execute("COMMIT")
            if outermost:
                self._write_notes()


def connected(
    folder: Path, mode: str, busy_seconds: float, *, check_same_thread: bool = True
) -> sqlite3.Connection:
    """Return a connection to the database in a folder. mode: as in SQLite's URIs: ro, rw, rwc."""
    return sqlite3.connect(
        f"{(folder / DATABASE).absolute().as_uri()}?mode={mode}",
        busy_seconds,
        isolation_level=None,
        check_same_thread=check_same_thread,
        uri=True,
    )
