"""Compares speed and memory with sentence-transformers, in one run on one machine.

    python -m tests.benchmark.speed [FILE.json[.gz] ...]

Each figure is a median; the two sides of a ratio take turns. The passages to index are taken from
the files, or from the sample article if there are none.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from index.models.encoder import open_encoder
from index.models.find import DEFAULT_MODEL, find_model
from index.split import split
from index.wording import encoded_text
from qa import open_corpus, sample_article
from qa.folders import models_folder
from tests.benchmark.squad import write_articles
from tests.support.articles import article_of

QUESTION = "How old is Rygor Kastusev?"
PLAIN = """
import sys
from sentence_transformers import SentenceTransformer
model = SentenceTransformer(sys.argv[1], device="cpu", local_files_only=True)
model.encode(sys.argv[2], normalize_embeddings=True, show_progress_bar=False)
"""
PASSAGES_TO_ENCODE = 400
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        measure_start(Path(folder))
        measure_warm()
        measure_unchanged(Path(folder))
        measure_indexing(options.files, Path(folder))


def measure_start(cache: Path) -> None:
    """Measure processes: the very first one, a cold one, and help; against a plain script."""
    qa = [sys.executable, "-m", "qa"]
    first, _ = _process([*qa, "ask", QUESTION])
    print(f"very first qa ask, with export          {first:6.2f} s")
    model = str(find_model(DEFAULT_MODEL, notify=print).path)
    ours: list[tuple[float, float]] = []
    plain: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        ours.append(_process([*qa, "ask", QUESTION]))
        plain.append(_process([sys.executable, "-c", PLAIN, model, QUESTION]))
    for name, column, unit in (("time", 0, "s"), ("peak memory", 1, "MB")):
        a = statistics.median(row[column] for row in ours)
        b = statistics.median(row[column] for row in plain)
        print(
            f"qa ask, new process, {name:<12} {a:8.2f} {unit}; plain {b:.2f} {unit}; 1/{b / a:.1f}"
        )
    for flag in ("--help", "--version"):
        median = statistics.median(_process([*qa, flag])[0] for _ in range(ROUNDS))
        print(f"qa {flag:<36} {median:6.2f} s")


def measure_warm() -> None:
    """Measure another question in the same process: sync, search and answer."""
    words = sample_article().read_text("utf-8").split()
    questions = [f"What is said of {words[i]} {words[i + 1]}?" for i in range(0, 400, 2)]
    with open_corpus() as corpus:
        corpus.ask(QUESTION)
        time.sleep(2.1)  # a file that changed just before it was read is read again
        took = sorted(_seconds(lambda q=q: corpus.ask(q)) for q in questions)  # type: ignore[misc]
    p50, p95 = took[len(took) // 2], took[len(took) * 95 // 100]
    print(f"warm question, sample article       p50 {p50 * 1e3:.1f} ms, p95 {p95 * 1e3:.1f} ms")


def measure_unchanged(folder: Path) -> None:
    """Compare asking about 1,000 unchanged files with asking about one."""
    text = sample_article().read_text("utf-8").splitlines()
    many = folder / "many"
    many.mkdir()
    for number in range(1000):
        (many / f"{number}.txt").write_text(f"{number}. {text[number % len(text)]}", "utf-8")
    one = folder / "one"
    one.mkdir()
    shutil.copy(many / "0.txt", one)
    qa = [sys.executable, "-m", "qa", "ask", "-q", QUESTION]
    took: dict[Path, list[float]] = {many: [], one: []}
    for path in (many, one):
        _process([*qa, str(path)])
    time.sleep(2.1)
    for _ in range(ROUNDS):
        for path, seconds in took.items():
            seconds.append(_process([*qa, str(path)])[0])
    more = statistics.median(took[many]) - statistics.median(took[one])
    print(f"asking 1,000 unchanged files, over one  {more:6.2f} s")


def measure_indexing(files: Sequence[Path], folder: Path) -> None:
    """Compare passages per second with SentenceTransformer.encode on the same texts."""
    from sentence_transformers import SentenceTransformer

    model = find_model(DEFAULT_MODEL, notify=print)
    encoder = open_encoder(model, models_folder(folder / "article-qa"), notify=print)
    plain = SentenceTransformer(str(model.path), device="cpu", local_files_only=True)
    texts: list[str] = []
    if files:
        (folder / "squad").mkdir()
        write_articles(files, folder / "squad")
        articles = [file.read_text("utf-8") for file in sorted((folder / "squad").iterdir())]
    else:
        articles = [sample_article().read_text("utf-8")] * 40
    for text in articles:
        article = article_of(text)
        spans = split(article, count_tokens=encoder.count_tokens, max_tokens=encoder.max_tokens)
        texts.extend(encoded_text(article, span) for span in spans)
    texts = texts[:: max(1, len(texts) // PASSAGES_TO_ENCODE)][:PASSAGES_TO_ENCODE]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(len(texts) / _seconds(lambda: encoder.encode_passages(texts)))
        theirs.append(len(texts) / _seconds(lambda: plain.encode(texts, show_progress_bar=False)))
    a, b = statistics.median(ours), statistics.median(theirs)
    ratio = statistics.median(x / y for x, y in zip(ours, theirs, strict=True))
    print(f"indexing {a:.0f} passages per second; sentence-transformers {b:.0f}; ratio {ratio:.2f}")


def _process(command: list[str]) -> tuple[float, float]:
    """Run a process; return its wall time in seconds and its peak memory in MB.

    Raises: RuntimeError if it ends with an error.
    """
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode > 1:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def _seconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
