"""Measures how fast the chat responds, in a real pseudo-terminal.

    python -m tests.benchmark.chat [FILE.json[.gz] ...]

The articles to index are taken from the files, or generated if there are none. Times are from
sending a key to the last byte of the frame that shows its effect. Does not run on Windows.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import re
import statistics
import string
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from index.models.encoder import open_encoder
from index.models.find import DEFAULT_MODEL, find_model
from index.split import split
from qa import sample_article
from qa.folders import models_folder
from qa.show.text import NOT_SURE
from tests.benchmark.squad import write_articles
from tests.support.articles import article_of
from tests.support.pseudo_terminal import (
    CTRL_Q,
    ENTER,
    LARGE,
    PAGE_DOWN,
    READY,
    Terminal,
    write_notes,
)

ROUNDS = 7
QUESTIONS = 20
PASSAGES = 2000
KEYS = 100
PAGES = 50
ARTICLE_BYTES = 10_000_000
INDEXING = re.compile(r"indexing [1-9]\d* /")

# The chat with a heartbeat in its event loop, which records when each beat was due and its delay.
CHAT_WITH_HEARTBEAT = """
import asyncio, json, sys, time
from pathlib import Path
from qa.chat.app import ChatApp
from qa.cli import run

beats, mount = [], ChatApp.on_mount

async def beat():
    while True:
        due = time.monotonic() + 0.005
        await asyncio.sleep(0.005)
        beats.append((due, time.monotonic() - due))

async def on_mount(app):
    app.beating = asyncio.create_task(beat())
    await mount(app)

ChatApp.on_mount = on_mount
code = run(sys.argv[2:])
Path(sys.argv[1]).write_text(json.dumps(beats))
sys.exit(code)
"""

# One article, which is shown after the key "o".
VIEW = """
import sys
from pathlib import Path
from textual.app import App
from index.types import Article
from qa.chat.article import ArticleView

class View(App):
    def compose(self):
        yield ArticleView()

    def on_key(self, event):
        if event.key == "o":
            self.query_one(ArticleView).show(article)

text = Path(sys.argv[1]).read_text("utf-8")
article = Article("big", "big", "big", text, "")
View().run()
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    sys.setswitchinterval(0.0005)  # so that arrival times are accurate
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"Python {platform.python_version()}; terminal of {LARGE[0]} × {LARGE[1]}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        models = models_folder(folder / "article-qa")
        open_encoder(find_model(DEFAULT_MODEL, notify=print), models, notify=print)
        measure_first_frame(folder)
        measure_answers(folder)
        articles = write_corpus(options.files, folder)
        measure_indexing(articles, folder)
        measure_quitting(articles, folder)
        for many in (True, False):
            measure_article(folder, many_lines=many)


def measure_first_frame(folder: Path) -> None:
    """Measure new processes: the time until one can type, and until everything is loaded."""
    typing, ready = [], []
    for _ in range(ROUNDS):
        with chat(folder) as terminal:
            typing.append(terminal.until_shown(READY) - terminal.began_at)
            ready.append(terminal.until_shown("ready") - terminal.began_at)
            leave(terminal)
    print(f"first frame of a new process        {median_and_worst(typing)}")
    print(f"ready to answer, sample article     {median_and_worst(ready)}")


def measure_answers(folder: Path) -> None:
    """Measure a key's echo, and from Enter to the answer, once everything is loaded."""
    words = re.findall(r"\w{4,}", sample_article().read_text("utf-8"))
    with chat(folder) as terminal:
        terminal.until_shown("ready")
        echoes = echo_times(terminal, KEYS)
        terminal.type("\x15")
        terminal.until_shown(READY)
        took = []
        for first, second in itertools.islice(itertools.pairwise(words), QUESTIONS + 1):
            question = f"What is said of {first} {second}?"
            terminal.type(question)
            terminal.until_shown(question)
            terminal.until_quiet()
            sent_at = time.monotonic()
            terminal.type(ENTER)

            def answered(question: str = question) -> bool:
                _, asked, turn = terminal.words().rpartition(f"❯ {question}")
                return bool(asked) and any(
                    said in turn for said in (" % sure", NOT_SURE[:12], "No answer found")
                )

            took.append(terminal.until(answered) - sent_at)
            terminal.until_quiet()
        leave(terminal)
    print(f"key to echo, idle                   {percentiles(echoes)}")
    print(f"Enter to answer, warm               {percentiles(took[1:])}")


def measure_indexing(articles: Path, folder: Path) -> None:
    """Measure a key's echo and the pauses of the event loop during indexing."""
    beats_file = folder / "beats.json"
    program = ["-c", CHAT_WITH_HEARTBEAT, str(beats_file), "chat", "--no-history", "--store"]
    with run(folder, *program, str(folder / "beating"), str(articles)) as terminal:
        shown_at = terminal.until_shown(READY)
        indexing_at = terminal.until(lambda: bool(INDEXING.search(terminal.words())))
        echoes = echo_times(terminal, KEYS, pause=0.05)
        if " ready" in terminal.words():
            print("(indexing ended before the last key)")
        ready_at = terminal.until_shown(" ready", seconds=1800)
        held = re.search(r"[\d,]+ passages", terminal.words())
        leave(terminal)
    beats = json.loads(beats_file.read_text("utf-8"))
    seconds = ready_at - indexing_at
    print(f"indexing {held[0] if held else ''} in the chat took {seconds:.0f} s; meanwhile:")
    print(f"key to echo                         {percentiles(echoes)}")
    for name, since, until in (
        ("while loading", shown_at, indexing_at),
        ("while indexing", indexing_at, ready_at),
    ):
        late = [late for due, late in beats if since <= due < until]
        print(f"pauses of the event loop, {name:<14}  {percentiles(late)}")


def measure_quitting(articles: Path, folder: Path) -> None:
    """Measure from Ctrl+Q during indexing to the end of the process."""
    took = []
    for number in range(ROUNDS):
        with chat(folder, "--store", str(folder / f"quit-{number}"), str(articles)) as terminal:
            terminal.until(lambda: bool(INDEXING.search(terminal.words())))
            time.sleep(0.37 * number)  # so that each round quits at another point
            sent_at = time.monotonic()
            terminal.type(CTRL_Q)
            code = terminal.process.wait(60)
            took.append(time.monotonic() - sent_at)
            if code:
                raise RuntimeError(f"the chat ended with {code}")
    print(f"Ctrl+Q to exit, while indexing      {median_and_worst(took)}")


def measure_article(folder: Path, *, many_lines: bool) -> None:
    """Measure opening an article of 10 MB, and paging through it."""
    words = (f"word{number}" for number in itertools.count())
    end = "\n" if many_lines else " "
    parts: list[str] = []
    size = 0
    while size < ARTICLE_BYTES:
        parts.append(" ".join(itertools.islice(words, 12)) + end)
        size += len(parts[-1])
    file = folder / "big.txt"
    file.write_text("".join(parts), "utf-8")

    opened, pages = [], []
    for _ in range(3):
        with run(folder, "-c", VIEW, str(file)) as terminal:
            terminal.until_shown("The article appears here.")
            terminal.until_quiet()
            opened.append(seconds_until(terminal, "o", lambda: "word0" in terminal.words()))
            terminal.until_quiet()
            for _ in range(PAGES):
                top = terminal.screen.display[0]
                pages.append(
                    seconds_until(
                        terminal,
                        PAGE_DOWN,
                        lambda: terminal.screen.display[0] != top,  # noqa: B023
                    )
                )
            leave(terminal)
    name = "10 MB in many lines" if many_lines else "10 MB in one line"
    print(f"{name:<20} opened          {median_and_worst(opened)}")
    print(f"{name:<20} page down       {percentiles(pages)}")


def write_corpus(files: Sequence[Path], folder: Path) -> Path:
    """Write articles of about 2,000 passages."""
    if not files:
        return write_notes(folder / "articles", PASSAGES // 8)
    whole, some = folder / "squad", folder / "articles"
    whole.mkdir()
    some.mkdir()
    write_articles(files, whole)
    models = models_folder(folder / "article-qa")
    encoder = open_encoder(find_model(DEFAULT_MODEL, notify=print), models, notify=print)
    passages = 0
    for file in sorted(whole.iterdir()):
        if passages < PASSAGES:
            file = file.rename(some / file.name)
            article = article_of(file.read_bytes().decode("utf-8"), file.name)
            passages += len(
                split(article, count_tokens=encoder.count_tokens, max_tokens=encoder.max_tokens)
            )
    return some


def run(folder: Path, *arguments: str) -> Terminal:
    """Start Python in a terminal, with caches and state in `folder`."""
    env = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "XDG_CACHE_HOME": str(folder),
        "XDG_STATE_HOME": str(folder / "state"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    env.pop("NO_COLOR", None)
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # installed programs are compiled
    return Terminal([sys.executable, *arguments], env=env, cwd=folder)


def chat(folder: Path, *arguments: str) -> Terminal:
    return run(folder, "-m", "qa", "chat", "--no-history", *arguments)


def leave(terminal: Terminal) -> None:
    terminal.type(CTRL_Q)
    if code := terminal.ended():
        raise RuntimeError(f"the program ended with {code}")


def seconds_until(terminal: Terminal, key: str, condition: Callable[[], bool]) -> float:
    """Return the seconds from typing a key until the screen shows its effect."""
    sent_at = time.monotonic()
    terminal.type(key)
    return terminal.until(condition) - sent_at


def echo_times(terminal: Terminal, keys: int, pause: float = 0.0) -> list[float]:
    """Type letters one by one, and return how many seconds each took to appear."""
    took = []
    typed = ""
    for letter in itertools.islice(itertools.cycle(string.ascii_lowercase), keys):
        if len(typed) == 40:
            terminal.type("\x15")
            terminal.until_shown(READY)
            typed = ""
        typed += letter
        took.append(seconds_until(terminal, letter, lambda: f" {typed}" in terminal.words()))  # noqa: B023
        terminal.until_quiet(pause)
    return took


def median_and_worst(took: Sequence[float]) -> str:
    return f"median {statistics.median(took):.2f} s, worst {max(took):.2f} s"


def percentiles(took: Sequence[float]) -> str:
    if not took:
        return "none"
    ranked = sorted(took)
    p50, p95 = ranked[len(ranked) // 2], ranked[len(ranked) * 95 // 100]
    return f"p50 {p50 * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms, worst {ranked[-1] * 1e3:.0f} ms"


if __name__ == "__main__":
    main()
