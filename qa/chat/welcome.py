"""The first screen: what is asked, a few questions that it answers, and the keys that matter."""

from __future__ import annotations

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from index.scan import STDIN, STDIN_NAME
from qa.chat.hints import hint_content
from qa.events import Introduced
from qa.show.paths import shortened_in_the_middle
from qa.show.text import counted, visible_line, visible_name

MAX_TITLES, FEW_TITLES = 5, 3
"""Articles listed; few in a low window, so that the questions and keys are seen as well."""
LOW_ROWS = 24
MAX_TITLE_CHARS, MAX_ID_CHARS = 44, 32
MUTED = "$foreground-muted"
PROMISE = "Answers are quoted word for word, with their place."
EARLY = "You can already ask: answers come from what is indexed so far."
KEYS = (("↓", "Pick a question"), ("F3", "Articles"), ("F1", "All keys"))


class Sample(Static):
    """A question to pick with a click; it is marked while it stands in the input."""

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question
        self.mark("")

    def mark(self, typed: str) -> None:
        """Mark the question if it is the one that is typed."""
        is_picked = self.question == typed
        self.set_class(is_picked, "picked")
        self.update(Content(f"{'▸' if is_picked else ' '} {visible_line(self.question)}"))

    def on_click(self, event: events.Click) -> None:
        """Ask the question, unless the mouse was dragged to select text."""
        event.stop()
        if self.text_selection is None:
            self.post_message(Welcome.Picked(self.question))


class Welcome(VerticalScroll, can_focus=False):
    """What a conversation shows until its first question."""

    class Picked(Message):
        """A sample question was clicked."""

        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    def __init__(self, title: str, id: str) -> None:
        """title: name of the corpus, safe to show."""
        super().__init__(id=id)
        self._title = title
        self._extent = EARLY
        self._introduced: Introduced | None = None
        self._articles = 0
        self.questions: list[str] = []
        """Those that can be picked."""

    def compose(self) -> ComposeResult:
        """Lay out the texts from top to bottom."""
        yield Static(id="welcome-title")
        yield Static(id="welcome-size")
        yield Static(id="welcome-titles")
        yield Static(Content(PROMISE), id="welcome-promise")
        yield Static(Content("For example:"), id="welcome-try")
        yield Vertical(id="welcome-samples")
        yield Static(id="welcome-keys")

    def on_mount(self) -> None:
        """Show what is known."""
        self._draw()

    def on_resize(self) -> None:
        """Show as many titles as fit now."""
        self._draw()

    def show_title(self, title: str) -> None:
        """Show the name of the corpus. title: safe to show."""
        self._title, self._introduced = title, None
        self._draw()

    def show_size(self, articles: int, passages: int) -> None:
        """Show how large the corpus is."""
        self._articles = articles
        self._extent = f"{counted(articles, 'article')} · {counted(passages, 'passage')}"
        self._draw()

    def introduce(self, introduced: Introduced) -> None:
        """Show what the corpus is."""
        self._introduced = introduced
        self._draw()

    async def suggest(self, question: str) -> None:
        """Offer one more question; those that are shown stay where they are."""
        self.questions.append(question)
        await self.query_one("#welcome-samples", Vertical).mount(Sample(question))
        self._draw()

    async def forget_questions(self) -> None:
        """Offer no questions, until others are suggested."""
        self.questions.clear()
        await self.query_one("#welcome-samples", Vertical).remove_children()
        self._draw()

    def mark(self, typed: str) -> None:
        """Mark the question that stands in the input."""
        for sample in self.query(Sample):
            sample.mark(typed)
            if sample.question == typed:
                sample.scroll_visible(animate=False)

    def _draw(self) -> None:
        if not self.is_mounted or not self.query("#welcome-keys"):
            return
        known = self._introduced
        title, size, titles = self._title, self._extent, Content("")
        if known and known.article:
            title = visible_line(known.article.title)
            id = known.article.id
            name = STDIN_NAME if id == STDIN else visible_name(id)
            parts = [name] if name != title else []
            size = " · ".join([*parts, visible_line(known.extent)])
        elif known:
            titles = self._titles(known)
        self.query_one("#welcome-title", Static).update(Content(title))
        self.query_one("#welcome-size", Static).update(Content(size))
        self._show("#welcome-titles", titles)
        self.query_one("#welcome-promise").display = not self._is_low
        self.query_one("#welcome-try").display = bool(self.questions)
        self.query_one("#welcome-samples").display = bool(self.questions)
        self.query_one("#welcome-keys", Static).update(_keys(can_pick=bool(self.questions)))

    @property
    def _is_low(self) -> bool:
        return self.app.size.height < LOW_ROWS

    def _titles(self, known: Introduced) -> Content:
        """Return the first articles, one a line, and how many more there are."""
        most = FEW_TITLES if self._is_low else MAX_TITLES
        rows = [_title_row(id, title) for id, title in list(known.titles.items())[:most]]
        widest = max((cell_len(title) for title, _ in rows), default=0)
        lines = [
            Content.assemble(title, " " * (widest - cell_len(title) + 2), (name, MUTED))
            for title, name in rows
        ]
        if (more := self._articles - len(lines)) > 0:
            lines.append(Content.styled(f"and {more:,} more: F3", MUTED))
        return Content("\n").join(lines)

    def _show(self, selector: str, text: Content) -> None:
        widget = self.query_one(selector, Static)
        widget.display = bool(text.plain)
        widget.update(text)


def _keys(*, can_pick: bool) -> Content:
    """Return the keys that matter. can_pick: whether there are questions to pick."""
    keys = KEYS if can_pick else KEYS[1:]
    return Content("   ").join(hint_content(key, does) for key, does in keys)


def _title_row(id: str, title: str) -> tuple[str, str]:
    """Return the title of an article and its name, each short and safe to show."""
    shown = shortened_in_the_middle(visible_line(title), MAX_TITLE_CHARS)
    name = shortened_in_the_middle(visible_name(id), MAX_ID_CHARS)
    return shown, "" if name == shown else name
