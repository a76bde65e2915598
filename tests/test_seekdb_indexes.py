"""The indexes of a store on seekdb: what they find, and when they are asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from index.engines.seekdb import readiness, vectors, words
from index.engines.seekdb.connection import Connection
from index.engines.seekdb.engine import SeekdbEngine
from index.engines.seekdb.store import SeekdbStore
from index.store.protocol import View
from tests.support.memory_store import MemoryStore
from tests.support.seekdb_server import needs_seekdb, seekdb_server, seekdb_stores
from tests.support.stored import QUERY, WORDS, entry

PARTS = [f"The {one} {other} {number}." for one in WORDS for other in WORDS for number in range(3)]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SeekdbStore]:
    """A store that searches in the vector index, however few passages there are."""
    monkeypatch.setattr(vectors, "MAX_COMPARED", 0)
    with seekdb_stores() as (store, _):
        yield store


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All statements that are sent from now on."""
    sent, run = list[str](), Connection._run

    def noted(self: Connection, sql: str, *arguments: object, **named: object) -> object:
        sent.append(sql)
        return run(self, sql, *arguments, **named)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(Connection, "_run", noted)
    return sent


def filled(*stores: SeekdbStore | MemoryStore) -> None:
    """Store articles of one sentence each, and remove most of the nearest ones again."""
    entries = [entry(f"{number:03}.txt", part) for number, part in enumerate(PARTS)]
    near = sorted(entries, key=lambda one: -float(one.vectors[0] @ QUERY))
    for store in stores:
        with store.writer():
            store.put(entries, {})
        store.remove([one.article.id for one in near[:80:2]])


def places(view: View, query: np.ndarray, k: int, articles: list[str] | None) -> list[str]:
    ids = [id for id, _ in view.nearest(query, k, articles)]
    found = view.passages(ids)
    return [found[id].article for id in ids]


@pytest.mark.parametrize("articles", [None, [f"{number:03}.txt" for number in range(0, 300, 7)]])
@pytest.mark.slow
@needs_seekdb
def test_the_vector_index_finds_the_nearest_and_the_farthest_after_removals(
    store: SeekdbStore, statements: list[str], articles: list[str] | None
) -> None:
    expected = MemoryStore()
    filled(store, expected)
    with store.snapshot() as view, expected.snapshot() as other:
        for k in (1, 5, 30, 250):
            found, exact = view.nearest(QUERY, k, articles), other.nearest(QUERY, k, articles)
            assert [one for _, one in found] == pytest.approx([one for _, one in exact], abs=1e-3)
        lowest = other.min_cosine(QUERY, articles)
        assert view.min_cosine(QUERY, articles) == pytest.approx(lowest, abs=1e-3)
    assert any("(vector, " in sql and "APPROXIMATE" in sql for sql in statements)


def wait_for_search(store: SeekdbStore) -> None:
    """Wait until the store knows whether its index answers."""
    search = store._reader._readiness._search
    assert search is not None
    search.join(30)


@pytest.mark.slow
@needs_seekdb
def test_a_question_does_not_wait_for_an_index_that_is_being_made(
    store: SeekdbStore, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    with store.snapshot() as view:
        expected = places(view, QUERY, 9, None)
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 0.05)
    is_made = threading.Event()
    search = readiness._Search.run

    def slow(self: readiness._Search) -> None:
        is_made.wait(30)
        search(self)

    monkeypatch.setattr(readiness._Search, "run", slow)
    statements.clear()
    store._reader.connection.close()  # as if the server had been started again
    with store.snapshot() as view:
        assert places(view, QUERY, 9, None) == expected
    assert not any("APPROXIMATE" in sql for sql in statements)
    is_made.set()
    wait_for_search(store)
    with store.snapshot() as view:
        assert places(view, QUERY, 9, None) == expected
    assert "APPROXIMATE" in " ".join(statements)


@pytest.mark.slow
@needs_seekdb
def test_an_index_that_has_failed_once_is_asked_again(
    store: SeekdbStore, statements: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    store._reader.connection.close()
    with monkeypatch.context() as patched, store.snapshot() as view:
        patched.setattr(readiness, "_SEARCH", "SELECT id FROM no_such_table")
        expected = places(view, QUERY, 9, None)
        wait_for_search(store)
        statements.clear()
        assert places(view, QUERY, 9, None) == expected
        assert not any("APPROXIMATE" in sql for sql in statements), "not asked again at once"
    monkeypatch.setattr(readiness, "RETRY_SECONDS", 0)
    with store.snapshot() as view:
        places(view, QUERY, 9, None)
        wait_for_search(store)
        statements.clear()
        assert places(view, QUERY, 9, None) == expected
    assert any("APPROXIMATE" in sql for sql in statements)


@pytest.mark.slow
@needs_seekdb
def test_the_vector_index_has_what_a_writer_has_stored(store: SeekdbStore) -> None:
    filled(store)
    for number in range(10):
        new = entry("new.txt", f"The lighthouse of Quenby {number} walks.")
        with store.writer():
            store.put([new], {})
        with store.snapshot() as view:
            assert places(view, new.vectors[0], 1, None) == ["new.txt"]


@pytest.mark.slow
@needs_seekdb
def test_a_check_asks_the_vector_index_however_few_passages_there_are(
    statements: list[str],
) -> None:
    expected = MemoryStore()
    with seekdb_stores() as (store, _):
        filled(store, expected)
        statements.clear()
        engine = SeekdbEngine(seekdb_server().address)
        deadline = time.monotonic() + 20
        with expected.snapshot() as other:
            exact = pytest.approx([one for _, one in other.nearest(QUERY, 10)], abs=1e-3)
        is_same = False
        while not is_same:
            assert time.monotonic() < deadline, "the server updates its index in 0.2 s"
            with engine.snapshot("contract") as view:
                is_same = [one for _, one in view.nearest(QUERY, 10)] == exact
        searched = [sql for sql in statements if "inner_product" in sql]
        assert searched
        assert all("APPROXIMATE" in sql for sql in searched)


@pytest.mark.slow
@needs_seekdb
def test_words_are_ranked_alike_where_stems_share_their_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(words, "MAX_WEIGHTS", 6)
    expected = MemoryStore()
    with seekdb_stores() as (store, _):
        filled(store, expected)
        with store.snapshot() as view, expected.snapshot() as other:
            for asked in (["river"], ["queen", "mountain", "7"], ["war", "unheard"]):
                found, exact = view.matching(asked, 40), other.matching(asked, 40)
                assert [one for _, one in found] == pytest.approx([one for _, one in exact])
            for one in WORDS:
                stem = one.removesuffix("s")[:4]
                holding = view.with_stem(stem, 500)
                assert len(holding) == len(other.with_stem(stem, 500))
            assert view.unknown_words(["river", "unheard"], ["000.txt"]) == ["unheard"]
            assert view.unknown_words(["field"], ["000.txt"]) == ["field"]
