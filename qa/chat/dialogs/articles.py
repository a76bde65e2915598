"""What opens over the conversation: keys, articles, kept conversations, saving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from index.errors import QAError
from index.scan import Skip
from qa.answers.history import History, SavedConversation
from qa.chat.line import LineInput
from qa.events import Listed
from qa.show.response import ResponseJson, exported
from qa.show.text import counted, visible_line

MAX_LISTED = 500
"""Articles listed at a time; the filter finds the others."""

KEYS = (
    (
        "Asking",
        (
            ("Enter", "ask"),
            ("Up  Down", "earlier and later questions"),
            ("Esc", "cancel a running question; close; back to the question"),
            ("^N", "new conversation"),
            ("Tab", "between question, article and conversation"),
            ("PgUp PgDn", "scroll the conversation"),
        ),
    ),
    (
        "Citations",
        (
            ("^Up ^Down", "previous and next citation"),
            ("^Y", "copy the quote with its place"),
            ("^O", "open the article in your editor, at the line"),
            ("^F", "find in the article"),
            ("F2", "conversation or article, where one fits"),
        ),
    ),
    (
        "In an empty line or in the conversation",
        (
            ("[  ]", "previous and next citation"),
            ("?", "this help"),
        ),
    ),
    (
        "In the conversation",
        (
            ("y  e  /", "copy, editor, find"),
            ("a", "ask the last question as it stands, without the one before"),
            ("Enter", "go to the article"),
            ("j k Home", "scroll; earlier turns"),
        ),
    ),
    (
        "Everything else",
        (
            ("F3", "articles: which to ask, what was left out"),
            ("F4", "conversations: resume or delete"),
            ("^S", "save the conversation"),
            ("^P", "all commands, themes"),
            ("F1", "this help"),
            ("^Q", "quit"),
        ),
    ),
)


class Help(ModalScreen[None]):
    """All keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,enter,q", "dismiss", "Close")
    ]

    def compose(self) -> ComposeResult:
        """List the keys by what they are for."""
        with VerticalScroll(classes="dialog", id="help"):
            yield Static("Keys (Esc closes this)", classes="dialog-title")
            for title, keys in KEYS:
                yield Static(Content(title), classes="section")
                for key, does in keys:
                    yield Static(Content(f"{key:<10}{does}"), classes="keys")


class Articles(ModalScreen["tuple[str, ...] | None"]):
    """Which articles to ask; dismissed with their ids, none for all, or None for no change."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Leave as it was"),
        Binding("ctrl+a", "all", "All", priority=True),
        Binding("ctrl+s", "accept", "Ask these", priority=True),
        Binding("down", "list", show=False),
    ]

    def __init__(self, listed: Listed, chosen: Sequence[str]) -> None:
        super().__init__()
        self._listed = listed
        self._chosen = set(chosen)
        self._shown: list[str] = []
        self._unlisted = 0

    def compose(self) -> ComposeResult:
        """A filter over a list."""
        with Vertical(classes="dialog", id="articles"):
            yield Static("Articles", classes="dialog-title")
            yield LineInput(placeholder="Filter …", id="filter")
            yield OptionList(id="listed", markup=False)
            yield Static(id="count")
            yield OptionList(id="left-out", markup=False)
            yield Static("Enter chooses   ^S asks these   ^A asks all   Esc", classes="dialog-hint")

    def on_mount(self) -> None:
        """List all of them."""
        self._list("")

    def action_cancel(self) -> None:
        """Close without a change."""
        self.dismiss(None)

    def action_all(self) -> None:
        """Ask all articles."""
        self.dismiss(())

    def action_accept(self) -> None:
        """Ask the chosen ones."""
        self.dismiss(tuple(sorted(self._chosen)))

    def action_list(self) -> None:
        """Go from the filter to the list."""
        self.query_one("#listed", OptionList).focus()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_list()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(OptionList.OptionSelected, "#listed")
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        id = self._shown[event.option_index]
        self._chosen ^= {id}
        event.option_list.replace_option_prompt_at_index(event.option_index, self._prompt(id))
        self._tell()

    def _prompt(self, id: str) -> Content:
        mark = "[x]" if id in self._chosen else "[ ]"
        return Content(f"{mark} {visible_line(self._listed.titles[id])} · {visible_line(id)}")

    def _list(self, words: str) -> None:
        wanted = words.lower().split()

        def fits(text: str) -> bool:
            return all(word in text.lower() for word in wanted)

        found = [id for id, title in self._listed.titles.items() if fits(f"{id} {title}")]
        self._shown = found[:MAX_LISTED]
        self._unlisted = len(found) - len(self._shown)
        listing = self.query_one("#listed", OptionList)
        listing.clear_options()
        listing.add_options(map(self._prompt, self._shown))
        skipped = [skip for skip in self._listed.skipped if fits(skip.id)][:MAX_LISTED]
        left_out = self.query_one("#left-out", OptionList)
        left_out.clear_options()
        left_out.display = bool(skipped)
        left_out.add_options(
            Content(f"left out: {visible_line(skip.id)} · {_reason(skip)}") for skip in skipped
        )
        self._tell()

    def _tell(self) -> None:
        asked = f"{len(self._chosen):,} chosen" if self._chosen else "all are asked"
        parts = [f"{counted(len(self._listed.titles), 'article')}, {asked}"]
        if self._unlisted:
            parts.append(f"{self._unlisted:,} more, filter to see them")
        if self._listed.skipped:
            parts.append(f"{counted(len(self._listed.skipped), 'file')} left out")
        self.query_one("#count", Static).update(Content("; ".join(parts)))


def _reason(skip: Skip) -> str:
    return f"{skip.reason} ({visible_line(skip.detail)})" if skip.detail else skip.reason


class Conversations(ModalScreen["SavedConversation | None"]):
    """The conversations kept; dismissed with the one to go on with."""

    class Listed(Message):
        """The conversations are read."""

        def __init__(self, kept: list[SavedConversation]) -> None:
            super().__init__()
            self.kept = kept

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("delete,d", "delete", "Delete"),
    ]

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._kept: list[SavedConversation] = []
        self._doomed: int | None = None

    def compose(self) -> ComposeResult:
        """List them, the latest first."""
        with Vertical(classes="dialog", id="conversations"):
            yield Static("Conversations", classes="dialog-title")
            yield OptionList(id="kept", markup=False)
            yield Static(id="kept-note")
            yield Static("Enter goes on with it   Del deletes   Esc", classes="dialog-hint")

    def on_mount(self) -> None:
        """Have what is kept read."""
        self.query_one(OptionList).focus()
        self._read()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _read(self) -> None:
        """Read what is kept, beside the app: it may be much."""
        self.post_message(self.Listed(list(islice(self._history.all(), MAX_LISTED))))

    @on(Listed)
    def _list(self, message: Listed) -> None:
        self._kept = message.kept
        self.query_one(OptionList).add_options(
            Content(
                f"{visible_line(kept.began[:16]).replace('T', ' ')}  {visible_line(kept.title)}"
                f"  ({counted(len(kept.responses), 'question')})"
            )
            for kept in self._kept
        )
        if not self._kept:
            self._note("None is kept yet.")
        listing = self.query_one(OptionList)
        listing.highlighted = 0 if self._kept else None

    @on(OptionList.OptionSelected)
    def _resume(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._kept[event.option_index])

    def action_delete(self) -> None:
        """Delete the one under the cursor, when asked twice."""
        listing = self.query_one(OptionList)
        at = listing.highlighted
        if at is None:
            return
        if self._doomed != at:
            self._doomed = at
            self._note("Once more deletes it for good.")
            return
        try:
            self._history.delete(self._kept[at].id)
        except QAError as error:
            self._note(f"{error.message} {error.hint}")
            return
        del self._kept[at]
        listing.remove_option_at_index(at)
        self._doomed = None
        self._note("Deleted.")

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        if self._doomed is not None and event.option_index != self._doomed:
            self._doomed = None
            self._note("")

    def _note(self, text: str) -> None:
        self.query_one("#kept-note", Static).update(Content(visible_line(text)))


class Save(ModalScreen["str | None"]):
    """Where to save the conversation; dismissed with the path once it is written."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close")]

    def __init__(self, responses: Sequence[ResponseJson]) -> None:
        super().__init__()
        self._responses = responses

    def compose(self) -> ComposeResult:
        """Ask for a path."""
        with Vertical(classes="dialog", id="save"):
            yield Static("Save the conversation", classes="dialog-title")
            name = f"conversation-{datetime.now():%Y-%m-%d-%H%M}.md"
            yield LineInput(name, id="path", select_on_focus=False)
            yield Static(id="save-note")
            yield Static(".md for reading, .jsonl for programs   Esc", classes="dialog-hint")

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        try:
            file = Path(event.value.strip()).expanduser()
            text = exported(self._responses, file.suffix)
            with file.open("x", encoding="utf-8", newline="\n") as opened:
                try:
                    opened.write(text)
                    opened.flush()
                except OSError:  # half a file would only be in the way
                    file.unlink()
                    raise
        except FileExistsError:
            self._note("There is such a file already: choose another name.")
        except (OSError, ValueError, RuntimeError) as error:  # the last: the home of nobody
            self._note(f"It cannot be written: {getattr(error, 'strerror', None) or error}")
        else:
            self.dismiss(str(file.absolute()))

    def _note(self, text: str) -> None:
        self.query_one("#save-note", Static).update(Content(visible_line(text)))
