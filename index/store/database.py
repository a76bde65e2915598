"""The database of a store: its tables and transactions, and SQLite errors as our own."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

from index.errors import StoreDamaged, StoreError
from index.store.words import WORDS_TABLE

DATABASE = "articles.sqlite"
FORMAT = 2
"""Raised with every change of the schema: a store of another format is made anew."""
APPLICATION_ID = 0x61714131
"""In the header of every store, as SQLite advises: no other program's database has it."""
FOLDER_NAME = re.compile(r"[A-Za-z0-9.-]+-[0-9a-f]{16}")
"""What the folder of a store is called: a readable name, and 16 digits of a hash."""
BUSY_SECONDS = 30

SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
    checked_ns INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL, title TEXT NOT NULL,
    sha256 TEXT NOT NULL, passages INTEGER NOT NULL, text_checksum BLOB NOT NULL,
    checksum BLOB NOT NULL, text TEXT NOT NULL
);
CREATE INDEX articles_by_content ON articles (sha256);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, checksum BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article, start, "end");
CREATE TABLE encoded (
    text_checksum BLOB PRIMARY KEY, checksum BLOB NOT NULL, vector BLOB NOT NULL
) WITHOUT ROWID;
{WORDS_TABLE};
"""
COUNTED = ("articles", "passages", "files")
"""Tables whose rows are counted in `meta` as well, so that lost ones are missed."""
_FIXED = (
    "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
    "SELECT key, value FROM meta WHERE key = 'identity' OR key LIKE 'about %' ORDER BY key",
)
_WORDS = (
    "SELECT id, block FROM words_data ORDER BY id",
    "SELECT segid, term, pgno FROM words_idx ORDER BY segid, term",
    "SELECT k, v FROM words_config ORDER BY k",
    "SELECT group_concat(id || ' ' || hex(sz)) FROM (SELECT * FROM words_docsize ORDER BY id)",
)
"""All that the word search reads. The last is one row a passage: too many to fetch each."""


class Database:
    """One connection, in transactions begun by hand. The chat asks from threads, one at a time."""

    def __init__(self, folder: Path, identity: tuple[str, int], about: Mapping[str, str]) -> None:
        """Open the database in `folder`, or make it; empty it if it is for another identity.

        `rebuilt` then says why. A store that was made for a folder of another name is of another
        corpus: the name is taken into the identity. `about` is written into a new one for
        `describe`.

        Raises: StoreError; StoreDamaged when it cannot be read.
        """
        self.folder = folder
        self.rebuilt = ""
        self._notes: list[tuple[str, str, int]] = []
        with mapped_os_errors(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_files(folder)
        self._file = database_id(folder)
        # One that was there is never made here: another process may be setting it aside.
        mode = "rw" if self._file else "rwc"
        with self._mapped_errors():
            self._connection = _connected(folder, mode, BUSY_SECONDS, check_same_thread=False)
        self._file = self._file or database_id(folder)
        try:
            with self._mapped_errors():
                self._prepare(json.dumps([FORMAT, *identity, folder.absolute().name]), about)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Let go of the file. A closed database cannot be used again."""
        self._connection.close()

    def _check_in_place(self) -> None:
        """Raise StoreDamaged if another process has set this database aside.

        What SQLite opens by name from then on, the log say, belongs to another database.
        """
        if database_id(self.folder) != self._file:
            raise StoreDamaged(f"The store in {self.folder} was replaced.", REBUILD_HINT)

    @contextlib.contextmanager
    def _mapped_errors(self) -> Iterator[None]:
        """Like `mapped_errors`; an error that comes of a replaced database is StoreDamaged."""
        try:
            with mapped_errors(self.folder):
                yield
        except StoreDamaged:
            raise
        except StoreError:
            self._check_in_place()
            raise

    def execute(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement; inside `reading` or `writing`, which map its errors."""
        return self._connection.execute(sql, values)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of the rows; inside `writing`."""
        self._connection.executemany(sql, rows)

    def note(self, key: str, value: str, *, generation: int) -> None:
        """Write a `meta` value down if the store still is of this generation; inside `reading`.

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

    def _prepare(self, identity: str, about: Mapping[str, str]) -> None:
        if _is_foreign(self.folder, self._connection):
            raise not_a_store(self.folder)
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
            tables = [
                row[0]
                for row in self._connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                    " AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
                    " AND name NOT LIKE 'words~_%' ESCAPE '~'"
                )
            ]
            for table in tables:
                self._connection.execute(f'DROP TABLE "{table}"')
            self._connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            for statement in SCHEMA.split(";\n"):
                self._connection.execute(statement)
            self.set_meta("identity", identity)
            # Never that of a store before this one, which another process may still have open.
            self.set_meta("generation", str(time.time_ns()))
            for what in COUNTED:
                self.set_meta(what, "0")
            for key, value in about.items():
                self.set_meta(f"about {key}", value)
            self.set_meta("fixed", fixed_checksum(self._connection))

    def _check_fixed(self) -> None:
        if self.meta("fixed") != fixed_checksum(self._connection):
            raise self.damaged("its tables are not those that were made")

    def _let_readers_in(self) -> None:
        """Have readers and a writer work at the same time (write-ahead log)."""
        deadline = time.monotonic() + BUSY_SECONDS
        while self._connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            try:
                self._connection.execute("PRAGMA journal_mode = wal")
                return  # also where the file system has no such mode: it works without
            except sqlite3.OperationalError as error:  # here alone SQLite waits for nobody
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
        """Return what is written down under `key`; empty where there is nothing."""
        row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def generation(self) -> int:
        """Return how often the passages have changed. Raises: StoreDamaged."""
        return self._number("generation")

    def count(self, what: str) -> int:
        """Return how many rows a table of `COUNTED` must have. Raises: StoreDamaged."""
        return self._number(what)

    def change_count(self, what: str, by: int) -> None:
        """Take down that a table of `COUNTED` has more or, `by` below 0, fewer rows."""
        self.set_meta(what, str(self.count(what) + by))

    def _number(self, key: str) -> int:
        written = self.meta(key)
        if not isinstance(written, str) or not written.isdecimal():
            raise self.damaged(f"its {key} is {written!r}")
        return int(written)

    def words_checksum(self) -> str:
        """Return the checksum of all that the word search reads; inside `reading`."""
        return words_checksum(self._connection)

    def check_pages(self) -> None:
        """Make sure that a write hits no page in use: in a damaged file it could.

        Inside `reading`. Raises: StoreDamaged.
        """
        (found,) = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self.damaged(found)

    def damaged(self, cause: str) -> StoreDamaged:
        """Return the error of a store whose content is not what was written."""
        return StoreDamaged(f"The store in {self.folder} is damaged: {cause}", REBUILD_HINT)

    def set_meta(self, key: str, value: str) -> None:
        """Write a value down under `key`; inside `writing`."""
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

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
        """Everything read inside sees the store as it stood at one moment. May be nested."""
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


def describe(folder: Path) -> dict[str, str] | None:
    """Return what a store in `folder` says about itself and its size; None where there is none.

    Keys: those of `about`, "articles" and "passages". Only reads. Raises: StoreDamaged, StoreError.
    """
    if not (folder / DATABASE).is_file():
        return None
    with opened_to_read(folder) as db:
        rows = db.execute("SELECT key, value FROM meta WHERE key LIKE 'about %'")
        about = {key.removeprefix("about "): value for key, value in rows}
        for table in ("articles", "passages"):
            about[table] = str(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    return about


@contextlib.contextmanager
def opened_to_read(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that is there, only to be read, as it stands at one moment.

    Where a log stands beside it, a file with the log's page numbers may be left there too.
    Raises: StoreDamaged, StoreError.
    """
    _check_files(folder)
    # Whoever may only read leaves SQLite's own files behind, and whoever may write writes back
    # the log of a process that was stopped. So it is the latter only where there is no log.
    logs = [Path(f"{folder / DATABASE}{suffix}") for suffix in ("-wal", "-journal")]
    mode = "ro" if any(log.exists() for log in logs) else "rw"
    with mapped_errors(folder), contextlib.closing(_connected(folder, mode, BUSY_SECONDS)) as db:
        db.execute("BEGIN")
        yield db


def check_writable(folder: Path) -> None:
    """Find out whether the header of a database says that it is never to be written.

    Inside `opened_to_read`: else a log would be written back when this one is the last to close.
    Raises: StoreDamaged.
    """
    try:
        with mapped_errors(folder), contextlib.closing(_connected(folder, "rw", 0)) as db:
            db.execute("UPDATE meta SET value = value WHERE 0")
    except StoreDamaged:
        raise
    except StoreError:
        pass  # another process writes, or this one lacks the permission: not the file's fault


def _connected(
    folder: Path, mode: str, busy_seconds: float, *, check_same_thread: bool = True
) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{(folder / DATABASE).absolute().as_uri()}?mode={mode}",
        busy_seconds,
        isolation_level=None,
        check_same_thread=check_same_thread,
        uri=True,
    )


def is_foreign(folder: Path) -> bool:
    """Tell whether the database in `folder` cannot be told to be a store's: it is left alone.

    A store has this program's number in its header, or what it was made for in a table; one
    that cannot be read any more stands in a folder that is named like a store's.

    Raises: StoreError.
    """
    if not (folder / DATABASE).exists():
        return False
    try:
        with opened_to_read(folder) as db:
            return _is_foreign(folder, db)
    except StoreDamaged:
        return not _is_named_like_ours(folder)


def _is_foreign(folder: Path, db: sqlite3.Connection) -> bool:
    if _is_named_like_ours(folder):
        return False
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if not tables or db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return False
    columns = {row[1] for row in db.execute("PRAGMA table_info(meta)")}
    if columns != {"key", "value"}:
        return True
    return db.execute("SELECT 1 FROM meta WHERE key = 'identity'").fetchone() is None


def _is_named_like_ours(folder: Path) -> bool:
    return FOLDER_NAME.fullmatch(folder.absolute().name) is not None


def not_a_store(folder: Path) -> StoreError:
    """Return the error of a database of another program, which stands where a store would."""
    return StoreError(
        f"{folder / DATABASE} is not a store of this program.",
        "It is left alone. Keep stores elsewhere with --store DIR.",
    )


def fixed_checksum(db: sqlite3.Connection) -> str:
    """Return the checksum of what never changes: the tables and what the store is for."""
    return _checksum(db, _FIXED)


def words_checksum(db: sqlite3.Connection) -> str:
    """Return the checksum of all that the word search reads."""
    return _checksum(db, _WORDS)


def _checksum(db: sqlite3.Connection, queries: Sequence[str]) -> str:
    checksum = blake2b(digest_size=16)
    for query in queries:
        for row in db.execute(query):
            for value in row:
                content = value if isinstance(value, bytes) else json.dumps(value).encode()
                checksum.update(b"%d " % len(content))
                checksum.update(content)
    return checksum.hexdigest()


def _check_files(folder: Path) -> None:
    """Find out what SQLite would take for a missing permission. Raises: StoreDamaged.

    Never opens them: when a process closes a file, all its locks on it go, SQLite's included.
    """
    for suffix in ("", "-wal", "-shm", "-journal"):
        if (file := folder / f"{DATABASE}{suffix}").is_dir():
            raise StoreDamaged(f"The store is damaged: {file} is a folder.", REBUILD_HINT)


def database_id(folder: Path) -> tuple[int, int] | None:
    """Return what tells the database from one made later in its place; None where there is none."""
    try:
        found = (folder / DATABASE).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def set_aside(folder: Path) -> Path:
    """Rename a damaged database, so that a new one can be made; return its new name.

    Raises: StoreError when it cannot be renamed.
    """
    database = folder / DATABASE
    number = 1
    while (kept := folder / f"{DATABASE}.damaged-{number}").exists():
        number += 1
    try:
        for suffix in ("", "-wal", "-shm", "-journal"):
            part = Path(f"{database}{suffix}")
            if part.exists():
                part.rename(f"{kept}{suffix}")
    except OSError as error:
        raise not_writable(folder, error.strerror or str(error)) from error
    return kept


SURROUNDINGS = ("unable to open", "readonly", "permission", "large file", "protocol")
"""What SQLite's operational errors say when not the file is at fault, but where it stands.

All statements are fixed, so that any other error comes of what is in the file.
"""
READ_ONLY = 8
"""SQLite's code where a database is not to be written, and no reason of another kind is known."""
REBUILD_HINT = "Ask again: it is set aside and made anew from the articles."


def not_writable(folder: Path, cause: str) -> StoreError:
    """Return the error of a folder that cannot be written to."""
    return StoreError(
        f"The store cannot be written in {folder}: {cause}",
        "Grant access there, or keep it elsewhere with --store DIR.",
    )


@contextlib.contextmanager
def mapped_errors(folder: Path) -> Iterator[None]:
    """Turn what SQLite raises into errors of this program."""
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a mistake of ours says nothing of the store
    except sqlite3.OperationalError as error:
        cause = str(error)
        if "disk is full" in cause:
            raise full_disk(folder) from error
        if "is locked" in cause:
            raise StoreError(
                f"Another program keeps the store in {folder} locked.", "Wait for it, or end it."
            ) from error
        if _is_read_only_by_header(folder, error):
            raise StoreDamaged(f"The store in {folder} is damaged: header", REBUILD_HINT) from error
        if "I/O" in cause:
            raise StoreError(
                f"The store in {folder} cannot be read or written: {cause}",
                "Check the disk, or keep the store elsewhere with --store DIR.",
            ) from error
        if any(sign in cause for sign in SURROUNDINGS):
            raise not_writable(folder, cause) from error
        raise StoreDamaged(f"The store in {folder} is damaged: {cause}", REBUILD_HINT) from error
    # UnicodeDecodeError: SQLite's message quotes bytes of the file
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise StoreDamaged(f"The store in {folder} is damaged: {error}", REBUILD_HINT) from error


def _is_read_only_by_header(folder: Path, error: sqlite3.Error) -> bool:
    """Tell whether nothing but the database itself says that it is not to be written."""
    if getattr(error, "sqlite_errorcode", READ_ONLY) != READ_ONLY or "readonly" not in str(error):
        return False
    files = [folder / f"{DATABASE}{suffix}" for suffix in ("", "-wal", "-shm")]
    return all(os.access(file, os.W_OK) for file in files if file.exists())


@contextlib.contextmanager
def mapped_os_errors(folder: Path) -> Iterator[None]:
    """Turn what the file system raises, where a file is written, into errors of this program."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise full_disk(folder) from error
        raise not_writable(folder, error.strerror or str(error)) from error


def full_disk(folder: Path) -> StoreError:
    """Return the error of a disk without room."""
    return StoreError(
        f"The disk that holds {folder} is full; what was indexed so far is kept.",
        "Make room, or keep the store elsewhere with --store DIR; then run the command again.",
    )
