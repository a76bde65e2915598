"""The chat's application: wires the input, the conversation and the asking thread.

The chain of messages:

    start             AskingThread opens the corpus -> Noted, Indexing ... -> Ready | Failed
    Input.Submitted   a Turn is shown, its question handed to the thread
                      -> Indexing (files changed) -> Answered | Failed -> shown in that Turn
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Footer, Input, Static

from qa.chat.messages import Answered, Failed, Indexing, Noted, Ready
from qa.chat.thread import AskingThread, OpenCorpus
from qa.chat.turn import Turn
from qa.terminal import counted, visible_line

QUIT_SECONDS = 0.5
"""How long leaving waits for the step at hand; what it had stored is safe in any case."""


class ChatApp(App[int]):
    """Ask a corpus question after question."""

    CSS_PATH = "app.tcss"
    TITLE = "article-qa"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", priority=True),
        Binding("ctrl+n", "new", "New conversation"),
        Binding("f1", "show_help_panel", "Keys"),
        Binding("pageup", "scroll(-1)", "Back", show=False),
        Binding("pagedown", "scroll(1)", "On", show=False),
    ]

    def __init__(self, open_corpus: OpenCorpus, *, title: str, passages: int) -> None:
        """open_corpus: is called in another thread. title: what is asked. passages: shown each."""
        super().__init__()
        self._title = title
        self._asked = 0
        self._held = ""
        self._broken: Failed | None = None
        self._thread = AskingThread(open_corpus, passages, self.post_message)

    def compose(self) -> ComposeResult:
        """Lay out the state, the conversation and the input."""
        yield Static(id="state")
        yield VerticalScroll(id="conversation")
        yield Input(placeholder="Ask the article …", id="question")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to load; one can type at once."""
        self.query_one("#conversation").can_focus = False
        self._show_state("loading")
        self.query_one(Input).focus()
        self._thread.start()

    def on_unmount(self) -> None:
        """Stop asking."""
        self._thread.stop(QUIT_SECONDS)

    def action_new(self) -> None:
        """Forget the conversation; numbers go on, so that a late answer finds no turn."""
        self.query(Turn).remove()

    def action_scroll(self, pages: int) -> None:
        """Move the conversation by a page."""
        conversation = self.query_one("#conversation", VerticalScroll)
        conversation.scroll_relative(y=pages * max(1, conversation.size.height - 2))

    @on(Input.Submitted)
    async def _ask(self, event: Input.Submitted) -> None:
        question = event.value.strip()
        if not question:
            return
        event.input.clear()
        self._asked += 1
        conversation = self.query_one("#conversation", VerticalScroll)
        turn = Turn(self._asked, question)
        await conversation.mount(turn)
        conversation.scroll_end(animate=False)
        if self._broken is None:
            self._thread.ask(self._asked, question)
        else:
            turn.fail(self._broken.text, self._broken.hint)

    @on(Answered)
    def _show_answer(self, message: Answered) -> None:
        self._show_state("ready")
        for turn in self.query(f"#turn-{message.turn}").results(Turn):
            turn.show(message.response)
            self._bring_into_view(turn)

    @on(Failed)
    def _show_failure(self, message: Failed) -> None:
        if message.turn is None:
            self._broken = message
            self._show_state("cannot answer")
            self.notify(
                f"{visible_line(message.text)} {visible_line(message.hint)}",
                severity="error",
                timeout=60,
                markup=False,
            )
            turns = list(self.query(Turn))
        else:
            self._show_state("ready")
            turns = list(self.query(f"#turn-{message.turn}").results(Turn))
        for turn in turns:
            if turn.response is None:
                turn.fail(message.text, message.hint)

    @on(Noted)
    def _show_note(self, message: Noted) -> None:
        self._show_state(visible_line(message.text))

    @on(Indexing)
    def _show_progress(self, message: Indexing) -> None:
        progress = message.progress
        done = f"indexing {progress.fraction:.0%}"
        self._show_state(f"{done} · {counted(progress.passages, 'passage')}")

    @on(Ready)
    def _show_ready(self, message: Ready) -> None:
        self._held = f"{counted(message.articles, 'article')}, "
        self._held += counted(message.passages, "passage")
        if message.skipped:
            self._held += f", {message.skipped:,} skipped"
        self._show_state("ready")

    def _show_state(self, state: str) -> None:
        parts = [self._title, self._held, state]
        self.query_one("#state", Static).update(Content(" · ".join(filter(None, parts))))

    def _bring_into_view(self, turn: Turn) -> None:
        """Show the beginning of a turn: its answer, not the last of its passages."""
        self.call_after_refresh(turn.scroll_visible, top=True, animate=False)
