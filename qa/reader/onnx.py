"""Runs an exported reader: turns a question and texts into logits, in windows."""

from __future__ import annotations

from collections.abc import Sequence
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
        """Open an export. Raises: ModelError if its files cannot be read."""
        self._session, self._tokenizer_json = open_session(folder, threads)
        self._tokenizer = parse_tokenizer(self._tokenizer_json)
        self._tokenizer.enable_truncation(
            self.MAX_TOKENS, stride=self.STRIDE_TOKENS, strategy="only_second"
        )
        self._tokenizer.no_padding()
        self._input_names = [node.name for node in self._session.get_inputs()]

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        """See `Runner`.

        Each window is run alone. A batch is padded to its longest window, which takes a quarter
        more time, and changes the last digits of a window's logits with what is read beside it.
        """
        question = self.part_read(question)
        rows = self._tokenizer.encode_batch([(question, text) for text in texts])
        windows = [
            (number, window)
            for number, row in enumerate(rows)
            for window in (row, *row.overflowing)
        ]
        return [
            _logits_of_text(number, window, *self._logits(window)) for number, window in windows
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
