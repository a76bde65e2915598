"""The store on this machine: SQLite is the source of truth, the FAISS file is derived from it.

    articles.sqlite   records of files, articles with their text and structure, passages as offsets
                      with their vectors (float16), the word index of the passages (FTS5)
    vectors.faiss     the same vectors for fast exact search, except the latest ones
    vectors-N.*       in a large store instead: compressed vectors, see `segments`
    words-N.sqlite    in a large store: the passages of each word, see `word_lists`

Each row has a checksum, which is checked whenever the row is returned, replaced or removed; see
`soundness`. An article is replaced in one transaction, so that a reader sees either the old or the
new version. A killed process loses at most one batch of vectors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

from index.store import checksum, rows, soundness
from index.store.database import Database
from index.store.embeddings import Embeddings, decoded
from index.store.errors import mapped_os_errors
from index.store.faiss_files import left_over
from index.store.files import VECTORS, writer_lock
from index.store.limits import DEFAULT_LIMITS, Limits
from index.store.passages import last_id
from index.store.protocol import Entry, FileRecord
from index.store.siblings import Siblings
from index.store.view import LocalView
from index.store.word_lists import WordLists
from index.store.words import Words
from index.types import Article, Span
from index.wording import encoded_text, searched_words

if TYPE_CHECKING:
    from index.types import Vector

SCANNED = "scanned"
"""Key of `meta` for what `note_scan` notes."""
LAST_PASSAGE = "last passage"
"""Key of `meta`, for the highest id that any passage ever had."""
MIN_LISTED_WORDS, LISTED_WORDS = 250_000, 1_000
"""Words that a refresh puts into word lists at least, and for each passage that was inserted: a
changed file costs 0.2 s more while lists are being made, and a large sync makes them as a whole.
"""
CHECKED = "checked"
"""Key of `meta`, for the highest passage id when all of the store was checked."""


class LocalStore:
    """See `Store`. One corpus in one folder. Close it, or use it in a `with` statement."""

    def __init__(
        self,
        folder: Path,
        *,
        dimension: int,
        identity: str,
        about: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open or create the store in `folder`.

        identity: names the encoder and how passages are split and worded. A store with another
        identity, or from a folder of another name, is emptied, and `rebuilt` says so.
        about: how lists of stores describe this one, see `describe`.

        Raises: StoreError; StoreDamaged if the database cannot be read.
        """
        self.folder = folder
        self._db = Database(folder, (identity, dimension), about or {})
        self._limits = limits or DEFAULT_LIMITS
        self._words = Words(self._db, self._limits)
        self._word_lists = WordLists(self._db, folder, self._limits)
        self._files: tuple[tuple[int, int], dict[str, FileRecord]] | None = None
        """The records of all files, and the version of the database that they are of."""
        self._inserted = 0
        """Passages since the last `refresh`."""
        self._embeddings = Embeddings(self._db, folder, dimension, self._limits)
        self._siblings = Siblings(folder, (identity, dimension), encoded_text)

    def __enter__(self) -> LocalStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the files. A closed store cannot be used again."""
        self._siblings.close()
        self._word_lists.close()
        self._db.close()

    @property
    def rebuilt(self) -> str:
        """Why the store was emptied when it was opened; an empty string if it was not."""
        return self._db.rebuilt

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[LocalView]:
        """Return a view; see `Store`. Can be nested: all views see the same state."""
        with self._db.reading():
            yield LocalView(self._db, self._words, self._word_lists, self._embeddings)

    @contextlib.contextmanager
    def writer(self, on_wait: Callable[[], object] = bool) -> Iterator[None]:
        """Hold the lock for changing the store; see `Store`.

        All of it is checked first. A large store is checked when much has been added since the
        last time: a changed file should not cost more, the more other files there are.

        Raises: StoreDamaged if there is damage that writing would hide.
        """
        with writer_lock(self.folder, on_wait), contextlib.ExitStack() as closing:
            closing.callback(self._siblings.close)
            with mapped_os_errors(self.folder):
                for file in left_over(self.folder / VECTORS):
                    file.unlink(missing_ok=True)
            with self._db.reading():
                if self._db.count("passages") < self._limits.large or self._is_check_due():
                    self._check_all()
                else:
                    self._words.check_head()
            yield

    def _is_check_due(self) -> bool:
        """Return whether much has been added to a large store since all of it was checked."""
        passages = self._db.count("passages")
        checked = self._db.meta(CHECKED)
        added = last_id(self._db) - (int(checked) if checked.isdecimal() else 0)
        return self._limits.large <= passages <= added / self._limits.checked_share

    def _check_all(self) -> None:
        """Check pages and words. Call inside `reading`. Raises: StoreDamaged."""
        self._db.check_pages()
        self._words.check()
        last = str(last_id(self._db))
        self._db.write_later(lambda: self._db.set_meta(CHECKED, last))

    def files(self, *, remarked: bool = False) -> dict[str, FileRecord]:
        """Return the record of each file, by article id; see `Store`. Raises: StoreDamaged."""
        with self._db.reading():
            if remarked:
                return self._read_files(rows.REMARKED)
            version = self._db.version()
            if self._files is None or self._files[0] != version:
                found = self._read_files()
                soundness.require(soundness.of_count("files", len(found), self._db.meta("files")))
                self._files = version, found
            return dict(self._files[1])

    def _read_files(self, which: str = "") -> dict[str, FileRecord]:
        found = {}
        for row in rows.files(self._db, which):
            soundness.require(soundness.of_file(row))
            found[row.name] = row.record
        return found

    def scanned(self) -> str:
        """Return what `note_scan` noted, if nothing was stored or removed since; otherwise ""."""
        with self._db.reading():
            return self._db.meta(SCANNED)

    def note_scan(self, digest: str) -> None:
        """Note that the store is in step with a scan; see `Store`."""

        def note() -> None:
            if self._files is None or self._files[0][0] == self._db.version()[0]:
                self._db.set_meta(SCANNED, digest)

        with self._db.reading():
            self._db.write_later(note)

    def put(self, entries: Iterable[Entry], records: Mapping[str, FileRecord]) -> None:
        """Store articles and records of files, all or nothing; see `Store`."""
        with self._db.writing():
            self._forget_scan()
            for entry in entries:
                self._remove_article(entry.article.id)
                self._insert_article(entry)
            for name, record in records.items():
                self._remove_record(name)
                if record.reason:
                    self._remove_article(name)
                values = (name, *astuple(record))
                self._db.execute(
                    "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (*values, checksum.of_file(name, record)),
                )
            self._db.change_count("files", len(records))
        self._embeddings.keep_up()

    def _insert_article(self, entry: Entry) -> None:
        import numpy as np

        article, passages = entry.article, len(entry.spans)
        structure = article.structure.to_bytes()
        content_checksum = checksum.of_content(article.text, structure)
        article_checksum = checksum.of_article(article, passages, content_checksum)
        names = (article.id, article.path, article.title, article.sha256, article.extractor)
        id = self._db.execute(
            "INSERT INTO articles"
            " (name, path, title, sha256, extractor,"
            " passages, content_checksum, checksum, text, structure)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*names, passages, content_checksum, article_checksum, article.text, structure),
        ).lastrowid
        passage_rows, words = [], []
        first = self._next_passage_id()
        for number, (span, vector) in enumerate(
            zip(entry.spans, entry.vectors, strict=True), first
        ):
            halves = vector.astype(np.float16).tobytes()
            made = checksum.of_passage(article_checksum, number, span.start, span.end, halves)
            passage_rows.append((number, id, span.start, span.end, made, halves))
            words.append((number, searched_words(article, span)))
        self._db.executemany(
            'INSERT INTO passages (id, article, start, "end", checksum, vector)'
            " VALUES (?, ?, ?, ?, ?, ?)",
            passage_rows,
        )
        self._words.add(words)
        self._inserted += passages
        self._db.set_meta(LAST_PASSAGE, str(first + passages - 1))
        self._db.change_count("articles", 1)
        self._db.change_count("passages", passages)
        self._db.advance()

    def _next_passage_id(self) -> int:
        """Return an id that no passage ever had: files of vectors may still have removed ones."""
        noted = self._db.meta(LAST_PASSAGE) or "0"
        soundness.require(soundness.of_number(LAST_PASSAGE, noted))
        return 1 + max(last_id(self._db), int(noted))

    def remove(self, ids: Iterable[str]) -> None:
        """Remove articles and the records of their files."""
        with self._db.writing():
            self._forget_scan()
            for id in ids:
                self._remove_article(id)
                self._remove_record(id)

    def _forget_scan(self) -> None:
        if self._db.meta(SCANNED):
            self._db.set_meta(SCANNED, "")

    def _remove_record(self, name: str) -> None:
        removed = self._db.execute("DELETE FROM files WHERE name = ?", (name,)).rowcount
        if removed:
            self._db.change_count("files", -removed)

    def _remove_article(self, name: str) -> None:
        for row in list(rows.articles(self._db, "WHERE name = ?", name)):
            content, passages = rows.content_of(self._db, row), rows.passages_of(self._db, row)
            soundness.require(soundness.of_whole_article(row, content, passages))
            article = row.with_content(content)
            self._words.remove(
                (p.id, searched_words(article, Span(p.start, p.end))) for p in passages
            )
            self._db.execute("DELETE FROM passages WHERE article = ?", (row.id,))
            self._db.execute("DELETE FROM articles WHERE id = ?", (row.id,))
            self._db.change_count("articles", -1)
            self._db.change_count("passages", -row.passages)
            self._db.advance()
            self._embeddings.remove(p.id for p in passages)

    def cached_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return the vectors of the texts that were encoded before; see `Store`."""
        with self._db.reading():
            known = self._embeddings.cached(article, texts)
        missing = [text for text in texts if text not in known]
        return {**known, **decoded(self._siblings.vectors(article, missing))}

    def cache_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep vectors of an article that is not stored yet, in case the process is killed."""
        with self._db.writing():
            self._embeddings.cache(texts, vectors)

    def clear_cached_vectors(self) -> None:
        """Remove what `cache_vectors` kept, once every article is stored."""
        with self._db.reading():
            kept = self._db.execute("SELECT 1 FROM encoded LIMIT 1").fetchone()
        if kept:
            with self._db.writing():
                self._db.execute("DELETE FROM encoded")

    def refresh(self) -> None:
        """Write vectors and word lists if much has changed; record the word index's checksum."""
        self._embeddings.refresh()
        self._word_lists.keep_up(MIN_LISTED_WORDS + LISTED_WORDS * self._inserted)
        self._inserted = 0
        with self._db.reading():
            self._embeddings.index()
            if self._is_check_due():
                self._check_all()
            else:
                self._words.check_head()
