"""Says whether two questions are the same, or the same but for a word that turns the meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from index.question import Question
from qa.reader.kinds import bare
from qa.reader.proofs import asked_words, found_in

MAX_EXTRA = 1 / 3
"""Share of the words of a question in the text that the question may lack."""

Likeness = Literal["same", "opposite"]

_ASKS = re.compile(
    r"(?:(?:in|on|at|by|for|from|to|with|of|under|during|through|into|after|before|since|about)\s+)?"
    r"(?P<word>who|whom|whose|what|which|when|where|why|how)(?:['’](?:s|re|d|ll))?\b"
    r"(?:\s+(?P<measure>many|much|long|often|far|old|high|tall|big|large|wide|deep|soon|fast|heavy"
    r"|late|early)\b)?",
    re.IGNORECASE,
)
_SAME_WORD = {"whom": "who", "which": "what"}
_ASKS_TRUTH = re.compile(
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|must|may)"
    r"(?:n['’]?t)?\b",
    re.IGNORECASE,
)
_LEAD = re.compile(r"\A.*(?:[—–:]|\s-)\s*(?=\w)", re.DOTALL)
"""What comes before the question itself, as in "The only thing to consider is this: who pays?"."""
_TURNS = frozenset(
    """after against away back before down from into neither never no nobody none not nothing off
    out over under until up without""".split()
)
_WORD = re.compile(r"[\w'’]+")


def asking_word(text: str) -> str:
    """Return the word that a question asks with, as in "who", "how many" or "whether"; or ""."""
    bared = bare(_LEAD.sub("", text, count=1))
    if _ASKS_TRUTH.match(bared):
        return "whether"
    match = _ASKS.match(bared)
    if match is None:
        return ""
    word = match["word"].lower()
    return f"{_SAME_WORD.get(word, word)} {(match['measure'] or '').lower()}".strip()


def compared(question: Question, text: str, above: str) -> tuple[Likeness, int] | None:
    """Return whether a question in the text is the question or its opposite, and its extra words.

    It is the same if it has the same question word and the same words in the same order, but for a
    few more. It is the opposite if only one of them has "not", "off" or the like, or if the order
    differs, as in "Who beat Ann?" and "Who did Ann beat?". None if it is neither.

    above: title and headings; they can have words that only the question has.
    """
    text = _LEAD.sub("", text, count=1)
    if asking_word(text) != asking_word(question.asked):
        return None
    words, own = asked_words(question), Question(text)
    own_words = asked_words(own)
    in_text, in_above = found_in(words, [text, above])
    if not in_text or not in_text | in_above >= set(words):
        return None
    (in_question,) = found_in(own_words, [question.asked])
    extra = [
        term
        for term in own.terms
        if not in_question.intersection(word.lower() for word in term.words)
    ]
    if len(extra) > MAX_EXTRA * len(own.terms) or any(
        term.shown != term.shown.lower() or any(map(str.isdigit, term.shown)) for term in extra
    ):
        return None
    is_turned = _turns(text) != _turns(question.asked)
    in_order = _in_order([word for word in words if word in in_text], own_words)
    return "opposite" if is_turned or not in_order else "same", len(extra)


def _in_order(words: Sequence[str], others: Sequence[str]) -> bool:
    found = found_in(words, others)
    places = [next((n for n, each in enumerate(found) if word in each), 0) for word in words]
    return places == sorted(places)


def _turns(text: str) -> set[str]:
    """Return the words of a question that turn it into another one, such as "not" and "off"."""
    words = {word.lower() for word in _WORD.findall(text)}
    negated = {"not"} if any(word.endswith(("n't", "n’t")) for word in words) else set()
    return (words & _TURNS) | negated
