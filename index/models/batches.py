"""Divides texts into batches without padding, and runs batches in threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

_Batch = TypeVar("_Batch")
_Result = TypeVar("_Result")

MAX_BATCH_TEXTS = 4
"""Larger batches are no faster on one thread: what they compute fits no cache."""
QUEUED_BATCHES = 2
"""Begun or queued for each thread, so that none is idle while results are stored."""


def batches_of_equal_length(lengths: Sequence[int]) -> list[list[int]]:
    """Return the numbers of the texts in batches, each of texts of one length; longest first.

    Padding is as slow as text, and changes the last bits of a vector. The longest come first, so
    that no thread is left with one of them at the end.
    """
    order = sorted(range(len(lengths)), key=lambda number: -lengths[number])
    batches: list[list[int]] = []
    for number in order:
        last = batches[-1] if batches else []
        if last and lengths[last[0]] == lengths[number] and len(last) < MAX_BATCH_TEXTS:
            last.append(number)
        else:
            batches.append([number])
    return batches


def in_threads(
    run: Callable[[_Batch], _Result], batches: Sequence[_Batch], threads: int
) -> Iterator[_Result]:
    """Yield what `run` returns for each batch, as they are done.

    No more than QUEUED_BATCHES a thread are begun ahead of the caller: while it does something
    else, such as answering a question, the threads soon rest. When the iterator is closed, or `run`
    raises an error, no other batch is begun.
    """
    pool = ThreadPoolExecutor(threads)
    waiting = iter(batches)
    try:
        begun: set[Future[_Result]] = set()
        while True:
            free = QUEUED_BATCHES * threads - len(begun)
            begun |= {pool.submit(run, batch) for batch in islice(waiting, free)}
            if not begun:
                return
            done, begun = wait(begun, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)
