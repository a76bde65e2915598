"""Saves the running conversation to the history."""

from __future__ import annotations

from collections.abc import Sequence

from index.errors import QAError
from qa.answers.history import History, SavedConversation
from qa.answers.wire import ResponseJson


class Recorder:
    """Adds each response to the current conversation in the history."""

    def __init__(self, history: History | None, paths: Sequence[str] = ()) -> None:
        """history: None saves nothing. paths: what the conversations are about, absolute."""
        self.history = history
        self.paths = tuple(paths)
        """What the conversation is about, absolute; empty for the sample article."""
        self._id = ""
        self._has_failed = False
        self.begin()

    def begin(self) -> None:
        """Begin a new conversation."""
        if self.history is not None:
            self._id = self.history.begin()

    def resume(self, saved: SavedConversation) -> None:
        """Continue a saved conversation, or begin a new one if it is about other articles."""
        if self.is_about_same_paths(saved):
            self._id = saved.id
        else:
            self.begin()

    def is_about_same_paths(self, saved: SavedConversation) -> bool:
        """Return whether a saved conversation is about the current paths."""
        return sorted(saved.paths) == sorted(self.paths)

    def set_paths(self, paths: Sequence[str]) -> None:
        """Say that the conversation is about other paths from now on. Raises: StoreError."""
        self.paths = tuple(paths)
        if self.history is not None and not self._has_failed:
            self.history.set_paths(self._id, paths)

    def add(self, response: ResponseJson) -> None:
        """Save a response.

        Raises: StoreError the first time that this fails; after that, nothing is saved.
        """
        if self.history is None or self._has_failed:
            return
        try:
            self.history.add(self._id, self.paths, response)
        except QAError:
            self._has_failed = True
            raise
