"""`qa completion`: completes commands, options, files and conversations in a shell."""

from __future__ import annotations

import click

from qa.show.output import Exit, print_text

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print a script for shell completion.

    \b
    Add one of these lines to ~/.bashrc, ~/.zshrc or ~/.config/fish/config.fish:
      eval "$(qa completion bash)"
      eval "$(qa completion zsh)"
      qa completion fish | source
    """
    from click.shell_completion import get_completion_class

    made = get_completion_class(shell)
    assert made is not None
    root = context.find_root()
    print_text(made(root.command, {}, "qa", "_QA_COMPLETE").source())
    return Exit.ANSWERED
