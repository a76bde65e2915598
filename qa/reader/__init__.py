"""Passages to the words that answer, or none.

`Reader` is the seam: `SpanReader` runs a model that marks where an answer starts and ends;
`SentenceReader` does without a model and gives whole sentences; `open_reader` picks one by name.
"""

from qa.reader.opening import open_reader
from qa.reader.reading import Reader, Reading
from qa.reader.sentences import SentenceReader
from qa.reader.spans import SpanReader

__all__ = ["Reader", "Reading", "SentenceReader", "SpanReader", "open_reader"]
