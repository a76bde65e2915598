"""What a store has, at one moment: its articles without their texts, and its files.

A catalogue is never changed. A change, which is what one write does, makes the next one of it.
"""

from __future__ import annotations

import bisect
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from functools import cached_property
from typing import Any

from index.errors import StoreDamaged
from index.store import checksum
from index.store.protocol import FileRecord
from index.types import Article


@dataclass(frozen=True, slots=True)
class ArticleHeader:
    """An article without its content."""

    key: int
    """Of this version of the article; never used again."""
    article: Article
    """Its text and its structure are empty."""
    first: int
    """Id of its first passage; the others follow."""
    passages: int
    words: int
    """How many its passages have together."""
    content: str
    """Checksum of its text and structure, in hexadecimal."""

    @property
    def checksum(self) -> bytes:
        """Of everything that is cited, see `checksum.of_article`."""
        return checksum.of_article(self.article, self.passages, bytes.fromhex(self.content))

    @property
    def ids(self) -> range:
        """The ids of its passages, in text order."""
        return range(self.first, self.first + self.passages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a write does, all of it or nothing."""

    headers: Sequence[ArticleHeader] = ()
    """New articles, and new versions of articles."""
    removed: Sequence[str] = ()
    """Ids of articles."""
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    forgotten: Sequence[str] = ()
    """Names of files that are not known any more."""
    stems: Sequence[str] = ()
    """New ones. Their term ids follow those there are."""
    counts: Mapping[int, int] = field(default_factory=dict)
    """By how much the number of passages with a term changes, by term id."""

    def to_bytes(self) -> bytes:
        """Return the change as bytes, for `from_bytes`."""
        return _json(
            {
                "headers": [_row_of(header) for header in self.headers],
                "removed": list(self.removed),
                "files": {name: astuple(record) for name, record in self.files.items()},
                "forgotten": list(self.forgotten),
                "stems": list(self.stems),
                "counts": list(self.counts.items()),
            }
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> Change:
        """Return the change that `to_bytes` was called on. Raises: StoreDamaged."""
        try:
            values = json.loads(content)
            return cls(
                headers=[_header_of(row) for row in values["headers"]],
                removed=values["removed"],
                files={name: FileRecord(*record) for name, record in values["files"].items()},
                forgotten=values["forgotten"],
                stems=values["stems"],
                counts=dict(values["counts"]),
            )
        except (ValueError, TypeError, LookupError) as error:
            raise StoreDamaged(f"A change in the store is damaged: {error}") from error


@dataclass(frozen=True)
class Catalogue:
    """The articles and files of a store at one moment."""

    identity: str
    dimension: int
    about: Mapping[str, str]
    epoch: int
    """Tells the store from a later one with the same name."""
    batch: int = 0
    """Number of the latest change."""
    headers: Mapping[str, ArticleHeader] = field(default_factory=dict)
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    replaced: Mapping[int, int] = field(default_factory=dict)
    """Keys of the versions that have been replaced, and the number of the change that did it."""

    @property
    def moment(self) -> tuple[int, int]:
        """Tells this state of this store from all others."""
        return self.epoch, self.batch

    @cached_property
    def _by_passage(self) -> tuple[list[int], list[ArticleHeader]]:
        """First passages in order, and their articles."""
        headers = sorted(
            (header for header in self.headers.values() if header.passages), key=_first
        )
        return [header.first for header in headers], headers

    @cached_property
    def passages(self) -> int:
        """How many there are."""
        return sum(header.passages for header in self.headers.values())

    @cached_property
    def words(self) -> int:
        """How many the passages have together."""
        return sum(header.words for header in self.headers.values())

    def header_of(self, passage: int) -> ArticleHeader | None:
        """Return the article of a passage; None if it has none now, or not yet."""
        firsts, headers = self._by_passage
        place = bisect.bisect_right(firsts, passage) - 1
        return headers[place] if place >= 0 and passage in headers[place].ids else None

    def chosen(self, articles: Iterable[str]) -> list[ArticleHeader]:
        """Return the articles with some ids; unknown ids are ignored."""
        return [self.headers[id] for id in dict.fromkeys(articles) if id in self.headers]

    def after(self, change: Change, batch: int) -> Catalogue:
        """Return the catalogue after a change. batch: its number."""
        headers, files, replaced = dict(self.headers), dict(self.files), dict(self.replaced)
        for id in (*change.removed, *(header.article.id for header in change.headers)):
            if id in headers:
                replaced[headers.pop(id).key] = batch
        headers.update((header.article.id, header) for header in change.headers)
        files.update(change.files)
        for name in change.forgotten:
            files.pop(name, None)
        return replace(self, batch=batch, headers=headers, files=files, replaced=replaced)

    def without_replaced(self, keys: Iterable[int]) -> Catalogue:
        """Return the catalogue without some versions that have been replaced."""
        gone = set(keys)
        replaced = {key: batch for key, batch in self.replaced.items() if key not in gone}
        return replace(self, replaced=replaced)

    def to_json(self) -> dict[str, Any]:
        """Return the catalogue as plain values, for `from_json`."""
        return {
            "identity": self.identity,
            "dimension": self.dimension,
            "about": dict(self.about),
            "epoch": self.epoch,
            "batch": self.batch,
            "headers": [_row_of(header) for header in self.headers.values()],
            "files": {name: astuple(record) for name, record in self.files.items()},
            "replaced": list(self.replaced.items()),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Catalogue:
        """Return the catalogue that `to_json` was called on. Raises: StoreDamaged."""
        try:
            headers = map(_header_of, values.pop("headers"))
            files = {name: FileRecord(*record) for name, record in values.pop("files").items()}
            by_id = {header.article.id: header for header in headers}
            return cls(headers=by_id, files=files, replaced=dict(values.pop("replaced")), **values)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise StoreDamaged(f"The list of articles is damaged: {error}") from error


def _first(header: ArticleHeader) -> int:
    return header.first


def _row_of(header: ArticleHeader) -> list[Any]:
    one = header.article
    return [header.key, one.id, one.path, one.title, one.sha256, one.extractor,
            header.first, header.passages, header.words, header.content]  # fmt: skip


def _header_of(row: Sequence[Any]) -> ArticleHeader:
    key, id, path, title, sha256, extractor, first, passages, words, content = row
    bytes.fromhex(content)
    article = Article(id, path, title, "", sha256, extractor=extractor)
    return ArticleHeader(key, article, first, passages, words, content)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")
