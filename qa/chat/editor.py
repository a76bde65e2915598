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
    """Suspend the app and run the editor in $VISUAL or $EDITOR until it exits.

    Return an error message; empty if there was no error.
    """
    command = editor_command(os.environ, path, line)
    if command is None:
        return f"Set EDITOR to open {visible_line(path)}:{line}"
    problem = ""
    try:
        with app.suspend():
            code = subprocess.run(command, check=False).returncode
        if code:
            problem = f"{command[0]} exited with code {code}."
    except SuspendNotSupported:
        problem = "Cannot open an editor from this terminal."
    except OSError as error:
        problem = f"Cannot run {command[0]}: {error.strerror or error}"
    app.refresh(layout=True)
    return problem


def editor_command(environment: Mapping[str, str], path: str, line: int) -> list[str] | None:
    """Return the editor command for a file and a line, from 1; None if no editor is set."""
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
