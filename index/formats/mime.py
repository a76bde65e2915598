"""Reads messages: headers, and the parts that hold text, decoded."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.formats.base import Unreadable
from index.formats.encoding import decode, repaired_utf_8, replaced_in_words

if TYPE_CHECKING:
    from email.message import Message

MAX_PARTS = 100
SIGNATURE = "-- "
"""The line above a signature."""
MAX_HEADER_CHARS = 10_000
"""Longer headers, such as those with thousands of recipients, are cut off."""
HEADERS = ("From", "To", "Cc", "Date")
_NOT_STORABLE = re.compile("[\0-\x08\x0e-\x1f\ud800-\udfff]")
_CLAIMED = frozenset(("", "ascii", "us-ascii", "iso-8859-1", "latin-1", "latin1"))
"""Charsets of mail that is often in UTF-8 or cp1252 instead."""
_UTF_8 = ("utf-8", "utf8")
_NO_CHARSETS = ("punycode", "idna", "unicode", "raw_unicode", "undefined", "mbcs", "oem")
"""Codecs of Python that are not charsets of mail; some take quadratic time."""
_QUOTE_MARKS = re.compile(r">*")


@dataclass(slots=True)
class Mail:
    """What a message says."""

    subject: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    """Texts with line feeds as line breaks."""
    attachments: list[str] = field(default_factory=list)
    """Names of files."""
    note: str = ""
    """What of it could not be decoded."""


def mail_of(content: bytes, encoding: str | None) -> Mail:
    """Return what a message says. encoding: of text that does not say its own, or a wrong one.

    Raises: Unreadable if its parts are nested too deeply, or if none of its text can be decoded.
    """
    from email.parser import BytesParser
    from email.policy import compat32  # the default policy takes gigabytes for a long header

    try:
        message = BytesParser(policy=compat32).parsebytes(content)
        return _Reader(encoding).mail(message)
    except RecursionError as error:
        raise Unreadable("damaged", "its parts are nested too deeply") from error


class _Reader:
    def __init__(self, encoding: str | None) -> None:
        self._encoding = encoding
        self._parts = 0
        self._error: Unreadable | None = None
        """Why some text was not decoded."""
        self._replaced = 0
        """How many invalid bytes were replaced."""

    def mail(self, message: Message) -> Mail:
        raw: dict[str, str] = {}
        for name, value in message.raw_items():
            raw.setdefault(name.title(), str(value))
        mail = Mail(self._header(raw.get("Subject", "")))
        mail.headers = [
            (name, value) for name in HEADERS if (value := self._header(raw.get(name, "")))
        ]
        mail.bodies = [body for body in self._bodies(message, mail) if body.strip()]
        if self._error is not None and not mail.bodies:
            raise self._error
        problem = f"a part of it is not read: {self._error}" if self._error else ""
        mail.note = "; ".join(filter(None, (problem, replaced_in_words(self._replaced))))
        return mail

    def _header(self, value: str) -> str:
        """Return a header decoded, on one line."""
        from email.errors import HeaderParseError
        from email.header import decode_header

        value = value[:MAX_HEADER_CHARS]
        if not value.isascii():  # raw bytes, against the standard
            value = self._decoded(value.encode("utf-8", "surrogateescape"), "") or ""
        try:
            chunks = decode_header(value)
        except (HeaderParseError, ValueError):
            chunks = [(value, None)]
        words = "".join(
            chunk if isinstance(chunk, str) else self._decoded(chunk, charset or "") or ""
            for chunk, charset in chunks
        )
        return " ".join(_NOT_STORABLE.sub(" ", words).split())

    def _bodies(self, part: Message, mail: Mail) -> Iterator[str]:
        """Yield the texts of a part; names of other parts are added to the attachments."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            return
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            if kind == "multipart/alternative":
                yield from self._alternative(_inside(part), mail)
                return
            for one in _inside(part):
                yield from self._bodies(one, mail)
        elif kind in ("text/plain", "text/html") and not self._is_attached(part):
            yield self._text(part, kind)
        elif name := self._name(part):
            mail.attachments.append(name)

    def _alternative(self, parts: list[Message], mail: Mail) -> Iterator[str]:
        """Yield one of the forms of a text: the plain one if there is one with words."""
        for part in sorted(parts, key=lambda part: part.get_content_type() != "text/plain"):
            found = [body for body in self._bodies(part, mail) if body.strip()]
            if found:
                yield from found
                return

    def _is_attached(self, part: Message) -> bool:
        return part.get_content_disposition() == "attachment"

    def _name(self, part: Message) -> str:
        """Return the file name of a part, or the subject of an attached message."""
        if part.get_content_type() == "message/rfc822" and (inside := _inside(part)):
            raw = {name.title(): str(value) for name, value in inside[0].raw_items()}
            return self._header(raw.get("Subject", ""))
        return self._header(part.get_filename() or "")

    def _text(self, part: Message, kind: str) -> str:
        from index.formats.mail_html import text_of_html

        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            return ""
        text = self._decoded(payload, part.get_content_charset() or "")
        if text is None:
            return ""
        text = _NOT_STORABLE.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
        if kind == "text/html":
            return text_of_html(text)
        is_flowed = str(part.get_param("format", "")).lower() == "flowed"
        drops_space = str(part.get_param("delsp", "")).lower() == "yes"
        return _unfolded(text, drops_space=drops_space) if is_flowed else text

    def _decoded(self, content: bytes, charset: str) -> str | None:
        """Return text; None if its encoding is not known."""
        names = [charset]
        if charset.lower() in _CLAIMED:
            names = ["utf-8", "cp1252", charset] if charset else ["utf-8"]
        for name in names:
            try:
                if not codecs.lookup(name).name.startswith(_NO_CHARSETS):
                    return content.decode(name)
            except (ValueError, LookupError):
                continue
        try:
            return decode(content, self._encoding)[0]
        except Unreadable as error:
            repaired = repaired_utf_8(content, is_declared=charset.lower() in _UTF_8)
            if repaired is None:
                self._error = error
                return None
            self._replaced += repaired[1]
            return repaired[0]


def _inside(part: Message) -> list[Message]:
    """Return the parts of a part that has some."""
    payload: object = part.get_payload()
    return payload if isinstance(payload, list) else []


def _unfolded(text: str, *, drops_space: bool) -> str:
    """Return text of the form "flowed", in which lines that end with a blank go on (RFC 3676)."""
    lines: list[list[str]] = []
    last_depth = -1  # of the line that goes on; -1 if it does not
    for line in text.split("\n"):
        marks = _QUOTE_MARKS.match(line)
        depth = marks.end() if marks else 0
        words = line[depth:].removeprefix(" ")
        goes_on = words.endswith(" ") and words != SIGNATURE
        kept = words[:-1] if goes_on and drops_space else words
        if depth == last_depth:
            lines[-1].append(kept)
        else:
            lines.append([">" * depth + " " * bool(depth), kept])
        last_depth = depth if goes_on else -1
    return "\n".join(map("".join, lines))
