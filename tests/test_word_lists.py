"""Word lists rank as FTS5 does, whatever happened to the store or to them since they were made."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StoreError
from index.store.check import findings, repair
from index.store.files import DATABASE, LISTS
from index.store.list_file import ListFile
from index.store.local import LocalStore
from index.store.protocol import Ranking
from index.store.word_lists import MADE
from tests.support.examples import examples
from tests.support.stored import SEGMENTED, WORDS, entry, no_room, opened, paragraph

LISTED = replace(SEGMENTED, lists_share=0.5)
"""Lists are made again when half of the passages are newer."""
ASKED = ["river", "Rivers", "queens", "unheard", "state-of-the-art", "4.1.0", "peace", "a", ""]

sentences = st.lists(
    st.sampled_from([*WORDS, "rivers", "state of the art", "4.1.0", "the"]), min_size=1, max_size=9
).map(" ".join)
texts = st.lists(sentences, min_size=1, max_size=4).map("\n\n".join)
names = st.sampled_from(["a.txt", "peace/b.txt", "c.txt", "river.txt"])
corpora = st.dictionaries(names, texts, max_size=4)
changes = st.dictionaries(names, st.none() | texts, max_size=3)


def listed(store: LocalStore) -> bool:
    """Return whether words were ranked by lists since the store was opened."""
    return store._word_lists._file is not None


def by_fts5(store: LocalStore, words: list[str], k: int, only: list[str] | None) -> Ranking:
    """What FTS5 itself ranks, limited afterwards."""
    with store.snapshot() as view:
        everything = store._words.matching(words, 100_000, "")
        places = view.passages([id for id, _ in everything])
    return [one for one in everything if only is None or places[one[0]].article in only][:k]


def by_lists(store: LocalStore, words: list[str], k: int, only: list[str] | None) -> Ranking:
    with store.snapshot() as view:
        return view.matching(words, k, only)


def make(store: LocalStore) -> None:
    """Make lists of everything that is stored."""
    store._db.write_later(lambda: store._db.set_meta(MADE, ""))
    with store._db.reading():
        pass
    store._word_lists.keep_up(10**9)


@given(
    corpora,
    changes,
    st.lists(st.sampled_from([*WORDS, *ASKED]), max_size=5),
    st.integers(1, 12),
    st.none() | st.lists(names, max_size=2),
)
@examples(40)
def test_passages_are_ranked_as_fts5_does(
    corpus: dict[str, str],
    later: dict[str, str | None],
    words: list[str],
    k: int,
    only: list[str] | None,
) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder), limits=LISTED) as store:
        store.put([entry(name, text) for name, text in corpus.items()], {})
        make(store)
        store.put([entry(name, text) for name, text in later.items() if text], {})
        store.remove([name for name, text in later.items() if text is None])
        found = by_lists(store, words, k, only)
        expected = by_fts5(store, words, k, only)
        assert listed(store) == bool(words)
    assert [id for id, _ in found] == [id for id, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with opened(tmp_path, limits=LISTED) as store:
        store.put([entry(f"{n}.txt", f"{paragraph(n)} River {n % 3}.") for n in range(9)], {})
        store.refresh()
    return tmp_path


def only_file(folder: Path) -> Path:
    (file,) = folder.glob(LISTS.format("*"))
    return file


def ranked(folder: Path) -> tuple[Ranking, bool]:
    """Return a ranking and whether lists were used."""
    with opened(folder, limits=LISTED) as store:
        return by_lists(store, ["river", "1", "city7"], 5, None), listed(store)


def remove(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def overwrite(file: Path) -> None:
    file.write_bytes(b"not a database" * 500)


def put_a_folder_in_its_place(file: Path) -> None:
    file.unlink()
    file.mkdir()


def statement(sql: str) -> Callable[[Path], None]:
    def alter(file: Path) -> None:
        database = sqlite3.connect(file)
        with database:
            assert database.execute(sql).rowcount
        database.close()

    return alter


DAMAGE = [
    remove,
    empty,
    overwrite,
    put_a_folder_in_its_place,
    statement("UPDATE rows SET ids = (SELECT ids FROM rows WHERE key = 'stem 1')"),
    statement("UPDATE rows SET numbers = x'ffff' WHERE key LIKE 'stem river%'"),
    statement("UPDATE rows SET checksum = 'x' WHERE key LIKE 'stem river%'"),
    statement("UPDATE rows SET ids = 7 WHERE key = 'stem 1'"),
    statement("DELETE FROM rows WHERE key = 'lengths'"),
    statement("DELETE FROM rows"),
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_lists_change_no_rank_are_named_and_can_be_removed(
    folder: Path, damage: Callable[[Path], None]
) -> None:
    expected, used = ranked(folder)
    assert used
    damage(only_file(folder))
    (finding,) = findings(folder)
    assert finding.effect == "cost"
    found, _ = ranked(folder)
    assert found == expected
    repair(folder, [finding])
    assert findings(folder) == []
    assert ranked(folder)[0] == expected


def test_lists_that_another_process_replaces_just_then_are_kept(folder: Path) -> None:
    with opened(folder, limits=LISTED) as writer, opened(folder, limits=LISTED) as reader:
        before = only_file(folder)
        with reader.snapshot() as view:
            view.passage_count()  # from here on, it sees no change
            make(writer)
            assert not before.exists()
            assert [id for id, _ in view.matching(["river"], 9)] == list(range(1, 10))
        assert reader._db.meta(MADE) == writer._db.meta(MADE) != ""
        assert by_lists(reader, ["river"], 5, None) == by_lists(writer, ["river"], 5, None)
        assert listed(reader)


def test_lists_of_another_store_are_not_used(folder: Path, tmp_path: Path) -> None:
    expected, _ = ranked(folder)
    other = tmp_path / "other"
    with opened(other, limits=LISTED) as store:
        store.put([entry("a.txt", "The river, the river 1, the river.")], {})
        store.refresh()
    only_file(other).rename(only_file(folder))
    found, _ = ranked(folder)
    assert found == expected


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("step", [(ListFile, "add"), (LocalStore, "close")])
def test_lists_are_gone_on_with_where_a_run_ended(
    folder: Path, monkeypatch: pytest.MonkeyPatch, step: tuple[type, str], number: int
) -> None:
    expected, _ = ranked(folder)
    only_file(folder).unlink()
    monkeypatch.setattr("index.store.word_lists.STEP", 50)
    added: list[int] = []
    original = ListFile.add

    def add(*values: object, **more: object) -> None:
        added.append(len(values))
        if step[1] == "add" and len(added) == number + 1:
            no_room()
        original(*values, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(ListFile, "add", add)
    for _ in range(30):
        try:
            with opened(folder, limits=LISTED) as store:
                ranked(folder)
                store._word_lists.keep_up(100)
        except (OSError, StoreError):
            continue
    assert ranked(folder) == (expected, True)
    assert findings(folder) == []
    assert len(added) < 30
    assert len(list(folder.glob(LISTS.format("*")))) == 1


def test_a_changed_file_costs_no_new_lists_until_much_has_changed(folder: Path) -> None:
    before = only_file(folder)
    with opened(folder, limits=LISTED) as store:
        store.put([entry("1.txt", "A river.")], {})
        store.refresh()
        assert only_file(folder) == before
        store.put([entry(f"{n}.txt", "A river.") for n in range(20, 40)], {})
        store.refresh()
        assert only_file(folder) != before


def test_a_store_that_is_not_large_has_no_lists(tmp_path: Path) -> None:
    with opened(tmp_path) as store:
        store.put([entry("1.txt", "A river.")], {})
        store.refresh()
    assert not list(tmp_path.glob(LISTS.format("*")))
    database = sqlite3.connect(tmp_path / DATABASE)
    assert not database.execute("SELECT * FROM meta WHERE key = ?", (MADE,)).fetchall()
    database.close()
