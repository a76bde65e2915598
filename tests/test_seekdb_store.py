"""What a store on seekdb does beyond the contract of all stores."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from index.engines.address import EngineAddress
from index.engines.seekdb import readiness, registry, vectors, words
from index.engines.seekdb.connection import Connection, ConnectionLost
from index.engines.seekdb.engine import SeekdbEngine
from index.engines.seekdb.schema import (
    MAX_PIECE_BYTES,
    MAX_STEM_BYTES,
    MAX_WEIGHTS,
    TABLES,
    creation,
)
from index.engines.seekdb.store import SeekdbStore
from index.engines.seekdb.words import sparse_literal, stem_key
from index.errors import StoreError
from index.store.protocol import View
from index.types import Span
from tests.support.memory_store import MemoryStore
from tests.support.seekdb_server import needs_seekdb, seekdb_server, seekdb_stores
from tests.support.stored import ENCODER, QUERY, WORDS, entry

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
def test_an_article_larger_than_a_packet_comes_back() -> None:
    """As does one with a word that is longer than a key can be."""
    word = "x" * (MAX_STEM_BYTES + 1)
    text = f"The river {word}. " + "é\0\U0001f600 " * (MAX_PIECE_BYTES // 3)
    small = entry("large.txt", "The river.")
    article = replace(small.article, text=text)
    large = replace(small, article=article, spans=[Span(0, MAX_STEM_BYTES + 20)])
    with seekdb_stores() as (store, _):
        store.put([small], {})
        store.put([large], {})
        with store.snapshot() as view:
            assert view.article("large.txt") == article
            assert view.unknown_words([word, f"{word}y"]) == [f"{word}y"]
            (id,) = view.with_stem(word, 3)
            assert view.matching([word], 3)[0][0] == id
            stems, start = [], ""
            while (stem := view.next_stem(start)) is not None:
                stems.append(stem)
                start = f"{stem}\0"
            assert stems == sorted(stems)
            assert all(view.with_stem(stem, 1) for stem in stems)


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


def test_a_long_stem_has_the_key_of_its_key() -> None:
    long = "é" * MAX_STEM_BYTES
    assert stem_key(long) != stem_key(f"{long}x")
    for stem in (long, f"{long}x", "short"):
        key = stem_key(stem)
        assert len(key) <= MAX_STEM_BYTES
        assert stem_key(key.decode()) == key


def test_terms_beyond_the_servers_limit_share_numbers() -> None:
    """So that a passage with the term is always nominated."""
    weights = {1: 0.25, MAX_WEIGHTS: 0.5, 3 * MAX_WEIGHTS: 2.0, 7: 1e-6}
    literal = sparse_literal(weights)
    numbers = dict(pair.split(":") for pair in literal.strip("{}").split(","))
    assert all(0 < int(number) < MAX_WEIGHTS for number in numbers)
    assert sum(map(float, numbers.values())) == pytest.approx(2.750001)


def opened(address: EngineAddress, name: str, identity: str = "one") -> SeekdbStore:
    about = {"paths": '["/notes"]'}
    return SeekdbStore(address, name, dimension=ENCODER.dimension, identity=identity, about=about)


def tables(address: EngineAddress) -> set[str]:
    connection = Connection(address, "READ-COMMITTED")
    found = {name for (name,) in connection.query("SHOW TABLES")}
    connection.close()
    return found


@pytest.mark.slow
@needs_seekdb
def test_stores_are_listed_read_and_removed_by_name() -> None:
    address = seekdb_server().address
    engine = SeekdbEngine(address)
    assert "seekdb" in engine.version()
    before = tables(address)
    with opened(address, "listed") as store, opened(address, "other"):
        store.put([entry("a.txt", "The river.")], {})
    listed = {one.name: one for one in engine.stores()}
    assert (listed["listed"].articles, listed["listed"].passages) == (1, 1)
    assert listed["listed"].paths == ("/notes",)
    assert listed["other"].articles == 0
    with engine.snapshot("listed") as view:
        assert view.article("a.txt").text == "The river."
    for name in ("listed", "other", "none"):
        engine.remove(name)
        with pytest.raises(StoreError, match="no store"), engine.snapshot(name):
            pass
    assert tables(address) - before <= {"article_qa_stores", "article_qa_locks"}


@pytest.mark.slow
@needs_seekdb
def test_a_transaction_never_goes_on_over_another_connection() -> None:
    connection = Connection(seekdb_server().address, "READ-COMMITTED")
    with pytest.raises(ConnectionLost), connection.transaction():
        ((own,),) = connection.query("SELECT connection_id()")
        with contextlib.suppress(StoreError):
            connection.query(f"KILL {own}")
            connection.query("SELECT 1")
        connection.query("SELECT 1")
    assert connection.query("SELECT 1") == ((1,),)
    assert connection.number == 2
    connection.close()


@pytest.mark.slow
@needs_seekdb
@pytest.mark.parametrize("damage", ["articles = 7", "about = 'other'", "about = '[]'"])
def test_a_damaged_record_of_one_store_does_no_harm_to_others(damage: str) -> None:
    address = seekdb_server().address
    engine = SeekdbEngine(address)
    with opened(address, "sound") as store, opened(address, "broken"):
        store.put([entry("a.txt", "The river.")], {})
    connection = Connection(address, "READ-COMMITTED")
    connection.change(f"UPDATE article_qa_stores SET {damage} WHERE name = 'broken'")
    connection.close()
    listed = {one.name: one for one in engine.stores()}
    assert "damaged" in listed["broken"].problem
    assert listed["sound"].problem == ""
    with engine.snapshot("sound") as view:
        assert view.article("a.txt").text == "The river."
    with pytest.raises(StoreError, match="damaged"), engine.snapshot("broken"):
        pass
    engine.remove("broken")
    assert "broken" not in {one.name for one in engine.stores()}
    engine.remove("sound")


@pytest.mark.slow
@needs_seekdb
def test_a_store_of_another_identity_is_emptied_and_says_so() -> None:
    address = seekdb_server().address
    with opened(address, "changed") as store:
        store.put([entry("a.txt", "The river.")], {})
        assert store.rebuilt == ""
    with opened(address, "changed", identity="two") as store:
        assert "another version or model" in store.rebuilt
        with store.snapshot() as view:
            assert view.titles() == {}
    SeekdbEngine(address).remove("changed")


@pytest.mark.slow
@needs_seekdb
def test_what_a_killed_process_has_begun_to_create_is_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = seekdb_server().address
    before = tables(address)

    def failing(number: int, name: str, dimension: int) -> str:
        if name == "stems":
            raise MemoryError("as if it was killed")
        return creation(number, name, dimension)

    with monkeypatch.context() as patched, pytest.raises(MemoryError):
        patched.setattr(registry, "creation", failing)
        opened(address, "begun")
    assert len(tables(address) - before) >= 3
    with opened(address, "begun") as store:
        store.put([entry("a.txt", "The river.")], {})
    assert len(tables(address) - before) <= len(TABLES) + 2
    SeekdbEngine(address).remove("begun")
    assert tables(address) - before <= {"article_qa_stores", "article_qa_locks"}


@pytest.mark.slow
@needs_seekdb
@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "s3cret"}, "refuses the user or the password"),
        ({"user": "nobody", "password": "s3cret"}, "refuses the user or the password"),
        ({"database": "no_such"}, "no database no_such"),
        ({"port": 1}, "Nothing answers"),
        ({"host": "no-such-host.invalid"}, "Nothing answers"),
    ],
)
def test_what_is_wrong_with_an_address_is_said_without_its_password(
    changed: dict[str, Any], said: str
) -> None:
    address = replace(seekdb_server().address, **changed)
    for use in (lambda: SeekdbEngine(address).stores(), lambda: opened(address, "never")):
        with pytest.raises(StoreError) as raised:
            use()
        error = raised.value
        assert said in error.message
        assert error.hint
        assert "s3cret" not in f"{error.message} {error.hint} {error!r} {error.__cause__!r}"
