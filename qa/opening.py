"""Opens a corpus with the model and the reader that its settings name."""

from __future__ import annotations

from pathlib import Path

from index.models.encoder import open_encoder
from index.models.find import find_model
from index.scan import Source, corpus_root
from index.types import Notify
from qa.corpus import DEFAULTS, Corpus
from qa.folders import sample_article
from qa.reader.open import open_reader
from qa.settings import Settings


def open_corpus(
    *paths: str | Path,
    settings: Settings = DEFAULTS,
    stdin: Source | None = None,
    notify: Notify = str,
) -> Corpus:
    """Return a corpus of files, folders, web addresses or "-"; by default, the sample article.

    "-" is standard input. Addresses that have no snapshot yet are fetched.

    stdin: standard input, if it has been read already.
    notify: called with a sentence before slow steps and when a fallback is used.

    Raises: ArticleError when a path does not exist, ModelError, StoreError.
    """
    named = [str(path) for path in paths] or [str(sample_article())]
    root = corpus_root(named)  # fails before a model is loaded
    model = find_model(settings.model, download=settings.download, notify=notify)
    encoder = open_encoder(model, settings.models_path, device=settings.device, notify=notify)
    reader = open_reader(settings, notify=notify)
    return Corpus(
        named,
        root=root,
        stdin=stdin,
        encoder=encoder,
        reader=reader,
        settings=settings,
        notify=notify,
    )
