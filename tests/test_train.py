"""Training a reader: a model from examples."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertForQuestionAnswering, BertModel

from index.types import Span
from qa.eval.measures import f1
from qa.reader.onnx import PairRunner
from qa.train import __main__ as command
from qa.train.batches import token_span
from qa.train.checkpoint import CHECKPOINT
from qa.train.examples import Example, Examples
from qa.train.fit import fit
from qa.train.models import load_model, load_tokenizer
from qa.train.questions import Paragraph, Question
from qa.train.score import MAX_ANSWER_TOKENS, read, score
from qa.train.settings import TrainingSettings
from qa.train.similar import similar_words
from tests.support.small_reader import save_model, small_config, small_tokenizer
from tests.support.towns import (
    FIELDS,
    QUESTIONS,
    TOWNS,
    asked,
    cut,
    golds,
    similar,
    span_of,
    squad_file,
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("one_thread")]


@pytest.fixture(scope="module")
def examples() -> Examples:
    return Examples(QUESTIONS, similar, seed=5)


@pytest.fixture(scope="module")
def made(examples: Examples) -> list[Example]:
    """The examples of many epochs: every kind, many times."""
    return [example for number in range(60) for example in examples.epoch(number)]


# Tokens


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model without outputs for answers."""
    torch.manual_seed(0)
    return save_model(BertModel(small_config()), tmp_path_factory.mktemp("base"))


def test_the_tokens_of_an_answer_cover_it_and_no_more(base: Path, made: list[Example]) -> None:
    tokenizer = load_tokenizer(base, 400)
    for example in made[:300]:
        encoding = tokenizer.encode(example.question, example.text)
        first, last = token_span(encoding, example)
        if example.answer is None:
            assert (first, last) == (0, 0)
            continue
        assert encoding.sequence_ids[first] == encoding.sequence_ids[last] == 1
        covered = Span(encoding.offsets[first][0], encoding.offsets[last][1])
        assert covered == example.answer


@given(st.text("ab é東.-\u00df😀", min_size=1, max_size=30), st.data())
def test_the_tokens_of_any_answer_cover_its_words(text: str, data: st.DataObject) -> None:
    spans = [Span(*match.span()) for match in re.finditer(r"\S+( \S+)?", text)]
    if not spans:
        return
    answer = data.draw(st.sampled_from(spans))
    encoding = small_tokenizer().encode("a b?", text)
    first, last = token_span(encoding, Example("a b?", text, answer, "answered"))
    start, end = encoding.offsets[first][0], encoding.offsets[last][1]
    assert start <= answer.start
    assert end >= answer.end
    assert encoding.offsets[first][1] > answer.start
    assert encoding.offsets[last][0] < answer.end


@pytest.mark.parametrize("answer", ["cafe\u0301", "पशु", "1932\u200e"])
def test_an_answer_that_ends_in_a_mark_keeps_its_tokens(answer: str) -> None:
    text = f"It is {answer}."
    example = Example("a?", text, span_of(text, answer), "answered")
    assert token_span(small_tokenizer().encode("a?", text), example) != (0, 0)


def test_an_answer_that_is_cut_off_is_none_and_the_question_is_whole(base: Path) -> None:
    text = "the museum shows linen and tools of the workers"
    question = "what does the museum show beside tools?"
    answers = {"linen": True, "tools of the workers": False, "workers": False}
    asked_alone = len(small_tokenizer().encode(question).ids)
    encoding = load_tokenizer(base, asked_alone + 7).encode(question, text)
    assert encoding.sequence_ids.count(0) == asked_alone - 2
    for answer, seen in answers.items():
        example = Example(question, text, span_of(text, answer), "answered")
        assert (token_span(encoding, example) != (0, 0)) == seen


# Fitting

STEPS = 15
SETTINGS = TrainingSettings(STEPS, seed=3, batch=4, learning_rate=3e-3)


def short_questions() -> list[Question]:
    """What a step takes grows with the length of the text."""
    made = []
    for town, values in TOWNS.items():
        for field, value in zip(FIELDS, values, strict=True):
            text = f"The {field} of {town} is {value}."
            paragraph = Paragraph(town, text)
            asked_for = f"What is the {field} of {town}?"
            made.append(Question(asked_for, paragraph, (span_of(text, value),)))
    return made


@pytest.fixture(scope="module")
def short() -> Examples:
    return Examples(short_questions(), similar, seed=5)


def quiet(line: str) -> None:
    pass


def weights(model: BertForQuestionAnswering) -> dict[str, torch.Tensor]:
    return {name: value.detach() for name, value in model.named_parameters()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def undisturbed(
    base: Path, short: Examples, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, torch.Tensor]:
    folder = tmp_path_factory.mktemp("undisturbed")
    return weights(fit(short, base, SETTINGS, folder, report=quiet))


def test_the_loss_falls_and_what_was_learnt_is_read(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    lines: list[str] = []
    settings = TrainingSettings(100, batch=8, learning_rate=5e-3, averaged_over=20)
    model = fit(short, base, settings, tmp_path, report=lines.append)
    losses = [float(m[1]) for line in lines if (m := re.search(r"loss ([\d.]+)", line))]
    assert len(losses) == 2
    assert losses[-1] < 0.75 * losses[0]
    assert not model.training


def test_training_is_the_same_for_the_same_seed_and_no_other(
    base: Path, short: Examples, tmp_path: Path, undisturbed: dict[str, torch.Tensor]
) -> None:
    again = fit(short, base, SETTINGS, tmp_path / "again", report=quiet)
    assert same(weights(again), undisturbed)
    reseeded = TrainingSettings(**{**settings_of(SETTINGS), "seed": 4})
    other = fit(short, base, reseeded, tmp_path / "other", report=quiet)
    assert not same(weights(other), undisturbed)


def settings_of(settings: TrainingSettings) -> dict[str, float]:
    return {name: getattr(settings, name) for name in TrainingSettings.__dataclass_fields__}


class Stopped(Exception):
    """The machine goes down."""


def stop_after(checkpoints: int) -> Callable[[BertForQuestionAnswering], str]:
    left = iter(range(checkpoints - 1))

    def measure(model: BertForQuestionAnswering) -> str:
        if next(left, None) is None:
            raise Stopped
        return "well"

    return measure


@pytest.mark.parametrize("stops", [(6,), (5,), (1, 4, 2), (STEPS,)])
def test_training_that_was_stopped_goes_on_as_if_it_had_not_been(
    base: Path,
    short: Examples,
    tmp_path: Path,
    undisturbed: dict[str, torch.Tensor],
    stops: tuple[int, ...],
) -> None:
    assert len(short.epoch(0)) // SETTINGS.batch == 6  # one stop is at the end of an epoch
    for steps in stops:
        with pytest.raises(Stopped):
            fit(short, base, SETTINGS, tmp_path, report=quiet, measure=stop_after(steps),
                checkpoint_seconds=0)  # fmt: skip
        torch.manual_seed(99)  # another process is at another place of its random numbers
    resumed = weights(fit(short, base, SETTINGS, tmp_path, report=quiet))
    assert resumed.keys() == undisturbed.keys()
    for name, value in resumed.items():
        assert torch.allclose(value, undisturbed[name], atol=1e-6), name


def test_what_was_done_is_not_done_again(base: Path, short: Examples, tmp_path: Path) -> None:
    first = fit(short, base, SETTINGS, tmp_path, report=quiet)
    lines: list[str] = []
    again = fit(short, base, SETTINGS, tmp_path, report=lines.append, checkpoint_seconds=0)
    assert same(weights(again), weights(first))
    assert not any(line.startswith("step") for line in lines)


def test_a_checkpoint_of_other_settings_is_refused(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    with pytest.raises(Stopped):
        fit(short, base, SETTINGS, tmp_path, report=quiet, measure=stop_after(1),
            checkpoint_seconds=0)  # fmt: skip
    before = (tmp_path / CHECKPOINT).read_bytes()
    for name, value in {
        "seed": 9,
        "steps": STEPS + 1,
        "learning_rate": 1e-5,
        "answered": 0.9,
    }.items():
        other = TrainingSettings(**{**settings_of(SETTINGS), name: value})
        with pytest.raises(ValueError, match="different settings"):
            fit(short, base, other, tmp_path, report=quiet)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_a_checkpoint_is_one_file_and_no_pickle(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    out = tmp_path / "not" / "there yet"
    model = fit(short, base, SETTINGS, out, report=quiet, checkpoint_seconds=0)
    assert [file.name for file in out.iterdir()] == [CHECKPOINT]
    model.save_pretrained(out)
    for file in out.rglob("*"):
        assert file.suffix in (".json", ".safetensors")
        assert file.read_bytes()[:2] not in (b"PK", b"\x80\x02", b"\x80\x04")


def test_checkpoints_are_measured_on_the_averaged_model(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    measured: list[dict[str, torch.Tensor]] = []

    def measure(model: BertForQuestionAnswering) -> str:
        assert not model.training
        measured.append({name: value.clone() for name, value in weights(model).items()})
        return "well read"

    lines: list[str] = []
    settings = TrainingSettings(3, batch=4, learning_rate=3e-3)
    model = fit(short, base, settings, tmp_path, report=lines.append, measure=measure,
                checkpoint_seconds=0)  # fmt: skip
    assert [line for line in lines if "well" in line] == [f"step {n}: well read" for n in (1, 2, 3)]
    assert same(measured[-1], weights(model))
    assert not same(measured[0], measured[1])


@pytest.mark.parametrize("steps", [1, 7, 40, 1000])
def test_the_rate_rises_stays_and_falls_to_nothing(steps: int) -> None:
    settings = TrainingSettings(steps)
    rates = [settings.rate(step) for step in range(steps + 1)]
    assert max(rates) <= settings.learning_rate
    assert min(rates[:-1]) > 0
    assert rates[-1] == 0
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


# A word's neighbours


def test_another_word_is_no_form_of_the_word(base: Path) -> None:
    another = similar_words(base, first=2, last=12)
    chance = random.Random(0)
    for word in ("bridge", "museum", "opened"):
        others = {another(word, chance) for _ in range(50)}
        assert 1 < len(others) <= 10
        for other in others:
            assert other is not None
            assert other.isalpha()
            assert not other.startswith(word[: len(word) - 3])
    assert another("unheard", chance) is None
    assert another("1932", chance) is None


# Scores


def unanswerable(questions: Sequence[Question]) -> list[Question]:
    return [Question(q.text, q.paragraph, ()) for q in questions]


def test_a_model_is_scored_by_words_that_match_and_by_telling_apart(base: Path) -> None:
    torch.manual_seed(1)
    model, tokenizer = load_model(base).eval(), load_tokenizer(base, 384)
    readings = read(model, tokenizer, QUESTIONS)
    half = QUESTIONS[::2]
    told = [  # what is read is what was asked for, of every other question
        Question(q.text, q.paragraph, (span_of(q.paragraph.text, answer),)) if q in half else q
        for q, (answer, _) in zip(QUESTIONS, readings, strict=True)
    ]
    measured = score(model, tokenizer, [*told, *unanswerable(QUESTIONS)])
    expected = [max(f1(answer, gold) for gold in golds(q))
                for q, (answer, _) in zip(told, readings, strict=True)]  # fmt: skip
    assert measured["exact"] >= 100 * len(half) / len(QUESTIONS)
    assert measured["exact"] <= measured["f1"]
    assert measured["f1"] == pytest.approx(100 * sum(expected) / len(expected))
    assert measured["auc"] == pytest.approx(0.5)  # the same questions on both sides


def test_reading_finds_the_best_legal_span_of_the_text(base: Path) -> None:
    torch.manual_seed(2)
    model, tokenizer = load_model(base).eval(), load_tokenizer(base, 384)
    readings = read(model, tokenizer, QUESTIONS)
    for question, (answer, gap) in zip(QUESTIONS[:12], readings[:12], strict=True):
        encoding = tokenizer.encode(question.text, question.paragraph.text)
        with torch.inference_mode():
            output = model(
                input_ids=torch.tensor([encoding.ids]),
                token_type_ids=torch.tensor([encoding.type_ids]),
            )
        starts, ends = output.start_logits[0].tolist(), output.end_logits[0].tolist()
        inside = [place for place, part in enumerate(encoding.sequence_ids) if part == 1]
        best, first, last = max((starts[a] + ends[b], a, b) for a, b in legal_pairs(inside))
        assert gap == pytest.approx(best - starts[0] - ends[0], abs=1e-4)
        text = question.paragraph.text
        assert answer == text[encoding.offsets[first][0] : encoding.offsets[last][1]]


def legal_pairs(inside: Sequence[int]) -> Iterator[tuple[int, int]]:
    for first in inside:
        yield from ((first, last) for last in inside if 0 <= last - first < MAX_ANSWER_TOKENS)


# The command


def squad_of(questions: Sequence[Question]) -> list[dict[str, object]]:
    by_article: dict[str, list[dict[str, object]]] = {}
    for paragraph in dict.fromkeys(q.paragraph for q in questions):
        qas = [
            asked(q.text, *((cut(paragraph.text, a), a.start) for a in q.answers))
            for q in questions
            if q.paragraph == paragraph
        ]
        found = {"context": paragraph.text, "qas": qas}
        by_article.setdefault(paragraph.article, []).append(found)
    return [{"title": name, "paragraphs": found} for name, found in by_article.items()]


@pytest.mark.filterwarnings("ignore:.*legacy TorchScript:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Exporting aten:UserWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_the_command_writes_a_model_that_can_be_run(base: Path, tmp_path: Path) -> None:
    file = squad_file(tmp_path / "towns.json", squad_of(QUESTIONS))
    begun = save_model(load_model(base), tmp_path / "base")
    out = tmp_path / "out"
    arguments = [str(file), "--base", str(begun), "--out", str(out), "--epochs", "1"]
    arguments += ["--answered", "1"]
    ran = CliRunner().invoke(command.main, arguments, catch_exceptions=False)
    assert ran.exit_code == 0
    assert "epoch 0: " in ran.output
    assert isinstance(load_model(out / "transformers"), BertForQuestionAnswering)
    question = QUESTIONS[0]
    (window,) = PairRunner(out / "model", 1).run(question.text, [question.paragraph.text])
    assert len(window.start_logits) == len(window.offsets) > 0
    assert not [*out.rglob("*.bin"), *out.rglob("*.pt")]
    card = (out / "model" / "card.md").read_text("utf-8")
    assert f"{len(QUESTIONS)} answerable" in card
    assert "100% of the examples have an answer" in card
    made = re.findall(r"[\d,]+ ([a-z ]+)", ran.output.split("epoch 0: ")[1].splitlines()[0])
    assert set(made) <= {"answered", "exchanged in both", "negated in both"}
