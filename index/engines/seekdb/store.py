"""A store on a server of OceanBase or seekdb."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.engines.address import EngineAddress
from index.engines.seekdb import registry
from index.engines.seekdb.articles import Articles
from index.engines.seekdb.changing import Change
from index.engines.seekdb.connection import Connection, ConnectionLost, NoTable
from index.engines.seekdb.encoded import cache, known_vectors
from index.engines.seekdb.reading import Reader
from index.engines.seekdb.registry import DoneByOthers, StoreRow
from index.engines.seekdb.schema import FORMAT
from index.engines.seekdb.vectors import Passages
from index.engines.seekdb.view import SeekdbView
from index.errors import StoreDamaged, StoreError
from index.store import soundness
from index.store.protocol import Entry, FileRecord
from index.store.rows import FileRow

if TYPE_CHECKING:
    from index.types import Article, Vector

INDEXED_SECONDS = 2.0
"""How long to wait until the server has added vectors to their index. It takes about 0.2 s.

In vain if hundreds of passages have the same vector as the newest one.
"""
MAX_KNOWN_STEMS = 500_000
"""Whose numbers are kept in memory, so that they need not be asked for."""


class SeekdbStore:
    """See `Store`. Each store has its own tables, so that they are searched and removed alone.

    An article is replaced in one transaction. A view reads in another one, which sees one state of
    the tables. The server adds vectors to their index a moment after the commit, and only newer
    transactions see them there: `writer` ends when they do. A writer holds the lock of
    its row: what two writers do comes one after the other, even if one has lost its `writer` lock.
    """

    def __init__(
        self,
        address: EngineAddress,
        name: str,
        *,
        dimension: int,
        identity: str,
        about: Mapping[str, str] | None = None,
    ) -> None:
        """Open the store with this name, or create it.

        identity, about: see `OpenStore`. A store with another identity is emptied, and `rebuilt`
        says so.
        Raises: StoreError; StoreDamaged.
        """
        self.rebuilt = ""
        self._name = name.encode()
        self._reader = Reader(Connection(address, "REPEATABLE-READ"), self._name)
        self._writer = Connection(address, "READ-COMMITTED")
        self._lock = Connection(address, "READ-COMMITTED")
        self._is_locked = False
        self._known: dict[bytes, int] = {}
        """Numbers of stems, by key; of the store with the number `_known_of`."""
        self._known_of = 0
        self._newest = 0
        """The highest id of a passage that was stored since the index was waited for."""
        self._files: tuple[tuple[int, int], dict[str, FileRecord]] | None = None
        """The records of all files, and the state of the store that they are of."""
        self._seen: tuple[int, int] | None = None
        """The state that `files` has returned, with what this process has changed since."""
        try:
            self._prepare(registry.identity_of(identity, dimension), about or {}, dimension)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> SeekdbStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connections, and with them the lock. A closed store cannot be used again."""
        for connection in (self._reader.connection, self._writer, self._lock):
            connection.close()

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[SeekdbView]:
        """Return a view of the store as it is now; see `Store`."""
        with self._reader.snapshot():
            yield SeekdbView(self._reader)

    def files(self, *, remarked: bool = False) -> dict[str, FileRecord]:
        """Return the record of each file, by article id; see `Store`. Raises: StoreDamaged."""
        with self._reader.snapshot():
            row = self._reader.row
            if remarked:
                return self._read_files(" WHERE reason != '' OR detail != ''")
            if self._files is None or self._files[0] != row.state_number:
                found = self._read_files("")
                soundness.require(soundness.of_count("files", len(found), str(row.files)))
                self._files = row.state_number, found
            self._seen = row.state_number
            return dict(self._files[1])

    def scanned(self) -> str:
        """Return what `note_scan` noted, if nothing was stored or removed since; otherwise ""."""
        with self._reader.snapshot():
            return self._reader.row.scanned.decode()

    def note_scan(self, digest: str) -> None:
        """Note that the store is in step with a scan; see `Store`."""
        with self._changing() as row:
            if self._seen in (None, row.state_number):
                registry.update(self._writer, replace(row, scanned=digest.encode()))

    @contextlib.contextmanager
    def writer(self, on_wait: Callable[[], object] = bool) -> Iterator[None]:
        """Hold the lock for changing the store; see `Store`."""
        with registry.locked(self._lock, self._name, on_wait):
            self._is_locked = True
            try:
                yield
            finally:
                self._is_locked = False
        self._wait_for_index()

    def put(self, entries: Iterable[Entry], records: Mapping[str, FileRecord]) -> None:
        """Store articles and records of files, all or nothing; see `Store`."""
        skipped = {name for name, record in records.items() if record.reason}
        new = {entry.article.id: entry for entry in entries}
        with self._change() as change:
            change.remove_articles(new.keys() | skipped)
            change.insert_articles([new[name] for name in new if name not in skipped])
            change.remove_records(records)
            change.insert_records(records)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles and the records of their files."""
        names = list(ids)
        with self._change() as change:
            change.remove_articles(names)
            change.remove_records(names)

    def cached_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of the texts that were encoded before; see `Store`.

        Also looks in a damaged store that this one replaces.
        """
        with self._reader.snapshot():
            damaged = registry.set_aside_of(self._reader.connection, self._reader.row)
            return known_vectors(self._reader, article, texts, damaged)

    def cache_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep vectors of an article that is not stored yet, in case the process is killed."""
        with self._changing() as row:
            cache(self._writer, row, texts, vectors)

    def clear_cached_vectors(self) -> None:
        """Remove what `cache_vectors` kept, and damaged stores that this one replaces."""
        with self._changing() as row:
            damaged = registry.set_aside_of(self._writer, row)
            self._writer.change(f"DELETE FROM {row.table('encoded')}")
        for one in damaged:
            registry.drop(self._writer, one.number)

    def refresh(self) -> None:
        """Do nothing: the server keeps its indexes up to date itself."""

    def _prepare(self, identity: bytes, about: Mapping[str, str], dimension: int) -> None:
        """Create the store unless there is one with this identity."""

        def current() -> StoreRow | None:
            row = registry.current(self._writer, self._name)
            if row and (row.format, row.identity) == (FORMAT, identity):
                raise DoneByOthers
            return row

        with contextlib.suppress(DoneByOthers):
            try:
                current()
            except NoTable:
                registry.prepare(self._writer)
            with registry.locked(self._lock, self._name, current):
                is_other = current() is not None
                registry.create(self._writer, self._name, identity, about, dimension)
            if is_other:
                self.rebuilt = "the store is from another version or model, or for other articles"

    def _wait_for_index(self) -> None:
        """Wait until the vectors that were stored are in their index."""
        newest, self._newest = self._newest, 0
        deadline = time.monotonic() + INDEXED_SECONDS
        with contextlib.suppress(StoreError):  # what is wrong shows in the next question
            while newest and time.monotonic() < deadline:
                with self._reader.snapshot():
                    if Passages(self._reader, Articles(self._reader)).is_indexed(newest):
                        return
                time.sleep(INDEXED_SECONDS / 40)

    def _read_files(self, which: str) -> dict[str, FileRecord]:
        table = self._reader.row.table("files")
        found = {}
        for name, *values, stored in self._reader.query(
            "SELECT name, size, changed_ns, checked_ns, reason, detail, extractor, checksum"
            f" FROM {table}{which}"
        ):
            texts = [text.decode("utf-8", "replace") for text in (name, *values[3:])]
            record = FileRecord(*values[:3], *texts[1:])
            soundness.require(soundness.of_file(FileRow(texts[0], record, stored)))
            found[texts[0]] = record
        return found

    @contextlib.contextmanager
    def _change(self) -> Iterator[Change]:
        """Run a transaction that stores or removes something."""
        with self._changing() as row:
            if row.number != self._known_of or len(self._known) > MAX_KNOWN_STEMS:
                self._known, self._known_of = {}, row.number
            change = Change(self._writer, row, self._known)
            yield change
            change.finish()
        if change.row.last_passage > row.last_passage:
            self._newest = change.row.last_passage
        if self._seen == row.state_number:
            self._seen = change.row.state_number
        self._known.update(change.new_stems)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[StoreRow]:
        """Run a transaction that has locked the row of the store.

        Raises: StoreError, also if the lock of `writer` was lost with its connection.
        """
        if self._is_locked:
            if not self._lock.is_open:
                raise ConnectionLost(
                    "The connection that held the lock of the store was lost.",
                    "What was indexed so far is kept. Try again.",
                )
            registry.require_lock(self._lock, self._name)
        with contextlib.suppress(ConnectionLost):  # an old connection is made again
            self._writer.query("SELECT 1")
        with self._writer.transaction():
            row = registry.current(self._writer, self._name, lock=True)
            if row is None:
                raise StoreDamaged("The store was removed from the server.")
            try:
                yield row
            except StoreDamaged as damage:
                damage.database = damage.database or (0, row.number)
                raise
            except NoTable as error:
                raise registry.damaged(error.message, row.number) from error
