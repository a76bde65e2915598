"""Turns texts into vectors, with onnxruntime or, if need be, with sentence-transformers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelDamaged
from index.models.batches import batches_of_equal_length, in_threads
from index.models.export import export, load, max_tokens, token_counter
from index.models.find import ModelFolder, slug
from index.models.manifest import Manifest
from index.models.onnx import OnnxRunner, TokenCounter
from index.types import EncodedPart

if TYPE_CHECKING:
    from tokenizers import Encoding

    from index.types import Encoder, Notify, Vector

CORES = os.cpu_count() or 1
PASSAGES_AT_ONCE = 128 * CORES
"""One to a few seconds of work. Among so many, most have others of their length."""
GPU_PASSAGES_AT_ONCE = 4096
"""About a second of work for a fast one."""
GPU_PART = 1024
"""Encoded by it between two reports of progress."""
GPU_BATCH = 256
"""An H100 encodes 3,065 passages a second in batches of 256, and 2,328 in batches of 64."""
CPU_PART = 8 * CORES
"""Encoded by sentence-transformers on a CPU between two reports of progress."""
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
        self.folder = folder
        self.manifest = manifest
        self._query_runner = OnnxRunner(folder, threads=CORES)
        self._passage_runner: OnnxRunner | None = None
        self._counter: TokenCounter | None = None
        self.name = manifest.name
        self.fingerprint = manifest.fingerprint
        self.dimension = manifest.dimension
        self.max_tokens = manifest.max_tokens
        self.passages_at_once = PASSAGES_AT_ONCE

    def encode_query(self, question: str) -> Vector:
        """See `Encoder`."""
        vector: Vector = self._query_runner.run([self.manifest.query_prompt + question])[0]
        return vector

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """See `Encoder`."""
        return assembled(self.encode_in_parts(texts), len(texts), self.dimension)

    def encode_in_parts(self, texts: Sequence[str]) -> Generator[EncodedPart, None, None]:
        """See `Encoder`. The vector of a text is the same to the bit whatever it is encoded with.

        Each core runs its own batch on one thread. Running one batch at a time on all cores is
        slower, because every operation waits for its slowest thread.
        """
        if self._passage_runner is None:
            self._passage_runner = OnnxRunner(self.folder, threads=1)
        runner = self._passage_runner
        rows = runner.tokenize([self.manifest.passage_prompt + text for text in texts])
        encode = partial(_encoded, runner, rows)
        yield from in_threads(encode, batches_of_equal_length(list(map(len, rows))), CORES)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Encoder`."""
        # A token has at least one character, so none of these texts is cut.
        if all(len(text) < self.max_tokens for text in texts):
            return self._query_runner.count_tokens(texts)
        if self._counter is None:  # only indexing needs it
            self._counter = TokenCounter(self._query_runner.tokenizer_json)
        return self._counter.count(texts)


def _encoded(runner: OnnxRunner, rows: Sequence[Encoding], batch: Sequence[int]) -> EncodedPart:
    return EncodedPart(batch, runner.run_tokens([rows[number] for number in batch]))


def assembled(parts: Iterable[EncodedPart], count: int, dimension: int) -> Vector:
    """Return the vectors of all parts in the order of their texts: shape (count, dimension)."""
    import numpy as np

    vectors = np.empty((count, dimension), dtype=np.float32)
    for part in parts:
        vectors[part.numbers] = part.vectors
    return vectors


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
        is_cpu = device == "cpu"
        self.passages_at_once = PASSAGES_AT_ONCE if is_cpu else GPU_PASSAGES_AT_ONCE
        self._part = CPU_PART if is_cpu else GPU_PART

    def encode_query(self, question: str) -> Vector:
        """See `Encoder`."""
        vector: Vector = self._model.encode_query(
            question, normalize_embeddings=True, show_progress_bar=False
        )
        return vector

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """See `Encoder`."""
        return assembled(self.encode_in_parts(texts), len(texts), self.dimension)

    def encode_in_parts(self, texts: Sequence[str]) -> Generator[EncodedPart, None, None]:
        """See `Encoder`."""
        longest_first = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        for first in range(0, len(texts), self._part):
            numbers = longest_first[first : first + self._part]
            vectors = self._model.encode_document(
                [texts[number] for number in numbers],
                batch_size=min(self._part, GPU_BATCH),
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            yield EncodedPart(numbers, vectors)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Encoder`."""
        return self._counter.count(texts)
