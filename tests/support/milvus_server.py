"""A Milvus server in this process, started once: milvus-lite, which speaks Milvus's protocol."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path

from index.engines.address import EngineAddress
from index.engines.milvus.client import Client, collections_of
from index.engines.milvus.store import MilvusStore
from index.errors import StoreError
from index.store.protocol import Store
from tests.support.stored import ENCODER


@cache
def milvus() -> EngineAddress:
    """Return the address of the server, which ends with this process."""
    from milvus_lite.adapter.grpc.server import start_server_in_thread

    folder = tempfile.mkdtemp(prefix="milvus-")
    server, database, port = start_server_in_thread(f"{folder}/lite.db")

    owner = os.getpid()  # a process that pytest has forked must not stop it

    def stop() -> None:
        if os.getpid() == owner:
            server.stop(grace=0)
            database.close()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    return EngineAddress("http", "127.0.0.1", port)


def opened_store(
    client: Client, name: str, identity: str = "hashed words", dimension: int = ENCODER.dimension
) -> MilvusStore:
    about = {"paths": "[]", "model": "hashed words"}
    return MilvusStore(client, name, dimension=dimension, identity=identity, about=about)


_unused: list[str] = []
"""Names of empty stores: to create one takes more than a second, to empty one does not."""


@contextmanager
def milvus_stores() -> Iterator[tuple[Store, Store]]:
    """Open an empty store twice, each with a connection of its own; empty it afterwards."""
    name = _unused.pop() if _unused else f"test-{secrets.token_hex(8)}"
    with closing(Client(milvus())) as one, closing(Client(milvus())) as other:
        try:
            yield opened_store(one, name), opened_store(other, name)
        finally:
            for collection in collections_of(name):
                one.delete(collection, "id >= 0")
            _unused.append(name)


class MilvusProcess:
    """A server in a process of its own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        with closing(socket.create_server(("127.0.0.1", 0))) as free:
            self.address = EngineAddress("http", "127.0.0.1", free.getsockname()[1])

    def __enter__(self) -> MilvusProcess:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = (
            "import sys; from milvus_lite.adapter.grpc.server import run_server;"
            "run_server(sys.argv[1], '127.0.0.1', int(sys.argv[2]))"
        )
        arguments = [str(self._folder / "lite.db"), str(self.address.port)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", program, *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while True:
            assert self._process.poll() is None, "the server ended"
            with suppress(StoreError), closing(Client(self.address)) as client:
                client.collections()
                return
            time.sleep(0.1)

    def signal(self, number: int) -> None:
        """Send it a signal."""
        assert self._process
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it without warning."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
