"""Generates `response.schema.json` from the dataclasses in `qa.answers.wire`. Run it with:

python -m qa.answers.schema
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from qa.answers.wire import ResponseJson

SCHEMA_FILE = Path(__file__).with_name("response.schema.json")


class _WithoutTitles(GenerateJsonSchema):
    """Leaves out the titles of fields, which only repeat their names."""

    def field_title_should_be_set(self, schema: object) -> bool:
        return False


def without_titles(adapter: TypeAdapter[object]) -> dict[str, object]:
    """Return the JSON schema of a type, without the titles of its fields."""
    return adapter.json_schema(schema_generator=_WithoutTitles)


def response_schema() -> str:
    """Return the JSON schema of a response, as the text of the schema file."""
    schema = without_titles(TypeAdapter(ResponseJson))
    dialect = {"$schema": GenerateJsonSchema.schema_dialect}
    return json.dumps({**dialect, **schema}, indent=2) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(response_schema(), "utf-8")
