"""A damaged store: never a wrong citation, and the same answers as before, after a rebuild.

With one exception: FTS5's blocks have no checksums, and a question does not read all of them.
Damage inside them that FTS5 does not notice itself can change which passages are found, their
ranks, and which words are called unknown. Even then every quote is true, `qa doctor` finds the
damage, and the next write of the store repairs it; that of a large store (see `Limits`)
only once an eighth of it has been added since the last check, which reads all of it.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import sqlite3
import struct
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from index.errors import StoreDamaged
from index.store.check import findings, repair
from index.store.files import DATABASE, VECTORS
from index.store.limits import Limits
from index.store.protocol import FileRecord
from index.types import Passage
from qa.corpus import Corpus
from tests.support.corpora import corpus_of
from tests.support.paths import SEED
from tests.support.stored import article, contents, entry, opened

A = entry("a.txt", "The queen of the river city.")
B = entry("b.txt", "A king at war.\n\nThe mountain.")


def alter(store: Path, sql: str) -> None:
    database = sqlite3.connect(store / DATABASE)
    with database:
        assert database.execute(sql).rowcount != 0
    database.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("text", value) for value in ("replace(text, 'queen', 'Queen')", "''", "7", "x'ff'")),
        *(("structure", value) for value in ("x''", "x'00'", "'text'", "7", "zeroblob(48)")),
    ],
)
def test_a_text_or_structure_altered_behind_its_back_is_neither_given_out_nor_replaced(
    tmp_path: Path, column: str, value: str
) -> None:
    with opened(tmp_path) as store:
        store.put([A, B], {})
        alter(tmp_path, f"UPDATE articles SET {column} = {value} WHERE name = 'a.txt'")
        for use in (
            lambda: article(store, "a.txt"),
            lambda: store.put([A], {}),
            lambda: store.remove(["a.txt"]),
        ):
            with pytest.raises(StoreDamaged, match=r"a\.txt"):
                use()
        assert article(store, "b.txt") == B.article


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE passages SET start = 7000",
        "UPDATE passages SET start = 'x'",
        "UPDATE passages SET vector = x'00'",
        "UPDATE passages SET vector = 1",
        "UPDATE files SET size = 'large'",
        "UPDATE files SET size = size + 1",
        "UPDATE files SET reason = 'binary'",
        "UPDATE files SET name = 'b.txt'",
        "UPDATE files SET extractor = 'text 0'",
        "DELETE FROM files",
        "DELETE FROM articles",
        "DELETE FROM passages",
        "UPDATE passages SET start = start + 1",
        "UPDATE articles SET title = 'Another'",
        "UPDATE articles SET path = '/elsewhere'",
        "DROP INDEX articles_by_content",
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
        store.put([A], {"a.txt": FileRecord(1, 1, 1, "", "", "text 1")})
        store.refresh()
    alter(tmp_path, sql)
    with pytest.raises(StoreDamaged), opened(tmp_path) as store:
        store.files()
        contents(store)
        with store.snapshot() as view:
            view.titles()


def test_nothing_is_written_to_a_page_in_use_that_the_file_says_is_free(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.put([A], {})
        (page,) = store._db.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'passages'"
        ).fetchone()
    with (tmp_path / DATABASE).open("r+b") as file:
        file.seek(32)  # the first page of the list of free ones, and how many they are
        file.write(struct.pack(">II", page, 1))
    with opened(tmp_path) as store:
        with pytest.raises(StoreDamaged), store.writer():
            pytest.fail("a writer may begin")
        assert contents(store)


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


WRITTEN_AT_ONCE = Limits(in_memory=0)
"""Vectors are written to their file after each change."""


@pytest.mark.parametrize("damage", [delete, truncate, flip, restore_an_older_one])
def test_a_damaged_vector_file_changes_nothing_and_is_made_again(
    tmp_path: Path, damage: Callable[[Path, bytes], None]
) -> None:
    file = tmp_path / VECTORS
    with opened(tmp_path, limits=WRITTEN_AT_ONCE) as store:
        store.put([A], {})
        store.refresh()
        older = file.read_bytes()
        store.put([B], {})
        store.refresh()
        expected = contents(store)
        good = file.read_bytes()
    damage(file, older)
    assert not file.exists() or file.read_bytes() != good
    with opened(tmp_path, limits=WRITTEN_AT_ONCE) as store:
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
    monkeypatch.setattr("index.comparing.RACY_NS", 0)
    told: list[str] = []

    def opened_corpus() -> Corpus:
        return corpus_of(SEED, stores=tmp_path, notify=told.append)

    with opened_corpus() as corpus:
        before = corpus.ask("Who is Viasna?")
        file = corpus.folder / DATABASE
    damage(file, b"")
    damaged = file.read_bytes()
    with opened_corpus() as corpus:
        after = corpus.ask("Who is Viasna?")
        kept = corpus.folder / f"{DATABASE}.damaged-1"
        assert (after.answers, after.hits) == (before.answers, before.hits)
        assert before.hits
    assert kept.read_bytes() == damaged
    (message,) = told
    assert str(kept) in message
    with opened_corpus() as corpus:
        assert corpus.ask("Who is Viasna?").hits == before.hits
        assert corpus.report.encoded == 0
    assert len(told) == 1


# The damage matrix: one store, damaged in hundreds of ways, each time a copy of it.

CORPUS = {
    "ferry.txt": "The ferry crosses the river.\r\n\r\nIts captain is Ada Quist, who is 61.\r\n",
    "notes/queen.md": "# The queen\n\nThe queen of the river city is Maren. 👑 She won a war.\n",
    "notes/trade.txt": "Trade in salt brought peace.\n\nThe fields lay north of the mountain.\n",
    "zebra.txt": "\n\n".join(f"Zebra {n} lives in field {7 * n}. It fears it." for n in range(30)),
    "été.txt": "L’été à la mer: the boat of Zoë left the city in 1932.\n",
}
LATER = {
    "ferry.txt": "The ferry sank in the river.\n\nIts captain, Ada Quist, lived to be 98.\n",
    "zebra.txt": None,
    "notes/king.txt": "The king of the mountain went to war over salt. He lost the city.\n",
}
EARLIER = {
    "ferry.txt": "No ferry crosses the river. The captain is Bo.\n",
    "old.txt": "\n\n".join(f"Old field {n} of the queen lies fallow." for n in range(12)),
}
ASKED = ["Who is the captain of the ferry?", "Which queen won a war?", "When did the boat leave?"]
FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", VECTORS)
PAGE = 4096


class Archive:
    """Articles in a folder, their store as it was at some times, and what it must answer."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.articles = folder / "articles"
        self.write(EARLIER)
        with self.corpus(folder / "sound") as corpus:
            answers(corpus)
        self.earlier = self.copied(corpus.folder, "earlier")
        self.write({**dict.fromkeys(EARLIER), **CORPUS})
        with self.corpus(folder / "sound") as corpus:
            self.expected = answers(corpus)
            self.live = self.copied(corpus.folder, "live")
        self.sound = corpus.folder
        with self.later(), self.corpus(folder / "later") as corpus:
            self.expected_later = answers(corpus)
        other = Archive.__new__(Archive)
        other.articles = folder / "other" / "articles"
        other.write({name: text.swapcase() for name, text in CORPUS.items()})
        with other.corpus(folder / "other") as corpus:
            answers(corpus)
        self.other = corpus.folder

    def write(self, texts: Mapping[str, str | None]) -> None:
        for name, text in texts.items():
            file = self.articles / name
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())

    @contextlib.contextmanager
    def later(self) -> Iterator[None]:
        """The articles as they are after an edit, while inside; untouched before and after."""
        before = self.articles.rename(self.folder / "before")
        texts = {**CORPUS, **LATER}
        self.write({name: text for name, text in texts.items() if text is not None})
        try:
            yield
        finally:
            shutil.rmtree(self.articles)
            before.rename(self.articles)

    def corpus(self, stores: Path, notify: Callable[[str], None] = str) -> Corpus:
        return corpus_of(self.articles, stores=stores, notify=notify)

    def copied(self, store: Path, name: str) -> Path:
        return Path(shutil.copytree(store, self.folder / name / store.name))


def answers(corpus: Corpus) -> list[object]:
    """Everything that is given out for some questions; scores to four places."""
    found: list[object] = []
    for question in ASKED:
        for only in ((), "*.txt"):
            response = corpus.ask(question, 6, only=only)
            found.append([(a.passage, a.span, round(a.score, 4)) for a in response.answers])
            found.append([(h.passage, h.rank, round(h.score, 4)) for h in response.hits])
            found.append([(round(h.cosine, 4), round(h.bm25, 4)) for h in response.hits])
            found.append((response.outcome, response.unknown_words))
    titles = corpus.articles()
    return [*found, titles, corpus.hashes(titles), [corpus.article(id) for id in titles]]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    with pytest.MonkeyPatch.context() as patch:
        # Articles just written would be noted again, and a write repairs what a question does not.
        patch.setattr("index.comparing.RACY_NS", 0)
        yield Archive(tmp_path_factory.mktemp("corpus"))


Damage = tuple[str, Path, Callable[[Path], object]]
"""Its name, the store that is copied, and what is done to the copy."""


def cut(name: str, length: int) -> Callable[[Path], object]:
    return lambda store: os.truncate(store / name, length)


def patched(name: str, at: int, content: bytes) -> Callable[[Path], object]:
    def patch(store: Path) -> None:
        with (store / name).open("r+b") as file:
            file.seek(at)
            file.write(content)

    return patch


def flipped(store: Path, name: str, at: int, bit: int) -> Damage:
    before = (store / name).read_bytes()[at]
    what = f"bit {bit} of byte {at} of {name} of {store.parent.name}"
    return what, store, patched(name, at, bytes([before ^ 1 << bit]))


def sql(statement: str) -> Callable[[Path], object]:
    return lambda store: alter(store, statement)


def instead(name: str, what: bytes | Path | None) -> Callable[[Path], object]:
    """Put bytes or another file in the place of a file; None for an empty folder."""

    def replace_it(store: Path) -> None:
        (store / name).unlink()
        if what is None:
            (store / name).mkdir()
        else:
            content = what if isinstance(what, bytes) else what.read_bytes()
            (store / name).write_bytes(content)

    return replace_it


def present(store: Path) -> list[tuple[str, int]]:
    """Return the files of a store that damage is done to, with their sizes."""
    sizes = [(name, store / name) for name in FILES if (store / name).exists()]
    return [(name, file.stat().st_size) for name, file in sizes]


def truncated(corpus: Archive) -> Iterator[Damage]:
    chance = random.Random(1)
    for store in (corpus.sound, corpus.live):
        for name, size in present(store):
            lengths = {0, 1, 16, 99, 100, size // 2, size - PAGE, size - 1}
            lengths |= {chance.randrange(size) for _ in range(6)}
            for length in sorted(length for length in lengths if 0 <= length < size):
                yield f"{name} of {store.parent.name} cut to {length}", store, cut(name, length)


def bits_flipped(corpus: Archive) -> Iterator[Damage]:
    chance = random.Random(2)
    for store, share in ((corpus.sound, 2), (corpus.live, 1)):
        for name, size in present(store):
            for _ in range((60 if name == DATABASE else 10) // (3 - share)):
                yield flipped(store, name, chance.randrange(size), chance.randrange(8))


def headers_flipped(corpus: Archive) -> Iterator[Damage]:
    chance = random.Random(3)
    for at in [*range(16, 32), *range(32, 100, 3)]:
        yield flipped(corpus.sound, DATABASE, at, chance.randrange(8))
    size = dict(present(corpus.sound))[DATABASE]
    for first in range(PAGE, size, PAGE):
        yield flipped(corpus.sound, DATABASE, first + chance.randrange(12), chance.randrange(8))


def rows_patched(corpus: Archive) -> Iterator[Damage]:
    """Alter bytes of what is cited, each time it stands in the file."""
    chance = random.Random(4)
    store = corpus.sound
    content = (store / DATABASE).read_bytes()
    database = sqlite3.connect(store / DATABASE)
    values = [
        value
        for row in database.execute("SELECT name, path, title, sha256, checksum FROM articles")
        for value in row
    ]
    values += [text[:30] for (text,) in database.execute("SELECT text FROM articles")]
    values += [
        value
        for row in database.execute("SELECT checksum, vector FROM passages WHERE id % 4 = 1")
        for value in row
    ]
    values += [row[0] for row in database.execute("SELECT block FROM words_data")]
    values += [row[0] for row in database.execute("SELECT checksum FROM files")]
    database.close()
    for value in values:
        wanted = value if isinstance(value, bytes) else value.encode()
        places = [match.start() for match in re.finditer(re.escape(wanted[:PAGE]), content)]
        for place in places[:3]:
            at = place + chance.randrange(min(len(wanted), PAGE))
            yield flipped(store, DATABASE, at, chance.choice((0, 1, 2)))


def pages_replaced(corpus: Archive) -> Iterator[Damage]:
    earlier = (corpus.earlier / DATABASE).read_bytes()
    for number, first in enumerate(range(0, dict(present(corpus.sound))[DATABASE], PAGE)):
        what = f"page {number} of the database"
        yield f"{what} zeroed", corpus.sound, patched(DATABASE, first, bytes(PAGE))
        if page := earlier[first : first + PAGE]:
            yield f"{what} as it was earlier", corpus.sound, patched(DATABASE, first, page)


def files_replaced(corpus: Archive) -> Iterator[Damage]:
    for store in (corpus.sound, corpus.live):
        for name, _ in present(store):
            what = f"{name} of {store.parent.name}"
            yield f"{what} emptied", store, instead(name, b"")
            yield f"{what} a folder", store, instead(name, None)
            yield f"{what} a text", store, instead(name, b"This is a text.\n" * 500)
            yield f"{what} gone", store, lambda store, name=name: (store / name).unlink()
            for another in (corpus.earlier, corpus.other, corpus.sound, corpus.live):
                if another != store and (another / name).exists():
                    of = another.parent.name
                    yield f"{what} that of {of}", store, instead(name, another / name)
    for another in (corpus.earlier, corpus.other):

        def put(store: Path, another: Path = another) -> None:
            shutil.rmtree(store)
            shutil.copytree(another, store)

        yield f"all of {another.parent.name}", corpus.sound, put


ALTERED = ("'x'", "NULL", "7", "x'00ff'", "-1", "9223372036854775807")


def values_altered(corpus: Archive) -> Iterator[Damage]:
    """Alter each column of each table, in one row and in all; lose rows; lose tables."""
    database = sqlite3.connect(corpus.sound / DATABASE)
    tables = [
        name
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if name not in ("words", "encoded")
    ]
    for table in tables:
        for _, column, *_ in database.execute(f"PRAGMA table_info({table})").fetchall():
            one = f"{column} = (SELECT max({column}) FROM {table})"
            for value in ALTERED:
                statement = f'UPDATE OR IGNORE {table} SET "{column}" = {value} WHERE {one}'
                try:
                    with database:
                        changed = database.execute(statement).rowcount
                        raise InterruptedError  # so that it is rolled back
                except InterruptedError:
                    if changed:
                        yield statement, corpus.sound, sql(statement)
                except sqlite3.Error:
                    continue
        column = database.execute(f"PRAGMA table_info({table})").fetchone()[1]
        lost = f"DELETE FROM {table} WHERE {column} = (SELECT min({column}) FROM {table})"
        for statement in (f"DELETE FROM {table}", lost, f"DROP TABLE {table}"):
            yield statement, corpus.sound, sql(statement)
    database.close()
    swap = "UPDATE articles SET {0} = (SELECT {0} FROM articles b WHERE b.id != articles.id)"
    cited = ("path", "title", "sha256", "extractor", "text")
    for column in (*cited, "checksum", "content_checksum", "passages"):
        yield f"{column} swapped", corpus.sound, sql(swap.format(column))
    for statement in (
        'UPDATE passages SET start = start + 1, "end" = "end" - 1',
        "UPDATE passages SET article = (SELECT min(id) FROM articles)",
        "UPDATE passages SET vector = (SELECT vector FROM passages WHERE id = 3) WHERE id = 5",
        "UPDATE articles SET text = replace(text, 'captain', 'coxswain')",
        "UPDATE articles SET text = text || ' More.'",
        "UPDATE files SET name = 'gone.txt' WHERE name = 'ferry.txt'",
        "UPDATE files SET reason = 'binary' WHERE name = 'ferry.txt'",
        "UPDATE meta SET value = '[]' WHERE key LIKE 'about%'",
        "INSERT INTO words (words, rowid, text) VALUES ('delete', 5, 'Zebra')",
        "INSERT INTO words (rowid, text) VALUES (7000, 'captain captain')",
    ):
        yield statement, corpus.sound, sql(statement)


def outcome(corpus: Archive, damage: Damage, folder: Path, *, edited: bool) -> str:
    """Damage a store, ask it, and say what was found out. Whatever else happens is an error.

    "recovered": asking detected the damage and rebuilt the store. "named": only `findings` names
    it. "ranks": some ranks or unknown words changed, which only damage in the word index may do,
    as long as nothing is written.
    """
    _, store, apply = damage

    def damaged(name: str) -> Path:
        copy = Path(shutil.copytree(store, folder / name / store.name))
        apply(copy)
        return copy

    repaired = damaged("repaired")
    named = findings(repaired)
    told: list[str] = []
    with (
        corpus.later() if edited else contextlib.nullcontext(),
        corpus.corpus(damaged("asked").parent, told.append) as asked,
    ):
        given = answers(asked)
    recovered = bool(told)
    assert named or not recovered, f"findings() names nothing, yet: {told}"
    ranks = given != (corpus.expected_later if edited else corpus.expected)
    if ranks:
        assert named
        assert not edited
        assert apart_from_words(damaged("looked at")) == apart_from_words(store)
        assert true_quotes(given)
        with corpus.later(), corpus.corpus(damaged("written").parent, told.append) as asked:
            assert answers(asked) == corpus.expected_later
        assert told
    repair(repaired, named)
    told.clear()
    with corpus.corpus(repaired.parent, told.append) as asked:
        assert answers(asked) == corpus.expected
    assert told == []
    assert findings(repaired) == []
    return "ranks" if ranks else "recovered" if recovered else "named" if named else "harmless"


def apart_from_words(store: Path) -> list[object]:
    """Return every row of a database that is not part of the word index."""
    with contextlib.closing(sqlite3.connect(store / DATABASE)) as database:
        tables = ("meta", "files", "articles", "passages", "encoded")
        return [database.execute(f"SELECT * FROM {table}").fetchall() for table in tables]


def true_quotes(given: object) -> bool:
    """Return whether all passages and answers in what was given are what the articles say."""
    if isinstance(given, Passage):
        return given.article.text.encode() == CORPUS[given.article.id].encode()
    if isinstance(given, (list, tuple)):
        return all(map(true_quotes, given))
    return True


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE words_docsize SET sz = x'7f0000'",
        "UPDATE words_docsize SET sz = (SELECT sz FROM words_docsize WHERE id = 3) WHERE id < 9",
        "DELETE FROM words_idx WHERE segid = (SELECT max(segid) FROM words_idx)",
    ],
)
def test_damage_in_the_word_search_alone_is_named_repaired_and_spoils_no_quote(
    corpus: Archive, tmp_path: Path, statement: str
) -> None:
    damage = statement, corpus.sound, sql(statement)
    assert outcome(corpus, damage, tmp_path / "unchanged", edited=False) in ("ranks", "named")
    assert outcome(corpus, damage, tmp_path / "edited", edited=True) == "recovered"


KINDS: dict[Callable[[Archive], Iterator[Damage]], int] = {
    truncated: 40,
    bits_flipped: 20,
    headers_flipped: 20,
    rows_patched: 50,
    pages_replaced: 18,
    files_replaced: 16,
    values_altered: 100,
}
"""Ways to damage a store, and how many of each must at least be found out."""


@pytest.mark.slow
def test_the_matrix_has_hundreds_of_damaged_stores(corpus: Archive) -> None:
    assert sum(len(list(kind(corpus))) for kind in KINDS) >= 500


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_damage_is_found_out_or_harmless_and_repaired(
    corpus: Archive, tmp_path: Path, kind: Callable[[Archive], Iterator[Damage]]
) -> None:
    outcomes: Counter[str] = Counter()
    wrong: list[str] = []
    for number, damage in enumerate(kind(corpus)):
        folder = tmp_path / str(number)
        try:
            outcomes[outcome(corpus, damage, folder, edited=number % 3 == 2)] += 1
        except Exception as error:  # noqa: BLE001 - all of them are told together
            wrong.append(f"{damage[0]}: {type(error).__name__}: {str(error)[:300]}")
        shutil.rmtree(folder)
    print(kind.__name__, dict(outcomes))  # shown with -s
    assert not wrong, "\n".join([f"{len(wrong)} of {sum(outcomes.values())} others", *wrong])
    assert sum(outcomes.values()) - outcomes["harmless"] >= KINDS[kind]
