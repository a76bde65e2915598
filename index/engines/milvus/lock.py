"""One writer at a time, on a server without locks.

A writer inserts a claim, and holds the lock if there is no other one. If there is, it
withdraws and waits: of two at the same time, each sees the other, and both withdraw. A claim is
renewed every few seconds. One that is not belongs to a process that was killed or stopped: another
takes the lock over, and notes that, so that the claim has no effect even if it is renewed later.
"""

from __future__ import annotations

import contextlib
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator

from index.engines.milvus.client import Client
from index.errors import StoreError

RENEW_SECONDS = 5.0
STALE_SECONDS = 30.0
WAIT_SECONDS = 0.1


def lock_lost() -> StoreError:
    """Return the error of a process that finds out that another one has the lock now."""
    return StoreError(
        "Another process writes to the store: this one stopped renewing its lock, and another"
        " took over.",
        "Try again.",
    )


class WriterLock:
    """The lock of a store."""

    def __init__(self, client: Client, collection: str) -> None:
        """collection: with the records of the store."""
        self._client = client
        self._collection = collection
        self._owner = 0
        self._claimed = 0

    @contextlib.contextmanager
    def held(self, on_wait: Callable[[], object] = bool) -> Iterator[None]:
        """Hold the lock. on_wait: called now and then while it waits. Raises: StoreError."""
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(ended,), daemon=True)
        try:
            self._owner = self._wait(on_wait)
            renewing.start()
            yield
        finally:
            self._owner = 0
            ended.set()
            if renewing.is_alive():
                renewing.join(RENEW_SECONDS)  # the server may not answer
            if self._claimed:
                with contextlib.suppress(StoreError):  # it becomes stale
                    self._withdraw(self._claimed)
                self._claimed = 0

    @property
    def is_held(self) -> bool:
        """Whether this process holds it, as far as it knows."""
        return self._owner != 0

    def check(self) -> None:
        """Raise StoreError if another process has taken the lock over."""
        if self._owner and self._owner not in self._claims():
            raise lock_lost()

    def _wait(self, on_wait: Callable[[], object]) -> int:
        """Return under which number this process holds the lock."""
        seen: tuple[dict[int, int], float] = ({}, time.monotonic())
        while True:
            claims = self._claims()
            if not claims:
                owner = secrets.randbits(60) + 1
                self._claimed = owner  # Ctrl-C may come before the answer
                self._claim(owner, 0)
                if self._claims().keys() == {owner}:
                    return owner
                self._withdraw(owner)
                time.sleep(random.uniform(0, 2 * WAIT_SECONDS))
            if claims != seen[0]:
                seen = (claims, time.monotonic())
            elif claims and time.monotonic() - seen[1] > STALE_SECONDS:
                for stale in claims:
                    self._add("taken", stale, 0)
                    self._withdraw(stale)
            on_wait()
            time.sleep(WAIT_SECONDS)

    def _renew(self, ended: threading.Event) -> None:
        owner, number = self._claimed, 0
        while not ended.wait(RENEW_SECONDS):
            number += 1
            with contextlib.suppress(StoreError):  # the next write reports it
                if owner in self._claims():
                    self._claim(owner, number)
                    self._delete_claims(f"key == {owner} and part < {number}")

    def _claims(self) -> dict[int, int]:
        """Return how often each owner has renewed its claim."""
        which, fields = 'kind in ["claim", "taken"]', ["kind", "key", "part"]
        rows = self._client.query(self._collection, which, fields)
        taken = {int(row["key"]) for row in rows if row["kind"] == "taken"}
        claims: dict[int, int] = {}
        for row in rows:
            owner, number = int(row["key"]), int(row["part"])
            if owner not in taken:
                claims[owner] = max(number, claims.get(owner, 0))
        return claims

    def _claim(self, owner: int, number: int) -> None:
        self._add("claim", owner, number)

    def _add(self, kind: str, owner: int, number: int) -> None:
        row = {"id": secrets.randbits(60), "batch": 0, "kind": kind, "key": owner}
        rest = {"part": number, "body": "", "nothing": [0.0, 0.0]}
        self._client.insert(self._collection, [{**row, **rest}])

    def _withdraw(self, owner: int) -> None:
        self._delete_claims(f"key == {owner}")

    def _delete_claims(self, condition: str) -> None:
        self._client.delete(self._collection, f'kind == "claim" and {condition}')
