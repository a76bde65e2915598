"""Damaged and hostile office files end in words, not in crashes, hangs or gigabytes."""

from __future__ import annotations

import random
import re
import resource
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.base import Document, Format, Unreadable
from index.formats.notebook import NOTEBOOK
from index.formats.office import DOCX, EPUB, ODT, OFFICE, RTF
from index.isolated.reader import IsolatedReader
from index.types import Article
from tests.support.office_files import W, docx, epub, odt, paragraph, run, style, xhtml, zipped
from tests.support.parsed import check_structure, parsed
from tests.support.sample_files import Damage, damaged, samples
from tests.support.work import check_linear

MAX_SECONDS = 20
_REASONS = ("damaged", "encrypted", "too large", "encoding", "binary", "no text")


@pytest.fixture(scope="module")
def isolated() -> Iterator[IsolatedReader]:
    with IsolatedReader() as reader:
        yield reader


def check(document: Document) -> None:
    article = Article("a", "a", "a", document.text, "", document.structure)
    check_structure(article)
    article.text.encode("utf-8")  # as the store does


def check_read(form: Format, content: bytes) -> None:
    """Read a file, in which there may be no text."""
    try:
        check(form.read(content, None))
    except Unreadable as error:
        assert error.reason == "no text"


def document_xml(body: str) -> str:
    return f"<w:document {W}><w:body>{body}</w:body></w:document>"


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE x [<!ENTITY % j SYSTEM "http://127.0.0.1:9/x"> %j;]>'


@pytest.mark.parametrize("doctype", [LAUGHS, OUTSIDE, PARAMETER])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_never_expanded(doctype: str, encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    hostile = head + doctype + document_xml(paragraph("x &j; y"))
    with pytest.raises(Unreadable, match="entities"):
        DOCX.read(zipped({"word/document.xml": hostile.encode(encoding)}), None)
    page = xhtml("<p>x &j; y</p>").split("<!DOCTYPE html>")[1]
    book = epub({"a.xhtml": "<p>Before.</p>", "b.xhtml": ""}, more={})
    members = {name: zipfile.ZipFile(BytesIO(book)).read(name) for name in names(book)}
    members["OEBPS/b.xhtml"] = (head + doctype + page).encode(encoding)
    text = EPUB.read(zipped(members), None).text
    assert "Before." in text and "root:" not in text and "haha" not in text


def names(archive: bytes) -> list[str]:
    return zipfile.ZipFile(BytesIO(archive)).namelist()


def stored(body: str) -> bytes:
    """Return a file that is not compressed."""
    return zipped({"word/document.xml": document_xml(body)}, zipfile.ZIP_STORED)


def bomb(size: int) -> bytes:
    """Return a file whose document unpacks to many times its size."""
    return zipped({"word/document.xml": document_xml(f"<w:p>{run(' ' * size)}</w:p>")})


@pytest.mark.slow
@pytest.mark.parametrize(
    "content, detail",
    [
        (lambda: bomb(70_000_000), "unpacks to more than"),
        (lambda: stored("<w:p/>" * 5_000_000), "tags"),
        (lambda: zipped({f"{n}": "" for n in range(10_001)}), "files"),
        (lambda: docx("<w:tbl>" * 10_000), "damaged"),
        (lambda: docx("<w:sdt>" * 10_000 + "</w:sdt>" * 10_000), "nested too deeply"),
    ],
)
def test_bombs_are_refused(content: object, detail: str, isolated: IsolatedReader) -> None:
    began = time.monotonic()
    with pytest.raises(Unreadable) as caught:
        isolated.read(DOCX, content(), None)  # type: ignore[operator]
    assert detail in f"{caught.value.reason} {caught.value.detail}"
    assert time.monotonic() - began < MAX_SECONDS


def test_what_a_file_claims_is_not_believed() -> None:
    cells = f'<w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr>{paragraph("x")}</w:tc>'
    numbered = '<w:numPr><w:ilvl w:val="99999"/><w:numId w:val="1"/></w:numPr>'
    numbering = (
        '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="8"><w:start w:val="999999999"/>'
        f'<w:numFmt w:val="lowerLetter"/><w:lvlText w:val="{"%9" * 10_000}"/></w:lvl>'
        '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    document = DOCX.read(
        docx(
            f"<w:tbl><w:tr>{cells}{cells}</w:tr></w:tbl>" + paragraph("y", more=numbered),
            numbering=numbering,
        ),
        None,
    )
    check(document)
    assert len(document.text) < 2_000
    wide = '<table><tr><td colspan="999999999" rowspan="999999999">x</td><td>y</td></tr></table>'
    check(EPUB.read(epub({"a": wide}), None))
    blanks = '<text:p>x<text:s text:c="999999999"/>y</text:p>'
    assert len(ODT.read(odt(blanks), None).text) < 200


def test_paths_out_of_the_archive_are_only_names() -> None:
    members = {
        "../../etc/x": "no",
        "/etc/passwd": "no",
        "META-INF/container.xml": '<c><rootfile full-path="../../etc/passwd"/></c>',
    }
    with pytest.raises(Unreadable, match="missing"):
        EPUB.read(zipped(members), None)


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1_000)
INNER = docx(paragraph("x"))
OUTER = zipped({"inner.docx": INNER}, zipfile.ZIP_STORED)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("a.doc", OLD, "binary: from before Office 2007"),
        ("a.docx", OLD, "binary: from before Office 2007"),
        ("a.docx", OLD + "EncryptedPackage".encode("utf-16-le"), "encrypted: .*without a password"),
        ("a.xls", OLD, "binary: from before Office 2007"),
        ("a.odg", odt("", kind="drawing"), "binary: an OpenDocument file of another kind"),
        ("a.zip", zipped({"a.txt": "x"}), "binary: a zip archive that is no document"),
        ("a.docx", docx(paragraph("x"))[:-30], "damaged: the end of the file is missing"),
        (
            "a.docx",
            OUTER[: OUTER.index(INNER) + len(INNER)],
            "damaged: the end of the file is missing",
        ),
        ("a.epub", b"", "empty"),
        ("a.epub", bytes(1_000), "binary"),
    ],
)
def test_what_cannot_be_read_is_named_in_words(name: str, content: bytes, message: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parsed(content, name)
    assert re.match(message, f"{caught.value.reason}: {caught.value.detail}")


@pytest.mark.parametrize("suffix", ["docx", "epub", "odt", "pptx", "rtf", "xlsx", "xls", "zip"])
def test_content_decides_what_a_file_is(suffix: str) -> None:
    words = "The gate is green."
    for content in (
        *(docx(paragraph(words)), odt(f"<text:p>{words}</text:p>"), epub({"a": f"<p>{words}</p>"})),
        *(rf"{{\rtf1 {words}}}".encode(), words.encode(), f"<!DOCTYPE html><p>{words}".encode()),
    ):
        assert parsed(content, f"a.{suffix}").text.endswith(words)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        paragraph("x"),
        f"<w:tbl><w:tr><w:tc>{paragraph('x')}</w:tc><w:tc>{paragraph('y')}</w:tc></w:tr></w:tbl>",
        f"<w:p><w:r><w:txbxContent>{paragraph('x')}</w:txbxContent></w:r></w:p>",
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>x </w:t></w:r></w:p>",
        '<w:p><w:pPr><w:pStyle w:val="Code"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>',
        "<w:r><w:lastRenderedPageBreak/><w:t>x</w:t></w:r>",
        '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r>',
        '<w:r><w:t>x</w:t><w:footnoteReference w:id="1"/></w:r>',
    ],
)
def test_time_is_linear_in_the_size_of_docx(body: str) -> None:
    settings = {
        "styles": style("Code", "Source Code"),
        "footnotes": f'<w:footnote w:id="1">{paragraph("note " * 10_000)}</w:footnote>',
    }

    def read(times: int) -> object:
        blocks = f"<w:p>{body * times}</w:p>" if body.startswith("<w:r>") else body * times
        return DOCX.read(docx(paragraph("x") + blocks, **settings), None)

    check_linear(read, 2_000)


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "<p>x</p>", "<div>x</div>", "<ul><li>x</li></ul>", "<b>x</b>",
        "<p><a href='#x'>1</a></p>",
        "<table><tr><td>x</td><td rowspan='100'>y</td></tr></table>", "<p>", "&nbsp;", "<br/>",
        "<tr><td>x</td></tr>", "<span epub:type='pagebreak' title='1'/>",
        "<sup><a href='#a'>1</a></sup>", "<ol><li>x</li></ol>", "<sup>1</sup>", "<i>x</i><q/>",
    ],
)  # fmt: skip
def test_time_is_linear_in_the_size_of_epub(body: str) -> None:
    check_linear(lambda times: EPUB.read(epub({"a": f"<p>x</p>{body * times}"}), None), 2_000)


@pytest.mark.slow
@pytest.mark.parametrize("form", [*OFFICE[:-1], NOTEBOOK], ids=lambda form: form.name)
@pytest.mark.parametrize("damage", get_args(Damage))
def test_a_damaged_file_is_read_or_named(
    form: Format, damage: Damage, isolated: IsolatedReader
) -> None:
    whole, chance = samples()[form.suffixes[0]], random.Random(f"{form.name} {damage}")
    for _ in range(60):
        content = damaged(whole, damage, chance)
        try:
            check(isolated.read(form, content, None))
        except Unreadable as error:
            assert error.reason in _REASONS
            assert error.detail or error.reason == "binary"
        assert isolated.is_running, "the process survived"


@pytest.mark.slow
def test_memory_stays_within_limits(isolated: IsolatedReader) -> None:
    book = stored(paragraph("The gate is green. " * 20) * 60_000)
    document = isolated.read(DOCX, book, None)
    assert document.text.count("gate") == 60_000 * 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2**21  # KB


TAGS = ["p", "div", "h1", "h3", "ul", "li", "table", "tr", "td", "th", "blockquote", "pre", "b",
        "br", "section", "caption", "sup", "a", "span", "figcaption", "dl", "nav"]  # fmt: skip
ATTRIBUTES = ["", ' id="x"', ' colspan="2"', ' rowspan="3"', ' epub:type="pagebreak" title="4"',
              ' class="lnum"', ' href="#x"', ' epub:type="noteref"']  # fmt: skip
TEXTS = st.sampled_from(["", " ", "gate", "1", "A b. ", "\u200b", "\u00ad", "é\U0001f600", "| x"])
HTML = st.recursive(
    TEXTS,
    lambda inner: st.tuples(
        st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES), st.lists(inner, max_size=4)
    ).map(lambda parts: f"<{parts[0]}{parts[1]}>{''.join(parts[2])}</{parts[0]}>"),
    max_leaves=25,
)


@given(st.lists(HTML, max_size=3))
def test_every_book_has_a_structure_that_covers_it(bodies: list[str]) -> None:
    check_read(EPUB, epub({f"{n}": body for n, body in enumerate(bodies)}))


WORD = st.recursive(
    TEXTS.map(run),
    lambda inner: st.tuples(
        st.sampled_from(["p", "p", "tbl", "tr", "tc", "r", "txbxContent", "sdt", "del", "ins"]),
        st.sampled_from(
            ["", '<w:pPr><w:pStyle w:val="berschrift1"/></w:pPr>', "<w:lastRenderedPageBreak/>",
             '<w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr>',
             "<w:pPr><w:rPr><w:del/></w:rPr></w:pPr>", '<w:footnoteReference w:id="1"/>',
             "<w:trPr><w:tblHeader/></w:trPr>", "<w:tcPr><w:vMerge/></w:tcPr>",
             '<w:pPr><w:pStyle w:val="Code"/></w:pPr>', '<w:tcPr><w:gridSpan w:val="3"/></w:tcPr>']
        ),
        st.lists(inner, max_size=4),
    ).map(lambda parts: f"<w:{parts[0]}>{parts[1]}{''.join(parts[2])}</w:{parts[0]}>"),
    max_leaves=25,
)  # fmt: skip


@given(st.lists(WORD, max_size=4))
def test_every_docx_has_a_structure_that_covers_it(bodies: list[str]) -> None:
    from tests.test_docx import NUMBERING, STYLES

    notes = f'<w:footnote w:id="1">{paragraph("Note.")}</w:footnote>'
    content = docx("".join(bodies), styles=STYLES, numbering=NUMBERING, footnotes=notes)
    check_read(DOCX, content)


ODF_TAGS = ["text:p", "text:h", "text:list", "text:list-item", "table:table", "table:table-row",
            "table:table-cell", "table:covered-table-cell", "draw:frame", "draw:text-box",
            "text:note", "text:note-body", "office:annotation", "text:span", "text:s",
            "text:soft-page-break", "draw:page"]  # fmt: skip
ODF = st.recursive(
    TEXTS,
    lambda inner: st.tuples(st.sampled_from(ODF_TAGS), st.lists(inner, max_size=4)).map(
        lambda parts: f"<{parts[0]}>{''.join(parts[1])}</{parts[0]}>"
    ),
    max_leaves=25,
)


@given(st.lists(ODF, max_size=4))
def test_every_odt_has_a_structure_that_covers_it(bodies: list[str]) -> None:
    check_read(ODT, odt("".join(bodies)))


RTF_TOKENS = st.sampled_from(
    ["\\par ", "{", "}", "\\s1 ", "\\cell ", "\\row ", "\\trowd ", "{\\footnote ", "text", "\\'e9",
     "\\u-10179?", "\\u99999999?", "\\bin3 {{}", "\\pict ", "{\\*\\x ", "\\uc0 ", "\\v ",
     "\\outlinelevel2 ", "\x01", "\\f9 ", "\\ansicpg1 ", "{\\listtext 1.\\tab}", "\\",
     "\\stylesheet{\\s1 heading 1;}"]
)  # fmt: skip


@given(st.lists(RTF_TOKENS, max_size=30).map("".join))
def test_every_rtf_has_a_structure_that_covers_it_or_is_refused(body: str) -> None:
    try:
        check(RTF.read(b"{\\rtf1 " + body.encode("latin-1"), None))
    except Unreadable as error:
        assert error.detail
