"""`qa export`, `qa index --from`: a corpus moves to another store without being encoded again."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StoreDamaged, StoreError
from index.store import checksum
from index.store.exported import About, ExportedVectors, export
from index.store.open import open_store
from index.store.protocol import OpenStore, View
from index.wording import encoded_text
from qa.corpus import Corpus
from qa.moving import export_vectors, vectors_in
from tests.support.corpora import corpus_of
from tests.support.encoder import HashedWordsEncoder
from tests.support.hostile import PAYLOADS
from tests.support.memory_store import MemoryStore, open_memory_store
from tests.support.program import Program
from tests.support.stored import ENCODER, entry

ABOUT = About("as stored", "hashed words", ENCODER.dimension)
QUESTIONS = ("When was the bridge built?", "Who was the queen?", "What did the boat carry?")


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was built in 1932.\n\nIt is 503 metres long.\n")
    (folder / "queen.md").write_text("# Queen\n\nThe queen of the river city was Ada.\n")
    hostile = re.sub(r"[\x00-\x08\x0e-\x1f]", "", "\n\n".join(PAYLOADS.values()))
    (folder / "hostile.txt").write_bytes(hostile.encode("utf-8", "replace"))
    return folder


@pytest.fixture
def exported(notes: Path, tmp_path: Path) -> Path:
    file = tmp_path / "notes.vectors"
    with corpus_of(notes, stores=tmp_path / "stores") as corpus:
        corpus.sync()
        assert export_vectors(corpus, file) == corpus.size()[1] > 2
    return file


def texts_in(corpus: Corpus) -> set[str]:
    """Return the different texts that the vectors of a corpus are of."""
    found = set()
    for id, article in ((id, corpus.article(id)) for id in corpus.articles()):
        assert article
        ids = corpus.read(lambda view, id=id: view.passages_of([id]))  # type: ignore[misc]
        places = corpus.read(lambda view, ids=ids: view.passages(ids))  # type: ignore[misc]
        found.update(encoded_text(article, place.span) for place in places.values())
    return found


def everything(corpus: Corpus) -> list[Any]:
    """Return all articles with their spans and vectors, and the answers to some questions."""

    def passages(view: View, id: str) -> list[Any]:
        ids = view.passages_of([id])
        places = view.passages(ids)
        return [(places[n].span, v.tobytes()) for n, v in zip(ids, view.vectors(ids), strict=True)]

    stored = [(corpus.article(id), corpus.read(lambda view, id=id: passages(view, id)))  # type: ignore[misc]
              for id in corpus.articles()]  # fmt: skip
    asked = [corpus.ask(question, 1) for question in QUESTIONS]
    return [*stored, *((one.outcome, one.answers, one.hits[0].passage) for one in asked)]


@pytest.mark.parametrize("opener", [open_store, open_memory_store])
def test_a_store_filled_from_an_export_equals_one_that_encodes_all(
    notes: Path, tmp_path: Path, exported: Path, opener: OpenStore
) -> None:
    encoder = HashedWordsEncoder()
    elsewhere = tmp_path / "elsewhere"
    with (
        corpus_of(notes, stores=tmp_path / "encoded", open_store=opener) as corpus,
        corpus_of(notes, stores=elsewhere, encoder=encoder, open_store=opener) as moved,
        vectors_in(exported, moved) as known,
    ):
        corpus.sync()
        report = moved.sync(known=known)
        assert (encoder.encoded, report.encoded) == ([], 0)
        assert known.found == len(texts_in(moved)) > 2
        assert everything(moved) == everything(corpus)
        (notes / "bridge.txt").write_text("The bridge was built in 1933.\n")
        moved.sync(known=known)
        assert len(encoder.encoded) == 1
        assert "1933" in moved.search(QUESTIONS[0])[0].passage.text


def test_filling_a_store_goes_on_where_it_was_stopped(
    notes: Path, tmp_path: Path, exported: Path
) -> None:
    class Stop(Exception):
        pass

    encoder = HashedWordsEncoder()
    for number in range(200):
        (notes / f"more-{number}.txt").write_text(f"Boat {number} carried {number} sacks.")
    with (
        corpus_of(notes, stores=tmp_path / "elsewhere", encoder=encoder) as corpus,
        vectors_in(exported, corpus) as known,
    ):

        def stop(progress: object) -> None:
            if corpus.size()[0] > 100:
                raise Stop

        with pytest.raises(Stop):
            corpus.sync(stop, known)
        assert 100 < corpus.size()[0] < 203
        corpus.sync(known=known)
        assert corpus.size()[0] == 203
        assert len(encoder.encoded) == len({*encoder.encoded}) == 200


@given(texts=st.lists(st.text(min_size=1).filter(str.strip), min_size=1, max_size=4, unique=True))
def test_every_vector_comes_back_for_its_own_text_alone(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    store = MemoryStore()
    entries = [entry(f"{number}.txt", text) for number, text in enumerate(texts)]
    store.put(entries, {})
    file = tmp_path_factory.mktemp("export") / "vectors"
    with store.snapshot() as view:
        assert export(view, file, ABOUT) == view.passage_count()
    wanted = {
        encoded_text(one.article, span): vector.astype(np.float16).astype(np.float32)
        for one in entries
        for span, vector in zip(one.spans, one.vectors, strict=True)
    }
    with ExportedVectors(file, ABOUT) as known:
        got = known.vectors([*wanted, *wanted, "nowhere"])
    assert got.keys() == wanted.keys()
    assert all((got[text] == wanted[text]).all() for text in wanted)


def test_an_export_holds_no_text_and_is_private(exported: Path) -> None:
    content = exported.read_bytes()
    assert not any(word in content for word in (b"bridge", b"queen", b"1932", b"notes"))
    assert exported.stat().st_mode & 0o077 == 0
    assert [file.name for file in exported.parent.glob("*vectors*")] == [exported.name]


def forged(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as db, db:
        db.execute(statement, values)


def vector_row(file: Path, vector: np.ndarray[Any, Any]) -> None:
    """Give every text this vector, with the right checksum."""
    halves = vector.astype(np.float16).tobytes()
    with closing(sqlite3.connect(file)) as db, db:
        for (text,) in db.execute("SELECT text FROM vectors").fetchall():
            row = (halves, checksum.of_vector(text, halves), text)
            db.execute("UPDATE vectors SET vector = ?, checksum = ? WHERE text = ?", row)


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:5000]), "cannot be read"),
        (lambda file: file.write_bytes(b"Not a database. " * 100), "cannot be read"),
        (lambda file: file.write_bytes(b""), "not written by `qa export`"),
        (lambda file: forged(file, "PRAGMA application_id = 7"), "not written by `qa export`"),
        (lambda file: forged(file, "CREATE VIEW v AS SELECT 1"), "other tables"),
        (lambda file: forged(file, "CREATE TRIGGER t AFTER INSERT ON about BEGIN SELECT 1; END"),
         "other tables"),
        (lambda file: forged(file, "DELETE FROM about"), "cannot be read"),
        (lambda file: forged(file, "UPDATE about SET value = ?", "[" * 100_000), "cannot be read"),
        (lambda file: forged(file, "UPDATE about SET value = '[2, {}]'"), "its format is 2"),
        (lambda file: forged(file, "UPDATE vectors SET vector = zeroblob(128)"), "damaged"),
        (lambda file: forged(file, "UPDATE vectors SET vector = 'text'"), "damaged"),
        (lambda file: vector_row(file, np.ones(64)), "wrong length"),
        (lambda file: vector_row(file, np.full(64, np.nan)), "not numbers"),
        (lambda file: vector_row(file, np.ones(1)), "wrong size"),
    ],
)  # fmt: skip
def test_a_file_that_is_damaged_or_forged_is_refused_and_the_store_is_kept(
    notes: Path, tmp_path: Path, exported: Path, damage: Any, says: str
) -> None:
    damage(exported)
    notices: list[str] = []
    with corpus_of(notes, stores=tmp_path / "elsewhere", notify=notices.append) as corpus:
        with (
            pytest.raises(StoreError, match=says) as refused,
            vectors_in(exported, corpus) as known,
        ):
            corpus.sync(known=known)
        assert not isinstance(refused.value, StoreDamaged)
        assert "qa export" in refused.value.hint
        corpus.sync()
        assert corpus.ask(QUESTIONS[0]).answers
    assert not notices


def test_another_model_or_version_is_refused(notes: Path, tmp_path: Path, exported: Path) -> None:
    encoder = HashedWordsEncoder()
    with corpus_of(notes, stores=tmp_path / "elsewhere", encoder=encoder) as corpus:
        encoder.fingerprint = "hashed-words-2"
        with pytest.raises(StoreError, match="another version"):
            vectors_in(exported, corpus)
        encoder.name = "better"
        with pytest.raises(StoreError, match="another model: hashed words, not better"):
            vectors_in(exported, corpus)


def test_the_commands_export_and_index_from(program: Program, notes: Path, tmp_path: Path) -> None:
    file = tmp_path / "notes.vectors"
    ran = program.run("export", str(file), str(notes))
    count = int(ran.text.split()[0])
    assert (ran.code, count > 2) == (0, True)
    assert f"vectors in {file}, " in ran.text
    assert program.run("export", str(file), str(notes)).code == 0  # replaces it
    stores = ("--store", str(tmp_path / "elsewhere"))
    report = program.run("index", "--json", "--from", str(file), *stores, str(notes)).json
    assert (report["taken"] > 2, report["encoded"]) == (True, 0)
    (notes / "new.txt").write_text("A new boat.")
    again = program.run("index", "--from", str(file), *stores, str(notes))
    assert f"1 passage encoded, 0 taken from {file} in " in again.text


def test_an_export_replaces_no_other_file(program: Program, notes: Path, tmp_path: Path) -> None:
    article = notes / "bridge.txt"
    before = article.read_bytes()
    for file, hint in ((article, "another file"), (tmp_path / "none" / "file", "another file")):
        ran = program.run("export", str(file), str(notes))
        assert (ran.code, ran.text) == (3, "")
        assert hint in ran.errors
    assert article.read_bytes() == before
    assert program.run("export", "file", "-", stdin="Text.").code == 2
