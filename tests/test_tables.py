"""Of a table, a reader reads the rows and columns that fit the question."""

from __future__ import annotations

import pytest

from index.question import Question
from index.types import Passage, Span
from qa.reader.decode import PassageReading
from tests.support.articles import article_of

STATIONS = """\
# Stations

| Station | Opened | Keeper | Closed |
|---------|--------|--------|--------|
| Aldmoor | 1861 | Hester Quill | 1964 |
| Netherby | 1865 | Hugh Starr | 1973 |
| Gorsey Lane | 1891 | Ivy Marsh | 1949 |
"""


def read(question: str) -> list[str]:
    """Return the lines that are read of the table."""
    article = article_of(STATIONS, "stations.md")
    passage = Passage(article, Span(0, len(article.text)))
    view = PassageReading.of(passage, Question(question)).view
    return [line for line in view.text.split("\n") if ";" in line or ":" in line]


@pytest.mark.parametrize(
    ("question", "lines"),
    [
        ("When was Netherby opened?", ["Station: Netherby; Opened: 1865"]),
        ("When did Gorsey Lane close?", ["Station: Gorsey Lane; Closed: 1949"]),
        ("Who was the keeper of Aldmoor?", ["Station: Aldmoor; Keeper: Hester Quill"]),
        (
            "Who ran the station that was closed in 1973?",  # no column is asked for by name
            ["Station: Netherby; Opened: 1865; Keeper: Hugh Starr; Closed: 1973"],
        ),
    ],
)
def test_the_row_and_the_column_that_are_named_are_read(question: str, lines: list[str]) -> None:
    assert read(question) == lines


def test_all_rows_are_read_if_none_is_named() -> None:
    assert len(read("Which was the last to close?")) == 3
