"""Questions whose answers are known, read from JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NoReturn

from index.errors import QuestionError
from index.types import Span

MAX_DIGITS = 15
"""Of a whole number in a row; no article is as long."""
EXAMPLE = '{"question": "Who was it?", "answer": "Anna Weiss"}'


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """Where an answer stands."""

    article: str
    """Id of the article."""
    span: Span
    """Of the article's text."""
    text: str | None = None
    """What stands there; None where the file of questions does not say it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and the answers to it that count as right."""

    question: str
    answers: tuple[str, ...] = ()
    spans: tuple[GoldSpan, ...] = ()
    """Answers as well. Without answers and spans, the text is said not to answer."""
    article: str | None = None
    """Id of the article that a passage must be of to hold the answer; None for any."""
    conversation: str | None = None
    """Questions of the same one are asked in turn, each understood with those before it."""
    id: str | None = None
    line: int = 0
    """Of the file of questions, from 1."""

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
    """Return the questions of JSON lines, an object each; blank lines are skipped.

    Fields: `question`; its gold answers, as `answer` (a text), `answers` (texts; none where the
    text does not answer) or `spans` (of `article`, `start`, `end` and maybe `text`), or
    `unanswerable`; maybe `article`, `conversation`, `id`. Others are ignored, null is like absent.

    Raises: QuestionError, which names the line.
    """
    asked = []
    try:
        for number, line in enumerate(lines, start=1):
            # Files put together from several have the mark of each in the middle.
            if stripped := line.removeprefix("\ufeff").strip():
                asked.append(_Row(number, stripped).asked())
    except UnicodeDecodeError as error:
        raise QuestionError(
            f"The questions are not UTF-8: {error}", "Save them as UTF-8."
        ) from error
    if not asked:
        raise QuestionError("There is no question to ask.", f"Write one a line: {EXAMPLE}")
    return asked


class _Row:
    """One line of a file of questions."""

    def __init__(self, number: int, line: str) -> None:
        self.number = number
        try:
            fields = json.loads(
                line,
                object_pairs_hook=self._object,
                parse_int=self._whole_number,
                parse_constant=self._no_number,
            )
        except json.JSONDecodeError as error:
            what = f"is not JSON: {error.msg} at character {error.pos + 1}"
            self.wrong(what, f"Write an object a line: {EXAMPLE}")
        except ValueError as error:
            self.wrong(f"is not JSON: {error}", f"Write an object a line: {EXAMPLE}")
        except RecursionError:
            self.wrong("is nested too deeply", f"Write an object a line: {EXAMPLE}")
        if not isinstance(fields, dict):
            self.wrong("is not a JSON object", f"Write an object a line: {EXAMPLE}")
        self.fields: dict[str, object] = fields

    def wrong(self, what: str, hint: str) -> NoReturn:
        raise QuestionError(f"Line {self.number} of the questions {what}.", hint)

    def asked(self) -> Asked:
        """Return the row as a question. Raises: QuestionError."""
        question = self.text(self.fields, "question")
        if question is None:
            self.wrong("has no question", f'Write it as "question": {EXAMPLE}')
        article = self.text(self.fields, "article")
        answers, spans = self.answers(), self.spans(article)
        self.check_gold(answers, spans)
        return Asked(
            question=question,
            answers=tuple(answers or ()),
            spans=tuple(spans or ()),
            article=article,
            conversation=self.name("conversation"),
            id=self.name("id"),
            line=self.number,
        )

    def answers(self) -> list[str] | None:
        """Return the texts of `answer` or `answers`; None where there is neither."""
        one, several = self.text(self.fields, "answer"), self.fields.get("answers")
        if several is None:
            return None if one is None else [one]
        if one is not None:
            self.wrong('has both "answer" and "answers"', 'Write all of them in "answers".')
        if not isinstance(several, list):
            self.wrong('has "answers" that are no list', 'Write "answers": ["…", "…"].')
        return [self.plain(text, "an answer") for text in several]

    def spans(self, article: str | None) -> list[GoldSpan] | None:
        """Return `spans`, None where there are none. article: of those that do not name one."""
        rows = self.fields.get("spans")
        if rows is None:
            return None
        example = 'Write "spans": [{"article": "a.txt", "start": 10, "end": 14}].'
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            self.wrong('has "spans" that are no list of objects', example)
        spans = []
        for row in rows:
            of = self.text(row, "article") or article
            if of is None:
                self.wrong("has a span that names no article", example)
            if article is not None and of != article:
                self.wrong(
                    'has a span of another article than its "article"',
                    'Leave "article" out, or name the same one.',
                )
            start, end = row.get("start"), row.get("end")
            if type(start) is not int or type(end) is not int or not 0 <= start < end:
                self.wrong(
                    "has a span without a start and an end after it",
                    f"Give code points of the article's text, as whole numbers. {example}",
                )
            spans.append(GoldSpan(of, Span(start, end), self.text(row, "text")))
        return spans

    def check_gold(self, answers: list[str] | None, spans: list[GoldSpan] | None) -> None:
        """Refuse a row that does not say whether the text answers, or says both."""
        unanswerable = self.fields.get("unanswerable")
        if unanswerable is not None and not isinstance(unanswerable, bool):
            self.wrong(
                'has an "unanswerable" that is neither true nor false', "Write true or false."
            )
        cure = 'Give an "answer", or "unanswerable": true where the text does not answer.'
        if unanswerable and (answers or spans):
            self.wrong("is unanswerable and has an answer", cure)
        if spans and answers == []:
            self.wrong("has no answers, but spans of some", 'Leave out "answers" or "spans".')
        unsaid = unanswerable is False or (answers is None and spans is None)
        if unsaid and not (answers or spans or unanswerable):
            self.wrong("has no gold answer", cure)

    def text(self, fields: dict[str, object], name: str) -> str | None:
        """Return the text of a field; None where it is absent."""
        value = fields.get(name)
        return None if value is None else self.plain(value, f'a field "{name}"')

    def plain(self, value: object, what: str) -> str:
        """Return a value that is to be a text."""
        if not isinstance(value, str) or not value.strip():
            self.wrong(f"has {what} that is no text, or an empty one", 'Write it as "…".')
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            self.wrong(f"has {what} with half a character in it", "Save the questions as UTF-8.")
        return value

    def name(self, field: str) -> str | None:
        """Return a field that may be a text or a whole number, as text; None where it is absent."""
        value = self.fields.get(field)
        return str(value) if type(value) is int else self.text(self.fields, field)

    def _object(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        fields = dict(pairs)
        if len(fields) < len(pairs):
            self.wrong("says something twice in one object", "Give each field once.")
        return fields

    @staticmethod
    def _whole_number(digits: str) -> int:
        if len(digits) > MAX_DIGITS:
            raise ValueError("a number is too large")
        return int(digits)

    @staticmethod
    def _no_number(name: str) -> NoReturn:
        raise ValueError(f"{name} is no number")
