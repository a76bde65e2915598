"""The history of a store, as records: what each write changed, and now and then all there is.

Milvus has no transactions. So a write first inserts all that it needs under the number of its
batch, which nobody reads, and then one record, the commit, that makes it count. A reader reads the
commits since the last that it knows. What a write left behind that was stopped is removed by the
next writer; what was replaced, only after a while, as someone may still be reading it.

    begin    a batch may have left something behind          commit   a batch counts
    void     it does not, whatever its commit says, see `cleaning`
    change   parts of a change, see `catalogue.Change`       full     parts of a catalogue
    terms    parts of a list of stems; key: its place        text     parts of an article; key: it
    cache    vectors of texts that are not stored yet        claim, taken  see `lock`
    words    parts of the forward row of a passage, if it is long; key: it
    scan     what `Store.note_scan` noted of the state that its batch made; needs no lock
"""

from __future__ import annotations

import json
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from index.engines.milvus.blobs import packed, unpacked
from index.engines.milvus.catalogue import Catalogue, Change
from index.engines.milvus.client import Client, Row, collections_of
from index.engines.milvus.lock import lock_lost
from index.engines.milvus.terms import Terms
from index.errors import StoreDamaged

BATCH_BITS = 21
"""An id is the number of a batch, which is a time in milliseconds, and a number within it."""
COMMIT_SECONDS = 10.0
"""A commit that takes longer is not waited for: another process might take the lock over."""
FULL_BYTES = 1_000_000
"""A catalogue is written when the changes since the last are larger than it, and than this."""
LONG_AT_ONCE = 50
"""Forward rows of passages with very long titles, in one query."""
READ_AGAIN = 3
"""How often to start again if records are removed while they are being read."""


@dataclass(frozen=True, slots=True)
class State:
    """A store at one moment."""

    catalogue: Catalogue
    terms: Terms
    full: int
    """Number of the batch with the latest catalogue."""
    full_bytes: int
    changed_bytes: int = 0
    """Of the changes since then."""

    def after(self, change: Change, batch: int, size: int) -> State:
        """Return the state after a change. batch: its number. size: in bytes, as it is stored."""
        catalogue = self.catalogue.after(change, batch)
        changed = self.changed_bytes + size
        return replace(
            self, catalogue=catalogue, terms=self.terms.after(change), changed_bytes=changed
        )


class _Moved(Exception):
    """Records were removed between two reads."""


def first_id(batch: int) -> int:
    """Return the first of the ids that rows of a batch can have."""
    return batch << BATCH_BITS


class Records:
    """The records of a store."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        self.passages, self.records = collections_of(name)
        self._last = 0

    def new_batch(self, state: State | None) -> int:
        """Return the number of a batch, higher than all before. Only a writer may do this."""
        known = state.catalogue.batch if state else 0
        self._last = max(time.time_ns() // 1_000_000, known + 1, self._last + 1)
        return self._last

    def latest(self, known: State | None) -> State | None:
        """Return the state as it is now; None if nothing was ever written.

        known: an earlier one. Raises: StoreError.
        """
        for _ in range(READ_AGAIN):
            try:
                return self._latest(known)
            except _Moved:
                known = None
            except (ValueError, TypeError, LookupError) as error:
                raise StoreDamaged(f"A record of the store is damaged: {error}") from error
        raise StoreDamaged("Records of the store are missing.")

    def _latest(self, known: State | None) -> State | None:
        since = known.catalogue.batch if known else 0
        rows = self._rows(f'kind in ["commit", "void"] and batch > {since}')
        void = {int(row["batch"]) for row in rows if row["kind"] == "void"}
        commits = {
            int(row["batch"]): json.loads(row["body"])
            for row in rows
            if row["kind"] == "commit" and int(row["batch"]) not in void
        }
        full = max((batch for batch, about in commits.items() if about["full"]), default=0)
        state = self._full(full, commits[full]["parts"]) if full else known
        if state is None:
            return None
        later = sorted(batch for batch in commits if batch > state.catalogue.batch)
        if not later:
            return state
        parts = self._parts(f'kind == "change" and batch > {state.catalogue.batch}', "batch")
        for batch in later:
            if len(parts[batch]) != commits[batch]["parts"]:
                raise _Moved
            change = Change.from_bytes(unpacked(parts[batch]))
            state = state.after(change, batch, sum(map(len, parts[batch])))
        return state

    def _full(self, batch: int, parts: int) -> State:
        found = self._parts(f'kind == "full" and batch == {batch}', "batch")[batch]
        if len(found) != parts:
            raise _Moved
        values = json.loads(unpacked(found))
        read = partial(self._term_parts, batch)
        terms = Terms(values["starts"], values["next_id"], read=read)
        catalogue = replace(Catalogue.from_json(values["catalogue"]), batch=batch)
        return State(catalogue, terms, batch, sum(map(len, found)))

    def _term_parts(self, batch: int, places: Sequence[int]) -> Mapping[int, bytes]:
        which = f'kind == "terms" and batch == {batch} and key in {list(places)}'
        return {place: unpacked(texts) for place, texts in self._parts(which, "key").items()}

    def begin(self, batch: int) -> None:
        """Note that a batch may leave something behind."""
        self._insert(batch, 0, [self._row("begin", batch)])

    def commit(self, state: State, batch: int, change: Change) -> State:
        """Make a batch count, and return the state after it. Raises: StoreError."""
        parts = packed(change.to_bytes())
        self._insert(batch, 1 << 20, self._part_rows("change", batch, 0, parts))
        self._commit(batch, is_full=False, parts=len(parts))
        return state.after(change, batch, sum(map(len, parts)))

    def _commit(self, batch: int, *, is_full: bool, parts: int) -> None:
        about = json.dumps({"full": is_full, "parts": parts})
        row = {"id": first_id(batch) + 1, **self._row("commit", batch, body=about)}
        self._client.insert(self.records, [row], COMMIT_SECONDS)
        if any(void == batch for void, _ in self.marks("void", batch)):
            raise lock_lost()

    def write_full(self, state: State, check: Callable[[], object]) -> State:
        """Write all of a state, so that what came before need not be read; return it.

        check: called before it counts; raises StoreError if the lock was lost.
        """
        batch = self.new_batch(state)
        self.begin(batch)
        catalogue = replace(state.catalogue, batch=batch)
        rows: list[Row] = []
        starts, size = [], 0
        for place, (start, content) in enumerate(state.terms.parts()):
            starts.append(start)
            rows += self._part_rows("terms", batch, place, packed(content))
        values = {
            "catalogue": catalogue.to_json(),
            "starts": starts,
            "next_id": state.terms.next_id,
        }
        parts = packed(json.dumps(values, separators=(",", ":")).encode("ascii"))
        rows += self._part_rows("full", batch, 0, parts)
        self._insert(batch, 1 << 20, rows)
        check()
        self._commit(batch, is_full=True, parts=len(parts))
        size = sum(len(row["body"]) for row in rows)
        terms = Terms(starts, state.terms.next_id, read=partial(self._term_parts, batch))
        return State(catalogue, terms, batch, size)

    def scanned(self, batch: int) -> str:
        """Return what was noted of the state that a batch made; otherwise ""."""
        noted = self._rows(f'kind == "scan" and batch == {batch}')
        return str(max(noted, key=lambda row: int(row["key"]))["body"]) if noted else ""

    def note_scan(self, batch: int, digest: str) -> None:
        """Note something of the state that a batch made, and forget what was noted before."""
        self._client.delete(self.records, 'kind == "scan"')
        row = self._row("scan", batch, key=time.time_ns(), body=digest)
        self._client.insert(self.records, [{"id": secrets.randbits(60), **row}])

    def add_contents(
        self, batch: int, contents: Mapping[int, bytes], long_words: Mapping[int, bytes]
    ) -> None:
        """Store the contents of articles by key, and long forward rows by passage."""
        rows = [
            row
            for kind, stored in (("text", contents), ("words", long_words))
            for key, content in stored.items()
            for row in self._part_rows(kind, batch, key, packed(content))
        ]
        self._insert(batch, 2, rows)

    def content(self, key: int) -> bytes:
        """Return the content of an article. Raises: StoreDamaged."""
        parts = self._parts(f'kind == "text" and key == {key}', "key")
        if key not in parts:
            raise StoreDamaged("The text of an article is missing.")
        return unpacked(parts[key])

    def long_words(self, passages: Sequence[int]) -> dict[int, bytes]:
        """Return those forward rows of passages that are too long to be in their rows."""
        found = {}
        for first in range(0, len(passages), LONG_AT_ONCE):
            which = f'kind == "words" and key in {passages[first : first + LONG_AT_ONCE]}'
            found.update({id: unpacked(texts) for id, texts in self._parts(which, "key").items()})
        return found

    def marks(self, kind: str, since: int) -> set[tuple[int, int]]:
        """Return the batches that records of a kind are of, from one on, and the records' parts."""
        which = f'kind == "{kind}" and batch >= {since}'
        found = self._client.query(self.records, which, ["batch", "part"])
        return {(int(row["batch"]), int(row["part"])) for row in found}

    def mark(self, kind: str, batches: Iterable[int], part: int) -> None:
        """Add a record of a kind to each of some batches."""
        rows = [
            {"id": secrets.randbits(60), **self._row(kind, batch, part=part)} for batch in batches
        ]
        if rows:
            self._client.insert(self.records, rows)

    def _rows(self, which: str) -> list[Row]:
        fields = ["id", "batch", "kind", "key", "part", "body"]
        return self._client.query(self.records, which, fields)

    def _parts(self, which: str, by: str) -> Mapping[int, list[str]]:
        """Return the texts of records in order, by batch or by key."""
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self._rows(which):
            found[int(row[by])].append(row)
        texts: dict[int, list[str]] = defaultdict(list)
        for number, rows in found.items():
            rows.sort(key=lambda row: int(row["part"]))
            texts[number] = [str(row["body"]) for row in rows]
        return texts

    def _part_rows(self, kind: str, batch: int, key: int, texts: Iterable[str]) -> list[Row]:
        return [
            self._row(kind, batch, key=key, part=part, body=body) for part, body in enumerate(texts)
        ]

    def _row(self, kind: str, batch: int, *, key: int = 0, part: int = 0, body: str = "") -> Row:
        about = {"batch": batch, "kind": kind, "key": key, "part": part, "body": body}
        return {**about, "nothing": [0.0, 0.0]}

    def _insert(self, batch: int, first: int, rows: Sequence[Row]) -> None:
        """Insert rows of a batch. first: number of the first within it."""
        numbered = [
            {"id": first_id(batch) + number, **row} for number, row in enumerate(rows, first)
        ]
        for part in range(0, len(numbered), ROWS_AT_ONCE):
            self._client.insert(self.records, numbered[part : part + ROWS_AT_ONCE])


ROWS_AT_ONCE = 100
"""Each has up to 60,000 characters."""
