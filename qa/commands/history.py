"""`qa history`: conversations that the chat saved."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from index.errors import StoreError
from index.scan import STDIN, STDIN_NAME
from qa.folders import conversations_folder, state_folder
from qa.show.output import Exit, print_json, print_note, print_text
from qa.show.text import counted, visible_line

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from qa.answers.history import History, SavedConversation

START_ONE = "Start one with `qa chat`."


def _matching_ids(context: click.Context, _: click.Parameter, typed: str) -> list[CompletionItem]:
    """Return the ids of conversations that begin with what is typed, and their titles."""
    from click.shell_completion import CompletionItem

    from qa.answers.history import History

    saved = History(conversations_folder(state_folder())).all()
    items = [CompletionItem("latest", help="the latest conversation")]
    items += [CompletionItem(each.id, help=visible_line(each.title)) for each in saved]
    return [item for item in items if item.value.startswith(typed)]


@click.command()
@click.argument("id", required=False, metavar="[ID|latest]", shell_complete=_matching_ids)
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON lines, in the format of `qa ask --json`."
)
@click.option("--delete", is_flag=True, help="Delete the conversation.")
def history(id: str | None, as_json: bool, delete: bool) -> int:
    """List saved conversations, or print one as Markdown.

    \b
    Examples:
      qa history
      qa history latest > conversation.md
      qa history --json 20261123-101500-4128c1f
      qa history --delete 20261123-101500-4128c1f
    """
    from qa.answers.history import History
    from qa.show.markdown import to_markdown

    saved = History(conversations_folder(state_folder()))
    if id is None:
        if delete:
            message = "Missing ID of the conversation to delete."
            raise click.UsageError(message, click.get_current_context())
        return _list(saved, as_json)
    chosen = saved.latest() if id == "latest" else saved.load(id)
    if chosen is None:
        raise StoreError("No saved conversations.", START_ONE)
    if delete:
        saved.delete(chosen.id)
        print_note(f"Deleted {chosen.id}.")
    elif as_json:
        for response in chosen.responses:
            print_json(asdict(response))
    else:
        print_text("\n".join(map(to_markdown, chosen.responses)))
    return Exit.ANSWERED


def _list(saved: History, as_json: bool) -> int:
    empty = True
    for one in saved.all():
        empty = False
        if as_json:
            print_json(_listed_json(one))
        else:
            print_text(_listed(one))
    if empty:
        print_note(f"No saved conversations. {START_ONE}")
    return Exit.ANSWERED


def _listed(saved: SavedConversation) -> str:
    paths = (STDIN_NAME if path == STDIN else visible_line(path) for path in saved.paths)
    asked = ", ".join(paths) or "sample article"
    number = counted(len(saved.responses), "question")
    return f"{saved.id}  {visible_line(saved.title)}  ({number}; {asked})"


def _listed_json(saved: SavedConversation) -> dict[str, object]:
    about = {"id": saved.id, "began": saved.began, "title": saved.title, "paths": saved.paths}
    return {**about, "questions": len(saved.responses)}
