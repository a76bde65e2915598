"""Compares the files that a scan found with what a store knows about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from index.load import is_up_to_date, up_to_date_checker
from index.scan import Scan, Skip, Source
from index.store.protocol import FileRecord
from index.types import Reason

RACY_NS = 2_000_000_000
"""A file changed this shortly before it was read may change again with the same timestamp."""
TRANSIENT: frozenset[Reason] = frozenset({"unreadable", "changing"})
"""Reasons that can go away without a new size or timestamp: such files are tried again."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a sync has to do."""

    stale: list[Source]
    gone: list[str]
    known: Mapping[str, FileRecord]
    known_skips: list[Skip]
    known_notes: dict[str, str]


def compare(found: Scan, known: Mapping[str, FileRecord]) -> Work:
    """Return which files to read, judging by size, timestamp and extractor; and which to remove."""
    stale, skips, notes = [], [], {}
    is_current = up_to_date_checker()
    for source in found.sources:
        record = known.get(source.id)
        if (
            record is None
            or record.reason in TRANSIENT
            or record.changed_ns >= record.checked_ns - RACY_NS
            or not looks_unchanged(source, record, is_current)
        ):
            stale.append(source)
        elif record.reason:
            skips.append(Skip(source.id, record.reason, record.detail))
        elif record.detail:
            notes[source.id] = record.detail
    gone = known.keys() - {source.id for source in found.sources}
    return Work(stale, [name for name in known if name in gone], known, skips, notes)


def looks_unchanged(
    source: Source,
    record: FileRecord,
    is_current: Callable[[Source, str], bool] = is_up_to_date,
) -> bool:
    """Return whether a file has the size and time of its record, and is read in the same way."""
    return (
        source.size == record.size
        and source.changed_ns == record.changed_ns
        and is_current(source, record.extractor)
    )
