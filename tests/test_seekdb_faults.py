"""Whatever fails around a store on a server: no wrong citation, no lost article, a clear error."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from index.engines.address import EngineAddress
from index.engines.seekdb import registry
from index.engines.seekdb.connection import Connection
from index.engines.seekdb.engine import SeekdbEngine
from index.errors import StoreError
from index.store.protocol import FileRecord, Store, StoreHandle, View
from index.types import Notify
from index.wording import encoded_text
from tests.support.cut_proxy import CutProxy, cut_proxy
from tests.support.memory_store import MemoryStore
from tests.support.seekdb_server import SeekdbServer, needs_seekdb, seekdb_server
from tests.support.seekdb_writer import NAME, NAMES, PARTS, VERSIONS, Writer, opened_at, version_of
from tests.support.stored import ENCODER, QUERY, contents, hits_in, opened

pytestmark = [pytest.mark.slow, needs_seekdb]

KNOWN = FileRecord(7, 1, 2, "", "", "text 1")


@pytest.fixture
def address() -> EngineAddress:
    """Of a server whose store has the first version of all articles."""
    address = seekdb_server().address
    SeekdbEngine(address).remove(NAME)
    with opened_at(address) as store:
        store.put([version_of(name, 0) for name in NAMES], dict.fromkeys(NAMES, KNOWN))
    return address


def versions_in(store: Store) -> dict[str, int]:
    """Return the version of each article; fail unless all of each is there and can be found."""
    found = versions_seen(store)
    expected = MemoryStore()
    expected.put([version_of(name, version) for name, version in found.items()], {})
    assert contents(store) == pytest.approx(contents(expected), abs=1e-5)
    return found


def versions_seen(store: Store) -> dict[str, int]:
    """Return the version of each article; fail unless its text and its passages are of that one."""
    with store.snapshot() as view:
        found = {name: int(title) for name, title in view.titles().items()}
        for name, version in found.items():
            expected = version_of(name, version)
            assert view.article(name).text == expected.article.text
            places = view.passages(view.passages_of([name])).values()
            assert [place.span for place in places] == list(expected.spans)
    return found


def test_a_writer_that_is_killed_leaves_whole_articles_and_no_lock(
    address: EngineAddress,
) -> None:
    chance, waits = random.Random(1), list[int]()
    for _ in range(25):
        writer = Writer(address, NAMES[:2])
        writer.wait_for_one()
        time.sleep(chance.uniform(0, 0.1))
        stored = writer.stored_until_killed()
        with opened_at(address) as store:
            with store.writer(lambda: waits.append(1)):
                found = versions_in(store)
            assert found["a.txt"] == found["b/c.txt"] >= stored > 0
            assert found["d.txt"] == 0
            assert len(store.files()) == len(NAMES)
    assert len(waits) < 25 * 40, "a lock ends with the process that held it"


def test_two_writers_lose_nothing_of_each_other(address: EngineAddress) -> None:
    for _ in range(5):
        first, second = Writer(address, ["a.txt"]), Writer(address, ["d.txt"])
        for writer in (first, second):
            writer.wait_for_one()
        time.sleep(0.2)
        with opened_at(address) as store:
            for _ in range(5):
                versions_seen(store)
            stored = [writer.stored_until_killed() for writer in (first, second)]
            found = versions_in(store)
        assert found["a.txt"] >= stored[0] > 0
        assert found["d.txt"] >= stored[1] > 0
        assert found["b/c.txt"] == 0


@pytest.fixture
def proxy(address: EngineAddress) -> Iterator[CutProxy]:
    with cut_proxy(address.port) as proxy:
        yield proxy


def test_a_connection_cut_while_storing_leaves_the_old_article_or_the_new(
    address: EngineAddress, proxy: CutProxy
) -> None:
    chance, errors = random.Random(2), list[StoreError]()
    with opened_at(address) as sound:
        for version in range(1, 22):
            with opened_at(replace(address, port=proxy.port)) as store:
                before = versions_in(sound)
                proxy.cut_after(chance.randrange(120_000))
                try:
                    with store.writer():
                        store.put([version_of(name, version) for name in NAMES], {})
                    assert set(versions_in(sound).values()) == {version}
                except StoreError as error:
                    errors.append(error)
                    assert versions_in(sound) in (before, dict.fromkeys(NAMES, version))
                proxy.heal()
                assert versions_in(store) == versions_in(sound)  # it connects again
    assert 6 <= len(errors) < 21, "some were cut, and some were not"
    assert all("lost" in error.message and error.hint for error in errors)


def test_a_connection_cut_while_reading_is_made_again(
    address: EngineAddress, proxy: CutProxy
) -> None:
    chance = random.Random(3)
    with opened_at(address) as sound, opened_at(replace(address, port=proxy.port)) as store:
        expected = hits_in(sound, "The queen0 of the river11?", 5)
        for _ in range(30):
            proxy.cut_after(chance.randrange(20_000))
            assert hits_in(store, "The queen0 of the river11?", 5) == expected
            proxy.heal()
        with pytest.raises(StoreError, match="lost"), store.snapshot() as view:
            assert len(view.titles()) == 3
            sound.put([version_of("a.txt", 1)], {})
            proxy.cut_after(0)
            view.article("b/c.txt")  # in the state of the titles, or not at all
        assert versions_in(store)["a.txt"] == 1


def test_an_error_at_any_statement_undoes_the_whole_change(
    address: EngineAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, left = Connection._run, 0

    def failing(self: Connection, *arguments: object, **named: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise MemoryError("at some statement")
        return run(self, *arguments, **named)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(Connection, "_run", failing)
    failed = 0
    while failed < 40:
        left = 1000
        with opened_at(address) as store:
            left = failed
            try:
                store.put([version_of(name, 5) for name in NAMES], dict.fromkeys(NAMES, KNOWN))
                break
            except MemoryError:
                failed, left = failed + 1, 1000
            assert versions_in(store) == dict.fromkeys(NAMES, 0)
            assert len(store.files()) == len(NAMES)
    left = 1000
    assert 12 < failed < 40
    with opened_at(address) as store:
        assert versions_in(store) == dict.fromkeys(NAMES, 5)


def test_what_was_stored_survives_a_server_that_is_killed(tmp_path: Path) -> None:
    server = SeekdbServer(tmp_path / "server")
    server.folder.mkdir()
    server.start()
    try:
        with opened_at(server.address) as reader:
            reader.put([version_of(name, 0) for name in NAMES], {})
            for round in range(2):
                writer = Writer(server.address, NAMES[:2])
                writer.wait_for_one()
                time.sleep(0.1 * round)
                server.kill()
                stored = writer.stored_until_killed()
                with pytest.raises(StoreError) as raised:
                    versions_in(reader)
                assert "answers" in raised.value.message or "lost" in raised.value.message
                server.start()
                found = versions_in(reader)
                assert found["a.txt"] == found["b/c.txt"] >= stored > 0
            with opened(tmp_path / "local") as local:
                local.put([version_of(name, found[name]) for name in NAMES], {})
                for name, version in found.items():
                    question = f"The queen{10 * (VERSIONS * NAMES.index(name) + version)}?"
                    ours, theirs = (hits_in(store, question, 5) for store in (reader, local))
                    assert [hit.passage for hit in ours] == [hit.passage for hit in theirs]
                    assert [h.score for h in ours] == pytest.approx(
                        [h.score for h in theirs], abs=1e-5
                    )
    finally:
        server.kill()


DAMAGES = [
    "UPDATE {passages} SET start = start + 1",
    "UPDATE {passages} SET stop = stop - 1",
    "UPDATE {passages} SET article = article + 1 WHERE article = 1",
    "UPDATE {passages} SET halves = REVERSE(halves)",
    "UPDATE {passages} SET words = SUBSTR(words, 5)",
    "DELETE FROM {passages} WHERE article = 1",
    "DELETE FROM {passages}",
    "UPDATE {articles} SET title = 'other'",
    "UPDATE {articles} SET path = '/other'",
    "UPDATE {articles} SET sha256 = 'other'",
    "UPDATE {articles} SET text_bytes = text_bytes - 1",
    "DELETE FROM {articles} WHERE id = 1",
    "UPDATE {contents} SET bytes = REPLACE(bytes, 'river', 'RIVER')",
    "UPDATE {contents} SET bytes = CONCAT(bytes, 'x')",
    "DELETE FROM {contents}",
    "DROP TABLE {passages}",
    "UPDATE article_qa_stores SET passages = passages + 1",
    "UPDATE article_qa_stores SET about = 'other'",
    "DELETE FROM article_qa_stores",
]


def texts_in(view: View) -> dict[str, str]:
    """Return the texts of all articles, after everything else was read."""
    ids = view.passages_of(NAMES)
    assert len(view.passages(ids)) == view.passage_count() == len(view.nearest(QUERY, 100))
    assert len(view.matching(["the"], 100)) == PARTS * len(NAMES)
    return {name: view.article(name).text for name in sorted(view.titles())}


def handle_at(address: EngineAddress, fill: Callable[[Store], None], notify: Notify) -> StoreHandle:
    """Open the store as the program does."""
    return SeekdbEngine(address).open_store(
        Path(NAME), dimension=ENCODER.dimension, identity="hashed words", about={},
        fill=fill, notify=notify,
    )  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_rows_are_never_quoted_and_the_store_is_rebuilt(
    address: EngineAddress, damage: str
) -> None:
    said: list[str] = []

    def fill(store: Store) -> None:
        entries = [version_of(name, 0) for name in NAMES]
        with store.writer():
            store.put(entries, dict.fromkeys(NAMES, KNOWN))
            store.clear_cached_vectors()

    with ExitStack() as closing:
        handle = handle_at(address, fill, said.append)
        closing.callback(handle.close)
        connection = Connection(address, "READ-COMMITTED")
        row = registry.current(connection, NAME.encode())
        assert row is not None
        tables = {name: row.table(name) for name in ("articles", "contents", "passages")}
        connection.change(damage.format(**tables))
        connection.close()
        texts = handle.read(texts_in)
        assert texts == {name: version_of(name, 0).article.text for name in NAMES}
        with opened_at(address) as store:
            assert set(versions_in(store).values()) == {0}
            assert len(store.files()) == len(NAMES)
        assert all("damaged" in one or "removed" in one or "missing" in one for one in said)


def test_a_rebuilt_store_takes_the_sound_vectors_of_the_damaged_one(
    address: EngineAddress,
) -> None:
    reused: dict[str, int] = {}

    def fill(store: Store) -> None:
        for name in NAMES:
            one = version_of(name, 0)
            texts = [encoded_text(one.article, span) for span in one.spans]
            reused[name] = len(store.cached_vectors(one.article, texts))
        store.clear_cached_vectors()

    handle = handle_at(address, fill, str)
    connection = Connection(address, "READ-COMMITTED")
    row = registry.current(connection, NAME.encode())
    assert row is not None
    connection.change(f"UPDATE {row.table('contents')} SET bytes = 'x' WHERE article = 1")
    handle.read(lambda view: view.article("a.txt") if reused == {} else None)
    spans = {name: len(version_of(name, 0).spans) for name in NAMES}
    assert reused == {**spans, "a.txt": 0}
    left = connection.query("SELECT count(*) FROM article_qa_stores WHERE name = %s", (NAME,))
    assert left == ((1,),)
    connection.close()
    handle.close()
