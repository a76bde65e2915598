"""Turns an exported reader back into a model that can be trained further."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from index.models.onnx import ONNX, TOKENIZER
from qa.train.models import model_like

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnx import GraphProto

    Weights = dict[str, NDArray[np.float32]]

PREFIX = "model."
"""What the exporter puts before the names of the parameters."""


def restore(exported: Path, base: Path, out: Path) -> None:
    """Write the model in the folder `exported` to `out` in the format of transformers.

    base: folder of a model with the same layers, in the format of transformers.

    Raises: ValueError if a weight is missing or has another shape.
    """
    import onnx
    import torch

    weights = _weights(onnx.load(str(exported / ONNX)).graph)
    model = model_like(base)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name not in weights or weights[name].shape != tuple(parameter.shape):
                raise ValueError(f"{exported / ONNX} has no weights for {name}")
            parameter.copy_(torch.from_numpy(weights[name]))
    model.save_pretrained(out)
    (out / TOKENIZER).write_bytes((exported / TOKENIZER).read_bytes())


def _weights(graph: GraphProto) -> Weights:
    """Return the weights of an exported reader by the name of the parameter."""
    stored = _unpacked(graph)
    weights = {
        name.removeprefix(PREFIX): values
        for name, values in stored.items()
        if name.startswith(PREFIX)
    }
    # The exporter transposes the matrices of linear layers and drops their names. A layer's bias
    # has kept its name, and is added to the product.
    products = {
        node.output[0]: stored[node.input[1]]
        for node in graph.node
        if node.op_type == "MatMul" and node.input[1] in stored
    }
    for node in graph.node:
        if node.op_type == "Add":
            bias = next((name for name in node.input if name.endswith(".bias")), "")
            product = next((name for name in node.input if name in products), "")
            if bias and product:
                name = bias.removeprefix(PREFIX).removesuffix("bias") + "weight"
                weights[name] = products[product].T.copy()
    return weights


def _unpacked(graph: GraphProto) -> Weights:
    """Return all stored tensors as floats, by name without the suffixes of packing."""
    import numpy as np
    from onnx import numpy_helper

    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    weights: Weights = {}
    for name, values in tensors.items():
        if name.endswith(".rows"):
            table = name.removesuffix(".rows")
            weights[table] = values.astype(np.float32) * tensors[f"{table}.scale"]
        elif not name.endswith(".scale"):
            weights[name.removesuffix(".half")] = values.astype(np.float32)
    return weights
