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
from textual.widgets import Static

from index.errors import QAError
from qa.answers.history import History, SavedConversation
from qa.chat.catalogue import fitted
from qa.chat.dialogs.dialog import CLOSE, Dialog, KeyHints
from qa.chat.listing import Listing, Parts
from qa.show.text import as_sentences, counted, visible_line

MAX_LISTED = 500
CHROME_ROWS = 10
"""Rows of the dialog besides the list."""
MIN_LIST_ROWS = 6
WIDE_FROM = 60
"""From this many cells, the time and the number of questions are shown."""


class Conversations(Dialog["SavedConversation | None"]):
    """Lists the saved conversations. Dismissed with the one to resume, or None."""

    class Loaded(Message):
        """The saved conversations have been read."""

        def __init__(self, saved: list[SavedConversation]) -> None:
            super().__init__()
            self.saved = saved

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Close"),
        Binding("enter", "resume", "Resume"),
        Binding("delete,d", "delete", "Delete"),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("pagedown", "move(1, True)", show=False),
        Binding("pageup", "move(-1, True)", show=False),
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
            yield Listing(self._draw, id="saved")
            yield Static(id="saved-note")
            yield KeyHints(
                (
                    ("Enter", "resume", "screen.resume"),
                    ("Del", "delete", "screen.delete"),
                    CLOSE,
                )
            )

    def on_mount(self) -> None:
        """Start reading the saved conversations."""
        self._load()

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _load(self) -> None:
        """Read the saved conversations in a thread, because there may be many."""
        self.post_message(self.Loaded(list(islice(self._history.all(), MAX_LISTED))))

    @on(Loaded)
    def _show_saved(self, message: Loaded) -> None:
        self._saved = message.saved
        rows = max(MIN_LIST_ROWS, len(self._saved))
        self.query_one("#conversations").styles.height = rows + CHROME_ROWS
        self._listing.show(len(self._saved))
        if not self._saved:
            self._note("No saved conversations.")

    @property
    def _listing(self) -> Listing:
        return self.query_one(Listing)

    def _draw(self, row: int, width: int) -> Parts:
        saved, is_wide = self._saved[row], width >= WIDE_FROM
        began = visible_line(saved.began[: 16 if is_wide else 10]).replace("T", " ")
        questions = f"  {counted(len(saved.responses), 'question'):>13}" if is_wide else ""
        room = width - len(began) - 2 - len(questions)
        yield f"{began}  ", "muted"
        yield fitted(visible_line(saved.title), room, at_end=True), ""
        yield questions, "muted"

    def action_move(self, step: int, by_page: bool = False) -> None:
        """Move the highlight by rows or pages."""
        self._listing.move(step * self._listing.page if by_page else step)

    def action_resume(self) -> None:
        """Resume the highlighted conversation."""
        if self._listing.highlighted is not None:
            self.dismiss(self._saved[self._listing.highlighted])

    @on(Listing.Chosen)
    def _resume(self, event: Listing.Chosen) -> None:
        self.dismiss(self._saved[event.row])

    def action_delete(self) -> None:
        """Delete the highlighted conversation if the key is pressed twice."""
        at = self._listing.highlighted
        if at is None:
            return
        if self._to_delete != at:
            self._to_delete = at
            self._note("Press again to delete permanently.")
            return
        try:
            self._history.delete(self._saved[at].id)
        except QAError as error:
            self._note(as_sentences(error.message, error.hint))
            return
        del self._saved[at]
        self._listing.remove_one()
        self._to_delete = None
        self._note("Deleted.")

    @on(Listing.Highlighted)
    def _moved(self, event: Listing.Highlighted) -> None:
        if self._to_delete is not None and event.row != self._to_delete:
            self._to_delete = None
            self._note("")

    def _note(self, text: str) -> None:
        self.query_one("#saved-note", Static).update(Content(visible_line(text)))
