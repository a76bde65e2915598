"""Chooses between amounts that are given side by side, each under a condition of its own.

- $4,213 if you have one child
- $6,960 if you have two children

40 percent as methane, and 12 percent as carbon dioxide
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from index.question import Question
from index.split import sentences_of
from index.types import Article, Hit, Span
from index.view import plain, shown
from qa.reader.kinds import bare
from qa.reader.proofs import PASSAGES_TO_READ, Proof, asked_words, found_in, parts_of, words_above
from qa.reader.quantities import quantities
from qa.reader.whole import whole

PROBABILITY = 0.85
"""In [0, 1], of the amount whose condition the question names."""
MIN_AMOUNTS = 2

_ASKS_AMOUNT = re.compile(
    r"(?:\w+ )?how (?:much|many|long|high|big|large|far|old)\b"
    r"|(?:\w+ )?(?:what|which)(?:['’]s| is| are| was| were)? (?:the )?(?:\w+ ){0,4}?"
    r"(?:amount|fee|price|cost|fine|rate|limit|share|sum|grant|credit|deduction|charge|rent|fare"
    r"|salary|pay|allowance|maximum|minimum|age|distance|dose|temperature|time|duration|threshold"
    r"|percentage|proportion|fraction|portion)\b",
    re.IGNORECASE,
)
_ASKS_MONEY = re.compile(
    r"\b(?:fees?|prices?|costs?|fines?|fares?|salary|pay|paid|pays|charged?)\b", re.IGNORECASE
)
_MONEY = re.compile(
    r"[$€£¥₹]|\b(?:dollars?|cents?|euros?|pounds?|pence|penn(?:y|ies)|crowns?|francs?|marks?"
    r"|shillings?|guilders?|florins?|yen|yuan|rupees?|pesos?|kron(?:a|e|or|er)|[A-Z]{3})\b"
)
_CONDITION = re.compile(
    r"\b(?:if|for|when|who|whose|with|without|unless|under|over|aged?|up to|per)\b", re.IGNORECASE
)
_BORDER = re.compile(r"[,;:]\s+(?:and\s+|or\s+|but\s+)?|\s+(?:and|while|whereas|but|or)\s+")
_DIGITS = re.compile(r"[\d.,'’\s]+")
_DENIES = re.compile(r"\b(?:not|never|except)\b|n['’]t\b", re.IGNORECASE)
_NONE = re.compile(r"\b(?:no|without)\b", re.IGNORECASE)
_GENERIC = frozenset(
    """amount amounts charge charged cost costs fraction get gets give given if maximum need one pay
    pays paid people percentage person portion proportion receive received receives share take takes
    those""".split()
)
"""Words of a question that the conditions and what introduces them need not have."""


@dataclass(frozen=True, slots=True)
class _Choices:
    """The items of a list, or the clauses of a sentence."""

    article: Article
    spans: Sequence[Span]
    lead: str
    """What introduces the items; all of the sentence for clauses."""
    are_items: bool


def conditional(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return the amount whose condition a question names; None if it names none or several.

    One item or clause must have more words of the question than each of the others, and all words
    of the question must be in it, in what introduces it, in the title or in a heading. Another one
    must have an amount in the same unit.
    """
    text = bare(question.asked)
    if not _ASKS_AMOUNT.match(text) or _DENIES.search(text):
        return None
    for hit in hits[:PASSAGES_TO_READ]:
        for choices in (*_lists(hit), *_sentences(hit)):
            if found := _named(question, choices):
                return Proof(hit, (found,), PROBABILITY)
    return None


def _lists(hit: Hit) -> Iterator[_Choices]:
    """Yield the lists that a passage touches, in full."""
    article = hit.passage.article
    structure = article.structure
    numbers = structure.overlapping(hit.passage.span)
    if not numbers:
        return
    first, last = numbers[0], numbers[-1]
    while first and structure[first].kind == "item":
        first -= 1
    while last + 1 < len(structure) and structure[last + 1].kind == "item":
        last += 1
    lead = ""
    parts = parts_of(article, Span(structure[first].span.start, structure[last].span.end))
    for kind, group in groupby(parts, key=lambda part: part.kind):
        spans = [part.span for part in group]
        if kind == "item":
            yield _Choices(article, spans, lead, are_items=True)
        lead = shown(article, spans[-1])


def _sentences(hit: Hit) -> Iterator[_Choices]:
    """Yield the sentences of a passage, cut into clauses."""
    article = hit.passage.article
    for sentence in sentences_of(article, hit.passage.span):
        view = plain(article, sentence)
        borders = [match.span() for match in _BORDER.finditer(view.text)]
        starts, ends = [0, *(end for _, end in borders)], [*(s for s, _ in borders), len(view.text)]
        clauses = [view.span(*each) for each in zip(starts, ends, strict=True) if each[0] < each[1]]
        spans = [clause for clause in clauses if clause]
        yield _Choices(article, spans, view.text, are_items=False)


def _named(question: Question, choices: _Choices) -> Span | None:
    """Return the amount whose condition a question names; None if it names none or several."""
    article = choices.article
    spans = [span for span in choices.spans if any(map(str.isdigit, shown(article, span)))]
    if len(spans) < MIN_AMOUNTS:
        return None
    texts = [_NONE.sub("without", shown(article, span)) for span in spans]
    words = [*question.words, *(["without"] if _NONE.search(question.asked) else [])]
    context = f"{choices.lead} {words_above(article, spans[0])}"
    around, *own = found_in(words, [context, *texts])
    amounts = [_amount(article, span, found) for span, found in zip(spans, own, strict=True)]
    units = [amount and _DIGITS.sub("", shown(article, amount)) for amount in amounts]
    alike = [n for n, unit in enumerate(units) if amounts[n] and units.count(unit) >= MIN_AMOUNTS]
    best = _best([own[n] for n in alike], are_items=choices.are_items) if alike else None
    if best is None:
        return None
    number = alike[best]
    needed = set(asked_words(question)) - _GENERIC
    amount = amounts[number]
    if not amount or not needed <= own[number] | around:
        return None
    if _ASKS_MONEY.search(question.asked) and not _MONEY.search(shown(article, amount)):
        return None
    return amount if not choices.are_items or _CONDITION.search(texts[number]) else None


def _best(found: Sequence[set[str]], *, are_items: bool) -> int | None:
    """Return which item or clause has most words of a question; None on a tie, or if it has none.

    found: for each, the words of the question that it has.

    What the first clause says often holds for the others, too, as in "40 percent was spent as
    wages, and 12 percent as rent"; and a year holds for all.
    """
    if all(words == found[0] for words in found):
        return None
    if are_items:
        sizes = [len(words) for words in found]
        return sizes.index(max(sizes)) if sizes.count(max(sizes)) == 1 else None
    named = [{word for word in words if not word.isdigit()} for words in found]
    sizes = [len(words | named[0]) for words in named]
    first_is_best = max(sizes) == sizes[0]
    if first_is_best:
        return 0 if named[0] - set().union(*named[1:]) else None
    return sizes.index(max(sizes)) if sizes.count(max(sizes)) == 1 else None


def _amount(article: Article, span: Span, known: set[str]) -> Span | None:
    """Return the first number in an item or clause that has no word of the question."""
    view = plain(article, span)
    for found in sorted(quantities(view.text), key=lambda each: (each.start, -each.end)):
        words = set(re.findall(r"\w+", view.text[found.start : found.end].lower()))
        if not words & known and (quoted := view.span(found.start, found.end)):
            return whole(article, quoted)
    return None
