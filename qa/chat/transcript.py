"""The conversation: its turns, newest last, and the chosen citation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar

from textual import events, on
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from index.types import Article
from qa.answers.wire import PassageJson, ResponseJson
from qa.chat.card import Card
from qa.chat.messages import Chosen
from qa.chat.quote import Outline
from qa.chat.turn import Entry, Turn
from qa.events import CitationKey, SoFar
from qa.show.text import counted

LAYOUT_TRIES = 50
TURNS_SHOWN = 30
"""More turns on the screen would make every key slow; Home shows earlier ones."""


class Transcript(VerticalScroll):
    """The turns of one conversation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left_square_bracket", "app.citation(-1)", "Earlier citation", show=False),
        Binding("right_square_bracket", "app.citation(1)", "Next citation", show=False),
        Binding("enter", "app.open_article", "Open the article", show=False),
        Binding("slash", "app.find", "Find in the article", show=False),
        Binding("question_mark", "app.help", "Help", show=False),
        Binding("home", "show_earlier", "First turn", show=False),
    ]

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self.entries: dict[int, Entry] = {}
        """All turns of the conversation, by number."""
        self.chosen: CitationKey | None = None
        self._last_number = 0
        self._shows_chosen = True
        """Whether the chosen citation is in view; if not, the user has scrolled away from it."""
        self._pending_scrolls = 0
        """Number of scrolls to the chosen citation that wait for the layout."""

    async def begin(self, responses: Sequence[ResponseJson] = ()) -> None:
        """Show these responses and nothing else.

        Numbers continue from the previous conversation, so that a late answer to it finds no turn.
        """
        self.chosen = None
        entries = [
            Entry(number, response.question, response)
            for number, response in enumerate(responses, start=self._last_number + 1)
        ]
        self._last_number += len(entries)
        self.entries = {entry.number: entry for entry in entries}
        await self.remove_children()
        await self.mount_all(self._with_hint([Turn(e) for e in entries[-TURNS_SHOWN:]]))
        self.scroll_end(animate=False)
        if entries:
            self.call_after_refresh(self._choose_best, entries[-1].number)

    async def add(self, question: str, *, is_question: bool = True) -> int:
        """Show a new question, or another thing to do, at the end, and return its number."""
        self._last_number += 1
        entry = Entry(self._last_number, question, is_question=is_question)
        self.entries[entry.number] = entry
        await self.mount(Turn(entry))
        shown = list(self.query(Turn))
        if len(shown) > TURNS_SHOWN:
            await shown[0].remove()
            await self.query("#earlier").remove()
            await self.mount_all(self._with_hint([]), before=0)
        self.scroll_end(animate=False)
        return entry.number

    @property
    def last_question(self) -> Entry | None:
        """The turn of the latest question; None if there is none."""
        asked = (entry for entry in reversed(self.entries.values()) if entry.is_question)
        return next(asked, None)

    def responses(self) -> list[ResponseJson]:
        """Return the responses so far, in order."""
        return [entry.response for entry in self.entries.values() if entry.response]

    def turn(self, number: int) -> Turn | None:
        """Return the turn with this number if it is on the screen."""
        return next(iter(self.query(f"#turn-{number}").results(Turn)), None)

    def answer(
        self,
        number: int,
        response: ResponseJson,
        note: str = "",
        so_far: SoFar | None = None,
        articles: Mapping[str, Article] = MappingProxyType({}),
    ) -> bool:
        """Show a response in its turn, and choose its best citation.

        so_far: see `Entry`.
        articles: those that the passages are from, by id, as far as they are at hand.
        Return whether it is shown. It is not if the question has already failed.
        """
        entry = self.entries[number]
        if entry.failure:
            return False
        entry.response, entry.so_far = response, so_far
        entry.outlines = {
            passage.rank: Outline.of(passage, articles.get(passage.citation.article))
            for passage in response.passages
        }
        if turn := self.turn(number):
            turn.show(response, note)
        if number == max(self.entries):
            self.call_after_refresh(self._choose_best, number)
        return True

    def offer_to_ask_again(self, numbers: Iterable[int]) -> None:
        """Show that all articles are indexed now, in questions answered from a part of them."""
        for number in numbers:
            if entry := self.entries.get(number):
                entry.can_ask_again = True
            if turn := self.turn(number):
                turn.offer_to_ask_again()

    def say(self, number: int, lines: tuple[str, ...]) -> bool:
        """Show what came of an addition or a fetch; return whether its turn still waits for it."""
        entry = self.entries.get(number)
        if entry is None or entry.failure:
            return False
        entry.said = lines
        if turn := self.turn(number):
            turn.say(lines)
            self._scroll_after_layout(turn)
        return True

    def fail(self, number: int, text: str) -> None:
        """Show why a question has no response, if it is still waiting for one."""
        entry = self.entries.get(number)
        if entry is None or entry.response is not None or entry.failure:
            return
        entry.failure = text
        if turn := self.turn(number):
            turn.fail(text)

    def waiting(self) -> list[int]:
        """Return the numbers of the turns that wait for a response, in order."""
        ended = {e.number for e in self.entries.values() if e.response or e.failure or e.said}
        return [number for number in self.entries if number not in ended]

    def show_waiting(self, activity: str) -> None:
        """Show in each waiting turn what it waits for. activity: see `StatusBar`."""
        for place, number in enumerate(self.waiting()):
            if turn := self.turn(number):
                if place:
                    turn.show_waiting("waiting for its turn …")
                else:
                    turn.show_waiting("asking …" if activity == "ready" else f"{activity} …")

    def step(self, step: int) -> None:
        """Choose the next or previous citation."""
        cards = list(self.query(Card))
        if not cards:
            return
        at = next((i for i, card in enumerate(cards) if card.citation == self.chosen), None)
        place = len(cards) - 1 if at is None else min(max(at + step, 0), len(cards) - 1)
        self.choose(cards[place].citation)

    def choose(self, citation: CitationKey, *, open: bool = False, scroll: bool = True) -> None:
        """Choose a citation, and post `Chosen`."""
        card = self.card(citation)
        if card is None:
            return
        if before := self.card():
            before.choose(False)
        self.chosen = citation
        card.choose(True)
        if scroll:
            self._scroll_after_layout(card)
        self.post_message(Chosen(citation, card.passage, open))

    def card(self, citation: CitationKey | None = None) -> Card | None:
        """Return the card of a citation, by default of the chosen one."""
        wanted = citation or self.chosen
        return next((card for card in self.query(Card) if card.citation == wanted), None)

    def mark_gone(self, citations: Iterable[CitationKey]) -> None:
        """Mark quotes that are no longer as cited; those of an earlier conversation are ignored."""
        for citation in citations:
            if entry := self.entries.get(citation.turn):
                entry.gone.add(citation.rank)
            if card := self.card(citation):
                card.mark_gone()

    def quotes(
        self, articles: frozenset[str] | None = None
    ) -> Iterator[tuple[CitationKey, PassageJson]]:
        """Yield all quotes, or those of some articles, that are not known to be gone."""
        for entry in self.entries.values():
            for passage in entry.response.passages if entry.response else ():
                among = articles is None or passage.citation.article in articles
                if among and passage.rank not in entry.gone:
                    yield CitationKey(entry.number, passage.rank), passage

    async def action_show_earlier(self) -> None:
        """Show earlier turns, if there are any, and scroll to the first."""
        shown = list(self.query(Turn))
        first = shown[0].entry.number if shown else 0
        earlier = [entry for number, entry in self.entries.items() if number < first]
        if earlier:
            await self.query("#earlier").remove()
            turns = [Turn(entry) for entry in earlier[-TURNS_SHOWN:]]
            await self.mount_all(self._with_hint(turns), before=0)
        self.scroll_home(animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Note whether the chosen citation is in view."""
        super().watch_scroll_y(old_value, new_value)
        self.call_after_refresh(self._note_view)

    def _note_view(self) -> None:
        card = self.card()
        if not self._pending_scrolls:
            self._shows_chosen = card is None or self.region.overlaps(card.region)

    @on(events.Resize)
    def _keep_in_view(self) -> None:
        """Keep the chosen answer in view: its question first, if it is the first citation.

        A notice changes the height, too: what the user has scrolled to must not move away then.
        """
        card = self.card()
        if card is None or self.chosen is None or not self.size or not self._shows_chosen:
            return
        turn = self.turn(self.chosen.turn)
        is_first = turn is not None and next(iter(turn.query(Card)), None) is card
        if turn is not None and is_first:
            self._scroll_after_layout(turn, top=True)
        else:
            self._scroll_after_layout(card)

    @on(Card.Clicked)
    def _choose_clicked(self, event: Card.Clicked) -> None:
        self.choose(event.citation, open=True, scroll=False)

    def _choose_best(self, number: int) -> None:
        """Choose the passage that is quoted first, or the nearest, and scroll to the turn."""
        entry, turn = self.entries.get(number), self.turn(number)
        if entry is None or entry.response is None or turn is None:  # begun again meanwhile
            return
        response = entry.response
        best = response.quoted[0].citation if response.quoted else 1
        self.choose(CitationKey(number, best), scroll=False)
        self._scroll_after_layout(turn, top=True)

    def _scroll_after_layout(
        self, widget: Widget, *, top: bool = False, tries: int = LAYOUT_TRIES
    ) -> None:
        """Scroll to a widget once the cards that were chosen before and now have their height.

        That is after two refreshes: on a busy machine, the first may still show the old heights.
        A conversation that is resumed takes some more until its last turn has a place.
        """

        def scroll() -> None:
            self._pending_scrolls -= 1
            if tries and not widget.virtual_region.height:
                self._scroll_after_layout(widget, top=top, tries=tries - 1)
            else:
                self._shows_chosen = True
                self.scroll_to_widget(widget, top=top, animate=False)

        self._pending_scrolls += 1
        self.call_after_refresh(self.call_after_refresh, scroll)

    def _with_hint(self, turns: list[Turn]) -> list[Static | Turn]:
        """Return the turns, below a line that counts the hidden earlier ones."""
        shown = len(turns) + len(self.query(Turn))
        hidden = len(self.entries) - shown
        if hidden <= 0:
            return list(turns)
        hint = Content(f"↑ {counted(hidden, 'earlier turn')}. Press Home to show them.")
        return [Static(hint, id="earlier", classes="note"), *turns]
