"""The command line: all commands, and errors turned into messages and exit codes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
from click.core import ParameterSource

from index.errors import ConfigurationError, QAError
from qa.commands.ask import ask
from qa.commands.chat import chat
from qa.commands.completion import completion
from qa.commands.doctor import doctor
from qa.commands.eval import evaluate
from qa.commands.export import export
from qa.commands.history import history
from qa.commands.index import index
from qa.commands.man import man
from qa.commands.mcp import mcp
from qa.commands.options import setting_names
from qa.commands.serve import serve
from qa.commands.show import show
from qa.commands.status import status
from qa.commands.use import use
from qa.commands.verify import verify
from qa.configuration import read_configuration
from qa.folders import configuration_file
from qa.show.output import Exit, print_any_character, print_error, print_text

HELP = frozenset({"-h", "--help"})
INDEXING = frozenset({"ask", "chat", "index", "export", "eval", "mcp", "serve"})
"""The commands that index articles."""


def run(arguments: list[str]) -> int:
    """Run the command line and return its exit code. Errors are printed to stderr."""
    if not sys.stdin:  # closed
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  until exit
    print_any_character()
    try:
        code = cli.main(args=arguments, prog_name="qa", standalone_mode=False, obj=arguments)
        if sys.stdout:
            sys.stdout.flush()
        return code if isinstance(code, int) else Exit.ANSWERED
    except QAError as error:
        print_error(error.message, error.hint)
        return error.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        print_text(error.format_message())
        return Exit.USAGE
    except click.ClickException as error:
        print_error(error.format_message(), _hint(error))
        return Exit.USAGE
    except (KeyboardInterrupt, click.Abort):
        indexes = bool(arguments) and arguments[0] in INDEXING
        print_error(f"Interrupted.{' What was indexed so far is kept.' if indexes else ''}")
        return Exit.INTERRUPTED
    except BrokenPipeError:  # while flushing stdout
        _discard_stdout()
        return Exit.ANSWERED
    except OSError as error:
        if error.filename is not None:  # a file or folder that was not expected to fail
            print_error(
                f"Cannot use {os.fsdecode(error.filename)}: {error.strerror}",
                "Check its permissions, or set XDG_CACHE_HOME and XDG_STATE_HOME to other folders.",
            )
            return Exit.PROBLEM
        # Only stdout has no file name.
        _discard_stdout()
        print_error(f"Cannot write the output: {error.strerror or error}")
        return Exit.PROBLEM


def _hint(error: click.ClickException) -> str:
    """Return what to do about wrong usage: where the value comes from, if it was not typed."""
    context: click.Context | None = getattr(error, "ctx", None)
    parameter: click.Parameter | None = getattr(error, "param", None)
    if context and parameter and parameter.name:
        source = context.get_parameter_source(parameter.name)
        if source is ParameterSource.DEFAULT_MAP:
            return f"It is set in {configuration_file()}."
        if source is ParameterSource.ENVIRONMENT:
            return f"It is set by the environment variable {parameter.envvar}."
    return f"See `{context.command_path if context else 'qa'} --help`."


def _discard_stdout() -> None:
    """Discard unflushed output, which would fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Commands(click.Group):
    """Lists commands in order of use and suggests `qa ask` for an unknown one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command. A closed pipe ends it with exit code 0; click's would be 1."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # as when piped into head
            _discard_stdout()
            return Exit.ANSWERED

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            if error.possibilities:
                raise
            message = f'No such command {args[0]!r}. To ask: qa ask "{args[0]}"'
            raise click.NoSuchCommand(args[0], message, ctx=ctx) from error


def _print_version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print_text(f"article-qa {version('article-qa')}")
        context.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
    help="Show the version and exit.",
)  # fmt: skip
@click.pass_context
def cli(context: click.Context) -> None:
    """Ask articles a question; get the answer quoted, with its source.

    \b
    Examples:
      qa ask "How old is Rygor Kastusev?"          the bundled sample article
      qa ask "When was the bridge built?" notes/   all text in a folder
      curl -s URL | qa ask "Who won?" -            standard input
      qa ask --questions questions.txt notes/      many questions, answers as JSON lines
      qa chat notes/                               a conversation
      qa verify answers.json                       check saved quotes against their files
      qa use notes/                                ask notes/ from now on if no path is given
      qa doctor                                    check that everything works
    """
    try:
        entries = read_configuration(configuration_file(), setting_names())
    except ConfigurationError:
        if not (context.invoked_subcommand == "doctor" or HELP & {*context.obj}):
            raise
        entries = {}  # doctor reports it
    settings = {name.replace("-", "_"): value for name, value in entries.items()}
    context.default_map = dict.fromkeys(cli.commands, settings)


for command in (
    ask,
    chat,
    index,
    export,
    use,
    show,
    history,
    verify,
    evaluate,
    mcp,
    serve,
    doctor,
    status,
    completion,
    man,
):
    cli.add_command(command)
