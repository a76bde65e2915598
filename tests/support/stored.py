"""Articles in files and stores, and the contents of a store, however they got there."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from index.question import Question
from index.report import SyncReport
from index.search import Query, search
from index.split import split
from index.store.limits import Limits
from index.store.local import LocalStore
from index.store.protocol import Entry, Store
from index.sync import sync
from index.types import Article, Hit, Span
from index.wording import encoded_text
from tests.support.encoder import HashedWordsEncoder

WORDS = "river mountain city queen king war peace trade boat field".split()

ENCODER = HashedWordsEncoder()
QUERY = ENCODER.encode_query("The queen of the river.")

Contents = dict[tuple[str, int, int, str], float]


SEGMENTED = Limits(large=0, in_memory=2, in_memory_while_indexing=4, segment=5)
"""Of a store that keeps even few vectors in segments, and words in lists."""


def opened(
    folder: Path, identity: str = "hashed words", limits: Limits | None = None
) -> LocalStore:
    return LocalStore(folder, dimension=ENCODER.dimension, identity=identity, limits=limits)


def entry(name: str, text: str, title: str = "") -> Entry:
    """Return an article, split and encoded as a sync would do. Its title is its name by default."""
    digest = sha256(text.encode()).hexdigest()
    article = Article(name, f"/{name}", title or name.upper(), text, digest)
    spans = split(article, count_tokens=ENCODER.count_tokens, max_tokens=ENCODER.max_tokens)
    vectors = [ENCODER.encode_query(encoded_text(article, span)) for span in spans]
    return Entry(article, spans, vectors)


def contents(store: Store) -> Contents:
    """Return every passage's cosine with one query and its BM25 for each word, by its place."""
    found: Contents = {}
    with store.snapshot() as view:
        cosines = view.nearest(QUERY, 100_000)
        scores = [(word, view.matching([word], 100_000)) for word in WORDS]
        for what, ranking in [("cosine", cosines), *scores]:
            places = view.passages([id for id, _ in ranking])
            assert len(places) == len(ranking), f"{what} of passages that are not stored"
            for id, score in ranking:
                place = places[id]
                text = view.article(place.article).text[place.span.start : place.span.end]
                found[place.article, place.span.start, place.span.end, f"{what} in {text}"] = score
    return found


def article(store: Store, name: str) -> Article:
    """Return an article as it is stored now."""
    with store.snapshot() as view:
        return view.article(name)


def hits_in(
    store: Store,
    question: str,
    k: int,
    *,
    also: Sequence[Query] = (),
    articles: Sequence[str] | None = None,
) -> list[Hit]:
    """Return what a search finds in a store as it is now."""
    with store.snapshot() as view:
        return search(view, ENCODER, Question(question), k, also=also, articles=articles)


def paragraph(number: int) -> str:
    """Return a unique paragraph that is long enough to be a passage of its own."""
    return " ".join(f"{word}{number}" for word in WORDS * 5) + "."


class Files:
    """Articles in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def sync_into(self, store: Store, encoder: HashedWordsEncoder | None = None) -> SyncReport:
        return sync(store, encoder or HashedWordsEncoder(), [str(self.folder)])

    def fresh_contents(self, at: Path) -> Contents:
        with opened(at / "alone") as store:  # beside no other store that it could use
            self.sync_into(store)
            return contents(store)


Found = list[tuple[int, str, Span, float, float, float]]


def found(hits: Sequence[Hit]) -> Found:
    """Return all values of each hit, in the order of the hits."""
    return [(h.rank, h.passage.article.id, h.passage.span, h.score, h.cosine, h.bm25) for h in hits]


def no_room(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
