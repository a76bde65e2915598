"""Lists one folder: which of its files may be articles, and which are skipped."""

from __future__ import annotations

import os
import stat
from collections.abc import Set
from dataclasses import dataclass, field

from index.gitignore import GITIGNORE, Ignores, ignores_of, is_ignored
from index.scan import Skip, Source, as_text, cause_of
from index.types import Reason

_OF_PAGE = "_files"
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


@dataclass(slots=True)
class Listing:
    """What is directly in a folder."""

    sources: list[Source] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    """Paths of links, in order of their names."""
    folders: list[str] = field(default_factory=list)
    """Paths of the folders to list next, in order of their names."""
    ignores: Ignores = field(default_factory=list)
    """The rules for these folders."""


def listed(folder: str, root: str, ignores: Ignores, max_bytes: int) -> Listing:
    """Return what is in a folder. Costs one `stat` per file.

    root: the folder that ids are relative to. ignores: the rules of the folders above.
    """
    found = Listing(ignores=ignores)
    above = id_of(os.path.join(folder, ""), root)
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError as error:
        found.skips.append(Skip(above, "unreadable", cause_of(error)))
        return found
    names = {entry.name for entry in entries}
    prefix = "" if above == "." else above
    if GITIGNORE in names:
        found.ignores = ignores = [*ignores, *ignores_of(folder)]
    for entry in entries:
        name, path = entry.name, entry.path
        is_folder = entry.is_dir(follow_symlinks=False)
        id = f"{prefix}{as_text(name)}/" if is_folder else prefix + as_text(name)
        if name.startswith("."):
            found.skips.append(Skip(id, "hidden"))
        elif ignores and is_ignored(path + os.sep if is_folder else path, ignores):
            found.skips.append(Skip(id, "ignored", GITIGNORE))
        elif entry.is_symlink():
            found.links.append(path)
        elif is_folder and (page := _page_with(name, names)):
            found.skips.append(Skip(id, "ignored", f"belongs to {page}"))
        elif is_folder:
            found.folders.append(path)
        else:
            try:
                one = examined(id, path, entry.stat(follow_symlinks=False), max_bytes)
            except OSError as error:
                one = Skip(id, "unreadable", cause_of(error))
            (found.sources if isinstance(one, Source) else found.skips).append(one)  # type: ignore[arg-type]  # of its kind
    found.links.sort()
    found.folders.sort()
    return found


def examined(id: str, path: str, status: os.stat_result, max_bytes: int) -> Source | Skip:
    """Return a file as an article, or why it is skipped. status: of the file."""
    if not stat.S_ISREG(status.st_mode):
        return Skip(id, "not a file", "not a regular file; pipe its text into `-`")
    if status.st_size > max_bytes:
        return Skip(id, *too_large(status.st_size, max_bytes))
    return Source(id, path, status.st_size, max(status.st_mtime_ns, status.st_ctime_ns))


def too_large(size: int, max_bytes: int) -> tuple[Reason, str]:
    """Return the reason for skipping a file of this size, and its detail."""
    return "too large", f"{size / 1e6:,.1f} MB; the limit is {max_bytes / 1e6:,.1f} MB"


def id_of(path: str, root: str) -> str:
    """Return the id of a file or folder below the root; "." for the root itself."""
    relative = path[len(root) :].lstrip(os.sep) if root != os.sep else path[1:]
    return as_text(relative).replace(os.sep, "/") or "."


def _page_with(folder: str, names: Set[str]) -> str:
    """Return the web page that a browser saved with a folder for its images, styles and scripts.

    Empty if there is none. names: of the files beside the folder.
    """
    pages = (folder.removesuffix(_OF_PAGE) + suffix for suffix in _PAGE_SUFFIXES)
    return next((page for page in pages if page in names), "") if folder.endswith(_OF_PAGE) else ""
