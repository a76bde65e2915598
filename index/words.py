"""Finds words in any of their forms, with SQLite's FTS5: in a store, and in texts in memory.

Texts and questions are split into words by FTS5 alone, after `searchable` has prepared them.
"""

from __future__ import annotations

import contextlib
import math
import re
import sqlite3
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TEXT_WEIGHT, TITLE_WEIGHT, PATH_WEIGHT = 1.0, 0.5, 0.5
"""How much a word counts in the text of a passage, in its title, and in what is above it.

Measured with a sample of 1,500 questions about the 64 Wikipedia articles of tests/benchmark:
recall@1 is 80.4 % with 1/0.5/0.5, 80.2 % with 1/0.2/0.2, 80.1 % with 1/1/1, and 79.3 % without
titles. The weight of the path is that of the title: these articles have no headings to fit it to.
"""
WORDS_TABLE = (
    "CREATE VIRTUAL TABLE words USING fts5 (text, title, path, content='',"
    """ tokenize="porter unicode61 remove_diacritics 2 categories 'L* M* N* Co'")"""
)
"""SQL that creates the table of a word index. It keeps no text.

Words are made of letters, marks and digits. Case, accents and the endings of English words do not
count.
"""
INSERT = "INSERT INTO words (rowid, text, title, path) VALUES (?, ?, ?, ?)"
"""SQL that adds a passage to a word index."""
K1, B = 1.2, 0.75
"""Of BM25, as FTS5 has them."""
MIN_IDF = 1e-6
"""For a word in more than half of the passages, as in FTS5."""
BM25 = f"bm25(words, {TEXT_WEIGHT}, {TITLE_WEIGHT}, {PATH_WEIGHT})"
"""SQL of the negative BM25 score of a passage."""

FieldStems = tuple[list[str], list[str], list[str]]
"""The stems of a passage by field: its text, its title, and what is above it."""
_STEMS_IN_ORDER = """
    SELECT doc, CASE col WHEN 'text' THEN 0 WHEN 'title' THEN 1 ELSE 2 END AS field, term
    FROM temp.stems ORDER BY doc, field, offset
"""
_UNSEEN = re.compile(
    "[\u00ad\u200c\u200d\u2060\ufeff"  # soft hyphens and joiners
    "\ufe00-\ufe0f\u20e3\U000e0100-\U000e01ef"  # variants of a sign
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0640\u064b-\u065f\u0670]"  # Arabic vowel signs, and lines that make a word longer
)
"""What the same word is written with and without."""
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_NAME = re.compile(r"[^\W_]+")
_NUMBER_WITH_UNIT = re.compile(r"([0-9]+)([^\W\d_]+)")
_ENDINGS = frozenset(["s", "st", "nd", "rd", "th"])
"""They do not make a word of two, as in 1960s and 19th."""


def searchable(text: str) -> str:
    """Return a text as it is put into a word index: followed by the parts of its names.

    Also in the composed form of Unicode (NFC), and without what cannot be seen.
    """
    text = composed(text)
    return " ".join([text, *parts_in(text)])


def composed(text: str) -> str:
    """Return a text in NFC, without signs that the same word is written with and without."""
    if text.isascii():
        return text
    text = _LIGATURES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    # Some signs come out of a letter only in NFC, and what stands around one may then combine.
    text = _UNSEEN.sub("", unicodedata.normalize("NFC", text))
    return unicodedata.normalize("NFC", text)


def parts_in(text: str) -> list[str]:
    """Return the parts of all names in a text, in order; see `parts_of`."""
    return [part for name in _NAME.findall(text) for part in parts_of(name)]


def parts_of(name: str) -> list[str]:
    """Return the parts of a name written in one word, such as HTTPS, Connection and Pool.

    Also the number and the unit of `75oz`. Empty for any other word. Single letters are no parts.

    name: letters and digits only.
    """
    if number := _NUMBER_WITH_UNIT.fullmatch(name):
        return [] if number[2].lower() in _ENDINGS else [number[1], number[2]]
    tail = name[1:]
    if tail == tail.lower() or name == name.upper():
        return []
    starts = [0, *_inner_starts(name), len(name)]
    parts = [name[start:end] for start, end in pairwise(starts)]
    return [part for part in parts if len(part) > 1] if len(parts) > 1 else []


def _inner_starts(name: str) -> Iterator[int]:
    """Yield where a part of a name in one word starts, except at the start of the name."""
    for place in range(1, len(name)):
        if not name[place].isupper():
            continue
        after = name[place + 1 : place + 3]
        # In HTTPSConnection, the last capital starts a part; in PDFs, it does not.
        begins_word = after[:1].islower() and (after != "s" or not name[place - 1].isupper())
        if not name[place - 1].isupper() or begins_word:
            yield place


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
        passages = ((number, searchable(text), "", "") for number, text in enumerate(texts))
        db.executemany(INSERT, passages)
        for word in words:
            rows = db.execute("SELECT rowid FROM words WHERE words MATCH ?", (quoted(word),))
            for (number,) in rows:
                found[number].add(word)
    return found


def without_unseen(words: Sequence[str]) -> list[str]:
    """Return words without those of which FTS5 sees nothing, such as letters newer than it is.

    It does not find them even in a text that has them.
    """
    if all(word.isascii() for word in words):
        return list(words)
    query = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
    with contextlib.closing(words_in_memory()) as db:
        db.execute("BEGIN")
        db.executemany(INSERT, ((n, composed(word), "", "") for n, word in enumerate(words)))
        return [
            word for n, word in enumerate(words) if db.execute(query, (quoted(word), n)).fetchone()
        ]


def stems_in(words: Sequence[str]) -> list[list[str]]:
    """Return for each word the stems that a word index has of it, in order; mostly a single one."""
    texts = [composed(word).replace("\0", " ") for word in words]
    return [stems for stems, _, _ in stems_by_field([(text, "", "") for text in texts])]


def stems_by_field(passages: Sequence[tuple[str, str, str]]) -> list[FieldStems]:
    """Return for each passage the stems in its text, in its title and in what is above it.

    In order, as they are in a word index that the passage was added to.
    """
    found: list[FieldStems] = [([], [], []) for _ in passages]
    with contextlib.closing(words_in_memory()) as db:
        db.execute("BEGIN")
        db.executemany(INSERT, ((number, *fields) for number, fields in enumerate(passages)))
        db.execute("CREATE VIRTUAL TABLE temp.stems USING fts5vocab(main, words, instance)")
        for number, field, stem in db.execute(_STEMS_IN_ORDER):
            found[number][field].append(stem)
    return found


def rarity(passages: int, having: int) -> float:
    """Return the inverse document frequency of a word that `having` of all passages have."""
    return max(MIN_IDF, math.log((passages - having + 0.5) / (having + 0.5)))


def saturated(
    frequencies: NDArray[np.floating], lengths: NDArray[np.integer], average_length: float
) -> NDArray[np.float64]:
    """Return what frequencies of a word count in BM25, in [0, K1 + 1).

    frequencies: weighted by field. lengths: of the same passages, in words.
    """
    weights: NDArray[np.float64] = (frequencies * (K1 + 1)) / (
        frequencies + K1 * (1 - B + B * lengths / average_length)
    )
    return weights


def words_in_memory() -> sqlite3.Connection:
    """Return a database in memory that holds an empty word index and nothing else."""
    db = sqlite3.connect(":memory:", isolation_level=None)
    db.execute(WORDS_TABLE)
    return db


def quoted(word: str) -> str:
    """Return a word as an FTS5 string, so that no character of it is read as query syntax."""
    # FTS5 stops at a NUL.
    return '"' + composed(word).replace('"', '""').replace("\0", " ") + '"'
