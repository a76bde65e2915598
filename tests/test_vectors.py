"""Vectors: exact search, and a file that is what was written or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from index.store.faiss_files import HashingWriter, left_over
from index.store.vectors import Vectors
from tests.support.stored import no_room

DIMENSION = 8
FIRST_ID = 5

components = st.floats(-1, 1, width=16)
matrices = st.integers(1, 40).flatmap(
    lambda rows: arrays(np.float32, (rows, DIMENSION), elements=components)
)
queries = arrays(np.float32, DIMENSION, elements=components)


def made(matrix: NDArray[np.float32]) -> Vectors:
    """Vectors of the ids FIRST_ID, FIRST_ID + 1, ..., in more than one go."""
    vectors = Vectors(matrix.shape[1])
    ids = np.arange(FIRST_ID, FIRST_ID + len(matrix))
    half = len(matrix) // 2
    vectors.add(ids[:half], matrix[:half])
    vectors.add(ids[half:], matrix[half:])
    return vectors


def random_units(rows: int, dimension: int = 64) -> NDArray[np.float32]:
    matrix = np.random.default_rng(rows).normal(size=(rows, dimension)).astype(np.float32)
    units: NDArray[np.float32] = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
    return units


@given(matrices, queries, st.integers(1, 60))
def test_the_nearest_are_numpys_on_vectors_rounded_to_half_floats(
    matrix: NDArray[np.float32], query: NDArray[np.float32], k: int
) -> None:
    expected = matrix.astype(np.float16).astype(np.float32) @ query
    found = made(matrix).nearest(query, k)
    assert len({id for id, _ in found}) == min(k, len(matrix))
    assert [c for _, c in found] == pytest.approx(np.sort(expected)[::-1][:k], abs=1e-5)
    assert [c for _, c in found] == pytest.approx(
        [expected[id - FIRST_ID] for id, _ in found], abs=1e-5
    )


def test_without_near_ties_the_order_is_numpys_to_the_last_place() -> None:
    matrix = random_units(500)
    query = random_units(3)[1]
    expected = np.argsort(-(matrix.astype(np.float16).astype(np.float32) @ query))
    found = made(matrix).nearest(query, 500)
    assert [id - FIRST_ID for id, _ in found] == expected.tolist()


def test_a_stored_vector_as_query_comes_back_first_with_a_cosine_of_one() -> None:
    matrix = random_units(200)
    vectors = made(matrix)
    for position, vector in enumerate(matrix):
        ((id, cosine),) = vectors.nearest(vector, 1)
        assert id == position + FIRST_ID
        assert cosine == pytest.approx(1, abs=1e-3)


def test_asking_for_more_than_there_are_gives_each_once() -> None:
    found = made(random_units(3)).nearest(random_units(1)[0], 1000)
    assert sorted(id for id, _ in found) == [FIRST_ID, FIRST_ID + 1, FIRST_ID + 2]


def test_where_nothing_is_stored_nothing_is_near_or_far(tmp_path: Path) -> None:
    empty = Vectors(DIMENSION)
    written = empty.write(tmp_path / "vectors")
    for vectors in (empty, Vectors.read(tmp_path / "vectors", written)):
        assert vectors is not None
        assert len(vectors) == 0
        assert vectors.nearest(np.ones(DIMENSION, np.float32), 3) == []
        assert vectors.min_cosine(np.ones(DIMENSION, np.float32)) == 0


@given(matrices, queries)
def test_the_farthest_is_the_lowest_cosine_of_all(
    matrix: NDArray[np.float32], query: NDArray[np.float32]
) -> None:
    expected = (matrix.astype(np.float16).astype(np.float32) @ query).min()
    assert made(matrix).min_cosine(query) == pytest.approx(expected, abs=1e-5)


@given(matrices, queries, st.data())
def test_cosines_stand_in_the_order_of_the_ids_asked_for(
    matrix: NDArray[np.float32], query: NDArray[np.float32], data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, len(matrix) - 1)))
    found = made(matrix).cosines(query, [row + FIRST_ID for row in rows])
    assert found == pytest.approx([float(matrix[row] @ query) for row in rows], abs=1e-5)


def test_there_is_no_cosine_of_an_id_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        made(random_units(3)).cosines(random_units(1)[0], [FIRST_ID, FIRST_ID + 3])


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    vectors = made(random_units(100))
    written = vectors.write(tmp_path / "vectors")
    again = Vectors.read(tmp_path / "vectors", written)
    assert written == sha256((tmp_path / "vectors").read_bytes()).hexdigest()
    assert again is not None
    query = random_units(1)[0]
    assert again.nearest(query, 100) == vectors.nearest(query, 100)
    ids = list(range(FIRST_ID, FIRST_ID + 100))
    assert again.cosines(query, ids) == vectors.cosines(query, ids)


def remove(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def shorten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def lengthen(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\0")


def flip_first_bit(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(bytes([content[0] ^ 1]) + content[1:])


def flip_last_bit(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 128]))


def put_another_in_its_place(file: Path) -> None:
    made(random_units(4, DIMENSION)).write(file)


def put_a_folder_in_its_place(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    "damage",
    [
        remove,
        empty,
        shorten,
        lengthen,
        flip_first_bit,
        flip_last_bit,
        put_another_in_its_place,
        put_a_folder_in_its_place,
    ],
)
def test_a_file_that_is_not_what_was_written_is_not_read(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    file = tmp_path / "vectors"
    written = made(random_units(3, DIMENSION)).write(file)
    assert Vectors.read(file, written) is not None
    damage(file)
    assert Vectors.read(file, written) is None


@pytest.mark.parametrize("content", [b"", b"IxF2", b"<html></html>" * 100, bytes(1000)])
def test_a_foreign_file_is_not_read_even_under_its_own_hash(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors").write_bytes(content)
    assert Vectors.read(tmp_path / "vectors", sha256(content).hexdigest()) is None


@pytest.mark.parametrize(
    ("owner", "step"), [(HashingWriter, "write"), (os, "fsync"), (os, "replace")]
)
def test_a_full_disk_leaves_the_file_as_it_was_and_no_part_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: object, step: str
) -> None:
    file = tmp_path / "vectors"
    written = made(random_units(3)).write(file)
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, no_room)
        with pytest.raises(OSError, match="No space left"):
            made(random_units(4)).write(file)
    assert list(tmp_path.iterdir()) == [file]
    assert Vectors.read(file, written) is not None


def test_a_folder_in_the_place_of_the_file_is_put_aside(tmp_path: Path) -> None:
    file = tmp_path / "vectors"
    file.mkdir()
    (file / "kept.txt").write_text("not ours")
    written = made(random_units(3)).write(file)
    assert Vectors.read(file, written) is not None
    assert (tmp_path / "vectors.damaged-1" / "kept.txt").read_text() == "not ours"


def test_vectors_hold_what_was_added_and_nothing_else() -> None:
    matrix = random_units(20).astype(np.float16)
    vectors = made(matrix.astype(np.float32))
    ids = np.arange(FIRST_ID, FIRST_ID + 20)
    assert vectors.holds(ids, matrix)
    assert vectors.holds(ids[[7, 3]], matrix[[7, 3]])
    assert not vectors.holds(ids[[3, 7]], matrix[[7, 3]])
    assert not vectors.holds(ids + 1, matrix)
    nudged = matrix.copy()
    nudged[4, 9] = np.nextafter(nudged[4, 9], np.float16(2))
    assert not vectors.holds(ids, nudged)


def test_only_unfinished_files_that_nobody_writes_any_more_are_left_over(tmp_path: Path) -> None:
    file = tmp_path / "vectors"
    names = [".vectors-old", ".vectors-young", ".other-old", "vectors"]
    for name in names:
        (tmp_path / name).touch()
        if name != ".vectors-young":
            os.utime(tmp_path / name, (0, 0))
    assert left_over(file) == [tmp_path / ".vectors-old"]
    assert left_over(tmp_path / "none" / "vectors") == []
