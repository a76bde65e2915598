"""Decodes pages, which can say their encoding themselves."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import NamedTuple

from index.formats.base import Unreadable
from index.formats.encoding import decode, repaired_utf_8, replaced_in_words

SEARCHED_BYTES = 10_000
"""How much of a page is searched for its encoding."""
MIN_BYTES_A_NUL = 100
"""UTF-16 without a byte order mark has one in two bytes."""
_DECLARED = re.compile(
    rb"<meta[^>]{0,500}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})"
    rb"|\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{2,40})",
    re.IGNORECASE,
)
_ENCODINGS = {
    **dict.fromkeys("iso-8859-1 iso8859-1 latin1 latin-1 l1 ascii us-ascii".split(), "cp1252"),
    **dict.fromkeys("iso-8859-9 iso8859-9 latin5 l5".split(), "cp1254"),
    **dict.fromkeys("iso-8859-11 iso8859-11 tis-620".split(), "cp874"),
    **dict.fromkeys("gb2312 gbk x-gbk gb_2312-80 chinese".split(), "gb18030"),
    **dict.fromkeys("shift_jis shift-jis sjis x-sjis ms_kanji".split(), "cp932"),
    **dict.fromkeys("euc-kr ks_c_5601-1987 ksc5601 korean".split(), "cp949"),
    "big5": "big5hkscs",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
}
"""What browsers decode instead, by the name in the page: https://encoding.spec.whatwg.org."""
_UNICODE = ("utf", "unicode", "ucs", "x-user", "replacement")
"""A page whose encoding can be searched for is not UTF-16; it may be in UTF-8, which was tried."""


class DecodedPage(NamedTuple):
    """The text of a page, without byte order mark."""

    text: str
    encoding: str
    """That was used."""
    note: str = ""
    """See `Document.note`."""


def decode_page(content: bytes, encoding: str | None, sent: str | None = None) -> DecodedPage:
    """Decode a page.

    Tries a byte order mark, UTF-8, `encoding`, what was sent with the page, and what it declares;
    else its encoding is detected. Like browsers, it drops stray NULs, and replaces the few invalid
    bytes of a page that is in UTF-8 otherwise.

    Raises: Unreadable, as `decode`.
    """
    if encoding is not None:
        return DecodedPage(*decode(content, encoding))
    is_wide = content.startswith((BOM_UTF16_LE, BOM_UTF16_BE))
    if not is_wide and 0 < MIN_BYTES_A_NUL * content.count(b"\0") <= len(content):
        content = content.replace(b"\0", b"")
    says_unicode = False
    for name in filter(None, (sent, _declared(content))):
        if name.lower().startswith(_UNICODE):
            says_unicode = True
            continue
        try:
            return DecodedPage(*decode(content, encoding_named(name)))
        except Unreadable:
            continue  # it says the wrong one
    try:
        return DecodedPage(*decode(content))
    except Unreadable:
        if repaired := repaired_utf_8(content, is_declared=says_unicode):
            return DecodedPage(repaired[0], "utf-8", replaced_in_words(repaired[1]))
        raise


def encoding_named(name: str) -> str:
    """Return what browsers decode where a page or a server names an encoding."""
    return _ENCODINGS.get(name.lower(), name)


def _declared(content: bytes) -> str | None:
    match = _DECLARED.search(content[:SEARCHED_BYTES])
    return (match[1] or match[2]).decode("ascii", "replace") if match else None
