"""Measures how long an answer takes in the chat while a folder is indexed for the first time.

    python -m tests.benchmark.early [--files 2000]

Runs the chat with the default model in a pseudo-terminal, about invented files of 2 kB, none of
which is indexed yet. Questions are asked at different moments. A time is from sending Enter to the
last byte of the frame that shows the answer. Does not run on Windows.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import sys
import tempfile
import time
from pathlib import Path

from index.models.encoder import open_encoder
from index.models.find import DEFAULT_MODEL, find_model
from qa.folders import models_folder
from tests.benchmark.chat import chat, leave, median_and_worst, percentiles
from tests.support.pseudo_terminal import ENTER, LARGE, READY

QUESTIONS = 20
SENTENCES = 24
PLACES = "harbour market castle bridge tower mill abbey quarry lighthouse orchard".split()
GOODS = "salt tin wool wine iron tea silk rye oil hemp amber slate".split()
PEOPLE = "Anna Boris Clara Dmitri Edda Frank Greta Henrik Ida Jonas Karin Lukas".split()
STARTED = re.compile(r"indexing [1-9]\d* /")
SO_FAR = re.compile(r"([\d,]+) of [\d,]+ files\s+indexed")


def write_files(folder: Path, count: int) -> None:
    """Write files of about 2 kB, each about a ship of its own."""
    chance = random.Random(0)
    folder.mkdir()
    for number in range(count):
        sentences = [f"The ship Nr{number} was built in {1500 + number % 500}."]
        for _ in range(SENTENCES):
            sentences.append(
                f"In {chance.randrange(1500, 2000)} {chance.choice(PEOPLE)} brought "
                f"{chance.randrange(2, 900)} tons of {chance.choice(GOODS)} "
                f"from the {chance.choice(PLACES)} to the {chance.choice(PLACES)}."
            )
        paragraphs = [" ".join(sentences[first : first + 6]) for first in range(0, SENTENCES, 6)]
        (folder / f"{number:05}.txt").write_text("\n\n".join(paragraphs) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
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
        write_files(folder / "ships", options.files)
        took, parts = measure(folder, options.questions)
    print(f"answers while {options.files:,} files are indexed: {len(took)}, from {parts} of them")
    print(f"Enter to answer   {percentiles(took)}; {median_and_worst(took)}")


def measure(folder: Path, questions: int) -> tuple[list[float], str]:
    """Ask until all questions are answered or all files are indexed.

    Return the seconds that each answer took, and how many files the first and last are from.
    """
    chance = random.Random(1)
    took: list[float] = []
    parts: list[str] = []
    with chat(folder, str(folder / "ships")) as terminal:
        terminal.until_shown(READY)
        terminal.until(lambda: bool(STARTED.search(terminal.words())))
        for number in range(questions):
            time.sleep(chance.uniform(0.0, 1.5))  # at another moment of a batch each time
            question = f"When was the ship Nr{number} built?"
            terminal.type(question)
            terminal.until_shown(question)
            if not STARTED.search(terminal.words()):
                break  # all are indexed
            sent_at = time.monotonic()
            terminal.type(ENTER)

            def answered(question: str = question) -> bool:
                _, asked, turn = terminal.words().rpartition(f"❯ {question}")
                return bool(asked and SO_FAR.search(turn))

            took.append(terminal.until(answered) - sent_at)
            found = SO_FAR.search(terminal.words().rpartition(f"❯ {question}")[2])
            parts.append(found[1] if found else "?")
        leave(terminal)
    return took, f"{parts[0]} to {parts[-1]}" if parts else "none"


if __name__ == "__main__":
    main()
