"""One connection to a store's database: its transactions, and the values kept in `meta`."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote_from_bytes

from index.errors import StoreDamaged, StoreError
from index.store import schema, soundness
from index.store.errors import damaged, mapped_errors, mapped_os_errors, not_a_store
from index.store.files import (
    DATABASE,
    check_no_folders,
    database_id,
    has_log,
    is_writable,
    writer_lock,
)

BUSY_SECONDS = 30
"""How long to wait for another process that holds a lock."""


class Database:
    """A connection with explicit transactions. Threads can share it, one at a time."""

    def __init__(self, folder: Path, identity: tuple[str, int], about: Mapping[str, str]) -> None:
        """Open or create the database in `folder`; empty it if it has another identity.

        `rebuilt` then says why. The name of the folder is part of the identity: a store created
        under another name belongs to another corpus. `about` is written to a new database, for
        `describe`.

        Raises: StoreError; StoreDamaged if the database cannot be read.
        """
        self.folder = folder
        self.rebuilt = ""
        self._read_only = False
        """Whether this user cannot write to it, so that it can only be read."""
        self._postponed: list[Callable[[], object]] = []
        """As passed to `write_later`."""
        with mapped_os_errors(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = database_id(folder)
        # If there is none, another process may be setting it aside, file by file.
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
        """Return a connection, and set `_file` to the file that it is connected to."""
        self._file = self._file or database_id(self.folder)
        # If there was a database, don't create one: another process may be setting it aside.
        mode = "rw" if self._file else "rwc"
        with self._mapped_errors():
            check_no_folders(self.folder)
            if self._file and not is_writable(self.folder):
                self._read_only = True
                mode = "ro" if has_log(self.folder) else "ro&immutable=1"
            connection = connected(self.folder, mode, BUSY_SECONDS, check_same_thread=False)
        self._file = self._file or database_id(self.folder)
        return connection

    def close(self) -> None:
        """Close the file. A closed database cannot be used again."""
        self._connection.close()

    def _check_in_place(self) -> None:
        """Raise StoreDamaged if another process has set this database aside.

        From then on, the files that SQLite opens by name, such as the log, belong to another one.
        """
        if database_id(self.folder) != self._file:
            raise StoreDamaged(f"The store in {self.folder} was replaced.")

    @contextlib.contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        """Like `mapped_errors`, but raise StoreDamaged if the database has been replaced."""
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
        """Run a statement. Call inside `reading` or `writing`, which map its errors."""
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each row. Call inside `writing`."""
        self._connection.executemany(sql, rows)

    def _prepare(self, identity: str, about: Mapping[str, str]) -> None:
        if schema.is_of_another_program(self.folder, self._connection):
            raise not_a_store(self.folder / DATABASE)
        if not self._read_only:
            self._enable_log()
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
                self.rebuilt = "the store is from another version or model, or for other articles"
            schema.create(self._connection, identity, about)

    def _check_fixed(self) -> None:
        found = schema.fixed_checksum(self._connection)
        soundness.require(soundness.of_fixed(found, self.meta("fixed")))

    def _enable_log(self) -> None:
        """Switch to a write-ahead log, so that readers and a writer can work at the same time."""
        deadline = time.monotonic() + BUSY_SECONDS
        while self._connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                self._connection.execute("PRAGMA journal_mode = wal")
                return  # also if the file system does not support it: it works without
            except sqlite3.OperationalError as error:  # here SQLite does not wait for locks
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def _found_identity(self) -> str | None:
        """Return the identity of the store; None if it is empty, "" if it has no identity."""
        tables = {row[0] for row in self._connection.execute("SELECT name FROM sqlite_master")}
        if not tables:
            return None
        return self.meta("identity") if "meta" in tables else ""

    def meta(self, key: str) -> str:
        """Return the value of `key` in the table `meta`; empty if there is none."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def set_meta(self, key: str, value: str) -> None:
        """Set the value of `key` in the table `meta`. Call inside `writing`."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def version(self) -> tuple[int, int]:
        """Return numbers that change whenever a row does. Call inside `reading`."""
        (by_others,) = self.execute("PRAGMA data_version").fetchone()
        return by_others, self._connection.total_changes

    def generation(self) -> int:
        """Return a number that changes whenever the passages do. Raises: StoreDamaged."""
        return self._number("generation", "generation")

    def advance(self) -> None:
        """Change the generation, because the passages have changed. Call inside `writing`."""
        self.set_meta("generation", str(self.generation() + 1))

    def count(self, what: str) -> int:
        """Return how many rows a table of `COUNTED` should have. Raises: StoreDamaged."""
        return self._number(what, f"number of {what}")

    def change_count(self, what: str, by: int) -> None:
        """Add `by` to the number of rows that a table of `COUNTED` should have."""
        self.set_meta(what, str(self.count(what) + by))

    def _number(self, key: str, what: str) -> int:
        written = self.meta(key)
        soundness.require(soundness.of_number(what, written))
        return int(written)

    def set_meta_later(self, key: str, value: str, *, generation: int) -> None:
        """Set the value of `key` once `reading` ends, if the store still has this generation."""

        def set_it() -> None:
            if self.generation() == generation:
                self.set_meta(key, value)

        self.write_later(set_it)

    def write_later(self, action: Callable[[], object]) -> None:
        """Call `action` inside `writing` once `reading` ends, unless that ends with an error.

        Not if this user cannot write. Call inside `reading`. Without a write-ahead log, a write
        inside it would wait for itself.
        """
        if not self._read_only:
            self._postponed.append(action)

    def _write_postponed(self) -> None:
        postponed, self._postponed = self._postponed, []
        if postponed:
            with self.writing():
                for action in postponed:
                    action()

    def check_pages(self) -> None:
        """Check the pages: in a damaged file, a write could overwrite one that is in use.

        Call inside `reading`. Raises: StoreDamaged.
        """
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise damaged(self.folder, found)

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Run a transaction: all of it is committed, or nothing."""
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
        """Run a read transaction: all reads inside see the same state. Can be nested."""
        with self._mapped_errors():
            outermost = not self._connection.in_transaction
            if outermost:
                self._check_in_place()
                self._connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._postponed.clear()
                raise
            finally:
                if outermost and self._connection.in_transaction:
                    self._connection.execute("COMMIT")
            if outermost:
                self._write_postponed()


def connected(
    folder: Path,
    mode: str,
    busy_seconds: float,
    *,
    check_same_thread: bool = True,
    name: str = DATABASE,
) -> sqlite3.Connection:
    """Return a connection to the database in a folder, or to another one with a name.

    mode: ro, rw or rwc, as in SQLite's URIs. With ro&immutable=1, SQLite writes no files of its
    own and sets no locks; a change by another process is then noticed by the checksums.
    """
    return sqlite3.connect(
        f"{file_uri((folder / name).absolute())}?mode={mode}",
        busy_seconds,
        isolation_level=None,
        check_same_thread=check_same_thread,
        uri=True,
    )


def file_uri(path: PurePath) -> str:
    """Return the URI by which SQLite opens an absolute path.

    `Path.as_uri` makes the server of a UNC path the authority of the URI, which SQLite refuses.
    """
    posix = path.as_posix()
    slash = "" if posix.startswith("/") else "/"  # before a drive letter
    return f"file://{slash}{quote_from_bytes(os.fsencode(posix), safe='/:')}"
