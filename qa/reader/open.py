"""Opens a reader by name: the bundled model, another model on this machine, or none."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from index.errors import ModelDamaged, ModelError
from index.models.encoder import CORES, export_folder
from index.models.find import find_reader, hash_file
from index.models.manifest import Manifest
from index.models.onnx import ONNX, TOKENIZER
from index.types import Notify
from qa.reader.decide import Calibration
from qa.reader.onnx import PairRunner
from qa.reader.remembered import RememberingRunner
from qa.reader.sentences import SentenceReader
from qa.reader.spans import SpanReader
from qa.settings import BUNDLED_READER, NO_READER, Settings
from qa.types import Reader

MODEL = Path(__file__).with_name("model")
"""The bundled model: `model.onnx`, `tokenizer.json`, `calibration.json` and its card."""
CALIBRATION = "calibration.json"
SHA256 = {
    ONNX: "2089119635758f44eca744f525126a0142b9a97443362202a4ac49d7fed177f2",
    CALIBRATION: "8a4bd6f3fd7b614541257128b8bbd5e30dba72d5ff5f45860369157e2ab5daec",
    TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
"""Of the files in MODEL; must change when they do. Only `damaged_files` checks it."""


def open_reader(settings: Settings, *, notify: Notify) -> Reader:
    """Return the reader named in the settings.

    That is the bundled model; whole sentences, without a model; or an extractive
    question-answering model of the transformers library, which is exported on first use.

    Raises: ModelError.
    """
    name, min_answered = settings.reader, settings.min_confidence
    if name == NO_READER:
        return SentenceReader() if min_answered is None else SentenceReader(min_answered)
    try:
        calibration = Calibration.read(MODEL / CALIBRATION)
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(
            f"The bundled reader cannot be read: {error}",
            "Reinstall it: pip install --force-reinstall article-qa; or use --reader none.",
        ) from error
    runner = PairRunner(MODEL, CORES) if name == BUNDLED_READER else _exported(settings, notify)
    return SpanReader(RememberingRunner(runner), calibration, min_answered=min_answered)


def damaged_files() -> list[str]:
    """Return the names of the files of MODEL that have changed or cannot be read."""
    damaged = []
    for name, known in SHA256.items():
        try:
            if hash_file(MODEL / name) != known:
                damaged.append(name)
        except ModelError:
            damaged.append(name)
    return damaged


def _exported(settings: Settings, notify: Notify) -> PairRunner:
    """Return the model, exported first if there is no export or a damaged one."""
    model = find_reader(settings.reader, download=settings.download, notify=notify)
    folder = export_folder(replace(model, name=f"reader-{model.name}"), settings.models_path)
    if Manifest.read(folder) is None:
        from qa.reader.export import export_model

        notify(f"Preparing the reader {model.name} (once, about 15 s)")
        export_model(model, folder)
    try:
        return PairRunner(folder, CORES)
    except ModelDamaged:  # some time after it was written
        from qa.reader.export import export_model

        notify(f"The exported reader {model.name} is damaged; exporting it again")
        shutil.rmtree(folder, ignore_errors=True)
        export_model(model, folder)
        return PairRunner(folder, CORES)
