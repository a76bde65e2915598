"""Saved responses, and the same as dicts and lists that a test can change at will."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from qa.answers.parse import parse
from qa.answers.schema import SCHEMA_FILE
from qa.answers.wire import AnswerJson, CitationJson, PassageJson, ResponseJson

SCHEMA = json.loads(SCHEMA_FILE.read_text("utf-8"))
"""JSON schema of one response, as `--json` prints it."""
Row = dict[str, Any]
"""A response as `json.loads` returns it."""
SCHEMA_1 = """
{"schema": 1, "question": "When was Kastusev born?", "outcome": "answered",
 "answers": [{"text": "2021", "score": 0.2213, "start": 60, "end": 64, "citation": 1,
              "shown": "2021"}],
 "passages": [{"rank": 1, "score": 0.6112,
               "text": "It named one man as 67-year-old Rygor Kastusev, arrested in 2021.",
               "citation": {"article": "amnesty.txt", "title": "Amnesty", "path": "/n/amnesty.txt",
                            "start": 0, "end": 65, "line_start": 1, "line_end": 1, "sha256":
               "15528a745af0b3726d8e0eefdce1599f80d765f1c7144ffe64eadc84d195c63d",
                            "place": []}}],
 "unknown_words": ["born"], "context": "", "timings_ms": {"search": 8.1, "total": 61.04}}
"""
"""As it was printed before there were unsure responses: anything quoted was called an answer."""


def saved_row(question: str, quote: str = "A quote.", title: str = "T") -> Row:
    """Return a response with one passage, whose first character is the answer."""
    cited = {
        "article": "a.txt",
        "title": title,
        "path": "/a.txt",
        "start": 5,
        "end": 5 + len(quote),
        "line_start": 2,
        "line_end": 3,
        "sha256": "0" * 64,
    }
    return {
        "schema": 2,
        "question": question,
        "outcome": "answered",
        "answers": [{"text": quote[:1], "score": 0.5, "start": 5, "end": 6, "citation": 1}],
        "closest": None,
        "passages": [{"rank": 1, "score": 0.7, "text": quote, "citation": cited}],
        "unknown_words": [],
        "context": "",
        "timings_ms": {"total": 1.5},
    }


def unsure_row(question: str, quote: str = "A quote.") -> Row:
    """Return the same response, unsure about the same words."""
    row = saved_row(question, quote)
    return {
        **row,
        "outcome": "unsure",
        "answers": [],
        "closest": {**row["answers"][0], "score": 0.4},
    }


def saved_response(question: str, quote: str = "A quote.", title: str = "T") -> ResponseJson:
    return as_response(saved_row(question, quote, title))


def changed(row: Row, path: str, value: object) -> Row:
    """Return a copy of a row with another value at a path such as "passages.0.score"."""
    copy: Row = json.loads(json.dumps(row))
    at: Any = copy
    *parents, last = [int(name) if name.isdigit() else name for name in path.split(".")]
    for name in parents:
        at = at[name]
    at[last] = value
    return copy


def as_response(row: Row) -> ResponseJson:
    """Return a row as a response, without checking any value."""
    answers = tuple(AnswerJson(**answer) for answer in row["answers"])
    passages = tuple(
        PassageJson(**{**passage, "citation": CitationJson(**passage["citation"])})
        for passage in row["passages"]
    )
    words = tuple(row["unknown_words"])
    closest = AnswerJson(**row["closest"]) if row.get("closest") else None
    return ResponseJson(
        **{
            **row,
            "answers": answers,
            "closest": closest,
            "passages": passages,
            "unknown_words": words,
        }
    )


def as_row(response: ResponseJson) -> Row:
    """Return a response as `json.loads` reads it."""
    found: Row = json.loads(json.dumps(asdict(response)))
    return found


def is_response(value: object) -> bool:
    """Return whether the JSON of a value is accepted as a response."""
    try:
        parse(json.dumps(value), ResponseJson)
    except ValueError:
        return False
    return True
