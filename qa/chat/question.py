"""The line that questions are typed in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

ACTIONS = {
    "left_square_bracket": "app.citation(-1)",
    "right_square_bracket": "app.citation(1)",
    "question_mark": "app.help",
}
"""Keys that no question begins with: in an empty line they act."""


class QuestionInput(Input):
    """An input that recalls earlier questions with the up and down keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Ask"),
        Binding("up", "recall(-1)", "Earlier question", show=False),
        Binding("down", "recall(1)", "Later question", show=False),
    ]

    def __init__(self, id: str) -> None:
        super().__init__(placeholder="Ask the article …", id=id)
        self._asked: list[str] = []
        self._place = 0
        self._draft = ""

    def remember(self, questions: Iterable[str]) -> None:
        """Add questions to those that can be recalled."""
        for question in questions:
            if not self._asked or self._asked[-1] != question:
                self._asked.append(question)
        self._place = len(self._asked)

    def action_recall(self, step: int) -> None:
        """Show an earlier or later question; what was being typed comes after the last one."""
        place = self._place + step
        if not 0 <= place <= len(self._asked):
            return
        if self._place == len(self._asked):
            self._draft = self.value
        self._place = place
        self.value = self._asked[place] if place < len(self._asked) else self._draft
        self.cursor_position = len(self.value)

    async def _on_key(self, event: events.Key) -> None:
        action = ACTIONS.get(event.key)
        if action and not self.value:
            event.stop()
            event.prevent_default()
            await self.run_action(action)
            return
        await super()._on_key(event)
