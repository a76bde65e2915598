"""Reading models of the transformers library: exported once, run without it, the same results."""

from __future__ import annotations

import copy
import os
import shutil
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from transformers import (
    BertForQuestionAnswering,
    BertModel,
    DistilBertConfig,
    DistilBertForQuestionAnswering,
    RobertaConfig,
    RobertaForQuestionAnswering,
)

from index.errors import ModelError
from index.models.find import find_reader
from index.models.onnx import ONNX, TOKENIZER
from qa.reader.export import MIN_INT8_WEIGHTS, export_reader
from qa.reader.onnx import PairRunner
from qa.reader.open import open_reader
from qa.reader.sentences import MIN_CONFIDENCE, SentenceReader
from qa.reader.spans import SpanReader
from qa.reader.thresholds import Thresholds
from qa.settings import Settings
from qa.types import MIN_ANSWERED
from tests.support.small_reader import save_model, small_config, small_tokenizer
from tests.support.towns import QUESTIONS

pytestmark = [
    pytest.mark.slow,
    # of the exporter, where nothing keeps them off
    pytest.mark.filterwarnings("ignore:.*legacy TorchScript:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Exporting aten:UserWarning"),
    pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning"),
]

QUESTION = QUESTIONS[0].text
TEXTS = ["", " ", "Kelm", *sorted({q.paragraph.text for q in QUESTIONS}, key=len)]


def network(**options: int) -> BertForQuestionAnswering:
    """A model without training whose outputs are wide apart."""
    torch.manual_seed(0)
    model = BertForQuestionAnswering(small_config(num_hidden_layers=2, **options)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(5)
    return model


@pytest.fixture(scope="module")
def model() -> BertForQuestionAnswering:
    return network()


@pytest.fixture(scope="module")
def exported(model: BertForQuestionAnswering, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported")
    export_reader(model, small_tokenizer().to_str(), folder, packed=False)
    return folder


@pytest.fixture(scope="module")
def saved(model: BertForQuestionAnswering, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(model, tmp_path_factory.mktemp("saved"))


def logits(model: torch.nn.Module, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    with torch.inference_mode():
        output = model(**{name: torch.from_numpy(value) for name, value in inputs.items()})
    return [output.start_logits.numpy(), output.end_logits.numpy()]


def rows(size: int, length: int, vocabulary: int) -> dict[str, np.ndarray]:
    """A batch of random pieces: the second row is padded, and each has two parts."""
    rng = np.random.default_rng(size * 1000 + length)
    mask = np.ones((size, length), dtype=np.int64)
    mask[1:2, max(1, length // 2) :] = 0
    types = np.zeros_like(mask)
    types[:, length // 3 :] = 1
    ids = rng.integers(0, vocabulary, (size, length))
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_the_outputs_are_those_of_the_model(
    model: BertForQuestionAnswering, tmp_path: Path, attention: str
) -> None:
    model = copy.deepcopy(model)
    model.set_attn_implementation(attention)
    export_reader(model, small_tokenizer().to_str(), tmp_path, packed=False)
    session = onnxruntime.InferenceSession(str(tmp_path / ONNX))
    for size in (1, 2, 5):
        for length in (1, 2, 9, 64, 384):
            inputs = rows(size, length, model.config.vocab_size)
            ours = session.run(["start", "end"], inputs)
            theirs = logits(model, inputs)
            assert np.abs(theirs).max() > 0.1  # or they would all be near each other
            np.testing.assert_allclose(ours, theirs, atol=1e-4)
            assert np.abs(ours[0] - ours[1]).max() > 0.01  # start and end are not the same


def test_the_graph_is_sound_and_takes_its_inputs_by_name(exported: Path) -> None:
    graph = onnx.load(str(exported / ONNX))
    onnx.checker.check_model(graph)
    assert {i.name for i in graph.graph.input} == {"input_ids", "attention_mask", "token_type_ids"}
    assert [o.name for o in graph.graph.output] == ["start", "end"]
    assert sorted(file.name for file in exported.iterdir()) == [ONNX, TOKENIZER]


def test_a_text_is_read_alike_alone_and_among_others(
    model: BertForQuestionAnswering, exported: Path
) -> None:
    runner = PairRunner(exported, 1)
    together = runner.run(QUESTION, TEXTS)
    assert [read.text_number for read in together] == list(range(len(TEXTS)))
    for text, read in zip(TEXTS, together, strict=True):
        (alone,) = runner.run(QUESTION, [text])
        assert alone.offsets == read.offsets
        np.testing.assert_array_equal(alone.start_logits, read.start_logits)
        np.testing.assert_array_equal(alone.end_logits, read.end_logits)
        encoding = small_tokenizer().encode(QUESTION, text)
        inside = [place for place, part in enumerate(encoding.sequence_ids) if part == 1]
        assert read.offsets == [encoding.offsets[place] for place in inside]
        inputs = {
            "input_ids": np.array([encoding.ids]),
            "attention_mask": np.array([encoding.attention_mask]),
            "token_type_ids": np.array([encoding.type_ids]),
        }
        (starts,), (ends,) = logits(model, inputs)
        np.testing.assert_allclose(read.start_logits, starts[inside], atol=1e-4)
        np.testing.assert_allclose(read.end_logits, ends[inside], atol=1e-4)
        assert read.null_score == pytest.approx(starts[0] + ends[0], abs=1e-4)


def test_a_long_text_is_read_whole_in_windows_that_overlap(exported: Path) -> None:
    text = "😀 e\u0301 " + " ".join(q.paragraph.text for q in QUESTIONS[:12])
    pieces = small_tokenizer().encode(text, add_special_tokens=False).offsets
    windows = PairRunner(exported, 1).run(QUESTION, ["Kelm", text])
    assert [read.text_number for read in windows] == [0, *[1] * (len(windows) - 1)]
    assert len(windows) > 3
    assert list(dict.fromkeys(piece for read in windows[1:] for piece in read.offsets)) == pieces
    for one, other in pairwise(windows[1:]):
        shared = set(one.offsets) & set(other.offsets)
        assert len(shared) == PairRunner.STRIDE_TOKENS
        assert len(one.offsets) == len(one.word_ids) == len(one.start_logits) == len(one.end_logits)


def test_the_end_of_a_long_question_is_not_read(exported: Path) -> None:
    runner = PairRunner(exported, 1)
    words = ["bridge"] * PairRunner.MAX_QUESTION_TOKENS
    (read,) = runner.run(" ".join([*words, "museum"] * 9), [TEXTS[-1]])
    (short,) = runner.run(" ".join(words), [TEXTS[-1]])
    assert read.offsets == short.offsets
    np.testing.assert_allclose(read.start_logits, short.start_logits, atol=1e-4)


# Packed


def test_packed_is_a_third_of_the_bytes_and_reads_nearly_alike(tmp_path: Path) -> None:
    vocabulary = MIN_INT8_WEIGHTS // 32 + 1
    large = network(vocab_size=vocabulary)
    for name, packed in (("plain", False), ("packed", True)):
        export_reader(large, small_tokenizer().to_str(), tmp_path / name, packed=packed)
    plain, small = (tmp_path / name / ONNX for name in ("plain", "packed"))
    assert small.stat().st_size < 0.4 * plain.stat().st_size
    onnx.checker.check_model(onnx.load(str(small)))
    for length in (1, 64):
        inputs = rows(3, length, vocabulary)
        ours = np.array(onnxruntime.InferenceSession(str(small)).run(["start", "end"], inputs))
        theirs = np.array(logits(large, inputs))
        assert 0 < np.abs(ours - theirs).max() < 0.05 * (theirs.max() - theirs.min())
        if length == 64:
            assert np.corrcoef(ours.ravel(), theirs.ravel())[0, 1] > 0.999


def test_a_small_table_is_packed_in_half_the_bytes(
    model: BertForQuestionAnswering, exported: Path, tmp_path: Path
) -> None:
    export_reader(model, small_tokenizer().to_str(), tmp_path, packed=True)
    assert (tmp_path / ONNX).stat().st_size < 0.8 * (exported / ONNX).stat().st_size
    inputs = rows(2, 30, model.config.vocab_size)
    session = onnxruntime.InferenceSession(str(tmp_path / ONNX))
    np.testing.assert_allclose(
        session.run(["start", "end"], inputs), logits(model, inputs), atol=0.05
    )


def test_a_row_of_nothing_stays_nothing_when_packed(tmp_path: Path) -> None:
    large = network(vocab_size=MIN_INT8_WEIGHTS // 32 + 1)
    with torch.no_grad():
        large.get_input_embeddings().weight[7] = 0
    export_reader(large, small_tokenizer().to_str(), tmp_path, packed=True)
    inputs = {name: np.full((1, 5), 7) for name in ("input_ids", "attention_mask")}
    inputs |= {"attention_mask": np.ones((1, 5), int), "token_type_ids": np.zeros((1, 5), int)}
    session = onnxruntime.InferenceSession(str(tmp_path / ONNX))
    ours = session.run(["start", "end"], inputs)
    np.testing.assert_allclose(ours, logits(large, inputs), atol=0.05)


# By name


def test_a_folder_is_exported_once_and_then_used_again(
    saved: Path, exported: Path, tmp_path: Path
) -> None:
    notes: list[str] = []
    first = open_reader(Settings(reader=str(saved), cache=tmp_path), notify=notes.append)
    assert isinstance(first, SpanReader)
    assert len(notes) == 1
    files = {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*") if file.is_file()}
    assert {file.name for file in files} >= {ONNX, TOKENIZER}
    again = open_reader(
        Settings(reader=str(saved), cache=tmp_path, min_confidence=0.75), notify=notes.append
    )
    assert len(notes) == 1
    assert {f: f.stat().st_mtime_ns for f in tmp_path.rglob("*") if f.is_file()} == files
    assert isinstance(again, SpanReader)
    assert again.thresholds.answered == 0.75
    fitted = first.calibration
    assert first.thresholds == Thresholds(fitted.min_answered, fitted.min_confidence)
    assert again.thresholds.unsure == first.thresholds.unsure
    (graph,) = (file for file in files if file.name == ONNX)
    for runner in (PairRunner(graph.parent, 1), PairRunner(exported, 1)):
        (read,) = runner.run(QUESTION, [TEXTS[-1]])
        assert np.isfinite(read.start_logits).all()
    assert graph.read_bytes()[:1] == (exported / ONNX).read_bytes()[:1]


def test_what_is_opened_reads_as_the_model_does(
    model: BertForQuestionAnswering, saved: Path, exported: Path, tmp_path: Path
) -> None:
    open_reader(Settings(reader=str(saved), cache=tmp_path), notify=str)
    (graph,) = tmp_path.rglob(ONNX)
    (ours,) = PairRunner(graph.parent, 1).run(QUESTION, [TEXTS[-1]])
    (direct,) = PairRunner(exported, 1).run(QUESTION, [TEXTS[-1]])
    assert ours.offsets == direct.offsets
    np.testing.assert_allclose(ours.start_logits, direct.start_logits, atol=1e-4)
    np.testing.assert_allclose(ours.end_logits, direct.end_logits, atol=1e-4)


@pytest.mark.parametrize("damage", ["cut", "no graph", "no tokenizer", "no manifest"])
def test_a_damaged_export_is_made_again(saved: Path, tmp_path: Path, damage: str) -> None:
    open_reader(Settings(reader=str(saved), cache=tmp_path), notify=str)
    (graph,) = tmp_path.rglob(ONNX)
    if damage == "cut":
        os.truncate(graph, 1000)
    elif damage == "no graph":
        graph.unlink()
    elif damage == "no tokenizer":
        (graph.parent / TOKENIZER).unlink()
    else:
        (graph.parent / "manifest.json").write_text("{")
    notes: list[str] = []
    assert isinstance(
        open_reader(Settings(reader=str(saved), cache=tmp_path), notify=notes.append), SpanReader
    )
    assert len(notes) == 1


def test_a_changed_folder_is_exported_anew(saved: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(saved, tmp_path / "model")
    notes: list[str] = []
    open_reader(Settings(reader=str(folder), cache=tmp_path / "cache"), notify=notes.append)
    os.utime(folder / "model.safetensors", (1, 1))
    open_reader(Settings(reader=str(folder), cache=tmp_path / "cache"), notify=notes.append)
    assert len(notes) == 2


def test_none_reads_without_a_model(tmp_path: Path) -> None:
    reader = open_reader(Settings(reader="none", cache=tmp_path), notify=str)
    assert isinstance(reader, SentenceReader)
    assert reader.thresholds == Thresholds(MIN_ANSWERED, MIN_CONFIDENCE)
    doubting = open_reader(Settings(reader="none", cache=tmp_path, min_confidence=0.9), notify=str)
    assert isinstance(doubting, SentenceReader)
    assert doubting.thresholds == Thresholds(0.9, MIN_CONFIDENCE)
    assert not list(tmp_path.iterdir())


def refused(name: str, cache: Path) -> ModelError:
    with pytest.raises(ModelError) as raised:
        open_reader(Settings(reader=name, cache=cache), notify=str)
    assert raised.value.hint
    assert not [file for file in cache.rglob("*") if file.is_file()]
    return raised.value


@pytest.mark.parametrize("name", ["./no/such/folder", "/no/such/folder", "~/no/such/folder"])
def test_a_folder_that_is_not_there_is_named_with_a_cure(name: str, tmp_path: Path) -> None:
    error = refused(name, tmp_path)
    assert name in error.message
    assert "--reader" in error.hint


def test_a_name_that_is_not_on_this_machine_is_named_with_a_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    error = refused("nobody/has-this-one", tmp_path)
    assert "not on this machine" in error.message
    assert "--download" in error.hint


def test_the_cure_for_a_reader_that_is_not_there_is_a_readers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "--model" not in refused("nobody/has-this-one", tmp_path).hint


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"architectures": null}', "{\udcff"])
def test_a_folder_that_is_no_model_is_named_with_a_cure(
    content: str | None, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    if content is not None:
        (folder / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert str(folder) in refused(str(folder), tmp_path / "cache").message


def test_a_model_that_answers_no_questions_is_named_with_a_cure(tmp_path: Path) -> None:
    folder = save_model(BertModel(small_config()), tmp_path / "model")
    assert "Not a question-answering model" in refused(str(folder), tmp_path / "cache").message


@pytest.mark.parametrize(
    "damage",
    ["no weights", "weights cut", "no tokenizer"],
)
def test_a_broken_model_is_named_with_a_cure_and_leaves_no_export(
    saved: Path, tmp_path: Path, damage: str
) -> None:
    folder = shutil.copytree(saved, tmp_path / "model")
    if damage == "no weights":
        (folder / "model.safetensors").unlink()
    elif damage == "weights cut":
        os.truncate(folder / "model.safetensors", 1000)
    else:
        (folder / TOKENIZER).unlink()
        (folder / "tokenizer_config.json").unlink()
    error = refused(str(folder), tmp_path / "cache")
    assert "\n" not in error.message
    assert find_reader(str(folder), notify=str).path == folder


def test_a_model_that_reads_too_little_at_a_time_is_named_with_a_cure(tmp_path: Path) -> None:
    config = small_config()
    config.max_position_embeddings = 128
    folder = save_model(BertForQuestionAnswering(config), tmp_path / "model")
    assert "128 tokens at a time" in refused(str(folder), tmp_path / "cache").message


def test_weights_in_a_pickle_are_not_read(
    model: BertForQuestionAnswering, saved: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(saved, tmp_path / "model")
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    refused(str(folder), tmp_path / "cache")


SIZES = {"vocab_size": 400, "num_hidden_layers": 1, "num_attention_heads": 2, "hidden_size": 32}
OTHERS = {
    "roberta": lambda: RobertaForQuestionAnswering(
        RobertaConfig(**SIZES, intermediate_size=64, type_vocab_size=2, pad_token_id=0)
    ),
    # knows no types of tokens
    "distilbert": lambda: DistilBertForQuestionAnswering(
        DistilBertConfig(vocab_size=400, dim=32, n_layers=1, n_heads=2, hidden_dim=64)
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_models_of_other_kinds_are_exported(kind: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    other = OTHERS[kind]().eval()
    folder = save_model(other, tmp_path / "model")
    open_reader(Settings(reader=str(folder), cache=tmp_path / "cache"), notify=str)
    (graph,) = tmp_path.rglob(ONNX)
    (read,) = PairRunner(graph.parent, 1).run(QUESTION, [TEXTS[-1]])
    encoding = small_tokenizer().encode(QUESTION, TEXTS[-1])
    inputs = {"input_ids": np.array([encoding.ids])}
    if kind == "roberta":
        inputs["token_type_ids"] = np.array([encoding.type_ids])
    (starts,), (ends,) = logits(other, inputs)
    inside = [place for place, part in enumerate(encoding.sequence_ids) if part == 1]
    np.testing.assert_allclose(read.start_logits, starts[inside], atol=1e-4)
    assert read.null_score == pytest.approx(starts[0] + ends[0], abs=1e-4)


def test_exporting_says_nothing(
    saved: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        open_reader(Settings(reader=str(saved), cache=tmp_path), notify=str)
    assert capfd.readouterr() == ("", "")
