"""ODT: what LibreOffice shows is read, with headings, numbers, tables, notes and comments."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from index.formats.base import Unreadable
from index.place import place_of
from index.types import Article, Span
from tests.support.office_files import odt, zipped
from tests.support.parsed import blocks, check_structure, parsed, rows

LEVELS = (
    '<text:{0}-style{1}><text:{2} text:level="1" style:num-format="1"/>'
    '<text:{2} text:level="2" style:num-format="1" text:display-levels="2"/>'
    '<text:{2} text:level="3" style:num-format="a" style:num-suffix=")" text:start-value="3"/>'
    "</text:{0}-style>"
)
OUTLINE = LEVELS.format("outline", "", "outline-level-style")
LIST = LEVELS.format("list", ' style:name="L1"', "list-level-style-number")
STYLES = (
    '<style:style style:family="paragraph" style:name="P1" style:parent-style-name="Title"/>'
    '<style:style style:family="paragraph" style:name="P2" '
    'style:parent-style-name="Preformatted_20_Text"/>'
)


def read(body: str, styles: str = "", meta: str = "", kind: str = "text") -> Article:
    article = parsed(odt(body, styles, meta, kind), "a.odt")
    check_structure(article)
    return article


def place(article: Article, words: str) -> tuple[str, ...]:
    start = article.text.index(words)
    return place_of(article, Span(start, start + len(words)))


def heading(text: str, level: int) -> str:
    return f'<text:h text:outline-level="{level}">{text}</text:h>'


def item(*content: str) -> str:
    return f"<text:list-item>{''.join(content)}</text:list-item>"


def listed(*items: str, more: str = "") -> str:
    return f'<text:list text:style-name="L1"{more}>{"".join(items)}</text:list>'


def test_headings_have_their_automatic_numbers() -> None:
    body = heading("Purpose", 1) + heading("Terms", 2) + heading("Scope", 2)
    article = read(body + "<text:p>It is wide.</text:p>" + heading("Costs", 1), OUTLINE)
    assert [words for kind, words in blocks(article) if kind == "heading"] == [
        "1 Purpose",
        "1.1 Terms",
        "1.2 Scope",
        "2 Costs",
    ]
    assert place(article, "It is wide") == ("1 Purpose", "1.2 Scope")
    assert blocks(read(body))[2] == ("heading", "Scope")


def test_lists_are_counted_across_what_is_between_them() -> None:
    inner = listed(item("<text:p>Deep</text:p>"))
    article = read(
        listed(item("<text:p>One</text:p><text:p>More</text:p>", inner))
        + "<text:p>Between</text:p>"
        + listed(item("<text:p>Two</text:p>"), more=' text:continue-numbering="true"')
        + listed(item("<text:p>First</text:p>")),
        LIST,
    )
    assert blocks(article) == [
        ("item", "1 One"),
        ("paragraph", "More"),
        ("item", "1.1 Deep"),
        ("paragraph", "Between"),
        ("item", "2 Two"),
        ("item", "1 First"),
    ]


def test_text_in_a_paragraph_is_read_whole() -> None:
    article = read(
        '<text:p>The <text:span>gate</text:span><text:s text:c="2"/>is<text:tab/>green.'
        "<text:soft-page-break/> It<text:line-break/>is.</text:p>"
        "<text:tracked-changes><text:p>no</text:p></text:tracked-changes>"
        '<text:section text:display="none"><text:p>no</text:p></text:section>'
        "<text:table-of-content><text:p>no</text:p></text:table-of-content>"
    )
    assert article.text == "The gate is green. It is."
    assert place(article, "The gate") == ("about page 1",)
    assert place(article, "It is") == ("about page 2",)


def test_notes_comments_and_boxes_are_read_where_they_belong() -> None:
    note = (
        "<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>See above.</text:p></text:note-body></text:note>"
    )
    comment = (
        '<office:annotation><dc:creator xmlns:dc="d">Ole</dc:creator>'
        "<text:p>Is it?</text:p></office:annotation>"
    )
    box = "<draw:frame><draw:text-box><text:p>Boxed.</text:p></draw:text-box></draw:frame>"
    article = read(
        heading("One", 1)
        + f"<text:p>It{note} is{comment} so{box}.</text:p><text:p>Next.</text:p>"
        + heading("Two", 1)
    )
    assert blocks(article)[1:] == [
        ("paragraph", "It is so."),
        ("comment", "Ole: Is it?"),
        ("paragraph", "Boxed."),
        ("paragraph", "Next."),
        ("paragraph", "[1] See above."),
        ("heading", "Two"),
    ]


def cell(text: str, more: str = "", name: str = "table-cell") -> str:
    return f"<table:{name}{more}><text:p>{text}</text:p></table:{name}>"


def test_tables_have_their_header_rows() -> None:
    spanning = ' table:number-columns-spanned="2"'
    article = read(
        "<table:table><table:table-header-rows><table:table-row>"
        + cell("Ship")
        + cell("Built")
        + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell("Ada", ' table:number-rows-spanned="2"')
        + cell("1911")
        + "</table:table-row><table:table-row>"
        + cell("", name="covered-table-cell")
        + cell("1912")
        + "</table:table-row><table:table-row>"
        + cell("Both", spanning)
        + cell("", name="covered-table-cell")
        + "</table:table-row></table:table>"
    )
    assert rows(article) == [["Ship", "Built"], ["Ada", "1911"], ["Ada", "1912"], ["Both", ""]]
    assert [block.header for block in article.structure] == [None, 0, 0, 0]


def test_each_cell_is_under_its_column_where_cells_are_repeated_or_covered() -> None:
    article = read(
        "<table:table><table:table-row>"
        + cell("Port")
        + cell("Ships", ' table:number-columns-spanned="3"')
        + cell("hidden", ' table:number-columns-repeated="2"', "covered-table-cell")
        + "</table:table-row><table:table-row>"
        + cell("")
        + cell("1911")
        + cell("1912")
        + cell("1913")
        + "</table:table-row><table:table-row>"
        + cell("Lund")
        + cell("3", ' table:number-columns-repeated="2"')
        + cell("4")
        + "</table:table-row></table:table>"
    )
    assert rows(article) == [
        ["Port", "Ships", "", ""],
        ["", "1911", "1912", "1913"],
        ["Lund", "3", "3", "4"],
    ]
    assert [block.header for block in article.structure] == [None, 0, 1]


def test_cells_that_span_rows_may_have_no_covered_cells_below() -> None:
    article = read(
        "<table:table><table:table-row>"
        + cell("Ada", ' table:number-rows-spanned="2" table:number-columns-spanned="2"')
        + cell("1911")
        + "</table:table-row><table:table-row>"
        + cell("1912")
        + "</table:table-row></table:table>"
    )
    assert rows(article) == [["Ada", "", "1911"], ["Ada", "", "1912"]]


def test_what_a_style_hides_or_raises_is_read_as_it_is_shown() -> None:
    styles = (
        '<style:style style:name="H" style:family="paragraph"><style:text-properties '
        'text:display="none"/></style:style><style:style style:name="H" style:family="text">'
        '<style:text-properties style:text-position="super 58%"/></style:style>'
        '<style:style style:name="N" style:family="text"><style:text-properties '
        'text:display="none"/></style:style>'
    )
    article = read(
        '<text:p text:style-name="H">No.</text:p>'
        '<text:p>10<text:span text:style-name="H">6</text:span>'
        '<text:span text:style-name="N"> or not</text:span> ships</text:p>',
        styles,
    )
    assert article.text == "10⁶ ships"


def test_the_first_page_may_have_a_style_of_its_own() -> None:
    styles = '<style:style style:name="P" style:family="paragraph" style:master-page-name="First"/>'
    article = read(
        '<text:p text:style-name="P">One.</text:p><text:soft-page-break/><text:p>Two.</text:p>'
        '<text:p text:style-name="P">Three.</text:p>',
        styles,
    )
    for page, words in enumerate(("One", "Two", "Three"), 1):
        assert place(article, words) == (f"about page {page}",)


def test_formulas_are_read_where_they_are_shown() -> None:
    formula = (
        "<math><semantics><mrow><mi>E</mi><mo>=</mo><msup><mi>c</mi><mn>2</mn></msup></mrow>"
        "<annotation>E = c^{2}</annotation></semantics></math>"
    )
    link = '<draw:frame><draw:object xmlns:x="x" x:href="./Object {}"/></draw:frame>'
    body = f"<text:p>As {link.format(1)} says{link.format(2)}{link.format(3)}.</text:p>"
    content = zipfile.ZipFile(BytesIO(odt(body)))
    members = {name: content.read(name) for name in content.namelist()}
    objects = {"Object 1/content.xml": formula, "Object 2/content.xml": "<damaged"}
    article = parsed(zipped({**members, **objects}), "a.odt")
    check_structure(article)
    assert article.text == "As E=c^2 says."


def test_title_and_properties_are_at_the_start() -> None:
    meta = "<meta:keyword>sea</meta:keyword><meta:keyword>ice</meta:keyword>"
    meta += "<dc:creator>Ole Brandt</dc:creator><dc:date>2031-03-04T10:00:00</dc:date>"
    article = read('<text:p text:style-name="P1">The Gate</text:p><text:p>x</text:p>', STYLES, meta)
    assert article.title == "The Gate"
    assert rows(article) == [["Author", "Ole Brandt"], ["Keywords", "sea, ice"]]


def test_lines_of_code_are_one_block() -> None:
    line = '<text:p text:style-name="P2">{}</text:p>'
    article = read(line.format("if a:") + line.format('<text:s text:c="4"/>b()'), STYLES)
    assert article.text == "if a:\n    b()"


def test_slides_are_places() -> None:
    slide = (
        '<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>{}</text:p>'
        "</draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>{}</text:p>"
        "</draw:text-box></draw:frame></draw:page>"
    )
    body = slide.format("Ships", "They sail.") + slide.format("Gates", "They open.")
    article = read(body, kind="presentation")
    assert place(article, "They open") == ("Gates", "slide 2")


def test_an_encrypted_document_is_named() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(Unreadable, match="without a password") as caught:
        parsed(zipped({"META-INF/manifest.xml": manifest, "content.xml": b"\x93x"}), "a.odt")
    assert caught.value.reason == "encrypted"
