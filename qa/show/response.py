"""A response to what is shown: terminal text, JSON, Markdown, places for editors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from index.types import Hit, Passage, Span
from qa.show.text import visible, visible_line, visible_name
from qa.types import Answer, Response

if TYPE_CHECKING:
    from rich.text import Text

SCHEMA = 1
_LINE_END = re.compile(r"\r\n|\r|\n")
_ACTS_IN_LINE = re.compile(r"[\\`*\[\]<~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|#(?=#*$)")
"""What Markdown acts on inside a line, CommonMark's and GitHub's."""
_ACTS_BEYOND = re.compile(r"(\\*)(<|!(?=\[)|(?<=\]):)")
INDENT = 4
ANSWER_STYLE = "bold green"
CITATION_STYLE = "cyan"
NOT_FOUND_STYLE = "bold yellow"


class CitationJson(TypedDict):
    """Where a passage stands. Offsets are code points of the article's text."""

    article: str
    title: str
    path: str
    start: int
    end: int
    line_start: int
    line_end: int
    sha256: str


class PassageJson(TypedDict):
    """One passage shown."""

    rank: int
    score: float
    text: str
    citation: CitationJson


class AnswerJson(TypedDict):
    """One answer; `citation` is the rank of the passage it stands in."""

    text: str
    score: float
    start: int
    end: int
    citation: int


class ResponseJson(TypedDict):
    """What `--json` prints for one question, as response.schema.json describes it."""

    schema: int
    question: str
    outcome: str
    answers: list[AnswerJson]
    passages: list[PassageJson]
    unknown_words: list[str]
    context: str
    timings_ms: Mapping[str, float]


def to_json(response: Response) -> ResponseJson:
    """Return a response as plain values. Its texts are the articles' own, to the letter."""
    return {
        "schema": SCHEMA,
        "question": response.question,
        "outcome": response.outcome,
        "answers": [
            {
                "text": answer.text,
                "score": round(answer.score, 4),
                "start": answer.span.start,
                "end": answer.span.end,
                "citation": response.rank_of(answer),
            }
            for answer in response.answers
        ],
        "passages": [
            {
                "rank": hit.rank,
                "score": round(hit.score, 4),
                "text": hit.passage.text,
                "citation": _citation_json(hit.passage),
            }
            for hit in response.hits
        ],
        "unknown_words": list(response.unknown_words),
        "context": response.context,
        "timings_ms": dict(response.timings_ms),
    }


def _citation_json(passage: Passage) -> CitationJson:
    first, last = passage.lines
    article = passage.article
    return {
        "article": article.id,
        "title": article.title,
        "path": article.path,
        "start": passage.span.start,
        "end": passage.span.end,
        "line_start": first,
        "line_end": last,
        "sha256": article.sha256,
    }


def citation(passage: Passage) -> str:
    """Return `title · file:first-last line`, safe to show."""
    return citation_line(_citation_json(passage))


def citation_line(cited: CitationJson) -> str:
    """Return `title · file:first-last line`, safe to show."""
    name = "standard input" if cited["article"] == "-" else cited["article"]
    return f"{visible_line(cited['title'])} · {visible_line(name)}:{_lines(cited)}"


def to_markdown(response: ResponseJson) -> str:
    """Return a response as Markdown: the question, its answers, each passage as a quote.

    Nothing in them acts as Markdown, but that a quote may have emphasis, links and the like of its
    own: it stays as it can be copied, and only HTML, images and definitions of links in it are
    disarmed. Characters that a terminal acts on are left for whoever sends it to one.
    """
    lines = [f"## {_plain(response['question'])}", ""]
    if response["context"]:
        lines += [f"Searched for together with: {_plain(response['context'])}", ""]
    for answer in response["answers"]:
        cited = f"[{answer['citation']}], {percent(answer['score'])} sure"
        lines += [f"**{_plain(answer['text'])}** {cited}", ""]
    if not response["answers"]:
        lines += ["The text does not answer this. Nearest passages:", ""]
    for passage in response["passages"]:
        where = passage["citation"]
        place = _code(f"{where['article']}:{_lines(where)}")
        quote = _disarmed(passage["text"])
        quoted = [f"> {line}".rstrip() for line in _LINE_END.split(quote)]
        lines += [f"[{passage['rank']}] {_plain(where['title'])} · {place}", "", *quoted, ""]
    return "\n".join(lines)


def exported(kept: Iterable[ResponseJson], suffix: str) -> str:
    """Return responses as text: Markdown, or with the suffix ".jsonl" a JSON line each."""
    if suffix == ".jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in kept)
    return "\n".join(to_markdown(row) for row in kept)


def to_vimgrep(response: Response) -> Iterator[str]:
    """Yield `file:line:column:text` of each answer, as editors read lists of places.

    The column counts bytes of UTF-8 from 1, as `rg --vimgrep` and Vim do; the text is the line
    that the answer begins in.
    """
    for answer in response.answers:
        article = answer.passage.article
        start = answer.span.start
        before = _LINE_END.split(article.text[:start])[-1]
        rest = _LINE_END.split(article.text[start:], maxsplit=1)[0]
        place = f"{article.line_of(start)}:{len(before.encode()) + 1}"
        path = visible_name(_nearest_path(article.path))
        yield f"{path}:{place}:{visible_line(before + rest)}"


def _nearest_path(path: str) -> str:
    """Return a path as seen from the current folder where it is below it."""
    with suppress(ValueError, OSError):  # OSError: the current folder is gone
        return str(Path(path).relative_to(Path.cwd()))
    return path


def _plain(text: str) -> str:
    """Return a text on one line, so that Markdown shows it as it is."""
    return _ACTS_IN_LINE.sub(r"\\\g<0>", _in_line(text))


def _code(text: str) -> str:
    """Return a text on one line as a code span: between longer runs of backticks than it holds."""
    line = _in_line(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{space}{line}{space}{fence}"


def _disarmed(quote: str) -> str:
    """Return a quote without HTML, images and definitions of links that act beyond its words."""

    def escaped(match: re.Match[str]) -> str:
        backslashes, mark = match.groups()
        return f"{backslashes}{mark}" if len(backslashes) % 2 else f"{backslashes}\\{mark}"

    return _ACTS_BEYOND.sub(escaped, quote)


def _in_line(text: str) -> str:
    return " ".join(text.split())


def _lines(cited: CitationJson) -> str:
    first, last = cited["line_start"], cited["line_end"]
    return f"{first}" if first == last else f"{first}-{last}"


def to_terminal(response: Response, *, color: bool, width: int | None) -> Iterator[Text]:
    """Yield the lines that a terminal shows of a response: the answer first, then the passages.

    color: without it, «» mark the answer inside its passage.
    width: in cells, at least 20; None leaves every line as long as it is in the article.
    """
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

    if response.answers:
        for answer in response.answers:
            yield from wrapped(Text(visible(answer.text), ANSWER_STYLE))
            yield Text(f"[{response.rank_of(answer)}] {percent(answer.score)} sure", "dim")
    else:
        yield Text("The text does not answer this.", NOT_FOUND_STYLE)
        if response.unknown_words:
            words = ", ".join(visible_line(word) for word in response.unknown_words)
            yield from wrapped(Text(f"It nowhere says: {words}"))
        yield Text()
        yield Text("Nearest passages:")
    for hit in response.hits:
        inside = [answer for answer in response.answers if answer.passage == hit.passage]
        yield Text()
        yield from wrapped(Text(f"[{hit.rank}] {citation(hit.passage)}", CITATION_STYLE))
        marked = marked_passage(hit, inside, style=ANSWER_STYLE, marks=not color)
        yield from wrapped(marked, INDENT)


def percent(probability: float) -> str:
    """Return a probability in [0, 1] as whole percent, never a certain 0 or 100."""
    return f"{min(99, max(1, round(probability * 100)))} %"


def marked_passage(hit: Hit, answers: Iterable[Answer], *, style: str, marks: bool) -> Text:
    """Return a passage's text, safe to show, its answers styled and, with `marks`, in «»."""
    from rich.text import Text

    text = hit.passage.article.text
    shown = Text()
    position = hit.passage.span.start
    for span in sorted({answer.span for answer in answers}):
        before = Span(position, max(position, span.start))
        shown.append(visible(text[before.start : before.end]))
        quoted = visible(text[max(position, span.start) : span.end])
        shown.append(f"«{quoted}»" if marks else quoted, style)
        position = max(position, span.end)
    shown.append(visible(text[position : hit.passage.span.end]))
    return shown
