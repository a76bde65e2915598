"""What a scan finds: files, web pages and standard input that may be articles."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from index.errors import ArticleError
from index.types import Reason
from index.web.addresses import is_address, normal_address

if TYPE_CHECKING:
    from index.web.snapshots import Snapshot

STDIN = "-"
STDIN_NAME = "standard input"
WEB = "web addresses"
"""The root of a corpus of several addresses."""
DEFAULT_MAX_BYTES = 50_000_000


class Source(NamedTuple):
    """A file or web page that may be an article, with its metadata.

    A named tuple: there can be hundreds of thousands, and a frozen dataclass takes longer to make.
    """

    id: str
    path: str
    """Of the file; of a web page, the address."""
    size: int
    """In bytes."""
    changed_ns: int
    """The later of mtime and ctime. Copying tools can set mtime back, but not ctime."""
    content: bytes | None = None
    """The file's bytes if they have been read already, as for standard input."""
    snapshot: Snapshot | None = None
    """Of a web page: what was fetched."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A file or folder that is skipped, and why."""

    id: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found under the given paths, sorted by id."""

    root: str
    sources: tuple[Source, ...]
    skips: tuple[Skip, ...]
    folders: tuple[str, ...] = ()
    """Paths of the folders where a change can change this; empty if links lead elsewhere."""


def corpus_root(paths: Sequence[str]) -> str:
    """Return the folder that article ids are relative to: the deepest one containing all paths.

    Without files: "-" for standard input, the address if there is one only, otherwise `WEB`.

    Raises: ArticleError when a path does not exist or an address is invalid.
    """
    addresses = {normal_address(path) for path in paths if is_address(path)}
    existing = [existing_path(path) for path in paths if path != STDIN and not is_address(path)]
    if not existing and addresses and STDIN not in paths:
        return addresses.pop() if len(addresses) == 1 else WEB
    if not existing:
        return STDIN
    try:
        return os.path.commonpath(
            [path if os.path.isdir(path) else os.path.dirname(path) for path in existing]
        )
    except ValueError as error:  # paths on different Windows drives
        raise ArticleError(
            "The paths have no folder in common.", "Ask about them separately."
        ) from error


def existing_path(path: str) -> str:
    """Return the absolute path of a file or folder. Raises: ArticleError if it does not exist."""
    try:
        absolute = os.path.abspath(path)
    except FileNotFoundError as error:
        raise ArticleError("The current folder no longer exists.", "cd elsewhere.") from error
    if not os.path.exists(absolute):
        raise ArticleError(
            f"No such file or folder: {path}",
            "Check the spelling. Put quotes around a question, and https:// before a web address.",
        )
    return absolute


def source_of(snapshot: Snapshot) -> Source:
    """Return the article that was fetched from a web address."""
    address = snapshot.about.address
    return Source(address, address, snapshot.about.size, snapshot.changed_ns, snapshot=snapshot)


def read_stdin() -> Source:
    """Return standard input, read to its end."""
    content = sys.stdin.buffer.read() if sys.stdin else b""  # None if the caller closed it
    return Source(STDIN, STDIN, len(content), 0, content)


def as_text(path: str) -> str:
    r"""Return a path with undecodable bytes escaped, as in "caf\xe9.txt"."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "backslashreplace")


def cause_of(error: OSError) -> str:
    """Return the system's message for an error, in lower case."""
    return (error.strerror or str(error)).lower()
