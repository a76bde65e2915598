"""Three short articles, and opening a corpus of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index.types import Notify
from qa.corpus import Corpus
from qa.reader.sentences import SentenceReader
from tests.support.corpora import corpus_of
from tests.support.encoder import HashedWordsEncoder
from tests.support.paths import SEED

NOTES = {
    "bridge.txt": "The bridge was built in 1932.\nIt spans the river at its widest place.\n",
    "castle.txt": "The castle was burned down by soldiers.\nIts owner was countess Helena.\n",
    "mill.txt": "The mill grinds barley and rye.\nA bridge leads to the mill.\n",
}


def write_notes(folder: Path) -> Path:
    """Write three short articles about different things, and return their folder."""
    folder.mkdir(exist_ok=True)
    for name, text in NOTES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def opens(
    stores: Path,
    *paths: Path,
    encoder: HashedWordsEncoder | None = None,
    reader: SentenceReader | None = None,
) -> Callable[[Notify], Corpus]:
    """Return a function that opens a corpus, by default of the sample article."""

    def open_corpus(notify: Notify) -> Corpus:
        return corpus_of(
            *(paths or [SEED]), stores=stores, encoder=encoder, reader=reader, notify=notify
        )

    return open_corpus
