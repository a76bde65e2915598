"""What a page says about itself: title, author, date, site and address."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.formats.html_texts import letters_of

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_CHARS = 300
"""Longer ones are not what they seem to be."""
MAX_BYLINE_CHARS = 1_000
"""With white space. An element with more text is no byline."""
_LAST_DATE = "2100-01-01"
"""A page from the future is read like any other. By default, the result depends on today's date."""
_JSON_NAME = re.compile(r'"name"\s*:\s*("(?:[^"\\]|\\.){1,300}")')
_JSON_DATE = re.compile(r'"(date\w{1,20})"\s*:\s*"(\d{4}-\d\d-\d\d)')
_PUBLICATION = re.compile(r"publi|pubdate|issue|creat", re.IGNORECASE)
_CHANGE = re.compile(r"modif|updat|revis|review|last", re.IGNORECASE)
_CHANGED_ON = re.compile(
    r"\b(?:last|page|content) (?:updated|modified|reviewed|revised|changed)\b"
    r"|\b(?:updated|modified|reviewed|revised)(?: on)?:",
    re.IGNORECASE,
)
_BYLINES = (
    "//*[@rel='author' or contains(@itemprop, 'author') or contains(@class, 'author')"
    " or contains(@id, 'author') or contains(@class, 'byline')]"
)
_BY = re.compile(r"^(?:written )?by\b:?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class About:
    """What a page says about itself; empty where it says nothing."""

    title: str = ""
    window: str = ""
    """The title of the browser's window: often that of the page, then that of the site."""
    author: str = ""
    date: str = ""
    """As in "2024-03-01"."""
    is_published: bool = False
    """Whether it is the date of publication, and not perhaps that of a change."""
    site: str = ""
    address: str = ""


def about(tree: HtmlElement, address: str) -> About:
    """Return what a page says about itself. address: if it does not say its own."""
    from trafilatura import extract_metadata

    # An extensive search takes any date in the text for the page's own.
    dates = {"original_date": True, "extensive_search": False, "max_date": _LAST_DATE}
    window = " ".join((tree.findtext(".//title") or "").split())
    try:
        found = extract_metadata(tree, date_config=dates)
    except Exception:  # noqa: BLE001 (on broken pages it raises whatever its parsers do)
        return About(window, window, address=address)
    return About(
        _short(found.title) or window,
        window,
        _as_stated(_short(found.author), tree),
        _short(found.date),
        bool(found.date) and _is_published(_short(found.date), tree),
        _short(found.sitename),
        _short(found.url) or _short(address),
    )


def _is_published(date: str, tree: HtmlElement) -> bool:
    """Return whether a date is that of publication, as far as a page says."""
    names = [name for name, value in _stated_dates(tree) if date in value]
    changes = [name for name in names if _CHANGE.search(name)]
    if any(_PUBLICATION.search(name) for name in names if name not in changes):
        return True
    return not changes and not any(map(_CHANGED_ON.search, tree.itertext()))


def _stated_dates(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """Yield names and values of what a page says about itself, dates among them."""
    for meta in tree.iter("meta"):
        name = " ".join(meta.get(key) or "" for key in ("property", "name", "itemprop"))
        yield name, meta.get("content") or ""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        for match in _JSON_DATE.finditer(script.text or ""):
            yield match[1], match[2]


def _as_stated(authors: str, tree: HtmlElement) -> str:
    """Return authors as the page writes them.

    trafilatura drops periods, and words that are rarely a part of a name, such as "for".

    authors: as trafilatura returns them, with "; " in between.
    """
    from trafilatura.json_metadata import normalize_authors

    if not authors:
        return ""
    stated: dict[str | None, str] = {}
    for words in _stated_names(tree):
        stated.setdefault(normalize_authors(None, words), words)
    for words in _bylines(tree):
        found = normalize_authors(None, words)
        if found and letters_of(found) == letters_of(words):  # without a place or a date
            stated.setdefault(found, words)
    return stated.get(authors) or ", ".join(stated.get(one, one) for one in authors.split("; "))


def _stated_names(tree: HtmlElement) -> Iterator[str]:
    """Yield what may name an author in what a page says about itself."""
    for meta in tree.iter("meta"):
        yield _name(meta.get("content"))
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        for match in _JSON_NAME.finditer(script.text or ""):
            with suppress(ValueError):  # not valid JSON
                yield _name(json.loads(match[1], strict=False))


def _bylines(tree: HtmlElement) -> Iterator[str]:
    """Yield what may name an author in the text of a page."""
    for element in tree.xpath(_BYLINES):
        words = ""
        for text in element.itertext():
            words += text
            if len(words) > MAX_BYLINE_CHARS:
                break
        else:
            yield _name(words)


def _name(words: str | None) -> str:
    return _BY.sub("", _short(html.unescape(words or "")), count=1)


def _short(words: str | None) -> str:
    collapsed = " ".join((words or "").split())
    return collapsed if len(collapsed) <= MAX_CHARS else ""
