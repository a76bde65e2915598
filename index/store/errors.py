"""Maps the errors of SQLite and the file system to those of this program."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from index.errors import StoreDamaged, StoreError

OUTSIDE_CAUSES = ("unable to open", "readonly", "permission", "large file", "protocol")
"""Words in SQLite's operational errors whose cause is outside the file.

All statements are fixed, so any other operational error is caused by the file's content.
"""
READ_ONLY = 8
"""SQLite's error code for a read-only database, without a more specific reason."""


@contextlib.contextmanager
def mapped_errors(database: Path) -> Iterator[None]:
    """Turn SQLite's errors into StoreError and StoreDamaged."""
    folder = database.parent
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a bug in this program, not a problem with the store
    except sqlite3.OperationalError as error:
        cause = str(error)
        if "disk is full" in cause:
            raise full_disk(folder) from error
        if "is locked" in cause:
            raise StoreError(
                f"Another program has locked the store in {folder}.",
                "Wait for it to finish, or stop it.",
            ) from error
        if _is_read_only_by_header(database, error):
            raise damaged(folder, "header") from error
        if "I/O" in cause:
            raise StoreError(
                f"The store in {folder} cannot be read or written: {cause}",
                "Check the disk, or keep the store elsewhere with --store DIR.",
            ) from error
        if any(sign in cause for sign in OUTSIDE_CAUSES):
            raise not_writable(folder, cause) from error
        raise damaged(folder, cause) from error
    # UnicodeDecodeError: SQLite's message quotes bytes of the file
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise damaged(folder, str(error)) from error


def _is_read_only_by_header(database: Path, error: sqlite3.Error) -> bool:
    """Return whether only the database's own header says that it is read-only."""
    if getattr(error, "sqlite_errorcode", READ_ONLY) != READ_ONLY or "readonly" not in str(error):
        return False
    files = [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]
    return all(os.access(file, os.W_OK) for file in files if file.exists())


@contextlib.contextmanager
def mapped_os_errors(folder: Path) -> Iterator[None]:
    """Turn errors of the file system, raised when writing to a folder, into StoreError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise full_disk(folder) from error
        raise not_writable(folder, error.strerror or str(error)) from error


def damaged(folder: Path, cause: str) -> StoreDamaged:
    """Return the error for a store whose content is damaged."""
    return StoreDamaged(f"The store in {folder} is damaged: {cause}")


def full_disk(folder: Path) -> StoreError:
    """Return the error for a full disk."""
    return StoreError(
        f"The disk of {folder} is full. What was indexed so far is kept.",
        "Free some space, or keep the store elsewhere with --store DIR. Then try again.",
    )


def not_writable(folder: Path, cause: str) -> StoreError:
    """Return the error for a folder that cannot be written to."""
    return StoreError(
        f"The store in {folder} cannot be written: {cause}",
        "Check its permissions, or keep the store elsewhere with --store DIR.",
    )


def not_a_store(database: Path) -> StoreError:
    """Return the error for another program's database in the place of a store."""
    return StoreError(
        f"{database} is not a store of this program. It was not changed.",
        "Keep stores elsewhere with --store DIR.",
    )
