"""A store on Milvus; see `Store`. What a write does counts once its commit is there."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.engines.bm25 import forward_row, stems_of
from index.engines.milvus import passages as rows
from index.engines.milvus.cache import VectorCache
from index.engines.milvus.catalogue import ArticleHeader, Catalogue, Change
from index.engines.milvus.cleaning import clean, settle
from index.engines.milvus.client import Client, Row
from index.engines.milvus.lock import WriterLock
from index.engines.milvus.records import FULL_BYTES, Records, State, first_id
from index.engines.milvus.terms import Terms
from index.engines.milvus.view import MilvusView, content_of
from index.errors import StoreDamaged, StoreError
from index.store.protocol import Entry, FileRecord
from index.types import Article
from index.wording import encoded_text, searched_words

if TYPE_CHECKING:
    from index.types import Vector

FORMAT = 2
"""Increased with every change of what is stored; a store of another format is rebuilt."""
OTHER = "the store is from another version or model, or for other articles"


class MilvusStore:
    """See `Store`. Close it when it is no longer needed."""

    def __init__(
        self,
        client: Client,
        name: str,
        *,
        dimension: int,
        identity: str,
        about: Mapping[str, str],
    ) -> None:
        """Open or create a store. It is emptied if it has another identity, see `rebuilt`.

        Raises: StoreError.
        """
        self.rebuilt = ""
        self._client = client
        self._identity = f"{FORMAT}:{identity}"
        self._records = Records(client, name)
        self._lock = WriterLock(client, self._records.records)
        self._cache = VectorCache(client, self._records.records, dimension)
        self._by_content: dict[str, list[str]] | None = None
        """Ids of articles by the SHA-256 of their files, also of some that have been replaced."""
        self._listed_at = (0, 0)
        client.create(name, dimension)
        self._number = client.number(name)
        with self._identified(0):
            state = self._records.latest(None)
            if state and not self._is_alike(state.catalogue, dimension):
                state = self._replaced(name, dimension)
            self._state = state or self._begun(name, dimension, about)

    @contextlib.contextmanager
    def _identified(self, batch: int | None = None) -> Iterator[None]:
        """Let damage say which store it was seen in, and in which state; see `drop_damaged`."""
        try:
            yield
        except StoreDamaged as damage:
            seen = self._state.catalogue.batch if batch is None else batch
            damage.database = damage.database or (seen, self._number)
            raise

    def _replaced(self, name: str, dimension: int) -> State | None:
        """Empty a store that is of no use here, unless another process has just done it."""
        with self._lock.held():
            state = self._records.latest(None)
            if state and self._is_alike(state.catalogue, dimension):
                return state
            self.rebuilt = OTHER
            self._client.drop(name)  # with the claim of this process
            self._client.create(name, dimension)
            self._number = self._client.number(name)
        return None

    def _is_alike(self, catalogue: Catalogue, dimension: int) -> bool:
        return (catalogue.identity, catalogue.dimension) == (self._identity, dimension)

    def _begun(self, name: str, dimension: int, about: Mapping[str, str]) -> State:
        """Write the first state of a store, unless another process has just done it."""
        with self._lock.held():
            if state := self._records.latest(None):
                if self._is_alike(state.catalogue, dimension):
                    return state
                raise StoreError("Another version of this program uses the store.", "Try again.")
            self._client.clear_passages(name, dimension)
            epoch = self._records.new_batch(None)
            empty = Catalogue(self._identity, dimension, about, epoch)
            return self._records.write_full(State(empty, Terms(), 0, 0), self._lock.check)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[MilvusView]:
        """Return a view of the store as it is now; later changes do not show in it."""
        state = self._latest()
        try:
            with self._identified(state.catalogue.batch):
                yield MilvusView(self._client, self._records, state)
        except StoreDamaged as damage:
            # What was replaced is removed after a while, even if it is still being read.
            if self._latest().catalogue.moment != state.catalogue.moment:
                raise StoreError("The store changed while it was read.", "Ask again.") from damage
            raise

    def files(self, *, remarked: bool = False) -> dict[str, FileRecord]:
        """Return the record of each file, by article id; see `Store`."""
        files = self._latest().catalogue.files.items()
        return {id: one for id, one in files if not remarked or one.reason or one.detail}

    def scanned(self) -> str:
        """Return what `note_scan` noted, if nothing was stored or removed since; otherwise ""."""
        return self._records.scanned(self._latest().catalogue.batch)

    def note_scan(self, digest: str) -> None:
        """Note that the store is in step with a scan; see `Store`."""
        before = self._state.catalogue.moment
        if self._latest().catalogue.moment == before and self.scanned() != digest:
            self._records.note_scan(self._state.catalogue.batch, digest)

    @contextlib.contextmanager
    def writer(self, on_wait: Callable[[], object] = bool) -> Iterator[None]:
        """Hold the lock for changing the store; see `Store`."""
        with self._lock.held(on_wait), self._identified():
            settle(self._client, self._records, self._latest().catalogue)
            self._state = clean(self._client, self._records, self._latest())
            self._by_content = None
            self._cache.forget()
            yield

    def put(self, entries: Iterable[Entry], records: Mapping[str, FileRecord]) -> None:
        """Store articles and records of files, all or nothing; see `Store`."""
        skipped = [name for name, record in records.items() if record.reason]
        wanted = {entry.article.id: entry for entry in entries}
        for entry in wanted.values():
            list(zip(entry.spans, entry.vectors, strict=True))
        kept = [entry for id, entry in wanted.items() if id not in skipped]
        headers = self._latest().catalogue.headers
        removed = [name for name in skipped if name in headers]
        self._write(Change(removed=removed, files=records), kept)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles and the records of their files; unknown ids are ignored."""
        catalogue, named = self._latest().catalogue, list(ids)
        removed = [id for id in named if id in catalogue.headers]
        forgotten = [id for id in named if id in catalogue.files]
        if removed or forgotten:
            self._write(Change(removed=removed, forgotten=forgotten))

    def cached_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of the texts that were encoded before; see `Store`."""
        known: dict[str, Vector] = {}
        with self._identified():
            state = self._state if self._lock.is_held else self._latest()
            view = MilvusView(self._client, self._records, state)
            same = self._same_content(state, article.sha256)
            for header in state.catalogue.chosen([article.id, *same]):
                stored, ids = view.article(header.article.id), list(header.ids)
                places = view.passages(ids)
                own = [encoded_text(stored, places[id].span) for id in ids]
                known.update(zip(own, view.vectors(ids), strict=True))
        missing = [text for text in texts if text not in known]
        known.update(self._cache.vectors(missing, again=not self._lock.is_held))
        return {text: known[text] for text in texts if text in known}

    def _same_content(self, state: State, sha256: str) -> list[str]:
        """Return the ids of articles whose file has this SHA-256.

        All are listed once, and those that this process stores since then are added.
        """
        headers, moment = state.catalogue.headers, state.catalogue.moment
        if self._by_content is None or not (self._lock.is_held or moment == self._listed_at):
            self._by_content, self._listed_at = {}, moment
            self._list_contents(headers.values())
        listed = self._by_content.get(sha256, ())
        return [id for id in listed if id in headers and headers[id].article.sha256 == sha256]

    def _list_contents(self, headers: Iterable[ArticleHeader]) -> None:
        if self._by_content is not None:
            for header in headers:
                self._by_content.setdefault(header.article.sha256, []).append(header.article.id)

    def cache_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep vectors of an article that is not stored yet, in case the process is killed."""
        self._cache.add(texts, vectors)

    def clear_cached_vectors(self) -> None:
        """Remove what `cache_vectors` kept, once every article is stored."""
        self._cache.clear()

    def refresh(self) -> None:
        """Write the list of articles and words, if much has changed since it was written last."""
        state = self._latest()
        if state.changed_bytes > FULL_BYTES + state.full_bytes:
            self._state = self._records.write_full(state, self._lock.check)

    def _latest(self) -> State:
        """Return the state as it is now. Raises: StoreDamaged if the store was replaced."""
        with self._identified():
            state = self._records.latest(self._state)
            if state is None or state.catalogue.epoch != self._state.catalogue.epoch:
                raise StoreDamaged("The store was replaced.")
        self._state = state
        return state

    def _write(self, change: Change, entries: Sequence[Entry] = ()) -> None:
        """Do a change that stores some articles, too. Raises: StoreError, and nothing is done."""
        with self._identified():
            state = self._latest()
            batch = self._records.new_batch(state)
            self._records.begin(batch)
            made = self._prepared(state, batch, change, entries)
            passages, contents, long_words, change = made
            if entries:
                self._records.add_contents(batch, contents, long_words)
                self._client.insert(self._records.passages, passages)
            if self._latest().catalogue.batch != state.catalogue.batch:
                raise StoreError(
                    "Another process has written to the store meanwhile.", "Try again."
                )
            self._lock.check()  # after `begin`: whoever takes the lock over finds this batch
            self._state = self._records.commit(state, batch, change)
            self._list_contents(change.headers)

    def _prepared(
        self, state: State, batch: int, change: Change, entries: Sequence[Entry]
    ) -> tuple[list[Row], dict[int, bytes], dict[int, bytes], Change]:
        """Return what a change inserts.

        That is: rows of passages, contents by key, long forward rows by passage, all its effects.
        """
        stems = [
            stems_of([searched_words(entry.article, span) for span in entry.spans])
            for entry in entries
        ]
        distinct = {stem for own in stems for fields in own for one in fields for stem in one}
        known = {stem: term.id for stem, term in state.terms.known(distinct).items()}
        new = sorted(distinct - known.keys())
        known.update((stem, id) for id, stem in enumerate(new, state.terms.next_id))
        counts: Counter[int] = Counter()
        made: list[Row] = []
        headers, contents, long_words = [], {}, {}
        next_id = first_id(batch)
        for entry, own in zip(entries, stems, strict=True):
            words = [forward_row(fields, known) for fields in own]
            header = rows.header_of(entry, next_id, words)
            for row, own_words in zip(
                rows.rows_of(header, entry.spans, entry.vectors, words), words, strict=True
            ):
                made.append(row)
                if not row["forward_row"]:
                    long_words[int(row["id"])] = own_words
            counts.update(term for row in words for term in rows.terms_in(row))
            headers.append(header)
            contents[header.key] = content_of(entry.article)
            next_id += max(1, header.passages)  # the first is its key
        self._uncount(state, counts, [*change.removed, *(header.article.id for header in headers)])
        counted = {term: number for term, number in counts.items() if number}
        return (
            made,
            contents,
            long_words,
            replace(change, headers=headers, stems=new, counts=counted),
        )

    def _uncount(self, state: State, counts: Counter[int], replaced: Iterable[str]) -> None:
        """Take the terms of the articles that are replaced or removed off the counts."""
        ids = [id for header in state.catalogue.chosen(replaced) for id in header.ids]
        for row in MilvusView(self._client, self._records, state).forward_rows(ids):
            counts.subtract(rows.terms_in(row))
