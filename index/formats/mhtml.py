"""Web archives: a page with all that it shows, as the parts of one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.formats.base import Document, Format, Unreadable
from index.formats.html import HTML, WHOLE_HTML, WHOLE_PAGE, read_page
from index.formats.html_encoding import decode_page

if TYPE_CHECKING:
    from email.message import Message

MAX_PARTS = 10_000
"""Further parts of a message are not looked at."""
_PAGES = ("text/html", "application/xhtml+xml")


def _read(content: bytes, encoding: str | None, *, whole: bool = False) -> Document:
    from email.parser import BytesParser
    from email.policy import compat32  # the default policy takes gigabytes for a long header

    try:
        message = BytesParser(policy=compat32).parsebytes(content)
        part = _page_of(message)
    except RecursionError as error:
        raise Unreadable("damaged", "its parts are nested too deeply") from error
    if part is None and not message.keys():
        form = WHOLE_HTML if whole else HTML
        return form.read(content, encoding)  # it is a page, not an archive
    payload = None if part is None else part.get_payload(decode=True)
    if part is None or not isinstance(payload, bytes):
        raise Unreadable("no text", "a web archive without a page")
    page = decode_page(payload, encoding, part.get_content_charset())
    return read_page(page, _address(message, part), whole=whole)


def _read_whole(content: bytes, encoding: str | None) -> Document:
    return _read(content, encoding, whole=True)


def _page_of(message: Message) -> Message | None:
    """Return the part that is the page: the one that the message names, else the first."""
    pages: list[Message] = []
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            break
        if part.get_content_type() in _PAGES:
            pages.append(part)
    start = str(message.get_param("start") or "")
    named = (part for part in pages if start and part.get("Content-ID", "").strip() == start)
    return next(named, pages[0] if pages else None)


def _address(message: Message, part: Message) -> str:
    """Return where a page was saved from; empty if that is not on the web."""
    for value in (message.get("Snapshot-Content-Location"), part.get("Content-Location")):
        address = "".join(str(value or "").split())  # long ones are wrapped
        if address.startswith(("http://", "https://")):
            return address
    return ""


MHTML = Format("mhtml 11", (".mhtml", ".mht"), _read, isolated=True)
WHOLE_MHTML = Format(f"{MHTML.name}{WHOLE_PAGE}", MHTML.suffixes, _read_whole, isolated=True)
"""See `WHOLE_HTML`."""
