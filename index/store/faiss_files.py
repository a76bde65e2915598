"""Reads and writes FAISS's files, which have no checksum of their own."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from index.store.files import unused_name

UNFINISHED_SECONDS = 600
"""An unfinished file that has not been written to for this long belongs to a killed process."""


def read_index(path: Path, expected_sha256: str) -> Any:  # noqa: ANN401 - faiss has no usable types
    """Return the index in a file; None if it is missing, damaged or a different one."""
    import faiss

    try:
        with path.open("rb") as file:
            digest = sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            if digest.hexdigest() != expected_sha256:
                return None
            file.seek(0)  # not opened again: these are the bytes that were hashed
            return faiss.read_index(faiss.PyCallbackIOReader(file.read))
    except (OSError, RuntimeError):  # RuntimeError: faiss cannot read it
        return None


def write_index(index: object, path: Path) -> str:
    """Write an index, completely or not at all; return the file's SHA-256. Raises: OSError."""
    import faiss

    handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            hashing = HashingWriter(file)
            writer = faiss.PyCallbackIOWriter(hashing.write)
            faiss.write_index(index, writer)
            del writer  # flushes it
            file.flush()
            os.fsync(file.fileno())
        if path.is_dir():  # os.replace cannot replace a folder
            path.rename(unused_name(path))
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise
    return hashing.sha256.hexdigest()


def left_over(path: Path) -> list[Path]:
    """Return the unfinished files that killed processes left behind while writing to `path`."""
    found = []
    for file in path.parent.glob(f".{path.name}-*"):
        with contextlib.suppress(OSError):  # another process has just finished it
            if file.stat().st_mtime < time.time() - UNFINISHED_SECONDS:
                found.append(file)
    return sorted(found)


class HashingWriter:
    """Writes to a file, and hashes what it writes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.sha256 = sha256()

    def write(self, content: bytes) -> int:
        """Write bytes; return how many were written."""
        self.sha256.update(content)
        return self.file.write(content)
