"""A response as terminal output, or as locations for editors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from index.types import Article, Hit, Passage, Span
from index.web.addresses import is_address
from qa.answers.wire import CitationJson, citation_of
from qa.show.paths import brief_path, relative_path, shown_path
from qa.show.text import clipped, not_sure, percent, visible, visible_line, visible_name
from qa.types import Answer, Response

if TYPE_CHECKING:
    from rich.text import Text

    from index.web.snapshots import About

_LINE_END = re.compile(r"\r\n|\r|\n")
INDENT = 4
ANSWER_STYLE = "bold green"
CITATION_STYLE = "cyan"
CORRECTED_STYLE = "italic"
NOT_FOUND_STYLE = "bold yellow"
NOT_SURE_STYLE = "yellow"
CLOSEST_STYLE = "underline"
NO_LINKS: Mapping[int, str] = MappingProxyType({})


def citation(passage: Passage, snapshot: About | None = None) -> str:
    """Return `title › heading · file:first-last line`, safe to show. snapshot: of a web page."""
    return citation_line(citation_of(passage, snapshot))


def citation_line(cited: CitationJson, *, brief: bool = False) -> str:
    """Return `title › heading · file:first-last line`, safe to show.

    Of a web page: `title › heading · address (time)`.

    brief: shorten the path in the middle if it is long, and cut off
        what is before it if that is very long.
    """
    path = brief_path(cited.path) if brief else shown_path(cited.path)
    section = clipped(cited.section) if brief else visible_line(cited.section)
    return " · ".join(filter(None, [section, visible_name(cited.located(path))]))


def to_vimgrep(response: Response) -> Iterator[str]:
    """Yield `file:line:column:text` for each answer, as in an editor's list of locations.

    The column counts UTF-8 bytes from 1, as in `rg --vimgrep` and Vim. The text is the line that
    the answer starts in. The place of the closest words, if unsure, says so before that line.

    Only files whose text is their own have lines to go to; see `not_in_vimgrep`.
    """
    doubt = f"not sure ({percent(response.closest.score)}): " if response.closest else ""
    for answer in response.quoted:
        article = answer.passage.article
        if not _has_lines(article):
            continue
        start = answer.span.start
        before = _LINE_END.split(article.text[:start])[-1]
        rest = _LINE_END.split(article.text[start:], maxsplit=1)[0]
        place = f"{article.line_of(start)}:{len(before.encode()) + 1}"
        path = visible_name(relative_path(article.path, up=0))
        yield f"{path}:{place}:{doubt}{visible_line(before + rest)}"


def not_in_vimgrep(response: Response) -> Iterator[str]:
    """Yield a note for each place of an answer that has no line that an editor could go to."""
    places: dict[str, None] = {}
    for answer in response.quoted:
        if not _has_lines(answer.passage.article):
            cited = citation_of(Passage(answer.passage.article, answer.span))
            places[cited.located(shown_path(cited.path))] = None
    for place in places:
        yield f"Skipped, no line number: an answer in {place}"


def _has_lines(article: Article) -> bool:
    return not article.extractor and not is_address(article.path)


def to_terminal(
    response: Response, *, color: bool, width: int | None, links: Mapping[int, str] = NO_LINKS
) -> Iterator[Text]:
    """Yield the lines that a terminal shows: the answers first, then the passages.

    color: if false, «» mark the answers inside their passages, and ‹› the closest words if unsure.
    width: in cells, at least 20; None does not wrap lines. Citations are never wrapped.
    links: addresses that citations lead to, by the rank of the passage.
    """
    from rich.style import Style
    from rich.text import Text

    def wrapped(text: Text, indent: int = 0) -> Iterator[Text]:
        if width is None:
            lines = list(text.split("\n", allow_blank=True))
        else:
            from rich.console import Console

            lines = list(text.wrap(Console(width=width), max(20, width - indent)))
        for line in lines:
            line.rstrip()
            yield Text(" " * indent) + line if line else line

    if response.corrections:
        instead = f"Showing results for “{visible_line(response.searched)}”"
        yield from wrapped(Text(instead, CORRECTED_STYLE))
        yield Text()
    if response.answers:
        for answer in response.answers:
            yield from wrapped(Text(visible(answer.shown), ANSWER_STYLE))
            yield Text(f"[{response.rank_of(answer)}] {percent(answer.score)} sure", "dim")
    else:
        if closest := response.closest:
            said = not_sure(visible(closest.shown), closest.score)
            yield from wrapped(Text(f"{said} [{response.rank_of(closest)}]", NOT_SURE_STYLE))
        else:
            yield Text("No answer found.", NOT_FOUND_STYLE)
        if response.unknown_words:
            words = ", ".join(visible_line(word) for word in response.unknown_words)
            yield from wrapped(Text(f"Not found in the text: {words}"))
        yield Text()
        yield Text("Nearest passages:")
    for hit in response.hits:
        inside = [answer for answer in response.quoted if answer.passage == hit.passage]
        yield Text()
        # Not wrapped: a path in two parts cannot be copied.
        cited = citation(hit.passage, response.snapshots.get(hit.passage.article.id))
        link = Style.parse(CITATION_STYLE) + Style(link=links.get(hit.rank))
        yield Text(f"[{hit.rank}] {cited}", link)
        style, marks = (CLOSEST_STYLE, "‹›") if response.closest else (ANSWER_STYLE, "«»")
        marked = marked_passage(hit, inside, style=style, marks="" if color else marks)
        yield from wrapped(marked, INDENT)


def marked_passage(hit: Hit, answers: Iterable[Answer], *, style: str, marks: str) -> Text:
    """Return a passage's text, safe to show, with the words that answer styled.

    marks: the characters to put before and after them, if any.
    """
    from rich.text import Text

    before_words, after_words = marks[:1], marks[1:]
    text = hit.passage.article.text
    shown = Text()
    position = hit.passage.span.start
    for span in sorted({answer.span for answer in answers}):
        before = Span(position, max(position, span.start))
        shown.append(visible(text[before.start : before.end]))
        words = visible(text[max(position, span.start) : span.end])
        shown.append(f"{before_words}{words}{after_words}", style)
        position = max(position, span.end)
    shown.append(visible(text[position : hit.passage.span.end]))
    return shown
