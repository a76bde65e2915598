"""Sample questions about a corpus: made from its sentences, and kept only if these answer them.

A sentence such as "The bridge was built in 1932." makes "When was the bridge built?".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import QAError
from index.split import sentences_of
from index.types import Article, Passage, Span
from index.view import shown

if TYPE_CHECKING:
    from qa.corpus import Corpus

SAMPLED_ARTICLES, SAMPLED_PASSAGES = 20, 60
"""Articles that questions are made from, and passages of all of them together."""
MAX_CHECKED = 16
"""Questions that are asked to find those that are answered; each takes about 0.1 s."""
MAX_SUGGESTED = 3
"""Questions that are shown."""
MIN_SURE = 0.6
"""Confidence from which a question is a good example."""
MAX_QUESTION_CHARS = 56
"""So that it stands on one line of a narrow terminal."""
MAX_SENTENCE_CHARS = 400
MIN_STEP_CHARS = 20
"""Less than that does not say how something is done."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A question, and what it was made from."""

    question: str
    kind: str
    """What it asks for. Questions of different kinds make better examples together."""
    subject: str
    article: str
    """Id of the article."""
    span: Span | None
    """Of the sentence that has to answer; None if any passage may."""


_WORD = r"[A-Z][\w-]+(?:['’]\w{2,})?"
_NAME = rf"{_WORD}(?: (?:of |de |van |von |the )?{_WORD}){{0,3}}\b(?!['’])"
_THING = rf"(?:[Tt]he [a-z]\w+(?: [a-z]\w+)?(?: of {_NAME})?|[Tt]he {_NAME}|{_NAME})"
_BEFORE_PART = re.compile(r"\b(?:at|behind|by|for|from|in|near|of|on|to|under|with) (?:the )?$")
"""Before a name that belongs to what is spoken of: "The tower in Ashford was built in 1932."."""
_DONE = (
    r"(?:\w{2,}(?:ed|en|wn|ught|ilt|ade|eld|ung|ost|old|orn)|dug|cut|put|set|hung|sunk|shot|laid)"
)
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"(?:(?:\d{{1,2}} )?{_MONTH}|(?:early |late )?\d{{4}}\b)"
_ROLES = (
    "actor actress architect artist author baker captain carpenter chair chairman chief clerk "
    "composer countess director doctor editor engineer farmer father founder gardener general "
    "head historian husband king lawyer leader librarian mayor member minister mother owner "
    "painter physicist player poet politician president priest prince princess professor queen "
    "ruler scientist secretary singer soldier speaker spokesman spokesperson teacher treasurer "
    "wife winner woman man writer"
)
_ROLE = rf"(?:(?:an?|the|its|his|her|their) )?(?:[\w-]+ ){{0,3}}?(?:{'|'.join(_ROLES.split())})\b"
_TOO_VAGUE = frozenset(
    "he her here his how i it its my no not our she so some that the their then there these they "
    "this those we what when where which who why yes you your monday tuesday wednesday thursday "
    "friday saturday sunday".split()
)

# In each: what is asked about, and further words of the question.
_PATTERNS = (
    ("when", re.compile(rf"\b({_THING}) (was|were) ({_DONE})\b[^.;:]{{0,60}}\b(?:in|on) {_DATE}"),
     "When {1} {0} {2}?"),
    ("where", re.compile(rf"\b({_THING}) (was|were) (born|buried|held|found) (?:in|at) [A-Z]"),
     "Where {1} {0} {2}?"),
    ("age", re.compile(rf"\b\d{{1,3}}-year-old ({_NAME})"), "How old is {0}?"),
    ("who", re.compile(rf"\b({_NAME}),? (?:is |was )?{_ROLE}(?= of\b|,|\.)"), "Who is {0}?"),
    ("many", re.compile(r"\b\d[\d,]*\d ((?!and|or|per|in|to)(?:[a-z]+ )?[a-z]{3,}s)\b"),
     "How many {0} are there?"),
    ("what", re.compile(rf"^({_NAME}|[A-Z][a-z]+) is (?:an?|the) [a-z]"), "What is {0}?"),
)  # fmt: skip
_BORN = re.compile(r"^Born\b.{0,40}\b\d{4}")
_LABELLED = re.compile(r"^([A-Z][a-z]+(?: [a-z]+){1,2}): ?\S[^:]{1,80}$")
_HOW_TO = re.compile(r"^[A-Z][a-z]+ (?:the|an?|your) [a-z ]+$")
_LAST = {"how": 0.5, "label": 1.2, "what": 0.5, "many": 1.5, "about": 2.0}
"""Kinds that make poorer examples, and how many others of a kind they are worth to come after."""
_UNITS = frozenset(
    "days degrees euros feet grams hours inches kilometres km litres metres miles millimetres "
    "minutes months pounds seconds times weeks years".split()
)


def samples_of(corpus: Corpus) -> list[Sample]:
    """Return questions to try, the best first; at most MAX_CHECKED. Raises: StoreError."""
    passages = corpus.sample(SAMPLED_ARTICLES, SAMPLED_PASSAGES)
    return in_order(list(samples_in(passages)), passages)[:MAX_CHECKED]


def is_answered(corpus: Corpus, sample: Sample) -> bool:
    """Return whether the sentence that a question is made from answers it."""
    with suppress(QAError):
        response = corpus.ask_indexed(sample.question)
        if response.corrections or not response.answers:
            return False
        if sample.kind == "about":
            return response.kind == "about"
        if sample.kind == "how":
            is_long = len(response.answers[0].text) >= MIN_STEP_CHARS
            return is_long and response.kind in ("explain", "list")
        span = sample.span
        return span is not None and any(
            answer.score >= MIN_SURE
            and answer.passage.article.id == sample.article
            and answer.span.overlap(span) > 0
            for answer in response.answers[:1]
        )
    return False


def samples_in(passages: Sequence[Passage]) -> Iterator[Sample]:
    """Yield the questions that can be made from passages, each once."""
    seen = set()
    articles = {passage.article.id: passage.article for passage in passages}
    for sample in (
        *(one for passage in passages for one in _of_passage(passage)),
        *(one for article in articles.values() for one in _of_title(article)),
        _about(len(articles)),
    ):
        is_short = len(sample.question) <= MAX_QUESTION_CHARS
        if is_short and sample.question.isprintable() and sample.question not in seen:
            seen.add(sample.question)
            yield sample


def in_order(samples: Sequence[Sample], passages: Sequence[Passage]) -> list[Sample]:
    """Return questions with the most frequent subjects first, but kinds and subjects in turn."""
    text = "\n".join(passage.text for passage in passages)
    counts = Counter({subject: text.count(subject) for subject in {s.subject for s in samples}})
    waiting = sorted(samples, key=lambda one: -counts[one.subject])
    ordered: list[Sample] = []
    kinds: Counter[str] = Counter()
    used: Counter[str] = Counter()
    while waiting:
        best = min(
            waiting,
            key=lambda one: used[one.subject] + kinds[one.kind] + _LAST.get(one.kind, 0.0),
        )
        waiting.remove(best)
        ordered.append(best)
        kinds[best.kind] += 1
        used[best.subject] += 1
    return ordered


def _of_passage(passage: Passage) -> Iterator[Sample]:
    article = passage.article
    for span in sentences_of(article, passage.span):
        number = article.structure.at(span.start)
        kind = article.structure[number].kind if number is not None else "paragraph"
        if kind in ("heading", "code", "comment", "furniture", "row"):
            continue
        if len(span) > MAX_SENTENCE_CHARS:
            continue
        sentence = shown(article, span)
        title = " ".join(article.title.partition(",")[0].split())
        if _BORN.match(sentence) and re.fullmatch(_NAME, title):
            yield Sample(f"When was {title} born?", "when", title, article.id, span)
        match = _LABELLED.match(sentence)
        if match and title and not match[1].endswith(("s", "ed")):
            label = match[1][0].lower() + match[1][1:]
            question = f"What is the {label} of {_in_sentence(title)}?"
            yield Sample(question, "label", title, article.id, span)
            continue
        for kind_of_question, pattern, question in _PATTERNS:
            for match in pattern.finditer(sentence):
                if kind_of_question in ("when", "where") and _BEFORE_PART.search(
                    sentence, 0, match.start(1)
                ):
                    continue
                subject = _without_opening(match[1])
                if _is_vague(subject, at_start=match.start(1) == 0 == len(match[1]) - len(subject)):
                    continue
                words = (_in_sentence(subject), *match.groups()[1:])
                asked = question.format(*words)
                yield Sample(asked, kind_of_question, subject, article.id, span)


def _of_title(article: Article) -> Iterator[Sample]:
    title = " ".join(article.title.split())
    if _HOW_TO.match(title):
        question = f"How do I {title[0].lower()}{title[1:]}?"
        yield Sample(question, "how", title, article.id, None)


def _about(articles: int) -> Sample:
    what = "is this article" if articles == 1 else "are these articles"
    return Sample(f"What {what} about?", "about", "", "", None)


def _is_vague(subject: str, *, at_start: bool) -> bool:
    """Return whether words name nothing that a question can be about."""
    first, *others = subject.lower().split()
    if first == "the":
        return not others or others[0] in _TOO_VAGUE
    # A single word with a capital at the start of a sentence may be any word.
    return first in _TOO_VAGUE or (at_start and not others) or (others or [first])[-1] in _UNITS


def _without_opening(subject: str) -> str:
    """Return a subject without a word such as "Then" that only opens the sentence."""
    first, _, others = subject.partition(" ")
    is_opening = first.lower() in _TOO_VAGUE - {"the"}
    return others if others and is_opening else subject


def _in_sentence(subject: str) -> str:
    """Return a subject as it is written inside a sentence."""
    return f"the{subject[3:]}" if subject.startswith("The ") else subject
