"""The user's configuration: a file of settings, and what is asked if no paths are given.

    corpus = ["/home/ada/notes"]      # written by `qa use`
    max-size = 100                    # any option of `Settings`, under its long name

Options on the command line come first, then environment variables such as QA_CORPUS and
QA_MAX_SIZE, then this file.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.errors import ConfigurationError
from index.web.addresses import is_address

CORPUS = "corpus"
CORPUS_VARIABLE = "QA_CORPUS"
_CORPUS_ENTRY = re.compile(r'^corpus[ \t]*=[ \t]*(\[[^\]]*\]|"[^"\n]*"|\'[^\'\n]*\').*\n?', re.M)
_PATHS = re.compile(
    r"https?://(?:(?!:(?:$|[/~.]|https?://)).)+|[^:]+"
    if os.pathsep == ":"
    else rf"[^{os.pathsep}]+",
    re.IGNORECASE,
)
"""An address may contain colons: it ends only before an absolute path, "~", "." or an address."""


def read_configuration(file: Path, options: Iterable[str]) -> dict[str, Any]:
    """Return the entries of a configuration file; empty if there is none.

    options: the names that it may have besides `corpus`, such as "max-size".

    Raises: ConfigurationError if it cannot be read or has another entry.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        cause = getattr(error, "strerror", None) or "not UTF-8"
        raise ConfigurationError(
            f"Cannot read {file}: {cause}", "Change it or remove it."
        ) from error
    return _parsed(text, file, options)


def _parsed(text: str, file: Path, options: Iterable[str]) -> dict[str, Any]:
    import tomllib

    try:
        entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(
            f"{file} is not TOML: {error}", "Change it or remove it."
        ) from error
    known = [CORPUS, *options]
    for name in entries:
        if name not in known:
            raise ConfigurationError(
                f"{file} has an unknown entry: {name}", f"Possible: {', '.join(known)}"
            )
    named = entries.get(CORPUS, [])
    paths = [named] if isinstance(named, str) else named
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        raise ConfigurationError(
            f"{file}: corpus is not a list of paths", 'Write corpus = ["/path/to/notes"].'
        )
    return {**entries, CORPUS: paths}


def default_corpus(
    environment: Mapping[str, str], file: Path, options: Iterable[str]
) -> tuple[tuple[str, ...], str]:
    """Return what to ask if no paths are given, and what says so: a variable or the file.

    Both are empty if nothing says so. Paths in the file are relative to its folder.

    Raises: ConfigurationError.
    """
    named = tuple(_PATHS.findall(environment.get(CORPUS_VARIABLE, "")))
    if named:
        return tuple(map(os.path.expanduser, named)), CORPUS_VARIABLE
    paths = read_configuration(file, options).get(CORPUS, [])
    return tuple(_from(file.parent, path) for path in paths), str(file) if paths else ""


def _from(folder: Path, path: str) -> str:
    return path if is_address(path) else os.path.join(folder, os.path.expanduser(path))


def set_default_corpus(file: Path, paths: Sequence[str], options: Iterable[str]) -> None:
    """Write the paths to a configuration file, or remove the entry if there are none.

    Everything else in the file is kept. paths: absolute, or web addresses.

    Raises: ConfigurationError.
    """
    before = read_configuration(file, options)
    text = file.read_text("utf-8") if file.exists() else ""
    entry = f"{CORPUS} = [{', '.join(map(_quoted, paths))}]\n" if paths else ""
    changed, found = _CORPUS_ENTRY.subn(lambda _: entry, text, count=1)
    if not found:  # before any table, which would take the entry
        changed = entry + text
    try:
        is_right = _parsed(changed, file, options) == {**before, CORPUS: list(paths)}
    except ConfigurationError:  # part of the entry is left
        is_right = False
    if not is_right:
        raise ConfigurationError(
            f"Cannot change the entry corpus in {file}.", f"Change it to: {entry.strip()}"
        )
    try:
        linked = Path(os.path.realpath(file))  # a link to it stays one
        linked.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=linked.parent, delete=False
        ) as new:
            new.write(changed)
        os.replace(new.name, linked)
    except OSError as error:
        raise ConfigurationError(
            f"Cannot write {file}: {error.strerror or error}",
            f"Check its permissions, or set {CORPUS_VARIABLE}.",
        ) from error


def _quoted(path: str) -> str:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ConfigurationError(
            f"A configuration file cannot name {path!r}, which is not valid Unicode.",
            f"Set {CORPUS_VARIABLE} instead.",
        ) from error
    return json.dumps(path, ensure_ascii=False).replace("\x7f", "\\u007f")
