"""Finds the parts of a corpus that represent it best, by the vectors of its passages.

An article is represented by the passages nearest to the mean of all of its passages, and a corpus
by the articles whose mean is nearest to the mean of all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.question import Question
from index.sampling import spread
from index.search import search
from index.store.protocol import View
from index.types import Article, Encoder, Hit, Span
from index.words import words_found

if TYPE_CHECKING:
    from index.types import Vector

MAX_ARTICLES = 5
"""Articles that represent a corpus."""
COMPARED_ARTICLES = 400
COMPARED_PASSAGES = 4_000
"""Of a larger corpus, every n-th article and passage is compared."""
LEAD_PASSAGES = 2
"""An article mostly begins with what it is about, so its first passages are always taken."""
MAX_PASSAGES = 8
"""Passages taken from an article, the first ones included."""
TOPIC_PASSAGES = 10
"""Passages searched for a topic that is not the title of an article."""
MIN_RELATIVE_SCORE = 0.6
"""An article has to do with a topic if its best hit has at least this share of the best score."""
_GENERIC = frozenset(
    """abstract all article articles bibliography biography blog book briefly bullet career central
    chapter chapters chat collection content contents conversation corpus cover covers deal deals
    discuss discusses document documents email emails entire essay essential everything few
    file files folder general gist guide handbook important in-depth interview issue item items key
    keynote kind know leaflet letter letters life line lines magazine mail main manual material
    meeting message messages minutes news newsletter note notes outline overview page pages paper
    paragraph paragraphs part piece point points post principal quick quickly recipe report reports
    review say saying section sections sentence sentences short shortly speech story stories study
    subject subjects summaries summarise summarize summary synopsis takeaway takeaways talk talks
    tell text texts theme themes things thread tl dr tldr topic topics transcript tutorial whole
    word words work write""".split()
)
"""Words of questions such as "Summarise the report" that name no topic."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """An article, and those of its passages that represent it."""

    article: Article
    spans: tuple[Span, ...]
    """Of the passages, in the order of the text."""
    centre: Vector
    """What sentences are compared with: float32, shape (dimension,), unit norm."""
    topic: tuple[str, ...] = ()
    """Words of the topic that the passages were found for. Empty if they represent the article;
    then the first passage is its beginning.
    """


def parts_about(
    view: View,
    encoder: Encoder,
    question: Question,
    unknown: Sequence[str],
    articles: Sequence[str] | None = None,
) -> list[Part]:
    """Return the parts that say best what the articles are about, or say most about a topic.

    No parts if the question names a topic that has a word which the articles lack.

    unknown: words of the question that the articles lack.
    articles: ids of the articles to choose from; None for all.
    Raises: StoreError.
    """
    topic = [term.shown for term in question.terms if term.shown.lower() not in _GENERIC]
    if not topic:
        return central_parts(view, articles)
    if set(topic).intersection(unknown):
        return []
    about = Question(" ".join(topic))
    hits = search(view, encoder, about, TOPIC_PASSAGES, articles=articles)
    found = {hit.passage.article.id: hit.passage.article for hit in hits}
    names = [f"{article.title} {article.id}" for article in found.values()]
    named = [
        id
        for id, words in zip(found, words_found(about.words, names), strict=True)
        if words.issuperset(about.words)
    ]
    return central_parts(view, named) if named else _parts_on(about, encoder, hits)


def _parts_on(topic: Question, encoder: Encoder, hits: Sequence[Hit]) -> list[Part]:
    """Return the passages found for a topic by article, ordered by id."""
    best = max((hit.score for hit in hits), default=0.0)
    spans: dict[str, list[Span]] = {}
    articles: dict[str, Article] = {}
    for hit in hits:
        article = hit.passage.article
        if article.id in spans or (
            hit.score >= MIN_RELATIVE_SCORE * best and len(spans) < MAX_ARTICLES
        ):
            spans.setdefault(article.id, []).append(hit.passage.span)
            articles[article.id] = article
    centre, words = encoder.encode_query(topic.text), tuple(topic.words)
    return [
        Part(articles[id], tuple(sorted(own)), centre, words) for id, own in sorted(spans.items())
    ]


def central_parts(view: View, articles: Sequence[str] | None = None) -> list[Part]:
    """Return the articles that represent a corpus best, ordered by id; at most MAX_ARTICLES.

    articles: ids of the articles to choose from; None for all.
    Raises: StoreError.
    """
    names = list(view.titles()) if articles is None else sorted(view.hashes(articles))
    names = spread(names, COMPARED_ARTICLES)
    ids = spread(view.passages_of(names), COMPARED_PASSAGES)
    if not ids:
        return []
    centres = _centres(view, ids)
    chosen = _most_central(centres)
    return [part for name in chosen if (part := _part(view, name))]


def _part(view: View, name: str) -> Part | None:
    """Return an article with its most central passages, out of every n-th of a long one."""
    import numpy as np

    all_ids = view.passages_of([name])
    ids = list(dict.fromkeys([*all_ids[:LEAD_PASSAGES], *spread(all_ids, COMPARED_PASSAGES)]))
    if not ids:
        return None
    vectors = view.vectors(ids)
    centre = _unit(vectors.mean(axis=0))
    nearest = np.argsort(-np.round(vectors @ centre, 6), kind="stable").tolist()
    lead = list(range(min(len(ids), LEAD_PASSAGES)))
    taken = list(dict.fromkeys([*lead, *nearest]))[:MAX_PASSAGES]
    places = view.passages([ids[place] for place in taken])
    spans = tuple(sorted(place.span for place in places.values()))
    return Part(view.article(name), spans, centre)


def _centres(view: View, ids: Sequence[int]) -> dict[str, Vector]:
    """Return the mean vector of each article, as a unit vector, by article id, sorted by id."""
    places, vectors = view.passages(ids), view.vectors(ids)
    rows: dict[str, list[int]] = {}
    for row, id in enumerate(ids):
        rows.setdefault(places[id].article, []).append(row)
    return {name: _unit(vectors[own].mean(axis=0)) for name, own in sorted(rows.items())}


def _most_central(centres: dict[str, Vector]) -> list[str]:
    """Return the ids of the articles whose vectors are nearest to the mean, sorted."""
    import numpy as np

    names = list(centres)
    stacked = np.stack(list(centres.values()))
    cosines = np.round(stacked @ _unit(stacked.mean(axis=0)), 6)
    best = np.argsort(-cosines, kind="stable")[:MAX_ARTICLES]
    return sorted(names[place] for place in best)


def _unit(vector: Vector) -> Vector:
    import numpy as np

    found: Vector = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
    return found
