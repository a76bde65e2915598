"""A store's database, opened only to be read: to list what is kept, and to check it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreDamaged, StoreError
from index.store.database import BUSY_SECONDS, connected
from index.store.errors import mapped_errors
from index.store.files import DATABASE, check_no_folders, is_named_like_a_store
from index.store.schema import is_of_another_program

if TYPE_CHECKING:
    import sqlite3


@contextlib.contextmanager
def opened_to_read(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open a database that is there, only to be read, as it is at one moment.

    Where a log is beside it, a file with the log's page numbers may be left there too.
    Raises: StoreDamaged, StoreError.
    """
    check_no_folders(folder)
    # A connection that may only read leaves SQLite's own files behind, and one that may write
    # writes back the log of a process that was stopped. So it is the latter only without a log.
    logs = [folder / f"{DATABASE}{suffix}" for suffix in ("-wal", "-journal")]
    mode = "ro" if any(log.exists() for log in logs) else "rw"
    with (
        mapped_errors(folder / DATABASE),
        contextlib.closing(connected(folder, mode, BUSY_SECONDS)) as db,
    ):
        db.execute("BEGIN")
        yield db


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


def is_foreign(folder: Path) -> bool:
    """Return whether nothing shows that the database in `folder` is a store's: it is left alone.

    One that cannot be read any more is a store's if its folder is named like one. Raises:
    StoreError.
    """
    if not (folder / DATABASE).exists():
        return False
    try:
        with opened_to_read(folder) as db:
            return is_of_another_program(folder, db)
    except StoreDamaged:
        return not is_named_like_a_store(folder)


def check_writable(folder: Path) -> None:
    """Raise StoreDamaged where the header of a database says that it must never be written.

    Inside `opened_to_read`: otherwise closing the last connection would write a log back.
    """
    try:
        with (
            mapped_errors(folder / DATABASE),
            contextlib.closing(connected(folder, "rw", 0)) as db,
        ):
            db.execute("UPDATE meta SET value = value WHERE 0")
    except StoreDamaged:
        raise
    except StoreError:
        pass  # another process writes, or this one lacks the permission: the file is all right
