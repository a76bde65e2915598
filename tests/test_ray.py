"""Encoding on a Ray cluster: a lost machine costs only its work, and vectors are the same."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

from qa.folders import models_folder
from tests.support.paths import ROOT
from tests.support.program import Program
from tests.support.stored import Files, paragraph

FILES, PARAGRAPHS = 10, 40
KILLED_AFTER = 60
"""Passages."""
PATIENCE_SECONDS = 240
STARTS = 3
"""Attempts to start a node."""

# Prints how many passages are done, again and again; then how many were encoded, and whether the
# store holds what an encoder on this machine alone makes of the articles.
INDEX = """
import sys
from pathlib import Path
import numpy as np
import index.models.ray_encoder as on_ray
from index.models.encoder import open_encoder
from index.models.find import DEFAULT_MODEL, find_model
from index.store.local import LocalStore
from index.sync import sync

address, models, articles, stores = sys.argv[1:]
on_ray.BLOCK_TEXTS = 8
encoder = open_encoder(find_model(DEFAULT_MODEL, notify=str), Path(models), notify=str)

def indexed(name, encoder, on_progress=lambda _: None):
    folder = Path(stores, name, "store")  # apart, so that neither takes vectors from the other
    with LocalStore(folder, dimension=encoder.dimension, identity="x") as store:
        report = sync(store, encoder, [articles], on_progress=on_progress)
        with store.snapshot() as view:
            ids = view.passages_of(sorted(report.added))
            return report.encoded, list(view.passages(ids).values()), view.vectors(ids)

cluster = on_ray.RayEncoder(encoder, address)
show = lambda progress: print(progress.passages, flush=True)
encoded, passages, vectors = indexed("ray", cluster, show)
alone, same, expected = indexed("local", encoder)
print("encoded", encoded, alone, len(passages), flush=True)
print("same", passages == same, np.array_equal(vectors, expected), flush=True)
"""


@dataclass
class Cluster:
    """Nodes on this machine, each a process with children."""

    address: str
    folder: Path
    nodes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_node(self, *options: str) -> None:
        """Start a node and wait until it runs; on a busy machine, Ray may give up its start."""
        for _ in range(STARTS):
            self._start(*options)
            node, log = self.nodes[-1], self.folder / f"{len(self.nodes) - 1}.log"
            deadline = time.monotonic() + PATIENCE_SECONDS
            while node.poll() is None and time.monotonic() < deadline:
                if b"Ray runtime started" in log.read_bytes():
                    return
                time.sleep(0.2)
            self.kill(self.nodes.pop())
        pytest.fail(f"A node does not start: {log.read_text('utf-8', 'replace')[-2_000:]}")

    def _start(self, *options: str) -> None:
        command = [
            *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block"),
            *("--disable-usage-stats", "--object-store-memory=200000000", *options),
        ]
        environment = {**os.environ, "RAY_worker_niceness": "0", "RAY_USAGE_STATS_ENABLED": "0"}
        with (self.folder / f"{len(self.nodes)}.log").open("wb") as log:
            started = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        self.nodes.append(started)

    def kill(self, node: subprocess.Popen[bytes]) -> None:
        """Kill a node with all that it has started, as if its machine had lost power."""
        with suppress(ProcessLookupError):
            os.killpg(node.pid, signal.SIGKILL)
        node.wait()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@contextmanager
def running(folder: Path, nodes: int) -> Iterator[Cluster]:
    port = free_port()
    cluster = Cluster(f"127.0.0.1:{port}", folder)
    try:
        cluster.start_node(
            *("--head", "--node-ip-address=127.0.0.1", f"--port={port}", "--num-cpus=0"),
            *("--include-dashboard=false", f"--temp-dir={folder}"),
        )
        for _ in range(nodes):
            cluster.start_node(f"--address={cluster.address}", "--num-cpus=1")
        yield cluster
    finally:
        for node in reversed(cluster.nodes):
            cluster.kill(node)


@pytest.mark.slow
@pytest.mark.skipif(not find_spec("ray"), reason="needs article-qa[ray]")
def test_a_node_that_is_killed_loses_nothing_and_vectors_are_those_of_one_machine(
    exported: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = Files(tmp_path / "articles")
    for n in range(FILES):
        numbers = range(n * PARAGRAPHS, (n + 1) * PARAGRAPHS)
        files.write(f"{n:02}.txt", "\n\n".join(map(paragraph, numbers)))
    # Sockets are in the folder, and their paths must be short.
    with running(tmp_path_factory.mktemp("r"), nodes=2) as cluster:
        arguments = [
            cluster.address,
            str(models_folder(exported)),
            str(files.folder),
            str(tmp_path / "stores"),
        ]
        index = subprocess.Popen(
            [sys.executable, "-c", INDEX, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert index.stdout is not None
        lines: list[str] = []
        give_up = threading.Timer(PATIENCE_SECONDS, index.kill)
        give_up.start()
        for line in index.stdout:
            lines.append(line.strip())
            if len(cluster.nodes) == 3 and line.strip().isdecimal() and int(line) > KILLED_AFTER:
                cluster.kill(cluster.nodes.pop())
        errors = index.communicate()[1]
        give_up.cancel()
        assert len(cluster.nodes) == 2, "one was killed"
    assert index.returncode == 0, errors
    total = lines[-2].split()[-1]
    assert lines[-2:] == [f"encoded {total} {total} {total}", "same True True"]
    assert int(total) >= FILES * PARAGRAPHS
    done = [int(line) for line in lines[:-2]]
    assert done == sorted(done)
    assert len({number for number in done if KILLED_AFTER < number < int(total)}) > 3, "progress"
    assert errors == "", "Ray writes nothing to the terminal"


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "127.0.0.1:99999"])
def test_where_no_cluster_is_that_is_said(bundled: Program, address: str) -> None:
    ran = bundled.run("index", "--ray", address)
    assert (ran.code, ran.text) == (3, "")
    assert address in ran.errors
    assert "Ray cluster" in ran.errors
