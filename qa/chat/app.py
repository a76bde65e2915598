"""The chat's application: connects the window to the session.

The session runs in its own thread and reports events; `message_of` turns each into a message.
Threads and workers only post messages and touch no widget. The chain of messages:

    start            the session opens the corpus -> Notice, Indexing ...
                     -> Ready | RequestFailed | Failed
    Asked            a Turn appears, and the session is asked
                     -> Indexing (if files changed) -> Ready -> Answered | Failed | Cancelled
    Answered         shown in its Turn and saved; its best citation is chosen
    Chosen           the article is shown at the passage; the session opens it first if needed
                     -> Opened
    Ready.changed    quotes from these articles are checked again -> QuotesChecked -> Turns marked
    F3               the session lists the articles -> Listed -> a dialog selects which to ask
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import on

from index.errors import QAError
from index.types import Article
from index.web.addresses import is_address
from qa.answers.history import History, SavedConversation
from qa.chat import messages
from qa.chat.article_cache import ArticleCache
from qa.chat.dialogs.articles import Articles
from qa.chat.dialogs.conversations import Conversations
from qa.chat.question import QuestionInput
from qa.chat.recorder import Recorder
from qa.chat.scope import Selection
from qa.chat.shell import ChatShell
from qa.chat.turn import changed_note
from qa.scope import ALL, Scope
from qa.session import OpenCorpus, Session
from qa.show.text import visible_line

QUIT_SECONDS = 0.2
"""How long quitting waits for the current step. Whatever that step has stored is safe."""


class ChatApp(ChatShell):
    """A full-screen conversation with a corpus."""

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
        super().__init__(title, settings)
        self._passages = passages
        self._selection = Selection.of_patterns(scope)
        self._recorder = Recorder(history, paths)
        self._resumed = resumed
        self._articles = ArticleCache()
        self._session = Session(
            open_corpus, lambda event: self.post_message(messages.message_of(event))
        )
        self._changed: frozenset[str] = frozenset()
        """Ids of articles that changed since the latest answer; shown with the next one."""
        self._is_listing = False
        """Whether the list of articles was requested."""
        self._failure = ""
        """Why no question can be answered; empty if questions can be."""
        self.thread_still_runs = False
        """Whether the session's thread still runs after quitting: a model cannot be interrupted."""

    async def on_mount(self) -> None:
        """Start the session. The user can type at once."""
        self.prepare()
        self.status.show_scope(self._selection.label)
        self.call_after_refresh(self._session.start)  # loading must not delay the first frame
        if self._resumed is not None:
            await self._resume(self._resumed)

    def on_unmount(self) -> None:
        """Stop the session."""
        self.thread_still_runs = not self._session.stop(QUIT_SECONDS)

    # User actions

    @on(QuestionInput.Asked)
    async def _asked(self, event: QuestionInput.Asked) -> None:
        if is_address(event.question):
            self.notify_user(f"To ask a web page, start the chat with it: qa chat {event.question}")
        else:
            await self._ask(event.question)

    async def _ask(self, question: str, *, alone: bool = False) -> None:
        self.switch_to("conversation")
        turn = await self.transcript.add(question)
        self._session.ask(
            turn, question, passages=self._passages, scope=self._selection.scope, alone=alone
        )
        self._show_waiting()

    async def action_ask_alone(self) -> None:
        """Ask the last question again, but not as a follow-up."""
        if entry := self.transcript.last_entry:
            await self._ask(entry.question, alone=True)

    async def action_new(self) -> None:
        """Begin a new conversation."""
        self._recorder.begin()
        self._cancel_all()
        self._session.begin()
        await self.transcript.begin()
        self.pane.clear()
        self.go_to_question()

    def action_cancel(self) -> None:
        """Cancel the running question, or go to the input if there is none."""
        if not self._cancel_first():
            self.go_to_question()

    def action_cancel_question(self) -> None:
        """Cancel the running question."""
        if not self._cancel_first():
            self.notify_user("No question is running.")

    def _cancel_first(self) -> bool:
        waiting = self.transcript.waiting()
        for turn in waiting[:1]:
            self._session.cancel(turn)
            self.transcript.fail(turn, "Cancelled.")
        self._show_waiting()
        return bool(waiting)

    def _cancel_all(self) -> None:
        for turn in self.transcript.waiting():
            self._session.cancel(turn)

    def action_articles(self) -> None:
        """Request the list of articles."""
        if self._failure:
            self.notify_user(self._failure, error=True)
            return
        if not self._is_listing:
            self._is_listing = True
            self._session.list_articles()
        if self.status.activity != "ready":
            self.notify_user("The list opens when indexing is done.")

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
        self._session.check(list(self.transcript.quotes()))

    # Messages from the session and the widgets

    @on(messages.Notice)
    def _show_notice(self, message: messages.Notice) -> None:
        self.status.show(message.event.text)

    @on(messages.Indexing)
    def _show_indexing(self, message: messages.Indexing) -> None:
        self.status.show_indexing(message.event)
        if self.status.activity != "ready":
            self._show_waiting()

    @on(messages.Ready)
    def _corpus_is_ready(self, message: messages.Ready) -> None:
        self.status.show_ready(message.event)
        if changed := message.event.changed:
            self._changed = changed
            self._articles.discard(changed)
            if quotes := list(self.transcript.quotes(changed)):
                self._session.check(quotes)

    @on(messages.Answered)
    def _show_answer(self, message: messages.Answered) -> None:
        event = message.event
        self._articles.add(event.articles.values())
        if event.turn not in self.transcript.entries:
            return
        note = changed_note(self._changed)
        self._changed = frozenset()
        if self.transcript.answer(event.turn, event.response, note):
            try:
                self._recorder.add(event.response)
            except QAError as error:
                self.notify_user(f"{error.message} {error.hint}", error=True)
        self._show_waiting()

    @on(messages.Failed)
    def _show_failure(self, message: messages.Failed) -> None:
        event = message.event
        if event.turn is None:
            self._failure = event.message
            self.status.show("cannot answer")
            self.notify_user(f"{event.message} {event.hint}", error=True)
            return
        if not self._failure:
            self.status.show("ready")
        self.transcript.fail(event.turn, f"{event.message} {event.hint}".strip())
        self._show_waiting()

    @on(messages.RequestFailed)
    def _show_failed_request(self, message: messages.RequestFailed) -> None:
        text = f"{message.event.message} {message.event.hint}"
        self.notify_user(text, error=True)
        self._is_listing = False
        if not self._failure:
            self.status.show("ready" if self.status.has_been_ready else text)

    @on(messages.Chosen)
    def _citation_chosen(self, message: messages.Chosen) -> None:
        if message.open:
            self.switch_to("article")
        id = message.passage.citation.article
        if article := self._articles.get(id):
            self._show_chosen_in(article)
        else:
            self._session.open_article(id, message.citation)

    @on(messages.Opened)
    def _show_opened(self, message: messages.Opened) -> None:
        event = message.event
        is_chosen = event.citation == self.transcript.chosen
        if event.article is not None:
            self._articles.add([event.article])
            if is_chosen:
                self._show_chosen_in(event.article)
            return
        self.notify_user(f"{visible_line(event.id)} no longer exists.")
        if event.citation is not None:
            self.transcript.mark_gone([event.citation])
        if is_chosen:
            self.pane.clear()

    @on(messages.QuotesChecked)
    def _mark_gone(self, message: messages.QuotesChecked) -> None:
        entries = self.transcript.entries
        self.transcript.mark_gone(c for c in message.event.gone if c.turn in entries)

    @on(messages.Listed)
    def _choose_articles(self, message: messages.Listed) -> None:
        self._is_listing = False

        def accept(selection: Selection | None) -> None:
            if selection is not None:
                self._selection = selection
                self.status.show_scope(selection.label)

        selected = self._selection.selected(list(message.event.titles))
        self.push_screen(Articles(message.event, selected), accept)

    def _show_chosen_in(self, article: Article) -> None:
        if card := self.transcript.card():
            self.pane.show_quote(article, card.passage, card.quoted, card.unsure)

    def _show_waiting(self) -> None:
        self.transcript.show_waiting(self.status.activity)
