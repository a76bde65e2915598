"""SQLite's errors and the file system's, as errors of this program."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from index.errors import StoreDamaged, StoreError

SURROUNDINGS = ("unable to open", "readonly", "permission", "large file", "protocol")
"""In SQLite's operational errors: where the file is causes the error, not what is in it.

All statements are fixed, so any other error is caused by what is in the file.
"""
READ_ONLY = 8
"""SQLite's code where a database must not be written and no more precise reason is known."""


@contextlib.contextmanager
def mapped_errors(database: Path) -> Iterator[None]:
    """Turn what SQLite raises for a database into StoreError and StoreDamaged."""
    folder = database.parent
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a mistake in this program says nothing about the store
    except sqlite3.OperationalError as error:
        cause = str(error)
        if "disk is full" in cause:
            raise full_disk(folder) from error
        if "is locked" in cause:
            raise StoreError(
                f"Another program keeps the store in {folder} locked.",
                "Wait until it ends, or end it.",
            ) from error
        if _is_read_only_by_header(database, error):
            raise damaged(folder, "header") from error
        if "I/O" in cause:
            raise StoreError(
                f"The store in {folder} cannot be read or written: {cause}",
                "Check the disk, or keep the store elsewhere with --store DIR.",
            ) from error
        if any(sign in cause for sign in SURROUNDINGS):
            raise not_writable(folder, cause) from error
        raise damaged(folder, cause) from error
    # UnicodeDecodeError: SQLite's message quotes bytes of the file
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise damaged(folder, str(error)) from error


def _is_read_only_by_header(database: Path, error: sqlite3.Error) -> bool:
    """Return whether nothing but the database itself says that it must not be written."""
    if getattr(error, "sqlite_errorcode", READ_ONLY) != READ_ONLY or "readonly" not in str(error):
        return False
    files = [Path(f"{database}{suffix}") for suffix in ("", "-wal", "-shm")]
    return all(os.access(file, os.W_OK) for file in files if file.exists())


@contextlib.contextmanager
def mapped_os_errors(folder: Path) -> Iterator[None]:
    """Turn what the file system raises when a file in a folder is written into StoreError."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise full_disk(folder) from error
        raise not_writable(folder, error.strerror or str(error)) from error


def damaged(folder: Path, cause: str) -> StoreDamaged:
    """Return the error of a store whose content is not what was written."""
    return StoreDamaged(f"The store in {folder} is damaged: {cause}")


def full_disk(folder: Path) -> StoreError:
    """Return the error of a disk without room."""
    return StoreError(
        f"The disk that holds {folder} is full; what was indexed so far is kept.",
        "Make room, or keep the store elsewhere with --store DIR; then run the command again.",
    )


def not_writable(folder: Path, cause: str) -> StoreError:
    """Return the error of a folder that cannot be written to."""
    return StoreError(
        f"The store cannot be written in {folder}: {cause}",
        "Grant access there, or keep it elsewhere with --store DIR.",
    )


def not_a_store(database: Path) -> StoreError:
    """Return the error of another program's database where a store would be."""
    return StoreError(
        f"{database} is not a store of this program.",
        "It is left alone. Keep stores elsewhere with --store DIR.",
    )
