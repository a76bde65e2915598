"""The server process, which runs the commands; see server.py.

It imports everything once and forks for each run, which then takes about ten milliseconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import io
import json
import mmap
import os
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import qa.cli
import qa.opening
from qa.corpus import Corpus
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from tests.support.corpora import corpus_of
from tests.support.encoder import HashedWordsEncoder
from tests.support.faults.server import CONTENTS
from tests.support.stored import QUERY

if TYPE_CHECKING:
    from index.store.protocol import View
    from index.types import Notify, Vector

HUNG_SECONDS = 60
EVERYTHING = 100_000
WORDS = "bridge built metres river ferry1 ferry2 narrow".split()
MAX_OPERATIONS = 4096


class Report(ctypes.Structure):
    """What a process leaves behind, however it ends. Has the layout of `report` in shim.c."""

    _fields_ = (
        ("operations", ctypes.c_long),
        ("struck", ctypes.c_long),
        ("encoded", ctypes.c_long),
        ("names", (ctypes.c_char * 64) * MAX_OPERATIONS),
    )


class _CountingEncoder(HashedWordsEncoder):
    """Counts in memory that outlives a killed process."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self._report = report

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        self._report.encoded += len(texts)
        return super().encode_passages(texts)


def serve(work: Path, said: Path) -> None:
    """Run what is requested on stdin, line by line, until it is closed."""
    memory = mmap.mmap(-1, ctypes.sizeof(Report))
    report = Report.from_buffer(memory)

    def open_corpus(*paths: str, settings: Settings, notify: Notify) -> Corpus:
        encoder = _CountingEncoder(report)
        reader = SentenceReader()
        return Corpus(paths, encoder=encoder, reader=reader, settings=settings, notify=notify)

    vars(qa.opening)["open_corpus"] = open_corpus
    _warm_up(work.parent / "warming")
    gc.freeze()
    shim = ctypes.CDLL(None)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])  # `_wait` waits for it
    for line in sys.stdin:
        commands, (at, action, error), after_seconds = json.loads(line)
        ctypes.memset(ctypes.addressof(report), 0, ctypes.sizeof(report))
        for file in said.iterdir():
            file.unlink()
        child = os.fork()
        if not child:
            shim.faults_obey_permissions()
            shim.faults_arm(
                ctypes.byref(report), str(work).encode(), ctypes.c_long(at), action, error
            )
            _run(commands, said)
        started = time.perf_counter()
        status = _wait(child, after_seconds)
        seconds = time.perf_counter() - started
        names = [
            report.names[n].value.decode() for n in range(min(report.operations, MAX_OPERATIONS))
        ]
        code = os.waitstatus_to_exitcode(status)
        print(json.dumps([code, names, report.struck, report.encoded, seconds]), flush=True)


def _warm_up(folder: Path) -> None:
    """Import everything that a command imports when it runs."""
    folder.mkdir()
    article = folder / "bridge.txt"
    article.write_text("The bridge was built in 1932.\n")
    with contextlib.redirect_stdout(io.StringIO()):
        for command in (["index", "--json"], ["ask", "--json", "When was the bridge built?"]):
            qa.cli.run([*command, str(article), "--store", str(folder / "store")])


def _wait(child: int, after_seconds: float) -> int:
    """Wait for a process, and kill it when its time is up; return its status.

    after_seconds: when to kill it; if negative, only a process that hangs is killed.
    """
    limit = HUNG_SECONDS if after_seconds < 0 else after_seconds
    if signal.sigtimedwait([signal.SIGCHLD], limit) is None:
        os.kill(child, signal.SIGALRM if after_seconds < 0 else signal.SIGKILL)
        signal.sigwait([signal.SIGCHLD])
    return os.waitpid(child, 0)[1]


def _run(commands: Sequence[Sequence[str]], said: Path) -> None:
    """Run commands as a process of their own would, and end this process."""
    code = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(said / "errors", os.O_WRONLY | os.O_CREAT), 2)
        for number, command in enumerate(commands):
            os.dup2(os.open(said / f"{number}.out", os.O_WRONLY | os.O_CREAT), 1)
            if command[0] == CONTENTS:
                print(json.dumps(contents(Path(command[1]), command[2:])), flush=True)
            else:
                code = qa.cli.run(list(command))
    except BaseException:  # noqa: BLE001  as the interpreter does with uncaught exceptions
        code = 1
        traceback.print_exc()
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def contents(stores: Path, paths: Sequence[str]) -> dict[str, float]:
    """Return each passage's cosine with one query and its score for some words, by its place."""
    notes: list[str] = []
    with corpus_of(*paths, stores=stores, notify=notes.append) as corpus:
        found = corpus._store.read(_scores)
    assert not notes
    return found


def _scores(view: View) -> dict[str, float]:
    found: dict[str, float] = {}
    hashes = view.hashes(view.titles())
    rankings = {"near": view.nearest(QUERY, EVERYTHING)}
    rankings.update({word: view.matching([word], EVERYTHING) for word in WORDS})
    for what, ranking in rankings.items():
        places = view.passages([id for id, _ in ranking])
        for id, score in ranking:
            place = places[id]
            where = [place.article, hashes[place.article], place.span.start, place.span.end]
            found[json.dumps([what, *where])] = score
    return found


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
