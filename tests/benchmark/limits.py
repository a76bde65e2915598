"""Measures time and peak memory at the limits that the README states.

    python -m tests.benchmark.limits                 all of them
    python -m tests.benchmark.limits files --count 100000

    files   many small files, indexed and asked about with the command and in a running process
    large   one text file of 200 MB, first skipped, then indexed with a larger --max-size
    line    50 MB in a single line
    empty   a question about a folder without text

`large` and `line` are encoded with hashed words in 384 dimensions. The real model would add time,
at about 180 passages per second, and a constant 150 MB.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa import cache_folder, open_corpus
from qa.corpus import Corpus
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from tests.support.encoder import HashedWordsEncoder

if TYPE_CHECKING:
    from index.types import Vector

WORDS = (
    "bridge river market tower engineer ferry harbour museum castle winter summer letter king "
    "queen mountain valley forest garden window painter teacher doctor soldier sailor farmer "
    "village city country island ocean desert storm silence morning evening number question "
    "answer history science music theatre paper stone copper silver golden ancient modern"
).split()


class WideEncoder(HashedWordsEncoder):
    """Hashed words in as many dimensions as the default model has."""

    fingerprint = "hashed-words-384"
    dimension = 384

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """Return vectors without keeping the texts, unlike the encoder of the tests."""
        return np.stack([self.encode_query(text) for text in texts])


def sentence(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words)).capitalize() + f" {rng.randrange(10**9)}."


def write_large(file: Path, megabytes: int, between: str) -> None:
    rng = random.Random(0)
    block = between.join(sentence(rng, 12) for _ in range(10_000)) + between
    with file.open("w", encoding="utf-8") as opened:
        for _ in range(megabytes * 1_000_000 // len(block) + 1):
            opened.write(block)


def write_files(folder: Path, count: int) -> None:
    rng = random.Random(0)
    for number in range(count):
        below = folder / f"{number // 1000:03}"
        if number % 1000 == 0:
            below.mkdir(parents=True)
        (below / f"{number:06}.txt").write_text(sentence(rng, 8) + "\n", "utf-8")


def qa(arguments: list[str], environment: dict[str, str]) -> None:
    """Run the command; print its time, peak memory, exit code and last lines of output."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    print(f"  qa {' '.join(arguments[:2])[:60]}: {seconds:,.1f} s, "
          f"{usage.ru_maxrss / 1000:,.0f} MB, exit {code}")  # fmt: skip
    for line in said.splitlines()[-3:]:
        print(f"    {line[:150]}")


def running(folder: Path, stores: Path) -> None:
    """Ask again and again in one process, as a chat does, and print how long the answers take."""
    with open_corpus(folder, settings=Settings(store=stores)) as corpus:
        corpus.watch()
        for number in range(8):
            started = time.perf_counter()
            corpus.ask(f"Which bridge is in village {number}?")
            print(f"  question {number + 1} of a process: {time.perf_counter() - started:.2f} s")


def in_a_child(folder: Path, stores: Path, max_bytes: int) -> None:
    """Index and search a folder with hashed words, and print time and peak memory."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    with Corpus(
        [str(folder)], encoder=WideEncoder(), reader=SentenceReader(),
        settings=Settings(store=stores, max_size=max_bytes / 1e6),
    ) as corpus:  # fmt: skip
        report = corpus.sync()
        indexed = time.perf_counter()
        hits = corpus.search("bridge river 123456789", 5)
        passages = corpus.size()[1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {
        "passages": passages,
        "indexed_s": round(indexed - started, 1),
        "asked_ms": round(1000 * (time.perf_counter() - indexed)),
        "before_mb": before // 1000,
        "peak_mb": peak // 1000,
        "skipped": len(report.skipped),
        "hits": len(hits),
    }
    print(json.dumps(found))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="*", metavar="files|large|line|empty")
    parser.add_argument("--count", type=int, default=100_000, help="number of small files")
    parser.add_argument("--megabytes", type=int, default=0, help="size of the large file or line")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        in_a_child(Path(chosen.child[0]), Path(chosen.child[1]), int(chosen.child[2]))
        return
    for what in chosen.what or ["empty", "line", "large", "files"]:
        with tempfile.TemporaryDirectory() as temporary:
            print(what, flush=True)
            measure(what, Path(temporary), chosen.count, chosen.megabytes)


def measure(what: str, work: Path, count: int, megabytes: int) -> None:
    folder, stores = work / "corpus", work / "stores"
    folder.mkdir()
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache_folder().parent)}
    store = ["--store", str(stores)]
    if what == "empty":
        qa(["ask", "Who was it?", str(folder), *store], environment)
    elif what == "files":
        write_files(folder, count)
        qa(["index", str(folder), "-q", *store], environment)
        for _ in range(3):
            qa(["index", str(folder), "-q", *store], environment)
        for _ in range(3):
            qa(["ask", "Which bridge?", str(folder), "-q", *store], environment)
        running(folder, stores)
    else:
        size = megabytes or {"large": 200, "line": 50}[what]
        write_large(folder / "large.txt", size, " " if what == "line" else "\n")
        if what == "large":
            qa(["ask", "Which bridge?", str(folder), *store], environment)
        child = ["--child", str(folder), str(stores), str(1_000_000_000)]
        subprocess.run([sys.executable, "-m", "tests.benchmark.limits", *child], check=True)


if __name__ == "__main__":
    main()
