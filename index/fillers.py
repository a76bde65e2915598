"""English words that a question is made of, but that do not say what it is about."""

from __future__ import annotations

from collections.abc import Sequence

FUNCTION_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being between both but
    by can could d did do does doing during each for from had has have having he her here hers him
    his how i if in into is it its itself just ll m many may me might more most much must my name
    no not of off on once only or other our out over own re s same shall she should so some such t
    than that the their theirs them then there these they this those through to too under until up
    ve very was we were what when where which while who whom whose why will with would you your
    """.split()
)
"""English words that shape a question but do not say what it is about."""
_NEGATIONS = frozenset("cannot neither never nobody none nor nothing nowhere without".split())
_WITHOUT_APOSTROPHE = frozenset(
    """aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt shouldnt wasnt werent wont
    wouldnt hows ive thats theyre whats wheres whos youre""".split()
)
_INDEFINITE = frozenset(
    """ago anybody anyone anything else ever everybody everyone everything exactly himself herself
    myself ourselves since somebody someone something themselves us whatever whenever wherever
    whether whichever whoever yet yourself""".split()
)
_FILLERS = FUNCTION_WORDS | _NEGATIONS | _WITHOUT_APOSTROPHE | _INDEFINITE
_MEASURES = frozenset("far few frequently little long often soon".split())
"""After "how", they ask for a length, a time or a number."""
_KINDS = frozenset(
    """age amount century city color colour country date day extent fraction height kind language
    length month number percent percentage person place point price size sort time type version way
    year""".split()
)
"""After "what" or "which", they say what kind of answer is asked for."""
_SHAPING = frozenset(
    """anymore approximately article called difference differences document example examples gist
    happen happened happening happens idea instead located mean meaning means meant named overview
    purpose reason reasons roughly situated summary synopsis way ways""".split()
)
"""Words of questions whose answers have other words, as in "What happened in 1893?"."""
_REQUESTS = frozenset("ask give remind show teach tell".split())
"""Before "me" or "us", they ask for an answer."""
_ORDERS = frozenset("define describe explain list mention state summarise summarize".split())
_WISHES = frozenset("like need want".split())
_GREETINGS = frozenset("hello hey hi hmm kindly ok okay please sorry thank thanks".split())


def fillers(words: Sequence[str]) -> list[bool]:
    """Return for each word of a question whether it only asks, denies or fills.

    words: in order, in lower case, with a straight apostrophe.
    """
    return [
        word in _FILLERS
        or word.endswith("n't")
        or (word in _MEASURES and before == "how")
        or _is_polite(word, before, after)
        for word, before, after in _with_neighbours(words)
    ]


def shaping(words: Sequence[str]) -> list[bool]:
    """Return for each word whether a text that answers need not have it.

    Such as "tall" in "how tall", "year" in "in which year", and "happened".
    """
    return [
        word in _SHAPING
        or before == "how"
        or (word in _KINDS and before in ("what", "which"))
        or (word in ("stand", "looking") and after == "for")
        for word, before, after in _with_neighbours(words)
    ]


def _is_polite(word: str, before: str, after: str) -> bool:
    """Return whether a word is part of a phrase such as "could you please tell me" or "hi"."""
    if word in _GREETINGS:
        return not before or not after or before == "you" or after in _REQUESTS | _ORDERS
    if word in _ORDERS:
        return not before or before in _GREETINGS
    if word == "know":
        return before in ("i", "we", "you", "to", "me", "us", "anyone", "anybody")
    if word in _WISHES:
        return before in ("i", "we", "would") and after == "to"
    if word.startswith("wonder"):
        return before in ("i", "we", "am", "i'm", "was")
    if word == "let":
        return after in ("me", "us")
    return word in _REQUESTS and after in ("me", "us")


def _with_neighbours(words: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return each word with the one before and the one after; empty if there is none."""
    return list(zip(words, ["", *words], [*words[1:], ""], strict=False))
