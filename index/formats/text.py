"""Plain text: bytes to characters, and a first line that reads as a title."""

from __future__ import annotations

import codecs
import re

from index.formats.base import MAX_TITLE_CHARS, Document, Format, Unreadable

DETECTION_SAMPLE_BYTES = 100_000
MIN_NON_ASCII_BYTES = 7
"""With fewer, both detectors can agree on nonsense: "Żółw" in ISO-8859-2 is Big5 to them."""
BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of some bytes, byte order mark dropped, and the encoding it was read with.

    In this order: the encoding of a byte order mark, the one that was asked for, UTF-8, and
    what detection is sure of. Nothing is ever replaced.

    Raises: Unreadable, for binary content and where the encoding is uncertain or wrong.
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
            place = f"UTF-8 but for some bytes, the first of them at {error.start:,}"
            raise Unreadable("encoding", f"{place}; mend it, or try --encoding NAME") from error
        name = _detect(content)
        return _decode(content, name), name


def _decode(content: bytes, encoding: str) -> str:
    try:
        codecs.lookup(encoding)  # to decode no bytes at all, it would not be looked up
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
    """Tell whether at least as many characters beyond ASCII are UTF-8 as there are illegal bytes.

    Detectors do not look for that: they read such a file in a code page, every accent wrong.
    """
    legal = content.decode("utf-8", "ignore")
    illegal_bytes = len(content) - len(legal.encode("utf-8"))
    return len(legal) - len(legal.encode("ascii", "ignore")) >= illegal_bytes


def _detect(content: bytes) -> str:
    """Return the encoding that two independent detectors agree on.

    A single one is sure of itself far too often: a few accents fit dozens of code pages.
    They agree when both read the same text.
    """
    import chardet
    from charset_normalizer import from_bytes

    sample = content[:DETECTION_SAMPLE_BYTES]
    if len(sample) < len(content):  # ends where no encoding has half a character
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
    raise Unreadable("encoding", f"not UTF-8, perhaps {guess}; say which with --encoding NAME")


_LINE_SET_APART = re.compile(r"([^\r\n]+)(?:\r\n|\n|\r(?!\n))[ \t]*[\r\n]")


def _first_line_title(text: str) -> str | None:
    """Return the first line if it is short, no sentence, and stands apart from what follows."""
    start = len(text) - len(text.lstrip())
    match = _LINE_SET_APART.match(text, start)
    if match is None:
        return None
    line = " ".join(match[1].split())
    reads_as_title = len(line) <= MAX_TITLE_CHARS and re.search(r"\w", line)
    return line if reads_as_title and line[-1] not in '.,:;…"”»' else None


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    return Document(text, _first_line_title(text), used)


TEXT = Format((), _read)
"""What a file is read as that is of no other format."""
