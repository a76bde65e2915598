"""Removes what writes that were stopped left behind, and what was replaced a while ago.

Only the process that holds the lock cleans. But one that has lost the lock may not know it yet, and
its commit may still be on its way. So an unfinished batch is marked before anything of it is
removed: readers ignore its commit from then on, and whoever commits it finds the mark and reports
an error. Only then the commits are read again. A batch that has one by now counts, as its writer
may have reported success: its mark is removed. Any other is void for good.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from index.engines.milvus.catalogue import Catalogue
from index.engines.milvus.client import Client
from index.engines.milvus.records import BATCH_BITS, Records, State, first_id

GRACE_MS = 600_000
"""What was replaced is kept this long, for those who are still reading it."""
IN_DOUBT, FOR_GOOD = 0, 1
"""Parts of the record that makes a batch void."""


def settle(client: Client, records: Records, catalogue: Catalogue) -> None:
    """Decide which of the batches that were begun count, and remove the others."""
    begun = {batch for batch, _ in records.marks("begin", 0)}
    if not begun:
        return
    first = min(begun)
    marks = records.marks("void", first)
    void = {batch for batch, part in marks if part == FOR_GOOD} & begun
    in_doubt = {batch for batch, _ in marks} & begun - void
    used = {header.key >> BATCH_BITS for header in catalogue.headers.values()}
    done = {batch for batch, _ in records.marks("commit", first)}
    if unfinished := begun - done - used - void - in_doubt:
        records.mark("void", unfinished, IN_DOUBT)
        in_doubt |= unfinished
    if in_doubt:
        done = {batch for batch, _ in records.marks("commit", first)}
        if counting := sorted(in_doubt & done):
            client.delete(records.records, f'kind == "void" and batch in {counting}')
        records.mark("void", in_doubt - done, FOR_GOOD)
    _remove(client, records, void | (in_doubt - done))
    client.delete(records.records, f'kind == "begin" and batch in {sorted(begun)}')


def _remove(client: Client, records: Records, batches: Iterable[int]) -> None:
    for batch in batches:
        ids = f"id >= {first_id(batch)} and id < {first_id(batch + 1)}"
        client.delete(records.passages, ids)
        client.delete(records.records, f'{ids} and kind != "begin"')


def clean(client: Client, records: Records, state: State) -> State:
    """Remove what was replaced a while ago. Returns the state without it."""
    now = time.time_ns() // 1_000_000
    if state.full < now - GRACE_MS:
        kinds = '["commit", "void", "change", "full", "terms"]'
        client.delete(records.records, f"kind in {kinds} and batch < {state.full}")
    replaced = [key for key, at in state.catalogue.replaced.items() if at < now - GRACE_MS]
    if replaced:
        without = client.query(
            records.passages, f'article in {replaced} and forward_row == ""', ["id"]
        )
        if long := [int(row["id"]) for row in without]:
            client.delete(records.records, f'kind == "words" and key in {long}')
        client.delete(records.passages, f"article in {replaced}")
        client.delete(records.records, f'kind == "text" and key in {replaced}')
    return replace(state, catalogue=state.catalogue.without_replaced(replaced))
