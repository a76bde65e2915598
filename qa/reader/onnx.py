"""Runs an exported reader: turns a question and texts into logits, in windows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from index.models.onnx import inputs_by_name, open_session, parse_tokenizer

if TYPE_CHECKING:
    from tokenizers import Encoding

    from index.types import Vector


@dataclass(frozen=True, slots=True)
class WindowLogits:
    """What a reader's model returns for one window of a text, by token."""

    text_number: int
    """The window's text among those read together, counted from 0."""
    offsets: list[tuple[int, int]]
    """Start and end of each token, in code points of the text."""
    word_ids: list[int | None]
    """The word that each token belongs to: the tokens of a word have the same number."""
    start_logits: Vector
    """That the answer starts with the token: float32, shape (tokens,)."""
    end_logits: Vector
    """That the answer ends with the token: float32, shape (tokens,)."""
    null_score: float
    """That the window has no answer; comparable to the sum of a start and an end logit."""


class Runner(Protocol):
    """Runs a reading model."""

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        """Return the logits of every window of every text, in order."""

    def part_read(self, question: str) -> str:
        """Return the beginning of a question that the model reads: all of it, if it is short."""


class PairRunner:
    """Runs an exported reader's model on pairs of a question and a text."""

    MAX_TOKENS = 384
    """Of question and text together; longer texts are read in windows."""
    STRIDE_TOKENS = 96
    """Tokens that a window shares with the next one."""
    MAX_QUESTION_TOKENS = 96
    """Longer questions are cut off."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Open an export. threads: how many windows are read at a time.

        Raises: ModelError if its files cannot be read.
        """
        self._threads = threads
        self._session, self._tokenizer_json = open_session(folder, threads=1)
        self._tokenizer = parse_tokenizer(self._tokenizer_json)
        self._tokenizer.enable_truncation(
            self.MAX_TOKENS, stride=self.STRIDE_TOKENS, strategy="only_second"
        )
        self._tokenizer.no_padding()
        self._input_names = [node.name for node in self._session.get_inputs()]

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        """See `Runner`.

        Each window is run alone, on one thread. A batch is padded to its longest window, and all
        threads wait for the slowest one in each operation: both take a tenth more time. The last
        digits of a window's logits would also change with what is read beside it, and with the
        number of cores.
        """
        question = self.part_read(question)
        rows = self._tokenizer.encode_batch([(question, text) for text in texts])
        windows = [
            (number, window)
            for number, row in enumerate(rows)
            for window in (row, *row.overflowing)
        ]
        longest_first = sorted(range(len(windows)), key=lambda i: -len(windows[i][1].ids))
        pool = ThreadPoolExecutor(self._threads)
        try:
            logits = pool.map(lambda i: self._logits(windows[i][1]), longest_first)
            of_window = dict(zip(longest_first, logits, strict=True))
        finally:
            pool.shutdown(cancel_futures=True)  # on an interrupt, don't wait for the rest
        return [
            _logits_of_text(number, window, *of_window[i])
            for i, (number, window) in enumerate(windows)
        ]

    def _logits(self, window: Encoding) -> tuple[Vector, Vector]:
        """Return the start and end logits of a window: float32, shape (tokens,) each."""
        inputs = inputs_by_name([window], self._input_names)
        (start,), (end,) = self._session.run(["start", "end"], inputs)
        return start, end

    def part_read(self, question: str) -> str:
        """See `Runner`."""
        if len(question) <= self.MAX_QUESTION_TOKENS:  # a token has at least one character
            return question
        tokenizer = parse_tokenizer(self._tokenizer_json)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        pieces = tokenizer.encode(question, add_special_tokens=False).offsets
        if len(pieces) <= self.MAX_QUESTION_TOKENS:
            return question
        return question[: pieces[self.MAX_QUESTION_TOKENS][0]]


def _logits_of_text(number: int, window: Encoding, starts: Vector, ends: Vector) -> WindowLogits:
    """Return the logits of the tokens of the text, without question and special tokens."""
    inside = [place for place, sequence in enumerate(window.sequence_ids) if sequence == 1]
    return WindowLogits(
        text_number=number,
        offsets=[window.offsets[place] for place in inside],
        word_ids=[window.word_ids[place] for place in inside],
        start_logits=starts[inside],
        end_logits=ends[inside],
        null_score=float(starts[0] + ends[0]),
    )
