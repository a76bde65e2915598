"""Answers what something is, or means, with its definition in a dictionary or in a sentence.

BORE, n. A person who talks when you wish him to listen.
Pier: a bridge that ends in the sea
Kestrel is an open-source program that tags photographs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.question import Question
from index.split import sentences_of
from index.types import Article, Hit, Span
from index.view import plain, shown
from qa.reader.kinds import bare
from qa.reader.proofs import PASSAGES_TO_READ, Part, Proof, next_parts, parts_of
from qa.reader.whole import whole

ENTRY_PROBABILITY = 0.9
"""In [0, 1], of the definition in an entry of a dictionary, a glossary or a list of records."""
SENTENCE_PROBABILITY = 0.75
"""In [0, 1], of a sentence such as "X is a …"."""
MAX_TERM_WORDS = 6
MAX_QUESTION_CHARS = 200

_NOUN = r"(?:(?:an?|the)\s+)?(?:(?:word|term|abbreviation|acronym|expression)s?\s+)?(?P<term>.+?)"
_WHERE = r"(?:\s+(?:in|by|according to|as used in|here)\b.*)?"
_ASKS_MEANING = re.compile(
    rf"how\s+(?:is|are|was|were)\s+{_NOUN}\s+(?:defined|described){_WHERE}"
    rf"|how\s+(?:do|does|did)\s+.+?\s+define\s+{_NOUN.replace('term', 'defined')}"
    rf"|what\s+(?:do|does|did)\s+{_NOUN.replace('term', 'means')}\s+mean{_WHERE}"
    rf"|what\s+is\s+meant\s+by\s+{_NOUN.replace('term', 'meant')}"
    rf"|(?:what\s+(?:is|was)\s+the\s+|the\s+)?(?:definition|meaning)\s+of\s+"
    rf"{_NOUN.replace('term', 'meaning')}"
    rf"|(?:please\s+)?define\s+{_NOUN.replace('term', 'define')}",
    re.IGNORECASE,
)
_ASKS_WHAT = re.compile(rf"(?:what|who)(?:\s+(?:is|are|was|were)|['’]s)\s+{_NOUN}", re.IGNORECASE)
_IN_LANGUAGE = re.compile(r"\bmean(?:s|ing)?\b.* in (?:the )?(?:[A-Z]|\w+ language)")
"""Asks for a translation."""
_ASKS_THE = re.compile(r"(?:what|who)(?:\s+\w+|['’]s)\s+the\b", re.IGNORECASE)
"""Asks for one of its kind, as in "the price": for a value of a record, not for a definition."""
_CLASS = (
    r"(?:n|v|vt|vi|v\.\s?t|v\.\s?i|adj|a|adv|pp|pron|prep|conj|interj|p\.\s?p|abbr"
    r"|noun|verb|adjective|adverb|abbreviation)"
)
"""Of words, as in "n."."""
_AFTER_TERM = (
    rf"(?:,?\s+(?:\({_CLASS}\b\.?(?:\s?(?:pl|sing)\b\.?)?\)|{_CLASS}\.(?:\s?(?:pl|sing)\.)?"
    r"|(?:noun|verb|adjective|adverb)\b)[.,:;]?\s+"
    r"|\s*(?:\([^()]{1,60}\)\s*)?(?::|\s(?P<dash>[–—-])|(?P<long>—)|=)\s+)"
)
"""What is between the term and the definition of an entry."""
_IS = (
    r"(?:\s*\([^()]{1,60}\))?(?:,[^,.;]{1,60},)?\s+"
    r"(?:(?:is|are|was|were)\s+(?=(?:an?|one of the|any|the (?:name|act|process|art) (?:of|for))"
    r"\s+\w)|are\s+(?=(?!\w+(?:ed|ing|ly)\b)(?:[\w-]+\s+){0,3}[\w-]{3,}s\s+(?:that|which|who)\b)"
    r"|(?P<says>means?|refers? to|denotes?|(?:is|are) (?:defined as|the same as))\s+)"
)
_NOT_DEFINING = re.compile(
    r"an?\s+(?:bit|little|lot|few|couple|good|great|bad|must|better|big|real|mere|very|long"
    r"|short)\b",
    re.IGNORECASE,
)
"""What follows "X is" without saying what X is, as in "a bit late"."""
_NOUN_END = re.compile(
    r"[,;:(]|\s[–—-]\s|\s(?:that|which|who|whom|whose|where|when|used|designed|intended|meant|made"
    r"|written|developed|created|built)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[;(]|\s[–—-]\s|[.!?]\s|,\s+(?:and|but|which|so|although|while)\b")
_DASH = re.compile(r"\s[–—-]\s|—")
_MARKS = "\"'“”‘’«»*_`()[] "


def defined(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return the definition that a question asks for; None if it asks for none or none is found.

    Of an entry, the first sentence. Of "X is a …", the noun and what belongs to it; all of the
    sentence if the question asks for the meaning, or if the noun is a single word.
    """
    text = bare(question.asked).rstrip(" ?.!")
    term, wants_meaning = _term(text)
    words = term.split()
    if not 0 < len(words) <= MAX_TERM_WORDS:
        return None
    name = r"[\s-]+".join(map(_any_number, words))
    entry = re.compile(rf"[\W_]*(?:(?:an?|the)\s+)?{name}{_AFTER_TERM}(?=\S)", re.IGNORECASE)
    key = re.compile(rf"(?:(?:an?|the)\s+)?{name}(?:\s*\([^()]*\))?[.:]?", re.IGNORECASE)
    start = r"(?:^|[,;:—–(]\s*|\b(?:and|but|then|so|that)\s+)" if wants_meaning else "^"
    statement = re.compile(
        rf"{start}[\"“‘'(]?(?:(?:an?|the)\s+)?{name}[\"”’')]?{_IS}", re.IGNORECASE
    )
    read = hits[:PASSAGES_TO_READ]
    for hit in read:
        for found in _entries(hit, entry, key, wants_meaning=wants_meaning):
            return Proof(hit, (found,), ENTRY_PROBABILITY)
        if not _ASKS_THE.match(text):
            for found in _values(hit, key):
                return Proof(hit, (found,), ENTRY_PROBABILITY)
    for hit in read:
        for found in _statements(hit, statement, wants_meaning=wants_meaning):
            return Proof(hit, (found,), SENTENCE_PROBABILITY)
    return None


def _term(text: str) -> tuple[str, bool]:
    """Return what a question asks the definition of, and whether it asks for the meaning; or ""."""
    if len(text) > MAX_QUESTION_CHARS or _IN_LANGUAGE.search(text):
        return "", False
    if match := _ASKS_MEANING.fullmatch(text):
        return next(filter(None, match.groups())).strip(_MARKS), True
    match = _ASKS_WHAT.fullmatch(text)
    return (match["term"].strip(_MARKS), False) if match else ("", False)


def _any_number(word: str) -> str:
    """Return a pattern for a word in the singular and in the plural."""
    if word.lower().endswith("ies") and len(word) > 4:
        return rf"{re.escape(word[:-3])}(?:ies|y)"
    if word.lower().endswith("y") and len(word) > 2:
        return rf"{re.escape(word[:-1])}(?:ies|y)"
    if word.lower().endswith("s") and len(word) > 3 and not word.lower().endswith("ss"):
        return rf"{re.escape(word[:-1])}s?"
    return rf"{re.escape(word)}(?:e?s)?"


def _entries(
    hit: Hit, entry: re.Pattern[str], key: re.Pattern[str], *, wants_meaning: bool
) -> Iterator[Span]:
    """Yield the definitions of a term in the entries of a passage."""
    article = hit.passage.article
    for part in parts_of(article, hit.passage.span):
        if part.kind in ("code", "furniture", "comment", "row"):
            continue
        view = plain(article, part.span)
        match = entry.match(view.text)
        if match and part.kind != "heading":
            is_aside = match["dash"] or match["long"]
            for found in _first_sentence(article, view.span(match.end(), len(view.text))):
                if not is_aside or part.kind == "item" or not _DASH.search(shown(article, found)):
                    yield found
        elif part.kind in ("item", "heading") and key.fullmatch(shown(article, part.span)):
            yield from _below(article, part, wants_meaning=wants_meaning)


def _values(hit: Hit, key: re.Pattern[str]) -> Iterator[Span]:
    """Yield the values of the records of a passage that have a term as their key."""
    article = hit.passage.article
    for part in parts_of(article, hit.passage.span):
        cells = article.structure.cells(part.span) if part.kind == "row" else []
        if len(cells) == 2 and key.fullmatch(shown(article, cells[0])):
            yield from _whole(article, cells[1])


def _below(article: Article, part: Part, *, wants_meaning: bool) -> Iterator[Span]:
    """Yield the first sentence below a term that is a list item or a heading of its own.

    Below a heading only if the question asks for the meaning: a section says more than that.
    """
    for following in next_parts(article, part, 1):
        if part.kind == "item" and following.kind in ("item", "paragraph"):
            level = article.structure[following.number or 0].level
            own = article.structure[part.number or 0].level
            if following.kind == "paragraph" or level > own:
                yield from _first_sentence(article, following.span)
        elif part.kind == "heading" and following.kind == "paragraph" and wants_meaning:
            yield from _first_sentence(article, following.span)


def _statements(hit: Hit, statement: re.Pattern[str], *, wants_meaning: bool) -> Iterator[Span]:
    """Yield what sentences of a passage say that something is."""
    article = hit.passage.article
    for part in parts_of(article, hit.passage.span):
        if part.kind not in ("paragraph", "item", "quote", "caption"):
            continue
        for sentence in sentences_of(article, part.span):
            view = plain(article, sentence)
            match = statement.search(view.text)
            if match is None or view.text.rstrip().endswith("?"):
                continue
            end = _end(view.text, match.end(), is_long=wants_meaning)
            found = view.span(match.end(), end)
            if found and not _NOT_DEFINING.match(view.text, match.end()):
                yield from _whole(article, found)


def _end(text: str, start: int, *, is_long: bool) -> int:
    """Return where what a sentence says that something is ends."""
    noun = _NOUN_END.search(text, start)
    # The article and one noun, as in "a person", say too little.
    if noun and not is_long and len(text[start : noun.start()].split()) > 2:
        return noun.start()
    clause = _CLAUSE_END.search(text, start)
    return clause.start() if clause else len(text.rstrip(" ."))


def _first_sentence(article: Article, span: Span | None) -> Iterator[Span]:
    for sentence in sentences_of(article, span)[:1] if span else ():
        yield from _whole(article, sentence)


def _whole(article: Article, span: Span) -> Iterator[Span]:
    found = whole(article, span)
    if found:
        yield found
