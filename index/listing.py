"""Finds passages that list other pages, such as a README with links to every note."""

from __future__ import annotations

import re
from collections.abc import Set

from index.types import Article, Passage, Span
from index.view import plain

MIN_SHARE = 0.6
"""Share of a passage's characters that are links or names of other articles."""
MIN_ENTRIES = 3
_LINK = re.compile(
    r"\[\[[^\]\n]{1,200}\]\]"  # a wikilink
    r"|!?\[[^\]\n]{0,200}\]\([^()\n]{1,400}\)"
    r"|<?https?://[^\s<>]{1,400}>?"
)
_BULLET = re.compile(r"^[ \t>]*(?:[-*+•]|\d{1,3}[.)])[ \t]+", re.MULTILINE)


def is_listing(article: Article, span: Span, names: Set[str]) -> bool:
    """Return whether a passage is mostly links, or mostly names of other articles.

    names: of other articles, as `name_of` returns them.
    """
    structure = article.structure
    listed = total = entries = 0
    for number in structure.overlapping(span):
        block = structure[number]
        if block.kind == "heading":
            continue
        start, end = max(span.start, block.span.start), min(span.end, block.span.end)
        text = _BULLET.sub("", article.text[start:end])
        total += _visible(text)
        links = [match[0] for match in _LINK.finditer(text)]
        words = _BULLET.sub("", plain(article, Span(start, end)).text)
        if " ".join(words.split()).casefold() in names:
            listed += _visible(text)
            entries += 1
        else:
            listed += sum(map(_visible, links))
            entries += len(links)
    return entries >= MIN_ENTRIES and listed >= MIN_SHARE * total


def listed_in(passage: Passage, names: Set[str]) -> list[str]:
    """Return the names of other articles that a passage has. names: as for `is_listing`."""
    words = " ".join(re.split(r"[-_\s]+", passage.text.casefold()))
    return [name for name in names if name in words]


def name_of(id: str) -> str:
    """Return the name of an article as pages list it: its file's name without the extension."""
    name = id.rsplit("/", 1)[-1]
    return " ".join(re.split(r"[-_\s]+", name.rsplit(".", 1)[0])).casefold()


def _visible(text: str) -> int:
    return sum(not character.isspace() for character in text)
