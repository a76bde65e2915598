"""A question in the conversation with its answers, and a card for each citation.

What was added and fetched is a turn as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from qa.answers.wire import AnswerJson, PassageJson, ResponseJson
from qa.events import CitationKey, SoFar
from qa.show.excerpt import ELLIPSIS, excerpt
from qa.show.paths import shortened_in_the_middle
from qa.show.response import citation_line
from qa.show.text import counted, not_sure, percent, visible, visible_line

ANSWER, CLOSEST = "bold $text-success", "underline"
"""Styles of the words quoted in a card."""
COLLAPSED_ROWS = 2
CARD_MARGIN = 6
"""Cells of a row that a card cannot use: border and padding, and a word that goes to the next."""
MIN_EXCERPT_CHARS = 40
MIN_SECTION_CHARS = 12
"""Less than that of a title says nothing."""
_SPACES = re.compile(r"\s+")
MAX_CHANGES_NAMED = 3
"""Changed articles named in a note; any others are counted."""


class Card(Static):
    """A citation: its place, and the passage with its answers, or the closest words, highlighted.

    Unless it is chosen, it shows only two rows, with the words quoted.
    """

    class Clicked(Message):
        """The card was clicked."""

        def __init__(self, citation: CitationKey) -> None:
            super().__init__()
            self.citation = citation

    def __init__(
        self,
        citation: CitationKey,
        passage: PassageJson,
        quoted: list[AnswerJson],
        *,
        unsure: bool,
        gone: bool,
    ) -> None:
        """Create a card.

        quoted: the answers in the passage or, if `unsure`, the closest words.
        gone: whether the quote is no longer in the article as cited.
        """
        super().__init__(classes="gone" if gone else "")
        self.citation = citation
        self.passage = passage
        self.quoted = quoted
        self.unsure = unsure
        self.gone = gone

    def on_mount(self) -> None:
        """Draw the card."""
        self._draw()

    def choose(self, chosen: bool) -> None:
        """Mark or unmark as the citation whose article is shown."""
        self.set_class(chosen, "chosen")
        self._draw()

    def mark_gone(self) -> None:
        """Show that the quote is no longer in the article as cited."""
        self.gone = True
        self.add_class("gone")
        self._draw()

    def on_resize(self) -> None:
        """Show as much as fits now."""
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Choose this citation."""
        event.stop()
        self.post_message(self.Clicked(self.citation))

    def _draw(self) -> None:
        mark = "▸" if self.has_class("chosen") else " "
        cited = f"{mark} [{self.passage.rank}] {citation_line(self.passage.citation, brief=True)}"
        if not self.has_class("chosen") and self.size.width:
            cited = _fitted(cited, self.size.width - CARD_MARGIN)
        parts = [Content.styled(cited, "$text-primary")]
        if self.gone:
            parts.append(Content("      The article has changed. This quote is no longer here."))
        parts.append(Content("").join(self._quote()))
        self.update(Content("\n").join(parts))

    def _quote(self) -> Iterator[Content]:
        text, offset = self.passage.text, self.passage.citation.start
        first, last = 0, len(text)
        if not self.has_class("chosen"):
            # Before the width is known, as tall as it can become: otherwise what is below moves.
            width = self.size.width or MIN_EXCERPT_CHARS * COLLAPSED_ROWS
            room = max(MIN_EXCERPT_CHARS, COLLAPSED_ROWS * (width - CARD_MARGIN))
            first, last = excerpt(self.passage, next(iter(self.quoted), None), room)
        before, after, style = ("‹", "›", CLOSEST) if self.unsure else ("«", "»", ANSWER)
        position = first
        yield Content(ELLIPSIS if first else "")
        for answer in sorted(self.quoted, key=lambda answer: answer.start):
            start, end = max(position, answer.start - offset), min(last, answer.end - offset)
            if end > start:
                yield Content(self._shown(text[position:start]))
                yield Content.styled(f"{before}{self._shown(text[start:end])}{after}", style)
                position = end
        yield Content(self._shown(text[position:last]) + (ELLIPSIS if last < len(text) else ""))

    def _shown(self, text: str) -> str:
        """Return text safe to show: with its lines, or on one line unless chosen."""
        return visible(text) if self.has_class("chosen") else _SPACES.sub(" ", visible(text))


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
            parts.append(Static(Content(note), classes="note"))
        if self.entry.so_far:
            parts.append(Static(Content(so_far_note(self.entry)), classes="note so-far"))
        for answer in response.answers:
            parts.append(_answer(answer))
        if closest := response.closest:
            said = f"{not_sure(visible(closest.words), closest.score)} [{closest.citation}]"
            parts.append(Static(Content(said), classes="not-sure"))
        if not response.answers:
            if not response.closest:
                parts.append(Static(Content("No answer found."), classes="not-found"))
            if response.unknown_words:
                words = ", ".join(map(visible_line, response.unknown_words))
                parts.append(Static(Content(f"Not found in the text: {words}"), classes="note"))
            parts.append(Static(Content("Nearest passages:"), classes="note nearest"))
        for passage in response.passages:
            rank = passage.rank
            card = Card(
                CitationKey(self.entry.number, rank),
                passage,
                [answer for answer in response.quoted if answer.citation == rank],
                unsure=response.outcome == "unsure",
                gone=rank in self.entry.gone,
            )
            parts.append(card)
        self.mount_all(parts)

    def offer_to_ask_again(self) -> None:
        """Show that all articles are indexed now."""
        for note in self.query(".so-far").results(Static):
            note.update(Content(so_far_note(self.entry)))

    def say(self, lines: Iterable[str]) -> None:
        """Show what came of an addition or a fetch."""
        self.query(".waiting").remove()
        self.mount_all(Static(Content(visible_line(line)), classes="note said") for line in lines)

    def fail(self, text: str) -> None:
        """Show why there is no response."""
        self.query(".waiting").remove()
        self.mount(Static(Content(visible(text)), classes="failure"))


def _fitted(cited: str, width: int) -> str:
    """Return a citation on one line: with a shorter section, or else cut off in the middle."""
    section, dot, place = cited.rpartition(" · ")
    room = width - len(dot) - len(place)
    if len(cited) <= width or room < MIN_SECTION_CHARS:
        return shortened_in_the_middle(cited, max(1, width))
    return f"{section[: room - 1].rstrip()}{ELLIPSIS}{dot}{place}"


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
        return f"Answered from {part}. All are indexed now: ^R asks again."
    return f"{part} indexed so far"


def _answer(answer: AnswerJson) -> Horizontal:
    """Return an answer, with its confidence at the right edge."""
    words = Static(Content(visible(answer.words)), classes="words")
    sure = Static(Content(f"{percent(answer.score)} sure [{answer.citation}]"), classes="sure")
    return Horizontal(words, sure, classes="answer")
