"""Deletes a damaged store, but never one that another process has replaced or changed since."""

from __future__ import annotations

import contextlib

from index.engines.milvus.client import Client
from index.engines.milvus.lock import WriterLock
from index.engines.milvus.records import Records
from index.errors import StoreDamaged


def drop_damaged(client: Client, name: str, damage: StoreDamaged) -> bool:
    """Delete a store if it is the one that is damaged; return whether it was.

    Waits for a process that is writing to it. Raises: StoreError.
    """
    batch, number = damage.database or (0, 0)
    if not number or client.number(name) != number:
        return False
    records = Records(client, name)
    lock = WriterLock(client, records.records)
    with contextlib.suppress(StoreDamaged), lock.held():  # it may be deleted in the meantime
        if client.number(name) == number and _is_damaged(records, batch):
            client.drop(name)
            return True
    return False


def _is_damaged(records: Records, batch: int) -> bool:
    """Return whether a store cannot be read now, or is as it was when the damage was seen."""
    try:
        state = records.latest(None)
    except StoreDamaged:
        return True
    return state is not None and state.catalogue.batch == batch
