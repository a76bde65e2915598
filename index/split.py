"""Splits an article's text into passages. Needs no model: the caller counts the tokens.

    text -> paragraphs -> blocks (short neighbours joined) -> sentences -> passages

A passage is a run of complete sentences of one block. It starts with the last sentence of the
previous passage, so an answer next to a boundary is complete in one of the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from index.types import Span

MAX_PASSAGE_CHARS = 500
SHORT_PARAGRAPH_CHARS = 250
"""A paragraph up to this long, such as a heading or a list item, is joined to the next one."""
MAX_WRAP_WIDTH = 120
"""No editor hard-wraps at more, so a longer line is a paragraph of its own."""
MAX_SEGMENT_CHARS = 10_000
"""The sentence splitter takes quadratic time in the number of quotation marks."""
SETTINGS = f"1:{MAX_PASSAGE_CHARS}:{SHORT_PARAGRAPH_CHARS}"
"""Identifies how passages are split; a store with other settings is rebuilt."""

CountTokens = Callable[[Sequence[str]], list[int]]

_MAX_GRAPHEME_CHARS = 32
"""How far to look around an offset for the boundaries of its grapheme."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")
_OPENS_PARAGRAPH = re.compile(r"\s*(?:[-*+•–—]\s|\d{1,3}[.)]\s|#{1,6}\s|>|\||```|~~~|={3,}|-{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}\s")
_WORD_BORDER = re.compile(r"\s+")


def split(text: str, *, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """Return the spans of the passages of `text`, in order; none is blank.

    Each has at most MAX_PASSAGE_CHARS code points and at most `max_tokens` tokens, as counted by
    `count_tokens`. Together they cover everything but white space.
    """
    passages: list[Span] = []
    for block in _blocks(text):
        sentences = [cut for paragraph in block for cut in _sentences(text, paragraph)]
        pieces, tokens = _fitting(text, sentences, count_tokens, max_tokens)
        passages.extend(_windows(pieces, tokens, max_tokens))
    return passages


def sentence_spans(text: str, within: Span) -> list[Span]:
    """Return the sentences of `text[within]`, without surrounding white space."""
    return [
        sentence
        for paragraph in _paragraphs(text, within)
        for sentence in _sentences(text, paragraph)
    ]


def _sentences(text: str, paragraph: Span) -> Iterator[Span]:
    import sentencex

    for part in _cut_at_words(text, paragraph, MAX_SEGMENT_CHARS):
        start = part.start
        for found in sentencex.get_sentence_boundaries("en", text[part.start : part.end]):
            end = _after_marks(text, part.start + found["end_index"], part.end)
            if sentence := _strip(text, start, end):
                yield sentence
            start = end


def _paragraphs(text: str, within: Span) -> Iterator[Span]:
    """Yield the paragraphs, separated by blank lines, list or heading markers, and line breaks.

    The line breaks of hard-wrapped text do not count: those before a word that would not have
    fitted on the line.
    """
    lines = [
        Span(match.start(), match.end())
        for match in _LINE.finditer(text, within.start, within.end)
        if match.end() > match.start()
    ]
    contents = [text[line.start : line.end].rstrip() for line in lines]
    start: int | None = None
    widths = _block_widths(contents)
    for i, (line, content) in enumerate(zip(lines, contents, strict=True)):
        if start is None and content:
            start = line.start
        following = contents[i + 1] if i + 1 < len(lines) else ""
        wrapped = (
            content
            and following
            and widths[i] <= MAX_WRAP_WIDTH
            and len(content) + 1 + len(following.split(None, 1)[0]) > widths[i]
            and not _OPENS_PARAGRAPH.match(following)
            and not _HEADING.match(content)
        )
        if start is not None and not wrapped:
            if paragraph := _strip(text, start, line.end):
                yield paragraph
            start = None


def _block_widths(contents: list[str]) -> list[int]:
    """Return for each line the length of the longest line in its block between blank lines."""
    widths: list[int] = []
    while len(widths) < len(contents):
        first = len(widths)
        last = first
        while last < len(contents) and contents[last]:
            last += 1
        widest = max(map(len, contents[first:last]), default=0)
        widths.extend([widest] * max(1, last - first))
    return widths


def _blocks(text: str) -> Iterator[list[Span]]:
    """Yield lists of paragraphs to split as one: short paragraphs with the next one."""
    block: list[Span] = []
    for paragraph in _paragraphs(text, Span(0, len(text))):
        opens_section = _HEADING.match(text, paragraph.start)
        if block and (len(block[-1]) > SHORT_PARAGRAPH_CHARS or opens_section):
            yield block
            block = []
        block.append(paragraph)
    if block:
        yield block


def _fitting(
    text: str, sentences: list[Span], count_tokens: CountTokens, max_tokens: int
) -> tuple[list[Span], list[int]]:
    """Return the sentences, long ones cut between words, and the number of tokens of each."""
    pieces = [
        piece
        for sentence in sentences
        for piece in _cut_at_words(text, sentence, MAX_PASSAGE_CHARS)
    ]
    tokens = count_tokens([text[piece.start : piece.end] for piece in pieces])
    while any(count > max_tokens for count in tokens):  # halve pieces until all of them fit
        pieces = [
            part
            for piece, count in zip(pieces, tokens, strict=True)
            for part in (
                _cut_at_words(text, piece, max(1, len(piece) // 2))
                if count > max_tokens and len(piece) > 1
                else [piece]
            )
        ]
        shorter = count_tokens([text[piece.start : piece.end] for piece in pieces])
        if shorter == tokens:  # single characters with more tokens than the model reads
            break
        tokens = shorter
    return pieces, tokens


def _windows(pieces: list[Span], tokens: list[int], max_tokens: int) -> Iterator[Span]:
    """Yield runs of pieces that fit into a passage, each starting with the last piece before it."""
    first = 0
    while first < len(pieces):
        last = first
        total = tokens[first]
        while (
            last + 1 < len(pieces)
            and pieces[last + 1].end - pieces[first].start <= MAX_PASSAGE_CHARS
            and total + tokens[last + 1] <= max_tokens
        ):
            last += 1
            total += tokens[last]
        yield Span(pieces[first].start, pieces[last].end)
        if last + 1 == len(pieces):
            return
        overlaps = (
            last > first
            and pieces[last + 1].end - pieces[last].start <= MAX_PASSAGE_CHARS
            and tokens[last] + tokens[last + 1] <= max_tokens
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
        if part := _strip(text, start, cut):
            yield part
        start = following
    if part := _strip(text, start, span.end):
        yield part


def _after_marks(text: str, start: int, end: int) -> int:
    """Return the first offset from `start` that does not split a grapheme, as in "‼️ Go"."""
    import regex

    last = regex.match(r"\X", text, pos=start - 1, endpos=end) if start else None
    return last.end() if last else start


def _grapheme_border(text: str, start: int, limit: int) -> int:
    """Return the last offset up to `limit` that does not split a grapheme."""
    import regex

    whole = [match.end() for match in regex.finditer(r"\X", text[start : limit + 32])]
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


def _strip(text: str, start: int, end: int) -> Span | None:
    """Return [start, end) without white space at its ends; None if nothing is left."""
    inside = text[start:end]
    if not (stripped := inside.strip()):
        return None
    start += inside.index(stripped[0])
    return Span(start, start + len(stripped))
