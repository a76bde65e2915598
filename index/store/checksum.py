"""Checksums of what a store holds, stored beside it to detect damage.

A row's checksum also covers what the row belongs to: a passage's covers the checksum of its
article. So an intact row in the wrong place is detected as well. A value whose type has changed
gives a different checksum, or an error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from index.store.protocol import FileRecord
from index.types import Article


def of_text(text: str) -> bytes:
    """Return the checksum of a text, 16 bytes."""
    return blake2b(text.encode("utf-8"), digest_size=16).digest()


def of_content(text: str, structure: bytes) -> bytes:
    """Return the checksum of an article's text and its structure, 16 bytes."""
    checksum = blake2b(b"%d " % len(structure), digest_size=16)
    checksum.update(structure)
    checksum.update(text.encode("utf-8"))
    return checksum.digest()


def of_values(*values: str | int | bytes) -> bytes:
    """Return the checksum of a few values, 8 bytes."""
    return blake2b(ascii(values).encode("ascii"), digest_size=8).digest()


def of_file(name: str, record: FileRecord) -> bytes:
    """Return the checksum of the record of a file, 8 bytes."""
    times = (record.size, record.changed_ns, record.checked_ns)
    return of_values(name, *times, record.reason, record.detail, record.extractor)


def of_article(article: Article, passages: int, content_checksum: bytes) -> bytes:
    """Return the checksum of everything cited from an article, 8 bytes.

    passages: how many it is split into.
    content_checksum: used instead of text and structure, so that titles can be checked without
        reading texts.
    """
    words = (article.id, article.path, article.title, article.sha256, article.extractor)
    return of_values(*words, passages, content_checksum)


def of_passage(article: bytes, id: int, start: int, end: int, vector: bytes) -> bytes:
    """Return the checksum of a passage, 8 bytes. article: the checksum of its article.

    Raises: TypeError for a number that is not an int: formatting would drop its fraction.
    """
    if not all(isinstance(number, int) for number in (id, start, end)):
        raise TypeError(f"not whole numbers: {id!r}, {start!r}, {end!r}")
    return blake2b(b"%b %d %d %d %b" % (article, id, start, end, vector), digest_size=8).digest()


def of_vector(text_checksum: bytes, vector: bytes) -> bytes:
    """Return the checksum of a cached vector and its text, 8 bytes."""
    return blake2b(text_checksum + vector, digest_size=8).digest()


def of_rows(rows: Iterable[Iterable[Any]]) -> str:
    """Return the checksum of rows, 32 hexadecimal digits. The values can be of any type."""
    checksum = blake2b(digest_size=16)
    for row in rows:
        for value in row:
            content = value if isinstance(value, bytes) else json.dumps(value).encode()
            checksum.update(b"%d " % len(content))
            checksum.update(content)
    return checksum.hexdigest()
