"""How to open a file at a line in the editor of the user's choice."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import PurePath

_AT_COLON = frozenset("code codium cursor subl zed hx helix".split())
_GOTO = frozenset("code codium cursor".split())
_NO_LINE = frozenset("open xdg-open notepad".split())


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
