"""The server for agents, asked by the SDK's own client in processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import jsonschema
import pytest

from qa.answers.schema import SCHEMA_FILE
from qa.mcp.server import uri_of
from qa.mcp.tools import TOOLS
from qa.show.output import Exit
from tests.support.mcp_clients import http_server, result_of, stdio_client, text_of
from tests.support.paths import ROOT
from tests.support.program import Run

pytestmark = pytest.mark.slow

QUESTION = "When was the bridge built?"
SECRET = "The password is swordfish."
NOTES = {
    "bridge.txt": "The bridge was built in 1932.\nIt is 503 metres long.\n",
    "2024/lighthouse.md": "# Lighthouse\n\nThe lighthouse keeper was called Ines.\n",
    "long.txt": "".join(f"Line {number} of a long article.\n" for number in range(1, 2001)),
    "hostile.txt": "The \x1b[31mred\x07 \u202edoor\x7f\x9b was \U000e0041painted in 1999.\n",
}


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Return a folder of articles beside a file that is none of them, with links to it."""
    folder = tmp_path / "notes"
    for name, text in NOTES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (tmp_path / "secret.txt").write_text(SECRET, "utf-8")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    return folder


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_the_tools_answer_with_their_schemas(
    notes: Path, environment: dict[str, str], mode: str
) -> None:
    async with stdio_client(str(notes), environment=environment, mode=mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == TOOLS.keys()
        calls = {
            "ask": {"question": QUESTION},
            "search": {"question": "lighthouse", "only": ["2024"]},
            "read": {"article": "bridge.txt", "lines": "2"},
            "articles": {},
            "verify": {"quotes": [{"article": "bridge.txt", "text": "built in 1932"}]},
        }
        got = {}
        for name, arguments in calls.items():
            ran = await client.call_tool(name, arguments)
            got[name] = result_of(ran)
            structured = json.loads(json.dumps(ran.structured_content))
            jsonschema.validate(structured, tools[name].output_schema or {})
            jsonschema.validate(arguments, tools[name].input_schema)
            assert structured["so_far"] is None
            assert text_of(ran).startswith(structured["note"])
    jsonschema.validate(got["ask"], json.loads(SCHEMA_FILE.read_text("utf-8")))
    assert got["ask"]["answers"][0]["text"] == "1932"
    assert [one["citation"]["article"] for one in got["search"]["passages"]] == [
        "2024/lighthouse.md"
    ]
    assert got["read"]["text"] == "It is 503 metres long.\n"
    ids = [row["article"] for row in got["articles"]["articles"]]
    assert ids == sorted(NOTES)
    assert got["verify"]["all_stand"]


async def test_an_answer_is_what_the_command_line_prints(
    notes: Path, environment: dict[str, str]
) -> None:
    command = [sys.executable, "-m", "qa", "ask", "--json", QUESTION, str(notes)]
    printed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    async with stdio_client(str(notes), environment=environment) as client:
        asked = result_of(await client.call_tool("ask", {"question": QUESTION}))
    assert {**json.loads(printed.stdout), "timings_ms": {}} == {**asked, "timings_ms": {}}


async def test_silence_of_the_articles_is_told_in_words(
    notes: Path, environment: dict[str, str]
) -> None:
    async with stdio_client(str(notes), environment=environment) as client:
        ran = await client.call_tool("ask", {"question": "Who painted the ceiling of a chapel?"})
    assert result_of(ran)["outcome"] == "not_found"
    for said in (text_of(ran), (ran.structured_content or {})["note"]):
        assert said.startswith("The articles do not say this. Do not answer from your own")


async def test_a_long_article_is_read_in_parts_that_make_the_whole(
    notes: Path, environment: dict[str, str]
) -> None:
    async with stdio_client(str(notes), environment=environment) as client:
        parts, cursor = [], ""
        while True:
            arguments = {"article": "long.txt", "cursor": cursor}
            part = result_of(await client.call_tool("read", arguments))
            assert len(part["text"]) <= 20_000
            parts.append(part["text"])
            if not (cursor := part["next"]):
                break
        assert len(parts) > 1
        assert "".join(parts) == NOTES["long.txt"]
        (notes / "long.txt").write_text("Something else.\n" * 2000, "utf-8")
        stale = f"{'0' * 16}-20-30"
        refused = await client.call_tool("read", {"article": "long.txt", "cursor": stale})
        assert "changed" in text_of(refused)


async def test_articles_are_resources(notes: Path, environment: dict[str, str]) -> None:
    async with stdio_client(str(notes), environment=environment) as client:
        listed = (await client.list_resources()).resources
        assert [row.uri for row in listed] == [uri_of(id) for id in sorted(NOTES)]
        (read,) = (await client.read_resource(uri_of("bridge.txt"))).contents
        assert read.model_dump()["text"] == NOTES["bridge.txt"]


async def test_quotes_that_do_not_stand_are_named(notes: Path, environment: dict[str, str]) -> None:
    quotes = [
        {"article": "bridge.txt", "text": "The bridge was built in 1932.", "start": 0},
        {"article": "bridge.txt", "text": "built in 1932", "start": 3},
        {"article": "bridge.txt", "text": "built  in 1932"},
        {"article": "bridge.txt", "text": "built in 1933"},
        {"article": "../secret.txt", "text": "swordfish"},
    ]
    async with stdio_client(str(notes), environment=environment) as client:
        checked = result_of(await client.call_tool("verify", {"quotes": quotes}))
    verdicts = [one["verdict"] for one in checked["quotes"]]
    assert verdicts == ["stands", "moved", "same words", "gone", "no file"]


@pytest.fixture
def server(notes: Path, environment: dict[str, str]) -> Iterator[str]:
    with http_server(str(notes), environment=environment) as address:
        yield address


async def test_many_clients_are_answered_at_once(server: str) -> None:
    from mcp import Client

    questions = {QUESTION: "1932", "Who was the lighthouse keeper?": "Ines"}
    wrong: list[object] = []

    async def ask(question: str, expected: str) -> None:
        mode = "legacy" if expected == "Ines" else "auto"
        async with Client(server, mode=mode) as client:
            for _ in range(3):
                asked = result_of(await client.call_tool("ask", {"question": question}))
                if expected not in asked["answers"][0]["text"]:
                    wrong.append(asked)

    async with anyio.create_task_group() as tasks:
        for number in range(8):
            tasks.start_soon(ask, *list(questions.items())[number % 2])
    assert wrong == []


def test_without_the_extra_the_command_says_what_to_install(
    environment: dict[str, str], tmp_path: Path
) -> None:
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / "sitecustomize.py").write_text("import sys; sys.modules['mcp'] = None", "utf-8")
    path = os.pathsep.join([str(missing), environment.get("PYTHONPATH", "")])
    ran = subprocess.run(
        [sys.executable, "-m", "qa", "mcp"],
        cwd=ROOT,
        env={**environment, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert ran.returncode == 2
    assert "pip install 'article-qa[mcp]'" in ran.stderr
    assert ran.stdout == ""


def test_what_answers_is_loaded_only_after_the_tools_are_listed() -> None:
    program = """
import sys
from qa.cli import cli
import qa.mcp.serving
from qa.mcp.server import tools
tools()
print(*sys.modules)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {*ran.stdout.split()}
    assert not loaded & {
        "torch",
        "numpy",
        "onnxruntime",
        "faiss",
        "transformers",
        "textual",
        "rich",
    }
    assert not loaded & {"qa.session", "qa.corpus", "qa.lookups", "jsonschema"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals differ")
@pytest.mark.parametrize("arguments", [[], ["--http", "--port", "0"]])
def test_ctrl_c_ends_it_at_once(
    arguments: list[str], environment: dict[str, str], notes: Path
) -> None:
    command = [sys.executable, "-m", "qa", "mcp", *arguments, str(notes)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout and process.stderr
        if arguments:
            process.stderr.readline()
        else:
            process.stdin.write(b"\n")
            process.stdin.flush()
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            _, said = process.communicate(timeout=30)
        finally:
            process.kill()  # or leaving the block would wait for it
        assert process.returncode in (Exit.INTERRUPTED, -signal.SIGINT)
        assert b"Traceback" not in said


def test_it_ends_once_its_client_is_gone(environment: dict[str, str], notes: Path) -> None:
    command = [sys.executable, "-m", "qa", "mcp", str(notes)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=environment, cwd=ROOT,
    ) as process:  # fmt: skip
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(b"\n")
        process.stdin.flush()
        process.stdout.readline()
        process.stdout.close()
        process.stdin.write(b"\n")
        process.stdin.flush()
        assert process.wait(30) == 0
        assert process.stderr.read() == b""


def test_a_port_that_is_taken_is_named(server: str, qa: Run, notes: Path) -> None:
    port = server.split(":")[2].partition("/")[0]
    ran = qa("mcp", "--http", "--port", port, str(notes))
    assert ran.returncode == 2
    assert f"port {port}" in ran.stderr
