"""Deletes stores, exported models and fetched web pages, for `qa status --clear`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from index.engines.address import EngineAddress
from index.engines.open import engine_at
from index.errors import StoreError
from index.models.manifest import EXPORT_FILES, models_in
from index.store.files import STORE_FILES, remove_files, stores_in
from index.store.readonly import is_foreign
from index.web.addresses import is_address, normal_address
from index.web.snapshots import SNAPSHOT_FILES, file_name
from qa.status import StoreStatus, statuses_of, store_status


@dataclass(frozen=True, slots=True)
class Deleted:
    """Something that was deleted."""

    what: str
    bytes: int


def clear(stores: Path, models: Path | None) -> Iterator[Deleted]:
    """Delete all stores and exported models, and yield each.

    Only files that this program writes are deleted, and folders that are empty afterwards. A
    database that may belong to another program is kept.

    Raises: StoreError if one cannot be deleted.
    """
    yield from _delete(map(store_status, stores_in(stores)))
    for folder in models_in(models) if models else ():
        yield Deleted(f"the exported model in {folder}", remove_files(folder, EXPORT_FILES))


def clear_gone(stores: Path) -> Iterator[Deleted]:
    """Delete the stores of files and folders that no longer exist, and yield each.

    Raises: StoreError if one cannot be deleted.
    """
    found = map(store_status, stores_in(stores))
    return _delete(store for store in found if store.is_gone)


def clear_stores_of(stores: Path | EngineAddress, paths: Iterable[str]) -> Iterator[Deleted]:
    """Delete the stores of these files and folders, and yield each.

    A store goes if everything that it was made of is one of them, or below one. Otherwise as
    `clear`.

    Raises: StoreError if one cannot be deleted, or, before any is, if a path has none.
    """
    tops = [_absolute(path) for path in paths]
    chosen = []
    unused = set(tops)
    for store in statuses_of(stores):
        above = [
            {top for top in tops if _absolute(path).is_relative_to(top)} for path in store.paths
        ]
        if above and all(above):
            chosen.append(store)
            unused.difference_update(*above)
    if unused:
        raise StoreError(f"No store of {min(unused)}.", "`qa status` lists all stores.")
    return _delete_on(stores, chosen) if isinstance(stores, EngineAddress) else _delete(chosen)


def clear_pages(snapshots: Path, addresses: Iterable[str] = ()) -> Iterator[Deleted]:
    """Delete the snapshots of these addresses, or all, and yield what was deleted.

    Raises: StoreError if one cannot be deleted, ArticleError if an address is invalid.
    """
    named = {normal_address(address): address for address in addresses}
    if not snapshots.is_dir():
        return
    for address in named:
        if freed := remove_files(snapshots, [file_name(address)]):
            yield Deleted(f"the page {address}", freed)
    if not named and (freed := remove_files(snapshots, SNAPSHOT_FILES)):
        yield Deleted("all fetched pages", freed)


def _absolute(path: str) -> Path:
    """Return a path without "..", unlike `Path.absolute`. An address is below no folder."""
    return Path(path if is_address(path) else os.path.abspath(path))


def _delete_on(address: EngineAddress, stores: Iterable[StoreStatus]) -> Iterator[Deleted]:
    engine = engine_at(address)
    for store in stores:
        engine.remove(store.folder)
        yield Deleted(f"the store of {', '.join(store.paths)}", store.bytes)


def _delete(stores: Iterable[StoreStatus]) -> Iterator[Deleted]:
    for store in stores:
        folder = Path(store.folder)
        if not is_foreign(folder):
            freed = remove_files(folder, STORE_FILES)
            yield Deleted(f"the store of {', '.join(store.paths)}", freed)
