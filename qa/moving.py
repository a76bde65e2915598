"""Moves a corpus to another store or machine without encoding it again: its vectors, in a file.

Example:
    with open_corpus("notes/") as corpus:
        corpus.sync()
        export_vectors(corpus, Path("notes.vectors"))

    with open_corpus("notes/", settings=elsewhere) as corpus, vectors_in(file, corpus) as known:
        corpus.sync(known=known)  # encodes only what has changed since
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from index.store.exported import About, ExportedVectors, check_replaceable, export
from index.types import Encoder
from qa.corpus import Corpus
from qa.identity import store_identity


def check_export_file(file: Path) -> None:
    """Raise StoreError if `export_vectors` could not write this file, before there is work done."""
    check_replaceable(file)


def export_vectors(
    corpus: Corpus, file: Path, on_count: Callable[[int, int], object] = lambda *_: None
) -> int:
    """Write the vectors of all indexed passages to a file, and return how many there are.

    on_count: called with the number of articles done, and of all.

    Raises: StoreError if the file cannot be written, or is something else than an earlier export.
    """
    return corpus.read(lambda view: export(view, file, _about(corpus.encoder), on_count))


def vectors_in(file: Path, corpus: Corpus) -> ExportedVectors:
    """Return the vectors in a file, for `Corpus.sync`.

    Raises: StoreError if the file is damaged, or made with another model or version.
    """
    return ExportedVectors(file, _about(corpus.encoder))


def _about(encoder: Encoder) -> About:
    return About(store_identity(encoder), encoder.name, encoder.dimension)
