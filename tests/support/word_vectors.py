"""A small model that replaces the default one's export, so that tests need no torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

from index.models.encoder import export_folder
from index.models.find import DEFAULT_MODEL, find_model, hash_file
from index.models.manifest import FORMAT, Manifest, write_export
from index.models.onnx import ONNX, TOKENIZER
from qa.folders import models_folder

DIMENSION = 64
MAX_TOKENS = 254
OPSET = 17


def write_word_vectors(cache: Path) -> None:
    """Write to a cache, as the default model's export, a model that adds up word vectors.

    Texts that share words are near each other. It reads as many tokens as the default model, and
    runs like it, in onnxruntime with the default model's tokenizer.
    """
    model = find_model(DEFAULT_MODEL, notify=str)

    def write(folder: Path) -> Manifest:
        tokenizer = Tokenizer.from_file(str(model.path / "tokenizer.json"))
        tokenizer.enable_padding()
        tokenizer.enable_truncation(MAX_TOKENS + 2)
        tokenizer.save(str(folder / TOKENIZER))
        onnx.save_model(_graph(tokenizer.get_vocab_size()), str(folder / ONNX))
        files = sorted(folder.iterdir())
        return Manifest(
            format=FORMAT,
            name=model.name,
            fingerprint="word vectors",
            dimension=DIMENSION,
            max_tokens=MAX_TOKENS,
            query_prompt="",
            passage_prompt="",
            files={file.name: file.stat().st_size for file in files},
            sha256={file.name: hash_file(file) for file in files},
        )

    write_export(export_folder(model, models_folder(cache)), write)


def _graph(words: int) -> onnx.ModelProto:
    """Return a graph from ids and mask, int64, (texts, words), to unit vectors, (texts, 64)."""
    vectors = np.random.default_rng(0).standard_normal((words, DIMENSION), dtype=np.float32)
    vectors[:106] *= 0.01  # special tokens
    constants = {"vectors": vectors, "last": np.array([2]), "words": np.array([1])}
    nodes = [
        helper.make_node("Gather", ["vectors", "input_ids"], ["of_words"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "last"], ["weights"]),
        helper.make_node("Mul", ["of_words", "weights"], ["weighted"]),
        helper.make_node("ReduceSum", ["weighted", "words"], ["sum"], keepdims=0),
        helper.make_node("LpNormalization", ["sum"], ["embedding"], axis=-1, p=2),
    ]
    inputs = ["input_ids", "attention_mask"]
    graph = helper.make_graph(
        nodes,
        "word vectors",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["text", "word"])
            for name in inputs
        ],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["text", DIMENSION])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
