"""Stores that earlier versions wrote are read as they are, or rebuilt with a note."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from index.question import Question
from index.search import search
from index.store.check import findings
from index.store.files import DATABASE, VECTORS
from index.store.local import LocalStore
from index.sync import sync
from qa.reader.sentences import SentenceReader
from tests.support.encoder import HashedWordsEncoder
from tests.support.stored import article, contents, entry, opened

A = entry("a.txt", "The queen of the river city.")
B = entry("b.txt", "A king at war.\n\nThe mountain.")

# What version 0.1 wrote to a folder called "store", with the encoder below.
VERSION_0_1 = """
PRAGMA journal_mode = wal;
PRAGMA application_id = 1634812209;
BEGIN;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, changed_ns INTEGER NOT NULL,
    checked_ns INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    checksum BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL, title TEXT NOT NULL,
    sha256 TEXT NOT NULL, passages INTEGER NOT NULL, text_checksum BLOB NOT NULL,
    checksum BLOB NOT NULL, text TEXT NOT NULL
);
CREATE INDEX articles_by_content ON articles (sha256);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, checksum BLOB NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article, start, "end");
CREATE TABLE encoded (
    text_checksum BLOB PRIMARY KEY, checksum BLOB NOT NULL, vector BLOB NOT NULL
) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize='porter unicode61');
INSERT INTO meta VALUES
    ('about model', 'hashed words'),
    ('about paths', '["/articles"]'),
    ('articles', '2'),
    ('files', '3'),
    ('fixed', '9d92cd3b671ea6031e67b63f02c02911'),
    ('generation', '1700000000000000002'),
    ('identity', '[2, "hashed-words-1", 8, "store"]'),
    ('passages', '2'),
    ('vectors', '1700000000000000002:'
        || 'd2efaa35a598ef0f360c04c21f9662bfe269f541c34d9285e74bfd8fc0073ecc'),
    ('words', '1700000000000000002:623efcceb1b6003cab30a7fa2dec6520');
INSERT INTO files VALUES
    ('bridge.txt', 50, 1700000000000000000, 1700000100000000000, '', '', x'ac9bac99f72113c4'),
    ('mill.txt', 24, 1700000000000000000, 1700000100000000000, '', '', x'dbba9042d483de75'),
    ('photo.bin', 2, 1700000000000000000, 1700000100000000000, 'binary', '', x'544ca994ac75c7e5');
INSERT INTO articles VALUES
    (1, 'bridge.txt', '/articles/bridge.txt', 'Bridge',
    '467c188eea7faa0ec27f8b0345cae344599c9b88a2dc1c5ed3ae1deed4194372', 1,
    x'7ae4d183156ffefda89c12192d4b315c', x'b099988120459553',
    'The bridge was built in 1932.' || char(10) || 'It spans the river.' || char(10)),
    (2, 'mill.txt', '/articles/mill.txt', 'Mill',
    '6ad8eec3e64d1d1885e286143f83d3709a95570b7573fb4e579bee57054dce7e', 1,
    x'd74c6f9116842e815f16af4944eeb47d', x'd8b288dc5830227c',
    'The mill grinds barley.' || char(10));
INSERT INTO passages VALUES
    (1, 1, 0, 49, x'6d42cbf3158c55c4', x'530b530b2933283729335e3929332837'),
    (2, 2, 0, 23, x'c5501f0c1ad86f8e', x'af0eaf0eaf0eaf0e883a89368936af0e');
INSERT INTO encoded VALUES
    (x'bbea88e97b00e1c75a5933d57683fb24', x'79339f8847a83b12', x'd334f00cd338d334f00cd334f00cd338');
DELETE FROM words_data;
INSERT INTO words_data VALUES
    (1, x'020e'),
    (10, x'000000000101010001010101'),
    (137438953473, x'0000007005303139333201020701066261726c65690202050204726964670102030204\
75696c7401020501056772696e640202040102696e01020602017401020801046d696c\
6c0202030105726976657201020b01047370616e01020901037468650104020a010202\
0102776101020404090b09090a0706090a090c');
INSERT INTO words_idx VALUES (1, x'', 2);
INSERT INTO words_docsize VALUES (1, x'0a'), (2, x'04');
DELETE FROM words_config;
INSERT INTO words_config VALUES ('version', 4);
COMMIT;
"""
VECTORS_0_1 = bytes.fromhex(
    "49784d3208000000020000000000000000001000000000000000100000000000010000000049785351080000000200"
    "0000000000000000100000000000000010000000000001000000000400000000000000000000000800000000000000"
    "100000000000000000000000000000002000000000000000530b530b2933283729335e3929332837af0eaf0eaf0eaf"
    "0e883a89368936af0e020000000000000001000000000000000200000000000000"
)
ARTICLES = {
    "bridge.txt": "The bridge was built in 1932.\nIt spans the river.\n",
    "mill.txt": "The mill grinds barley.\n",
    "photo.bin": "\0\1",
    "castle.txt": "The castle was burned down by soldiers.",
}


class SmallEncoder(HashedWordsEncoder):
    dimension = 8


def test_a_store_of_version_0_1_is_named_and_rebuilt_with_a_note(tmp_path: Path) -> None:
    folder, files, encoder = tmp_path / "store", tmp_path / "articles", SmallEncoder()
    folder.mkdir()
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        database.executescript(VERSION_0_1)
    (folder / VECTORS).write_bytes(VECTORS_0_1)
    files.mkdir()
    for name, text in ARTICLES.items():
        (files / name).write_bytes(text.encode())

    (finding,) = findings(folder, "hashed-words-1")
    assert "another version" in finding.message
    with LocalStore(folder, dimension=8, identity="hashed-words-1") as store:
        assert "another version" in store.rebuilt
        report = sync(store, encoder, [str(files)])
        assert report.added == ["bridge.txt", "castle.txt", "mill.txt"]
        question = Question("In which year was the bridge built?")
        with store.snapshot() as view:
            hits = search(view, encoder, question, 2)
            assert view.unknown_words(["bridges", "penguin"]) == ["penguin"]
        (answer,) = SentenceReader(min_confidence=0.1).read(question, hits).answers
        assert answer.text == "The bridge was built in 1932."
    assert findings(folder, "hashed-words-1") == []


def test_a_store_that_has_no_checksum_of_the_head_of_its_words_gets_one(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.put([A, B], {})
        store.refresh()
        expected = contents(store)
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        assert database.execute("DELETE FROM meta WHERE key = 'words head'").rowcount == 1
    assert findings(tmp_path) == []
    with opened(tmp_path) as store:
        assert store.rebuilt == ""
        assert contents(store) == expected
        assert article(store, "a.txt") == A.article
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database:
        assert database.execute("SELECT 1 FROM meta WHERE key = 'words head'").fetchone()


FORMAT_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE files (
    name TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    checked_ns INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE articles (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, path TEXT NOT NULL, title TEXT NOT NULL,
    sha256 TEXT NOT NULL, text_hash BLOB NOT NULL, text TEXT NOT NULL
);
CREATE INDEX articles_by_content ON articles (sha256);
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, article INTEGER NOT NULL, start INTEGER NOT NULL,
    "end" INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_by_article ON passages (article, start, "end");
CREATE TABLE encoded (text_hash BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (text, content='', tokenize='porter unicode61');
INSERT INTO meta VALUES ('identity', '1:hashed words'), ('generation', '7');
INSERT INTO files VALUES ('a.txt', 28, 1, 2, '', '');
INSERT INTO articles VALUES (1, 'a.txt', '/a.txt', 'A.TXT', 'abc', x'00', 'An old text, no queen.');
INSERT INTO passages VALUES (1, 1, 0, 22, zeroblob(128));
INSERT INTO words (rowid, text) VALUES (1, 'An old text, no queen.');
"""


def test_a_store_of_the_first_format_is_named_and_rebuilt_with_a_note(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database:
        database.executescript(FORMAT_1)
    (tmp_path / VECTORS).write_bytes(b"its vectors")
    (finding,) = findings(tmp_path)
    assert "another version" in finding.message
    with opened(tmp_path) as store:
        assert "another version" in store.rebuilt
        assert contents(store) == store.files() == {}
        store.put([A], {})
        assert {name for name, *_ in contents(store)} == {"a.txt"}
    assert findings(tmp_path) == []
    with opened(tmp_path) as store:
        assert store.rebuilt == ""
        assert article(store, "a.txt") == A.article
