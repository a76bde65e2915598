"""Recognises follow-up questions: "When was he arrested?" after "Who is Rygor Kastusev?".

Uses rules, not a language model. A follow-up is searched together with its context. When in doubt,
a question is not a follow-up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from index.fillers import FUNCTION_WORDS

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SUBJECT_PRONOUNS = frozenset("he she they it".split())
_POSSESSIVE_PRONOUNS = frozenset("his her hers its their theirs".split())
_PLURAL_PRONOUNS = frozenset("they them their theirs these those".split())
_THING_PRONOUNS = frozenset("it its this that".split())
_OBJECT_PRONOUNS = frozenset("him them".split())
_FORMS_OF_BE = frozenset(
    "is are was were be been being isn't aren't wasn't weren't isn’t aren’t".split()
)
_AUXILIARIES = _FORMS_OF_BE | frozenset(
    """do does did has have had can could will would shall should may might must don't doesn't
    didn't hasn't haven't hadn't can't couldn't won't wouldn't""".split()
)
_PREPOSITIONS = frozenset(
    """about after against among around as at before behind below beside between by during for from
    in inside into like near of off on onto outside over since than through to toward towards under
    until up upon with within without""".split()
)
_CONTINUING_WORDS = frozenset("and but or so also then".split())
_QUESTION_WORDS = frozenset("who whom whose what which when where why how".split())
_ASKING_DETERMINERS = frozenset("which what whose many much".split())
_DETERMINERS = frozenset("the a an which what whose many much each every any some all no".split())
_CLAUSE_STARTERS = frozenset(
    """that which who whom whose when where while because if after before since until although
    though as than""".split()
)
_ADVERBS = frozenset(
    """really actually exactly still already ever also now later earlier afterwards afterward
    eventually again instead finally precisely long far often soon old big tall large high much
    many""".split()
)
_VAGUE_WORDS = frozenset(
    """else exactly anything something someone anyone happen happened happens next later afterwards
    afterward again reason reasons example examples details""".split()
)
"""Content words that still say nothing about the subject."""
MAX_CONTENT_WORDS_WITH_ELSE = 3
"""In a follow-up such as "Who else was released?", "else" included."""
MAX_WORDS = 60
"""A longer question is never a follow-up."""
_TIME_UNITS = frozenset("year month week day century decade time morning evening season".split())
_ONE_OF_SEVERAL = re.compile(
    r"\b(?:the|which|first|last|other|next|second|third|new|old|this|that) ones?\b(?! of)"
)
_WHAT_ABOUT = re.compile(r"^(?:what|how) about\b")
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
"""An "it" that refers to nothing, as in "How long does it take to get there?"."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a question, without punctuation."""

    written: list[str]
    lower: list[str]
    """In lower case, with straight apostrophes."""

    @property
    def plain(self) -> str:
        """The words in lower case, separated by spaces."""
        return " ".join(self.lower)

    def is_name(self, place: int) -> bool:
        """Return whether a word has digits, or starts with a capital letter."""
        word = self.written[place]
        return any(map(str.isdigit, word)) or (word[0].isupper() and word != "I")


def is_follow_up(question: str) -> bool:
    """Return whether a question cannot be understood without the one before it.

    That is the case if it has a pronoun without an antecedent in the question, has no content words
    ("Why?", "By whom?"), continues ("And in 1998?"), or asks for one of several ("Who else?", "the
    first one").
    """
    written = _WORD.findall(question.lower() if question.isupper() else question)
    if not written or len(written) > MAX_WORDS:
        return False
    words = _Words(written, [word.lower().replace("’", "'") for word in written])
    lower, plain = words.lower, words.plain
    if lower[0] in _CONTINUING_WORDS or _WHAT_ABOUT.match(plain) or _ONE_OF_SEVERAL.search(plain):
        return True
    if "else" in lower and sum(map(_is_content_word, lower)) <= MAX_CONTENT_WORDS_WITH_ELSE:
        return True
    if _has_no_subject(words) or _is_fragment(lower):
        return True
    return any(_is_unresolved(words, place) for place in range(len(lower)))


def _has_no_subject(words: _Words) -> bool:
    """Return whether none of the words says what the question is about."""
    return all(
        word in FUNCTION_WORDS | _AUXILIARIES | _VAGUE_WORDS | _ADVERBS
        and not (place and words.is_name(place))
        for place, word in enumerate(words.lower)
    )


def _is_fragment(lower: list[str]) -> bool:
    """Return whether a part of the sentence is missing, as in "By whom?" or "Any third type?"."""
    if lower[0] == "any":
        return True
    if 2 <= len(lower) <= 3 and lower[0] in _PREPOSITIONS and lower[1] in _QUESTION_WORDS:
        return True
    return (
        len(lower) >= 2
        and lower[-2] == "by"
        and lower[-1] in ("who", "whom")
        and not _AUXILIARIES.intersection(lower)
    )


def _is_unresolved(words: _Words, place: int) -> bool:
    """Return whether the word at `place` refers to something outside the question."""
    lower = words.lower
    word = lower[place]
    before = lower[place - 1] if place else ""
    after = lower[place + 1] if place + 1 < len(lower) else ""
    if place and words.is_name(place):  # as in "the TV series IT"
        return False
    if word in _SUBJECT_PRONOUNS or word in _POSSESSIVE_PRONOUNS:
        if word == "it" and _EXPLETIVE_IT.search(words.plain):
            return False
        if word == "it":
            is_object = before in _PREPOSITIONS
        else:
            is_object = word == "her" and (not after or after in _PREPOSITIONS)
        return not _antecedents(words, place) or (is_object and _lacks_object(words, place))
    if word in _OBJECT_PRONOUNS:
        return _lacks_object(words, place)
    return _is_unresolved_pointer(words, place, before, after)


def _lacks_object(words: _Words, place: int) -> bool:
    """Return whether an object pronoun has too few antecedents.

    In one clause, it does not refer to the subject: there must be a second one.
    """
    lower = words.lower
    new_clause = any(
        lower[i] in _CLAUSE_STARTERS or (lower[i] == "to" and i + 1 < place)
        for i in range(1, place)
    )
    return _antecedents(words, place) < (1 if new_clause else 2)


def _is_unresolved_pointer(words: _Words, place: int, before: str, after: str) -> bool:
    """Return whether "this", "that", "there" or "then" points outside the question."""
    word = words.lower[place]
    if word in ("this", "these"):
        return after not in _TIME_UNITS and not _antecedents(words, place)
    if word == "those":
        is_defined = after in _CLAUSE_STARTERS | _PREPOSITIONS or after.endswith(("ing", "ed"))
        return not is_defined and not _antecedents(words, place)
    if word == "that":
        if not after:
            return True
        demonstrative = not before or before in _AUXILIARIES | _PREPOSITIONS | {"about"}
        return demonstrative and not _antecedents(words, place)
    if word == "there":
        return not after and before not in _FORMS_OF_BE
    return word == "then" and not after and place > 0


def _antecedents(words: _Words, place: int) -> int:
    """Return how many names and noun phrases before `place` the pronoun there can refer to.

    "Who" is one of them if more is said about it, as in "Who gave a sermon in which he …".
    """
    lower = words.lower
    count = 0
    in_phrase = False
    is_plural = lower[place] in _PLURAL_PRONOUNS
    # In "which group did he", "he" is not the group that is asked for.
    is_inverted = lower[place] in _SUBJECT_PRONOUNS and lower[place - 1] in _AUXILIARIES
    for i in range(place):
        if i and words.is_name(i):
            count += not in_phrase
            in_phrase = True
        elif (
            lower[i] in _DETERMINERS
            and i + 1 < place
            and _is_content_word(lower[i + 1])
            and not (is_inverted and lower[i] in _ASKING_DETERMINERS)
            and not (lower[i] == "what" and _is_verb(lower, i + 1, place))
            and not _leads_into(lower, i + 1, place)
        ) or (
            is_plural
            and not in_phrase
            and i
            and lower[i].endswith("s")
            and _is_content_word(lower[i])
        ):
            count += 1
            in_phrase = True
        elif not _is_content_word(lower[i]):
            in_phrase = False
    if (
        lower[0] == "who"
        and lower[place] not in _THING_PRONOUNS
        and any(map(_is_content_word, lower[1:place]))
    ):
        count += 1
    return count


def _is_verb(lower: list[str], start: int, place: int) -> bool:
    """Return whether the word after "what" is the verb: no auxiliary and no other verb follows."""
    has_auxiliary = _AUXILIARIES.intersection(lower[start : start + 3])
    return not has_auxiliary and sum(map(_is_content_word, lower[start:place])) < 2


def _leads_into(lower: list[str], start: int, place: int) -> bool:
    """Return whether a noun phrase includes the pronoun, as in "the title of his book"."""
    between = lower[start:place]
    return between[-1] in ("of", "with") and not _AUXILIARIES.intersection(between)


def _is_content_word(word: str) -> bool:
    return word not in FUNCTION_WORDS and word not in _AUXILIARIES and word not in _ADVERBS
