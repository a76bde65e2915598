"""Copied and moved articles: other stores on this machine already have their vectors."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from index.store import siblings
from index.store.files import DATABASE
from tests.support.corpora import corpus_of
from tests.support.encoder import HashedWordsEncoder
from tests.support.stored import Files, contents, opened, paragraph

NAMES = ["a.txt", "b.md", "c.txt"]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    files = Files(tmp_path / "articles")
    for number, name in enumerate(NAMES):
        texts = [paragraph(10 * number + one) for one in range(3)]
        files.write(name, f"# Café {number}\n\n" + "\n\n".join(texts))
    return files


@pytest.fixture
def first(files: Files, tmp_path: Path) -> Path:
    """The folder of a store that has all articles."""
    folder = tmp_path / "stores" / "first"
    with opened(folder) as store:
        assert files.sync_into(store).encoded >= 9
    return folder


def encoded_by(files: Files, store: Path, identity: str = "hashed words") -> int:
    """Sync into a new store, check what it holds, and return how many passages were encoded."""
    encoder = HashedWordsEncoder()
    with opened(store, identity) as opened_store:
        report = files.sync_into(opened_store, encoder)
        held = contents(opened_store)
    assert report.encoded == len(encoder.encoded)
    assert held == files.fresh_contents(store.parent.parent / f"fresh {store.name}")
    return report.encoded


def bytes_of(folder: Path) -> dict[str, str]:
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}


@pytest.mark.parametrize("hashes", [0, 20_000])
def test_a_copy_of_all_articles_encodes_nothing(
    files: Files, first: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hashes: int
) -> None:
    monkeypatch.setattr(siblings, "MAX_HASHES", hashes)
    copy = Files(tmp_path / "copy")
    shutil.copytree(files.folder, copy.folder, dirs_exist_ok=True)
    shutil.rmtree(files.folder)
    before = bytes_of(first)
    assert encoded_by(copy, first.with_name("second")) == 0
    assert bytes_of(first) == before  # and no file of SQLite was left open


def test_of_some_articles_only_what_is_new_is_encoded(
    files: Files, first: Path, tmp_path: Path
) -> None:
    some = Files(tmp_path / "some")
    shutil.copy(files.folder / "b.md", some.folder / "b.md")
    some.write("new.txt", paragraph(99))
    assert encoded_by(some, first.with_name("second")) == 1


def test_only_files_with_the_same_content_are_looked_for(
    files: Files, first: Path, tmp_path: Path
) -> None:
    other = Files(tmp_path / "other")
    other.write("a.txt", (files.folder / "a.txt").read_bytes() + b"\n\n")
    assert encoded_by(other, first.with_name("second")) > 0


def test_a_copy_under_another_name_is_encoded_if_its_name_is_its_title(tmp_path: Path) -> None:
    for name, encoded in [("bridge.txt", 1), ("castle.txt", 1), ("bridge.md", 0)]:
        own = Files(tmp_path / name)
        own.write(name, paragraph(1))
        assert encoded_by(own, tmp_path / "stores" / name) == encoded


def test_a_store_of_another_encoder_is_not_used(files: Files, first: Path) -> None:
    assert encoded_by(files, first.with_name("second"), "another encoder") >= 9
    assert encoded_by(files, first.with_name("third"), "another encoder") == 0


def test_several_stores_together_may_have_all(files: Files, tmp_path: Path) -> None:
    for name in NAMES:
        own = Files(tmp_path / f"only {name}")
        shutil.copy(files.folder / name, own.folder / name)
        encoded_by(own, tmp_path / "stores" / name)
    assert encoded_by(files, tmp_path / "stores" / "all") == 0


def test_no_more_stores_are_looked_in_than_allowed(
    files: Files, first: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(siblings, "MAX_STORES", 1)
    empty = first.with_name("changed later")
    opened(empty).close()
    assert encoded_by(files, first.with_name("second")) >= 9


def test_a_corpus_of_one_file_uses_the_store_of_its_folder(files: Files, tmp_path: Path) -> None:
    stores = tmp_path / "stores"
    with corpus_of(files.folder, stores=stores) as corpus:
        assert corpus.sync().encoded >= 9
    with corpus_of(files.folder / "a.txt", stores=stores) as corpus:
        assert corpus.sync().encoded == 0
    with corpus_of(files.folder / "a.txt", stores=tmp_path / "others") as corpus:
        assert corpus.sync().encoded >= 3


def sql(statement: str) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        db = sqlite3.connect(folder / DATABASE)
        with db:
            assert db.execute(statement).rowcount
        db.close()

    return damage


def overwritten(folder: Path) -> None:
    with (folder / DATABASE).open("r+b") as file:
        file.seek(5000)
        file.write(b"\xaa" * 20_000)


def truncated(folder: Path) -> None:
    file = folder / DATABASE
    file.write_bytes(file.read_bytes()[:6000])


def a_folder(folder: Path) -> None:
    (folder / DATABASE).unlink()
    (folder / DATABASE).mkdir()


def of_another_program(folder: Path) -> None:
    (folder / DATABASE).unlink()
    db = sqlite3.connect(folder / DATABASE)
    db.execute("CREATE TABLE articles (id INTEGER)")
    db.close()


def renamed(folder: Path) -> None:
    folder.rename(folder.with_name("someone else's"))


DAMAGES = {
    "vectors": sql("UPDATE passages SET vector = zeroblob(length(vector))"),
    "vectors of another size": sql("UPDATE passages SET vector = zeroblob(8)"),
    "vectors swapped": sql("UPDATE passages SET vector = (SELECT max(vector) FROM passages)"),
    "passages moved": sql("UPDATE passages SET start = start + 1"),
    "passages of a wrong type": sql("UPDATE passages SET start = 'x'"),
    "text": sql("UPDATE articles SET text = replace(text, 'river', 'brook')"),
    "no text": sql("UPDATE articles SET text = x''"),
    "structure": sql("UPDATE articles SET structure = x'00'"),
    "title": sql("UPDATE articles SET title = 'Other'"),
    "hash": sql("UPDATE articles SET sha256 = (SELECT max(sha256) FROM articles)"),
    "lost passages": sql("DELETE FROM passages WHERE id % 3 = 1"),
    "identity": sql("UPDATE meta SET value = 'x' WHERE key = 'identity'"),
    "no identity": sql("DELETE FROM meta WHERE key = 'identity'"),
    "description": sql("UPDATE meta SET value = 'x' WHERE key = 'fixed'"),
    "columns": sql("ALTER TABLE passages RENAME COLUMN vector TO v"),
    "overwritten": overwritten,
    "truncated": truncated,
    "a folder": a_folder,
    "another program": of_another_program,
    "renamed": renamed,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_nothing_is_taken_from_a_damaged_store(files: Files, first: Path, damage: str) -> None:
    DAMAGES[damage](first)
    assert encoded_by(files, first.with_name("second")) > 0
