"""Finds a saved quote in the text of its article as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from index.split import sentence_spans
from index.types import Span
from qa.answers.spacing import PlainText, difference
from qa.answers.wire import CitationJson, PassageJson


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as it was saved."""

    question: str
    kind: Literal["passage", "answer", "closest"]
    """Closest: the words that may answer, of a response that is unsure."""
    text: str
    span: tuple[int, int]
    """Start and end as saved; not necessarily a valid span."""
    rank: int
    """Of the passage itself, or of the one that the words are in."""
    passage: PassageJson | None
    """The passage itself, or the one that the words are in; None if no passage has this rank."""

    @property
    def citation(self) -> CitationJson | None:
        """The citation of the passage."""
        return self.passage.citation if self.passage else None

    @property
    def is_in_its_passage(self) -> bool:
        """Whether the saved passage has the quote at its offsets."""
        assert self.passage is not None
        inside = self.span[0] - self.passage.citation.start
        return inside >= 0 and self.passage.text.startswith(self.text, inside)


@dataclass(frozen=True, slots=True)
class Found:
    """Where a quote is."""

    span: Span
    difference: str = ""
    """What differs besides the place, in words; empty if every character is the same."""


@dataclass(frozen=True, slots=True)
class _Needle:
    """What must be found to prove a quote: the quote itself, or the sentences around it."""

    text: str
    quote: Span
    """Where the quote is in `text`."""
    cited: int
    """Offset of `text` in the article as it was."""


class Haystack:
    """The text of an article, in which quotes are looked for."""

    def __init__(self, text: str) -> None:
        self._text = text

    def find(self, quote: Quote) -> Found | None:
        """Return where a quote is; None if it is gone.

        An answer must be inside its passage or, if the passage is gone, inside the same sentences.
        The same words elsewhere prove nothing, even at the same offset. If that fails, white space
        and Unicode form may differ.

        quote: inside its passage.
        """
        needles = _needles(quote)
        for find in (self._exactly, self._plainly):
            for needle in needles:
                if found := find(needle):
                    return found
        return None

    def _exactly(self, needle: _Needle) -> Found | None:
        start = _nearest(self._text, needle.text, needle.cited)
        if start is None:
            return None
        return Found(Span(start + needle.quote.start, start + needle.quote.end))

    def _plainly(self, needle: _Needle) -> Found | None:
        looked_for = PlainText(needle.text)
        plain = looked_for.plain.strip(" ")
        before = len(looked_for.plain) - len(looked_for.plain.lstrip(" "))
        start = max(0, looked_for.plain_offset(needle.quote.start) - before)
        end = min(len(plain), looked_for.plain_offset(needle.quote.end) - before)
        if start >= end:  # only white space
            return None
        cited = self._plain.plain_offset(min(len(self._text), needle.cited))
        found = self._plain.nearest(plain, cited)
        if found is None:
            return None
        whole = self._plain.span(found, found + len(plain))
        differs = difference(needle.text.strip(), self._text[whole.start : whole.end])
        place = self._plain.span(found + start, found + end)
        return Found(place, differs or "only white space around it differs")

    @cached_property
    def _plain(self) -> PlainText:
        return PlainText(self._text)


def _needles(quote: Quote) -> list[_Needle]:
    """Return what would prove a quote, best first."""
    passage = quote.passage
    assert passage is not None
    cited = passage.citation.start
    own = Span(quote.span[0] - cited, quote.span[0] - cited + len(quote.text))
    needles = [_Needle(passage.text, own, cited)]
    if quote.kind != "passage" and (around := _sentences_around(passage.text, own)):
        inside = Span(own.start - around.start, own.end - around.start)
        text = passage.text[around.start : around.end]
        needles.append(_Needle(text, inside, cited + around.start))
    return needles


def _sentences_around(passage: str, answer: Span) -> Span | None:
    """Return the span of all sentences that an answer overlaps; None if there are none."""
    overlapped = [
        sentence
        for sentence in sentence_spans(passage, Span(0, len(passage)))
        if sentence.start < answer.end and answer.start < sentence.end
    ]
    # An answer can include white space around its sentences.
    return (
        Span(min(overlapped[0].start, answer.start), max(overlapped[-1].end, answer.end))
        if overlapped
        else None
    )


def _nearest(text: str, quote: str, cited: int) -> int | None:
    """Return the start of the occurrence nearest to the cited offset; None if there is none."""
    if text.startswith(quote, cited):
        return cited
    before = text.rfind(quote, 0, min(len(text), cited + len(quote) - 1))
    after = text.find(quote, cited)
    found = [place for place in (before, after) if place >= 0]
    return min(found, key=lambda place: (abs(place - cited), place), default=None)
