"""Which spans of the article a reader's logits can become."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from index.question import Question
from index.split import split
from index.types import Article, Hit, Passage, Span
from qa.reader.decide import Calibration
from qa.reader.decode import PassageReading, window_of
from qa.reader.howto import asks_how
from qa.reader.onnx import WindowLogits
from qa.reader.spans import SpanReader
from tests.support.articles import article_of, unstructured


def answer(article: Article, first: str, last: str, question: str = "Which?") -> str | None:
    """Return the best answer if a model says that it starts with one word and ends with another."""
    passage = Passage(article, Span(0, len(article.text)))
    reading = PassageReading.of(passage, Question(question))
    text = reading.view.text
    begin, end = text.rindex(first), text.rindex(last)
    spans = [(begin, begin + len(first)), (end, end + len(last))]
    offsets = spans if first != last else spans[:1]
    starts = np.array([9.0, 1.0][: len(offsets)], np.float32)
    ends = starts[::-1].copy()
    window = WindowLogits(0, offsets, list(range(len(offsets))), starts, ends, 0.0)
    found = next(reading.spans(window, 1), None)
    return article.text[found[0].start : found[0].end] if found else None


NOTES = "# Changes\n\n## Version 2.1\n\n### Fixed\n\nThe bell rings.\n"


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("2.1", "Version 2.1"),  # a heading answers as a whole
        ("Version", "Version 2.1"),
        ("Fixed", None),  # without a number, it only names what is below it
        ("Changes", None),
    ],
)
def test_only_a_heading_with_a_number_answers(word: str, found: str | None) -> None:
    assert answer(article_of(NOTES, "notes.md"), word, word) == found


def test_the_title_does_not_answer_even_if_it_has_a_number() -> None:
    assert answer(article_of("# Route 66\n\nIt is long.\n", "road.md"), "66", "66") is None


@pytest.mark.parametrize("make", [article_of, unstructured])
def test_an_answer_stays_in_its_sentence(make: Callable[[str], Article]) -> None:
    article = make("Ann left Kelm. Bob came to Prenn.")
    assert answer(article, "Kelm", "Bob") in ("Kelm", "Bob")


def test_the_key_of_a_record_does_not_answer_if_the_question_has_it() -> None:
    article = article_of("Model: Larkspur\nChannel: 44\n", "router.txt")
    assert answer(article, "Channel", "Channel", "Which channel is it?") is None
    assert answer(article, "44", "44", "Which channel is it?") == "44"


def test_a_passage_is_read_to_the_end_of_its_block_at_most() -> None:
    text = "- The bell of\n\n- Kelm rings at noon\n\n- and at night\n"
    article = article_of(text, "bells.md")
    start = text.index("rings")
    window = window_of(Passage(article, Span(start, start + len("rings"))))
    assert text[window.start : window.end].strip() == "- Kelm rings at noon"


PIECES = st.lists(
    st.sampled_from([
        "# Lamps 2.1\n\n", "## Brass\n\n", "The lamp of Kelm was lit in 1861. ", "It hung low. ",
        "\n\n", "- Oil: more than 3 litres\n", "- Wick\n  of wool\n", "\n| Lamp | Lit | Oil |\n",
        "|---|---|---|\n", "| Kelm | 1861 | 3 l |\n", "| Prenn | | |\n", "|a|\n",
        "```\nlamp --on\nlamp --off\n```\n", "Run `lamp --on` twice.\n", "<!-- lit in 1900 -->\n",
        "> quoted\n", "Key: value\n", "\n\n", "*Rail-\nway* [inn](http://x.org/a_(b)) ", "é👩‍👧 ",
    ]),
    min_size=1, max_size=15,
).map("".join)  # fmt: skip


class Chance:
    """Finds answers anywhere, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        return [self._read(number, text) for number, text in enumerate(texts)]

    def part_read(self, question: str) -> str:
        return question

    def _read(self, number: int, text: str) -> WindowLogits:
        offsets = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
        starts, ends = self._random.normal(0, 6, (2, len(offsets))).astype(np.float32)
        return WindowLogits(number, offsets, list(range(len(offsets))), starts, ends, 0.0)


@given(
    PIECES,
    st.sampled_from(["notes.md", "notes.txt", "Lamps 2.1.org"]),
    st.sampled_from(["When was the lamp of Kelm lit?", "How do I light it?", "Which oil?"]),
    st.integers(0, 2**32 - 1),
)
def test_whatever_a_model_says_an_answer_is_in_one_block_or_cell_of_its_passage(
    text: str, name: str, question: str, seed: int
) -> None:
    assume(text.strip())
    article = article_of(text, name)
    spans = split(article, count_tokens=lambda texts: [len(t) for t in texts], max_tokens=99)
    hits = [Hit(Passage(article, span), n, 1 / n, 0.5, n) for n, span in enumerate(spans, start=1)]
    calibration = Calibration(0.1, 0.0, {"intercept": 0.0, "score_diff": 0.5}, 0.1, 0.5, 0.9)
    reading = SpanReader(Chance(seed), calibration).read(Question(question), hits)
    structure = article.structure
    for answer in reading.quoted:
        assert answer.passage.span.contains(answer.span)
        assert answer.text == article.text[answer.span.start : answer.span.end]
        assert any(answer.passage == hit.passage for hit in reading.hits)
        blocks = [structure[number] for number in structure.overlapping(answer.span)]
        kinds = {block.kind for block in blocks}
        assert "furniture" not in kinds
        if kinds == {"heading"}:
            assert any(map(str.isdigit, answer.shown))
        if not asks_how(question):
            assert len(blocks) == 1
            assert blocks[0].span.contains(answer.span)
            if cells := structure.cells(blocks[0].span):
                assert any(cell.contains(answer.span) for cell in cells)
                assert answer.passage.span.contains(blocks[0].span), "rows are shown whole"
