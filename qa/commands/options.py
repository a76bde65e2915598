"""Options shared by several commands. Those in `Settings` are generated from its fields."""

from __future__ import annotations

import codecs
import math
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cache, wraps
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_origin, get_type_hints

import click

from qa.settings import Option, Settings


class FiniteRange(click.FloatRange):
    """A range of finite numbers. click accepts "nan" in any range."""

    def convert(
        self, value: float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or fail with a message."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


_Command = TypeVar("_Command", bound=Callable[..., Any])


def passages_option(
    default: int, help: str = "Number of passages to show."
) -> Callable[[_Command], _Command]:
    """Return the --passages option."""
    return click.option(
        "-k", "--passages", type=click.IntRange(min=1, max=100), default=default,
        show_default=True, metavar="N", help=help,
    )  # fmt: skip


only_option = click.option(
    "--only", multiple=True, metavar="PATTERN",
    help="Ask only articles whose path matches PATTERN, such as '2024/*.md'. May be repeated.",
)  # fmt: skip


def _checked_encoding(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    try:
        return None if name is None else codecs.lookup(name).name
    except (LookupError, ValueError) as error:  # ValueError: it has a NUL or is not valid Unicode
        raise click.BadParameter(f"unknown encoding: {name}") from error


_TYPES: dict[str, Any] = {
    "download": {"is_flag": True},
    "min_confidence": {"type": FiniteRange(0, 1)},
    "store": {"type": click.Path(file_okay=False, path_type=Path)},
    "encoding": {"callback": _checked_encoding},
    "max_size": {"type": FiniteRange(min=0, min_open=True)},
}
"""What click needs to know about settings that are not plain text."""


@cache
def _declared() -> dict[str, tuple[Option, Any]]:
    """Return the option and the default value of each field of `Settings`, by name."""
    hints = get_type_hints(Settings, include_extras=True)
    return {
        field.name: (hints[field.name].__metadata__[0], field.default)
        for field in fields(Settings)
        if get_origin(hints[field.name]) is Annotated
    }


def setting_option(name: str) -> Callable[[_Command], _Command]:
    """Return the command-line option for a field of `Settings`."""
    option, default = _declared()[name]
    return click.option(
        f"--{name.replace('_', '-')}",
        default=default,
        show_default=default not in (None, False),
        metavar=option.metavar or None,
        help=option.help,
        **_TYPES.get(name, {}),
    )


def settings_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add an option for each setting, and pass the settings as the first argument."""
    names = list(_declared())

    @wraps(command)
    def with_settings(*args: object, **values: Any) -> int:  # noqa: ANN401  called by click
        settings = Settings(**{name: values.pop(name) for name in names})
        return command(settings, *args, **values)

    decorated: Callable[..., int] = with_settings
    for name in reversed(names):
        decorated = setting_option(name)(decorated)
    return decorated


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """How a command prints."""

    color: bool
    """Whether to use colour if the terminal supports it."""
    quiet: bool


def output_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add --no-color and --quiet, and pass them as `output`."""

    @click.option("--no-color", is_flag=True, help="Print without colour, as with NO_COLOR=1.")
    @click.option("-q", "--quiet", is_flag=True, help="Print only errors to stderr.")
    @wraps(command)
    def with_output(*args: object, no_color: bool, quiet: bool, **values: object) -> int:
        color = not (no_color or os.environ.get("NO_COLOR"))
        return command(*args, output=OutputOptions(color, quiet), **values)

    return with_output
