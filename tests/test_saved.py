"""Saved answers are read unchanged; anything else is rejected with a message."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QuestionError
from qa.answers.history import History
from qa.answers.saved import decoded, read_saved
from qa.show.markdown import exported, to_markdown
from tests.support.responses import (
    SCHEMA_1,
    Row,
    as_response,
    changed,
    is_response,
    saved_response,
    saved_row,
    unsure_row,
)

ONE = saved_row("Who was it?", "Anna «Weiß» 😀 said so.\r\nIn 1932.")
TWO = unsure_row("When\nwas it?", "é 漢字 \x1b[2J")
ROWS = [ONE, TWO]
RESPONSES = [as_response(one) for one in ROWS]


def lines(rows: list[Row]) -> str:
    return "".join(f"{json.dumps(one)}\n" for one in rows)


@pytest.mark.parametrize(
    "text",
    [
        lines(ROWS),
        lines(ROWS).rstrip("\n"),
        lines(ROWS).replace("\n", "\r\n"),
        "\n\n".join(json.dumps(row, indent=2, ensure_ascii=False) for row in ROWS),
        "".join(json.dumps(row, indent=2) for row in ROWS),
        json.dumps(ROWS),
        json.dumps(ROWS[:1]) + json.dumps(ROWS[1:], indent="\t"),
        f" \r\n\t{lines(ROWS)} \n",
    ],
    ids=["lines", "no end", "CRLF", "pretty", "glued", "list", "lists", "space around"],
)
def test_responses_are_read_in_order_from_any_layout(text: str) -> None:
    assert read_saved(text) == RESPONSES


def test_a_saved_conversation_is_read_without_its_first_line(tmp_path: Path) -> None:
    history = History(tmp_path)
    id = history.begin()
    for one in RESPONSES:
        history.add(id, ["/notes"], one)
    assert read_saved((tmp_path / f"{id}.jsonl").read_text("utf-8")) == RESPONSES


def test_json_lines_saved_by_the_chat_are_read() -> None:
    assert read_saved(exported(RESPONSES, ".jsonl")) == RESPONSES


@given(st.text(), st.sampled_from([None, 0, 2]))
def test_any_text_in_a_response_is_read_unchanged(text: str, indent: int | None) -> None:
    one = saved_row(f"?{text}", f"!{text}", text)
    saved = json.dumps(one, indent=indent, ensure_ascii=False)
    assert read_saved(saved) == [saved_response(f"?{text}", f"!{text}", text)]


HEADER = '{"format": 1, "began": "2026-11-23T10:00:00+00:00", "paths": []}\n'


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (f"{lines(ROWS)}{lines([ONE])[:-30]}", 3, "not JSON"),
        (f"{HEADER}{lines([ONE])}\n\n{{", 5, "not JSON"),
        (f"{json.dumps(ONE, indent=2)}\n{{}}", 1 + json.dumps(ONE, indent=2).count("\n") + 1, ""),
        (f"{lines([ONE])}[{json.dumps(TWO)},\n{{}}]", 2, "not an answer"),
        ('{"question": "Who?"}', 1, "not an answer"),
        ("# Who was it?\n\n**Anna** [1]", 1, "not JSON"),
        ("7", 1, "not an answer"),
        ("null", 1, "not an answer"),
        ('"text"', 1, "not an answer"),
        ("NaN", 1, "not an answer"),
        ("-Infinity", 1, "not an answer"),
        ("1e999", 1, "not an answer"),
        ("1" * 5000, 1, "not JSON"),
        ('\n{"a": "b}', 2, "not JSON"),
        ("\x00", 1, "not JSON"),
        ("\ufeff\ufeff{}", 1, "not JSON"),
        ("\u2028{}", 1, "not JSON"),
    ],
)
def test_anything_but_a_saved_answer_is_rejected_with_its_line(
    text: str, line: int, says: str
) -> None:
    with pytest.raises(QuestionError, match=rf"Line {line} is not ") as raised:
        read_saved(text)
    assert says in raised.value.message
    assert "qa ask --json" in raised.value.hint


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "[]", "[] []", HEADER])
def test_a_file_without_an_answer_says_so(text: str) -> None:
    with pytest.raises(QuestionError, match="no saved answers"):
        read_saved(text)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", 3),
        ("schema", 0),
        ("schema", "1"),
        ("question", ""),
        ("outcome", "perhaps"),
        ("answers", None),
        ("answers.0.start", -1),
        ("answers.0.start", 5.0),
        ("answers.0.end", 1e30),
        ("answers.0.end", True),
        ("answers.0.citation", 0),
        ("answers.0.citation", 1.0),
        ("answers.0.text", ""),
        ("answers.0.score", float("nan")),
        ("answers.0.score", 1.5),
        ("answers.0.score", True),
        ("passages.0.rank", "1"),
        ("passages.0.score", float("inf")),
        ("passages.0.text", None),
        ("passages.0.citation.start", 0.0),
        ("passages.0.citation.line_start", 0),
        ("passages.0.citation.sha256", "0" * 63),
        ("passages.0.citation.path", ""),
        ("passages.0.citation.more", 1),
        ("timings_ms.total", float("nan")),
        ("more", None),
    ],
)
def test_an_invalid_or_unknown_field_is_rejected(path: str, value: object) -> None:
    one = changed(ONE, path, value)
    assert not is_response(one)
    with pytest.raises(QuestionError, match="Line 2 is not an answer"):
        read_saved(f"{lines([ONE])}{json.dumps(one)}\n")


@pytest.mark.parametrize(("outcome", "answers"), [("answered", []), ("not_found", ONE["answers"])])
def test_an_outcome_that_contradicts_the_answers_is_rejected(
    outcome: str, answers: list[object]
) -> None:
    one = {**ONE, "outcome": outcome, "answers": answers}
    assert not is_response(one)
    with pytest.raises(QuestionError, match=r"Line 2 is not an answer .*: outcome and answers"):
        read_saved(f"{lines([ONE])}{json.dumps(one)}\n")
    assert is_response({**ONE, "outcome": "not_found", "answers": []})


@pytest.mark.parametrize("change", [
    {"outcome": "answered"}, {"outcome": "not_found"}, {"closest": None}, {"schema": 1},
    {"answers": ONE["answers"]}, {"answers": ONE["answers"], "outcome": "answered"},
])  # fmt: skip
def test_only_an_unsure_response_has_closest_words(change: Row) -> None:
    assert is_response(TWO)
    one = {**TWO, **change}
    assert not is_response(one)
    with pytest.raises(QuestionError, match=r"Line 1 is not an answer .*(outcome|closest)"):
        read_saved(json.dumps(one))


def test_a_response_saved_before_there_were_unsure_ones_is_read_as_it_was() -> None:
    (read,) = read_saved(SCHEMA_1)
    assert (read.schema, read.outcome, read.closest) == (1, "answered", None)
    (answer,) = read.answers
    assert (answer.text, answer.score) == ("2021", 0.2213)
    assert "**2021** [1], 22 % sure" in to_markdown(read)
    assert _includes(json.loads(json.dumps(asdict(read))), json.loads(SCHEMA_1))
    assert read_saved(json.dumps(asdict(read))) == [read]


def _includes(whole: object, part: object) -> bool:
    """Return whether JSON has all that another has, and perhaps more fields."""
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(name in whole and _includes(whole[name], part[name]) for name in part)
    if isinstance(whole, list) and isinstance(part, list):
        return len(whole) == len(part) and all(map(_includes, whole, part))
    return whole == part


TORN = (lines([ONE]) + json.dumps(TWO, ensure_ascii=False)).encode()
SECOND = len(lines([ONE]).encode())


def test_complete_lines_are_read_wherever_the_last_one_is_cut() -> None:
    for end in range(SECOND + 1, len(TORN)):
        torn: list[int] = []
        assert read_saved(decoded(TORN[:end]), torn.append) == RESPONSES[:1]
        assert torn == [2]
        with pytest.raises(QuestionError, match="Line 2 is not JSON"):
            read_saved(decoded(TORN[:end]))
    for whole, rows in ((TORN, 2), (TORN[:SECOND], 1), (TORN[: SECOND - 1], 1)):
        torn = []
        assert read_saved(decoded(whole), torn.append) == RESPONSES[:rows]
        assert torn == []


@pytest.mark.parametrize(
    "text",
    [
        lines([ONE])[:-30],
        f"{lines([ONE])}{lines([TWO])[:-30]}\n",
        f"{lines([ONE])}{lines([TWO])[:-30]}\n{lines([TWO])}",
        f"{lines([ONE])}{json.dumps(TWO, indent=2)[:-30]}",
        f"{json.dumps(ONE)}{json.dumps(TWO)[:-30]}",
        f"{lines([ONE])}# Who was it?",
        f"{lines([ONE])}" + "{broken, and on",
        f"{lines([ONE])}\ufffd",
        f"{lines([ONE])}" + '{"question": ' * 100_000,
    ],
    ids=["only", "ended", "middle", "pretty", "glued", "text", "broken", "half", "deep"],
)
def test_anything_else_incomplete_is_rejected(text: str) -> None:
    torn: list[int] = []
    with pytest.raises(QuestionError):
        read_saved(text, torn.append)
    assert not torn


def test_saved_answers_that_are_not_utf_8_are_rejected() -> None:
    assert decoded(b"\xef\xbb\xbf{}") == "{}"
    assert decoded(b"\xef\xbb\xbf{\xe6\xbc") == "{\ufffd"
    for content in (b"\xff\xfe{\0", b"{\xe6}"):
        with pytest.raises(QuestionError, match="not UTF-8"):
            decoded(content)


def test_an_error_is_short_however_long_the_value_is() -> None:
    with pytest.raises(QuestionError) as raised:
        read_saved(json.dumps(changed(ONE, "question", ["x"] * 100_000)))
    assert len(raised.value.message) < 300


@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: "[" * depth + "]" * depth,
        lambda depth: '{"a":' * depth + "1" + "}" * depth,
        lambda depth: json.dumps(ONE).replace('"Who was it?"', "[" * depth + "]" * depth),
        lambda depth: json.dumps(ONE).replace('"Who was it?"', '{"":' * depth + "0" + "}" * depth),
    ],
    ids=["lists", "objects", "lists inside", "objects inside"],
)
def test_values_nested_to_any_depth_are_rejected(nested: Callable[[int], str]) -> None:
    # Right below the maximum depth of the parser, even describing the value can fail.
    for depth in [1, 100, *range(850, 1001), 100_000]:
        with pytest.raises(QuestionError):
            read_saved(nested(depth))


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(
    st.one_of(
        st.text(st.characters(), max_size=60),
        st.text("{}[]\",:0123456789.-+eE \n\\/tfn'", max_size=60),
        json_like.map(json.dumps),
        st.integers(0, len(lines(ROWS))).map(lambda end: lines(ROWS)[:end]),
        st.tuples(st.integers(0, len(lines(ROWS))), st.characters()).map(
            lambda drawn: lines(ROWS)[: drawn[0]] + drawn[1] + lines(ROWS)[drawn[0] + 1 :]
        ),
    )
)
def test_any_text_is_read_or_rejected_with_a_message(text: str) -> None:
    try:
        rows = read_saved(text)
    except QuestionError as error:
        assert error.message
    else:
        assert rows
        assert all(is_response(asdict(one)) for one in rows)


PATHS = [
    "schema", "question", "outcome", "answers", "answers.0", "answers.0.text", "answers.0.start",
    "passages", "passages.0", "passages.0.citation", "passages.0.citation.path",
    "passages.0.citation.end", "unknown_words", "context", "timings_ms",
]  # fmt: skip


@given(st.sampled_from(PATHS), json_like)
def test_any_value_in_any_field_is_read_or_rejected_with_a_message(
    path: str, value: object
) -> None:
    if path == "answers.0":
        one = changed(ONE, "answers", [value])
    elif path == "passages.0":
        one = changed(ONE, "passages", [value])
    else:
        one = changed(ONE, path, value)
    try:
        rows = read_saved(json.dumps(one))
    except QuestionError:
        assert not is_response(one)
    else:
        for read in rows:  # what is read can be printed as JSON again
            json.dumps(asdict(read), allow_nan=False)
