"""What a check found: the lines and the JSON of `qa doctor`, and repairing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from index.errors import QAError
from qa.show.text import visible_line

SCHEMA = 2
"""Version of the JSON."""
State = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Check:
    """The result of checking one thing."""

    what: str
    state: State
    """A note is not a problem: something is not there yet, is limited, or only takes up space."""
    message: str
    fix: str = ""
    """What to do about it."""
    repair: Callable[[], list[str]] | None = None
    """Repairs it and returns what was done, in sentences. Raises: QAError."""


def repair(checks: Iterable[Check]) -> Iterator[str]:
    """Repair what can be repaired, and yield what was done and what failed, in sentences."""
    for one in checks:
        if one.repair is None:
            continue
        try:
            yield from one.repair()
        except QAError as error:
            yield f"{error.message} {error.hint}".strip()


def to_lines(checks: Iterable[Check]) -> Iterator[str]:
    """Yield the lines that a terminal shows."""
    for one in checks:
        yield f"{one.state:<7} {one.what:<14}{visible_line(one.message)}"
        if one.fix:
            yield f"{'':<22}→ {visible_line(one.fix)}"


def to_json(checks: Iterable[Check]) -> dict[str, Any]:
    """Return the results as plain values."""
    rows = [
        {"what": one.what, "state": one.state, "message": one.message, "fix": one.fix}
        for one in checks
    ]
    return {"schema": SCHEMA, "ok": all(row["state"] != "problem" for row in rows), "checks": rows}
