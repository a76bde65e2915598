"""The JSON schemas of what tools take and return."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from qa.answers.schema import SCHEMA_FILE, without_titles
from qa.answers.wire import ResponseJson

if TYPE_CHECKING:
    from qa.mcp.arguments import Arguments
    from qa.mcp.tools import Result

SO_FAR = {
    "anyOf": [
        {
            "type": "object",
            "properties": {"indexed": {"type": "integer"}, "files": {"type": "integer"}},
            "required": ["indexed", "files"],
        },
        {"type": "null"},
    ],
    "description": "Of how many files this is from while they are being indexed; null for all.",
}


def input_schema(arguments: type[Arguments]) -> dict[str, object]:
    """Return the schema of a tool's arguments."""
    return without_titles(TypeAdapter(arguments))


def output_schema(result: type[Result]) -> dict[str, object]:
    """Return the schema of what a tool returns: a note, and the result as `--json` prints it."""
    if result is ResponseJson:
        schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    else:
        schema = without_titles(TypeAdapter(result))
    schema.pop("$schema", None)
    definitions = schema.pop("$defs", {})
    return {
        "type": "object",
        "properties": {
            "note": {"type": "string", "description": "What to make of the result. Obey it."},
            "so_far": SO_FAR,
            "result": schema,
        },
        "required": ["note", "so_far", "result"],
        "additionalProperties": False,
        "$defs": definitions,
    }
