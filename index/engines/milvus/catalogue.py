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
class Head:
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

    heads: Sequence[Head] = ()
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
                "heads": [_row_of(head) for head in self.heads],
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
                heads=[_head_of(row) for row in values["heads"]],
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
    heads: Mapping[str, Head] = field(default_factory=dict)
    files: Mapping[str, FileRecord] = field(default_factory=dict)
    dead: Mapping[int, int] = field(default_factory=dict)
    """Keys of the versions that have been replaced, and the number of the change that did it."""

    @property
    def moment(self) -> tuple[int, int]:
        """Tells this state of this store from all others."""
        return self.epoch, self.batch

    @cached_property
    def _by_passage(self) -> tuple[list[int], list[Head]]:
        """First passages in order, and their articles."""
        heads = sorted((head for head in self.heads.values() if head.passages), key=_first)
        return [head.first for head in heads], heads

    @cached_property
    def passages(self) -> int:
        """How many there are."""
        return sum(head.passages for head in self.heads.values())

    @cached_property
    def words(self) -> int:
        """How many the passages have together."""
        return sum(head.words for head in self.heads.values())

    @cached_property
    def by_content(self) -> Mapping[str, Sequence[str]]:
        """The ids of the articles whose file has the same SHA-256, by it."""
        found: dict[str, list[str]] = {}
        for id, head in self.heads.items():
            found.setdefault(head.article.sha256, []).append(id)
        return found

    def head_of(self, passage: int) -> Head | None:
        """Return the article of a passage; None if it has none now, or not yet."""
        firsts, heads = self._by_passage
        place = bisect.bisect_right(firsts, passage) - 1
        return heads[place] if place >= 0 and passage in heads[place].ids else None

    def chosen(self, articles: Iterable[str]) -> list[Head]:
        """Return the articles with some ids; unknown ids are ignored."""
        return [self.heads[id] for id in dict.fromkeys(articles) if id in self.heads]

    def after(self, change: Change, batch: int) -> Catalogue:
        """Return the catalogue after a change. batch: its number."""
        heads, files, dead = dict(self.heads), dict(self.files), dict(self.dead)
        for id in (*change.removed, *(head.article.id for head in change.heads)):
            if id in heads:
                dead[heads.pop(id).key] = batch
        heads.update((head.article.id, head) for head in change.heads)
        files.update(change.files)
        for name in change.forgotten:
            files.pop(name, None)
        return replace(self, batch=batch, heads=heads, files=files, dead=dead)

    def without_dead(self, keys: Iterable[int]) -> Catalogue:
        """Return the catalogue without some versions that have been replaced."""
        gone = set(keys)
        dead = {key: batch for key, batch in self.dead.items() if key not in gone}
        return replace(self, dead=dead)

    def to_json(self) -> dict[str, Any]:
        """Return the catalogue as plain values, for `from_json`."""
        return {
            "identity": self.identity,
            "dimension": self.dimension,
            "about": dict(self.about),
            "epoch": self.epoch,
            "batch": self.batch,
            "heads": [_row_of(head) for head in self.heads.values()],
            "files": {name: astuple(record) for name, record in self.files.items()},
            "dead": list(self.dead.items()),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Catalogue:
        """Return the catalogue that `to_json` was called on. Raises: StoreDamaged."""
        try:
            heads = map(_head_of, values.pop("heads"))
            files = {name: FileRecord(*record) for name, record in values.pop("files").items()}
            by_id = {head.article.id: head for head in heads}
            return cls(heads=by_id, files=files, dead=dict(values.pop("dead")), **values)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise StoreDamaged(f"The list of articles is damaged: {error}") from error


def _first(head: Head) -> int:
    return head.first


def _row_of(head: Head) -> list[Any]:
    one = head.article
    return [head.key, one.id, one.path, one.title, one.sha256, one.extractor,
            head.first, head.passages, head.words, head.content]  # fmt: skip


def _head_of(row: Sequence[Any]) -> Head:
    key, id, path, title, sha256, extractor, first, passages, words, content = row
    bytes.fromhex(content)
    article = Article(id, path, title, "", sha256, extractor=extractor)
    return Head(key, article, first, passages, words, content)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode("ascii")
