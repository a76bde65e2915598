"""Opens zipped formats such as DOCX and EPUB safely.

A member of a zip archive can unpack to thousands of times its size. Nothing is written to disk.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from index.formats.base import Unreadable
from index.formats.xml_tree import parse_xml

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_MEMBERS = 10_000
MAX_MEMBER_BYTES = 64_000_000
MAX_TOTAL_BYTES = 256_000_000
MAX_RATIO = 200
"""How many bytes one compressed byte may become, in members of more than `MIN_LIMIT_BYTES`."""
MIN_LIMIT_BYTES = 10_000_000
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How files of Office begin that are from before 2007 or that are encrypted."""
ZIP = b"PK\3\4"
_ZIP_MEMBER = b"PK\1\2"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_STORED, _DEFLATED = 0, 8


class Package:
    """A zip archive whose members are unpacked one at a time, in memory."""

    def __init__(self, content: bytes) -> None:
        """Open an archive. Raises: Unreadable."""
        from zipfile import ZipFile

        if not content.startswith(ZIP):
            raise _not_zipped(content)
        if content.count(_ZIP_MEMBER) > MAX_MEMBERS:
            raise Unreadable("too large", f"a zip archive of more than {MAX_MEMBERS:,} files")
        try:
            self._zip = ZipFile(BytesIO(content))
            members = self._zip.infolist()
        except Exception as error:
            raise Unreadable("damaged", "the end of the file is missing") from error
        if all(member.header_offset for member in members):  # of an archive inside this one
            raise Unreadable("damaged", "the end of the file is missing")
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


def _not_zipped(content: bytes) -> Unreadable:
    if _ENCRYPTED_PACKAGE in content:
        return Unreadable("encrypted", "save a copy without a password")
    return Unreadable("binary", "from before Office 2007: save it as DOCX, XLSX or PPTX")
