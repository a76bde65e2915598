"""The web addresses of a corpus: fetches them when asked to, and finds their snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from index.types import Notify
from index.web.fetch import NotFetched, Page, fetch
from index.web.snapshots import Snapshot, SnapshotDamaged, Snapshots

FETCH_AGAIN = "fetch it again with `qa index --refresh`"


class Fetch(Protocol):
    """See `index.web.fetch.fetch`."""

    def __call__(
        self, address: str, *, known: Page | None = None, allow_private: bool = False
    ) -> Page | None:
        """Return what is at an address; None if nothing has changed. Raises: NotFetched."""


class NoSnapshot(Exception):
    """There is no readable snapshot of an address. The message says why."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of fetching an address again."""

    address: str
    before: str | None
    """When it was fetched before, as `About.fetched`; None if never, or if that was damaged."""
    is_changed: bool = False
    """Whether other content was fetched."""
    problem: str = ""
    """Why nothing was fetched; the earlier snapshot is kept then."""


class WebArticles:
    """Fetches addresses, each only when asked to, and finds what was fetched."""

    def __init__(
        self,
        folder: Path,
        *,
        allow_private: bool = False,
        notify: Notify = str,
        fetch: Fetch = fetch,
    ) -> None:
        """folder: of the snapshots. notify: called with a sentence before each fetch."""
        self.fetched: list[Snapshot] = []
        """What was fetched, in order."""
        self.linked: list[str] = []
        """Addresses that feeds link to, to be asked as well."""
        self.fetch = fetch
        """How addresses are fetched."""
        self._snapshots = Snapshots(folder)
        self._allow_private = allow_private
        self._notify = notify
        self._problems: dict[str, str] = {}
        """Why addresses could not be fetched."""

    def find(self, address: str) -> Snapshot:
        """Return the snapshot of an address in normal form. Raises: NoSnapshot."""
        try:
            found = self._snapshots.find(address)
        except SnapshotDamaged as error:
            raise NoSnapshot(f"its snapshot is damaged: {error}; {FETCH_AGAIN}") from error
        except OSError as error:
            raise NoSnapshot(f"its snapshot cannot be read: {error.strerror or error}") from error
        if found is None:
            raise NoSnapshot(self._problems.get(address, "it has not been fetched"))
        return found

    def fetch_missing(self, addresses: Iterable[str]) -> dict[str, str]:
        """Fetch the addresses that have no snapshot; return why some could not be.

        Raises: StoreError if a snapshot cannot be saved.
        """
        for address in dict.fromkeys(addresses):
            try:
                if self._snapshots.find(address) is not None:
                    continue
            except (SnapshotDamaged, OSError):
                continue  # `find` says so
            if problem := self._get(address, None)[1]:
                self._problems[address] = problem
        return self._problems

    def refresh(self, addresses: Iterable[str]) -> list[Refreshed]:
        """Fetch addresses again, and return what came of each.

        Raises: StoreError if a snapshot cannot be saved.
        """
        results = []
        for address in dict.fromkeys(addresses):
            try:
                known = self._snapshots.find(address)
                if known is not None:
                    known.read()
            except (SnapshotDamaged, OSError):
                known = None
            is_changed, problem = self._get(address, known)
            before = known.about.fetched if known else None
            results.append(Refreshed(address, before, is_changed, problem))
        return results

    def _get(self, address: str, known: Snapshot | None) -> tuple[bool, str]:
        """Fetch an address and keep it; return whether its content is new, and any problem."""
        self._notify(f"Fetching {address}")
        try:
            page = self.fetch(
                address,
                known=known.page if known else None,
                allow_private=self._allow_private,
            )
        except NotFetched as error:
            return False, str(error)
        if page is None:
            assert known is not None
            about = known.about
            page = Page(
                about.final,
                known.read(),
                about.media_type,
                about.charset,
                about.etag,
                about.modified,
            )
        saved = self._snapshots.save(address, page)
        self.fetched.append(saved)
        return known is None or saved.about.sha256 != known.about.sha256, ""
