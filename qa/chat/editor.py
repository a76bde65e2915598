"""Opens a file at a line in the user's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import PurePath

from textual.app import App, SuspendNotSupported

from qa.show.text import visible_line

_AT_COLON = frozenset("code codium cursor subl zed hx helix".split())
_GOTO = frozenset("code codium cursor".split())
_NO_LINE = frozenset("open xdg-open notepad".split())


def open_in_editor(app: App[int], path: str, line: int) -> str:
    """Hand the terminal to the editor of $VISUAL or $EDITOR until it ends.

    Returns what went wrong, in a sentence; empty if nothing did.
    """
    command = editor_command(os.environ, path, line)
    if command is None:
        return f"Set EDITOR to open {visible_line(path)}:{line}"
    problem = ""
    try:
        with app.suspend():
            code = subprocess.run(command, check=False).returncode
        if code:
            problem = f"{command[0]} ended with {code}."
    except SuspendNotSupported:
        problem = "This terminal cannot be handed to an editor."
    except OSError as error:
        problem = f"{command[0]} cannot be run: {error.strerror or error}"
    app.refresh(layout=True)
    return problem


def editor_command(environment: Mapping[str, str], path: str, line: int) -> list[str] | None:
    """Return the command of $VISUAL or $EDITOR for a file and a line, from 1; None without one."""
    chosen = environment.get("VISUAL") or environment.get("EDITOR") or ""
    try:
        command = shlex.split(chosen)
    except ValueError:
        return None
    if not command:
        return None
    name = PurePath(command[0]).stem.lower()
    if name in _AT_COLON:
        return [*command, *(["--goto"] if name in _GOTO else []), f"{path}:{line}"]
    if name in _NO_LINE:
        return [*command, path]
    return [*command, f"+{line}", path]  # vi, vim, nvim, nano, emacs, micro, kak, joe …
