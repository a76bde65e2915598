"""Markdown has its structure: what it says is read, how it is marked up is not."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.place import column_names, place_of
from index.span import Span
from index.types import Article
from index.view import plain, shown
from tests.support.articles import article_of
from tests.support.fuzz import check_structure
from tests.support.work import cpu_seconds

Blocks = list[tuple[str, str]]


def blocks_of(text: str, name: str = "a.md") -> Blocks:
    """Return the kind and the words of each block that is read."""
    article = article_of(text, name)
    check_structure(article)
    return [
        (block.kind, shown(article, block.span))
        for block in article.structure
        if block.kind != "furniture"
    ]


def cells_of(article: Article) -> list[list[str]]:
    return [
        [article.text[cell.start : cell.end] for cell in article.structure.cells(block.span)]
        for block in article.structure
        if block.kind == "row"
    ]


WORD = st.sampled_from("mill weir ferry 1811 Brandt Straße 水車 kiln’s 75 😀".split())
WORDS = st.lists(WORD, min_size=1, max_size=5).map(" ".join)
MARKED = st.one_of(
    WORDS.map(lambda words: (words, words)),
    *(
        WORDS.map(lambda words, mark=mark: (f"{mark}{words}{mark}", words))
        for mark in ("*", "**", "_", "__", "~~", "`", "``", "***")
    ),
    WORDS.map(lambda words: (f"[{words}](other.md)", words)),
    WORDS.map(lambda words: (f"[{words}](<other file.md> 'A title')", words)),
    WORDS.map(lambda words: (f"![{words}](picture.png)", words)),
    WORDS.map(lambda words: (f"[[{words}]]", words)),
    WORDS.map(lambda words: (f"[[A page#Part|{words}]]", words)),
    WORDS.map(lambda words: (f"<!-- hidden --> {words}", words)),
    WORDS.map(lambda words: (f"<b>{words}</b>", words)),
    WORDS.map(lambda words: (f"%%hidden%% {words}", words)),
    st.just((r"\*", "*")),
    st.just(("a &amp; b", "a & b")),
    st.just(("<https://example.org/a>", "https://example.org/a")),
)
LINE = st.lists(MARKED, min_size=1, max_size=4).map(
    lambda parts: (" ".join(one for one, _ in parts), " ".join(two for _, two in parts))
)
"""Markdown on one line, and what it says."""
BLOCK = st.one_of(
    LINE.map(lambda line: (f"so {line[0]}", [("paragraph", f"so {line[1]}")])),
    LINE.map(
        lambda line: (
            f"so {line[0]}\nand {line[0]}",
            [("paragraph", f"so {line[1]} and {line[1]}")],
        )
    ),
    st.builds(
        lambda level, line, closing: (
            f"{'#' * level} so {line[0]}{closing}",
            [("heading", f"so {line[1]}")],
        ),
        st.integers(1, 6),
        LINE,
        st.sampled_from(["", " #", " ####  "]),
    ),
    st.builds(
        lambda line, mark: (f"so {line[0]}\n{mark}", [("heading", f"so {line[1]}")]),
        LINE,
        st.sampled_from(["===", "---", "-"]),
    ),
    st.builds(
        lambda mark, one, two: (
            f"{mark} so {one[0]}\n{mark} so {two[0]}\n  and more\n\n<!-- -->",
            [("item", f"so {one[1]}"), ("item", f"so {two[1]} and more")],
        ),
        st.sampled_from("-*+"),
        LINE,
        LINE,
    ),
    LINE.map(
        lambda line: (
            f"> so {line[0]}\n> - so {line[0]}\n\n<!-- -->",
            [("quote", f"so {line[1]}"), ("item", f"so {line[1]}")],
        )
    ),
    WORDS.map(lambda words: (f"```sh\n# {words}\n```", [("code", f"# {words}")])),
    WORDS.map(lambda words: (f"~~~\n\n* {words}\n~~~", [("code", f"* {words}")])),
    WORDS.map(
        lambda words: (f"<!-- {words}\n\n# {words} -->", [("comment", f"{words} # {words}")])
    ),
    WORDS.map(lambda words: (f"%%\n{words}\n%%", [("comment", words)])),
    WORDS.map(lambda words: (f"<div>\n<p>{words}</p></div>", [("paragraph", words)])),
    st.just(("***", [])),
    st.builds(
        lambda one, two: (
            f"| so {one[0]} | b |\n|---|:-:|\n| so {two[0]} | |\n",
            [("row", f"so {one[1]} b"), ("row", f"so {two[1]}")],
        ),
        LINE.filter(lambda line: "|" not in line[0]),
        LINE.filter(lambda line: "|" not in line[0]),
    ),
)


@given(st.lists(BLOCK, min_size=1, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_blocks_say_is_read_and_their_markup_is_not(
    blocks: list[tuple[str, Blocks]], line_end: str
) -> None:
    text = "\n\n".join(source for source, _ in blocks)
    expected = [said for _, says in blocks for said in says]
    assert blocks_of(text.replace("\n", line_end)) == expected


MARKUP = st.text(
    st.sampled_from(list("#*_`~-+>|[]()<>!&;:%\\=^ \t\n\r\xa0\x85\x0bab1.\"'é😀")), max_size=120
)


@given(st.one_of(MARKUP, st.lists(BLOCK).map(lambda blocks: "\n".join(b for b, _ in blocks))))
def test_any_markup_is_in_order_and_all_is_covered(text: str) -> None:
    article = article_of(text + "\n\nx", "a.md")
    assert article.text == text + "\n\nx"
    check_structure(article)
    for block in article.structure:
        if block.kind == "heading" and "\\" not in text and "#" not in text.strip("#"):
            assert not shown(article, block.span).startswith("#")


@given(st.lists(st.lists(MARKED, min_size=3, max_size=3), min_size=2, max_size=5), st.booleans())
def test_cells_are_counted_from_the_left(
    rows: list[list[tuple[str, str]]], has_outer_pipes: bool
) -> None:
    rows = [[cell if "|" not in cell[0] else ("x", "x") for cell in row] for row in rows]
    lines = [" | ".join(f"a {source}" for source, _ in row) for row in rows]
    lines.insert(1, "--|:-:|---")
    text = "\n".join(f"| {line} |" if has_outer_pipes else line for line in lines)
    article = article_of(text, "a.md")
    table = [block for block in article.structure if block.kind == "row"]
    names = column_names(article, table[0].span)
    assert names == [f"a {words}" for _, words in rows[0]]
    for block, row in zip(table[1:], rows[1:], strict=True):
        assert block.header == 0
        cells = [shown(article, cell) for cell in article.structure.cells(block.span)]
        assert cells == [f"a {words}" for _, words in row]


def test_empty_cells_hold_their_place() -> None:
    article = article_of("||Lark|Heron|\n|-|-|-|\n|Drawers||10|\n| | 5 MB |\n", "a.md")
    assert cells_of(article) == [["", "Lark", "Heron"], ["Drawers", "", "10"], ["", "5 MB"]]


def test_markup_around_a_cell_does_not_belong_to_it() -> None:
    article = article_of("A | B\n--|--\n**x** | `y` and *z*\n", "a.md")
    assert cells_of(article)[1] == ["x", "y` and *z"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. one\n2. two\n", [("item", "1. one"), ("item", "2. two")]),
        ("- a\n\n  b\n  - c\n", [("item", "a"), ("paragraph", "b"), ("item", "c")]),
        ("- [ ] to do\n- [x] done\n-\n", [("item", "to do"), ("item", "done")]),
        ("- # no heading\n", [("item", "no heading")]),
        ("> # no heading\n", [("quote", "no heading")]),
        ("> [!note]- Mind the gap\n> here\n", [("quote", "Mind the gap here")]),
        ("    code\n      more\n", [("code", "code\n      more")]),
        ("> ```\n> code\n> ```\n", [("code", "code")]),
        ("[docs]: <https://a.org> 'T'\n", [("row", "docs: <https://a.org> 'T'")]),
        ("x[^1]\n\n[^1]: a note\n", [("paragraph", "x"), ("paragraph", "a note")]),
        ("[a](https://b.org 'T') c", [("paragraph", "a(https://b.org) c")]),
        ("[https://b.org](https://b.org)", [("paragraph", "https://b.org")]),
        ("## [a](https://b.org)\n", [("heading", "a")]),
        ("[a] [b][a] [c][]\n\n[a]: d\n", [("paragraph", "a b [c][]"), ("row", "a: d")]),
        ("snake_case_name 2 * 3 * 4", [("paragraph", "snake_case_name 2 * 3 * 4")]),
        ("a <b and c> d", [("paragraph", "a d")]),
        ("a < b and c > d", [("paragraph", "a < b and c > d")]),
        ("one<br>two", [("paragraph", "one<br>two")]),
        ("![[picture.png|300]] ![[note]]", [("paragraph", "picture.png note")]),
        ("<h1 align=center>Head</h1>\n", [("heading", "Head")]),
        ("<ul>\n<li>a<li>b\n</ul>\n", [("item", "a"), ("item", "b")]),
        ("<script>\nlet a = '<p>'\n</script>\nText", [("paragraph", "Text")]),
        ("a <!-- b\nc --> d", [("paragraph", "a d")]),
        ("<!-- never closed\n\n# a\n", [("comment", "never closed # a")]),
        ("| a |\n| b |\n", [("paragraph", "| a | | b |")]),
        ("---\n", []),
        ("#\n\na", [("paragraph", "a")]),
    ],
)
def test_kinds_of_blocks(text: str, expected: Blocks) -> None:
    assert blocks_of(text + "\nx" * (not expected)) == (expected or [("paragraph", "x")])


def test_front_matter_is_records() -> None:
    article = article_of(
        "---\ntitle: 'A: b'\ntags: [x, y]\n# a comment\nabout: >-\n  Folded\n  text\n"
        "list:\n  - one\n  - two\nempty:\n---\nText\n",
        "a.md",
    )
    check_structure(article)
    assert cells_of(article) == [
        ["title", "A: b"],
        ["tags", "x, y"],
        ["about", "Folded\n  text"],
        ["list", "- one\n  - two"],
        ["empty", ""],
    ]
    assert blocks_of(article.text)[-3:] == [
        ("row", "list: one two"),
        ("row", "empty:"),
        ("paragraph", "Text"),
    ]


@given(st.lists(st.integers(1, 6), min_size=1, max_size=12))
def test_headings_make_a_path(levels: list[int]) -> None:
    text = "".join(f"{'#' * level} H{n}\n\ntext\n\n" for n, level in enumerate(levels))
    article = article_of(text, "a.md")
    for number, block in enumerate(b for b in article.structure if b.kind == "paragraph"):
        path: list[int] = []
        for above in range(number + 1):
            path = [one for one in path if levels[one] < levels[above]] + [above]
        assert place_of(article, block.span) == tuple(f"H{one}" for one in path)


def test_what_is_nested_too_deeply_is_read_as_text_and_the_rest_as_ever() -> None:
    deep = "".join("  " * depth + f"- item {depth}\n" for depth in range(80))
    blocks = blocks_of(f"# Top\n\n{deep}\n## After\n\n- last\n")
    assert blocks[-2:] == [("heading", "After"), ("item", "last")]
    assert any("item 79" in words for _, words in blocks)
    assert blocks_of("- " * 200 + "deep\n\n# After\n")[-1] == ("heading", "After")
    assert blocks_of(">" * 200 + " deep\n\n# After\n")[-1] == ("heading", "After")


HARD = {
    "brackets": "[",
    "images": "![",
    "links": "[a](<b",
    "emphasis": "*a_ ",
    "backticks": "`a``b```",
    "comments": "x <!-- ",
    "tags": "<a b='",
    "wikilinks": "[[a",
    "hidden": "%% a ",
    "quotes": "> ",
    "bullets": "- ",
    "deep quotes": ">" * 120 + " a\n\n",
    "definitions": '[a]: b "x\n',
    "headings": "###### a\n",
    "underlines": "a\n---\n",
    "items": "- a\n  - b\n",
    "rows": "a|b\n-|-\n",
    "blocks of html": "<div>\n<p>a</p>\n",
    "quoted html": "> <div>\n",
    "blank lines": "\n",
    "blanks": " ",
    "escapes": "\\",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HARD)
def test_time_is_linear_in_the_length(name: str) -> None:
    def seconds(length: int) -> float:
        text = "x" + HARD[name] * (length // len(HARD[name])) + "\nend"
        return cpu_seconds(lambda: article_of(text, "a.md"))

    seconds(1_000)  # imports
    assert seconds(120_000) < 6 * seconds(40_000) + 0.2


@pytest.mark.parametrize("piece", [" ", "'#", "a: b\n", "- a\n", "# a\n"])
def test_time_is_linear_in_the_length_of_front_matter(piece: str) -> None:
    def seconds(length: int) -> float:
        text = f"---\nkey: 'a{piece * (length // len(piece))}\nkey{' ' * length}a\n---\n\nend"
        return cpu_seconds(lambda: article_of(text, "a.md"))

    seconds(1_000)  # imports
    assert seconds(80_000) < 8 * seconds(20_000) + 0.3


def test_plain_text_of_markdown_keeps_words_apart() -> None:
    article = article_of("a **b** c\n", "a.md")
    view = plain(article, Span(0, 9))
    assert view.text == "a b c"
    assert all(one.end <= two.start for one, two in pairwise(view.slices))
