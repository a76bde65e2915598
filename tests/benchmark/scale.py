"""Measures how the steps of a question grow with the number of passages.

    python -m tests.benchmark.scale FOLDER FILE.json.gz ... [--passages 12012 243012 1000032]

Makes stores of the sentences of files in SQuAD's format, recombined, once for each FOLDER; see
`scale_stores`. With --encoded, passages are really encoded, which takes a minute per 3,000 of them.
All times are CPU time of one process; the vectors of the questions are given.
"""

from __future__ import annotations

import argparse
import math
import random
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.question import Question
from index.search import search
from index.store.limits import DEFAULT_LIMITS, Limits
from index.store.local import LocalStore
from index.store.protocol import Ranking, View
from index.store.view import LocalView
from index.types import EncodedPart
from qa import open_corpus
from qa.identity import store_identity
from qa.settings import Settings
from tests.benchmark.scale_stores import PASSAGES_PER_FILE, Mixer, Pool, Rows, fill, write_files

if TYPE_CHECKING:
    from index.types import Vector

SIZES = [12_012, 61_974, 243_012, 1_000_032]
QUESTIONS = 200
HITS = 10
CANDIDATES = 101
RUNS = 3
NEW_FACT = "\n\nThe lighthouse of Quenby was painted green in {0}."
ASKED_OF_IT = "When was the lighthouse of Quenby painted green?"


@dataclass(slots=True)
class Given:
    """An encoder of questions whose vectors are known."""

    vectors: dict[str, Vector]
    name: str = "given"
    fingerprint: str = "given"
    dimension: int = 0
    max_tokens: int = 0
    passages_at_once: int = 0

    def encode_query(self, question: str) -> Vector:
        return self.vectors[question]

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        raise NotImplementedError

    def encode_in_parts(self, texts: Sequence[str]) -> Generator[EncodedPart, None, None]:
        raise NotImplementedError

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        raise NotImplementedError


class ExactView(LocalView):
    """A view that compares all vectors, and has FTS5 rank all passages."""

    @classmethod
    def of(cls, store: LocalStore) -> ExactView:
        view = cls(store._db, store._words, store._word_lists, store._embeddings)
        view._loaded = store._embeddings.from_database()
        return view

    def matching(
        self, words: Sequence[str], k: int, articles: Sequence[str] | None = None
    ) -> Ranking:
        return self._words.matching(words, k, "")


@dataclass(frozen=True, slots=True)
class Made:
    """A store of a size, with its files."""

    files: Path
    folder: Path
    dimension: int
    identity: str
    encoder: Given
    limits: Limits

    def opened(self) -> LocalStore:
        return LocalStore(
            self.folder, dimension=self.dimension, identity=self.identity, limits=self.limits
        )


def asked_of(questions: Sequence[str]) -> list[str]:
    """Return what is encoded of questions."""
    return [Question(question).asked for question in questions]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--passages", nargs="+", type=int, default=SIZES)
    parser.add_argument("--encoded", action="store_true", help="encode the passages")
    parser.add_argument("--nominate", action="store_true", help="search small stores as large ones")
    parser.add_argument("--store", help="folder of the stores")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    pool = Pool.of(options.files)
    questions = random.Random(5).sample(pool.questions, QUESTIONS)
    table: dict[str, list[float]] = {}
    for count in options.passages:
        made = _made(options, pool, questions, count)
        print(f"\n{count:,} passages in {len(list(made.files.iterdir())):,} files", flush=True)
        for name, figure in (*_steps(made, questions), *_processes(made.files, options.store)):
            print(f"  {name:<32}{figure:10,.1f}", flush=True)
            table.setdefault(name, []).append(figure)
    _print(table, options.passages)


def _made(options: argparse.Namespace, pool: Pool, questions: Sequence[str], count: int) -> Made:
    """Return the store of a size, which is made if there is none."""
    kind, most = ("real", 2) if options.encoded else ("mixed", 4)
    files = options.folder / f"{kind}-{count}"
    passages = list(pool.passages(count, seed=1 if options.encoded else 7, most=most))
    if not files.exists():
        write_files(files, pool, passages)
    settings = Settings(store=options.store) if options.store else Settings()
    with open_corpus(str(files), settings=settings) as corpus:
        rows = Rows(options.folder, corpus.encoder)
        made = Made(
            files,
            corpus.folder,
            corpus.encoder.dimension,
            store_identity(corpus.encoder),
            Given({asked: corpus.encoder.encode_query(asked) for asked in asked_of(questions)}),
            Limits(large=0) if options.nominate else DEFAULT_LIMITS,
        )
    with made.opened() as store:
        with store.snapshot() as view:
            is_made = view.passage_count() > 0
        if not is_made:
            with store.writer():
                vectors = _vectors(pool, rows, passages, encoded=options.encoded)
                fill(store, files, pool, passages, vectors)
            time.sleep(2.1)  # a file that changed just before it was read is read again
        store.refresh()
    return made


def _vectors(
    pool: Pool, rows: Rows, passages: Sequence[Sequence[int]], *, encoded: bool
) -> Iterator[Vector]:
    """Yield the vectors of passages, file by file."""
    files = range(0, len(passages), PASSAGES_PER_FILE)
    if encoded:
        all_rows = rows.of("encoded", [pool.text(numbers) for numbers in passages])
        yield from (all_rows[i : i + PASSAGES_PER_FILE].astype(np.float32) for i in files)
        return
    mixer = Mixer(pool, rows)
    yield from (mixer.vectors(passages[i : i + PASSAGES_PER_FILE], seed=i) for i in files)


def _steps(made: Made, questions: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield the CPU milliseconds of the steps of a question, and how good the results are."""
    parsed = [Question(question) for question in questions]
    with made.opened() as store:
        with store.snapshot() as view:
            first = made.encoder.vectors[parsed[0].asked]
            yield "open the vectors", _milliseconds(lambda: view.nearest(first, CANDIDATES))
        took: dict[str, list[float]] = {}
        for question in parsed:
            vector = made.encoder.vectors[question.asked]
            with store.snapshot() as view:
                for name, step in _one_by_one(view, question, vector):
                    took.setdefault(name, []).append(_milliseconds(step))
        for question in parsed:  # not while the vectors of the same question are remembered
            with store.snapshot() as view:
                took.setdefault("search", []).append(_searched(view, made, question))
        for name, figures in took.items():
            yield f"{name}, p50", float(np.percentile(figures, 50))
            yield f"{name}, p95", float(np.percentile(figures, 95))
        with store.snapshot() as view:
            half = sorted(view.titles())[::2]
        with store.snapshot() as view:
            only = [_searched(view, made, question, half) for question in parsed[:20]]
        yield "search half of the files, p50", float(np.percentile(only, 50))
        yield from _compared(store, made.encoder, parsed)


def _searched(
    view: View, made: Made, question: Question, articles: Sequence[str] | None = None
) -> float:
    """Return the CPU milliseconds of a search."""
    return _milliseconds(lambda: search(view, made.encoder, question, HITS, articles=articles))


def _one_by_one(
    view: LocalView, question: Question, vector: Vector
) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "nearest passages", lambda: view.nearest(vector, CANDIDATES)
    yield "lowest cosine", lambda: view.min_cosine(vector)
    yield "passages with the words", lambda: view.matching(question.words, CANDIDATES)
    yield "unknown words", lambda: view.unknown_words(question.words)


def _compared(
    store: LocalStore, encoder: Given, questions: Sequence[Question]
) -> Iterator[tuple[str, float]]:
    """Yield how many of the first ten hits, and of the first, are those of an exact search."""
    shared, same = [], []
    with store.snapshot() as view:
        exact = ExactView.of(store)
        for question in questions:
            one, other = (
                [(hit.passage.article.id, hit.passage.span) for hit in hits]
                for hits in (
                    search(view, encoder, question, HITS),
                    search(exact, encoder, question, HITS),
                )
            )
            shared.append(len({*one} & {*other}) / max(1, len(other)))
            same.append(one[:1] == other[:1])
    yield "same ten as exact search, %", 100 * float(np.mean(shared))
    yield "same first, %", 100 * float(np.mean(same))


def _processes(files: Path, store: str | None) -> Iterator[tuple[str, float]]:
    """Yield the CPU milliseconds and megabytes of new processes that ask a question."""
    command = [sys.executable, "-m", "qa", "ask", "-q", ASKED_OF_IT, str(files)]
    command += ["--store", store] if store else []
    _process(command)
    ran = [_process(command) for _ in range(RUNS)]
    yield "qa ask, new process", float(np.median([cpu for cpu, _ in ran]))
    yield "qa ask, megabytes", float(np.median([memory for _, memory in ran]))
    changed = sorted(files.iterdir())[0]
    before, ran = changed.read_bytes(), []
    try:
        for year in range(1900, 1901 + RUNS):  # the first time, all of the file is encoded
            with changed.open("a") as file:
                file.write(NEW_FACT.format(year))
            time.sleep(2.1)
            ran.append(_process(command))
    finally:
        changed.write_bytes(before)
    yield "qa ask, a file changed", float(np.median([cpu for cpu, _ in ran[1:]]))


MEASURED = """
import resource, subprocess, sys
ended = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(ended.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""
"""A small process that runs another: a child of a large one would be counted as large."""


def _process(command: Sequence[str]) -> tuple[float, float]:
    """Run a process; return its CPU time in milliseconds and its peak memory in MB."""
    measuring = [sys.executable, "-S", "-c", MEASURED, *command]
    ran = subprocess.run(measuring, check=True, capture_output=True, text=True)
    code, seconds, kilobytes = ran.stdout.split()
    if int(code) > 1:
        raise RuntimeError(f"{command} ended with {code}")
    return 1e3 * float(seconds), int(kilobytes) / 1024


def _milliseconds(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return 1e3 * (time.process_time() - started)


def _print(table: dict[str, list[float]], sizes: Sequence[int]) -> None:
    """Print all figures, with the exponent of growth from the first size to the last."""
    print("\n| |", " | ".join(f"{size:,}" for size in sizes), "| exponent |")
    print("|---|" + "---|" * (len(sizes) + 1))
    for name, figures in table.items():
        growth = ""
        if len(sizes) > 1 and "%" not in name and min(figures) > 0:
            exponent = math.log(figures[-1] / figures[0]) / math.log(sizes[-1] / sizes[0])
            growth = f"{exponent:.2f}"
        print(f"| {name} |", " | ".join(f"{figure:,.1f}" for figure in figures), f"| {growth} |")


if __name__ == "__main__":
    main()
