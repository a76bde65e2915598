"""Opens a corpus with the model and the reader that its settings name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from index.models.encoder import open_encoder
from index.models.find import find_model
from index.models.ray_encoder import RayEncoder
from index.scan import Source, corpus_root
from index.types import Encoder, Notify
from qa.corpus import DEFAULTS, Corpus
from qa.folders import sample_article
from qa.reader.open import open_reader
from qa.settings import Settings
from qa.types import Reader


@dataclass(frozen=True, slots=True)
class Models:
    """What finds passages and reads them. Any number of corpora may use them, in any threads."""

    encoder: Encoder
    reader: Reader


def open_models(settings: Settings, *, notify: Notify) -> Models:
    """Return the model and the reader that the settings name. Raises: ModelError."""
    model = find_model(settings.model, download=settings.download, notify=notify)
    encoder = open_encoder(model, settings.models_path, device=settings.device, notify=notify)
    if settings.ray:
        encoder = RayEncoder(encoder, settings.ray)
    return Models(encoder, open_reader(settings, notify=notify))


def open_corpus(
    *paths: str | Path,
    settings: Settings = DEFAULTS,
    stdin: Source | None = None,
    notify: Notify = str,
    models: Callable[[Notify], Models] | None = None,
) -> Corpus:
    """Return a corpus of files, folders, web addresses or "-"; by default, the sample article.

    "-" is standard input. Addresses that have no snapshot yet are fetched.

    stdin: standard input, if it has been read already.
    notify: called with a sentence before slow steps and when a fallback is used.
    models: called with `notify` for the models to use; by default, they are opened.

    Raises: ArticleError when a path does not exist, ModelError, StoreError.
    """
    named = [str(path) for path in paths] or [str(sample_article())]
    root = corpus_root(named)  # fails before a model is loaded
    opened = models(notify) if models else open_models(settings, notify=notify)
    return Corpus(
        named,
        root=root,
        stdin=stdin,
        encoder=opened.encoder,
        reader=opened.reader,
        settings=settings,
        notify=notify,
    )
