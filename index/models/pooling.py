"""Rewrites an exported graph so that a text has the same vector alone as in a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto


def sum_tokens_in_one_order(model: ModelProto) -> None:
    """Have the tokens of a text added up in the same order, whether it is alone or not.

    onnxruntime's ReduceSum adds up the rows of one matrix in another order than those of several,
    so the last bits of a mean depend on whether there is one text. A product with ones does not.
    """
    import numpy as np
    from onnx import helper, numpy_helper, shape_inference

    one = numpy_helper.from_array(np.ones(1, dtype=np.float32))

    values = shape_inference.infer_shapes(model).graph.value_info
    ranks = {value.name: len(value.type.tensor_type.shape.dim) for value in values}
    constants = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            constants[node.output[0]] = numpy_helper.to_array(node.attribute[0].t)

    def adds_up_tokens(node: NodeProto) -> bool:
        """Return whether a node sums up a tensor of shape (texts, tokens, dimension)."""
        if node.op_type != "ReduceSum" or len(node.input) != 2 or ranks.get(node.input[0]) != 3:
            return False
        drops_axis = any(one.name == "keepdims" and one.i == 0 for one in node.attribute)
        return drops_axis and np.array_equal(constants.get(node.input[1], []), [1])

    nodes: list[NodeProto] = []
    for node in model.graph.node:
        if adds_up_tokens(node):
            count, ones = f"{node.output[0]}/count", f"{node.output[0]}/ones"
            nodes += [
                helper.make_node("Shape", node.input[:1], [count], start=1, end=2),
                helper.make_node("ConstantOfShape", [count], [ones], value=one),
                helper.make_node("MatMul", [ones, node.input[0]], node.output),
            ]
        else:
            nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
