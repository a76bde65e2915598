"""JSON into dataclasses, checked against their annotations by pydantic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError

Parsed = TypeVar("Parsed")
_ADAPTERS: dict[object, TypeAdapter[Any]] = {}
"""By type: each takes some 100 ms to make."""

MAX_PROBLEM_CHARS = 160
_PLAINER = {"unexpected_keyword_argument": "unknown field"}
"""By pydantic's type of an error, where its own words are for programmers."""


def parse(text: str | bytes, kind: type[Parsed]) -> Parsed:
    """Return a JSON text as a value of a type: a dataclass, or a list of one.

    Raises: ValueError, which says what is wrong first and where in the value, in one line.
    """
    from pydantic import ValidationError

    try:
        return _adapter(kind).validate_json(text)
    except ValidationError as error:
        raise ValueError(_first_problem(error)) from error


def _adapter(kind: type[Parsed]) -> TypeAdapter[Parsed]:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = "".join(f"[{at}]" if isinstance(at, int) else f".{at}" for at in first["loc"])
    what = _PLAINER.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    what = what[0].lower() + what[1:].replace("at line 1 column", "at column")
    problem = f"{where.removeprefix('.')}: {what}" if where else what
    return problem if len(problem) <= MAX_PROBLEM_CHARS else f"{problem[: MAX_PROBLEM_CHARS - 1]}…"
