"""Links to what a citation quotes: to the page of a PDF, or to the words on a web page.

Everything that comes from an article is percent-encoded, and the scheme is `file`, `https` or
`http`, so that a link can be handed to a terminal or a browser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from urllib.parse import quote

from index.errors import ArticleError
from index.types import Span
from index.web.addresses import is_address, normal_address
from qa.answers.wire import AnswerJson, CitationJson, PassageJson, ResponseJson

MAX_EXACT_WORDS = 10
"""Longer quotes are given by their first and last words: in between, a page may have the mark of a
note, which the article's text does not have."""
END_WORDS = 5
"""How many words stand for the start of a long quote, and for its end."""
MAX_EXACT_CHARS = 300
"""Of quotes in languages that put no spaces between words."""
_BLOCK_END = re.compile(r"[\r\n]+| \| |\t")
"""Between paragraphs, items or cells: on the page, their words are not next to each other."""
_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+|(?<=[。！？])")


def link_to(passage: PassageJson, quoted: AnswerJson | None = None) -> str:
    """Return the address of a passage: `file:///…/report.pdf#page=12`, `https://…#:~:text=…`.

    Empty for standard input, and if what was saved is neither an absolute path nor an address.

    quoted: the words of the passage to go to.
    """
    cited = passage.citation
    address = _address_of(cited)
    format, words = format_of(cited), words_to_find(passage, quoted)
    if address and format == "pdf" and (page := page_of(passage, quoted)):
        return f"{address}#page={page}"
    is_in_browser = format == "html" or (not format and is_address(cited.path))
    return f"{address}#{text_fragment(words)}" if address and words and is_in_browser else address


def links_of(response: ResponseJson, environment: Mapping[str, str]) -> dict[int, str]:
    """Return links for a terminal to follow, by the rank of the passage.

    Those to text files have the line. Terminals with the VTE library, such as that of GNOME,
    cannot open a file at a place: theirs lead to the file.
    """
    first: dict[int, AnswerJson] = {}
    for quoted in response.quoted:
        first.setdefault(quoted.citation, quoted)
    links = {}
    for passage in response.passages:
        address = link_to(passage, first.get(passage.rank))
        is_file = address.startswith("file:")
        if is_file and "#" not in address and not passage.citation.extractor:
            address += f"#{passage.citation.line_start}"
        if address:
            is_limited = is_file and "VTE_VERSION" in environment
            links[passage.rank] = address.partition("#")[0] if is_limited else address
    return links


def page_of(passage: PassageJson, quoted: AnswerJson | None = None) -> int:
    """Return the page that the quoted words are on, else that of the passage; 0 if it has none."""
    return (quoted.page if quoted else None) or passage.citation.page or 0


def format_of(cited: CitationJson) -> str:
    """Return the name of the format that the text was extracted from; empty for plain text."""
    return cited.extractor.partition(" ")[0]


def words_to_find(passage: PassageJson, quoted: AnswerJson | None = None) -> str:
    """Return words of a passage that a browser can find on the page.

    That is the sentence that the quoted words begin in, or else the first one; of a table, the
    cell.
    """
    text, offset = passage.text, passage.citation.start
    start = min(max(0, quoted.start - offset), len(text)) if quoted else _first_letter(text)
    block = _between(_BLOCK_END, text, Span(start, start), Span(0, len(text)))
    end = min(max(start, quoted.end - offset), block.end) if quoted else start
    sentence = _between(_SENTENCE_END, text, Span(start, end), block)
    return " ".join(text[sentence.start : sentence.end].split())


def text_fragment(words: str) -> str:
    """Return the fragment of an address that makes browsers scroll to words and highlight them.

    See https://wicg.github.io/scroll-to-text-fragment/
    """
    parts = words.split()
    if len(parts) <= MAX_EXACT_WORDS:
        return f":~:text={_encoded(' '.join(parts)[:MAX_EXACT_CHARS])}"
    first, last = parts[:END_WORDS], parts[-END_WORDS:]
    return f":~:text={_encoded(' '.join(first))},{_encoded(' '.join(last))}"


def _address_of(cited: CitationJson) -> str:
    """Return the address of a file, or of where a web page was fetched from; empty for others."""
    if is_address(cited.path):
        try:
            return normal_address(cited.address or cited.path)
        except ArticleError:
            return ""
    path = PurePath(cited.path)
    return path.as_uri() if path.is_absolute() else ""


def _between(separator: re.Pattern[str], text: str, inner: Span, outer: Span) -> Span:
    """Return the part of `outer` that contains `inner` and that separators enclose."""
    first = outer.start
    for found in separator.finditer(text, outer.start, outer.end):
        if found.start() >= max(inner.end, first + 1):
            return Span(first, found.start())
        if found.end() <= inner.start:
            first = found.end()
    return Span(first, outer.end)


def _first_letter(text: str) -> int:
    return len(text) - len(text.lstrip())


def _encoded(words: str) -> str:
    """Return words percent-encoded; "-", "," and "&" have a meaning in a text fragment."""
    return quote(words, safe="", errors="replace").replace("-", "%2D")
