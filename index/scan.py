"""Finds files that may be articles, without opening them: a scan costs one `stat` per file."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.gitignore import enclosing_ignores, ignores_of, is_ignored
from index.types import Reason
from index.web.addresses import is_address, normal_address

if TYPE_CHECKING:
    from index.web.articles import WebArticles
    from index.web.snapshots import Snapshot

STDIN = "-"
STDIN_NAME = "standard input"
WEB = "web addresses"
"""The root of a corpus of several addresses."""
DEFAULT_MAX_BYTES = 50_000_000
_OF_PAGE = "_files"
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True)
class Source:
    """A file or web page that may be an article, with its metadata."""

    id: str
    path: str
    """Of the file; of a web page, the address."""
    size: int
    """In bytes."""
    changed_ns: int
    """The later of mtime and ctime. Copying tools can set mtime back, but not ctime."""
    content: bytes | None = None
    """The file's bytes if they have been read already, as for standard input."""
    snapshot: Snapshot | None = None
    """Of a web page: what was fetched."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A file or folder that is skipped, and why."""

    id: str
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found under the given paths, sorted by id."""

    root: str
    sources: tuple[Source, ...]
    skips: tuple[Skip, ...]


def corpus_root(paths: Sequence[str]) -> str:
    """Return the folder that article ids are relative to: the deepest one containing all paths.

    Without files: "-" for standard input, the address if there is one only, otherwise `WEB`.

    Raises: ArticleError when a path does not exist or an address is invalid.
    """
    addresses = {normal_address(path) for path in paths if is_address(path)}
    existing = [_existing(path) for path in paths if path != STDIN and not is_address(path)]
    if not existing and addresses and STDIN not in paths:
        return addresses.pop() if len(addresses) == 1 else WEB
    if not existing:
        return STDIN
    try:
        return os.path.commonpath(
            [path if os.path.isdir(path) else os.path.dirname(path) for path in existing]
        )
    except ValueError as error:  # paths on different Windows drives
        raise ArticleError(
            "The paths have no folder in common.", "Ask about them separately."
        ) from error


def _existing(path: str) -> str:
    """Return the absolute path of a file or folder. Raises: ArticleError if it does not exist."""
    try:
        absolute = os.path.abspath(path)
    except FileNotFoundError as error:
        raise ArticleError("The current folder no longer exists.", "cd elsewhere.") from error
    if not os.path.exists(absolute):
        raise ArticleError(
            f"No such file or folder: {path}",
            "Check the spelling. Put quotes around a question, and https:// before a web address.",
        )
    return absolute


def source_of(snapshot: Snapshot) -> Source:
    """Return the article that was fetched from a web address."""
    address = snapshot.about.address
    return Source(address, address, snapshot.about.size, snapshot.changed_ns, snapshot=snapshot)


def read_stdin() -> Source:
    """Return standard input, read to its end."""
    content = sys.stdin.buffer.read() if sys.stdin else b""  # None if the caller closed it
    return Source(STDIN, STDIN, len(content), 0, content)


def scan(
    paths: Sequence[str],
    *,
    root: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    stdin: Source | None = None,
    web: WebArticles | None = None,
) -> Scan:
    """Find the files at `paths`. Folders are searched recursively; "-" is `stdin`.

    Of a web address, the snapshot is found: nothing is fetched here.

    A file named explicitly is always tried, even if it is hidden or ignored.

    root: the `corpus_root` of the paths; None to compute it.
    stdin: the result of `read_stdin`; required if "-" is one of the paths.
    web: finds the snapshots; required if there are addresses.

    Raises: ArticleError when a path does not exist.
    """
    walk = _Walk(root=root or corpus_root(paths), max_bytes=max_bytes)
    for path in paths:
        if path == STDIN:
            if stdin is None:
                raise ValueError("standard input is one of the paths but was not read")
            walk.sources[STDIN] = stdin
        elif is_address(path):
            if web is None:
                raise ValueError("a web address is one of the paths but there are no snapshots")
            walk.take_address(normal_address(path), web)
        elif os.path.isdir(existing := _existing(path)):
            walk.take_folder(existing)
        else:
            walk.take_file(existing)
    walk.take_links()
    by_id = sorted(walk.sources.values(), key=lambda source: source.id)
    skips = sorted(walk.all_skips(), key=lambda skip: (skip.id, skip.reason))
    return Scan(walk.root, tuple(by_id), tuple(skips))


@dataclass(slots=True)
class _Walk:
    """One scan. Links are followed last, so that a file is found under its own name first."""

    root: str
    max_bytes: int
    sources: dict[str, Source] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)

    def take_file(self, path: str) -> None:
        try:
            self._add(path, os.stat(path))
        except OSError as error:
            self._skip(path, "unreadable", cause_of(error))

    def take_address(self, address: str, web: WebArticles) -> None:
        from index.web.articles import NoSnapshot

        try:
            snapshot = web.find(address)
        except NoSnapshot as error:
            self.skips.append(Skip(address, "unreadable", str(error)))
            return
        source = source_of(snapshot)
        if source.size > self.max_bytes:
            self.skips.append(Skip(address, "too large", self._too_large(source.size)))
        else:
            self.sources[address] = source

    def take_folder(self, folder: str) -> None:
        pending = [(folder, enclosing_ignores(folder))]
        while pending:
            folder, ignores = pending.pop()
            if folder in self.folders:
                continue
            self.folders.add(folder)
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                self._skip(folder + os.sep, "unreadable", cause_of(error))
                continue
            names = {entry.name for entry in entries}
            if ".gitignore" in names:
                ignores = [*ignores, *ignores_of(folder)]
            for entry in entries:
                is_folder = entry.is_dir(follow_symlinks=False)
                shown = entry.path + (os.sep if is_folder else "")
                if entry.name.startswith("."):
                    self._skip(shown, "hidden")
                elif ignores and is_ignored(shown, ignores):
                    self._skip(shown, "ignored", ".gitignore")
                elif entry.is_symlink():
                    self.links.append(entry.path)
                elif is_folder and (page := _page_with(entry.name, names)):
                    self._skip(shown, "ignored", f"belongs to {page}")
                elif is_folder:
                    pending.append((entry.path, ignores))
                else:
                    try:
                        self._add(entry.path, entry.stat(follow_symlinks=False))
                    except OSError as error:
                        self._skip(entry.path, "unreadable", cause_of(error))

    def take_links(self) -> None:
        """Follow the links found so far, to files of the corpus that were not found otherwise."""
        inside = os.path.realpath(self.root)
        seen = {os.path.realpath(source.path) for source in self.sources.values()}
        seen.update(os.path.realpath(folder) for folder in self.folders)
        while self.links:
            link = self.links.pop(0)
            target = os.path.realpath(link)
            if not os.path.exists(target):
                self._skip(link, "unreadable", "broken link")
            elif os.path.commonpath([inside, target]) != inside:
                self._skip(link, "link", "points outside the corpus")
            elif os.path.isdir(target) and _is_within(os.path.dirname(link), target):
                self._skip(link, "loop", "points to a folder that contains it")
            elif target in seen:
                self._skip(link, "link", "its target is read under its own name")
            elif os.path.isdir(target):
                known, folders = set(self.sources), set(self.folders)
                self.take_folder(link)
                for id in sorted(self.sources.keys() - known):
                    path = self.sources[id].path
                    if os.path.realpath(path) in seen:
                        del self.sources[id]
                        self._skip(path, "link", "its target is read under its own name")
                    seen.add(os.path.realpath(path))
                seen.update(os.path.realpath(folder) for folder in self.folders - folders)
            else:
                self.take_file(link)
                seen.add(target)

    def all_skips(self) -> set[Skip]:
        """Return what was skipped, except what another of the given paths names."""
        asked = self.sources.keys() | {self._id(folder + os.sep) for folder in self.folders}
        return {skip for skip in self.skips if skip.id not in asked or skip.reason == "unreadable"}

    def _add(self, path: str, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            self._skip(path, "not a file", "not a regular file; pipe its text into `-`")
        elif status.st_size > self.max_bytes:
            self._skip(path, "too large", self._too_large(status.st_size))
        else:
            id = self._id(path)
            self.sources[id] = Source(
                id, path, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns)
            )

    def _too_large(self, size: int) -> str:
        return f"{size / 1e6:,.1f} MB; the limit is {self.max_bytes / 1e6:,.1f} MB"

    def _skip(self, path: str, reason: Reason, detail: str = "") -> None:
        self.skips.append(Skip(self._id(path), reason, detail))

    def _id(self, path: str) -> str:
        relative = path[len(self.root) :].lstrip(os.sep) if self.root != os.sep else path[1:]
        return as_text(relative).replace(os.sep, "/") or "."


def as_text(path: str) -> str:
    r"""Return a path with undecodable bytes escaped, as in "caf\xe9.txt"."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _page_with(folder: str, names: Set[str]) -> str:
    """Return the web page that a browser saved with a folder for its images, styles and scripts.

    Empty if there is none. names: of the files beside the folder.
    """
    pages = (folder.removesuffix(_OF_PAGE) + suffix for suffix in _PAGE_SUFFIXES)
    return next((page for page in pages if page in names), "") if folder.endswith(_OF_PAGE) else ""


def _is_within(folder: str, other: str) -> bool:
    """Return whether a folder is `other` or inside it. other: a path without links."""
    real = os.path.realpath(folder)
    return real == other or real.startswith(other + os.sep)


def cause_of(error: OSError) -> str:
    """Return the system's message for an error, in lower case."""
    return (error.strerror or str(error)).lower()
