"""Questions to a corpus in turn, each understood with the ones before it."""

from __future__ import annotations

from index.sync import OnProgress
from qa.corpus import DEFAULT_PASSAGES, Corpus, Only
from qa.followup import is_follow_up
from qa.types import Response


class Conversation:
    """Remembers what was spoken of last, for questions that lean on it."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self._began = ""
        """The last question that stood alone: it names what the later ones mean."""
        self._last = ""
        """The last question, if it leaned on that one, and its answer."""

    def ask(
        self,
        question: str,
        passages: int = DEFAULT_PASSAGES,
        on_progress: OnProgress = lambda _: None,
        *,
        only: Only = (),
        alone: bool = False,
    ) -> Response:
        """Return what the articles say to a question, searched with what it leans on, if it does.

        alone: take the question as it stands. For the rest, and what it raises, see `Corpus.ask`.
        """
        context = (
            "" if alone or not is_follow_up(question) else f"{self._began} {self._last}".strip()
        )
        response = self.corpus.ask(question, passages, on_progress, context=context, only=only)
        answer = response.answers[0].text if response.answers else ""
        self.remember(response.question, answer, leaned=bool(context))
        return response

    def remember(self, question: str, answer: str, *, leaned: bool) -> None:
        """Take note of a question asked and its best answer; empty where there was none."""
        if not leaned:
            self._began, self._last = question, answer
        else:
            self._last = f"{question} {answer}"
        self._last = self._last.strip()
