"""Questions that lean on the one before: "When was he arrested?" after "Who is Rygor Kastusev?".

No language model is asked. Rules tell whether a question stands alone; one that does not is
searched for together with what came before it. Where the rules are in doubt, it stands alone.
"""

from __future__ import annotations

import re

from index.question import FUNCTION_WORDS

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SUBJECTS = frozenset("he she they it".split())
_POSSESSIVES = frozenset("his her hers its their theirs".split())
_PLURALS = frozenset("they them their theirs these those".split())
_THINGS = frozenset("it its this that".split())
_OBJECTS = frozenset("him them".split())
_BE = frozenset("is are was were be been being isn't aren't wasn't weren't isn’t aren’t".split())
_AUXILIARIES = _BE | frozenset(
    """do does did has have had can could will would shall should may might must don't doesn't
    didn't hasn't haven't hadn't can't couldn't won't wouldn't""".split()
)
_PREPOSITIONS = frozenset(
    """about after against among around as at before behind below beside between by during for from
    in inside into like near of off on onto outside over since than through to toward towards under
    until up upon with within without""".split()
)
_OPENINGS = frozenset("and but or so also then".split())
_ASKING = frozenset("who whom whose what which when where why how".split())
_ASKED_FOR = frozenset("which what whose many much".split())
_DETERMINERS = frozenset("the a an which what whose many much each every any some all no".split())
_CLAUSE = frozenset(
    """that which who whom whose when where while because if after before since until although
    though as than""".split()
)
_ADVERBS = frozenset(
    """really actually exactly still already ever also now later earlier afterwards afterward
    eventually again instead finally precisely long far often soon old big tall large high much
    many""".split()
)
_VAGUE = frozenset(
    """else exactly anything something someone anyone happen happened happens next later afterwards
    afterward again reason reasons example examples details""".split()
)
"""Words with a meaning of their own that still say nothing of the subject."""
MAX_WORDS_BESIDE_ELSE = 3
"""Words with a sense, "else" among them, in "Who else was released?"."""
MAX_WORDS = 60
"""A longer question says enough by itself."""
_TIMES = frozenset("year month week day century decade time morning evening season".split())
_ONES = re.compile(
    r"\b(?:the|which|first|last|other|next|second|third|new|old|this|that) ones?\b(?! of)"
)
_MANNER = re.compile(r"^(?:what|how) about\b")
_EXPLETIVE_IT = re.compile(
    r"\bit (?:usually |typically )?(?:take|cost)\b.* (?:to|before|until|for)\b"
    r"|\b(?:is|was|be) it (?:that|who)\b"
    r"|\b(?:is|was|be) it (?:\w+ )?\w+ (?:for \w+ )?(?:to|that) \w+"
    r"|\b(?:is|was) it \w+ or \w+ to\b"
    r"|\bit (?:called|mean|okay|ok|possible)\b.* (?:when|if|to|for)\b"
    r"|\b(?:makes?|made|making) it \w+ (?:to|for)\b"
    r"|\b(?:when|if) it comes to\b"
    r"|\bit (?:rain|snow)\w*"
    r"|\bit becom\w+ \w+ (?:to|for)\b"
    r"|\bit (?:is|was|takes|took|costs) (?:\w+ ){0,2}(?:to|that)\b"
)
"""As in "How long does it take to get there?": it means nothing."""


def is_follow_up(question: str) -> bool:
    """Tell whether a question cannot be understood without the one before it.

    It leans by a pronoun that nothing before it in the question can mean, by having no words of
    its own ("Why?", "By whom?"), by how it opens ("And in 1998?"), or by meaning one of several
    ("Who else?", "the first one").
    """
    words = _WORD.findall(question.lower() if question.isupper() else question)
    if len(words) > MAX_WORDS:
        return False
    lower = [word.lower().replace("’", "'") for word in words]
    if not words:
        return False
    plain = " ".join(lower)
    if lower[0] in _OPENINGS or _MANNER.match(plain):
        return True
    if _ONES.search(plain):
        return True
    if "else" in lower and sum(map(_has_sense, lower)) <= MAX_WORDS_BESIDE_ELSE:
        return True
    if _says_nothing(words, lower) or _is_fragment(lower):
        return True
    return any(_is_unresolved(place, words, lower, plain) for place in range(len(words)))


def _says_nothing(words: list[str], lower: list[str]) -> bool:
    """Tell whether no word says what the question is about."""
    return all(
        low in FUNCTION_WORDS | _AUXILIARIES | _VAGUE | _ADVERBS
        and not (place and _is_name(words, place))
        for place, low in enumerate(lower)
    )


def _is_fragment(lower: list[str]) -> bool:
    """Tell whether it lacks what was said before, as in "By whom?" or "Any third type?"."""
    if lower[0] == "any":
        return True
    if 2 <= len(lower) <= 3 and lower[0] in _PREPOSITIONS and lower[1] in _ASKING:
        return True
    return (
        len(lower) >= 2
        and lower[-2] == "by"
        and lower[-1] in ("who", "whom")
        and (not _AUXILIARIES.intersection(lower))
    )


def _is_unresolved(place: int, words: list[str], lower: list[str], plain: str) -> bool:
    """Tell whether the word at `place` is a pronoun that means something outside the question."""
    word = lower[place]
    before = lower[place - 1] if place else ""
    after = lower[place + 1] if place + 1 < len(lower) else ""
    if _is_name(words, place) and place:  # as in "the TV series IT"
        return False
    if word == "it" and _EXPLETIVE_IT.search(plain):
        return False
    if word in _SUBJECTS or word in _POSSESSIVES:
        if not _antecedents(place, words, lower):
            return True
        object = before in _PREPOSITIONS if word == "it" else not after or after in _PREPOSITIONS
        if word not in ("it", "her") or not object:
            return False
    if word in _OBJECTS or word in (
        "it",
        "her",
    ):  # who acts and whom it befalls in one clause are not the same
        clause = any(
            lower[i] in _CLAUSE or (lower[i] == "to" and i + 1 < place) for i in range(1, place)
        )
        return _antecedents(place, words, lower) < (1 if clause else 2)
    if word in ("this", "these"):
        return after not in _TIMES and not _antecedents(place, words, lower)
    if word == "those":
        of_a_kind = after in _CLAUSE | _PREPOSITIONS or after.endswith(("ing", "ed"))
        return not of_a_kind and not _antecedents(place, words, lower)
    if word == "that":
        if not after:
            return True
        demonstrative = before in _AUXILIARIES | _PREPOSITIONS | {"about"} or not before
        return demonstrative and not _antecedents(place, words, lower)
    if word == "there":
        return not after and before not in _BE
    if word == "then":
        return not after and place > 0
    return False


def _antecedents(place: int, words: list[str], lower: list[str]) -> int:
    """Count what a pronoun at `place` can mean: the names and noun phrases before it.

    "Who" is one once something else was said of it, as in "Who gave a sermon in which he …".
    """
    count = 0
    inside = False
    # "which group did he": what is asked for is not who does it
    plural = lower[place] in _PLURALS
    inverted = lower[place] in _SUBJECTS and lower[place - 1] in _AUXILIARIES
    for i in range(place):
        if i and _is_name(words, i):
            count += not inside
            inside = True
        elif (
            lower[i] in _DETERMINERS
            and i + 1 < place
            and _has_sense(lower[i + 1])
            and not (inverted and lower[i] in _ASKED_FOR)
            and not (lower[i] == "what" and _is_verb(i + 1, place, lower))
            and not _leads_into(i + 1, place, lower)
        ) or (plural and not inside and i and lower[i].endswith("s") and _has_sense(lower[i])):
            count += 1
            inside = True
        elif not _has_sense(lower[i]):
            inside = False
    if lower[0] == "who" and lower[place] not in _THINGS and any(map(_has_sense, lower[1:place])):
        count += 1
    return count


def _is_verb(start: int, place: int, lower: list[str]) -> bool:
    """Tell whether the word after "what" is what is done: no other one helps it, or does it."""
    helped = _AUXILIARIES.intersection(lower[start : start + 3])
    return not helped and sum(map(_has_sense, lower[start:place])) < 2


def _leads_into(start: int, place: int, lower: list[str]) -> bool:
    """Tell whether a noun phrase goes on into the pronoun's own, as in "the title of his book"."""
    between = lower[start:place]
    return between[-1] in ("of", "with") and not _AUXILIARIES.intersection(between)


def _has_sense(word: str) -> bool:
    return word not in FUNCTION_WORDS and word not in _AUXILIARIES and word not in _ADVERBS


def _is_name(words: list[str], place: int) -> bool:
    """Tell whether a word names something: capitals inside the question, or digits."""
    word = words[place]
    return any(map(str.isdigit, word)) or (word[0].isupper() and word != "I")
