"""PPTX: slides in their order, titles as headings, tables, diagrams and notes."""

from __future__ import annotations

from index.place import place_of
from index.types import Article, Span
from tests.support.office_files import relationships, zipped
from tests.support.parsed import blocks, check_structure, parsed, rows


def shape(text: str, kind: str = "", level: int = 0) -> str:
    placeholder = f'<p:ph type="{kind}"/>' if kind else "<p:ph/>"
    return (
        f"<p:sp><p:nvSpPr><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr><p:txBody><a:p>"
        f'<a:pPr lvl="{level}"/><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>'
    )


def slide(*shapes: str, root: str = "sld") -> str:
    return f'<p:{root} xmlns:p="p" xmlns:a="a">{"".join(shapes)}</p:{root}>'


def table(*lines: str) -> str:
    rows = "".join(
        "<a:tr>"
        + "".join(f"<a:tc><a:p><a:r><a:t>{t}</a:t></a:r></a:p></a:tc>" for t in line.split())
        + "</a:tr>"
        for line in lines
    )
    return f'<a:tbl><a:tblPr firstRow="1"/>{rows}</a:tbl>'


def pptx() -> bytes:
    ids = '<p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r1"/><p:sldId id="258" r:id="r9"/>'
    members = {
        "ppt/presentation.xml": '<p:presentation xmlns:p="p" xmlns:r="r">'
        f"<p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": relationships(
            ("slide", "slides/a.xml"), ("slide", "slides/b.xml")
        ),
        "ppt/slides/a.xml": slide(
            shape("They sail.", level=1), shape("7", "sldNum"), shape("Ships", "title"),
            table("Ship Built", "Ada 1911"),
        ),
        "ppt/slides/b.xml": slide(shape("The Harbour", "ctrTitle"), shape("A talk", "subTitle")),
        "ppt/slides/_rels/a.xml.rels": relationships(("notesSlide", "../notes/n.xml")),
        "ppt/notes/n.xml": slide(shape("Speak slowly.", "body"), shape("", "sldImg"), root="notes"),
    }  # fmt: skip
    return zipped(members)


def read() -> Article:
    article = parsed(pptx(), "a.pptx")
    check_structure(article)
    return article


def test_slides_are_read_in_their_order_with_titles_first() -> None:
    article = read()
    assert article.title == "The Harbour"
    assert blocks(article) == [
        ("heading", "The Harbour"),
        ("paragraph", "A talk"),
        ("heading", "Ships"),
        ("item", "They sail."),
        ("row", "Ship | Built"),
        ("row", "Ada | 1911"),
        ("paragraph", "Speak slowly."),
    ]


def test_slides_are_places_of_their_notes_too() -> None:
    article = read()
    for words, expected in [
        ("A talk", ("The Harbour", "slide 1")),
        ("Ada", ("Ships", "slide 2")),
        ("Speak", ("Ships", "slide 2")),
    ]:
        start = article.text.index(words)
        assert place_of(article, Span(start, start + len(words))) == expected


def one_slide(*shapes: str) -> Article:
    members = {
        "ppt/presentation.xml": '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>'
        '<p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relationships(("slide", "slides/a.xml")),
        "ppt/slides/a.xml": slide(*shapes),
    }
    article = parsed(zipped(members), "a.pptx")
    check_structure(article)
    return article


def test_items_have_the_numbers_that_are_shown() -> None:
    def line(text: str, bullet: str, level: int = 0) -> str:
        return f'<a:p><a:pPr lvl="{level}">{bullet}</a:pPr><a:r><a:t>{text}</a:t></a:r></a:p>'

    number, letter = '<a:buAutoNum type="arabicPeriod"/>', '<a:buAutoNum type="alphaLcParenR"/>'
    later = '<a:buAutoNum type="romanUcParenBoth" startAt="4"/>'
    lines = (
        line("Tea", number)
        + line("Black", letter, 1)
        + line("Green", letter, 1)
        + line("Milk", number)
        + line("Ours", letter, 1)
        + line("Salt", '<a:buChar char="-"/>')
        + line("Oil", number)
        + line("Rye", later)
        + line("Oats", later)
        + line("Done", '<a:buChar char="☒"/>')
        + line("The end.", "<a:buNone/>")
    )
    article = one_slide(f"<p:sp><p:txBody>{lines}</p:txBody></p:sp>")
    assert [words for _, words in blocks(article)] == [
        *["1. Tea", "a) Black", "b) Green", "2. Milk", "a) Ours"],
        *["Salt", "1. Oil", "(IV) Rye", "(V) Oats", "☒ Done", "The end."],
    ]
    assert [kind for kind, _ in blocks(article)] == ["item"] * 10 + ["paragraph"]


def test_merged_cells_keep_the_columns_right() -> None:
    def line(*cells: tuple[str, str]) -> str:
        each = (
            f"<a:tc {more}><a:p><a:r><a:t>{text}</a:t></a:r></a:p></a:tc>" for text, more in cells
        )
        return f"<a:tr>{''.join(each)}</a:tr>"

    article = one_slide(
        "<a:tbl>"
        + line(("Port", 'rowSpan="2"'), ("Ships", 'gridSpan="2"'), ("", 'hMerge="1"'))
        + line(("", 'vMerge="1"'), ("1911", ""), ("1912", ""))
        + line(("Lund", ""), ("3", ""), ("4", ""))
        + "</a:tbl>"
    )
    assert rows(article) == [["Port", "Ships", ""], ["Port", "1911", "1912"], ["Lund", "3", "4"]]
    assert article.structure[2].header == 1


def chart(title: str, *series: tuple[str, str], code: str = "General") -> str:
    """Return a chart. Each series has a name and one value."""
    each = "".join(
        f"<c:ser><c:tx><c:f>S!$B$1</c:f><c:pt idx='0'><c:v>{name}</c:v></c:pt></c:tx>"
        "<c:cat><c:strCache><c:pt idx='0'><c:v>007</c:v></c:pt></c:strCache></c:cat><c:val>"
        f"<c:numCache><c:formatCode>{code}</c:formatCode><c:pt idx='0'><c:v>{value}</c:v></c:pt>"
        "</c:numCache></c:val></c:ser>"
        for name, value in series
    )
    words = f"<c:title><c:tx><c:rich><a:t>{title}</a:t></c:rich></c:tx></c:title>" if title else ""
    return (
        f'<c:chartSpace xmlns:c="c" xmlns:a="a"><c:chart>{words}<c:plotArea>{each}</c:plotArea>'
        "</c:chart></c:chartSpace>"
    )


def test_charts_are_tables_of_their_values() -> None:
    members = {
        "ppt/presentation.xml": '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>'
        '<p:sldId id="256" r:id="r1"/></p:sldIdLst></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relationships(("slide", "slides/a.xml")),
        "ppt/slides/a.xml": slide(shape("Ships", "title")),
        "ppt/slides/_rels/a.xml.rels": relationships(("chart", "../charts/1.xml")),
        "ppt/charts/1.xml": chart("By year", ("Built", "0.30000000000000004"), ("Lost", "2")),
    }
    article = parsed(zipped(members), "a.pptx")
    check_structure(article)
    assert blocks(article)[:2] == [("heading", "Ships"), ("caption", "By year")]
    assert rows(article) == [["", "Built", "Lost"], ["007", "0.3", "2"]]
    assert article.structure[3].header == 2
