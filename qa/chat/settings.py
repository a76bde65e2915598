"""What the chat remembers from one start to the next: the theme."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path


def remembered_theme(file: Path) -> str | None:
    """Return the theme that was chosen last; None for none."""
    try:
        theme = json.loads(file.read_text("utf-8"))["theme"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return theme if isinstance(theme, str) else None


def remember_theme(file: Path, theme: str) -> None:
    """Keep the theme for the next start, if the folder can be written to."""
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"theme": theme}) + "\n", "utf-8")
