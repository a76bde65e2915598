"""Answers what a term means from the entries of a dictionary or a glossary.

BORE, n. A person who talks when you wish him to listen.
Pier: a bridge that ends in the sea
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.question import Question
from index.split import sentences_of
from index.types import Article, Hit, Span
from index.view import plain, shown
from qa.reader.asked_term import Term, term_of
from qa.reader.counts import MAX_UNSUPPORTED
from qa.reader.decide import Candidate
from qa.reader.proofs import PASSAGES_TO_READ, Part, Proof, next_parts, parts_of
from qa.reader.whole import whole

PROBABILITY = 0.9
"""In [0, 1], of the definition in an entry."""
MAX_ENTRY_CHARS = 200
"""From the start of a block to the term and what follows it."""

_CLASS = (
    r"(?:n|v|vt|vi|v\.\s?t|v\.\s?i|adj|a|adv|pp|pron|prep|conj|interj|p\.\s?p|abbr"
    r"|noun|verb|adjective|adverb|abbreviation)"
)
"""Of words, as in "n."."""
_AFTER_CLASS = (
    rf",?\s+(?:\({_CLASS}\b\.?(?:\s?(?:pl|sing)\b\.?)?\)|{_CLASS}\.(?:\s?(?:pl|sing)\.)?"
    r"|(?:noun|verb|adjective|adverb)\b)[.,:;]?\s+"
)
_AFTER_TERM = (
    rf"(?:{_AFTER_CLASS}"
    r"|\s*(?:\([^()]{1,60}\)\s*)?(?::|\s(?P<dash>[–—-])|(?P<long>—)|=)\s+)"
)
"""What is between the term and the definition of an entry."""
_ENTRY = re.compile(rf"[\W_]*(?P<term>[^\n:,;.!?]{{1,60}}?){_AFTER_CLASS}", re.IGNORECASE)
_DASH = re.compile(r"\s[–—-]\s|—")


def defined(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return the definition that a question asks for; None if it asks for none or none is found.

    Of an entry of several sentences, the first.
    """
    term = term_of(question)
    if term is None:
        return None
    for hit in hits[:PASSAGES_TO_READ]:
        for found in _definitions(hit, term):
            return Proof(hit, (found,), PROBABILITY)
    return None


def without_other_entries(
    question: Question, read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, best first; at most MAX_UNSUPPORTED in the entry of another term.

    Only entries with the class of the word, such as "n.", are surely entries.
    """
    term = term_of(question)
    if term is None or term.is_the_only_one:
        return list(read)
    own = re.compile(rf"(?:(?:an?|the|to)\s+)?{term.pattern}", re.IGNORECASE)
    found = []
    for one, known in read:
        article = one.hit.passage.article
        number = article.structure.at(one.span.start)
        start = one.hit.passage.span.start
        block = Span(start, start) if number is None else article.structure[number].span
        begin = Span(block.start, min(block.end, block.start + MAX_ENTRY_CHARS))
        entry = _ENTRY.match(plain(article, begin).text)
        is_other = entry and not own.fullmatch(entry["term"].strip())
        found.append((one, min(known, MAX_UNSUPPORTED) if is_other else known))
    return sorted(found, key=lambda each: -each[1])


def _definitions(hit: Hit, term: Term) -> Iterator[Span]:
    """Yield the definitions of a term in the entries of a passage."""
    article = hit.passage.article
    entry = re.compile(
        rf"[\W_]*(?:(?:an?|the)\s+)?{term.pattern}{_AFTER_TERM}(?=\S)", re.IGNORECASE
    )
    key = re.compile(rf"(?:(?:an?|the)\s+)?{term.pattern}(?:\s*\([^()]*\))?[.:]?", re.IGNORECASE)
    for part in parts_of(article, hit.passage.span):
        if part.kind == "row" and not term.is_the_only_one:
            cells = article.structure.cells(part.span)
            if len(cells) == 2 and key.fullmatch(shown(article, cells[0])):
                yield from _whole(article, cells[1])
        elif part.kind in ("item", "heading") and key.fullmatch(shown(article, part.span)):
            yield from _below(article, part, term)
        elif part.kind in ("paragraph", "item", "quote", "caption"):
            yield from _after(article, part, entry)


def _after(article: Article, part: Part, entry: re.Pattern[str]) -> Iterator[Span]:
    """Yield the first sentence after the term that a block begins with.

    Not if a second dash ends an aside, as in "Kestrel – a program by Ann – tags photographs".
    """
    view = plain(article, part.span)
    if match := entry.match(view.text):
        is_aside = match["dash"] or match["long"]
        for found in _first_sentence(article, view.span(match.end(), len(view.text))):
            if not is_aside or part.kind == "item" or not _DASH.search(shown(article, found)):
                yield found


def _below(article: Article, part: Part, term: Term) -> Iterator[Span]:
    """Yield the first sentence below a term that is a list item or a heading of its own.

    Below a heading only if the question asks for the meaning: a section says more than that.
    """
    for following in next_parts(article, part, 1):
        is_below = following.kind == "paragraph"
        if part.kind == "heading":
            is_below = is_below and term.wants_meaning
        elif following.kind == "item" and None not in (part.number, following.number):
            level, own = (article.structure[n or 0].level for n in (following.number, part.number))
            is_below = level > own
        if is_below:
            yield from _first_sentence(article, following.span)


def _first_sentence(article: Article, span: Span | None) -> Iterator[Span]:
    for sentence in sentences_of(article, span)[:1] if span else ():
        yield from _whole(article, sentence)


def _whole(article: Article, span: Span) -> Iterator[Span]:
    found = whole(article, span)
    if found:
        yield found
