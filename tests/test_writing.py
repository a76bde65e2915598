"""A writer's text says what was written, and its structure says where."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from index.formats.writing import Writer
from index.types import Article, Span
from tests.support.parsed import blocks, check_structure, kinds, rows
from tests.support.work import check_linear

WORDS = st.text(st.sampled_from("ab \n\t\r|:\xa0\xad\u200b\0é👍\ud800"), max_size=12)
PROSE = st.sampled_from(["heading", "paragraph", "item", "code", "quote", "caption", "furniture"])


@dataclass(frozen=True)
class Step:
    """A call of a writer's method."""

    method: str
    kind: str
    text: str
    texts: list[str]
    level: int
    with_header: bool


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(["add", "extend", "row", "record", "label"]),
        PROSE,
        WORDS,
        st.lists(WORDS, max_size=4),
        st.integers(0, 9),
        st.booleans(),
    ),
    max_size=12,
)


def article_of(writer: Writer) -> Article:
    document = writer.document(None)
    return Article("a", "a", "a", document.text, "", document.structure)


def visible(text: str) -> str:
    """Return the words of a text, white space and soft hyphens aside, as they can be stored."""
    valid = text.replace("\0", "\ufffd").replace("\ud800", "\ufffd").replace("\xad", "")
    return "".join(valid.replace("\u200b", "").split())


@given(STEPS)
def test_the_text_has_all_that_was_written_and_its_structure_is_valid(steps: list[Step]) -> None:
    writer, last_row, expected = Writer(), None, ""
    for step in steps:
        if step.method == "add":
            writer.add(step.kind, step.text, level=step.level)  # type: ignore[arg-type]
            expected += visible(step.text)
        elif step.method == "extend":
            writer.extend(step.text)
            expected += visible(step.text)
        elif step.method == "row":
            number = writer.row(step.texts, header=last_row if step.with_header else None)
            last_row = last_row if number is None else number
            expected += visible("".join(step.texts)).replace("|", "")
        elif step.method == "record":
            writer.record("Key", step.text)
            expected += f"Key:{visible(step.text)}" if visible(step.text) else ""
        else:
            writer.label(step.text)
    article = article_of(writer)
    article.text.encode("utf-8")
    check_structure(article)
    assert len(writer) == len(article.text)
    assert visible(article.text).replace("|", "") == expected.replace("|", "")


def test_blocks_are_separated_by_a_blank_line_and_rows_and_items_are_not() -> None:
    writer = Writer()
    writer.add("heading", "The  Mill", level=1)
    writer.record("Author", "Jane\nDoe")
    writer.record("Date", "")
    writer.record("Site", "Aldmoor News")
    writer.add("paragraph", "It was\nbuilt in\t1861.")
    writer.add("item", "wheel", level=1)
    writer.add("item", "spokes", level=2)
    header = writer.row(["Year", "Owner", ""])
    writer.row(["", "Hester Quill", ""], header=header)
    writer.row(["Another", "table"])
    writer.add("code", "\n\n    def f():\r\n        pass  \n\n")
    article = article_of(writer)
    assert article.text == (
        "The Mill\n\nAuthor: Jane Doe\nSite: Aldmoor News\n\nIt was built in 1861.\n\n"
        "wheel\n  spokes\n\nYear | Owner |\n| Hester Quill |\n\nAnother | table\n\n"
        "    def f():\n        pass"
    )
    assert rows(article) == [
        ["Author", "Jane Doe"],
        ["Site", "Aldmoor News"],
        ["Year", "Owner", ""],
        ["", "Hester Quill", ""],
        ["Another", "table"],
    ]
    assert [block.header for block in article.structure if block.kind == "row"][3] == header
    check_structure(article)


@given(st.sampled_from(["", " ", "\n\n", "\xad", "\u200b\ufeff", "\xa0"]))
def test_a_block_without_anything_to_read_is_not_added(text: str) -> None:
    writer = Writer()
    assert writer.add("paragraph", text) is writer.add("code", text) is None
    assert writer.row([text, text]) is writer.record("Author", text) is None
    assert writer.add("heading", "Mill", level=1) == 0


def test_numbers_of_blocks_count_what_was_added() -> None:
    writer = Writer()
    added = [writer.add("paragraph", text) for text in ("a", "", "b")]
    assert [*added, writer.row(["c"])] == [0, None, 1, 2]


def test_a_label_is_valid_from_the_next_words_on_even_inside_a_paragraph() -> None:
    writer = Writer()
    writer.label("page 1")
    writer.add("paragraph", "It was built")
    writer.label("page 2")
    writer.label("page 3")
    writer.extend("in 1861.")
    writer.extend("num", joiner="")
    article = article_of(writer)
    structure, text = article.structure, article.text
    assert text == "It was built in 1861.num"
    assert structure.label(text.index("built")) == "page 1"
    assert structure.label(text.index("in 1861")) == "page 3"
    labels = structure.labels(Span(0, len(text)))
    assert [(label.text, text[label.start :].split()[0]) for label in labels] == [
        ("page 1", "It"),
        ("page 3", "in"),
    ]
    assert kinds(article) == ["paragraph"]


def test_what_cannot_be_continued_is_followed_by_a_paragraph() -> None:
    writer = Writer()
    writer.add("heading", "Mill", level=1)
    writer.extend("It was built.")
    assert blocks(article_of(writer)) == [("heading", "Mill"), ("paragraph", "It was built.")]


def test_furniture_is_never_read() -> None:
    writer = Writer()
    writer.add("furniture", "12 | Annual report")
    assert blocks(article_of(writer)) == [("furniture", "")]


def test_a_title_is_one_line() -> None:
    assert Writer().document(" The\nMill\xad ").title == "The Mill"
    assert Writer().document(" ").title is None


def test_time_is_linear_in_the_size() -> None:
    def write(size: int) -> None:
        writer = Writer()
        for _ in range(size):
            writer.add("paragraph", "one two")
            writer.extend("three")
            writer.row(["a", "b"])
        writer.document("x")

    check_linear(write, 10_000)
