"""Whether the server has the vector index of a store in memory.

After its start, it makes the index again for the first search, which then takes a second per
thousand passages. Until that is done, comparing all vectors is faster by far.
"""

from __future__ import annotations

import threading

from index.engines.address import EngineAddress
from index.engines.seekdb.connection import Connection
from index.engines.seekdb.registry import StoreRow
from index.errors import StoreError

PATIENCE_SECONDS = 1.0
"""How long the first question waits. An index that is in memory answers within milliseconds."""
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
        self._is_done = threading.Event()

    def is_ready(self, row: StoreRow, connection: int) -> bool:
        """Return whether the index answers, or did when it was asked before.

        connection: changes with each connection; a new one may be to a server that was started
            again.
        """
        if self._of != (row.number, connection):
            self._of = row.number, connection
            self._is_done = threading.Event()
            arguments = (row, self._is_done)
            threading.Thread(target=self._search, args=arguments, daemon=True).start()
            self._is_done.wait(PATIENCE_SECONDS)
        return self._is_done.is_set()

    def _search(self, row: StoreRow, is_done: threading.Event) -> None:
        own = Connection(self._address, "READ-COMMITTED")
        vector = ",".join(["1"] * row.dimension)
        try:
            own.query(_SEARCH.format(table=row.table("passages"), vector=vector))
            is_done.set()
        except StoreError:
            pass  # all vectors are compared; what is wrong shows there
        finally:
            own.close()
