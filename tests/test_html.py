"""Of a web page, its main text is read as blocks, and what it says about itself as records."""

from __future__ import annotations

import re

import pytest

from index.formats.base import Unreadable
from index.formats.html import HTML, WHOLE_HTML
from index.place import place_of
from index.types import Article, Span
from tests.support.parsed import blocks, check_structure, rows

HEAD = """<!DOCTYPE html><html><head><title>The mill of Aldmoor - Aldmoor News</title>
<meta name="author" content="Jane Doe"><meta property="og:site_name" content="Aldmoor News">
<meta property="article:published_time" content="2031-03-04T10:00:00+01:00">
<link rel="canonical" href="https://news.example.org/mill"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">All the news</a></li></ul></nav>
<script>var price = "forty crowns";</script><style>p { color: red }</style>
<article><h1>The mill of Aldmoor</h1>
"""
PROSE = """<p>The mill of Aldmoor was built in 1861 by <b>Hester</b> Quill, who had come from
Netherby with two carts and a mule, and with no money at all, as she told the children later.</p>
<p>For forty years it ground the corn of seven villages, and it was never once repaired in all
that time, although the river rose over its threshold in three winters of the four.</p>
"""
FOOT = """</article><section id="comments" class="comments"><p>I never liked this mill, and I say
so here in my comment.</p></section><footer><p>Imprint, cookies and terms of use</p></footer>
</body></html>"""
RECORDS = [
    ("row", "Author: Jane Doe"),
    ("row", "Date published: 2031-03-04"),
    ("row", "Site: Aldmoor News"),
    ("row", "Address: https://news.example.org/mill"),
]


def read(page: str | bytes, encoding: str | None = None) -> Article:
    """Return a page as an article. In this process, which is faster than in its own."""
    content = page.encode() if isinstance(page, str) else page
    document = HTML.read(content, encoding)
    title = document.title or ""
    article = Article("a.html", "a.html", title, document.text, "", document.structure)
    check_structure(article)
    return article


def note_of(page: str) -> str:
    return HTML.read(page.encode(), None).note


def body(page: str) -> list[tuple[str, str]]:
    """Return the blocks of a page whose main text this is, without what comes before it."""
    return blocks(read(f"{HEAD}{PROSE}{page}{PROSE}{FOOT}"))[7:-2]


def test_the_main_text_is_read_with_the_title_and_what_the_page_says_about_itself() -> None:
    article = read(f"{HEAD}{PROSE}{FOOT}")
    assert article.title == "The mill of Aldmoor"
    found = blocks(article)
    assert found[0] == ("heading", "The mill of Aldmoor")
    assert found[1:5] == RECORDS
    assert [kind for kind, _ in found[5:]] == ["paragraph", "paragraph"]
    assert "was built in 1861 by Hester Quill, who had come from Netherby with" in article.text
    assert note_of(f"{HEAD}{PROSE}{FOOT}") == ""


@pytest.mark.parametrize(
    "unwanted", ["All the news", "forty crowns", "color", "comment", "cookies"]
)
def test_navigation_scripts_styles_comments_and_footers_are_not_read(unwanted: str) -> None:
    assert unwanted not in read(f"{HEAD}{PROSE}{FOOT}").text


def test_headings_are_places() -> None:
    article = read(f"{HEAD}{PROSE}<h2>The wheel</h2><h3>Its rim</h3>{PROSE}{FOOT}")
    last = article.text.rindex("three winters")
    path = ("The mill of Aldmoor", "The wheel", "Its rim")
    assert place_of(article, Span(last, last + 5)) == path


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (
            "<ul><li>oak spokes<ul><li>twelve long ones</li></ul></li><li>an iron rim</li></ul>",
            [("item", "oak spokes"), ("item", "twelve long ones"), ("item", "an iron rim")],
        ),
        (
            "<blockquote><p>It never stopped.</p><p>Not once.</p></blockquote>",
            [("quote", "It never stopped."), ("quote", "Not once.")],
        ),
        (
            "<figure><img src='w.jpg'><figcaption>The wheel in 1901</figcaption></figure>",
            [("caption", "The wheel in 1901")],
        ),
        ("<p>Turn it<br><br>Wait</p>", [("paragraph", "Turn it"), ("paragraph", "Wait")]),
        ("<p>Mill Lane 3,<br>Aldmoor</p>", [("paragraph", "Mill Lane 3, Aldmoor")]),
        (
            "<div><strong>Note</strong> Wear boots, since the floor is wet in winter.</div>",
            [("paragraph", "Note Wear boots, since the floor is wet in winter.")],
        ),
        (
            "<p>It holds 12 m<sup>3</sup> of H<sub>2</sub>O, or&nbsp;so&shy;me more.</p>",
            [("paragraph", "It holds 12 m3 of H2O, or some more.")],
        ),
        (
            "<p>The type of <code>a</code> is <code>int</code>, that of <i>b</i> is not "
            "<code>int</code>, so that <code>a + b</code> is neither <code>a</code> nor "
            "<code>b</code>.</p><ul><li><code>mill</code>: grinds</li></ul>",
            [
                (
                    "paragraph",
                    "The type of a is int, that of b is not int, so that a + b is neither a nor b.",
                ),
                ("item", "mill: grinds"),
            ],
        ),
        (
            "<dl><dt>Rim:</dt><dd>the outer ring of it</dd><dt>Race</dt><dd>its ditch</dd></dl>",
            [("row", "Rim: the outer ring of it"), ("row", "Race: its ditch")],
        ),
    ],
)
def test_a_block_is_what_its_elements_say(page: str, expected: list[tuple[str, str]]) -> None:
    assert body(page) == expected


@pytest.mark.parametrize(
    "mark",
    [
        '<sup><a href="#n1">[1]</a></sup>',
        '<a href="https://x.org/mill#2"><sup>2</sup></a>',
        '<sup id="r1" class="reference"><a href="https://x.org/mill#n1">*</a></sup>',
        '<a class="headerlink" href="#rim">¶</a>',
        '<span class="mw-editsection">[<a href="/edit">edit</a>]</span>',
    ],
)
def test_marks_of_notes_and_headings_are_not_read(mark: str) -> None:
    page = f"<h2>The rim{mark}</h2><p>It is of iron{mark}, and of oak.{mark}</p>"
    expected = [("heading", "The rim"), ("paragraph", "It is of iron, and of oak.")]
    assert body(page) == expected


@pytest.mark.parametrize("text", ["m<sup>3</sup>", 'the <a href="#x">race</a>', "a<sup>th</sup>"])
def test_raised_and_linked_words_are_read(text: str) -> None:
    words = re.sub("<[^>]*>", "", text)
    assert body(f"<p>It holds one {text} or so.</p>") == [
        ("paragraph", f"It holds one {words} or so.")
    ]


def test_code_keeps_its_lines() -> None:
    article = read(f"{HEAD}{PROSE}<pre><code>def f(x):\n    return x\n</code></pre>{PROSE}{FOOT}")
    assert "def f(x):\n    return x\n" in article.text


TABLE = """<table><caption>Owners of the mill</caption>
<thead><tr><th>Year</th><th>Owner</th><th>Rent</th></tr></thead>
<tr><td>1861</td><td>Hester Quill</td><td>40 crowns</td></tr>
<tr><td rowspan="2">1901</td><td>Hugh Starr <ul><li>the miller</li></ul></td><td></td></tr>
<tr><td>Ivy Marsh</td><td>55 crowns</td></tr></table>"""


def test_a_table_has_column_names_and_cells_and_its_caption() -> None:
    article = read(f"{HEAD}{PROSE}{TABLE}{PROSE}{FOOT}")
    assert ("caption", "Owners of the mill") in blocks(article)
    found = rows(article)[4:]
    assert found == [
        ["Year", "Owner", "Rent"],
        ["1861", "Hester Quill", "40 crowns"],
        ["1901", "Hugh Starr; the miller", ""],
        ["1901", "Ivy Marsh", "55 crowns"],
    ]
    numbers = [n for n, block in enumerate(article.structure) if block.kind == "row"][4:]
    assert [article.structure[n].header for n in numbers] == [None, *[numbers[0]] * 3]


@pytest.mark.parametrize(
    ("first", "has_header"),
    [
        ("<td><b>Year</b></td><td><p><strong>Owner</strong></p></td>", True),
        ("<th>Year</th><th>Owner</th>", True),
        ("<td><b>Year</b></td><td>Owner</td>", False),
        ("<th>Year</th><td>Owner</td>", False),
    ],
)
def test_a_row_has_column_names_if_all_of_it_is_marked_or_bold(
    first: str, has_header: bool
) -> None:
    table = f"<table><tr>{first}</tr><tr><td>1861</td><td>Hester Quill</td></tr></table>"
    article = read(f"{HEAD}{PROSE}{table}{PROSE}{FOOT}")
    assert rows(article)[4:] == [["Year", "Owner"], ["1861", "Hester Quill"]]
    headers = [block.header for block in article.structure if block.kind == "row"][4:]
    assert (headers[1] is not None) == has_header


def test_a_table_of_header_cells_alone_has_no_column_names() -> None:
    table = (
        "<table><tr><th>Year</th><th>Owner</th></tr><tr><th>1861</th><th>Quill</th></tr></table>"
    )
    article = read(f"{HEAD}{PROSE}{table}{PROSE}{FOOT}")
    assert rows(article)[4:] == [["Year", "Owner"], ["1861", "Quill"]]
    assert not [block for block in article.structure if block.header is not None]


def test_a_table_that_only_places_parts_of_the_page_is_not_rows() -> None:
    page = f"<table><tr><td><h2>The wheel</h2>{PROSE}</td><td>{PROSE}</td></tr></table>"
    found = blocks(read(f"{HEAD}{page}{FOOT}"))[5:]
    assert [kind for kind, _ in found] == ["heading", *["paragraph"] * 4]


def test_the_title_of_the_text_counts_more_than_that_of_the_window() -> None:
    page = f"{HEAD}{PROSE}{FOOT}".replace("<h1>The mill of Aldmoor", "<h1>The mill, repaired")
    article = read(page)
    assert article.title == "The mill, repaired"
    assert article.text.count("The mill, repaired") == 1


def test_the_name_of_the_site_above_the_title_is_not_the_title() -> None:
    head = HEAD.replace("<article>", "<article><h1>Aldmoor News</h1>")
    page = f"{head}{PROSE}<h2>The wheel</h2>{PROSE}{FOOT}".replace("<h1>The mill", "<h2>The mill")
    article = read(page)
    assert article.title == "The mill of Aldmoor"
    assert ("heading", "Aldmoor News") not in blocks(article)
    last = article.text.rindex("three winters")
    assert place_of(article, Span(last, last + 5)) == ("The mill of Aldmoor", "The wheel")


def test_a_text_that_is_there_again_for_other_screens_is_read_once() -> None:
    again = f'<div style="display:none">{PROSE}</div>'
    text = read(f"{HEAD}{PROSE}{again}<p>It never stopped, they say in Netherby.</p>{FOOT}").text
    assert text.count("three winters") == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "磨坊是一八六一年建造的，河水每年冬天漫过门槛。",
        "بنيت الطاحونة عام ألف وثمانمئة، وكان النهر يفيض كل شتاء.",
    ],
)
def test_pages_in_other_scripts_are_read(sentence: str) -> None:
    prose = "".join(f"<p>{sentence * 4}{number}</p>" for number in range(6))
    article = read(f"<html><head><title>x</title></head><body><article>{prose}</article>")
    assert article.text.count(sentence) == 24


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- saved from url=(0030)https://old.example.org/mill -->",
        "<!--\n Page saved with SingleFile \n url: https://old.example.org/mill \n saved: x-->",
    ],
)
def test_where_the_page_was_saved_from_is_its_address_unless_it_has_its_own(comment: str) -> None:
    page = f"{comment}{HEAD}{PROSE}{FOOT}"
    assert "Address: https://news.example.org/mill" in read(page).text
    page = page.replace('<link rel="canonical" href="https://news.example.org/mill">', "")
    assert "Address: https://old.example.org/mill" in read(page).text


SMALL = """<html><head><title>Ferry</title></head><body><a href="/">Sund Line</a>
<nav><a href="/">Home</a></nav>
<div class="menu"><a href="/a">News</a><p><a href="/b">Sport</a></p><p><a href="/c">Maps</a></p>
</div><h1>Ferry</h1><p>It leaves at ten.</p><div>Tickets cost two crowns.</div><p hidden>Draft</p>
<script>x = "crowns"</script></body></html>"""


def test_all_visible_text_of_a_page_without_main_text_is_read() -> None:
    article = read(SMALL)
    assert "It leaves at ten." in article.text
    assert "Tickets cost two crowns." in article.text
    assert not [
        word for word in ("Sund Line", "Home", "Sport", "Draft", "x =") if word in article.text
    ]


@pytest.mark.parametrize(
    "page",
    ["<html><body></body></html>", "<html><body><script>app()</script><div id=root></div></body>"],
)
def test_a_page_without_text_is_refused(page: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(page)
    assert caught.value.reason == "no text"


def test_a_file_that_is_no_page_is_read_as_text() -> None:
    assert blocks(read("Ferry\n\nIt leaves at 10 < 11, I <think> so.\n"))[-1][0] == "paragraph"


GERMAN = "<p>Die Mühle gehört Jürgen Öllers; sie kostet „fünf“ Taler.</p>"


def encoded(name: str, declaration: str, prose: str = GERMAN) -> bytes:
    return f"<html><head>{declaration}<title>x</title></head><body>{prose}".encode(name)


@pytest.mark.parametrize(
    ("name", "declaration"),
    [
        ("utf-8", ""),
        ("utf-8", "<meta charset=iso-8859-1>"),  # almost nothing else is valid UTF-8
        ("cp1252", "<meta charset=iso-8859-1>"),  # as browsers decode it
        ("cp1252", '<META HTTP-EQUIV=Content-Type CONTENT="text/html; CHARSET=Windows-1252">'),
        ("utf-16", ""),
        ("utf-8-sig", "<meta charset=iso-8859-1>"),
    ],
)
def test_a_page_is_decoded_as_browsers_do(name: str, declaration: str) -> None:
    assert GERMAN[3:-4] in read(encoded(name, declaration)).text


def test_the_encoding_of_an_xml_declaration_is_used() -> None:
    page = '<?xml version="1.0" encoding="windows-1252"?>' + encoded("cp1252", "").decode("cp1252")
    assert GERMAN[3:-4] in read(page.encode("cp1252")).text


def test_names_of_encodings_mean_what_they_mean_to_browsers() -> None:
    assert (
        "東京の水車①" in read(encoded("cp932", "<meta charset=shift_jis>", "<p>東京の水車①")).text
    )
    assert "磨坊镕" in read(encoded("gb18030", "<meta charset=gb2312>", "<p>磨坊镕基")).text


def test_an_encoding_that_is_given_counts_more_than_one_that_is_declared() -> None:
    content = encoded("cp1250", "<meta charset=iso-8859-1>", "<p>Żółw należy do młynarza")
    assert "Żółw należy do młynarza" in read(content, "cp1250").text


@pytest.mark.parametrize("name", ["no-such", "idna", "utf-7", "zip", "rot13"])
def test_a_name_that_is_no_encoding_of_pages_is_ignored(name: str) -> None:
    assert GERMAN[3:-4] in read(encoded("utf-8", f"<meta charset={name}>")).text
    try:
        assert "Taler" in read(encoded("cp1252", f"<meta charset={name}>")).text
    except Unreadable as error:
        assert error.reason == "encoding"


def test_few_invalid_bytes_are_replaced_with_a_note() -> None:
    page = f"{HEAD}{PROSE}<p>Die Mühle gehört Jürgen.</p>{PROSE}{FOOT}".encode()
    for broken in (page.replace(b"J\xc3\xbc", b"J\xfc"), page.replace(b"Jane", b"J\xffane")):
        document = HTML.read(broken, None)
        assert "Die Mühle gehört J" in document.text
        assert document.note == "invalid bytes, read as \ufffd: 1"
        assert document.encoding == "utf-8"


def test_a_page_in_another_encoding_has_no_bytes_replaced() -> None:
    prose = PROSE.replace("children", "k\xfcnder")  # no encoding is declared, nor can be detected
    try:
        document = HTML.read(f"{HEAD}{prose}{FOOT}".encode("cp1252"), None)
    except Unreadable as error:
        assert error.reason == "encoding"
    else:
        assert "k\xfcnder" in document.text


def test_stray_nuls_are_dropped() -> None:
    page = f"{HEAD}{PROSE}{FOOT}".replace("mill", "mi\0ll", 3)
    assert read(page).text == read(page.replace("\0", "")).text
    story = "東京の水車は古い。" * 2_000  # there are few NULs in UTF-16, all of its markup
    assert read(f"<p>{story}</p>".encode("utf-16")).text == story


def described(author: str, *, json: bool = False) -> str:
    if json:
        person = f'{{"@type": "Person", "name": "{author}"}}'
        about = f'"@context": "https://schema.org", "@type": "NewsArticle", "author": {person}'
        return f'<script type="application/ld+json">{{{about}}}</script>'
    return f'<meta name="author" content="{author}">'


@pytest.mark.parametrize("json", [False, True])
@pytest.mark.parametrize(
    "author",
    [
        "J. R. Quill",
        "Dr. Hester O'Quill",
        "Anne-Marie van der Berg",
        "Hester Quill at the Mill",
        "Jane Doe and John Smith",
        "Centre for the Control of Mills and Dams",
    ],
)
def test_an_author_is_read_as_the_page_writes_the_name(author: str, json: bool) -> None:
    head = HEAD.replace('<meta name="author" content="Jane Doe">', described(author, json=json))
    assert ("row", f"Author: {author}") in blocks(read(f"{head}{PROSE}{FOOT}"))


@pytest.mark.parametrize(
    ("byline", "author"),
    [
        ("J. R. Quill", "J. R. Quill"),
        ("By J. R. Quill", "J. R. Quill"),
        ("By Hester Quill in Aldmoor", "Hester Quill"),
        ("Hester Quill on 3 March 2024", "Hester Quill"),
    ],
)
def test_a_byline_names_the_author_without_place_and_date(byline: str, author: str) -> None:
    head = HEAD.replace('<meta name="author" content="Jane Doe">', "")
    page = f'{head}<p class="author-name">{byline}</p>{PROSE}{FOOT}'
    assert ("row", f"Author: {author}") in blocks(read(page))


def test_all_text_that_a_page_shows_is_read_if_that_is_asked_for() -> None:
    hidden = '<p hidden>Not here.</p><div style="display: none">Nor here.</div>'
    text = WHOLE_HTML.read(f"{HEAD}{PROSE}{hidden}{FOOT}".encode(), None).text
    for words in ("All the news", "three winters of the four", "I never liked", "Imprint, cookies"):
        assert words in text
    for words in ("forty crowns", "color: red", "Not here", "Nor here"):
        assert words not in text
    assert text.count("three winters") == 1


@pytest.mark.parametrize("start", ["<body>", ""])
@pytest.mark.parametrize("tag", ["article", "section", "main", "div", "x-page"])
def test_a_page_needs_no_body_element(start: str, tag: str) -> None:
    heading = "<h2>Owners</h2>"
    page = f"<!doctype html><title>Mill</title>{start}<{tag}>{PROSE}{heading}{PROSE}</{tag}>"
    assert ("heading", "Owners") in blocks(read(page))
    assert WHOLE_HTML.read(page.encode(), None).text.count("three winters") == 2


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<h3>The wheel<div>of oak</div></h3>", [("heading", "The wheel of oak")]),
        ("<summary>Who owns it?</summary>", [("heading", "Who owns it?")]),
        (
            "<summary><span>Source</span><h3>The wheel</h3></summary>",
            [("paragraph", "Source"), ("heading", "The wheel")],
        ),
        (f"<h3>The wheel<div>{PROSE}</div>", [("heading", "The wheel")]),
    ],
)
def test_a_heading_is_one_line_and_no_more(markup: str, expected: list[tuple[str, str]]) -> None:
    page = f"<body>{PROSE}<details>{markup}</details><p>It turned for forty years.</p>{PROSE}"
    document = WHOLE_HTML.read(page.encode(), None)
    article = Article("a.html", "a.html", "", document.text, "", document.structure)
    check_structure(article)
    after_prose = blocks(article)[2:]
    assert after_prose[: len(expected)] == expected


MODIFIED = '<meta property="article:modified_time" content="2031-03-04T10:00:00Z">'
PUBLISHED = '<meta property="article:published_time" content="2031-03-04T10:00:00+01:00">'


@pytest.mark.parametrize(
    ("stated", "text", "record"),
    [
        (PUBLISHED, "", "Date published"),
        (PUBLISHED + MODIFIED, "", "Date published"),
        (MODIFIED, "", "Date"),
        (MODIFIED + '<meta name="DC.date" content="2031-03-04">', "", "Date"),
        ('<meta name="DC.date" content="2031-03-04">', "", "Date published"),
        ("", '<time datetime="2031-03-04">4 March 2031</time>', "Date published"),
        ("", '<p>Last updated: <time datetime="2031-03-04">4 March</time></p>', "Date"),
        (
            '<script type="application/ld+json">{"@context": "https://schema.org", "@type": '
            '"Article", "datePublished": "2031-03-04", "dateModified": "2032-01-01"}</script>',
            "",
            "Date published",
        ),
    ],
)
def test_a_date_is_called_that_of_publication_unless_it_may_be_of_a_change(
    stated: str, text: str, record: str
) -> None:
    page = read(f"{HEAD.replace(PUBLISHED, stated)}{PROSE}{text}{PROSE}{FOOT}")
    assert ("row", f"{record}: 2031-03-04") in blocks(page)


def accordion(heading: str, body: str) -> str:
    return (
        f"<div><{heading}><button aria-expanded=false>Who pays for it?</button></{heading}>"
        f"<{body} hidden>The seven villages pay for it together, in corn.</{body}></div>"
    )


@pytest.mark.parametrize(
    ("markup", "kinds"),
    [
        (accordion("h3", "p"), ["heading", "paragraph"]),
        (accordion("h3", "div"), ["heading", "paragraph"]),
        (f"<dl>{accordion('dt', 'dd')}</dl>", ["item", "item"]),
    ],
)
def test_what_opens_on_a_click_is_read_under_its_button(markup: str, kinds: list[str]) -> None:
    found = body(markup)
    assert [kind for kind, _ in found] == kinds
    words = " ".join(words for _, words in found)
    assert "Who pays for it?" in words
    assert "The seven villages pay for it together, in corn." in words


def test_other_buttons_are_not_read() -> None:
    assert "Share" not in read(f"{HEAD}{PROSE}<button>Share this</button>{PROSE}{FOOT}").text


def test_sentences_between_paragraphs_are_read_although_in_no_paragraph() -> None:
    sentence = "The miller kept a book of all the corn that he ground."
    assert body(f"<div>{sentence}</div>") == [("paragraph", sentence)]


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (
            "<p>The mill opens at <time>9:00</time> and closes at <time>17:00</time>.</p>",
            "The mill opens at 9:00 and closes at 17:00.",
        ),
        (
            "<address>The Mill<br>12 River Street<br>Phone: 555-0142</address>",
            "The Mill 12 River Street Phone: 555-0142",
        ),
        ("<address><p>The Mill, 12 River Street</p></address>", "The Mill, 12 River Street"),
    ],
)
def test_times_and_addresses_in_the_text_are_read(markup: str, words: str) -> None:
    assert body(f"<h2>Visits</h2>{markup}") == [("heading", "Visits"), ("paragraph", words)]


LINES = [
    "The mill of Aldmoor was built in 1861 by Hester Quill.",
    "It ground the corn of seven villages for forty years.",
    "The river rose over its threshold in three winters.",
    "It was sold in 1901, and its wheel was broken up.",
]


@pytest.mark.parametrize("between", ["<br><br>", "<p>", "<hr>", "<div></div>", "<br><img src=x>"])
@pytest.mark.parametrize("around", ["body", "center", "td", "font"])
def test_text_in_no_paragraph_is_read_whole(around: str, between: str) -> None:
    cell = around == "td"
    start, end = ("<table><tr><td>", "</table>") if cell else (f"<{around}>", f"</{around}>")
    text = read(f"<title>x</title>{start}<h1>Mill</h1>{between.join(LINES * 3)}{end}").text
    assert all(text.count(line) == 3 for line in LINES)


def test_of_a_short_page_lists_and_tables_are_read() -> None:
    page = f"<title>Pie</title><h1>Pie</h1><p>{LINES[0]}</p><h2>Needed</h2><ul><li>Corn</li></ul>"
    assert blocks(read(page))[2:] == [("heading", "Needed"), ("item", "Corn")]


def test_sections_of_short_items_at_the_end_are_read() -> None:
    end = (
        "<h2>Hours</h2><table><tr><td>Monday</td><td>9–17</td></tr>"
        "<tr><td>Tuesday</td><td>9–12</td></tr></table>"
        "<h2>Needed</h2><ul><li>Corn</li><li>A cart</li></ul><h3>Contact</h3><p>Tel. 555-0142</p>"
    )
    found = blocks(read(f"{HEAD}{PROSE}{end}{FOOT}"))[7:]
    assert found == [
        ("heading", "Hours"),
        ("row", "Monday | 9–17"),
        ("row", "Tuesday | 9–12"),
        ("heading", "Needed"),
        ("item", "Corn"),
        ("item", "A cart"),
        ("heading", "Contact"),
        ("paragraph", "Tel. 555-0142"),
    ]


def test_short_lines_below_a_heading_are_read() -> None:
    lines = "<div><span>Wind</span> <span>12 knots</span></div><div>Sea: calm</div>"
    assert body(f"<h2>Weather</h2>{lines}") == [
        ("heading", "Weather"),
        ("paragraph", "Wind 12 knots"),
        ("paragraph", "Sea: calm"),
    ]
