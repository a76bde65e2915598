"""Saved responses, read back: what `qa ask --json`, `--questions` and the chat have written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from index.errors import QuestionError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from qa.render import ResponseJson

SCHEMA_FILE = Path(__file__).with_name("response.schema.json")
MAX_CAUSE_CHARS = 160
_HEADER_KEYS = {"format", "began", "paths"}
"""Of the line that a kept conversation begins with."""


def is_response(value: object) -> TypeGuard[ResponseJson]:
    """Tell whether a value is a response as `qa/response.schema.json` describes it."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # no halves of characters
        return _validator().is_valid(cast("Any", value))
    except (UnicodeEncodeError, RecursionError):  # it could just be read, and not be gone through
        return False


def read_saved(text: str) -> list[ResponseJson]:
    """Return the responses of a text: one JSON object, several of them in a row, or a list.

    Raises: QuestionError when it holds anything else, or nothing; it names the line.
    """
    responses: list[ResponseJson] = []
    for line, value in _values(text):
        if isinstance(value, dict) and value.keys() == _HEADER_KEYS:
            continue
        if not is_response(value):
            raise QuestionError(
                f"What begins in line {line} is not an answer of `qa ask --json`: {_cause(value)}",
                "Save answers with `qa ask --json`, or as JSON lines from the chat (Ctrl+S).",
            )
        responses.append(value)
    if not responses:
        raise QuestionError("There is no saved answer.", "Save one: qa ask --json … > answer.json")
    return responses


def _values(text: str) -> Iterator[tuple[int, object]]:
    """Yield the JSON values of a text, those of lists one by one, each with its line from 1."""
    decoder = json.JSONDecoder()
    position, line = _after_space(text, 0), 1
    counted_to = 0
    while position < len(text):
        line += text.count("\n", counted_to, position)
        counted_to = position
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            raise QuestionError(
                f"What begins in line {line} is not JSON: {str(error)[:MAX_CAUSE_CHARS]}",
                "Save answers with `qa ask --json`.",
            ) from error
        for one in value if isinstance(value, list) else [value]:
            yield line, one
        position = _after_space(text, end)


def _after_space(text: str, position: int) -> int:
    while position < len(text) and text[position] in " \t\r\n":
        position += 1
    return position


def _cause(value: object) -> str:
    from jsonschema.exceptions import best_match

    try:
        error = best_match(_validator().iter_errors(cast("Any", value)))
    except RecursionError:
        return "it is nested too deeply"
    if error is None:
        return ""
    where = f"{error.json_path}: " if error.json_path != "$" else ""
    return f"{where}{error.message}"[:MAX_CAUSE_CHARS]


@cache
def _validator() -> Validator:
    """Return what checks a response.

    It is stricter than JSON Schema: 5.0 is no offset. And Python reads NaN, which is no JSON.
    """
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    types = Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: type(value) is int,
            "number": lambda _, value: (
                type(value) is int or (type(value) is float and isfinite(value))
            ),
        }
    )
    strict: type[Validator] = extend(  # type: ignore[no-untyped-call]  # so its stubs have it
        Draft202012Validator, type_checker=types
    )
    return strict(json.loads(SCHEMA_FILE.read_text("utf-8")))
