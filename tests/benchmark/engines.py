"""Compares a store on a server with the local one, at any size.

    python -m tests.benchmark.engines FOLDER FILE.json.gz ... [--passages 61974] [--store URL]

Fills both with the same articles, whose passages are really encoded, see `scale`; asks both the
same 200 questions; and asks for an article that was stored just before. Without --store, starts a
server of seekdb, and does all of it again after it was killed and started.
All times are seconds and milliseconds by the clock, of one client beside the server; the vectors of
the questions are given.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.engines.address import EngineAddress
from index.engines.open import engine_at
from index.question import Question
from index.search import search
from index.store.protocol import Entry, Store, StoreHandle, View
from index.types import Article, Span
from tests.benchmark.scale import HITS, QUESTIONS, Made, _made, _vectors
from tests.benchmark.scale_stores import Pool, Rows, fill
from tests.support.seekdb_server import SeekdbServer

NEW = "The lighthouse of Quenby was painted green in 1923."
ASKED = "When was the lighthouse of Quenby painted green?"
MEMORY = "4G"
Place = tuple[str, Span]
Ask = Callable[[View], list[Place]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--passages", type=int, default=61_974)
    parser.add_argument("--store", type=EngineAddress.parse, help="of a server that runs already")
    options = parser.parse_args()
    pool = Pool.of(options.files)
    questions = [*random.Random(5).sample(pool.questions, QUESTIONS), ASKED]
    made = _made(
        argparse.Namespace(folder=options.folder, encoded=True, nominate=False, store=None),
        pool,
        questions,
        options.passages,
    )
    passages = list(pool.passages(options.passages, seed=1, most=2))
    rows = Rows(options.folder, replace(made.encoder, dimension=made.dimension))
    with tempfile.TemporaryDirectory() as folder:
        server = None if options.store else SeekdbServer(Path(folder), MEMORY)
        if server:
            server.start()
        handle = opened(server.address if server else options.store, made)
        try:
            handle.update(lambda store: _fill(store, made, pool, passages, rows))
            _print_memory(server, folder)
            expected = _local_hits(made, questions)
            _compare("", handle, made, questions, expected)
            handle.update(lambda store: _add(store, made))
            _check_new(handle, made)
            if server:
                server.kill()
                started = time.monotonic()
                server.start()
                print(f"started again in {time.monotonic() - started:.1f} s")
                _check_new(handle, made)
                handle.update(lambda store: store.remove(["new.txt"]))
                _compare("after the kill: ", handle, made, questions, expected)
                _print_memory(server, folder)
        finally:
            handle.close()
            if server:
                server.kill()


def opened(address: EngineAddress, made: Made) -> StoreHandle:
    """Return the store on a server; a new one if there is none."""
    return engine_at(address).open_store(
        made.folder,
        dimension=made.dimension,
        identity=made.identity,
        about={},
        fill=lambda _: None,
        notify=print,
    )


def _fill(
    store: Store, made: Made, pool: Pool, passages: Sequence[Sequence[int]], rows: Rows
) -> None:
    with store.snapshot() as view:
        if view.passage_count() == len(passages):
            return
    wall, cpu = time.monotonic(), time.process_time()
    vectors = _vectors(pool, rows, passages, encoded=True)
    with store.writer():
        fill(store, made.files, pool, passages, vectors)
    spent = time.process_time() - cpu
    print(f"{len(passages):,} passages stored in {time.monotonic() - wall:.1f} s, ", end="")
    print(f"of which the client takes {spent:.1f} s of CPU", flush=True)


def _local_hits(made: Made, questions: Sequence[str]) -> list[list[Place]]:
    with made.opened() as store:
        return _asked(lambda ask: _with(store, ask), made, questions, "local store: ")


def _with(store: Store, ask: Ask) -> list[Place]:
    with store.snapshot() as view:
        return ask(view)


def _asked(
    read: Callable[[Ask], list[Place]],
    made: Made,
    questions: Sequence[str],
    what: str,
) -> list[list[Place]]:
    """Return the hits of each question; print how long they took."""
    took, found = [], []
    for text in questions:
        started = time.monotonic()
        found.append(read(lambda view: _hits(view, made, text)))  # noqa: B023 - called at once
        took.append(1e3 * (time.monotonic() - started))
    p50, p95 = np.percentile(took, (50, 95))
    print(f"{what}{len(took)} questions, p50 {p50:.0f} ms, p95 {p95:.0f} ms", flush=True)
    return found


def _hits(view: View, made: Made, text: str) -> list[Place]:
    hits = search(view, made.encoder, Question(text), HITS)
    return [(hit.passage.article.id, hit.passage.span) for hit in hits]


def _compare(
    when: str,
    handle: StoreHandle,
    made: Made,
    questions: Sequence[str],
    expected: Sequence[Sequence[Place]],
) -> None:
    found = _asked(handle.read, made, questions, f"{when}server: ")
    pairs = list(zip(found, expected, strict=True))
    same = np.mean([one == other for one, other in pairs])
    first = np.mean([one[:1] == other[:1] for one, other in pairs])
    shared = np.mean([len({*one} & {*other}) / max(1, len(other)) for one, other in pairs])
    print(f"{when}same ten in the same order {same:.1%}, same first {first:.1%}, ", end="")
    print(f"shared of the ten {shared:.2%}", flush=True)


def _add(store: Store, made: Made) -> None:
    article = Article("new.txt", "/new.txt", "New", NEW, "0" * 64)
    vector = made.encoder.vectors[Question(ASKED).asked]
    with store.writer():
        store.put([Entry(article, [Span(0, len(NEW))], [vector])], {})


def _check_new(handle: StoreHandle, made: Made) -> None:
    started = time.monotonic()
    hits = handle.read(lambda view: _hits(view, made, ASKED))
    is_first = hits[:1] == [("new.txt", Span(0, len(NEW)))]
    print(f"the new article is {'' if is_first else 'NOT '}the first hit, ", end="")
    print(f"after {time.monotonic() - started:.2f} s", flush=True)


def _print_memory(server: SeekdbServer | None, folder: str) -> None:
    if server:
        status = Path(f"/proc/{server.pid}/status").read_text("utf-8")
        (kilobytes,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
        files = (file.stat().st_blocks * 512 for file in Path(folder).rglob("*") if file.is_file())
        print(
            f"server: {int(kilobytes) / 1024:.0f} MB of memory, {sum(files) / 1e6:.0f} MB of disk"
        )


if __name__ == "__main__":
    main()
