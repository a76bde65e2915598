"""The JSON of what programs look up besides answers, and of the verdicts of `qa verify`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from qa.answers.wire import CitationJson, Offset, Ordinal, PassageJson, Strict, Text

Verdict = Literal["stands", "moved", "same words", "gone", "no file", "unreadable"]
"""See `qa.answers.verify`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchJson(Strict):
    """The passages that fit a question best, without answers."""

    question: Text
    passages: tuple[PassageJson, ...]
    """Best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractJson(Strict):
    """A part of an article."""

    text: Text
    """Exactly the article's text from citation.start to citation.end."""
    citation: CitationJson
    characters: Offset
    """Length of the whole article, in Unicode code points."""
    next: str
    """Cursor of what follows; empty at the end of what was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleJson(Strict):
    """An article that can be asked and read."""

    article: Text
    """Its id: the path relative to the corpus root, or the address of a web page."""
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlesJson(Strict):
    """A page of the list of articles, sorted by id."""

    articles: tuple[ArticleJson, ...]
    total: Offset
    """How many there are on all pages."""
    next: str
    """Cursor of the next page; empty on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetsJson(Strict):
    """Offsets in an article's text as they were saved; not necessarily a valid span."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceJson(OffsetsJson):
    """Where a quote is now."""

    line_start: Ordinal
    line_end: Ordinal
    label: str
    """Its page, slide or the like; empty if the article has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictJson(Strict):
    """A quote and its verdict."""

    question: str
    kind: Literal["passage", "answer", "closest"]
    rank: int
    """Of the passage itself, or of the one that the words are in."""
    text: str
    article: str | None
    """Null if no saved passage says which."""
    path: str | None
    verdict: Verdict
    """Stands: every character is where it was cited. Same words: white space or the Unicode form
    differs.
    """
    cited: OffsetsJson
    now: PlaceJson | None
    """Null if the quote was not found."""
    file_changed: bool
    extracted_by: str
    """What extracts the text now, if something else did when it was cited; otherwise empty."""
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictsJson(Strict):
    """What `qa verify --json` prints."""

    schema: int
    all_stand: bool
    counts: Mapping[str, int]
    """How many quotes got each verdict."""
    quotes: tuple[VerdictJson, ...]
