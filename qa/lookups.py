"""What can be looked up in a session besides answers: passages, articles, and quotes.

Each function returns what to pass to `Session.look_up`; the `Found` event has its result.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import QuestionError
from index.types import Article, Passage, Span
from qa.answers.extracts import MAX_CHARS, Part, extract
from qa.answers.locate import Haystack, Quote
from qa.answers.results import ArticleJson, ArticlesJson, ExtractJson, SearchJson, VerdictsJson
from qa.answers.verify import Checked, check, to_wire
from qa.answers.wire import PassageJson, citation_of
from qa.asking import NothingToAsk
from qa.scope import Scope
from qa.show.text import clipped, visible_line
from qa.tasks import Work
from qa.web import snapshots_of

if TYPE_CHECKING:
    from qa.corpus import Corpus

ARTICLES_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Quoted:
    """Words that are said to be in an article."""

    article: str
    """Its id."""
    text: str
    start: int | None = None
    """Offset at which they were cited; None for anywhere."""


def search(question: str, passages: int, scope: Scope) -> Work[SearchJson]:
    """Return what finds the passages that fit a question best."""

    def work(corpus: Corpus, outdated: Set[str]) -> SearchJson:
        hits = corpus.search(
            question, passages, only=scope.only, exclude=scope.exclude, outdated=outdated
        )
        _check_current(corpus, [hit.passage.article for hit in hits])
        web = snapshots_of(corpus.web, (hit.passage.article for hit in hits))
        found = (
            PassageJson(
                rank=hit.rank,
                score=round(hit.score, 4),
                text=hit.passage.text,
                citation=citation_of(hit.passage, web.get(hit.passage.article.id)),
            )
            for hit in hits
        )
        return SearchJson(question=question.strip(), passages=tuple(found))

    return work


def read(id: str, part: Part, *, max_chars: int = MAX_CHARS) -> Work[ExtractJson]:
    """Return what reads a part of an article. max_chars: see `extract`."""

    def work(corpus: Corpus, outdated: Set[str]) -> ExtractJson:
        article = _article(corpus, id, outdated)
        snapshot = snapshots_of(corpus.web, [article]).get(id)
        return extract(article, part, snapshot, max_chars=max_chars)

    return work


def articles(only: Sequence[str], after: str) -> Work[ArticlesJson]:
    """Return what lists the articles that match patterns, or all of them.

    after: the cursor: the id after which the list goes on; empty for its start.
    """

    def work(corpus: Corpus, outdated: Set[str]) -> ArticlesJson:
        titles = corpus.articles()
        ids = Scope.of(only).matching(titles)
        start = bisect_right(ids, after)
        page = ids[start : start + ARTICLES_PER_PAGE]
        rows = tuple(ArticleJson(article=id, title=titles[id]) for id in page)
        is_last = start + len(page) >= len(ids)
        return ArticlesJson(articles=rows, total=len(ids), next="" if is_last else page[-1])

    return work


def verify(quotes: Sequence[Quoted]) -> Work[VerdictsJson]:
    """Return what checks quotes against the articles, character for character.

    The articles are as indexed, so that no file outside of the corpus can be named.
    """

    def work(corpus: Corpus, outdated: Set[str]) -> VerdictsJson:
        found: dict[str, tuple[Article, Haystack] | None] = {}
        for id in dict.fromkeys(quote.article for quote in quotes):
            try:
                article = _article(corpus, id, outdated)
            except QuestionError:
                found[id] = None
            else:
                found[id] = article, Haystack(article.text)
        numbered = enumerate(quotes, start=1)
        return to_wire([_checked(quote, rank, found[quote.article]) for rank, quote in numbered])

    return work


def _article(corpus: Corpus, id: str, outdated: Set[str]) -> Article:
    """Return an article as it is now.

    Raises: QuestionError if the corpus has none with this id; NothingToAsk if it has changed and
        is not indexed again yet.
    """
    if id in outdated:
        raise _changed(id)
    article = corpus.article(id)
    if article is None:
        raise QuestionError(
            f"No article has the id “{clipped(id)}”.",
            "Only the articles of this corpus can be read; list them for their ids.",
        )
    _check_current(corpus, [article])
    return article


def _check_current(corpus: Corpus, articles: Iterable[Article]) -> None:
    """Raise NothingToAsk if the file of an article has changed since it was indexed."""
    if changed := corpus.changed(articles):
        raise _changed(min(changed))


def _changed(id: str) -> NothingToAsk:
    return NothingToAsk(
        f"{visible_line(id)} has changed and is not indexed again yet.", "Ask again."
    )


def _checked(quoted: Quoted, rank: int, found: tuple[Article, Haystack] | None) -> Checked:
    length = len(quoted.text)
    if found is None:
        start = quoted.start or 0
        quote = Quote("", "passage", quoted.text, (start, start + length), rank, None)
        return Checked(quote, "no file", detail="no article of the corpus has this id")
    article, text = found
    start = quoted.start if quoted.start is not None else max(0, article.text.find(quoted.text))
    inside = Span(min(start, len(article.text)), min(start + length, len(article.text)))
    cited = replace(citation_of(Passage(article, inside)), start=start, end=start + length)
    passage = PassageJson(rank=rank, score=1, text=quoted.text, citation=cited)
    quote = Quote("", "passage", quoted.text, (start, start + length), rank, passage)
    verdict = check(quote, article, text)
    return replace(verdict, detail="") if verdict.verdict == "gone" else verdict
