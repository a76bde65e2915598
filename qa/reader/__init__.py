"""From passages to the words that answer, or to none.

`spans` runs a model that marks where an answer starts and ends (`onnx` runs it, `decode` turns its
logits into spans, `decide` into probabilities); `sentences` needs no model and returns whole
sentences; `open` picks a reader by name. What a reader is: `Reader` in `qa.types`.
"""
