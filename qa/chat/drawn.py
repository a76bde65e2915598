"""The characters of an article as they are drawn."""

from __future__ import annotations

from qa.show.text import visible

TAB = " " * 4
"""A tab, so that code keeps its indents, and columns their distance."""


def as_drawn(text: str) -> str:
    """Return `visible(text)`, with room for tabs. Each character is drawn as it is alone."""
    return visible(text.replace("\t", TAB))
