"""EPUB: chapters are read in their order, with headings, pages and notes as places."""

from __future__ import annotations

from typing import Any

import pytest

from index.formats.base import Unreadable
from index.formats.office import EPUB
from index.place import place_of
from index.types import Article, Span
from tests.support.office_files import epub, xhtml
from tests.support.parsed import blocks, check_structure, parsed, rows


def read(*bodies: str, **settings: Any) -> Article:
    chapters = {f"c{number}.xhtml": body for number, body in enumerate(bodies, 1)}
    article = parsed(epub(chapters, **settings), "a.epub")
    check_structure(article)
    return article


def place(article: Article, words: str) -> tuple[str, ...]:
    start = article.text.index(words)
    return place_of(article, Span(start, start + len(words)))


def test_chapters_are_read_in_the_order_of_the_spine() -> None:
    article = read("<h1>One</h1><p>x</p>", "<h1>Two</h1><p>y</p>", order=["c2.xhtml", "c1.xhtml"])
    assert [words for _, words in blocks(article)] == ["The Book", "Two", "y", "One", "x"]
    assert place(article, "x") == ("One",)


def test_what_is_known_about_the_book_is_at_its_start() -> None:
    article = read(
        "<h1>THE BOOK</h1><p>x</p>",
        metadata='<dc:title>The Book</dc:title><dc:creator id="a">Ada Lund</dc:creator>'
        '<dc:creator opf:role="trl">Ole Brandt</dc:creator><dc:publisher>Gate</dc:publisher>'
        '<dc:date opf:event="modification">2020-01-01</dc:date>'
        '<dc:date opf:event="publication">1911</dc:date>'
        '<meta refines="#a" property="role">aut</meta>',
    )
    assert article.title == "THE BOOK"
    assert rows(article) == [
        ["Author", "Ada Lund"],
        ["Translator", "Ole Brandt"],
        ["Publisher", "Gate"],
        ["Date", "1911"],
    ]
    assert blocks(article)[0] == ("heading", "THE BOOK")


def test_each_kind_of_block_is_known() -> None:
    article = read(
        "<h2>A <em>b</em><br/>c</h2>text<div><p>One&nbsp;<i>two</i>.</p></div>"
        "<ul><li><p>Tea</p><p>Hot.</p><ol><li>Black</li></ol></li></ul>"
        "<blockquote><p>Said.</p></blockquote><pre>a\n  b</pre>"
        "<figure><img alt='no' src='x'/><figcaption>A gate</figcaption></figure>"
        "<script>no()</script><table><caption>Ships</caption><tr><th>Name</th><th>Built</th></tr>"
        "<tr><td rowspan='2'>Ada</td><td>1911</td></tr><tr><td>1912</td></tr></table>"
    )
    assert blocks(article)[1:] == [
        ("heading", "A b c"),
        ("paragraph", "text"),
        ("paragraph", "One two."),
        ("item", "Tea"),
        ("paragraph", "Hot."),
        ("item", "1. Black"),
        ("quote", "Said."),
        ("code", "a b"),
        ("caption", "A gate"),
        ("caption", "Ships"),
        ("row", "Name | Built"),
        ("row", "Ada | 1911"),
        ("row", "Ada | 1912"),
    ]
    assert "a\n  b" in article.text
    assert [block.header for block in article.structure][-2:] == [11, 11]


def test_list_items_have_the_numbers_that_are_shown() -> None:
    article = read(
        '<ol start="3"><li>Tea</li><li><ol type="i"><li>Black</li><li>Green</li></ol></li>'
        '<li value="9">Milk</li><li>10. Salt</li></ol><ol reversed=""><li>Two</li><li>One</li></ol>'
        '<ol style="list-style-type: none"><li>Bread</li></ol><ol class="plain"><li>Oil</li></ol>'
        "<ol><li><sup>1</sup> Rye</li><li>[2] Oats</li><li>30 nuts</li></ol>"
    )
    items = [words for kind, words in blocks(article) if kind == "item"]
    assert items == [
        *["3. Tea", "i. Black", "ii. Green", "9. Milk", "10. Salt"],
        *["2. Two", "1. One", "Bread", "Oil", "¹ Rye", "[2] Oats", "3. 30 nuts"],
    ]


def test_a_picture_of_the_first_letter_is_read() -> None:
    article = read(
        '<p><img alt="T" src="t.jpg"/>he gate<img alt="A tree" src="a.jpg"/> is green.</p>'
    )
    assert blocks(article)[1:] == [("paragraph", "The gate is green.")]


def test_each_cell_is_under_its_column_where_cells_span_rows() -> None:
    article = read(
        "<table><tr><th>A</th><th>B</th><th>C</th></tr>"
        "<tr><td>1</td><td colspan='2' rowspan='2'>2</td></tr><tr><td>3</td></tr>"
        "<tr><td>4</td><td>5</td><td>6</td></tr>"
        "<tr><td rowspan='9'>7</td><td>8</td><td>9</td></tr></table>"
        "<table><tr><td>x</td><td>y</td></tr><tr><td>0</td><td>1</td></tr></table>"
    )
    assert rows(article) == [
        *[["A", "B", "C"], ["1", "2", ""], ["3", "2", ""], ["4", "5", "6"], ["7", "8", "9"]],
        *[["x", "y"], ["0", "1"]],
    ]


def test_formulas_are_read_on_one_line() -> None:
    article = read(
        "<p><math><mfrac><mn>1</mn><mi>x</mi></mfrac><msup><mi>y</mi><mn>2</mn></msup></math></p>"
    )
    assert blocks(article)[1:] == [("paragraph", "1/xy^2")]


def test_what_is_styled_as_hidden_is_not_read() -> None:
    article = read('<p>The gate<span style="color:red; display: none"> or not</span>.</p>')
    assert blocks(article)[1:] == [("paragraph", "The gate.")]


def test_headings_are_as_deep_as_their_sections_and_boxes_have_none() -> None:
    article = read(
        "<section><h2>Ships</h2><section><h2>Old</h2><p>They sail.</p>"
        "<aside><h3>Note</h3><p>Or not.</p></aside><p>Still.</p></section></section>"
        '<div class="chapter"><h2>Gates</h2><div class="sect1"><h2>New</h2><p>Open.</p></div></div>'
    )
    assert place(article, "They sail")[1:] == ("Ships", "Old")
    assert place(article, "Still")[1:] == ("Ships", "Old")
    assert place(article, "Open")[1:] == ("Gates", "New")


def test_lines_of_verse_are_one_block_up_to_the_end_of_the_sentence() -> None:
    lines = ["The gate is green,", "The wall is", "red.", "The end"]
    verse = "".join(f"<div>{line}</div>" for line in lines)
    article = read(f"<div>{verse}</div><p>Prose</p>")
    assert [words for _, words in blocks(article)][1:] == [
        "The gate is green, The wall is red.",
        "The end",
        "Prose",
    ]


@pytest.mark.parametrize(
    "mark",
    [
        '<a epub:type="noteref" href="#n1">1</a>',
        '<sup><a href="#n1">1</a></sup>',
        '<a href="n.xhtml#n1"><sup>[1]</sup></a>',
        '<a role="doc-noteref" href="#n1">*</a>',
        '<span class="lnum">10</span>',
        '<a href="#r1">↩</a>',
    ],
)
def test_marks_are_not_glued_to_the_words(mark: str) -> None:
    assert blocks(read(f"<p>The gate{mark} is green.</p>"))[1:] == [
        ("paragraph", "The gate is green.")
    ]


def test_links_and_raised_numbers_are_words() -> None:
    text = '<p>10<sup>2</sup> of <a href="#x">the ships</a>, <a href="http://x.org">12</a>.</p>'
    assert blocks(read(text))[1:] == [("paragraph", "10² of the ships, 12.")]


@pytest.mark.parametrize(
    "mark",
    [
        '<span epub:type="pagebreak" id="p12" title="12"/>',
        '<span role="doc-pagebreak" aria-label="Page 12"></span>',
        '<a class="pagenum" id="Page_12">[Pg 12]</a>',
        '<span epub:type="pagebreak" id="page12"/>',
    ],
)
def test_pages_of_print_are_places(mark: str) -> None:
    article = read(f"<p>One. Two go{mark}es on.</p><p>Three.</p>")
    assert "One. Two goes on.\n\nThree." in article.text
    assert place(article, "One")[-1] != "page 12"
    assert place(article, "es on")[-1] == "page 12"
    assert place(article, "Three")[-1] == "page 12"


NAV = xhtml(
    '<nav epub:type="toc"><ol><li><a href="c1.xhtml">Part One</a><ol>'
    '<li><a href="c1.xhtml#s">The Gate</a></li><li><a href="c2.xhtml">The Wall</a></li></ol></li>'
    '</ol></nav><nav epub:type="page-list"><ol><li><a href="c2.xhtml#p9">ix</a></li></ol></nav>'
)
NCX = (
    '<ncx><navMap><navPoint><navLabel><text>Part One</text></navLabel><content src="c1.xhtml"/>'
    '<navPoint><navLabel><text>The Gate</text></navLabel><content src="c1.xhtml#s"/></navPoint>'
    '<navPoint><navLabel><text>The Wall</text></navLabel><content src="c2.xhtml"/></navPoint>'
    "</navPoint></navMap><pageList><pageTarget><navLabel><text>ix</text></navLabel>"
    '<content src="c2.xhtml#p9"/></pageTarget></pageList></ncx>'
)


@pytest.mark.parametrize(
    "content, item",
    [
        (NAV, '<item id="n" href="toc" properties="nav" media-type="application/xhtml+xml"/>'),
        (NCX, '<item id="n" href="toc" media-type="application/x-dtbncx+xml"/>'),
    ],
)
def test_chapters_that_only_the_table_of_contents_names_are_headings(
    content: str, item: str
) -> None:
    article = read(
        '<p>PART ONE</p><p id="s">It was green.</p>',
        '<h1>Chapter 2: The Wall</h1><p>It was <a id="p9"/>red.</p>',
        more={"toc": content},
        items=item,
        order=["n", "c1.xhtml", "c2.xhtml"],
    )
    assert blocks(article)[1:] == [
        ("heading", "PART ONE"),
        ("heading", "The Gate"),
        ("paragraph", "It was green."),
        ("heading", "Chapter 2: The Wall"),
        ("paragraph", "It was red."),
    ]
    assert place(article, "green") == ("PART ONE", "The Gate")
    assert place(article, "red") == ("PART ONE", "Chapter 2: The Wall", "page ix")


def test_a_table_of_contents_in_the_text_is_not_read() -> None:
    links = "".join(f'<li><a href="c1.xhtml#s{n}">Chapter {n}</a></li>' for n in range(9))
    article = read(f"<ul>{links}</ul><p>The text.</p>")
    assert blocks(article)[1:] == [("paragraph", "The text.")]


def test_a_chapter_that_is_not_quite_xml_is_read() -> None:
    article = read("<p>The <b>gate<p>is &eacute;t&unknown; & green.<br>")
    assert [words for _, words in blocks(article)][1:] == ["The gate", "is ét&unknown; & green."]


def test_a_protected_book_is_named_but_encrypted_fonts_do_not_matter() -> None:
    def read_with_encrypted(path: str) -> str:
        listed = f'<encryption><CipherReference URI="{path}"/></encryption>'
        return read("<p>The text.</p>", more={"/META-INF/encryption.xml": listed}).text

    assert "The text." in read_with_encrypted("OEBPS/font.otf")
    with pytest.raises(Unreadable, match="DRM"):
        read_with_encrypted("OEBPS/c1.xhtml")


def test_chapters_that_cannot_be_read_are_noted() -> None:
    missing = '<item id="x" href="x.xhtml" media-type="application/xhtml+xml"/>'
    chapters = {"a": "<p>The gate.</p>", "b": "<div>" * 10_000 + "lost"}
    document = EPUB.read(epub(chapters, items=missing, order=("b", "x", "a")), None)
    assert document.text.endswith("The gate.")
    assert document.note == "2 of the book's files cannot be read"


def test_a_book_of_damaged_chapters_is_named() -> None:
    with pytest.raises(Unreadable, match="cannot be read") as caught:
        parsed(epub({"a": "<div>" * 10_000}), "a.epub")
    assert caught.value.reason == "damaged"


def test_tags_that_are_never_closed_lose_no_text() -> None:
    text = parsed(epub({"a": "<p><font>x" * 800 + "</p>", "b": "<p>end</p>"}), "a.epub").text
    assert text.count("x") == 800
