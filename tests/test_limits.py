"""The limits that the README states, at sizes that a test has time for.

`python -m tests.benchmark.limits` measures them at their full size.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.errors import ArticleError
from tests.benchmark.limits import sentence, write_files, write_large
from tests.support.corpora import corpus_of
from tests.support.paths import ROOT
from tests.support.work import recorded_opens

MB = 1_000_000
BASE_MB = 60
"""What indexing takes beside its programs, whatever the corpus."""
TIMES_LARGEST_FILE = 20
"""Of the bytes of the largest file, in memory while it is indexed."""


def indexed_in_a_process(folder: Path, stores: Path) -> dict[str, float]:
    """Index a folder in a new process; return what it holds, and megabytes before and at most."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.benchmark.limits", "--child", str(folder), str(stores),
         str(1000 * MB)],
        cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    found: dict[str, float] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_a_file_of_200_mb_is_named_and_not_opened_and_the_rest_is_asked(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "small.txt").write_text("The bridge was built in 1932.", "utf-8")
    with (folder / "large.txt").open("wb") as file:
        file.truncate(200 * MB)
    with recorded_opens() as opened, corpus_of(folder, stores=tmp_path / "stores") as corpus:
        response = corpus.ask("When was the bridge built?")
        assert [(skip.id, skip.reason) for skip in corpus.report.skipped] == [
            ("large.txt", "too large")
        ]
    assert response.hits[0].passage.article.id == "small.txt"
    assert str(folder / "small.txt") in opened
    assert str(folder / "large.txt") not in opened


@pytest.mark.slow
def test_memory_is_bounded_by_the_largest_file_also_where_it_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    write_large(folder / "line.txt", 3, " ")
    assert (folder / "line.txt").read_bytes().count(b"\n") == 0
    found = indexed_in_a_process(folder, tmp_path / "stores")
    assert found["passages"] > 7000
    assert found["peak_mb"] - found["before_mb"] < BASE_MB + TIMES_LARGEST_FILE * 3


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_files(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    write_files(folder, 4000)
    found = indexed_in_a_process(folder, tmp_path / "stores")
    assert found["passages"] == 4000
    assert found["peak_mb"] - found["before_mb"] < BASE_MB


@pytest.mark.slow
def test_asking_again_looks_at_thousands_of_files_in_no_time(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    write_files(folder, 2000)
    with corpus_of(folder, stores=tmp_path / "stores") as corpus:
        corpus.sync()
        time.sleep(2.1)  # younger files are read again, for they may have changed within a tick
        corpus.sync()
        took = min(corpus.sync().seconds for _ in range(3))
        assert not corpus.report.added + corpus.report.changed
    assert took < 0.5  # 100,000 files in 5 s are 0.1 s


def test_a_question_to_nothing_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "corpus"
    folder.mkdir()
    with corpus_of(folder, stores=tmp_path / "stores") as corpus:
        with pytest.raises(ArticleError, match="Nothing to read"):
            corpus.ask("Who was it?")
        (folder / "empty.txt").write_text(" \n", "utf-8")
        with pytest.raises(ArticleError, match=r"empty\.txt: empty"):
            corpus.ask("Who was it?")
        (folder / "a.txt").write_text(sentence(random.Random(0), 8), "utf-8")
        assert corpus.ask("Who was it?").hits
