"""Small PDF files, written by hand: text at given places, and what PDF files have besides."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

A4 = (595, 842)
FI = "\x01"
"""The ligature of f and i."""
FONTS = {"": "Helvetica", "bold": "Helvetica-Bold", "mono": "Courier"}


@dataclass(frozen=True)
class Words:
    """Words at a place of a page."""

    text: str
    x: float
    y: float
    """Of the base line, from the bottom of the page."""
    size: float = 11
    font: str = ""
    turned: bool = False
    """Whether they run upwards."""


@dataclass
class Page:
    """A page of a file."""

    words: Sequence[Words] = ()
    has_picture: bool = False
    rotate: int = 0
    raw: bytes = b""
    """More of its content stream."""

    def stream(self) -> bytes:
        """Return its content stream."""
        parts = [b"0 0 1 rg 100 100 200 200 re f\n"] if self.has_picture else []
        for words in self.words:
            font = list(FONTS).index(words.font)
            place = f"{words.x} {words.y}"
            matrix = f"0 1 -1 0 {place}" if words.turned else f"1 0 0 1 {place}"
            written = words.text.encode("cp1252").replace(b"\\", b"\\\\")
            written = written.replace(b"(", b"\\(").replace(b")", b"\\)")
            head = f"BT /F{font} {words.size} Tf {matrix} Tm (".encode()
            parts.append(head + written + b") Tj ET\n")
        return b"".join(parts) + self.raw


@dataclass
class PdfFile:
    """A file; `content()` returns its bytes."""

    pages: Sequence[Page]
    about: dict[str, str] = field(default_factory=dict)
    outline: Sequence[tuple[str, int]] = ()
    """Titles, with the number of their page from 0."""
    needs_password: bool = False
    catalog: str = ""
    """More of its catalog."""
    times: int = 1
    """How often the same pages come again."""
    fields: dict[str, str] = field(default_factory=dict)
    """Form fields on the first page, with their values."""

    def content(self) -> bytes:
        """Return the bytes of the file."""
        objects = _Objects()
        tree = objects.reserve()
        fonts = "".join(
            f"/F{number} {objects.add(_font(name))} 0 R"
            for number, name in enumerate(FONTS.values())
        )
        pages = [objects.reserve() for _ in self.pages]
        fields = [
            objects.add(_field(name, value, pages[0], 700 - 40 * place))
            for place, (name, value) in enumerate(self.fields.items())
        ]
        for number, page in zip(pages, self.pages, strict=True):
            stream = objects.add(_stream(page.stream()))
            annotations = _references(fields if number == pages[0] else [])
            objects.put(
                number,
                f"<</Type/Page/Parent {tree} 0 R/MediaBox[0 0 {A4[0]} {A4[1]}]/Rotate {page.rotate}"
                f"/Resources<</Font<<{fonts}>>>>/Contents {stream} 0 R/Annots[{annotations}]>>",
            )
        kids = pages * self.times
        objects.put(tree, f"<</Type/Pages/Count {len(kids)}/Kids[{_references(kids)}]>>")
        catalog = f"/Type/Catalog/Pages {tree} 0 R{self.catalog}"
        if fields:
            catalog += f"/AcroForm<</Fields[{_references(fields)}]/DR<</Font<<{fonts}>>>>>>"
        if self.outline:
            catalog += f"/Outlines {_outline(objects, self.outline, pages)} 0 R"
        trailer = f"/Root {objects.add(f'<<{catalog}>>')} 0 R"
        if self.about:
            entries = "".join(f"/{name}({value})" for name, value in self.about.items())
            trailer += f"/Info {objects.add(f'<<{entries}>>')} 0 R"
        if self.needs_password:
            keys = f"/O<{'ab' * 32}>/U<{'cd' * 32}>"
            number = objects.add(f"<</Filter/Standard/V 1/R 2/P -4{keys}>>")
            trailer += f"/Encrypt {number} 0 R/ID[<00><00>]"
        return objects.file(trailer)


class _Objects:
    """The objects of a file, numbered from 1."""

    def __init__(self) -> None:
        self._bodies: list[bytes] = []

    def reserve(self) -> int:
        """Return a number whose object comes later."""
        self._bodies.append(b"null")
        return len(self._bodies)

    def put(self, number: int, body: str | bytes) -> None:
        """Set the object with a number."""
        self._bodies[number - 1] = body.encode("cp1252") if isinstance(body, str) else body

    def add(self, body: str | bytes) -> int:
        """Add an object; return its number."""
        number = self.reserve()
        self.put(number, body)
        return number

    def file(self, trailer: str) -> bytes:
        """Return a file with these objects."""
        content, table = b"%PDF-1.7\n", b"0000000000 65535 f \n"
        for number, body in enumerate(self._bodies, 1):
            table += b"%010d 00000 n \n" % len(content)
            content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
        size = len(self._bodies) + 1
        end = f"trailer<</Size {size}{trailer}>>\nstartxref\n{len(content)}\n%%EOF\n"
        return content + f"xref\n0 {size}\n".encode() + table + end.encode()


def _references(numbers: Sequence[int]) -> str:
    return " ".join(f"{number} 0 R" for number in numbers)


def _font(name: str) -> str:
    encoding = f"<</BaseEncoding/WinAnsiEncoding/Differences[{ord(FI)}/fi]>>"
    return f"<</Type/Font/Subtype/Type1/BaseFont/{name}/Encoding{encoding}>>"


def _stream(content: bytes) -> bytes:
    packed = zlib.compress(content)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed)


def _field(name: str, value: str, page: int, top: int) -> str:
    return (
        f"<</Type/Annot/Subtype/Widget/FT/Tx/T({name})/V({value})/F 4/P {page} 0 R"
        f"/Rect[200 {top} 400 {top + 20}]/DA(/F0 11 Tf 0 g)>>"
    )


def _outline(objects: _Objects, titles: Sequence[tuple[str, int]], pages: Sequence[int]) -> int:
    root, entries = objects.reserve(), [objects.reserve() for _ in titles]
    count = f"/Count {len(entries)}"
    objects.put(root, f"<</First {entries[0]} 0 R/Last {entries[-1]} 0 R{count}>>")
    for place, (title, page) in enumerate(titles):
        following = f"/Next {entries[place + 1]} 0 R" if place + 1 < len(entries) else ""
        where = f"/Dest[{pages[page]} 0 R/XYZ 0 800 0]"
        objects.put(entries[place], f"<</Title({title})/Parent {root} 0 R{following}{where}>>")
    return root


def lines(
    texts: Sequence[str], *, x: float = 70, y: float = 760, size: float = 11, font: str = ""
) -> list[Words]:
    """Return lines below each other, at the usual distance; an empty one leaves a blank line."""
    return [
        Words(text, x, y - 1.3 * size * number, size, font)
        for number, text in enumerate(texts)
        if text
    ]
