"""Bytes as texts that Milvus can store: compressed, in parts of limited length."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import blake2b

from index.errors import StoreDamaged

PART_CHARS = 60_000
MAX_BYTES = 1 << 31
"""Of unpacked content, as a server may be damaged or hostile."""


def packed(content: bytes) -> list[str]:
    """Return at least one text. They begin with a checksum of the content."""
    checksum = blake2b(content, digest_size=16).digest()
    text = b64encode(checksum + zlib.compress(content, 1)).decode("ascii")
    return [text[first : first + PART_CHARS] for first in range(0, len(text), PART_CHARS)]


def unpacked(parts: Sequence[str]) -> bytes:
    """Return the content of texts, in order. Raises: StoreDamaged."""
    try:
        joined = b64decode("".join(parts), validate=True)
        content = decompressed(joined[16:])
    except ValueError as error:
        raise StoreDamaged(f"A record of the store is damaged: {error}") from error
    if blake2b(content, digest_size=16).digest() != joined[:16]:
        raise StoreDamaged("A record of the store is damaged.")
    return content


def decompressed(content: bytes) -> bytes:
    """Return what zlib compressed. Raises: ValueError, also if it is too long."""
    unpacking = zlib.decompressobj()
    try:
        made = unpacking.decompress(content, MAX_BYTES)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacking.eof:
        raise ValueError("it is too short or too long")
    return made
