"""Notebooks: Markdown cells are Markdown, code is code, cells are places."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.base import Unreadable
from index.formats.notebook import NOTEBOOK
from index.place import place_of
from index.types import Article, Span
from tests.support.parsed import blocks, check_structure, parsed, rows


def notebook(*cells: object) -> Article:
    article = parsed(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}), "a.ipynb")
    check_structure(article)
    return article


def markdown(source: object) -> dict[str, object]:
    return {"cell_type": "markdown", "source": source}


def code(source: object, *outputs: object) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": outputs}


def test_cells_are_places_below_the_headings_of_all_cells_above() -> None:
    article = notebook(
        markdown(["# The gate\n", "\n", "It is *green*."]),
        code(["x = 1\n", "print(x)"], {"output_type": "stream", "text": ["\x1b[31m1\x1b[0m\n"]}),
        markdown("| Ship | Built |\n|---|---|\n| Ada | 1911 |"),
    )
    assert article.title == "The gate"
    assert blocks(article)[:4] == [
        ("heading", "The gate"),
        ("paragraph", "It is green."),
        ("code", "x = 1 print(x)"),
        ("code", "1"),
    ]
    assert rows(article) == [["Ship", "Built"], ["Ada", "1911"]]
    assert article.structure[5].header == 4
    start = article.text.index("Ada")
    assert place_of(article, Span(start, start + 3)) == ("The gate", "cell 3")


def test_results_are_read_but_not_pictures_and_errors() -> None:
    article = notebook(
        code(
            "f()",
            {"output_type": "execute_result", "data": {"text/plain": "0.93", "image/png": "iVBO"}},
            {"output_type": "error", "ename": "E", "traceback": ["no"]},
        )
    )
    assert article.text == "f()\n\n0.93"


def test_names_of_objects_are_not_read_but_what_they_show() -> None:
    figure, view = "<Figure size 640x480 with 1 Axes>", "application/vnd.jupyter.widget-view+json"
    article = notebook(
        code("f()", {"data": {"text/plain": figure, "image/png": "iVBO"}}, {"text": "a < b > c"}),
        code("g()", {"data": {"text/plain": "IntSlider(value=7)", view: {}}}),
        code("h()", {"data": {"text/plain": "<Markdown object>", "text/markdown": "**Done.**"}}),
    )
    assert [words for _, words in blocks(article)] == ["f()", "a < b > c", "g()", "h()", "Done."]


def test_notebooks_of_version_3_are_read() -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": "Ships"},
        {"cell_type": "code", "input": "sail()"},
    ]
    article = parsed(json.dumps({"worksheets": [{"cells": cells}]}), "a.ipynb")
    assert blocks(article) == [("heading", "Ships"), ("code", "sail()")]


@pytest.mark.parametrize("content", ['{"cells": [', '{"a":' * 100_000, '{"cells": 1'])
def test_a_damaged_notebook_is_named(content: str) -> None:
    with pytest.raises(Unreadable) as caught:
        parsed(content, "a.ipynb")
    assert caught.value.reason == "damaged"


VALUES = st.recursive(
    st.none() | st.integers() | st.sampled_from(["# a", "text", "\ud800", "\0", "> b", "- c", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["source", "cell_type", "outputs", "data", "text", "text/plain", "level"]
            ),
            inner | st.sampled_from(["markdown", "code", "heading"]),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.lists(VALUES, max_size=6))
def test_every_notebook_has_a_structure_that_covers_it(cells: list[object]) -> None:
    content = json.dumps({"cells": cells}).encode()
    document = NOTEBOOK.read(content, None)
    article = Article("a", "a", "a", document.text, "", document.structure)
    check_structure(article)
    article.text.encode("utf-8")  # as the store does
