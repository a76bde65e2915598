"""Recognises questions for an amount, and the amounts of several items or clauses."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.question import Question
from index.types import Article, Span
from index.view import plain, shown
from qa.reader.kinds import bare
from qa.reader.proofs import asked_words
from qa.reader.quantities import quantities
from qa.reader.whole import whole

MIN_AMOUNTS = 2
"""Amounts in the same unit, so that there is a choice between them."""

_ASKS_AMOUNT = re.compile(
    r"(?:\w+ )?how (?:much|many|long|high|big|large|far|old)\b"
    r"|(?:\w+ )?(?:what|which)(?:['’]s| is| are| was| were)? (?:the )?(?:\w+ ){0,4}?"
    r"(?:amount|fee|price|cost|fine|rate|limit|share|sum|grant|deduction|charge|rent|fare"
    r"|salary|pay|allowance|maximum|minimum|age|distance|dose|temperature|time|duration|threshold"
    r"|percentage|proportion|fraction|portion)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(r"\b(?:not|never|except)\b|n['’]t\b", re.IGNORECASE)
_ASKS_MONEY = re.compile(
    r"\b(?:fees?|prices?|costs?|fines?|fares?|salary|pay|paid|pays|charged?)\b", re.IGNORECASE
)
_MONEY = re.compile(
    r"[$€£¥₹]|\b(?:dollars?|cents?|euros?|pounds?|pence|penn(?:y|ies)|crowns?|francs?|marks?"
    r"|shillings?|guilders?|florins?|yen|yuan|rupees?|pesos?|kron(?:a|e|or|er)|[A-Z]{3})\b"
)
_ASKS_SHARE = re.compile(
    r"\b(?:what|which)(?: \w+){0,3}? (?:share|percentage|proportion|fraction|portion)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"%|\bper ?cent\b|\bpercentage points?\b", re.IGNORECASE)
_ASKS_LENGTH = re.compile(r"\bhow (?:long|old)\b|\bduration\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"\d ?(?:h|s|m|mm|cm|km|mi|ft|min)\b|\b(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?"
    r"|years?|decades?|centur(?:y|ies)|metres?|meters?|kilomet(?:re|er)s?|feet|foot|inch(?:es)?"
    r"|yards?|miles?)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[\d.,'’\s]+|\b(?:or|to|and)\b")
_GENERIC = frozenset(
    """amount amounts charge charged cost costs fraction get gets give given if maximum need one pay
    pays paid people percentage person portion proportion receive received receives share take takes
    those""".split()
)
"""Words of a question for an amount that the text around the amount need not have."""


def asks_for_amount(question: Question) -> bool:
    """Return whether a question asks for an amount, without a negation."""
    text = bare(question.asked)
    return _ASKS_AMOUNT.match(text) is not None and not _DENIES.search(text)


def words_needed(question: Question) -> set[str]:
    """Return the words of a question that the text around the amount must have."""
    return set(asked_words(question)) - _GENERIC


def fits(question: Question, article: Article, amount: Span) -> bool:
    """Return whether an amount is money, a share, or a time or length if a question asks for it."""
    text = shown(article, amount)
    if _ASKS_MONEY.search(question.asked) and not _MONEY.search(text):
        return False
    if _ASKS_LENGTH.search(question.asked) and not _LENGTH.search(text):
        return False
    return not _ASKS_SHARE.search(question.asked) or _SHARE.search(text) is not None


def amounts_of(
    article: Article, spans: Sequence[Span], known: Sequence[set[str]]
) -> dict[int, Span]:
    """Return the amounts of items or clauses by their number; only those with a common unit.

    Of each the first number that has no word of the question. known: for each, the words of the
    question that it has.
    """
    amounts = {
        number: amount
        for number, (span, words) in enumerate(zip(spans, known, strict=True))
        if (amount := _amount(article, span, words))
    }
    units = {number: unit_of(article, amount) for number, amount in amounts.items()}
    common = [unit for unit in units.values() if list(units.values()).count(unit) >= MIN_AMOUNTS]
    return {number: amount for number, amount in amounts.items() if units[number] in common}


def unit_of(article: Article, amount: Span) -> str:
    """Return the words and signs of an amount without its digits; empty for a mere number."""
    return _DIGITS.sub("", shown(article, amount))


def _amount(article: Article, span: Span, known: set[str]) -> Span | None:
    view = plain(article, span)
    for found in sorted(quantities(view.text), key=lambda each: (each.start, -each.end)):
        text = view.text[found.start : found.end]
        words = set(re.findall(r"\w+", text.lower()))
        if any(map(str.isdigit, text)) and not words & known:
            quoted = view.span(found.start, found.end)
            return whole(article, quoted) if quoted else None
    return None
