"""The chat as one of several in a server's process."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from qa.answers.history import History
from qa.chat.app import ChatApp
from qa.scope import Scope
from qa.serve.driver import Page, PageDriver
from qa.serving import OpenCorpus


class ServedChat(ChatApp):
    """A conversation in a page of a browser."""

    QUIT_SECONDS = 0  # the other chats go on, and must not wait for this one

    def __init__(
        self,
        page: Page,
        open_corpus: OpenCorpus,
        *,
        title: str,
        passages: int,
        paths: Sequence[str],
        scope: Scope,
        history: History | None,
    ) -> None:
        """page: where it is drawn. For the others, see `ChatApp`."""
        self.page = page
        super().__init__(
            open_corpus, title=title, passages=passages, paths=paths, scope=scope, history=history
        )
        self.driver_class = PageDriver
        # While an app runs, it captures what is printed. That is one place for the whole process:
        # apps that end in another order than they began would leave it to one that has ended.
        self._capture_stdout = sys.stdout  # type: ignore[assignment]  # of a private class
        self._capture_stderr = sys.stderr  # type: ignore[assignment]

    def handle_signals(self) -> None:
        """Leave the signals to the server."""

    def end(self) -> None:
        """Stop the session, even if the app was cancelled instead of exiting."""
        self._session.stop(self.QUIT_SECONDS)
