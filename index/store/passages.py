"""Reads the vectors of stored passages, each of them checked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import StoreDamaged
from index.store import rows, soundness

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.store.rows import Connection

MAX_ID = 1 << 62
"""Never reached by counting: a higher id means damage."""
FETCH_ROWS = 10_000


def last_id(db: Connection) -> int:
    """Return the highest id of a passage; 0 if there are none."""
    (last,) = db.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()
    if not 0 <= last <= MAX_ID:
        raise StoreDamaged("The store's list of passages is damaged.")
    return int(last)


def vectors(
    db: Connection, first: int, last: int, dimension: int, *, most: int = MAX_ID
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float16]]]:
    """Yield the passages with ids from `first` to `last`, batch by batch, in order.

    Of each batch the ids, and the vectors, shape (len(ids), dimension). Ends after `most` passages.

    Raises: StoreDamaged.
    """
    import numpy as np

    cursor = db.execute(
        'SELECT a.name, a.checksum, p.id, p.start, p."end", p.checksum, p.vector'
        " FROM passages p LEFT JOIN articles a ON a.id = p.article"
        " WHERE p.id BETWEEN ? AND ? ORDER BY p.id LIMIT ?",
        (first, last, most),
    )
    while batch := cursor.fetchmany(FETCH_ROWS):
        for name, article, *values in batch:
            if name is None:
                raise StoreDamaged(soundness.ORPHAN)
            soundness.require(soundness.of_passage(rows.PassageRow(*values), name, article))
        halves = np.frombuffer(b"".join(row[-1] for row in batch), np.float16)
        ids = np.array([row[2] for row in batch], dtype=np.int64)
        yield ids, halves.reshape(len(batch), dimension)


def check_articles(db: Connection) -> None:
    """Raise StoreDamaged unless each article is sound and has as many passages as it should."""
    found = dict(db.execute("SELECT article, count(*) FROM passages GROUP BY article"))
    for row in rows.articles(db):
        soundness.require(soundness.of_article(row))
        soundness.require(soundness.of_passage_count(row, found.get(row.id, 0)))
