"""Responses as they are saved."""

from __future__ import annotations

import json
from pathlib import Path

import qa.answers
from qa.show.response import ResponseJson

SCHEMA = json.loads((Path(qa.answers.__file__).parent / "response.schema.json").read_text("utf-8"))
"""Of one response, as `--json` prints it."""


def saved_response(question: str, quote: str = "A quote.", title: str = "T") -> ResponseJson:
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
    answer = {"text": quote[:1], "score": 0.5, "start": 5, "end": 6, "citation": 1}
    return {  # type: ignore[return-value]  # the parts are written out
        "schema": 1,
        "question": question,
        "outcome": "answered",
        "answers": [answer],
        "passages": [{"rank": 1, "score": 0.7, "text": quote, "citation": cited}],
        "unknown_words": [],
        "context": "",
        "timings_ms": {"total": 1.5},
    }
