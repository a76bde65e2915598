"""A damaged store: found out, never a wrong citation, and remade from the articles."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from index.database import DATABASE
from index.errors import StoreDamaged
from index.store import VECTORS, FileRecord
from qa.ask import Asker
from qa.reader.sentences import SentenceReader
from tests.conftest import SEED, HashedWordsEncoder
from tests.stored import contents, entry, opened

A = entry("a.txt", "The queen of the river city.")
B = entry("b.txt", "A king at war.\n\nThe mountain.")


def alter(store: Path, sql: str) -> None:
    database = sqlite3.connect(store / DATABASE)
    with database:
        assert database.execute(sql).rowcount != 0
    database.close()


@pytest.mark.parametrize("text", ["replace(text, 'queen', 'Queen')", "''", "7", "x'ff'"])
def test_a_text_altered_behind_its_back_is_neither_given_out_nor_replaced(
    tmp_path: Path, text: str
) -> None:
    with opened(tmp_path) as store:
        store.put([A, B], {})
        alter(tmp_path, f"UPDATE articles SET text = {text} WHERE name = 'a.txt'")
        for use in (
            lambda: store.article("a.txt"),
            lambda: store.put([A], {}),
            lambda: store.remove(["a.txt"]),
        ):
            with pytest.raises(StoreDamaged, match=r"a\.txt"):
                use()
        assert store.article("b.txt") == B.article


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE passages SET start = 7000",
        "UPDATE passages SET start = 'x'",
        "UPDATE passages SET vector = x'00'",
        "UPDATE passages SET vector = 1",
        "UPDATE files SET size = 'large'",
        "UPDATE meta SET value = 'x' WHERE key = 'generation'",
        "ALTER TABLE articles RENAME COLUMN text TO words",
        "DROP TABLE files",
        "DROP TABLE words",
        "UPDATE words_config SET v = 9 WHERE k = 'version'",
        "UPDATE words_data SET block = x'ffffffffffffff'",
    ],
)
def test_damaged_values_and_tables_are_found_out(tmp_path: Path, sql: str) -> None:
    with opened(tmp_path) as store:
        store.put([A], {"a.txt": FileRecord(1, 1, 1, "", "")})
    alter(tmp_path, sql)
    with pytest.raises(StoreDamaged), opened(tmp_path) as store:
        store.files()
        contents(store)


def delete(file: Path, _: bytes) -> None:
    file.unlink()


def truncate(file: Path, _: bytes) -> None:
    os.truncate(file, file.stat().st_size // 2)


def flip(file: Path, _: bytes) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 8
    file.write_bytes(content)


def restore_an_older_one(file: Path, older: bytes) -> None:
    file.write_bytes(older)


@pytest.mark.parametrize("damage", [delete, truncate, flip, restore_an_older_one])
def test_a_damaged_vector_file_changes_nothing_and_is_made_again(
    tmp_path: Path, damage: Callable[[Path, bytes], None]
) -> None:
    file = tmp_path / VECTORS
    with opened(tmp_path) as store:
        store.put([A], {})
        store.vectors()
        older = file.read_bytes()
        store.put([B], {})
        expected = contents(store)
        good = file.read_bytes()
    damage(file, older)
    assert not file.exists() or file.read_bytes() != good
    with opened(tmp_path) as store:
        assert contents(store) == expected
    assert file.read_bytes() == good


def overwrite_its_header(file: Path, _: bytes) -> None:
    file.write_bytes(b"this is no database" + file.read_bytes()[19:])


def alter_a_text(file: Path, _: bytes) -> None:
    alter(file.parent, "UPDATE articles SET text = replace(text, 'Viasna', 'Wiasna')")


def spoil_its_schema(file: Path, _: bytes) -> None:
    file.write_bytes(file.read_bytes().replace(b"BLOB NOT NULL", b"BLOB NOT N\xffLL"))


def lose_the_passages(file: Path, _: bytes) -> None:
    alter(file.parent, "DROP TABLE passages")


@pytest.mark.parametrize(
    "damage",
    [overwrite_its_header, truncate, alter_a_text, lose_the_passages, spoil_its_schema],
)
def test_a_damaged_database_is_set_aside_and_the_question_answered_as_before(
    tmp_path: Path, damage: Callable[[Path, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # An article of a fresh checkout would be noted anew, in the database that is damaged.
    monkeypatch.setattr("index.sync.RACY_NS", 0)
    told: list[str] = []

    def asker() -> Asker:
        return Asker(
            [str(SEED)],
            encoder=HashedWordsEncoder(),
            reader=SentenceReader(),
            stores=tmp_path,
            notify=told.append,
        )

    with asker() as corpus:
        before = corpus.ask("Who is Viasna?")
        file = corpus.folder / DATABASE
    damage(file, b"")
    damaged = file.read_bytes()
    with asker() as corpus:
        after = corpus.ask("Who is Viasna?")
        kept = corpus.folder / f"{DATABASE}.damaged-1"
        assert (after.answers, after.hits) == (before.answers, before.hits)
        assert before.hits
    assert kept.read_bytes() == damaged
    (message,) = told
    assert str(kept) in message
    with asker() as corpus:
        assert corpus.ask("Who is Viasna?").hits == before.hits
        assert corpus.report.encoded == 0
    assert len(told) == 1
