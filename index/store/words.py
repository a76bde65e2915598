"""The word search: FTS5's table in a store, and the same search over texts in memory."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from index.errors import StoreDamaged
from index.store import checksum

if TYPE_CHECKING:
    from index.store.database import Database
    from index.store.protocol import Ranking
    from index.store.rows import Connection

WORDS_TABLE = (
    "CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize='porter unicode61')"
)

CONTENT, HEAD = "words", "words head"
"""Keys of `meta`: the generation and the checksum of all of the word search, and of its head."""
_CONTENT = (
    "SELECT id, block FROM words_data ORDER BY id",
    "SELECT segid, term, pgno FROM words_idx ORDER BY segid, term",
    "SELECT k, v FROM words_config ORDER BY k",
    "SELECT group_concat(id || ' ' || hex(sz)) FROM (SELECT * FROM words_docsize ORDER BY id)",
)
"""All of the word search. The last is one row for each passage: too many to fetch each."""
_HEAD = (
    "SELECT id, block FROM words_data WHERE id IN (1, 10) ORDER BY id",
    "SELECT k, v FROM words_config ORDER BY k",
)
"""What every query depends on: FTS5's totals, its list of segments, and its configuration."""
TABLES = ("words_data", "words_idx", "words_docsize", "words_config")
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


class Words:
    """The words of the passages of a store.

    A question checks what every query depends on, a few hundred bytes at any size. It does not
    check FTS5's own blocks, which have no checksums: damage there that FTS5 does not notice can
    change which passages are found, and so their ranks and what is said not to be in the text.
    What a passage says is checked elsewhere, so a quote is right in any case. `check` reads all:
    it is done before anything is changed, and `qa doctor` does it.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._checked_generation = -1

    def add(self, texts: Iterable[tuple[int, str]]) -> None:
        """Add passages, as (passage id, text); inside `writing`."""
        self._db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", texts)

    def remove(self, texts: Iterable[tuple[int, str]]) -> None:
        """Remove passages, as (passage id, text); inside `writing`.

        The table keeps no text, so FTS5 needs the very text that was added.
        """
        self._db.executemany(
            "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)", texts
        )

    def matching(self, words: Sequence[str], k: int, among: str, *values: str) -> Ranking:
        """Return the k passages with the highest BM25 score; see `View.matching`.

        among: SQL that selects the ids of the passages to search, with `values` for its
        parameters; empty for all.
        """
        if not words:
            return []
        self.check_head()
        rows = self._db.execute(
            "SELECT rowid, -bm25(words) AS score FROM words"
            f" WHERE words MATCH ?{_only(among)} ORDER BY score DESC, rowid LIMIT ?",
            (" OR ".join(map(quoted, words)), *values, k),
        )
        return [(int(id), float(score)) for id, score in rows]

    def unknown(self, words: Sequence[str], among: str, *values: str) -> list[str]:
        """Return those of the words that occur in no passage; for among see `matching`."""
        self.check_head()
        query = f"SELECT 1 FROM words WHERE words MATCH ?{_only(among)} LIMIT 1"
        return [
            word
            for word in words
            if not self._db.execute(query, (quoted(word), *values)).fetchone()
        ]

    def check(self) -> None:
        """Raise StoreDamaged unless all of the word search is what the last writer left.

        Notes what it is where no writer has done so yet; inside `reading`.
        """
        generation = self._db.generation()
        if not self._is_as_noted(CONTENT, generation, content_checksum(self._db)):
            raise StoreDamaged("The store's word search is not what was written.")
        self._check_noted_head(generation)

    def check_head(self) -> None:
        """Raise StoreDamaged unless what every query depends on is what the last writer left.

        Does what `check` does where no writer has noted it; inside `reading`.
        """
        generation = self._db.generation()
        if self._checked_generation == generation:
            return
        if self._db.meta(HEAD).startswith(f"{generation}:"):
            self._check_noted_head(generation)
        else:
            self.check()

    def _check_noted_head(self, generation: int) -> None:
        if not self._is_as_noted(HEAD, generation, head_checksum(self._db)):
            raise StoreDamaged("The store's word search is not what was written.")
        self._checked_generation = generation

    def _is_as_noted(self, key: str, generation: int, found: str) -> bool:
        """Return whether a checksum is the noted one; note it where none is noted."""
        of, _, noted = self._db.meta(key).partition(":")
        if of == str(generation):
            return found == noted
        self._db.note(key, f"{generation}:{found}", generation=generation)
        return True


def content_checksum(db: Connection) -> str:
    """Return the checksum of all of the word search."""
    return checksum.of_rows(row for query in _CONTENT for row in db.execute(query))


def head_checksum(db: Connection) -> str:
    """Return the checksum of what every query depends on."""
    return checksum.of_rows(row for query in _HEAD for row in db.execute(query))


def differences(db: Connection, made: Connection) -> Iterator[str]:
    """Yield how the word search of a store differs from one made of its passages.

    Raises: sqlite3.DatabaseError where FTS5 itself finds damage.
    """
    for each in (db, made):
        each.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, instance)")
    for what, query in _COMPARED:
        pairs = zip_longest(db.execute(query), made.execute(query))
        if any(one != other for one, other in pairs):
            yield f"The store's word search has other {what} than its passages."
    # FTS5 checks itself with a statement that needs to write, so a copy is checked.
    with contextlib.closing(words_in_memory()) as copy:
        for table in TABLES:
            copy.execute(f"DELETE FROM {table}")
            rows = db.execute(f"SELECT * FROM {table}")
            places = ",".join("?" * len(rows.description))
            copy.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        copy.execute("INSERT INTO words (words) VALUES ('integrity-check')")


def _only(among: str) -> str:
    return f" AND rowid IN ({among})" if among else ""


def coverages(words: Sequence[str], texts: Sequence[str]) -> list[float]:
    """Return for each text the share of the words that it contains, in [0, 1].

    Any form of a word counts, as in the word search of a store. 0 where there are no words.
    """
    with contextlib.closing(words_in_memory()) as db:
        db.execute("BEGIN")
        db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(texts))
        found = [0] * len(texts)
        for word in words:
            rows = db.execute("SELECT rowid FROM words WHERE words MATCH ?", (quoted(word),))
            for (number,) in rows:
                found[number] += 1
    return [count / max(1, len(words)) for count in found]


def words_in_memory() -> sqlite3.Connection:
    """Return a database in memory that holds an empty word search table and nothing else."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(WORDS_TABLE)
    return db


def quoted(word: str) -> str:
    """Return a word as an FTS5 string, so that no character of it is read as query syntax."""
    return '"' + word.replace('"', '""').replace("\0", " ") + '"'  # FTS5 stops at a NUL
