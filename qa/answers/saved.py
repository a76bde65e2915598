"""Saved responses, read back: what `qa ask --json`, `--questions` and the chat have written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from index.errors import QuestionError

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

    from qa.show.response import ResponseJson

SCHEMA_FILE = Path(__file__).with_name("response.schema.json")
MAX_CAUSE_CHARS = 160
MAX_CUT_CHARS = 5
"""Of what JSON can be cut short in, apart from texts: `false` after four, an escape after five."""
_HEADER_KEYS = {"format", "began", "paths"}
"""Of the line that a kept conversation begins with."""

OnTorn = Callable[[int], None]
"""Hears the number, from 1, of a last line that is not whole."""


def is_response(value: object) -> TypeGuard[ResponseJson]:
    """Tell whether a value is a response as `qa/answers/response.schema.json` describes it."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # no halves of characters
        return _validator().is_valid(cast("Any", value)) and _agrees(cast("Any", value))
    except (UnicodeEncodeError, RecursionError):  # it could just be read, and not be gone through
        return False


def _agrees(response: ResponseJson) -> bool:
    """Tell whether there are answers where the outcome says so, and else none."""
    return bool(response["answers"]) == (response["outcome"] == "answered")


def decoded(content: bytes) -> str:
    """Return the text of a file of saved responses.

    Where it ends within a character, as it does when writing was stopped there, it ends with �.

    Raises: QuestionError where it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return f"{error.object[: error.start].decode('utf-8')}\N{REPLACEMENT CHARACTER}"
        raise QuestionError(
            f"The saved answers are not UTF-8: {error}", "Save them with `qa ask --json`."
        ) from error


def read_saved(text: str, on_torn: OnTorn | None = None) -> list[ResponseJson]:
    """Return the responses of a text: one JSON object, several of them in a row, or a list.

    on_torn: is told when the last line is only the beginning of a value, because the program was
        stopped while writing it, and the line is left out; None refuses such a text.

    Raises: QuestionError when it holds anything else, or nothing; it names the line.
    """
    responses: list[ResponseJson] = []
    for line, value in _values(text, on_torn):
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


def _values(text: str, on_torn: OnTorn | None) -> Iterator[tuple[int, object]]:
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
            if on_torn and _is_torn(text, position, error):
                on_torn(line)
                return
            raise QuestionError(
                f"What begins in line {line} is not JSON: {str(error)[:MAX_CAUSE_CHARS]}",
                "Save answers with `qa ask --json`.",
            ) from error
        for one in value if isinstance(value, list) else [value]:
            yield line, one
        position = _after_space(text, end)


def _is_torn(text: str, position: int, error: Exception) -> bool:
    """Tell whether the JSON from `position` to the end of a text is the beginning of a line."""
    before = text[max(0, position - 1) : position]
    if before != "\n" or text[position] != "{" or "\n" in text[position:]:
        return False
    return isinstance(error, json.JSONDecodeError) and (
        error.msg.startswith("Unterminated string") or len(text) - error.pos <= MAX_CUT_CHARS
    )


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
        agrees = _agrees(cast("Any", value))
        return "" if agrees else "its outcome and the number of its answers contradict each other"
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
