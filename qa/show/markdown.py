"""Responses as Markdown, and as the text of an exported file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict

from qa.answers.wire import ResponseJson
from qa.show.paths import relative_path
from qa.show.text import not_sure, percent

_LINE_END = re.compile(r"\r\n|\r|\n")
_INLINE_MARKUP = re.compile(r"[\\`*\[\]<~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|#(?=#*$)")
"""What CommonMark and GitHub treat as markup inside a line."""
_ACTIVE_MARKUP = re.compile(r"(\\*)(<|!(?=\[)|(?<=\]):)")
"""Markup with effects outside a quote: HTML, images, link definitions."""


def to_markdown(response: ResponseJson, folder: str | None = None) -> str:
    """Return a response as Markdown: the question, its answers, each passage as a quote.

    Question, answers and titles are escaped. A quote keeps its own emphasis and links, so that it
    can be copied; only its HTML, images and link definitions are escaped. Control characters are
    kept: pass the result through `visible` before printing it.

    folder: what the paths are relative to; see `relative_path`.
    """
    lines = [f"## {_plain(response.question)}", ""]
    if response.context:
        lines += [f"Searched together with: {_plain(response.context)}", ""]
    if response.corrections:
        lines += [f"Showing results for “{_plain(response.searched)}”", ""]
    for answer in response.answers:
        cited = f"[{answer.citation}], {percent(answer.score)} sure"
        lines += [f"**{_plain(answer.words)}** {cited}", ""]
    if closest := response.closest:
        lines += [f"{not_sure(_plain(closest.words), closest.score)} [{closest.citation}]", ""]
    elif not response.answers:
        lines += ["No answer found.", ""]
    if not response.answers:
        if response.unknown_words:
            lines += [f"Not found in the text: {_plain(', '.join(response.unknown_words))}", ""]
        lines += ["Nearest passages:", ""]
    for passage in response.passages:
        where = passage.citation
        place = _code(where.located(relative_path(where.path, folder)))
        quote = _escaped_quote(passage.text)
        quoted = [f"> {line}".rstrip() for line in _LINE_END.split(quote)]
        cited = " · ".join(filter(None, [_plain(where.section), place]))
        lines += [f"[{passage.rank}] {cited}", "", *quoted, ""]
    return "\n".join(lines)


def exported(responses: Iterable[ResponseJson], suffix: str, folder: str | None = None) -> str:
    """Return responses as the text of a file: JSON lines for ".jsonl", otherwise Markdown.

    folder: where the file will be, so that the paths in Markdown can be opened from there.
    """
    if suffix == ".jsonl":
        return "".join(json.dumps(asdict(row), ensure_ascii=False) + "\n" for row in responses)
    return "\n".join(to_markdown(row, folder) for row in responses)


def _plain(text: str) -> str:
    """Return a text on one line, escaped so that Markdown shows it as it is."""
    return _INLINE_MARKUP.sub(r"\\\g<0>", _in_line(text))


def _code(text: str) -> str:
    """Return a text on one line as a code span, between more backticks than it has in a row.

    Its spaces are kept: they may be those of a path.
    """
    line = _LINE_END.sub(" ", text)
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def _escaped_quote(quote: str) -> str:
    """Return a quote with its HTML, images and link definitions escaped."""

    def escaped(match: re.Match[str]) -> str:
        backslashes, mark = match.groups()
        return f"{backslashes}{mark}" if len(backslashes) % 2 else f"{backslashes}\\{mark}"

    return _ACTIVE_MARKUP.sub(escaped, quote)


def _in_line(text: str) -> str:
    return " ".join(text.split())
