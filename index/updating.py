"""Updates a store from stale files: reads, splits, encodes and stores them, batch by batch.

Files are read and split in a thread of their own, ahead of the encoder. All else, such as reporting
progress and using the store, happens in the thread that calls `Run.go`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from index.ahead import Ahead
from index.comparing import NO_WORK, Work, is_settled, looks_unchanged
from index.errors import StoreError
from index.isolated.reader import IsolatedReader
from index.load import Loaded
from index.preparing import Prepared, Preparer
from index.report import OnProgress, Progress, Reading, SyncReport
from index.scan import Skip, Source
from index.store.protocol import Entry, KnownVectors, Store
from index.types import Encoder

if TYPE_CHECKING:
    from index.types import Vector

SAVE_SECONDS = 2.0
"""What was encoded is stored after this time: a killed process loses no more."""
MIN_READING_SECONDS = 1.0
"""Of a file that takes longer to read, the page that is being read is reported."""
REPORT_SECONDS = 0.1
"""Progress is reported about this often, so that a question need not wait longer for its turn."""


@dataclass(slots=True)
class Run:
    """One pass over the stale files."""

    store: Store
    encoder: Encoder
    on_progress: OnProgress
    report: SyncReport
    known: KnownVectors | None = None
    work: Work = NO_WORK
    files: int = 0
    """How many files the corpus has."""
    unfinished: int = 0
    """How many files are still to be read, or to be stored."""
    outdated: set[str] = field(default_factory=set)
    """Ids of stored articles whose files have changed or are gone."""
    stored: Mapping[str, str] = field(default_factory=dict)
    """Stored SHA-256 of the stale files, by article id."""
    pending: deque[Prepared] = field(default_factory=deque)
    """Files that are not stored yet, in order."""
    pending_passages: int = 0
    unreadable: list[str] = field(default_factory=list)
    is_settled: bool = True
    """Whether no file has to be read again next time."""
    articles: int = 0
    passages: int = 0
    bytes: int = 0
    total_bytes: int = 0
    changed_bytes: int = 0
    """Size of the files that are new or have changed, as far as their size and time tell."""
    fraction: float = 0.0
    preparer: Preparer | None = None
    ahead: Ahead[Prepared] | None = None
    """Reads files while others are encoded."""
    shown_at: float = 0.0
    """When progress was reported last, by `time.perf_counter`."""

    def begin(self, work: Work, files: int) -> None:
        """Report what there is to do, if it is news. files: how many the corpus has."""
        is_news = (work.stale, work.gone) != (self.work.stale, self.work.gone)
        self.work, self.files = work, files
        self.total_bytes = sum(source.size for source in self.work.stale)
        self.unfinished = len(self.work.stale)
        with self.store.snapshot() as view:
            self.stored = view.hashes(source.id for source in self.work.stale)
        known = self.work.known
        changed = [
            source
            for source in self.work.stale
            if source.id not in known or not looks_unchanged(source, known[source.id])
        ]
        self.changed_bytes = sum(source.size for source in changed)
        self.outdated = {*self.stored.keys() & {one.id for one in changed}, *self.work.gone}
        if is_news:
            self._show(0)

    def go(self, read: Callable[..., Loaded]) -> None:
        """Do it. read: see `load.read`. Raises: ModelError, StoreError."""
        isolated = IsolatedReader()
        reading = partial(read, isolated=isolated)
        preparer = Preparer(reading, self.encoder, self.work.known, self.stored)
        isolated.on_pages = preparer.note_pages
        ahead = Ahead(
            _prepared(self.work.stale, preparer, isolated),
            size=lambda prepared: max(1, len(prepared.spans)),
            most=self.encoder.passages_at_once,
            on_wait=self.show_waiting,
            on_stop=isolated.interrupt,
        )
        self.preparer = preparer
        with ahead:
            self.ahead = ahead
            for prepared in ahead:
                self._take(prepared)
                if self.pending_passages >= self.encoder.passages_at_once:
                    self._encode()
                    self._show(0)
                elif self._is_report_due():
                    self._show(self.pending_passages)
            self._encode()
        if self.work.gone:  # last, so that the vectors of a renamed file are reused
            self.store.remove(self.work.gone)
            self.outdated.difference_update(self.work.gone)
        known = self.work.known
        gone = [name for name in self.work.gone if not known[name].reason]
        self.report.removed = sorted([*gone, *self.unreadable])
        self.store.clear_cached_vectors()
        self.store.refresh()
        self._show(0)

    def _take(self, prepared: Prepared) -> None:
        """Note what is known about a file, and what is to be stored."""
        id, record = prepared.source.id, prepared.record
        known = self.work.known.get(id)
        is_new = known is None or bool(known.reason)
        if record.reason:
            self.report.skipped.append(Skip(id, record.reason, record.detail))
            if not is_new:
                self.unreadable.append(id)
        elif record.detail:
            self.report.notes[id] = record.detail
        if prepared.report:
            self.report.files.append(prepared.report)
        if prepared.article:
            (self.report.added if is_new else self.report.changed).append(id)
            if prepared.encoding not in ("utf-8", None):
                self.report.encodings[id] = prepared.encoding
        self.is_settled = self.is_settled and is_settled(record)
        self.articles += 1
        self.bytes += prepared.source.size
        self.pending.append(prepared)
        self.pending_passages += len(prepared.spans)

    def show_waiting(self) -> None:
        """Report that a file is still being read, if the last report was a while ago."""
        if self._is_report_due():
            reading = self.preparer.reading_for(MIN_READING_SECONDS) if self.preparer else None
            self._show(self.pending_passages, reading)

    def _encode(self) -> None:
        """Encode what is pending and store it."""
        vectors = self._known_vectors()
        texts = dict.fromkeys(text for one in self.pending for text in one.texts)
        missing = [text for text in texts if text not in vectors]
        at_once = self.encoder.passages_at_once
        for first in range(0, len(missing), at_once):
            self._encode_some(missing[first : first + at_once], len(missing) - first, vectors)
        self._put(len(self.pending), vectors)

    def _encode_some(self, texts: Sequence[str], left: int, vectors: dict[str, Vector]) -> None:
        """Encode texts of pending files. What was encoded is not lost, unless in the last moments.

        left: how many are to be encoded, others included. vectors: those known, and the new ones.
        """
        unsaved: dict[str, Vector] = {}
        saved_at = time.perf_counter()
        try:
            with closing(self.encoder.encode_in_parts(texts)) as parts:
                for part in parts:
                    unsaved.update(zip((texts[n] for n in part.numbers), part.vectors, strict=True))
                    left -= len(part.numbers)
                    self.report.encoded += len(part.numbers)
                    if left and time.perf_counter() - saved_at > SAVE_SECONDS:
                        vectors.update(unsaved)
                        self._save(vectors, unsaved)
                        unsaved, saved_at = {}, time.perf_counter()
                    if left and self._is_report_due():
                        self._show(left)
            vectors.update(unsaved)
            if left:
                self._save(vectors, unsaved)
                self._show(left)
        except BaseException:  # also Ctrl-C: what was encoded is kept
            with suppress(StoreError):
                self._cache(unsaved)
            raise

    def _known_vectors(self) -> dict[str, Vector]:
        """Return the vectors of pending texts that were encoded before, by text."""
        vectors: dict[str, Vector] = {}
        for one in self.pending:
            if one.article:
                vectors.update(self.store.cached_vectors(one.article, one.texts))
                if self.known:
                    missing = [text for text in one.texts if text not in vectors]
                    vectors.update(self.known.vectors(missing))
        return vectors

    def _save(self, vectors: Mapping[str, Vector], unsaved: Mapping[str, Vector]) -> None:
        """Store the articles that are encoded as a whole, and keep the other vectors."""
        stored: set[str] = set()
        count = 0
        for one in self.pending:
            if not all(text in vectors for text in one.texts):
                break
            stored.update(one.texts)
            count += 1
        self._put(count, vectors)
        self._cache({text: unsaved[text] for text in unsaved.keys() - stored})

    def _cache(self, vectors: Mapping[str, Vector]) -> None:
        import numpy as np

        if vectors:
            self.store.cache_vectors(list(vectors), np.stack(list(vectors.values())))

    def _put(self, count: int, vectors: Mapping[str, Vector]) -> None:
        """Store the first of the pending files."""
        done = [self.pending.popleft() for _ in range(count)]
        entries = [
            Entry(one.article, one.spans, [vectors[text] for text in one.texts])
            for one in done
            if one.article
        ]
        records = {one.source.id: one.record for one in done}
        if records:
            self.store.put(entries, records)
        self.unfinished -= len(records)
        self.outdated.difference_update(records)
        passages = sum(len(one.spans) for one in done)
        self.passages += passages
        self.pending_passages -= passages

    def _is_report_due(self) -> bool:
        return time.perf_counter() - self.shown_at > REPORT_SECONDS

    def _show(self, passages_left: int, reading: Reading | None = None) -> None:
        """Report progress. passages_left: how many pending passages are not encoded yet."""
        pending_bytes = sum(len(one.article.text) for one in self.pending if one.article)
        undone = pending_bytes * passages_left / max(1, self.pending_passages)
        done = (self.bytes - undone) / self.total_bytes if self.total_bytes else 1.0
        self.fraction = max(self.fraction, done)  # never goes back, even if a file grew
        progress = Progress(
            articles=self.articles,
            articles_total=len(self.work.stale),
            passages=self.passages + self.pending_passages - passages_left,
            fraction=self.fraction,
            reading=reading,
            changed_bytes=self.changed_bytes,
            indexed=self.files - self.unfinished,
            files=self.files,
            outdated=frozenset(self.outdated),
        )
        with self.ahead.paused() if self.ahead else nullcontext():  # a question may be answered
            self.on_progress(progress)
        self.shown_at = time.perf_counter()


def _prepared(
    sources: Iterable[Source], preparer: Preparer, isolated: IsolatedReader
) -> Generator[Prepared, None, None]:
    """Yield what is made of each file. The process that reads some of them ends with it."""
    with isolated:
        for source in sources:
            yield preparer.prepare(source)
