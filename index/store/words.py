"""The word index of a store: an FTS5 table, as `index.words` defines it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from index.store import checksum, soundness
from index.words import BM25, INSERT, quoted, words_in_memory

if TYPE_CHECKING:
    from index.store.database import Database
    from index.store.limits import Limits
    from index.store.protocol import Ranking
    from index.store.rows import Connection
    from index.wording import Searched

CONTENT, HEAD = "words", "words head"
"""Keys of `meta`, for the checksums of the whole word index and of its head."""
_CONTENT = (
    "SELECT id, block FROM words_data ORDER BY id",
    "SELECT segid, term, pgno FROM words_idx ORDER BY segid, term",
    "SELECT k, v FROM words_config ORDER BY k",
    "SELECT group_concat(id || ' ' || hex(sz)) FROM (SELECT * FROM words_docsize ORDER BY id)",
)
"""The whole word index. The last table has a row per passage: too many to fetch one by one."""
_HEAD = (
    "SELECT id, block FROM words_data WHERE id IN (1, 10) ORDER BY id",
    "SELECT k, v FROM words_config ORDER BY k",
)
"""What every query depends on: FTS5's totals, its list of segments, and its configuration."""
_STEMS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stems USING fts5vocab(main, words, instance)"
"""SQL that creates a table of all occurrences of all stems; it takes no space."""
TABLES = ("words_data", "words_idx", "words_docsize", "words_config")
_SUMS = (
    "SELECT term, col, count(*), sum(doc), sum(offset), sum(doc * (offset + 1))"
    " FROM temp.terms GROUP BY term, col ORDER BY term, col"
)
_COMPARED = (
    ("words", _SUMS),
    ("passage lengths", "SELECT id, sz FROM words_docsize ORDER BY id"),
    ("totals", "SELECT block FROM words_data WHERE id = 1"),
)
"""What any two word indexes of the same passages have in common."""


class Words:
    """The word index of a store.

    A question checks only what every query depends on, a few hundred bytes at any size. FTS5's own
    blocks have no checksums: damage there that FTS5 does not notice can change which passages are
    found, their ranks, and which words are reported as not in the text. The text of a passage is
    checked elsewhere, so quotes are always right. `check` reads the whole index, before every
    change of a store that is not large; `qa doctor` does the same.
    """

    def __init__(self, db: Database, limits: Limits) -> None:
        self._db = db
        self._limits = limits
        self._checked_generation = -1

    def add(self, passages: Iterable[tuple[int, Searched]]) -> None:
        """Add passages, as (passage id, words). Call inside `writing`."""
        self._db.executemany(INSERT, (row(id, words) for id, words in passages))

    def remove(self, passages: Iterable[tuple[int, Searched]]) -> None:
        """Remove passages, as (passage id, words). Call inside `writing`.

        The table stores no text, so FTS5 needs exactly the words that were added.
        """
        self._db.executemany(
            "INSERT INTO words (words, rowid, text, title, path) VALUES ('delete', ?, ?, ?, ?)",
            (row(id, words) for id, words in passages),
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
            f"SELECT rowid, -{BM25} AS score FROM words"
            f" WHERE words MATCH ?{_only(among)} ORDER BY score DESC, rowid LIMIT ?",
            (" OR ".join(map(quoted, words)), *values, k),
        )
        return [(int(id), float(score)) for id, score in rows]

    def unknown(self, words: Sequence[str], among: str, *values: str) -> list[str]:
        """Return the words that do not occur in any passage. among: see `matching`."""
        self.check_head()
        query = f"SELECT 1 FROM words WHERE words MATCH ?{_only(among)} LIMIT 1"
        return [
            word
            for word in words
            if not self._db.execute(query, (quoted(word), *values)).fetchone()
        ]

    def next_stem(self, start: str) -> str | None:
        """Return the first stem that is not before `start`; see `View`. Call inside `reading`."""
        self.check_head()
        self._db.execute(_STEMS)
        query = "SELECT term FROM temp.stems WHERE term >= ? LIMIT 1"
        row = self._db.execute(query, (start,)).fetchone()
        return row[0] if row else None

    def with_stem(self, stem: str, k: int, among: str, *values: str) -> list[int]:
        """Return ids of passages that have a stem; see `View`. Call inside `reading`.

        among, values: see `matching`.
        """
        self.check_head()
        self._db.execute(_STEMS)
        only = f" AND doc IN ({among})" if among else ""
        query = f"SELECT DISTINCT doc FROM temp.stems WHERE term = ?{only} LIMIT ?"
        return [id for (id,) in self._db.execute(query, (stem, *values, k))]

    def check(self) -> None:
        """Raise StoreDamaged unless the whole word index is what the last writer left.

        Records its checksum if no writer has done so yet. Call inside `reading`.
        """
        generation = self._db.generation()
        for key, found in checksums(self._db):
            self._check_part(key, found, generation)
        self._checked_generation = generation

    def check_head(self) -> None:
        """Raise StoreDamaged unless what every query depends on is what the last writer left.

        If no writer has recorded its checksum, records it, and does the same as `check` unless the
        store is large. Call inside `reading`.
        """
        generation = self._db.generation()
        if self._checked_generation == generation:
            return
        is_recorded = self._db.meta(HEAD).startswith(f"{generation}:")
        if is_recorded or self._db.count("passages") >= self._limits.large:
            self._check_part(HEAD, head_checksum(self._db), generation)
            self._checked_generation = generation
        else:
            self.check()

    def _check_part(self, key: str, found: str, generation: int) -> None:
        """Compare a checksum with the recorded one; record it if there is none."""
        recorded = self._db.meta(key)
        soundness.require(soundness.of_words(found, recorded, generation))
        if not recorded.startswith(f"{generation}:"):
            self._db.set_meta_later(key, f"{generation}:{found}", generation=generation)


def row(id: int, words: Searched) -> tuple[int, str, str, str]:
    """Return the values that `INSERT` adds for a passage."""
    return id, words.text, words.title, words.path


def checksums(db: Connection) -> list[tuple[str, str]]:
    """Return the keys of `meta` for the whole word index and its head, each with its checksum."""
    return [(CONTENT, content_checksum(db)), (HEAD, head_checksum(db))]


def content_checksum(db: Connection) -> str:
    """Return the checksum of the whole word index."""
    return checksum.of_rows(row for query in _CONTENT for row in db.execute(query))


def head_checksum(db: Connection) -> str:
    """Return the checksum of what every query depends on."""
    return checksum.of_rows(row for query in _HEAD for row in db.execute(query))


def differences(db: Connection, made: Connection) -> Iterator[str]:
    """Yield how the word index of a store differs from one made of its passages.

    Raises: sqlite3.DatabaseError if FTS5 itself finds damage.
    """
    for each in (db, made):
        each.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, instance)")
    for what, query in _COMPARED:
        pairs = zip_longest(db.execute(query), made.execute(query))
        if any(one != other for one, other in pairs):
            yield f"The store's word index does not match its passages: {what} differ."
    # FTS5's own check is a statement that writes, so it runs on a copy.
    with contextlib.closing(words_in_memory()) as copy:
        for table in TABLES:
            copy.execute(f"DELETE FROM {table}")
            rows = db.execute(f"SELECT * FROM {table}")
            places = ",".join("?" * len(rows.description))
            copy.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        copy.execute("INSERT INTO words (words) VALUES ('integrity-check')")


def _only(among: str) -> str:
    # The plus keeps FTS5 from searching all its words again for every single id.
    return f" AND +rowid IN ({among})" if among else ""
