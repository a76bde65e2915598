"""A store on Milvus that is damaged or replaced: what is sound is kept, the rest is rebuilt."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest

from index.engines.milvus import cleaning, deleting, engine
from index.engines.milvus.client import Client, collections_of
from index.engines.milvus.deleting import drop_damaged
from index.engines.milvus.engine import MilvusEngine
from index.engines.milvus.store import MilvusStore
from index.errors import StoreDamaged, StoreError
from index.store.protocol import Entry, Store, StoreHandle, View
from tests.support.memory_store import MemoryStore
from tests.support.milvus_server import milvus, milvus_stores, opened_store
from tests.support.milvus_texts import ENTRIES, TEXTS, seen_by, texts_in
from tests.support.stored import ENCODER, entry

pytestmark = pytest.mark.slow


def filled(store: Store) -> None:
    with store.writer():
        store.put(ENTRIES, {})


class Opened:
    """A store as the program opens it, which rebuilds itself when it is damaged."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[str] = []
        self.handles = ExitStack()

    def open(self, fill: Callable[[Store], object] = filled) -> StoreHandle:
        handle = MilvusEngine(milvus()).open_store(
            Path(self.name),
            dimension=ENCODER.dimension,
            identity="hashed words",
            about={},
            fill=fill,
            notify=self.said.append,
        )
        self.handles.callback(handle.close)
        return handle

    def count(self) -> int:
        """Return how many articles the store has on the server."""
        (found,) = (one for one in MilvusEngine(milvus()).stores() if one.name == self.name)
        return found.articles


@pytest.fixture
def client() -> Iterator[Client]:
    with closing(Client(milvus())) as client:
        yield client


@pytest.fixture
def store(client: Client) -> Iterator[Opened]:
    store = Opened(f"test-{secrets.token_hex(8)}")
    with store.handles:
        yield store
    client.drop(store.name)


QUERY = ENCODER.encode_query("The queen of the river city.")


@pytest.mark.parametrize("left", [0, 1, 5])
def test_lost_passages_are_noticed_even_if_others_are_found(
    client: Client, store: Opened, left: int
) -> None:
    handle = store.open()
    handle.update(filled)
    with opened_store(client, store.name).snapshot() as view:
        ids = view.passages_of(["a.txt"])
        expected = view.nearest(QUERY, 3)
    assert len(ids) > 5
    lost = ids[: len(ids) - left]
    client.delete(collections_of(store.name)[0], f"id in {lost}")
    for ask in (
        lambda view: [score for _, score in view.nearest(QUERY, 3)],
        lambda view: [score for _, score in view.nearest(QUERY, 3, ["a.txt"])],
    ):
        assert handle.read(ask) == pytest.approx([score for _, score in expected])
    assert len(store.said) == 1 and "missing" in store.said[0]


def test_passages_that_the_index_of_the_server_misses_are_found_all_the_same(
    client: Client, store: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = store.open()
    handle.update(filled)

    def nearest(view: View) -> list[float]:
        return [score for _, score in view.nearest(QUERY, 99)]

    expected, search = handle.read(nearest), Client.search
    assert len(expected) > 6
    monkeypatch.setattr(Client, "search", lambda *arguments: search(*arguments)[1::2])
    assert handle.read(nearest) == pytest.approx(expected)
    assert not store.said


@pytest.mark.parametrize("dimension", [ENCODER.dimension, 32])
def test_a_deletion_that_is_stopped_leaves_no_store_without_its_passages(
    client: Client, store: Opened, monkeypatch: pytest.MonkeyPatch, dimension: int
) -> None:
    store.open().update(filled)
    drop_collection, dropped = client._client.drop_collection, []

    def stopped(collection: str, **rest: float) -> None:
        if dropped:
            raise KeyboardInterrupt
        dropped.append(collection)
        drop_collection(collection, **rest)

    with monkeypatch.context() as patching, pytest.raises(KeyboardInterrupt):
        patching.setattr(client._client, "drop_collection", stopped)
        client.drop(store.name)
    assert not [one for one in MilvusEngine(milvus()).stores() if one.name == store.name]
    again = opened_store(client, store.name, dimension=dimension)
    with again.snapshot() as view:
        assert view.passage_count() == len(view.titles()) == 0
    assert not client.query(collections_of(store.name)[0], "id >= 0", ["id"])
    if dimension == ENCODER.dimension:
        filled(again)
        assert seen_by(again) == TEXTS


def lose_a_change(client: Client, name: str) -> None:
    """Damage a store so that it cannot be opened."""
    client.delete(collections_of(name)[1], 'kind == "change"')


def test_a_store_that_another_process_has_just_rebuilt_is_kept(
    client: Client, store: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.open().update(filled)
    lose_a_change(client, store.name)
    meanwhile = ["another process rebuilds it"]

    def later(of: Client, name: str, damage: StoreDamaged) -> bool:
        if meanwhile:
            meanwhile.clear()
            store.open().update(filled)
            assert store.count() == 2
        return drop_damaged(of, name, damage)

    monkeypatch.setattr(engine, "drop_damaged", later)
    handle = store.open()
    assert store.count() == 2
    assert handle.read(texts_in) == TEXTS


def test_a_damaged_store_is_deleted_once_and_never_one_that_is_not_known(
    client: Client, store: Opened
) -> None:
    store.open().update(filled)
    damages = []
    for _ in range(2):
        lose_a_change(client, store.name)
        with pytest.raises(StoreDamaged) as raised:
            opened_store(client, store.name)
        damages.append(raised.value)
    unknown = StoreDamaged("Nobody knows of which store.")
    assert not drop_damaged(client, store.name, unknown)
    deleted = [drop_damaged(client, store.name, damage) for damage in damages]
    assert deleted == [True, False]
    store.open().update(filled)
    assert not any(drop_damaged(client, store.name, one) for one in (*damages, unknown))
    assert store.count() == 2


def test_a_store_is_not_deleted_while_another_process_writes_to_it(
    client: Client, store: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deleting, "REMOVAL_SECONDS", 0.3)
    monkeypatch.setattr(deleting, "LOOK_SECONDS", 0.0)
    store.open().update(filled)
    writing = opened_store(client, store.name)
    client.delete(collections_of(store.name)[1], 'kind == "text"')
    with pytest.raises(StoreDamaged) as raised, writing.snapshot() as view:
        view.article("a.txt")
    with writing.writer():
        with pytest.raises(StoreError, match="Another program is changing the store"):
            MilvusEngine(milvus()).remove(store.name)
        waits = iter(range(3))

        def rebuild(of: float) -> None:
            if next(waits, None) == 2:
                writing.put(ENTRIES, {})

        with pytest.MonkeyPatch.context() as patching:
            patching.setattr("index.engines.milvus.lock.time.sleep", rebuild)
            assert not drop_damaged(client, store.name, raised.value)
        assert seen_by(writing) == TEXTS
    MilvusEngine(milvus()).remove(store.name)
    assert store.name not in {one.name for one in MilvusEngine(milvus()).stores()}


def test_a_reader_that_is_too_slow_is_told_so_and_deletes_nothing(
    client: Client, store: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning, "GRACE_MS", -1_000)
    handle = store.open()
    handle.update(filled)

    def slowly(view: View) -> str:
        other = store.open()
        other.update(lambda store: store.put([entry("a.txt", "Another text now.")], {}))
        other.update(filled)  # removes what was replaced
        return view.article("a.txt").text

    with pytest.raises(StoreError, match="changed while it was read") as raised:
        handle.read(slowly)
    assert not isinstance(raised.value, StoreDamaged)
    assert handle.read(texts_in) == TEXTS
    assert not store.said


def test_a_damaged_store_that_has_changed_meanwhile_is_read_again_before_it_is_deleted(
    client: Client, store: Opened
) -> None:
    handle = store.open()
    handle.update(filled)
    reading = store.open()
    kept = collections_of(store.name)[1]
    client.delete(kept, 'kind == "text"')
    other = opened_store(client, store.name)
    with pytest.raises(StoreDamaged) as raised, other.snapshot() as view:
        view.article("a.txt")
    handle.update(filled)  # stores the texts again
    assert not drop_damaged(client, store.name, raised.value)
    assert reading.read(texts_in) == TEXTS
    assert not store.said
    client.delete(kept, 'kind == "text"')
    assert reading.read(texts_in) == TEXTS
    assert len(store.said) == 1 and "Rebuilding the index" in store.said[0]


def test_a_title_of_very_many_words_is_stored_found_and_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cleaning, "GRACE_MS", -1_000)
    plain, chance = ENTRIES[0], random.Random(7)
    title = " ".join(f"w{chance.randrange(10**9)}" for _ in range(20_000))
    long = Entry(replace(plain.article, title=title), plain.spans, plain.vectors)
    words = ["queen", title.split()[0], title.split()[-1]]
    expected = MemoryStore()
    expected.put([long, ENTRIES[1]], {})
    with milvus_stores() as (one, other):
        assert isinstance(one, MilvusStore)

        def long_rows() -> int:
            return len(one._client.query(one._records.records, 'kind == "words"', ["id"]))

        with one.writer():
            one.put([long, ENTRIES[1]], {})
        with one.snapshot() as view, expected.snapshot() as known:
            assert view.titles()["a.txt"] == title
            found, wanted = view.matching(words, 99), known.matching(words, 99)
            assert len(found) == len(plain.spans)
            scores = [score for _, score in wanted]
            assert [score for _, score in found] == pytest.approx(scores)
        assert long_rows() > len(plain.spans)
        with one.writer():
            one.put(ENTRIES, {})
        with one.writer():
            assert long_rows() == 0
        with one.snapshot() as view:
            assert view.unknown_words(words) == words[1:]
        assert seen_by(one, other) == TEXTS
