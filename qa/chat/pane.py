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
from qa.answers.wire import AnswerJson, CitationJson, PassageJson
from qa.chat import above
from qa.chat.article import ArticleView
from qa.chat.line import LineInput

GAP = 6
"""Cells above the article that are no text: at both ends, and between its texts."""


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

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._cited: CitationJson | None = None
        """What is shown, while it is on the screen."""

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
        """Hide the find line; let the title follow what is on the screen."""
        self.query_one("#find").display = False
        self.watch(self.view, "scroll_y", self._show_title, init=False)

    def on_resize(self) -> None:
        """Fit the title."""
        self._show_title()

    @property
    def view(self) -> ArticleView:
        """The view of the article."""
        return self.query_one(ArticleView)

    def show(
        self, article: Article, passage: Span | None, quoted: Sequence[Span], unsure: bool
    ) -> None:
        """Show an article, scrolled to the passage if there is one. quoted: see `show_quote`."""
        self._cited = None
        self.view.show(article, passage, quoted, unsure)
        if self.query_one("#find").display:  # find the words in this article, too
            self._find(self.query_one(FindInput).value)
            self.view.show(article, passage, quoted, unsure)
        self._show_title()

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
        self._cited = cited
        self._show_title()

    def clear(self) -> None:
        """Show no article."""
        self._cited = None
        self.view.clear()
        self._show_title()

    def _show_title(self) -> None:
        """Show what the article is called, and where in it is what is on the screen."""
        article, width = self.view.article, self.size.width - GAP
        if article is None or width <= 0:
            shown = above.NOTHING
        elif self._cited is not None and self.view.shows_passage:
            shown = above.of_citation(self._cited, width)
        else:
            shown = above.of_offset(article, self.view.offset_in_view, width)
        self.query_one("#article-section", Static).update(Content(shown.section))
        self.query_one("#article-place", Static).update(Content(shown.location))

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
