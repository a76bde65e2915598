"""The rows of a store's tables, as they are in the database. `soundness` checks them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from index.store.protocol import FileRecord
from index.structure import Structure
from index.types import Article

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

NAMED = "WHERE name IN (SELECT value FROM json_each(?))"
"""Selects the articles whose ids are in a JSON list."""


class Connection(Protocol):
    """Runs statements: a `Database`, or a read-only connection."""

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> sqlite3.Cursor:
        """Run a statement."""


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article without its content."""

    id: int
    """Id of the row, which passages refer to."""
    article: Article
    """Its text and its structure are empty."""
    passages: int
    """How many it was split into."""
    content_checksum: bytes
    checksum: bytes

    def with_content(self, content: Content) -> Article:
        """Return the article with its text and its structure, which have been checked."""
        structure = Structure.from_bytes(content.structure)
        return replace(self.article, text=content.text, structure=structure)


class Content(NamedTuple):
    """The content of an article. The values are of other types if they are damaged."""

    text: str
    structure: bytes
    """As `Structure.to_bytes` returns it."""


class PassageRow(NamedTuple):
    """A passage of an article."""

    id: int
    start: int
    end: int
    checksum: bytes
    vector: bytes
    """float16."""


class FileRow(NamedTuple):
    """The record of a file."""

    name: str
    record: FileRecord
    checksum: bytes


def articles(db: Connection, which: str = "", *values: object) -> Iterator[ArticleRow]:
    """Yield articles. which: a WHERE or ORDER BY clause, with `values` for its parameters."""
    rows = db.execute(
        "SELECT id, passages, content_checksum, checksum, name, path, title, sha256, extractor"
        f" FROM articles {which}",
        values,
    )
    for id, passages, content_checksum, checksum, name, path, title, sha256, extractor in rows:
        article = Article(name, path, title, "", sha256, extractor=extractor)
        yield ArticleRow(id, article, passages, content_checksum, checksum)


def content_of(db: Connection, article: ArticleRow) -> Content:
    """Return the text and the structure of a stored article."""
    query = "SELECT text, structure FROM articles WHERE id = ?"
    return Content(*db.execute(query, (article.id,)).fetchone())


def passages_of(db: Connection, article: ArticleRow) -> list[PassageRow]:
    """Return the passages of an article, in order."""
    rows = db.execute(
        'SELECT id, start, "end", checksum, vector FROM passages'
        ' WHERE article = ? ORDER BY start, "end"',
        (article.id,),
    )
    return [PassageRow(*row) for row in rows]


REMARKED = "WHERE reason != '' OR detail != ''"
"""Selects the files that are skipped, or of which something could not be read."""


def files(db: Connection, which: str = "") -> Iterator[FileRow]:
    """Yield the record of each file. which: a WHERE clause."""
    for name, *values, checksum in db.execute(
        "SELECT name, size, changed_ns, checked_ns, reason, detail, extractor, checksum"
        f" FROM files {which}"
    ):
        yield FileRow(name, FileRecord(*values), checksum)
