"""Ids of indexed articles, for shell completion: it never fails, and reads no file of a corpus."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from index.engines.address import EngineAddress
from index.engines.engine import Engine
from index.engines.open import engine_at, is_reachable
from index.errors import QAError, StoreError
from index.store.files import stores_in
from index.store.readonly import ids_in

REACHED_SECONDS = 1.0
"""How long the Tab key waits for a server that does not answer."""


def article_ids(
    stores: Path | EngineAddress, paths: Iterable[str], beginning: str, limit: int
) -> list[str]:
    """Return ids of indexed articles that begin so, at most `limit`; none if nothing is indexed.

    stores: their folder, or the server that has them. paths: absolute, of the corpus.
    """
    named = sorted(paths)
    if isinstance(stores, EngineAddress):
        with suppress(QAError):
            if not is_reachable(stores, REACHED_SECONDS):
                return []
            return _ids_on_server(engine_at(stores), named, beginning)[:limit]
        return []
    about = {"paths": json.dumps(named)}
    for folder in stores_in(stores):
        with suppress(StoreError):
            if found := ids_in(folder, about, beginning, limit):
                return found
    return []


def _ids_on_server(engine: Engine, paths: list[str], beginning: str) -> list[str]:
    for store in engine.stores():
        if list(store.paths) == paths:
            with engine.snapshot(store.name) as view:
                return [id for id in view.titles() if id.startswith(beginning)]
    return []
