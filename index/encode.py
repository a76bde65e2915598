"""Texts to vectors on onnxruntime; the only importer of onnxruntime and tokenizers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelError
from index.export import ONNX, TOKENIZER, Manifest, SentenceTransformersEncoder, export
from index.models import ModelFolder, Notify, slug

if TYPE_CHECKING:
    from index.types import Encoder, Vector

BATCH_TEXTS = 8
"""Small batches of texts of like length waste little on padding, which costs as much as words."""
IDENTITY_DIGITS = 16


def open_encoder(
    model: ModelFolder, cache: Path, *, device: str = "cpu", notify: Notify
) -> Encoder:
    """Return an encoder that runs `model`; the first time, export the model into `cache`.

    `notify` hears of what takes long and of what runs otherwise than usual.

    Raises: ModelError.
    """
    if device != "cpu":
        return SentenceTransformersEncoder(model, device)
    folder = export_folder(model, cache)
    manifest = Manifest.read(folder)
    if manifest is None:
        notify(f"Preparing the model {model.name}: once, about 15 seconds")
        manifest = export(model, folder)
    if manifest.not_exported:
        notify(f"{model.name} runs through sentence-transformers: {manifest.not_exported}")
        return SentenceTransformersEncoder(model, device)
    try:
        return OnnxEncoder(folder, manifest)
    except ModelError:  # damaged since it was written
        shutil.rmtree(folder, ignore_errors=True)
        notify(f"The exported model {model.name} was damaged and is made again")
        return OnnxEncoder(folder, export(model, folder))


def export_folder(model: ModelFolder, cache: Path) -> Path:
    """Return where the export of `model` stands, or will."""
    return cache / "models" / f"{slug(model.name)}-{model.identity[:IDENTITY_DIGITS]}"


class OnnxRunner:
    """The exported pipeline: texts to unit vectors, prompts not added."""

    def __init__(self, folder: Path) -> None:
        """Open the files of an export. Raises: ModelError when they cannot be read."""
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = os.cpu_count() or 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # errors reach us as exceptions
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / ONNX), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer_json = (folder / TOKENIZER).read_text("utf-8")
            self._tokenizer = Tokenizer.from_str(self._tokenizer_json)
        # onnxruntime and tokenizers raise bare exceptions of many classes for a damaged file.
        except Exception as error:
            raise ModelError(
                f"The exported model in {folder} cannot be read: {error}",
                "Remove it with `qa status --clear`; it is then made again.",
            ) from error
        self._input_names = [node.name for node in self._session.get_inputs()]
        self._counter: Tokenizer | None = None

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

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many word pieces each text has, special ones not included."""
        from tokenizers import Tokenizer

        if self._counter is None:  # a tokenizer of its own, since this one must not cut
            self._counter = Tokenizer.from_str(self._tokenizer_json)
            self._counter.no_truncation()
            self._counter.no_padding()
        rows = self._counter.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(row.ids) for row in rows]


class OnnxEncoder:
    """An encoder that runs an exported model: see `index.types.Encoder`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open an export. Raises: ModelError."""
        self._runner = OnnxRunner(folder)
        self._manifest = manifest
        self.name = manifest.name
        self.fingerprint = manifest.fingerprint
        self.dimension = manifest.dimension
        self.max_tokens = manifest.max_tokens

    def encode_query(self, question: str) -> Vector:
        """See `Encoder`."""
        vector: Vector = self._runner.run([self._manifest.query_prompt + question])[0]
        return vector

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """See `Encoder`."""
        import numpy as np

        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(texts), BATCH_TEXTS):
            rows = by_length[first : first + BATCH_TEXTS]
            vectors[rows] = self._runner.run(
                [self._manifest.passage_prompt + texts[i] for i in rows]
            )
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Encoder`."""
        return self._runner.count_tokens(texts)
