"""Finds and ranks passages for a question, with vector and word search fused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING

from index.errors import StoreDamaged
from index.listing import is_listing, listed_in, name_of
from index.question import Question
from index.store.protocol import Ranking, View
from index.terms import Term
from index.types import Article, Encoder, Hit, Passage, Span
from index.words import without_unseen

if TYPE_CHECKING:
    from index.types import Vector

CANDIDATES = 100
"""Passages taken from each search before the scores are fused; more if that gives too few hits."""
COSINE_WEIGHT = 0.6
"""Share of the cosine in the fused score; BM25 has the rest."""
LISTING_WEIGHT = 0.5
"""The score of a passage that only lists other pages is multiplied by this at most."""
NEAR_DUPLICATE = 0.5
"""A passage is dropped if it overlaps a better hit by more than this share of the shorter one."""

_COMMENT = re.compile(r"\bcomment(?:s|ed)?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Query:
    """One of the questions of a combined search."""

    question: Question
    weight: float
    """Share of the score, in [0, 1]; the main question gets what the others leave."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is searched: a whole view, or some of its articles."""

    view: View
    articles: Sequence[str] | None

    def nearest(self, query: Vector, k: int) -> Ranking:
        return self.view.nearest(query, k, self.articles)

    def matching(self, words: Sequence[str], k: int) -> Ranking:
        return self.view.matching(words, k, self.articles)


@dataclass(frozen=True, slots=True)
class _Found:
    """What one query found, by passage id."""

    query: Query
    vector: Vector
    cosine: dict[int, float]
    bm25: dict[int, float]

    def scores(self, min_cosine: float) -> dict[int, float]:
        """Return a score in [0, 1] for each passage: both parts, scaled to the best of this query.

        min_cosine: the lowest of all passages searched. The lowest of the candidates would
        exaggerate small differences among the best.
        """
        best_cosine = max(self.cosine.values(), default=1.0)
        best_bm25 = max(self.bm25.values(), default=1.0)
        spread = best_cosine - min_cosine
        scores = {
            # If all cosines are equal, as with a single passage, all are the best.
            id: COSINE_WEIGHT * ((value - min_cosine) / spread if spread > 1e-6 else 1.0)
            + (1 - COSINE_WEIGHT) * self.bm25.get(id, 0.0) / max(best_bm25, 1e-6)
            for id, value in self.cosine.items()
        }
        return {id: min(1.0, max(0.0, score)) for id, score in scores.items()}


def search(
    view: View,
    encoder: Encoder,
    question: Question,
    k: int,
    *,
    also: Sequence[Query] = (),
    articles: Sequence[str] | None = None,
) -> list[Hit]:
    """Return the k best passages for a question, rank 1 first; fewer if there are not enough.

    also: more questions, whose scores and cosines are added to those of `question` by weight.
    articles: ids of the articles to search; None for all.

    The order depends on the articles alone, not on when they were indexed.
    Raises: StoreError.
    """
    queries = [Query(question, 1.0 - sum(query.weight for query in also)), *also]
    vectors = [encoder.encode_query(query.question.asked) for query in queries]
    scope = _Scope(view, articles)
    passages = view.passage_count(articles)
    candidates = CANDIDATES
    while True:
        found = [
            _find(scope, query, vector, candidates)
            for query, vector in zip(queries, vectors, strict=True)
        ]
        hits = _best(scope, found, k)
        if len(hits) == k or candidates >= passages:
            return hits
        candidates *= 4


def not_found(view: View, question: Question, articles: Sequence[str] | None = None) -> list[str]:
    """Return the words and names of a question that no passage has in any form, as it has them.

    Only those whose absence is certain: neither a name nor any of its parts is found, and a word
    is not written in two. The titles, headings and file names of the passages count.

    articles: ids of the articles to search; None for all.
    """
    absent = _without(view, question.terms, [term.forms for term in question.terms], articles)
    absent = _without(view, absent, [term.halves for term in absent], articles)
    return without_unseen([term.shown for term in absent])


def _without(
    view: View,
    terms: Sequence[Term],
    forms: Sequence[Sequence[str]],
    articles: Sequence[str] | None,
) -> list[Term]:
    """Return the terms of which no passage has any form. forms: for each term, its forms."""
    unknown = set(view.unknown_words([form for own in forms for form in own], articles))
    return [term for term, own in zip(terms, forms, strict=True) if unknown.issuperset(own)]


def _find(scope: _Scope, query: Query, vector: Vector, candidates: int) -> _Found:
    """Return the candidates from the vector search and the word search."""
    cosine = _with_ties(lambda taken: scope.nearest(vector, taken), candidates)
    bm25 = _with_ties(lambda taken: scope.matching(query.question.words, taken), candidates)
    return _Found(query, vector, cosine, bm25)


def _best(scope: _Scope, found: Sequence[_Found], k: int) -> list[Hit]:
    """Return the k best of the passages found.

    A passage that lists other pages yields to them. A comment is found only if the question asks
    for comments.
    """
    wants_comments = any(_COMMENT.search(one.query.question.text) for one in found)
    scores = _fused(scope, found)
    places = scope.view.passages(list(scores))
    names = {name_of(place.article) for place in places.values()}
    best_of = dict.fromkeys(names, 0.0)
    for id, score in scores.items():
        name = name_of(places[id].article)
        best_of[name] = max(best_of[name], score)
    queue = [
        (-score, False, places[id].article, places[id].span, id) for id, score in scores.items()
    ]
    heapify(queue)
    articles: dict[str, Article] = {}
    hits: list[Hit] = []
    while queue and len(hits) < k:
        negative, is_demoted, name, span, id = heappop(queue)
        if name not in articles:
            articles[name] = scope.view.article(name)
        passage = _passage(articles[name], span)
        others = names - {name_of(name)}
        if not is_demoted and is_listing(passage.article, span, others):
            listed = [best_of[other] for other in listed_in(passage, others)]
            lower = min(LISTING_WEIGHT * scores[id], max(listed, default=1.0))
            heappush(queue, (-round(lower, 6), True, name, span, id))
        elif not _repeats(passage, hits) and not (_is_comment(passage) and not wants_comments):
            cosine = sum(one.query.weight * one.cosine[id] for one in found)
            bm25 = found[0].bm25.get(id, 0.0)
            hits.append(Hit(passage, len(hits) + 1, -negative, cosine, bm25))
    return hits


def _passage(article: Article, span: Span) -> Passage:
    """Return a stored passage. Raises: StoreDamaged if it is outside the article's text."""
    if span.end > len(article.text):
        raise StoreDamaged(f"A stored passage of {article.id} has offsets outside its text.")
    return Passage(article, span)


def _is_comment(passage: Passage) -> bool:
    structure = passage.article.structure
    number = structure.at(passage.span.start)
    return number is not None and structure[number].kind == "comment"


def _fused(scope: _Scope, found: Sequence[_Found]) -> dict[int, float]:
    """Return a score in [0, 1] for each passage, by id; add the cosines that a query lacks."""
    seen = dict.fromkeys(id for one in found for id in (*one.cosine, *one.bm25))
    fused = dict.fromkeys(seen, 0.0)
    for one in found:
        unseen = [id for id in seen if id not in one.cosine]
        cosines = scope.view.cosines(one.vector, unseen)
        one.cosine.update(zip(unseen, cosines, strict=True))
        min_cosine = scope.view.min_cosine(one.vector, scope.articles)
        for id, score in one.scores(min_cosine).items():
            fused[id] += one.query.weight * score
    # Rounded, so that the last bits of a float cannot swap equally good passages.
    return {id: round(score, 6) for id, score in fused.items()}


def _with_ties(find: Callable[[int], Ranking], wanted: int) -> dict[int, float]:
    """Return the `wanted` best, and all that tie with the last of them.

    Otherwise the order of indexing would decide which of these are taken.
    """
    taken = wanted + 1
    while len(found := find(taken)) == taken and found[-1][1] == found[wanted - 1][1]:
        taken *= 4
    return {id: score for id, score in found if score >= found[:wanted][-1][1]}


def _repeats(passage: Passage, hits: Sequence[Hit]) -> bool:
    """Return whether a better hit already shows most of this passage."""
    return any(
        (passage.article.id == hit.passage.article.id and _shared(passage.span, hit.passage.span))
        or passage.text == hit.passage.text
        for hit in hits
    )


def _shared(one: Span, other: Span) -> bool:
    return one.overlap(other) > NEAR_DUPLICATE * min(len(one), len(other))
