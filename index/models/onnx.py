"""Runs an exported model. The only module that imports onnxruntime and tokenizers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
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

ModelFiles = Mapping[str, bytes]
"""The content of the files of an export, by name."""


class OnnxRunner:
    """Runs an exported pipeline, from texts to unit vectors. Does not add prompts."""

    def __init__(self, files: Path | ModelFiles, threads: int) -> None:
        """Open an export. files: its folder. threads: number of threads per batch.

        Raises: ModelError if the files cannot be read.
        """
        self._session, self.tokenizer_json = open_session(files, threads)
        self._tokenizer = parse_tokenizer(self.tokenizer_json)
        self._unpadded: Tokenizer | None = None
        self._input_names = [node.name for node in self._session.get_inputs()]

    def run(self, texts: Sequence[str]) -> Vector:
        """Return the vectors of one batch: float32, shape (len(texts), dimension)."""
        return self.run_tokens(self._tokenizer.encode_batch_fast(list(texts)))

    def tokenize(self, texts: Sequence[str]) -> list[Encoding]:
        """Return the tokens of each text, cut to what the model reads, without padding."""
        unpadded = self._unpadded
        if unpadded is None:
            unpadded = parse_tokenizer(self.tokenizer_json)
            unpadded.no_padding()
            self._unpadded = unpadded  # not before: another thread may use it
        rows: list[Encoding] = unpadded.encode_batch_fast(list(texts))
        return rows

    def run_tokens(self, rows: Sequence[Encoding]) -> Vector:
        """Return the vectors of texts of the same number of tokens, like `run`.

        May be called from several threads at once.
        """
        import numpy as np

        (vectors,) = self._session.run(None, inputs_by_name(rows, self._input_names))
        result: Vector = np.asarray(vectors, dtype=np.float32)
        return result

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has if none is cut, special tokens excluded."""
        rows = (self._tokenizer.encode(text, add_special_tokens=False) for text in texts)
        return [sum(row.attention_mask) for row in rows]


def inputs_by_name(
    encodings: Sequence[Encoding], names: Sequence[str]
) -> dict[str, NDArray[np.int64]]:
    """Return the inputs of a batch by name. In a wrong order, they give plausible wrong results."""
    import numpy as np

    inputs = {
        "input_ids": np.array([row.ids for row in encodings], dtype=np.int64),
        "attention_mask": np.array([row.attention_mask for row in encodings], dtype=np.int64),
        "token_type_ids": np.array([row.type_ids for row in encodings], dtype=np.int64),
    }
    return {name: inputs[name] for name in names}


def open_session(files: Path | ModelFiles, threads: int) -> tuple[InferenceSession, str]:
    """Open an exported model; return its session and its tokenizer as JSON.

    files: its folder, or what is in it.
    threads: number of threads per batch. `parse_tokenizer` reads the JSON. Raises: ModelError.
    """
    # First: if interrupted while it imports numpy, onnxruntime reports numpy as missing.
    import numpy as np  # noqa: F401

    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read on import
    try:
        import onnxruntime
    except ImportError as error:  # also after an interrupt during the import
        raise ModelError(
            f"onnxruntime cannot be loaded: {error}",
            "Try again. If that fails: pip install --force-reinstall onnxruntime tokenizers",
        ) from error
    where = f" in {files}" if isinstance(files, Path) else ""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised as exceptions anyway
    # Threads that spin while waiting take the cores from the rest of the process.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        if isinstance(files, Path):
            model: str | bytes = str(files / ONNX)
            tokenizer_json = (files / TOKENIZER).read_text("utf-8")
        else:
            model, tokenizer_json = files[ONNX], files[TOKENIZER].decode("utf-8")
            if weights := files.get(ONNX_WEIGHTS):
                options.add_external_initializers_from_files_in_memory(
                    [ONNX_WEIGHTS], [weights], [len(weights)]
                )
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        parse_tokenizer(tokenizer_json)
    # For a damaged file, onnxruntime and tokenizers raise exceptions of many classes.
    except Exception as error:
        raise ModelDamaged(
            f"The model{where} cannot be read: {error}",
            "For an exported model, run `qa status --clear` and ask again. "
            "For the bundled one: pip install --force-reinstall article-qa",
        ) from error
    return session, tokenizer_json


def parse_tokenizer(tokenizer_json: str) -> Tokenizer:
    """Return a new tokenizer from its JSON, with settings of its own."""
    from tokenizers import Tokenizer

    return Tokenizer.from_str(tokenizer_json)


class TokenCounter:
    """Counts tokens. Has its own tokenizer, because the one for encoding truncates texts."""

    def __init__(self, tokenizer_json: str) -> None:
        """tokenizer_json: as `open_session` returns it."""
        self._tokenizer = parse_tokenizer(tokenizer_json)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count(self, texts: Sequence[str], *, with_special: bool = False) -> list[int]:
        """Return how many tokens each text has. with_special: count special tokens too."""
        rows = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=with_special)
        return [len(row.ids) for row in rows]
