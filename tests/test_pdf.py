"""PDF: words in reading order, paragraphs whole, each at its page, and nothing that is no text."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

import pytest

from index.formats import ocr
from index.formats.base import Document, Unreadable
from index.formats.pdf import PDF, read_pdf
from index.formats.pdf_lines import Segment, lines_of
from index.formats.pdf_pages import PrintedPage
from index.formats.pdf_text import About, write
from index.isolated.reader import IsolatedReader
from index.load import read as read_file
from index.place import place_of
from index.scan import Source
from index.types import Article, Reason, Span
from tests.support.parsed import check_structure
from tests.support.pdf_files import FI, Page, PdfFile, Words, lines
from tests.support.work import check_linear

HOSTILE = (
    "/OpenAction<</S/JavaScript/JS(app.alert(1);while(true){})>>"
    "/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(/etc/passwd)>>]>>>>"
)
STORY = [
    "The lighthouse on the northern cape was built in 1871 of pale granite that",
    "came by barge from the quarry at Torrin. Its lamp burned colza oil, which the",
    "keepers carried up one hundred and sixty steps every evening before sunset.",
]
MORE = [
    "In the second year a storm took the boathouse, and the stores had to be landed",
    "on the open beach below the garden wall.",
]


@pytest.fixture(autouse=True)
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "is_installed", lambda: False)


def read(pages: Sequence[Page | Sequence[Words]], **about: object) -> Document:
    made = [page if isinstance(page, Page) else Page(page) for page in pages]
    document = read_pdf(PdfFile(made, **about).content(), None)  # type: ignore[arg-type]
    check_structure(_article(document))
    return document


def _article(document: Document) -> Article:
    return Article("a.pdf", "/a.pdf", document.title or "a", document.text, "", document.structure)


def blocks(document: Document, kind: str = "") -> list[str]:
    return [
        document.text[block.span.start : block.span.end]
        for block in document.structure
        if not kind or block.kind == kind
    ]


def page_of(document: Document, words: str) -> str:
    start = document.text.index(words)
    return document.structure.label(start)


def refusal(content: bytes) -> tuple[Reason, str]:
    with pytest.raises(Unreadable) as caught:
        read_pdf(content, None)
    return caught.value.reason, caught.value.detail


def test_lines_become_paragraphs_and_each_word_is_on_its_page() -> None:
    document = read([lines([*STORY, "", *MORE]), lines(["A second page."])])
    assert blocks(document) == [" ".join(STORY), " ".join(MORE), "A second page."]
    assert page_of(document, "colza oil") == "page 1"
    assert page_of(document, "A second page.") == "page 2"


def test_ligatures_are_letters() -> None:
    document = read([lines([f"The keeper was {FI}rst to {FI}nd the of{FI}ce."])])
    assert document.text == "The keeper was first to find the office."


def test_paragraphs_are_told_by_a_first_line_that_is_indented() -> None:
    first, second = lines(STORY), lines(MORE, y=760 - 3 * 1.3 * 11)
    indented = Words(second[0].text, second[0].x + 14, second[0].y)
    assert blocks(read([[*first, indented, *second[1:]]])) == [" ".join(STORY), " ".join(MORE)]


def test_a_paragraph_goes_on_over_columns_and_pages_and_each_word_keeps_its_page() -> None:
    left = lines(["A paragraph that begins in", "the left column goes on in"], y=140)
    right = lines(["the right one, and from", "there, with no end, to"], x=320, y=760)
    document = read([[*left, *right], lines(["the page that comes next."])])
    assert blocks(document) == [
        "A paragraph that begins in the left column goes on in the right one, and from there, "
        "with no end, to the page that comes next."
    ]
    assert page_of(document, "right one") == "page 1"
    assert page_of(document, "the page that comes next") == "page 2"


def test_notes_at_the_foot_of_a_page_do_not_part_a_paragraph() -> None:
    first = [*lines(["The keeper wrote in his journal every night, and once a"], y=160)]
    first += lines(["1 The journal is kept in the museum at Torrin."], y=90, size=8)
    document = read(
        [[*lines(STORY), *first], lines(["week he sent the pages to the harbour master."])]
    )
    assert "and once a week he sent" in document.text
    assert page_of(document, "week he sent") == "page 2"
    assert page_of(document, "1 The journal") == "page 1"


@pytest.mark.parametrize(
    ("before", "after", "joined"),
    [
        ("They saw the light-", "house again.", "They saw the lighthouse again."),
        ("It was a well-", "known house.", "It was a well-known house."),
        (
            "Its light-",
            "ing, like all lighting, is dear.",
            "Its lighting, like all lighting, is dear.",
        ),
    ],
)
def test_divided_words_are_joined_unless_the_hyphen_is_their_own(
    before: str, after: str, joined: str
) -> None:
    filling = "The keepers of this house on the cape were proud of it. "
    document = read([lines([f"{filling}{before}", after])])
    assert blocks(document) == [f"{filling}{joined}"]
    over_pages = read([lines([*STORY, f"{filling}{before}"]), lines([after])])
    assert blocks(over_pages)[-1].endswith(joined)
    assert page_of(over_pages, joined.split(before[-5:-1])[1][-9:]) == "page 2"


def test_running_heads_and_page_numbers_are_not_read_wherever_they_are() -> None:
    pages = []
    for number in range(6):
        side = "right" if number % 2 else "left"
        head = f"{40 + number} THE STORY OF A LAMP" if side == "left" else "THE STORY OF A LAMP 41"
        pages.append(
            [
                Words(head, 70, 805),
                *lines([f"Part {number} has {number + 100} words in all.", *STORY]),
                Words(f"- {number + 1} -", 280, 30),
            ]
        )
    text = read(pages).text
    assert "STORY OF A LAMP" not in text
    assert "- 3 -" not in text
    assert all(f"Part {number} has {number + 100} words" in text for number in range(6))


def test_a_foot_that_names_its_page_is_not_read_even_in_a_short_file() -> None:
    feet = ["Lamps at Torrin, page 1", "Oils of the south: see page 7"]
    texts = (STORY, MORE)
    pages = [[*lines(t), Words(foot, 70, 40, 9)] for t, foot in zip(texts, feet, strict=True)]
    document = read(pages)
    assert feet[0] not in document.text
    assert feet[1] in document.text  # it names another page


def test_a_running_head_of_a_single_chapter_is_told_by_its_height() -> None:
    heads = ["A Report", "Lamps", "A Report", "Oils", "A Report", "Keepers", "A Report"]
    pages = [[Words(head, 70, 805, 9), *lines(STORY)] for head in heads]
    assert not [head for head in heads if head in read(pages).text]


def test_what_is_all_of_a_file_is_read_even_if_it_looks_like_a_running_head() -> None:
    heads = [Words("THE STORY OF A LAMP", 70, 805)]
    assert read([heads] * 5).text.count("THE STORY OF A LAMP") == 5


def test_what_repeats_in_the_middle_of_the_page_is_read() -> None:
    document = read([lines(["Remember the lamp.", "", *STORY], y=500) for _ in range(4)])
    assert document.text.count("Remember the lamp.") == 4


def test_two_columns_are_read_one_after_the_other_however_the_file_writes_them() -> None:
    left = [f"The left column has line {number} of its own text" for number in range(1, 8)]
    right = [f"The right one has a line {number} of another story" for number in range(1, 8)]
    apart = [*lines(left, size=9), *lines(right, x=320, size=9)]
    together = sorted(apart, key=lambda words: (-words.y, words.x))
    for words in (apart, together):
        text = " ".join(read([words]).text.split())
        assert text.index("left column has line 7") < text.index("right one has a line 1")


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("turned", [False, True])
def test_pages_that_lie_on_their_side_are_turned(rotate: int, turned: bool) -> None:
    upright = lines([*STORY, "", *MORE])
    words = upright
    if turned:  # upwards: what is below comes to the right
        words = [Words(w.text, 300 + (760 - w.y), w.x, w.size, turned=True) for w in upright]
    document = read([Page(words, rotate=rotate)])
    assert blocks(document) == [" ".join(STORY), " ".join(MORE)]


def test_headings_are_told_by_their_letters_and_by_the_outline() -> None:
    page = [
        Words("The Lamp at Torrin", 70, 780, 22, "bold"),
        Words("Building", 70, 740, 15, "bold"),
        *lines(STORY, y=710),
        Words("Keepers", 70, 640, 11, "bold"),
        *lines(MORE, y=610),
    ]
    document = read([page])
    assert document.title == "The Lamp at Torrin"
    assert blocks(document, "heading") == ["The Lamp at Torrin", "Building", "Keepers"]
    place = place_of(_article(document), _span(document, "open beach"))
    assert place == ("The Lamp at Torrin", "Building", "Keepers", "page 1")
    numbered = [*page[:1], Words("1. Building", 70, 740, 15), *page[2:]]
    place = place_of(_article(read([numbered])), _span(read([numbered]), "granite"))
    assert place == ("The Lamp at Torrin", "1. Building", "page 1")
    plain = [Words("1. Building", 70, 740), *lines(STORY, y=710)]
    outlined = read([plain], outline=[("Building", 0)])
    assert blocks(outlined, "heading") == ["1. Building"]


def test_a_heading_is_bold_though_the_file_has_no_blanks_between_its_words() -> None:
    words = [Words("Lamp", 70, 732, font="bold"), Words("oils", 102.4, 732, font="bold")]
    assert blocks(read([[*words, *lines(STORY, y=718)]]), "heading") == ["Lamp oils"]


def test_a_paragraph_that_begins_with_bold_words_is_not_bold() -> None:
    first = [Words("The lighthouse", 70, 760, font="bold"), Words("on the barren", 154, 760)]
    document = read([[*first, *lines(["Torrin cape was built in 1871."], y=760 - 1.3 * 11)]])
    assert len(blocks(document)) == 1


def _span(document: Document, words: str) -> Span:
    start = document.text.index(words)
    return Span(start, start + len(words))


def test_headings_of_one_size_are_not_below_each_other() -> None:
    slides = [
        [Words(f"Topic {name}", 60, 700, 28, "bold"), *lines([f"• About {name} oil"], y=650)]
        for name in ("colza", "whale", "rock")
    ]
    document = read(slides)
    assert place_of(_article(document), _span(document, "whale oil")) == ("Topic whale", "page 2")


def test_what_a_file_says_of_itself_are_records_unless_it_is_of_no_use() -> None:
    about = {"Title": "Lamps", "Author": "Ada Torrin", "CreationDate": "D:20240229120000Z"}
    document = read([lines(STORY)], about=about)
    assert document.title == "Lamps"
    assert blocks(document)[:3] == ["Lamps", "Author: Ada Torrin", "Created: 2024-02-29"]
    useless = {"Title": "Microsoft Word - draft7.doc", "Author": "admin"}
    assert blocks(read([lines(STORY)], about=useless)) == [" ".join(STORY)]


def test_a_title_that_is_printed_is_not_repeated() -> None:
    page = [Words("The Lamp at Torrin", 70, 780, 22, "bold"), *lines(STORY)]
    about = {"Title": "The lamp at Torrin", "Author": "Ada Torrin"}
    assert blocks(read([page], about=about)) == [
        "The Lamp at Torrin", "Author: Ada Torrin", " ".join(STORY),
    ]  # fmt: skip


def test_tables_are_rows_with_the_names_of_their_columns() -> None:
    rows = [("Lamp", "Height", "Year"), ("Torrin", "41 m", "1871"), ("Sker", "", "1902")]
    words = [
        Words(cell, x, 700 - 16 * number, font="" if number else "bold")
        for number, row in enumerate(rows)
        for cell, x in zip(row, (70, 200, 320), strict=True)
        if cell
    ]
    document = read([[*lines(STORY), *words]])
    assert blocks(document, "row") == [
        "Lamp | Height | Year",
        "Torrin | 41 m | 1871",
        "Sker |  | 1902",
    ]
    first, *others = [block for block in document.structure if block.kind == "row"]
    assert first.header is None
    assert {document.structure[block.header or 0] for block in others} == {first}


def test_a_table_goes_on_over_pages_with_the_names_of_its_columns() -> None:
    header, *rows = [("Lamp", "Height", "Year"), *((f"No {n}", f"{n} m", "1871") for n in range(9))]

    def printed(rows: Sequence[Sequence[str]], font: str = "") -> list[Words]:
        return [
            Words(cell, x, 690 - 16 * number, font=font if not number else "")
            for number, row in enumerate(rows)
            for cell, x in zip(row, (70, 200, 320), strict=True)
        ]

    other = [Words("Oil", 70, 600), Words("Colza", 150, 600)]
    other += [Words("Walls", 70, 580), Words("Granite", 150, 580)]
    pages = [printed([header, *rows[:3]], "bold"), printed(rows[3:6]), printed(rows[6:]), other]
    document = read(pages)
    headers = [block.header for block in document.structure if block.kind == "row"]
    assert headers == [None, *[0] * 9, None, None]
    assert page_of(document, "No 4") == "page 2"


def test_cells_of_several_lines_are_put_together_although_the_file_writes_cell_by_cell() -> None:
    rows = [
        ["Risk", "What we do", "Owner"],
        [
            "Storm damage to\nthe boathouse",
            "Stores are landed on the\nopen beach instead",
            "Keeper",
        ],
        ["Loss of oil", "A second tank was built\nin 1873", "Board"],
    ]
    words, top = list(lines(STORY)), 640.0
    for row in rows:
        for cell, x in zip(row, (70, 220, 400), strict=True):
            words += lines(cell.split("\n"), x=x, y=top, size=10)
        top -= 13 * max(cell.count("\n") + 1 for cell in row) + 8
    assert blocks(read([words]), "row") == [" | ".join(row).replace("\n", " ") for row in rows]


def test_names_beside_values_are_records() -> None:
    rows = [("Keeper", "Ada Torrin"), ("Oil", "Colza"), ("Steps", "160")]
    words = [
        Words(cell, x, 700 - 26 * number)
        for number, row in enumerate(rows)
        for cell, x in zip(row, (70, 200), strict=True)
    ]
    wrapped = Words("of Sker", 200, 700 - 13)
    document = read([[*lines(STORY), *words[:2], wrapped, *words[2:]]])
    assert blocks(document, "row") == ["Keeper: Ada Torrin of Sker", "Oil: Colza", "Steps: 160"]


@pytest.mark.parametrize(
    ("before", "mark", "after", "written"),
    [
        ("He said.", "12", "", "He said. Then he left."),
        ("He said", "[3]", "", "He said Then he left."),
        ("In Torrin", "7", ",", "In Torrin, Then he left."),
        ("Nearly 10", "6", "", "Nearly 10⁶ Then he left."),
        ("Of 50 m", "2", "", "Of 50 m² Then he left."),
    ],
)
def test_note_marks_are_not_read_and_exponents_are(
    before: str, mark: str, after: str, written: str
) -> None:
    def written_as(size: float, rise: float) -> str:
        raised = f" /F2 {size} Tf {rise} Ts ({mark}) Tj 0 Ts /F2 10 Tf ({after} Then he left.) Tj"
        place = f"BT /F2 10 Tf 1 0 0 1 70 600 Tm ({before}) Tj {raised} ET"
        return read([Page(raw=place.encode("ascii"))]).text

    assert written_as(6, 4) == written
    assert written_as(10, 0) == f"{before}{mark}{after} Then he left."


def test_list_items_and_code_are_blocks_of_their_own() -> None:
    listed = ["• Trim the wick", "• Fill the lamp with oil", "• Wind the clock"]
    code = ["lamp = Lamp(41)", "lamp.light()"]
    page = [
        *lines([*STORY, *listed]),
        *lines(code, y=640, font="mono"),
        *lines(MORE, y=600),
    ]
    document = read([page])
    assert blocks(document, "item") == listed
    assert blocks(document, "code") == ["\n".join(code)]
    assert blocks(document, "paragraph") == [" ".join(STORY), " ".join(MORE)]


def test_the_values_of_form_fields_are_read() -> None:
    page = Page([Words("Keeper", 70, 705), Words("Lamp", 70, 665)])
    document = read([page], fields={"a": "Ada Torrin", "b": "Colza oil"})
    text = " ".join(document.text.replace("|", " ").split())
    assert "Keeper Ada Torrin" in text
    assert "Lamp Colza oil" in text


def test_pages_without_text_are_named() -> None:
    written, scanned, blank = Page(lines(STORY)), Page(has_picture=True), Page()
    document = read([written, scanned, written, blank, scanned, scanned])
    assert document.note == "pages 2 and 5–6 of 6 have no text: scanned?"
    assert page_of(document, STORY[0]) == "page 1"
    assert read([written, scanned]).note == "page 2 of 2 has no text: scanned?"
    assert read([written, blank]).note == ""


def test_files_that_cannot_be_read_are_refused_with_the_reason() -> None:
    scanned = PdfFile([Page(has_picture=True)] * 3).content()
    reason, detail = refusal(scanned)
    assert reason == "no text"
    assert detail.startswith("its 3 pages have no text: scanned?")
    assert refusal(PdfFile([Page()]).content()) == ("no text", "its pages are blank")
    locked = PdfFile([Page(lines(STORY))], needs_password=True).content()
    assert refusal(locked) == ("encrypted", "it needs a password")
    assert refusal(b"%PDF-1.7\nand nothing else") == ("damaged", "the PDF file cannot be opened")
    assert refusal(b"\0\1\2\3") == ("damaged", "it is not a PDF file")


def test_a_file_with_too_many_pages_or_pages_in_a_circle_is_refused() -> None:
    endless = PdfFile([Page(lines(STORY))], times=100_000).content()
    assert refusal(endless) == ("too large", "100,000 pages; at most 20,000 are read")
    sound = PdfFile([Page(lines(STORY))]).content()
    circle = re.sub(rb"/Kids\[\d+", b"/Kids[1", sound)
    assert refusal(circle) == ("damaged", "page 1 of 1 cannot be opened")
    lying = sound.replace(b"/Count 1", b"/Count 9")
    assert "granite" in read_pdf(lying, None).text


def test_scripts_and_attachments_are_not_read() -> None:
    scripted = PdfFile([Page(lines(STORY))], catalog=HOSTILE).content()
    assert read_pdf(scripted, None).text == " ".join(STORY)


def test_of_an_endless_page_the_beginning_is_read_and_the_rest_is_named() -> None:
    line = b"BT /F0 1 Tf 1 0 0 1 20 %d Tm (" + b"lamp " * 6_000 + b") Tj ET\n"
    endless = Page(raw=b"".join(line % (800 - 20 * number) for number in range(11)))
    document = read([Page(lines(STORY)), endless])
    assert 290_000 < len(document.text) < 301_000
    assert document.note == "page 2 of 2: only the first 300,000 characters were read"


@pytest.mark.slow
def test_small_files_that_take_forever_are_given_up_and_the_page_is_named() -> None:
    page = Page(lines([*STORY, "", *MORE] * 8))
    content = PdfFile([page], times=19_000).content()
    with IsolatedReader() as reader, pytest.raises(Unreadable) as caught:
        reader.seconds = 1
        reader.read(PDF, content, None)
    assert caught.value.reason == "too slow"
    assert re.search(r"page [\d,]+ of 19,000 was reached", caught.value.detail)


@pytest.mark.slow
@pytest.mark.parametrize(
    "place",
    [
        lambda n, _: (20 + n % 7 * 60, n * 37 % 800),
        lambda n, _: (20, 800 - n / 10),
        lambda n, _: (20, n / 10),
        lambda n, _: (20 + n % 3 * 150, 800 - n // 3 * 2 - n % 3 / 2),
        lambda n, count: (20 + n % (count // 2) * 9, 800 - n // (count // 2) * 2),
        lambda n, _: (20, 400),
    ],
    ids=["anywhere", "downwards", "upwards", "cells", "wide rows", "at one place"],
)
def test_a_page_of_many_words_is_put_in_order_in_linear_time(
    place: Callable[[int, int], tuple[float, float]],
) -> None:
    def put_in_order(count: int) -> None:
        spots = (place(number, count) for number in range(count))
        segments = (
            Segment(f"Word {n % 50} of it", x, x + 3, base, 1.0, n % 9 == 0, False, False)
            for n, (x, base) in enumerate(spots)
        )
        page = PrintedPage(list(lines_of(segments)), 595, 842)
        write([page], About("", "", "", ""), [])

    check_linear(put_in_order, 4_000)


def test_letters_that_stand_for_others_are_garbled() -> None:
    letters = "abcdefghijklmnopqrstuvwxyz"
    shifted = str.maketrans(letters, letters[3:] + letters[:3])
    text = [line.translate(shifted) for line in [*STORY, *MORE] * 4]
    assert refusal(PdfFile([Page(lines(text))]).content())[0] == "garbled"


def test_text_that_is_named_like_a_pdf_file_is_read_as_text() -> None:
    assert read_pdf(b"The lamp was lit.", None).text == "The lamp was lit."


@pytest.mark.slow
def test_a_file_is_read_in_a_process_of_its_own() -> None:
    content = PdfFile([Page(lines(STORY)), Page(has_picture=True)]).content()
    loaded = read_file(Source("a.pdf", "/a.pdf", len(content), 0, content))
    assert loaded.article.text == " ".join(STORY)
    assert loaded.note == "page 2 of 2 has no text: scanned?"


@pytest.mark.slow
def test_a_damaged_file_gives_a_reason_or_the_text_that_is_left() -> None:
    sound = PdfFile([Page(lines([*STORY, "", *MORE]))] * 3, about={"Title": "Lamps"}).content()
    random_bytes = random.Random(13)
    for _ in range(100):
        content = bytearray(sound)
        if random_bytes.random() < 0.5:
            del content[random_bytes.randrange(len(content)) :]
        for _ in range(random_bytes.randrange(1, 20)):
            if content:
                content[random_bytes.randrange(len(content))] = random_bytes.randrange(256)
        try:
            document = read_pdf(bytes(content), None)
        except Unreadable as error:
            assert error.reason in ("damaged", "no text", "garbled", "encrypted", "encoding")
        else:
            check_structure(_article(document))
