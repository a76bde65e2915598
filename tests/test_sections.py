"""What a section lists is the answer to a question that names the section."""

from __future__ import annotations

import pytest

from index.question import Question
from index.types import Hit, Passage, Span
from qa.reader.decide import Candidate
from qa.reader.sections import with_items
from tests.support.articles import article_of

CHANGES = """\
# Changes of Kestrel

## 2.4.0 (2031-05-14)

### Added

- Search in all notebooks.
- A dark theme.

### Removed

- The export to fax.

## 2.3.1 (2031-02-02)

### Added

- Undo for moved pages.

### Known problems

Printing is slow.

## Tools

- A saw.
- A file.
- Four clamps.
- Glue.

## End
"""


def hits() -> list[Hit]:
    article = article_of(CHANGES, "changes.md")
    return [
        Hit(Passage(article, Span(CHANGES.index(first), CHANGES.index(last))), rank, 0.5, 0.5, 1.0)
        for rank, (first, last) in enumerate(
            [
                ("### Removed", "## 2.3.1"),
                ("## 2.4.0", "### Removed"),
                ("## 2.3.1", "## End"),
            ],
            1,
        )
    ]


def answers(question: str, *read: tuple[str, float]) -> list[str]:
    """Return what answers. read: what the reader finds, with its probabilities, best first."""
    asked = hits()
    found = []
    for words, probability in read:
        start = CHANGES.index(words)
        span = Span(start, start + len(words))
        hit = next(hit for hit in asked if hit.passage.span.contains(span))
        found.append((Candidate(hit, span, 1.0, 0.9), probability))
    return [candidate.text for candidate, _ in with_items(Question(question), asked, found)]


@pytest.mark.parametrize(
    ("question", "items"),
    [
        ("What was added in 2.4.0?", ["Search in all notebooks.", "A dark theme."]),
        ("What was removed in version 2.4.0?", ["The export to fax."]),
        ("What was added in 2.3.1 of Kestrel?", ["Undo for moved pages."]),
        ("Which tools do I need?", ["A saw.", "A file.", "Four clamps.", "Glue."]),
        ("What are the tools?", ["A saw.", "A file.", "Four clamps.", "Glue."]),
        ("Please list all of the tools.", ["A saw.", "A file.", "Four clamps.", "Glue."]),
        ("name the tools", ["A saw.", "A file.", "Four clamps.", "Glue."]),
    ],
)
def test_the_items_of_the_section_that_is_named_answer(question: str, items: list[str]) -> None:
    assert answers(question) == items


@pytest.mark.parametrize(
    "question",
    [
        "What was removed in 2.3.1?",  # nothing was
        "What was added to the export in 2.4.0?",  # asks for less than the section
        "When was undo added in 2.3.1?",
        "What is Kestrel?",
        "What known problems are there in 2.3.1?",  # they are not a list
    ],
)
def test_other_questions_are_left_to_the_reader(question: str) -> None:
    assert answers(question) == []


def test_an_item_that_the_reader_finds_is_given_with_the_others() -> None:
    items = ["Search in all notebooks.", "A dark theme."]
    assert answers("What was added in 2.4.0?", ("A dark theme", 0.9)) == items


def test_a_reader_that_is_surer_of_something_else_is_believed() -> None:
    assert answers("What was added in 2.4.0?", ("2031-05-14", 0.9)) == ["2031-05-14"]
    assert len(answers("What was added in 2.4.0?", ("2031-05-14", 0.5))) == 2
