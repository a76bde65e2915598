"""A question to ranked passages: words and vectors, fused."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from index.database import REBUILD_HINT
from index.errors import StoreDamaged
from index.store import Store
from index.types import Article, Encoder, Hit, Passage, Span

if TYPE_CHECKING:
    from index.types import Vector

CANDIDATES = 100
"""Passages taken from each of the two searches before their scores are fused; more where they
come to fewer hits than were asked for.
"""
COSINE_WEIGHT = 0.6
"""The rest is the word score's."""
NEAR_DUPLICATE = 0.5
"""A passage that shares more than this part of the shorter one with a better hit is left out."""

FUNCTION_WORDS = frozenset(
    """a about after all also am an and any are as at be because been before being between both but
    by can could d did do does doing during each for from had has have having he her here hers him
    his how i if in into is it its itself just ll m many may me might more most much must my name
    no not of off on once only or other our out over own re s same shall she should so some such t
    than that the their theirs them then there these they this those through to too under until up
    ve very was we were what when where which while who whom whose why will with would you your
    """.split()
)
"""English words that say how a question is asked, not what about."""


def question_words(question: str) -> list[str]:
    """Return the words of a question that carry its meaning, each once, in order.

    Where there are none ("Who is she?"), all of its words.
    """
    words = list(dict.fromkeys(re.findall(r"\w+", question.lower())))
    return [word for word in words if word not in FUNCTION_WORDS] or words


def search(store: Store, encoder: Encoder, question: str, k: int) -> list[Hit]:
    """Return the k passages that fit a question best, rank 1 first; fewer where there are fewer.

    The order is the same whenever the articles are. Raises: StoreError.
    """
    query = encoder.encode_query(question)
    with store.reading():
        candidates = CANDIDATES
        while True:
            hits = _best(store, query, question_words(question), k, candidates)
            if len(hits) == k or candidates >= len(store.vectors()):
                return hits
            candidates *= 4


def _best(store: Store, query: Vector, words: Sequence[str], k: int, candidates: int) -> list[Hit]:
    """Return up to k hits among so many candidates of each search."""
    vectors = store.vectors()
    cosine = _with_ties(lambda taken: vectors.nearest(query, taken), candidates)
    bm25 = _with_ties(lambda taken: store.matching(words, taken), candidates)
    unseen = [id for id in bm25 if id not in cosine]
    try:
        cosine.update(zip(unseen, vectors.cosines(query, unseen), strict=True))
    except KeyError as error:
        raise StoreDamaged("The store holds words of no passage.", REBUILD_HINT) from error
    scores = _fused(cosine, bm25, vectors.farthest(query))
    places = store.passages(list(cosine))
    order = sorted(places, key=lambda id: (-scores[id], places[id].article, places[id].span))
    articles: dict[str, Article] = {}
    hits: list[Hit] = []
    for id in order:
        if len(hits) == k:
            break
        name, span = places[id].article, places[id].span
        if name not in articles:
            articles[name] = store.article(name)
        if span.end > len(articles[name].text):
            raise StoreDamaged(f"The store holds a damaged passage of {name}.", REBUILD_HINT)
        passage = Passage(articles[name], span)
        if not _repeats(passage, hits):
            hits.append(Hit(passage, len(hits) + 1, scores[id], cosine[id], bm25.get(id, 0.0)))
    return hits


def _with_ties(find: Callable[[int], list[tuple[int, float]]], wanted: int) -> dict[int, float]:
    """Return the `wanted` best and those as good as the last of them.

    Which of these come first hangs on the order of indexing.
    """
    taken = wanted + 1
    while len(found := find(taken)) == taken and found[-1][1] == found[wanted - 1][1]:
        taken *= 4
    return {id: score for id, score in found if score >= found[:wanted][-1][1]}


def _fused(cosine: dict[int, float], bm25: dict[int, float], floor: float) -> dict[int, float]:
    """Return one score in [0, 1] a passage: both parts scaled to what this question reaches.

    floor: the lowest cosine of the corpus with the question. The lowest of the candidates would
    make much of small differences among the best.
    """
    best_cosine = max(cosine.values(), default=1.0)
    best_bm25 = max(bm25.values(), default=1.0)
    scores = {
        id: COSINE_WEIGHT * (value - floor) / max(best_cosine - floor, 1e-6)
        + (1 - COSINE_WEIGHT) * bm25.get(id, 0.0) / max(best_bm25, 1e-6)
        for id, value in cosine.items()
    }
    # Rounded, so that the last bits of a float cannot swap passages that are equally good.
    return {id: min(1.0, max(0.0, round(score, 6))) for id, score in scores.items()}


def _repeats(passage: Passage, hits: Sequence[Hit]) -> bool:
    """Tell whether a better hit shows most of this passage already."""
    return any(
        (passage.article.id == hit.passage.article.id and _shared(passage.span, hit.passage.span))
        or passage.text == hit.passage.text
        for hit in hits
    )


def _shared(one: Span, other: Span) -> bool:
    return one.overlap(other) > NEAR_DUPLICATE * min(len(one), len(other))
