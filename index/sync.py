"""Updates a store from files: finds what was added, changed or removed, and encodes only that.

scan -> compare with what the store knows -> read -> split -> encode -> store, batch by batch
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from index.comparing import NO_WORK, Work, compare, digest_of, is_settled, looks_unchanged, work_for
from index.formats.base import Unreadable
from index.isolated.reader import IsolatedReader
from index.load import (
    Loaded,
    extractor_of,
    format_of,
    is_same_page,
    read,
)
from index.report import FileReport, OnProgress, Progress, Reading, SyncReport
from index.scan import DEFAULT_MAX_BYTES, Skip, Source
from index.split import split
from index.store.protocol import Entry, FileRecord, KnownVectors, Store
from index.types import Article, Encoder, Reason, Span
from index.walk import scan
from index.wording import encoded_text

if TYPE_CHECKING:
    from index.types import Vector
    from index.web.articles import WebArticles

BATCH_PASSAGES = 64
"""One to a few seconds of encoding: the most that a killed process loses."""
REPORTED_PASSAGES = 8 * (os.cpu_count() or 1)
"""Encoded between two reports of progress: about a fifth of a second."""
MIN_READING_SECONDS = 1.0
"""Of a file that takes longer to read, the page that is being read is reported."""
REPORT_SECONDS = 0.1
"""Progress is reported about this often, so that a question need not wait longer for its turn."""


def sync(
    store: Store,
    encoder: Encoder,
    paths: Sequence[str],
    *,
    root: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    encoding: str | None = None,
    whole_page: bool = False,
    stdin: Source | None = None,
    web: WebArticles | None = None,
    known: KnownVectors | None = None,
    on_progress: OnProgress = lambda _: None,
) -> SyncReport:
    """Bring `store` up to date with the files at `paths`, and return what was done.

    Can be stopped at any time: finished work is kept, and the next run continues from there.

    root, stdin, web: see `scan`. encoding, whole_page: see `load.read`. known: vectors that need
        not be encoded.

    Raises: ArticleError when a path does not exist, ModelError, StoreError.
    """
    started = time.perf_counter()
    found = scan(paths, root=root, max_bytes=max_bytes, stdin=stdin, web=web)
    work = work_for(found, store, digest_of(found))
    report = SyncReport(root=found.root)
    if work.stale or work.gone:
        run = _Run(store, encoder, on_progress, report, known)
        run.begin(work, len(found.sources))
        with store.writer(run.show_waiting):
            if store.files() != work.known:  # another process has done some of it meanwhile
                found = scan(paths, root=root, max_bytes=max_bytes, stdin=stdin, web=web)
                work = compare(found, store.files())
                run.begin(work, len(found.sources))
            with IsolatedReader() as isolated:
                reading = partial(read, encoding=encoding, isolated=isolated, whole_page=whole_page)
                isolated.on_pages, isolated.on_wait = run.show_pages, run.show_waiting
                run.go(reading)
            if run.is_settled and (digest := digest_of(found)):
                store.note_scan(digest)
    report.skipped = sorted(
        [*found.skips, *work.known_skips, *report.skipped], key=lambda skip: skip.id
    )
    report.notes = dict(sorted({**work.known_notes, **report.notes}.items()))
    report.folders, report.found = found.folders, len(found.sources)
    report.seconds = time.perf_counter() - started
    return report


@dataclass(slots=True)
class _Run:
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
    pending: list[tuple[Article, list[Span]]] = field(default_factory=list)
    pending_passages: int = 0
    records: dict[str, FileRecord] = field(default_factory=dict)
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
    reading: Source | None = None
    reading_since: float = 0.0
    """By `time.perf_counter`."""
    shown_page: Reading | None = None
    """What was reported last about it."""
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

    def go(self, read: Callable[[Source], Loaded]) -> None:
        """Do it. read: returns the article of a file. Raises: Unreadable."""
        for source in self.work.stale:
            self._take(source, read)
            if self.pending_passages >= BATCH_PASSAGES:
                self._flush()
                self._show(0)
            elif self._is_report_due():
                self._show(self.pending_passages)
        self._flush()
        if self.work.gone:  # last, so that the vectors of a renamed file are reused
            self.store.remove(self.work.gone)
            self.outdated.difference_update(self.work.gone)
        known = self.work.known
        gone = [name for name in self.work.gone if not known[name].reason]
        self.report.removed = sorted([*gone, *self.unreadable])
        self.store.clear_cached_vectors()
        self.store.refresh()
        self._show(0)

    def _take(self, source: Source, read: Callable[[Source], Loaded]) -> None:
        """Read one file and prepare it for storing."""
        checked_ns = time.time_ns()
        known = self.work.known.get(source.id)
        stored = self.stored.get(source.id)
        if known is not None and not known.reason and is_same_page(source, stored, known.extractor):
            self._note(source, replace(known, changed_ns=source.changed_ns, checked_ns=checked_ns))
            return
        extractor = extractor_of(source, format_of(source).name)
        reason: Reason | Literal[""] = ""
        detail = ""
        self.reading, self.reading_since = source, time.perf_counter()
        try:
            article, form, used, detail = read(source)
        except Unreadable as error:
            reason, detail = error.reason, error.detail
            self.report.skipped.append(Skip(source.id, error.reason, detail))
            if known is not None and not known.reason:
                self.unreadable.append(source.id)
        else:
            extractor = extractor_of(source, form)
            seconds = time.perf_counter() - self.reading_since
            self.report.files.append(FileReport.of(article, form, seconds, detail))
            same = known is not None and known.extractor == extractor
            if not same or stored != article.sha256:
                is_new = known is None or bool(known.reason)
                (self.report.added if is_new else self.report.changed).append(article.id)
                if used not in ("utf-8", None):
                    self.report.encodings[article.id] = used
                spans = split(
                    article,
                    count_tokens=self.encoder.count_tokens,
                    max_tokens=self.encoder.max_tokens,
                )
                self.pending.append((article, spans))
                self.pending_passages += len(spans)
        values = (source.size, source.changed_ns, checked_ns, reason, detail, extractor)
        self._note(source, FileRecord(*values))

    def show_pages(self, pages: int, total: int) -> None:
        """Report which page is being read, if the file takes more than MIN_READING_SECONDS."""
        if self.reading and time.perf_counter() - self.reading_since > MIN_READING_SECONDS:
            self._show(self.pending_passages, Reading(self.reading.id, pages, total))

    def show_waiting(self) -> None:
        """Report that a file is still being read, if the last report was a while ago."""
        if self._is_report_due():
            self._show(self.pending_passages, self.shown_page)

    def _note(self, source: Source, record: FileRecord) -> None:
        """Note what is known about a file, which is done."""
        self.records[source.id] = record
        self.is_settled = self.is_settled and is_settled(record)
        if record.detail and not record.reason:
            self.report.notes[source.id] = record.detail
        self.articles += 1
        self.bytes += source.size

    def _flush(self) -> None:
        """Encode what is pending and store it."""
        texts = [[encoded_text(article, span) for span in spans] for article, spans in self.pending]
        vectors = {}
        for (article, _), own in zip(self.pending, texts, strict=True):
            vectors.update(self.store.cached_vectors(article, own))
            if self.known:
                vectors.update(self.known.vectors([text for text in own if text not in vectors]))
        missing = [t for t in dict.fromkeys(t for own in texts for t in own) if t not in vectors]
        left = len(missing)
        for first in range(0, len(missing), BATCH_PASSAGES):
            batch = missing[first : first + BATCH_PASSAGES]
            encoded = self._encoded(batch, left)
            vectors.update(zip(batch, encoded, strict=True))
            left -= len(batch)
            if left:
                self.store.cache_vectors(batch, encoded)
            self.report.encoded += len(batch)
            self._show(left)
        entries = [
            Entry(article, spans, [vectors[text] for text in own])
            for (article, spans), own in zip(self.pending, texts, strict=True)
        ]
        if entries or self.records:
            self.store.put(entries, self.records)
        self.unfinished -= len(self.records)
        self.outdated.difference_update(self.records)
        self.passages += self.pending_passages
        self.pending, self.pending_passages, self.records = [], 0, {}

    def _encoded(self, texts: Sequence[str], left: int) -> Vector:
        """Return the vectors of a batch. left: how many texts are not encoded yet."""
        import numpy as np

        parts = []
        for first in range(0, len(texts), REPORTED_PASSAGES):
            if first:
                self._show(left - first)
            parts.append(self.encoder.encode_passages(texts[first : first + REPORTED_PASSAGES]))
        return np.concatenate(parts)

    def _is_report_due(self) -> bool:
        return time.perf_counter() - self.shown_at > REPORT_SECONDS

    def _show(self, passages_left: int, reading: Reading | None = None) -> None:
        """Report progress. passages_left: how many pending passages are not encoded yet."""
        self.shown_page = reading
        pending_bytes = sum(len(article.text) for article, _ in self.pending)
        undone = pending_bytes * passages_left / max(1, self.pending_passages)
        done = (self.bytes - undone) / self.total_bytes if self.total_bytes else 1.0
        self.fraction = max(self.fraction, done)  # never goes back, even if a file grew
        self.on_progress(
            Progress(
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
        )
        self.shown_at = time.perf_counter()
