"""What a large store has still to do, a step at a time, whenever it is changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.store.removals import removed
from index.store.segmented import removed_in, stamps
from index.store.word_lists import BEING_MADE

if TYPE_CHECKING:
    from index.store.rows import Connection


def pending(db: Connection) -> Iterator[str]:
    """Yield what is still to be done, in phrases; nothing for a store that is not large."""
    runs = removed(db)
    gone = sum(removed_in(stamp, runs) for stamp in stamps(db))
    if gone:
        yield f"{gone:,} vectors of removed passages to delete"
    making = db.execute("SELECT value FROM meta WHERE key = ?", (BEING_MADE,)).fetchone()
    if making and making[0]:
        yield "word lists to finish"
