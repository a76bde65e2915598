"""A transaction that changes a store on the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from typing import TYPE_CHECKING

from index.engines import bm25
from index.engines.seekdb import registry
from index.engines.seekdb.articles import Articles
from index.engines.seekdb.connection import Connection, Row
from index.engines.seekdb.reading import Reading
from index.engines.seekdb.registry import StoreRow
from index.engines.seekdb.schema import MAX_PIECE_BYTES
from index.engines.seekdb.vectors import vector_literal
from index.engines.seekdb.words import sparse_literal, stem_key
from index.errors import StoreDamaged
from index.store import checksum, soundness
from index.store.protocol import Entry, FileRecord
from index.types import Article
from index.wording import searched_words

if TYPE_CHECKING:
    from index.types import Vector
    from index.words import FieldStems


class Change(Reading):
    """Changes the tables; `finish` writes the counts. Nothing of it is seen before the commit."""

    def __init__(self, connection: Connection, row: StoreRow, known: Mapping[bytes, int]) -> None:
        """Change a store whose row is locked. known: the numbers of some stems, by key."""
        self._connection = connection
        self._row = row
        self._known = known
        self.new_stems: dict[bytes, int] = {}
        """The numbers of stems that were read or added."""
        self._added: dict[int, bytes] = {}
        """The stems that were added, by number."""
        self._counts: Counter[int] = Counter()
        """By how much the number of passages with a stem changes."""

    @property
    def row(self) -> StoreRow:
        """What the store is after what was done so far."""
        return self._row

    def query(self, sql: str, values: Sequence[object] = ()) -> Sequence[Row]:
        """Run a statement; return its rows. Raises: StoreError."""
        return self._connection.query(sql, values)

    def remove_articles(self, names: Iterable[str]) -> None:
        """Remove articles with all that belongs to them; unknown ids are ignored."""
        rows = {row.id: row for row in Articles(self).named(names).values()}
        found = Counter[int]()
        query = (
            f"SELECT article, id, words, words_checksum FROM {self._row.table('passages')}"
            " WHERE article IN ({})"
        )
        passages = list(self.among(query, rows))
        for article, id, words, stored in passages:
            if checksum.of_values(id, words) != stored:
                raise StoreDamaged("The stored words of a passage are damaged.")
            found[article] += 1
        for row in rows.values():
            soundness.require(soundness.of_passage_count(row, found[row.id]))
        words = self._count_words([words for _, _, words, _ in passages], -1)
        for table, column in (("passages", "article"), ("contents", "article"), ("articles", "id")):
            self._delete(table, column, rows)
        self._row = replace(
            self._row,
            articles=self._row.articles - len(rows),
            passages=self._row.passages - len(passages),
            words=self._row.words - words,
        )

    def insert_articles(self, entries: Sequence[Entry]) -> None:
        """Add articles whose ids are not stored."""
        placed = [(entry.article, span) for entry in entries for span in entry.spans]
        stems = bm25.stems_of([searched_words(article, span) for article, span in placed])
        numbers = self._numbered(stems)
        words = [bm25.forward_row(fields, numbers) for fields in stems]
        articles, contents, passages = list[Row](), list[Row](), list[Row]()
        first, left = self._row.last_passage + 1, iter(words)
        for number, entry in enumerate(entries, self._row.last_article + 1):
            row, content = _article_row(number, entry.article, len(entry.spans))
            articles.append(row)
            starts = range(0, len(content), MAX_PIECE_BYTES)
            contents.extend(
                (number, piece, content[start : start + MAX_PIECE_BYTES])
                for piece, start in enumerate(starts)
            )
            for span, vector in zip(entry.spans, entry.vectors, strict=True):
                place = (first + len(passages), number, span.start, span.end)
                passages.append(_passage_row(place, row[-2], vector, next(left)))
        self._insert("articles", articles)
        self._insert("contents", contents)
        self._insert("passages", passages)
        self._row = replace(
            self._row,
            articles=self._row.articles + len(articles),
            passages=self._row.passages + len(passages),
            words=self._row.words + self._count_words(words, 1),
            last_article=self._row.last_article + len(articles),
            last_passage=self._row.last_passage + len(passages),
        )

    def remove_records(self, names: Iterable[str]) -> None:
        """Remove the records of files; unknown ids are ignored."""
        removed = self._delete("files", "name", [name.encode() for name in names])
        self._row = replace(self._row, files=self._row.files - removed)

    def insert_records(self, records: Mapping[str, FileRecord]) -> None:
        """Add the records of files that have none."""
        made = []
        for name, record in records.items():
            texts = (record.reason, record.detail, record.extractor)
            values = (*astuple(record)[:3], *(text.encode() for text in texts))
            made.append((name.encode(), *values, checksum.of_file(name, record)))
        self._insert("files", made)
        self._row = replace(self._row, files=self._row.files + len(made))

    def finish(self) -> None:
        """Write how many passages have the stems, and the row of the store."""
        table = self._row.table("stems")
        new = [(id, stem, self._counts.pop(id, 0)) for id, stem in self._added.items()]
        self._insert("stems", new)
        by_change: dict[int, list[int]] = {}
        for id, change in self._counts.items():
            by_change.setdefault(change, []).append(id)
        for change, ids in by_change.items():
            if change:
                places = ", ".join(map(str, ids))
                self._connection.change(
                    f"UPDATE {table} SET passages = passages + %s WHERE id IN ({places})", (change,)
                )
        generation = self._row.generation + 1
        self._row = replace(self._row, generation=generation, scanned=b"")
        registry.update(self._connection, self._row)

    def _numbered(self, passages: Iterable[FieldStems]) -> dict[str, int]:
        """Return the numbers of all stems; adds those that are new."""
        stems = dict.fromkeys(stem for fields in passages for field in fields for stem in field)
        keys = {stem: stem_key(stem) for stem in stems}
        found = {key: self._known[key] for key in keys.values() if key in self._known}
        found.update((key, id) for key, id in self.new_stems.items())
        missing = dict.fromkeys(key for key in keys.values() if key not in found)
        query = f"SELECT stem, id FROM {self._row.table('stems')} WHERE stem IN ({{}})"
        found.update((stem, id) for stem, id in self.among(query, missing))
        for key in missing:
            if key not in found:
                found[key] = self._row.last_stem + 1
                self._added[found[key]] = key
                self._row = replace(self._row, last_stem=found[key])
            self.new_stems[key] = found[key]
        return {stem: found[key] for stem, key in keys.items()}

    def _count_words(self, rows: Sequence[bytes], change: int) -> int:
        """Count the stems of passages that are added or removed; return how many words they have.

        rows: the forward rows. change: 1 or -1.
        """
        total = 0
        for row in rows:
            passage = bm25.Passages([row])
            for term in set(passage.terms.tolist()):
                self._counts[term] += change
            total += int(passage.lengths.sum())
        return total

    def _insert(self, table: str, rows: Sequence[Row]) -> None:
        if rows:
            places = ", ".join(["%s"] * len(rows[0]))
            sql = f"INSERT INTO {self._row.table(table)} VALUES ({places})"
            self._connection.change_many(sql, rows)

    def _delete(self, table: str, column: str, values: Iterable[object]) -> int:
        """Delete rows; return how many."""
        values = list(values)
        if not values:
            return 0
        places = ", ".join(["%s"] * len(values))
        sql = f"DELETE FROM {self._row.table(table)} WHERE {column} IN ({places})"
        return self._connection.change(sql, values)


def _article_row(number: int, article: Article, passages: int) -> tuple[Row, bytes]:
    """Return the row of an article, and its content: its text, then its structure."""
    structure, text = article.structure.to_bytes(), article.text.encode()
    content_checksum = checksum.of_content(article.text, structure)
    made = checksum.of_article(article, passages, content_checksum)
    texts = (article.id, article.path, article.title, article.sha256, article.extractor)
    names = tuple(text.encode() for text in texts)
    row = (number, *names, passages, content_checksum, made, len(text))
    return row, text + structure


def _passage_row(
    place: tuple[int, int, int, int], article_checksum: bytes, vector: Vector, words: bytes
) -> Row:
    """Return the row of a passage. place: its id, the number of its article, start and end."""
    import numpy as np

    id, _, start, end = place
    halves = vector.astype(np.float16)
    made = checksum.of_passage(article_checksum, id, start, end, halves.tobytes())
    return (
        *place,
        made,
        halves.tobytes(),
        words,
        checksum.of_values(id, words),
        vector_literal(halves.astype(np.float32)),
        sparse_literal(bm25.sparse_vector(words)),
    )
