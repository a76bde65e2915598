"""The only way out to stdout and stderr: whatever is sent passes through `visible` on the way.

stdout is the answer, stderr everything else. The chat draws its own screen, with the same marks.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

import click

from qa.show.text import json_text, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


class Exit(IntEnum):
    """What the program ends with."""

    ANSWERED = 0
    """Also: all quotes stand, nothing is wrong, the command did its work."""
    NOT_FOUND = 1
    """Also: not all quotes stand."""
    USAGE = 2
    FAULT = 3
    INTERRUPTED = 130


def print_text(text: str) -> None:
    """Write a text, of one line or several, to stdout."""
    click.echo(visible(text))


def print_json(value: object, *, indent: int | None = None) -> None:
    """Write a value to stdout as JSON, on one line unless it is indented."""
    click.echo(json_text(value, indent=indent))


def print_note(text: str) -> None:
    """Write a text to stderr: notes, progress, errors."""
    click.echo(visible(text), err=True)


def print_error(message: str, hint: str = "") -> None:
    """Write an error and what to do about it to stderr."""
    print_note(f"qa: {message}")
    if hint:
        print_note(f"    {hint}")


def console(*, color: bool, stderr: bool = False) -> Console:
    """Return a console that takes no text for markup. Raw text must be made `visible` before."""
    from rich.console import Console

    class Ours(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # to be ended in good order; rich would exit with 1

    return Ours(
        stderr=stderr, no_color=not color or None, highlight=False, markup=False, emoji=False
    )


def print_styled(lines: Iterable[Text], on: Console) -> None:
    """Write styled lines, whose texts are made visible already, to a console."""
    for line in lines:
        on.print(line, soft_wrap=True)
