"""Files that were made to break, trick or exhaust whoever reads them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from itertools import pairwise

from tests.support.hostile import PAYLOADS
from tests.support.office_files import W, docx, epub, odt, paragraph, run, zipped
from tests.support.pdf_files import Page, PdfFile, lines
from tests.support.sample_files import HTML, PROSE, STORY, samples

DEPTH = 10_000
"""Of elements inside each other."""
SECRET = "root:x:0:0"
"""What would be read of /etc/passwd."""
_PASSWORDS = "file:///etc/passwd"
_NO_SERVER = "http://127.0.0.1:9/x"
"""Nothing must be fetched from there."""


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file, one at a time, since some are large."""
    for name, make in _FILES.items():
        yield name, make()
    whole = samples()
    for suffix in whole:  # content decides, whatever the name says
        for other in (".html", ".pdf", ".docx", ".txt"):
            if other != suffix:
                yield f"is {suffix[1:]}{other}", whole[suffix]
    for number, payload in enumerate(PAYLOADS.values()):
        written = payload.encode("utf-8", "replace").decode()
        page = HTML.replace("Lamps", written).replace("keeper", f"keeper {written}")
        yield f"payload {number}.html", page.encode()
    for number, attack in enumerate(_SCRIPTS):
        yield f"script {number}.html", HTML.replace("<h2>", f"{attack}<h2>").encode()


def laughs(encoding: str = "utf-8") -> str:
    """Return a DOCTYPE in which an entity stands for a billion others."""
    names = "abcdefghij"
    entities = "".join(f'<!ENTITY {name} "{f"&{inner};" * 10}">' for inner, name in pairwise(names))
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    return f'{head}<!DOCTYPE x [<!ENTITY a "ha">{entities}]>'


def _outside(system: str) -> str:
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY j SYSTEM "{system}">]>'


def _document(body: str, head: str = "") -> str:
    return f"{head}<w:document {W}><w:body>{body}</w:body></w:document>"


def _word(document: str | bytes, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    return zipped({"word/document.xml": document}, compression)


def _page(body: str) -> bytes:
    return f"<!doctype html><html><body>{body}</body></html>".encode()


def _row(cell: str, cells: int, tag: str = "tr") -> str:
    return f"<{tag}>{cell * cells}</{tag}>"


def _feed(head: str, words: str) -> bytes:
    return (
        f"{head}<rss><channel><title>Lamps</title><item><title>{words}</title>"
        "</item></channel></rss>"
    ).encode()


def _nested(archive: bytes, times: int) -> bytes:
    for _ in range(times):
        archive = zipped({"a.docx": archive, "word/document.xml": _document(paragraph("Lamp"))})
    return archive


def _pdf(**about: object) -> bytes:
    return PdfFile([Page(lines(STORY))], **about).content()  # type: ignore[arg-type]


def _pdf_in_a_circle() -> bytes:
    return re.sub(rb"/Kids\[\d+", b"/Kids[1", _pdf())


def _wrong_letters() -> bytes:
    letters = "abcdefghijklmnopqrstuvwxyz"
    shifted = str.maketrans(letters, letters[3:] + letters[:3])
    return PdfFile([Page(lines([line.translate(shifted) for line in STORY * 4]))]).content()


_SCRIPTS = (
    "<script>document.write('lamp')</script>",
    '<img src=x onerror="alert(1)">',
    '<a href="javascript:alert(1)">A lamp</a>',
    '<iframe src="file:///etc/passwd"></iframe>',
    '<object data="file:///etc/passwd"></object>',
    '<meta http-equiv="refresh" content="0; url=http://127.0.0.1:9/x">',
    '<svg onload="alert(1)"><text>lamp</text></svg>',
    '<base href="http://127.0.0.1:9/"><link rel="stylesheet" href="x">',
    "<style>@import 'http://127.0.0.1:9/x';</style>",
    "<!--[if IE]><script>x</script><![endif]-->",
    "<template><script>x</script></template>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
)
_FILES: dict[str, Callable[[], bytes]] = {
    "bomb.docx": lambda: _word(_document(f"<w:p>{run(' ' * 70_000_000)}</w:p>")),
    "bomb.epub": lambda: epub({"a.xhtml": "lamp " * 20_000_000}),
    "many members.docx": lambda: zipped({f"{n}": "" for n in range(20_000)}),
    "nested archives.docx": lambda: _nested(samples()[".docx"], 20),
    "outside.docx": lambda: zipped({"../../outside.txt": "x", "/tmp/outside.txt": "x"}),
    "outside.epub": lambda: zipped(
        {"META-INF/container.xml": '<c><rootfile full-path="../../../etc/passwd"/></c>'}
    ),
    "chapter outside.epub": lambda: epub({"../../../../etc/passwd": PROSE}),
    "laughs.docx": lambda: _word(_document(paragraph("&j;"), laughs())),
    "laughs 16.docx": lambda: _word(_document(paragraph("&j;"), laughs("utf-16")).encode("utf-16")),
    "laughs.odt": lambda: zipped({"content.xml": f"{laughs()}<x>&j;</x>"}),
    "laughs.rss": lambda: _feed(laughs(), "&j;"),
    "laughs.html": lambda: f"{laughs()}{HTML.replace('Lamps', '&j;')}".encode(),
    "entity.docx": lambda: _word(_document(paragraph("&j;"), _outside(_PASSWORDS))),
    "entity.rss": lambda: _feed(_outside(_PASSWORDS), "&j;"),
    "entity.html": lambda: f"{_outside(_PASSWORDS)}{HTML.replace('Lamps', '&j;')}".encode(),
    "remote entity.docx": lambda: _word(_document(paragraph("&j;"), _outside(_NO_SERVER))),
    "remote entity.rss": lambda: _feed(_outside(_NO_SERVER), "&j;"),
    "deep.html": lambda: _page("<div>" * DEPTH + PROSE + "</div>" * DEPTH),
    "deep lists.html": lambda: _page("<ul><li>" * DEPTH + PROSE),
    "deep tables.html": lambda: _page("<table><tr><td>" * DEPTH + PROSE),
    "deep.docx": lambda: _word(_document("<w:sdt>" * DEPTH + "</w:sdt>" * DEPTH)),
    "deep.odt": lambda: odt("<text:list><text:list-item>" * DEPTH),
    "deep.epub": lambda: epub({"a.xhtml": "<div>" * DEPTH + PROSE + "</div>" * DEPTH}),
    "deep.rss": lambda: _feed("", "<b>" * DEPTH + "</b>" * DEPTH),
    "deep.rtf": lambda: rb"{\rtf1 " + b"{" * DEPTH + b"lamp" + b"}" * DEPTH + b"}",
    "deep.ipynb": lambda: b'{"cells": ' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "deep.eml": lambda: b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(3_000)
    ),
    "huge table.html": lambda: _page(f"<table>{_row('<td>lamp 7</td>', 50) * 4_000}</table>"),
    "huge table.docx": lambda: docx(
        f"<w:tbl>{_row(f'<w:tc>{paragraph(STORY[0])}</w:tc>', 20, 'w:tr') * 5_000}</w:tbl>"
    ),
    "wide cells.html": lambda: _page(
        f"{PROSE}<table><tr>{'<td colspan=999 rowspan=999>lamp' * 2_000}</table>"
    ),
    "attributes.html": lambda: _page(f"<p {' '.join(f'a{n}=1' for n in range(300_000))}>{PROSE}"),
    "paragraphs.html": lambda: _page("<p>The lamp</p>" * 300_000),
    "open tags.html": lambda: _page("<" * 1_000_000 + PROSE),
    "open comments.html": lambda: _page("<!--" * 200_000 + PROSE),
    "json.html": lambda: _page(
        f'<script type="application/ld+json">{{"a":{"[" * 100_000}</script>{PROSE}'
    ),
    "nulls.html": lambda: HTML.replace(" ", " \0").encode(),
    "nulls.txt": lambda: b"lamp\0" * 1_000,
    "nulls.rss": lambda: _feed("", "a\0b"),
    "long header.eml": lambda: b"Subject: " + b"lamp " * 500_000 + b"\r\n\r\nThe lamp.",
    "script.pdf": lambda: _pdf(
        catalog="/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>"
        "/Names<</EmbeddedFiles<</Names[(a.txt)<</Type/Filespec/F(a.txt)>>]>>>>"
    ),
    "a million pages.pdf": lambda: _pdf(times=1_000_000),
    "circle.pdf": _pdf_in_a_circle,
    "claims pages.pdf": lambda: _pdf().replace(b"/Count 1", b"/Count 999999999"),
    "wrong letters.pdf": _wrong_letters,
    "locked.pdf": lambda: _pdf(needs_password=True),
    "scanned.pdf": lambda: PdfFile([Page(has_picture=True)] * 3).content(),
    "huge strings.rtf": lambda: rb"{\rtf1 " + rb"\bin999999999 " + b"lamp" * 100_000 + b"}",
}
"""How each is made, by its name."""
