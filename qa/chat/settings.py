"""The setting that the chat remembers between runs: the theme."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path


def remembered_theme(file: Path) -> str | None:
    """Return the theme chosen last, or None."""
    try:
        theme = json.loads(file.read_text("utf-8"))["theme"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return theme if isinstance(theme, str) else None


def remember_theme(file: Path, theme: str) -> None:
    """Save the theme for the next run, if the folder is writable."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"theme": theme}) + "\n", "utf-8")
