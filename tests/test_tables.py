"""Of a table, a reader reads the rows and columns that fit the question."""

from __future__ import annotations

from unittest.mock import Mock

import numpy as np
import pytest

from index import words
from index.question import Question
from index.types import Passage, Span
from qa.reader.decode import PassageReading
from qa.reader.onnx import WindowLogits
from qa.reader.tables import focus_on
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


FERRIES = """\
| Boat | Island | Leaves | Arrives |
|---|---|---|---|
| Razorbill | Outer Sund | 12:10 | 13:20 |
"""


@pytest.mark.parametrize(
    ("question", "line"),
    [
        ("Which island does the Razorbill go to?", "Boat: Razorbill; Island: Outer Sund"),
        (
            "When does the Razorbill reach the island?",  # a time, and no island
            "Boat: Razorbill; Island: Outer Sund; Leaves: 12:10; Arrives: 13:20",
        ),
    ],
)
def test_a_column_is_what_is_asked_for_only_if_it_can_answer(question: str, line: str) -> None:
    article = article_of(FERRIES, "ferries.md")
    passage = Passage(article, Span(0, len(article.text)))
    view = PassageReading.of(passage, Question(question)).view
    assert [read for read in view.text.split("\n") if ";" in read] == [line]


@pytest.mark.parametrize("id", ["router.txt", "router.md"])
def test_a_record_that_is_asked_for_by_name_is_read_alone(id: str) -> None:
    article = article_of("# Router\n\nModel: Larkspur\nChannel: 44\nFirmware: 5.2.17\n", id)
    passage = Passage(article, Span(0, len(article.text)))
    view = PassageReading.of(passage, Question("Which channel is the router on?")).view
    assert "44" in view.text
    assert "5.2.17" not in view.text


POWER = """\
# Power of Weir Lane

| Month | Weir Lane | Mill | Solar | Sold | Read on |
|---|---|---|---|---|---|
| April | 241 | 90 | 339 | 160 | 30 |
| May | 169 | 80 | 451 | 248 | 31 |
"""


@pytest.mark.parametrize(
    ("question", "line"),
    [
        # "Solar power" is the noun, but "sold" names a column as well: the reader has to choose.
        ("How much solar power was sold in April?", "Month: April; Solar: 339; Sold: 160"),
        # Of columns that are named, the one with most words.
        ("What did the meter at Weir Lane read in May?", "Month: May; Weir Lane: 169"),
    ],
)
def test_of_several_columns_that_are_named_those_that_can_be_meant_are_read(
    question: str, line: str
) -> None:
    article = article_of(POWER, "power.md")
    passage = Passage(article, Span(0, len(article.text)))
    view = PassageReading.of(passage, Question(question)).view
    assert [read for read in view.text.split("\n") if ";" in read] == [line]


def test_words_of_the_title_tell_rows_apart_only_if_no_others_do() -> None:
    table = "# Trains to Valmont\n\n| Leg | Train | Leaves |\n|---|---|---|\n"
    table += "| Aske - Grauburg | R 1 | 9:10 |\n| Grauburg - Valmont | R 77 | 12:20 |\n"
    article = article_of(table, "t.md")
    passage = Passage(article, Span(0, len(article.text)))
    question = Question("Which train goes from Grauburg to Valmont?")
    assert "R 1 " not in f"{PassageReading.of(passage, question).view.text} "
    assert "R 77" in PassageReading.of(passage, question).view.text


def test_an_empty_cell_is_not_answered_from_the_next_column() -> None:
    table = "| Station | Opened | Closed |\n|---|---|---|\n| Molten | 1871 | |\n"
    article = article_of(table, "s.md")
    passage = Passage(article, Span(0, len(article.text)))
    view = PassageReading.of(passage, Question("When did Molten close?")).view
    assert "1871" not in view.text


def test_all_rows_are_read_if_none_is_named() -> None:
    assert len(read("Which was the last to close?")) == 3


@pytest.mark.parametrize("before", ["", "Ann,"])
def test_a_cell_that_is_longer_than_a_passage_is_read_from_its_start(before: str) -> None:
    story = " ".join(f"The lamp of room {number} was lit." for number in range(50))
    header = "Name,Story,Year\n" if before else "Story,Name,Year\n"
    article = article_of(f"{header}{before}{story},1865,x\n", "lamps.csv")
    cut = Passage(article, Span(len(header), len(header) + 400))
    view = PassageReading.of(cut, Question("Which room was lit?")).view
    assert f"Story: {story[:300]}" in view.text


def test_what_a_row_is_found_by_is_read_and_does_not_answer() -> None:
    article = article_of(STATIONS, "stations.md")
    passage = Passage(article, Span(0, len(article.text)))
    reading = PassageReading.of(passage, Question("When was Netherby opened?"))
    cells = {article.text[cell.start : cell.end].strip() for cell in reading.focus.no_answer}
    assert cells == {"Netherby"}
    start = reading.view.text.index("Netherby")
    window = WindowLogits(
        text_number=0,
        offsets=[(start, start + len("Netherby"))],
        word_ids=[0],
        start_logits=np.array([9.0], np.float32),
        end_logits=np.array([9.0], np.float32),
        null_score=0.0,
    )
    assert not list(reading.spans(window, 1))


def test_the_number_of_word_indexes_does_not_grow_with_the_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Mock(wraps=words.words_in_memory)
    monkeypatch.setattr(words, "words_in_memory", made)
    header = ",".join(f"Column {number}" for number in range(100))
    rows = "\n".join(",".join(str(number) for number in range(100)) for _ in range(3))
    article = article_of(f"{header}\n{rows}\n", "wide.csv")
    focus_on(article, Span(0, len(article.text)), Question("Which column 7 is it?"))
    assert made.call_count < 10


def test_a_word_of_the_title_does_not_choose_a_row() -> None:
    article = article_of(
        "# Lamps\n\n| Place | Made | Height |\n|---|---|---|\n"
        "| Lamp hall | 1900 | 3 m |\n| Aldgate | 1901 | 4 m |\n",
        "lamps.md",
    )
    passage = Passage(article, Span(0, len(article.text)))
    view = PassageReading.of(passage, Question("How high is the lamp of Aldgate?")).view
    assert "Aldgate" in view.text
    assert "Lamp hall" not in view.text
