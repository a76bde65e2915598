"""The characters of an article as they are drawn."""

from __future__ import annotations

from rich.cells import cell_len

from qa.show.text import visible

TAB = " " * 4
"""A tab, so that code keeps its indents, and columns their distance."""


def as_drawn(text: str) -> str:
    """Return `visible(text)`, with room for tabs. Each character is drawn as it is alone."""
    return visible(text.replace("\t", TAB))


def is_mark(character: str) -> bool:
    """Return whether a character takes no cell, like an accent on the letter before it."""
    return not cell_len(as_drawn(character))
