"""Questions whose answers are known, read from JSON lines."""

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
    """Where an answer stands."""

    article: str
    """Id of the article."""
    span: Span
    """Of the article's text."""
    text: str | None = None
    """What stands there; None if the file of questions does not say."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the answers to it that count as right."""

    question: str
    answers: tuple[str, ...] = ()
    spans: tuple[GoldSpan, ...] = ()
    """Further answers. Without answers and spans, the question is unanswerable."""
    article: str | None = None
    """Id of the article that a passage must be from to hold the answer; None for any."""
    conversation: str | None = None
    """Questions of the same conversation are asked in turn, each understood with those before."""
    id: str | None = None
    line: int = 0
    """In the file of questions, from 1."""

    @property
    def answerable(self) -> bool:
        """Whether the text is said to answer."""
        return bool(self.answers or self.spans)

    @property
    def articles(self) -> list[str]:
        """The ids of the articles that the answer is said to stand in, each once."""
        named = [self.article] if self.article and self.answers else []
        return list(dict.fromkeys([*named, *(gold.article for gold in self.spans)]))


def read_questions(lines: Iterable[str]) -> list[Asked]:
    """Return the questions of JSON lines, one object per line; blank lines are skipped.

    Fields: `question`; its gold answers, as `answer` (a text), `answers` (texts; empty if the
    text does not answer), `spans` (of `article`, `start`, `end` and optionally `text`), or
    `unanswerable`; optionally `article`, `conversation`, `id`. Other fields are ignored, and null
    is the same as absent.

    Raises: QuestionError, which names the line.
    """
    asked = []
    try:
        for number, line in enumerate(lines, start=1):
            # Files put together from several have the mark of each in the middle.
            if stripped := line.removeprefix("\ufeff").strip():
                asked.append(_asked(stripped, number))
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"The questions are not UTF-8: {error}", "Save them as UTF-8."
        ) from error
    if not asked:
        raise QuestionError("There are no questions.", f"Write one per line: {EXAMPLE}")
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
        line=number,
    )


def _refuse_repeated(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a field is repeated in one object")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number in JSON")


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
    """One of the spans of a row."""

    start: int
    end: int
    article: Text | None = None
    text: Text | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError("start should be at least 0, and end greater than start")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One line of a file of questions."""

    __pydantic_config__: ClassVar[Mapping[str, bool]] = {"strict": True}

    question: Text
    answer: Text | None = None
    answers: tuple[Text, ...] | None = None
    spans: tuple[_SpanRow, ...] | None = None
    unanswerable: bool | None = None
    article: Text | None = None
    conversation: Name | None = None
    id: Name | None = None

    def __post_init__(self) -> None:
        """Refuse a row that does not say whether the text answers, or contradicts itself."""
        if self.answer and self.answers is not None:
            raise ValueError('both "answer" and "answers" are given')
        if self.unanswerable and (self.answer or self.answers or self.spans):
            raise ValueError('it is "unanswerable", but has an answer')
        if self.spans and self.answers == ():
            raise ValueError('"answers" is empty, but there are spans')
        for span in self.spans or ():
            if not (span.article or self.article):
                raise ValueError("a span names no article")
            if self.article and span.article not in (None, self.article):
                raise ValueError('a span is from another article than "article"')
        says_none = self.unanswerable is None and (self.answers == () or self.spans == ())
        if not (self.answer or self.answers or self.spans or self.unanswerable or says_none):
            raise ValueError(
                'no gold answer: give an "answer", '
                'or "unanswerable": true if the text does not answer'
            )
