"""The dialog that saves the conversation to a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path, PureWindowsPath
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from qa.answers.wire import ResponseJson
from qa.chat.dialogs.dialog import CLOSE, Dialog, KeyHints
from qa.chat.line import LineInput
from qa.show.markdown import exported
from qa.show.text import visible_line


class Save(Dialog["str | None"]):
    """Asks where to save the conversation. Dismissed with the path of the file, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close")]

    def __init__(
        self,
        responses: Sequence[ResponseJson],
        offer: Callable[[str, str], object] | None = None,
    ) -> None:
        """offer: called with the name and the text of the file, instead of writing it here."""
        super().__init__()
        self._responses = responses
        self._offer = offer

    def compose(self) -> ComposeResult:
        """Lay out an input with a suggested file name."""
        with Vertical(classes="dialog", id="save"):
            yield Static("Save the conversation", classes="dialog-title")
            name = f"conversation-{datetime.now():%Y-%m-%d-%H%M}.md"
            yield LineInput(name, id="path", select_on_focus=False)
            yield Static(id="save-note")
            yield KeyHints(
                (("Enter", "save as .md to read or .jsonl for programs", "focused.submit"), CLOSE)
            )

    @on(Input.Submitted)
    def _save(self, event: Input.Submitted) -> None:
        if self._offer:
            name = PureWindowsPath(event.value.strip()).name  # either kind of slash
            if not name:
                self._note("Type a file name.")
                return
            self._offer(name, exported(self._responses, PureWindowsPath(name).suffix))
            self.dismiss(name)
            return
        try:
            file = Path(event.value.strip()).expanduser()
            text = exported(self._responses, file.suffix, os.path.realpath(file.parent))
            with file.open("x", encoding="utf-8", newline="\n") as opened:
                try:
                    opened.write(text)
                    opened.flush()
                except OSError:  # leave no partial file behind
                    file.unlink()
                    raise
        except FileExistsError:
            self._note("File already exists. Choose another name.")
        except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: ~nobody
            self._note(f"Cannot write the file: {getattr(error, 'strerror', None) or error}")
        else:
            self.dismiss(str(file.absolute()))

    def _note(self, text: str) -> None:
        self.query_one("#save-note", Static).update(Content(visible_line(text)))
