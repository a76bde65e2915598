"""A question to ranked passages: words and vectors, fused."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.store import Store
from index.types import Article, Encoder, Hit, Passage, Span

CANDIDATES = 100
"""Passages taken from each of the two searches before their scores are fused."""
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
        vectors = store.vectors()
        cosine = dict(vectors.nearest(query, CANDIDATES))
        bm25 = dict(store.matching(question_words(question), CANDIDATES))
        unseen = [id for id in bm25 if id not in cosine]
        cosine.update(zip(unseen, vectors.cosines(query, unseen), strict=True))
        scores = _fused(cosine, bm25, vectors.farthest(query))
        places = store.passages(list(cosine))
        # Rounded, so that the last bits of a float cannot swap passages that are equally good.
        order = sorted(
            places, key=lambda id: (-round(scores[id], 6), places[id].article, places[id].span)
        )
        articles: dict[str, Article] = {}
        hits: list[Hit] = []
        for id in order:
            if len(hits) == k:
                break
            name, span = places[id].article, places[id].span
            if name not in articles:
                articles[name] = store.article(name)
            passage = Passage(articles[name], span)
            if not _repeats(passage, hits):
                score = min(1.0, max(0.0, scores[id]))
                hits.append(Hit(passage, len(hits) + 1, score, cosine[id], bm25.get(id, 0.0)))
        return hits


def _fused(cosine: dict[int, float], bm25: dict[int, float], floor: float) -> dict[int, float]:
    """Return one score in [0, 1] a passage: both parts scaled to what this question reaches.

    floor: the lowest cosine of the corpus with the question. The lowest of the candidates would
    make much of small differences among the best.
    """
    best_cosine = max(cosine.values(), default=1.0)
    best_bm25 = max(bm25.values(), default=1.0)
    return {
        id: COSINE_WEIGHT * (value - floor) / max(best_cosine - floor, 1e-6)
        + (1 - COSINE_WEIGHT) * bm25.get(id, 0.0) / max(best_bm25, 1e-6)
        for id, value in cosine.items()
    }


def _repeats(passage: Passage, hits: Sequence[Hit]) -> bool:
    """Tell whether a better hit shows most of this passage already."""
    return any(
        (passage.article.id == hit.passage.article.id and _shared(passage.span, hit.passage.span))
        or passage.text == hit.passage.text
        for hit in hits
    )


def _shared(one: Span, other: Span) -> bool:
    return one.overlap(other) > NEAR_DUPLICATE * min(len(one), len(other))
