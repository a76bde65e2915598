"""A small file of each format with a little of everything, and ways to damage files."""

from __future__ import annotations

import random
import zipfile
from io import BytesIO
from typing import Literal

from tests.support.office_files import (
    docx,
    epub,
    odt,
    paragraph,
    relationships,
    style,
    zipped,
)
from tests.support.pdf_files import Page, PdfFile, lines

Damage = Literal["cut", "flipped", "flipped inside"]
"""Cut off; a few bits changed; a few bits of a file inside a zip archive changed."""
STORY = [
    f"In the year {1860 + number} the keeper of lamp {number} wrote down what he had seen at sea."
    for number in range(12)
]
PROSE = "".join(f"<p>{sentence}</p>" for sentence in STORY)
TABLE = (
    "<table><tr><th>Ship</th><th>Built</th></tr><tr><td>Ada</td><td>1911</td></tr>"
    "<tr><td>Berta</td><td>1920</td></tr></table>"
)
HTML = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Lamps – The Coast</title>'
    '<meta name="author" content="Ada Torrin"><style>p { margin: 0 }</style></head><body>'
    '<nav><ul><li><a href="/">Home</a></li></ul></nav><article><h1>Lamps</h1>'
    f"{PROSE}<h2>Ships</h2>{TABLE}<blockquote>Café “at sea”</blockquote>{PROSE}</article>"
    "<footer>All rights reserved</footer></body></html>"
)
_NOTEBOOK = (
    '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["# Lamps\\n", "Some *text*"]},'
    ' {"cell_type": "code", "source": ["print(1)"], "outputs": [{"output_type": "stream",'
    ' "text": ["1"]}]}], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4}'
)


def samples() -> dict[str, bytes]:
    """Return the files by their suffix."""
    story = "".join(paragraph(sentence) for sentence in STORY)
    chapters = {f"{n}.xhtml": f"<h1>Chapter {n}</h1>{PROSE}{TABLE}" for n in range(3)}
    headings = style("Heading1", "heading 1", '<w:outlineLvl w:val="0"/>')
    return {
        ".html": HTML.encode(),
        ".mhtml": _mhtml(),
        ".rss": _feed(),
        ".pdf": PdfFile([Page(lines(STORY))] * 3, about={"Title": "Lamps"}).content(),
        ".docx": docx(paragraph("Lamps", "Heading1") + story, styles=headings),
        ".odt": odt(
            '<text:h text:outline-level="1">Lamps</text:h>'
            + "".join(f"<text:p>{sentence}</text:p>" for sentence in STORY)
        ),
        ".epub": epub(chapters),
        ".pptx": _pptx(),
        ".xlsx": _xlsx(),
        ".rtf": (
            r"{\rtf1\ansi{\stylesheet{\s1 heading 1;}}\pard\s1 Lamps\par "
            + "".join(rf"\pard {sentence} Caf\'e9 \u8220?\par " for sentence in STORY)
            + "}"
        ).encode("ascii"),
        ".ipynb": _NOTEBOOK.encode(),
        ".eml": _mail(),
    }


def damaged(whole: bytes, damage: Damage, chance: random.Random) -> bytes:
    """Return a file that is damaged. It is not empty."""
    if damage == "cut":
        return whole[: chance.randrange(1, len(whole))]
    if damage == "flipped inside" and zipfile.is_zipfile(BytesIO(whole)):
        archive = zipfile.ZipFile(BytesIO(whole))
        members = {name: archive.read(name) for name in archive.namelist()}
        name = chance.choice([name for name, content in members.items() if content])
        return zipped({**members, name: _flipped(members[name], chance)})
    return _flipped(whole, chance)


def _flipped(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 5, 50])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _mhtml() -> bytes:
    return (
        "From: <Saved by a browser>\r\nSnapshot-Content-Location: https://example.org/lamps\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        f"{HTML}\r\n--b--\r\n"
    ).encode()


def _feed() -> bytes:
    entries = "".join(
        f"<item><title>Lamp {n}</title><link>https://example.org/{n}</link>"
        f"<description><![CDATA[<p>{STORY[n]}</p>]]></description></item>"
        for n in range(5)
    )
    return (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>Lamps</title>'
        f"{entries}</channel></rss>"
    ).encode()


def _pptx() -> bytes:
    named = 'xmlns:p="p" xmlns:a="a" xmlns:r="r"'
    shapes = "".join(
        f"<p:sp><p:nvSpPr><p:nvPr><p:ph{kind}/></p:nvPr></p:nvSpPr><p:txBody><a:p><a:r>"
        f"<a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
        for kind, text in [(' type="title"', "Lamps"), ("", STORY[0]), ("", STORY[1])]
    )
    return zipped(
        {
            "ppt/presentation.xml": f"<p:presentation {named}><p:sldIdLst>"
            '<p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relationships(("slide", "slides/a.xml")),
            "ppt/slides/a.xml": f"<p:sld {named}>{shapes}</p:sld>",
        }
    )


def _xlsx() -> bytes:
    rows = "".join(
        f'<row><c t="inlineStr"><is><t>{sentence}</t></is></c><c><v>{number}</v></c></row>'
        for number, sentence in enumerate(STORY)
    )
    return zipped(
        {
            "xl/workbook.xml": '<workbook xmlns:r="r"><sheets>'
            '<sheet name="Lamps" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relationships(("worksheet", "sheets/1.xml")),
            "xl/sheets/1.xml": f"<worksheet><sheetData>{rows}</sheetData></worksheet>",
        }
    )


def _mail() -> bytes:
    return (
        "From: Ada Torrin <ada@example.org>\r\nTo: Crew <crew@example.org>\r\n"
        "Subject: =?utf-8?q?Lamps_of_the_caf=C3=A9?=\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: text/plain; charset=utf-8\r\n\r\n" + "\r\n".join(STORY) + "\r\n--b\r\n"
        f"Content-Type: text/html; charset=utf-8\r\n\r\n{HTML}\r\n--b--\r\n"
    ).encode()
