"""Reads the files and snapshots that citations name, as they are now."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index.formats.base import Unreadable
from index.scan import STDIN, Source, cause_of, source_of
from index.types import Article

if TYPE_CHECKING:
    from index.load import Loaded


class NotReadable(Exception):
    """A file or snapshot cannot be read."""

    def __init__(self, verdict: Literal["no file", "unreadable"], detail: str) -> None:
        super().__init__(detail)
        self.verdict: Literal["no file", "unreadable"] = verdict
        self.detail = detail


def read_file(id: str, path: str, max_bytes: int, reading: Callable[[Source], Loaded]) -> Article:
    """Return the article in a file, as it is now. Raises: NotReadable.

    reading: `load.read` with its options.
    """
    if path == STDIN:
        raise NotReadable("no file", "from standard input, which is not stored")
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):  # a pipe or a device might never end
            raise NotReadable("unreadable", "not a file")
        if found.st_size > max_bytes:
            raise NotReadable(
                "unreadable", f"larger than {max_bytes / 1e6:,.0f} MB; raise --max-size"
            )
        return reading(Source(id, path, found.st_size, found.st_mtime_ns)).article
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotReadable("no file", cause_of(error)) from error
    except OSError as error:
        there = error.errno != errno.ENAMETOOLONG  # a file cannot have such a name
        raise NotReadable("unreadable" if there else "no file", cause_of(error)) from error
    except ValueError as error:  # a file cannot have such a path
        raise NotReadable("no file", str(error)) from error
    except Unreadable as error:
        if error.reason == "empty":  # the file is now empty
            return Article(id, path, "", "", "")
        raise NotReadable("unreadable", error.detail or error.reason) from error


def read_snapshot(
    address: str, snapshots: Path | None, reading: Callable[[Source], Loaded]
) -> Article:
    """Return the article in the snapshot of a web page; nothing is fetched. Raises: NotReadable.

    snapshots: the folder of all snapshots, if there is one. reading: `load.read` with its options.
    """
    from index.web.snapshots import SnapshotDamaged, Snapshots

    try:
        found = Snapshots(snapshots).find(address) if snapshots is not None else None
        if found is None:
            raise NotReadable("no file", "no snapshot of this address is kept")
        return reading(source_of(found)).article
    except Unreadable as error:
        raise NotReadable("unreadable", error.detail or error.reason) from error
    except (SnapshotDamaged, OSError, ValueError) as error:
        raise NotReadable("unreadable", f"its snapshot: {error}") from error


def time_fetched(address: str, snapshots: Path) -> str:
    """Return when the snapshot of a web page was fetched, as citations say it; empty for none."""
    from index.web.snapshots import Snapshots, time_in_words

    found = Snapshots(snapshots).find(address)
    return time_in_words(found.about.fetched) if found else ""
