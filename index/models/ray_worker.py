"""What runs on the machines of a Ray cluster: an actor that encodes passages."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from index.errors import ModelDamaged
from index.models.batches import batches_of_equal_length
from index.models.onnx import ModelFiles, OnnxRunner

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from ray import ObjectRef


class RayWorker:
    """Encodes blocks of passages with an exported model that it was sent, on one thread.

    The model comes through Ray's object store, so it need not be on the disk of the machine. Its
    vectors are those of `OnnxEncoder`, to the bit, on processors of the same kind.
    """

    def __init__(
        self, files: list[ObjectRef[ModelFiles]], hashes: Mapping[str, str], prompt: str
    ) -> None:
        """Open the model.

        files: a list of one reference, as Ray would replace a bare one by what it refers to.
        hashes: SHA-256 of each file in hexadecimal. prompt: what passages begin with.

        Raises: ModelDamaged if a file is not the one that was sent.
        """
        import ray

        model = ray.get(files[0])
        if {name: sha256(content).hexdigest() for name, content in model.items()} != hashes:
            raise ModelDamaged("The model arrived damaged on a machine of the Ray cluster.")
        self._model = model  # onnxruntime may go on to use its memory
        self._runner = OnnxRunner(model, threads=1)
        self._prompt = prompt

    def __call__(self, block: Mapping[str, NDArray[np.object_]]) -> dict[str, NDArray[np.generic]]:
        """Return the vectors of a block of texts, with their numbers."""
        import numpy as np

        rows = self._runner.tokenize([self._prompt + text for text in block["text"]])
        batches = batches_of_equal_length(list(map(len, rows)))
        vectors = [self._runner.run_tokens([rows[n] for n in batch]) for batch in batches]
        numbers = block["number"][[n for batch in batches for n in batch]]
        return {"number": numbers, "vector": np.concatenate(vectors)}
