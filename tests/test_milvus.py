"""The store on Milvus, which has no transactions: what is interrupted leaves nothing half done."""

from __future__ import annotations

import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import pytest
from pymilvus import MilvusException

from index.engines.milvus import cleaning, lock
from index.engines.milvus.blobs import packed, unpacked
from index.engines.milvus.client import Client, Row, collections_of
from index.engines.milvus.errors import mapped
from index.engines.milvus.store import MilvusStore
from index.errors import StoreDamaged, StoreError
from index.store.protocol import Entry, FileRecord, Store
from tests.support.corpora import corpus_of
from tests.support.memory_store import MemoryStore
from tests.support.milvus_server import MilvusProcess, milvus, milvus_stores, opened_store
from tests.support.stored import Files, article, entry, paragraph

pytestmark = pytest.mark.slow

OLD = entry("a.txt", "The queen of the river city.\n\n" + paragraph(1))
NEW = entry("a.txt", "\n\n".join(["A king at war.", *map(paragraph, range(2, 8))]))
OTHER = entry("b.txt", "Peace on the mountain.")
KNOWN = FileRecord(7, 1, 2, "", "", "text 1")
BEFORE = ([OLD, OTHER], {"a.txt": KNOWN, "b.txt": KNOWN})
CHANGE = ([NEW], {"a.txt": replace(KNOWN, size=9), "b.txt": replace(KNOWN, reason="binary")})
QUESTION = "When was the bridge built?"


class ConnectionLost(StoreError):
    """What a fault raises."""


class FlakyClient(Client):
    """Loses the connection at one of its calls that write, before or after it has an effect."""

    fails_at = -1
    has_effect = False
    calls = 0

    def insert(self, collection: str, rows: Sequence[Row], timeout: float = 60) -> None:
        for row in rows:  # one by one: as if a message had been cut anywhere
            self._do(lambda row=row: super(FlakyClient, self).insert(collection, [row], timeout))  # type: ignore[misc]

    def delete(self, collection: str, condition: str) -> None:
        self._do(lambda: super(FlakyClient, self).delete(collection, condition))

    def _do(self, action: object) -> None:
        self.calls += 1
        assert callable(action)
        if self.calls - 1 != self.fails_at:
            action()
            return
        if self.has_effect:
            action()
        raise ConnectionLost("The connection is lost.")


@pytest.fixture
def flaky() -> Iterator[FlakyClient]:
    with closing(FlakyClient(milvus())) as client:
        yield client


def everything(store: Store) -> Any:
    """Return all articles, files and passages, and what is found by words."""
    with store.snapshot() as view:
        articles = [view.article(id) for id in view.titles()]
        nearest = view.nearest(OLD.vectors[0], 99)
        matching = view.matching(["queen", "war", "king", "peace", "river2"], 99)
        places = view.passages([id for id, _ in nearest])
        assert len(nearest) == view.passage_count() == view.size().passages
        assert sorted(places) == sorted(view.passages_of(list(view.titles())))
        by_place = {places[id]: cosine for id, cosine in nearest}
        by_words = {places[id]: score for id, score in matching}
    return articles, store.files(), by_place, by_words


def in_memory(*puts: tuple[Sequence[Entry], Mapping[str, FileRecord]]) -> Any:
    store = MemoryStore()
    for entries, files in puts:
        store.put(entries, files)
    return everything(store)


def same(one: Any, other: Any) -> bool:
    scores = (pytest.approx(scores, abs=1e-5) for scores in other[2:])
    return bool(one[:2] == other[:2] and one[2:] == tuple(scores))


def _put(store: Store) -> None:
    store.put(*CHANGE)


def _remove(store: Store) -> None:
    store.remove(["a.txt", "c.txt", "none.txt"])


def _index(store: Store) -> None:
    """What a sync does, with a list of all that there is, and cleaning up."""
    with store.writer():
        store.put(*CHANGE)
        store.refresh()


@pytest.mark.parametrize(("write", "least"), [(_put, 20), (_remove, 6), (_index, 30)])
def test_a_write_that_is_cut_anywhere_is_done_or_not_done_at_all(
    flaky: FlakyClient, monkeypatch: pytest.MonkeyPatch, write: Callable[[Store], None], least: int
) -> None:
    monkeypatch.setattr(cleaning, "GRACE_MS", -1_000)
    monkeypatch.setattr("index.engines.milvus.store.FULL_BYTES", -10_000_000)
    wanted = MemoryStore()
    wanted.put(*BEFORE)
    before = everything(wanted)
    write(wanted)
    after = everything(wanted)
    faults = {False: 0, True: 0}
    for flaky.has_effect in (False, True):
        flaky.fails_at, is_cut = 0, True
        while is_cut:
            with milvus_stores() as (one, other):
                one.put(*BEFORE)
                is_cut = _cut(one, flaky, write)
                now = everything(other)
                is_done = same(now, after)
                assert is_done or (is_cut and same(now, before))
                faults[is_done] += is_cut
                with other.writer():
                    assert same(everything(other), now)
                    write(other) if write is not _index else other.put(*CHANGE)
                assert same(everything(one), after)
                assert same(everything(other), after)
            flaky.fails_at += 1
    assert faults[False] + faults[True] >= least
    assert faults[True] >= 1  # the answer to the last part of it was lost


def _cut(store: Store, flaky: FlakyClient, write: Callable[[Store], None]) -> bool:
    """Write over a connection that is lost at some point; return whether it was lost."""
    assert isinstance(store, MilvusStore)
    sound, flaky.calls = store._client, 0
    store._client = store._records._client = flaky
    try:
        write(store)
    except ConnectionLost:
        return True
    finally:
        store._client = store._records._client = sound
    return False


def test_what_a_killed_writer_left_is_removed_by_the_next(flaky: FlakyClient) -> None:
    with milvus_stores() as (one, other):
        assert isinstance(one, MilvusStore)
        one.put(*BEFORE)
        rows = len(_ids(one))
        one._client = one._records._client = flaky
        flaky.fails_at = 7
        with pytest.raises(ConnectionLost):
            one.put(*CHANGE)
        assert len(_ids(one)) > rows
        with other.writer():
            assert len(_ids(one)) == rows


def _ids(store: MilvusStore) -> set[int]:
    """Return the ids of all rows but the claim of a writer."""
    with closing(Client(milvus())) as client:
        found = set()
        for collection, which in (
            (store._records.passages, "id >= 0"),
            (store._records.records, 'kind in ["text", "change", "full", "terms", "commit"]'),
        ):
            found.update(int(row["id"]) for row in client.query(collection, which, ["id"]))
    return found


def test_all_that_is_written_now_and_then_equals_what_the_changes_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cleaning, "GRACE_MS", -1_000)
    monkeypatch.setattr("index.engines.milvus.store.FULL_BYTES", -10_000_000)
    monkeypatch.setattr("index.engines.milvus.terms.STEMS_IN_PART", 60)
    with milvus_stores() as (one, other):
        assert isinstance(one, MilvusStore)
        other.put(*BEFORE)
        with one.snapshot() as view:
            stems = _stems(view)
        sizes = []
        for _ in range(3):
            with one.writer():
                one.put(*CHANGE)
                one.put(*BEFORE)
                one.refresh()
            sizes.append(len(_ids(one)))
            expected = in_memory(BEFORE)
            assert same(everything(one), expected)  # the parts that it wrote itself
            assert same(everything(other), expected)
            with closing(Client(milvus())) as client:
                name = one._records.records.removeprefix("qa_").removesuffix("_records")
                cold = opened_store(client, name)
                assert same(everything(cold), expected)
                with cold.snapshot() as view:
                    assert _stems(view) == stems
                    assert view.unknown_words(["queen", "king"]) == ["king"]
        assert sizes[1] == sizes[2]  # what was replaced is removed


def _stems(view: object) -> list[str]:
    stems, start = [], ""
    while (stem := view.next_stem(start)) is not None:  # type: ignore[attr-defined]
        stems.append(stem)
        start = f"{stem}\0"
    return stems


def test_a_claim_that_is_not_renewed_is_taken_over_and_its_owner_cannot_write_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lock, "RENEW_SECONDS", 1000)
    monkeypatch.setattr(lock, "STALE_SECONDS", 0.2)
    with milvus_stores() as (one, other):
        one.put(*BEFORE)
        with one.writer():
            with other.writer():
                other.put(*CHANGE)
            with pytest.raises(StoreError, match="Another process writes"):
                one.put(*BEFORE)
        assert same(everything(one), in_memory(BEFORE, CHANGE))


def test_a_process_that_wakes_up_and_renews_its_claim_does_not_get_the_lock_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lock, "RENEW_SECONDS", 1000)
    monkeypatch.setattr(lock, "STALE_SECONDS", 0.2)
    with milvus_stores() as (one, other):
        assert isinstance(one, MilvusStore)
        one.put(*BEFORE)
        with one.writer():
            (owner,) = one._lock._claims()
            with other.writer():
                one._lock._claim(owner, 7)
                with pytest.raises(StoreError, match="Another process writes"):
                    one.put(*CHANGE)
                other.put([OTHER], {})
        assert same(everything(one), in_memory(BEFORE))


def test_a_process_that_is_interrupted_while_it_takes_the_lock_leaves_no_claim(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with milvus_stores() as (one, _):
        assert isinstance(one, MilvusStore)
        claim = one._lock._claim

        def interrupted(owner: int, number: int) -> None:
            claim(owner, number)
            raise KeyboardInterrupt

        monkeypatch.setattr(one._lock, "_claim", interrupted)
        with pytest.raises(KeyboardInterrupt), one.writer():
            raise AssertionError("it has the lock")
        assert not one._lock._claims()


def test_a_claim_is_renewed_while_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "RENEW_SECONDS", 0.01)
    with milvus_stores() as (one, other):
        assert isinstance(one, MilvusStore)
        with one.writer():
            ((owner, first),) = one._lock._claims().items()
            while one._lock._claims()[owner] < first + 3:
                time.sleep(0.01)
            kept = one._client.query(one._records.records, 'kind == "claim"', ["id"])
            assert len(kept) <= 2  # those before are removed
            one.put(*BEFORE)
        assert not one._lock._claims()
        with other.writer():
            other.put(*CHANGE)


def test_many_writers_lose_nothing() -> None:
    with milvus_stores() as (one, other):
        failures: list[Exception] = []

        def write(store: Store, which: int) -> None:
            try:
                for number in range(5):
                    with store.writer():
                        store.put([entry(f"{which}-{number}.txt", paragraph(number))], {})
            except Exception as error:  # noqa: BLE001  asserted below
                failures.append(error)

        threads = [threading.Thread(target=write, args=pair) for pair in ((one, 1), (other, 2))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        with one.snapshot() as view:
            assert len(view.titles()) == 10
            assert len(view.nearest(OLD.vectors[0], 99)) == view.passage_count() == 10


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("passages", {"checksums": "0 0 0"}),
        ("passages", {"vector": [1.0] + [0.0] * 63}),
        ("text", {"body": packed(b"other")[0]}),
        ("change", {"body": packed(b"{}")[0]}),
        ("commit", {"body": "[]"}),
        ("passages", None),
        ("text", None),
    ],
)
def test_what_is_damaged_or_missing_is_noticed_and_rebuilt(
    tmp_path: Path, kind: str, change: Row | None
) -> None:
    files = Files(tmp_path / "articles")
    files.write("bridge.txt", "The bridge was built in 1932.")
    notices: list[str] = []
    url = str(milvus())

    def answer() -> str:
        with corpus_of(files.folder, stores=url, notify=notices.append) as corpus:
            answers = corpus.ask(QUESTION).answers
            corpus.search("bridge 1932")
            return answers[0].text if answers else ""

    with corpus_of(files.folder, stores=url) as corpus:
        expected = corpus.ask(QUESTION).answers[0].text
        name = corpus.folder.name
    assert "1932" in expected
    passages, kept = collections_of(name)
    try:
        with closing(Client(milvus())) as client:
            collection = passages if kind == "passages" else kept
            which = "id >= 0" if kind == "passages" else f'kind == "{kind}"'
            rows = client.query(collection, which, ["*"])
            assert rows
            client.delete(collection, which)
            if change:
                client.insert(collection, [{**row, **change} for row in rows])
        assert answer() == expected
        assert any("Rebuilding the index" in notice for notice in notices)
        notices.clear()
        assert answer() == expected
        assert not notices
    finally:
        with closing(Client(milvus())) as client:
            client.drop(name)


def test_a_server_that_is_killed_while_it_is_written_to_loses_nothing_that_it_stored(
    tmp_path: Path,
) -> None:
    with MilvusProcess(tmp_path) as server, closing(Client(server.address)) as client:
        store = opened_store(client, "killed")
        store.put(*BEFORE)
        stored: list[str] = []

        def write() -> None:
            with pytest.raises(StoreError, match="Nothing answers"):
                for number in range(1_000):
                    name = f"{number}.txt"
                    store.put([entry(name, paragraph(number))], {name: KNOWN})
                    stored.append(name)

        writer = threading.Thread(target=write)
        writer.start()
        while len(stored) < 5:
            assert writer.is_alive()
            time.sleep(0.01)
        server.kill()
        writer.join()
        server.start()
        with store.snapshot() as view:  # over the connection that was lost
            assert {"a.txt", "b.txt", *stored} <= {*view.titles()}
            assert len(view.titles()) <= len(stored) + 3
        everything(store)
        with store.writer():
            store.put(*CHANGE)
        assert article(store, "a.txt") == NEW.article
        everything(store)


def test_another_model_empties_the_store() -> None:
    name = f"test-{secrets.token_hex(8)}"
    with closing(Client(milvus())) as client:
        first = opened_store(client, name)
        first.put(*BEFORE)
        again = opened_store(client, name)
        assert (again.rebuilt, article(again, "a.txt")) == ("", OLD.article)
        other = opened_store(client, name, identity="another model", dimension=32)
        assert "another version or model" in other.rebuilt
        assert other.files() == {}
        with pytest.raises(StoreDamaged, match="replaced"):
            first.files()
        client.drop(name)
        with pytest.raises(StoreDamaged):
            other.files()


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("DEADLINE_EXCEEDED", "does not answer in time"),
        ("UNAUTHENTICATED", "refuses the user or the password"),
        ("PERMISSION_DENIED", "refuses the user or the password"),
        ("RESOURCE_EXHAUSTED", "too much"),
    ],
)
def test_a_call_without_an_answer_is_an_error_of_the_store(status: str, message: str) -> None:
    class Failed(grpc.RpcError):  # type: ignore[misc]  # it has no types
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode[status]

        def details(self) -> str:
            return "too much"

    with pytest.raises(StoreError, match=message), mapped(milvus()):
        raise Failed


def test_a_server_that_is_stopped_for_a_while_is_an_error_until_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MilvusProcess(tmp_path) as server, closing(Client(server.address)) as client:
        store = opened_store(client, "stopped")
        store.put(*BEFORE)
        monkeypatch.setattr("index.engines.milvus.client.TIMEOUT_SECONDS", 0.5)
        server.signal(signal.SIGSTOP)
        with pytest.raises(StoreError, match="does not answer in time"):
            store.files()
        server.signal(signal.SIGCONT)
        monkeypatch.undo()
        assert same(everything(store), in_memory(BEFORE))


def test_words_in_a_message_of_the_server_are_not_taken_for_a_wrong_password() -> None:
    with pytest.raises(StoreError, match="reports: the field author"), mapped(milvus()):
        raise MilvusException(1, "the field author has no such token")


def test_contents_of_any_size_come_back_and_damage_is_noticed() -> None:
    for content in (b"", b"x", secrets.token_bytes(200_000), b"y" * 1_000_000):
        parts = packed(content)
        assert all(0 < len(part) <= 65_535 for part in parts)
        assert unpacked(parts) == content
    parts = packed(secrets.token_bytes(200_000))
    for wrong in (parts[1:], parts[:-1], parts[::-1], [*parts, parts[0]], []):
        with pytest.raises(StoreDamaged):
            unpacked(wrong)
