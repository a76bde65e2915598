"""The arguments of the tools, with what a language model is told about them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import QuestionError
from qa.show.text import clipped

MAX_QUESTION_CHARS = 10_000
MAX_QUOTE_CHARS = 20_000
MAX_QUOTES = 100
MAX_PATTERNS = 50
MAX_NAME_CHARS = 4_000
"""Of ids, patterns and cursors."""
MAX_PROBLEMS = 3
"""Problems of the arguments that are named."""

Name = Annotated[str, Field(max_length=MAX_NAME_CHARS)]
Patterns = Annotated[list[Name], Field(max_length=MAX_PATTERNS)]
ArticleId = Annotated[
    Name, Field(min_length=1, description="Id of an article, as in citations and `articles`.")
]


class Arguments(BaseModel):
    """Arguments of a tool. Others than these are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Asking(Arguments):
    """Arguments of `ask` and `search`."""

    question: str = Field(
        min_length=1,
        max_length=MAX_QUESTION_CHARS,
        description="One whole question, as a person would ask it. It is understood without "
        "earlier ones, so name what it is about.",
    )
    passages: int = Field(3, ge=1, le=20, description="How many passages to return.")
    only: Patterns = Field(
        [], description="Ask only articles whose id matches a pattern, such as 2024/*.md, or that "
        "are in a folder."
    )  # fmt: skip
    exclude: Patterns = Field([], description="Do not ask articles whose id matches a pattern.")


class Reading(Arguments):
    """Arguments of `read`."""

    article: ArticleId
    lines: Name = Field("", description="Lines to read, such as 7 or 7-9, counted from 1.")
    label: Name = Field(
        "", description="Page or the like to read, as in citations: page 12, slide 3, cell 5."
    )
    start: int | None = Field(None, ge=0, description="Offset to read from, in code points.")
    end: int | None = Field(None, ge=0, description="Offset to read to, exclusive.")
    cursor: Name = Field("", description="`next` of the part before, to read on.")


class Listing(Arguments):
    """Arguments of `articles`."""

    only: Patterns = Field(
        [], description="List only articles whose id matches a pattern, or that are in a folder."
    )
    cursor: Name = Field("", description="`next` of the page before, for the next page.")


class Quote(Arguments):
    """Words to check."""

    article: ArticleId
    text: str = Field(
        min_length=1, max_length=MAX_QUOTE_CHARS, description="The words, exactly as quoted."
    )
    start: int | None = Field(
        None, ge=0, description="Offset that they were cited at; leave it out for anywhere."
    )


class Verifying(Arguments):
    """Arguments of `verify`."""

    quotes: list[Quote] = Field(min_length=1, max_length=MAX_QUOTES)


def in_words(error: ValidationError) -> QuestionError:
    """Return what is wrong with arguments, without repeating them: they may be megabytes."""
    problems = error.errors(include_url=False, include_input=False)
    named = [
        f"{clipped('.'.join(map(str, each['loc']))) or 'arguments'}: {clipped(each['msg'])}"
        for each in problems[:MAX_PROBLEMS]
    ]
    more = f" … and {len(problems) - MAX_PROBLEMS} more" if len(problems) > MAX_PROBLEMS else ""
    return QuestionError(f"Invalid arguments. {'; '.join(named)}{more}.")
