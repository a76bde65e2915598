"""Recognises what is written as one: words, addresses, paths, versions, codes, abbreviations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from index.types import Span

MAX_TITLE_CHARS = 40
"""A quoted phrase up to this long, without punctuation, is a name and is not cut."""

_ADDRESS = (
    r"\b[a-zA-Z][a-zA-Z0-9+.-]*://[^\s<>\"“”«»`|]+|\bwww\.[^\s<>\"“”«»`|]+"
    r"|\b(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
)
_SENTENCE_MARKS = ".,;:!?'*_"
_TOKEN = re.compile(r"\S+")
_SPECIAL = re.compile(r"[./\\:@#$&’'()+‐‑-]")
_PATH = (
    r"(?<![\w.])(?:~|\.{1,2}|[A-Za-z]:)?(?:[\\/][\w.@%+~$-]+)+[\\/]?"  # /etc/hosts, ~/notes, ./run
    r"|\b\w[\w.@+-]*(?:[\\/][\w.@+-]+)*[\\/][\w@+-]*\.\w+"  # notes/club.md
    r"|\b\w[\w-]*(?:/[\w-]+){2,}"
    r"|(?<![\w.])\.\w[\w-]*(?:\.\w+)*"  # .gitignore
    r"|\b(?![a-z]+\.[A-Z][a-z]+\b(?!\.))\w+(?:[.:]\w+)+"  # club.md, 4.1.0, localhost:8080
    r"|\b\w+(?:::\w+)+"
)
_CODE = (
    r"(?<![\w-])--?[A-Za-z][\w-]*(?:=[^\s`]+)?"  # --exclude
    r"|\b(?=[\w‐‑-]*[A-Za-z])(?=[\w‐‑-]*\d)\w+(?:[-‐‑.]\w+)+"  # PIO-1384, 20-year-old
    r"|(?<![\w@#$])[@#$]\w+|\b[A-Z](?:\+\+|#)|\b[\w.]+\(\)|\b\w+(?:&\w+)+"
    r"|\b[DdLlOo]['’]\w+|\b\w+n['’]t\b"  # O'Brien, don't
)
_OPENERS = (
    "The|He|She|It|They|We|You|I|An?|In|On|At|As|By|To|For|From|This|That|There|These|Those|But|And"
    "|His|Her|Its|Their|When|After|Before|If|Then|Now|One"
)
_ABBREVIATION = (
    r"\b(?:[A-Z][a-z]{0,2}\.|[a-z]\.){2,}"  # D.C., Ph.D., e.g.
    rf"|\b(?:[A-Z]\.[ \u00a0])*(?<=[.\w] )[A-Z]\.(?= (?!(?:{_OPENERS})\b)[A-Z])"  # J. K. Rowling
    r"|\b(?:Inc|Ltd|Co|Corp|Bros|Jr|Sr|Dr|Mr|Mrs|Ms|Prof|Rev|Gen|Col|Capt|Lt|Sgt|Hon|Esq|St|Mt|Ave"
    r"|Blvd|Rd|etc|vs|approx|Vol|Fig)\.(?!\w)"
    r"|\b(?:Nos?|Nr|Vol|Ch|Fig|Sec|Art|pp?|v|ver)\.[ \u00a0]?\d|\b(?:et al|ibid)\."
)
_INLINE_CODE = (
    r"(?<!`)(?P<marks>`{1,2})(?!`)\s*(?P<code>[^`\s](?:[^`\n]*[^`\s])?)\s*(?P=marks)(?!`)"
)
_TITLE = (
    rf"(?<![\w)])[“\"«„](?P<title>(?!\s)[^\"“”«»„.,;:!?()\n]{{1,{MAX_TITLE_CHARS}}})"
    r"(?<!\s)[”\"»“](?!\w)"
)
_LETTER = r"(?![\p{Han}\p{Hiragana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])[\w\p{M}\u200c\u200d]"
"""Not of scripts without spaces between words."""
_WORD = rf"(?:{_LETTER}(?:\p{{Cf}}+(?={_LETTER}))?){{2,}}"
"""Invisible characters inside a word do not end it: tokenizers ignore them."""
_GRAPHEME = r"(?s)(?=.?[^\x00-\x7f])\X"
"""Those that can have more than one code point, but for a line break."""


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def words(text: str) -> list[Span]:
    """Return the words and the graphemes of a text, such as emoji; some overlap."""
    import regex

    found = [*regex.finditer(_WORD, text), *regex.finditer(_GRAPHEME, text)]
    return [Span(*match.span()) for match in found if match.end() - match.start() > 1]


def names(text: str) -> list[Span]:
    """Return addresses, paths, codes, abbreviations and short titles in quotation marks."""
    found = [span for token in _TOKEN.finditer(text) for span in _names_in(text, token)]
    found += [Span(*match.span()) for match in _pattern(_ABBREVIATION).finditer(text)]
    return found + [Span(*match.span("title")) for match in _pattern(_TITLE).finditer(text)]


def _names_in(text: str, token: re.Match[str]) -> Iterator[Span]:
    """Yield the addresses, paths and codes in what is between two spaces."""
    if not _SPECIAL.search(token[0].rstrip(_SENTENCE_MARKS)):
        return
    for pattern in (_ADDRESS, _PATH, _CODE):
        for match in _pattern(pattern).finditer(text, token.start(), token.end()):
            name = match[0] if pattern == _CODE else match[0].rstrip(_SENTENCE_MARKS)
            while name.endswith((")", "]")) and pattern == _ADDRESS and _is_single(name):
                name = name[:-1].rstrip(_SENTENCE_MARKS)
            yield Span(match.start(), match.start() + len(name))


def _is_single(address: str) -> bool:
    """Return whether the bracket that an address ends with has no partner in it."""
    opener = "(" if address.endswith(")") else "["
    return address.count(address[-1]) > address.count(opener)


def inline_code(text: str) -> list[Span]:
    """Return what is between backticks on one line, without the backticks."""
    if "`" not in text:
        return []
    return [Span(*match.span("code")) for match in _pattern(_INLINE_CODE).finditer(text)]
