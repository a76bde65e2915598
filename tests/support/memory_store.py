"""The simplest possible store, in memory: does what `Store` promises, without SQLite and FAISS.

Vectors are compared with numpy, and BM25 is computed from its formula. FTS5 splits and stems the
words, as for every store: a tokenizer of its own would only test itself.
"""

from __future__ import annotations

import math
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.errors import StoreDamaged
from index.store.protocol import (
    Entry,
    FileRecord,
    Ranking,
    Size,
    Store,
    StoredPassage,
    StoreHandle,
)
from index.store.recovering import RecoveringStore
from index.types import Article, Notify, Span
from index.wording import Searched, encoded_text, searched_words
from index.words import INSERT, PATH_WEIGHT, TEXT_WEIGHT, TITLE_WEIGHT, WORDS_TABLE, composed

if TYPE_CHECKING:
    from index.types import Vector

K1, B = 1.2, 0.75
MIN_IDF = 1e-6
"""For a word in more than half of the passages, as in FTS5."""
WEIGHTS = (TEXT_WEIGHT, TITLE_WEIGHT, PATH_WEIGHT)
Fields = tuple[list[str], ...]
"""The stemmed words of a passage by field: its text, its title, and what is above it."""


def tokenized(texts: Sequence[str]) -> list[list[str]]:
    """Return the stemmed words of each text, in order."""
    tokens: list[list[str]] = [[] for _ in texts]
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute(WORDS_TABLE)
        db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(words, instance)")
        rows = ((number, composed(text), "", "") for number, text in enumerate(texts))
        db.executemany(INSERT, rows)
        for number, token in db.execute("SELECT doc, term FROM v ORDER BY doc, offset"):
            tokens[number].append(token)
    return tokens


def occurrences(phrase: Sequence[str], tokens: Sequence[str]) -> int:
    length = len(phrase)
    starts = range(len(tokens) - length + 1) if phrase else ()
    return sum(list(tokens[start : start + length]) == list(phrase) for start in starts)


@dataclass(frozen=True)
class _Passage:
    article: str
    span: Span
    words: Searched
    encoded: str
    vector: Vector


@dataclass(frozen=True)
class _State:
    """Everything that is stored; never changed, only replaced."""

    articles: Mapping[str, Article] = field(default_factory=dict)
    passages: Mapping[int, _Passage] = field(default_factory=dict)
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    next_id: int = 1

    def without(self, id: str) -> _State:
        articles = {name: article for name, article in self.articles.items() if name != id}
        passages = {n: p for n, p in self.passages.items() if p.article != id}
        return replace(self, articles=articles, passages=passages)

    def with_entry(self, entry: Entry) -> _State:
        article = entry.article
        others = self.without(article.id)
        passages = dict(others.passages)
        number = self.next_id
        for span, vector in zip(entry.spans, entry.vectors, strict=True):
            halves = vector.astype(np.float16).astype(np.float32)
            words, encoded = searched_words(article, span), encoded_text(article, span)
            passages[number] = _Passage(article.id, span, words, encoded, halves)
            number += 1
        articles = {**others.articles, article.id: article}
        return replace(others, articles=articles, passages=passages, next_id=number)


class MemoryView:
    """See `View`."""

    def __init__(self, state: _State) -> None:
        self._state = state

    def passage_count(self, articles: Sequence[str] | None = None) -> int:
        return len(self._ids(articles))

    def nearest(self, query: Vector, k: int, articles: Sequence[str] | None = None) -> Ranking:
        ids = self._ids(articles)
        cosines = self.cosines(query, ids)
        order = np.argsort(-np.array(cosines), kind="stable")[:k]
        return [(ids[place], cosines[place]) for place in order]

    def min_cosine(self, query: Vector, articles: Sequence[str] | None = None) -> float:
        return min(self.cosines(query, self._ids(articles)), default=0.0)

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        return [float(self._passage(id).vector @ query) for id in ids]

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> Ranking:
        phrases = tokenized(words)
        tokens = dict(zip(self._state.passages, self._tokens(), strict=True))
        lengths = {id: sum(map(len, fields)) for id, fields in tokens.items()}
        average = sum(lengths.values()) / max(1, len(tokens))
        scores = dict.fromkeys(tokens, 0.0)
        matched = set()
        for phrase in phrases:
            counts = {id: [occurrences(phrase, own) for own in tokens[id]] for id in tokens}
            holding = [id for id, own in counts.items() if any(own)]
            rarity = (len(tokens) - len(holding) + 0.5) / (len(holding) + 0.5)
            idf = max(MIN_IDF, math.log(rarity))
            for id in holding:
                length = 1 - B + B * lengths[id] / average
                count = sum(w * own for w, own in zip(WEIGHTS, counts[id], strict=True))
                scores[id] += idf * count * (K1 + 1) / (count + K1 * length)
            matched.update(holding)
        among = matched.intersection(self._ids(articles))
        return sorted(((id, scores[id]) for id in among), key=lambda pair: (-pair[1], pair[0]))[:k]

    def unknown_words(
        self, words: Sequence[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        chosen = set(self._ids(articles))
        tokens = [
            own
            for id, fields in zip(self._state.passages, self._tokens(), strict=True)
            for own in fields
            if id in chosen
        ]
        return [
            word
            for word, phrase in zip(words, tokenized(words), strict=True)
            if not any(occurrences(phrase, own) for own in tokens)
        ]

    def vectors(self, ids: Sequence[int]) -> Vector:
        return np.stack([self._passage(id).vector for id in ids])

    def passages_of(self, articles: Sequence[str]) -> list[int]:
        passages = self._state.passages
        spans = [(passages[id].span, id) for id in self._ids(articles)]
        return [id for name in articles for _, id in sorted(spans) if passages[id].article == name]

    def next_stem(self, start: str) -> str | None:
        stems = (stem for fields in self._tokens() for own in fields for stem in own)
        return min((stem for stem in stems if stem >= start), default=None)

    def with_stem(self, stem: str, k: int, articles: Sequence[str] | None = None) -> list[int]:
        chosen = set(self._ids(articles))
        tokens = zip(self._state.passages, self._tokens(), strict=True)
        return [id for id, own in tokens if id in chosen and any(stem in one for one in own)][:k]

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        found = {id: self._passage(id) for id in ids}
        return {id: StoredPassage(passage.article, passage.span) for id, passage in found.items()}

    def article(self, id: str) -> Article:
        if id not in self._state.articles:
            raise StoreDamaged(f"{id} is not stored")
        return self._state.articles[id]

    def titles(self) -> dict[str, str]:
        return {id: article.title for id, article in sorted(self._state.articles.items())}

    def first_titles(self, most: int) -> dict[str, str]:
        articles = self._state.articles
        return {id: articles[id].title for id in sorted(articles)[:most]}

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        articles = self._state.articles
        return {id: articles[id].sha256 for id in ids if id in articles}

    def size(self) -> Size:
        skipped = sum(bool(record.reason) for record in self._state.files.values())
        return Size(len(self._state.articles), len(self._state.passages), skipped, 0)

    def _ids(self, articles: Sequence[str] | None) -> list[int]:
        passages = self._state.passages.items()
        return [id for id, passage in passages if articles is None or passage.article in articles]

    def _passage(self, id: int) -> _Passage:
        if id not in self._state.passages:
            raise StoreDamaged(f"passage {id} is not stored")
        return self._state.passages[id]

    def _tokens(self) -> list[Fields]:
        words = [passage.words for passage in self._state.passages.values()]
        fields = [[w.text for w in words], [w.title for w in words], [w.path for w in words]]
        return list(zip(*map(tokenized, fields), strict=True))


class MemoryStore:
    """See `Store`."""

    def __init__(self) -> None:
        self._state = _State()
        self._cached: dict[str, Vector] = {}
        self._scanned = ""
        self._writing = threading.Lock()

    @property
    def rebuilt(self) -> str:
        return ""

    def close(self) -> None:
        pass

    @contextmanager
    def snapshot(self) -> Iterator[MemoryView]:
        yield MemoryView(self._state)

    def files(self, *, remarked: bool = False) -> dict[str, FileRecord]:
        files = self._state.files.items()
        return {id: one for id, one in files if not remarked or one.reason or one.detail}

    def scanned(self) -> str:
        return self._scanned

    def note_scan(self, digest: str) -> None:
        self._scanned = digest

    @contextmanager
    def writer(self, on_wait: Callable[[], object] = bool) -> Iterator[None]:
        while not self._writing.acquire(timeout=0.1):
            on_wait()
        try:
            yield
        finally:
            self._writing.release()

    def put(self, entries: Iterable[Entry], records: Mapping[str, FileRecord]) -> None:
        self._scanned = ""
        state = self._state
        for entry in entries:
            state = state.with_entry(entry)
        for id, record in records.items():
            if record.reason:
                state = state.without(id)
        self._state = replace(state, files={**state.files, **records})

    def remove(self, ids: Iterable[str]) -> None:
        self._scanned = ""
        state = self._state
        for id in ids:
            files = {name: record for name, record in state.files.items() if name != id}
            state = replace(state.without(id), files=files)
        self._state = state

    def cached_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        same = {
            id
            for id, stored in self._state.articles.items()
            if id == article.id or stored.sha256 == article.sha256
        }
        passages = self._state.passages.values()
        known = {p.encoded: p.vector for p in passages if p.article in same}
        known.update(self._cached)
        return {text: known[text] for text in texts if text in known}

    def cache_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        halves = vectors.astype(np.float16).astype(np.float32)
        self._cached.update(zip(texts, halves, strict=True))

    def clear_cached_vectors(self) -> None:
        self._cached.clear()

    def refresh(self) -> None:
        pass


def open_memory_store(
    folder: Path,
    *,
    dimension: int,
    identity: str,
    about: Mapping[str, str],
    fill: Callable[[Store], object],
    notify: Notify,
) -> StoreHandle:
    """See `OpenStore`. Nothing is written to the folder, and a damaged store is forgotten."""
    return RecoveringStore(
        MemoryStore, set_aside=lambda _: "the damaged one is gone", fill=fill, notify=notify
    )
