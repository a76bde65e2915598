"""A process that writes one version of some articles after another to a store on seekdb."""

from __future__ import annotations

import contextlib
import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from index.engines.address import EngineAddress
from index.engines.seekdb.store import SeekdbStore
from index.store.protocol import Entry
from tests.support.stored import ENCODER, WORDS, entry, paragraph

if TYPE_CHECKING:
    from multiprocessing.context import ForkServerContext

NAME = "faults"
"""Of the store."""
NAMES = ["a.txt", "b/c.txt", "d.txt"]
VERSIONS, PARTS = 400, 3


def version_of(name: str, version: int) -> Entry:
    """Return a version of an article: a few passages, with words of their own."""
    first = 10 * (VERSIONS * NAMES.index(name) + version)
    starts = [f"The {WORDS[part]} {WORDS[version % 9]}" for part in range(PARTS)]
    parts = [f"{start} {paragraph(first + part)}" for part, start in enumerate(starts)]
    return entry(name, "\n\n".join(parts), title=str(version))


def opened_at(address: EngineAddress) -> SeekdbStore:
    return SeekdbStore(address, NAME, dimension=ENCODER.dimension, identity="hashed words")


class Writer:
    """The process. It goes on until it is killed, and says the number of each stored version."""

    def __init__(self, address: EngineAddress, names: Sequence[str]) -> None:
        # A process with threads, such as that of the tests, must not fork.
        context: ForkServerContext = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self._said, says = context.Pipe(duplex=False)
        self._process = context.Process(target=_write, args=(address, names, says), daemon=True)
        self._process.start()
        self._last = 0
        says.close()

    def wait_for_one(self) -> None:
        """Wait until it has stored something."""
        self._last = self._said.recv()

    def stored_until_killed(self) -> int:
        """Kill it; return the last version that it said was stored."""
        self._process.kill()
        self._process.join()
        self._process.close()
        with self._said, contextlib.suppress(EOFError, OSError):
            while True:
                self._last = self._said.recv()
        return self._last


def _write(address: EngineAddress, names: Sequence[str], says: Connection) -> None:
    with opened_at(address) as store:
        with store.snapshot() as view:
            last = max(int(title) for title in view.titles().values())
        for version in range(last + 1, VERSIONS):
            with store.writer():
                store.put([version_of(name, version) for name in names], {})
            says.send(version)
            time.sleep(0.02)  # the other writer waits for the lock
