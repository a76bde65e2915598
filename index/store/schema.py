"""The tables of a store, and how to tell a store from another program's database."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from index.store import checksum
from index.store.files import is_named_like_a_store
from index.words import WORDS_TABLE

if TYPE_CHECKING:
    import sqlite3

FORMAT = 4
"""Increased with every change of the schema; a store of another format is rebuilt."""
APPLICATION_ID = 0x61714131
"""In the header of every store, as SQLite recommends, and in no other program's database."""
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
    checked_ns INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    extractor TEXT NOT NULL, checksum BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL, title TEXT NOT NULL,
    sha256 TEXT NOT NULL, extractor TEXT NOT NULL, passages INTEGER NOT NULL,
    content_checksum BLOB NOT NULL, checksum BLOB NOT NULL,
    text TEXT NOT NULL, structure BLOB NOT NULL
);
CREATE INDEX articles_by_content ON articles (sha256);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, checksum BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article, start, "end");
CREATE TABLE encoded (
    text_checksum BLOB PRIMARY KEY, checksum BLOB NOT NULL, vector BLOB NOT NULL
) WITHOUT ROWID;
{WORDS_TABLE};
"""
COUNTED = ("articles", "passages", "files")
"""Tables whose row counts are stored in `meta`, so that lost rows are noticed."""
_FIXED = (
    "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name",
    "SELECT key, value FROM meta WHERE key = 'identity' OR key LIKE 'about %' ORDER BY key",
)
_TABLES = """
    SELECT name FROM sqlite_master WHERE type = 'table'
    AND name NOT LIKE 'sqlite~_%' ESCAPE '~' AND name NOT LIKE 'words~_%' ESCAPE '~'
"""


def create(db: sqlite3.Connection, identity: str, about: Mapping[str, str]) -> None:
    """Create the tables of a store, replacing existing ones. Call inside a transaction."""
    for (table,) in db.execute(_TABLES).fetchall():
        db.execute(f'DROP TABLE "{table}"')
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    for statement in SCHEMA.split(";\n"):
        db.execute(statement)
    meta = {
        "identity": identity,
        # Never that of an earlier store, which another process may still have open.
        "generation": str(time.time_ns()),
        **dict.fromkeys(COUNTED, "0"),
        **{f"about {key}": value for key, value in about.items()},
    }
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    db.execute("INSERT INTO meta VALUES ('fixed', ?)", (fixed_checksum(db),))


def fixed_checksum(db: sqlite3.Connection) -> str:
    """Return the checksum of what never changes: the schema, the identity and the description."""
    return checksum.of_rows(row for query in _FIXED for row in db.execute(query))


def is_of_another_program(folder: Path, db: sqlite3.Connection) -> bool:
    """Return whether the database in a folder is not known to be a store's.

    A store has this program's id in its header, or its identity in `meta`, or its folder is named
    like a store's.
    """
    if is_named_like_a_store(folder):
        return False
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if not tables or db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID:
        return False
    columns = {row[1] for row in db.execute("PRAGMA table_info(meta)")}
    if columns != {"key", "value"}:
        return True
    return db.execute("SELECT 1 FROM meta WHERE key = 'identity'").fetchone() is None
