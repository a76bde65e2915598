"""Keys with what they do; the keys stand out by their colour, and a click does what they do."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.style import Style
from textual.widgets import Static


class Hints(Static):
    """Shows hints; see `hint_content`."""

    async def on_click(self, event: events.Click) -> None:
        """Do what the hint says."""
        if action := event.style.meta.get("action"):
            event.stop()
            await self.app.run_action(action, default_namespace=self.screen)


def hint_content(key: str, does: str, action: str = "") -> Content:
    """Return a key and what it does. action: of a click in `Hints`; empty for none."""
    hint = Content.assemble((key, "bold $text-primary"), f" {does}")
    return hint.stylize(Style.from_meta({"action": action})) if action else hint
