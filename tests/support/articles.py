"""Articles made from a text."""

from __future__ import annotations

from index.load import read
from index.scan import Source
from index.types import Article


def article_of(text: str, id: str = "a.txt") -> Article:
    """Return the article that a file with this name and text is read as."""
    content = text.encode("utf-8")
    return read(Source(id, f"/{id}", len(content), 0, content)).article


def unstructured(text: str, id: str = "a.txt") -> Article:
    """Return an article whose structure is not known. Any text will do, even an empty one."""
    return Article(id, f"/{id}", id, text, "0" * 64)
