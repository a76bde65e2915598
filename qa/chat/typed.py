"""Addresses, files and folders that the user typed, pasted or dropped on the terminal."""

from __future__ import annotations

import os
import re
import shlex
from urllib.parse import unquote, urlsplit

from index.web.addresses import is_address

_LIKE_A_PATH = re.compile(r"(?:~|\.{0,2}[/\\]|[A-Za-z]:[/\\]).")

_PART_OF_A_PATH = re.compile(r"\w[/\\]|\w\.\w+$")
"""A folder, or the end of a file's name."""


def paths_in(text: str, *, in_question: bool = False) -> list[str]:
    """Return the addresses and existing paths that a text consists of; none if of others too.

    Those with blanks are in quotes, as terminals write them, or alone.

    in_question: take only what looks like a path: "notes" is a word, "./notes" and "notes.md" are
        paths.
    """
    for words in ([text.strip()], _words(text)):
        if not in_question or all(map(_is_like_a_path, words)):
            paths = [path for word in words if (path := _path(word))]
            if len(paths) == len(words):
                return paths
    return []


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, posix=os.sep == "/")
    except ValueError:  # an apostrophe
        return text.split()


def _is_like_a_path(word: str) -> bool:
    looks_like_one = _LIKE_A_PATH.match(word) or _PART_OF_A_PATH.search(word)
    return is_address(word) or word.startswith("file://") or bool(looks_like_one)


def _path(word: str) -> str:
    """Return the address or the existing path that a word is; an empty string if it is neither."""
    if is_address(word):
        return "" if len(word.split()) > 1 else word
    try:
        is_uri = word.startswith("file://")
        path = unquote(urlsplit(word).path) if is_uri else os.path.expanduser(word)
        return path if path and os.path.exists(path) else ""
    except ValueError:
        return ""
