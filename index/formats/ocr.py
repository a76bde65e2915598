"""Whether scanned pages can be recognised: the extra `ocr` is installed."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

EXTRACTOR = "ocr 1"
"""Name and version of the recognition, a part of the name of a format that uses it."""
INSTALL = "pip install 'article-qa[ocr]'"


@cache
def is_installed() -> bool:
    """Return whether scanned pages can be recognised."""
    return find_spec("rapidocr") is not None
