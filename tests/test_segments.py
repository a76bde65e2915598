"""Segments of vectors: as good as all vectors in memory, and never trusted."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.errors import StoreError
from index.store.check import findings, repair
from index.store.codes import Codes
from index.store.database import Database
from index.store.files import DATABASE, SEGMENT_FILES, VECTORS
from index.store.limits import Limits
from index.store.local import LocalStore
from index.store.nominated import NOMINATED
from index.store.protocol import Entry
from index.store.readonly import describe
from index.store.segmented import Segments, stamps
from index.types import Article, Span
from tests.support.stored import QUERY, SEGMENTED, contents, entry, no_room, opened, paragraph

DIMENSION = 384
ENTRIES = [entry(f"{n}.txt", f"{paragraph(n)}\n\n{paragraph(n + 50)}") for n in range(9)]


def units(rows: int, seed: int = 1) -> NDArray[np.float32]:
    """Unit vectors around a few centres, as those of passages about a few subjects are."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(20, DIMENSION))
    matrix = centres[chance.integers(20, size=rows)] + chance.normal(size=(rows, DIMENSION))
    found: NDArray[np.float32] = matrix.astype(np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def segment_files(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.glob(SEGMENT_FILES))


def stamped(folder: Path) -> list[tuple[int, int, int]]:
    """Return the number of passages and the range of ids of each segment."""
    database = sqlite3.connect(folder / DATABASE)
    found = [(stamp.count, stamp.first, stamp.last) for stamp in stamps(database)]
    database.close()
    return found


def article_of(name: str, vectors: NDArray[np.float32]) -> Entry:
    text = "".join(f"{n:05}" for n in range(len(vectors)))
    spans = [Span(5 * n, 5 * n + 5) for n in range(len(vectors))]
    return Entry(Article(name, name, name, text, name), spans, list(vectors))


def test_codes_nominate_the_nearest_and_the_farthest() -> None:
    matrix = units(8_000)
    codes = Codes(DIMENSION)
    codes.add(np.arange(5, 6_005), matrix[:6_000])
    codes.add(np.arange(6_005, 8_005), matrix[6_000:])
    missed = 0
    for query in units(20, seed=2):
        cosines = matrix @ query
        near, far = (set(ids.tolist()) for ids, _ in codes.nominated(query, NOMINATED))
        missed += len({int(place) + 5 for place in np.argsort(-cosines)[:10]} - near)
        assert int(np.argmin(cosines)) + 5 in far
    assert missed <= 20  # of 200; any 1,000 would miss 175


def test_many_passages_in_segments_are_ranked_as_numpy_does(tmp_path: Path) -> None:
    matrix = units(6_000)
    limits = Limits(large=1_000, in_memory=100, in_memory_while_indexing=500, segment=2_000)
    with LocalStore(tmp_path, dimension=DIMENSION, identity="x", limits=limits) as store:
        for first in range(0, len(matrix), 300):
            store.put([article_of(str(first), matrix[first : first + 300])], {})
        store.remove(["300"])
        store.refresh()
        halves = matrix.astype(np.float16).astype(np.float32)
        live = np.r_[0:300, 600:6_000]
        with store.snapshot() as view:
            for query in units(10, seed=3):
                cosines = halves[live] @ query
                expected = (live[np.argsort(-cosines, kind="stable")[:10]] + 1).tolist()
                assert [id for id, _ in view.nearest(query, 10)] == expected
                assert view.min_cosine(query) == pytest.approx(cosines.min(), abs=1e-6)
                among = np.r_[600:900]
                best = int(among[np.argmax(halves[among] @ query)]) + 1
                assert view.nearest(query, 1, ["600"])[0][0] == best
    assert not (tmp_path / VECTORS).exists()


def test_vectors_are_appended_to_files_not_written_again(tmp_path: Path) -> None:
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.put(ENTRIES[:4], {})
        store.refresh()
        before = {name: (tmp_path / name).stat().st_ino for name in segment_files(tmp_path)}
        store.put(ENTRIES[4:6], {})
        store.refresh()
        rows = [name for name in before if name.endswith(".rows")]
        assert rows
        assert all((tmp_path / name).stat().st_ino == before[name] for name in rows)
        assert sum(count for count, _, _ in stamped(tmp_path)) + 2 >= 12


def test_a_segment_that_another_process_extends_just_then_is_not_written_again(
    tmp_path: Path,
) -> None:
    limits = replace(SEGMENTED, segment=100)
    with opened(tmp_path, limits=limits) as writer, opened(tmp_path, limits=limits) as reader:
        writer.put(ENTRIES[:4], {})
        writer.refresh()
        with reader.snapshot() as view:
            passages = view.passage_count()  # from here on, it sees no change
            writer.put(ENTRIES[4:], {})
            writer.refresh()
            written = {name: (tmp_path / name).stat().st_ino for name in segment_files(tmp_path)}
            assert len(view.nearest(QUERY, 100)) == passages
        assert {name: (tmp_path / name).stat().st_ino for name in written} == written
        assert contents(reader) == pytest.approx(contents(writer))


def test_a_few_changed_passages_are_searched_without_writing_any_file(tmp_path: Path) -> None:
    limits = Limits(large=0, in_memory=6, segment=100)
    with opened(tmp_path, limits=limits) as store:
        store.put(ENTRIES, {})
        store.refresh()
        before = {name: (tmp_path / name).read_bytes() for name in segment_files(tmp_path)}
        changed = entry("3.txt", paragraph(77))
        store.put([changed], {})
        store.refresh()
        expected = contents(store)
        assert any(name == "3.txt" for name, *_ in expected)
    assert {name: (tmp_path / name).read_bytes() for name in segment_files(tmp_path)} == before
    with opened(tmp_path, limits=limits) as store:
        assert contents(store) == pytest.approx(expected)


def test_segments_with_many_removed_passages_are_written_again_one_at_a_time(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.put(ENTRIES, {})
        store.refresh()
        store.remove([f"{n}.txt" for n in range(0, 9, 2)])
        expected = contents(store)
        held = [sum(count for count, _, _ in stamped(tmp_path))]
        pending = [(describe(tmp_path) or {})["pending"]]
        for _ in range(9):
            store.refresh()
            assert contents(store) == pytest.approx(expected)
            held.append(sum(count for count, _, _ in stamped(tmp_path)))
            pending.append((describe(tmp_path) or {})["pending"])
    assert all(0 <= before - after <= SEGMENTED.segment for before, after in pairwise(held))
    assert pending[0] == f"{held[0] - 8:,} vectors of removed passages to delete"
    assert pending[-1] == "" or int(pending[-1].split()[0]) <= held[-1] - 8
    assert held[0] >= 16
    assert held[-1] <= 10
    with opened(tmp_path, limits=SEGMENTED) as store:
        assert contents(store) == pytest.approx(expected)
    assert findings(tmp_path) == []


def test_a_large_store_is_read_whole_by_a_writer_only_after_much_was_added(
    tmp_path: Path,
) -> None:
    statements: list[str] = []

    def writes(limits: Limits) -> bool:
        """Change an article; return whether all pages were read."""
        statements.clear()
        with opened(tmp_path, limits=limits) as store:
            store._db._connection.set_trace_callback(statements.append)
            with store.writer():
                store.put(ENTRIES[:1], {})
            store.refresh()
        return any("quick_check" in statement for statement in statements)

    with opened(tmp_path) as store:
        store.put(ENTRIES, {})
    large = replace(SEGMENTED, checked_share=0.5)
    assert [writes(large) for _ in range(9)] == [True, *[False] * 3, True, *[False] * 4]
    assert all(writes(Limits()) for _ in range(3))


def test_ids_of_removed_passages_are_never_used_again(tmp_path: Path) -> None:
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.put(ENTRIES[:3], {})
        store.refresh()
        with store.snapshot() as view:
            before = {id for id, _ in view.nearest(QUERY, 100)}
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.remove([one.article.id for one in ENTRIES[:3]])
        store.put(ENTRIES[:3], {})
        with store.snapshot() as view:
            assert before.isdisjoint(id for id, _ in view.nearest(QUERY, 100))


def remove(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def shorten(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 1)


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2 + 1] ^= 64
    file.write_bytes(content)


def zero(file: Path) -> None:
    file.write_bytes(bytes(file.stat().st_size))


def put_a_folder_in_its_place(file: Path) -> None:
    file.unlink()
    file.mkdir()


def swap_with_the_next(file: Path) -> None:
    name = file.name.replace("-1.", "-2.")
    other = (file.parent / name).read_bytes()
    (file.parent / name).write_bytes(file.read_bytes())
    file.write_bytes(other)


@pytest.mark.parametrize("suffix", ["codes", "rows"])
@pytest.mark.parametrize(
    "damage",
    [remove, empty, shorten, flip, zero, put_a_folder_in_its_place, swap_with_the_next],
)
def test_a_damaged_segment_changes_no_result_and_is_named_and_written_again(
    tmp_path: Path, damage: Callable[[Path], None], suffix: str
) -> None:
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.put(ENTRIES, {})
        store.refresh()
        expected = contents(store)
    damage(tmp_path / f"vectors-1.{suffix}")
    named = findings(tmp_path)
    assert named
    assert {finding.effect for finding in named} == {"cost"}
    with opened(tmp_path, limits=SEGMENTED) as store:
        assert contents(store) == pytest.approx(expected)
    assert findings(tmp_path) == []
    with opened(tmp_path, limits=SEGMENTED) as store:
        assert contents(store) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (os, "fsync"),
        (os, "replace"),
        (Database, "set_meta"),
        (Codes, "write"),
        (Segments, "_sweep"),
    ],
)
@pytest.mark.parametrize("number", range(5))
def test_a_step_that_fails_costs_no_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: type, step: str, number: int
) -> None:
    with opened(tmp_path / "expected") as store:
        store.put(ENTRIES[2:], {})
        expected = contents(store)
    with opened(tmp_path / "store", limits=SEGMENTED) as store:
        store.put(ENTRIES[:5], {})
        store.remove(["0.txt", "1.txt"])
    calls, original = [0], getattr(owner, step)

    def fail(*values: object) -> object:
        calls[0] += 1
        if calls[0] == number + 1:
            no_room()
        return original(*values)

    with opened(tmp_path / "store", limits=SEGMENTED) as store:
        with monkeypatch.context() as patch:
            patch.setattr(owner, step, fail)
            with contextlib.suppress(OSError, StoreError):
                store.put(ENTRIES[5:], {})
                store.refresh()
        store.put(ENTRIES[5:], {})
        assert contents(store) == pytest.approx(expected)
    with opened(tmp_path / "store", limits=SEGMENTED) as store:
        store.refresh()
        assert contents(store) == pytest.approx(expected)
    assert findings(tmp_path / "store") == []


def test_what_a_repair_removes_is_written_again(tmp_path: Path) -> None:
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.put(ENTRIES, {})
        store.refresh()
        expected = contents(store)
    flip(tmp_path / "vectors-2.rows")
    repair(tmp_path, findings(tmp_path))
    with opened(tmp_path, limits=SEGMENTED) as store:
        assert contents(store) == pytest.approx(expected)
    assert findings(tmp_path) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM meta WHERE key LIKE 'segment %'",
        "DELETE FROM meta WHERE key LIKE 'removed %'",
        "UPDATE meta SET value = '1:9:9:00' WHERE key LIKE 'segment %'",
        "UPDATE meta SET value = '0:0' WHERE key LIKE 'removed %'",
        "UPDATE meta SET value = 'x' WHERE key LIKE 'removed %' OR key LIKE 'segment %'",
    ],
)
def test_a_damaged_note_about_segments_changes_no_result(tmp_path: Path, statement: str) -> None:
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.put(ENTRIES, {})
        store.refresh()
        store.remove(["2.txt"])
        expected = contents(store)
    database = sqlite3.connect(tmp_path / DATABASE)
    with database:
        assert database.execute(statement).rowcount
    database.close()
    with opened(tmp_path, limits=SEGMENTED) as store:
        assert contents(store) == pytest.approx(expected)
    with opened(tmp_path, limits=SEGMENTED) as store:
        store.refresh()
        assert contents(store) == pytest.approx(expected)


def test_a_store_changes_its_files_when_it_becomes_large_and_small_again(tmp_path: Path) -> None:
    limits = Limits(large=10, in_memory=2, in_memory_while_indexing=4, segment=5)
    with opened(tmp_path, limits=limits) as store:
        store.put(ENTRIES[:3], {})
        store.refresh()
        assert (tmp_path / VECTORS).exists()
        store.put(ENTRIES[3:], {})
        store.refresh()
        assert segment_files(tmp_path)
        assert not (tmp_path / VECTORS).exists()
        large = contents(store)
        store.remove([one.article.id for one in ENTRIES[3:]])
        store.refresh()
        small = contents(store)
        assert segment_files(tmp_path) == []
    assert findings(tmp_path) == []
    with opened(tmp_path) as exact:
        assert contents(exact) == pytest.approx(small)
        exact.put(ENTRIES[3:], {})
        assert contents(exact) == pytest.approx(large)
