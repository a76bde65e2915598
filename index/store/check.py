"""Everything wrong with a store, found without changing it and without a model; and its repair.

A database that is not known to be a store's is named, and left alone.

A store is read whole, in one transaction, so that another process can go on indexing meanwhile.
What it holds is compared with its checksums and counts, its word search with one made anew from
the passages, its FAISS file with the vectors in SQLite. That takes about as much memory as the
word search and the vectors have bytes.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.errors import StoreDamaged
from index.store import checksum
from index.store.database import (
    COUNTED,
    DATABASE,
    FORMAT,
    check_writable,
    fixed_checksum,
    is_foreign,
    mapped_errors,
    mapped_os_errors,
    not_a_store,
    opened_to_read,
    set_aside,
    words_checksum,
)
from index.store.local import VECTORS, FileRecord, writer_lock
from index.store.vectors import Vectors, left_over
from index.store.words import words_in_memory
from index.types import Article

if TYPE_CHECKING:
    import sqlite3

Effect = Literal["answers", "cost"]
MAX_NAMED = 10
"""Damaged pages that are named; there are others where there are so many."""
BATCH_PASSAGES = 10_000
INDEX_ANEW = "Removing the database; the next question makes it anew from the articles."
VECTORS_ANEW = "Removing the file; the next question makes it anew from the database."
WORDS_TABLES = ("words_data", "words_idx", "words_docsize", "words_config")
_SUMS = (
    "SELECT term, count(*), sum(doc), sum(offset), sum(doc * (offset + 1))"
    " FROM temp.terms GROUP BY term ORDER BY term"
)
_COMPARED = (
    ("words", _SUMS),
    ("lengths of passages", "SELECT id, sz FROM words_docsize ORDER BY id"),
    ("totals", "SELECT block FROM words_data WHERE id = 1"),
)
"""What two word searches of the same passages agree in, however they were made."""

OnProgress = Callable[[int, int], None]
"""Hears how many articles are done, of how many."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a store."""

    message: str
    """What, in a sentence."""
    effect: Effect
    """Whether it can make answers wrong, or have them fail; or only costs room or time."""
    cure: str
    """What repairs it, in a sentence; `repair` does it."""
    files: tuple[Path, ...]
    """What is removed for it: all of it is made again, or needed no more."""


def _ignore(*_: int) -> None:
    """Hear of something and do nothing."""


def faults(
    folder: Path, identity: str | None = None, on_progress: OnProgress = _ignore
) -> list[Fault]:
    """Return everything wrong with the store in `folder`; nothing where there is no store.

    identity: what the store must have been made for, as `Store` takes it; None for any.

    Raises: StoreError when it cannot be read at all, for want of a permission say.
    """
    found: list[Fault] = []
    if is_foreign(folder):
        error = not_a_store(folder)
        found.append(Fault(error.message, "cost", error.hint, ()))
    elif (folder / DATABASE).exists():
        for message in _wrong_with_database(folder, on_progress):
            found.append(Fault(message, "answers", INDEX_ANEW, (folder / DATABASE,)))
        if not found:
            found.extend(_of_another(folder, identity))
        if not found:
            found.extend(_wrong_with_vectors(folder))
    for file in left_over(folder / VECTORS):
        message = f"{file.name} was left behind by a process that was stopped."
        found.append(Fault(message, "cost", "Removing the file.", (file,)))
    for name in (DATABASE, VECTORS):
        for file in sorted(folder.glob(f"{name}.damaged-*")):
            message = f"{file.name} is damaged and was set aside."
            found.append(Fault(message, "cost", "Removing the file.", (file,)))
    return found


def repair(folder: Path, found: Iterable[Fault], identity: str | None = None) -> list[str]:
    """Remove what is at fault, and return what was done, in sentences.

    Waits for a process that indexes, and looks again then: what was made anew meanwhile stays.
    The next question makes again what is needed.

    found: what `faults` returned; identity: what it was given.

    Raises: StoreError when something cannot be removed.
    """
    done: list[str] = []
    named = dict.fromkeys(file for fault in found for file in fault.files)
    if not any(file.exists() for file in named):  # removed for another fault, say
        return done
    with writer_lock(folder), mapped_os_errors(folder):
        still = {file for fault in faults(folder, identity) for file in fault.files}
        for file in named:
            if file not in still or not file.exists():
                continue
            if file == folder / DATABASE:
                # Renamed first: a process that opens it now must not find a part of it.
                kept = set_aside(folder)
                for part in (kept, *folder.glob(f"{kept.name}-*")):
                    _remove(part)
            else:
                _remove(file)
            done.append(f"Removed {file}.")
    return done


def _remove(file: Path) -> None:
    if file.is_dir():
        file.rmdir()  # never anything that this program did not write
    else:
        file.unlink(missing_ok=True)


def _wrong_with_database(folder: Path, on_progress: OnProgress) -> list[str]:
    """Return what is wrong with the database, a sentence each; at most the first of its kind."""
    found: list[str] = []
    try:
        with opened_to_read(folder) as db:
            if not _is_ours(db):
                return []
            with contextlib.closing(words_in_memory()) as made:
                looking = _Looking(made, on_progress)
                for look in (_pages, _fixed, _files, _kept, _counts, looking.articles):
                    found.extend(_told(folder, look, db))
                check_writable(folder)
                if not found:  # else it differs from what it is compared with in any case
                    found.extend(_told(folder, looking.words, db))
    except StoreDamaged as damage:
        found.append(damage.message)
    return list(dict.fromkeys(found))


def _told(
    folder: Path, look: Callable[[sqlite3.Connection], Iterator[str]], db: sqlite3.Connection
) -> Iterator[str]:
    """Yield what a look finds, and what stops it from going on."""
    try:
        with mapped_errors(folder):
            yield from look(db)
    except StoreDamaged as damage:
        yield damage.message
    except (TypeError, ValueError) as error:
        yield f"A value is not what was stored: {error}"


def _is_ours(db: sqlite3.Connection) -> bool:
    """Tell whether there are the tables of this version; else the store is emptied anyway."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    return "meta" in tables and _identity(db)[:1] == [FORMAT]


def _identity(db: sqlite3.Connection) -> list[Any]:
    """Return format, identity, dimension and the folder's name; of an older version, nothing."""
    try:
        found = json.loads(_meta(db, "identity"))
    except ValueError:
        return []
    return found if isinstance(found, list) and len(found) == 4 else []


def _meta(db: sqlite3.Connection, key: str) -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def _of_another(folder: Path, identity: str | None) -> Iterator[Fault]:
    """Yield a fault where the next question would empty the store."""
    with opened_to_read(folder) as db:
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            return  # another process is just making it
        of = _identity(db) if _is_ours(db) else []
    name = folder.absolute().name
    if not of:
        message = "The store was made by another version."
    elif of[3] != name:
        message = "The store was made for other articles."
    elif identity is not None and of[1] != identity:
        message = "The store was made by another model or with other settings."
    else:
        return
    yield Fault(message, "cost", INDEX_ANEW, (folder / DATABASE,))


def _pages(db: sqlite3.Connection) -> Iterator[str]:
    rows = [row[0] for row in db.execute(f"PRAGMA integrity_check({MAX_NAMED})")]
    if rows != ["ok"]:
        yield f"The database is damaged: {'; '.join(rows)}"


def _fixed(db: sqlite3.Connection) -> Iterator[str]:
    if _meta(db, "fixed") != fixed_checksum(db):
        yield "The tables, or what the store says of itself, are not what was made."


def _files(db: sqlite3.Connection) -> Iterator[str]:
    for name, *values, stored in db.execute(
        "SELECT name, size, changed_ns, checked_ns, reason, detail, checksum FROM files"
    ):
        if FileRecord(*values).checksum(name) != stored:
            yield f"What is known of the file {name} is damaged."


def _kept(db: sqlite3.Connection) -> Iterator[str]:
    for key, vector, stored in db.execute("SELECT text_checksum, vector, checksum FROM encoded"):
        if checksum.of_vector(key, vector) != stored:
            yield "A vector kept from a run that was stopped is damaged."
            return


def _counts(db: sqlite3.Connection) -> Iterator[str]:
    for table in COUNTED:
        (rows,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
        if _meta(db, table) != str(rows):
            yield f"The table of {table} holds {rows:,} rows, not {_meta(db, table)}."
    if not _meta(db, "generation").isdecimal():
        yield "The store's generation is damaged."


@dataclass(slots=True)
class _Looking:
    """Goes through all articles once, and makes the word search that they must have."""

    made: sqlite3.Connection
    on_progress: OnProgress

    def articles(self, db: sqlite3.Connection) -> Iterator[str]:
        (total,) = db.execute("SELECT count(*) FROM articles").fetchone()
        rows = db.execute(
            "SELECT id, passages, text_checksum, checksum, name, path, title, sha256, text"
            " FROM articles"
        )
        for done, (id, passages, text_checksum, stored, *values) in enumerate(rows, start=1):
            name, path, title, sha256, text = values
            try:
                article = Article(name, path, title, text, sha256)
                if checksum.of_article(article, passages, text_checksum) != stored:
                    yield f"The title, path or hash of the article {name} is damaged."
                if checksum.of_text(text) != text_checksum:
                    yield f"The text of the article {name} is damaged."
                yield from self._passages(db, id, article, passages, stored)
            except (TypeError, ValueError, AttributeError) as error:
                yield f"The article {name} is damaged: {error}"
            self.on_progress(done, total)
        (lost,) = db.execute(
            "SELECT count(*) FROM passages WHERE article NOT IN (SELECT id FROM articles)"
        ).fetchone()
        if lost:
            yield f"{lost:,} passages are of no article."

    def _passages(
        self, db: sqlite3.Connection, id: int, article: Article, passages: int, of: bytes
    ) -> Iterator[str]:
        rows = db.execute(
            'SELECT id, start, "end", checksum, vector FROM passages WHERE article = ?', (id,)
        ).fetchall()
        if len(rows) != passages:
            yield f"The article {article.id} has {len(rows):,} passages, not {passages:,}."
        for number, start, end, stored, vector in rows:
            if checksum.of_passage(of, number, start, end, vector) != stored:
                yield f"A passage of the article {article.id} is damaged."
            elif not 0 <= start <= end <= len(article.text):
                yield f"A passage of the article {article.id} is not inside it."
            text = article.text[start:end]
            self.made.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, text))

    def words(self, db: sqlite3.Connection) -> Iterator[str]:
        of, _, noted = _meta(db, "words").partition(":")
        if of == _meta(db, "generation") and words_checksum(db) != noted:
            yield "The word search is not what was written."
        for each in (db, self.made):
            each.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, instance)")
        for what, query in _COMPARED:
            if not _same(db.execute(query), self.made.execute(query)):
                yield f"The word search has other {what} than the passages."
        # FTS5 checks itself by a statement that needs to write: a copy does.
        with contextlib.closing(words_in_memory()) as copy:
            for table in WORDS_TABLES:
                copy.execute(f"DELETE FROM {table}")
                rows = db.execute(f"SELECT * FROM {table}")
                places = ",".join("?" * len(rows.description))
                copy.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
            copy.execute("INSERT INTO words (words) VALUES ('integrity-check')")


def _same(one: Iterator[Any], other: Iterator[Any]) -> bool:
    return all(a == b for a, b in zip_longest(one, other))


def _wrong_with_vectors(folder: Path) -> list[Fault]:
    """Return what is wrong with the FAISS file of a sound database."""
    file = folder / VECTORS
    while True:
        with opened_to_read(folder) as db:
            if not _is_ours(db):
                return []
            noted = _meta(db, "vectors")
            of, _, expected = noted.partition(":")
            if of != _meta(db, "generation"):
                return []  # not made yet: another process may be at it
            message = _difference(db, Vectors.read(file, expected))
        if not message:
            return []
        with opened_to_read(folder) as db:  # only now does it see what was written meanwhile
            if _meta(db, "vectors") == noted:
                break
    if not file.exists():
        return [Fault(f"{VECTORS} is missing.", "cost", "The next question makes it anew.", ())]
    return [Fault(f"{VECTORS} {message}", "cost", VECTORS_ANEW, (file,))]


def _difference(db: sqlite3.Connection, vectors: Vectors | None) -> str:
    """Return how vectors differ from those in SQLite; empty where they do not."""
    import numpy as np

    if vectors is None:
        return "is not what was written."
    rows = db.execute("SELECT id, vector FROM passages ORDER BY id")
    count = 0
    while batch := rows.fetchmany(BATCH_PASSAGES):
        ids = np.array([id for id, _ in batch], dtype=np.int64)
        halves = np.frombuffer(b"".join(vector for _, vector in batch), dtype=np.float16)
        if not vectors.holds(ids, halves.reshape(len(batch), -1)):
            return "holds other vectors than the database."
        count += len(batch)
    return "" if count == len(vectors) else "holds more vectors than the database."
