"""Corpora that need no model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.corpus import Corpus
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from tests.support.encoder import HashedWordsEncoder

if TYPE_CHECKING:
    from index.store.protocol import OpenStore
    from index.types import Encoder, Notify
    from qa.types import Reader


def corpus_of(
    *paths: Path | str,
    stores: Path | str,
    encoder: Encoder | None = None,
    reader: Reader | None = None,
    open_store: OpenStore | None = None,
    notify: Notify = str,
    **settings: Any,
) -> Corpus:
    """Open a corpus that is searched with hashed words and answered with whole sentences.

    settings: other fields of `Settings`.
    """
    return Corpus(
        [str(path) for path in paths],
        encoder=encoder or HashedWordsEncoder(),
        reader=reader or SentenceReader(),
        settings=Settings(store=stores, **settings),
        open_store=open_store,
        notify=notify,
    )
