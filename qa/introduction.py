"""What a corpus is, in short: its first articles, or the only one and how long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.types import Article
from qa.events import Introduced
from qa.show.text import counted

if TYPE_CHECKING:
    from qa.corpus import Corpus

MAX_TITLES = 12
"""Articles named."""
MAX_COUNTED_CHARS = 5_000_000
"""The words of a longer article are not counted."""


def introduction(corpus: Corpus) -> Introduced:
    """Return what the corpus is. Raises: StoreError."""
    titles = corpus.first_articles(MAX_TITLES)
    article = corpus.article(next(iter(titles))) if len(titles) == 1 else None
    return Introduced(titles, article, extent_of(article) if article else "")


def extent_of(article: Article) -> str:
    """Return how long an article is, such as "24 lines, 550 words"; pages if it has any."""
    pages = {one.text for one in article.structure.labels() if one.text.startswith("page ")}
    text = article.text
    parts = []
    if pages:
        parts.append(counted(len(pages), "page"))
    elif not article.extractor:
        parts.append(counted(article.line_of(len(text.rstrip())), "line"))
    if len(text) <= MAX_COUNTED_CHARS:
        parts.append(counted(len(text.split()), "word"))
    return ", ".join(parts)
