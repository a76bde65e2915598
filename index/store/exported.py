"""Vectors in a file, by the texts that they are of: moves a corpus without encoding it again.

The file holds no text, only checksums of texts, so it can bring no wrong quote into a store: the
articles are read and split where they are, and only their vectors are taken from it. Each vector is
compared with its checksum, and must be one that an encoder could have made.

Errors are StoreError, never StoreDamaged, which would rebuild the store that is being filled.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreDamaged, StoreError
from index.store import checksum, soundness
from index.store.database import BUSY_SECONDS, connected
from index.store.errors import mapped_errors
from index.wording import encoded_text

if TYPE_CHECKING:
    import sqlite3

    from index.store.protocol import View
    from index.types import Vector

FORMAT = 1
APPLICATION_ID = 0x61714531
"""In the header of every export, and of no other database."""
READ = "ro&immutable=1"
"""SQLite then writes no files beside it."""
_TABLES = (
    "CREATE TABLE about (value TEXT NOT NULL)",
    "CREATE TABLE vectors (text BLOB NOT NULL, checksum BLOB NOT NULL, vector BLOB NOT NULL)",
)
_INDEX = "CREATE INDEX by_text ON vectors (text)"
_SCHEMA = "SELECT sql FROM sqlite_master ORDER BY rowid"
_NORM_ERROR = 0.01
"""Of a unit vector in float16, more than enough."""


@dataclass(frozen=True, slots=True)
class About:
    """What the vectors of an export are of."""

    identity: str
    """The same as of the store, see `OpenStore`."""
    model: str
    dimension: int


def export(
    view: View, file: Path, about: About, on_count: Callable[[int, int], object] = lambda *_: None
) -> int:
    """Write the vectors of all passages to a file, and return how many there are.

    The file is complete, or as it was before. on_count: called with the number of articles done,
    and of all.

    Raises: StoreError if it cannot be written, or is something else than an earlier export.
    """
    check_replaceable(file)
    with _replacing(file) as unfinished, _opened(unfinished, "rw") as db:
        with _mapped(file, "written"):
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute("BEGIN")
            for table in _TABLES:
                db.execute(table)
            db.execute("INSERT INTO about VALUES (?)", (json.dumps([FORMAT, asdict(about)]),))
        written = 0
        titles = view.titles()
        for number, id in enumerate(titles, start=1):
            rows = list(_rows(view, id))
            with _mapped(file, "written"):
                db.executemany("INSERT INTO vectors VALUES (?, ?, ?)", rows)
            written += len(rows)
            on_count(number, len(titles))
        with _mapped(file, "written"):
            db.execute(_INDEX)
            db.execute("COMMIT")
    return written


def check_replaceable(file: Path) -> None:
    """Raise StoreError if a file is something else than an export, or its folder is missing."""
    if file.exists() and not _is_export(file):
        raise StoreError(f"{file} exists and is not an export.", "Choose another file.")
    if not file.parent.is_dir():
        raise StoreError(f"There is no folder {file.parent}.", "Choose another file.")


def _rows(view: View, id: str) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Yield a row for each passage of an article."""
    import numpy as np

    article = view.article(id)
    if not (ids := view.passages_of([id])):
        return
    places = view.passages(ids)
    for number, vector in zip(ids, view.vectors(ids), strict=True):
        text = checksum.of_text(encoded_text(article, places[number].span))
        halves = vector.astype(np.float16).tobytes()
        yield text, checksum.of_vector(text, halves), halves


class ExportedVectors:
    """The vectors in a file. Close it, or use it in a `with`."""

    def __init__(self, file: Path, about: About) -> None:
        """Open a file. about: what its vectors have to be of. Raises: StoreError."""
        self.file = file
        self.found = 0
        """How many vectors were taken from it."""
        self._dimension = about.dimension
        self._closing = contextlib.ExitStack()
        with contextlib.ExitStack() as opening:
            self._db = opening.enter_context(_opened(file, READ))
            with _mapped(file):
                self._check(about)
            self._closing = opening.pop_all()

    def __enter__(self) -> ExportedVectors:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._closing.close()

    def vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those texts that it has: float32. Raises: StoreError."""
        found = {}
        with _mapped(self.file):
            for text in dict.fromkeys(texts):
                key = checksum.of_text(text)
                row = self._db.execute(
                    "SELECT vector, checksum FROM vectors WHERE text = ?", (key,)
                ).fetchone()
                if row:
                    soundness.require(soundness.of_cached_vector(key, *row))
                    found[text] = self._decoded(row[0])
        self.found += len(found)
        return found

    def _decoded(self, halves: bytes) -> Vector:
        """Return a vector. Raises: ValueError for one that no encoder makes."""
        import numpy as np

        vector = np.frombuffer(halves, dtype=np.float16).astype(np.float32)
        if len(vector) != self._dimension or not np.isfinite(vector).all():
            raise ValueError("a vector has a wrong size, or values that are not numbers")
        if abs(float(np.linalg.norm(vector)) - 1) > _NORM_ERROR:
            raise ValueError("a vector has a wrong length")
        return vector

    def _check(self, about: About) -> None:
        """Compare tables and description with what they have to be."""
        tables = [sql for (sql,) in self._db.execute(_SCHEMA)]
        if tables != [*_TABLES, _INDEX]:
            raise ValueError("it has other tables")
        ((value,),) = self._db.execute("SELECT value FROM about LIMIT 2").fetchall()
        version, of = json.loads(value)
        if version != FORMAT:
            raise ValueError(f"its format is {version}, not {FORMAT}")
        made = About(**of)
        if (made.model, made.dimension) != (about.model, about.dimension):
            raise StoreError(
                f"{self.file} has vectors of another model: {made.model}, not {about.model}.",
                f"Index with --model {made.model}, or export again with {about.model}.",
            )
        if made.identity != about.identity:
            raise StoreError(
                f"{self.file} is from another version of this program, or of the model.",
                "Export it again with this version.",
            )


@contextlib.contextmanager
def _replacing(file: Path) -> Iterator[Path]:
    """Yield an empty file, readable by this user alone, that takes the place of `file`."""
    with _mapped(file, "written"):
        handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
        os.close(handle)
    try:
        yield Path(name)
        with _mapped(file, "written"):
            os.replace(name, file)
    except BaseException:
        for suffix in ("", "-journal"):
            Path(f"{name}{suffix}").unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _opened(file: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with _mapped(file):
        db = connected(file.parent, mode, BUSY_SECONDS, name=file.name, check_same_thread=False)
    with contextlib.closing(db):
        with _mapped(file):
            db.execute("PRAGMA trusted_schema = OFF")
            (id,) = db.execute("PRAGMA application_id").fetchone()
            if mode != "rw" and id != APPLICATION_ID:
                raise ValueError("it was not written by `qa export`")
        yield db


def _is_export(file: Path) -> bool:
    try:
        with _opened(file, READ):
            return True
    except StoreError:
        return False


@contextlib.contextmanager
def _mapped(file: Path, done: str = "read") -> Iterator[None]:
    """Turn what a file that is damaged or made up can cause into StoreError."""
    try:
        with mapped_errors(file):
            yield
    except StoreError as error:
        if error.__cause__ is None and not isinstance(error, StoreDamaged):
            raise
        cause = error.__cause__ or error.message
        raise _unusable(file, done, str(cause)) from error
    except OSError as error:
        raise _unusable(file, done, error.strerror or str(error)) from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise _unusable(file, done, str(error)) from error


def _unusable(file: Path, done: str, cause: str) -> StoreError:
    hints = {"read": "Export it again with `qa export`.", "written": "Choose another file."}
    return StoreError(f"The export {file} cannot be {done}: {cause}", hints[done])
