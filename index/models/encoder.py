"""Texts to vectors: picks how a model is run, and exports it the first time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelDamaged
from index.models.export import SentenceTransformersEncoder, export
from index.models.find import ModelFolder, Notify, slug
from index.models.manifest import Manifest
from index.models.onnx import OnnxRunner, TokenCounter

if TYPE_CHECKING:
    from index.types import Encoder, Vector

BATCH_TEXTS = 4
"""Small batches of texts of like length waste little on padding, which costs as much as words."""
CORES = os.cpu_count() or 1
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
    except ModelDamaged:  # since it was written
        shutil.rmtree(folder, ignore_errors=True)
        notify(f"The exported model {model.name} was damaged and is made again")
        return OnnxEncoder(folder, export(model, folder))


def export_folder(model: ModelFolder, cache: Path) -> Path:
    """Return where the export of `model` stands, or will."""
    return cache / "models" / f"{slug(model.name)}-{model.identity[:IDENTITY_DIGITS]}"


class OnnxEncoder:
    """An encoder that runs an exported model: see `index.types.Encoder`."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open an export. Raises: ModelError."""
        self._folder = folder
        self._manifest = manifest
        self._asking = OnnxRunner(folder, threads=CORES)
        self._indexing: OnnxRunner | None = None
        self._counter: TokenCounter | None = None
        self.name = manifest.name
        self.fingerprint = manifest.fingerprint
        self.dimension = manifest.dimension
        self.max_tokens = manifest.max_tokens

    def encode_query(self, question: str) -> Vector:
        """See `Encoder`."""
        vector: Vector = self._asking.run([self._manifest.query_prompt + question])[0]
        return vector

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """See `Encoder`.

        A batch a core, each on one thread, is faster than all cores on one batch after the other:
        nothing waits for the slowest thread of every single operation.
        """
        import numpy as np

        if self._indexing is None:
            self._indexing = OnnxRunner(self._folder, threads=1)
        run = self._indexing.run
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))

        def encode(rows: Sequence[int]) -> None:
            vectors[rows] = run([self._manifest.passage_prompt + texts[i] for i in rows])

        batches = [by_length[i : i + BATCH_TEXTS] for i in range(0, len(texts), BATCH_TEXTS)]
        pool = ThreadPoolExecutor(CORES)
        try:
            list(pool.map(encode, batches))
        finally:
            pool.shutdown(cancel_futures=True)  # so that an interrupt does not wait for all
        return vectors

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Encoder`."""
        if self._counter is None:  # only indexing counts
            self._counter = TokenCounter(self._asking.tokenizer_json)
        return self._counter.count(texts)
