"""Clients that ask for what they must not have, or send what is no request: all are refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from mcp import MCPError
from mcp.types import LATEST_PROTOCOL_VERSION

from qa.show.text import visible
from tests.support.mcp_clients import http_server, result_of, stdio_client, text_of
from tests.support.paths import ROOT

pytestmark = pytest.mark.slow

SECRET = "swordfish"
QUESTION = "When was the bridge built?"
HOSTILE = "The \x1b[31mred\x07 \u202edoor\x7f\x9b was \U000e0041painted in 1999.\n"
MEGABYTE = "x" * 1_000_000
HELLO = {
    "protocolVersion": LATEST_PROTOCOL_VERSION,
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Return a folder of articles beside a file that is none of them, with links to it."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was built in 1932.\n", "utf-8")
    (folder / "hostile.txt").write_text(HOSTILE, "utf-8")
    (folder / ".hidden.txt").write_text(SECRET, "utf-8")
    (tmp_path / "secret.txt").write_text(f"The password is {SECRET}.", "utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    return folder


def outside(notes: Path) -> list[str]:
    """Return names of what is no article of the corpus."""
    secret = notes.parent / "secret.txt"
    return [
        str(secret),
        secret.as_uri(),
        f"{notes}/bridge.txt",
        *("../" * depth + "secret.txt" for depth in (1, 2, 9)),
        "./../secret.txt",
        "x/../../secret.txt",
        "bridge.txt/../../secret.txt",
        "..\\secret.txt",
        "%2e%2e/secret.txt",
        "..%2fsecret.txt",
        "..%c0%afsecret.txt",
        "....//secret.txt",
        "link.txt",
        "up/secret.txt",
        "up",
        ".hidden.txt",
        "./bridge.txt",
        "/bridge.txt",
        "BRIDGE.TXT",
        "bridge.txt\x00.md",
        "bridge.txt\n",
        "bridge.txt ",
        ".",
        "..",
        "/",
        "~",
        "~/.ssh/id_rsa",
        "/etc/passwd",
        "/proc/self/environ",
        "/dev/zero",
        "C:\\Windows\\win.ini",
        "\\\\host\\share\\secret.txt",
        "http://127.0.0.1:1/secret.txt",
        "https://example.org/",
        "file:///etc/passwd",
        "data:text/plain,x",
        "-",
        "*",
        "' OR 1=1 --",
        "\x1b]0;title\x07",
        "\u202esecret.txt",
        "x" * 3000,
    ]


INVALID: list[tuple[str, dict[str, Any]]] = [
    *((tool, {"question": MEGABYTE}) for tool in ("ask", "search")),
    *((tool, {"question": bad}) for tool in ("ask", "search") for bad in ("", 7, None, [], {})),
    *((tool, {}) for tool in ("ask", "search", "read", "verify")),
    *(("ask", {"question": QUESTION, "passages": bad}) for bad in (0, -1, 21, 10**30, "many", 1.5)),
    *(("ask", {"question": QUESTION, "only": bad}) for bad in ("x", [1], ["x"] * 51, [MEGABYTE])),
    ("ask", {"question": QUESTION, "only": ["../*"]}),
    ("ask", {"question": QUESTION, "only": ["/etc/*"]}),
    ("ask", {"question": QUESTION, "exclude": ["*"]}),
    ("ask", {"question": QUESTION, "paths": ["/etc"]}),
    ("ask", {"question": " \n "}),
    *(("read", {"article": "bridge.txt", "lines": bad}) for bad in ("0", "9", "2-1", "x", "1-", 1)),
    *(("read", {"article": "bridge.txt", "label": bad}) for bad in ("page 1", "slide x", MEGABYTE)),
    *(("read", {"article": "bridge.txt", "start": bad}) for bad in (-1, 30, 10**30, "x", 1.5)),
    ("read", {"article": "bridge.txt", "start": 5, "end": 5}),
    ("read", {"article": "bridge.txt", "lines": "1", "start": 0}),
    *(("read", {"article": "bridge.txt", "cursor": bad}) for bad in ("x", "0-0-0", MEGABYTE)),
    ("read", {"article": MEGABYTE}),
    ("read", {"article": ["bridge.txt"]}),
    ("articles", {"cursor": MEGABYTE}),
    ("articles", {"folder": "/"}),
    ("verify", {"quotes": []}),
    ("verify", {"quotes": "x"}),
    ("verify", {"quotes": [{"article": "bridge.txt"}]}),
    ("verify", {"quotes": [{"article": "bridge.txt", "text": MEGABYTE}]}),
    ("verify", {"quotes": [{"article": "bridge.txt", "text": "x"}] * 101}),
]  # fmt: skip

MALFORMED = [
    b"",
    b"x",
    b"{",
    b"[]",
    b"{}",
    b"null",
    b"7",
    b'"x"',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"\x00\xff\xfe",
    b"\x1b[31m",
    b'{"jsonrpc": "2.0"}',
    b'{"jsonrpc": "1.0", "id": 1, "method": "tools/list"}',
    b'{"jsonrpc": "2.0", "id": 5, "method": 7}',
    b'{"jsonrpc": "2.0", "id": 5, "method": "tools/list", "params": 7}',
    b'{"jsonrpc": "2.0", "id": 5, "method": "tools/call", "params": {"name": "\\ud800"}}',
    MEGABYTE.encode(),
    b"GET / HTTP/1.1",
]
"""Lines that are no message."""
REFUSED: list[tuple[str, object]] = [
    ("tools/none", {}),
    ("tools/call", {}),
    ("tools/call", {"name": 7}),
    ("tools/call", {"name": "delete", "arguments": {}}),
    ("tools/call", {"name": MEGABYTE, "arguments": {}}),
    ("tools/call", {"name": "ask", "arguments": []}),
    ("resources/read", {}),
    ("resources/read", {"uri": 7}),
    ("resources/read", {"uri": MEGABYTE}),
    ("resources/list", {"cursor": MEGABYTE}),
    ("prompts/list", {}),
]
"""Requests that are no use."""


async def test_nothing_outside_of_the_corpus_is_read(
    notes: Path, environment: dict[str, str]
) -> None:
    names = outside(notes)
    async with stdio_client(str(notes), environment=environment) as client:
        listed = result_of(await client.call_tool("articles", {}))["articles"]
        assert [row["article"] for row in listed] == ["bridge.txt", "hostile.txt"]
        for name in names:
            read = await client.call_tool("read", {"article": name})
            assert read.is_error, name
            assert text_of(read).startswith(("No article has the id", "Invalid arguments")), (
                name,
                text_of(read),
            )
            verify = {"quotes": [{"article": name, "text": SECRET}]}
            checked = result_of(await client.call_tool("verify", verify))
            assert checked["quotes"][0]["verdict"] == "no file", name
            for uri in (name, f"article:///{name}", f"article:///{quote(name, safe='')}"):
                with pytest.raises(MCPError) as refused:
                    await client.read_resource(uri)
                assert SECRET not in str(refused.value)
            assert visible(text_of(read)) == text_of(read)
        asked = await client.call_tool("ask", {"question": QUESTION})
    assert result_of(asked)["answers"][0]["text"] == "1932"
    assert len(names) * 5 >= 100


async def test_arguments_that_no_tool_takes_are_refused_in_words(
    notes: Path, environment: dict[str, str]
) -> None:
    async with stdio_client(str(notes), environment=environment) as client:
        for tool, arguments in INVALID:
            ran = await client.call_tool(tool, arguments)
            assert ran.is_error, (tool, str(arguments)[:200])
            assert 10 < len(text_of(ran)) < 2000
        asked = await client.call_tool("ask", {"question": QUESTION})
    assert result_of(asked)["answers"][0]["text"] == "1932"


def test_lines_that_are_no_requests_are_refused_and_the_next_one_is_answered(
    notes: Path, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "qa", "mcp", str(notes)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT
    ) as process:
        assert process.stdin and process.stdout

        def said(line: bytes) -> dict[str, Any]:
            process.stdin.write(line + b"\n")
            process.stdin.flush()
            reply = process.stdout.readline()
            assert reply.isascii() or visible(reply.decode()) == reply.decode()
            answer: dict[str, Any] = json.loads(reply)
            return answer

        def request(id: int, method: str, params: object) -> bytes:
            row = {"jsonrpc": "2.0", "id": id, "method": method, "params": params}
            return json.dumps(row).encode()

        assert said(request(1, "initialize", HELLO))["result"]["serverInfo"]
        process.stdin.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
        for line in MALFORMED:
            assert said(line)["error"]["message"], line[:100]
        for number, (method, params) in enumerate(REFUSED, start=10):
            refused = said(request(number, method, params))
            assert refused["id"] == number
            assert 5 < len(refused["error"]["message"]) < 1000, (method, str(params)[:100])
        asked = {"name": "ask", "arguments": {"question": "Which door was painted?"}}
        reply = said(request(99, "tools/call", asked))
        passages = reply["result"]["structuredContent"]["result"]["passages"]
        assert HOSTILE.strip() in [row["text"].strip() for row in passages]
        text = reply["result"]["content"][0]["text"]
        assert visible(text) == text
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.fixture
def server(notes: Path, environment: dict[str, str]) -> Iterator[str]:
    with http_server(str(notes), environment=environment) as address:
        yield address


def test_other_hosts_and_origins_are_refused_over_http(server: str) -> None:
    port = server.split(":")[2].partition("/")[0]
    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepted = {"Accept": "application/json, text/event-stream"}

    def status(**headers: str) -> int:
        return httpx2.post(server, json=request, headers={**accepted, **headers}).status_code

    for host in (
        "example.org",
        f"example.org:{port}",
        "127.0.0.1:1",
        "0.0.0.0",
        f"127.0.0.1.example.org:{port}",
    ):
        assert status(Host=host) == 421, host
    for origin in (
        "https://example.org",
        "null",
        "http://127.0.0.1:1",
        f"https://127.0.0.1:{port}",
        f"http://localhost.example.org:{port}",
    ):
        assert status(Origin=origin) == 403, origin
    too_much = httpx2.post(
        server, content=b"x" * 5_000_000, headers={"Content-Type": "application/json", **accepted}
    )
    assert too_much.status_code == 413
    for body in (*MALFORMED, *(json.dumps(row).encode() for row in (7, [], {}))):
        refused = httpx2.post(
            server, content=body, headers={"Content-Type": "application/json", **accepted}
        )
        assert 400 <= refused.status_code < 500, body[:100]
    for method in ("GET", "PUT", "DELETE", "OPTIONS", "PATCH"):
        assert httpx2.request(method, server).status_code >= 400, method
    for path in ("/", "/mcp/../notes/bridge.txt", "/bridge.txt", "//etc/passwd"):
        assert httpx2.get(server.removesuffix("/mcp") + path).status_code == 404, path


def test_http_sends_no_raw_control_characters(server: str) -> None:
    headers = {"Accept": "application/json, text/event-stream"}
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}
    opened = httpx2.post(server, json=hello, headers=headers)
    headers["Mcp-Session-Id"] = opened.headers["Mcp-Session-Id"]
    ready = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert httpx2.post(server, json=ready, headers=headers).status_code == 202
    asked = {"name": "ask", "arguments": {"question": "Which door was painted?"}}
    request = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked}
    answered = httpx2.post(server, json=request, headers=headers, timeout=60)
    assert visible(answered.text) == answered.text
    passages = answered.json()["result"]["structuredContent"]["result"]["passages"]
    assert HOSTILE.strip() in [row["text"].strip() for row in passages]
