"""The chat's application: wires the input, the conversation, the article and the session.

The session runs in a thread of its own and reports events; `message_of` turns each into a message.
A thread or a worker posts messages and touches no widget. The chain of messages:

    start            the session opens the corpus -> Noted, Indexing ... -> Ready | Failed
    Asked            a Turn is shown, its question handed to the session
                     -> Indexing (files changed) -> Ready -> Answered | Failed | Cancelled
    Answered         shown in its Turn, kept in the history; its best citation is chosen
    Chosen           the article is shown at the passage; the session opens it first if needed
                     -> Opened
    Ready.changed    quotes from these articles are checked again -> Checked -> Turns marked
"""

from __future__ import annotations

import asyncio
import contextlib
import glob
import os
import signal
import subprocess
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import App, ComposeResult, SuspendNotSupported, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, ProgressBar, Static

from index.errors import QAError
from index.types import Article, Span
from qa import events
from qa.answers.history import History, SavedConversation
from qa.answers.verify import stands
from qa.chat.dialogs.articles import Articles
from qa.chat.dialogs.conversations import Conversations
from qa.chat.dialogs.help import Help
from qa.chat.dialogs.save import Save
from qa.chat.editor import editor_command
from qa.chat.messages import (
    Answered,
    Checked,
    Chosen,
    Failed,
    Indexing,
    Listed,
    Noted,
    Opened,
    Ready,
    Troubled,
    message_of,
)
from qa.chat.pane import ArticlePane
from qa.chat.question import QuestionInput
from qa.chat.settings import remember_theme, remembered_theme
from qa.chat.transcript import Transcript
from qa.chat.turn import Entry
from qa.session import OpenCorpus, Session
from qa.show.response import citation_line
from qa.show.text import counted, visible_line

QUIT_SECONDS = 0.2
"""How long leaving waits for the step at hand; what it had stored is safe in any case."""
EXIT_INTERRUPTED = 130
WIDE = 100
"""From so many columns on, the article stands beside the conversation."""
ARTICLES_HELD = 8
"""That need not be asked for again when a citation is chosen."""


class ChatApp(App[int]):
    """Ask a corpus question after question."""

    CSS_PATH = "app.tcss"
    TITLE = "article-qa"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  as textual declares it
        (0, "-one"),
        (WIDE, "-two"),
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", priority=True, show=False),
        Binding("ctrl+n", "new", "New", show=False),
        Binding("ctrl+down", "citation(1)", "Citation", key_display="[ ]"),
        Binding("ctrl+up", "citation(-1)", "Citation", show=False),
        Binding("ctrl+y", "copy", "Copy"),
        Binding("ctrl+o", "edit", "Editor"),
        Binding("ctrl+f", "find", "Find"),
        Binding("f2", "switch", "Article", show=False),
        Binding("f3", "articles", "Articles", show=False),
        Binding("f4", "conversations", "Conversations", show=False),
        Binding("ctrl+s", "save", "Save", show=False),
        Binding("f1", "help", "Help"),
        Binding("escape", "cancel", "Cancel", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
    ]  # fmt: skip

    def __init__(
        self,
        open_corpus: OpenCorpus,
        *,
        title: str,
        passages: int,
        paths: Sequence[str] = (),
        only: Sequence[str] = (),
        history: History | None = None,
        resumed: SavedConversation | None = None,
        settings: Path | None = None,
    ) -> None:
        """Make the app; nothing is opened before it runs.

        open_corpus: is called in another thread.
        title: what is asked, safe to show. passages: shown for a question.
        paths: absolute ones, kept with the conversation. only: patterns of articles to ask.
        history: keeps the conversation; None keeps nothing. resumed: the one to go on with.
        settings: the file that remembers the theme.
        """
        # Without colour, textual takes the shades of its themes to grey; its terminal colours, off.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.animation_level = "none"
        self._title = title
        self._passages = passages
        self._paths = tuple(paths)
        self._only = tuple(only)
        self._scope = visible_line(", ".join(only))
        self._history = history
        self._keeps = history is not None
        """Until it turns out that nothing can be written."""
        self._resumed = resumed
        self._settings = settings
        self._conversation = history.begin() if history else ""
        self._number = 0
        self._held = ""
        self._state = "loading"
        self._articles: dict[str, Article] = {}
        self._note = ""
        self._listing = False
        self._broken: events.Failed | None = None
        self._session = Session(open_corpus, lambda event: self.post_message(message_of(event)))
        self.left_behind = False
        """Whether, once left, a thread still runs: in a model, which nothing interrupts."""

    def compose(self) -> ComposeResult:
        """Lay out the state, the conversation with its input, the article and the keys."""
        with Horizontal(id="top"):
            yield Static("article-qa", id="name")
            yield Static(id="state")
            yield ProgressBar(total=1.0, show_eta=False, id="progress")
        with Horizontal(id="main"):
            with Vertical(id="left"):
                yield Transcript(id="conversation")
                yield QuestionInput(id="question")
            yield ArticlePane(id="right")
        yield Footer(show_command_palette=True, compact=True)

    async def on_mount(self) -> None:
        """Begin to load; one can type at once."""
        theme = remembered_theme(self._settings) if self._settings else None
        if theme in self.available_themes:
            self.theme = theme
        self.theme_changed_signal.subscribe(self, self._keep_theme)
        self.query_one("#progress").display = False
        self._show_state("loading")
        self.query_one(QuestionInput).focus()
        self.call_after_refresh(
            self._session.start
        )  # what is loaded does not delay the first frame
        self._leave_when_told_to()
        if self._resumed is not None:
            await self._resume(self._resumed)

    def _leave_when_told_to(self) -> None:
        """Leave in order, the terminal restored, when the system or a closed terminal says so."""
        loop = asyncio.get_running_loop()
        leave = partial(self.exit, return_code=EXIT_INTERRUPTED)
        for name in ("SIGTERM", "SIGHUP"):
            # Windows has no such handlers, and signals go to the main thread alone.
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError, AttributeError):
                loop.add_signal_handler(getattr(signal, name), leave)

    def on_unmount(self) -> None:
        """Stop asking."""
        self.left_behind = not self._session.stop(QUIT_SECONDS)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """List what the palette offers."""
        for title, help, action in (
            ("New conversation", "Forget what was spoken of", "new"),
            ("Copy the quote", "The chosen passage with its place", "copy"),
            ("Open in the editor", "The article, at the line of the chosen passage", "edit"),
            ("Find in the article", "Words in the article that is shown", "find"),
            ("Next citation", "Of the answers", "citation(1)"),
            ("Previous citation", "Of the answers", "citation(-1)"),
            ("Ask as it stands", "The last question, without the one before it", "ask_alone"),
            ("Conversation or article", "Where there is room for one of them", "switch"),
            ("Articles", "Which to ask, and what was left out", "articles"),
            ("Conversations", "Go on with an earlier one, or delete it", "conversations"),
            ("Save the conversation", "As Markdown or JSON lines", "save"),
            ("Cancel", "The running question", "cancel_question"),
            ("Theme", "Light and dark ones", "change_theme"),
            ("Help", "All keys", "help"),
            ("Quit", "At once; the conversation is kept", "quit"),
        ):
            yield SystemCommand(title, help, lambda action=action: self.run_action(action))

    # What the user does

    @on(QuestionInput.Asked)
    async def _asked(self, event: QuestionInput.Asked) -> None:
        await self._ask(event.question)

    async def _ask(self, question: str, *, alone: bool = False) -> None:
        self._number += 1
        transcript = self.query_one(Transcript)
        self._switch_to("conversation")
        await transcript.add(Entry(self._number, question))
        self._session.ask(
            self._number, question, passages=self._passages, only=self._only, alone=alone
        )
        self._tell_waiting()

    async def action_ask_alone(self) -> None:
        """Ask the last question again, without the one before it."""
        entries = self.query_one(Transcript).entries
        if entries:
            await self._ask(entries[max(entries)].question, alone=True)

    async def action_new(self) -> None:
        """Begin a new conversation; numbers go on, so that a late answer finds no turn."""
        self._conversation = self._history.begin() if self._history else ""
        for number in self.query_one(Transcript).waiting():
            self._session.cancel(number)
        self._session.begin()
        await self.query_one(Transcript).begin()
        self.query_one(ArticlePane).clear()
        self._switch_to("conversation")
        self.query_one(QuestionInput).focus()

    def action_citation(self, step: int) -> None:
        """Choose the next or the previous citation."""
        self.query_one(Transcript).step(step)

    def action_copy(self) -> None:
        """Copy the chosen quote with its place."""
        card = self.query_one(Transcript).card()
        if card is None:
            self._tell("There is no quote to copy yet.")
            return
        quote = card.passage.text
        self.copy_to_clipboard(f"“{quote}”\n— {citation_line(card.passage.citation)}\n")
        self._tell(
            "Sent to the clipboard. Some terminals drop that: if nothing arrives, ^S saves it."
        )

    def action_edit(self) -> None:
        """Open the article of the chosen citation in the editor, at its line."""
        card = self.query_one(Transcript).card()
        if card is None:
            self._tell("There is no citation to open yet.")
            return
        cited = card.passage.citation
        command = editor_command(os.environ, cited.path, cited.line_start)
        if command is None:
            place = f"{visible_line(cited.path)}:{cited.line_start}"
            self._tell(f"Set EDITOR to open {place}")
            return
        try:
            with self.suspend():
                code = subprocess.run(command, check=False).returncode
        except SuspendNotSupported:
            self._tell("This terminal cannot be handed to an editor.")
        except OSError as error:
            self._tell(f"{command[0]} cannot be run: {error.strerror or error}")
        else:
            if code:
                self._tell(f"{command[0]} ended with {code}.")
        self.refresh(layout=True)

    def action_find(self) -> None:
        """Find words in the article that is shown."""
        if self.query_one(ArticlePane).view.article is None:
            self._tell("No article is shown yet.")
            return
        self._switch_to("article")
        self.query_one(ArticlePane).find()

    def action_open_article(self) -> None:
        """Go to the article."""
        self._switch_to("article")
        self.query_one(ArticlePane).view.focus()

    def action_switch(self) -> None:
        """Show the other pane, where there is room for one."""
        if self.screen.has_class("article"):
            self._switch_to("conversation")
            self.query_one(QuestionInput).focus()
        else:
            self.action_open_article()

    def action_page(self, pages: int) -> None:
        """Move the conversation by a page."""
        transcript = self.query_one(Transcript)
        height = max(1, transcript.size.height - 2)
        transcript.scroll_relative(y=pages * height, animate=False)

    def action_cancel(self) -> None:
        """Cancel the running question; else go back to the input."""
        if not self._cancel():
            self._switch_to("conversation")
            self.query_one(QuestionInput).focus()

    def action_cancel_question(self) -> None:
        """Cancel the running question."""
        if not self._cancel():
            self._tell("No question is running.")

    def _cancel(self) -> bool:
        transcript = self.query_one(Transcript)
        waiting = transcript.waiting()
        for number in waiting[:1]:
            self._session.cancel(number)
            transcript.fail(number, "Cancelled.")
        self._tell_waiting()
        return bool(waiting)

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(Help())

    def action_articles(self) -> None:
        """List the articles, once the thread has a moment for it."""
        if self._broken is not None:
            self._tell(self._broken.message, error=True)
            return
        if not self._listing:
            self._listing = True
            self._session.list_articles()
        if self._state != "ready":
            self._tell("The list comes when the articles are read.")

    def action_conversations(self) -> None:
        """List the conversations kept."""
        if self._history is None:
            self._tell("No conversations are kept: --no-history.")
        else:
            self.push_screen(Conversations(self._history), self._resume_chosen)

    def action_save(self) -> None:
        """Save the conversation to a file."""
        entries = self.query_one(Transcript).entries.values()
        responses = [entry.response for entry in entries if entry.response]
        if not responses:
            self._tell("There is nothing to save yet.")
            return

        def saved(path: str | None) -> None:
            if path is not None:
                self._tell(f"Saved as {visible_line(path)}")

        self.push_screen(Save(responses), saved)

    async def _resume_chosen(self, kept: SavedConversation | None) -> None:
        if kept is None:
            return
        if tuple(sorted(kept.paths)) != tuple(sorted(self._paths)):
            paths = " ".join(map(visible_line, kept.paths)) or "the sample article"
            self._tell(f"That one is about {paths}; its quotes are looked for in what is open.")
        await self._resume(kept)

    async def _resume(self, kept: SavedConversation) -> None:
        """Show a conversation that was kept and go on with it."""
        for number in self.query_one(Transcript).waiting():
            self._session.cancel(number)
        if tuple(sorted(kept.paths)) == tuple(sorted(self._paths)):
            self._conversation = kept.id
        elif self._history is not None:  # what follows is about something else
            self._conversation = self._history.begin()
        self.query_one(ArticlePane).clear()
        self._switch_to("conversation")
        first = self._number + 1
        entries = [
            Entry(number, response.question, response)
            for number, response in enumerate(kept.responses, start=first)
        ]
        self._number += len(entries)
        self.query_one(QuestionInput).remember(entry.question for entry in entries)
        self._session.begin(kept.responses)
        transcript = self.query_one(Transcript)
        await transcript.begin(entries)
        self._session.check(list(transcript.quotes()))

    # What the thread and the widgets tell

    @on(Ready)
    def _corpus_ready(self, message: Ready) -> None:
        event = message.event
        self._held = f"{counted(event.articles, 'article')} · "
        self._held += counted(event.passages, "passage")
        if event.skipped:
            self._held += f" · {event.skipped:,} left out"
        self._show_state("ready")
        if event.changed:
            names = ", ".join(visible_line(id) for id in sorted(event.changed)[:3])
            more = f" and {len(event.changed) - 3:,} more" if len(event.changed) > 3 else ""
            self._note = f"Changed or gone since the last question: {names}{more}"
            for id in event.changed:
                self._articles.pop(id, None)
            quotes = list(self.query_one(Transcript).quotes(event.changed))
            if quotes:
                self._session.check(quotes)

    @on(Answered)
    def _answered(self, message: Answered) -> None:
        event = message.event
        self._hold(event.articles.values())
        entry = self.query_one(Transcript).entries.get(event.turn)
        if entry is None:
            return
        note, self._note = self._note, ""
        self.query_one(Transcript).answer(event.turn, event.response, note)
        if entry.response is not None and self._history is not None and self._keeps:
            try:
                self._history.add(self._conversation, self._paths, event.response)
            except QAError as error:
                self._tell(f"{error.message} {error.hint}", error=True)
                self._keeps = False
        self._tell_waiting()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        event = message.event
        text = f"{event.message} {event.hint}".strip()
        if event.turn is not None:
            if self._broken is None:
                self._show_state("ready")
            self.query_one(Transcript).fail(event.turn, text)
            self._tell_waiting()
            return
        self._broken = event
        self._show_state("cannot answer")
        self._tell(text, error=True)

    @on(Troubled)
    def _troubled(self, message: Troubled) -> None:
        text = f"{message.event.message} {message.event.hint}".strip()
        self._tell(text, error=True)
        self._listing = False
        if self._broken is None:
            self._show_state("ready" if self._held else visible_line(text))

    @on(Noted)
    def _noted(self, message: Noted) -> None:
        self._show_state(visible_line(message.event.text))

    @on(Indexing)
    def _indexing(self, message: Indexing) -> None:
        progress, seconds_left = message.event.progress, message.event.seconds_left
        if progress.fraction >= 1:  # what is left is to answer
            self._show_state("ready")
            return
        parts = [
            f"reading {progress.articles:,} of {counted(progress.articles_total, 'article')}",
            counted(progress.passages, "passage"),
        ]
        if seconds_left is not None:
            parts.append(f"{_time(seconds_left)} left")
        self._show_state(" · ".join(parts), fraction=progress.fraction)
        self._tell_waiting()

    @on(Chosen)
    def _chosen(self, message: Chosen) -> None:
        if message.open:
            self._switch_to("article")
        cited = message.passage.citation
        article = self._articles.get(cited.article)
        if article is None:
            self._session.open_article(cited.article, message.citation)
        else:
            self._show_article(article)

    @on(Opened)
    def _opened(self, message: Opened) -> None:
        event = message.event
        if event.article is None:
            self._tell(f"{visible_line(event.id)} is not there any more.")
            if event.citation is not None:
                self.query_one(Transcript).mark_gone([event.citation])
            if event.citation == self.query_one(Transcript).chosen:
                self.query_one(ArticlePane).clear()
            return
        self._hold([event.article])
        if event.citation == self.query_one(Transcript).chosen:
            self._show_article(event.article)

    @on(Checked)
    def _checked(self, message: Checked) -> None:
        transcript = self.query_one(Transcript)
        transcript.mark_gone(c for c in message.event.gone if c.turn in transcript.entries)

    @on(Listed)
    def _listed(self, message: Listed) -> None:
        event = message.event
        self._listing = False
        chosen = [id for id in event.titles if any(fnmatchcase(id, like) for like in self._only)]

        def accept(ids: tuple[str, ...] | None) -> None:
            if ids is not None:
                self._only = tuple(map(glob.escape, ids))
                self._scope = f"{len(ids):,} of them"
                self._show_state(self._state)

        self.push_screen(Articles(event, chosen), accept)

    def _show_article(self, article: Article) -> None:
        """Show the article of the chosen citation, at the passage if it still stands there."""
        card = self.query_one(Transcript).card()
        if card is None:
            return
        cited = card.passage.citation
        if not stands(card.passage, article):
            self.query_one(ArticlePane).show(article, None, ())
            return
        spans = [Span(answer.start, answer.end) for answer in card.answers]
        passage = Span(cited.start, cited.end)
        self.query_one(ArticlePane).show(article, passage, spans)

    def _hold(self, articles: Iterable[Article]) -> None:
        """Keep articles at hand: the latest few, for they may be large."""
        for article in reversed(list(articles)):  # they come best first: the last to go
            self._articles.pop(article.id, None)
            self._articles[article.id] = article
        while len(self._articles) > ARTICLES_HELD:
            del self._articles[next(iter(self._articles))]

    def _switch_to(self, pane: str) -> None:
        self.screen.set_class(pane == "article", "article")

    def _tell_waiting(self) -> None:
        """Say of each question that waits, what for."""
        first = "asking …" if self._state == "ready" else f"{self._state} …"
        transcript = self.query_one(Transcript)
        for place, number in enumerate(transcript.waiting()):
            if turn := transcript.turn(number):
                turn.state("waiting for its turn …" if place else first)

    def _show_state(self, state: str, fraction: float | None = None) -> None:
        self._state = state
        scope = f"asking {self._scope}" if self._only else ""
        parts = [self._held, scope, state, self._title]
        self.query_one("#state", Static).update(Content(" · ".join(filter(None, parts))))
        bar = self.query_one("#progress", ProgressBar)
        bar.display = fraction is not None
        if fraction is not None:
            bar.update(progress=fraction)

    def _tell(self, text: str, *, error: bool = False) -> None:
        self.notify(
            visible_line(text),
            severity="error" if error else "information",
            timeout=60 if error else 6,
            markup=False,
        )

    def _keep_theme(self, theme: object) -> None:
        if self._settings is not None:
            remember_theme(self._settings, self.theme)


def _time(seconds: float) -> str:
    """Return a length of time in words: "8 s", "3 min"."""
    return f"{max(1, round(seconds))} s" if seconds < 100 else f"{round(seconds / 60)} min"
