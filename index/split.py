"""Splits an article into passages. Needs no model: the caller counts the tokens.

    structure -> groups of blocks (short neighbours joined) -> sentences -> passages

A passage is a run of complete sentences, rows and list items of one group, with the headings just
above it. It starts with the last sentence of the previous passage, so an answer next to a boundary
is complete in one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.paragraphs import paragraphs, stripped
from index.structure import Block, Structure
from index.types import Article, Span
from index.view import plain
from index.wording import MAX_CONTEXT_TOKENS

MAX_PASSAGE_CHARS = 500
MAX_HEADINGS_CHARS = 200
"""The headings that a passage begins with are allowed in addition, if they are not longer."""
SHORT_PARAGRAPH_CHARS = 250
"""A block up to this long, such as a heading or a list item, is joined to the next one."""
MAX_SEGMENT_CHARS = 10_000
"""The sentence splitter takes quadratic time in the number of quotation marks."""
SETTINGS = f"2:{MAX_PASSAGE_CHARS}:{SHORT_PARAGRAPH_CHARS}"
"""Identifies how passages are split; a store with other settings is rebuilt."""

CountTokens = Callable[[Sequence[str]], list[int]]

_MAX_GRAPHEME_CHARS = 32
"""How far to look around an offset for the boundaries of its grapheme."""
_LINE = re.compile(r"[^\r\n]+")
_ITEM_NUMBER = re.compile(r"(?:\d{1,9}|[a-zA-Z#])[.)]\Z")
_WORD_BORDER = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class _Piece:
    """The smallest part of a block that is not divided between passages."""

    span: Span
    tokens: int
    is_heading: bool
    can_be_repeated: bool
    """Whether the next passage may start with it: with a sentence, not with a table row."""


def split(article: Article, *, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """Return the spans of the passages of an article, in order; none is blank.

    Each has at most MAX_PASSAGE_CHARS code points, after up to MAX_HEADINGS_CHARS of headings.
    With its context, it has at most `max_tokens` tokens, as counted by `count_tokens`. Together
    they cover everything but white space and what is hidden.
    """
    text_tokens = max_tokens - min(MAX_CONTEXT_TOKENS, max_tokens // 4)
    passages: list[Span] = []
    for group in _groups(article):
        pieces = _fitting(article, list(_pieces(article, group)), count_tokens, text_tokens)
        passages.extend(_windows(pieces, text_tokens))
    return passages


def sentence_spans(text: str, within: Span) -> list[Span]:
    """Return the sentences of `text[within]`, without surrounding white space."""
    return [
        Span(paragraph.start + sentence.start, paragraph.start + sentence.end)
        for paragraph in paragraphs(text, within)
        for sentence in _sentences(text[paragraph.start : paragraph.end])
    ]


def sentences_of(article: Article, within: Span) -> list[Span]:
    """Return the sentences of an article inside a span; a table row or a heading counts as one."""
    structure = article.structure
    if not len(structure):
        return sentence_spans(article.text, within)
    found: list[Span] = []
    for number in structure.overlapping(within):
        block = structure[number]
        part = Span(max(block.span.start, within.start), min(block.span.end, within.end))
        found += _sentences_of_block(article, part, block)
    return found


def _sentences_of_block(article: Article, part: Span, block: Block) -> Iterator[Span]:
    """Yield the sentences of a part of a block. What is hidden at its ends belongs to them."""
    if block.kind in ("row", "heading", "furniture"):
        if whole := stripped(article.text, part.start, part.end):
            yield whole
    elif block.kind == "code":
        for line in _LINE.finditer(article.text, part.start, part.end):
            if whole := stripped(article.text, line.start(), line.end()):
                yield whole
    else:
        view = plain(article, part)
        spans = [view.span(one.start, one.end) for one in _sentences(view.text)]
        quoted = [span for span in spans if span is not None]
        if len(quoted) > 1 and _ITEM_NUMBER.match(article.text, quoted[0].start, quoted[0].end):
            del quoted[0]  # it belongs to the sentence after it
        for number, span in enumerate(quoted):
            start = part.start if number == 0 else span.start
            end = part.end if number == len(quoted) - 1 else span.end
            yield stripped(article.text, start, end) or span


def _sentences(text: str) -> Iterator[Span]:
    import sentencex

    for part in _cut_at_words(text, Span(0, len(text)), MAX_SEGMENT_CHARS):
        start = part.start
        for found in sentencex.get_sentence_boundaries("en", text[part.start : part.end]):
            end = _after_marks(text, part.start + found["end_index"], part.end)
            if sentence := stripped(text, start, end):
                yield sentence
            start = end


def _groups(article: Article) -> Iterator[list[Block]]:
    """Yield lists of blocks to split as one: headings and short blocks with the next one."""
    structure = article.structure
    if not len(structure):
        whole = Span(0, len(article.text))
        structure = Structure(Block(p, "paragraph") for p in paragraphs(article.text, whole))
    group: list[Block] = []
    for block in structure:
        if block.kind == "furniture":
            continue
        if group and _starts_group(block, group[-1]):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _starts_group(block: Block, last: Block) -> bool:
    if "comment" in (block.kind, last.kind):
        return True
    if last.kind == "heading":
        return block.kind == "heading" and block.level <= last.level  # nothing is under `last`
    return block.kind == "heading" or len(last.span) > SHORT_PARAGRAPH_CHARS


def _pieces(article: Article, group: Sequence[Block]) -> Iterator[_Piece]:
    for block in group:
        is_heading = block.kind == "heading"
        can_be_repeated = block.kind not in ("heading", "row", "code")
        if block.kind == "code" and len(block.span) <= MAX_PASSAGE_CHARS:
            yield _Piece(block.span, 0, is_heading, can_be_repeated)
            continue
        for sentence in _sentences_of_block(article, block.span, block):
            for part in _cut_at_words(article.text, sentence, MAX_PASSAGE_CHARS):
                yield _Piece(part, 0, is_heading, can_be_repeated)


def _fitting(
    article: Article, pieces: list[_Piece], count_tokens: CountTokens, max_tokens: int
) -> list[_Piece]:
    """Return the pieces with their numbers of tokens, long ones cut between words."""
    pieces = _counted(article, pieces, count_tokens)
    while any(piece.tokens > max_tokens for piece in pieces):  # halve pieces until all of them fit
        shorter = _counted(
            article,
            [
                replace(piece, span=part)
                for piece in pieces
                for part in (
                    _cut_at_words(article.text, piece.span, max(1, len(piece.span) // 2))
                    if piece.tokens > max_tokens and len(piece.span) > 1
                    else [piece.span]
                )
            ],
            count_tokens,
        )
        if shorter == pieces:  # single characters with more tokens than the model reads
            break
        pieces = shorter
    return pieces


def _counted(article: Article, pieces: Sequence[_Piece], count_tokens: CountTokens) -> list[_Piece]:
    tokens = count_tokens([plain(article, piece.span).text for piece in pieces])
    return [replace(piece, tokens=count) for piece, count in zip(pieces, tokens, strict=True)]


def _windows(pieces: Sequence[_Piece], max_tokens: int) -> Iterator[Span]:
    """Yield runs of pieces that fit into a passage, each starting with the last piece before it."""
    headings = next((n for n, piece in enumerate(pieces) if not piece.is_heading), 0)
    if headings and pieces[headings].span.start - pieces[0].span.start > MAX_HEADINGS_CHARS:
        headings = 0
    first = 0
    while first < len(pieces):
        counted_from = pieces[max(first, headings)].span.start
        last = first
        total = pieces[first].tokens
        while (
            last + 1 < len(pieces)
            and pieces[last + 1].span.end - counted_from <= MAX_PASSAGE_CHARS
            and total + pieces[last + 1].tokens <= max_tokens
        ):
            last += 1
            total += pieces[last].tokens
        yield Span(pieces[first].span.start, pieces[last].span.end)
        if last + 1 == len(pieces):
            return
        following = pieces[last + 1]
        overlaps = (
            last > first
            and pieces[last].can_be_repeated
            and following.span.end - pieces[last].span.start <= MAX_PASSAGE_CHARS
            and pieces[last].tokens + following.tokens <= max_tokens
        )
        first = last if overlaps else last + 1


def _cut_at_words(text: str, span: Span, max_chars: int) -> Iterator[Span]:
    """Yield parts of `span` of at most `max_chars` code points, cut at white space if possible."""
    start = span.start
    while span.end - start > max_chars:
        limit = start + max_chars
        borders = list(_WORD_BORDER.finditer(text, start + 1, limit + 1))
        cut, following = (borders[-1].start(), borders[-1].end()) if borders else (limit, limit)
        if not borders:
            cut = following = _grapheme_border(text, start, limit)
        if part := stripped(text, start, cut):
            yield part
        start = following
    if part := stripped(text, start, span.end):
        yield part


def _after_marks(text: str, start: int, end: int) -> int:
    """Return the first offset from `start` that does not split a grapheme, as in "‼️ Go"."""
    import regex

    last = regex.match(r"\X", text, pos=start - 1, endpos=end) if start else None
    return last.end() if last else start


def _grapheme_border(text: str, start: int, limit: int) -> int:
    """Return the last offset up to `limit` that does not split a grapheme."""
    import regex

    whole = [
        match.end() for match in regex.finditer(r"\X", text[start : limit + _MAX_GRAPHEME_CHARS])
    ]
    fitting = [end for end in whole if end <= limit - start]
    return start + (fitting[-1] if fitting else limit - start)


def whole_graphemes(text: str, span: Span) -> Span:
    """Return `span`, extended so that it splits no grapheme, such as an emoji."""
    import regex

    first = max(0, span.start - _MAX_GRAPHEME_CHARS)
    start, end = span.start, span.end
    for match in regex.finditer(r"\X", text[first : span.end + _MAX_GRAPHEME_CHARS]):
        if match.start() + first < span.start < match.end() + first:
            start = match.start() + first
        if match.start() + first < span.end < match.end() + first:
            end = match.end() + first
    return Span(start, end)
