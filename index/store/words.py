"""The word search: FTS5's table, how a word is quoted for it, and the same search in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

WORDS_TABLE = (
    "CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize='porter unicode61')"
)


class WordFinder:
    """Finds words in a few texts, in any of their forms, as the store's word search does.

    Use it in a `with` statement, which closes it.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self._db = words_in_memory()
        self._db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts))

    def __enter__(self) -> WordFinder:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def where(self, word: str) -> set[int]:
        """Return the positions of the texts that contain `word`."""
        rows = self._db.execute("SELECT rowid FROM words WHERE words MATCH ?", (quoted(word),))
        return {row[0] for row in rows}


def words_in_memory() -> sqlite3.Connection:
    """Return a database in memory that holds an empty word search table and nothing else."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(WORDS_TABLE)
    return db


def quoted(word: str) -> str:
    """Return a word as an FTS5 string, so that no character of it is read as query syntax."""
    return '"' + word.replace('"', '""').replace("\0", " ") + '"'  # FTS5 stops at a NUL
