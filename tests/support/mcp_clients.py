"""Clients of `qa mcp`: the SDK's own, over real processes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from mcp import Client, StdioServerParameters
from mcp.types import CallToolResult, TextContent

from tests.support.paths import ROOT


def stdio_client(*arguments: str, environment: Mapping[str, str], mode: str = "auto") -> Client:
    """Return a client that starts `qa mcp` with these arguments when it is entered.

    mode: "legacy" for the versions of the protocol before 2026, with a handshake.
    """
    command = ["-m", "qa", "mcp", *arguments]
    server = StdioServerParameters(
        command=sys.executable, args=command, env=dict(environment), cwd=ROOT
    )
    return Client(server, mode=mode)


@contextmanager
def http_server(*arguments: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Run `qa mcp --http` on a free port, and yield its address."""
    command = [sys.executable, "-m", "qa", "mcp", "--http", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env=dict(environment), cwd=ROOT
    ) as process:
        assert process.stderr
        try:
            said = iter(process.stderr.readline, "")
            yield next(found[0] for line in said if (found := re.search(r"http://\S+", line)))
        finally:
            process.terminate()


def text_of(result: CallToolResult) -> str:
    """Return what a model reads."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def result_of(result: CallToolResult) -> Any:
    """Return the result in a tool's structured output."""
    assert not result.is_error, text_of(result)
    return json.loads(json.dumps(result.structured_content))["result"]
