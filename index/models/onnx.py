"""Runs the files of an exported model; the only importer of onnxruntime and tokenizers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelDamaged, ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

    from index.types import Vector

ONNX = "model.onnx"
ONNX_WEIGHTS = "model.onnx.weights"
TOKENIZER = "tokenizer.json"


class OnnxRunner:
    """The exported pipeline: texts to unit vectors, prompts not added."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Open the files of an export, to run a batch on so many threads.

        Raises: ModelError when they cannot be read.
        """
        self._session, self.tokenizer_json = _opened(folder, threads)
        self._tokenizer = _tokenizer(self.tokenizer_json)
        self._input_names = [node.name for node in self._session.get_inputs()]

    def run(self, texts: Sequence[str]) -> Vector:
        """Return the vectors of one batch: float32, shape (len(texts), dimension)."""
        import numpy as np

        encodings = self._tokenizer.encode_batch_fast(list(texts))
        (vectors,) = self._session.run(None, _inputs(encodings, self._input_names))
        result: Vector = np.asarray(vectors, dtype=np.float32)
        return result


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a reading model makes of one window of a text, by its word pieces."""

    text: int
    """Which of the texts, from 0."""
    offsets: list[tuple[int, int]]
    """Start and end of each piece, in code points of the text."""
    words: list[int | None]
    """Which word a piece is of: pieces of one word have the same number."""
    starts: Vector
    """Logits that the answer starts with a piece: float32, shape (pieces,)."""
    ends: Vector
    """Logits that it ends with a piece: float32, shape (pieces,)."""
    null: float
    """Logit that the window does not answer; comparable to a start and an end added up."""


class PairRunner:
    """An exported reading model: a question and texts to where the answer starts and ends."""

    MAX_TOKENS = 384
    """Of question and text together; longer texts are read in windows."""
    STRIDE_TOKENS = 96
    """That one window shares with the next."""
    MAX_QUESTION_TOKENS = 96
    """The rest of a question is not read."""

    def __init__(self, folder: Path, threads: int) -> None:
        """Open the files of an export. Raises: ModelError when they cannot be read."""
        self._session, tokenizer_json = _opened(folder, threads)
        self._tokenizer = _tokenizer(tokenizer_json)
        self._tokenizer.enable_truncation(
            self.MAX_TOKENS, stride=self.STRIDE_TOKENS, strategy="only_second"
        )
        self._tokenizer.enable_padding()
        self._tokenizer_json = tokenizer_json
        self._input_names = [node.name for node in self._session.get_inputs()]

    def run(self, question: str, texts: Sequence[str]) -> list[ReadText]:
        """Return what the model makes of each text, or each window of it, in order."""
        if len(question) > self.MAX_QUESTION_TOKENS:  # a piece has one character or more
            question = self._cut(question)
        rows = self._tokenizer.encode_batch([(question, text) for text in texts])
        windows = [
            (number, window)
            for number, row in enumerate(rows)
            for window in (row, *row.overflowing)
        ]
        inputs = _inputs([window for _, window in windows], self._input_names)
        starts, ends = self._session.run(["start", "end"], inputs)
        return [
            _read_text(number, window, start, end)
            for (number, window), start, end in zip(windows, starts, ends, strict=True)
        ]

    def _cut(self, question: str) -> str:
        tokenizer = _tokenizer(self._tokenizer_json)
        tokenizer.no_padding()
        tokenizer.no_truncation()
        pieces = tokenizer.encode(question, add_special_tokens=False).offsets
        if len(pieces) <= self.MAX_QUESTION_TOKENS:
            return question
        return question[: pieces[self.MAX_QUESTION_TOKENS][0]]


def _read_text(number: int, window: Encoding, starts: Vector, ends: Vector) -> ReadText:
    inside = [place for place, of in enumerate(window.sequence_ids) if of == 1]
    return ReadText(
        text=number,
        offsets=[window.offsets[place] for place in inside],
        words=[window.word_ids[place] for place in inside],
        starts=starts[inside],
        ends=ends[inside],
        null=float(starts[0] + ends[0]),
    )


def _inputs(encodings: Sequence[Encoding], names: Sequence[str]) -> dict[str, NDArray[np.int64]]:
    """Return the inputs of a batch by name: swapped ones would give results that look right."""
    import numpy as np

    inputs = {
        "input_ids": np.array([row.ids for row in encodings], dtype=np.int64),
        "attention_mask": np.array([row.attention_mask for row in encodings], dtype=np.int64),
        "token_type_ids": np.array([row.type_ids for row in encodings], dtype=np.int64),
    }
    return {name: inputs[name] for name in names}


def _opened(folder: Path, threads: int) -> tuple[InferenceSession, str]:
    """Open an exported model and its tokenizer. Raises: ModelError."""
    import numpy as np  # noqa: F401  first: interrupted in it, onnxruntime says it is missing

    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when it is loaded: nothing is to be sent
    try:
        import onnxruntime
    except ImportError as error:  # also what becomes of an interrupt while it is loaded
        raise ModelError(
            f"onnxruntime cannot be loaded: {error}",
            "Try again; if it stays so: pip install --force-reinstall onnxruntime tokenizers",
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors reach us as exceptions
    # Threads that wait for more work at full speed take the cores from all else in the process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(
            str(folder / ONNX), options, providers=["CPUExecutionProvider"]
        )
        tokenizer_json = (folder / TOKENIZER).read_text("utf-8")
        _tokenizer(tokenizer_json)
    # onnxruntime and tokenizers raise bare exceptions of many classes for a damaged file.
    except Exception as error:
        raise ModelDamaged(
            f"The model in {folder} cannot be read: {error}",
            "One that was exported is made again after `qa status --clear`; "
            "one that comes along, after `pip install --force-reinstall article-qa`.",
        ) from error
    return session, tokenizer_json


def _tokenizer(tokenizer_json: str) -> Tokenizer:
    from tokenizers import Tokenizer

    return Tokenizer.from_str(tokenizer_json)


class TokenCounter:
    """Counts word pieces; with a tokenizer of its own, since the one that encodes cuts texts."""

    def __init__(self, tokenizer_json: str) -> None:
        """tokenizer_json: a tokenizer as its library writes it."""
        self._tokenizer = _tokenizer(tokenizer_json)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count(self, texts: Sequence[str], *, with_special: bool = False) -> list[int]:
        """Return how many word pieces each text has, special ones not included unless asked for."""
        rows = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=with_special)
        return [len(row.ids) for row in rows]
