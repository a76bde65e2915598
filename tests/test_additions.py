"""Articles that are added to a running session, and web pages that are fetched again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from index.types import Notify
from qa.corpus import Corpus
from qa.events import (
    Added,
    Answered,
    Cancelled,
    CitationKey,
    Failed,
    FetchedAgain,
    Notice,
    Opened,
    QuotesChecked,
    Ready,
)
from tests.support.corpora import corpus_of
from tests.support.encoder import GatedEncoder
from tests.support.notes import write_notes
from tests.support.surface import PATIENCE_SECONDS, Surface
from tests.support.web_server import WebServer, response

BUILT = "When was the bridge built?"
TOWER = "When was the tower built?"
PAGE = b"The tower was built in 1820.\n\nIt is 93 metres high.\n"
Run = Callable[..., Surface]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start sessions, and stop them in the end."""
    running = []

    def start(*paths: Path | str) -> Surface:
        def open_corpus(notify: Notify) -> Corpus:
            return corpus_of(
                *paths,
                stores=tmp_path / "stores",
                notify=notify,
                data=tmp_path / "data",
                allow_private=True,
            )

        surface = Surface(open_corpus)
        running.append(surface)
        surface.session.start()
        surface.until(Ready)
        return surface

    yield start
    for surface in running:
        surface.session.stop(PATIENCE_SECONDS)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "notes")


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer({"/tower": response(PAGE, "text/plain")}) as running:
        yield running


def added(surface: Surface, turn: int, *paths: Path | str) -> Added:
    surface.session.add(turn, [str(path) for path in paths])
    ended = surface.until_ended(turn)
    assert isinstance(ended, Added), ended
    return ended


def failed(surface: Surface, turn: int, *paths: Path | str) -> str:
    surface.session.add(turn, [str(path) for path in paths])
    ended = surface.until_ended(turn)
    assert isinstance(ended, Failed), ended
    return f"{ended.message} {ended.hint}"


def cited(answered: Answered) -> list[str]:
    return [passage.citation.article for passage in answered.response.passages]


def test_an_address_is_fetched_once_and_asked_with_the_others_from_then_on(
    run: Run, notes: Path, server: WebServer
) -> None:
    surface = run(notes)
    address = server.url("/tower")
    event = added(surface, 1, address)
    assert (event.ids, event.is_same_root) == ((address,), True)
    assert event.paths == (str(notes), address)
    assert event.said == (
        f"Fetched {address}: 1 kB, text/plain",
        f"Added: tower · {address}",
    )
    assert any(f"Fetching {address}" in e.text for e in surface.events if isinstance(e, Notice))
    assert cited(surface.answer(2, TOWER))[0] == address
    assert cited(surface.answer(3, BUILT))[0] == "bridge.txt"
    assert server.paths == ["/tower"]


def test_what_cannot_be_fetched_is_said_and_nothing_changes(
    run: Run, notes: Path, server: WebServer
) -> None:
    surface = run(notes)
    assert "the server says 404 Not Found" in failed(surface, 1, server.url("/gone"))
    assert "does not start with" not in failed(surface, 2, "https://user:secret@example.org/")
    assert set(cited(surface.answer(3, BUILT))) == {"bridge.txt", "castle.txt", "mill.txt"}
    event = added(surface, 4, server.url("/tower"), server.url("/gone"))
    assert event.ids == (server.url("/tower"),)
    assert any("404 Not Found" in line for line in event.said)
    assert event.paths == (str(notes), server.url("/tower"))


def test_a_snapshot_that_is_there_is_asked_without_the_network(
    run: Run, notes: Path, server: WebServer
) -> None:
    added(run(notes), 1, server.url("/tower"))
    again = added(run(notes), 1, server.url("/tower"))
    assert again.said[0].startswith("Using the page fetched on ")
    assert server.paths == ["/tower"]


def test_a_cancel_ends_the_wait_for_a_server_at_once(run: Run, notes: Path) -> None:
    asked, release = threading.Event(), threading.Event()

    def hang(_: bytes) -> Iterable[bytes]:
        asked.set()
        release.wait(PATIENCE_SECONDS)
        return []

    with WebServer({"/tower": hang}) as server:
        surface = run(notes)
        surface.session.add(1, [server.url("/tower")])
        assert asked.wait(PATIENCE_SECONDS)
        surface.session.add(2, [server.url("/tower")])
        for turn in (1, 2):
            surface.session.cancel(turn)
        started = time.monotonic()
        assert isinstance(surface.until_ended(1), Cancelled)
        assert isinstance(surface.until_ended(2), Cancelled)
        assert time.monotonic() - started < PATIENCE_SECONDS / 2  # the server still waits
        surface.answer(3, BUILT)
        assert server.paths == ["/tower"]
        release.set()


def test_stopping_does_not_wait_for_a_server(run: Run, notes: Path) -> None:
    asked = threading.Event()

    def hang(_: bytes) -> Iterable[bytes]:
        asked.set()
        time.sleep(PATIENCE_SECONDS)
        return []

    with WebServer({"/tower": hang}) as server:
        surface = run(notes)
        surface.session.add(1, [server.url("/tower")])
        assert asked.wait(PATIENCE_SECONDS)
        assert surface.session.stop(PATIENCE_SECONDS / 2)
        server.ended.set()


def test_a_cancel_while_indexing_leaves_what_was_asked(
    notes: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    encoder = GatedEncoder()
    encoder.batches.release(1_000)
    stores = tmp_path / "stores"
    surface = Surface(lambda notify: corpus_of(notes, stores=stores, encoder=encoder))
    request.addfinalizer(lambda: surface.session.stop(PATIENCE_SECONDS))
    request.addfinalizer(encoder.open)
    surface.session.start()
    surface.until(Ready)
    other = tmp_path / "other"
    other.mkdir()
    for number in range(200):
        (other / f"{number}.txt").write_text(f"The tower {number} was built in {1700 + number}.")
    while encoder.batches.acquire(blocking=False):
        pass
    encoder.held.clear()
    surface.session.add(1, [str(other)])
    assert encoder.held.wait(PATIENCE_SECONDS)
    surface.session.cancel(1)
    encoder.open()
    assert isinstance(surface.until_ended(1), Cancelled)
    ready = [event for event in surface.events if isinstance(event, Ready)]
    assert [one.articles for one in ready] == [3, 3]
    assert set(cited(surface.answer(2, BUILT))) == {"bridge.txt", "castle.txt", "mill.txt"}
    assert len(added(surface, 3, other).ids) == 200


def test_files_from_elsewhere_are_added_and_earlier_quotes_are_still_found(
    run: Run, notes: Path, tmp_path: Path
) -> None:
    surface = run(notes)
    answered = surface.answer(1, BUILT)
    quotes = [(CitationKey(1, p.rank), p) for p in answered.response.passages]
    other = tmp_path / "other"
    other.mkdir()
    (other / "bridge.txt").write_text("Another bridge is made of wood.")
    event = added(surface, 2, other)
    assert (event.ids, event.is_same_root) == (("other/bridge.txt",), False)
    surface.session.check(quotes)
    assert surface.until(QuotesChecked).gone == frozenset()
    for id, path, text in (
        ("bridge.txt", notes / "bridge.txt", "The bridge was built"),
        ("other/bridge.txt", other / "bridge.txt", "Another bridge"),
    ):
        surface.session.open_article(id, path=str(path))
        article = surface.until(Opened).article
        assert article is not None and article.text.startswith(text)
    assert "notes/bridge.txt" in cited(surface.answer(3, BUILT))
    (notes / "bridge.txt").write_text("There is no such thing here.")
    surface.answer(4, TOWER)
    surface.session.check(quotes)
    bridge = {key for key, passage in quotes if passage.citation.article == "bridge.txt"}
    assert surface.until(QuotesChecked).gone == bridge


def test_what_is_asked_already_or_has_nothing_to_read_is_not_added(
    run: Run, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    surface = run(notes)
    assert failed(surface, 1, notes / "bridge.txt").startswith("Already among the articles")
    empty, binary = tmp_path / "empty", tmp_path / "a.bin"
    empty.mkdir()
    binary.write_bytes(bytes(range(256)) * 4)
    assert failed(surface, 2, empty).startswith("Nothing to read in empty. ")
    assert "binary" in failed(surface, 3, binary)
    assert "No such file" in failed(surface, 4, tmp_path / "gone.txt")
    surface.answer(5, BUILT)


def test_a_path_through_other_folders_is_added_as_what_it_leads_to(
    run: Run, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tower.txt").write_text("The tower was built in 1820.")
    monkeypatch.chdir(notes)
    surface = run(notes)
    event = added(surface, 1, "./../notes/../tower.txt")
    assert (event.ids, event.paths[1:]) == (("tower.txt",), (str(tmp_path / "tower.txt"),))
    assert "notes/bridge.txt" in cited(surface.answer(2, BUILT))


def test_the_articles_that_a_feed_links_to_are_added_with_it(
    notes: Path, tmp_path: Path, server: WebServer, request: pytest.FixtureRequest
) -> None:
    item = f"<item><title>Tower</title><link>{server.url('/tower')}</link></item>"
    feed = f"<rss version='2.0'><channel><title>News</title>{item}</channel></rss>".encode()
    server.answers["/feed"] = response(feed, "application/rss+xml")
    surface = Surface(
        lambda notify: corpus_of(
            notes, stores=tmp_path / "stores", data=tmp_path, allow_private=True, linked=True
        )
    )
    request.addfinalizer(lambda: surface.session.stop(PATIENCE_SECONDS))
    surface.session.start()
    surface.until(Ready)
    event = added(surface, 1, server.url("/feed"))
    assert set(event.ids) == {server.url("/feed"), server.url("/tower")}
    assert len([line for line in event.said if line.startswith("Fetched ")]) == 2
    assert cited(surface.answer(2, TOWER))[0] == server.url("/tower")


def test_a_hidden_file_is_added_when_it_is_named(run: Run, notes: Path) -> None:
    (notes / ".draft.txt").write_text("The tower was built in 1820.")
    surface = run(notes)
    assert added(surface, 1, notes / ".draft.txt").ids == (".draft.txt",)
    assert cited(surface.answer(2, TOWER))[0] == ".draft.txt"


def test_fetching_again_says_what_changed_and_which_quotes_are_gone(
    run: Run, notes: Path, server: WebServer
) -> None:
    surface = run(notes)
    surface.session.fetch_again(1)
    ended = surface.until_ended(1)
    assert isinstance(ended, Failed)
    address = server.url("/tower")
    added(surface, 2, address)
    surface.answer(3, TOWER)
    surface.session.fetch_again(4)
    ended = surface.until_ended(4)
    assert isinstance(ended, FetchedAgain)
    assert [change.is_changed for change in ended.changes] == [False]
    server.answers["/tower"] = response(b"The tower fell down in 1930.\n", "text/plain")
    surface.session.fetch_again(5)
    assert surface.until(Ready, lambda ready: bool(ready.changed)).changed == {address}
    ended = surface.until_ended(5)
    assert isinstance(ended, FetchedAgain)
    assert [(c.is_changed, c.lines_added, c.lines_removed) for c in ended.changes] == [(True, 1, 2)]
    assert "1930" in surface.answer(6, "When did the tower fall down?").response.passages[0].text


def test_fetching_again_keeps_what_it_has_if_the_server_fails(
    run: Run, notes: Path, server: WebServer
) -> None:
    surface = run(notes)
    added(surface, 1, server.url("/tower"))
    del server.answers["/tower"]
    surface.session.fetch_again(2)
    ended = surface.until_ended(2)
    assert isinstance(ended, FetchedAgain)
    assert "404 Not Found" in ended.changes[0].in_words
    assert cited(surface.answer(3, TOWER))[0] == server.url("/tower")
