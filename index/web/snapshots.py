"""Snapshots of web addresses: what was fetched, kept in a folder, one file for each address.

A file holds a line of JSON, which says what was fetched and when, and then the bytes as they came.
It is replaced as a whole, so that it is never seen half written.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from index.errors import StoreError
from index.web.fetch import Page
from index.web.media_types import SUFFIXES

FORMAT = 1
"""Version of the file."""
SUFFIX = ".snapshot"
SNAPSHOT_FILES = (f"*{SUFFIX}", f".*{SUFFIX}-*")
"""Patterns of all files ever written to the folder, unfinished ones included."""
MAX_HEAD_BYTES = 100_000
_UNSAFE = re.compile(r"[^A-Za-z0-9.]+")


class SnapshotDamaged(Exception):
    """A snapshot cannot be read as it was written. The message says why."""


@dataclass(frozen=True, slots=True)
class About:
    """What the first line of a snapshot says."""

    format: int
    address: str
    """As the user gave it, in normal form."""
    final: str
    """Where the content was, after redirects."""
    fetched: str
    """When the server last said that this is the content: ISO 8601, UTC, to the second."""
    media_type: str
    charset: str
    """As the server stated it; empty if it did not."""
    etag: str
    modified: str
    """The header Last-Modified."""
    size: int
    """Of the content, in bytes."""
    sha256: str
    """Of the content, in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was fetched from an address. Its content is read when it is needed."""

    about: About
    file: Path
    changed_ns: int
    """The later of the file's mtime and ctime."""

    @property
    def suffix(self) -> str:
        """The suffix of files with this kind of content, such as ".html"."""
        return SUFFIXES.get(self.about.media_type, ".txt")

    @property
    def page(self) -> Page:
        """What was fetched, without its content: to ask the server for changes only."""
        about = self.about
        return Page(about.final, b"", about.media_type, about.charset, about.etag, about.modified)

    def read(self) -> bytes:
        """Return the content. Raises: SnapshotDamaged, OSError."""
        with self.file.open("rb") as file:
            about = _about(file.readline(MAX_HEAD_BYTES))
            content = file.read()
        if (len(content), sha256(content).hexdigest()) != (about.size, about.sha256):
            raise SnapshotDamaged("its content is not what was fetched")
        return content


def time_in_words(time: str | None) -> str:
    """Return a time as people read it. time: as `About.fetched`; None gives an empty string."""
    return f"{time[:16].replace('T', ' ')} UTC" if time else ""


def file_name(address: str) -> str:
    """Return the name of the snapshot of an address in normal form."""
    readable = _UNSAFE.sub("-", address.partition("://")[2])[:60].strip("-.")
    key = sha256(address.encode("utf-8")).hexdigest()[:32]
    return f"{readable}-{key}{SUFFIX}"


class Snapshots:
    """The snapshots in one folder."""

    def __init__(self, folder: Path) -> None:
        """folder: created when the first snapshot is saved."""
        self.folder = folder

    def find(self, address: str) -> Snapshot | None:
        """Return the snapshot of an address in normal form; None if there is none.

        Raises: SnapshotDamaged, OSError.
        """
        file = self._file(address)
        try:
            with file.open("rb") as opened:
                status = os.fstat(opened.fileno())
                about = _about(opened.readline(MAX_HEAD_BYTES))
        except FileNotFoundError:
            return None
        if about.address != address:
            raise SnapshotDamaged("it is of another address")
        return Snapshot(about, file, max(status.st_mtime_ns, status.st_ctime_ns))

    def save(self, address: str, page: Page) -> Snapshot:
        """Keep what was just fetched, in place of an earlier snapshot. Raises: StoreError."""
        about = About(
            format=FORMAT,
            address=address,
            final=page.address,
            fetched=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            media_type=page.media_type,
            charset=page.charset,
            etag=page.etag,
            modified=page.modified,
            size=len(page.content),
            sha256=sha256(page.content).hexdigest(),
        )
        file = self._file(address)
        head = json.dumps(asdict(about)).encode("ascii")
        _write(file, head + b"\n" + page.content)
        status = file.stat()
        return Snapshot(about, file, max(status.st_mtime_ns, status.st_ctime_ns))

    def size(self) -> tuple[int, int]:
        """Return how many snapshots there are, and their size in bytes."""
        sizes = []
        for file in self.folder.glob(f"*{SUFFIX}"):
            with suppress(OSError):  # another process may just have removed it
                sizes.append(file.stat().st_size)
        return len(sizes), sum(sizes)

    def files(self) -> list[Path]:
        """Return the files of all snapshots, sorted by name. Raises: OSError."""
        return sorted(self.folder.glob(f"*{SUFFIX}"))

    def check(self, file: Path) -> None:
        """Read a snapshot. Raises: SnapshotDamaged, OSError."""
        address = self.address_in(file)
        snapshot = self.find(address) if self._file(address) == file else None
        if snapshot is None:
            raise SnapshotDamaged("it does not say which address it is of")
        snapshot.read()

    def address_in(self, file: Path) -> str:
        """Return the address that a snapshot says it is of; empty if it does not."""
        try:
            with file.open("rb") as opened:
                return _about(opened.readline(MAX_HEAD_BYTES)).address
        except (SnapshotDamaged, OSError):
            return ""

    def _file(self, address: str) -> Path:
        return self.folder / file_name(address)


def _about(line: bytes) -> About:
    """Return what the first line of a snapshot says. Raises: SnapshotDamaged."""
    try:
        about = About(**json.loads(line))
    except (ValueError, TypeError, RecursionError) as error:
        raise SnapshotDamaged("its first line is not what was written") from error
    for name, value in asdict(about).items():
        if type(value) is not (int if name in ("format", "size") else str):
            raise SnapshotDamaged(f"its {name} is not what was written")
    if about.format != FORMAT:
        raise SnapshotDamaged(f"it has the format {about.format}, of another version")
    return about


def _write(file: Path, content: bytes) -> None:
    """Write a file as a whole, or not at all. Raises: StoreError."""
    unfinished = file.with_name(f".{file.name}-{os.urandom(4).hex()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # what is read is private
        try:
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            f"Cannot keep what was fetched in {file.parent}: {error.strerror or error}",
            "Free some space or fix the permissions, or set XDG_DATA_HOME to another folder.",
        ) from error
