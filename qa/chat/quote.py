"""What a card shows of its passage: whole sentences, with the words quoted in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from rich.cells import cell_len
from textual.content import Content

from index.question import Question
from index.split import sentence_spans, sentences_of
from index.types import Article, Span
from index.words import words_found
from qa.answers.verify import is_as_cited
from qa.answers.wire import AnswerJson, PassageJson
from qa.show.excerpt import ELLIPSIS, around
from qa.show.text import visible

COLUMN = " · "
"""Stands between the cells of a row, and between the lines of what is shown on one."""
_ENDS = frozenset(["Po", "Pd", "Pf"])
"""Categories of characters that end sentences: full stops, dashes, closing quotation marks."""
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Marks:
    """How quoted words stand out from the others."""

    style: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Outline:
    """How the text of a passage is divided. All offsets are in that text."""

    sentences: tuple[Span, ...]
    """Also rows of tables, headings and lines of code. Never empty."""
    breaks: frozenset[int] = frozenset()
    """Where sentences start on a line of their own: items, rows, lines of code, paragraphs."""
    columns: frozenset[int] = frozenset()
    """Where cells of table rows start, but for the first ones, if nothing visible is between."""
    hidden: tuple[Span, ...] = ()
    """What people do not read: markup, page furniture, hyphens at the ends of lines."""
    is_exact: bool = False
    """Whether the article was there to tell; otherwise, it is what the words alone say."""

    @classmethod
    def of(cls, passage: PassageJson, article: Article | None) -> Outline:
        """Return the outline of a passage. article: None if it is not at hand."""
        text, whole = passage.text, Span(0, len(passage.text))
        if article is None or not is_as_cited(passage, article):
            sentences = sentence_spans(text, whole) or [whole]
            after_line = [
                after.start
                for before, after in pairwise(sentences)
                if "\n" in text[before.end : after.start]
            ]
            return cls(tuple(sentences), frozenset(after_line))
        cited, structure = Span(passage.citation.start, passage.citation.end), article.structure

        def inside(span: Span) -> Span:
            return Span(span.start - cited.start, span.end - cited.start)

        hidden = tuple(map(inside, structure.hidden(cited)))
        sentences, breaks = [], set()
        block: int | None = None
        for sentence in sentences_of(article, cited):
            before, block = block, structure.at(sentence.start)
            own = inside(sentence)
            if read_text(text, own, hidden).strip():
                sentences.append(own)
            if before != block or (block is not None and structure[block].kind == "code"):
                breaks.add(own.start)
        columns = frozenset(
            after.start
            for before, after in pairwise(map(inside, structure.cells(cited)))
            if len(after)
            and structure.at(before.start + cited.start) == structure.at(after.start + cited.start)
            and not read_text(text, Span(before.end, after.start), hidden).strip()
        )
        return cls(tuple(sentences) or (whole,), frozenset(breaks), columns, hidden, is_exact=True)

    def groups(self, passage: PassageJson, quoted: Sequence[AnswerJson]) -> list[Span]:
        """Return the sentences around quoted words, in the order of the text.

        Words that share a sentence share a group. Words in no sentence are a group of their own.
        """
        found: list[Span] = []
        for words in sorted((_inside(passage, answer) for answer in quoted), key=_start):
            own = [words, *(one for one in self.sentences if one.overlap(words))]
            group = Span(min(map(_start, own)), max(map(_end, own)))
            if found and group.start < found[-1].end:
                group = Span(found[-1].start, max(found[-1].end, group.end))
                found.pop()
            found.append(group)
        return found


def is_whole(passage: PassageJson, group: Span, quoted: Sequence[AnswerJson]) -> bool:
    """Return whether all words of a group of sentences are quoted."""
    position, left = group.start, ""
    for words in sorted((_inside(passage, answer) for answer in quoted), key=_start):
        left += passage.text[position : min(words.start, group.end)]
        position = max(position, words.end)
    left += passage.text[position : group.end]
    return not any(map(str.isalnum, left))


def on_one_line(shown: Content) -> str:
    """Return words that are shown on lines on a single one."""
    lines = [" ".join(line.split()) for line in shown.plain.split("\n")]
    joined = ""
    for line in filter(None, lines):
        if joined:
            joined += " " if unicodedata.category(joined[-1]) in _ENDS else COLUMN
        joined += line
    return joined


def read_text(text: str, span: Span, hidden: Sequence[Span]) -> str:
    """Return `text[span]` without what is hidden."""
    return "".join(text[part.start : part.end] for part in _read(span, hidden))


def group_content(
    passage: PassageJson,
    outline: Outline,
    group: Span,
    quoted: Sequence[AnswerJson],
    marks: Marks,
    cells: int,
) -> Content:
    """Return the sentences of a group, with the quoted words marked, in about so many cells.

    Quoted words are never cut, however long they are; other words are, around them.
    """
    words = [words for answer in quoted if (words := _inside(passage, answer)).overlap(group)]
    first, last = min(map(_start, words)), max(map(_end, words))
    shown = fitted(passage.text, group, Span(first, last), outline.hidden, cells)
    return content(passage, outline, shown, quoted, marks, of=group)


def best_sentences(question: str, passages: Mapping[int, tuple[str, Outline]]) -> dict[int, Span]:
    """Return the sentence of each passage that has most words of a question, by rank.

    passages: text and outline, by rank. Without any of the words, the first sentence.
    """
    rows = [(rank, text, one) for rank, (text, own) in passages.items() for one in own.sentences]
    texts = [text[one.start : one.end] for _, text, one in rows]
    best: dict[int, tuple[int, Span]] = {}
    for (rank, _, span), found in zip(
        rows, words_found(Question(question).words, texts), strict=True
    ):
        if rank not in best or len(found) > best[rank][0]:
            best[rank] = len(found), span
    return {rank: span for rank, (_, span) in best.items()}


def fitted(text: str, whole: Span, kept: Span, hidden: Sequence[Span], cells: int) -> Span:
    """Return the part of `whole`, around `kept`, that is read in about so many cells."""
    read = visible(read_text(text, whole, hidden))
    if cell_len(read) <= cells:
        return whole
    room = max(len(kept), cells * len(whole) // max(1, cell_len(read)))
    first, last = around(
        text[whole.start : whole.end], kept.start - whole.start, kept.end - whole.start, room
    )
    return Span(whole.start + first, whole.start + last)


def content(
    passage: PassageJson,
    outline: Outline,
    shown: Span,
    quoted: Sequence[AnswerJson],
    marks: Marks,
    *,
    of: Span,
    keeps_lines: bool = False,
) -> Content:
    """Return a part of a passage, safe to show, with the quoted words marked.

    of: what it is a part of; "…" stands for what is missing.
    keeps_lines: whether to show the passage as it is, with its lines and its markup.
    """

    def plain(span: Span) -> str:
        if keeps_lines:
            return visible(passage.text[span.start : span.end])
        return "\n".join(_trimmed(map(columns, _divided(span, outline.breaks))))

    def columns(line: Span) -> str:
        cells = (
            _SPACES.sub(" ", visible(read_text(passage.text, cell, outline.hidden)))
            for cell in _divided(line, outline.columns)
        )
        return COLUMN.join(_trimmed(cells))

    def parts() -> Iterator[Content]:
        position = shown.start
        if shown.start > of.start:
            yield Content(ELLIPSIS)
        for words in sorted((_inside(passage, answer) for answer in quoted), key=_start):
            start, end = max(position, words.start), min(shown.end, words.end)
            if end > start:
                before = plain(Span(position, start))
                before = before.lstrip() if position == shown.start else before
                is_column = start in outline.columns and start > shown.start
                yield Content(before.rstrip() + COLUMN if is_column else before)
                marked = f"{marks.before}{plain(Span(start, end))}{marks.after}"
                yield Content.styled(marked, marks.style)
                position = end
        after = plain(Span(position, max(position, shown.end)))
        yield Content(after if keeps_lines else after.rstrip())
        if shown.end < of.end:
            is_after_words = passage.text[shown.start : shown.end].rstrip()[-1:].isalnum()
            yield Content(ELLIPSIS if is_after_words else f" {ELLIPSIS}")

    return Content("").join(parts())


def _read(span: Span, hidden: Sequence[Span]) -> Iterator[Span]:
    start = span.start
    for one in hidden:
        if one.end > start and one.start < span.end:
            if one.start > start:
                yield Span(start, one.start)
            start = max(start, one.end)
    if start < span.end:
        yield Span(start, span.end)


def _divided(span: Span, borders: Set[int]) -> list[Span]:
    """Return the parts of a span between the borders that are inside it."""
    inside = sorted(border for border in borders if span.start < border < span.end)
    return [Span(*part) for part in pairwise([span.start, *inside, span.end])]


def _trimmed(parts: Iterable[str]) -> Iterator[str]:
    """Yield lines or cells without the white space around their ends, but for the outermost."""
    lines = list(parts)
    for number, line in enumerate(lines):
        line = line.lstrip() if number else line
        yield line if number == len(lines) - 1 else line.rstrip()


def _inside(passage: PassageJson, quoted: AnswerJson) -> Span:
    offset = passage.citation.start
    start = min(max(0, quoted.start - offset), len(passage.text))
    return Span(start, min(max(start, quoted.end - offset), len(passage.text)))


def _start(span: Span) -> int:
    return span.start


def _end(span: Span) -> int:
    return span.end
