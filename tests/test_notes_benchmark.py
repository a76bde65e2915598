"""The notes benchmark: its questions fit its notes, and it counts what it says it counts."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.benchmark.notes import (
    HALVES,
    NOTES,
    Gold,
    NoteQuestion,
    Outcome,
    is_right,
    read_questions,
)

FILES = {
    file.relative_to(NOTES).as_posix(): file.read_bytes().decode("utf-8")
    for file in NOTES.rglob("*")
    if file.is_file()
}
QUESTIONS = read_questions()


def asked(kind: str, *golds: str) -> NoteQuestion:
    answers = tuple(Gold("a.md", gold) for gold in golds)
    return NoteQuestion("1", "tune", kind, "?", answers)


def test_every_gold_text_is_in_its_note() -> None:
    golds = [gold for one in QUESTIONS for gold in one.answers]
    assert [gold for gold in golds if gold.text not in FILES[gold.article]] == []


def test_there_are_enough_notes_and_questions_of_each_kind_in_both_halves() -> None:
    assert len(FILES) >= 64
    assert all(500 <= len(text) <= 3500 for text in FILES.values())
    counts = Counter((one.half, one.kind) for one in QUESTIONS)
    for half in HALVES:
        assert sum(count for (of, _), count in counts.items() if of == half) >= 64
        assert counts[half, "table"] >= 8
        assert counts[half, "none"] >= 8
    assert {kind for half, kind in counts if half == "tune"} == {
        kind for half, kind in counts if half == "report"
    }


def test_no_two_questions_are_the_same_and_none_belongs_to_both_halves() -> None:
    assert len({one.id for one in QUESTIONS}) == len(QUESTIONS)
    assert len({one.question for one in QUESTIONS}) == len(QUESTIONS)


def test_only_unanswerable_questions_have_no_gold_text() -> None:
    assert all(bool(one.answers) == (one.kind != "none") for one in QUESTIONS)


def test_the_notes_of_the_halves_differ() -> None:
    notes = {
        half: {gold.article for one in QUESTIONS if one.half == half for gold in one.answers}
        for half in HALVES
    }
    assert notes["tune"] & notes["report"] <= {"books/Reading list.md"}


@pytest.mark.parametrize(
    ("kind", "gold", "given", "right"),
    [
        ("prose", "Ole Brandt", "the ferryman Ole Brandt", True),
        ("prose", "the winter of 1887", "winter of 1887", True),
        ("prose", "in the back room of the inn by the bridge", "bridge", False),
        ("prose", "Ole Brandt", "Ole Brandtsen", False),
        ("prose", "Rail-\nway Inn", "Railway Inn", True),
        ("prose", "Ole Brandt", "Ole Brandt " + "and so on " * 20, False),
        ("hedge", "more than 1,400", "1,400", False),
        ("hedge", "more than 1,400", "more than 1,400 people", True),
        ("unit", "12.5 kg", "2.5 kg", False),
        ("command", "Open the tap.", "Open the tap", True),
        ("table", "16.9", "6.9", False),
        ("prose", "Viola\n\n5\n00:01:23,500 --> 00:01:27,000\nSanter", "Viola Santer", True),
    ],
)
def test_an_answer_is_right_if_it_says_what_a_gold_text_says(
    kind: str, gold: str, given: str, right: bool
) -> None:
    assert is_right(Gold("a.md", given), asked(kind, gold)) == right


def test_the_same_words_from_another_note_are_wrong() -> None:
    assert not is_right(Gold("b.md", "1851"), asked("person", "1851"))


@pytest.mark.parametrize(
    ("golds", "given", "verdict"),
    [
        (["1851"], "1851", "right"),
        (["1851"], "1839", "wrong"),
        (["1851"], None, "abstained"),
        ([], "1851", "wrong"),
        ([], None, "right"),
    ],
)
def test_only_silence_is_right_where_the_notes_do_not_answer(
    golds: list[str], given: str | None, verdict: str
) -> None:
    answer = Gold("a.md", given) if given else None
    assert Outcome(asked("person", *golds), answer, 0.9).verdict == verdict


@pytest.mark.parametrize(("golds", "verdict"), [(["1851"], "unsure"), ([], "right")])
def test_doubt_is_no_answer(golds: list[str], verdict: str) -> None:
    doubt = Outcome(asked("person", *golds), Gold("a.md", "1851"), 0.4, unsure=True)
    assert doubt.verdict == verdict
