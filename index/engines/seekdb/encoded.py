"""Vectors that were made before, of an article on the server or of a text that is not stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from index.engines.seekdb.articles import Articles
from index.engines.seekdb.connection import Connection, Row
from index.engines.seekdb.reading import Reading
from index.engines.seekdb.registry import StoreRow
from index.engines.seekdb.vectors import Passages
from index.errors import StoreError
from index.store import checksum, soundness
from index.types import Article
from index.wording import encoded_text

if TYPE_CHECKING:
    from index.types import Vector


class Other(Reading):
    """Reads another store in the same transaction."""

    def __init__(self, reading: Reading, row: StoreRow) -> None:
        self._reading = reading
        self._row = row

    @property
    def row(self) -> StoreRow:
        """What the other store is."""
        return self._row

    def query(self, sql: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Run a statement; return its rows. Raises: StoreError."""
        return self._reading.query(sql, values)


def known_vectors(
    reading: Reading, article: Article, texts: Sequence[str], damaged: Iterable[StoreRow]
) -> dict[str, Vector]:
    """Return the vectors of the texts that were encoded before; see `Store.cached_vectors`.

    damaged: stores that were set aside, in which sound rows are used.
    """
    found = _of_article(reading, article, set(texts))
    found.update(_of_texts(reading, [text for text in texts if text not in found]))
    for row in damaged:
        missing = {text for text in texts if text not in found}
        try:
            found.update(_of_article(Other(reading, row), article, missing))
        except StoreError:
            continue  # what is damaged there is encoded again
    return {text: found[text] for text in texts if text in found}


def cache(connection: Connection, row: StoreRow, texts: Sequence[str], vectors: Vector) -> None:
    """Keep vectors of texts that are not stored yet."""
    import numpy as np

    made = []
    for text, vector in zip(texts, vectors, strict=True):
        key, halves = checksum.of_text(text), vector.astype(np.float16).tobytes()
        made.append((key, checksum.of_vector(key, halves), halves))
    table = row.table("encoded")
    connection.change_many(f"REPLACE INTO {table} VALUES (%s, %s, %s)", made)


def _of_article(reading: Reading, article: Article, missing: set[str]) -> dict[str, Vector]:
    """Return the vectors of missing texts in an article, as it is stored or under another id."""
    found: dict[str, Vector] = {}
    if not missing:
        return found
    articles = Articles(reading)
    rows = {row.id: row for row in articles.named([article.id]).values()}
    rows.update((row.id, row) for row in articles.with_content(article.sha256))
    for row in rows.values():
        stored = row.with_content(articles.content(row))
        passages = Passages(reading, articles)
        ids = passages.of_articles([stored.id])
        places = passages.places(ids)
        wanted = {
            id: text
            for id in ids
            if (text := encoded_text(stored, places[id].span)) in missing - found.keys()
        }
        vectors = passages.vectors(list(wanted))
        found.update(zip(wanted.values(), vectors, strict=True))
    return found


def _of_texts(reading: Reading, texts: Sequence[str]) -> dict[str, Vector]:
    """Return the vectors that `cache` kept of some texts."""
    import numpy as np

    keys = {checksum.of_text(text): text for text in texts}
    table = reading.row.table("encoded")
    query = f"SELECT text_checksum, checksum, halves FROM {table} WHERE text_checksum IN ({{}})"
    found: dict[str, Vector] = {}
    for key, stored, halves in reading.among(query, keys):
        soundness.require(soundness.of_cached_vector(key, halves, stored))
        found[keys[key]] = np.frombuffer(halves, np.float16).astype(np.float32)
    return found
