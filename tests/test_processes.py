"""The installed program in processes of its own: pipes, signals, terminals, a closed network."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import StoreError
from index.store.files import DATABASE
from index.store.readonly import describe
from qa.cli import cli
from qa.show.output import Exit
from tests.support.paths import SEED, TESTS
from tests.support.program import Run, sent_to_terminal

QUESTION = "How old is Rygor Kastusev?"


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.txt"
    path.write_text("The bridge was built in 1932.\nIt is 503 metres long.\n", "utf-8")
    return path


def test_the_sample_article_is_asked_without_a_path(qa: Run) -> None:
    ran = qa("ask", QUESTION)
    assert ran.returncode == 0
    assert ran.stderr.startswith("No path is given, so the sample article is used.")
    ran = qa("ask", "-q", QUESTION)
    assert ran.stdout.splitlines()[0] == "67-year-old"
    assert "«67-year-old» Rygor Kastusev" in ran.stdout
    assert "belarus-amnesty.txt:" in ran.stdout
    assert ran.stderr == ""


def test_every_command_that_ends_runs_in_a_process(qa: Run, article: Path, tmp_path: Path) -> None:
    """The chat has tests in a pseudo-terminal: tests/chat/test_terminal_session.py.

    The servers are tested with their clients: tests/test_mcp.py, tests/test_serve.py.
    """
    gold = tmp_path / "gold.jsonl"
    gold.write_text('{"question": "When was the bridge built?", "answer": "1932"}\n')
    answers = tmp_path / "answers.json"
    ran = {"index": qa("index", str(article))}
    ran["export"] = qa("export", str(tmp_path / "bridge.vectors"), str(article))
    ran["ask"] = qa("ask", "--json", "When was the bridge built?", str(article))
    answers.write_text(ran["ask"].stdout, "utf-8")
    ran["verify"] = qa("verify", str(answers))
    ran["eval"] = qa("eval", str(gold), str(article))
    ran["history"] = qa("history", "--json")
    ran["use"] = qa("use")
    ran["completion"] = qa("completion", "bash")
    ran["man"] = qa("man")
    ran["show"] = qa("show", f"{article}:1")
    ran["status"] = qa("status", "--json")
    ran["doctor"] = qa("doctor", "--json")
    ran["mcp"] = qa("mcp", str(article), input="")
    assert {"chat", "serve", *ran} == set(cli.commands)
    assert {name: one.returncode for name, one in ran.items()} == dict.fromkeys(ran, 0)
    assert "1 article" in ran["index"].stdout
    assert json.loads(ran["ask"].stdout)["answers"][0]["text"] == "1932"
    assert "1932" not in ran["verify"].stdout  # only what does not stand is listed
    assert str(article) in json.loads(ran["status"].stdout)["stores"][0]["paths"]
    assert {row["state"] for row in json.loads(ran["doctor"].stdout)["checks"]} <= {"ok", "note"}


def test_questions_through_a_pipe_are_answered_one_by_one(
    environment: dict[str, str], article: Path
) -> None:
    command = [sys.executable, "-m", "qa", "ask", "--questions", "-", str(article)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin
        assert process.stdout
        for question in ("When was the bridge built?", "How long is the bridge?"):
            process.stdin.write(f"{question}\n")
            process.stdin.flush()  # the answer must come while the pipe stays open
            assert json.loads(process.stdout.readline())["question"] == question
        process.stdin.close()
        assert process.wait(120) == 0


@pytest.mark.parametrize(
    "command",
    [
        "verify -",
        "eval -",
        pytest.param("ask -q --questions -", marks=pytest.mark.slow),
        "ask Why? -",
    ],
)
def test_standard_input_that_is_closed_is_empty(environment: dict[str, str], command: str) -> None:
    ran = subprocess.run(
        f"{sys.executable} -m qa {command} <&-",
        shell=True, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("qa: ") or "nothing to check" in ran.stdout


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_an_output_that_cannot_be_written_is_told(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m qa ask '{QUESTION}' > /dev/full"
    ran = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True)
    assert ran.returncode == 3
    assert "Cannot write the output" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.slow
def test_a_terminal_of_another_encoding_gets_what_it_lacks_spelled_out(
    qa: Run, environment: dict[str, str]
) -> None:
    ran = qa("ask", QUESTION, env={**environment, "PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0
    assert "67-year-old" in ran.stdout


@pytest.mark.slow
def test_no_library_keeps_or_sends_anything_of_its_own(
    environment: dict[str, str], cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "article-qa").symlink_to(cache)
    environment = {**environment, "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "qa", "ask", "-q", QUESTION], env=environment, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["article-qa"]  # telemetry has an id there


@pytest.mark.slow
def test_an_early_end_of_the_reader_is_no_error(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m qa ask -q -k 20 '{QUESTION}' | head -n 1"
    ran = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True)
    assert ran.stderr == ""
    assert len(ran.stdout.splitlines()) == 1
    for form in ("text", "json", "markdown"):
        reading, writing = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "qa", "ask", "-q", "--format", form, QUESTION],
            env=environment, stdout=writing, stderr=subprocess.PIPE,
        )  # fmt: skip
        os.close(writing)
        os.close(reading)  # before anything is written
        assert process.communicate()[1] == b""
        assert process.returncode == Exit.ANSWERED


@pytest.mark.slow
@pytest.mark.usefixtures("default_model")  # which takes a while to index
def test_an_interrupt_ends_with_130_and_loses_nothing(
    environment: dict[str, str], qa: Run, tmp_path: Path
) -> None:
    folder, stores = tmp_path / "many", tmp_path / "stores"
    folder.mkdir()
    lines = SEED.read_text("utf-8").splitlines()
    for number in range(30):
        text = "\n".join(f"{number}. {line}" for line in lines)
        (folder / f"{number}.txt").write_text(text, "utf-8")
    arguments = ["index", "--json", "--store", str(stores), str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "qa", *arguments],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests run in the background, interrupts are ignored, and that is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    until(lambda: stored_passages(stores) > 0)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    kept, cached = stored_passages(stores), cached_vectors(stores)
    report = json.loads(qa(*arguments).stdout)
    assert report["articles"] == 30
    # Vectors of articles that are not stored yet are kept, too, beside some that are.
    missing = report["passages"] - kept
    assert max(1, missing - cached) <= report["encoded"] <= missing


def cached_vectors(stores: Path) -> int:
    (file,) = stores.glob(f"*/{DATABASE}")
    with closing(sqlite3.connect(file)) as db:
        return int(db.execute("SELECT count(*) FROM encoded").fetchone()[0])


def stored_passages(stores: Path) -> int:
    folders = list(stores.glob(f"*/{DATABASE}"))
    try:
        return int((describe(folders[0].parent) or {}).get("passages", 0)) if folders else 0
    except StoreError:  # it is just being made
        return 0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.slow
def test_colour_follows_the_terminal_and_no_color(environment: dict[str, str]) -> None:
    def on_a_terminal(*flags: str, **variables: str) -> str:
        env = {**environment, "TERM": "xterm-256color", **variables}
        return sent_to_terminal(["ask", *flags, QUESTION], env).decode("utf-8")

    assert "\x1b[1;32m" in on_a_terminal()
    for plain in (on_a_terminal("--no-color"), on_a_terminal(NO_COLOR="1")):
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)
        assert "«" in plain
    assert "\x1b" not in on_a_terminal(TERM="dumb")


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/stderr"), reason="no such device here")
def test_the_first_use_shows_something_at_once(environment: dict[str, str], tmp_path: Path) -> None:
    env = {
        **environment,
        "XDG_CACHE_HOME": str(tmp_path),
        "PYTHONPATH": str(TESTS / "support" / "noted_imports"),
        "NOTED_IMPORTS": "/dev/stderr",
    }
    command = [sys.executable, "-m", "qa", "ask", QUESTION]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=True)
    _, told, *then = ran.stderr.splitlines()
    assert "Preparing the model" in told  # before anything is loaded that takes seconds
    assert {"torch", "sentence_transformers"} <= set(then)
