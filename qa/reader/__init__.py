"""Finds the words in passages that answer a question, if there are any.

`spans` runs a model that marks where an answer starts and ends (`onnx` runs it, `decode` turns its
logits into spans, `whole` makes these whole things, `decide` computes probabilities). `sentences`
needs no model and returns whole sentences. `howto` finds the commands and steps that questions ask
for. `open` picks a reader by name. The interface is `Reader` in `qa.types`.
"""
