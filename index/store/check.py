"""Finds everything wrong with a store, without changing it and without a model; and repairs it.

A database that is not known to be a store's is reported, and left alone.

The whole store is read in one transaction, so that another process can keep indexing. Its rows are
compared with their checksums and counts, its word index with one made from the passages, and its
FAISS file with the vectors in SQLite. This takes about as much memory as the word index and the
vectors take on disk.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.errors import StoreDamaged
from index.store import compare, rows, schema, soundness, words
from index.store.errors import mapped_errors, mapped_os_errors, not_a_store
from index.store.faiss_files import left_over
from index.store.files import DATABASE, VECTORS, set_aside, writer_lock
from index.store.readonly import (
    check_writable,
    is_foreign,
    opened_to_read,
    wait_for_writers,
)
from index.types import Span
from index.wording import searched_words
from index.words import INSERT, words_in_memory

if TYPE_CHECKING:
    import sqlite3

Effect = Literal["answers", "cost"]
MAX_NAMED = 10
"""How many damaged pages a message names; there may be more."""
REMOVE_DATABASE = (
    "`qa doctor --repair` removes the database; the next question rebuilds it from the articles."
)
REMOVE_VECTORS = (
    "`qa doctor --repair` removes the file; the next question rebuilds it from the database."
)
REMOVE_FILE = "`qa doctor --repair` removes the file."

OnProgress = Callable[[int, int], None]
"""Called with how many articles are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a store."""

    message: str
    """What is wrong, in a sentence."""
    effect: Effect
    """Whether it can make answers wrong or fail, or only costs space or time."""
    fix: str
    """What to do about it, in a sentence."""
    files: tuple[Path, ...]
    """The files that `repair` removes. They are rebuilt, or no longer needed."""


def _ignore(*_: int) -> None:
    """Ignore progress."""


def findings(
    folder: Path, identity: str | None = None, on_progress: OnProgress = _ignore
) -> list[Finding]:
    """Return everything wrong with the store in `folder`; nothing if there is no store.

    identity: the identity that the store must have, as passed to `LocalStore`; None for any.

    Raises: StoreError if it cannot be read at all, because a permission is missing, for example.
    """
    found: list[Finding] = []
    if is_foreign(folder):
        error = not_a_store(folder / DATABASE)
        found.append(Finding(error.message, "cost", error.hint, ()))
    elif (folder / DATABASE).exists():
        for message in _wrong_with_database(folder, on_progress):
            found.append(Finding(message, "answers", REMOVE_DATABASE, (folder / DATABASE,)))
        if not found:
            found.extend(_wrong_identity(folder, identity))
        if not found:
            found.extend(_wrong_with_vectors(folder))
    for file in left_over(folder / VECTORS):
        message = f"{file.name} was left behind by a killed process."
        found.append(Finding(message, "cost", REMOVE_FILE, (file,)))
    for name in (DATABASE, VECTORS):
        for file in sorted(folder.glob(f"{name}.damaged-*")):
            message = f"{file.name} is damaged and was set aside."
            found.append(Finding(message, "cost", REMOVE_FILE, (file,)))
    return found


def repair(folder: Path, found: Iterable[Finding], identity: str | None = None) -> list[str]:
    """Remove what is damaged, and return what was done, in sentences.

    Waits until no other process is indexing, and then checks again: what was rebuilt meanwhile
    stays. The next question rebuilds what is needed.

    found: what `findings` returned. identity: what was passed to it.

    Raises: StoreError if something cannot be removed.
    """
    done: list[str] = []
    named = dict.fromkeys(file for finding in found for file in finding.files)
    if not any(file.exists() for file in named):  # another finding named them too, for example
        return done
    with writer_lock(folder), mapped_os_errors(folder):
        still = {file for finding in findings(folder, identity) for file in finding.files}
        for file in named:
            if file not in still or not file.exists():
                continue
            if file == folder / DATABASE:
                # Renamed first, so that a process that opens it now does not find only a part.
                kept = set_aside(folder)
                for part in (kept, *folder.glob(f"{kept.name}-*")):
                    _remove(part)
            else:
                _remove(file)
            done.append(f"Removed {file}.")
    return done


def _remove(file: Path) -> None:
    if file.is_dir():
        file.rmdir()  # fails if it has content, which is not this program's
    else:
        file.unlink(missing_ok=True)


def _wrong_with_database(folder: Path, on_progress: OnProgress) -> list[str]:
    """Return what is wrong with the database, in sentences."""
    found: list[str] = []
    try:
        with opened_to_read(folder) as db:
            if not _is_ours(db):
                return []
            with contextlib.closing(words_in_memory()) as made:
                for sentences in (
                    _pages(db),
                    _fixed(db),
                    _small_rows(db),
                    _articles(db, made, on_progress),
                ):
                    found.extend(_with_errors(folder, sentences))
                check_writable(folder)
                if not found:  # otherwise the two word indexes differ in any case
                    found.extend(_with_errors(folder, _words(db, made)))
    except StoreDamaged as damage:
        found.append(damage.message)
    return list(dict.fromkeys(found))


def _with_errors(folder: Path, sentences: Iterator[str]) -> Iterator[str]:
    """Yield sentences, and the message of an error that ends them early."""
    try:
        with mapped_errors(folder / DATABASE):
            yield from sentences
    except StoreDamaged as damage:
        yield damage.message
    except (TypeError, ValueError) as error:
        yield f"A stored value is damaged: {error}"


def _is_ours(db: sqlite3.Connection) -> bool:
    """Return whether the tables are of this version; if not, the store will be emptied anyway."""
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    return "meta" in tables and _identity(db)[:1] == [schema.FORMAT]


def _identity(db: sqlite3.Connection) -> list[Any]:
    """Return format, identity, dimension and folder name; an empty list for an older version."""
    try:
        found = json.loads(_meta(db, "identity"))
    except ValueError:
        return []
    return found if isinstance(found, list) and len(found) == 4 else []


def _meta(db: sqlite3.Connection, key: str) -> str:
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return str(row[0]) if row else ""


def _wrong_identity(folder: Path, identity: str | None) -> Iterator[Finding]:
    """Yield a finding if the next question would empty the store."""
    with opened_to_read(folder) as db:
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            return  # another process is just creating it
        of = _identity(db) if _is_ours(db) else []
    name = folder.absolute().name
    if not of:
        message = "The store is from another version."
    elif of[3] != name:
        message = "The store is for other articles."
    elif identity is not None and of[1] != identity:
        message = "The store is for another model or other settings."
    else:
        return
    yield Finding(message, "cost", REMOVE_DATABASE, (folder / DATABASE,))


def _pages(db: sqlite3.Connection) -> Iterator[str]:
    found = [row[0] for row in db.execute(f"PRAGMA integrity_check({MAX_NAMED})")]
    if found != ["ok"]:
        yield f"The database is damaged: {'; '.join(found)}"


def _fixed(db: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the tables, the description and the generation."""
    yield from soundness.of_fixed(schema.fixed_checksum(db), _meta(db, "fixed"))
    yield from soundness.of_number("generation", _meta(db, "generation"))


def _small_rows(db: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with counts, file records and cached vectors."""
    for table in schema.COUNTED:
        (count,) = db.execute(f"SELECT count(*) FROM {table}").fetchone()
        yield from soundness.of_count(table, count, _meta(db, table))
    for file in rows.files(db):
        yield from soundness.of_file(file)
    for cached in db.execute("SELECT text_checksum, vector, checksum FROM encoded"):
        yield from soundness.of_cached_vector(*cached)


def _articles(
    db: sqlite3.Connection, made: sqlite3.Connection, on_progress: OnProgress
) -> Iterator[str]:
    """Yield what is wrong with articles and passages. made: a word index to add them to."""
    (total,) = db.execute("SELECT count(*) FROM articles").fetchone()
    for done, row in enumerate(rows.articles(db), start=1):
        content, passages = rows.content_of(db, row), rows.passages_of(db, row)
        wrong = list(soundness.of_whole_article(row, content, passages))
        yield from wrong
        if not wrong:
            article = row.with_content(content)
            spans = ((p.id, Span(p.start, p.end)) for p in passages)
            found = (words.row(id, searched_words(article, span)) for id, span in spans)
            made.executemany(INSERT, found)
        on_progress(done, total)
    orphans = "SELECT 1 FROM passages WHERE article NOT IN (SELECT id FROM articles) LIMIT 1"
    if db.execute(orphans).fetchone():
        yield soundness.ORPHAN


def _words(db: sqlite3.Connection, made: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the word index. made: one made of the passages, all undamaged."""
    for key, found in words.checksums(db):
        yield from soundness.of_words(found, _meta(db, key), _meta(db, "generation"))
    yield from words.differences(db, made)


def _wrong_with_vectors(folder: Path) -> list[Finding]:
    """Return what is wrong with the files of vectors, of an undamaged database."""
    while True:
        with opened_to_read(folder) as db:
            if not _is_ours(db):
                return []
            noted = compare.noted(db)
            wrong = list(compare.differences(db, folder, _identity(db)[2]))
            if wrong:  # a file is replaced just before the transaction ends that says so
                wait_for_writers(folder)
        with opened_to_read(folder) as db:  # a new transaction sees what was written meanwhile
            if not wrong or compare.noted(db) == noted:
                return [_finding(*each) for each in wrong]


def _finding(file: Path, message: str) -> Finding:
    if not file.exists():
        return Finding(f"{file.name} is missing.", "cost", "The next question rebuilds it.", ())
    return Finding(f"{file.name} {message}", "cost", REMOVE_VECTORS, (file,))
