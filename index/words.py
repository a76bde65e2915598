"""Finds words in any of their forms, with SQLite's FTS5: in a store, and in texts in memory."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence

TEXT_WEIGHT, TITLE_WEIGHT, PATH_WEIGHT = 1.0, 0.5, 0.5
"""How much a word counts in the text of a passage, in its title, and in what is above it."""
WORDS_TABLE = (
    "CREATE VIRTUAL TABLE words"
    " USING fts5 (text, title, path, content='', tokenize='porter unicode61')"
)
"""SQL that creates the table of a word index. It keeps no text."""
INSERT = "INSERT INTO words (rowid, text, title, path) VALUES (?, ?, ?, ?)"
"""SQL that adds a passage to a word index."""
BM25 = f"bm25(words, {TEXT_WEIGHT}, {TITLE_WEIGHT}, {PATH_WEIGHT})"
"""SQL of the negative BM25 score of a passage."""


def with_parts(text: str) -> str:
    """Return a text followed by the parts of its names written in one word, such as camelCase."""
    return text


def coverages(words: Sequence[str], texts: Sequence[str]) -> list[float]:
    """Return for each text the share of the words that it contains, in [0, 1].

    Any form of a word counts, as in the word index of a store. 0 if there are no words.
    """
    return [len(found) / max(1, len(words)) for found in words_found(words, texts)]


def words_found(words: Sequence[str], texts: Sequence[str]) -> list[set[str]]:
    """Return for each text the words that it contains in any form."""
    found: list[set[str]] = [set() for _ in texts]
    with contextlib.closing(words_in_memory()) as db:
        db.execute("BEGIN")
        db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts))
        for word in words:
            rows = db.execute("SELECT rowid FROM words WHERE words MATCH ?", (quoted(word),))
            for (number,) in rows:
                found[number].add(word)
    return found


def words_in_memory() -> sqlite3.Connection:
    """Return a database in memory that holds an empty word index and nothing else."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(WORDS_TABLE)
    return db


def quoted(word: str) -> str:
    """Return a word as an FTS5 string, so that no character of it is read as query syntax."""
    return '"' + word.replace('"', '""').replace("\0", " ") + '"'  # FTS5 stops at a NUL
