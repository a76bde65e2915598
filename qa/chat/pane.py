"""The article pane, with a line to find words in the article."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Static

from index.types import Article, Span
from qa.answers.verify import is_as_cited
from qa.answers.wire import AnswerJson, PassageJson
from qa.chat.article import ArticleView
from qa.chat.line import LineInput
from qa.show.paths import brief_path
from qa.show.text import visible_line, visible_name

MAX_PATH_CHARS = 20
"""Of a path above the article, so that the page or the lines after it fit as well."""


class FindInput(LineInput):
    """The words to find; the arrow keys move between matches."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,down", "match(1)", "Next match"),
        Binding("up", "match(-1)", "Previous match"),
        Binding("escape", "done", "Done"),
    ]

    def action_match(self, step: int) -> None:
        """Move by `step` matches."""
        self.query_ancestor(ArticlePane).step_match(step)

    def action_done(self) -> None:
        """Close the find line."""
        self.query_ancestor(ArticlePane).end_find()


class ArticlePane(Vertical):
    """The title, the article, and the find line while it is open."""

    def compose(self) -> ComposeResult:
        """Lay out the pane."""
        with Horizontal(id="article-title"):
            yield Static(id="article-section")
            yield Static(id="article-place")
        yield ArticleView(id="article")
        with Horizontal(id="find"):
            yield FindInput(placeholder="Find in the article …", id="find-words")
            yield Static(id="find-count")

    def on_mount(self) -> None:
        """Hide the find line."""
        self.query_one("#find").display = False

    @property
    def view(self) -> ArticleView:
        """The view of the article."""
        return self.query_one(ArticleView)

    def show(
        self, article: Article, passage: Span | None, quoted: Sequence[Span], unsure: bool
    ) -> None:
        """Show an article, scrolled to the passage if there is one. quoted: see `show_quote`."""
        self._show_title(article.title, brief_path(article.path, MAX_PATH_CHARS))
        self.view.show(article, passage, quoted, unsure)
        if self.query_one("#find").display:  # find the words in this article, too
            self._find(self.query_one(FindInput).value)
            self.view.show(article, passage, quoted, unsure)

    def show_quote(
        self, article: Article, passage: PassageJson, quoted: Sequence[AnswerJson], unsure: bool
    ) -> None:
        """Show an article at a quote, or from its start if the quote is no longer as cited.

        quoted: the answers in the passage or, if `unsure`, the closest words.
        """
        if not is_as_cited(passage, article):
            self.show(article, None, (), unsure)
            return
        cited = passage.citation
        spans = [Span(answer.start, answer.end) for answer in quoted]
        self.show(article, Span(cited.start, cited.end), spans, unsure)
        place = cited.located(brief_path(cited.path, MAX_PATH_CHARS))
        self._show_title(cited.section, visible_name(place))

    def clear(self) -> None:
        """Show no article."""
        self._show_title("", "")
        self.view.clear()

    def _show_title(self, section: str, place: str) -> None:
        """Show what the article is called, cut off if it is long, and where the passage is."""
        self.query_one("#article-section", Static).update(Content(visible_line(section)))
        self.query_one("#article-place", Static).update(Content(place))

    def find(self) -> None:
        """Open the find line."""
        self.query_one("#find").display = True
        words = self.query_one(FindInput)
        words.focus()
        self._find(words.value)

    def end_find(self) -> None:
        """Close the find line; the current match stays in view.

        The article takes the focus, for its arrow keys; letters go to the question.
        """
        self.query_one("#find").display = False
        self.view.find("")
        self.view.focus()

    def step_match(self, step: int) -> None:
        """Move by `step` matches."""
        self.view.step_match(step)
        self._show_count()

    @on(Input.Changed, "#find-words")
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._find(event.value)

    def _find(self, words: str) -> None:
        self.view.find(words)
        self._show_count()

    def _show_count(self) -> None:
        number, total = self.view.match_number
        words = self.query_one(FindInput).value
        count = f"{number:,} of {total:,}" if total else ("no matches" if words else "")
        self.query_one("#find-count", Static).update(Content(count))
