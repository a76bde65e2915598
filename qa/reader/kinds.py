"""Recognises what kind of answer a question wants, by the words of the question alone."""

from __future__ import annotations

import re

from index.fillers import FUNCTION_WORDS
from index.question import Question
from qa.types import Kind as Kind  # re-exported: `kind_of` returns it

MAX_OPENING_CHARS = 80
"""Of the words before the comma in "In 2020, did he win?"."""

_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|shall|should|must|might"
    r"|may|ought)(?:n['’]?t)?|won['’]?t|can['’]?t|cannot|ain['’]?t"
)
_WH = r"(?:who|whom|whose|what|which|when|where|why|how)(?:['’](?:s|re|d|ll|ve))?"
_PERSON = r"(?:you|u|we|i|they|anyone|anybody|someone|somebody)"
_POLITE = re.compile(
    rf"(?:(?:hi|hello|hey|ok|okay|well|so|and|but|then|also|please|thanks|sorry)\b[ ,!.]*"
    rf"|(?:can|could|would|will) {_PERSON} (?:please |kindly )?(?:tell|show|explain|remind|give)"
    r"(?: to)?(?: me| us)?\b[ ,]*"
    rf"|(?:do|does|did) {_PERSON} (?:happen to )?know (?=if|whether|{_WH})"
    r"|(?:i|we)(?:['’]d| would| want to| need to|['’]m| am| was)? ?"
    r"(?:like to know|know|wonder(?:ing)?|curious|interested to know|asking)\b[ ,]*"
    r"|(?:please )?(?:tell|remind|show) (?:me|us)\b[ ,:]*"
    r"|(?:does it|does the (?:text|article)|does this) (?:say|tell(?: us)?|mention|explain) "
    rf"(?=if|whether|{_WH}))+",
    re.IGNORECASE,
)
_PREPOSITION = r"(?:in|on|at|by|for|from|to|with|of|under|during|through|into|after|before|since)"
_OPENING = re.compile(
    rf"(?:{_PREPOSITION}|as of|according to|when|while|if|once|because|besides|apart from"
    rf"|other than|despite|given) [^,?]{{1,{MAX_OPENING_CHARS}}}, "
    rf"(?=(?:{_PREPOSITION} )?(?:{_WH}|{_AUXILIARY}|name|list)\b)",
    re.IGNORECASE,
)
_TEXT = (
    r"(?:[\w'’-]+ ){0,3}?(?:text|article|document|file|page|story|report|piece|note|corpus"
    r"|collection|folder|biography|blog|book|chapter|email|e-mail|essay|guide|handbook|interview"
    r"|leaflet|letter|mail|manual|memo|message|newsletter|paper|post|recipe|review|speech|study"
    r"|thread|transcript|tutorial)s?"
)
_ABOUT = re.compile(
    r"(?:please )?(?:summari[sz]e|sum(?: \w+)? up)\b"
    r"|(?:(?:give|write|make)(?: me| us)? )?(?:a |an |the )?(?:\w+ )?"
    r"(?:summary|overview|gist|outline|synopsis|abstract|tl;?dr)\b(?! (?:\w+ )?(?:was|were|is)\b)"
    r"|what(?:['’]?s| is| are| was| were)? "
    rf"(?:it|they|this|that|these|those|(?:the|this|that|these|those) {_TEXT})"
    r"(?: all| mainly| mostly)? about\b"
    r"|(?:more |all |something |everything )?about (?!\d|how\b|what\b|when\b|which\b|who\b)"
    r"|what (?:can|could|do) you (?:tell|know|say)(?: me| us)? about\b"
    rf"|what (?:does|do|is) (?:this|it|(?:the|this|these) {_TEXT})"
    r" (?:deal|talk|discuss|cover|say$|say\?)"
    r"|what (?:is|are|was|were) the (?:main|key|central|most important|principal|essential) "
    r"(?:points?|ideas?|topics?|themes?|subjects?|messages?|takeaways?)\b"
    r"|(?:the )?(?:main|key) (?:points|ideas|topics|themes|takeaways)\b(?! \w+ing\b)",
    re.IGNORECASE,
)
_COUNT = re.compile(
    rf"(?:(?:{_PREPOSITION}|about|roughly|approximately) )?how many\b"
    r"|(?:what|which) (?:(?:is|was|are|were) )?(?:the )?(?:\w+ )?(?:number|count|tally)\b"
    r"|(?:give |state |count )?(?:me )?(?:the )?(?:total |overall |exact )?number of\b",
    re.IGNORECASE,
)
_NUMBER = (
    r"(?:\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|both|several|some|any"
    r"|other|different|main|new|various)"
)
_NAME = (
    r"(?:also |commonly |often |usually )?"
    r"(?:called|named|spelled|spelt|pronounced|known|abbreviated|termed|dubbed|referred to)\b"
)
_ASKS_A_NAME = re.compile(
    rf"how (?:{_AUXILIARY}) [^?]*\b{_NAME}"
    rf"|(?:what|which) (?!{_NUMBER} )[^?]*\b{_NAME}(?: as)?\W*$"
    rf"|(?:what|which) (?:name|term|title)\b",
    re.IGNORECASE,
)
_EXPLAIN = re.compile(
    r"why\b|how come\b|what for\b"
    rf"|how (?:exactly |else |then |on earth )?(?:{_AUXILIARY}|to)\b|how['’](?:s|d|re|ve)\b"
    r"|how (?:a|an|the|this|that|these|those|his|her|its|their|my|your|our|i|you|he|she|it|we|they"
    r"|one|people)\b"
    rf"|how\?|how$"
    rf"|(?:{_PREPOSITION} )(?:what|which) (?:\w+ )?(?:reasons?|purposes?|way|manner|means|causes?"
    r"|circumstances?|conditions?)\b"
    r"|what (?:\w+ )?(?:reasons?|causes?|purpose)\b"
    r"|what(?:['’]s| is| was| are| were) the (?:\w+ )?(?:reasons?|causes?|purpose|point"
    r"|consequences?|effects?|outcome|aftermath|background|explanation|process|mechanism|procedure)\b"
    r"|what (?:else |then |actually |really |exactly |has |had |will |would |is |was )*"
    r"(?:happen|caus|led\b|leads?\b|trigger|prompt|explain|sparked|provoked|motivat|inspired"
    r"|went wrong|goes wrong|occurr|(?:made|makes|make) (?:\w+ ){1,4}\w+)"
    rf"|what (?:did|does|do|will|would|should|must|can|could|might) (?!\w+ (?:consist|cost)\b)"
    r"(?:[\w'’\"“”‘`-]+ ){1,5}?(?:do|mean|say|said|think|argue|claim|suggest|recommend|propose"
    r"|demand|promise|warn|explain)\b(?! for a living)"
    r"|what (?:is|are|was|were) (?:[\w'’-]+ ){1,5}?(?:going|planning|expected|supposed) to do\b"
    r"|what (?:to do|if)\b|(?:please )?(?:explain|describe)\b",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"(?:please )?(?:list|name|enumerate|identify|mention|give)\b"
    rf" (?:me |us )?(?:(?:all|every|each|the|some|any|{_NUMBER}|\w+s)\b"
    r"|(?:his|her|its|their) \w+s\b)"
    r"|(?:all|every) (?:the |of the )?\w+"
    r"|(?:who|whom|what|where|when|which)(?: \w+)? else\b|who all\b|what all\b"
    rf"|(?:{_PREPOSITION} )?(?:what|which) (?:other|different|all)\b"
    rf"|(?:{_PREPOSITION} )?(?:what|which) (?:kinds|types|sorts|forms)\b"
    r"|what (?:are|were) (?:(?:some|all|any|both)(?: of)? )?"
    r"(?:the|his|her|its|their|my|our|your|some)\b"
    r"|who (?:are|were) (?:the|his|her|its|their|my|our|your|all|both|some)\b"
    r"|what (?:does|do|did) [^?]* (?:consist of|comprise|include|contain)\b"
    r"|what (?:do|does|did|will|would) (?:[\w'’-]+ ){1,4}?need\b(?! to\b)"
    r"|what (?:is|was) [^?]*(?:made (?:up )?of|composed of|included|contained)\W*$"
    r"|what(?:['’]s| is| are| was| were) (?:in|inside|included|on|sold|offered|served|produced"
    r"|missing|broken|allowed|forbidden)\b"
    r"|who (?:is|was|are|were) (?:present|absent|there|in attendance)\b"
    r"|who (?:attended|took part)\b",
    re.IGNORECASE,
)
_ASKED_NOUN = re.compile(
    rf"(?:{_PREPOSITION} )?(what|which) (?:of (?:the|these|those|his|her|its|their) )?"
    rf"((?:{_NUMBER} )*)([\w'’-]+)(?: ([\w'’-]+))?(?: ([\w'’-]+))?",
    re.IGNORECASE,
)
_AUXILIARY_WORD = re.compile(_AUXILIARY, re.IGNORECASE)
_PLURALS = frozenset(
    """people men women children feet teeth geese mice police wives knives lives leaves loaves
    halves shelves thieves wolves crises analyses bases theses criteria phenomena data media
    bacteria staff clergy cattle""".split()
)
_SAME_IN_PLURAL = frozenset("species series".split())
_DETERMINERS = frozenset("a an the his her its their to".split())
_SINGULARS = frozenset(
    """always analysis apparatus as basis boss bus business campus chaos christmas class congress
    corps crisis cross diabetes does emphasis focus gas glass grass has headquarters his is its
    lens less loss mass means mess mathematics news pass physics plus politics press process
    progress series species status stress success surplus this thus times us various virus was
    witness""".split()
)
PRESENT_VERBS = frozenset(
    """adds allows appears applies attracts becomes begins belongs breaks brings causes changes
    comes connects contains controls costs covers creates decides defines depends determines
    distinguishes does drives ends enables ensures exists explains follows forms gives goes grows
    happens has helps holds includes indicates influences is keeps kills leads lies limits lives
    looks makes matters means moves needs prevents produces protects provides remains replaces
    represents requires runs says separates sets shows stands starts stays stops supports surrounds
    takes tells threatens triggers turns uses wants was works worries""".split()
)
_ASKS_TRUTH = re.compile(
    rf"(?:if|whether)\b|(?:is|was) it true\b|(?:{_AUXILIARY}) +\S", re.IGNORECASE
)
_NAMES = re.compile(r"(?:May|Will|Mark|Can) (?:\d|[A-Z]\w*(?: [\w'’]+){0,2}$)|[Mm]ay (?:\d|day\b)")
"""A date or a name that begins like a question."""
_TAG = re.compile(
    rf",? (?:right|correct|true|yes|no|(?:{_AUXILIARY}) (?:not )?\w+)\?$", re.IGNORECASE
)
_STATES = re.compile(rf"\S+ .*\b(?:{_AUXILIARY})\b.*\S+\?$", re.IGNORECASE | re.DOTALL)
_ANY_WH = re.compile(rf"\b{_WH}\b", re.IGNORECASE)


def kind_of(question: Question) -> Kind:
    """Return what kind of answer a question wants.

    A few words such as "amnesty date" want what the question they stand for wants, a span.
    """
    text = bare(question.asked)
    if _ABOUT.match(text):
        return "about"
    if _asks_truth(text):
        return "yes_no"
    if _COUNT.match(text):
        return "count"
    if _ASKS_A_NAME.match(text):
        return "span"
    if _EXPLAIN.match(text):
        return "explain"
    if _LIST.match(text) or _asks_for_several(text):
        return "list"
    return "span"


def bare(question: str) -> str:
    """Return a question without greetings, "could you tell me", and what is before the question.

    On one line, as in "did he win?" for "Please tell me: in 2020, did he win?".
    """
    text = " ".join(question.split()).lstrip("\"'“‘¿-–— ")
    polite = _POLITE.match(text)
    text = text[polite.end() :].lstrip(" ,:") if polite else text
    opening = _OPENING.match(text)
    return (text[opening.end() :] if opening else text) or question


def _asks_truth(text: str) -> bool:
    """Return whether a question can be answered by yes or no."""
    if _NAMES.match(text):
        return False
    if _ASKS_TRUTH.match(text):
        return True
    if not text.endswith("?") or _ANY_WH.search(text):
        return False
    return bool(_TAG.search(text) or _STATES.match(text))


def _asks_for_several(text: str) -> bool:
    """Return whether a question asks for a noun in the plural, as in "Which two towns …?"."""
    found = _ASKED_NOUN.match(text)
    if found is None:
        return False
    asks, number, *words = found.groups()
    first, second, third = (word or "" for word in words)
    if first.lower() in FUNCTION_WORDS:
        return False
    if number and (is_plural(first) or first.lower() in _SAME_IN_PLURAL):
        return True
    if is_plural(first):
        is_noun = _AUXILIARY_WORD.fullmatch(second) or second.lower() in ("of", "in", "on", "that")
        return bool(is_noun) or (asks.lower() == "which" and second.lower() not in FUNCTION_WORDS)
    is_subject = bool(_AUXILIARY_WORD.fullmatch(third)) or first.istitle()
    return is_plural(second) and is_subject and third.lower() not in _DETERMINERS


def is_plural(word: str) -> bool:
    """Return whether a word looks like a noun in the plural."""
    lower = word.lower()
    if lower in _PLURALS:
        return True
    ends = lower.endswith("s") and not lower.endswith(("ss", "us", "is", "'s", "’s"))
    return ends and len(lower) > 3 and lower not in _SINGULARS and lower not in PRESENT_VERBS
