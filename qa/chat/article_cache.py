"""Recently shown or cited articles, so that the session need not open them again."""

from __future__ import annotations

from collections.abc import Iterable

from index.types import Article

MAX_ARTICLES = 8
"""Few, because articles may be large."""


class ArticleCache:
    """Keeps the latest articles, by id."""

    def __init__(self) -> None:
        self._articles: dict[str, Article] = {}

    def get(self, id: str) -> Article | None:
        """Return an article, or None if it is not cached."""
        return self._articles.get(id)

    def add(self, articles: Iterable[Article]) -> None:
        """Add articles, best first; the best are dropped last."""
        for article in reversed(list(articles)):
            self._articles.pop(article.id, None)
            self._articles[article.id] = article
        while len(self._articles) > MAX_ARTICLES:
            del self._articles[next(iter(self._articles))]

    def discard(self, ids: Iterable[str]) -> None:
        """Drop articles, for example because they have changed."""
        for id in ids:
            self._articles.pop(id, None)
