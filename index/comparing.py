"""Compares the files that a scan found with what a store knows about them."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from index.load import formats_version, is_up_to_date, up_to_date_checker
from index.scan import Scan, Skip, Source
from index.store.protocol import FileRecord, Store
from index.types import Reason

RACY_NS = 2_000_000_000
"""A file changed this shortly before it was read may change again with the same timestamp."""
MIN_NOTED_FILES = 1_000
"""From this many on, a store notes the scan it is in step with, so as not to compare each file."""
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


NO_WORK = Work([], [], {}, [], {})


def digest_of(found: Scan) -> str:
    """Return what changes whenever a comparison of this scan could have another result.

    Empty if there are too few files to be worth it, or if some are not files.
    """
    sources = found.sources
    if len(sources) < MIN_NOTED_FILES or any(one.snapshot or one.content for one in sources):
        return ""
    made = blake2b(formats_version().encode(), digest_size=16)
    made.update("\0".join([one.id for one in sources]).encode("utf-8", "surrogatepass"))
    made.update(array("q", [one.size for one in sources]).tobytes())
    made.update(array("q", [one.changed_ns for one in sources]).tobytes())
    return made.hexdigest()


def is_settled(record: FileRecord) -> bool:
    """Return whether a file need not be read again until its size or time changes."""
    return record.reason not in TRANSIENT and record.changed_ns < record.checked_ns - RACY_NS


def work_for(found: Scan, store: Store, digest: str) -> Work:
    """Return what there is to do. digest: of the scan. Raises: StoreError."""
    if not digest or store.scanned() != digest:
        work = compare(found, store.files())
        if digest and not (work.stale or work.gone):
            store.note_scan(digest)
        return work
    remarked = store.files(remarked=True)
    skips = [Skip(id, r.reason, r.detail) for id, r in remarked.items() if r.reason]
    notes = {id: record.detail for id, record in remarked.items() if not record.reason}
    return Work([], [], {}, skips, notes)


def compare(found: Scan, known: Mapping[str, FileRecord]) -> Work:
    """Return which files to read, judging by size, timestamp and extractor; and which to remove."""
    stale, skips, notes = [], [], {}
    is_current = up_to_date_checker()
    for source in found.sources:
        record = known.get(source.id)
        if (
            record is None
            or not is_settled(record)
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
