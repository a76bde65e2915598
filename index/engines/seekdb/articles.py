"""The articles of a store on the server. Each is checked when it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from index.engines.seekdb.connection import Row
from index.engines.seekdb.reading import Reading
from index.errors import StoreDamaged
from index.store import soundness
from index.store.rows import ArticleRow, Content
from index.types import Article

_COLUMNS = "id, name, path, title, sha256, extractor, passages, content_checksum, checksum"


class Articles:
    """The articles in one transaction."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._by_name: dict[str, ArticleRow | None] = {}
        self._by_number: dict[int, ArticleRow] = {}

    def named(self, names: Iterable[str]) -> dict[str, ArticleRow]:
        """Return the articles with these ids, by id; unknown ones are omitted."""
        names = list(dict.fromkeys(names))
        missing = [name for name in names if name not in self._by_name]
        self._by_name.update(dict.fromkeys(missing))
        self._note(self._found("name", [name.encode() for name in missing]))
        return {name: row for name in names if (row := self._by_name[name])}

    def numbered(self, numbers: Iterable[int]) -> dict[int, ArticleRow]:
        """Return the articles of these rows, by number. Raises: StoreDamaged if one is missing."""
        numbers = set(numbers)
        self._note(self._found("id", numbers - self._by_number.keys()))
        try:
            return {number: self._by_number[number] for number in numbers}
        except KeyError:
            raise StoreDamaged(soundness.ORPHAN) from None

    def with_content(self, sha256: str) -> list[ArticleRow]:
        """Return the articles whose files have this SHA-256."""
        return list(self._found("sha256", [sha256.encode()]))

    def in_order(self, most: int) -> list[ArticleRow]:
        """Return the first articles by id, in code point order."""
        table = self._reading.row.table("articles")
        query = f"SELECT {_COLUMNS} FROM {table} ORDER BY name LIMIT {most}"
        return [_checked(row) for row in self._reading.query(query)]

    def only(self, names: Sequence[str] | None) -> str | None:
        """Return SQL that selects the passages of some articles; None if there are none."""
        if names is None:
            return ""
        numbers = [str(row.id) for row in self.named(names).values()]
        return f" WHERE article IN ({', '.join(numbers)})" if numbers else None

    def count(self, names: Sequence[str] | None) -> int:
        """Return how many passages the articles with these ids have; None for all articles."""
        if names is None:
            return self._reading.row.passages
        return sum(row.passages for row in self.named(names).values())

    def content(self, row: ArticleRow) -> Content:
        """Return the text and the structure of an article. Raises: StoreDamaged."""
        table = self._reading.row.table
        pieces = self._reading.query(
            f"SELECT a.text_bytes, c.bytes FROM {table('articles')} a"
            f" JOIN {table('contents')} c ON c.article = a.id WHERE a.id = %s ORDER BY c.piece",
            (row.id,),
        )
        size = pieces[0][0] if pieces else 0
        whole = b"".join(piece for _, piece in pieces)
        try:
            content = Content(whole[:size].decode(), whole[size:])
        except ValueError:
            content = Content("", b"damaged")
        soundness.require(soundness.of_content(row, content))
        return content

    def _note(self, rows: Iterable[ArticleRow]) -> None:
        for row in rows:
            self._by_number[row.id] = self._by_name[row.article.id] = row

    def _found(self, column: str, values: Iterable[object]) -> Iterator[ArticleRow]:
        table = self._reading.row.table("articles")
        query = f"SELECT {_COLUMNS} FROM {table} WHERE {column} IN ({{}})"
        return map(_checked, self._reading.among(query, values))


def _checked(row: Row) -> ArticleRow:
    """Return an article without its content. Raises: StoreDamaged."""
    number, *texts, passages, content_checksum, checksum = row
    try:
        name, path, title, sha256, extractor = (text.decode() for text in texts)
    except ValueError:
        raise StoreDamaged("The name of a stored article is damaged.") from None
    article = Article(name, path, title, "", sha256, extractor=extractor)
    found = ArticleRow(number, article, passages, content_checksum, checksum)
    soundness.require(soundness.of_article(found))
    return found
