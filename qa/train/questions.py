"""Reads files of questions with answers: SQuAD's JSON and QAMR's table."""

from __future__ import annotations

import gzip
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from index.types import Span

QAMR_BRACKETS = {"-LRB-": "(", "-RRB-": ")", "-LSB-": "[", "-RSB-": "]", "-LCB-": "{", "-RCB-": "}"}
QAMR_BRACKETS |= {"``": '"', "''": '"'}
_NO_SPACE_BEFORE = re.compile(r"[.,;:!?%)\]}]+|'s|'|n't|'re|'ve|'ll|'d|'m|–|-")
_NO_SPACE_AFTER = frozenset("([{$£€-–")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A text that questions were asked about."""

    article: str
    """Name of its article. The paragraphs of an article are about the same subject."""
    text: str
    title: str = ""
    """Title of its article, as a reader sees it before the text; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question asked about a paragraph."""

    text: str
    paragraph: Paragraph
    answers: tuple[Span, ...]
    """One per annotator, spans of the paragraph's text; empty if the paragraph does not answer."""
    unmarked: bool = False
    """Whether the paragraph answers although `answers` is empty: nobody marked where."""

    @property
    def answer(self) -> Span:
        """The answer that most annotators gave; on a tie, the shortest."""
        votes: dict[Span, int] = defaultdict(int)
        for span in self.answers:
            votes[span] += 1
        return min(votes, key=lambda span: (-votes[span], len(span), span))


def read_questions(files: Iterable[Path], *, unmarked: bool = False) -> list[Question]:
    """Return the questions of SQuAD files (.json) and QAMR tables (.tsv), gzipped or not.

    The sentences of a QAMR table are read from `qamr-sentences.tsv[.gz]` in the same folder.
    unmarked: also return answerable questions whose answer nobody marked.
    """
    found: list[Question] = []
    for file in files:
        kind = Path(file.stem).suffix if file.suffix == ".gz" else file.suffix
        found.extend(_read_squad(file) if kind == ".json" else _read_qamr(file))
    return [question for question in found if unmarked or not question.unmarked]


def _read_squad(file: Path) -> Iterator[Question]:
    with _opened(file) as content:
        articles = json.load(content)["data"]
    for number, article in enumerate(articles):
        name = f"{file.name}:{article.get('title', number)}"
        title = article.get("title", "").replace("_", " ")
        several = len(articles) > 1
        for place, found in enumerate(article["paragraphs"]):
            # A file with one title is a collection, for example of comments: each paragraph is an
            # article.
            paragraph = Paragraph(name if several else f"{name}:{place}", found["context"], title)
            for asked in found["qas"]:
                impossible = asked.get("is_impossible", False)
                spans = [
                    span
                    for answer in ([] if impossible else asked["answers"])
                    if (span := _trimmed(paragraph.text, answer["answer_start"], answer["text"]))
                ]
                unmarked = asked.get("is_impossible") is False and not asked["answers"]
                if spans or impossible or unmarked:
                    yield Question(asked["question"].strip(), paragraph, tuple(spans), unmarked)


def _trimmed(text: str, start: int, answer: str) -> Span | None:
    """Return the span of `answer`, without spaces and punctuation at its ends.

    None if it is not at `start`, or nothing is left of it.
    """
    if text[start : start + len(answer)] != answer:
        return None
    trimmed = answer.rstrip(" .,;:\n")
    kept = trimmed.lstrip(" .,;:\n")
    if not kept:
        return None
    start += len(trimmed) - len(kept)
    return Span(start, start + len(kept))


def _read_qamr(file: Path) -> Iterator[Question]:
    """Yield the questions on whose answer the writer and a validator agree, at least in part.

    Annotated sentences of the same paragraph are joined again.
    """
    beside = sorted(file.parent.glob("qamr-sentences.tsv*"))
    paragraphs: dict[str, list[tuple[int, str]]] = defaultdict(list)
    with _opened(beside[0]) as rows:
        for row in rows:
            id, words = row.rstrip("\n").split("\t")
            source, sentence = id.rsplit(":", 1)
            paragraphs[source].append((int(sentence), words))
    text: dict[str, Paragraph] = {}
    words_of: dict[str, list[Span]] = {}
    for source, sentences in paragraphs.items():
        parts: list[str] = []
        offset = 0
        for number, words in sorted(sentences):
            plain, spans = _detokenized(words.split(" "))
            words_of[f"{source}:{number}"] = [Span(s.start + offset, s.end + offset) for s in spans]
            parts.append(plain)
            offset += len(plain) + 1
        paragraph = Paragraph(source.rsplit(":", 1)[0], " ".join(parts))
        text.update({f"{source}:{sentence}": paragraph for sentence, _ in sentences})
    asked: dict[tuple[str, str], list[list[Span]]] = defaultdict(list)
    with _opened(file) as rows:
        for row in rows:
            columns = row.rstrip("\n").split("\t")
            given = [columns[6], *(column.partition(":")[2] for column in columns[7:])]
            found = [_answer(words_of[columns[0]], numbers) for numbers in given]
            asked[columns[0], columns[5]].append([span for span in found if span is not None])
    for (sentence, question), votes in asked.items():
        given_all = [span for vote in votes for span in vote]
        agreed = [
            span
            for place, span in enumerate(given_all)
            if any(map(span.overlap, given_all[:place] + given_all[place + 1 :]))
        ]
        if agreed:
            yield Question(question.strip(), text[sentence], tuple(agreed))


def _answer(words: Sequence[Span], numbers: str) -> Span | None:
    """Return the span of the words with these numbers; None if they are not consecutive."""
    found = sorted(int(number) for number in numbers.split())
    if not found or found != list(range(found[0], found[-1] + 1)) or found[-1] >= len(words):
        return None
    return Span(words[found[0]].start, words[found[-1]].end)


def _detokenized(words: Sequence[str]) -> tuple[str, list[Span]]:
    """Return the words of a treebank as running text, and the span of each word in it."""
    text = ""
    spans: list[Span] = []
    quoted = False
    for word in words:
        plain = QAMR_BRACKETS.get(word, word)
        closes = plain == '"' and quoted
        if text and not (
            closes
            or _NO_SPACE_BEFORE.fullmatch(plain)
            or text[-1] in _NO_SPACE_AFTER
            or (text[-1] == '"' and quoted)
        ):
            text += " "
        if plain == '"':
            quoted = not quoted
        spans.append(Span(len(text), len(text) + len(plain)))
        text += plain
    return text, spans


def _opened(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8")
