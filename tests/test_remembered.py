"""What a reader remembers is what its model would return again."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qa.reader.onnx import WindowLogits
from qa.reader.remembered import RememberingRunner

QUESTIONS = st.sampled_from(["", "Who?", "When?", "who?"])
TEXTS = st.lists(st.sampled_from(["", "a", "b b", "c c c c", "d d d d d d d"]), max_size=6)
WINDOW = 3


class CountingRunner:
    """Returns windows of a few words, with logits that say what they are of."""

    def __init__(self) -> None:
        self.read: list[tuple[str, str]] = []

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        self.read += [(question, text) for text in texts]
        windows = []
        for number, text in enumerate(texts):
            words = text.split()
            for start in range(0, max(1, len(words)), WINDOW):
                places = range(start, min(start + WINDOW, len(words)))
                offsets = [(2 * place, 2 * place + 1) for place in places]
                logits = np.array([hash((question, text, at)) for at in places], dtype=np.float32)
                windows.append(
                    WindowLogits(number, offsets, [*places], logits, -logits, len(question) + start)
                )
        return windows

    def part_read(self, question: str) -> str:
        return question[:2]


def plain(windows: Sequence[WindowLogits]) -> list[object]:
    return [
        (w.text_number, w.offsets, w.word_ids, [*w.start_logits], [*w.end_logits], w.null_score)
        for w in windows
    ]


@given(st.lists(st.tuples(QUESTIONS, TEXTS)), st.integers(0, 40))
def test_it_returns_what_the_model_returns_in_any_order_and_with_any_room(
    asked: list[tuple[str, list[str]]], room: int
) -> None:
    remembering = RememberingRunner(CountingRunner(), room)
    for question, texts in asked:
        expected = CountingRunner().run(question, texts)
        assert plain(remembering.run(question, texts)) == plain(expected)
        kept = remembering._windows.values()
        tokens = sum(max(1, sum(len(window.offsets) for window in windows)) for windows in kept)
        assert tokens == remembering._tokens <= room


def test_the_model_reads_a_question_and_a_text_once_and_again_once_it_is_forgotten() -> None:
    counting = CountingRunner()
    remembering = RememberingRunner(counting, max_tokens=4)
    for texts in (["a", "b b", "a"], ["b b"], ["a"]):
        remembering.run("Who?", texts)
    assert counting.read == [("Who?", "a"), ("Who?", "b b")]
    remembering.run("When?", ["a", "b b"])  # the room is for four words
    remembering.run("Who?", ["a"])
    remembering.run("Who?", ["b b"])
    assert counting.read[2:] == [("When?", "a"), ("When?", "b b"), ("Who?", "b b")]
    assert remembering.part_read("Who?") == "Wh"


def test_several_threads_get_the_same() -> None:
    remembering = RememberingRunner(CountingRunner(), max_tokens=6)
    asked = [(question, [text]) for question in ("Who?", "When?") for text in ("a", "b b", "c c c")]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda one: remembering.run(*one), asked * 100))
    for (question, texts), windows in zip(asked * 100, results, strict=True):
        assert plain(windows) == plain(CountingRunner().run(question, texts))
