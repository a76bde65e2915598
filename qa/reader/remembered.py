"""Remembers what a reader's model returned, for questions that are asked again.

Agents repeat questions, the chat offers questions that it has tried, and the users of a server ask
the same ones. A window's logits depend on its question and its text alone, so that nothing can be
outdated: the passages are found, and their files checked, as for any other question.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock

from qa.reader.onnx import Runner, WindowLogits

MAX_TOKENS = 50_000
"""Of the windows that are remembered: about 10 MB, and 300 passages."""


class RememberingRunner:
    """A runner that runs the model of another one only for what it does not remember.

    It may be used by several threads at once.
    """

    def __init__(self, runner: Runner, max_tokens: int = MAX_TOKENS) -> None:
        self._runner = runner
        self._max_tokens = max_tokens
        self._tokens = 0
        self._windows: OrderedDict[tuple[str, str], list[WindowLogits]] = OrderedDict()
        """Those of each question and text, the latest used last."""
        self._lock = Lock()

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        """See `Runner`."""
        with self._lock:
            known = {text: self._recalled(question, text) for text in texts}
        new = [text for text, windows in known.items() if windows is None]
        read: dict[str, list[WindowLogits]] = {text: [] for text in new}
        for window in self._runner.run(question, new) if new else ():
            read[new[window.text_number]].append(window)
        with self._lock:
            for text, windows in read.items():
                self._remember(question, text, windows)
        return [
            replace(window, text_number=number)
            for number, text in enumerate(texts)
            for window in (known | read)[text] or ()
        ]

    def part_read(self, question: str) -> str:
        """See `Runner`."""
        return self._runner.part_read(question)

    def _recalled(self, question: str, text: str) -> list[WindowLogits] | None:
        windows = self._windows.get((question, text))
        if windows is not None:
            self._windows.move_to_end((question, text))
        return windows

    def _remember(self, question: str, text: str, windows: list[WindowLogits]) -> None:
        if (question, text) in self._windows:  # by another thread, meanwhile
            return
        self._windows[question, text] = windows
        self._tokens += _tokens_in(windows)
        while self._tokens > self._max_tokens:
            self._tokens -= _tokens_in(self._windows.popitem(last=False)[1])


def _tokens_in(windows: list[WindowLogits]) -> int:
    """Return the number of tokens, at least 1: a text without words takes room, too."""
    return max(1, sum(len(window.offsets) for window in windows))
