"""Opens zipped formats such as DOCX and EPUB safely: limits on size, and no surprises in their XML.

A member of a zip archive can unpack to thousands of times its size, and XML can declare entities
that expand to gigabytes or name files. Nothing is written to disk, and nothing is fetched.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from index.formats.base import Unreadable

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 64_000_000
MAX_TOTAL_BYTES = 256_000_000
MAX_RATIO = 200
"""How many bytes one compressed byte may become, in members of more than `MIN_LIMIT_BYTES`."""
MIN_LIMIT_BYTES = 10_000_000
MAX_TAGS = 4_000_000
"""In one XML file: the tree takes about 100 bytes for each."""
_ZIP = b"PK\3\4"
_ZIP_MEMBER = b"PK\1\2"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_STORED, _DEFLATED = 0, 8
_DOCTYPE = re.compile(
    rb"\A(?:\xef\xbb\xbf)?(?>\s+|<\?(?>.*?\?>)|<!--(?>.*?-->))*+"
    rb"(<!DOCTYPE(?>[^\[>\"']|\"[^\"]*\"|'[^']*')*+"
    rb"(\[(?>[^\]\"'<]|\"[^\"]*\"|'[^']*'|<!--(?>.*?-->)|<)*+\]\s*)?>)",
    re.DOTALL | re.IGNORECASE,
)
_XML_ENCODING = re.compile(r"\A\s*<\?xml[^>]*\?>")
_ENCODING = re.compile(rb"(?:encoding|charset)=[\"']?([\w.:-]{2,30})")
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Package:
    """A zip archive whose members are unpacked one at a time, in memory."""

    def __init__(self, content: bytes) -> None:
        """Open an archive. Raises: Unreadable."""
        from zipfile import ZipFile

        if not content.startswith(_ZIP):
            raise _no_zip(content)
        if content.count(_ZIP_MEMBER) > MAX_MEMBERS:
            raise Unreadable("too large", f"a zip archive of more than {MAX_MEMBERS:,} files")
        try:
            self._zip = ZipFile(BytesIO(content))
            members = self._zip.infolist()
        except Exception as error:
            raise Unreadable("damaged", f"the zip archive is incomplete: {error}") from error
        self._members = {member.filename.replace("\\", "/"): member for member in members}
        self._folded = {name.casefold(): name for name in self._members}
        self._bytes_left = MAX_TOTAL_BYTES

    def __contains__(self, name: str) -> bool:
        return self._found(name) is not None

    def names(self) -> list[str]:
        """Return the paths of all members."""
        return list(self._members)

    @property
    def kind(self) -> str:
        """What the archive says it is, as ODT and EPUB do; empty if it does not."""
        return (self.read("mimetype") or b"")[:200].decode("ascii", "replace").strip()

    def read(self, name: str) -> bytes | None:
        """Return a member's bytes; None if there is no such member. Raises: Unreadable."""
        found = self._found(name)
        if found is None:
            return None
        member = self._members[found]
        if member.flag_bits & 1:
            raise Unreadable("encrypted", "save a copy without a password")
        if member.compress_type not in (_STORED, _DEFLATED):
            raise Unreadable("damaged", f"{name} is compressed in an unusual way")
        expected = max(MIN_LIMIT_BYTES, member.compress_size * MAX_RATIO)
        limit = min(MAX_MEMBER_BYTES, self._bytes_left, expected)
        try:
            with self._zip.open(member) as file:
                content = file.read(limit + 1)
        except Exception as error:
            raise Unreadable("damaged", f"{name}: {error}") from error
        if len(content) > limit:
            raise Unreadable("too large", f"{name} unpacks to more than {limit:,} bytes")
        self._bytes_left -= len(content)
        return content

    def xml(self, name: str) -> Element | None:
        """Return the root of an XML file; None if there is no such member. Raises: Unreadable."""
        content = self.read(name)
        return None if content is None else parse_xml(content, name)

    def _found(self, name: str) -> str | None:
        """Return the name that a member really has: some programs write other capitals."""
        return name if name in self._members else self._folded.get(name.casefold())


def _no_zip(content: bytes) -> Unreadable:
    if not content.startswith(_OLE):
        return Unreadable("damaged", "not a zip archive, which files of this kind are")
    if _ENCRYPTED_PACKAGE in content:
        return Unreadable("encrypted", "save a copy without a password")
    return Unreadable("damaged", "an old Office file with a new name: save it in the new format")


def parse_xml(content: bytes, name: str) -> Element:
    """Return the root of an XML document that declares no entities. Raises: Unreadable."""
    content = _in_utf_8(content)
    doctype = _DOCTYPE.match(content)
    if doctype and doctype[2] and b"<!ENTITY" in doctype[2]:
        raise Unreadable("damaged", f"{name} declares entities, which are not expanded")
    return _parsed(without_doctype(content), name)


def parse_html(content: bytes) -> Element | None:
    """Return the root of a document that is not quite XML; None if there is nothing in it.

    Raises: Unreadable.
    """
    from lxml import etree

    _check_tags(content, "a file")
    parser = etree.HTMLParser(
        encoding=_html_encoding(content),
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _html_encoding(content: bytes) -> str:
    """Return the encoding that is declared; else UTF-8 or, if it cannot be that, Latin-1's heir."""
    declared = _ENCODING.search(content[:1_000])
    name = declared[1].decode("ascii") if declared else "utf-8"
    try:
        content.decode(name)
    except (UnicodeDecodeError, LookupError):
        return "cp1252"
    return name


def without_doctype(content: bytes) -> bytes:
    """Return an XML document in UTF-8, or as it is, without its document type declaration."""
    content = _in_utf_8(content)
    doctype = _DOCTYPE.match(content)
    return content[: doctype.start(1)] + content[doctype.end(1) :] if doctype else content


def _in_utf_8(content: bytes) -> bytes:
    """Return a document in UTF-16 as UTF-8, so that its declarations can be seen."""
    if not content.startswith(_UTF_16_MARKS):
        return content
    return _XML_ENCODING.sub("", content.decode("utf-16", "replace")).encode("utf-8", "replace")


def _parsed(content: bytes, name: str) -> Element:
    from lxml import etree

    _check_tags(content, name)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable("damaged", f"{name}: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("damaged", f"{name} declares a document type")
    return root


def _check_tags(content: bytes, name: str) -> None:
    if content.count(b"<") > MAX_TAGS:
        raise Unreadable("too large", f"{name} has more than {MAX_TAGS:,} tags")
