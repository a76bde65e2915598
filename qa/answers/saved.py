"""Saved responses, read back: what `qa ask --json`, `--questions` and the chat have written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from index.errors import QuestionError
from qa.answers.parse import parse
from qa.answers.wire import ConversationJson, ResponseJson

MAX_CAUSE_CHARS = 160
MAX_CUT_CHARS = 5
"""Of what JSON can be cut short in, apart from texts: `false` after four, an escape after five."""

OnTorn = Callable[[int], None]
"""Hears the number, from 1, of a last line that is not whole."""


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
    """Return the responses of a text: JSON objects or lists of them, one after the other.

    on_torn: called when the last line is only the beginning of a value, because the program was
        stopped while writing it; the line is skipped. None refuses such a text.

    Raises: QuestionError if the text holds anything else, or nothing; it names the line.
    """
    responses: list[ResponseJson] = []
    for line, value in _values(text, on_torn):
        try:
            if value.startswith("["):
                responses += parse(value, list[ResponseJson])
            else:
                responses.append(parse(value, ResponseJson))
        except ValueError as error:
            if _starts_a_conversation(value):
                continue
            raise QuestionError(
                f"The value on line {line} is not an answer of `qa ask --json`: {error}",
                "Save answers with `qa ask --json`, or as JSON lines from the chat (Ctrl+S).",
            ) from error
    if not responses:
        raise QuestionError("There is no saved answer.", "Save one: qa ask --json … > answer.json")
    return responses


def _values(text: str, on_torn: OnTorn | None) -> Iterator[tuple[int, str]]:
    """Yield the JSON values of a text, each as its own text, with the line it starts on, from 1."""
    decoder = json.JSONDecoder()
    position, line = _after_space(text, 0), 1
    counted_to = 0
    while position < len(text):
        line += text.count("\n", counted_to, position)
        counted_to = position
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            if on_torn and _is_torn(text, position, error):
                on_torn(line)
                return
            raise QuestionError(
                f"The value on line {line} is not JSON: {str(error)[:MAX_CAUSE_CHARS]}",
                "Save answers with `qa ask --json`.",
            ) from error
        yield line, text[position:end]
        position = _after_space(text, end)


def _starts_a_conversation(value: str) -> bool:
    try:
        parse(value, ConversationJson)
    except ValueError:
        return False
    return True


def _is_torn(text: str, position: int, error: Exception) -> bool:
    """Return whether the text from `position` on is a line of JSON that was cut short."""
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
