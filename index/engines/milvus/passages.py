"""The rows of passages: how they are made, and how they are checked when they come back."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from index.engines.bm25 import sparse_vector
from index.engines.milvus.blobs import decompressed
from index.engines.milvus.catalogue import Head
from index.engines.milvus.client import MAX_TEXT_BYTES, Row
from index.errors import StoreDamaged
from index.store import checksum
from index.types import Span

if TYPE_CHECKING:
    from index.types import Vector

PLACE_FIELDS = ("article", "start", "stop", "sums")
VECTOR_FIELDS = ("vector", "sums")
WORD_FIELDS = ("row", "sums")
_DAMAGED = "A passage of the store is damaged."


def rows_of(
    head: Head, spans: Sequence[Span], vectors: Sequence[Vector], words: Sequence[bytes]
) -> Iterator[Row]:
    """Yield the rows of the passages of an article. words: their forward rows.

    A forward row that is too long for a field is omitted; see `Records.long_words`.
    """
    import numpy as np

    sum_of_head = head.checksum
    for id, span, vector, row in zip(head.ids, spans, vectors, words, strict=True):
        halves = vector.astype(np.float16)
        forward = b64encode(zlib.compress(row)).decode("ascii")
        sums = (
            checksum.of_values(sum_of_head, id, span.start, span.end),
            checksum.of_values(sum_of_head, id, halves.tobytes()),
            checksum.of_values(sum_of_head, id, row),
        )
        yield {
            "id": id,
            "article": head.key,
            "start": span.start,
            "stop": span.end,
            "sums": " ".join(one.hex() for one in sums),
            "row": forward if len(forward) <= MAX_TEXT_BYTES else "",
            "vector": halves.astype(np.float32).tolist(),
            "words": sparse_vector(row) or {0: 1e-6},  # Milvus wants at least one weight
        }


def place_in(row: Row, head: Head, sum_of_head: bytes) -> Span:
    """Return where a passage is. Raises: StoreDamaged."""
    id, start, stop = int(row["id"]), int(row["start"]), int(row["stop"])
    _require(row, 0, checksum.of_values(sum_of_head, id, start, stop))
    if int(row["article"]) != head.key:
        raise StoreDamaged(_DAMAGED)
    return Span(start, stop)


def vector_in(row: Row, sum_of_head: bytes) -> Vector:
    """Return the vector of a passage: float32. Raises: StoreDamaged."""
    import numpy as np

    halves = np.array(row["vector"], dtype=np.float16)
    _require(row, 1, checksum.of_values(sum_of_head, int(row["id"]), halves.tobytes()))
    return halves.astype(np.float32)


def words_in(row: Row, sum_of_head: bytes, long: Mapping[int, bytes]) -> bytes:
    """Return the forward row of a passage. long: those omitted in rows. Raises: StoreDamaged."""
    try:
        if row["row"]:
            words = decompressed(b64decode(row["row"], validate=True))
        else:
            words = long[int(row["id"])]
    except (ValueError, LookupError) as error:
        raise StoreDamaged(_DAMAGED) from error
    _require(row, 2, checksum.of_values(sum_of_head, int(row["id"]), words))
    return words


def _require(row: Row, number: int, expected: bytes) -> None:
    sums = str(row["sums"]).split(" ")
    if len(sums) != 3 or sums[number] != expected.hex():
        raise StoreDamaged(_DAMAGED)
