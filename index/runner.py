"""Runs the files of an exported model; the only importer of onnxruntime and tokenizers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelError

if TYPE_CHECKING:
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
        import numpy as np  # noqa: F401  first: interrupted in it, onnxruntime says it is missing

        try:
            import onnxruntime
            from tokenizers import Tokenizer
        except ImportError as error:  # also what becomes of an interrupt while it is loaded
            raise ModelError(
                f"onnxruntime cannot be loaded: {error}",
                "Try again; if it stays so: pip install --force-reinstall onnxruntime tokenizers",
            ) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # errors reach us as exceptions
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / ONNX), options, providers=["CPUExecutionProvider"]
            )
            self.tokenizer_json = (folder / TOKENIZER).read_text("utf-8")
            self._tokenizer = Tokenizer.from_str(self.tokenizer_json)
        # onnxruntime and tokenizers raise bare exceptions of many classes for a damaged file.
        except Exception as error:
            raise ModelError(
                f"The exported model in {folder} cannot be read: {error}",
                "Remove it with `qa status --clear`; it is then made again.",
            ) from error
        self._input_names = [node.name for node in self._session.get_inputs()]

    def run(self, texts: Sequence[str]) -> Vector:
        """Return the vectors of one batch: float32, shape (len(texts), dimension)."""
        import numpy as np

        encodings = self._tokenizer.encode_batch_fast(list(texts))
        inputs = {
            "input_ids": np.array([row.ids for row in encodings], dtype=np.int64),
            "attention_mask": np.array([row.attention_mask for row in encodings], dtype=np.int64),
            "token_type_ids": np.array([row.type_ids for row in encodings], dtype=np.int64),
        }
        # By name: swapped inputs would give vectors that look right and are wrong.
        (vectors,) = self._session.run(None, {name: inputs[name] for name in self._input_names})
        result: Vector = np.asarray(vectors, dtype=np.float32)
        return result


class TokenCounter:
    """Counts word pieces; with a tokenizer of its own, since the one that encodes cuts texts."""

    def __init__(self, tokenizer_json: str) -> None:
        """tokenizer_json: a tokenizer as its library writes it."""
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_str(tokenizer_json)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()

    def count(self, texts: Sequence[str], *, with_special: bool = False) -> list[int]:
        """Return how many word pieces each text has, special ones not included unless asked for."""
        rows = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=with_special)
        return [len(row.ids) for row in rows]
