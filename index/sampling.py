"""Takes a few passages from a corpus, however large it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from index.store.protocol import View
from index.types import Passage

LISTED_ARTICLES = 2_000
"""Articles are chosen from this many, the first by id."""
_T = TypeVar("_T")


def sample(view: View, articles: int, passages: int) -> list[Passage]:
    """Return passages of some articles, evenly spread, in the order of the articles.

    articles, passages: how many to return at most; but of each article, the first passage at
        least, which says what it is about.

    Raises: StoreError.
    """
    names = spread(list(view.first_titles(LISTED_ARTICLES)), articles)
    found = []
    for name in names:
        ids = spread(view.passages_of([name]), max(1, passages // len(names)))
        article = view.article(name)
        spans = sorted(place.span for place in view.passages(ids).values())
        found += [Passage(article, span) for span in spans]
    return found


def spread(values: Sequence[_T], most: int) -> list[_T]:
    """Return at most that many values, evenly spread; the first is one of them."""
    step = -(-len(values) // most) if values else 1
    return list(values[::step])
