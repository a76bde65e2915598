"""Measures how much of a question a sentence covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.inflections import forms_of
from index.place import context_of
from index.question import Question
from index.types import Article, Span
from index.view import shown
from index.words import words_found

MAX_BEFORE_CHARS = 300
"""How far before a sentence the name may be that its "he" or "it" refers to."""


@dataclass(frozen=True, slots=True)
class Support:
    """How much of a question a sentence covers."""

    own: float
    """Share of the question's words that are in the sentence, in [0, 1]."""
    around: float
    """The same, with the title, the headings above, and the text just before, in [0, 1]."""
    names: float
    """Share of the question's names and numbers that are in any of these, in [0, 1]."""


def supports(question: Question, places: Sequence[tuple[Article, Span]]) -> list[Support]:
    """Return how much of a question each sentence covers. places: articles and spans."""
    forms = {word: [word, *forms_of(word)] for word in question.words}
    every = [form for group in forms.values() for form in group]
    names = names_in(question)
    sentences = [shown(article, span) for article, span in places]
    contexts = [
        " ".join(
            [article.title, *context_of(article, span), shown(article, _before(article, span))]
        )
        for article, span in places
    ]
    own = words_found(every, sentences)
    above = words_found(every, contexts)
    return [
        Support(
            _share(forms, [word for word in forms if one.intersection(forms[word])]),
            _share(forms, [word for word in forms if (one | other).intersection(forms[word])]),
            _share(names, [word for word in names if (one | other).intersection(forms[word])]),
        )
        for one, other in zip(own, above, strict=True)
    ]


def names_in(question: Question) -> list[str]:
    """Return the words of a question that are names or numbers, in lower case."""
    named = [
        term
        for number, term in enumerate(question.terms)
        if any(map(str.isdigit, term.shown)) or term.shown != term.shown.lower()
    ]
    known = {word.lower() for term in named for word in term.words}
    return [word for word in question.words if word in known]


def _before(article: Article, span: Span) -> Span:
    return Span(max(0, span.start - MAX_BEFORE_CHARS), span.start)


def _share(all_words: Sequence[str] | dict[str, list[str]], found: Sequence[str]) -> float:
    return len(found) / len(all_words) if all_words else 1.0
