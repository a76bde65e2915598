"""Finds the articles that quotes are from, also after other articles were added to the corpus."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from index.scan import as_text
from index.types import Article
from qa.answers.verify import is_as_cited
from qa.answers.wire import PassageJson

if TYPE_CHECKING:
    from qa.corpus import Corpus

_K = TypeVar("_K", bound=Hashable)


def cited_article(corpus: Corpus, id: str, path: str) -> Article | None:
    """Return the article of a citation as it is now; None if there is none any more.

    That at its path, if there is one: ids are relative to a folder, which changes when files
    outside of it are added. Otherwise that with its id, as when the whole folder was moved.
    """
    below = os.path.join(corpus.root, "")
    ids = [as_text(path.removeprefix(below)).replace(os.sep, "/"), id]
    found = [article for each in dict.fromkeys(ids) if (article := corpus.article(each))]
    return next(
        (article for article in found if article.path == path), found[-1] if found else None
    )


def gone_quotes(
    corpus: Corpus, quotes: Iterable[tuple[_K, PassageJson]]
) -> tuple[frozenset[_K], dict[str, str]]:
    """Return the keys of the quotes that are not as cited any more, and the hashes of the others.

    The hashes are the SHA-256 of the articles' files by id.
    """
    article_of = cache(lambda id, path: cited_article(corpus, id, path))
    gone, hashes = set(), {}
    for key, passage in quotes:
        article = article_of(passage.citation.article, passage.citation.path)
        if article is None or not is_as_cited(passage, article):
            gone.add(key)
        else:
            hashes[article.id] = article.sha256
    return frozenset(gone), hashes
