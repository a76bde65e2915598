"""Plain text: decodes bytes, and finds a first line that looks like a title."""

from __future__ import annotations

import codecs
import re

from index.formats.base import MAX_TITLE_CHARS, Document, Format, Unreadable
from index.formats.plain import plain_parts
from index.paragraphs import stripped
from index.structure import Structure
from index.types import Span

DETECTION_SAMPLE_BYTES = 100_000
MIN_NON_ASCII_BYTES = 7
"""With fewer, both detectors can agree on a wrong guess: Big5 for "Żółw" in ISO-8859-2."""
BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Decode bytes; return the text without byte order mark, and the encoding used.

    Tries a byte order mark, then `encoding`, then UTF-8, then detection if its result is certain.
    Never replaces a byte.

    Raises: Unreadable for binary content, and if the encoding is wrong or uncertain.
    """
    for mark, name in BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return _without_nul(_decode(content[len(mark) :], name)), name
    if encoding is not None:
        return _without_nul(_decode(content, encoding)), codecs.lookup(encoding).name
    if b"\0" in content:
        raise Unreadable("binary")
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        if _is_mostly_utf_8(content):
            place = f"UTF-8 with invalid bytes, the first at {error.start:,}"
            raise Unreadable("encoding", f"{place}; fix it, or try --encoding NAME") from error
        name = _detect(content)
        return _decode(content, name), name


def _decode(content: bytes, encoding: str) -> str:
    try:
        codecs.lookup(encoding)  # decoding an empty file would not check the name
        text = content.decode(encoding)
        text.encode("utf-8")  # UTF-7 and the escape encodings let lone surrogates through
        return text
    except (ValueError, LookupError) as error:
        raise Unreadable("encoding", f"not {encoding}: {error}; try --encoding NAME") from error


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise Unreadable("binary")
    return text


def _is_mostly_utf_8(content: bytes) -> bool:
    """Return whether valid non-ASCII characters in UTF-8 are at least as many as invalid bytes.

    Detectors do not check this: they take such a file for a code page and garble every accent.
    """
    valid = content.decode("utf-8", "ignore")
    invalid_bytes = len(content) - len(valid.encode("utf-8"))
    return len(valid) - len(valid.encode("ascii", "ignore")) >= invalid_bytes


def _detect(content: bytes) -> str:
    """Return the encoding that two independent detectors agree on.

    A single one is too often confidently wrong: a few accents fit dozens of code pages. Two agree
    if they decode the same text. Raises: Unreadable if they do not.
    """
    import chardet
    from charset_normalizer import from_bytes

    sample = content[:DETECTION_SAMPLE_BYTES]
    if len(sample) < len(content):  # cut at white space, where no character is split
        sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b" ")) + 1] or sample
    best = from_bytes(sample).best()
    guess = chardet.detect(sample)["encoding"]
    beyond_ascii = sum(byte > 127 for byte in sample)
    if best is None or guess is None:
        raise Unreadable("binary", "no text encoding fits")
    try:
        enough = beyond_ascii >= MIN_NON_ASCII_BYTES
        if enough and sample.decode(guess) == sample.decode(best.encoding):
            return codecs.lookup(guess).name
    except (UnicodeDecodeError, LookupError):
        pass  # the bytes do not decode with a detector's own guess
    raise Unreadable("encoding", f"not UTF-8, perhaps {guess}; set it with --encoding NAME")


_LINE_BEFORE_BLANK_LINE = re.compile(r"([^\r\n]+)(?:\r\n|\n|\r(?!\n))[ \t]*[\r\n]")


def _title_line(text: str) -> Span | None:
    """Return the first line if it is short, not a sentence, and followed by a blank line."""
    start = len(text) - len(text.lstrip())
    match = _LINE_BEFORE_BLANK_LINE.match(text, start)
    line = stripped(text, *match.span(1)) if match else None
    if line is None:
        return None
    words = " ".join(text[line.start : line.end].split())
    is_title = len(words) <= MAX_TITLE_CHARS and re.search(r"\w", words)
    return line if is_title and words[-1] not in '.,:;…"”»' else None


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    line = _title_line(text)
    parts = plain_parts(text, line)
    structure = parts.structure()
    first = parts.blocks[0] if parts.blocks else None
    if line is None and first and first.kind == "heading" and text[first.span.start] != "#":
        line = first.span  # it is underlined
    return Document(text, _words(text, structure, line) or None, used, structure)


def _words(text: str, structure: Structure, line: Span | None) -> str:
    """Return a line without what is hidden in it."""
    if line is None:
        return ""
    words, position = "", line.start
    for hidden in structure.hidden(line):
        words += text[position : hidden.start]
        position = hidden.end
    return " ".join((words + text[position : line.end]).split())


TEXT = Format("text 2", (), _read)
"""Any file that no other format claims."""
