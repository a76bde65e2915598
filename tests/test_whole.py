"""What is made of a span so that it can be an answer: a whole thing, of one block."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from index.structure import Block, Structure
from index.types import Article, Span
from index.view import plain
from qa.reader.whole import WINDOW_CHARS, whole
from tests.support.articles import unstructured
from tests.support.examples import examples


def made_whole(text: str, marked: str, at: int = 0) -> str | None:
    """Return what is made of the phrase `marked` in a text without structure."""
    start = text.index(marked, at)
    return quoted(unstructured(text), Span(start, start + len(marked)))


def quoted(article: Article, span: Span, *, comments: bool = False) -> str | None:
    found = whole(article, span, comments=comments)
    return None if found is None else article.text[found.start : found.end]


def structured(
    *parts: tuple[str, str], hidden: tuple[str, ...] = (), cells: tuple[str, ...] = ()
) -> Article:
    """Return an article of blocks, each a kind and a text, with hidden texts and cells in them."""
    text = "\n\n".join(part for _, part in parts)
    blocks, spans, position = [], [], 0
    for kind, part in parts:
        blocks.append(Block(Span(position, position + len(part)), kind))  # type: ignore[arg-type]  # a literal
        position += len(part) + 2
    for mark in hidden:
        spans += [Span(*match.span()) for match in regex.finditer(regex.escape(mark), text)]
    found, position = [], 0
    for cell in cells:
        position = text.index(cell, position)
        found.append(Span(position, position + len(cell)))
        position += len(cell)
    of = Structure(blocks, hidden=sorted(spans), cells=found)
    return Article("a", "/a", "a", text, "0" * 64, of)


def marked_in(article: Article, marked: str) -> str | None:
    start = article.text.index(marked)
    return quoted(article, Span(start, start + len(marked)))


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("Add .75oz of gin.", "75oz", ".75oz"),
        ("It seats 1,400 people.", "400", "1,400"),
        ("It rose by 3.5 m.", "3", "3.5 m"),
        ("It fell to −4 °C then.", "4", "−4 °C"),
        ("We met at 10:30 there.", "30", "10:30"),
        ("We met at 10:30 p.m. there.", "10:30", "10:30 p.m."),
        ("Add 1/2 cup of milk.", "2", "1/2 cup"),
        ("Half of it, 50 % or so.", "50", "50 % or so"),
        ("It cost €900 then.", "900", "€900"),
        ("It cost £1.2m then.", "1.2m", "£1.2m"),
        ("It cost US$ 3 billion then.", "3", "US$ 3 billion"),
        ("A file of 200 MB fits.", "200", "200 MB"),
        ("The fee is 2 euros a night.", "2", "2 euros a night"),
        ("He paid 2 euros a day later.", "2", "2 euros"),
        ("It took forty\ndays to come.", "forty", "forty\ndays"),
        ("It took two and a half hours.", "two", "two and a half hours"),
        ("It went at 5 km/h at most.", "5", "5 km/h at most"),
        ("It was 20 m² large.", "20", "20 m²"),
        ("It is off by -0.4 K there.", "0.4", "-0.4 K"),
        ("See 5 mills there.", "5", "5"),
        ("In 1932 a mill burnt.", "1932", "1932"),
        ("One of the mills burnt.", "One", "One"),
        ("The 20-year-old son left.", "year", "20-year-old"),
        ("About one’s life.", "one", "one"),
    ],
)
def test_a_number_is_whole_and_has_its_unit(text: str, marked: str, shown: str) -> None:
    assert made_whole(text, marked) == shown


@pytest.mark.parametrize(
    "hedge",
    ["more than", "less than", "fewer than", "at least", "at most", "up to", "about", "around",
     "approximately", "nearly", "almost", "over", "under", "roughly", "some", "not more than", "c.",
     "ca.", "no fewer than", "well over", "Some", "just under", "as many as"],
)  # fmt: skip
@pytest.mark.parametrize("number", ["1,400", "forty", "2 March 1931", "€900"])
def test_a_hedge_before_a_number_belongs_to_it(hedge: str, number: str) -> None:
    text = f"It was there, {hedge} {number} then."
    assert made_whole(text, number) == f"{hedge} {number}"


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("It holds ~400 barrels.", "400", "~400 barrels"),
        ("Between 5 and 7 miles.", "7", "Between 5 and 7 miles"),
        ("It took 3 to 5 days.", "3", "3 to 5 days"),
        ("It took 3-5 days.", "5", "3-5 days"),
        ("It ran 1990–1995 only.", "1995", "1990–1995"),
        ("It needs ten or more.", "ten", "ten or more"),
        ("It needs more\r\nthan\n9\nor more.", "9", "more\r\nthan\n9\nor more"),
        ("From between 1.5 to 3 bar.", "3", "3 bar"),
        ("It needs 5 hours or so.", "5", "5 hours or so"),
        ("Ann (1839–1899) sang.", "1839", "1839"),
        ("From 1914 to 1918 it ran.", "1914", "1914"),
        ("Some mills burnt.", "mills", "mills"),
        ("A book about men.", "men", "men"),
        ("It is about one of us.", "one", "one"),
    ],
)
def test_a_range_is_whole_unless_its_ends_are_told_apart(
    text: str, marked: str, shown: str
) -> None:
    assert made_whole(text, marked) == shown


@pytest.mark.parametrize(
    "date",
    ["2 February 2031", "12/03/2024", "March 1931", "5 May", "May 5, 1931", "2031-02-14",
     "Friday, 2 May 1931", "1st of June 1900", "Sept. 4, 1812"],
)  # fmt: skip
@pytest.mark.parametrize("part", ["first", "last"])
def test_a_date_is_whole(date: str, part: str) -> None:
    text = f"It came, on {date} in Kelm."
    piece = regex.findall(r"\w+", date)[0 if part == "first" else -1]
    assert made_whole(text, piece, text.index(date)) == date


@pytest.mark.parametrize(
    "name",
    ["https://example.org/club?a=1#b", "www.example.org", "ann.hook@example.org", "/etc/hosts.conf",
     "~/notes/a.txt", "notes/club.md", "C:\\Users\\ann", "4.1.0", "v2.0-rc1", "club.md", "PIO-1384",
     "localhost:8080", "std::vector", "--exclude", ".gitignore", "D.C.", "S.J.", "Ph.D.", "Inc.",
     "No. 5", "C++", "AT&T", "O'Brien", "isn't", "snake_case", "@ann"],
)  # fmt: skip
def test_a_name_is_whole_and_nothing_after_it(name: str) -> None:
    for text in (f"It was {name} there.", f"See ({name}), there.", f"It was {name}"):
        piece = regex.findall(r"\w+", name)[-1]
        assert made_whole(text, piece, text.index(name)) == name


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("The seat is in Washington, D.C. The club", "Washington, D.C", "Washington, D.C."),
        ("It was the end. Next day", "the end", "the end"),
        ("By J. K. Rowling there.", "K. Rowling", "J. K. Rowling"),
        ("By Franklin D. Roosevelt.", "Franklin D", "Franklin D."),
        ("We chose plan B. The mill", "plan B", "plan B"),
        ("It came to an end.The mill", "end", "end"),
        ("See https://example.org/club.", "https://example.org/club", "https://example.org/club"),
        ("See (https://e.org/a_(b)).", "e.org", "https://e.org/a_(b)"),
    ],
)
def test_a_full_stop_belongs_to_abbreviations_only(text: str, marked: str, shown: str) -> None:
    assert made_whole(text, marked) == shown


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("See <https://example.org/club> there.", "<https://e", "https://example.org/club"),
        ("See <https://example.org/club> there.", "See <https", "See <https://example.org/club>"),
        ("By [[Ada Voss|Ada]] there.", "[[Ada Voss|Ada]", "[[Ada Voss|Ada]]"),
        ("In [[Shed#Attic|attic]].", "Attic|attic", "[[Shed#Attic|attic]]"),
        ("In [[Shed#Attic|attic]].", "attic", "attic"),
        ("The **old mill** burnt.", "mill** burnt", "**old mill** burnt"),
        ("Run `git pull --rebase` daily.", "pull", "git pull --rebase"),
        ("Run `git pull --rebase` daily.", "`git pull", "git pull --rebase"),
        ("He said “Penny Lane” once.", "Penny", "Penny Lane"),
        ('He said "I came, I saw" then.', 'saw" then', '"I came, I saw" then'),
        ('He said "I came, I saw" then.', 'I saw"', "I saw"),
        ("The (SEC) rules.", "(SEC", "(SEC)"),
        ("The «old mill (of Kelm)» burnt.", "mill (of", "mill (of Kelm)"),
        ("He is 5'10\" tall, “x.", "5'10\" tall", "5'10\" tall"),
        ("The dogs' bowl's edge.", "dogs' bowl's", "dogs' bowl's"),
        ("a) the mill", "a) the mill", "a) the mill"),
        ("It is f(x, y) here.", "f(x", "f(x, y)"),
        ("Ann's dogs' yard is old.", "Ann's", "Ann's"),
    ],
)
def test_of_a_pair_there_are_both_or_none(text: str, marked: str, shown: str) -> None:
    assert made_whole(text, marked) == shown


@pytest.mark.parametrize(
    ("marked", "shown"),
    [(", the mill:", "the mill"), ("and the mill", "the mill"), ("the mill; or", "the mill"),
     ("- the mill", "the mill"), ("… the mill —", "the mill"), ("And the mill", "And the mill")],
)  # fmt: skip
def test_loose_marks_and_conjunctions_are_trimmed(marked: str, shown: str) -> None:
    assert made_whole(f"It was here {marked} of Kelm.", marked) == shown


@pytest.mark.parametrize("text", ["###", "---", "|", " | ", "`", "and", "—", "**", "...", "()", ""])
def test_markup_and_punctuation_alone_are_no_answer(text: str) -> None:
    assert made_whole(f"See {text} Kelm", text) is None


@pytest.mark.parametrize("text", ["😀", "∞", "東京", "x", "7"])
def test_a_symbol_can_be_an_answer(text: str) -> None:
    assert made_whole(f"See {text} there", text) == text


# Blocks


def test_an_answer_is_in_the_block_with_the_larger_share() -> None:
    article = structured(("paragraph", "It was opened by Ann."), ("item", "Bo came on Friday."))
    assert marked_in(article, "Ann.\n\nBo came") == "Bo came"
    assert marked_in(article, "by Ann.\n\nBo") == "by Ann."
    assert marked_in(structured(("item", "Ann"), ("item", "Bob")), "Ann\n\nBob") == "Ann"


def test_of_a_row_one_cell_answers() -> None:
    row = "| Netherby | 1865 | 120 m |"
    article = structured(("row", row), cells=("Netherby", "1865", "120 m"))
    assert marked_in(article, "by | 1865") == "1865"
    assert marked_in(article, "120") == "120 m"
    assert marked_in(article, " | ") is None


def test_a_blank_line_ends_an_answer_where_no_structure_is_known() -> None:
    for line_end in ("\n", "\r\n", "\r"):
        text = f"Ann met{line_end}Bo in Kelm.{line_end} {line_end}Cy came."
        assert made_whole(text, f"met{line_end}Bo") == f"met{line_end}Bo"
        assert made_whole(text, text[4:]) == text[4 : text.index("Kelm.") + 5]


def test_a_heading_can_be_an_answer_without_its_marks() -> None:
    article = structured(
        ("heading", "### Removed"), ("item", "- The export"), hidden=("### ", "- ")
    )
    assert marked_in(article, "###") is None
    assert marked_in(article, "### Removed") == "Removed"
    assert marked_in(article, "- The export") == "The export"


def test_comments_and_page_furniture_are_no_answers() -> None:
    article = structured(("comment", "It was sold in 1999."), ("furniture", "Page 4"))
    assert marked_in(article, "1999") is None
    assert marked_in(article, "Page 4") is None
    start = article.text.index("1999")
    assert quoted(article, Span(start, start + 4), comments=True) == "1999"


@pytest.mark.parametrize(
    ("text", "marked", "shown"),
    [
        ("By [[Ada Voss|Ada]] there.", "[[Ada Voss|Ada]", "Ada"),
        ("By [[Ada Voss|Ada]] and Bo.", "Ada]] and Bo", "[[Ada Voss|Ada]] and Bo"),
        ("The **old** mill burnt.", "old** mill", "**old** mill"),
        ("The **old** mill burnt.", "**old**", "old"),
        ("More than **1,400** crowns.", "400", "More than **1,400** crowns"),
        ("Run `git pull --rebase` now.", "pull", "git pull --rebase"),
        ("In the Rail-\nway Inn.", "way", "Rail-\nway"),
    ],
)
def test_what_is_hidden_neither_begins_nor_ends_an_answer(
    text: str, marked: str, shown: str
) -> None:
    hidden = ("[[Ada Voss|", "]]", "**", "`", "-\n")
    assert marked_in(structured(("paragraph", text), hidden=hidden), marked) == shown


# Properties

FRAGMENTS = [
    "word ", "Ann met Bo. ", "“Really?” ", "(see p. 3) ", "1,400 ", "more than ", "€9 ", "2 March ",
    "1932", " MB", "\n", "\r\n", " ", "\xa0", ",", ";", ":", "!", ".", '"', "'", "e\u0301",
    "👨‍👩‍👧‍👦", "🇫🇷", "👍🏽", "‼️", "(", ")", "[", "]", "«", "»", "<", ">", "[[a|b]]",
    "**", "`", "`x y`", "|",
    "東京で会議。", "नमस्ते ", "𝕏", "https://e.org/a_(b) ", "a.b", "D.C. ", "and ", "-", "–", "...",
]  # fmt: skip
ANY_TEXT = st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Articles of blocks with cells and hidden spans, or without a structure."""
    text, blocks, cells, hidden = "", [], [], []
    kinds = ("heading", "paragraph", "item", "row", "code", "comment", "furniture")
    for _ in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(kinds))
        start = len(text)
        for _ in range(draw(st.integers(1, 3))):
            part = draw(ANY_TEXT)
            if kind == "row":
                cells.append(Span(len(text), len(text) + len(part)))
                part += "|"
            elif draw(st.booleans()):
                mark = draw(st.sampled_from(["**", "](x)", "# ", "-\n", "[[a|"]))
                hidden.append(Span(len(text) + len(part), len(text) + len(part) + len(mark)))
                part += mark
            text += part
        if len(text) > start:
            blocks.append(Block(Span(start, len(text)), kind))  # type: ignore[arg-type]  # a literal
        text += "\n"
    structure = Structure(blocks, cells=cells, hidden=hidden)
    return Article("a", "/a", "a", text or draw(ANY_TEXT), "0" * 64, structure)


@st.composite
def places(draw: st.DrawFn) -> tuple[Article, Span]:
    article = draw(articles())
    start = draw(st.integers(0, len(article.text)))
    return article, Span(start, draw(st.integers(start, len(article.text))))


def region_of(article: Article, span: Span) -> Span:
    """Return the block or cell that a whole span is in; all of the article without structure."""
    structure = article.structure
    if not len(structure):
        return Span(0, len(article.text))
    number = structure.at(span.start)
    assert number is not None
    block = structure[number].span
    return next((cell for cell in structure.cells(block) if cell.overlap(span)), block)


@examples(200)
@given(places())
def test_a_whole_span_is_in_one_block_and_stays_as_it_is(place: tuple[Article, Span]) -> None:
    article, span = place
    found = whole(article, span)
    if found is None:
        return
    assert region_of(article, found).contains(found)
    assert whole(article, found) == found
    assert found.start >= span.start - WINDOW_CHARS
    assert found.end <= span.end + WINDOW_CHARS


@examples(200)
@given(places())
def test_a_whole_span_cuts_no_word_and_no_grapheme(place: tuple[Article, Span]) -> None:
    article, span = place
    found = whole(article, span)
    if found is None:
        return
    region = region_of(article, found)
    view = plain(article, region)
    shown = view.find(found)
    assert shown is not None
    for pattern in (r"\X", r"[a-zA-Z0-9_\u0301\p{Devanagari}]+"):
        for match in regex.finditer(pattern, view.text):
            for offset in shown:
                assert not match.start() < offset < match.end()


@examples(200)
@given(places())
def test_a_whole_span_begins_and_ends_outside_of_what_is_hidden(
    place: tuple[Article, Span],
) -> None:
    article, span = place
    found = whole(article, span)
    if found is None:
        return
    shown = plain(article, found).text
    assert any(c.isalnum() or not c.isascii() for c in shown)
    is_kept_whole = any(marks in article.text for marks in ("`", "[["))
    assert is_kept_whole or shown.strip(" \t\r\n,;:|") == shown
    for hidden in article.structure.hidden(Span(0, len(article.text))):
        assert not hidden.start < found.start < hidden.end
        assert not hidden.start < found.end < hidden.end


@examples(200)
@given(ANY_TEXT, st.data())
def test_a_whole_span_has_the_words_of_the_span(text: str, data: st.DataObject) -> None:
    text = regex.sub(r"\s+", " ", text)
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    found = whole(unstructured(text), span)
    for word in regex.finditer(r"\w+", text):
        inside = Span(*word.span())
        if inside.overlap(span) and word[0] != "and":
            assert found is not None
            assert found.contains(Span(max(inside.start, span.start), min(inside.end, span.end)))


PLAIN = ["word ", "Ann ", "1,400", " ", ", ", ". "]
NESTED = st.recursive(
    st.lists(st.sampled_from(PLAIN), max_size=4).map("".join),
    lambda inner: st.builds(
        lambda pair, before, inside, after: before + pair[0] + inside + pair[1] + after,
        st.sampled_from(["()", "[]", "«»", "{}"]), inner, inner, inner,
    ),
    max_leaves=5,
)  # fmt: skip


@examples(200)
@given(NESTED, st.data())
def test_brackets_of_a_whole_span_are_balanced(text: str, data: st.DataObject) -> None:
    text = text[:WINDOW_CHARS]
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    found = quoted(unstructured(text), span) or ""
    if len(text) < WINDOW_CHARS:
        left = regex.sub(r"[^()\[\]«»{}]", "", found)
        while (shorter := regex.sub(r"\(\)|\[\]|«»|\{\}", "", left)) != left:
            left = shorter
        assert left == ""


def test_only_what_is_near_is_looked_at() -> None:
    """Else a file of one line would take minutes."""

    class Watched(str):
        sliced = 0

        def __getitem__(self, key: object) -> str:
            found = str.__getitem__(self, key)  # type: ignore[index]  # an int or a slice
            Watched.sliced += len(found)
            return found

    text = Watched("(word “and` 5 " * 20_000)
    found = whole(unstructured(text), Span(140_000, 140_020))
    assert found is not None
    assert Watched.sliced < 100 * WINDOW_CHARS


@pytest.mark.parametrize("invisible", ["\u200b", "\u2060", "\xad"])
def test_an_invisible_character_does_not_end_a_word(invisible: str) -> None:
    text = f"so .a{invisible}word it is"
    assert quoted(unstructured(text), Span(3, 4)) == f".a{invisible}word"
