"""The rows of passages: how they are made, and how they are checked when they come back."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from index.engines.bm25 import Passages, sparse_vector
from index.engines.milvus.blobs import decompressed
from index.engines.milvus.catalogue import ArticleHeader
from index.engines.milvus.client import MAX_TEXT_BYTES, Row
from index.errors import StoreDamaged
from index.store import checksum
from index.store.protocol import Entry
from index.types import Article, Span

if TYPE_CHECKING:
    from index.types import Vector

PLACE_FIELDS = ("article", "start", "stop", "checksums")
VECTOR_FIELDS = ("vector", "checksums")
WORD_FIELDS = ("forward_row", "checksums")
_DAMAGED = "A passage of the store is damaged."


def header_of(entry: Entry, first: int, words: Sequence[bytes]) -> ArticleHeader:
    """Return an article without its content. first: id of its first passage, also its key."""
    article = entry.article
    content = checksum.of_content(article.text, article.structure.to_bytes()).hex()
    length = int(Passages(words).lengths.sum()) if words else 0
    bare = Article(
        article.id, article.path, article.title, "", article.sha256, extractor=article.extractor
    )
    return ArticleHeader(first, bare, first, len(entry.spans), length, content)


def terms_in(row: bytes) -> list[int]:
    """Return the different terms of a forward row."""
    return [int(term) for term in dict.fromkeys(Passages([row]).terms.tolist())]


def rows_of(
    header: ArticleHeader, spans: Sequence[Span], vectors: Sequence[Vector], words: Sequence[bytes]
) -> Iterator[Row]:
    """Yield the rows of the passages of an article. words: their forward rows.

    A forward row that is too long for a field is omitted; see `Records.long_words`.
    """
    import numpy as np

    header_checksum = header.checksum
    for id, span, vector, row in zip(header.ids, spans, vectors, words, strict=True):
        halves = vector.astype(np.float16)
        forward = b64encode(zlib.compress(row)).decode("ascii")
        checksums = (
            checksum.of_values(header_checksum, id, span.start, span.end),
            checksum.of_values(header_checksum, id, halves.tobytes()),
            checksum.of_values(header_checksum, id, row),
        )
        yield {
            "id": id,
            "article": header.key,
            "start": span.start,
            "stop": span.end,
            "checksums": " ".join(one.hex() for one in checksums),
            "forward_row": forward if len(forward) <= MAX_TEXT_BYTES else "",
            "vector": halves.astype(np.float32).tolist(),
            "words": sparse_vector(row) or {0: 1e-6},  # Milvus wants at least one weight
        }


def place_in(row: Row, header: ArticleHeader, header_checksum: bytes) -> Span:
    """Return where a passage is. Raises: StoreDamaged."""
    id, start, stop = int(row["id"]), int(row["start"]), int(row["stop"])
    _require(row, 0, checksum.of_values(header_checksum, id, start, stop))
    if int(row["article"]) != header.key:
        raise StoreDamaged(_DAMAGED)
    return Span(start, stop)


def vector_in(row: Row, header_checksum: bytes) -> Vector:
    """Return the vector of a passage: float32. Raises: StoreDamaged."""
    import numpy as np

    halves = np.array(row["vector"], dtype=np.float16)
    _require(row, 1, checksum.of_values(header_checksum, int(row["id"]), halves.tobytes()))
    return halves.astype(np.float32)


def words_in(row: Row, header_checksum: bytes, long: Mapping[int, bytes]) -> bytes:
    """Return the forward row of a passage. long: those omitted in rows. Raises: StoreDamaged."""
    try:
        if row["forward_row"]:
            words = decompressed(b64decode(row["forward_row"], validate=True))
        else:
            words = long[int(row["id"])]
    except (ValueError, LookupError) as error:
        raise StoreDamaged(_DAMAGED) from error
    _require(row, 2, checksum.of_values(header_checksum, int(row["id"]), words))
    return words


def _require(row: Row, number: int, expected: bytes) -> None:
    checksums = str(row["checksums"]).split(" ")
    if len(checksums) != 3 or checksums[number] != expected.hex():
        raise StoreDamaged(_DAMAGED)
