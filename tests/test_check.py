"""What is wrong with a store is named, what is sound is not, and looking changes nothing."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.errors import StoreError
from index.store.check import findings, repair
from index.store.faiss_files import UNFINISHED_SECONDS
from index.store.files import DATABASE, LOCK, VECTORS, set_aside, writer_lock
from index.store.protocol import Store
from index.store.readonly import is_foreign
from index.store.vectors import Vectors
from tests.support.stored import ENCODER, contents, entry, opened

TEXTS = {
    "a.txt": "The queen of the river city.\n\nA boat.",
    "b.txt": "A king at war.\n\nThe mountain.",
    "c.txt": "",
}


def put_all(store: Store) -> None:
    store.put([entry(name, text) for name, text in TEXTS.items()], {})
    store.refresh()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with opened(tmp_path) as store:
        put_all(store)
    return tmp_path


def alter(folder: Path, *statements: str) -> None:
    database = sqlite3.connect(folder / DATABASE)
    with database:
        for statement in statements:
            database.execute(statement)
    database.close()


def test_a_sound_store_has_no_findings_and_is_not_changed_by_looking(folder: Path) -> None:
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert findings(folder) == findings(folder, "hashed words") == []
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_the_log_of_a_process_that_was_stopped_is_not_written_back_by_looking(
    tmp_path: Path,
) -> None:
    with opened(tmp_path / "live") as store:
        put_all(store)
        folder = shutil.copytree(tmp_path / "live", tmp_path / "stopped" / "live")
    names = (DATABASE, f"{DATABASE}-wal", VECTORS)
    before = [(folder / name).read_bytes() for name in names]
    assert before[1]
    assert findings(folder) == []
    assert [(folder / name).read_bytes() for name in names] == before


def test_where_there_is_no_store_there_is_nothing_wrong_and_none_is_made(tmp_path: Path) -> None:
    assert findings(tmp_path / "none") == findings(tmp_path) == []
    (tmp_path / DATABASE).touch()  # as it is for a moment while it is made
    assert findings(tmp_path) == []
    assert not list((tmp_path / DATABASE).parent.glob("none"))


def test_progress_is_told_for_each_article(folder: Path) -> None:
    told: list[tuple[int, int]] = []
    findings(folder, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


NOT_NOTED = "DELETE FROM meta WHERE key IN ('words', 'vectors')"
FORGET = "INSERT INTO words (words, rowid, text) VALUES ('delete', 1, {0})"
SWAP = "UPDATE passages SET {0} = (SELECT {0} FROM passages WHERE id = 2) WHERE id = 1"


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (["UPDATE articles SET title = 'B' WHERE name = 'a.txt'"], "title, path or hash .* a.txt"),
        (["UPDATE articles SET path = '/b' WHERE name = 'a.txt'"], "title, path or hash .* a.txt"),
        (["UPDATE articles SET text = 'B' WHERE name = 'a.txt'"], "stored text of a.txt"),
        (["UPDATE articles SET text = x'ff' WHERE name = 'a.txt'"], "stored text of a.txt"),
        (["UPDATE articles SET structure = x'ff' WHERE name = 'a.txt'"], "stored text of a.txt"),
        (["UPDATE passages SET start = start + 1 WHERE id = 1"], "stored passage of a.txt"),
        ([SWAP.format("vector")], "stored passage of a.txt"),
        (["DELETE FROM passages WHERE id = 1"], "Passages of a.txt: 0 stored, 1 expected"),
        (["DELETE FROM articles WHERE name = 'a.txt'"], "Articles: 2 stored, 3 expected"),
        (["DELETE FROM articles WHERE name = 'a.txt'"], "belongs to no article"),
        (["DROP INDEX articles_by_content"], "tables"),
        (["UPDATE meta SET value = 'x' WHERE key = 'generation'"], "generation"),
        (["UPDATE words_data SET block = x'00' WHERE id = 10"], "word index"),
        (["UPDATE words_docsize SET sz = x'7f' WHERE id = 1"], "index does not match its checksum"),
        ([NOT_NOTED, "UPDATE words_docsize SET sz = x'7f' WHERE id = 1"], "passage lengths differ"),
        ([NOT_NOTED, "INSERT INTO words (rowid, text) VALUES (9, 'x')"], ": words differ"),
        ([NOT_NOTED, FORGET.format("'queen'")], ": words differ"),
        (["UPDATE meta SET value = replace(value, '[4', '[2') WHERE key = 'identity'"], "version"),
    ],
)
def test_what_was_altered_is_named_and_repaired(
    folder: Path, statements: list[str], named: str
) -> None:
    alter(folder, *statements)
    found = findings(folder)
    (effect,) = {finding.effect for finding in found if re.search(named, finding.message)} or {
        found[0]
    }
    assert effect == ("cost" if named == "version" else "answers")
    assert repair(folder, found) == [f"Removed {folder / DATABASE}."]
    assert repair(folder, found) == []
    assert {file.name for file in folder.iterdir()} <= {VECTORS, LOCK}
    with opened(folder) as store:
        put_all(store)
        expected = contents(store)
    assert findings(folder) == []
    with opened(folder) as store:
        assert contents(store) == expected


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def put_a_folder_in_its_place(file: Path) -> None:
    file.unlink()
    file.mkdir()


def make_other_vectors(file: Path) -> None:
    other = Vectors(ENCODER.dimension)
    other.add(np.arange(1, 4), np.ones((3, ENCODER.dimension), np.float16))
    hashed = other.write(file)
    alter(
        file.parent,
        f"UPDATE meta SET value = substr(value, 1, instr(value, ':')) || '{hashed}'"
        " WHERE key = 'vectors'",
    )


@pytest.mark.parametrize(
    "damage", [Path.unlink, cut_short, put_a_folder_in_its_place, make_other_vectors]
)
def test_a_faiss_file_that_is_not_as_it_was_written_is_named_and_repaired(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    with opened(folder) as store:
        expected = contents(store)
    damage(folder / VECTORS)
    (finding,) = findings(folder)
    assert finding.message.startswith(VECTORS)
    repair(folder, [finding])
    with opened(folder) as store:
        assert contents(store) == expected
    assert findings(folder) == []


def test_files_left_behind_are_named_once_nobody_can_be_writing_them(folder: Path) -> None:
    unfinished = folder / f".{VECTORS}-abc"
    unfinished.touch()
    assert findings(folder) == []
    long_ago = time.time() - UNFINISHED_SECONDS - 1
    os.utime(unfinished, (long_ago, long_ago))
    kept = folder / f"{DATABASE}.damaged-1"
    kept.touch()
    found = findings(folder)
    assert [(finding.effect, finding.files) for finding in found] == [
        ("cost", (unfinished,)),
        ("cost", (kept,)),
    ]
    assert repair(folder, found) == [f"Removed {unfinished}.", f"Removed {kept}."]
    assert findings(folder) == []
    assert not unfinished.exists()
    assert not kept.exists()


def test_a_store_for_another_model_or_folder_is_named(folder: Path) -> None:
    (finding,) = findings(folder, "another model")
    assert "model" in finding.message
    moved = folder.rename(folder.with_name("moved"))
    (finding,) = findings(moved)
    assert "other articles" in finding.message


def test_a_store_that_is_being_written_is_sound_at_every_moment(tmp_path: Path) -> None:
    stop = threading.Event()
    rounds: list[int] = []

    def write() -> None:
        with opened(tmp_path) as store:
            while not stop.is_set():
                put_all(store)
                store.put([entry("b.txt", f"A king{len(rounds)} at war.")], {})
                store.remove(["a.txt"])
                rounds.append(1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        looks = 0
        while looks < 20 or len(rounds) < 5:
            assert findings(tmp_path) == []
            looks += 1
    finally:
        stop.set()
        writer.join()


@pytest.mark.parametrize("what", ["a new file", "the same file"])
def test_a_database_rebuilt_while_a_repair_waits_is_not_removed(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, what: str
) -> None:
    if what == "a new file":
        alter(folder, "UPDATE articles SET title = 'B' WHERE name = 'a.txt'")
    else:
        alter(folder, "UPDATE meta SET value = replace(value, '[4', '[2') WHERE key = 'identity'")
    found = findings(folder)
    assert found
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    opened(elsewhere / folder.name).close()  # making one here would wait for the repair, too
    repairing = threading.Thread(target=lambda: repair(folder, found))
    with writer_lock(folder):
        repairing.start()
        if what == "a new file":
            set_aside(folder)
            (elsewhere / folder.name / DATABASE).rename(folder / DATABASE)
        with opened(folder) as store:
            put_all(store)
            expected = contents(store)
    repairing.join()
    with opened(folder) as store:
        assert contents(store) == expected


def test_a_database_that_is_not_known_to_be_a_stores_is_neither_emptied_nor_removed(
    tmp_path: Path,
) -> None:
    alter(tmp_path, "CREATE TABLE articles (title)", "INSERT INTO articles VALUES ('Mine')")
    before = (tmp_path / DATABASE).read_bytes()
    (finding,) = findings(tmp_path)
    assert "not a store of this program" in finding.message
    assert (finding.effect, finding.files) == ("cost", ())
    with pytest.raises(StoreError, match="not a store of this program"):
        opened(tmp_path)
    assert repair(tmp_path, [finding]) == []
    assert repair(tmp_path, [replace(finding, files=(tmp_path / DATABASE,))]) == []
    assert (tmp_path / DATABASE).read_bytes() == before


@pytest.mark.parametrize("sign", ["the number in its header", "what it was made for", "its folder"])
def test_a_damaged_store_is_known_by_any_of_its_signs(folder: Path, sign: str) -> None:
    if sign != "what it was made for":
        alter(folder, "DROP TABLE meta")
    if sign != "the number in its header":
        alter(folder, "PRAGMA application_id = 7")
    if sign == "its folder":
        assert is_foreign(folder)
        folder = folder.rename(folder.with_name(f"notes-{'0a' * 8}"))
    assert not is_foreign(folder)


def test_a_repair_waits_for_a_process_that_indexes(folder: Path) -> None:
    (folder / VECTORS).write_bytes(b"")
    repairing = threading.Thread(target=lambda: repair(folder, findings(folder)))
    with writer_lock(folder):
        repairing.start()
        repairing.join(0.2)
        assert repairing.is_alive()
        assert (folder / VECTORS).exists()
    repairing.join()
    assert not (folder / VECTORS).exists()
