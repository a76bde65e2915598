"""Training a reader further on groups of texts: losses, batches, resumed runs, figures."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from transformers import BertForQuestionAnswering

from index.models.find import DEFAULT_MODEL, find_model
from index.types import Span
from qa.reader.onnx import PairRunner
from qa.reader.open import MODEL
from qa.train.batches import token_span
from qa.train.checkpoint import BEFORE, CHECKPOINT
from qa.train.choose import measure
from qa.train.examples import Example, Examples
from qa.train.fit_groups import BEST, LAST, SCORES, fit_groups
from qa.train.group_batches import group_batches
from qa.train.groups import Group, groups_of
from qa.train.losses import FIRST_TEXT, group_loss
from qa.train.mine import Articles
from qa.train.models import load_model, load_tokenizer
from qa.train.questions import Question
from qa.train.restore import restore
from qa.train.rounds import Rounds
from qa.train.score import Asked, read_texts
from qa.train.sets import QuestionSet
from qa.train.settings import GroupSettings
from tests.support.small_reader import save_model, small_config
from tests.support.towns import QUESTIONS, similar

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    model = BertForQuestionAnswering(small_config())
    return save_model(model, tmp_path_factory.mktemp("base"))


def town_set() -> QuestionSet:
    """The towns' questions; search finds every paragraph for each, the next town's first."""
    unanswered = [Question(f"{q.text[:-1]} now?", q.paragraph, ()) for q in QUESTIONS[::3]]
    questions = [*QUESTIONS, *unanswered]
    articles = Articles(questions)
    found = [
        articles.found(p.article, articles.place(p))
        for p in dict.fromkeys(question.paragraph for question in questions)
    ]
    mined = {(q.text, q.paragraph.article): [*found[place % 9 :], *found[: place % 9]]
             for place, q in enumerate(questions)}  # fmt: skip
    return QuestionSet("towns", questions, articles, mined)


TOWNS = town_set()


# Losses


def oracle(logits: np.ndarray, inside: np.ndarray, gold: np.ndarray, sizes: list[int]) -> float:
    """The loss, spelled out in probabilities."""
    losses, first = [], 0
    for size in sizes:
        rows = range(first, first + size)
        all_texts = [np.exp(logits[row, i]) for row in rows for i in np.flatnonzero(inside[row])]
        right = [np.exp(logits[row, i]) for row in rows for i in np.flatnonzero(gold[row])]
        shared = -np.log((sum(right) if right else 1.0) / (1.0 + sum(all_texts)))
        single = []
        for row in rows:
            null = np.exp(logits[row, 0])
            of_text = sum(np.exp(logits[row, i]) for i in np.flatnonzero(inside[row]))
            of_gold = sum(np.exp(logits[row, i]) for i in np.flatnonzero(gold[row]))
            single.append(-np.log((of_gold or null) / (null + of_text)))
        own = single[0]
        if size > 1:
            own = FIRST_TEXT * own + (1 - FIRST_TEXT) * np.mean(single[1:])
        losses.append((shared + own) / 2)
        first += size
    return float(np.mean(losses))


@given(st.integers(0, 100_000))
def test_the_loss_is_the_one_spelled_out_in_probabilities(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, size=rng.integers(1, 5)).tolist()
    texts, tokens = sum(sizes), 9
    logits = rng.normal(0, 3, (texts, tokens))
    inside = np.zeros((texts, tokens), dtype=bool)
    gold = np.zeros((texts, tokens), dtype=bool)
    first = 0
    for size in sizes:
        for row in range(first, first + size):
            inside[row, rng.integers(1, 4) : rng.integers(5, 10)] = True
        if rng.random() < 0.6:
            row = first + rng.integers(size)
            places = np.flatnonzero(inside[row])
            gold[row, places[: rng.integers(1, len(places) + 1)]] = True
        first += size
    tensor = torch.tensor(logits, requires_grad=True)
    loss = group_loss(tensor, torch.tensor(inside), torch.tensor(gold), sizes)
    assert float(loss.detach()) == pytest.approx(oracle(logits, inside, gold, sizes), rel=1e-9)
    loss.backward()  # type: ignore[no-untyped-call]  # torch does not annotate it
    assert tensor.grad is not None
    assert torch.isfinite(tensor.grad).all()
    unused = ~inside
    unused[:, 0] = False
    assert not tensor.grad[torch.tensor(unused)].any()


def test_a_span_that_beats_those_of_its_own_text_alone_is_not_enough() -> None:
    """The other text's spans count: lowering them lowers the loss."""
    inside = torch.tensor([[False, True, True], [False, True, True]])
    gold = torch.tensor([[False, True, False], [False, False, False]])
    calm = torch.tensor([[0.0, 9.0, -9.0], [0.0, -9.0, -9.0]])
    loud = torch.tensor([[0.0, 9.0, -9.0], [20.0, 9.0, -9.0]])  # its null score is high as well
    together, alone = [2], [1, 1]
    assert group_loss(calm, inside, gold, together) < 0.01
    assert group_loss(loud, inside, gold, together) > 0.3
    first_alone = group_loss(loud[:1], inside[:1], gold[:1], alone[:1])
    assert first_alone < 0.01


# Batches


def test_batches_hold_whole_groups_and_mark_the_answers(base: Path) -> None:
    tokenizer = load_tokenizer(base, 200)
    groups = groups_of(TOWNS, TOWNS.questions, random.Random(1))
    text = "Bo left in 1932 with Otto."
    groups.append(Group((Example("when?", text, Span(3, 15), "unmarked", anywhere=True),)))
    batches = list(group_batches(groups, tokenizer, GroupSettings(60, texts=8), random.Random(2)))
    assert sum(len(batch.sizes) for batch in batches) == len(groups)
    expected = {}
    for group in groups:
        for example in group.examples:
            encoding = tokenizer.encode(example.question, example.text)
            expected[tuple(encoding.ids)] = (encoding, example)
    for batch in batches:
        assert sum(batch.sizes) == len(batch.inside) <= 8
        for row, mask in enumerate(batch.inputs["attention_mask"]):
            encoding, example = expected[
                tuple(batch.inputs["input_ids"][row, : mask.sum()].tolist())
            ]
            inside = [i for i, part in enumerate(encoding.sequence_ids) if part == 1]
            assert batch.inside[row].nonzero().flatten().tolist() == inside
            first, last = token_span(encoding, example)
            starts = batch.starts[row].nonzero().flatten().tolist()
            ends = batch.ends[row].nonzero().flatten().tolist()
            if example.anywhere:
                assert starts == ends == list(range(first, last + 1))
            else:
                assert (starts, ends) == (([first], [last]) if last else ([], []))


# Runs


SETTINGS = GroupSettings(2.5, texts=8, learning_rate=3e-3, averaged_over=20)


ROUNDS = Rounds(TOWNS, [TOWNS], Examples(QUESTIONS, similar, seed=1), seed=1, tables=20)


def drawn(number: int) -> list[Group]:
    return ROUNDS.round(number)


class Stopped(Exception):
    """The machine goes down."""


def test_a_run_learns_ends_by_its_time_and_keeps_the_best_model(base: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    scores = iter([0.5, 0.9, 0.7, *[0.6] * 100])

    def scored(model: BertForQuestionAnswering) -> dict[str, float]:
        assert not model.training
        return {"overall": next(scores)}

    fit_groups(drawn, base, SETTINGS, tmp_path, report=lines.append, measure=scored,
               checkpoint_seconds=0.5, measure_seconds=0.5)  # fmt: skip
    rows = json.loads((tmp_path / SCORES).read_text("utf-8"))
    assert [row["overall"] for row in rows[:3]] == [0.5, 0.9, 0.7]
    assert len({row["steps"] for row in rows}) == len(rows) >= 3
    best, last = load_model(tmp_path / BEST), load_model(tmp_path / LAST)
    untrained = load_model(base)
    weights = [model.qa_outputs.weight for model in (best, last, untrained)]
    assert not torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[1], weights[2])
    load_tokenizer(tmp_path / BEST, 100)
    assert {file.name for file in tmp_path.iterdir()} == {CHECKPOINT, BEFORE, BEST, LAST, SCORES}
    for name in (CHECKPOINT, BEFORE):  # the one before is used if the last one is missing
        with pytest.raises(ValueError, match=f"{name} has different settings"):
            fit_groups(drawn, base, GroupSettings(2.5, texts=4), tmp_path, report=lines.append,
                       measure=scored)  # fmt: skip
        (tmp_path / name).unlink()


def test_a_stopped_run_goes_on_from_its_checkpoint(base: Path, tmp_path: Path) -> None:
    lines: list[str] = []
    calls = iter([True, True, False])

    def stopping(model: BertForQuestionAnswering) -> dict[str, float]:
        if not next(calls):
            raise Stopped
        return {"overall": 0.5}

    settings = GroupSettings(60, texts=8)
    with pytest.raises(Stopped):
        fit_groups(drawn, base, settings, tmp_path, report=lines.append, measure=stopping,
                   checkpoint_seconds=0, measure_seconds=0.3)  # fmt: skip
    before = json.loads((tmp_path / SCORES).read_text("utf-8"))[-1]["steps"]
    square = load_file(tmp_path / CHECKPOINT)["square.qa_outputs.weight"]
    assert square.any()
    sooner = GroupSettings(1.5, texts=8)  # a resumed run may end sooner
    fit_groups(drawn, base, sooner, tmp_path, report=lines.append,
               measure=lambda _: {"overall": 0.7}, checkpoint_seconds=60)  # fmt: skip
    rows = json.loads((tmp_path / SCORES).read_text("utf-8"))
    assert [row["overall"] for row in rows] == [0.5, 0.5, 0.7]
    assert rows[-1]["steps"] > before


# Figures


def test_the_figures_of_an_untrained_reader_are_those_of_chance(base: Path) -> None:
    tokenizer = load_tokenizer(base, 300)
    measured = measure(load_model(base).eval(), tokenizer, TOWNS)
    assert measured["exact"] <= measured["f1"] < 30
    for name in ("misleading", "misleading score", "silent", "silent score"):
        assert 0.1 < measured[name] < 0.9
    areas = [value for name, value in measured.items() if name not in ("exact", "f1", "overall")]
    assert measured["overall"] == pytest.approx((sum(areas) + measured["f1"] / 100) / 5)


def test_skipped_characters_hold_no_answer(base: Path) -> None:
    tokenizer = load_tokenizer(base, 300)
    model = load_model(base).eval()
    for question in QUESTIONS[:8]:
        text = question.paragraph.text
        skipped = text.index(" ", len(text) // 2)
        (best,) = read_texts(model, tokenizer, [Asked(question.text, text, skipped)])
        assert best.span.start >= skipped


def test_the_bundled_reader_is_restored_from_its_export(tmp_path: Path) -> None:
    encoder = find_model(DEFAULT_MODEL, notify=str).path
    restore(MODEL, encoder, tmp_path / "reader")
    model, tokenizer = (
        load_model(tmp_path / "reader").eval(),
        load_tokenizer(tmp_path / "reader", 384),
    )
    question, text = QUESTIONS[0].text, QUESTIONS[0].paragraph.text
    (window,) = PairRunner(MODEL, 1).run(question, [text])
    encoding = tokenizer.encode(question, text)
    with torch.inference_mode():
        output = model(
            input_ids=torch.tensor([encoding.ids]), token_type_ids=torch.tensor([encoding.type_ids])
        )
    inside = [i for i, part in enumerate(encoding.sequence_ids) if part == 1]
    assert output.start_logits[0, inside].numpy() == pytest.approx(window.start_logits, abs=1e-3)
    assert output.end_logits[0, inside].numpy() == pytest.approx(window.end_logits, abs=1e-3)
    null_score = float(output.start_logits[0, 0] + output.end_logits[0, 0])
    assert null_score == pytest.approx(window.null_score, abs=1e-3)


def test_weights_that_are_missing_are_reported(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no weights for bert\.embeddings\.word_embeddings"):
        restore(MODEL, base, tmp_path / "reader")
