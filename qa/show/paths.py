"""Paths as they are shown: short, and such that they can be opened from where the user is."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path, PurePath

from index.scan import STDIN, STDIN_NAME
from index.web.addresses import is_address
from qa.show.text import visible_name

MAX_FOLDERS_UP = 2
"""A relative path that goes up further than this is harder to read than an absolute one."""
MAX_BRIEF_CHARS = 40


def relative_path(path: str, folder: str | None = None, *, up: int = MAX_FOLDERS_UP) -> str:
    """Return an absolute path relative to a folder if that is short, otherwise unchanged.

    Paths below the folder become relative, and so do those at most `up` folders above if that
    makes them shorter. Both open the same file from the folder.

    folder: absolute and without symbolic links, after which ".." leads elsewhere; None for the
        current folder. A path that is not absolute, such as "-", is unchanged.
    """
    if not os.path.isabs(path):
        return path
    try:
        here = PurePath(folder) if folder else Path.cwd()
    except OSError:  # the current folder is gone
        return path
    for number, above in enumerate((here, *here.parents[:up])):
        with suppress(ValueError):
            relative = os.path.join(*[os.pardir] * number, PurePath(path).relative_to(above))
            if number and len(relative) >= len(path):
                return path
            # As an argument, "-notes.md" would be an option and "-" standard input.
            return os.path.join(os.curdir, relative) if relative.startswith("-") else relative
    return path


def shown_path(path: str, folder: str | None = None) -> str:
    """Return `relative_path` safe to show; "standard input" for "-"."""
    return STDIN_NAME if path == STDIN else visible_name(relative_path(path, folder))


def brief_path(path: str, chars: int = MAX_BRIEF_CHARS) -> str:
    """Return `shown_path`, shortened in the middle to so many characters.

    For the chat, where places are limited to a line and open without typing a path.
    """
    shown = shown_path(path)
    if len(shown) <= chars:
        return shown
    site, slashes, rest = shown.rpartition("://")
    first, *middle, last = re.split(r"[/\\]", rest) if os.sep == "\\" else rest.split("/")
    while middle:
        middle.pop(0)
        brief = f"{site}{slashes}{'/'.join([first, '…', *middle, last])}"
        if len(brief) <= chars:
            return brief
    return shortened_in_the_middle(f"{first}/{last}" if site else last, chars)


def shortened_in_the_middle(text: str, chars: int) -> str:
    """Return a text of at most `chars` characters, at least 1, with "…" for what is missing."""
    if len(text) <= chars:
        return text
    after = chars // 2
    return f"{text[: chars - 1 - after]}…{text[len(text) - after :]}"


def roots_of(root: str) -> tuple[str, ...]:
    """Return the paths by which users know the folder that ids are relative to."""
    if root == STDIN:
        return ()
    return tuple(dict.fromkeys(name for name in (root, relative_path(root)) if name != os.curdir))


def shown_id(root: str, id: str) -> str:
    """Return `shown_path` of the article or folder with this id. root: what ids are relative to."""
    if id == STDIN or is_address(id):
        return shown_path(id)
    return shown_path(os.path.join(root, id)) + ("/" if id.endswith("/") else "")
