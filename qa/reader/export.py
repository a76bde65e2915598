"""Exports a question-answering model of the transformers library to ONNX, once.

Packed weights take half the space, and packed token embeddings a quarter. onnxruntime converts
them back to floats, so that little precision is lost.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ModelError
from index.models.export import quiet
from index.models.find import ModelFolder, hash_file
from index.models.manifest import FORMAT, Manifest, write_export
from index.models.onnx import ONNX, TOKENIZER
from qa.reader.onnx import PairRunner

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto
    from transformers import PreTrainedModel


TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "tokenizer.model")
MIN_HALF_WEIGHTS = 1024
"""A tensor with at least this many weights is stored as float16."""
MIN_INT8_WEIGHTS = 1_000_000
"""A lookup table with at least this many weights is stored as int8."""


def export_model(model: ModelFolder, target: Path) -> Manifest:
    """Export a reader to the folder `target`, completely or not at all. Raises: ModelError."""
    return write_export(target, lambda folder: _export_into(folder, model))


def _export_into(folder: Path, model: ModelFolder) -> Manifest:
    with quiet():
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        try:
            loaded = AutoModelForQuestionAnswering.from_pretrained(
                model.path, local_files_only=True, use_safetensors=True, attn_implementation="eager"
            )
            positions = getattr(loaded.config, "max_position_embeddings", 0)
            if 0 < positions < PairRunner.MAX_TOKENS:  # relative positions have no such limit
                raise ValueError(
                    f"it reads {positions} tokens at a time, not {PairRunner.MAX_TOKENS}"
                )
            if not any((model.path / file).is_file() for file in TOKENIZER_FILES):
                raise ValueError("it has no tokenizer")  # the library would create an empty one
            tokenizer = AutoTokenizer.from_pretrained(model.path, local_files_only=True)
            export_reader(loaded, tokenizer.backend_tokenizer.to_str(), folder, packed=False)
        # Broken model folders and the exporter raise nearly any exception.
        except Exception as error:
            first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelError(
                f"The reader in {model.path} cannot be used: {first_line}",
                "Check that the folder is complete, or choose another reader with --reader.",
            ) from error
    return Manifest(
        format=FORMAT,
        name=model.name,
        fingerprint=model.identity,
        dimension=0,
        max_tokens=PairRunner.MAX_TOKENS,
        query_prompt="",
        passage_prompt="",
        files={file.name: file.stat().st_size for file in folder.iterdir()},
        sha256={file.name: hash_file(file) for file in folder.iterdir()},
    )


def export_reader(
    model: PreTrainedModel, tokenizer_json: str, folder: Path, *, packed: bool
) -> None:
    """Write a model and its tokenizer to `folder`; its outputs are called "start" and "end".

    packed: store it in a third of the bytes, with a little less precision.
    """
    import onnx
    import torch

    class Reading(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            output = self.model(input_ids=ids, attention_mask=mask, token_type_ids=types)
            return output.start_logits, output.end_logits

    names = ["input_ids", "attention_mask", "token_type_ids"]
    sample = torch.ones((2, 8), dtype=torch.long)
    axes = {name: {0: "window", 1: "piece"} for name in [*names, "start", "end"]}
    folder.mkdir(parents=True, exist_ok=True)
    raw = folder / "raw.onnx"
    with quiet():
        torch.onnx.export(
            Reading().eval(),
            (sample, sample, torch.zeros_like(sample)),
            str(raw),
            input_names=names,
            output_names=["start", "end"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    graph = onnx.load(str(raw))
    raw.unlink()
    if packed:
        _pack(graph)
    onnx.save_model(graph, str(folder / ONNX))
    (folder / TOKENIZER).write_text(tokenizer_json, "utf-8")


def _pack(model: ModelProto) -> None:
    """Store weights as float16, and token embeddings as int8 with one scale per row.

    Nodes added to the graph convert them back to floats before they are used.
    """
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    looked_up = {node.input[0] for node in graph.node if node.op_type == "Gather"}
    before: list[NodeProto] = []
    for weights in list(graph.initializer):
        if weights.data_type != TensorProto.FLOAT or np.prod(weights.dims) < MIN_HALF_WEIGHTS:
            continue
        values = numpy_helper.to_array(weights)
        name = weights.name
        graph.initializer.remove(weights)
        if name in looked_up and np.prod(weights.dims) >= MIN_INT8_WEIGHTS:
            scale = np.abs(values).max(axis=1, keepdims=True).astype(np.float32) / 127
            rows = np.rint(values / np.maximum(scale, 1e-12)).astype(np.int8)
            graph.initializer.append(numpy_helper.from_array(rows, f"{name}.rows"))
            graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))
            _look_up_packed(model, name)
        else:
            half = numpy_helper.from_array(values.astype(np.float16), f"{name}.half")
            graph.initializer.append(half)
            before.append(helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT))
    nodes = [*before, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _look_up_packed(model: ModelProto, name: str) -> None:
    """Replace each lookup in a table by lookups of its packed rows and of their scales."""
    from onnx import TensorProto, helper

    nodes: list[NodeProto] = []
    for node in model.graph.node:
        if node.op_type != "Gather" or node.input[0] != name:
            nodes.append(node)
            continue
        out = node.output[0]
        rows, scale, floats = f"{out}.rows", f"{out}.scale", f"{out}.floats"
        nodes += [
            helper.make_node("Gather", [f"{name}.rows", node.input[1]], [rows], axis=0),
            helper.make_node("Gather", [f"{name}.scale", node.input[1]], [scale], axis=0),
            helper.make_node("Cast", [rows], [floats], to=TensorProto.FLOAT),
            helper.make_node("Mul", [floats, scale], [out]),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
