"""Models that several corpora in one process share."""

from __future__ import annotations

from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING

from index.errors import QAError

if TYPE_CHECKING:
    from index.types import Notify
    from qa.opening import Models
    from qa.settings import Settings


class SharedModels:
    """Models that are opened once, by the first thread that needs them; the others wait."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._models: Models | None = None
        self._opening = Lock()

    def get(self, notify: Notify) -> Models:
        """Return the models. notify: see `open_corpus`. Raises: ModelError."""
        from qa.opening import open_models  # once they are needed

        with self._opening:
            if self._models is None:
                self._models = open_models(self._settings, notify=notify)
        return self._models

    def open_in_background(self, notify: Notify) -> None:
        """Begin to open the models, so that the first chat waits less. notify: as in `get`."""

        def open_models() -> None:
            with suppress(QAError):  # each chat reports it
                self.get(notify)

        Thread(target=open_models, name="models", daemon=True).start()
