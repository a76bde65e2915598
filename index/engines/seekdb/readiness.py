"""Whether the server has the vector index of a store in memory.

After its start, it makes the index again for the first search, which then takes a second per
thousand passages. Until that is done, comparing all vectors is faster by far. The server finishes
the index even if the client that has searched is gone by then.
"""

from __future__ import annotations

import threading
import time

from index.engines.address import EngineAddress
from index.engines.seekdb.connection import Connection
from index.engines.seekdb.registry import StoreRow
from index.errors import StoreError

PATIENCE_SECONDS = 1.0
"""How long the first question waits. An index that is in memory answers within milliseconds."""
INDEX_SECONDS = 6 * 3600
"""How long the server may take to make an index: enough for twenty million passages."""
RETRY_SECONDS = 30.0
"""How long after a search has failed the next one may begin."""
_SEARCH = (
    "SELECT id FROM {table} ORDER BY negative_inner_product(vector, '[{vector}]')"
    " APPROXIMATE LIMIT 1"
)


class IndexReadiness:
    """Searches in the index in a thread of its own, over a connection of its own."""

    def __init__(self, address: EngineAddress) -> None:
        """Connect to nothing yet."""
        self._address = address
        self._of: tuple[int, int] | None = None
        """The store and the connection that the latest search was for."""
        self._search: _Search | None = None

    def is_ready(self, row: StoreRow, connection: int) -> bool:
        """Return whether the index answers, or did when it was asked before.

        connection: changes with each connection; a new one may be to a server that was started
            again.
        """
        is_first = self._of != (row.number, connection)
        if self._search is None or is_first or self._search.is_to_repeat():
            self._of = row.number, connection
            self._search = _Search(self._address, row)
            self._search.start()
        return self._search.is_done.wait(PATIENCE_SECONDS if is_first else 0)


class _Search(threading.Thread):
    """One search."""

    def __init__(self, address: EngineAddress, row: StoreRow) -> None:
        super().__init__(daemon=True)
        self._address = address
        self._row = row
        self._failed_at: float | None = None
        self.is_done = threading.Event()
        """Set once the index has answered."""

    def is_to_repeat(self) -> bool:
        """Return whether it has failed, some time ago."""
        failed_at = self._failed_at
        return failed_at is not None and time.monotonic() - failed_at >= RETRY_SECONDS

    def run(self) -> None:
        """Search, and note how that ended."""
        own = Connection(self._address, "READ-COMMITTED", answer_seconds=INDEX_SECONDS)
        vector = ",".join(["1"] * self._row.dimension)
        try:
            own.query(_SEARCH.format(table=self._row.table("passages"), vector=vector))
            self.is_done.set()
        except StoreError:
            # All vectors are compared; what is wrong shows there.
            self._failed_at = time.monotonic()
        finally:
            own.close()
