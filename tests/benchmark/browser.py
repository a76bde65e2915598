"""How long a page of `qa serve` takes, and how much memory each further one.

    python -m tests.benchmark.browser [PATHS]

Asks the sample article unless PATHS are given. Needs Linux and Chromium; only the server's memory
is counted.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median

from qa.folders import sample_article
from tests.support.browser import Browser, Page, browser
from tests.support.served import Server, serving_process

READY = "Ask a question"
QUESTIONS = (
    "How old is Rygor Kastusev?",
    "When was Rygor Kastusev arrested?",
    "Which party does Rygor Kastusev lead?",
    "How many political prisoners were freed?",
    "Who leads the National Front party?",
)
USERS = (1, 2, 5)


def memory(process: int) -> float:
    """Return the memory that a process has to itself, in MB: shared pages count in part."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0]) / 1e3


def processor_seconds(process: int) -> float:
    """Return the processor time that a process has taken."""
    times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")


async def open_page(opened: AsyncExitStack, running: Browser, url: str) -> tuple[Page, float]:
    """Open a page, and return it with the seconds until one could type there."""
    began = time.monotonic()
    page = await opened.enter_async_context(running.page(url))
    await page.until(lambda: READY.encode() in page.drawn)
    await page.evaluate("new Promise(requestAnimationFrame)")
    return page, time.monotonic() - began


async def ask(page: Page, number: int) -> float:
    """Ask a question, and return the seconds from Enter until the answer is drawn."""
    await page.type(QUESTIONS[number % len(QUESTIONS)])
    before = len(page.drawn)
    began = time.monotonic()
    await page.press("Enter")
    await page.until(lambda: b" % sure" in page.drawn[before:])
    await page.evaluate("new Promise(requestAnimationFrame)")
    return time.monotonic() - began


async def measure(server: Server, profile: Path) -> None:
    """Measure, and print."""
    async with AsyncExitStack() as opened, browser(profile) as running:
        await asyncio.sleep(3)  # the models are loaded
        print(f"no page: {memory(server.process.pid):.0f} MB")
        pages: list[Page] = []
        for users in USERS:
            took = []
            before = processor_seconds(server.process.pid)
            while len(pages) < users:
                page, seconds = await open_page(opened, running, server.url)
                pages.append(page)
                took.append(seconds)
                await page.until_shown("ready")
                await asyncio.sleep(2)  # the first screen's questions are tried
            opening = (processor_seconds(server.process.pid) - before) / len(took)
            before = processor_seconds(server.process.pid)
            answered = [await ask(page, number) for number in range(5) for page in pages]
            asking = (processor_seconds(server.process.pid) - before) / len(answered)
            print(
                f"{users} pages: page to prompt {max(took):.2f} s at most; "
                f"question to answer {median(answered):.2f} s, at most {max(answered):.2f} s; "
                f"processor time for a page {opening:.2f} s, for a question {asking:.2f} s; "
                f"{memory(server.process.pid):.0f} MB"
            )
        await opened.aclose()


def main(paths: Sequence[str]) -> None:
    """Start a server, and measure it."""
    chosen = paths or [str(sample_article())]
    with (
        tempfile.TemporaryDirectory() as profile,
        serving_process("-q", "--no-history", *chosen, environment=os.environ) as server,
    ):
        asyncio.run(measure(server, Path(profile)))


if __name__ == "__main__":
    main(sys.argv[1:])
