"""The benchmark of trust: halves of articles, records of what was read, and figures of a mix."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa.reader.decide import Calibration
from qa.reader.onnx import WindowLogits
from qa.reader.spans import SpanReader
from qa.types import Outcome
from tests.benchmark.records import Asker, Record, load, write
from tests.benchmark.squad import (
    SquadQuestion,
    half_of,
    other_half,
    write_articles,
    write_halves,
)
from tests.benchmark.trust import read_answered_after_all
from tests.benchmark.trust_report import report
from tests.support.corpora import corpus_of

TOWNS = ["Kelm", "Odra", "Vils", "Tarn"]
CALIBRATION = Calibration(
    score_diff_weight=0.1,
    span_score_weight=0.0,
    coefficients={"intercept": 0.0, "score_diff": 0.5},
    min_confidence=0.2,
    min_answered=0.5,
    sufficient_confidence=0.9,
)


def paragraphs(town: str) -> list[dict[str, Any]]:
    """Return paragraphs as SQuAD has them: each year is a gold answer, each price is not given."""
    made = []
    for number, thing in enumerate(["bridge", "mill", "church", "inn", "school"]):
        year = str(1800 + number)
        context = f"The {thing} of {town} — très old 🏰 — was built in {year}, they say."
        place = {"text": year, "answer_start": context.index(year)}
        asked = {"question": f"When was the {thing} of {town} built?", "id": f"{town}{number}"}
        price = {"question": f"What did the {thing} of {town} cost?", "id": f"{town}{number}-"}
        answerable = asked | {"answers": [place, place], "is_impossible": False}
        unanswerable = price | {"answers": [], "is_impossible": True}
        made.append({"context": context, "qas": [answerable, unanswerable]})
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    data = [{"title": town, "paragraphs": paragraphs(town)} for town in TOWNS]
    made = tmp_path / "squad.json"
    made.write_text(json.dumps({"data": data}), "utf-8")
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "articles"
    made.mkdir()
    return made


def check_spans(questions: Sequence[SquadQuestion], folder: Path) -> None:
    for question in questions:
        text = (folder / question.article).read_bytes().decode("utf-8")
        paragraph = text[question.paragraph.start : question.paragraph.end]
        thing = re.findall(r"the (\w+) of", question.question)[0]
        assert paragraph.startswith(f"The {thing} of ")
        assert question.answerable == question.question.startswith("When")
        for gold in question.spans:
            assert gold.article == question.article
            assert text[gold.span.start : gold.span.end] == gold.text
            assert question.paragraph.contains(gold.span)


def test_articles_have_all_paragraphs_and_spans_that_point_at_the_gold_answers(
    file: Path, folder: Path
) -> None:
    questions = write_articles([file], folder)
    check_spans(questions, folder)
    assert len(questions) == len({question.id for question in questions}) == 40
    assert (folder / "Kelm.txt").read_text("utf-8").split("\n\n") == [
        paragraph["context"] for paragraph in paragraphs("Kelm")
    ]


def test_each_half_has_every_other_paragraph_and_the_questions_about_them(
    file: Path, folder: Path
) -> None:
    questions = write_halves([file], folder)
    check_spans(questions, folder)
    contexts = [paragraph["context"] for paragraph in paragraphs("Odra")]
    assert (folder / "1/Odra.txt").read_text("utf-8").split("\n\n") == contexts[0::2]
    assert (folder / "2/Odra.txt").read_text("utf-8").split("\n\n") == contexts[1::2]
    assert {q.id for q in questions} == {q.id for q in write_articles([file], folder)}
    for question in questions:
        other = other_half(question.article)
        assert other != question.article
        assert other_half(other) == question.article
        paragraph = (folder / question.article).read_text("utf-8")[: question.paragraph.end]
        assert paragraph[question.paragraph.start :] not in (folder / other).read_text("utf-8")


def test_the_first_half_of_the_articles_by_title_is_for_fitting(file: Path, folder: Path) -> None:
    for questions in (write_articles([file], folder), write_halves([file], folder)):
        first, second = half_of(questions, "first"), half_of(questions, "second")
        assert {Path(q.article).name for q in first} == {"Kelm.txt", "Odra.txt"}
        assert {Path(q.article).name for q in second} == {"Tarn.txt", "Vils.txt"}
        assert half_of(questions, "all") == questions


class Years:
    """Marks each number as an answer, the highest most; counts the pairs it reads."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def run(self, question: str, texts: Sequence[str]) -> list[WindowLogits]:
        windows = []
        for number, text in enumerate(texts):
            self.pairs.append((question, text))
            words = list(re.finditer(r"\w+", text))
            scores = [float(w[0]) - 1800 + 3 if w[0].isdecimal() else -9.0 for w in words]
            logits = np.array(scores, dtype=np.float32)
            offsets, ids = [word.span() for word in words], list(range(len(words)))
            windows.append(WindowLogits(number, offsets, [*ids], logits, logits, 1.0))
        return windows

    def part_read(self, question: str) -> str:
        return question


def recorded(file: Path, folder: Path, runner: Years) -> list[Record]:
    """Return records of one question of Kelm: of its half, the other, and with its paragraph."""
    question = next(q for q in write_halves([file], folder) if q.id == "Kelm1")
    reader = SpanReader(runner, CALIBRATION, read_first=9, passages_to_read=9)
    with corpus_of(folder, stores=folder.parent / "stores", reader=reader) as corpus:
        corpus.sync()
        asker = Asker(corpus)
        return [
            asker.ask("own half", question, question.article, answerable=True),
            asker.ask("silent", question, other_half(question.article), answerable=False),
            asker.read("paragraph", question),
        ]


def test_a_record_has_what_the_decision_was_made_from(file: Path, folder: Path) -> None:
    runner = Years()
    own, silent, given = recorded(file, folder, runner)
    assert len(runner.pairs) == len(set(runner.pairs))  # no pair is read twice
    for record in (own, silent, given):
        best = record.candidates[0]
        assert record.confidence == pytest.approx(CALIBRATION.probability(best.features), abs=1e-4)
        assert record.golds == ["1801"]
        assert record.answer == best.text
        for candidate in record.candidates:
            hit = record.hits[candidate.rank - 1]
            assert hit.start <= candidate.start < candidate.end <= hit.end
            assert candidate.span_score == pytest.approx(
                candidate.score_diff + hit.null_scores[0], abs=1e-3
            )
    assert (own.answer, own.f1, own.right) == ("1803", 0, False)  # the highest of its half
    assert [c.text for c in own.candidates if c.f1 == c.exact_match == 1] == ["1801"]
    assert any(hit.has_gold for hit in own.hits)
    assert (silent.answerable, silent.asked_of) == (False, "1/Kelm.txt")
    assert not any(hit.has_gold for hit in silent.hits)
    assert not any(c.f1 or c.exact_match or c.contains_gold for c in silent.candidates)
    assert (given.answer, given.f1, given.right) == ("1801", 1, True)


def test_records_are_read_as_they_were_written(file: Path, folder: Path, tmp_path: Path) -> None:
    records = recorded(file, folder, Years())
    records.append(replace(records[0], question="\u2028 “é” 🏰\n"))
    written = tmp_path / "records.jsonl"
    assert list(write(records, written)) == records
    assert load(written) == records


def record(kind: str, outcome: Outcome, confidence: float, *, right: bool = False) -> Record:
    return Record(
        kind=kind, article="a", asked_of="a", id="1", question="?",
        answerable=kind == "own article", golds=["x"], outcome=outcome, confidence=confidence,
        answer="x", exact_match=float(right), f1=float(right), passage_first=True,
        elapsed_ms=1.0, hits=[], candidates=[],
    )  # fmt: skip


def test_in_the_mix_each_kind_has_its_share_however_many_questions_were_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report(
        [
            record("own article", "answered", 0.9, right=True),
            record("own article", "answered", 0.8, right=True),
            record("own article", "unsure", 0.4, right=True),
            record("silent", "answered", 0.7),
            record("silent", "not_found", 0.1),
            record("misleading", "unsure", 0.3),
        ]
    )
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    # 60 % answerable, two of three answered, all right; 30 % silent, one of two answered: 0.4/0.55
    assert "default 72.7 % 66.7 % 50.0 % 0.0 %" in lines
    # All of the answerable are answered from 40 % on, none of the misleading: 0.6/0.75
    assert "0.400 80.0 % 100.0 % 50.0 % 0.0 %" in lines
    # 0.2 * (0.1 + 0.2 + 0.6) + 0.15 * (0.7 + 0.1) + 0.1 * 0.3
    assert f"calibration error {0.2 * 0.9 + 0.15 * 0.8 + 0.1 * 0.3:.3f}" in lines


def test_questions_that_are_not_counted_as_silent_have_a_reason() -> None:
    for id, reason in read_answered_after_all().items():
        assert re.fullmatch(r"[0-9a-f]{20,}", id)
        assert 10 <= len(reason) <= 100
