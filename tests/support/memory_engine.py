"""A server that has stores in memory: what `--store URL` does, without a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from index.engines.address import EngineAddress
from index.engines.engine import StoredCorpus
from index.errors import StoreError
from index.store.protocol import Store, StoreHandle, View
from index.store.recovering import RecoveringStore
from index.types import Notify
from tests.support.memory_store import MemoryStore


@dataclass
class MemoryEngine:
    """See `Engine`. The password of each connection is compared, as a server would."""

    password: str = ""
    kept: dict[str, tuple[MemoryStore, Mapping[str, str]]] = field(default_factory=dict)
    asked: list[EngineAddress] = field(default_factory=list)
    """The address of each connection."""

    def connect(self, address: EngineAddress) -> MemoryConnection:
        return MemoryConnection(self, address)


@dataclass
class MemoryConnection:
    """See `Engine`."""

    engine: MemoryEngine
    address: EngineAddress

    def open_store(
        self,
        folder: Path,
        *,
        dimension: int,
        identity: str,
        about: Mapping[str, str],
        fill: Callable[[Store], object],
        notify: Notify,
    ) -> StoreHandle:
        self._log_in()

        def open_kept() -> Store:
            return self.engine.kept.setdefault(folder.name, (MemoryStore(), about))[0]

        return RecoveringStore(open_kept, set_aside=lambda _: "", fill=fill, notify=notify)

    def version(self) -> str:
        self._log_in()
        return "Memory 1.0"

    def stores(self) -> list[StoredCorpus]:
        self._log_in()
        found = []
        for name, (store, about) in sorted(self.engine.kept.items()):
            with store.snapshot() as view:
                size = view.size()
            found.append(StoredCorpus(name, about, size.articles, size.passages))
        return found

    @contextmanager
    def snapshot(self, name: str) -> Iterator[View]:
        self._log_in()
        if name not in self.engine.kept:
            raise StoreError(f"{self.address} has no store {name}.")
        with self.engine.kept[name][0].snapshot() as view:
            yield view

    def remove(self, name: str) -> None:
        self._log_in()
        self.engine.kept.pop(name, None)

    def _log_in(self) -> None:
        self.engine.asked.append(self.address)
        if self.address.password != self.engine.password:
            raise StoreError(
                f"{self.address} refuses the user or the password.", "Set QA_STORE_PASSWORD."
            )
