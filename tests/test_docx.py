"""DOCX: what Word shows is read, with headings, numbers, tables, notes and comments."""

from __future__ import annotations

import pytest

from index.formats.base import Unreadable
from index.place import column_names, place_of
from index.types import Article, Span
from tests.support.office_files import W, docx, paragraph, relationships, run, style, zipped
from tests.support.parsed import blocks, check_structure, parsed, rows


def read(body: str, **parts: str) -> Article:
    article = parsed(docx(body, **parts), "a.docx")
    check_structure(article)
    return article


def place(article: Article, words: str) -> tuple[str, ...]:
    start = article.text.index(words)
    return place_of(article, Span(start, start + len(words)))


STYLES = (
    style("berschrift1", "heading 1", '<w:outlineLvl w:val="0"/>')
    + style("Eigene", "Eigene", based_on="berschrift1")
    + style("Inhalt", "TOC Heading", '<w:outlineLvl w:val="9"/>', "berschrift1")
    + style("Titre2", "Titre 2")
    + style("a", "b", based_on="c")
    + style("c", "d", based_on="a")
    + style("Verzeichnis1", "toc 1")
    + style("Zitat", "Quote")
    + style("Code", "Source Code")
)


@pytest.mark.parametrize(
    "name, level",
    [("berschrift1", 1), ("Eigene", 1), ("Titre2", 2), ("Heading3", 3), ("Inhalt", 0), ("a", 0)],
)
def test_headings_are_known_by_their_style_in_any_language(name: str, level: int) -> None:
    article = read(paragraph("First.") + paragraph("Scope", name), styles=STYLES)
    block = article.structure[1]
    assert (block.kind, block.level) == (("heading", level) if level else ("paragraph", 0))


def test_an_outline_level_of_the_paragraph_wins() -> None:
    level = '<w:outlineLvl w:val="%d"/>'
    article = read(
        paragraph("x") + paragraph("A", more=level % 1) + paragraph("B", "Eigene", level % 9),
        styles=STYLES,
    )
    assert blocks(article)[1:] == [("heading", "A"), ("paragraph", "B")]


NUMBERING = """
<w:abstractNum w:abstractNumId="7">
 <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1"/></w:lvl>
 <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="H2"/>
  <w:lvlText w:val="%1.%2"/></w:lvl>
 <w:lvl w:ilvl="2"><w:start w:val="3"/><w:numFmt w:val="lowerLetter"/>
  <w:lvlText w:val="(%3)"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="8">
 <w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="&#xF0B7;"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="9">
 <w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="☐"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="9"/></w:num>
<w:num w:numId="2"><w:abstractNumId w:val="7"/>
 <w:lvlOverride w:ilvl="0"><w:startOverride w:val="4"/></w:lvlOverride></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="8"/></w:num>"""


def listed(list_id: int, depth: int) -> str:
    return f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>'


def test_automatic_numbers_are_read_as_they_are_shown() -> None:
    own = '<w:numPr><w:numId w:val="1"/></w:numPr>'
    styles = style("H1", "heading 1", own) + style("H2", "heading 2", own)
    article = read(
        paragraph("Purpose", "H1")
        + paragraph("Terms", "H2")
        + paragraph("Scope", "H2")
        + paragraph("Ships", more=listed(1, 2))
        + paragraph("Boats", more=listed(1, 2))
        + paragraph("", "H1")
        + paragraph("Costs", "H2")
        + paragraph("Other", more=listed(2, 0))
        + paragraph("Tea", more=listed(3, 0))
        + paragraph("Buy rope", more=listed(4, 0))
        + paragraph("No list", "H1", '<w:numPr><w:numId w:val="0"/></w:numPr>'),
        styles=styles,
        numbering=NUMBERING,
    )
    assert blocks(article) == [
        ("heading", "1 Purpose"),
        ("heading", "1.1 Terms"),
        ("heading", "1.2 Scope"),
        ("item", "(c) Ships"),
        ("item", "(d) Boats"),
        ("heading", "2.1 Costs"),
        ("item", "4 Other"),
        ("item", "Tea"),
        ("item", "☐ Buy rope"),
        ("heading", "No list"),
    ]
    assert place(article, "Boats") == ("1 Purpose", "1.2 Scope")


def cell(text: str, settings: str = "") -> str:
    return f"<w:tc><w:tcPr>{settings}</w:tcPr>{paragraph(text)}</w:tc>"


def table(*lines: str, header: int = 0, look: str = "") -> str:
    mark = "<w:trPr><w:tblHeader/></w:trPr>"
    body = "".join(
        f"<w:tr>{mark if number < header else ''}{line}</w:tr>" for number, line in enumerate(lines)
    )
    return f"<w:tbl><w:tblPr>{look}</w:tblPr>{body}</w:tbl>"


def test_each_row_of_a_table_is_under_its_header_row() -> None:
    article = read(
        table(
            cell("Ship") + cell("Built"),
            cell("Ada", '<w:vMerge w:val="restart"/>') + cell("1911"),
            cell("", "<w:vMerge/>") + cell("refitted"),
            cell("Both", '<w:gridSpan w:val="2"/>'),
            header=1,
        )
    )
    assert rows(article) == [["Ship", "Built"], ["Ada", "1911"], ["Ada", "refitted"], ["Both", ""]]
    assert [block.header for block in article.structure] == [None, 0, 0, 0]


def test_of_two_header_rows_the_second_names_the_columns() -> None:
    wide = '<w:gridSpan w:val="2"/>'
    article = read(
        table(
            cell("Port", '<w:vMerge w:val="restart"/>') + cell("Ships", wide),
            cell("", "<w:vMerge/>") + cell("1911") + cell("1912"),
            cell("Lund") + cell("3") + cell("4"),
        )
        + table(
            cell("Ships", wide) + cell("Built"),
            cell("Ada") + cell("Ole") + cell("1911"),
            cell("Ida") + cell("Una") + cell("1912"),
        )
    )
    assert rows(article)[1:3] == [["Port", "1911", "1912"], ["Lund", "3", "4"]]
    assert [block.header for block in article.structure] == [None, 0, 1, None, None, None]
    names = column_names(article, article.structure[1].span)
    assert names == ["Port", "Ships 1911", "Ships 1912"]


def test_a_table_that_only_arranges_text_is_read_as_text() -> None:
    article = read(table(f"<w:tc>{paragraph('One.')}{paragraph('Two.')}</w:tc>"))
    assert blocks(article) == [("paragraph", "One."), ("paragraph", "Two.")]


def test_what_is_deleted_or_hidden_is_not_read() -> None:
    article = read(
        "<w:p>"
        + run("The gate is ")
        + "<w:del><w:r><w:delText>red</w:delText></w:r></w:del>"
        + f"<w:moveFrom>{run('blue')}</w:moveFrom><w:ins>{run('green')}</w:ins>"
        + "<w:r><w:rPr><w:vanish/></w:rPr><w:t> or not</w:t></w:r>"
        + '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>.</w:t></w:r>'
        + "<w:r><w:instrText> PAGE </w:instrText></w:r></w:p>"
        + f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('It was ')}</w:p>"
        + paragraph("wide.")
        + paragraph("Contents 1", "Verzeichnis1")
        + "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p/></w:tc></w:tr></w:tbl>",
        styles=STYLES,
    )
    assert article.text == "The gate is green.\n\nIt was wide."


def test_what_a_style_hides_is_not_read() -> None:
    hidden = (
        '<w:style w:styleId="Z"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="Y"><w:basedOn w:val="Z"/></w:style>'
    )
    article = read(
        paragraph("Top of form", "Y")
        + "<w:p>"
        + run("The gate")
        + '<w:r><w:rPr><w:rStyle w:val="Z"/></w:rPr><w:t> or not</w:t></w:r>'
        + '<w:r><w:rPr><w:rStyle w:val="Z"/><w:vanish w:val="0"/></w:rPr><w:t> is</w:t></w:r>'
        + "</w:p>",
        styles=hidden,
    )
    assert article.text == "The gate is"


def test_raised_digits_and_formulas_are_read_on_one_line() -> None:
    raised = '<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>%s</w:t></w:r>'
    formula = (
        "<m:oMath xmlns:m='m'><m:d><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num>"
        "<m:den><m:r><m:t>b + 1</m:t></m:r></m:den></m:f></m:d>"
        "<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
        "</m:oMath>"
    )
    words = run("10") + raised % "-6" + run(" on the 1") + raised % "st" + run(": ")
    article = read(f"<w:p>{words}{formula}</w:p>")
    assert article.text == "10⁻⁶ on the 1st: (a/(b + 1))c^2"


def test_styles_that_look_like_the_title_are_not_the_title() -> None:
    styles = (
        style("T", "Title") + style("Author", "Author", based_on="T") + style("Own", "x", "", "T")
    )
    article = read(
        paragraph("The Gate", "Own") + paragraph("Ole Brandt", "Author") + paragraph("x"),
        styles=styles,
    )
    assert blocks(article)[:2] == [("heading", "The Gate"), ("paragraph", "Ole Brandt")]


def test_notes_are_read_at_the_end_of_their_section_and_comments_as_comments() -> None:
    def noted(id: int, what: str) -> str:
        return f'<w:p>{run("It is")}<w:r><w:{what}Reference w:id="{id}"/></w:r>{run(" so.")}</w:p>'

    article = read(
        paragraph("One", "berschrift1")
        + noted(2, "footnote")
        + noted(5, "comment")
        + paragraph("Two", "berschrift1")
        + noted(2, "footnote"),
        styles=STYLES,
        footnotes='<w:footnote w:id="0" w:type="separator"><w:p/></w:footnote>'
        f'<w:footnote w:id="2">{paragraph("See above.")}</w:footnote>',
        comments=f'<w:comment w:id="5" w:author="Ole">{paragraph("Is it?")}</w:comment>',
    )
    assert blocks(article) == [
        ("heading", "One"),
        ("paragraph", "It is so."),
        ("paragraph", "It is so."),
        ("comment", "Ole: Is it?"),
        ("paragraph", "[1] See above."),
        ("heading", "Two"),
        ("paragraph", "It is so."),
    ]
    assert place(article, "See above") == ("One",)


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('In the box.')}</w:txbxContent>"
    both = (
        '<mc:AlternateContent xmlns:mc="m"><mc:Choice><w:drawing>'
        f"{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent>"
    )
    article = read(f"<w:p>{run('Before')}<w:r>{both}</w:r>{run(' and after.')}</w:p>")
    assert blocks(article) == [("paragraph", "Before and after."), ("paragraph", "In the box.")]


def test_a_chart_is_read_after_its_paragraph() -> None:
    from tests.test_pptx import chart

    body = (
        f"<w:p>{run('Before')}<w:r><c:chart xmlns:c='c' id='r2'/></w:r>{run(' and after.')}</w:p>"
    )
    members = {
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
        "word/_rels/document.xml.rels": relationships(("styles", "x"), ("chart", "charts/1.xml")),
        "word/charts/1.xml": chart("", ("Built", "0.25"), ("Lost", "0.5"), code="0%"),
    }
    article = parsed(zipped(members), "a.docx")
    check_structure(article)
    assert [words for _, words in blocks(article)] == [
        *["Before and after.", "| Built | Lost", "007 | 25% | 50%"],
    ]


def test_pages_are_places_inside_a_paragraph_too() -> None:
    article = read(
        f"<w:p>{run('One ends. ')}<w:r><w:lastRenderedPageBreak/></w:r>{run('Two begins.')}</w:p>"
    )
    assert article.text == "One ends. Two begins."
    assert place(article, "One") == ("about page 1",)
    assert place(article, "Two") == ("about page 2",)


def test_title_and_properties_are_at_the_start() -> None:
    core = (
        '<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:t="t"><dc:title>The Gate</dc:title>'
        "<dc:creator>Ole Brandt</dc:creator><t:created>2031-03-04T10:00:00Z</t:created>"
        "</cp:coreProperties>"
    )
    document = (
        f"<w:document {W}><w:body>{paragraph('THE GATE')}{paragraph('x')}</w:body></w:document>"
    )
    article = parsed(zipped({"word/document.xml": document, "docProps/core.xml": core}), "a.docx")
    check_structure(article)
    assert article.title == "THE GATE"
    assert blocks(article)[0] == ("heading", "THE GATE")
    assert rows(article) == [["Author", "Ole Brandt"]]


def test_lines_of_code_are_one_block_with_their_indentation() -> None:
    article = read(
        paragraph("x") + paragraph("if a:", "Code") + paragraph("    b()", "Code"), styles=STYLES
    )
    assert article.text == "x\n\nif a:\n    b()"
    assert len(article.structure) == 2


def bold(text: str) -> str:
    return f"<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r></w:p>"


def test_short_bold_lines_are_headings_only_where_there_are_no_others() -> None:
    prose = paragraph("They sail.") * 2
    body = bold("The Harbour") + prose + bold("Ships") + prose + bold("They are old.") + prose
    article = read(body)
    headings = [words for kind, words in blocks(article) if kind == "heading"]
    assert headings == ["The Harbour", "Ships"]
    assert article.title == "The Harbour"
    article = read(body + paragraph("Real", "Heading1"))
    assert [words for kind, words in blocks(article) if kind == "heading"] == ["Real"]


def test_a_document_of_pictures_is_named() -> None:
    with pytest.raises(Unreadable) as caught:
        read("<w:p><w:r><w:drawing/></w:r></w:p>")
    assert caught.value.reason == "no text"
