"""The JSON of a response: printed by `qa ask --json`, saved by the chat, checked by `qa verify`.

Plain dataclasses, so that printing a response does not import pydantic; `qa.answers.parse` parses
JSON into them. `response.schema.json` is generated from the annotations and docstrings here. After
changing them, run:

    python -m qa.answers.schema
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, ClassVar, TypedDict

from index.formats.base import MAX_TITLE_CHARS
from index.place import label_of, numbered, place_of
from index.scan import STDIN, STDIN_NAME
from index.spelling import corrected
from index.types import Article, Passage, Span
from index.web.addresses import is_address
from index.wording import CONTEXT_SEPARATOR
from qa.types import Answer, Kind, Outcome, Response

if TYPE_CHECKING:
    from index.web.snapshots import About

SCHEMA = 2
"""Version of the JSON of a response. Version 1 is still read: it has no `closest`, and calls
everything it quotes an answer.
"""
HISTORY_FORMAT = 1
"""Version of the file of a saved conversation."""


class Limits:
    """Limits on an annotated type, named as in pydantic's core schema: `ge`, `min_length`, …

    `annotated_types` has the same, but importing it adds 12 ms to every question.
    """

    __slots__ = ("limits",)

    def __init__(self, **limits: float | str) -> None:
        self.limits = limits

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], Mapping[str, object]]
    ) -> dict[str, object]:
        return {**handler(source), **self.limits}


Offset = Annotated[int, Limits(ge=0)]
Ordinal = Annotated[int, Limits(ge=1)]
Fraction = Annotated[float, Limits(ge=0, le=1)]
Milliseconds = Annotated[float, Limits(ge=0)]
Text = Annotated[str, Limits(min_length=1)]
Sha256 = Annotated[str, Limits(pattern="^[0-9a-f]{64}$")]
Time = Annotated[str, Limits(pattern="^([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?$")]
Version = Annotated[int, Limits(ge=1, le=SCHEMA)]
"""Unlike a `Literal`, this does not accept true or 1.0."""


class Strict:
    """Makes pydantic reject unknown fields, conversions such as "1" to 1, and NaN."""

    __slots__ = ()
    __pydantic_config__: ClassVar[Mapping[str, bool | str]] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
        "use_attribute_docstrings": True,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationJson(Strict):
    """Where a passage is from."""

    article: Text
    """Path relative to the corpus root, with forward slashes; - for standard input.

    Of a web page, the address that was asked for.
    """
    title: str
    path: Text
    """Path of the file on this machine; - for standard input; of a web page, its address."""
    start: Offset
    """Offset in the article's text, in Unicode code points."""
    end: Offset
    """Exclusive."""
    line_start: Ordinal
    """Counted from 1 in the article's text; lines of the file if `extractor` is empty."""
    line_end: Ordinal
    """Inclusive."""
    sha256: Sha256
    """SHA-256 of the file's bytes."""
    place: tuple[str, ...] = ()
    """The headings that the passage is under, outermost first.

    Then the label, and "comment" for a passage in a comment.
    """
    label: str = ""
    """The page, slide, cell, time or message, such as "page 12"; empty if the article has none.

    Of a passage on several pages, "pages 12–13".
    """
    page: Ordinal | None = None
    """Number of the page, of the first if there are several; null if it has none."""
    slide: Ordinal | None = None
    """Number of the slide, likewise."""
    cell: Ordinal | None = None
    """Number of a notebook's cell, likewise."""
    extractor: str = ""
    """What made the article's text from the file, with its version, such as "pdf 2".

    Empty if the text is the file's own.
    """
    address: str = ""
    """Where a web page was fetched from, after redirects; empty for files."""
    fetched: Time = ""
    """When a web page was fetched, in UTC; empty for files."""

    @property
    def section(self) -> str:
        """The title and the place below it, such as "Changes › 4.1.0 › Fixed".

        Without the label of extracted text, which `located` shows, and without the title of
        standard input, which repeats its path. May be empty.
        """
        below = list(self.place)
        if self.extractor and self.label in below[-2:]:  # before it, it is a heading
            del below[max(n for n, part in enumerate(below) if part == self.label)]
        repeats = below and self.title in (below[0], below[0][:MAX_TITLE_CHARS].rstrip())
        if repeats or (self.path == STDIN and self.title == STDIN_NAME):
            return CONTEXT_SEPARATOR.join(below)
        return CONTEXT_SEPARATOR.join((self.title, *below))

    @property
    def lines(self) -> str:
        """The line or lines, such as "7" or "7-9"."""
        one_line = self.line_start == self.line_end
        return str(self.line_start) if one_line else f"{self.line_start}-{self.line_end}"

    def located(self, path: str) -> str:
        """Return the place in a file, such as "notes.md:7-9" or "report.pdf, page 12".

        Of a web page, also when it was fetched. path: of the file, as it is shown.
        """
        has_lines = not self.extractor and not is_address(self.path)
        lines = f":{self.lines}" if has_lines else ""
        label = f", {self.label}" if self.extractor and self.label else ""
        time = self.fetched[:16].replace("T", " ")
        return f"{path}{lines}{label}" + (f" (fetched {time} UTC)" if time else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageJson(Strict):
    """A passage."""

    rank: Ordinal
    """1 for the best."""
    score: Fraction
    """Comparable only between passages of the same question."""
    text: Text
    """Exactly the article's text from citation.start to citation.end."""
    citation: CitationJson


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerJson(Strict):
    """Words that answer, or that may answer."""

    text: Text
    """Exactly the article's text from start to end."""
    score: Fraction
    """Confidence: the probability that these words answer the question."""
    start: Offset
    """Offset in the article's text, in Unicode code points."""
    end: Offset
    """Exclusive."""
    citation: Ordinal
    """Rank of the passage that these words are in."""
    shown: str = ""
    """These words as people read it: without markup, page furniture and line-end hyphens."""
    place: tuple[str, ...] = ()
    """As of a passage, but where these words begin: their page, if the passage has several."""
    label: str = ""
    """As of a passage, but where these words begin; so are the numbers below."""
    page: Ordinal | None = None
    """Number of the page; null if it has none."""
    slide: Ordinal | None = None
    """Number of the slide."""
    cell: Ordinal | None = None
    """Number of a notebook's cell."""

    @property
    def words(self) -> str:
        """What to show: the text itself in an answer that was saved without `shown`."""
        return self.shown or self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseJson(Strict):
    """What `qa ask --json` prints for one question."""

    schema: Version
    """Version of this format."""
    question: Text
    outcome: Outcome
    """Unsure: some words may answer, but not surely enough to be called an answer."""
    answers: tuple[AnswerJson, ...]
    """Best first; steps, items of a list and sentences of a summary are in the order of the text.
    Empty unless the outcome is answered.
    """
    closest: AnswerJson | None = None
    """The words that may answer; null unless the outcome is unsure. Not in schema 1."""
    passages: tuple[PassageJson, ...]
    """Best first."""
    unknown_words: tuple[str, ...]
    """Words of the question that do not occur in any article, in any form, nor were corrected."""
    context: str
    """Earlier questions and answers that a follow-up was searched with; otherwise empty."""
    timings_ms: Mapping[str, Milliseconds]
    """Duration of each step."""
    corrections: Mapping[str, str] = field(default_factory=dict)
    """Misspelt words of the question, and the words that were searched for instead."""
    kind: Kind = "span"
    """What the question wants. Not in schema 1."""

    def __post_init__(self) -> None:
        if bool(self.answers) != (self.outcome == "answered"):
            raise ValueError("outcome and answers contradict each other")
        if (self.closest is not None) != (self.outcome == "unsure"):
            raise ValueError("outcome and closest contradict each other")
        if self.closest and self.schema < 2:
            raise ValueError("closest needs schema 2")

    @property
    def quoted(self) -> tuple[AnswerJson, ...]:
        """The answers, or the closest words if unsure."""
        return (self.closest,) if self.closest else self.answers

    @property
    def first_quoted(self) -> tuple[str, tuple[str, Span] | None]:
        """The words that are quoted first, and their place: id of the article, and span."""
        if not self.quoted:
            return "", None
        first = self.quoted[0]
        articles = [one.citation.article for one in self.passages if one.rank == first.citation]
        return first.text, (articles[0], Span(first.start, first.end)) if articles else None

    @property
    def searched(self) -> str:
        """The question that was searched for: without misspelt words."""
        return corrected(self.question, self.corrections)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationJson(Strict):
    """The first line of a saved conversation; each further line is a response."""

    format: Annotated[int, Limits(ge=1, le=HISTORY_FORMAT)]
    began: str
    """ISO 8601, with the time zone."""
    paths: tuple[str, ...]
    """The absolute paths asked; empty for the sample article."""


def to_wire(response: Response) -> ResponseJson:
    """Return a response in the form of its JSON. Texts are exactly those of the articles."""
    return ResponseJson(
        schema=SCHEMA,
        question=response.question,
        outcome=response.outcome,
        answers=tuple(_answer(response, answer) for answer in response.answers),
        closest=_answer(response, response.closest) if response.closest else None,
        passages=tuple(
            PassageJson(
                rank=hit.rank,
                score=round(hit.score, 4),
                text=hit.passage.text,
                citation=citation_of(hit.passage, response.snapshots.get(hit.passage.article.id)),
            )
            for hit in response.hits
        ),
        unknown_words=response.unknown_words,
        context=response.context,
        timings_ms=dict(response.timings_ms),
        corrections=dict(response.corrections),
        kind=response.kind,
    )


def _answer(response: Response, answer: Answer) -> AnswerJson:
    return AnswerJson(
        text=answer.text,
        score=round(answer.score, 4),
        start=answer.span.start,
        end=answer.span.end,
        citation=response.rank_of(answer),
        shown=answer.shown,
        **_place(answer.passage.article, Span(answer.span.start, answer.span.start + 1)),
    )


class _Place(TypedDict):
    """The fields that say where words are, in words that people use."""

    place: tuple[str, ...]
    label: str
    page: int | None
    slide: int | None
    cell: int | None


def _place(article: Article, span: Span) -> _Place:
    label = label_of(article, span)
    return {
        "place": place_of(article, span),
        "label": label,
        "page": numbered(label, "page"),
        "slide": numbered(label, "slide"),
        "cell": numbered(label, "cell"),
    }


def citation_of(passage: Passage, snapshot: About | None = None) -> CitationJson:
    """Return the citation of a passage in the form of its JSON. snapshot: of a web page."""
    line_start, line_end = passage.lines
    article = passage.article
    return CitationJson(
        article=article.id,
        title=article.title,
        path=article.path,
        start=passage.span.start,
        end=passage.span.end,
        line_start=line_start,
        line_end=line_end,
        sha256=article.sha256,
        extractor=article.extractor,
        **_place(article, passage.span),
        address=snapshot.final if snapshot else "",
        fetched=snapshot.fetched if snapshot else "",
    )
