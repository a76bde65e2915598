"""Parses JSON into dataclasses, which pydantic checks against their annotations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

Parsed = TypeVar("Parsed")
_ADAPTERS: dict[object, TypeAdapter[Any]] = {}
"""By type, because each takes about 100 ms to create."""

MAX_PROBLEM_CHARS = 160
_PLAIN_MESSAGES = {"unexpected_keyword_argument": "unknown field"}
"""By pydantic's error type, for errors whose own message is written for programmers."""


def parse(text: str | bytes, kind: type[Parsed]) -> Parsed:
    """Parse JSON text into a dataclass or a list of them.

    Raises: ValueError with the first problem and its place in the value, on one line.
    """
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_json(text)
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from error


def not_json(error: Exception) -> str:
    """Return why Python's json module cannot parse a text, without the line, in one line."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}: column {error.colno}"
    return str(error)[:MAX_PROBLEM_CHARS]


def _adapter(kind: type[Parsed]) -> TypeAdapter[Parsed]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])
    what = _PLAIN_MESSAGES.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    what = what[0].lower() + what[1:].replace("at line 1 column", "at column")
    problem = f"{where.removeprefix('.')}: {what}" if where else what
    return problem if len(problem) <= MAX_PROBLEM_CHARS else f"{problem[: MAX_PROBLEM_CHARS - 1]}…"
