"""What every store can do. `search` and `sync` know nothing else of the engine behind it.

A store holds articles with their passages, and what is known of each file. Passages are found by
vector and by word through a `View`: the store as it stood at one moment.

Any method can raise StoreError: the store cannot be read or written, for lack of a permission or
of room, say. StoreDamaged means that what was read is not what was stored; nothing of it is
returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from index.types import Article, Reason, Span

if TYPE_CHECKING:
    from index.types import Vector

Ranking = list[tuple[int, float]]
"""Passage ids with their scores, best first."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What was found out about a file when it was last looked at."""

    size: int
    """In bytes."""
    changed_ns: int
    checked_ns: int
    """When its content was read, by the clock that file times use."""
    reason: Reason | Literal[""]
    """Why it is skipped; empty for an article."""
    detail: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An article with its passages, ready to be stored."""

    article: Article
    spans: Sequence[Span]
    vectors: Sequence[Vector]
    """One for each span: float32, shape (dimension,), unit norm. Kept as float16."""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """Where a passage is; its text is cut from the article when it is shown."""

    article: str
    """Id of the article."""
    span: Span


@dataclass(frozen=True, slots=True)
class Size:
    """How much a store holds."""

    articles: int
    passages: int
    skipped: int
    """Files that are known but are not articles."""
    bytes: int
    """On disk."""


class View(Protocol):
    """A store as it stood at one moment; valid until the `with` of `Store.snapshot` ends.

    Passage ids mean something within one view only. `articles` limits a search to the passages of
    the articles with these ids; ids that are not stored are ignored, and None means all articles.
    """

    def passage_count(self, articles: Sequence[str] | None = None) -> int:
        """Return how many passages there are to search."""

    def nearest(self, query: Vector, k: int, articles: Sequence[str] | None = None) -> Ranking:
        """Return the k passages with the highest cosine, in [-1, 1]; fewer where there are fewer.

        query: float32, shape (dimension,), unit norm.
        """

    def min_cosine(self, query: Vector, articles: Sequence[str] | None = None) -> float:
        """Return the lowest cosine of any passage with the query; 0 where there is none."""

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the query, in the order of the ids.

        Raises: StoreDamaged for an id that is not stored.
        """

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> Ranking:
        """Return the k passages with the highest BM25 score, of those with any of the words.

        A word matches all its forms (Porter stemmer), and no character in it has a special
        meaning. How rare a word is counts over the whole store, whatever `articles` says.
        """

    def unknown_words(
        self, words: Sequence[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        """Return those of the words that occur in no passage, in any form."""

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages are, by passage id.

        Raises: StoreDamaged for an id that is not stored.
        """

    def article(self, id: str) -> Article:
        """Return an article with its text. Raises: StoreDamaged where it is not stored."""

    def titles(self) -> dict[str, str]:
        """Return the titles of all articles, by article id, sorted by id."""

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of some articles, by id, without ids not stored."""

    def size(self) -> Size:
        """Return how much the store holds."""


class Store(Protocol):
    """One corpus, encoded by one encoder."""

    def snapshot(self) -> AbstractContextManager[View]:
        """Return a view of the store as it stands now; nothing stored later is seen through it."""

    def files(self) -> dict[str, FileRecord]:
        """Return what is known of each file, by article id."""

    def writer(self) -> AbstractContextManager[None]:
        """Be the only process that brings this store up to date; waits for another to finish."""

    def put(self, entries: Iterable[Entry], records: Mapping[str, FileRecord]) -> None:
        """Store articles, replacing those with the same id, and what is now known of files.

        All of it is stored, or nothing. An article is removed when its file's record has a reason
        to skip it.
        """

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles, and what is known of their files; ignore ids that are not stored."""

    def cached_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those of the texts that were encoded before, by text.

        Looks in the article as it is stored, in articles with the same content under another id,
        and in what `cache_vectors` kept.
        """

    def cache_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep vectors of an article that is not stored yet, in case the process is stopped.

        vectors: float32, shape (len(texts), dimension).
        """

    def clear_cached_vectors(self) -> None:
        """Forget what `cache_vectors` kept, once every article is stored."""

    def refresh(self) -> None:
        """Prepare what the next question needs, which would otherwise have to wait for it."""
