"""A thread goes ahead of its consumer, in order and within bounds, and ends with it."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ahead import Ahead
from index.models.batches import MAX_BATCH_TEXTS, batches_of_equal_length, in_threads
from tests.support.examples import examples

PATIENCE_SECONDS = 30


def counted(values: list[int], taken: list[int]) -> Generator[int, None, None]:
    """Yield the values; keep those that were made."""
    for value in values:
        taken.append(value)
        yield value


@examples(60)
@given(st.lists(st.integers(1, 5), max_size=30), st.integers(1, 8))
def test_values_come_in_order_and_few_are_made_ahead(sizes: list[int], most: int) -> None:
    made: list[int] = []
    with Ahead(counted(sizes, made), size=lambda value: value, most=most) as ahead:
        came: list[int] = []
        for value in ahead:
            came.append(value)
            ready = made[len(came) :]
            assert sum(ready[:-1]) < most, "the last was begun when the others were too few"
    assert came == sizes


def test_an_error_comes_after_the_values_before_it() -> None:
    def fails() -> Generator[int, None, None]:
        yield 1
        raise MemoryError

    came = []
    with (
        pytest.raises(MemoryError),
        Ahead(fails(), size=lambda _: 1, most=9) as ahead,
    ):
        for value in ahead:
            came.append(value)
    assert came == [1]


def test_who_waits_is_called_and_what_it_raises_ends_the_thread() -> None:
    go_on, ended = threading.Event(), threading.Event()

    def waits() -> Generator[int, None, None]:
        try:
            assert go_on.wait(PATIENCE_SECONDS)
            yield 1
            yield 2
        finally:
            ended.set()

    def cancel() -> None:
        raise KeyboardInterrupt

    with (
        pytest.raises(KeyboardInterrupt),
        Ahead(waits(), size=lambda _: 1, most=9, on_wait=cancel, on_stop=go_on.set) as ahead,
    ):
        next(iter(ahead))
    assert ended.wait(PATIENCE_SECONDS)


def test_nothing_is_begun_while_paused() -> None:
    made: list[int] = []
    with Ahead(counted(list(range(100)), made), size=lambda _: 1, most=2) as ahead:
        values: Iterator[int] = iter(ahead)
        next(values)
        with ahead.paused():
            begun = len(made)
            for _ in range(len(made) - 1):
                next(values)
            assert len(made) <= begun + 1, "one could have been on its way"
        assert list(values)[-1] == 99


@examples(100)
@given(st.lists(st.integers(0, 6), max_size=40))
def test_batches_have_one_length_and_each_text_once(lengths: list[int]) -> None:
    batches = batches_of_equal_length(lengths)
    assert sorted(number for batch in batches for number in batch) == list(range(len(lengths)))
    of_batches = [{lengths[number] for number in batch} for batch in batches]
    assert all(len(found) == 1 for found in of_batches)
    longest = [max(found) for found in of_batches]
    assert longest == sorted(longest, reverse=True)
    least = sum(-(-lengths.count(length) // MAX_BATCH_TEXTS) for length in set(lengths))
    assert len(batches) == least


def test_threads_rest_while_nobody_takes_what_they_made() -> None:
    begun: list[int] = []
    results = in_threads(lambda n: begun.append(n) or n, range(100), threads=2)
    first = next(results)
    assert len(begun) <= 5
    assert sorted([first, *results]) == list(range(100))


def test_an_error_in_a_thread_begins_no_other_batch() -> None:
    begun: list[int] = []

    def fail(number: int) -> None:
        begun.append(number)
        raise ValueError

    with pytest.raises(ValueError):
        list(in_threads(fail, range(100), threads=2))
    assert len(begun) <= 4
