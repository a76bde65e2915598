"""Questions to training examples: windows of text that answer, and many ways of not answering.

A reader that has only seen answers finds one in anything. The examples that teach it to abstain
are made by rules from the questions themselves:

    elsewhere     another window of the same article, the one that shares most words
    deleted       the window without the sentence that answers
    exchanged     a name, number or word that question and window share becomes another of its
                  kind, in one of the two; in both, it still answers, so that nothing but the
                  disagreement tells
    negated       the question asks for the contrary
    constrained   the question adds a time or name that the window does not give
    mistyped      another question word: where for when
"""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.split import sentence_spans
from index.types import Span
from qa.train.questions import Paragraph, Question

WINDOW_CHARS = ((250, 550, 0.7), (550, 950, 0.3))
"""Lengths of windows: from, to, and the part of the windows that has them."""
ANSWERED = 0.6
"""The part of the examples that have an answer."""
EXCHANGED_IN_BOTH = 0.25
"""The part of the answered examples in which question and window are changed alike."""
KINDS = {
    "exchanged in question": 0.28,
    "exchanged in window": 0.22,
    "elsewhere": 0.18,
    "deleted": 0.14,
    "negated": 0.06,
    "constrained": 0.08,
    "mistyped": 0.04,
}
"""The parts of the unanswered examples that are made in each way."""

CONTRARIES = """
first last|before after|north south|east west|northern southern|eastern western|largest smallest|
biggest smallest|highest lowest|high low|higher lower|most least|more less|more fewer|best worst|
increase decrease|increased decreased|increasing decreasing|rise fall|rose fell|oldest youngest|
old new|older younger|early late|earlier later|earliest latest|won lost|win lose|began ended|
begin end|start end|started ended|start stop|opened closed|open close|born died|birth death|
male female|men women|man woman|boy girl|father mother|son daughter|brother sister|king queen|
husband wife|his her|he she|good bad|like dislike|love hate|hot cold|long short|longest shortest|
fast slow|strong weak|rich poor|majority minority|maximum minimum|upper lower|inside outside|
above below|left right|major minor|positive negative|same different|common rare|public private|
domestic foreign|internal external|buy sell|bought sold|gain lose|gained lost|join leave|
joined left|attack defend|attacked defended|accept reject|accepted rejected|allow forbid|
allowed forbidden|support oppose|supported opposed|include exclude|included excluded|easy hard|
easiest hardest|easier harder|cheap expensive|cheaper pricier|pros cons|advantage disadvantage|
benefit drawback|legal illegal|possible impossible|able unable|known unknown|happy unhappy|
rural urban|ancient modern|future past|enter leave|entered left|built destroyed|created destroyed|
succeeded failed|success failure|victory defeat|ally enemy|friend enemy|many few|full empty|
heavy light|wide narrow|near far|always never|all none|teacher student|parent child|summer winter|
morning evening|day night|black white|north west|south east|first second|second third|day week|
week month|month year|import export|imported exported|arrived departed|arrive depart
"""
_NEGATE = re.compile(
    r"\b(is|are|was|were|did|does|do|can|could|has|have|had|will|would|should|must)\b", re.I
)
_NAME = re.compile(r"[A-Z][\w'’-]*(?:\s+(?:of\s+|the\s+|de\s+|von\s+)?[A-Z][\w'’-]*)*")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*(?<![.,])(?:st|nd|rd|th|s)?\b")
_WORD = re.compile(r"[A-Za-z]{3,}")
_QUESTION_WORD = re.compile(r"\b(who|when|where|why|how many|how much)\b", re.I)
_FUNCTION_WORDS = frozenset(
    """the and for with from that this these those what who whom whose which when where why how
    did does was were are has have had will would can could should may might must been being
    not but than then there their they them its his her him she you your our into onto about
    over under between among during after before many much some any all each every other another
    one two name called kind type also just very such only out off per doing done got get
    """.split()
)

Exchange = Callable[[str, random.Random], str | None]


@dataclass(frozen=True, slots=True)
class Example:
    """What one step of training sees of a question."""

    question: str
    text: str
    """What is read: a window of a paragraph."""
    answer: Span | None
    """Of `text`; None where it does not answer."""
    kind: str


class Examples:
    """Makes the examples of each epoch, anew and the same for the same seed."""

    def __init__(self, questions: Sequence[Question], similar: Exchange, seed: int) -> None:
        """similar: returns another word for a lower-case one, of its kind but not its sense."""
        self._questions = [question for question in questions if question.answers]
        self._similar = similar
        self._seed = seed
        self._paragraphs: dict[str, list[Paragraph]] = defaultdict(list)
        for paragraph in dict.fromkeys(question.paragraph for question in self._questions):
            self._paragraphs[paragraph.article].append(paragraph)
        self._words = {
            paragraph: _content_words(paragraph.text)
            for among in self._paragraphs.values()
            for paragraph in among
        }
        self._articles = sorted(self._paragraphs)
        self._contraries: dict[str, list[str]] = defaultdict(list)
        for pair in CONTRARIES.replace("\n", "").split("|"):
            one, other = pair.split()
            self._contraries[one].append(other)
            self._contraries[other].append(one)

    def epoch(self, number: int) -> list[Example]:
        """Return one example a question, in random order."""
        made = [
            self._example(question, random.Random(f"{self._seed}:{number}:{place}"))
            for place, question in enumerate(self._questions)
        ]
        random.Random(f"{self._seed}:{number}").shuffle(made)
        return made

    def _example(self, question: Question, rng: random.Random) -> Example:
        if rng.random() >= ANSWERED:
            kinds = rng.choices(list(KINDS), list(KINDS.values()), k=4)
            for kind in kinds:
                if example := self._unanswered(kind, question, rng):
                    return example
        answer = question.answer if rng.random() < 0.75 else rng.choice(question.answers)
        example = _windowed(question, answer, rng)
        if rng.random() < EXCHANGED_IN_BOTH:
            return self._exchanged_in_both(example, question, rng) or example
        return example

    def _unanswered(self, kind: str, question: Question, rng: random.Random) -> Example | None:
        if kind == "elsewhere":
            return self._elsewhere(question, rng)
        example = _windowed(question, question.answer, rng)
        if kind == "deleted":
            return _deleted(example, question)
        if kind == "negated":
            return _asked_otherwise(example, _negated(example.question), kind)
        if kind == "mistyped":
            return _asked_otherwise(example, _mistyped(example.question, rng), kind)
        if kind == "constrained":
            return self._constrained(example, question, rng)
        exchange = self._exchange(example, question, rng)
        if exchange is None:
            return None
        old, new = exchange
        if kind == "exchanged in question":
            return _asked_otherwise(example, _replaced(example.question, old, new), kind)
        text = _replaced(example.text, old, new)
        return Example(example.question, text, None, kind) if text != example.text else None

    def _exchanged_in_both(
        self, example: Example, question: Question, rng: random.Random
    ) -> Example | None:
        """Return the example with one shared term exchanged in question and text alike."""
        exchange = self._exchange(example, question, rng)
        if exchange is None or example.answer is None:
            return None
        old, new = exchange
        before = _replaced(example.text[: example.answer.start], old, new)
        answer = example.text[example.answer.start : example.answer.end]
        after = _replaced(example.text[example.answer.end :], old, new)
        span = Span(len(before), len(before) + len(answer))
        asked = _replaced(example.question, old, new)
        return Example(asked, before + answer + after, span, "exchanged in both")

    def _exchange(
        self, example: Example, question: Question, rng: random.Random
    ) -> tuple[str, str] | None:
        """Return a term that question and text share, and another one of its kind.

        Numbers and names are taken before other words, and from the same text where it has
        some: the hardest to tell from what was asked for.
        """
        if example.answer is None:
            return None
        answer = example.text[example.answer.start : example.answer.end]
        around = example.text[: example.answer.start] + " \0 " + example.text[example.answer.end :]
        terms = _names(example.question) + _NUMBER.findall(example.question)
        terms = [term for term in terms if _find(around, term) and term not in answer]
        words = [
            word
            for word in _WORD.findall(example.question)[1:]
            if word.lower() not in _FUNCTION_WORDS
            and word.islower()
            and _find(around, word)
            and not _find(answer, word)
        ]
        opposed = [word for word in words if word in self._contraries]
        for pool, chance in ((opposed, 0.6), (terms, 0.7), (words, 1.0)):
            if pool and rng.random() < chance:
                old = rng.choice(pool)
                if new := self._instead(old, example.text, answer, question.paragraph, rng):
                    return old, new
        return None

    def _instead(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        if _NUMBER.fullmatch(old):
            return self._other_number(old, text, answer, paragraph, rng)
        if old[0].isupper():
            return self._other_name(old, text, answer, paragraph, rng)
        if old in self._contraries:
            return rng.choice(self._contraries[old])
        return self._similar(old, rng)

    def _other_number(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        others = self._others(_NUMBER.findall, old, text, answer, paragraph, rng)
        alike = [other for other in others if len(other) == len(old)]
        if alike and rng.random() < 0.6:
            return rng.choice(alike)
        digits = re.sub(r"\D", "", old)
        changed = max(
            0, int(digits[:9]) + rng.choice([-1, 1]) * rng.choice([1, 1, 2, 3, 5, 10, 20])
        )
        return (
            old.replace(digits, str(changed)) if digits in old and str(changed) != digits else None
        )

    def _other_name(
        self, old: str, text: str, answer: str, paragraph: Paragraph, rng: random.Random
    ) -> str | None:
        others = self._others(_names, old, text, answer, paragraph, rng)
        words = len(old.split())
        alike = [other for other in others if len(other.split()) == words] or others
        return rng.choice(alike) if alike else None

    def _others(
        self,
        find: Callable[[str], list[str]],
        old: str,
        text: str,
        answer: str,
        paragraph: Paragraph,
        rng: random.Random,
    ) -> list[str]:
        """Return other terms of a kind: of the text itself, its article, or any article."""
        sources = [text]
        if rng.random() < 0.5:
            sources = [rng.choice(self._paragraphs[paragraph.article]).text]
        strange = rng.choice(self._paragraphs[rng.choice(self._articles)]).text
        for source in (*sources, strange):
            others = [
                other
                for other in dict.fromkeys(find(source))
                if other.lower() not in old.lower()
                and old.lower() not in other.lower()
                and other not in answer
            ]
            if others:
                return others
        return []

    def _elsewhere(self, question: Question, rng: random.Random) -> Example | None:
        """Return the paragraph of the article, of a few, that shares most words; not the own."""
        among = self._paragraphs[question.paragraph.article]
        own = {
            question.paragraph.text[answer.start : answer.end].lower()
            for answer in question.answers
        }
        tried = rng.sample(among, min(len(among), 12))
        others = [
            other
            for other in tried
            if other != question.paragraph and not any(a in other.text.lower() for a in own)
        ]
        if not others:
            return None
        asked = _content_words(question.text)
        best = max(others, key=lambda other: len(asked & self._words[other]))
        window = _window(best.text, Span(middle := rng.randrange(len(best.text)), middle), rng)
        return Example(question.text, best.text[window.start : window.end], None, "elsewhere")

    def _constrained(
        self, example: Example, question: Question, rng: random.Random
    ) -> Example | None:
        if example.answer is None or not example.question.endswith("?"):
            return None
        answer = example.text[example.answer.start : example.answer.end]
        sentence = _sentence_of(example.text, example.answer)
        near = example.text[sentence.start : sentence.end]
        numbers: Callable[[str], list[str]] = _NUMBER.findall
        find = _names if rng.random() < 0.5 else numbers
        others = self._others(find, answer, example.text, answer, question.paragraph, rng)
        others = [other for other in others if other not in near and other not in example.question]
        if not others:
            return None
        other = rng.choice(others)
        link = "in" if find is not _names else rng.choice(["in", "for", "according to", "with"])
        asked = f"{example.question[:-1].rstrip()} {link} {other}?"
        return Example(asked, example.text, None, "constrained")


def _asked_otherwise(example: Example, question: str | None, kind: str) -> Example | None:
    if not question or question == example.question:
        return None
    return Example(question, example.text, None, kind)


def _windowed(question: Question, answer: Span, rng: random.Random) -> Example:
    window = _window(question.paragraph.text, answer, rng)
    text = question.paragraph.text[window.start : window.end]
    return Example(
        question.text,
        text,
        Span(answer.start - window.start, answer.end - window.start),
        "answered",
    )


def _window(text: str, inside: Span, rng: random.Random) -> Span:
    """Return a range around `inside` of a random length, mostly of whole sentences."""
    low, high, _ = rng.choices(WINDOW_CHARS, [part for _, _, part in WINDOW_CHARS])[0]
    length = max(rng.randint(low, high), len(inside))
    start = max(0, min(inside.start - rng.randint(0, length - len(inside)), len(text) - length))
    end = min(len(text), start + length)
    if rng.random() < 0.8:
        sentences = sentence_spans(text, Span(0, len(text)))
        starts = [s.start for s in sentences if s.start <= inside.start]
        later = [s for s in starts if s >= start]
        start = (later or starts or [start])[0 if later else -1]
        ends = [s.end for s in sentences if s.end >= inside.end]
        earlier = [e for e in ends if e <= end]
        end = earlier[-1] if earlier else (ends or [end])[0]
    else:
        while 0 < start < inside.start and not text[start - 1].isspace():
            start += 1
        while inside.end < end < len(text) and not text[end].isspace():
            end -= 1
    return Span(min(start, inside.start), max(end, inside.end))


def _deleted(example: Example, question: Question) -> Example | None:
    """Return the window without its answering sentence, if the answer stands in no other one."""
    if example.answer is None:
        return None
    sentence = _sentence_of(example.text, example.answer)
    rest = (example.text[: sentence.start] + example.text[sentence.end :].lstrip()).strip()
    answers = [question.paragraph.text[a.start : a.end].lower() for a in question.answers]
    if len(rest) < 60 or any(answer in rest.lower() for answer in answers):
        return None
    return Example(example.question, rest, None, "deleted")


def _negated(question: str) -> str | None:
    """Return the question with "not" in or out, or None where it has no place for it."""
    if re.search(r"\bnot\b|n't\b", question):
        whole = question.replace("can't", "can").replace("won't", "will").replace("n't", "")
        return re.sub(r"\s+not\b", "", whole)
    verb = _NEGATE.search(question)
    if verb is None:
        return None
    form = verb[0]
    contracted = {"can": "can't", "will": "won't"}.get(form.lower(), f"{form}n't")
    return question[: verb.start()] + contracted + question[verb.end() :]


def _mistyped(question: str, rng: random.Random) -> str | None:
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


def _sentence_of(text: str, answer: Span) -> Span:
    sentences = sentence_spans(text, Span(0, len(text)))
    starts = [sentence.start for sentence in sentences]
    first = max(0, bisect_right(starts, answer.start) - 1)
    last = max(first, bisect_right(starts, max(answer.start, answer.end - 1)) - 1)
    if not sentences:
        return Span(0, len(text))
    return Span(sentences[first].start, max(answer.end, sentences[last].end))


def _names(text: str) -> list[str]:
    """Return the capitalised names of a text, none from the first word of a sentence."""
    return [
        match[0]
        for match in _NAME.finditer(text)
        if len(match[0]) > 2
        and not re.search(
            r"(?:^|[.!?:\n][\"'”’)]*)\s*$", text[max(0, match.start() - 4) : match.start()]
        )
    ]


def _find(text: str, term: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.I) is not None


def _replaced(text: str, old: str, new: str) -> str:
    """Return `text` with every whole `old`, whatever its case, become `new`."""

    def instead(match: re.Match[str]) -> str:
        return new.capitalize() if match[0][0].isupper() and new.islower() else new

    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", instead, text, flags=re.I)


def _content_words(text: str) -> frozenset[str]:
    return frozenset(w for w in map(str.lower, _WORD.findall(text)) if w not in _FUNCTION_WORDS)


def kinds(examples: Sequence[Example]) -> Counter[str]:
    """Return how many examples were made in each way."""
    return Counter(example.kind for example in examples)
