"""Reads and splits one file: all that can be done without the store, and in another thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from index.formats.base import Unreadable
from index.load import Loaded, extractor_of, format_of, is_same_page
from index.report import FileReport, Reading
from index.scan import Source
from index.split import split
from index.store.protocol import FileRecord
from index.types import Article, Encoder, Reason, Span
from index.wording import encoded_text


@dataclass(frozen=True, slots=True)
class Prepared:
    """What was made of a file."""

    source: Source
    record: FileRecord
    """What the store is to know about the file."""
    article: Article | None = None
    """To be stored; None if it is stored already, or if there is none."""
    spans: list[Span] = field(default_factory=list)
    """Of its passages."""
    texts: list[str] = field(default_factory=list)
    """What is encoded of each of them."""
    encoding: str | None = None
    """See `Document.encoding`."""
    report: FileReport | None = None
    """What was read of the file; None if it was not read, or could not be."""


@dataclass(slots=True)
class Preparer:
    """Reads and splits stale files, and knows which one is being read."""

    read: Callable[[Source], Loaded]
    """Returns the article of a file. Raises: Unreadable."""
    encoder: Encoder
    known: Mapping[str, FileRecord]
    """What the store knows about files, by article id."""
    stored: Mapping[str, str]
    """Stored SHA-256 of the stale files, by article id."""
    reading: Source | None = None
    reading_since: float = 0.0
    """By `time.perf_counter`."""
    pages: tuple[int, int] | None = None
    """How many of its pages have been read, and how many it has, if it has any."""

    def prepare(self, source: Source) -> Prepared:
        """Return what is to be stored for a file."""
        checked_ns = time.time_ns()
        known = self.known.get(source.id)
        stored = self.stored.get(source.id)
        if known and not known.reason and is_same_page(source, stored, known.extractor):
            record = replace(known, changed_ns=source.changed_ns, checked_ns=checked_ns)
            return Prepared(source, record)

        def recorded(extractor: str, reason: Reason | Literal[""], detail: str) -> FileRecord:
            values = (source.size, source.changed_ns, checked_ns, reason, detail, extractor)
            return FileRecord(*values)

        self.pages, self.reading, self.reading_since = None, source, time.perf_counter()
        try:
            article, form, encoding, note = self.read(source)
        except Unreadable as error:
            extractor = extractor_of(source, format_of(source).name)
            return Prepared(source, recorded(extractor, error.reason, error.detail))
        seconds = time.perf_counter() - self.reading_since
        report = FileReport.of(article, form, seconds, note)
        extractor = extractor_of(source, form)
        done = recorded(extractor, "", note)
        if known and known.extractor == extractor and stored == article.sha256:
            return Prepared(source, done, report=report)
        count_tokens, max_tokens = self.encoder.count_tokens, self.encoder.max_tokens
        spans = split(article, count_tokens=count_tokens, max_tokens=max_tokens)
        texts = [encoded_text(article, span) for span in spans]
        return Prepared(source, done, article, spans, texts, encoding, report)

    def note_pages(self, read: int, total: int) -> None:
        """Note how many pages of the file have been read."""
        self.pages = read, total

    def reading_for(self, seconds: float) -> Reading | None:
        """Return what is being read, if it has pages and for so long."""
        if not self.reading or not self.pages:
            return None
        is_long = time.perf_counter() - self.reading_since > seconds
        return Reading(self.reading.id, *self.pages) if is_long else None
