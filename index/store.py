"""What was read, kept on disk: SQLite is the truth, the FAISS file is derived from it.

    articles.sqlite   files seen, articles with their whole text, passages as offsets with their
                      vectors (float16), the words of passages (FTS5)
    vectors.faiss     the same vectors for fast exact search; remade whenever it is not what
                      SQLite says it must be

An article is replaced in one transaction, so that a reader sees it whole, before or after.
A killed process loses at most one batch of vectors.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from index.database import DATABASE, REBUILD_HINT, Database, mapped_errors, quoted
from index.errors import StoreDamaged
from index.types import Article, Reason, Span
from index.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector

VECTORS = "vectors.faiss"
LOCK = "writer.lock"
FETCH_ROWS = 10_000
_PASSAGES_OF = (
    "SELECT id FROM passages WHERE article IN (SELECT id FROM articles"
    " WHERE name IN (SELECT value FROM json_each(?)))"
)


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

        identity: names the encoder and how passages are cut; a store with another one is emptied,
        and `rebuilt` says so.
        about: what a list of stores is to say of this one, see `describe`.

        Raises: StoreError; StoreDamaged when the database cannot be read.
        """
        self.folder = folder
        self.dimension = dimension
        self._db = Database(folder, f"{identity}:{dimension}", about or {})
        self._vectors: Vectors | None = None
        self._vectors_generation = -1

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
        """Be the only process that brings this store up to date; waits for another to finish."""
        from filelock import FileLock

        lock = FileLock(self.folder / LOCK)
        with mapped_errors(self.folder):
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def files(self) -> dict[str, FileRecord]:
        """Return what is known of each file, by article id."""
        with self.reading():
            rows = self._db.execute(
                "SELECT name, size, changed_ns, checked_ns, reason, detail FROM files"
            )
            with _only_sound("file list"):
                return {
                    row[0]: FileRecord(int(row[1]), int(row[2]), int(row[3]), row[4], row[5])
                    for row in rows
                }

    def has_article(self, name: str, file_sha256: str) -> bool:
        """Tell whether the article `name` is stored with this content."""
        with self.reading():
            row = self._db.execute("SELECT sha256 FROM articles WHERE name = ?", (name,)).fetchone()
            return row is not None and row[0] == file_sha256

    def article(self, name: str) -> Article:
        """Return an article with its text. Raises: StoreDamaged if it is not what was stored."""
        with self.reading():
            row = self._db.execute(
                "SELECT name, path, title, text, sha256, text_hash FROM articles WHERE name = ?",
                (name,),
            ).fetchone()
        if row is None:
            raise StoreDamaged(f"The store holds no text of {name}.", REBUILD_HINT)
        _check_text(name, row[3], row[5])
        return Article(*row[:5])

    def put(self, entries: Iterable[Entry], records: dict[str, FileRecord]) -> None:
        """Store articles, replacing those of the same id, and what is now known of files."""
        import numpy as np

        with self._db.writing():
            for entry in entries:
                article = entry.article
                self._remove_article(article.id)
                row = (article.id, article.path, article.title, article.sha256)
                inserted = self._db.execute(
                    "INSERT INTO articles (name, path, title, sha256, text_hash, text)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    (*row, _hash(article.text), article.text),
                ).lastrowid
                for span, vector in zip(entry.spans, entry.vectors, strict=True):
                    passage = self._db.execute(
                        'INSERT INTO passages (article, start, "end", vector) VALUES (?, ?, ?, ?)',
                        (inserted, span.start, span.end, vector.astype(np.float16).tobytes()),
                    ).lastrowid
                    self._db.execute(
                        "INSERT INTO words (rowid, text) VALUES (?, ?)",
                        (passage, article.text[span.start : span.end]),
                    )
                self._advance()
            self._db.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (name, r.size, r.changed_ns, r.checked_ns, r.reason, r.detail)
                    for name, r in records.items()
                ],
            )

    def remove(self, names: Iterable[str], *, keep_records: bool = False) -> None:
        """Forget articles, and the files they were read from."""
        with self._db.writing():
            for name in names:
                self._remove_article(name)
                if not keep_records:
                    self._db.execute("DELETE FROM files WHERE name = ?", (name,))

    def _remove_article(self, name: str) -> None:
        row = self._db.execute(
            "SELECT id, text, text_hash FROM articles WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return
        article, text, text_hash = row
        _check_text(name, text, text_hash)
        # The word table keeps no text: what it is to forget must be said to it.
        self._db.executemany(
            "INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)",
            [
                (id, text[start:end])
                for id, start, end in self._db.execute(
                    'SELECT id, start, "end" FROM passages WHERE article = ?', (article,)
                ).fetchall()
            ],
        )
        self._db.execute("DELETE FROM passages WHERE article = ?", (article,))
        self._db.execute("DELETE FROM articles WHERE id = ?", (article,))
        self._advance()

    def _advance(self) -> None:
        self._db.set_meta("generation", str(self._db.generation() + 1))

    def known_vectors(self, article: Article, texts: Sequence[str]) -> dict[str, Vector]:
        """Return vectors of passages of `texts` that were encoded before, by text.

        Looked up among the article as it was, articles of the same content under another name,
        and what an interrupted run had finished.
        """
        import numpy as np

        wanted = {_hash(text): text for text in texts}
        known: dict[str, bytes] = {}
        with self.reading(), _only_sound("vector"):
            for id, text in self._db.execute(
                "SELECT id, text FROM articles WHERE name = ? OR sha256 = ?",
                (article.id, article.sha256),
            ).fetchall():
                for start, end, vector in self._db.execute(
                    'SELECT start, "end", vector FROM passages WHERE article = ?', (id,)
                ):
                    known[text[start:end]] = vector
            if self._db.execute("SELECT 1 FROM encoded LIMIT 1").fetchone():
                for key, text in wanted.items():
                    row = self._db.execute(
                        "SELECT vector FROM encoded WHERE text_hash = ?", (key,)
                    ).fetchone()
                    if row:
                        known[text] = row[0]
        usable = {text: known[text] for text in wanted.values() if text in known}
        return {
            text: np.frombuffer(vector, dtype=np.float16).astype(np.float32)
            for text, vector in usable.items()
            if len(vector) == 2 * self.dimension
        }

    def keep_vectors(self, texts: Sequence[str], vectors: Vector) -> None:
        """Keep the vectors of an article that is not finished, in case this process is stopped."""
        import numpy as np

        with self._db.writing():
            self._db.executemany(
                "INSERT OR REPLACE INTO encoded VALUES (?, ?)",
                [
                    (_hash(text), vector.astype(np.float16).tobytes())
                    for text, vector in zip(texts, vectors, strict=True)
                ],
            )

    def drop_kept_vectors(self) -> None:
        """Forget what `keep_vectors` kept, once every article is stored."""
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
                    value = f"{generation}:{current.write(file)}"
                    self._db.note("vectors", value, generation=generation)
                self._vectors, self._vectors_generation = current, generation
            return self._vectors

    def _make_vectors(self) -> Vectors:
        import numpy as np

        vectors = Vectors(self.dimension)
        rows = self._db.execute("SELECT id, vector FROM passages ORDER BY id")
        while batch := rows.fetchmany(FETCH_ROWS):
            with _only_sound("vector"):
                content = b"".join(vector for _, vector in batch)
                halves = np.frombuffer(content, np.float16).reshape(len(batch), self.dimension)
                vectors.add(np.array([id for id, _ in batch], dtype=np.int64), halves)
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
            rows = self._db.execute(
                "SELECT rowid, -bm25(words) AS score FROM words"
                f" WHERE words MATCH ?{chosen} ORDER BY score DESC, rowid LIMIT ?",
                (matched, *names, k),
            ).fetchall()
        return [(int(id), float(score)) for id, score in rows]

    def passage_ids(self, articles: Sequence[str]) -> NDArray[np.int64]:
        """Return the ids of the passages of some articles."""
        import numpy as np

        with self.reading():
            rows = self._db.execute(_PASSAGES_OF, (json.dumps(list(articles)),)).fetchall()
        return np.array([id for (id,) in rows], dtype=np.int64)

    def hashes(self, names: Iterable[str]) -> dict[str, str]:
        """Return the SHA-256 of the files of some articles, by id; without those not there."""
        with self.reading():
            rows = self._db.execute(
                "SELECT name, sha256 FROM articles WHERE name IN (SELECT value FROM json_each(?))",
                (json.dumps(list(names)),),
            ).fetchall()
        return dict(rows)

    def titles(self) -> dict[str, str]:
        """Return the titles of the articles, by id, sorted by id."""
        with self.reading():
            rows = self._db.execute("SELECT name, title FROM articles ORDER BY name").fetchall()
        return dict(rows)

    def unknown_words(
        self, words: Iterable[str], articles: Sequence[str] | None = None
    ) -> list[str]:
        """Return those of the words that occur in no article, other forms of them included.

        articles: the only ones that are looked at; None for all.
        """
        chosen = "" if articles is None else f" AND rowid IN ({_PASSAGES_OF})"
        names = [] if articles is None else [json.dumps(list(articles))]
        with self.reading():
            return [
                word
                for word in words
                if not self._db.execute(
                    f"SELECT 1 FROM words WHERE words MATCH ?{chosen} LIMIT 1",
                    (quoted(word), *names),
                ).fetchone()
            ]

    def passages(self, ids: Sequence[int]) -> dict[int, StoredPassage]:
        """Return where passages stand, by id; without those that are not there any more."""
        places: dict[int, StoredPassage] = {}
        with self.reading(), _only_sound("passage"):
            for first in range(0, len(ids), FETCH_ROWS):
                wanted = list(ids[first : first + FETCH_ROWS])
                for id, name, start, end in self._db.execute(
                    'SELECT p.id, a.name, p.start, p."end" FROM passages p'
                    " JOIN articles a ON a.id = p.article"
                    f" WHERE p.id IN ({','.join('?' * len(wanted))})",
                    wanted,
                ):
                    places[id] = StoredPassage(name, Span(start, end))
        return places

    def holds_passages(self) -> bool:
        """Tell whether there is anything to search."""
        with self.reading():
            return self._db.execute("SELECT 1 FROM passages LIMIT 1").fetchone() is not None

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


STORE_FILES = (DATABASE, f"{DATABASE}-*", f"{DATABASE}.damaged-*", VECTORS, f".{VECTORS}-*", LOCK)
"""All that is ever written to a store's folder, damaged databases set aside included."""


@contextlib.contextmanager
def _only_sound(what: str) -> Iterator[None]:
    """Take a value of another type or size than was stored for damage. Raises: StoreDamaged."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise StoreDamaged(f"The store holds a damaged {what}: {error}", REBUILD_HINT) from error


def _check_text(name: str, text: object, text_hash: bytes) -> None:
    """Raise StoreDamaged unless the text is what was stored."""
    if not isinstance(text, str) or _hash(text) != text_hash:
        raise StoreDamaged(f"The store holds a damaged text of {name}.", REBUILD_HINT)


def _hash(text: str) -> bytes:
    return blake2b(text.encode("utf-8"), digest_size=16).digest()
