"""The only module that writes to stdout and stderr. It makes everything safe to print first.

stdout gets the answer, stderr everything else. The chat draws its own screen, with the same marks
for unsafe characters.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterable
from enum import IntEnum
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from qa.show.text import json_text, visible

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


LOOK_ALIKES = dict(
    zip("·–×“”«»‹›→…", ["-", "-", "x", '"', '"', "<<", ">>", "<", ">", "->", "..."], strict=True)
)
"""For the characters that this program prints of its own, where an encoding lacks them."""


class Exit(IntEnum):
    """Exit codes."""

    ANSWERED = 0
    """Also: all quotes are as cited, no problems found, the command succeeded."""
    NOT_FOUND = 1
    """Also: it is not sure that the text answers; a quote is not as cited."""
    USAGE = 2
    PROBLEM = 3
    """With the articles, the model or the store; `qa doctor` found a problem."""
    INTERRUPTED = 130


def print_text(text: str) -> None:
    """Print one or more lines to stdout."""
    click.echo(visible(text))


def print_json(value: object, *, indent: int | None = None) -> None:
    """Print a value as JSON to stdout, on one line unless `indent` is set."""
    encoding = (sys.stdout and sys.stdout.encoding) or "ascii"  # closed, or a StringIO
    ascii = codecs.lookup(encoding).name != "utf-8"
    click.echo(json_text(value, indent=indent, ascii=ascii))


def print_any_character() -> None:
    """Have both streams print look-alikes or escapes for characters that their encoding lacks."""
    codecs.register_error("qa-look-alikes", _look_alike)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="qa-look-alikes")


def _look_alike(error: UnicodeError) -> tuple[str | bytes, int]:
    if isinstance(error, UnicodeEncodeError) and error.object[error.start] in LOOK_ALIKES:
        return LOOK_ALIKES[error.object[error.start]], error.start + 1
    return codecs.backslashreplace_errors(error)


def print_note(text: str) -> None:
    """Print a note to stderr."""
    click.echo(visible(text), err=True)


def print_error(message: str, hint: str = "") -> None:
    """Print an error, and what to do about it, to stderr."""
    print_note(f"qa: {message}")
    if hint:
        print_note(f"    {hint}")


def console(*, color: bool, stderr: bool = False) -> Console:
    """Return a console that never treats text as markup. Pass raw text through `visible` first."""
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # handled by the command line; rich would exit with 1

    return PlainConsole(
        stderr=stderr, no_color=not color or None, highlight=False, markup=False, emoji=False
    )


def print_styled(lines: Iterable[Text], on: Console) -> None:
    """Print styled lines, already made visible, to a console."""
    for line in lines:
        on.print(line, soft_wrap=True)
