"""The interface of every store. `search` and `sync` know nothing else about the engine behind it.

To add an engine, provide a `Store` with its `View`, and an `OpenStore` that opens it.

A store holds articles with their passages, and a record of each file. Passages are found by vector
and by word through a `View`, a snapshot of the store.

Any method can raise StoreError: the store cannot be read or written because a permission is missing
or the disk is full, for example. StoreDamaged means that what was read is not what was stored; it
is never returned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from index.types import Article, Notify, Reason, Span

if TYPE_CHECKING:
    from index.types import Vector

_T = TypeVar("_T")

Ranking = list[tuple[int, float]]
"""Passage ids with their scores, best first."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What is known about a file since it was last read."""

    size: int
    """In bytes."""
    changed_ns: int
    checked_ns: int
    """When its content was read, by the clock that file times use."""
    reason: Reason | Literal[""]
    """Why the file is skipped; empty for an article."""
    detail: str
    """More about the reason; of an article, what of its file could not be read."""
    extractor: str
    """Which format read it, see `load.extractor_of`; a file that is read differently is stale."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An article with its passages, ready to be stored."""

    article: Article
    spans: Sequence[Span]
    vectors: Sequence[Vector]
    """One for each span: float32, shape (dimension,), unit norm. Stored as float16."""


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """Where a passage is. Its text is cut from the article."""

    article: str
    """Id of the article."""
    span: Span


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a store."""

    articles: int
    passages: int
    skipped: int
    """Files that were found but are not articles."""
    bytes: int
    """On disk."""


class View(Protocol):
    """A snapshot of a store, valid until the `with` block of `Store.snapshot` ends.

    Passage ids are valid within one view only. `articles` limits a search to the articles with
    these ids; unknown ids are ignored, and None means all articles.
    """

    def passage_count(self, articles: Sequence[str] | None = None) -> int:
        """Return how many passages there are to search."""

    def nearest(self, query: Vector, k: int, articles: Sequence[str] | None = None) -> Ranking:
        """Return the k passages with the highest cosine, in [-1, 1]; fewer if there are not enough.

        query: float32, shape (dimension,), unit norm.
        """

    def min_cosine(self, query: Vector, articles: Sequence[str] | None = None) -> float:
        """Return the lowest cosine of any passage with the query; 0 if there are none."""

    def cosines(self, query: Vector, ids: Sequence[int]) -> list[float]:
        """Return the cosines of some passages with the query, in the order of the ids.

        Raises: StoreDamaged for an id that is not stored.
        """

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> Ranking:
        """Return the k passages with the highest BM25 score among those with any of the words.

        A word matches all its forms (Porter stemmer), in the text of a passage and in the other
        fields of `index.wording.Searched`. A word with signs in it, such as 4.1.0, matches its
        parts in this order. No character has a special meaning. Word frequencies are those of the
        whole store, whatever `articles` is.
        """

    def unknown_words(
        self, words: Sequence[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        """Return the words that do not occur in any passage, in any form."""

    def vectors(self, ids: Sequence[int]) -> Vector:
        """Return the vectors of some passages: float32, shape (len(ids), dimension).

        Raises: StoreDamaged for an id that is not stored.
        """

    def passages_of(self, articles: Sequence[str]) -> list[int]:
        """Return the ids of the passages of some articles, article by article, in text order."""

    def next_stem(self, start: str) -> str | None:
        """Return the first stem of the word index from `start` on; None if there is none.

        In code point order. A stem is what all forms of a word have in common in the word index:
        in lower case, without accents and endings.
        """

    def with_stem(self, stem: str, k: int, articles: Sequence[str] | None = None) -> list[int]:
        """Return the ids of k passages that have a word with this stem, or of all there are."""

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages are, by passage id.

        Raises: StoreDamaged for an id that is not stored.
        """

    def article(self, id: str) -> Article:
        """Return an article with its text and structure.

        Raises: StoreDamaged if it is not stored.
        """

    def titles(self) -> dict[str, str]:
        """Return the titles of all articles, by article id, sorted by id."""

    def first_titles(self, most: int) -> dict[str, str]:
        """Return the titles of the first articles by id, sorted by id. most: how many."""

    def hashes(self, ids: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of some articles, by id; unknown ids are omitted."""

    def size(self) -> Size:
        """Return the size of the store."""


class Store(Protocol):
    """One corpus, encoded by one encoder."""

    @property
    def rebuilt(self) -> str:
        """Why the store was emptied when it was opened; an empty string if it was not."""

    def close(self) -> None:
        """Release all files and connections. A closed store cannot be used again."""

    def snapshot(self) -> AbstractContextManager[View]:
        """Return a view of the store as it is now; later changes do not show in it."""

    def files(self, *, remarked: bool = False) -> dict[str, FileRecord]:
        """Return the record of each file, by article id. remarked: only of those with a remark.

        A remark is a reason to skip a file, or a detail.
        """

    def scanned(self) -> str:
        """Return what `note_scan` noted, if nothing was stored or removed since; otherwise ""."""

    def note_scan(self, digest: str) -> None:
        """Note that the store is in step with a scan, with which `files` was compared.

        Does nothing if another process has changed it since, or if it can only be read.
        """

    def writer(self, on_wait: Callable[[], object] = bool) -> AbstractContextManager[None]:
        """Hold the lock for changing the store; waits for other processes to finish.

        on_wait: called now and then while it waits. What it raises ends that.
        """

    def put(self, entries: Iterable[Entry], records: Mapping[str, FileRecord]) -> None:
        """Store articles, replacing those with the same id, and records of files.

        All of it is stored, or nothing. An article is removed if its file's record has a reason to
        skip it.
        """

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles and the records of their files; unknown ids are ignored."""

    def cached_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of the texts that were encoded before, by text.

        Looks in the stored version of the article, in articles with the same content under another
        id, in what `cache_vectors` kept, and possibly in other stores.
        """

    def cache_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep vectors of an article that is not stored yet, in case the process is killed.

        vectors: float32, shape (len(texts), dimension).
        """

    def clear_cached_vectors(self) -> None:
        """Remove what `cache_vectors` kept, once every article is stored."""

    def refresh(self) -> None:
        """Prepare what the next question would otherwise have to wait for."""


class KnownVectors(Protocol):
    """Vectors that were encoded elsewhere."""

    def vectors(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of those texts that it has, as `Store.cached_vectors` does.

        Raises: StoreError, but not StoreDamaged.
        """


class StoreHandle(Protocol):
    """An open store that replaces itself with a new one if it turns out to be damaged."""

    def read(self, action: Callable[[View], _T]) -> _T:
        """Return the result of `action` for a snapshot of the store.

        If the store is damaged, it is rebuilt and `action` is called again. Within the action of
        an `update`, it sees what is stored so far, and StoreDamaged is raised instead, which that
        action must raise in turn.
        Raises: StoreError, and what `action` raises.
        """

    def update(self, action: Callable[[Store], _T]) -> _T:
        """Return the result of `action`, which stores all articles.

        If the store is damaged, `action` is called again with an empty one.
        Raises: StoreError, and what `action` raises.
        """

    def close(self) -> None:
        """Close the store."""


class OpenStore(Protocol):
    """A function that opens the store of a corpus, or creates it."""

    def __call__(
        self,
        folder: Path,
        *,
        dimension: int,
        identity: str,
        about: Mapping[str, str],
        fill: Callable[[Store], object],
        notify: Notify,
    ) -> StoreHandle:
        """Return the open store.

        folder: for this corpus alone; its name identifies the store.
        dimension: of the vectors.
        identity: names the encoder and how passages are split and worded. A store with another one
            is emptied.
        about: what `qa status` shows about the store: its paths and its model.
        fill: stores all articles in a store that may be empty; called to rebuild a damaged one.
        notify: called with a message when the store is rebuilt.

        Raises: StoreError.
        """
