"""Turns texts into vectors, with onnxruntime or, if need be, with sentence-transformers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelDamaged
from index.models.export import export, load, max_tokens, token_counter
from index.models.find import ModelFolder, slug
from index.models.manifest import Manifest
from index.models.onnx import OnnxRunner, TokenCounter

if TYPE_CHECKING:
    from index.types import Encoder, Notify, Vector

BATCH_TEXTS = 4
"""Small batches of texts of similar length need little padding; padding is as slow as text."""
CORES = os.cpu_count() or 1
IDENTITY_DIGITS = 16


def open_encoder(
    model: ModelFolder, models: Path, *, device: str = "cpu", notify: Notify
) -> Encoder:
    """Return an encoder that runs `model`. On first use, the model is exported.

    models: the folder of exported models.
    device: a torch device; any other than "cpu" runs through sentence-transformers.
    notify: called with a message when something takes a while or the model cannot be exported.

    Raises: ModelError.
    """
    if device != "cpu":
        return SentenceTransformersEncoder(model, device)
    folder = export_folder(model, models)
    manifest = Manifest.read(folder)
    if manifest is None:
        notify(f"Preparing the model {model.name} (once, about 15 s)")
        manifest = export(model, folder)
    if manifest.not_exported:
        notify(f"{model.name} runs through sentence-transformers: {manifest.not_exported}")
        return SentenceTransformersEncoder(model, device)
    try:
        return OnnxEncoder(folder, manifest)
    except ModelDamaged:
        shutil.rmtree(folder, ignore_errors=True)
        notify(f"The exported model {model.name} is damaged; exporting it again")
        return OnnxEncoder(folder, export(model, folder))


def export_folder(model: ModelFolder, models: Path) -> Path:
    """Return the folder for the export of `model` in `models`; it may not exist yet."""
    return models / f"{slug(model.name)}-{model.identity[:IDENTITY_DIGITS]}"


class OnnxEncoder:
    """An encoder that runs an exported model: see `index.types.Encoder`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open an export. Raises: ModelError."""
        self._folder = folder
        self._manifest = manifest
        self._query_runner = OnnxRunner(folder, threads=CORES)
        self._passage_runner: OnnxRunner | None = None
        self._counter: TokenCounter | None = None
        self.name = manifest.name
        self.fingerprint = manifest.fingerprint
        self.dimension = manifest.dimension
        self.max_tokens = manifest.max_tokens

    def encode_query(self, question: str) -> Vector:
        """See `Encoder`."""
        vector: Vector = self._query_runner.run([self._manifest.query_prompt + question])[0]
        return vector

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """See `Encoder`.

        Each core runs its own batch on one thread. Running one batch at a time on all cores is
        slower, because every operation waits for its slowest thread.
        """
        import numpy as np

        if self._passage_runner is None:
            self._passage_runner = OnnxRunner(self._folder, threads=1)
        run = self._passage_runner.run
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))

        def encode(rows: Sequence[int]) -> None:
            vectors[rows] = run([self._manifest.passage_prompt + texts[i] for i in rows])

        batches = [by_length[i : i + BATCH_TEXTS] for i in range(0, len(texts), BATCH_TEXTS)]
        pool = ThreadPoolExecutor(CORES)
        try:
            list(pool.map(encode, batches))
        finally:
            pool.shutdown(cancel_futures=True)  # on an interrupt, don't wait for the rest
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Encoder`."""
        # A token has at least one character, so none of these texts is cut.
        if all(len(text) < self.max_tokens for text in texts):
            return self._query_runner.count_tokens(texts)
        if self._counter is None:  # only indexing needs it
            self._counter = TokenCounter(self._query_runner.tokenizer_json)
        return self._counter.count(texts)


class SentenceTransformersEncoder:
    """An encoder that runs sentence-transformers, on any torch device."""

    def __init__(self, model: ModelFolder, device: str) -> None:
        """Load the model. Raises: ModelError."""
        self._model = load(model, device)
        self._counter = token_counter(self._model)
        self.name = model.name
        self.fingerprint = model.fingerprint()
        self.dimension = self._model.get_embedding_dimension() or 0
        self.max_tokens = max_tokens(self._model)

    def encode_query(self, question: str) -> Vector:
        """See `Encoder`."""
        vector: Vector = self._model.encode_query(
            question, normalize_embeddings=True, show_progress_bar=False
        )
        return vector

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """See `Encoder`."""
        vectors: Vector = self._model.encode_document(
            list(texts), normalize_embeddings=True, show_progress_bar=False
        )
        return vectors.reshape(len(texts), self.dimension)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Encoder`."""
        return self._counter.count(texts)
