"""Finds the files at given paths that may be articles, without opening them."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from index.folder import examined, id_of, listed, too_large
from index.gitignore import Ignores, enclosing_ignores
from index.scan import (
    DEFAULT_MAX_BYTES,
    STDIN,
    Scan,
    Skip,
    Source,
    cause_of,
    corpus_root,
    existing_path,
    source_of,
)
from index.types import Reason
from index.web.addresses import is_address, normal_address

if TYPE_CHECKING:
    from index.web.articles import WebArticles


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
    with _no_garbage_collected():
        return _scan(paths, root or corpus_root(paths), max_bytes, stdin, web)


@contextmanager
def _no_garbage_collected() -> Iterator[None]:
    """Keep Python from looking for garbage among 100,000 new values: a third of a scan's time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _scan(
    paths: Sequence[str],
    root: str,
    max_bytes: int,
    stdin: Source | None,
    web: WebArticles | None,
) -> Scan:
    walk = _Walk(root=root, max_bytes=max_bytes)
    for path in paths:
        if path == STDIN:
            if stdin is None:
                raise ValueError("standard input is one of the paths but was not read")
            walk.sources[STDIN] = stdin
        elif is_address(path):
            if web is None:
                raise ValueError("a web address is one of the paths but there are no snapshots")
            walk.take_address(normal_address(path), web)
        elif os.path.isdir(existing := existing_path(path)):
            walk.take_folder(existing)
        else:
            walk.take_file(existing)
    folders = () if walk.links else tuple(sorted(walk.folders | walk.of_files))
    walk.take_links()
    by_id = sorted(walk.sources.items())
    skips = sorted(walk.all_skips(), key=lambda skip: (skip.id, skip.reason))
    return Scan(walk.root, tuple(source for _, source in by_id), tuple(skips), folders)


@dataclass(slots=True)
class _Walk:
    """One scan. Links are followed last, so that a file is found under its own name first."""

    root: str
    max_bytes: int
    sources: dict[str, Source] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    of_files: set[str] = field(default_factory=set)
    """Those with files that are named explicitly."""

    def take_file(self, path: str) -> None:
        self.of_files.add(os.path.dirname(path))
        try:
            found = examined(id_of(path, self.root), path, os.stat(path), self.max_bytes)
        except OSError as error:
            self._skip(path, "unreadable", cause_of(error))
            return
        if isinstance(found, Source):
            self.sources[found.id] = found
        else:
            self.skips.append(found)

    def take_address(self, address: str, web: WebArticles) -> None:
        from index.web.articles import NoSnapshot

        try:
            snapshot = web.find(address)
        except NoSnapshot as error:
            self.skips.append(Skip(address, "unreadable", str(error)))
            return
        source = source_of(snapshot)
        if source.size > self.max_bytes:
            self.skips.append(Skip(address, *too_large(source.size, self.max_bytes)))
        else:
            self.sources[address] = source

    def take_folder(self, folder: str) -> None:
        pending: list[tuple[str, Ignores]] = [(folder, enclosing_ignores(folder))]
        while pending:
            folder, ignores = pending.pop()
            if folder in self.folders:
                continue
            self.folders.add(folder)
            listing = listed(folder, self.root, ignores, self.max_bytes)
            self.sources.update((source.id, source) for source in listing.sources)
            self.skips += listing.skips
            self.links += listing.links
            pending += [(path, listing.ignores) for path in listing.folders]

    def take_links(self) -> None:
        """Follow the links found so far, to files of the corpus that were not found otherwise."""
        if not self.links:
            return
        inside = os.path.realpath(self.root)
        real_folder = cache(os.path.realpath)
        seen = {os.path.realpath(folder) for folder in self.folders}
        for path in (source.path for source in self.sources.values()):
            folder, name = os.path.split(path)
            is_own = folder in self.folders  # found there, so it is no link
            seen.add(os.path.join(real_folder(folder), name) if is_own else os.path.realpath(path))
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
        if not self.skips:
            return set()
        asked = self.sources.keys() | {id_of(folder + os.sep, self.root) for folder in self.folders}
        return {skip for skip in self.skips if skip.id not in asked or skip.reason == "unreadable"}

    def _skip(self, path: str, reason: Reason, detail: str = "") -> None:
        self.skips.append(Skip(id_of(path, self.root), reason, detail))


def _is_within(folder: str, other: str) -> bool:
    """Return whether a folder is `other` or inside it. other: a path without links."""
    real = os.path.realpath(folder)
    return real == other or real.startswith(other + os.sep)
