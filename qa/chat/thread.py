"""The thread that opens the corpus and answers one question after another, beside the app."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from textual.message import Message

from index.errors import QAError
from index.models import Notify
from index.sync import Progress
from qa.ask import Asker
from qa.chat.messages import Answered, Failed, Indexing, Noted, Ready

OpenCorpus = Callable[[Notify], Asker]
Post = Callable[[Message], object]


class _Stopped(Exception):
    """The app is closing; what was indexed so far is kept."""


class AskingThread:
    """Owns the corpus. Everything it has to say, it posts; it touches no widget.

    A daemon, since nothing can interrupt a model that is loading: leaving the app does not wait.
    """

    def __init__(self, open_corpus: OpenCorpus, passages: int, post: Post) -> None:
        """passages: how many to show for a question. post: may be called from any thread."""
        self._open_corpus = open_corpus
        self._passages = passages
        self._post = post
        self._questions: queue.SimpleQueue[tuple[int, str] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="asking", daemon=True)

    def start(self) -> None:
        """Begin to open the corpus."""
        self._thread.start()

    def ask(self, turn: int, question: str) -> None:
        """Ask a question once the corpus is open and the ones before are answered."""
        self._questions.put((turn, question))

    def stop(self, seconds: float) -> None:
        """End after the step at hand; wait for that no longer than `seconds`."""
        self._stopping.set()
        self._questions.put(None)
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            with self._open_corpus(lambda text: self._tell(Noted(text))) as corpus:
                try:
                    self._sync(corpus)
                except QAError as error:  # files may come or be mended: asking tries again
                    self._tell(Noted(f"{error.message} {error.hint}"))
                while (asked := self._questions.get()) is not None:
                    self._answer(corpus, *asked)
        except _Stopped:
            return
        except QAError as error:
            self._post(Failed(None, error.message, error.hint))
        # A thread that dies without a word would leave every question waiting for ever.
        except Exception as error:  # noqa: BLE001
            self._post(Failed(None, f"This should not happen: {error!r}", "Please report it."))

    def _sync(self, corpus: Asker) -> None:
        report = corpus.sync(self._on_progress)
        articles, passages, _ = corpus.size()
        self._tell(Ready(articles, passages, len(report.skipped)))

    def _answer(self, corpus: Asker, turn: int, question: str) -> None:
        try:
            response = corpus.ask(question, self._passages, self._on_progress)
        except QAError as error:
            self._tell(Failed(turn, error.message, error.hint))
        else:
            self._tell(Answered(turn, response))

    def _on_progress(self, progress: Progress) -> None:
        self._tell(Indexing(progress))

    def _tell(self, message: Message) -> None:
        if self._stopping.is_set():
            raise _Stopped
        self._post(message)
