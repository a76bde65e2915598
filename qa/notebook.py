"""A response as a card in a notebook: HTML that a page can show without scripts or styles.

All text is escaped, and characters that are invisible or reorder text are shown as marks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from index.place import place_of
from index.types import Passage, Span
from index.web.addresses import is_address
from index.wording import CONTEXT_SEPARATOR
from qa.show.text import NOT_SURE, percent, visible, visible_line, visible_name

NEAREST = 3
"""Passages that are shown if nothing is quoted."""
AROUND_CHARS = 300
"""Most characters of a sentence that are shown before, and after, the words that answer."""
NEAREST_CHARS = 240
_CARD = "border-left:4px solid {color};padding:.3em 1em;margin:.5em 0;max-width:46em"
_SOFT = "opacity:.75;font-size:.9em"
_QUOTE = "margin:.4em 0;white-space:pre-wrap"
_COLORS = {"answered": "#2e8b57", "unsure": "#c28a00", "not_found": "#888888"}


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words of a passage that answer, or may answer."""

    passage: Passage
    span: Span
    """Of the article's text."""
    score: float
    """Probability in [0, 1] that they answer."""


def card(
    question: str,
    outcome: str,
    quoted: Sequence[Quoted],
    nearest: Sequence[Passage],
    unknown_words: Sequence[str],
) -> str:
    """Return the HTML of a card: the question, the outcome, and each quote in its sentence.

    nearest: the passages that fit best, shown if nothing is quoted.
    """
    parts = [f"<div><b>{escape(visible_line(question))}</b></div>"]
    if outcome == "unsure":
        parts.append(f'<div style="{_SOFT}">{escape(NOT_SURE)} Closest:</div>')
    for quote in quoted:
        parts.append(f'<div style="{_QUOTE}">{_in_its_sentence(quote)}</div>')
        sure = f"{percent(quote.score)} sure"
        parts.append(_note(f"{sure} · {_citation(quote.passage, quote.span)}"))
    if not quoted:
        parts.append("<div>No answer found.</div>")
        if unknown_words:
            parts.append(_note(f"Not found in the text: {', '.join(unknown_words)}"))
        for passage in nearest[:NEAREST]:
            text = visible(passage.text)
            more = " …" if len(text) > NEAREST_CHARS else ""
            shown = escape(text[:NEAREST_CHARS] + more)
            parts.append(f'<div style="{_QUOTE};opacity:.75">{shown}</div>')
            parts.append(_note(_citation(passage, passage.span)))
    style = _CARD.format(color=_COLORS.get(outcome, _COLORS["not_found"]))
    return f'<div style="{style}">{"".join(parts)}</div>'


def _note(text: str) -> str:
    return f'<div style="{_SOFT}">{escape(visible_line(text))}</div>'


def _in_its_sentence(quote: Quoted) -> str:
    """Return the sentences that the words are in, with the words marked."""
    from index.split import sentence_spans

    text, span = quote.passage.article.text, quote.span
    around = [
        sentence
        for sentence in sentence_spans(text, quote.passage.span)
        if sentence.start < span.end and span.start < sentence.end
    ]
    start = min([span.start, *(each.start for each in around)])
    end = max([span.end, *(each.end for each in around)])
    first, last = max(start, span.start - AROUND_CHARS), min(end, span.end + AROUND_CHARS)
    before = ("… " if first > start else "") + text[first : span.start]
    after = text[span.end : last] + (" …" if last < end else "")
    words = escape(visible(text[span.start : span.end]))
    return f"{escape(visible(before))}<mark>{words}</mark>{escape(visible(after)).rstrip()}"


def _citation(passage: Passage, span: Span) -> str:
    """Return title and headings, and the article with its lines; pages are among the headings."""
    article = passage.article
    section = CONTEXT_SEPARATOR.join(dict.fromkeys((article.title, *place_of(article, span))))
    first, last = Passage(article, span).lines
    lines = f":{first}" if first == last else f":{first}-{last}"
    has_lines = not article.extractor and not is_address(article.id)
    return f"{section} · {visible_name(article.id)}{lines if has_lines else ''}"
