"""The chat's application: connects the window to the session.

The session runs in its own thread and reports events; `message_of` turns each into a message.
Threads and workers only post messages and touch no widget. The chain of messages:

    start            the session opens the corpus -> Notice, Fetched, Indexing ...
                     -> Ready | RequestFailed | Failed
    Ready            if nothing is asked yet, the session says what can be asked
                     -> Introduced -> Suggested ... -> the first screen
    Asked            a Turn appears, and the session is asked
                     -> Indexing (if files changed) -> Ready -> Answered | Failed | Cancelled
                     (while many files are indexed, Answered comes between two Indexing)
    Answered         shown in its Turn and saved; its best citation is chosen
    Chosen           the article is shown at the passage; the session opens it first if needed
                     -> Opened
    Ready.changed    quotes from these articles are checked again -> QuotesChecked -> Turns marked
    F3               the session lists the articles -> Listed -> a dialog: which to ask, or one
                     to read -> Opened
    F6, an address   a Turn appears, and the session fetches and indexes
                     -> Notice, Indexing -> Ready -> Added | Failed | Cancelled
    F5               likewise -> Notice, Indexing -> Ready -> FetchedAgain | Failed | Cancelled
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.widgets import Input

from index.errors import QAError
from qa.answers.history import History, SavedConversation
from qa.chat import messages
from qa.chat.articles import ArticlesApp
from qa.chat.dialogs.conversations import Conversations
from qa.chat.question import QuestionInput
from qa.chat.turn import changed_note
from qa.chat.typed import paths_in
from qa.chat.welcome import Welcome
from qa.scope import ALL, Scope
from qa.serving import OpenCorpus
from qa.show.text import as_sentences, visible_line


class ChatApp(ArticlesApp):
    """A full-screen conversation with a corpus."""

    QUIT_SECONDS: ClassVar[float] = 0.2
    """How long quitting waits for the current step. Whatever that step has stored is safe."""

    def __init__(
        self,
        open_corpus: OpenCorpus,
        *,
        title: str,
        passages: int,
        paths: Sequence[str] = (),
        scope: Scope = ALL,
        history: History | None = None,
        resumed: SavedConversation | None = None,
        settings: Path | None = None,
    ) -> None:
        """Create the app. The corpus is opened when the app runs.

        open_corpus: called in another thread.
        title: name of the corpus, safe to show. passages: number to show for each question.
        paths: absolute; saved with the conversation. scope: the articles to ask.
        history: where to save the conversation; None saves nothing.
        resumed: the conversation to continue. settings: the file that stores the theme.
        """
        super().__init__(
            open_corpus, title=title, paths=paths, scope=scope, history=history, settings=settings
        )
        self._passages = passages
        self._resumed = resumed
        self._changed: frozenset[str] = frozenset()
        """Ids of articles that changed since the latest answer; shown with the next one."""
        self._corpus_size = (0, 0)
        """Articles and passages."""
        self.thread_still_runs = False
        """Whether the session's thread still runs after quitting: a model cannot be interrupted."""

    async def on_mount(self) -> None:
        """Start the session. The user can type at once."""
        self.prepare()
        self.status.show_scope(self._selection.label)
        self.show_emptiness()
        self.expect_article()
        self.call_after_refresh(self._session.start)  # loading must not delay the first frame
        if self._resumed is not None:
            await self._resume(self._resumed)

    def on_unmount(self) -> None:
        """Stop the session."""
        self.thread_still_runs = not self._session.stop(self.QUIT_SECONDS)

    # User actions

    @on(QuestionInput.Asked)
    async def _asked(self, event: QuestionInput.Asked) -> None:
        paths = [] if self.is_web else paths_in(event.question, in_question=True)
        if paths:
            await self._add(paths)
        else:
            await self._ask(event.question)

    async def _ask(self, question: str, *, alone: bool = False) -> None:
        self.switch_to("conversation")
        turn = await self.transcript.add(question)
        self.show_emptiness()
        self._session.ask(
            turn, question, passages=self._passages, scope=self._selection.scope, alone=alone
        )
        self.show_waiting()

    @on(Welcome.Picked)
    async def _ask_picked(self, event: Welcome.Picked) -> None:
        self.question.remember([event.question])
        await self._ask(event.question)

    @on(Input.Changed, "#question")
    def _mark_picked(self, event: Input.Changed) -> None:
        self.welcome.mark(event.value)

    async def action_ask_alone(self) -> None:
        """Ask the last question again: on its own, or of the articles indexed since."""
        if (last := self.transcript.last_question) is None:
            self.notify_user("No question to ask again yet.")
        else:
            is_follow_up = last.so_far and last.response and last.response.context
            await self._ask(last.question, alone=not is_follow_up)

    async def action_new(self) -> None:
        """Begin a new conversation."""
        self._recorder.begin()
        self._cancel_all()
        self._session.begin()
        await self.transcript.begin()
        self.pane.clear()
        self.show_emptiness()
        self.expect_article()
        self.show_first_article()
        if self.status.has_been_ready:
            self.introduce(again=True)
        self.go_to_question()

    def action_cancel(self) -> None:
        """Close notices, and cancel what is running, or go to the input if there is none."""
        self.clear_notifications()
        if not self._cancel_first():
            self.go_to_question()

    def action_cancel_question(self) -> None:
        """Cancel what is running."""
        if not self._cancel_first():
            self.notify_user("Nothing is running.")

    def _cancel_first(self) -> bool:
        waiting = self.transcript.waiting()
        for turn in waiting[:1]:
            self._session.cancel(turn)
            self.transcript.fail(turn, "Cancelled.")
        self.show_waiting()
        return bool(waiting)

    def _cancel_all(self) -> None:
        for turn in self.transcript.waiting():
            self._session.cancel(turn)

    def action_conversations(self) -> None:
        """List the saved conversations."""
        if self._recorder.history is None:
            self.notify_user("Conversations are not saved (--no-history).")
        else:
            self.push_screen(Conversations(self._recorder.history), self._resume_chosen)

    async def _resume_chosen(self, saved: SavedConversation | None) -> None:
        if saved is None:
            return
        if not self._recorder.is_about_same_paths(saved):
            paths = " ".join(map(visible_line, saved.paths)) or "the sample article"
            self.notify_user(
                f"This conversation is about {paths}. Its quotes are checked in the open articles."
            )
        await self._resume(saved)

    async def _resume(self, saved: SavedConversation) -> None:
        """Show a saved conversation and continue it."""
        self._cancel_all()
        self._recorder.resume(saved)
        self.pane.clear()
        self.switch_to("conversation")
        self.question.remember(response.question for response in saved.responses)
        self._session.begin(saved.responses)
        await self.transcript.begin(saved.responses)
        self.show_emptiness()
        self._session.check(list(self.transcript.quotes()))

    # Messages from the session and the widgets

    @on(messages.Notice)
    def _show_notice(self, message: messages.Notice) -> None:
        self.status.show(message.event.text)
        self.show_waiting()

    @on(messages.Indexing)
    def _show_indexing(self, message: messages.Indexing) -> None:
        self.status.show_indexing(message.event)
        if self.status.activity != "ready":
            self.show_waiting()

    @on(messages.Ready)
    def _corpus_is_ready(self, message: messages.Ready) -> None:
        self.status.show_ready(message.event)
        self.welcome.show_size(message.event.articles, message.event.passages)
        self.introduce()
        self.transcript.offer_to_ask_again(message.event.completed)
        size = message.event.articles, message.event.passages
        self._are_samples_outdated |= bool(message.event.changed) or size != self._corpus_size
        self._corpus_size = size
        if changed := message.event.changed:
            self._changed |= changed
            self._articles.discard(changed)
            among = None if self._have_ids_changed else changed
            if quotes := list(self.transcript.quotes(among)):
                self._session.check(quotes)

    @on(messages.Answered)
    def _show_answer(self, message: messages.Answered) -> None:
        event = message.event
        self._articles.add(event.articles.values())
        if event.turn not in self.transcript.entries:
            return
        note = changed_note(self._changed)
        articles = event.articles
        if self.transcript.answer(event.turn, event.response, note, event.so_far, articles):
            self._changed = frozenset()
            try:
                self._recorder.add(event.response)
            except QAError as error:
                self.notify_user(as_sentences(error.message, error.hint), error=True)
        self.show_waiting()

    @on(messages.Failed)
    def _show_failure(self, message: messages.Failed) -> None:
        event = message.event
        if event.turn is None:
            self._failure = event.message
            self.status.show("cannot answer")
            self.notify_user(as_sentences(event.message, event.hint), error=True)
            return
        if not self._failure:
            self.status.show("ready")
        self.transcript.fail(event.turn, as_sentences(event.message, event.hint))
        self.show_waiting()

    @on(messages.RequestFailed)
    def _show_failed_request(self, message: messages.RequestFailed) -> None:
        text = as_sentences(message.event.message, message.event.hint)
        self.notify_user(text, error=True)
        self._is_listing = False
        if not self._failure:
            self.status.show("ready" if self.status.has_been_ready else text)

    @on(messages.QuotesChecked)
    def _mark_gone(self, message: messages.QuotesChecked) -> None:
        self.transcript.mark_gone(message.event.gone)
