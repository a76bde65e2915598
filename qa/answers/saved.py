"""Reads saved responses: the output of `qa ask --json`, of `--questions` and of the chat."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from index.errors import QuestionError
from qa.answers.parse import not_json, parse
from qa.answers.wire import ConversationJson, ResponseJson

MAX_CUT_CHARS = 5
"""Most characters after the error position if JSON was cut short, as in `fals` or `\\u202`."""

OnIncomplete = Callable[[int], None]
"""Called with the number, from 1, of an incomplete last line."""


def decoded(content: bytes) -> str:
    """Return the text of a file of saved responses.

    An interrupted write can end inside a character; such a last character becomes �.

    Raises: QuestionError if it is not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return f"{error.object[: error.start].decode('utf-8')}\N{REPLACEMENT CHARACTER}"
        raise QuestionError(
            "The saved answers are not UTF-8 text.", "Save answers with `qa ask --json`."
        ) from error


def read_saved(text: str, on_incomplete: OnIncomplete | None = None) -> list[ResponseJson]:
    """Return the responses in a text of JSON objects or lists of objects.

    on_incomplete: called if an interrupted write has cut the last line short; the line is skipped.
        If None, such a line is an error.

    Raises: QuestionError, with the line number, for anything else; also if there is no response.
    """
    responses: list[ResponseJson] = []
    for line, value in _values(text, on_incomplete):
        try:
            if value.startswith("["):
                responses += parse(value, list[ResponseJson])
            else:
                responses.append(parse(value, ResponseJson))
        except ValueError as error:
            if _starts_a_conversation(value):
                continue
            raise QuestionError(
                f"Line {line} is not an answer from `qa ask --json`: {error}",
                "Save answers with `qa ask --json`, or as JSON lines from the chat (Ctrl+S).",
            ) from error
    if not responses:
        raise QuestionError(
            "The file has no saved answers.", "Save one: qa ask --json … > answer.json"
        )
    return responses


def _values(text: str, on_incomplete: OnIncomplete | None) -> Iterator[tuple[int, str]]:
    """Yield each JSON value of a text, unparsed, with the line it starts on, from 1."""
    decoder = json.JSONDecoder()
    position, line = _after_space(text, 0), 1
    counted_to = 0
    while position < len(text):
        line += text.count("\n", counted_to, position)
        counted_to = position
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            if on_incomplete and _is_incomplete(text, position, error):
                on_incomplete(line)
                return
            at = error.lineno if isinstance(error, json.JSONDecodeError) else line
            raise QuestionError(
                f"Line {at} is not JSON: {not_json(error)}",
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


def _is_incomplete(text: str, position: int, error: Exception) -> bool:
    """Return whether the text from `position` on is one line of incomplete JSON."""
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
