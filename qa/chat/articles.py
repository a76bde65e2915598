"""What the chat does with its articles: shows them, lists them, adds some, fetches pages again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from textual import on

from index.errors import QAError
from index.types import Article
from index.web.addresses import is_address
from qa.answers.history import History
from qa.chat import messages
from qa.chat.article_cache import ArticleCache
from qa.chat.dialogs.add import Add
from qa.chat.dialogs.articles import Articles, ToRead
from qa.chat.recorder import Recorder
from qa.chat.scope import Selection
from qa.chat.shell import ChatShell
from qa.folders import sample_article
from qa.scope import Scope
from qa.serving import OpenCorpus
from qa.session import Session
from qa.show.paths import shown_path
from qa.show.text import as_sentences, visible_line

FETCH_AGAIN = "Fetch the web pages again"
SAMPLE = "sample article"


class ArticlesApp(ChatShell):
    """The window with a session, and what is done with the articles that the session asks."""

    def __init__(
        self,
        open_corpus: OpenCorpus,
        *,
        title: str,
        paths: Sequence[str],
        scope: Scope,
        history: History | None,
        settings: Path | None,
    ) -> None:
        """See `ChatApp`."""
        super().__init__(title, settings)
        self._selection = Selection.of_patterns(scope)
        self._recorder = Recorder(history, paths)
        self._articles = ArticleCache()
        self._session = Session(
            open_corpus, lambda event: self.post_message(messages.message_of(event))
        )
        self._failure = ""
        """Why no question can be answered; empty if questions can be."""
        self._marked: frozenset[str] | None = None
        """Articles that were marked before one was opened from the list; None if none was."""
        self._is_listing = False
        """Whether the list of articles was requested."""
        self._is_introduced = False
        """Whether what the first screen shows was requested."""
        self._are_samples_outdated = False
        """Whether articles have changed since the first screen offered its questions."""
        self._first_article: Article | None = None
        """The only article, if there is one."""
        self._have_ids_changed = False
        """Whether earlier citations name their articles by ids that are no longer valid."""

    # The list of articles

    def action_articles(self) -> None:
        """Request the list of articles."""
        if self._failure:
            self.notify_user(self._failure, error=True)
            return
        if not self._is_listing:
            self._is_listing = True
            self._session.list_articles()

    @on(messages.Listed)
    def _choose_articles(self, message: messages.Listed) -> None:
        self._is_listing = False
        marked = self._marked
        if marked is None:
            marked = frozenset(self._selection.selected(list(message.event.titles)))
        self._marked = None
        self.push_screen(Articles(message.event, marked), self._use_list)

    def _use_list(self, choice: Selection | ToRead | None) -> None:
        """Ask the articles that were selected, or show the one to read."""
        if isinstance(choice, ToRead):
            self._marked = choice.marked
            self._session.open_article(choice.id)
        else:
            self._select(choice)

    def _select(self, selection: Selection | None) -> None:
        if selection is not None:
            self._selection = selection
            self.status.show_scope(selection.label)

    # Additions, and fetching again

    def action_add(self) -> None:
        """Ask what to add."""
        self.push_screen(Add(), self._add)

    async def _add(self, paths: Sequence[str] | None) -> None:
        """Add addresses, files and folders."""
        if paths:
            turn = await self._begin_task(f"Add {', '.join(paths)}")
            self._session.add(turn, paths)
            self.show_waiting()

    async def action_fetch_again(self) -> None:
        """Fetch the web pages again."""
        if not any(map(is_address, self._recorder.paths)):
            self.notify_user("None of the articles is a web page. F6 adds one.")
            return
        turn = await self._begin_task(FETCH_AGAIN)
        self._session.fetch_again(turn)
        self.show_waiting()

    async def _begin_task(self, what: str) -> int:
        self.switch_to("conversation")
        turn = await self.transcript.add(what, is_question=False)
        self.show_emptiness()
        return turn

    @on(messages.Added)
    def _show_added(self, message: messages.Added) -> None:
        event = message.event
        said = list(event.said)
        if event.is_same_root:
            self._select(self._selection.including(event.ids))
        else:
            self._have_ids_changed = True
            self._articles = ArticleCache()
            if self._selection.scope:
                self._select(Selection())
                said.append("All articles are asked again.")
            self._session.check(list(self.transcript.quotes()))
        title = ", ".join(map(_title_of, event.paths))
        self.status.show_title(title)
        self.welcome.show_title(title)
        self._is_introduced, self._first_article = False, None
        self._are_samples_outdated = True
        try:
            self._recorder.set_paths(event.paths)
        except QAError as error:
            self.notify_user(as_sentences(error.message, error.hint), error=True)
        self._say(event.turn, said)

    @on(messages.Fetched)
    def _show_fetched_when_opened(self, message: messages.Fetched) -> None:
        for line in message.event.said:
            self.notify_user(line)

    @on(messages.FetchedAgain)
    def _show_fetched_again(self, message: messages.FetchedAgain) -> None:
        event = message.event
        self._say(event.turn, [change.in_words for change in event.changes])

    def _say(self, turn: int, lines: Sequence[str]) -> None:
        """Show what was done, also if it was done before it could be cancelled."""
        if not self.transcript.say(turn, tuple(lines)):
            for line in lines:
                self.notify_user(line)
        self.show_waiting()

    # The first screen

    def expect_article(self) -> None:
        """Give the whole window to the first screen, unless it will show the only article."""
        paths = self._recorder.paths
        is_one = len(paths) < 2 and not any(map(os.path.isdir, paths))
        self.default_screen.set_class(not is_one and not self.transcript.entries, "bare")

    def introduce(self, *, again: bool = False) -> None:
        """Request what the first screen shows, if it is shown.

        again: also if it was requested before; the search for questions ends with the first one.
        """
        transcript = self.transcript
        if transcript.entries or (self._is_introduced and not again):
            return
        self._is_introduced = True
        self._session.introduce(lambda: not transcript.entries)

    @on(messages.Introduced)
    async def _show_introduction(self, message: messages.Introduced) -> None:
        self._first_article = message.event.article
        self.welcome.introduce(message.event)
        if self._are_samples_outdated:
            self._are_samples_outdated = False
            await self.welcome.forget_questions()
            self.show_emptiness()
        self.show_first_article()

    @on(messages.Suggested)
    async def _show_suggestion(self, message: messages.Suggested) -> None:
        if message.event.question not in self.welcome.questions:
            await self.welcome.suggest(message.event.question)
            self.welcome.mark(self.question.value)
            self.show_emptiness()

    def show_first_article(self) -> None:
        """Show the only article beside the first screen."""
        article = self._first_article
        if article is None or self.transcript.entries or self.pane.view.article is not None:
            return
        self._articles.add([article])
        self.show_article(article)

    def show_article(self, article: Article) -> None:
        """Show an article from its start."""
        self.default_screen.remove_class("bare")
        self.pane.show(article, None, (), False)

    # The article that is shown

    @on(messages.Chosen)
    def _citation_chosen(self, message: messages.Chosen) -> None:
        if message.open:
            self.switch_to("article")
        cited = message.passage.citation
        article = self._articles.get(cited.article)
        if article is not None and article.path == cited.path:
            self._show_chosen_in(article)
        else:
            self._session.open_article(cited.article, message.citation, cited.path)

    @on(messages.Opened)
    def _show_opened(self, message: messages.Opened) -> None:
        event = message.event
        is_chosen = event.citation is not None and event.citation == self.transcript.chosen
        if event.article is not None and event.citation is None:
            self.show_article(event.article)
            self.action_open_article()
            return
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

    def _show_chosen_in(self, article: Article) -> None:
        if card := self.transcript.card():
            card.refine(article)
            self.pane.show_quote(article, card.passage, card.quoted, card.unsure)

    def show_waiting(self) -> None:
        """Show in the conversation what its turns wait for."""
        self.transcript.show_waiting(self.status.activity)


def _title_of(path: str) -> str:
    return SAMPLE if path == str(sample_article()) else shown_path(path)
