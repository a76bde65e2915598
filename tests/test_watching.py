"""Large corpora that are asked again and again: files are looked at only after a notification."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import index.folder
from index.errors import ArticleError
from index.watching import Watch
from qa import lookups
from qa.answers.extracts import Part
from qa.answers.results import ExtractJson
from qa.corpus import Corpus
from qa.events import Found, Ready
from tests.support.corpora import corpus_of
from tests.support.notes import opens, write_notes
from tests.support.surface import PATIENCE_SECONDS, Surface

BUILT = "When was the bridge built?"
Scans = list[str]


@pytest.fixture(autouse=True)
def three_files_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Watch small corpora, of files that are older than they are."""
    monkeypatch.setattr("index.watching.MIN_WATCHED_FILES", 3)
    monkeypatch.setattr("index.comparing.RACY_NS", 0)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = write_notes(tmp_path / "notes")
    (folder / "more").mkdir()
    (folder / "more" / "tower.txt").write_text("The tower was built in 1801.\n")
    return folder


@pytest.fixture
def scans(notes: Path, monkeypatch: pytest.MonkeyPatch) -> Scans:
    """The folders that were listed."""
    listed, real = [], os.scandir

    def scandir(folder: str) -> object:
        if str(folder).startswith(str(notes)):
            listed.append(folder)
        return real(folder)

    monkeypatch.setattr(index.folder.os, "scandir", scandir)
    return listed


@pytest.fixture
def watched(notes: Path, tmp_path: Path, scans: Scans) -> Iterator[Corpus]:
    """A corpus that has been watched since before its files were scanned."""
    with corpus_of(notes, stores=tmp_path / "stores") as corpus:
        corpus.watch()
        for _ in range(2):
            corpus.ask(BUILT)
        assert scans
        scans.clear()
        yield corpus


def notified(corpus: Corpus) -> None:
    """Wait for a notification."""
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    assert corpus._watch is not None
    while corpus._watch.is_unchanged():
        assert time.monotonic() < give_up_at, "nothing was notified"


def test_nothing_is_listed_while_nothing_changes(watched: Corpus, scans: Scans) -> None:
    for _ in range(3):
        assert watched.ask(BUILT).answers[0].text == "The bridge was built in 1932."
    assert scans == []


def edit(notes: Path) -> None:
    (notes / "bridge.txt").write_text("The bridge was built in 1933.\n")


def add(notes: Path) -> None:
    (notes / "more" / "new.txt").write_text("A new bridge was built in 1999.\n")


def add_folder(notes: Path) -> None:
    (notes / "other").mkdir()
    (notes / "other" / "new.txt").write_text("A new bridge was built in 1999.\n")


def remove(notes: Path) -> None:
    (notes / "bridge.txt").unlink()


def rename(notes: Path) -> None:
    (notes / "bridge.txt").rename(notes / "more" / "bridge.txt")


def ignore(notes: Path) -> None:
    (notes / ".gitignore").write_text("bridge.txt\n")


@pytest.mark.parametrize("change", [edit, add, add_folder, remove, rename, ignore])
def test_a_change_is_seen_by_the_next_question(
    watched: Corpus, notes: Path, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    change(notes)
    notified(watched)
    response = watched.ask(BUILT, passages=10)
    with corpus_of(notes, stores=tmp_path / "others") as fresh:
        expected = fresh.ask(BUILT, passages=10)
    assert {hit.passage.article.id for hit in response.hits} == {
        hit.passage.article.id for hit in expected.hits
    }
    assert [a.text for a in response.answers] == [a.text for a in expected.answers]


def test_a_file_in_a_new_folder_is_seen_again_when_it_changes(
    watched: Corpus, notes: Path, scans: Scans
) -> None:
    add_folder(notes)
    notified(watched)
    for _ in range(3):  # the first one finds the folder, the second one relies on watching it
        watched.ask(BUILT)
    scans.clear()
    watched.ask(BUILT)
    assert scans == []
    (notes / "other" / "new.txt").write_text("The bridge was closed.\n")
    notified(watched)
    watched.ask(BUILT)
    assert watched.report.changed == ["other/new.txt"]


def create_again(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "tower.txt").write_text("The tower was built in 1802.\n")


def exchange(folder: Path) -> None:
    create_again(Path(shutil.copytree(folder, folder.with_name("prepared"))))
    folder.rename(folder.with_name(".old"))
    folder.with_name("prepared").rename(folder)


@pytest.mark.parametrize("replace", [create_again, exchange])
def test_a_folder_in_place_of_another_one_is_watched(
    watched: Corpus, notes: Path, scans: Scans, replace: Callable[[Path], None]
) -> None:
    replace(notes / "more")
    notified(watched)
    watched.ask(BUILT)
    assert watched.report.changed == ["more/tower.txt"]
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while scans:  # until nothing more is notified
        scans.clear()
        watched.ask(BUILT)
        assert time.monotonic() < give_up_at, "files are listed for each question"
    add(notes)
    notified(watched)
    watched.ask(BUILT)
    assert watched.report.added == ["more/new.txt"]


def test_hidden_files_do_not_matter(watched: Corpus, notes: Path, scans: Scans) -> None:
    (notes / ".bridge.txt.swp").write_text("x")
    time.sleep(0.1)
    watched.ask(BUILT)
    assert scans == []


def test_what_is_quoted_has_not_changed_though_nothing_was_notified(
    watched: Corpus, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Watch, "is_unchanged", lambda _: True)  # as on a network drive
    edit(notes)
    assert watched.ask(BUILT).answers[0].text == "The bridge was built in 1933."


def test_without_notifications_every_question_lists_the_files(
    notes: Path, tmp_path: Path, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def refuse(*folders: object) -> NoReturn:
        tried.append(folders)
        raise OSError("no space left on device")  # what Linux says of too many folders

    monkeypatch.setattr("watchfiles._rust_notify.RustNotify", refuse)
    check_always_listed(notes, tmp_path, scans)
    assert len(tried) == 1


def test_after_a_while_files_are_listed_though_nothing_is_notified(
    watched: Corpus, notes: Path, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.ask(BUILT)
    assert scans == []
    monkeypatch.setattr("index.watching.SCAN_AGAIN_SECONDS", 0.0)
    watched.ask(BUILT)  # nothing was idle in between, as when questions arrive through a pipe
    assert str(notes) in scans


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_corpus_with_links_is_listed_for_every_question(
    notes: Path, tmp_path: Path, scans: Scans
) -> None:
    (notes / "link.txt").symlink_to(notes / "more" / "tower.txt")
    check_always_listed(notes, tmp_path, scans)


def test_a_small_corpus_is_listed_for_every_question(
    notes: Path, tmp_path: Path, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.watching.MIN_WATCHED_FILES", 10_000)
    check_always_listed(notes, tmp_path, scans)


def check_always_listed(notes: Path, tmp_path: Path, scans: Scans) -> None:
    with corpus_of(notes, stores=tmp_path / "stores") as corpus:
        corpus.watch()
        for _ in range(4):
            scans.clear()
            corpus.ask(BUILT)
            assert str(notes) in scans


def test_a_session_scans_once_more_in_the_background_and_then_no_more(
    notes: Path, tmp_path: Path, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.answering.IDLE_SECONDS", 0.01)
    surface = Surface(opens(tmp_path / "stores", notes))
    surface.session.start()
    try:
        surface.until(Ready)
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while scans.count(str(notes)) < 2:  # indexing lists the files once
            assert time.monotonic() < give_up_at, "nothing is scanned in the background"
            time.sleep(0.01)
        assert surface.comes_nothing()
        scans.clear()
        surface.answer(1, BUILT)
        assert surface.comes_nothing()
        assert scans == []
    finally:
        surface.session.stop(PATIENCE_SECONDS)


def test_a_session_finds_in_the_background_what_was_not_notified(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.answering.IDLE_SECONDS", 0.01)
    monkeypatch.setattr("index.watching.SCAN_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(Watch, "is_unchanged", lambda _: True)
    surface = Surface(opens(tmp_path / "stores", notes))
    surface.session.start()
    try:
        assert surface.until(Ready).articles == 4
        add(notes)
        assert surface.until(Ready).articles == 5
    finally:
        surface.session.stop(PATIENCE_SECONDS)


def test_what_is_looked_up_has_not_changed_though_nothing_was_notified(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface = Surface(opens(tmp_path / "stores", notes))
    surface.session.start()
    try:
        surface.until(Ready)
        monkeypatch.setattr(Watch, "is_unchanged", lambda _: True)  # as on a network drive
        edit(notes)
        surface.session.look_up(1, lookups.read("bridge.txt", Part()))
        found = surface.until(Found).result
        assert isinstance(found, ExtractJson)
        assert found.text == "The bridge was built in 1933.\n"
    finally:
        surface.session.stop(PATIENCE_SECONDS)


def test_nothing_readable_is_an_error_each_time(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_bytes(b"\0\1")
    with corpus_of(folder, stores=tmp_path / "stores") as corpus:
        corpus.watch()
        for _ in range(3):
            with pytest.raises(ArticleError, match="Nothing to read"):
                corpus.ask(BUILT)
