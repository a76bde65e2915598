"""Options shared by several commands. Those in `Settings` are generated from its fields."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import Field, dataclass, fields
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import click

from index.engines.address import EngineAddress, is_engine_address
from index.errors import QAError
from qa.scope import Scope
from qa.settings import InvalidSetting, Option, Settings

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

MAX_COMPLETIONS = 200
"""Of article names, at most this many are offered: shells list them all."""
_Command = TypeVar("_Command", bound=Callable[..., Any])


def passages_option(
    default: int, help: str = "Number of passages to show."
) -> Callable[[_Command], _Command]:
    """Return the --passages option."""
    return click.option(
        "-k", "--passages", type=click.IntRange(min=1, max=100), default=default,
        show_default=True, metavar="N", help=help,
    )  # fmt: skip


def _matching_articles(
    context: click.Context, _: click.Parameter, typed: str
) -> list[CompletionItem]:
    """Return the ids of indexed articles that begin with what is typed.

    The corpus is what was typed before: in `qa ask`, the paths after the question.
    """
    from click.shell_completion import CompletionItem

    from qa.completing import article_ids
    from qa.configuration import default_corpus
    from qa.folders import configuration_file, sample_article
    from qa.web import absolute_path

    values = context.params
    # While an option lacks its value, click leaves the arguments before it in `args`.
    paths = [*values.get("paths", ()), *values.get("arguments", ()), *context.args]
    if "arguments" in values:
        del paths[:1]  # the question
    with suppress(QAError, InvalidSetting):
        default = default_corpus(os.environ, configuration_file(), setting_names())[0]
        named = map(absolute_path, paths or default or [str(sample_article())])
        stores = Settings(store=values.get("store")).stores
        found = article_ids(stores, named, typed, MAX_COMPLETIONS)
        return [CompletionItem(id) for id in found if id.isprintable() and not _splits(id)]
    return []


def _splits(name: str) -> bool:
    """Return whether the shell that completes would split a name: bash does, as click calls it."""
    is_bash = os.environ.get("_QA_COMPLETE", "").startswith("bash")
    return is_bash and re.search(r"[\s*?[]", name) is not None


def scope_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add --only and --exclude, and pass what they choose as `scope`."""

    @click.option(
        "--only", multiple=True, metavar="PATTERN", shell_complete=_matching_articles,
        help="Ask only articles whose path matches PATTERN, such as '2024/*.md', or that are in "
        "the folder PATTERN. May be repeated.",
    )  # fmt: skip
    @click.option(
        "--exclude", multiple=True, metavar="PATTERN", shell_complete=_matching_articles,
        help="Do not ask articles whose path matches PATTERN, or that are in the folder PATTERN. "
        "May be repeated.",
    )  # fmt: skip
    @wraps(command)
    def with_scope(
        *args: object, only: tuple[str, ...], exclude: tuple[str, ...], **values: object
    ) -> int:
        return command(*args, scope=Scope(only, exclude), **values)

    return with_scope


class _FolderOrAddress(click.Path):
    """A folder, or the address of a server: a path would lose a slash of it."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        if isinstance(value, str) and is_engine_address(value):
            return value
        return super().convert(value, param, ctx)


@cache
def _declared() -> dict[str, tuple[Option, dict[str, Any]]]:
    """Return the option of each field of `Settings`, and what click needs to know, by name."""
    hints = get_type_hints(Settings, include_extras=True)
    return {
        field.name: (hints[field.name].__metadata__[0], _click_type(hints[field.name], field))
        for field in fields(Settings)
        if get_origin(hints[field.name]) is Annotated
    }


def _click_type(hint: Any, field: Field[Any]) -> dict[str, Any]:  # noqa: ANN401  a type hint
    """Return the arguments for click that follow from a field's type and default."""
    kinds = {hint.__origin__, *get_args(hint.__origin__)}
    if bool in kinds:
        return {"is_flag": True}
    known: dict[str, Any] = {"default": field.default, "show_default": field.default is not None}
    if EngineAddress in kinds:
        return {**known, "type": _FolderOrAddress(file_okay=False, path_type=Path)}
    return {**known, "type": float if float in kinds else str}


def setting_option(name: str) -> Callable[[_Command], _Command]:
    """Return the command-line option for a field of `Settings`."""
    option, known = _declared()[name]
    return click.option(
        _flag(name),
        metavar=option.metavar or None,
        help=option.help,
        envvar=f"QA_{name.upper()}",
        **known,
    )


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def setting_names() -> list[str]:
    """Return the long names of all settings, without the dashes in front."""
    return [_flag(name)[2:] for name in _declared()]


def settings_of(**values: Any) -> Settings:  # noqa: ANN401  as click passes them
    """Return settings from the values of their options. Raises: click.BadParameter."""
    try:
        return Settings(**values)
    except InvalidSetting as error:
        context = click.get_current_context()
        option = next((each for each in context.command.params if each.name == error.name), None)
        raise click.BadParameter(error.message, context, option) from error


def invalid_setting(entries: Mapping[str, object], command: click.Command) -> str:
    """Return what is wrong with the values of a configuration file; empty if nothing is.

    command: one that has all settings as options.
    """
    values = {name.replace("-", "_"): value for name, value in entries.items()}
    known = {}
    context = click.Context(command)
    for parameter in command.params:
        name = parameter.name or ""
        if name in values and name in _declared():
            try:
                known[name] = parameter.type_cast_value(context, values[name])
            except click.BadParameter as error:
                return f"{_flag(name)[2:]}: {error.message}"
    try:
        Settings(**known)
    except InvalidSetting as error:
        return f"{_flag(error.name)[2:]}: {error.message}"
    return ""


ANSWERING = ("reader", "min_confidence")
"""The settings that only matter for answers."""
INDEXING = ("ray",)
"""The settings that only matter for indexing much."""


def settings_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add options for the settings, and pass the settings as the first argument.

    Without those that only matter for indexing much.
    """
    return _with_settings(command, [name for name in _declared() if name not in INDEXING])


def indexing_options(command: Callable[..., int]) -> Callable[..., int]:
    """Like `settings_options`, without those that only matter for answers."""
    return _with_settings(command, [name for name in _declared() if name not in ANSWERING])


def _with_settings(command: Callable[..., int], names: list[str]) -> Callable[..., int]:
    @wraps(command)
    def with_settings(*args: object, **values: Any) -> int:  # noqa: ANN401  called by click
        settings = settings_of(**{name: values.pop(name) for name in names})
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
