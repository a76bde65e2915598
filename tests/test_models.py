"""Finding, exporting and running models."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import index.models.find
from index.errors import ModelError
from index.models.encoder import (
    OnnxEncoder,
    SentenceTransformersEncoder,
    export_folder,
    open_encoder,
)
from index.models.find import DEFAULT_MODEL, ModelFolder, find_model
from index.models.manifest import Manifest
from index.types import Encoder
from qa.folders import models_folder
from tests.support.paths import SEED, TESTS

ODD_TEXTS = [
    "",
    " ",
    "a",
    "中文和日本語のテキスト",
    "한국어",
    "😀👨‍👩‍👧‍👦",
    "é\u0301 \u200b\u202e",
    "word " * 400,
    "x" * 3000,
]


@pytest.fixture(scope="module")
def plain() -> SentenceTransformersEncoder:
    return SentenceTransformersEncoder(find_model(DEFAULT_MODEL, notify=str), "cpu")


def texts_of_many_kinds() -> list[str]:
    """Return 300 texts: odd ones, and runs of the sample article's words of all lengths."""
    words = SEED.read_text("utf-8").split()
    runs = [" ".join(words[i % 500 : i % 500 + 1 + i % 90]) for i in range(300 - len(ODD_TEXTS))]
    return ODD_TEXTS + runs


@pytest.mark.slow
def test_vectors_are_those_of_sentence_transformers(
    real_encoder: Encoder, plain: SentenceTransformersEncoder
) -> None:
    texts = texts_of_many_kinds()
    cosines = (real_encoder.encode_passages(texts) * plain.encode_passages(texts)).sum(axis=1)
    assert cosines.min() >= 0.99999


@pytest.mark.slow
def test_a_vector_is_the_same_to_the_bit_whatever_it_is_encoded_with(real_encoder: Encoder) -> None:
    texts = texts_of_many_kinds()[:60]
    together = real_encoder.encode_passages(texts)
    backwards = real_encoder.encode_passages(texts[::-1])[::-1]
    alone = np.concatenate([real_encoder.encode_passages([text]) for text in texts])
    assert np.array_equal(together, backwards)
    assert np.array_equal(together, alone)
    questions = np.stack([real_encoder.encode_query(text) for text in texts])
    assert (together * questions).sum(axis=1).min() >= 0.99999
    assert real_encoder.encode_passages([]).shape == (0, real_encoder.dimension)


@pytest.mark.slow
def test_word_pieces_are_counted_without_a_limit(real_encoder: Encoder) -> None:
    assert real_encoder.count_tokens(["", "hello", "word " * 1000]) == [0, 1, 1000]
    assert real_encoder.max_tokens == 254


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    packaged = find_model(DEFAULT_MODEL, notify=str)
    altered = tmp_path / "model"
    shutil.copytree(packaged.path, altered)
    with (altered / "model.safetensors").open("r+b") as weights:
        weights.seek(-1, os.SEEK_END)
        weights.write(b"\x01")
    model = ModelFolder(packaged.name, altered, packaged.identity, packaged.weights_sha256)
    with pytest.raises(ModelError, match="differ from the published ones"):
        open_encoder(model, tmp_path / "models", notify=str)
    assert not list((tmp_path / "models").glob("*"))


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "flip", "no graph", "no manifest"])
def test_a_damaged_export_is_made_again(exported: Path, tmp_path: Path, damage: str) -> None:
    model = find_model(DEFAULT_MODEL, notify=str)
    ours = export_folder(model, tmp_path)
    shutil.copytree(export_folder(model, models_folder(exported)), ours)
    if damage == "cut":
        os.truncate(ours / "model.onnx.weights", 1000)
    elif damage == "flip":
        content = bytearray((ours / "model.onnx").read_bytes())
        content[:200] = b"\xff" * 200
        (ours / "model.onnx").write_bytes(content)
    elif damage == "no graph":
        (ours / "model.onnx").unlink()
    else:
        (ours / "manifest.json").write_text("{")
    notes: list[str] = []
    encoder = open_encoder(model, tmp_path, notify=notes.append)
    assert notes
    assert Manifest.read(ours) is not None
    assert np.isfinite(encoder.encode_query("a question")).all()


@pytest.fixture(scope="module")
def small_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Untrained models of other kinds, as folders."""
    folder = tmp_path_factory.mktemp("models")
    script = TESTS / "support" / "small_models.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bert-cls", "mpnet-mean", "distilbert-last", "bert-prompts"])
def test_other_models_are_exported_with_their_pooling_and_prompts(
    small_models: Path, tmp_path: Path, name: str
) -> None:
    model = find_model(str(small_models / name), notify=str)
    exported = open_encoder(model, tmp_path, notify=str)
    assert isinstance(exported, OnnxEncoder)
    plain = SentenceTransformersEncoder(model, "cpu")
    assert exported.fingerprint == plain.fingerprint
    assert exported.max_tokens == plain.max_tokens
    texts = texts_of_many_kinds()[:60]
    passages = exported.encode_passages(texts) * plain.encode_passages(texts)
    assert passages.sum(axis=1).min() >= 0.9999
    question = "How old is he?"
    assert exported.encode_query(question) @ plain.encode_query(question) >= 0.9999
    if name == "bert-prompts":
        assert exported.encode_query(question) @ exported.encode_passages([question])[0] < 0.9999


@pytest.mark.slow
@pytest.mark.parametrize("name", ["static", "prompt-not-pooled"])
def test_a_model_that_cannot_be_exported_still_works_with_a_note(
    small_models: Path, tmp_path: Path, name: str
) -> None:
    model = find_model(str(small_models / name), notify=str)
    for _ in range(2):  # the second time it is known beforehand
        notes: list[str] = []
        encoder = open_encoder(model, tmp_path, notify=notes.append)
        assert isinstance(encoder, SentenceTransformersEncoder)
        assert any("runs through sentence-transformers" in note for note in notes)
        assert encoder.encode_passages(["one", "two"]).shape == (2, encoder.dimension)
        assert encoder.count_tokens(["hello hello"]) == [2]


@pytest.mark.slow
def test_a_changed_model_folder_is_exported_anew(small_models: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(small_models / "bert-cls", folder)
    before = find_model(str(folder), notify=str)
    shutil.copy(small_models / "bert-prompts" / "model.safetensors", folder)
    after = find_model(str(folder), notify=str)
    assert export_folder(before, tmp_path) != export_folder(after, tmp_path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("./no/such/folder", "No such model folder"),
        ("nobody/has-this-one", "not on this machine"),
        ("has-this-one-neither", "not on this machine"),
        ("not a name!", "Not a valid model name"),
    ],
)
def test_a_model_that_is_not_there_is_named_with_a_cure(name: str, says: str) -> None:
    with pytest.raises(ModelError, match=says) as raised:
        find_model(name, notify=str)
    assert raised.value.hint


@pytest.mark.slow
def test_a_folder_that_is_no_model_is_named_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"modules\.json"):
        find_model(str(tmp_path), notify=str)
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(ModelError, match="cannot be loaded") as raised:
        open_encoder(find_model(str(tmp_path), notify=str), tmp_path / "models", notify=str)
    assert raised.value.hint


@pytest.mark.slow
def test_a_download_says_first_what_from_where_and_how_large(
    small_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's client is replaced: the one place where the network is meant to be used."""
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    events: list[str] = []

    def snapshot(name: str, *, local_files_only: bool = False, **_: object) -> str:
        if local_files_only:
            raise LocalEntryNotFoundError("not here")
        events.append(f"fetch {name}")
        return str(small_models / "bert-cls")

    class Hub:
        endpoint = "https://hub.example"

        def model_info(self, name: str, **_: object) -> object:
            file = type("File", (), {"rfilename": "model.safetensors", "size": 91_000_000})
            pickle = type("File", (), {"rfilename": "pytorch_model.bin", "size": 91_000_000})
            return type("Info", (), {"siblings": [file, pickle]})

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    monkeypatch.setattr(huggingface_hub, "HfApi", Hub)
    with pytest.raises(ModelError, match="not on this machine"):
        find_model("some-model", notify=events.append)
    assert events == []
    find_model("some-model", download=True, notify=events.append)
    said, fetched = events
    assert said == "Downloading sentence-transformers/some-model from https://hub.example (91 MB)"
    assert fetched == "fetch sentence-transformers/some-model"


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    assert index.models.find.HUB_IGNORED.count("*.bin") == 1  # pickles are never fetched
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    yield
