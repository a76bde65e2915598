"""The input for questions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from qa.chat.line import LineInput

ACTIONS = {
    "left_square_bracket": "app.citation(-1)",
    "right_square_bracket": "app.citation(1)",
    "question_mark": "app.help",
}
"""Keys that act while the input is empty, because no question begins with them."""
EDITING = {"ctrl+u": "delete_left_all", "ctrl+k": "delete_right_all", "ctrl+w": "delete_left_word"}


class QuestionInput(LineInput):
    """An input that recalls earlier questions, and offers others, with the up and down keys."""

    class Asked(Message):
        """A question was entered."""

        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Ask"),
        Binding("ctrl+f", "app.find", "Find"),
        Binding("up", "recall(-1)", "Earlier question", show=False),
        Binding("down", "recall(1)", "Later question", show=False),
    ]

    def __init__(self, id: str) -> None:
        super().__init__(placeholder="Ask a question …", id=id)
        self._asked: list[str] = []
        self._place = 0
        self._draft = ""
        self._suggested: list[str] = []

    def suggest(self, questions: Iterable[str]) -> None:
        """Offer questions to pick with the down key; no others than these."""
        self._suggested = list(questions)
        self._place = min(self._place, len(self._asked) + len(self._suggested))

    def remember(self, questions: Iterable[str]) -> None:
        """Add questions to those that can be recalled."""
        for question in questions:
            if not self._asked or self._asked[-1] != question:
                self._asked.append(question)
        self._place = len(self._asked)

    async def action_submit(self) -> None:
        """Ask the typed question, and clear the input for the next one."""
        question = self.value.strip()
        if question:
            self.clear()
            self.remember([question])
            self.post_message(self.Asked(question))

    def action_recall(self, step: int) -> None:
        """Show an earlier or later question: the unfinished one, then those that are suggested.

        What was changed after it was recalled becomes the unfinished one.
        """
        questions = [*self._asked, self._draft, *self._suggested]
        place = self._place + step
        if not self._asked:  # nothing else is above
            place %= len(questions)
        if not 0 <= place < len(questions):
            return
        if self.value != questions[self._place]:
            self._draft = questions[len(self._asked)] = self.value
        self._place = place
        self.value = questions[place]
        self.cursor_position = len(self.value)

    async def _on_key(self, event: events.Key) -> None:
        """Handle some keys at once: bindings would run after letters that were typed later."""
        action = EDITING.get(event.key)
        if event.key == "enter":
            action = "submit"
        elif not self.value:
            action = ACTIONS.get(event.key)
        if action is None:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        await self.run_action(action)
