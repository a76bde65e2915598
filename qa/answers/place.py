"""Finds the part of an article that a citation names, such as "report.pdf, page 12"."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.scan import STDIN, STDIN_NAME, Source
from index.types import Article, Span
from index.view import shown
from index.web.addresses import is_address, normal_address
from index.wording import CONTEXT_SEPARATOR
from qa.answers.cited_files import NotReadable, read_file, read_snapshot, time_fetched

if TYPE_CHECKING:
    from index.load import Loaded

_NUMBER = re.compile(r"\[\d+\] ")
_BEFORE_PATH = " · "
_FETCHED = re.compile(r" \(fetched ([^()]*)\)$")
_LINES = re.compile(r"(.+?):([1-9]\d{0,8})(?:-([1-9]\d{0,8})|:\d+(?::.*)?)?")
"""With the column and the text of `--format vimgrep`, if they are given."""
_LABEL = re.compile(r"(.+), ([^,]+)")
_SEVERAL = re.compile(r"(page|slide)s (\w+)[-–](\w+)")
_LINE_LABEL = re.compile(r"lines? (\d+(?:[-–]\d+)?)")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Place:
    """A part of an article."""

    article: Article
    span: Span
    """All of the article if the citation names no part of it."""
    note: str = ""
    """For the user: that a web page was fetched again since it was cited."""


@dataclass(frozen=True, slots=True)
class _Named:
    path: str
    lines: tuple[int, int] | None = None
    label: str = ""
    section: tuple[str, ...] = ()
    """Title and headings, outermost first."""
    fetched: str = ""
    """When a web page was fetched, as citations say it."""


def find_place(
    citation: str, *, snapshots: Path, max_bytes: int, reading: Callable[[Source], Loaded]
) -> Place:
    """Return what a citation names. Web pages are read from their snapshots.

    citation: as it is printed, with or without title and headings: a path or an address, then
        lines (":7-9") or a label (", page 12"). Without those, the section under its headings is
        found, and the whole article if there is none.
    reading: `load.read` with its options.

    Raises: ArticleError if there is no such file, page or line.
    """
    named, note = _parsed(citation), ""
    try:
        if is_address(named.path):
            address = normal_address(named.path)
            article = read_snapshot(address, snapshots, reading)
            now = time_fetched(address, snapshots)
            if named.fetched not in ("", now):
                note = f"Cited as fetched {named.fetched}; this is the page as fetched {now}."
        else:
            path = os.path.abspath(named.path)
            article = read_file(os.path.basename(path), path, max_bytes, reading)
    except NotReadable as error:
        hint = f"To fetch it: qa index {named.path}" if is_address(named.path) else ""
        raise ArticleError(f"Cannot read {named.path}: {error.detail}.", hint) from error
    if named.lines:
        return Place(article, span_of_lines(article, named.path, *named.lines), note)
    if named.label:
        return Place(article, span_of_label(article, named.path, named.label), note)
    return Place(article, _span_of_section(article, named.section), note)


def _parsed(citation: str) -> _Named:
    """Return the parts of a citation. A file with exactly this name comes first."""
    for before, text in _divided(citation):
        section = tuple(before.split(CONTEXT_SEPARATOR)) if before else ()
        if os.path.exists(text):
            return _Named(text, section=section)
        time = _FETCHED.search(text)
        fetched, text = time[1] if time else "", _FETCHED.sub("", text)
        if text in (STDIN, STDIN_NAME) or text.startswith(f"{STDIN_NAME}:"):
            raise ArticleError("Standard input is not kept, so nothing of it can be shown.")
        if (found := _LABEL.fullmatch(text)) and _exists(found[1]):
            return _Named(found[1], label=found[2], fetched=fetched)
        if (found := _LINES.fullmatch(text)) and os.path.exists(found[1]):
            first = int(found[2])
            return _Named(found[1], lines=(first, int(found[3] or first)))
        if is_address(text):
            return _Named(text, section=section, fetched=fetched)
    raise ArticleError(
        f"No such file: {citation}",
        "Give a place as it is printed, in quotes: notes.md:7-9, 'report.pdf, page 12'.",
    )


def _exists(path: str) -> bool:
    return is_address(path) or os.path.exists(path)


def _divided(citation: str) -> Iterator[tuple[str, str]]:
    """Yield what may be title and headings, and what may be a path with lines or a label.

    First, all of it may be a path. The last ones are without the backticks of Markdown.
    """
    yield "", citation
    numberless = _NUMBER.sub("", citation, count=1)
    for whole in (numberless, numberless.replace("`", "")):
        yield "", whole
        for mark in re.finditer(_BEFORE_PATH, whole):
            yield whole[: mark.start()], whole[mark.end() :]


def _span_of_section(article: Article, section: tuple[str, ...]) -> Span:
    """Return the section under these headings; the whole article if there is no such section."""
    structure, end = article.structure, len(article.text)
    for number in range(len(structure)):
        if not section or structure[number].kind != "heading":
            continue
        above = [*structure.headings(number), number]
        path = tuple(shown(article, structure[each].span) for each in above)
        if path not in (section, section[1:]):
            continue
        for later in range(number + 1, len(structure)):
            block = structure[later]
            if block.kind == "heading" and block.level <= structure[number].level:
                end = block.span.start
                break
        return Span(structure[number].span.start, end)
    return Span(0, end)


def span_of_lines(article: Article, path: str, first: int, last: int) -> Span:
    """Return some lines of an article, counted from 1. path: as it was given."""
    text = article.text
    starts = [0, *(end.end() for end in _LINE_END.finditer(text) if end.end() < len(text))]
    if first > last:
        raise ArticleError(f"Lines {first}-{last}: the first comes after the last.")
    if last > len(starts):
        raise ArticleError(f"{path} has only {len(starts):,} lines.")
    ends = [*starts[1:], len(text)]
    return Span(starts[first - 1], ends[last - 1])


def span_of_label(article: Article, path: str, label: str) -> Span:
    """Return a page or the like, or several, as in "pages 12–13". path: as it was given."""
    several = _SEVERAL.fullmatch(label)
    first, last = (
        (f"{several[1]} {several[2]}", f"{several[1]} {several[3]}") if several else (label, label)
    )
    labels = article.structure.labels()
    starts = [each.start for each in labels if each.text == first]
    ends = [
        labels[number + 1].start if number + 1 < len(labels) else len(article.text)
        for number, each in enumerate(labels)
        if each.text == last
    ]
    if not starts or not ends or ends[-1] <= starts[0]:
        names = [each.text for each in labels if each.text]
        hint = "Leave out what follows the comma."
        if line := _LINE_LABEL.fullmatch(label):
            hint = f"Give lines after a colon: {path}:{line[1].replace('–', '-')}"
        if names:
            hint = f"It has {' to '.join(dict.fromkeys([names[0], names[-1]]))}."
        raise ArticleError(f"{path} has no {label}.", hint)
    return Span(starts[0], ends[-1])
