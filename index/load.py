"""Files to articles: the only place that turns bytes into text."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from index.scan import STDIN, Source, as_text, cause_of
from index.types import Article, Reason

DETECTION_SAMPLE_BYTES = 100_000
LEAST_BYTES_BEYOND_ASCII = 7
"""With fewer, both detectors can agree on nonsense: "Żółw" in ISO-8859-2 is Big5 to them."""
MAX_TITLE_CHARS = 100


class Unreadable(Exception):
    """One file cannot become an article; the others still can. Never leaves this package."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason: Reason = reason
        self.detail = detail


def read(source: Source, encoding: str | None = None) -> tuple[Article, str]:
    """Return the article of one file and the name of the encoding it was decoded with.

    The text is the decoded bytes less a byte order mark, and nothing else is changed.

    Raises: Unreadable, with the reason.
    """
    content = source.content if source.content is not None else _read_steadily(source.path)
    format = _format_of(source)
    text, used = format.decode(content, encoding)
    if not text.strip():
        raise Unreadable("empty")
    title = format.title(text) or _title_of(source)
    path = as_text(source.path)
    return Article(source.id, path, title, text, sha256(content).hexdigest()), used


def _read_steadily(path: str) -> bytes:
    """Return a file's bytes as they stood at one moment. Raises: Unreadable."""
    try:
        for _ in range(3):
            with Path(path).open("rb") as file:
                before = os.fstat(file.fileno())
                content = file.read()
                after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
                return content
    except OSError as error:
        raise Unreadable("unreadable", cause_of(error)) from error
    raise Unreadable("changing", "the file kept changing while it was read")


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
        enough = beyond_ascii >= LEAST_BYTES_BEYOND_ASCII
        if enough and sample.decode(guess) == sample.decode(best.encoding):
            return codecs.lookup(guess).name
    except (UnicodeDecodeError, LookupError):
        pass  # a detector that cannot read its own guess has not agreed to anything
    raise Unreadable("encoding", f"not UTF-8, perhaps {guess}; say which with --encoding NAME")


def _title_of(source: Source) -> str:
    """Return the file's name, made readable."""
    if source.id == STDIN:
        return "standard input"
    stem = os.path.splitext(source.id.rsplit("/", 1)[-1])[0]
    readable = re.sub(r"[-_\s]+", " ", stem).strip()
    return readable[:1].upper() + readable[1:] or stem


_LINE_SET_APART = re.compile(r"([^\r\n]+)(?:\r\n|\n|\r(?!\n))[ \t]*[\r\n]")
_FENCED_CODE = re.compile(
    r"^ {0,3}(`{3,}(?![^\n]*`)|~{3,}).*?(?:^ {0,3}\1|\Z)", re.DOTALL | re.MULTILINE
)


def _first_line_title(text: str) -> str | None:
    """Return the first line if it is short, no sentence, and stands apart from what follows."""
    start = len(text) - len(text.lstrip())
    match = _LINE_SET_APART.match(text, start)
    if match is None:
        return None
    line = " ".join(match[1].split())
    reads_as_title = len(line) <= MAX_TITLE_CHARS and re.search(r"\w", line)
    return line if reads_as_title and line[-1] not in '.,:;…"”»' else None


def _markdown_title(text: str) -> str | None:
    """Return the `title` of the front matter or the first heading, whichever is there."""
    front = re.match(r"---[ \t]*\r?\n(.*?)^---[ \t\r]*$", text, re.DOTALL | re.MULTILINE)
    if front:
        named = re.search(r"^title:(.*)$", front[1], re.MULTILINE)
        if named and (title := named[1].strip("\"' \t\r")):
            return title[:MAX_TITLE_CHARS]
        text = text[front.end() :]
    body = _FENCED_CODE.sub("", text[:20_000])
    heading = re.search(
        r"^ {0,3}#{1,6}[ \t]+(\S[^\r\n]*)|^(\S[^\r\n]*)\r?\n=+[ \t\r]*$", body, re.MULTILINE
    )
    if heading is None:
        return None
    title = (heading[1] or heading[2]).rstrip()
    opened = title.rstrip("#")
    if heading[1] and opened != opened.rstrip():  # a closing run of #, unlike that of "C#"
        title = opened.rstrip()
    return title[:MAX_TITLE_CHARS]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: how its bytes become text, and where that says its title.

    Every offset points into the text that `decode` returns; nothing after it may change it.
    """

    suffixes: tuple[str, ...]
    """Of the file names, in lower case."""
    decode: Callable[[bytes, str | None], tuple[str, str]]
    """The bytes and the encoding asked for, to the text and the encoding used.

    Raises: Unreadable.
    """
    title: Callable[[str], str | None]
    """The text to its title, if it says one."""


TEXT = Format((), decode, _first_line_title)
"""What a file is taken for that is of no other format."""
FORMATS = (Format((".md", ".markdown"), decode, _markdown_title),)


def _format_of(source: Source) -> Format:
    suffix = os.path.splitext(source.id)[1].lower()
    return next((known for known in FORMATS if suffix in known.suffixes), TEXT)
