"""A real seekdb server, from the package pylibseekdb, for one run of the tests."""

from __future__ import annotations

import atexit
import contextlib
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from index.engines.address import EngineAddress
from index.engines.seekdb.connection import Connection
from index.engines.seekdb.store import SeekdbStore
from index.errors import StoreError
from tests.support.stored import ENCODER

HAS_PACKAGE = sys.platform == "linux" and platform.machine() == "x86_64"
"""Where there is a package, a missing one is a failure, not a reason to skip."""
MEMORY = "1G"
START_SECONDS = 120
DATABASE = "qa"
needs_seekdb = pytest.mark.skipif(
    not HAS_PACKAGE, reason="pylibseekdb is a package for Linux on x86-64 alone"
)


@dataclass
class SeekdbServer:
    """A server with a folder and a port of its own."""

    folder: Path
    memory: str = MEMORY
    port: int = field(default_factory=lambda: _free_port())
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> EngineAddress:
        return EngineAddress("mysql", "127.0.0.1", self.port, DATABASE, "root")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it, and wait until it answers."""
        spec = find_spec("pylibseekdb")
        assert spec and spec.origin, "pip install pylibseekdb"
        package = Path(spec.origin).parent
        libraries = f"{package}:{package.parent / 'pylibseekdb.libs'}"
        options = {
            "memory_limit": self.memory,
            "datafile_size": "512M",
            "datafile_maxsize": "8G",
            "log_disk_size": "2G",
            "cpu_count": "2",
        }
        command = [str(package / "seekdb"), "--nodaemon", "--base-dir", str(self.folder)]
        command += ["--port", str(self.port)]
        for name, value in options.items():
            command += ["--parameter", f"{name}={value}"]
        self._process = subprocess.Popen(
            command,
            env={**os.environ, "LD_LIBRARY_PATH": libraries},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._wait()

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _wait(self) -> None:
        assert self._process is not None
        to = EngineAddress("mysql", "127.0.0.1", self.port, "test", "root")
        connection = Connection(to, "READ-COMMITTED")
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                connection.change(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
                break
            except StoreError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    log = self.folder / "log" / "seekdb.log"
                    tail = log.read_text("utf-8", "replace")[-3000:] if log.exists() else ""
                    raise AssertionError(
                        f"seekdb did not start: {error.message}\n{tail}"
                    ) from error
                time.sleep(0.2)
        connection.close()


@cache
def seekdb_server() -> SeekdbServer:
    """Return the server of this run of the tests; it is stopped when the run ends."""
    folder = tempfile.mkdtemp(prefix="seekdb-")
    server = SeekdbServer(Path(folder))
    # A process that pytest has forked must not stop it.
    owner = os.getpid()

    def stop() -> None:
        if os.getpid() == owner:
            server.kill()
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(stop)
    server.start()
    return server


@contextlib.contextmanager
def seekdb_stores() -> Iterator[tuple[SeekdbStore, SeekdbStore]]:
    """Open an empty store twice, as two processes would."""
    address = seekdb_server().address

    def opened_there() -> SeekdbStore:
        return SeekdbStore(
            address, "contract", dimension=ENCODER.dimension, identity="hashed words"
        )

    with opened_there() as one, opened_there() as other:
        with one.snapshot() as view:
            left = [*view.titles(), *one.files()]
        one.remove(left)  # emptying a store takes less time than creating one
        one.clear_cached_vectors()
        yield one, other


def _free_port() -> int:
    with contextlib.closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
