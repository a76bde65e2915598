"""Chooses what opens a store: the local one, or the adapter to a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from index.engines.address import EngineAddress
from index.engines.engine import Engine
from index.errors import ConfigurationError
from index.store.open import open_store
from index.store.protocol import OpenStore


@dataclass(frozen=True, slots=True)
class Adapter:
    """How to reach a kind of server."""

    library: str
    """The module that it needs, which may not be installed."""
    extra: str
    """What brings the library: pip install 'article-qa[EXTRA]'."""
    connect: Callable[[EngineAddress], Engine]


def _seekdb(address: EngineAddress) -> Engine:
    from index.engines.seekdb.engine import SeekdbEngine

    return SeekdbEngine(address)


def _milvus(address: EngineAddress) -> Engine:
    from index.engines.milvus.engine import MilvusEngine

    return MilvusEngine(address)


ADAPTERS: dict[str, Adapter] = {
    "mysql": Adapter("pymysql", "oceanbase", _seekdb),
    "http": Adapter("pymilvus", "milvus", _milvus),
    "https": Adapter("pymilvus", "milvus", _milvus),
}
"""By the scheme of an address. The modules are imported when they are needed."""


def engine_at(address: EngineAddress) -> Engine:
    """Return the engine at an address. Nothing is sent yet.

    Raises: ConfigurationError if its library is not installed.
    """
    adapter = ADAPTERS[address.scheme]
    if not find_spec(adapter.library):
        raise ConfigurationError(
            f"A store at {address} needs a library that is not installed.",
            f"pip install 'article-qa[{adapter.extra}]'",
        )
    return adapter.connect(address)


def is_reachable(address: EngineAddress, seconds: float) -> bool:
    """Return whether something accepts connections at an address within some time."""
    import socket

    try:
        with socket.create_connection((address.host, address.port), timeout=seconds):
            return True
    except OSError:
        return False


def opener_of(stores: Path | EngineAddress) -> OpenStore:
    """Return what opens a store in a folder or on a server. Raises: ConfigurationError."""
    return engine_at(stores).open_store if isinstance(stores, EngineAddress) else open_store
