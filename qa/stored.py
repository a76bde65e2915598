"""What is stored of the articles of a corpus."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from index.sampling import sample
from index.types import Article, Passage

if TYPE_CHECKING:
    from index.store.protocol import StoreHandle, View

_T = TypeVar("_T")


class StoredArticles:
    """Reads articles as they were indexed last."""

    _store: StoreHandle

    def read(self, action: Callable[[View], _T]) -> _T:
        """Return the result of `action` for a view of what is stored. Raises: StoreError."""
        return self._store.read(action)

    def articles(self) -> dict[str, str]:
        """Return the titles of all articles by id, sorted by id, as of the latest `sync`.

        Raises: StoreError.
        """
        return self._store.read(lambda view: view.titles())

    def first_articles(self, most: int) -> dict[str, str]:
        """Return the titles of the first articles by id. Raises: StoreError."""
        return self._store.read(lambda view: view.first_titles(most))

    def sample(self, articles: int, passages: int) -> list[Passage]:
        """Return passages of some articles; see `index.sampling.sample`. Raises: StoreError."""
        return self._store.read(lambda view: sample(view, articles, passages))

    def article(self, id: str) -> Article | None:
        """Return an article as of the latest `sync`, or None if there is none with this id.

        Raises: StoreError.
        """
        return self._store.read(lambda view: view.article(id) if id in view.hashes([id]) else None)

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of articles by id; unknown ids are skipped.

        Raises: StoreError.
        """
        wanted = list(ids)
        return self._store.read(lambda view: view.hashes(wanted))

    def size(self) -> tuple[int, int, int]:
        """Return the number of articles, the number of passages, and the size on disk in bytes."""
        size = self._store.read(lambda view: view.size())
        return size.articles, size.passages, size.bytes

    def is_empty(self) -> bool:
        """Return whether nothing is indexed yet. Raises: StoreError."""
        return not self._store.read(lambda view: view.passage_count())
