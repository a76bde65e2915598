"""Runs the command line many times, each time in a new process, with or without a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

SHIM = Path(__file__).with_name("shim.c")
KILL, TORN, FAIL, FAIL_FROM_HERE, SHORT = range(5)
"""What happens to an operation, as shim.c numbers it."""
CONTENTS = "contents"
"""Instead of a command: prints every passage of a store with its scores."""


def compiled(folder: Path) -> Path:
    """Compile `shim.c` to a library in a folder, and return it. Needs Linux and a C compiler."""
    library = folder / "shim.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(SHIM), "-ldl"]
    subprocess.run(command, check=True)
    return library


@dataclass(frozen=True)
class Strike:
    """The fault to inject."""

    at: int = 0
    """Number of the operation, from 1; 0 for none."""
    action: int = 0
    error: int = 0
    after_seconds: float = -1.0
    """When to kill the process, whatever it is doing; negative for never."""


@dataclass(frozen=True)
class Ran:
    """The result of one process."""

    code: int
    """Exit code of its last command; negative for the signal that ended it."""
    operations: tuple[str, ...]
    """Operations on the store, in order, such as "pwrite articles.sqlite-wal"."""
    struck: bool
    encoded: int
    """Passages that it encoded."""
    seconds: float
    outputs: tuple[str, ...]
    """What each command printed on stdout."""
    errors: str
    """What all commands printed on stderr."""


class Server:
    """A process that has imported everything, to fork from. Use it in a `with` statement."""

    def __init__(self, library: Path, folder: Path) -> None:
        """library: what `compiled` returned. folder: its subfolder `work` is watched."""
        self.work = folder / "work"
        self.work.mkdir(parents=True)
        self._said = folder / "said"
        self._said.mkdir()
        one_thread = dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.faults.forking", str(self.work), str(self._said)],
            cwd=ROOT,
            env={**os.environ, **one_thread, "LD_PRELOAD": str(library), "TMPDIR": str(self.work)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, *commands: Sequence[str], strike: Strike | None = None) -> Ran:
        """Run commands one after the other in a new process, and return the result."""
        strike = strike or Strike()
        wanted = [commands, (strike.at, strike.action, strike.error), strike.after_seconds]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the server has ended"
        code, operations, struck, encoded, seconds = json.loads(answer)
        outputs = [self._printed(f"{number}.out") for number in range(len(commands))]
        errors = self._printed("errors")
        return Ran(code, tuple(operations), bool(struck), encoded, seconds, tuple(outputs), errors)

    def _printed(self, name: str) -> str:
        file = self._said / name
        return file.read_text("utf-8") if file.exists() else ""
