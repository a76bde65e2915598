"""Finds the words in passages that answer a question, if there are any.

`spans` runs a model that marks where an answer starts and ends (`onnx` runs it, `decode` turns its
logits into spans, `decide` into probabilities); `sentences` needs no model and returns whole
sentences; `open` picks a reader by name. The interface is `Reader` in `qa.types`.
"""
