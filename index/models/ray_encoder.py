"""Encodes passages on a Ray cluster. The only module that starts Ray."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from index.ahead import Ahead
from index.errors import ModelError
from index.models.encoder import OnnxEncoder, assembled
from index.models.ray_worker import RayWorker
from index.types import EncodedPart, Encoder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from index.types import Vector

    Block = dict[str, NDArray[np.generic]]

ADDRESS = re.compile(r"(?P<host>[^\s:/]+|\[[0-9a-fA-F:]+\]):(?P<port>\d{1,5})")
REACHED_SECONDS = 5.0
"""How long the cluster may take to accept a connection."""
BLOCK_TEXTS = 64
"""One task: about a second of work, which is all that is lost with a machine."""
CPUS_PER_ACTOR = 0.8
"""Less than one, so that Ray's own work fits beside an actor on a machine with one CPU."""
PASSAGES_PER_CPU = 2_000
"""Encoded in one go: half a minute of work, because starting the actors takes seconds."""
MAX_PASSAGES_AT_ONCE = 50_000
"""About 100 MB of texts and vectors, here and in the cluster."""
QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # otherwise a warning is printed
    "RAY_DATA_DISABLE_PROGRESS_BARS": "1",
    "RAY_BACKEND_LOG_LEVEL": "fatal",  # in this process, whose terminal it would write to
}
HINT = (
    "Start one with `ray start --head` and `ray start --address=HOST:PORT`, on this machine too; "
    "article-qa[ray] of the same version must be installed on all of them."
)


class RayEncoder:
    """Has an exported model encode passages on all machines of a cluster; see `Encoder`.

    Everything else, such as encoding questions, happens on this machine.
    """

    def __init__(self, encoder: Encoder, address: str) -> None:
        """Connect to a cluster. address: "HOST:PORT".

        Raises: ModelError if there is none, or if the model cannot be sent there.
        """
        if not isinstance(encoder, OnnxEncoder):
            raise ModelError(
                f"{encoder.name} cannot be used on a Ray cluster, because it is not exported.",
                "Leave out --device, or encode on this machine: leave out --ray.",
            )
        self._local = encoder
        _connect(address)
        self._address = address
        self._model = _sent(encoder)
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.max_tokens = encoder.max_tokens
        self.passages_at_once = min(PASSAGES_PER_CPU * _actors(), MAX_PASSAGES_AT_ONCE)

    def encode_query(self, question: str) -> Vector:
        """See `Encoder`."""
        return self._local.encode_query(question)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See `Encoder`."""
        return self._local.count_tokens(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """See `Encoder`."""
        return assembled(self.encode_in_parts(texts), len(texts), self.dimension)

    def encode_in_parts(self, texts: Sequence[str]) -> Generator[EncodedPart, None, None]:
        """See `Encoder`. A part may be empty: nothing is done yet.

        Raises: ModelError if the cluster is lost.
        """
        import numpy as np

        missing = set(range(len(texts)))
        # In another thread, because Ray would not let this one report progress or be interrupted.
        with Ahead(self._blocks(texts), size=lambda _: 1, most=8) as blocks:
            for block in blocks.polled():
                if block is None:
                    yield EncodedPart([], np.empty((0, self.dimension), np.float32))
                    continue
                # After a machine was lost, a block may come twice.
                rows = [row for row, n in enumerate(block["number"].tolist()) if n in missing]
                numbers = block["number"][rows].tolist()
                missing.difference_update(numbers)
                vectors: Vector = np.asarray(block["vector"][rows], dtype=np.float32)
                yield EncodedPart(numbers, vectors)
        if missing:
            raise ModelError(
                f"The Ray cluster lost {len(missing):,} passages.",
                "Run it again: the others are kept.",
            )

    def _blocks(self, texts: Sequence[str]) -> Generator[Block, None, None]:
        """Yield blocks of vectors with the numbers of their texts. Raises: ModelError."""
        import pyarrow
        import ray

        tables = [
            pyarrow.table({"number": range(first, first + len(part)), "text": part})
            for first in range(0, len(texts), BLOCK_TEXTS)
            if (part := list(texts[first : first + BLOCK_TEXTS]))
        ]
        if not tables:
            return
        try:
            # Not a fixed number of actors: with that, the work of a lost machine is waited for.
            encoded = ray.data.from_arrow(tables).map_batches(
                RayWorker,
                batch_size=None,
                batch_format="numpy",
                zero_copy_batch=True,
                fn_constructor_args=self._model,
                num_cpus=CPUS_PER_ACTOR,
                compute=ray.data.ActorPoolStrategy(min_size=1, max_size=_actors()),
            )
            yield from encoded.iter_batches(batch_size=None, batch_format="numpy")
        except Exception as error:  # Ray raises exceptions of many classes
            message = f"Encoding on the Ray cluster at {self._address} failed: {_in_words(error)}"
            raise ModelError(message, "Run it again: what is stored is kept.") from error


def _connect(address: str) -> None:
    """Connect to a cluster, once in a process. Raises: ModelError."""
    place = ADDRESS.fullmatch(address)
    if place is None:
        raise ModelError(f"Not the address of a Ray cluster: {address}", "Use HOST:PORT.")
    try:
        # Ray itself would try for half a minute, and print what it does.
        reached = (place["host"].strip("[]"), int(place["port"]))
        socket.create_connection(reached, REACHED_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _not_reached(address, error) from error
    os.environ.update({name: value for name, value in QUIET.items() if name not in os.environ})
    try:
        with _nothing_on_stderr():
            import ray.data

            if not ray.is_initialized():
                # Otherwise Ray prints to stdout which machines were lost. No option prevents it.
                ray._private.worker._worker_logs_enabled = False
                ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        logging.getLogger("ray").setLevel(logging.CRITICAL)
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    except ImportError as error:
        hint = "Install it: pip install 'article-qa[ray]'"
        raise ModelError(f"Ray is not installed: {error}", hint) from error
    except Exception as error:  # Ray raises exceptions of many classes
        raise _not_reached(address, error) from error


@contextmanager
def _nothing_on_stderr() -> Iterator[None]:
    """Discard what code other than Python writes to stderr: Ray reports its own log level."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _actors() -> int:
    """Return how many actors fit into the cluster as it is now, at least 1."""
    import ray

    return max(1, int(ray.cluster_resources().get("CPU", 0)))


def _sent(encoder: OnnxEncoder) -> tuple[object, dict[str, str], str]:
    """Put a model into the cluster's object store; return the arguments of `RayWorker`."""
    import ray

    hashes = encoder.manifest.sha256
    files = {name: (encoder.folder / name).read_bytes() for name in hashes}
    return [ray.put(files)], hashes, encoder.manifest.passage_prompt


def _not_reached(address: str, error: Exception) -> ModelError:
    return ModelError(f"No Ray cluster at {address}: {_in_words(error)}", HINT)


def _in_words(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
