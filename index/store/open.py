"""Opens the store on this machine; see `OpenStore` for what another engine has to provide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from index.errors import StoreDamaged
from index.store.files import database_id, set_aside, writer_lock
from index.store.local import LocalStore
from index.store.protocol import Store, StoreHandle
from index.store.recovering import RecoveringStore
from index.types import Notify


def open_store(
    folder: Path,
    *,
    dimension: int,
    identity: str,
    about: Mapping[str, str],
    fill: Callable[[Store], object],
    notify: Notify,
) -> StoreHandle:
    """Open the local store in `folder`, or create it; see `OpenStore`.

    A damaged database is kept under another name. Raises: StoreError.
    """

    def open_local() -> LocalStore:
        return LocalStore(folder, dimension=dimension, identity=identity, about=about)

    def set_database_aside(damage: StoreDamaged) -> str:
        with writer_lock(folder):
            if database_id(folder) != damage.database:
                return ""  # another process has replaced it already
            return f"the damaged file is kept as {set_aside(folder)}"

    return RecoveringStore(open_local, set_aside=set_database_aside, fill=fill, notify=notify)
