"""The store: passages, words and vectors in step, whatever was done to it or happens to it."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import StoreDamaged, StoreError
from index.store import checksum
from index.store.check import findings
from index.store.database import Database, file_uri
from index.store.files import DATABASE, VECTORS
from index.store.protocol import FileRecord, View
from index.store.readonly import describe, is_foreign
from index.store.schema import FORMAT
from tests.support.examples import examples
from tests.support.stored import QUERY, WORDS, article, contents, entry, no_room, opened

sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
texts = st.lists(sentences, min_size=1, max_size=4).map("\n\n".join)
names = st.sampled_from(["a.txt", "b.txt", "c.txt"])
A = entry("a.txt", "The queen of the river city.")
B = entry("b.txt", "A king at war.\n\nThe mountain.")


@examples(40)
@given(st.lists(st.dictionaries(names, texts | st.none(), min_size=1), max_size=6))
def test_only_the_final_articles_matter_not_what_was_put_and_removed_before(
    steps: list[dict[str, str | None]],
) -> None:
    final: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder, "old")) as old:
            for step in steps:
                old.put([entry(name, text) for name, text in step.items() if text], {})
                old.remove([name for name, text in step.items() if text is None])
                final = {name: text for name, text in {**final, **step}.items() if text}
                old.refresh()
            with opened(Path(folder, "new")) as new:
                new.put([entry(name, text) for name, text in final.items()], {})
                expected = pytest.approx(contents(new), abs=1e-6)
            assert contents(old) == expected
        with opened(Path(folder, "old")) as old:
            assert contents(old) == expected
            with old.snapshot() as view:
                assert view.size().articles == len(final)


ASK_TITLES = """
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
print(*[row[0] for row in database.execute("SELECT name FROM articles ORDER BY name")])
database.close()
"""


def titles_as_another_process_sees_them(folder: Path) -> list[str]:
    command = [sys.executable, "-c", ASK_TITLES, str(folder / DATABASE)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@pytest.mark.parametrize(
    "look", [lambda folder: opened(folder).close(), findings, describe, is_foreign]
)
def test_nothing_that_is_stored_is_lost_when_a_store_is_also_opened_elsewhere(
    tmp_path: Path, look: Callable[[Path], object]
) -> None:
    with opened(tmp_path) as store:
        store.put([A], {})
        look(tmp_path)
        assert titles_as_another_process_sees_them(tmp_path) == ["a.txt"]
        store.put([B], {})
        assert titles_as_another_process_sees_them(tmp_path) == ["a.txt", "b.txt"]
    assert titles_as_another_process_sees_them(tmp_path) == ["a.txt", "b.txt"]


def test_where_there_is_no_write_ahead_log_a_reader_does_not_wait_for_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "_enable_log", lambda self: None)
    monkeypatch.setattr("index.store.database.BUSY_SECONDS", 0.1)
    with opened(tmp_path) as store:
        store.put([A], {})
        with store.snapshot():
            expected = contents(store)
        made = (tmp_path / VECTORS).stat()
    with opened(tmp_path) as store:
        assert store._db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert contents(store) == expected
    assert (tmp_path / VECTORS).stat().st_mtime_ns == made.st_mtime_ns  # what it is, was noted


@pytest.mark.parametrize("number", [5.7, 5.0, "5", None])
@pytest.mark.parametrize("place", range(3))
def test_a_passage_with_a_number_of_another_type_has_no_checksum(
    number: object, place: int
) -> None:
    numbers: list[Any] = [1, 2, 3]
    checksum.of_passage(b"", *numbers, b"")
    numbers[place] = number
    with pytest.raises(TypeError):
        checksum.of_passage(b"", *numbers, b"")


def test_a_store_that_is_just_being_made_is_waited_for(tmp_path: Path) -> None:
    database = sqlite3.connect(tmp_path / DATABASE, isolation_level=None, check_same_thread=False)
    database.execute("BEGIN IMMEDIATE")
    done = threading.Timer(0.2, database.execute, ["COMMIT"])
    done.start()
    with opened(tmp_path) as store:
        store.put([A], {})
    done.join()
    database.close()


any_text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@settings(deadline=None)
@given(any_text)
def test_an_article_comes_back_to_the_letter(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder)) as store:
            store.put([put := entry("a.txt", text)], {})
        with opened(Path(folder)) as store:
            assert article(store, "a.txt") == put.article


def test_a_store_of_another_identity_or_format_is_emptied_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as store:
        assert store.rebuilt == ""
    for identity, version in (("other", FORMAT), ("other", 99), ("hashed words", 99)):
        monkeypatch.setattr("index.store.schema.FORMAT", version)
        with opened(tmp_path, identity) as store:
            assert "another version or model" in store.rebuilt
            assert not contents(store)
            assert not store.files()
            store.put([A], {"a.txt": FileRecord(1, 1, 1, "", "", "text 1")})
        with opened(tmp_path, identity) as store:
            assert store.rebuilt == ""
            assert article(store, "a.txt") == A.article


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_a_store_that_cannot_be_made_there_says_where_else_it_can_be(
    tmp_path: Path, folder: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be written") as raised:
        opened(tmp_path / folder)
    assert not isinstance(raised.value, StoreDamaged)
    assert "--store" in raised.value.hint


def test_a_store_without_write_permission_can_still_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "store") as store:
        store.put([A, B], {})
        store.refresh()
        expected = contents(store)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)
    with opened(tmp_path / "store") as store:
        assert contents(store) == expected
        assert store.files() == {}
        with pytest.raises(StoreError, match="cannot be written"):
            store.remove([A.article.id])
    assert describe(tmp_path / "store") is not None
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_full_disk_is_named_and_what_was_stored_stays(tmp_path: Path) -> None:
    large = entry("large.txt", "\n\n".join(f"river {n} " * 40 for n in range(200)))
    with opened(tmp_path) as store:
        store.put([A], {})
        before = contents(store)
        (pages,) = store._db.execute("PRAGMA page_count").fetchone()
        store._db.execute(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(StoreError, match="full") as raised:
            store.put([large], {})
        assert "--store" in raised.value.hint
        assert not isinstance(raised.value, StoreDamaged)
        assert contents(store) == before
        store._db.execute("PRAGMA max_page_count = 1000000")
        store.put([large], {})
        with store.snapshot() as view:
            assert len(view.nearest(QUERY, 1000)) == len(A.spans) + len(large.spans)


def test_a_disk_too_full_for_the_vector_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path) as store:
        store.put([A], {})
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", no_room)
            with pytest.raises(StoreError, match="full"):
                store.refresh()
        with store.snapshot() as view:
            assert len(view.nearest(QUERY, 1000)) == len(A.spans)


syntax = st.sampled_from([*"\"'*()-:^+{}\0 ", "NEAR", "OR", "AND", "NOT", "river", "text"])


@settings(deadline=None)
@given(st.lists(syntax, max_size=8).map("".join))
def test_a_word_is_found_to_the_letter_whatever_it_means_to_the_word_search(word: str) -> None:
    passages = ["near the river or not", "river and text", "text river near", "or and not", "near"]
    phrase = re.findall("[a-z]+", word.lower())
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as store:
        store.put([entry(str(n), text) for n, text in enumerate(passages)], {})
        with store.snapshot() as view:
            found = view.matching([word], 10)
            places = view.passages([id for id, _ in found])
            unknown = view.unknown_words([word])
        assert {int(place.article) for place in places.values()} == {
            n
            for n, text in enumerate(passages)
            if phrase and f" {' '.join(phrase)} " in f" {text} "
        }
        assert unknown == ([] if found else [word])


def test_a_store_put_in_the_place_of_another_is_not_taken_for_it(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as store:
        store.put([A], {})
    (tmp_path / "one").rename(tmp_path / "two")
    with opened(tmp_path / "two") as store:
        assert store.rebuilt
        with store.snapshot() as view:
            assert view.passage_count() == 0


def test_what_a_stopped_process_left_half_written_goes_with_the_next_writer(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        old, young = tmp_path / f".{VECTORS}-old", tmp_path / f".{VECTORS}-young"
        old.touch()
        young.touch()
        os.utime(old, (0, 0))
        with store.writer():
            assert not old.exists()
            assert young.exists()


def test_records_of_files_are_read_once_until_any_of_them_changes(tmp_path: Path) -> None:
    record = FileRecord(1, 1, 1, "", "", "text 1")
    read: list[str] = []
    with opened(tmp_path) as store, opened(tmp_path) as other:
        store._db._connection.set_trace_callback(read.append)
        for change in (
            lambda: store.put([A], {"a.txt": record}),
            lambda: other.put([], {"b.txt": replace(record, size=2)}),
            lambda: store.put([], {"b.txt": replace(record, size=3)}),
            lambda: other.remove(["a.txt"]),
            lambda: store.remove(["b.txt"]),
        ):
            change()
            read.clear()
            found = store.files()
            assert found == store.files() == other.files()
            found.clear()
            assert store.files() == other.files()
            assert sum("FROM files" in statement for statement in read) == 1
        assert store.files() == {}


@pytest.mark.parametrize(
    "find",
    [
        lambda view, only: view.matching(["river", "queen", "king"], 10, only),
        lambda view, only: view.unknown_words(["river", "unheard"], only),
    ],
)
def test_words_are_looked_up_once_however_many_articles_a_search_is_limited_to(
    tmp_path: Path, find: Callable[[View, list[str] | None], object]
) -> None:
    names = [f"{number}.txt" for number in range(40)]
    statements: list[str] = []
    with opened(tmp_path) as store:
        store.put([entry(name, "The queen and the king of the river.") for name in names], {})
        with store.snapshot() as view:
            find(view, None)  # checks the word index once
            store._db._connection.set_trace_callback(statements.append)
            lookups = []
            for only in (None, names[:1], names[1:]):
                statements.clear()
                find(view, only)
                lookups.append(sum("words_idx" in statement for statement in statements))
    assert lookups[0] > 0
    assert len(set(lookups)) == 1


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/a/b"), "file:///a/b"),
        (PurePosixPath("/50%/what?/#1 ü"), "file:///50%25/what%3F/%231%20%C3%BC"),
        (PureWindowsPath(r"C:\a\b"), "file:///C:/a/b"),
        (PureWindowsPath(r"C:\50%\#1 ü"), "file:///C:/50%25/%231%20%C3%BC"),
        (PureWindowsPath(r"\\server\share\a b"), "file:////server/share/a%20b"),
    ],
)
def test_a_path_is_a_uri_that_sqlite_takes(path: PurePath, uri: str) -> None:
    assert file_uri(path) == uri
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):  # not: invalid uri
        sqlite3.connect(f"{uri}?mode=ro", uri=True)


@pytest.mark.parametrize(
    "name", ["?mode=memory", "#1", "50%41", "a b", "ü", "&x=1", os.fsdecode(b"\xff")]
)
def test_sqlite_opens_the_file_that_a_uri_was_made_of(tmp_path: Path, name: str) -> None:
    with closing(sqlite3.connect(f"{file_uri(tmp_path / name)}?mode=rwc", uri=True)) as db:
        db.execute("CREATE TABLE t (x)")
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("error", [OSError("no such device"), ValueError("not a number")])
def test_an_error_of_the_callers_own_is_not_taken_for_the_stores(
    tmp_path: Path, error: Exception
) -> None:
    with opened(tmp_path) as store:
        for inside in (store.snapshot(), store.writer()):
            with pytest.raises(type(error)) as raised, inside:
                raise error
            assert raised.value is error
