"""Opens a store's database for reading only, to describe or check it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreDamaged, StoreError
from index.store.database import BUSY_SECONDS, connected
from index.store.errors import mapped_errors
from index.store.files import (
    DATABASE,
    check_no_folders,
    has_log,
    is_named_like_a_store,
    is_writable,
)
from index.store.schema import is_of_another_program
from index.store.upkeep import pending

if TYPE_CHECKING:
    import sqlite3


@contextlib.contextmanager
def opened_to_read(folder: Path) -> Iterator[sqlite3.Connection]:
    """Open an existing database for reading only, in one transaction.

    If there is a log, SQLite may leave its shared-memory file behind.
    Raises: StoreDamaged, StoreError.
    """
    with (
        contextlib.closing(open_to_read(folder, busy_seconds=BUSY_SECONDS)) as db,
        mapped_errors(folder / DATABASE),
    ):
        db.execute("BEGIN")
        yield db


def open_to_read(folder: Path, *, busy_seconds: float) -> sqlite3.Connection:
    """Return a connection to an existing database, to be used for reading only.

    Any thread can use it. Raises: StoreDamaged, StoreError.
    """
    check_no_folders(folder)
    # A read-only connection leaves SQLite's own files behind, and a writable one writes back the
    # log of a killed process. So the connection is writable only if there is no log.
    mode = "ro" if has_log(folder) else "rw" if is_writable(folder) else "ro&immutable=1"
    with mapped_errors(folder / DATABASE):
        return connected(folder, mode, busy_seconds, check_same_thread=False)


def wait_for_writers(folder: Path) -> None:
    """Wait until a transaction that is writing now has ended; not if this user cannot write.

    Call inside `opened_to_read`, as for `check_writable`.
    """
    with (
        contextlib.suppress(StoreError),
        mapped_errors(folder / DATABASE),
        contextlib.closing(connected(folder, "rw", BUSY_SECONDS)) as db,
    ):
        db.execute("BEGIN IMMEDIATE")
        db.execute("ROLLBACK")


def describe(folder: Path) -> dict[str, str] | None:
    """Return how the store in `folder` describes itself, and its size; None if there is none.

    Keys: those of `about`, "articles", "passages" and "pending": what it has still to do, in words.
    Only reads. Raises: StoreDamaged, StoreError.
    """
    if not (folder / DATABASE).is_file():
        return None
    with opened_to_read(folder) as db:
        about = _about(db)
        for table in ("articles", "passages"):
            about[table] = str(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
        about["pending"] = ", ".join(pending(db))
    return about


def ids_in(folder: Path, about: Mapping[str, str], beginning: str, limit: int) -> list[str]:
    """Return the first ids with this beginning, in order, if the store describes itself so.

    Only reads. Raises: StoreDamaged, StoreError.
    """
    with opened_to_read(folder) as db:
        if not about.items() <= _about(db).items():
            return []
        rows = db.execute(
            "SELECT name FROM articles WHERE name >= ? AND name < ? ORDER BY name LIMIT ?",
            (beginning, f"{beginning}\U0010ffff", limit),
        )
        return [name for (name,) in rows]


def _about(db: sqlite3.Connection) -> dict[str, str]:
    rows = db.execute("SELECT key, value FROM meta WHERE key LIKE 'about %'")
    return {key.removeprefix("about "): value for key, value in rows}


def is_foreign(folder: Path) -> bool:
    """Return whether the database in `folder` is not known to be a store's, so is left alone.

    If it cannot be read, the name of the folder decides. Raises: StoreError.
    """
    if not (folder / DATABASE).exists():
        return False
    try:
        with opened_to_read(folder) as db:
            return is_of_another_program(folder, db)
    except StoreDamaged:
        return not is_named_like_a_store(folder)


def check_writable(folder: Path) -> None:
    """Raise StoreDamaged if the header of a database says that it must never be written.

    Call inside `opened_to_read`: otherwise closing the last connection would write a log back.
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
        pass  # another process is writing, or a permission is missing: the file is not damaged
