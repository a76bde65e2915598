"""Vectors that other stores on this machine already have of an article, copied or moved.

Other stores are only read, those of the same encoder alone, and nothing in them is trusted: a row
counts only if all checksums of its article match, and an error means that a store has nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import StoreError
from index.store import rows, schema, soundness
from index.store.errors import mapped_errors
from index.store.files import DATABASE, stores_in
from index.store.readonly import open_to_read
from index.types import Article, Span

if TYPE_CHECKING:
    import sqlite3

MAX_STORES = 32
"""Most stores that are looked in: those that changed last."""
_UNUSABLE = (StoreError, OSError, ValueError, TypeError, LookupError)
"""What a store that is damaged, locked, gone or of another version raises."""

MAX_HASHES = 20_000
"""Of a store with at most this many articles, all hashes are read at once: asking 32 stores for
each article would take longer than encoding a short one.
"""

EncodedText = Callable[[Article, Span], str]
"""Returns the text that the vector of a passage is made of."""


@dataclass(frozen=True, slots=True)
class _Sibling:
    """Another store."""

    folder: Path
    db: sqlite3.Connection
    hashes: frozenset[str] | None
    """SHA-256 of all articles; None if there are too many."""


class Siblings:
    """The other stores in the folder of a store. Their files are open until `close`."""

    def __init__(self, folder: Path, identity: tuple[str, int], encoded_text: EncodedText) -> None:
        """Open nothing yet.

        folder: of the store itself. identity: as `Database` takes it; that of another store must
        be the same.
        """
        self._folder = folder.absolute()
        self._identity = [schema.FORMAT, *identity]
        self._encoded_text = encoded_text
        self._open: list[_Sibling] | None = None

    def close(self) -> None:
        """Close all files. The next search opens those that are there by then."""
        for sibling in self._open or []:
            sibling.db.close()
        self._open = None

    def vectors(self, article: Article, texts: Iterable[str]) -> dict[str, bytes]:
        """Return the vectors (float16) that other stores have of these texts, by text.

        Only articles whose file has the same SHA-256 are compared.
        """
        missing, found = set(texts), dict[str, bytes]()
        if not missing or not article.sha256:
            return found
        if self._open is None:
            self._open = self._opened()
        for sibling in list(self._open):
            if sibling.hashes is not None and article.sha256 not in sibling.hashes:
                continue
            try:
                found.update(self._vectors_in(sibling, article.sha256, missing - found.keys()))
            except _UNUSABLE:
                sibling.db.close()
                self._open.remove(sibling)
            if len(found) == len(missing):
                break
        return found

    def _opened(self) -> list[_Sibling]:
        others = [one for one in stores_in(self._folder.parent) if one != self._folder]
        found = []
        for folder in sorted(others, key=_changed, reverse=True)[:MAX_STORES]:
            with contextlib.ExitStack() as closing, contextlib.suppress(*_UNUSABLE):
                db = closing.enter_context(contextlib.closing(open_to_read(folder, busy_seconds=0)))
                if self._is_alike(folder, db):
                    found.append(_Sibling(folder, db, _hashes(folder, db)))
                    closing.pop_all()
        return found

    def _is_alike(self, folder: Path, db: sqlite3.Connection) -> bool:
        """Return whether the head of a store is sound, and its encoder and wording the same."""
        with mapped_errors(folder / DATABASE):
            meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
            fixed = schema.fixed_checksum(db)
        soundness.require(soundness.of_fixed(fixed, meta["fixed"]))
        return bool(json.loads(meta["identity"]) == [*self._identity, folder.name])

    def _vectors_in(self, sibling: _Sibling, sha256: str, missing: set[str]) -> dict[str, bytes]:
        """Return the vectors of missing texts in articles with this content."""
        found, db = dict[str, bytes](), sibling.db
        with mapped_errors(sibling.folder / DATABASE), _snapshot(db):
            for row in rows.articles(db, "WHERE sha256 = ?", sha256):
                content, passages = rows.content_of(db, row), rows.passages_of(db, row)
                soundness.require(soundness.of_whole_article(row, content, passages))
                article = row.with_content(content)
                for passage in passages:
                    text = self._encoded_text(article, Span(passage.start, passage.end))
                    if text in missing:
                        found[text] = passage.vector
                if len(found) == len(missing):
                    break
        return found


def _hashes(folder: Path, db: sqlite3.Connection) -> frozenset[str] | None:
    with mapped_errors(folder / DATABASE):
        found = db.execute("SELECT sha256 FROM articles LIMIT ?", (MAX_HASHES + 1,)).fetchall()
    return frozenset(sha256 for (sha256,) in found) if len(found) <= MAX_HASHES else None


@contextlib.contextmanager
def _snapshot(db: sqlite3.Connection) -> Iterator[None]:
    """Let all reads inside see the same state, and hold no lock afterwards."""
    db.execute("BEGIN")
    try:
        yield
    finally:
        if db.in_transaction:
            db.execute("ROLLBACK")


def _changed(folder: Path) -> float:
    """Return when a store was changed, as a timestamp; 0 if that is not known."""
    try:
        return max(file.stat().st_mtime for file in folder.glob(f"{DATABASE}*"))
    except (OSError, ValueError):
        return 0.0
