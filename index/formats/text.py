"""Plain text: bytes to characters, and a first line that reads as a title."""

from __future__ import annotations

import codecs
import re

from index.formats.base import MAX_TITLE_CHARS, Document, Format, Unreadable

DETECTION_SAMPLE_BYTES = 100_000
MIN_NON_ASCII_BYTES = 7
"""With fewer, both detectors can agree on nonsense: "Żółw" in ISO-8859-2 is Big5 to them."""
BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of some bytes without byte order mark, and the encoding they were read in.

    Tried in this order: the encoding of a byte order mark, `encoding`, UTF-8, and an encoding that
    detection is sure of. No byte is ever replaced.

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
        codecs.lookup(encoding)  # decoding zero bytes would not look it up
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
    """Return whether there are at least as many non-ASCII characters in UTF-8 as invalid bytes.

    Detectors do not check that. They read such a file in a code page, with every accent wrong.
    """
    valid = content.decode("utf-8", "ignore")
    invalid_bytes = len(content) - len(valid.encode("utf-8"))
    return len(valid) - len(valid.encode("ascii", "ignore")) >= invalid_bytes


def _detect(content: bytes) -> str:
    """Return the encoding that two independent detectors agree on.

    A single one is too often sure and wrong: a few accents fit dozens of code pages. They agree if
    both read the same text. Raises: Unreadable if they do not.
    """
    import chardet
    from charset_normalizer import from_bytes

    sample = content[:DETECTION_SAMPLE_BYTES]
    if len(sample) < len(content):  # cut where no encoding has half a character
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
        pass  # a detector that cannot read its own guess has not agreed to anything
    raise Unreadable("encoding", f"not UTF-8, perhaps {guess}; name it with --encoding NAME")


_LINE_BEFORE_BLANK_LINE = re.compile(r"([^\r\n]+)(?:\r\n|\n|\r(?!\n))[ \t]*[\r\n]")


def _first_line_title(text: str) -> str | None:
    """Return the first line if it is short, not a sentence, and followed by a blank line."""
    start = len(text) - len(text.lstrip())
    match = _LINE_BEFORE_BLANK_LINE.match(text, start)
    if match is None:
        return None
    line = " ".join(match[1].split())
    reads_as_title = len(line) <= MAX_TITLE_CHARS and re.search(r"\w", line)
    return line if reads_as_title and line[-1] not in '.,:;…"”»' else None


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    return Document(text, _first_line_title(text), used)


TEXT = Format((), _read)
"""Any file that no other format claims."""
