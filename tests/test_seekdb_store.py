"""What a store on seekdb does beyond the contract of all stores."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.engines.address import EngineAddress
from index.engines.seekdb import registry
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
from index.types import Span
from tests.support.seekdb_server import needs_seekdb, seekdb_server, seekdb_stores
from tests.support.stored import ENCODER, entry


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


@given(st.integers(1, MAX_WEIGHTS // 2 - 1), st.integers(MAX_WEIGHTS, 1 << 31))
def test_the_first_terms_share_their_numbers_with_none(first: int, later: int) -> None:
    """They are the most frequent ones, and would take the place of rare ones in a search."""
    literal = sparse_literal({first: 1.0, later: 2.0})
    assert f"{first}:1," in literal
    assert literal.endswith(":2}")
    assert MAX_WEIGHTS // 2 <= int(literal.partition(",")[2].partition(":")[0]) < MAX_WEIGHTS


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
def test_who_opens_a_store_waits_for_its_creation_but_not_for_what_is_stored_then() -> None:
    address, name, made = seekdb_server().address, b"waited", list[SeekdbStore]()
    lock, creator = (Connection(address, "READ-COMMITTED") for _ in range(2))
    registry.prepare(creator)
    waiting = threading.Thread(target=lambda: made.append(opened(address, "waited")), daemon=True)
    with registry.locked(lock, name):
        waiting.start()
        identity = registry.identity_of("one", ENCODER.dimension)
        registry.create(creator, name, identity, {}, ENCODER.dimension)
        waiting.join(30)
        assert not waiting.is_alive()
    (store,) = made
    assert store.rebuilt == ""
    for one in (store, lock, creator):
        one.close()
    SeekdbEngine(address).remove("waited")


@pytest.mark.slow
@needs_seekdb
def test_who_has_lost_the_lock_of_a_store_changes_nothing() -> None:
    address = seekdb_server().address
    with opened(address, "unlocked") as store, opened(address, "unlocked") as other:
        store._lock.change("SET ob_trx_timeout = 100000")  # microseconds
        with pytest.raises(StoreError, match="imeout"), store.writer():
            with other.writer():  # waits until the server has ended the lock
                other.put([entry("a.txt", "The river.")], {})
            store.put([entry("a.txt", "The boat.")], {})
        with other.snapshot() as view:
            assert view.article("a.txt").text == "The river."
    SeekdbEngine(address).remove("unlocked")


@pytest.mark.slow
@needs_seekdb
def test_removing_a_store_that_is_being_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "REMOVAL_SECONDS", 0)
    engine = SeekdbEngine(seekdb_server().address)
    with opened(seekdb_server().address, "busy") as store:
        with store.writer(), pytest.raises(StoreError, match="changing the store"):
            engine.remove("busy")
        assert store.files() == {}
    engine.remove("busy")
    assert "busy" not in {one.name for one in engine.stores()}


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
