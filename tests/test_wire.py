"""The JSON of a response: the schema describes what is printed and what can be parsed."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from index.formats.base import MAX_TITLE_CHARS
from index.types import Article, Hit, Passage, Span
from qa.answers.parse import MAX_PROBLEM_CHARS, parse
from qa.answers.schema import SCHEMA_FILE, response_schema
from qa.answers.wire import ResponseJson, to_wire
from qa.types import Answer, Kind, Response
from tests.support.responses import SCHEMA, changed, is_response, saved_row, unsure_row

ROW = {**saved_row("Who was it?", "Anna said so."), "unknown_words": ["x"]}
UNSURE = {**unsure_row("Who was it?", "Anna said so."), "unknown_words": ["x"]}
STRICT = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: type(value) is int,
            "number": lambda _, value: type(value) in (int, float) and isfinite(value),
        }
    ),
)(SCHEMA)
"""Rejects 5.0 as an integer, and NaN, which Python's json module accepts."""


def test_the_schema_file_matches_the_dataclasses() -> None:
    hint = "run: python -m qa.answers.schema"
    assert SCHEMA_FILE.read_text("utf-8") == response_schema(), hint
    Draft202012Validator.check_schema(SCHEMA)


@given(st.text(min_size=1, max_size=80), st.data())
def test_printed_responses_are_valid_and_have_the_exact_slices(
    text: str, data: st.DataObject
) -> None:
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    article = Article(id="a.txt", path="/a.txt", title="T", text=text, sha256="0" * 64)
    passage = Passage(article, Span(0, len(text)))
    found = Answer(passage, Span(start, end), 0.71239) if start < end else None
    is_sure = data.draw(st.booleans())
    answers = (found,) if found and is_sure else ()
    closest = None if is_sure else found
    outcome = "answered" if answers else "unsure" if closest else "not_found"
    hits = (Hit(passage, 1, 0.98765, 0.5, 2.0),)
    kind = data.draw(st.sampled_from(get_args(Kind)))
    response = Response(
        "What?",
        outcome,
        answers,
        hits,
        0.7,
        ("bridge",),
        {"total": 1.0},
        kind=kind,
        closest=closest,
    )
    value = json.loads(json.dumps(asdict(to_wire(response))))
    Draft202012Validator(SCHEMA).validate(value)
    (quoted,) = value["passages"]
    cited = quoted["citation"]
    assert quoted["text"] == text[cited["start"] : cited["end"]]
    assert quoted["score"] == 0.9877
    assert (value["schema"], value["outcome"], value["kind"]) == (2, outcome, kind)
    assert bool(value["answers"]) == (outcome == "answered")
    assert (value["closest"] is not None) == (outcome == "unsure")
    for answer in [*value["answers"], *filter(None, [value["closest"]])]:
        assert answer["text"] == text[answer["start"] : answer["end"]]
        assert (answer["score"], answer["citation"]) == (0.7124, 1)
    assert parse(json.dumps(value), ResponseJson) == to_wire(response)


def test_fields_are_printed_in_their_fixed_order() -> None:
    row = json.loads(json.dumps(ROW))
    place = {"place": ["A heading", "page 2"], "label": "page 2"}
    numbers: dict[str, int | None] = {"page": 2, "slide": None, "cell": None}
    source = {"extractor": "pdf 1", "address": "https://example.org/", "fetched": ""}
    row["passages"][0]["citation"].update(place | numbers | source)
    row["answers"][0] |= {"shown": "Anna"} | place | numbers
    row["corrections"] = {"Ana": "Anna"}
    row["kind"] = "list"
    value = asdict(parse(json.dumps(dict(reversed(row.items()))), ResponseJson))
    assert json.dumps(value) == json.dumps(row)


def test_a_response_saved_without_places_is_still_read() -> None:
    (answer,) = parse(json.dumps(ROW), ResponseJson).answers
    (passage,) = parse(json.dumps(ROW), ResponseJson).passages
    assert answer.words == answer.text
    assert passage.citation.section == passage.citation.title


@pytest.mark.parametrize(
    ("title", "place", "section"),
    [
        ("Mills", [], "Mills"),
        ("Mills", ["Mills", "Tide"], "Mills › Tide"),
        ("Mills", ["Mills of old", "Tide"], "Mills › Mills of old › Tide"),
        ("m" * MAX_TITLE_CHARS, ["m" * 120, "Tide"], "m" * 120 + " › Tide"),
    ],
)
def test_a_section_names_the_title_once(title: str, place: list[str], section: str) -> None:
    row = json.loads(json.dumps(ROW))
    row["passages"][0]["citation"] |= {"title": title, "place": place}
    (passage,) = parse(json.dumps(row), ResponseJson).passages
    assert passage.citation.section == section


@pytest.mark.parametrize(
    ("extractor", "label", "located", "section"),
    [
        ("", "", "a.md:1-2", "Mills › Tide"),
        ("", "00:10", "a.md:1-2", "Mills › Tide › 00:10"),
        ("pdf 1", "", "a.md", "Mills › Tide"),
        ("pdf 1", "page 3", "a.md, page 3", "Mills › Tide"),
        ("pdf 1", "pages 3–4", "a.md, pages 3–4", "Mills › Tide"),
    ],
)
def test_only_text_that_is_the_file_s_own_is_cited_by_its_lines(
    extractor: str, label: str, located: str, section: str
) -> None:
    row = json.loads(json.dumps(ROW))
    place = ["Mills", "Tide", *filter(None, [label])]
    lines = {"line_start": 1, "line_end": 2}
    about = {"title": "Mills", "place": place, "label": label, "extractor": extractor}
    row["passages"][0]["citation"] |= about | lines
    cited = parse(json.dumps(row), ResponseJson).passages[0].citation
    assert cited.located("a.md") == located
    assert cited.section == section


def test_a_heading_that_reads_like_the_label_is_kept_and_so_is_a_comment() -> None:
    row = json.loads(json.dumps(ROW))
    place = ["page 3", "Tide", "page 3", "comment"]
    about = {"title": "Mills", "place": place, "label": "page 3", "extractor": "pdf 1"}
    row["passages"][0]["citation"] |= about
    cited = parse(json.dumps(row), ResponseJson).passages[0].citation
    assert cited.section == "Mills › page 3 › Tide › comment"


PATHS = [
    "schema", "question", "outcome", "closest", "answers", "answers.0", "answers.0.text",
    "answers.0.score",
    "answers.0.start", "answers.0.citation", "passages", "passages.0", "passages.0.rank",
    "passages.0.score", "passages.0.text", "passages.0.citation", "passages.0.citation.path",
    "passages.0.citation.end", "passages.0.citation.line_start", "passages.0.citation.sha256",
    "passages.0.citation.more", "unknown_words", "unknown_words.0", "context", "timings_ms",
    "timings_ms.total", "more",
]  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([0, 1, 1.0, 2, 0.5, "answered", "unsure", "not_found", "0" * 64, "0" * 63]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.sampled_from(PATHS), VALUES)
@example("answers", [])
@example("closest", UNSURE["closest"])
@example("outcome", "not_found")
@example("outcome", "unsure")
@example("schema", 1)
@example("schema", True)
@example("timings_ms", {"a": -0.0, "": 1e308})
def test_parsing_accepts_exactly_what_the_schema_describes(path: str, value: object) -> None:
    for row in (ROW, UNSURE) if "answers." not in path else (ROW,):
        one = changed(row, path, value)
        agrees = (bool(one["answers"]), one["closest"] is not None) == (
            one["outcome"] == "answered",
            one["outcome"] == "unsure",
        ) and not (one["closest"] and one["schema"] == 1)
        assert is_response(one) == (STRICT.is_valid(one) and agrees)


REQUIRED = [name for name in ROW if name != "closest"]


@pytest.mark.parametrize("name", [*REQUIRED, "citation", "rank", "start", "sha256", "score"])
def test_every_field_is_required(name: str) -> None:
    text = json.dumps(ROW)
    assert is_response(json.loads(text))
    without = json.loads(text, object_hook=lambda one: {k: one[k] for k in one if k != name})
    assert not is_response(without)
    assert not STRICT.is_valid(without)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("question", "", "question: string should have at least 1 character"),
        ("answers.0.start", 5.0, "answers[0].start: input should be a valid integer"),
        ("passages.0.citation.end", -1, "passages[0].citation.end: input should be greater than"),
        ("passages.0.citation.more", 1, "passages[0].citation.more: unknown field"),
        ("passages.0.citation", None, "passages[0].citation: input should be an object"),
        ("timings_ms.total", float("nan"), "timings_ms.total: input should be a finite number"),
        ("outcome", "not_found", "outcome and answers contradict each other"),
        ("context", "\ud800", "invalid JSON: "),
        ("x" * 1000, 1, "xxx"),
    ],
)
def test_the_first_problem_is_named_with_its_place(path: str, value: object, problem: str) -> None:
    with pytest.raises(ValueError, match=r"\w") as raised:
        parse(json.dumps(changed(ROW, path, value)), ResponseJson)
    assert str(raised.value).startswith(problem)
    assert len(str(raised.value)) <= MAX_PROBLEM_CHARS
