"""Measures how much work something takes, in ways that a busy machine does not change."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_recordings: list[list[str]] = []


def cpu_seconds(call: Callable[[], object]) -> float:
    """Return the CPU time of a call, in all threads of this process.

    Without garbage collection, whose time depends on what else the process holds.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        before = time.process_time()
        call()
        return time.process_time() - before
    finally:
        if was_enabled:
            gc.enable()


def check_linear(call: Callable[[int], object], size: int) -> None:
    """Check that a call takes at most about four times as long for four times the size.

    Quadratic time would be sixteen times as long. Each time is the shorter of two.
    """
    short = min(cpu_seconds(lambda: call(size)) for _ in range(2))
    long = min(cpu_seconds(lambda: call(4 * size)) for _ in range(2))
    assert long < 8 * short + 0.2, f"{size:,}: {short:.2f} s; {4 * size:,}: {long:.2f} s"


@contextmanager
def recorded_opens() -> Iterator[list[str]]:
    """Yield a list that gets the path of every file that this process opens inside the `with`."""
    if not _recordings:
        _recordings.append([])  # stays, so that the hook, which can't be removed, is added once
        sys.addaudithook(_record)
    paths: list[str] = []
    _recordings.append(paths)
    try:
        yield paths
    finally:
        _recordings[:] = [one for one in _recordings if one is not paths]


def _record(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        for paths in _recordings[1:]:
            paths.append(os.fsdecode(arguments[0]))
