"""A killed index run loses one batch at most, and the next run comes to the same answers."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.store.protocol import Store
from index.sync import sync
from tests.support.encoder import HashedWordsEncoder
from tests.support.paths import ROOT
from tests.support.stored import Contents, Files, Found, contents, found, hits_in, opened, paragraph

if TYPE_CHECKING:
    from index.types import Vector

MOMENTS = 20
LONGEST_BATCH_SECONDS = 0.05
"""What a batch takes on a slow machine: cut, encoded and written."""
SMALL, LARGE, LARGE_PASSAGES = 200, 3, 150
PASSAGES = SMALL + LARGE * LARGE_PASSAGES
QUESTIONS = ["The river7?", "Which queen50 has a boat150?", "war and peace300", "unheard of"]

# Waits for a line before each batch, until its stdin is closed, and prints how many passages it
# encoded. Given the name of a function, it kills itself when that is called.
INDEX = """
import os, pkgutil, signal, sys
from pathlib import Path
from index.store.local import LocalStore
from index.sync import sync
from tests.support.encoder import HashedWordsEncoder
store, articles, dies_in = sys.argv[1:]

class WaitingEncoder(HashedWordsEncoder):
    def encode_passages(self, texts):
        sys.stdin.readline()
        vectors = super().encode_passages(texts)
        print(len(texts), flush=True)
        return vectors

if dies_in:
    owner, _, function = dies_in.rpartition(".")
    die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    setattr(pkgutil.resolve_name(owner), function, die)
print(0, flush=True)
with LocalStore(Path(store), dimension=64, identity="hashed words") as store:
    sync(store, WaitingEncoder(), [articles])
"""


@dataclass(frozen=True)
class Undisturbed:
    """What comes of a run that nothing happens to."""

    files: Files
    batches: int
    contents: Contents
    hits: list[Found]


def start(
    store: Path, files: Files, dies_in: str = "", stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """Start indexing in a process of its own; it prints 0 when it is about to."""
    command = [sys.executable, "-c", INDEX]
    return subprocess.Popen(
        [*command, str(store), str(files.folder), dies_in],
        cwd=ROOT,
        stdin=stdin,
        stdout=subprocess.PIPE,
        text=True,
    )


def hits(store: Store) -> list[Found]:
    return [found(hits_in(store, question, 5)) for question in QUESTIONS]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    files = Files(folder / "articles")
    for n in range(SMALL):
        files.write(f"{n:03}.txt", paragraph(n))
    for n in range(LARGE):
        first = SMALL + n * LARGE_PASSAGES
        paragraphs = map(paragraph, range(first, first + LARGE_PASSAGES))
        files.write(f"{n * 90:03} large.txt", "\n\n".join(paragraphs))
    process = start(folder / "store", files)
    assert process.stdout is not None
    process.stdout.readline()
    batches = process.communicate()[0].split()
    assert process.returncode == 0
    assert sum(map(int, batches)) == PASSAGES
    with opened(folder / "store") as store:
        return Undisturbed(files, len(batches), contents(store), hits(store))


def goes_on(folder: Path, encoded_before: int, expected: Undisturbed) -> None:
    """Assert that a run after a killed one encodes what is missing and gives the same answers."""
    encoder = HashedWordsEncoder()
    with opened(folder) as store:
        sync(store, encoder, [str(expected.files.folder)])
        assert contents(store) == pytest.approx(expected.contents, abs=1e-6)
        assert hits(store) == expected.hits
        again = sync(store, encoder, [str(expected.files.folder)])
    assert encoded_before + len(encoder.encoded) <= PASSAGES + HashedWordsEncoder.passages_at_once
    assert (again.encoded, again.added, again.changed, again.removed) == (0, [], [], [])


def killed(store: Path, batches: float, files: Files) -> tuple[int, int]:
    """Index, and kill the process some time after a number of batches, before the next but one.

    batches: how many; the fraction says how long after.

    Returns the exit code, 0 where it ended before, and how many passages were encoded.
    """
    process = start(store, files, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.write("\n" * (int(batches) + 1))
        process.stdin.flush()
    encoded = [process.stdout.readline() for _ in range(int(batches) + 1)]
    time.sleep(batches % 1 * LONGEST_BATCH_SECONDS)
    process.kill()
    encoded += process.communicate()[0].split("\n")[:-1]
    return process.returncode, sum(map(int, filter(None, encoded)))


@pytest.mark.slow
def test_a_run_killed_at_any_moment_is_gone_on_with(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    chance = random.Random(20)
    moments = [chance.uniform(0, undisturbed.batches + 1) for _ in range(MOMENTS)]
    # Each beside no other, whose vectors it would take.
    stores = [tmp_path / str(n) / "store" for n in range(MOMENTS)]
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(killed, stores, moments, [undisturbed.files] * MOMENTS))
    interrupted = [encoded for returned, encoded in runs if returned != 0]
    assert len(interrupted) >= MOMENTS // 2
    assert len({encoded for encoded in interrupted if 0 < encoded < PASSAGES}) >= 3
    for store, (_, encoded) in zip(stores, runs, strict=True):
        goes_on(store, encoded, undisturbed)


@pytest.mark.slow
def test_a_run_killed_again_and_again_gets_there(undisturbed: Undisturbed, tmp_path: Path) -> None:
    chance = random.Random(21)
    kills = 0
    while kills < MOMENTS:
        batches = undisturbed.batches * chance.uniform(0.1, 0.3)
        if killed(tmp_path / "store", batches, undisturbed.files)[0] == 0:
            break
        kills += 1
    assert 1 <= kills < MOMENTS
    goes_on(tmp_path / "store", 0, undisturbed)


needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")


@pytest.mark.slow
@needs_signals
@pytest.mark.parametrize(
    "step",
    [
        "index.store.database:Database._found_identity",
        "index.store.database:Database.set_meta",
        "index.preparing.split",
        "index.store.local:LocalStore.cache_vectors",
        "index.store.local:LocalStore.put",
        "index.store.database:Database.advance",
        "index.store.local:LocalStore.clear_cached_vectors",
        "index.store.embeddings:Embeddings.from_database",
        "index.store.faiss_files:os.fsync",
        "index.store.faiss_files:os.replace",
        "index.store.database:Database.set_meta_later",
    ],
)
def test_a_run_that_dies_in_any_step_is_gone_on_with(
    undisturbed: Undisturbed, tmp_path: Path, step: str
) -> None:
    process = start(tmp_path / "store", undisturbed.files, step)
    encoded = sum(map(int, process.communicate()[0].split()))
    assert process.returncode == -signal.SIGKILL
    goes_on(tmp_path / "store", encoded, undisturbed)


@needs_signals
def test_a_run_that_dies_before_it_forgets_a_renamed_file_leaves_that_to_the_next(
    tmp_path: Path,
) -> None:
    files = Files(tmp_path / "articles")
    files.write("b.md", f"# Rivers\n\n{paragraph(1)}")
    folder = tmp_path / "store"
    with opened(folder) as store:
        files.sync_into(store)
    (files.folder / "b.md").rename(files.folder / "a.md")
    process = start(folder, files, "index.store.local:LocalStore.remove")
    assert process.communicate()[0] == "0\n"
    assert process.returncode == -signal.SIGKILL
    with opened(folder) as store:
        report = files.sync_into(store)
        assert (report.encoded, report.removed) == (0, ["b.md"])
        assert contents(store) == files.fresh_contents(tmp_path / "fresh")


class Stopped(HashedWordsEncoder):
    """Is interrupted instead of encoding one batch more than it may."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self.batches = batches

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        if not self.batches:
            raise KeyboardInterrupt
        self.batches -= 1
        return super().encode_passages(texts)


@pytest.mark.slow
def test_an_interrupted_run_loses_nothing_that_was_encoded(
    undisturbed: Undisturbed, tmp_path: Path
) -> None:
    articles = [str(undisturbed.files.folder)]
    done = 0
    with opened(tmp_path / "store") as store:
        for batches in range(5):
            stopped = Stopped(batches)
            with pytest.raises(KeyboardInterrupt):
                sync(store, stopped, articles)
            done += len(stopped.encoded)
        last = HashedWordsEncoder()
        sync(store, last, articles)
        assert 0 < len(last.encoded) == PASSAGES - done
        assert store._db.execute("SELECT count(*) FROM encoded").fetchone() == (0,)
        assert contents(store) == pytest.approx(undisturbed.contents, abs=1e-6)
