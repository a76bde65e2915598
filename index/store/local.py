"""What was read, kept on disk: SQLite is the truth, the FAISS file is derived from it.

    articles.sqlite   files seen, articles with their whole text, passages as offsets with their
                      vectors (float16), the words of passages (FTS5)
    vectors.faiss     the same vectors for fast exact search; remade whenever it is not what
                      SQLite says it must be

Each row has a checksum, looked at whenever the row is given out, replaced or removed; rows are
counted, so that lost ones are missed. What was damaged is never quoted: StoreDamaged is raised.

An article is replaced in one transaction, so that a reader sees it whole, before or after.
A killed process loses at most one batch of vectors.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index.errors import StoreDamaged
from index.store import checksum
from index.store.database import DATABASE, REBUILD_HINT, Database, mapped_os_errors
from index.store.vectors import Vectors, left_over
from index.store.words import quoted
from index.types import Article, Reason, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector

VECTORS = "vectors.faiss"
LOCK = "writer.lock"
FETCH_ROWS = 10_000
MAX_PASSAGE_ID = 1 << 62
"""Never reached by counting: what is above it comes of damage."""
_NAMED = "WHERE name IN (SELECT value FROM json_each(?))"
_PASSAGES_OF = f"SELECT id FROM passages WHERE article IN (SELECT id FROM articles {_NAMED})"
_PASSAGE = 'p.id, p.start, p."end", p.checksum, p.vector'


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What was found out about a file when it was last looked at."""

    size: int
    changed_ns: int
    checked_ns: int
    """When its content was read, by the clock that file times use."""
    reason: Reason | Literal[""]
    """Why it is skipped; empty for an article."""
    detail: str

    def checksum(self, name: str) -> bytes:
        """Return what is stored beside it, so that damage is found out."""
        times = (self.size, self.changed_ns, self.checked_ns)
        return checksum.of_values(name, *times, self.reason, self.detail)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """Where a passage stands; its text is cut from the article when it is shown."""

    article: str
    span: Span


@dataclass(frozen=True, slots=True)
class Entry:
    """An article with its passages, ready to be stored."""

    article: Article
    spans: Sequence[Span]
    vectors: Sequence[Vector]
    """One a span: float32, shape (dimension,), unit norm."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much a store holds."""

    articles: int
    passages: int
    skipped: int
    bytes: int


class Store:
    """One corpus, encoded by one encoder, in one folder. Close it, or use it in a `with`."""

    def __init__(
        self, folder: Path, *, dimension: int, identity: str, about: Mapping[str, str] | None = None
    ) -> None:
        """Open the store in `folder`, or make it.

        identity: names the encoder and how passages are cut; a store with another one, or made for
        a folder of another name, is emptied, and `rebuilt` says so.
        about: what a list of stores is to say of this one, see `describe`.

        Raises: StoreError; StoreDamaged when the database cannot be read.
        """
        self.folder = folder
        self.dimension = dimension
        self._db = Database(folder, (identity, dimension), about or {})
        self._vectors: Vectors | None = None
        self._vectors_generation = -1
        self._words_generation = -1

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files. A closed store cannot be used again."""
        self._db.close()

    @property
    def rebuilt(self) -> str:
        """Why what the store held was dropped when it was opened; empty when nothing was."""
        return self._db.rebuilt

    def reading(self) -> contextlib.AbstractContextManager[None]:
        """Everything read inside sees the store as it stood at one moment. May be nested."""
        return self._db.reading()

    @contextlib.contextmanager
    def writer(self) -> Iterator[None]:
        """Be the only process that brings this store up to date; waits for another to finish.

        Raises: StoreError; StoreDamaged where writing would make damage look sound.
        """
        with writer_lock(self.folder):
            with mapped_os_errors(self.folder):
                for file in left_over(self.folder / VECTORS):
                    file.unlink(missing_ok=True)
            with self.reading():
                self._db.check_pages()
                self._check_words()
            yield

    def files(self) -> dict[str, FileRecord]:
        """Return what is known of each file, by article id. Raises: StoreDamaged."""
        with self.reading(), _only_sound("file list"):
            found = {}
            for name, *values, stored in self._db.execute(
                "SELECT name, size, changed_ns, checked_ns, reason, detail, checksum FROM files"
            ):
                found[name] = FileRecord(*values)
                _check(f"record of {name}", found[name].checksum(name), stored)
            self._check_count("files", len(found))
        return found

    def has_article(self, name: str, file_sha256: str) -> bool:
        """Tell whether the article `name` is stored with this content. Raises: StoreDamaged."""
        return self.hashes([name]).get(name) == file_sha256

    def article(self, name: str) -> Article:
        """Return an article with its text. Raises: StoreDamaged if it is not what was stored."""
        with self.reading():
            rows = list(self._articles("WHERE name = ?", name))
            if not rows:
                raise StoreDamaged(f"The store holds no text of {name}.", REBUILD_HINT)
            return self._with_text(rows[0])

    def _articles(self, which: str, *values: str) -> Iterator[_Row]:
        """Yield sound articles, without their texts. Raises: StoreDamaged."""
        rows = self._db.execute(
            "SELECT id, passages, text_checksum, checksum, name, path, title, sha256"
            f" FROM articles {which}",
            values,
        )
        for id, passages, text_checksum, stored, name, path, title, sha256 in rows:
            article = Article(name, path, title, "", sha256)
            with _only_sound(f"article {name}"):
                made = checksum.of_article(article, passages, text_checksum)
                _check(f"article {name}", made, stored)
            yield _Row(id, article, passages, text_checksum, stored)

    def _with_text(self, row: _Row) -> Article:
        """Return an article with its text. Raises: StoreDamaged."""
        (text,) = self._db.execute("SELECT text FROM articles WHERE id = ?", (row.id,)).fetchone()
        name = row.article.id
        if not isinstance(text, str) or checksum.of_text(text) != row.text_checksum:
            raise StoreDamaged(f"The store holds a damaged text of {name}.", REBUILD_HINT)
        return replace(row.article, text=text)

    def _passages_of(self, row: _Row) -> list[tuple[int, int, int, bytes]]:
        """Return the passages of an article: id, start, end, vector. Raises: StoreDamaged."""
        found = []
        for id, start, end, stored, vector in self._db.execute(
            f"SELECT {_PASSAGE} FROM passages p WHERE article = ?", (row.id,)
        ).fetchall():
            with _only_sound("passage"):
                made = checksum.of_passage(row.checksum, id, start, end, vector)
                _check(f"passage of {row.article.id}", made, stored)
            found.append((id, start, end, vector))
        if len(found) != row.passages:
            raise _damaged(f"list of passages of {row.article.id}")
        return found

    def _check_count(self, what: str, found: int) -> None:
        """Raise StoreDamaged unless so many rows were stored in a table."""
        if found != self._db.count(what):
            raise _damaged(f"list of {what}: it has {found:,}, not {self._db.count(what):,}")

    def _check_words(self) -> None:
        """Raise StoreDamaged unless the word search is what the last writer left.

        Reads all of it, so it is done once for a generation.
        """
        generation = self._db.generation()
        if self._words_generation == generation:
            return
        with _only_sound("word search"):
            found = self._db.words_checksum()
        of, _, expected = self._db.meta("words").partition(":")
        if of != str(generation):
            self._db.note("words", f"{generation}:{found}", generation=generation)
        elif found != expected:
            raise _damaged("word search")
        self._words_generation = generation

    def put(self, entries: Iterable[Entry], records: dict[str, FileRecord]) -> None:
        """Store articles, replacing those of the same id, and what is now known of files.

        A file with a reason to skip it has no article from then on. Raises: StoreError.
        """
        with self._db.writing():
            for entry in entries:
                self._remove_article(entry.article.id)
                self._insert_article(entry)
            for name, record in records.items():
                self._remove_record(name)
                if record.reason:
                    self._remove_article(name)
                values = (name, record.size, record.changed_ns, record.checked_ns)
                self._db.execute(
                    "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (*values, record.reason, record.detail, record.checksum(name)),
                )
            self._db.change_count("files", len(records))

    def _insert_article(self, entry: Entry) -> None:
        import numpy as np

        article, passages = entry.article, len(entry.spans)
        text_checksum = checksum.of_text(article.text)
        article_checksum = checksum.of_article(article, passages, text_checksum)
        values = (article.id, article.path, article.title, article.sha256, passages)
        id = self._db.execute(
            "INSERT INTO articles"
            " (name, path, title, sha256, passages, text_checksum, checksum, text)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, text_checksum, article_checksum, article.text),
        ).lastrowid
        (last,) = self._db.execute("SELECT coalesce(max(id), 0) FROM passages").fetchone()
        if not 0 <= last <= MAX_PASSAGE_ID:
            raise _damaged("list of passages")
        passage_rows, word_rows = [], []
        for number, (span, vector) in enumerate(
            zip(entry.spans, entry.vectors, strict=True), last + 1
        ):
            halves = vector.astype(np.float16).tobytes()
            made = checksum.of_passage(article_checksum, number, span.start, span.end, halves)
            passage_rows.append((number, id, span.start, span.end, made, halves))
            word_rows.append((number, article.text[span.start : span.end]))
        self._db.executemany(
            'INSERT INTO passages (id, article, start, "end", checksum, vector)'
            " VALUES (?, ?, ?, ?, ?, ?)",
            passage_rows,
        )
        self._db.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", word_rows)
        self._db.change_count("articles", 1)
        self._db.change_count("passages", passages)
        self._advance()

    def remove(self, names: Iterable[str]) -> None:
        """Forget articles, and the files they were read from. Raises: StoreError."""
        with self._db.writing():
            for name in names:
                self._remove_article(name)
                self._remove_record(name)

    def _remove_record(self, name: str) -> None:
        removed = self._db.execute("DELETE FROM files WHERE name = ?", (name,)).rowcount
        if removed:
            self._db.change_count("files", -removed)

    def _remove_article(self, name: str) -> None:
        for row in list(self._articles("WHERE name = ?", name)):
            text = self._with_text(row).text
            # The word table keeps no text: what it is to forget must be said to it.
            self._db.executemany(
                "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
                [(id, text[start:end]) for id, start, end, _ in self._passages_of(row)],
            )
            self._db.execute("DELETE FROM passages WHERE article = ?", (row.id,))
            self._db.execute("DELETE FROM articles WHERE id = ?", (row.id,))
            self._db.change_count("articles", -1)
            self._db.change_count("passages", -row.passages)
            self._advance()

    def _advance(self) -> None:
        self._db.set_meta("generation", str(self._db.generation() + 1))

    def cached_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return vectors of passages of `texts` that were encoded before, by text.

        Looked up among the article as it was, articles of the same content under another name,
        and what an interrupted run had finished.
        """
        import numpy as np

        known: dict[str, bytes] = {}
        with self.reading(), _only_sound("vector"):
            same = (article.id, article.sha256)
            for row in self._articles("WHERE name = ? OR sha256 = ?", *same):
                text = self._with_text(row).text
                for _, start, end, vector in self._passages_of(row):
                    known[text[start:end]] = vector
            if self._db.execute("SELECT 1 FROM encoded LIMIT 1").fetchone():
                for text in texts:
                    key = checksum.of_text(text)
                    for vector, stored in self._db.execute(
                        "SELECT vector, checksum FROM encoded WHERE text_checksum = ?", (key,)
                    ):
                        _check("vector", checksum.of_vector(key, vector), stored)
                        known[text] = vector
        return {
            text: np.frombuffer(known[text], dtype=np.float16).astype(np.float32)
            for text in texts
            if text in known
        }

    def cache_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep the vectors of an article that is not finished, in case this process is stopped."""
        import numpy as np

        rows = []
        for text, vector in zip(texts, vectors, strict=True):
            key, halves = checksum.of_text(text), vector.astype(np.float16).tobytes()
            rows.append((key, checksum.of_vector(key, halves), halves))
        with self._db.writing():
            self._db.executemany("INSERT OR REPLACE INTO encoded VALUES (?, ?, ?)", rows)

    def clear_cached_vectors(self) -> None:
        """Forget what `cache_vectors` kept, once every article is stored."""
        with self.reading():
            kept = self._db.execute("SELECT 1 FROM encoded LIMIT 1").fetchone()
        if kept:
            with self._db.writing():
                self._db.execute("DELETE FROM encoded")

    def vectors(self) -> Vectors:
        """Return the vectors of all passages, as they stand for the transaction this is called in.

        The FAISS file is made again where it is missing, old or damaged. Raises: StoreError.
        """
        with self.reading():
            generation = self._db.generation()
            if self._vectors is None or self._vectors_generation != generation:
                file = self.folder / VECTORS
                of, _, expected = self._db.meta("vectors").partition(":")
                current = Vectors.read(file, expected) if of == str(generation) else None
                if current is None:
                    current = self._make_vectors()
                    with mapped_os_errors(self.folder):
                        value = f"{generation}:{current.write(file)}"
                    self._db.note("vectors", value, generation=generation)
                self._check_words()
                self._vectors, self._vectors_generation = current, generation
            return self._vectors

    def _make_vectors(self) -> Vectors:
        """Return the vectors of all passages, each of them checked. Raises: StoreDamaged."""
        import numpy as np

        vectors = Vectors(self.dimension)
        articles = {row.id: row for row in self._articles("")}
        self._check_count("articles", len(articles))
        passages = dict.fromkeys(articles, 0)
        rows = self._db.execute(f"SELECT p.article, {_PASSAGE} FROM passages p ORDER BY p.id")
        while batch := rows.fetchmany(FETCH_ROWS):
            with _only_sound("passage"):
                for article, id, start, end, stored, vector in batch:
                    made = checksum.of_passage(articles[article].checksum, id, start, end, vector)
                    _check("passage", made, stored)
                    passages[article] += 1
                content = b"".join(row[-1] for row in batch)
                halves = np.frombuffer(content, np.float16).reshape(len(batch), self.dimension)
                vectors.add(np.array([row[1] for row in batch], dtype=np.int64), halves)
        self._check_count("passages", len(vectors))
        for id, row in articles.items():
            if row.passages != passages[id]:
                raise _damaged(f"list of passages of {row.article.id}")
        return vectors

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> list[tuple[int, float]]:
        """Return the k passages that fit the words best: (passage id, BM25, higher is better).

        articles: only passages of these are looked at; None for all.
        """
        if not words:
            return []
        matched = " OR ".join(map(quoted, words))
        chosen = "" if articles is None else f" AND rowid IN ({_PASSAGES_OF})"
        names = [] if articles is None else [json.dumps(list(articles))]
        with self.reading():
            self._check_words()
            rows = self._db.execute(
                "SELECT rowid, -bm25(words) AS score FROM words"
                f" WHERE words MATCH ?{chosen} ORDER BY score DESC, rowid LIMIT ?",
                (matched, *names, k),
            ).fetchall()
        return [(int(id), float(score)) for id, score in rows]

    def passage_ids(self, articles: Sequence[str]) -> NDArray[np.int64]:
        """Return the ids of the passages of some articles. Raises: StoreDamaged."""
        import numpy as np

        names = json.dumps(list(articles))
        with self.reading():
            rows = self._db.execute(_PASSAGES_OF, (names,)).fetchall()
            if len(rows) != sum(row.passages for row in self._articles(_NAMED, names)):
                raise _damaged("list of passages")
        return np.array([id for (id,) in rows], dtype=np.int64)

    def hashes(self, names: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of some articles, by id; without those not there.

        Raises: StoreDamaged.
        """
        wanted = json.dumps(list(names))
        with self.reading():
            return {row.article.id: row.article.sha256 for row in self._articles(_NAMED, wanted)}

    def titles(self) -> dict[str, str]:
        """Return the titles of the articles, by id, sorted by id. Raises: StoreDamaged."""
        with self.reading():
            rows = self._articles("ORDER BY name")
            titles = {row.article.id: row.article.title for row in rows}
            self._check_count("articles", len(titles))
        return titles

    def unknown_words(
        self, words: Iterable[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        """Return those of the words that occur in no article, other forms of them included.

        articles: the only ones that are looked at; None for all.
        """
        chosen = "" if articles is None else f" AND rowid IN ({_PASSAGES_OF})"
        names = [] if articles is None else [json.dumps(list(articles))]
        with self.reading():
            self._check_words()
            return [
                word
                for word in words
                if not self._db.execute(
                    f"SELECT 1 FROM words WHERE words MATCH ?{chosen} LIMIT 1",
                    (quoted(word), *names),
                ).fetchone()
            ]

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages stand, by id.

        ids: found in the same transaction, so that all are there. Raises: StoreDamaged.
        """
        places: dict[int, StoredPassage] = {}
        with self.reading(), _only_sound("passage"):
            for first in range(0, len(ids), FETCH_ROWS):
                wanted = list(ids[first : first + FETCH_ROWS])
                # The article is cited by its name: that must lead to the same one.
                for id, start, end, stored, vector, article, name in self._db.execute(
                    f"SELECT {_PASSAGE}, a.checksum, a.name FROM passages p"
                    " JOIN articles a ON a.id = p.article"
                    f" WHERE p.id IN ({','.join('?' * len(wanted))})"
                    " AND p.article = (SELECT n.id FROM articles n WHERE n.name = a.name)",
                    wanted,
                ):
                    made = checksum.of_passage(article, id, start, end, vector)
                    _check(f"passage of {name}", made, stored)
                    places[id] = StoredPassage(name, Span(start, end))
        if len(places) != len(set(ids)):
            raise _damaged("list of passages: some that were found are not there")
        return places

    def holds_passages(self) -> bool:
        """Tell whether there is anything to search. Raises: StoreDamaged."""
        with self.reading():
            held = self._db.execute("SELECT 1 FROM passages LIMIT 1").fetchone() is not None
            if held != (self._db.count("passages") > 0):
                raise _damaged("list of passages")
        return held

    def size(self) -> Size:
        """Return how many articles and passages there are, and the bytes on disk."""
        with self.reading():
            counts = [
                self._db.execute(f"SELECT count(*) FROM {what}").fetchone()[0]
                for what in ("articles", "passages", "files WHERE reason != ''")
            ]
        return Size(counts[0], counts[1], counts[2], folder_bytes(self.folder))


def folder_bytes(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    total = 0
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):  # another process may just have removed it
            total += file.stat().st_size if file.is_file() else 0
    return total


STORE_FILES = (
    DATABASE,
    f"{DATABASE}-*",
    f"{DATABASE}.damaged-*",
    VECTORS,
    f"{VECTORS}.damaged-*",
    f".{VECTORS}-*",
    LOCK,
)
"""All that is ever written to a store's folder, damaged databases set aside included."""


@contextlib.contextmanager
def writer_lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the process that changes a store; waits for another. Raises: StoreError."""
    from filelock import FileLock

    lock = FileLock(folder / LOCK)
    with mapped_os_errors(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # articles may be private
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class _Row:
    """A sound row of the table of articles."""

    id: int
    article: Article
    """Without its text."""
    passages: int
    text_checksum: bytes
    checksum: bytes


@contextlib.contextmanager
def _only_sound(what: str) -> Iterator[None]:
    """Take a value of another type or size than was stored for damage. Raises: StoreDamaged."""
    try:
        yield
    except (TypeError, ValueError, KeyError) as error:
        raise StoreDamaged(f"The store holds a damaged {what}: {error}", REBUILD_HINT) from error


def _check(what: str, made: bytes, stored: object) -> None:
    """Raise StoreDamaged unless a checksum is the one that was stored."""
    if made != stored:
        raise _damaged(what)


def _damaged(what: str) -> StoreDamaged:
    return StoreDamaged(f"The store holds a damaged {what}.", REBUILD_HINT)
