"""`qa serve` in a process of its own."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.support.paths import ROOT


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    url: str
    """The address of the page, with its token."""


@contextmanager
def serving_process(*arguments: str, environment: Mapping[str, str]) -> Iterator[Server]:
    """Run `qa serve` on a free port."""
    command = [sys.executable, "-m", "qa", "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=dict(environment), cwd=ROOT
    ) as process:
        assert process.stderr
        try:
            said = iter(process.stderr.readline, "")
            url = next(found[0] for line in said if (found := re.search(r"http://\S+", line)))
            yield Server(process, url)
        finally:
            process.kill()
