"""A screen as text: what is written in its cells, and in which style.

Colours are named by what they are in the theme, so that another shade of the theme changes
nothing. What Textual draws on its own, footers and scroll bars, differs between its versions and
is left out.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.app import App
from textual.color import Color
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Footer

if TYPE_CHECKING:
    from rich.color import Color as RichColor
    from rich.style import Style

NAMED_COLOURS = (
    "background", "surface", "panel", "panel-lighten-1", "foreground",
    "primary", "text-primary", "primary-muted",
    "success", "text-success", "success-muted",
    "warning", "text-warning", "warning-muted",
)  # fmt: skip
"""The theme's colours that the chat uses as they are. Whatever is mixed from them is "mixed"."""
ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")
LEFT_OUT = "░"


def drawn(app: App[Any]) -> str:
    """Return the rows of the screen, then the same rows with a letter for each style.

    The letters are explained at the end. A blank whose style cannot be seen has none.
    """
    texts, styles = [], []
    letters: dict[str, str] = {}
    names = _colour_names(app)
    for row in _cells(app):
        texts.append("".join(character for character, _ in row).rstrip())
        marks = ""
        for character, style in row:
            described = _described(style, names, blank=character == " ")
            if character != LEFT_OUT and described and described not in letters:
                letters[described] = string.ascii_letters[len(letters)]
            mark = LEFT_OUT if character == LEFT_OUT else letters.get(described, " ")
            marks += mark * cell_len(character)
        styles.append(marks.rstrip())
    legend = [f"{letter}  {described}" for described, letter in letters.items()]
    return "\n".join([*texts, "-" * app.size.width, *styles, "-" * app.size.width, *legend, ""])


def _cells(app: App[Any]) -> Iterator[list[tuple[str, Style | None]]]:
    """Yield the characters of each row with their styles."""
    left_out = list(_drawn_by_textual(app))
    for y, strip in enumerate(app.screen._compositor.render_strips()):
        row: list[tuple[str, Style | None]] = []
        x = 0
        for segment in strip:
            for character in segment.text:
                if any(region.contains(x, y) for region in left_out):
                    row.append((LEFT_OUT, None))
                else:
                    row.append((character, segment.style))
                x += cell_len(character)
        yield row


def _drawn_by_textual(app: App[Any]) -> Iterator[Region]:
    for screen in app.screen_stack:
        for widget in screen.walk_children(Widget, with_self=True):
            if isinstance(widget, Footer):
                yield widget.region
            elif widget.show_vertical_scrollbar and widget.region:
                yield widget.vertical_scrollbar.region


def _colour_names(app: App[Any]) -> dict[tuple[int, int, int], str]:
    variables = app.theme_variables
    return {Color.parse(variables[name]).rgb: name for name in reversed(NAMED_COLOURS)}


def _described(style: Style | None, names: dict[tuple[int, int, int], str], *, blank: bool) -> str:
    """Return a style in words; empty for nothing but the background of the app."""
    if style is None:
        return ""

    def name(colour: RichColor | None) -> str:
        if colour is None or colour.triplet is None:
            return "terminal"
        red, green, blue = colour.triplet
        return names.get((red, green, blue), "mixed")

    attributes = [attribute for attribute in ATTRIBUTES if getattr(style, attribute)]
    colour, background = name(style.color), name(style.bgcolor)
    if blank and not {"underline", "reverse", "strike"}.intersection(attributes):
        return "" if background in ("background", "terminal") else f"on {background}"
    return " ".join([*attributes, colour, "on", background])
