"""Deletes a store, but neither while another process writes to it nor once it is another one."""

from __future__ import annotations

import contextlib
import time

from index.engines.milvus.client import Client
from index.engines.milvus.lock import STALE_SECONDS, WriterLock
from index.engines.milvus.records import Records
from index.errors import StoreDamaged, StoreError

LOOK_SECONDS = 2.0
"""How often to look whether the process that writes has rebuilt a damaged store."""
REMOVAL_SECONDS = STALE_SECONDS + 5.0
"""How long to wait for a process that writes; the claim of one that was killed ends before."""


class _Changed(Exception):
    """Another process has changed or replaced the store."""


def drop_damaged(client: Client, name: str, damage: StoreDamaged) -> bool:
    """Delete a store if it is the one that is damaged; return whether it was.

    Waits for a process that writes to it, until that has changed it. Raises: StoreError.
    """
    batch, number = damage.database or (0, 0)
    records = Records(client, name)
    looked_at = time.monotonic()

    def require() -> None:
        if not number or client.number(name) != number or not _is_damaged(records, batch):
            raise _Changed

    def look() -> None:
        nonlocal looked_at
        if time.monotonic() - looked_at >= LOOK_SECONDS:
            looked_at = time.monotonic()
            require()

    lock = WriterLock(client, records.records)
    with contextlib.suppress(_Changed, StoreDamaged):  # it may be deleted in the meantime
        require()
        with lock.held(look):
            require()
            client.drop(name)
            return True
    return False


def drop_unused(client: Client, name: str) -> None:
    """Delete a store, if there is one. Raises: StoreError if another process writes to it."""
    if not client.number(name):
        client.drop(name)  # what a deletion that was stopped has left
        return
    deadline = time.monotonic() + REMOVAL_SECONDS

    def give_up() -> None:
        if time.monotonic() > deadline:
            raise StoreError(
                "Another program is changing the store.", "Try again when it has ended."
            )

    with (
        contextlib.suppress(StoreDamaged),  # it was deleted in the meantime
        WriterLock(client, Records(client, name).records).held(give_up),
    ):
        client.drop(name)


def _is_damaged(records: Records, batch: int) -> bool:
    """Return whether a store cannot be read now, or is as it was when the damage was seen."""
    try:
        state = records.latest(None)
    except StoreDamaged:
        return True
    return state is not None and state.catalogue.batch == batch
