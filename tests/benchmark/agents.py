"""How long agents wait for `qa mcp`: for the first list of tools, and for answers.

    python -m tests.benchmark.agents [PATHS]
    python -m tests.benchmark.agents --distinct

Asks the sample article, whose answers are known, and PATHS besides, to make the corpus larger. Many
clients ask the same five questions again and again: 99 % of them have been asked before. With
--distinct, they ask 500 questions once each, about the notes and articles of this folder, and the
answers are compared with those of `qa ask --questions`.
Needs Linux: processor time and memory are read from /proc.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import LATEST_PROTOCOL_VERSION

from qa.folders import sample_article

QUESTIONS = {
    "How old is Rygor Kastusev?": "67-year-old",
    "When was Rygor Kastusev arrested?": "2021",
    "How many political prisoners were freed?": "five",
    "Which party does Rygor Kastusev lead?": "National Front",
    "Who leads the National Front party?": "Kastusev",
}
HERE = Path(__file__).parent
CLIENTS = 20
QUESTIONS_PER_CLIENT = 25
STARTS = 5
WARM = 100
TICKS = os.sysconf("SC_CLK_TCK")
MB = 1e6


def command(*arguments: str) -> list[str]:
    """Return the command line of a server."""
    return [sys.executable, "-m", "qa", "mcp", "-q", *arguments, str(sample_article())]


def start(paths: Sequence[str]) -> tuple[float, float]:
    """Return the time to the first list of tools, and the processor time of the server until then.

    In seconds.
    """
    hello = {
        "protocolVersion": LATEST_PROTOCOL_VERSION,
        "capabilities": {},
        "clientInfo": {"name": "benchmark", "version": "1"},
    }
    sent = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]
    began = time.monotonic()
    with subprocess.Popen(
        command(*paths), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        process.stdin.write("".join(json.dumps(row) + "\n" for row in sent))
        process.stdin.flush()
        for line in process.stdout:
            if json.loads(line).get("id") == 2:
                break
        elapsed = time.monotonic() - began
        processor = processor_seconds(process.pid)
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        assert "torch" not in loaded
        assert "onnxruntime" not in loaded
        process.stdin.close()
    return elapsed, processor


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has taken."""
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / TICKS


async def ask(client: Client, number: int) -> tuple[float, bool]:
    """Ask a question. Return the time in seconds, and whether the answer is right."""
    question, expected = list(QUESTIONS.items())[number % len(QUESTIONS)]
    began = time.monotonic()
    ran = await client.call_tool("ask", {"question": question})
    elapsed = time.monotonic() - began
    response = (ran.structured_content or {}).get("result", {})
    answers = [*response.get("answers", ()), *filter(None, [response.get("closest")])]
    return elapsed, any(expected in one["text"] for one in answers)


async def warm(paths: Sequence[str]) -> list[float]:
    """Return the times of questions of one client, in seconds."""
    program, *arguments = command(*paths)
    server = StdioServerParameters(command=program, args=arguments, env=dict(os.environ))
    async with Client(server) as client:
        await ask(client, 0)
        return [(await ask(client, number))[0] for number in range(WARM)]


def distinct() -> list[str]:
    """Return as many questions as are asked at once, no two of which are the same."""
    rows = [
        json.loads(row)["question"]
        for name in ("notes.jsonl", "kinds.jsonl")
        for row in (HERE / name).read_text("utf-8").splitlines()
    ]
    return list(dict.fromkeys(rows))[: CLIENTS * QUESTIONS_PER_CLIENT]


def quoted(response: Mapping[str, Any]) -> object:
    """Return what must not depend on who else asks."""
    return response["outcome"], response["answers"], response["closest"], response["passages"]


def asked_one_by_one(questions: Sequence[str], paths: Sequence[str]) -> dict[str, object]:
    """Return what `qa ask` answers, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "qa", "ask", "-q", "--questions", "-", *paths],
        input="\n".join(questions), capture_output=True, text=True, check=False,
    )  # fmt: skip
    responses = map(json.loads, ran.stdout.splitlines())
    return {response["question"]: quoted(response) for response in responses}


async def crowd_of_distinct(
    address: str, questions: Sequence[str], expected: Mapping[str, object]
) -> list[tuple[float, bool]]:
    """Return times and whether the answers are the expected ones, of many clients at once."""
    results: list[tuple[float, bool]] = []

    async def one(own: Sequence[str]) -> None:
        async with Client(address) as client:
            for question in own:
                began = time.monotonic()
                ran = await client.call_tool("ask", {"question": question})
                elapsed = time.monotonic() - began
                response = json.loads(json.dumps((ran.structured_content or {})["result"]))
                results.append((elapsed, quoted(response) == expected[question]))

    async with Client(address) as client:
        await ask(client, 0)
    async with anyio.create_task_group() as tasks:
        for number in range(CLIENTS):
            tasks.start_soon(one, questions[number::CLIENTS])
    return results


async def crowd(address: str) -> list[tuple[float, bool]]:
    """Return times and whether the answers are right, of many clients at once."""
    results: list[tuple[float, bool]] = []

    async def one() -> None:
        async with Client(address) as client:
            for number in range(QUESTIONS_PER_CLIENT):
                results.append(await ask(client, number))

    async with Client(address) as client:
        await ask(client, 0)
    async with anyio.create_task_group() as tasks:
        for _ in range(CLIENTS):
            tasks.start_soon(one)
    return results


def peak_memory(process: int) -> float:
    """Return the most memory that a process has had, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def spread(times: Sequence[float]) -> str:
    """Return the median and the 95th percentile of times in seconds, in words."""
    return f"p50 {median(times) * 1e3:.0f} ms, p95 {quantiles(times, n=20)[-1] * 1e3:.0f} ms"


def measure_crowd(
    arguments: Sequence[str], clients: Callable[[str], Awaitable[list[tuple[float, bool]]]]
) -> None:
    """Start a server, have clients ask it, and print how long they waited."""
    with subprocess.Popen(
        [sys.executable, "-m", "qa", "mcp", "--http", "--port", "0", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        address = next(word for line in process.stderr for word in line.split() if "://" in word)
        before, own = processor_seconds(process.pid), time.process_time()
        results = anyio.run(clients, address)
        spent = processor_seconds(process.pid) - before
        own = time.process_time() - own
        memory = peak_memory(process.pid) / MB
        process.terminate()
    times = [elapsed for elapsed, _ in results]
    right = sum(is_right for _, is_right in results)
    print(
        f"{CLIENTS} clients at once: {right} of {len(results)} right, "
        f"{spread(times)}, peak memory {memory:.0f} MB; "
        f"processor time for a question: {spent / len(results) * 1e3:.0f} ms, "
        f"of the clients {own / len(results) * 1e3:.0f} ms"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure, and print."""
    if "--distinct" in arguments:
        paths = [str(HERE / "notes"), str(HERE / "kinds"), str(sample_article())]
        questions = distinct()
        expected = asked_one_by_one(questions, paths)
        measure_crowd(paths, partial(crowd_of_distinct, questions=questions, expected=expected))
        return
    starts = [start(arguments) for _ in range(STARTS)]
    elapsed, processor = (median(each) for each in zip(*starts, strict=True))
    print(f"first list of tools: {elapsed:.2f} s, {processor:.2f} s of processor time; no torch")
    print(f"ask, warm: {spread(anyio.run(warm, arguments))}")
    measure_crowd([str(sample_article()), *arguments], crowd)


if __name__ == "__main__":
    main(sys.argv[1:])
