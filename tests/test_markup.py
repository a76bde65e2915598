"""reStructuredText, Org and LaTeX have their structure, each in its own markup."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.view import shown
from tests.support.articles import article_of
from tests.support.fuzz import check_structure
from tests.support.work import cpu_seconds

Blocks = list[tuple[str, str]]
NAMES = ["a.rst", "a.org", "a.tex"]


def blocks_of(text: str, name: str) -> Blocks:
    """Return the kind and the words of each block that is read."""
    article = article_of(text, name)
    assert article.text == text
    check_structure(article)
    return [
        (block.kind, shown(article, block.span))
        for block in article.structure
        if block.kind != "furniture"
    ]


WORDS = st.lists(
    st.sampled_from("mill weir ferry 1811 Brandt Straße 水車 😀".split()), min_size=1, max_size=5
).map(" ".join)
Written = Callable[[str], str]
KINDS: dict[str, dict[str, Written]] = {
    "a.rst": {
        "heading": lambda words: f"{words}\n{'=' * 60}",
        "paragraph": lambda words: f"**{words}**",
        "item": lambda words: f"- {words}",
        "code": lambda words: f".. code-block:: sh\n\n   {words}",
        "comment": lambda words: f".. {words}",
    },
    "a.org": {
        "heading": lambda words: f"* {words} :tag:",
        "paragraph": lambda words: f"*{words}*",
        "item": lambda words: f"- [ ] {words}",
        "code": lambda words: f"#+begin_src sh\n{words}\n#+end_src",
        "comment": lambda words: f"# {words}",
        "quote": lambda words: f"#+BEGIN_QUOTE\n{words}\n#+END_QUOTE",
    },
    "a.tex": {
        "heading": lambda words: f"\\section*{{{words}}}\\label{{sec:a}}",
        "paragraph": lambda words: f"\\textbf{{{words}}} % hidden",
        "item": lambda words: f"\\item {words}",
        "code": lambda words: f"\\begin{{verbatim}}\n{words}\n\\end{{verbatim}}",
        "comment": lambda words: f"% {words}",
    },
}


@given(st.data(), st.sampled_from(NAMES), st.sampled_from(["\n", "\r\n"]))
def test_what_blocks_say_is_read_and_their_markup_is_not(
    data: st.DataObject, name: str, line_end: str
) -> None:
    kinds = data.draw(st.lists(st.sampled_from(sorted(KINDS[name])), min_size=1, max_size=6))
    expected = [(kind, f"so {data.draw(WORDS)}") for kind in kinds]
    text = "\n\n".join(KINDS[name][kind](words) for kind, words in expected)
    assert blocks_of(text.replace("\n", line_end), name) == expected


MARKUP = {
    "a.rst": "=-~*`:_|+.>#[] \t\n\rab1<",
    "a.org": "*#+:|-=/~[]_ \t\n\rab1T",
    "a.tex": "\\{}%&$[]~_ \t\n\rab1",
}
PIECES = {
    "a.rst": [".. note:: a", ".. a", "::", "=== ===", "+--+--+", "|a|b|", "-----", ":a: b", "  x"],
    "a.org": ["#+begin_src", "#+end_src", "|-+-|", "|a|b|", ":END:", "# a", "#+TITLE: b", "** a"],
    "a.tex": [
        "\\section{a",
        "\\begin{tabular}",
        "\\end{tabular}",
        "a & b \\\\ \\hline",
        "% a",
        "\\begin{verbatim}",
        "\\end{verbatim}",
        "\\item a",
        "\\title{a}",
        "}",
    ],
}


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_any_markup_is_in_order_and_all_is_covered(name: str, data: st.DataObject) -> None:
    line = st.one_of(st.sampled_from(PIECES[name]), st.text(MARKUP[name], max_size=20))
    blocks_of("\n".join(data.draw(st.lists(line, max_size=15))) + "\nx", name)


def test_a_line_of_a_grid_without_cells_is_no_row() -> None:
    assert "row" not in [kind for kind, _ in blocks_of("+--+--+\n+\nx", "a.rst")]


TABLES = {
    "a.rst": "=======  ====\nStation  Year\n=======  ====\nMarl     1872\n\\        1873\n"
    "=======  ====\n",
    "grid.rst": "+---+----+\n|Station|Year|\n+===+====+\n|Marl|1872|\n+---+---+\n|   |1873|\n"
    "+--+--+\n",
    "a.org": "| Station | Year |\n|---------+------|\n| Marl | 1872 |\n| | 1873 |\n",
    "a.tex": "\\begin{tabular}{ll}\nStation & Year \\\\ \\hline\nMarl & 1872 \\\\\n & 1873 \\\\\n"
    "\\end{tabular}\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_cells_and_column_names(name: str) -> None:
    article = article_of(TABLES[name], name)
    rows = [block for block in article.structure if block.kind == "row"]
    cells = [
        [article.text[cell.start : cell.end] for cell in article.structure.cells(row.span)]
        for row in rows
    ]
    assert cells[:2] == [["Station", "Year"], ["Marl", "1872"]]
    assert cells[2][1] == "1873"
    names = [article.structure[row.header].span for row in rows[1:] if row.header is not None]
    assert names == [rows[0].span] * 2


@pytest.mark.parametrize(
    ("name", "text", "title"),
    [
        ("a.rst", "=====\nMill\n=====\n\nText\n\nPart\n----\n", "Mill"),
        ("a.rst", "Mill\n====\n\nPart\n----\n\nPart\n----\n", "Mill"),
        ("a.rst", "Text\n\nPart\n====\n\nPart\n====\n", "A"),
        ("a.org", "#+TITLE: The mill\n* Part\n", "The mill"),
        ("a.org", "#+title: The\n#+title: /mill/\n", "The /mill/"),
        ("a.org", "* Part\nText\n", "A"),
        ("a.tex", "\\title{The \\emph{mill}}\n\\section{Part}\n", "The mill"),
        ("a.tex", "\\section{Part}\nText\n", "A"),
    ],
)
def test_titles(name: str, text: str, title: str) -> None:
    assert article_of(text, name).title == title


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.rst", "Run this::\n\n   qa ask\n\nx", [("paragraph", "Run this:"), ("code", "qa ask")]),
        (
            "a.rst",
            "See `the docs <https://a.org>`_ and :ref:`b`",
            [("paragraph", "See the docs and b")],
        ),
        ("a.rst", ":Author: Ole\n  Brandt\n", [("row", "Author: Ole Brandt")]),
        (
            "a.rst",
            ".. note:: Mind\n   the gap\n",
            [("paragraph", "Mind"), ("paragraph", "the gap")],
        ),
        ("a.rst", ".. image:: a.png\n   :alt: b\n\nx", [("paragraph", "x")]),
        ("a.rst", ".. [1] A note\n", [("paragraph", "A note")]),
        ("a.rst", "a\n=\n", [("heading", "a")]),
        ("a.org", "See [[https://a.org][the docs]] =x=", [("paragraph", "See the docs x")]),
        ("a.org", "* a\n:PROPERTIES:\n:ID: 7\n:END:\n", [("heading", "a"), ("row", "ID: 7")]),
        ("a.org", ": x = 1\n: y = 2\n", [("code", "x = 1\ny = 2")]),
        ("a.org", "#+begin_src\nnever closed\n", [("paragraph", "never closed")]),
        ("a.tex", "a % b\nc\n% d\ne\n", [("paragraph", "a c e")]),
        ("a.tex", "a\n% b\n", [("paragraph", "a"), ("comment", "b")]),
        ("a.tex", "50\\% of it % no\n", [("paragraph", "50% of it")]),
        (
            "a.tex",
            "\\section{A {nested} one} and text\n",
            [("heading", "A nested one"), ("paragraph", "and text")],
        ),
    ],
)
def test_kinds_of_blocks(name: str, text: str, expected: Blocks) -> None:
    assert blocks_of(text, name)[: len(expected)] == expected


HARD = {
    "a.rst": [
        "`a <",
        "**a ",
        "*a ",
        ".. a\n",
        ".. note::\n   ",
        "::\n\n a\n",
        "===\n",
        ":a: b\n",
        "- a\n",
    ],
    "a.org": ["[[a", "*a ", "#+begin_src\n", "#+begin_a\n* b\n", "|a\n", ": a\n", "* a\n", ":a:\n"],
    "a.tex": [
        "\\a{",
        "{",
        "%",
        "\\begin{verbatim}\n",
        "\\section{\n",
        "a & b\n",
        "% a\nb\n",
        "\\\\",
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "piece"), [(name, one) for name in HARD for one in HARD[name]])
def test_time_is_linear_in_the_length(name: str, piece: str) -> None:
    def seconds(length: int) -> float:
        text = "x" + piece * (length // len(piece)) + "\nend"
        return cpu_seconds(lambda: article_of(text, name))

    assert seconds(120_000) < 6 * seconds(40_000) + 0.2


@pytest.mark.parametrize(
    ("name", "text_of"),
    [
        ("a.org", lambda count: "".join(f"#+begin_a{n}\na\n" for n in range(count))),
        ("a.tex", lambda count: "\\begin{tabular}{l}\na" + "\\\\[" * count),
    ],
)
def test_what_is_never_closed_takes_linear_time(name: str, text_of: Callable[[int], str]) -> None:
    def seconds(count: int) -> float:
        return cpu_seconds(lambda: article_of(text_of(count), name))

    assert seconds(8_000) < 8 * seconds(2_000) + 0.3
