"""A question in the conversation, with a card for each citation of its response.

What was added and fetched is a turn as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from qa.answers.wire import AnswerJson, PassageJson, ResponseJson
from qa.chat.card import NOT_FOUND, Card, Cited, Form, brief_place
from qa.chat.quote import Outline, best_sentences
from qa.events import CitationKey, SoFar
from qa.show.text import counted, visible, visible_line

MAX_CHANGES_NAMED = 3
"""Changed articles named in a note; any others are counted."""


@dataclass
class Entry:
    """The content of a turn, on or off the screen."""

    number: int
    """From 1."""
    question: str
    response: ResponseJson | None = None
    failure: str = ""
    """Why there is no response; empty while waiting for one."""
    is_question: bool = True
    """Whether it is a question, and not an addition of articles or a fetch."""
    said: tuple[str, ...] = ()
    """What came of an addition or a fetch."""
    so_far: SoFar | None = None
    """What part of the articles the response is from; None for all."""
    can_ask_again: bool = False
    """Whether all articles are indexed now, so that asking again may give a better answer."""
    outlines: dict[int, Outline] = field(default_factory=dict)
    """How the passages are divided, by rank."""
    gone: set[int] = field(default_factory=set)
    """Ranks of passages that are no longer in the article as cited."""


class Turn(Vertical):
    """A question, then what it waits for, then its answers and cited passages."""

    def __init__(self, entry: Entry) -> None:
        super().__init__(id=f"turn-{entry.number}")
        self.entry = entry

    def compose(self) -> ComposeResult:
        """Show the question as waiting."""
        yield Static(Content(f"❯ {visible_line(self.entry.question)}"), classes="question")
        yield Static(Content("waiting for its turn …"), classes="waiting")

    def on_mount(self) -> None:
        """Show the response or the failure, if it is an earlier turn."""
        if self.entry.response is not None:
            self.show(self.entry.response)
        elif self.entry.failure:
            self.fail(self.entry.failure)
        elif self.entry.said:
            self.say(self.entry.said)

    def show_waiting(self, text: str) -> None:
        """Show what the question waits for."""
        for waiting in self.query(".waiting").results(Static):
            waiting.update(Content(visible_line(text)))

    def show(self, response: ResponseJson, note: str = "") -> None:
        """Show a response. note: shown above it."""
        self.query(".waiting").remove()
        parts: list[Widget] = []
        if response.context:
            context = Content(f"↳ searched together with: {visible_line(response.context)}")
            parts.append(Static(context, classes="note context"))
        if response.corrections:
            instead = Content(f"Showing results for “{visible_line(response.searched)}”")
            parts.append(Static(instead, classes="note corrected"))
        if note:
            parts.append(Static(Content(note), classes="note above"))
        if self.entry.so_far:
            parts.append(Static(Content(so_far_note(self.entry)), classes="note so-far"))
        cards = self._cards(response)
        parts += [card for card in cards if card.quoted]
        others = [card for card in cards if not card.quoted]
        if not response.answers:
            if not response.closest:
                said = Content(f"{NOT_FOUND} No answer found.")
                parts.append(Static(said, classes="not-found"))
            if response.unknown_words:
                words = ", ".join(map(visible_line, response.unknown_words))
                parts.append(Static(Content(f"Not found in the text: {words}"), classes="note"))
            if others:
                parts.append(Static(Content("Nearest passages:"), classes="note nearest"))
        self.mount_all([*parts, *others])

    def offer_to_ask_again(self) -> None:
        """Show that all articles are indexed now."""
        for note in self.query(".so-far").results(Static):
            note.update(Content(so_far_note(self.entry)))

    def _cards(self, response: ResponseJson) -> list[Card]:
        """Return the cards: those with an answer in the order of the answers, then the others."""
        outlines = self.entry.outlines
        for passage in response.passages:
            outlines.setdefault(passage.rank, Outline.of(passage, None))
        texts = {one.rank: (one.text, outlines[one.rank]) for one in response.passages}
        best = best_sentences(response.searched, texts)
        others = [one for one in response.passages if not _quoted_in(one, response)]
        first = response.passages[0].citation.article if response.passages else ""
        is_one = all(one.citation.article == first for one in response.passages)
        places = {o.rank: brief_place(o.citation, names_article=not is_one) for o in others}
        widest = max(map(cell_len, places.values()), default=0)
        cards = [
            Card(
                Cited(
                    CitationKey(self.entry.number, passage.rank),
                    passage,
                    _quoted_in(passage, response),
                    _form(passage, response),
                    best[passage.rank],
                    places.get(passage.rank, ""),
                    widest,
                ),
                outlines[passage.rank],
                gone=passage.rank in self.entry.gone,
            )
            for passage in response.passages
        ]
        order = list(dict.fromkeys(answer.citation for answer in response.quoted))
        by_rank = {card.passage.rank: card for card in cards}
        return [*(by_rank[rank] for rank in order), *(c for c in cards if not c.quoted)]

    def say(self, lines: Iterable[str]) -> None:
        """Show what came of an addition or a fetch."""
        self.query(".waiting").remove()
        self.mount_all(Static(Content(visible_line(line)), classes="note said") for line in lines)

    def fail(self, text: str) -> None:
        """Show why there is no response."""
        self.query(".waiting").remove()
        self.mount(Static(Content(visible(text)), classes="failure"))


def changed_note(ids: frozenset[str]) -> str:
    """Return a note about changed articles; empty if there are none."""
    if not ids:
        return ""
    names = ", ".join(visible_line(id) for id in sorted(ids)[:MAX_CHANGES_NAMED])
    more = f" and {len(ids) - MAX_CHANGES_NAMED:,} more" if len(ids) > MAX_CHANGES_NAMED else ""
    return f"Changed or deleted since the last question: {names}{more}"


def so_far_note(entry: Entry) -> str:
    """Return a note on the part of the articles that a response is from; empty for all."""
    if entry.so_far is None:
        return ""
    part = f"{entry.so_far.indexed:,} of {counted(entry.so_far.files, 'file')}"
    if entry.can_ask_again:
        return f"From {part}; ^R asks all of them"
    return f"{part} indexed so far"


def _quoted_in(passage: PassageJson, response: ResponseJson) -> tuple[AnswerJson, ...]:
    return tuple(answer for answer in response.quoted if answer.citation == passage.rank)


def _form(passage: PassageJson, response: ResponseJson) -> Form:
    if _quoted_in(passage, response):
        return "closest" if response.closest else "answer"
    return "folded" if response.answers else "open"
