"""The tools: what each takes, does and returns. They only pass on what the session says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from qa.answers.results import ArticlesJson, ExtractJson, SearchJson, VerdictsJson
from qa.answers.wire import ResponseJson
from qa.mcp import texts
from qa.mcp.arguments import Arguments, Asking, Listing, Reading, Verifying
from qa.mcp.desk import Desk, LookedUp
from qa.scope import Scope

if TYPE_CHECKING:
    from qa.events import SoFar

_A = TypeVar("_A", bound=Arguments)
Result = ResponseJson | SearchJson | ExtractJson | ArticlesJson | VerdictsJson


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool returns."""

    note: str
    """What to make of it, for a language model."""
    text: str
    """The result in words."""
    result: Result
    so_far: SoFar | None
    """What part of the articles it is from; None for all."""


@dataclass(frozen=True, slots=True)
class Tool(Generic[_A]):
    """A tool as clients see it."""

    title: str
    description: str
    arguments: type[_A]
    result: type[Result]
    call: Callable[[Desk, _A], Awaitable[Reply]]


async def _ask(desk: Desk, asked: Asking) -> Reply:
    answered = await desk.ask(asked.question, asked.passages, _scope(asked))
    response = answered.response
    note = texts.noted(texts.NOTES[response.outcome], answered.so_far)
    return Reply(note, texts.of_response(response), response, answered.so_far)


async def _search(desk: Desk, asked: Asking) -> Reply:
    from qa import lookups  # here and below: clients list the tools first

    work = lookups.search(asked.question, asked.passages, _scope(asked))
    return _reply(await desk.look_up(work), texts.SEARCHED, texts.of_search)


async def _read(desk: Desk, asked: Reading) -> Reply:
    from qa import lookups
    from qa.answers.extracts import Part

    part = Part(asked.lines, asked.label, asked.start, asked.end, asked.cursor)
    work = lookups.read(asked.article, part)
    return _reply(await desk.look_up(work), texts.EXTRACTED, texts.of_extract)


async def _articles(desk: Desk, asked: Listing) -> Reply:
    from qa import lookups

    work = lookups.articles(asked.only, asked.cursor)
    return _reply(await desk.look_up(work), texts.LISTED, texts.of_articles)


async def _verify(desk: Desk, asked: Verifying) -> Reply:
    from qa import lookups

    quotes = [lookups.Quoted(one.article, one.text, one.start) for one in asked.quotes]
    work = lookups.verify(quotes)
    return _reply(await desk.look_up(work), texts.VERIFIED, texts.of_verdicts)


_R = TypeVar("_R", SearchJson, ExtractJson, ArticlesJson, VerdictsJson)


def _reply(found: LookedUp[_R], note: str, text: Callable[[_R], str]) -> Reply:
    return Reply(texts.noted(note, found.so_far), text(found.result), found.result, found.so_far)


def _scope(asked: Asking) -> Scope:
    return Scope.of(asked.only, asked.exclude)


TOOLS: Mapping[str, Tool[Asking] | Tool[Reading] | Tool[Listing] | Tool[Verifying]] = {
    "ask": Tool(
        "Ask the articles",
        "Answer a question by quoting the articles word for word, with place and confidence. "
        "`outcome` says what to make of it. answered: quote it. unsure: the words in `closest` "
        "may answer; present them only as a possibility. not_found: the articles do not say it; "
        "say so, and do not answer from your own knowledge as if they did.",
        Asking,
        ResponseJson,
        _ask,
    ),
    "search": Tool(
        "Search the articles",
        "Find the passages that fit a question or keywords best, whether or not they answer. Use "
        "`ask` for an answer.",
        Asking,
        SearchJson,
        _search,
    ),
    "read": Tool(
        "Read an article",
        "Read an article, or a part of it: lines, a page or the like, or offsets. A long text "
        "comes in parts: pass `next` as `cursor` to read on.",
        Reading,
        ExtractJson,
        _read,
    ),
    "articles": Tool(
        "List the articles",
        "List the articles that can be asked and read: ids and titles, by page.",
        Listing,
        ArticlesJson,
        _articles,
    ),
    "verify": Tool(
        "Verify quotes",
        "Check that quotes stand in their articles, character for character.",
        Verifying,
        VerdictsJson,
        _verify,
    ),
}
