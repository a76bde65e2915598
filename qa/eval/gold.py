"""Reads questions with known answers from JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, NoReturn

from pydantic import AfterValidator, BeforeValidator

from index.errors import QuestionError
from index.types import Span
from qa.answers.parse import parse

EXAMPLE = '{"question": "Who was it?", "answer": "Anna Weiss"}'


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """The place of a gold answer."""

    article: str
    """Id of the article."""
    span: Span
    """In the article's text."""
    text: str | None = None
    """The text of the span; None if the questions file does not give it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and its gold answers."""

    question: str
    answers: tuple[str, ...] = ()
    spans: tuple[GoldSpan, ...] = ()
    """More gold answers. A question without answers and spans is unanswerable."""
    article: str | None = None
    """Id of the only article whose passages count as containing an answer; None for any article."""
    conversation: str | None = None
    """Questions with the same name are asked as one conversation, with follow-ups."""
    id: str | None = None
    kind: str | None = None
    """What kind of question it is, for figures by kind; any name."""
    line: int = 0
    """Line in the questions file, from 1."""

    @property
    def answerable(self) -> bool:
        """Whether the text answers, according to the questions file."""
        return bool(self.answers or self.spans)

    @property
    def articles(self) -> list[str]:
        """Ids of the articles that the answers are in, each once."""
        named = [self.article] if self.article and self.answers else []
        return list(dict.fromkeys([*named, *(gold.article for gold in self.spans)]))


def read_questions(lines: Iterable[str]) -> list[Asked]:
    """Return the questions of JSON lines, one object per line; blank lines are skipped.

    Fields: `question`; its gold answers, as `answer` (a text), `answers` (texts; empty if the
    text does not answer), `spans` (with `article`, `start`, `end` and optionally `text`), or
    `unanswerable`; optionally `article`, `conversation`, `id`, `kind`. Other fields are ignored,
    and null means the same as a missing field.

    Raises: QuestionError, with the line number.
    """
    asked = []
    try:
        for number, line in enumerate(lines, start=1):
            # Concatenated files have byte order marks in the middle.
            if stripped := line.removeprefix("\ufeff").strip():
                asked.append(_asked(stripped, number))
    except UnicodeDecodeError as error:
        raise QuestionError("The questions file is not UTF-8 text.", "Save it as UTF-8.") from error
    if not asked:
        raise QuestionError("The file has no questions.", f"Write one per line: {EXAMPLE}")
    return asked


def _asked(line: str, number: int) -> Asked:
    try:
        row = parse(line, _Row)
        json.loads(line, object_pairs_hook=_refuse_repeated, parse_constant=_refuse_constant)
    except ValueError as error:
        raise QuestionError(
            f"Line {number} of the questions: {error}", f"Write one object per line: {EXAMPLE}"
        ) from error
    spans = [
        GoldSpan(span.article or row.article or "", Span(span.start, span.end), span.text)
        for span in row.spans or ()
    ]
    return Asked(
        question=row.question,
        answers=row.answers or ((row.answer,) if row.answer else ()),
        spans=tuple(spans),
        article=row.article,
        conversation=row.conversation,
        id=row.id,
        kind=row.kind,
        line=number,
    )


def _refuse_repeated(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a field is given twice")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not valid JSON")


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("should not be blank")
    return text


def _as_text(value: object) -> object:
    return str(value) if type(value) is int else value


Text = Annotated[str, AfterValidator(_not_blank)]
Name = Annotated[Text, BeforeValidator(_as_text)]
"""A text or a whole number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SpanRow:
    """A span in a row."""

    start: int
    end: int
    article: Text | None = None
    text: Text | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError("start should be at least 0, and end greater than start")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A line of a questions file."""

    __pydantic_config__: ClassVar[Mapping[str, bool]] = {"strict": True}

    question: Text
    answer: Text | None = None
    answers: tuple[Text, ...] | None = None
    spans: tuple[_SpanRow, ...] | None = None
    unanswerable: bool | None = None
    article: Text | None = None
    conversation: Name | None = None
    id: Name | None = None
    kind: Name | None = None

    def __post_init__(self) -> None:
        """Reject a row that has no gold answer or contradicts itself."""
        if self.answer and self.answers is not None:
            raise ValueError('both "answer" and "answers" are given')
        if self.unanswerable and (self.answer or self.answers or self.spans):
            raise ValueError('"unanswerable" is true, but there is an answer')
        if self.spans and self.answers == ():
            raise ValueError('"answers" is empty, but there are spans')
        for span in self.spans or ():
            if not (span.article or self.article):
                raise ValueError("a span has no article")
            if self.article and span.article not in (None, self.article):
                raise ValueError('a span has a different article than "article"')
        says_none = self.unanswerable is None and (self.answers == () or self.spans == ())
        if not (self.answer or self.answers or self.spans or self.unanswerable or says_none):
            raise ValueError(
                'no gold answer: give an "answer", '
                'or "unanswerable": true if the text does not answer'
            )
