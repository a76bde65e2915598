"""Tells whether files may have changed since they were scanned. The only module with watchfiles."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from index.gitignore import GITIGNORE

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

MIN_WATCHED_FILES = 10_000
"""Fewer files are scanned for each question: that takes less than a tenth of a second."""
SCAN_AGAIN_SECONDS = 600.0
"""After this time all files are scanned again: on network drives, not every change is notified."""
GROUP_MS = 5
"""How long to wait for notifications that are under way."""


class Watch:
    """Whether any file of a corpus may have changed since its last scan, as the system says.

    Folders are watched from the end of a first scan, so that only the next one can be relied on.
    """

    def __init__(self) -> None:
        self._notify: RustNotify | None = None
        self._folders: frozenset[str] = frozenset()
        self._unwatchable: frozenset[str] = frozenset()
        """Folders of which the system could not send notifications; not tried again."""
        self._is_replaced = False
        """Whether there may be another folder now in place of one that is watched."""
        self._is_covered = False
        """Whether the folders have been watched since before the last scan, and nothing changed."""
        self._is_scan_due = False
        """Whether a scan is missing since the folders are watched."""
        self._scanned_at = 0.0
        """By `time.monotonic`."""

    def close(self) -> None:
        """Stop watching."""
        if self._notify is not None:
            self._notify.close()
        self._notify, self._folders = None, frozenset()
        self._is_covered = self._is_replaced = False

    def is_unchanged(self) -> bool:
        """Return whether nothing has changed since the last scan; False if it is not known.

        It is not known after SCAN_AGAIN_SECONDS, either: nobody may have been idle to scan again.
        """
        is_recent = time.monotonic() - self._scanned_at < SCAN_AGAIN_SECONDS
        self._is_covered = self._is_covered and is_recent and not self._has_news()
        return self._is_covered

    def begin_scan(self) -> None:
        """Forget changes that the scan will find."""
        self._is_covered = self._is_scan_due = False
        self._scanned_at = time.monotonic()
        self._has_news()

    def end_scan(self, folders: Iterable[str], files: int) -> None:
        """Note what was scanned. folders: those that were listed; empty if they can't be watched.

        files: how many were found in them.
        """
        wanted = frozenset(folders) if files >= MIN_WATCHED_FILES else frozenset()
        is_watched = wanted == self._folders and not self._is_replaced
        self._is_covered = self._notify is not None and is_watched
        if is_watched:
            return
        self.close()
        if wanted == self._unwatchable:
            return
        self._notify = _watching(wanted)
        self._is_scan_due = self._notify is not None
        if self._notify:
            self._folders = wanted
        else:
            self._unwatchable = wanted

    def seconds_until_scan(self) -> float | None:
        """Return when all files should be scanned again; None if that is done for each question."""
        if self._notify is None:
            return None
        due_at = self._scanned_at + SCAN_AGAIN_SECONDS
        return 0.0 if self._is_scan_due else max(0.0, due_at - time.monotonic())

    def _has_news(self) -> bool:
        """Return whether a file that matters has changed since the last call."""
        if self._notify is None:
            return True
        try:
            news = self._notify.watch(GROUP_MS, GROUP_MS, GROUP_MS, None)
        except Exception:  # noqa: BLE001  of many classes; without notifications, files are scanned
            self.close()
            return True
        if isinstance(news, str):  # nothing came
            return False
        paths = [path for _, path in news]
        # On Linux, a folder is watched, not its path: if it is moved away, or deleted and created
        # again, as version control and synchronization do, the new one has to be watched instead.
        self._is_replaced = self._is_replaced or any(path in self._folders for path in paths)
        return any(map(_matters, paths))


def _watching(folders: Set[str]) -> RustNotify | None:
    """Return what receives notifications about folders; None if the system can't send them."""
    if not folders:
        return None
    from watchfiles._rust_notify import RustNotify

    # On Linux, each folder is watched on its own: no ignored ones, no links. Elsewhere the system
    # watches everything below a folder at no cost, so that the topmost suffice.
    is_recursive = sys.platform != "linux"
    watched = _topmost(folders) if is_recursive else sorted(folders)
    try:
        return RustNotify(watched, False, False, 0, is_recursive, True)
    except Exception:  # noqa: BLE001  of many classes: above all, too many folders to watch
        return None


def _topmost(folders: Iterable[str]) -> list[str]:
    """Return the folders that are in no other one."""
    found: list[str] = []
    for folder in sorted(folders):
        if not (found and folder.startswith(os.path.join(found[-1], ""))):
            found.append(folder)
    return found


def _matters(path: str) -> bool:
    name = os.path.basename(path)
    return not name.startswith(".") or name == GITIGNORE
