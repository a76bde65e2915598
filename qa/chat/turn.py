"""One question of the conversation with what came of it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from qa.render import citation, marked_passage, percent
from qa.terminal import visible, visible_line
from qa.types import Response


class Turn(Vertical):
    """A question; while it waits, says so; then the answer and the cited passages."""

    def __init__(self, number: int, question: str) -> None:
        super().__init__(id=f"turn-{number}")
        self.question = question
        self.response: Response | None = None

    def compose(self) -> ComposeResult:
        """Show the question."""
        yield Static(Content(f"❯ {visible_line(self.question)}"), classes="question")
        yield Static(Content("waiting …"), classes="waiting")

    def show(self, response: Response) -> None:
        """Show what the articles say."""
        self.response = response
        self.query(".waiting").remove()
        parts: list[Static] = []
        for answer in response.answers:
            parts.append(Static(Content(visible(answer.text)), classes="answer"))
            cited = f"[{response.rank_of(answer)}] {percent(answer.score)} sure"
            parts.append(Static(Content(cited), classes="note"))
        if not response.answers:
            parts.append(Static(Content("The text does not answer this."), classes="not-found"))
            if response.unknown_words:
                words = ", ".join(visible_line(word) for word in response.unknown_words)
                parts.append(Static(Content(f"It nowhere says: {words}"), classes="note"))
            parts.append(Static(Content("Nearest passages:"), classes="note"))
        for hit in response.hits:
            cited = f"[{hit.rank}] {citation(hit.passage)}"
            parts.append(Static(Content(cited), classes="citation"))
            inside = [answer for answer in response.answers if answer.passage == hit.passage]
            marked = marked_passage(hit, inside, style="bold", marks=True)
            parts.append(Static(Content.from_rich_text(marked), classes="passage"))
        self.mount_all(parts)

    def fail(self, text: str, hint: str) -> None:
        """Say why there is no response."""
        self.query(".waiting").remove()
        self.mount(Static(Content(visible(f"{text} {hint}".strip())), classes="failure"))
