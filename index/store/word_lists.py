"""Ranks the passages of a large store by their words as FTS5 does, in a fraction of the time.

FTS5 looks up the length of each passage that has any of the words. Here, each stem has arrays of
passage ids and of frequencies, from which numpy computes the same scores. Phrases, and what was
added since the lists were made, are left to FTS5.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreError
from index.store import passages
from index.store.files import LISTS
from index.store.list_file import ListFile, ListsDamaged, Numbers
from index.store.top_scores import ScoredList, TopScores
from index.words import (
    BM25,
    PATH_WEIGHT,
    TEXT_WEIGHT,
    TITLE_WEIGHT,
    quoted,
    rarity,
    saturated,
    stems_in,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.store.database import Database
    from index.store.limits import Limits
    from index.store.protocol import Ranking

MADE, BEING_MADE = "word lists", "word lists being made"
"""Keys of `meta`: the number of a file, a colon, and the highest passage id in it."""
STEP = 2_000_000
"""Words of passages that are put into lists in one transaction: one to two seconds."""
MAX_ID = (1 << 32) - 1
MORE = 100
"""Passages ranked beyond those wanted, as some may have been removed."""
_STEMS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.stems USING fts5vocab(main, words, instance)"
_COUNTS = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.counts USING fts5vocab(main, words, row)"
_FREQUENCIES = f"""
    SELECT doc * 8 + CASE col WHEN 'text' THEN {int(2 * TEXT_WEIGHT)}
    WHEN 'title' THEN {int(2 * TITLE_WEIGHT)} ELSE {int(2 * PATH_WEIGHT)} END
    FROM temp.stems WHERE term = ?
"""
"""The passages with a stem, and how much one occurrence counts, in halves, as one number."""
_STORED = "SELECT p.id FROM json_each(?) j JOIN passages p ON p.id = j.value"


class WordLists:
    """The word lists of one store."""

    def __init__(self, db: Database, folder: Path, limits: Limits) -> None:
        self._db = db
        self._folder = folder
        self._limits = limits
        self._file: ListFile | None = None
        self._number = 0
        self._lengths: NDArray[np.uint16] | None = None
        """By passage id."""
        self._top = TopScores(0)
        self._counts: dict[str, int] = {}
        """How many passages have a word, at `_generation`."""
        self._generation = -1

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file, self._lengths, self._number = None, None, 0

    def matching(
        self, words: Sequence[str], k: int, among: NDArray[np.int64] | None
    ) -> Ranking | None:
        """Return the k passages with the highest BM25 score; see `View.matching`.

        among: the ids of the passages to search, ascending; None for all. Returns None if there are
        no lists that could be used. Call inside `reading`.
        """
        noted = self._db.meta(MADE)
        number, last = _parsed(noted)
        if not number:
            return None
        try:
            return self._matching(words, k, among, self._opened(number), last)
        except (ListsDamaged, StoreError):
            self.close()
            self._db.write_later(lambda: self._forget(noted))
            return None

    def _forget(self, noted: str) -> None:
        """Forget damaged lists, unless another process has replaced them and removed the file."""
        if self._db.meta(MADE) == noted:
            self._db.set_meta(MADE, "")

    def keep_up(self, words: int) -> None:
        """Make new lists if much was added since; continue where an earlier call ended.

        words: how many words of passages to read at least, if there are as many.
        Raises: StoreError.
        """
        while words > 0 and self._make(min(words, STEP)):
            words -= STEP

    def _matching(
        self,
        words: Sequence[str],
        k: int,
        among: NDArray[np.int64] | None,
        file: ListFile,
        last: int,
    ) -> Ranking:
        import numpy as np

        lengths = self._lengths_in(file, last)
        total, average = self._totals()
        lists = []
        for word, stems in zip(words, stems_in(words), strict=True):
            if len(stems) > 1:
                lists.append(_scored(self._with_fts5([word], "<=", last)))
            elif stems and (found := file.stem(stems[0])):
                count = self._count(word)
                lists.append(_weighted(found, rarity(total, count), lengths, average))
        ranking = self._best(lists, k, among)
        if passages.last_id(self._db) > last:
            allowed = None if among is None else {*among[np.searchsorted(among, last) :].tolist()}
            later = self._with_fts5(words, ">", last)
            ranking.extend((id, s) for id, s in later if allowed is None or id in allowed)
        return sorted(ranking, key=lambda pair: (-pair[1], pair[0]))[:k]

    def _best(
        self, lists: Sequence[ScoredList], k: int, among: NDArray[np.int64] | None
    ) -> Ranking:
        """Return the k passages with the highest score that are still stored."""
        wanted = k + MORE
        while True:
            ids, scores = self._top.best(lists, wanted, among)
            stored = {id for (id,) in self._db.execute(_STORED, (json.dumps(ids.tolist()),))}
            ranked = zip(ids.tolist(), scores.tolist(), strict=True)
            found = [(id, score) for id, score in ranked if id in stored]
            if len(found) >= k or len(ids) < wanted:
                return found
            wanted *= 4

    def _with_fts5(self, words: Sequence[str], comparison: str, last: int) -> Ranking:
        query = f"SELECT rowid, -{BM25} FROM words WHERE words MATCH ? AND rowid {comparison} ?"
        return list(self._db.execute(query, (" OR ".join(map(quoted, words)), last)))

    def _count(self, word: str) -> int:
        """Return how many passages have a word."""
        generation = self._db.generation()
        if generation != self._generation:
            self._counts, self._generation = {}, generation
        if word not in self._counts:
            query = "SELECT count(*) FROM words WHERE words MATCH ?"
            self._counts[word] = self._db.execute(query, (quoted(word),)).fetchone()[0]
        return self._counts[word]

    def _totals(self) -> tuple[int, float]:
        """Return how many passages there are, and how many words one has on average."""
        (block,) = self._db.execute("SELECT block FROM words_data WHERE id = 1").fetchone()
        count, *words = _varints(block) if block else (0,)  # empty until there is a passage
        return count, max(1, sum(words)) / max(1, count)

    def _opened(self, number: int) -> ListFile:
        if self._file is None or self._number != number:
            self.close()
            self._file, self._number = ListFile(self._folder, number, writable=False), number
        return self._file

    def _lengths_in(self, file: ListFile, last: int) -> NDArray[np.uint16]:
        import numpy as np

        if self._lengths is None:
            found = file.lengths()
            self._lengths = np.zeros(last + 1, dtype=np.uint16)
            self._lengths[found.ids[found.ids <= last]] = found.numbers[found.ids <= last]
            self._top = TopScores(last + 1)
        return self._lengths

    def _make(self, words: int) -> bool:
        """Put some more words into new lists; return whether there are more to put."""
        with self._db.reading():
            count, newest = self._db.count("passages"), passages.last_id(self._db)
            _, last = _parsed(self._db.meta(MADE))
            making, up_to = _parsed(self._db.meta(BEING_MADE))
        is_due = self._limits.large <= count <= (newest - last) / self._limits.lists_share
        if not is_due or newest > MAX_ID:
            return False
        if not making:
            making, up_to = time.time_ns(), newest  # a name that no other file ever had
            with self._db.writing():
                self._db.set_meta(BEING_MADE, f"{making}:{up_to}")
        with contextlib.closing(ListFile(self._folder, making, writable=True)) as opened:
            is_complete = self._fill(opened, up_to, words)
        if is_complete:
            with self._db.writing():
                self._db.set_meta(MADE, f"{making}:{up_to}")
                self._db.set_meta(BEING_MADE, "")
            self.close()
            self._remove_others(making)
        return not is_complete

    def _fill(self, file: ListFile, last: int, words: int) -> bool:
        """Add the next lists to a file; return whether that were the last ones."""
        start = file.next_stem()
        with self._db.reading():
            lengths = self._read_lengths(last) if start is None else None
            lists, left = [], words
            for table in (_STEMS, _COUNTS):
                self._db.execute(table)
            found = self._db.execute(
                "SELECT term, cnt FROM temp.counts WHERE term >= ? ORDER BY term", (start or "",)
            )
            following = None
            for term, count in found:
                if left <= 0:
                    following = term
                    break
                lists.append((term, self._read_list(term, last)))
                left -= count
            found.close()
        file.add(lists, next_stem=following, lengths=lengths)
        return following is None

    def _read_list(self, stem: str, last: int) -> Numbers:
        import numpy as np

        occurrences = self._db.execute(_FREQUENCIES, (stem,))
        found = np.fromiter((number for (number,) in occurrences), dtype=np.int64)
        ids, counts = found >> 3, found & 7
        starts = np.flatnonzero(np.diff(ids, prepend=-1))
        numbers = np.add.reduceat(counts, starts) if len(starts) else counts
        held = ids[starts] <= last
        return Numbers(
            ids[starts][held].astype(np.uint32),
            np.minimum(numbers[held], np.iinfo(np.uint16).max).astype(np.uint16),
        )

    def _read_lengths(self, last: int) -> Numbers:
        import numpy as np

        rows = self._db.execute(
            "SELECT id, sz FROM words_docsize WHERE id <= ? ORDER BY id", (last,)
        )
        pairs = np.array([(id, sum(_varints(sizes))) for id, sizes in rows], dtype=np.int64)
        ids, lengths = pairs.reshape(-1, 2).T
        most = np.iinfo(np.uint16).max
        return Numbers(ids.astype(np.uint32), np.minimum(lengths, most).astype(np.uint16))

    def _remove_others(self, number: int) -> None:
        kept = LISTS.format(number)
        for file in self._folder.glob(LISTS.format("*") + "*"):
            if not file.name.startswith(kept):
                with contextlib.suppress(OSError):  # it takes space, nothing else
                    file.unlink()


def _weighted(
    found: Numbers, weight: float, lengths: NDArray[np.uint16], average: float
) -> ScoredList:
    """Return the passages of a stem with their BM25 scores.

    weight: its `rarity`. lengths: by passage id.
    """
    ids = found.ids.astype("int64")
    return ScoredList(ids, weight * saturated(found.numbers * 0.5, lengths[ids], average))


def _scored(ranking: Ranking) -> ScoredList:
    """Return passages whose scores are known."""
    import numpy as np

    return ScoredList(
        np.array([id for id, _ in ranking], dtype=np.int64),
        np.array([score for _, score in ranking], dtype=np.float64),
    )


def _parsed(noted: str) -> tuple[int, int]:
    """Return the number of a file and the highest passage id in it; 0 for both if there is none."""
    number, _, last = noted.partition(":")
    return (int(number), int(last)) if number.isdecimal() and last.isdecimal() else (0, 0)


def _varints(block: bytes) -> Iterator[int]:
    """Yield the numbers in a block of FTS5, written as SQLite writes them."""
    number, length = 0, 0
    for byte in block:
        length += 1
        if length == 9:  # the last byte of the longest number has no mark
            yield number << 8 | byte
            number, length = 0, 0
            continue
        number = number << 7 | byte & 127
        if byte < 128:
            yield number
            number, length = 0, 0
