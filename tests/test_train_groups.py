"""What a reader is trained on further: texts for the same question, as search finds them."""

from __future__ import annotations

import random
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Span
from qa.train.examples import Example
from qa.train.groups import GROUP_TEXTS, Group, context_line, groups_of, with_context
from qa.train.mine import Articles, Found, mine, read_mined
from qa.train.questions import Paragraph, Question, read_questions
from qa.train.sets import HELD_BACK, QuestionSet, read_dev
from qa.train.settings import GroupSettings
from qa.train.tables import table_groups
from tests.support.towns import QUESTIONS, asked, cut, golds, squad_file

seeds = st.integers(0, 10_000)


def titled(question: Question) -> Question:
    """The question with a title for its article, which is a word of the text as well."""
    old = question.paragraph
    paragraph = Paragraph(old.article, old.text, old.article)
    return Question(question.text, paragraph, question.answers, question.unmarked)


ANSWERED = [titled(question) for question in QUESTIONS]
PARAGRAPHS = list(dict.fromkeys(question.paragraph for question in ANSWERED))
UNANSWERED = [Question(f"Who left (u{i})?", p, ()) for i, p in enumerate(PARAGRAPHS)]
UNMARKED = [Question(f"How so (m{i})?", p, (), unmarked=True) for i, p in enumerate(PARAGRAPHS)]


def question_set(seed: int) -> QuestionSet:
    """The questions with random passages of all articles."""
    questions = [*ANSWERED, *UNANSWERED, *UNMARKED]
    articles = Articles(questions)
    rng = random.Random(seed)
    mined: dict[tuple[str, str], list[Found]] = {}
    for question in questions:
        found = []
        for _ in range(12):
            name = rng.choice(list(articles.texts))
            start = rng.randrange(len(articles.texts[name]) - 50)
            end = min(len(articles.texts[name]), start + rng.randint(50, 400))
            found.append(articles.found(name, Span(start, end)))
        mined[question.text, question.paragraph.article] = found
    return QuestionSet("towns", questions, articles, mined)


def groups_for(seed: int) -> list[tuple[Question, Group]]:
    questions = question_set(seed)
    by_text = {question.text: question for question in questions.questions}
    groups = groups_of(questions, questions.questions, random.Random(seed))
    return [(by_text[group.examples[0].question], group) for group in groups]


# Groups


@given(seeds)
def test_only_one_text_of_a_group_holds_an_answer(seed: int) -> None:
    for question, group in groups_for(seed):
        assert len(group.examples) <= GROUP_TEXTS[1]
        for example in group.examples:
            if example.anywhere:
                continue
            if example.answer is not None:
                assert cut(example.text, example.answer) in golds(question)
            elif question.answers:
                text = example.text.partition("\n")[2] or example.text
                assert not any(gold.lower() in text.lower() for gold in golds(question))


@given(seeds)
def test_every_kind_of_question_makes_groups_of_its_kind(seed: int) -> None:
    made = groups_for(seed)
    for question, group in made:
        first, *others = group.examples
        assert all(other.answer is None for other in others)
        if question.unmarked:
            assert first.anywhere
        elif question.answers:
            assert first.kind in ("answered", "silent")
            assert (first.answer is None) == (first.kind == "silent")
        else:
            assert first.answer is None
            assert first.kind == "unanswered"
    kinds = {group.examples[0].kind for _, group in made}
    assert {"answered", "silent", "unanswered", "unmarked"} <= kinds


@given(seeds)
def test_passages_of_an_unmarked_paragraph_are_not_said_to_lack_the_answer(seed: int) -> None:
    questions = question_set(seed)
    for question, group in groups_for(seed):
        if question.unmarked:
            place = questions.articles.place(question.paragraph)
            found = {passage.text: passage for passage in questions.found(question)}
            for example in group.examples[1:]:
                text = example.text if example.text in found else example.text.partition("\n")[2]
                passage = found[text]
                if passage.article == question.paragraph.article:
                    assert not passage.span.overlap(place)


@given(seeds)
def test_a_context_line_moves_the_answer_and_never_holds_it(seed: int) -> None:
    rng = random.Random(seed)
    question = rng.choice(ANSWERED)
    before = Example(question.text, question.paragraph.text, question.answer, "answered")
    line = context_line(question.paragraph.title, rng)
    assert line.startswith(question.paragraph.title)
    assert "\n" not in line
    after = with_context(before, line)
    assert after.text == f"{line}\n{before.text}"
    assert before.answer is not None
    assert after.answer is not None
    assert cut(after.text, after.answer) == cut(before.text, before.answer)
    assert after.answer.start > len(line)


def test_all_texts_of_a_group_have_a_context_line_or_none() -> None:
    with_line = []
    for seed in range(10):
        for _, group in groups_for(seed):
            lines = [re.match(r"(Kelm|Dorva|Ostrow)( › [\w ]+)?\n", e.text) for e in group.examples]
            assert all(lines) or not any(lines)
            with_line.append(bool(lines[0]))
    assert 0.65 < sum(with_line) / len(with_line) < 0.85


def test_a_group_has_one_question_and_at_most_one_answer() -> None:
    answered = Example("Who?", "Bo left.", Span(0, 2), "answered")
    with pytest.raises(ValueError, match="at most one answer"):
        Group((answered, answered))
    with pytest.raises(ValueError, match="one question"):
        Group((answered, Example("When?", "Bo left.", None, "retrieved")))


# Files


def test_search_is_written_to_a_file_and_read_back(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache.parent))
    file = tmp_path / "not there yet" / "towns.jsonl.gz"
    mine(ANSWERED, ANSWERED[:10], file, lambda _: None)
    mined = read_mined(file, ANSWERED)
    assert set(mined) == {(q.text, q.paragraph.article) for q in ANSWERED[:10]}
    articles = Articles(ANSWERED)
    holding = 0
    for question in ANSWERED[:10]:
        found = mined[question.text, question.paragraph.article]
        assert all(cut(articles.texts[p.article], p.span) == p.text for p in found)
        assert all(p.title == p.article for p in found)
        place = articles.place(question.paragraph)
        answer = Span(place.start + question.answer.start, place.start + question.answer.end)
        best = [p for p in found[:3] if p.article == question.paragraph.article]
        holding += any(p.span.contains(answer) for p in best)
    assert holding >= 7


def test_the_second_half_of_the_dev_file_is_never_returned(tmp_path: Path) -> None:
    articles = [
        {"title": f"Town_{letter}", "paragraphs": [
            {"context": f"{letter} lies south.", "qas": [asked("Which lies south?", (letter, 0))]},
        ]}
        for letter in "HCABFEDG"
    ]  # fmt: skip
    trained, chosen = read_dev(squad_file(tmp_path / "dev.json", articles))
    assert {q.paragraph.title for q in trained} == {"Town A", "Town B"}
    assert {q.paragraph.title for q in chosen} == {"Town C", "Town D"}
    assert HELD_BACK == 2


def test_questions_without_a_marked_answer_are_read_only_on_request(tmp_path: Path) -> None:
    paragraph = {
        "context": "Bo left in May.",
        "qas": [asked("Who?", ("Bo", 0)), asked("When?"), asked("Why?", impossible=True)],
    }
    file = squad_file(tmp_path / "more.json", [{"title": "Bo_C.", "paragraphs": [paragraph]}])
    assert [q.text for q in read_questions([file])] == ["Who?", "Why?"]
    found = read_questions([file], unmarked=True)
    assert [(q.text, bool(q.answers), q.unmarked) for q in found] == [
        ("Who?", True, False), ("When?", False, True), ("Why?", False, False),
    ]  # fmt: skip
    assert {q.paragraph.title for q in found} == {"Bo C."}


# Tables


def cells(group: Group) -> list[dict[str, str]]:
    """The rows of a group's texts: their cells by column."""
    rows: list[dict[str, str]] = []
    for example in group.examples:
        for cell in re.split(r"; |\n+", example.text):
            name, colon, value = cell.partition(": ")
            if not colon:
                continue  # the context line
            if not rows or name in rows[-1]:
                rows.append({})
            rows[-1][name] = value
    return rows


@given(seeds)
def test_a_question_about_a_table_is_answered_by_its_row_and_column(seed: int) -> None:
    for group in table_groups(5, random.Random(seed)):
        first, rows = group.examples[0], cells(group)
        if first.answer is None:
            continue
        answer = cut(first.text, first.answer)
        key = next(iter(rows[0]))
        before = first.text[: first.answer.start]
        column = re.split(r"; |\n", before)[-1].removesuffix(": ")
        named = [row for row in rows if re.search(rf"\b{re.escape(row[key])}\b", first.question)]
        if column == key:
            assert any(answer == row[key] for row in rows)
            assert any(value in first.question for row in rows for value in row.values())
        else:
            assert any(row[column] == answer for row in named)


@given(seeds)
def test_a_table_without_an_answer_lacks_the_row_or_the_column(seed: int) -> None:
    for group in table_groups(5, random.Random(seed)):
        if any(example.answer for example in group.examples):
            continue
        rows = cells(group)
        key = next(iter(rows[0]))
        question = group.examples[0].question
        named = any(re.search(rf"\b{re.escape(row[key])}\b", question) for row in rows)
        asked_for = any(name.lower() in question for name in rows[0] if name != key)
        assert not (named and asked_for)


def test_questions_about_tables_are_answered_about_as_often_as_not() -> None:
    groups = table_groups(600, random.Random(0))
    answered = sum(group.examples[0].answer is not None for group in groups)
    assert 0.5 < answered / len(groups) < 0.75


# Settings


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_the_rate_rises_then_falls_to_nothing_with_the_time(times: list[float]) -> None:
    settings = GroupSettings(60)
    rates = [(time, settings.rate(time)) for time in sorted(times)]
    for (one, low), (other, high) in pairwise(rates):
        assert (low <= high) if other <= settings.warmup else True
        assert (low >= high) if one >= settings.warmup else True
    assert all(0 <= rate <= settings.learning_rate for _, rate in rates)
    assert settings.rate(1) == 0
