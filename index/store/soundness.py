"""Decides whether the rows of a store are what was written. Nothing else does.

Each function yields sentences that say what is damaged. The store raises StoreDamaged for the first
one, see `require`; `check` lists them all.

Checksums reveal changed rows, and counts reveal lost ones. A damaged row is never quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from index.errors import StoreDamaged
from index.store import checksum
from index.store.rows import ArticleRow, Content, FileRow, PassageRow

ORPHAN = "A stored passage belongs to no article."


def require(findings: Iterable[str]) -> None:
    """Raise StoreDamaged with the first finding, if there is one."""
    for finding in findings:
        raise StoreDamaged(finding)


def of_fixed(found: str, recorded: object) -> Iterator[str]:
    """Yield a sentence if the tables or the description of a store have changed: they never should.

    found: what `schema.fixed_checksum` returns now. recorded: what it returned for the new store.
    """
    if found != recorded:
        yield "The store's tables or its description have changed."


def of_number(what: str, recorded: object) -> Iterator[str]:
    """Yield a sentence if a recorded number is not a number. what: its name. recorded: its text."""
    if not (isinstance(recorded, str) and recorded.isdecimal()):
        yield f"The store's {what} is damaged."


def of_words(found: str, recorded: str, generation: object) -> Iterator[str]:
    """Yield a sentence if the word index, or a part of it, does not match its checksum.

    found: its checksum now. recorded: a generation, a colon, and its checksum at that time; a
    checksum of another generation is ignored.
    """
    of, _, expected = recorded.partition(":")
    if of == str(generation) and found != expected:
        yield "The store's word index does not match its checksum."


def of_file(row: FileRow) -> Iterator[str]:
    """Yield what is wrong with the record of a file."""
    if _differs(row.checksum, lambda: checksum.of_file(row.name, row.record)):
        yield f"The stored record of the file {row.name} is damaged."


def of_article(row: ArticleRow) -> Iterator[str]:
    """Yield what is wrong with an article, apart from its content and its passages."""
    if _differs(
        row.checksum, lambda: checksum.of_article(row.article, row.passages, row.content_checksum)
    ):
        yield f"The stored title, path or hash of {row.article.id} is damaged."


def of_content(row: ArticleRow, content: Content) -> Iterator[str]:
    """Yield what is wrong with the text and the structure of an article."""
    if _differs(row.content_checksum, lambda: checksum.of_content(*content)):
        yield f"The stored text of {row.article.id} is damaged."


def of_passage(row: PassageRow, article: str, article_checksum: bytes) -> Iterator[str]:
    """Yield what is wrong with a passage of the article with this id."""
    try:
        made = checksum.of_passage(article_checksum, row.id, row.start, row.end, row.vector)
    except TypeError:
        made = b""
    if made != row.checksum:
        yield f"A stored passage of {article} is damaged."


def of_passage_count(article: ArticleRow, found: int) -> Iterator[str]:
    """Yield a sentence if passages of an article were lost or added."""
    if found != article.passages:
        id, expected = article.article.id, article.passages
        yield f"Passages of {id}: {found:,} stored, {expected} expected."


def of_whole_article(
    article: ArticleRow, content: Content, passages: Sequence[PassageRow]
) -> Iterator[str]:
    """Yield what is wrong with an article, its content and all its passages."""
    yield from of_article(article)
    yield from of_content(article, content)
    yield from of_passage_count(article, len(passages))
    for row in passages:
        yield from of_passage(row, article.article.id, article.checksum)
        if not _is_in(content.text, row):
            yield f"A stored passage of {article.article.id} has offsets outside its text."


def of_cached_vector(text_checksum: bytes, vector: bytes, stored: bytes) -> Iterator[str]:
    """Yield what is wrong with a cached vector."""
    if _differs(stored, lambda: checksum.of_vector(text_checksum, vector)):
        yield "A cached vector is damaged."


def of_count(what: str, found: int, noted: object) -> Iterator[str]:
    """Yield a sentence if rows of a table were lost or added. noted: the right number, as text."""
    if str(found) != noted:
        yield f"{what.capitalize()}: {found:,} stored, {noted} expected."


def _differs(stored: object, make: Callable[[], bytes]) -> bool:
    """Return whether a checksum differs from the stored one; values of wrong types have none."""
    try:
        return make() != stored
    except (TypeError, ValueError, AttributeError):
        return True


def _is_in(text: str, row: PassageRow) -> bool:
    try:
        return 0 <= row.start <= row.end <= len(text)
    except TypeError:
        return False
