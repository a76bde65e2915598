"""Two processes with one store on Milvus: each write counts as a whole, or is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import pytest

from index.engines.milvus import lock
from index.engines.milvus.client import Client, Row
from index.engines.milvus.store import MilvusStore
from index.errors import StoreDamaged, StoreError
from index.store.protocol import Store
from tests.support.milvus_server import milvus, milvus_stores, opened_store
from tests.support.milvus_texts import ENTRIES, TEXTS, seen_by, texts_in
from tests.support.stored import entry

pytestmark = pytest.mark.slow


@contextmanager
def at_each_write(client: Client, action: Callable[[], object]) -> Iterator[list[str]]:
    """Do something before and after each message that writes. Returns what was written so far."""
    insert, delete, written = client.insert, client.delete, []

    def inserting(collection: str, rows: Sequence[Row], timeout: float = 60) -> None:
        action()
        insert(collection, rows, timeout)
        written.append(rows[0].get("kind", "passages") if rows else "")
        action()

    def deleting(collection: str, condition: str) -> None:
        action()
        delete(collection, condition)
        action()

    with pytest.MonkeyPatch.context() as patching:
        patching.setattr(client, "insert", inserting)
        patching.setattr(client, "delete", deleting)
        yield written


def test_a_scan_that_is_noted_while_another_process_writes_disturbs_it_nowhere() -> None:
    digests = iter(range(1_000_000))
    with milvus_stores() as (one, other):
        assert isinstance(one, MilvusStore)

        def note() -> None:
            other.files()  # as `qa ask` does: it compares, and takes no lock
            other.note_scan(f"digest {next(digests)}")

        with at_each_write(one._client, note) as written, one.writer():
            one.put(ENTRIES, {})
            one.put([entry("a.txt", "Another text now.")], {})
            one.put(ENTRIES, {})
            one.refresh()
        assert written.count("commit") == 3
        with one.snapshot() as view:
            assert texts_in(view) == TEXTS
        assert one.scanned() == other.scanned() == f"digest {next(digests) - 1}"


def test_a_writer_that_begins_while_a_scan_is_noted_loses_nothing() -> None:
    with milvus_stores() as (one, other):
        assert isinstance(other, MilvusStore)
        one.put(ENTRIES, {})

        def write() -> None:
            with one.writer():
                one.put([entry("c.txt", "Peace.")], {})
                one.remove(["c.txt"])

        other.files()
        with at_each_write(other._client, write):
            other.note_scan("digest")
        for store in (one, other):
            assert store.scanned() == ""  # what it is of was changed
            with store.snapshot() as view:
                assert texts_in(view) == TEXTS


@pytest.fixture
def soon_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that holds the lock does not renew it, as if it were stopped."""
    monkeypatch.setattr(lock, "RENEW_SECONDS", 1000)
    monkeypatch.setattr(lock, "STALE_SECONDS", 0.02)
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.02)


NEW_TEXTS = {"a.txt": "Another text now."}
NEW = [entry(id, text) for id, text in NEW_TEXTS.items()]


@pytest.mark.usefixtures("soon_stale")
@pytest.mark.parametrize("refreshes", [False, True])
def test_a_writer_that_is_taken_over_anywhere_has_either_written_or_reports_an_error(
    monkeypatch: pytest.MonkeyPatch, refreshes: bool
) -> None:
    monkeypatch.setattr("index.engines.milvus.store.FULL_BYTES", -10_000_000)
    outcomes: set[bool] = set()
    point, is_over = 0, False
    while not is_over:
        with milvus_stores() as (one, other), closing(Client(milvus())) as third:
            assert isinstance(one, MilvusStore)
            one.put(ENTRIES, {})
            left = point

            def take_over(other: Store = other) -> None:
                nonlocal left
                left -= 1
                if left == -1:
                    with other.writer():
                        other.put([entry("b.txt", "Peace.")], {})

            try:
                with one.writer(), at_each_write(one._client, take_over):
                    one.refresh() if refreshes else one.put(NEW, {})
                is_written = True
            except StoreError as error:
                assert not isinstance(error, StoreDamaged)
                is_written = False
            is_over = left >= 0
            expected = TEXTS if is_over else {**TEXTS, "b.txt": "Peace."}
            new = expected if refreshes else {**expected, **NEW_TEXTS}
            name = one._records.records.removeprefix("qa_").removesuffix("_records")
            texts = seen_by(one, other, opened_store(third, name))
            assert texts == new if is_written else texts in (new, expected)
            outcomes.add(is_written)
            point += 1
    assert point > 6
    assert outcomes == {True, False}


@pytest.mark.usefixtures("soon_stale")
def test_a_commit_that_arrives_while_another_process_takes_over_counts_or_is_void() -> None:
    outcomes: set[bool] = set()
    point, is_over = 0, False
    while not is_over:
        with milvus_stores() as (one, other), closing(Client(milvus())) as third:
            assert isinstance(one, MilvusStore) and isinstance(other, MilvusStore)
            name = one._records.records.removeprefix("qa_").removesuffix("_records")
            reader = opened_store(third, name)
            one.put(ENTRIES, {})
            left, is_late = point, True
            insert = one._client.insert

            def inserting(
                collection: str,
                rows: Sequence[Row],
                timeout: float = 60,
                insert: Callable[..., None] = insert,
                reader: MilvusStore = reader,
                other: MilvusStore = other,
            ) -> None:
                if not rows or rows[0].get("kind") != "commit":
                    insert(collection, rows, timeout)
                    return

                def arrive() -> None:
                    nonlocal left, is_late
                    left -= 1
                    if left == -1:
                        insert(collection, rows, timeout)
                        is_late = False
                    reader.files()

                with at_each_write(other._client, arrive), other.writer():
                    pass
                with other.writer():
                    other.put([entry("b.txt", "Peace.")], {})
                if is_late:
                    insert(collection, rows, timeout)

            with pytest.MonkeyPatch.context() as patching:
                patching.setattr(one._client, "insert", inserting)
                try:
                    with one.writer():
                        one.put(NEW, {})
                    is_written = True
                except StoreError as error:
                    assert not isinstance(error, StoreDamaged)
                    is_written = False
            with other.writer():
                pass
            expected = {**TEXTS, "b.txt": "Peace."}
            with closing(Client(milvus())) as fourth:
                texts = seen_by(reader, one, other, opened_store(fourth, name))
            new = {**expected, **NEW_TEXTS}
            assert texts == new if is_written else texts in (new, expected)
            outcomes.add(is_written)
            is_over = is_late
            point += 1
    assert point > 9
    assert outcomes == {True, False}
