"""Changes the wording by rules: opposites, adding or removing "not", other question words.

For English only, without any grammar. A sentence that reads oddly is still useful: the reader only
has to notice that question and text disagree.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Sequence

OPPOSITES = """
first last|before after|north south|east west|northern southern|eastern western|largest smallest|
biggest smallest|highest lowest|high low|higher lower|most least|more less|more fewer|best worst|
increase decrease|increased decreased|increasing decreasing|increases decreases|rise fall|
rose fell|oldest youngest|old new|older younger|early late|earlier later|earliest latest|won lost|
win lose|began ended|begin end|start end|started ended|start stop|opened closed|open close|
born died|birth death|male female|men women|man woman|boy girl|father mother|son daughter|
brother sister|king queen|husband wife|his her|he she|good bad|like dislike|love hate|hot cold|
long short|longest shortest|fast slow|strong weak|rich poor|majority minority|maximum minimum|
upper lower|inside outside|above below|left right|major minor|positive negative|same different|
common rare|public private|domestic foreign|internal external|buy sell|bought sold|gain lose|
gained lost|join leave|joined left|attack defend|attacked defended|accept reject|
accepted rejected|allow forbid|allowed forbidden|support oppose|supported opposed|include exclude|
included excluded|easy hard|easiest hardest|easier harder|cheap expensive|cheaper pricier|
pros cons|advantage disadvantage|benefit drawback|legal illegal|possible impossible|able unable|
known unknown|happy unhappy|rural urban|ancient modern|future past|enter leave|entered left|
built destroyed|created destroyed|succeeded failed|success failure|victory defeat|ally enemy|
friend enemy|many few|full empty|heavy light|wide narrow|near far|always never|all none|
teacher student|parent child|summer winter|morning evening|day night|black white|north west|
south east|first second|second third|day week|week month|month year|import export|
imported exported|arrived departed|arrive depart|usually rarely|often seldom|always sometimes|
some none|every no|single multiple|similar different|alike different|together apart|with without|
correct wrong|correctly wrongly|true false|direct indirect|directly indirectly|formal informal|
regular irregular|normal abnormal|equal unequal|complete incomplete|fundamental minor|
important unimportant|necessary unnecessary|likely unlikely|natural artificial|simple complex|
central local|national international|global local|general special|specific general|
primary secondary|active passive|voluntary compulsory|required forbidden|banned allowed|
approved rejected|confirmed denied|protect harm|protects harms|help hinder|helped hindered|
cause prevent|causes prevents|caused prevented|improve worsen|improved worsened|attract repel|
attracts repels|encourage discourage|encouraged discouraged|raise lower|raised lowered|
expand shrink|expanded shrank|appear vanish|appeared vanished|remember forget|present absent|
visible invisible|aware unaware|popular unpopular|successful unsuccessful|friendly hostile|
peace war|north east|dead alive|young old|front back|top bottom|indoor outdoor|
amateur professional|civilian military|religious secular|guilty innocent|winner loser|
buyer seller|employer employee|landlord tenant|doctor patient|author reader|cause effect|
question answer|offer demand|profit loss|income expense|debit credit|arrival departure|
entrance exit|beginning end|introduction removal|creation destruction|growth decline|
grew shrank|strengthen weaken|strengthened weakened|accelerate slow|permanent temporary|
pathogens cells|understanding misunderstanding|understandings misunderstandings
"""
_PREFIXES = {
    "un": "", "in": "", "im": "", "ir": "", "il": "", "dis": "", "mis": "", "non": "", "ab": "",
    "anti": "pro", "pro": "anti", "over": "under", "under": "over", "micro": "macro",
    "macro": "micro", "pre": "post", "post": "pre", "intra": "inter", "inter": "intra",
    "mono": "poly", "hyper": "hypo", "up": "down", "down": "up",
}  # fmt: skip
"""Prefixes, and what replaces them in the opposite of a word."""
MIN_STEM_CHARS = 4
_BE = r"is|are|was|were|has|have|had"
_DO = r"did|does|do|can|could|will|would|should|must|may|might"
_AUXILIARY = re.compile(rf"\b({_BE}|{_DO})\b", re.I)
_BEING = re.compile(_BE, re.I)
_NOT = re.compile(r"\s+(?:not|never)\b|^(?:not|never)\s+|n't\b|(?<=\bcan)not\b", re.I)
_SHORT_FOR = {"can't": "can", "won't": "will"}
_SHORT = re.compile("|".join(rf"\b{short}\b" for short in _SHORT_FOR), re.I)
_NO_AUXILIARY = re.compile(
    r"^\W*(who|what|which \w+|how many \w+)\s+([a-z]+(?:ed|s)|won|had|made|led)\b", re.I
)
_MARKED = frozenset(
    """a an the this that these those its his her their my our your of in on at by for from to as
    and or with into than first last new old other more most some any all each every both""".split()
)
_NAME = re.compile(r"[A-Z][\w'’-]*(?:\s+(?:of\s+|the\s+|de\s+|von\s+)?[A-Z][\w'’-]*)*")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*(?<![.,])(?:st|nd|rd|th|s)?\b")
_WORD = re.compile(r"[A-Za-z]{3,}")
_QUESTION_WORD = re.compile(r"\b(who|when|where|why|how many|how much)\b", re.I)
FUNCTION_WORDS = frozenset(
    """the and for with from that this these those what who whom whose which when where why how
    did does was were are has have had will would can could should may might must been being
    not but than then there their they them its his him her she you your our into onto about
    over under between among during after before many much some any all each every other another
    one two name called kind type also just very such only out off per doing done got get
    """.split()
)


def _opposites() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for pair in OPPOSITES.replace("\n", "").split("|"):
        one, other = pair.split()
        found[one].append(other)
        found[other].append(one)
    return dict(found)


_OPPOSITES = _opposites()


def has_opposite(word: str) -> bool:
    """Return whether the table has an opposite of a lower-case word."""
    return word in _OPPOSITES


def opposite(word: str, rng: random.Random, is_word: Callable[[str], bool]) -> str:
    """Return a word of opposite meaning: from the table, by its prefix, or with "non" before it.

    is_word: returns whether a word exists. "iversity" is not the opposite of "university".
    """
    if word in _OPPOSITES:
        return rng.choice(_OPPOSITES[word])
    exchanged = [
        other + word.removeprefix(prefix)
        for prefix, other in _PREFIXES.items()
        if word.startswith(prefix)
    ]
    known = [one for one in exchanged if len(one) > MIN_STEM_CHARS and is_word(one)]
    return rng.choice(known or [f"{before}{word}" for before in ("non ", "non-", "un", "not ")])


def negated_question(question: str, rng: random.Random) -> str | None:
    """Return the question with "not" added or removed; None if it has no place for one."""
    if _NOT.search(question):
        return _without_not(question)
    auxiliary = _AUXILIARY.search(question)
    if auxiliary is None:
        return _negated_verb(question, rng)
    if rng.random() < 0.25:
        contracted = _contracted(auxiliary[0])
        return question[: auxiliary.start()] + contracted + question[auxiliary.end() :]
    after = list(re.finditer(r"\S+", question.rstrip(" ?")))
    after = [word for word in after if word.start() > auxiliary.start()]
    place = auxiliary.end()
    if not _BEING.fullmatch(auxiliary[0]) or not _predicate_first(after):
        place = rng.choice(_verbs(after) or [place])
    word = rng.choice(["not", "not", "not", "never"])
    return f"{question[:place].rstrip()} {word} {question[place:].lstrip()}".replace(" ?", "?")


def _predicate_first(after: Sequence[re.Match[str]]) -> bool:
    """Return whether no subject follows a form of "be", as in "who was exempt"."""
    first = after[0][0] if after else ""
    participle = any(word[0].endswith(("ed", "en")) for word in after[1:])
    return not first or (first[0].islower() and (first.lower() not in _MARKED or not participle))


def _verbs(after: Sequence[re.Match[str]]) -> list[int]:
    """Return the offsets of words that may be the verb, judging by the words around them."""
    places = []
    for number, word in enumerate(after):
        before = after[number - 1][0].lower() if number else "the"
        next_word = after[number + 1][0] if number + 1 < len(after) else "in"
        ends = not next_word[0].islower() or (next_word in _MARKED and next_word != "of")
        if word[0][0].islower() and ends and before not in _MARKED and word[0] not in _MARKED:
            places.append(word.start())
    return places


def negated_sentence(sentence: str) -> str | None:
    """Return the sentence with "not" after its first auxiliary, or with its "not" removed.

    None if it has neither.
    """
    if _NOT.search(sentence):
        return _without_not(sentence)
    auxiliary = _AUXILIARY.search(sentence)
    if auxiliary is None:
        return None
    return f"{sentence[: auxiliary.end()]} not{sentence[auxiliary.end() :]}"


def _without_not(text: str) -> str:
    """Return the text without any "not"."""
    whole = _SHORT.sub(lambda short: _cased(_SHORT_FOR[short[0].lower()], short[0]), text)
    return _NOT.sub("", whole)


def _cased(word: str, like: str) -> str:
    return word.capitalize() if like[0].isupper() else word


def _negated_verb(question: str, rng: random.Random) -> str | None:
    """Return a question that asks for its subject, such as "who won", with its verb negated."""
    found = _NO_AUXILIARY.search(question)
    if found is None:
        return None
    start, end = found.span(2)
    verb = found[2]
    options = [f"never {verb}", f"failed to {verb.removesuffix('ed').removesuffix('s')}"]
    if verb.endswith("s"):
        options += [f"does not {verb[:-1]}"] * 3
    elif verb.endswith("ed"):
        options += [f"did not {verb[:-2]}", f"did not {verb[:-1]}"]
    else:
        options += [f"did not {verb}", f"do not {verb}"]
    return question[:start] + rng.choice(options) + question[end:]


def _contracted(auxiliary: str) -> str:
    known = {"can": "can't", "will": "won't", "may": "may not", "might": "might not"}
    if auxiliary.lower() not in known:
        return f"{auxiliary}n't"
    return _cased(known[auxiliary.lower()], auxiliary)


def with_other_question_word(question: str, rng: random.Random) -> str | None:
    """Return the question with another question word; None if it has none that is known."""
    found = _QUESTION_WORD.search(question)
    if found is None:
        return None
    kinds = ["who", "when", "where", "why", "how many"]
    others = [
        kind for kind in kinds if kind != found[0].lower() and kind[:3] != found[0][:3].lower()
    ]
    new = rng.choice(others)
    new = new.capitalize() if found[0][0].isupper() else new
    return question[: found.start()] + new + question[found.end() :]


def names(text: str) -> list[str]:
    """Return the capitalised names in a text, except those that start a sentence."""
    return [
        match[0]
        for match in _NAME.finditer(text)
        if len(match[0]) > 2
        and not re.search(
            r"(?:^|[.!?:\n][\"'”’)]*)\s*$", text[max(0, match.start() - 4) : match.start()]
        )
    ]


def numbers(text: str) -> list[str]:
    """Return the numbers in a text as they are written."""
    return _NUMBER.findall(text)


def is_number(term: str) -> bool:
    """Return whether the whole term is a number."""
    return _NUMBER.fullmatch(term) is not None


def words(text: str) -> list[str]:
    """Return the words of three or more letters."""
    return _WORD.findall(text)


def content_words(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, without function words."""
    return frozenset(w for w in map(str.lower, words(text)) if w not in FUNCTION_WORDS)


def contains(text: str, term: str) -> bool:
    """Return whether a text contains a term as whole words, ignoring case."""
    return re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.I) is not None


def replaced(text: str, old: str, new: str) -> str:
    """Return the text with `new` for every whole word `old`, ignoring case."""

    def instead(match: re.Match[str]) -> str:
        return new.capitalize() if match[0][0].isupper() and new.islower() else new

    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", instead, text, flags=re.I)
