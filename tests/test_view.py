"""Views: other words than the article's, each with its place in the article."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from index.place import context_of, place_of
from index.structure import KINDS, Block, Label, Structure
from index.types import Article, Span
from index.view import View, plain, shown
from index.wording import encoded_text, reading_view, searched_words

FRAGMENTS = [
    "word ",
    "chair-\nman ",
    "👩‍👧",
    "e\u0301",
    "\r\n",
    "| a | b |",
    "# ",
    "\n\n",
    "東京",
    " ",
    "​",
]
TEXTS = st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=40).map("".join)


def parts_of(draw: st.DrawFn, whole: Span, most: int) -> list[Span]:
    """Draw parts of a span, in order, that do not overlap."""
    borders = sorted(draw(st.lists(st.integers(whole.start, whole.end), max_size=most)))
    return [Span(*pair) for pair in list(pairwise(borders))[::2]]


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Draw an article with any structure that a format could give it."""
    text = draw(TEXTS)
    blocks: list[Block] = []
    cells: list[Span] = []
    hidden: list[Span] = []
    header = None
    for span in parts_of(draw, Span(0, len(text)), 16):
        if not span:
            continue
        kind = draw(st.sampled_from(KINDS))
        block = Block(span, kind, draw(st.integers(0, 7)), header if kind == "row" else None)
        if kind == "row":
            own = parts_of(draw, span, 6)
            cells += own
            header = draw(st.sampled_from([None, header, len(blocks)]))
        hidden += [part for part in parts_of(draw, span, 4) if part]
        blocks.append(block)
    labels = [Label(0, "0:01")] if draw(st.booleans()) else []
    structure = Structure(blocks, cells=cells, hidden=hidden, labels=labels)
    return Article("notes/a.md", "/notes/a.md", "A title", text, "0" * 64, structure)


def a_span(draw: st.DrawFn, length: int) -> Span:
    start, end = sorted(draw(st.tuples(*[st.integers(0, length)] * 2)))
    return Span(start, end)


def check(view: View, article: Article, draw: st.DrawFn) -> None:
    """Every span that comes back is inside the article, in order, and joins to what is said."""
    asked = a_span(draw, len(view.text))
    parts = view.parts(asked.start, asked.end)
    assert all(part and part.end <= len(article.text) for part in parts)
    said = view.text[asked.start : asked.end]
    position = 0
    for part in parts:  # the added words are all that is skipped
        position = said.index(article.text[part.start : part.end], position) + len(part)
    whole = view.span(asked.start, asked.end)
    assert (whole is None) == (not parts)
    if whole:
        assert all(whole.contains(part) for part in parts)
    for one, other in pairwise(view.slices):
        assert one.end <= other.start


@given(articles(), st.data())
def test_a_plain_view_is_the_text_without_what_is_hidden(
    article: Article, data: st.DataObject
) -> None:
    span = a_span(data.draw, len(article.text))
    view = plain(article, span)
    hidden = {n for part in article.structure.hidden(span) for n in range(part.start, part.end)}
    left = [n for n in range(span.start, span.end) if n not in hidden]
    assert view.text == "".join(article.text[n] for n in left)
    assert [n for part in view.slices for n in range(part.start, part.end)] == left
    check(view, article, data.draw)


@given(articles(), st.data())
def test_whatever_is_read_leads_back_to_the_article(article: Article, data: st.DataObject) -> None:
    span = a_span(data.draw, len(article.text))
    view = reading_view(article, span)
    position = 0
    for offset, part in zip(view.starts, view.slices, strict=True):
        assert offset >= position
        position = offset + len(part)
        assert view.text[offset:position] == article.text[part.start : part.end]
    for part in view.slices:
        assert view.find(part) is not None


@given(articles(), st.data())
def test_any_passage_can_be_worded_and_placed(article: Article, data: st.DataObject) -> None:
    span = a_span(data.draw, len(article.text))
    assert "a" in searched_words(article, span).title.split()
    assert encoded_text(article, span).endswith(plain(article, span).text)
    for part in (*context_of(article, span), *place_of(article, span)):
        assert part == " ".join(part.split())


TABLE = "# Stations\n\n| Station | Opened |\n|---|---|\n| Aldmoor | 1861 |\n| Netherby | |"


def table() -> Article:
    """Return an article with a table, with the structure that Markdown would give it."""

    def at(words: str) -> Span:
        start = TABLE.index(words)
        return Span(start, start + len(words))

    header = at("| Station | Opened |\n|---|---|")
    rows = [at("| Aldmoor | 1861 |"), at("| Netherby | |")]
    blocks = [Block(at("# Stations"), "heading", 1), Block(header, "row")]
    blocks += [Block(row, "row", header=1) for row in rows]
    last = rows[1].end - 1
    cells = [
        at("Station "),
        at("Opened"),
        at("Aldmoor"),
        at("1861"),
        at("Netherby"),
        Span(last, last),
    ]
    cells[0] = Span(header.start + 2, header.start + 9)
    structure = Structure(blocks, cells=cells, hidden=[at("# "), at("\n|---|---|")])
    return Article("s.md", "/s.md", "Stations", TABLE, "0" * 64, structure)


def test_a_row_is_read_with_the_names_of_its_columns() -> None:
    article = table()
    assert reading_view(article, Span(TABLE.index("| Aldmoor"), len(TABLE))).text == (
        "Stations\nStation: Aldmoor; Opened: 1861\nStation: Netherby"
    )
    assert reading_view(article, Span(0, len(TABLE))).text == (
        "Stations\n\n\nStation: Aldmoor; Opened: 1861\nStation: Netherby"
    )


def test_a_cell_that_is_read_is_quoted_from_the_article() -> None:
    article = table()
    view = reading_view(article, Span(TABLE.index("| Aldmoor"), len(TABLE)))
    start = view.text.index("1861")
    span = view.span(start, start + 4)
    assert span == Span(TABLE.index("1861"), TABLE.index("1861") + 4)
    start = view.text.index("Opened")
    assert view.span(start, start + len("Opened")) is None, "a column's name is no answer"


def test_a_row_is_encoded_with_the_names_of_its_columns() -> None:
    article = table()
    row = Span(TABLE.index("| Netherby"), len(TABLE))
    assert encoded_text(article, row) == "Stations\nStation, Opened\n| Netherby | |"
    assert searched_words(article, row).path.split() == ["Stations", "Station", "Opened"]


def test_a_title_from_the_name_of_a_file_is_read_and_never_quoted() -> None:
    text = "Born in 1839 in Kelm."
    structure = Structure([Block(Span(0, len(text)), "paragraph")])
    article = Article("Jan Hook.md", "/Jan Hook.md", "Jan Hook", text, "0" * 64, structure)
    view = reading_view(article, Span(0, len(text)))
    assert view.text == f"Jan Hook\n{text}"
    assert view.span(0, len("Jan Hook\n")) is None


def test_a_word_parted_at_a_line_end_is_shown_whole() -> None:
    text = "the Rail-\n  way Inn"
    structure = Structure([Block(Span(0, len(text)), "paragraph")], hidden=[Span(8, 12)])
    article = Article("a.txt", "/a.txt", "A", text, "0" * 64, structure)
    assert shown(article, Span(4, len(text))) == "Railway Inn"
