"""The dialog that lists the saved conversations, to resume or delete one."""

from __future__ import annotations

from itertools import islice
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from index.errors import QAError
from qa.answers.history import History, SavedConversation
from qa.show.text import counted, visible_line

MAX_LISTED = 500


class Conversations(ModalScreen["SavedConversation | None"]):
    """Lists the saved conversations. Dismissed with the one to resume, or None."""

    class Loaded(Message):
        """The saved conversations have been read."""

        def __init__(self, saved: list[SavedConversation]) -> None:
            super().__init__()
            self.saved = saved

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("delete,d", "delete", "Delete"),
    ]

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history
        self._saved: list[SavedConversation] = []
        self._to_delete: int | None = None
        """Index of the conversation that the next press of Delete removes."""

    def compose(self) -> ComposeResult:
        """Lay out the list, latest conversation first."""
        with Vertical(classes="dialog", id="conversations"):
            yield Static("Conversations", classes="dialog-title")
            yield OptionList(id="saved", markup=False)
            yield Static(id="saved-note")
            yield Static("Enter resume   Del delete   Esc close", classes="dialog-hint")

    def on_mount(self) -> None:
        """Start reading the saved conversations."""
        self.query_one(OptionList).focus()
        self._load()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _load(self) -> None:
        """Read the saved conversations in a thread, because there may be many."""
        self.post_message(self.Loaded(list(islice(self._history.all(), MAX_LISTED))))

    @on(Loaded)
    def _show_saved(self, message: Loaded) -> None:
        self._saved = message.saved
        self.query_one(OptionList).add_options(
            Content(
                f"{visible_line(saved.began[:16]).replace('T', ' ')}  {visible_line(saved.title)}"
                f"  ({counted(len(saved.responses), 'question')})"
            )
            for saved in self._saved
        )
        if not self._saved:
            self._note("No saved conversations.")
        listing = self.query_one(OptionList)
        listing.highlighted = 0 if self._saved else None

    @on(OptionList.OptionSelected)
    def _resume(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._saved[event.option_index])

    def action_delete(self) -> None:
        """Delete the highlighted conversation if the key is pressed twice."""
        listing = self.query_one(OptionList)
        at = listing.highlighted
        if at is None:
            return
        if self._to_delete != at:
            self._to_delete = at
            self._note("Press again to delete permanently.")
            return
        try:
            self._history.delete(self._saved[at].id)
        except QAError as error:
            self._note(f"{error.message} {error.hint}")
            return
        del self._saved[at]
        listing.remove_option_at_index(at)
        self._to_delete = None
        self._note("Deleted.")

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        if self._to_delete is not None and event.option_index != self._to_delete:
            self._to_delete = None
            self._note("")

    def _note(self, text: str) -> None:
        self.query_one("#saved-note", Static).update(Content(visible_line(text)))
