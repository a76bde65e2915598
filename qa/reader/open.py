"""Which reader is meant by a name: ours, any question-answering model on this machine, or none."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from index.errors import ModelDamaged, ModelError
from index.models.encoder import CORES, export_folder
from index.models.find import Notify, find_reader, hash_file
from index.models.manifest import Manifest
from index.models.onnx import ONNX, TOKENIZER, PairRunner
from qa.reader.reading import Reader
from qa.reader.sentences import SentenceReader
from qa.reader.spans import Rule, SpanReader
from qa.settings import BUNDLED_READER, NO_READER, Settings

MODEL = Path(__file__).with_name("model")
"""The model that comes along: `model.onnx`, `tokenizer.json`, `rule.json` and its card."""
RULE = "rule.json"
SHA256 = {
    ONNX: "e14923f8df0680d3948d14cee0c30d48020a19b28a8190b5d20d8c77158adcd6",
    RULE: "c24ce6f555b0e94f8fe094b28fa8ff4df49337be6757ff401a5377b7ac68342c",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of the files of MODEL, to be renewed with them; compared by `damaged_files` alone."""


def open_reader(settings: Settings, *, notify: Notify) -> Reader:
    """Return the reader that `settings` name.

    The bundled model; a reader of whole sentences, without a model; or an extractive
    question-answering model of the transformers library, which is exported to the cache the first
    time. Raises: ModelError.
    """
    name, min_confidence = settings.reader, settings.min_confidence
    if name == NO_READER:
        return SentenceReader() if min_confidence is None else SentenceReader(min_confidence)
    try:
        rule = Rule.read(MODEL / RULE)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"The reader that comes along cannot be read: {error}",
            "Reinstall it: pip install --force-reinstall article-qa; or use --reader none.",
        ) from error
    runner = PairRunner(MODEL, CORES) if name == BUNDLED_READER else _exported(settings, notify)
    return SpanReader(runner, rule, min_confidence=min_confidence)


def damaged_files() -> list[str]:
    """Return the names of the files of MODEL that are not as published, or cannot be read."""
    damaged = []
    for name, known in SHA256.items():
        try:
            if hash_file(MODEL / name) != known:
                damaged.append(name)
        except ModelError:
            damaged.append(name)
    return damaged


def _exported(settings: Settings, notify: Notify) -> PairRunner:
    """Return the model, exported first where it is not, or its export is damaged."""
    model = find_reader(settings.reader, download=settings.download, notify=notify)
    folder = export_folder(replace(model, name=f"reader-{model.name}"), settings.cache_path)
    if Manifest.read(folder) is None:
        from qa.reader.export import export_model

        notify(f"Preparing the reader {model.name}: once, about 15 seconds")
        export_model(model, folder)
    try:
        return PairRunner(folder, CORES)
    except ModelDamaged:  # since it was written
        from qa.reader.export import export_model

        notify(f"The exported reader {model.name} was damaged and is made again")
        shutil.rmtree(folder, ignore_errors=True)
        export_model(model, folder)
        return PairRunner(folder, CORES)
