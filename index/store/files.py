"""The files of a store: their names, their lock, and telling one database from another."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index.errors import StoreDamaged, StoreError
from index.store.errors import mapped_os_errors, not_writable

DATABASE = "articles.sqlite"
VECTORS = "vectors.faiss"
CODES, ROWS = "vectors-{}.codes", "vectors-{}.rows"
"""Of a segment with a number; see `index.store.segments`."""
LISTS = "words-{}.sqlite"
"""Lists of the passages that have a word, with a number; see `index.store.list_file`."""
SEGMENT_FILES = "*vectors-*.*"
"""Pattern of the files of all segments, including unfinished ones."""
LOCK = "writer.lock"
WAIT_SECONDS = 0.1
"""Between two calls of `on_wait`."""
STORE_FILES = (
    DATABASE,
    f"{DATABASE}-*",
    f"{DATABASE}.damaged-*",
    VECTORS,
    f"{VECTORS}.damaged-*",
    f".{VECTORS}-*",
    SEGMENT_FILES,
    LISTS.format("*") + "*",
    LOCK,
)
"""Patterns of all files ever written to a store's folder, including damaged ones set aside."""
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
"""Of the files that SQLite creates for one database."""
FOLDER_NAME = re.compile(r"[A-Za-z0-9.-]+-[0-9a-f]{16}")
"""The name of a store's folder: a readable name and 16 digits of a hash."""

_SEGMENT = re.compile(r"vectors-([0-9]+)\.(?:codes|rows)")

DatabaseId = tuple[int, int]
"""Device and inode, which tell a database from a later one at the same path."""


def database_id(folder: Path) -> DatabaseId | None:
    """Return the id of the database in a folder; None if there is none."""
    try:
        found = (folder / DATABASE).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def is_writable(folder: Path) -> bool:
    """Return whether this user may write to a store's folder and database."""
    return all(os.access(path, os.W_OK) for path in (folder, folder / DATABASE))


def has_log(folder: Path) -> bool:
    """Return whether another process has the database open for writing, or was killed then."""
    return any((folder / f"{DATABASE}{suffix}").exists() for suffix in ("-wal", "-journal"))


def segment_number(file: Path) -> int | None:
    """Return the number of the segment that a file belongs to; None for an unfinished file."""
    found = _SEGMENT.fullmatch(file.name)
    return int(found[1]) if found else None


def is_named_like_a_store(folder: Path) -> bool:
    """Return whether a folder has the kind of name that this program gives to stores."""
    return FOLDER_NAME.fullmatch(folder.absolute().name) is not None


def check_no_folders(folder: Path) -> None:
    """Raise StoreDamaged for a folder in the place of a file of the database.

    SQLite would report a missing permission. The files are not opened here: closing one would
    release all locks that this process has on it, SQLite's included.
    """
    for suffix in SQLITE_SUFFIXES:
        if (file := folder / f"{DATABASE}{suffix}").is_dir():
            raise StoreDamaged(f"The store is damaged: {file} is a folder.")


def set_aside(folder: Path) -> Path:
    """Rename a damaged database, to make way for a new one; return its new path.

    Raises: StoreError if it cannot be renamed.
    """
    kept = unused_name(folder / DATABASE)
    try:
        for suffix in SQLITE_SUFFIXES:
            part = folder / f"{DATABASE}{suffix}"
            if part.exists():
                part.rename(f"{kept}{suffix}")
    except OSError as error:
        raise not_writable(folder, error.strerror or str(error)) from error
    return kept


def unused_name(file: Path) -> Path:
    """Return an unused path beside a damaged file, to rename it to."""
    number = 1
    while (free := file.with_name(f"{file.name}.damaged-{number}")).exists():
        number += 1
    return free


@contextlib.contextmanager
def writer_lock(folder: Path, on_wait: Callable[[], object] = bool) -> Iterator[None]:
    """Hold the lock for changing a store; waits for other processes. Raises: StoreError.

    on_wait: called now and then while it waits. What it raises ends that.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(folder / LOCK)
    with mapped_os_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # articles may be private
        is_held = False
        while not is_held:
            try:
                lock.acquire(timeout=WAIT_SECONDS)
                is_held = True
            except Timeout:
                on_wait()
    try:
        yield
    finally:
        lock.release()


def stores_in(stores: Path) -> list[Path]:
    """Return the folders of all stores, including damaged ones and other programs' databases."""
    databases = [*stores.glob(f"*/{DATABASE}"), *stores.glob(f"*/{DATABASE}.damaged-*")]
    return sorted({database.parent for database in databases})


def folder_bytes(folder: Path) -> int:
    """Return the size of all files below a folder, in bytes."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another process may just have removed it
            total += file.stat().st_size if file.is_file() else 0
    return total


def remove_files(folder: Path, patterns: Sequence[str]) -> int:
    """Remove files by name, and the folder if it is then empty; return the bytes freed.

    Raises: StoreError if one cannot be removed.
    """
    freed = 0
    try:
        for file in [file for pattern in patterns for file in folder.glob(pattern)]:
            size = file.stat().st_size
            if file.is_dir():  # found in the place of a file, and set aside
                file.rmdir()
            else:
                file.unlink()
            freed += size
        if not folder.is_symlink() and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise StoreError(
            f"Cannot remove {folder}: {error.strerror or error}", "Check its permissions."
        ) from error
    return freed
