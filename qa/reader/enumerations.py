"""Extends one item of an enumeration to all of it, as in "medicine" to "medicine and animal feed".

sentence -> pieces between commas and conjunctions -> the run of pieces like the item
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.fillers import FUNCTION_WORDS
from qa.reader.kinds import PRESENT_VERBS

MAX_ITEM_WORDS = 9
"""A longer piece between commas is not an item."""

_SEPARATOR = re.compile(
    r"(?:[,;]\s+|\s+)(?P<joins>and|or|as well as|plus)(?:,|\s+then|\s+also|\s+finally)?\s+"
    r"|[,;]\s+",
    re.IGNORECASE,
)
_VERBS = frozenset(
    """am are can cannot could did do does had has have is might must shall should was were will
    would""".split()
)
_CLAUSE_WORDS = _VERBS | frozenset(
    """because but he i if it said says she so that they though we when where whereas which while
    who whom whose you""".split()
)
"""A piece with one of these words is a clause, not an item."""
_NOT_FIRST = PRESENT_VERBS | frozenset(
    """about after as at before between by during for from in into on over since through to under
    until with""".split()
)
_LEADS = re.compile(
    r".*(?:[:(—–]|\b(?:is|are|was|were|be|been|being|including|includes?|included|contains?|namely"
    r"|like|between|among|both|either|such as)\b)\s*(?=\S)",
    re.IGNORECASE | re.DOTALL,
)
_WORD = re.compile(r"[\w'’-]+")
MAX_ASIDE_WORDS = 4
"""A piece up to this long may say something about the item before it, as in "Ann, a nurse, and"."""
MIN_ITEMS_WITHOUT_AND = 3
"""From so many items on, an enumeration after a colon needs no conjunction."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """The text between two separators."""

    start: int
    end: int
    joined: bool
    """Whether the separator before it is a conjunction, or has one."""


def enumeration(text: str, start: int, end: int) -> tuple[int, int]:
    """Return start and end of the enumeration that `text[start:end]` is a part of.

    That part itself if it is not an item of an enumeration, or already all of one.

    text: a sentence.
    """
    pieces = _pieces(text)
    first = next((n for n, piece in enumerate(pieces) if piece.end > start), 0)
    last = next((n for n, piece in enumerate(pieces) if piece.end >= end), len(pieces) - 1)
    item = text[start:end]
    left = _leftmost(text, pieces, first, item) if _begins(text, pieces[first], start) else first
    right = last
    if not _CLAUSE_WORDS.intersection(_words(text, end, pieces[last].end)):
        right = _rightmost(text, pieces, left, last, item)
    begin = min(start, _tail(text, pieces[left], pieces[first]).start) if left < first else start
    if not any(piece.joined for piece in pieces[left + 1 : right + 1]):
        follows_colon = text[:begin].rstrip().endswith(":")
        if right - left + 1 < MIN_ITEMS_WITHOUT_AND or not follows_colon:
            return start, end
    if right > last:
        return begin, _end_of_item(text, pieces[right], item)
    return begin, _end_of_phrase(text, end, pieces[right].end)


def _leftmost(text: str, pieces: Sequence[_Piece], first: int, item: str) -> int:
    """Return the number of the first piece of the enumeration that piece `first` is in."""
    left = first
    while left and any(
        _is_item(text, piece, item)
        for piece in (pieces[left - 1], _tail(text, pieces[left - 1], pieces[first]))
    ):
        left -= 1
        if not _is_item(text, pieces[left], item):  # only its end is an item: the first one
            break
    return left


def _rightmost(text: str, pieces: Sequence[_Piece], left: int, last: int, item: str) -> int:
    """Return the number of the last piece of the enumeration: the one after "and", if any."""
    right = last
    lead = next(iter(_words(text, pieces[last].start, pieces[last].end)), None)
    while right + 1 < len(pieces):
        is_complete = right > left + 1 and pieces[right].joined
        following = pieces[right + 1]
        if is_complete and not pieces[right - 1].joined:
            break
        if _is_item(text, following, item, lead):
            right += 1
        elif (
            right + 2 < len(pieces)
            and _is_aside(text, following)
            and (pieces[right + 2].joined or following.joined)
            and _is_item(text, pieces[right + 2], item, lead)
        ):
            right += 2
        else:
            break
    return right


def _pieces(text: str) -> list[_Piece]:
    """Return the pieces of a sentence between commas, semicolons and conjunctions."""
    stop = len(text.rstrip(" .!?;:”\"'’)"))
    pieces: list[_Piece] = []
    position, joined = 0, False
    for match in _SEPARATOR.finditer(text, 0, stop):
        pieces.append(_Piece(position, match.start(), joined))
        position = match.end()
        joined = match["joins"] is not None
    return [*pieces, _Piece(position, max(position, stop), joined)]


def _begins(text: str, piece: _Piece, start: int) -> bool:
    """Return whether an item at `start` begins its piece, but for an article or a preposition."""
    before = text[piece.start : start].split()
    return all(word.lower() in FUNCTION_WORDS or word.istitle() for word in before) and (
        len(before) <= 2
    )


def _is_item(text: str, piece: _Piece, like: str, lead: str | None = None) -> bool:
    """Return whether a piece can be another item of an enumeration that `like` is an item of.

    lead: the first word of the piece that `like` is in; None if it does not matter. An item that
        is no name or number does not begin with another preposition, an adverb or a verb.
    """
    words = _WORD.findall(text, piece.start, _end_of_item(text, piece, like))
    if not 0 < len(words) <= MAX_ITEM_WORDS:
        return False
    if any(word.lower() in _CLAUSE_WORDS for word in words):
        return False
    if any(map(str.isdigit, like)):
        return any(map(str.isdigit, " ".join(words)))
    if like[:1].isupper():
        return any(word[0].isupper() for word in words)
    first = words[0].lower()
    return lead in (None, first) or not (first in _NOT_FIRST or first.endswith("ly"))


def _words(text: str, start: int, end: int) -> list[str]:
    return [word.lower() for word in _WORD.findall(text, start, end)]


def _is_aside(text: str, piece: _Piece) -> bool:
    """Return whether a piece can be between two items without being one."""
    words = _words(text, piece.start, piece.end)
    return 0 < len(words) <= MAX_ASIDE_WORDS and not _CLAUSE_WORDS.intersection(words)


def _end_of_item(text: str, piece: _Piece, like: str) -> int:
    """Return where the item ends that a piece begins with: before a verb, or after a name."""
    words = list(_WORD.finditer(text, piece.start, piece.end))
    verb = next((n for n, word in enumerate(words) if n and word[0].lower() in _VERBS), len(words))
    words = words[:verb]
    if like[:1].isupper() and not any(map(str.isdigit, like)):
        capital = max((n for n, word in enumerate(words) if word[0][0].isupper()), default=-1)
        words = words[: capital + 1] or words
    if not words:
        return piece.end
    closing = text[words[-1].end() : piece.end] if verb == len(words) else ""
    return words[-1].end() + (1 if closing[:1] in ')]”"' and closing else 0)


def _end_of_phrase(text: str, start: int, end: int) -> int:
    """Return where a phrase ends that may lack its last word, as "milk and cow" lacks "feed".

    A name is complete, and several words more are what is said of the items: "took part in".
    """
    (*_, last) = _WORD.findall(text, 0, start) or [""]
    if last[:1].isupper():
        return start
    following: list[int] = []
    for word in _WORD.finditer(text, start, end):
        before = following[-1] if following else start
        if word[0].lower() in FUNCTION_WORDS or text[before : word.start()].strip():
            break
        following.append(word.end())
    return following[0] if len(following) == 1 else start


def _tail(text: str, piece: _Piece, like: _Piece) -> _Piece:
    """Return the end of a piece that can be the first item, without the words that lead to it.

    like: the piece of another item.
    """
    lead = _LEADS.match(text, piece.start, piece.end)
    if lead and lead.end() < piece.end:
        return replace(piece, start=lead.end())
    words = list(_WORD.finditer(text, piece.start, piece.end))
    others = _words(text, like.start, like.end)
    same = [n for n, word in enumerate(words[:-1]) if others and word[0].lower() == others[0]]
    if same and others[0] in FUNCTION_WORDS:  # as in "to Rome, to Bari and to Lecce"
        return replace(piece, start=words[same[-1] + 1].start())
    in_clause = [n for n, word in enumerate(words[:-1]) if word[0].lower() in _CLAUSE_WORDS]
    if in_clause:  # as in "she said two men", of which at most "two men" is an item
        first = max(in_clause[-1] + 1, len(words) - max(1, len(others)))
        return replace(piece, start=words[first].start())
    return piece
