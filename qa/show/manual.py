"""The manual page (`man qa`): the help of every command as roff, so that the two always agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc

import click

from qa.show.output import Exit

EXIT_STATUS: Mapping[Exit, str] = {
    Exit.ANSWERED: "Answered. For verify: every quote is as cited. For doctor: no problems.",
    Exit.NOT_FOUND: "Unsure, or no answer found. For verify: a quote is not as cited.",
    Exit.USAGE: "Wrong usage.",
    Exit.PROBLEM: "A problem with the articles, the model or the store.",
    Exit.INTERRUPTED: "Interrupted. What was indexed so far is kept.",
}
_PREFORMATTED = "\b"
"""Begins a paragraph of click's help texts whose lines are kept."""


def to_roff(
    group: click.Group, *, version: str, environment: Mapping[str, str], files: Mapping[str, str]
) -> Iterator[str]:
    """Yield the lines of the manual page of a group of commands.

    environment, files: what each variable and file is for. Variables of options are added.
    """
    with group.make_context("qa", [], resilient_parsing=True) as context:
        about, *more = _paragraphs(group)
        yield f'.TH QA 1 "" "article-qa {version}" "User Commands"'
        yield from (".SH NAME", rf"qa \- {_escaped(about[0].lower() + about[1:].rstrip('.'))}")
        yield from (".SH SYNOPSIS", r".B qa", r"\fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]")
        yield ".SH DESCRIPTION"
        yield from _text(more)
        yield from _options(group.get_params(context), context)
        yield ".SH COMMANDS"
        for name, command in group.commands.items():
            yield from _command(command, click.Context(command, context, info_name=name))
        yield ".SH EXIT STATUS"
        for code, meaning in EXIT_STATUS.items():
            yield from _tagged(str(int(code)), meaning)
        yield ".SH ENVIRONMENT"
        for name, meaning in {**_variables(group), **environment}.items():
            yield from _tagged(name, meaning)
        yield ".SH FILES"
        for name, meaning in files.items():
            yield from _tagged(name, meaning)


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    usage = " ".join(command.collect_usage_pieces(context))
    yield f'.SS "{_escaped(f"{context.command_path} {usage}")}"'
    yield from _text(_paragraphs(command))
    yield from _options(command.params, context)


def _options(parameters: Sequence[click.Parameter], context: click.Context) -> Iterator[str]:
    for parameter in parameters:
        if isinstance(parameter, click.Option) and (record := parameter.get_help_record(context)):
            yield from _tagged(*record)


def _variables(group: click.Group) -> dict[str, str]:
    """Return the variables that set options, and which option each one sets."""
    return {
        str(parameter.envvar): f"Sets {parameter.opts[0]}."
        for command in group.commands.values()
        for parameter in command.params
        if parameter.envvar
    }


def _paragraphs(command: click.Command) -> list[str]:
    return cleandoc(command.help or "").split("\n\n")


def _text(paragraphs: list[str]) -> Iterator[str]:
    for paragraph in paragraphs:
        is_kept = paragraph.startswith(_PREFORMATTED)
        lines = paragraph.removeprefix(_PREFORMATTED).strip("\n").split("\n")
        yield from (".PP", ".nf") if is_kept else (".PP",)
        yield from map(_escaped, lines)
        if is_kept:
            yield ".fi"


def _tagged(tag: str, text: str) -> Iterator[str]:
    yield from (".TP", rf"\fB{_escaped(tag)}\fR", _escaped(text))


def _escaped(text: str) -> str:
    r"""Return text as roff prints it: a minus stays one, and no line is taken for a request."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    escaped = "".join(c if c.isascii() else rf"\[u{ord(c):04X}]" for c in escaped)
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped
