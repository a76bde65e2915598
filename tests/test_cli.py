"""The installed program, in processes of its own, with the real model and a closed network."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from index.errors import StoreError
from index.store.files import DATABASE
from index.store.readonly import describe
from qa.cli import cli
from qa.show.output import Exit
from tests.support.paths import ROOT, SEED, TESTS
from tests.support.program import Run
from tests.support.responses import SCHEMA

QUESTION = "How old is Rygor Kastusev?"
TOO_LONG = "a" * 300
"""For a name in a folder: most file systems take 255 bytes."""


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.txt"
    path.write_text("The bridge was built in 1932.\nIt is 503 metres long.\n", "utf-8")
    return path


def test_the_sample_article_is_asked_without_a_path(qa: Run) -> None:
    ran = qa("ask", QUESTION)
    assert ran.returncode == 0
    assert ran.stdout.splitlines()[0] == "67-year-old"
    assert "«67-year-old» Rygor Kastusev" in ran.stdout
    assert "belarus-amnesty.txt:" in ran.stdout
    assert ran.stderr == ""


def test_what_the_text_does_not_answer_ends_with_1_and_its_unknown_words(qa: Run) -> None:
    ran = qa("ask", "What is photosynthesis?")
    assert ran.returncode == 1
    assert ran.stdout.startswith(
        "The text does not answer this.\nIt nowhere says: photosynthesis\n"
    )


@pytest.mark.parametrize("question", [QUESTION, "What is photosynthesis?", "“Quotes” 😀 & <b>?"])
def test_json_is_one_valid_object_whose_texts_are_slices_of_the_file(
    qa: Run, question: str
) -> None:
    ran = qa("ask", "--json", "-k", "5", question)
    value = json.loads(ran.stdout)
    jsonschema.validate(value, SCHEMA)
    assert ran.returncode == (0 if value["outcome"] == "answered" else 1)
    text = SEED.read_bytes().decode("utf-8")
    assert 0 < len(value["passages"]) <= 5
    for passage in value["passages"]:
        cited = passage["citation"]
        assert passage["text"] == text[cited["start"] : cited["end"]]
        assert passage["text"] in "\n".join(
            text.split("\n")[cited["line_start"] - 1 : cited["line_end"]]
        )
        assert Path(cited["path"]).samefile(SEED)
    for answer in value["answers"]:
        assert answer["text"] == text[answer["start"] : answer["end"]]
        cited = value["passages"][answer["citation"] - 1]["citation"]
        assert cited["start"] <= answer["start"] <= answer["end"] <= cited["end"]


def test_questions_from_a_file_are_answered_in_order_as_json_lines(
    qa: Run, article: Path, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = ['{"question": "When was the bridge built?", "id": 7}', "", "How long is it?"]
    questions.write_text("\n".join(rows), "utf-8")
    ran = qa("ask", "--questions", str(questions), str(article))
    answers = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [a["question"] for a in answers] == ["When was the bridge built?", "How long is it?"]
    assert answers[0]["answers"][0]["text"] == "1932"


def test_rows_of_one_conversation_are_understood_with_the_ones_before(
    qa: Run, tmp_path: Path
) -> None:
    rows = [
        {"conversation": "a", "question": "Who is Rygor Kastusev?"},
        {"conversation": "b", "question": "Who is Maria Kolesnikova?"},
        {"conversation": "a", "question": "When was he arrested?"},
        {"question": "When was he arrested?"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    ran = qa("ask", "--questions", str(file))
    contexts = [json.loads(line)["context"] for line in ran.stdout.splitlines()]
    assert [bool(context) for context in contexts] == [False, False, True, False]
    assert contexts[2].startswith("Who is Rygor Kastusev?")


def test_only_asks_the_articles_whose_path_is_like_it(qa: Run, article: Path) -> None:
    (article.parent / "old").mkdir()
    (article.parent / "old" / "bridge.md").write_text("The bridge was built in 1799 of oak.")
    question = "When was the bridge built?"

    def asked(*only: str) -> set[str]:
        ran = qa("ask", question, str(article.parent), "--json", *only)
        return {p["citation"]["article"] for p in json.loads(ran.stdout)["passages"]}

    assert asked() == {"bridge.txt", "old/bridge.md"}
    assert asked("--only", "old/*") == {"old/bridge.md"}
    assert asked("--only", "*.txt", "--only", "*.rst") == {"bridge.txt"}
    ran = qa("ask", question, str(article.parent), "--only", "*.rst")
    assert (ran.returncode, "No article is named like *.rst" in ran.stderr) == (Exit.FAULT, True)


def test_words_are_unknown_that_the_chosen_articles_lack(qa: Run, article: Path) -> None:
    (article.parent / "fish.txt").write_text("Herrings swim in the sea.")
    ran = qa("ask", "Do herrings jump?", str(article.parent), "--json", "--only", "bridge*")
    assert json.loads(ran.stdout)["unknown_words"] == ["herrings", "jump"]


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
    ("row", "says"),
    [('{"question": 1}', "Line 2"), ("{broken", "Line 2"), ('{"other": "x"}', "Line 2")],
)
def test_a_bad_row_of_questions_is_named_and_earlier_answers_stand(
    qa: Run, row: str, says: str
) -> None:
    ran = qa("ask", "--questions", "-", input=f"{QUESTION}\n{row}\n")
    assert ran.returncode == 2
    assert says in ran.stderr
    assert len(ran.stdout.splitlines()) == 1


def test_standard_input_is_asked_and_leaves_no_store(qa: Run, cache: Path) -> None:
    before = sorted((cache / "stores").glob("*"))
    ran = qa("ask", "When was the bridge built?", "-", input="The bridge was built in 1932.")
    assert ran.returncode == 0
    assert ran.stdout.startswith("1932\n")
    assert "standard input:1" in ran.stdout
    assert sorted((cache / "stores").glob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask"], 2, "Missing QUESTION"),
        (["ask", "  "], 2, "The question is empty"),
        (["ask", "-k", "0", "Why?"], 2, "-k"),
        (["ask", "--encoding", "klingon", "Why?"], 2, "klingon"),
        (["ask", "--questions", "-", "-"], 2, "both"),
        (["aks", "Why?"], 2, "Did you mean 'ask'?"),
        (["Why is it so?"], 2, 'qa ask "Why is it so?"'),
        (["ask", "Why?", "no/such/path"], 3, "No such file or folder: no/such/path"),
        (["ask", "--model", "./nowhere", "Why?"], 3, "No such model folder"),
        (["ask", "--questions", "no/such/file"], 2, "no/such/file"),
        (["chat"], 2, "needs a terminal"),
    ],
)
def test_a_mistake_is_told_in_words_with_its_exit_code(
    qa: Run, arguments: list[str], code: int, says: str
) -> None:
    ran = qa(*arguments, input="")
    assert ran.returncode == code
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr
    assert ran.stdout == ""


def test_a_folder_with_nothing_readable_is_named(qa: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "picture.png").write_bytes(b"\x89PNG\0\0")
    ran = qa("ask", "Why?", str(tmp_path / "folder"))
    assert ran.returncode == 3
    assert "Nothing to read" in ran.stderr
    assert "binary" in ran.stderr


def test_a_store_that_cannot_be_written_is_named_with_a_cure(qa: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = qa("ask", "--store", str(tmp_path / "file" / "stores"), "Why?")
    assert ran.returncode == 3
    assert "--store DIR" in ran.stderr


def test_a_changed_file_is_answered_from_as_it_is_now(qa: Run, article: Path) -> None:
    assert "1932" in qa("ask", "When was the bridge built?", str(article)).stdout
    article.write_text("The bridge was built in 1817.\n", "utf-8")
    again = qa("ask", "When was the bridge built?", str(article)).stdout
    assert "1817" in again
    assert "1932" not in again


def test_skipped_files_are_named_once_they_are_found(qa: Run, article: Path) -> None:
    (article.parent / "data.bin").write_bytes(b"\0\1\2")
    first = qa("ask", "When was the bridge built?", str(article.parent))
    assert first.returncode == 0
    assert "data.bin: binary" in first.stderr
    assert qa("ask", "-q", "When was it built?", str(article.parent)).stderr == ""


def test_index_reports_what_it_did(qa: Run, article: Path) -> None:
    (article.parent / "empty.txt").touch()
    folder = str(article.parent)
    report = json.loads(qa("index", "--json", folder).stdout)
    assert report["added"] == ["bridge.txt"]
    assert report["encoded"] == report["passages"] == 1
    assert report["skipped"] == [{"path": "empty.txt", "reason": "empty", "detail": ""}]
    again = qa("index", folder).stdout
    assert "1 article, 1 passage" in again
    assert "0 added, 0 changed, 0 removed, 1 skipped" in again
    assert "empty.txt: empty" in again


def test_status_lists_stores_and_clears_them_alone(
    qa: Run, article: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    stores = tmp_path / "stores"
    stores.mkdir()
    (stores / "mine.txt").write_text("not a store")
    (stores / "thesis").mkdir()
    (stores / "thesis" / "articles.sqlite.bak").write_text("looks a little like one")
    (stores / "thesis" / "thesis.txt").write_text("and is not")
    qa("index", "--store", str(stores), str(article))
    status = json.loads(qa("status", "--json", "--store", str(stores)).stdout)
    assert [str(article)] in [store["paths"] for store in status["stores"]]
    assert status["models"][0]["name"] == "all-MiniLM-L6-v2"
    assert str(article) in qa("status", "--store", str(stores)).stdout
    assert "Removed" in qa("status", "--clear", "--store", str(stores)).stdout
    assert sorted(path.name for path in stores.iterdir()) == ["mine.txt", "thesis"]
    assert len(list((stores / "thesis").iterdir())) == 2
    assert json.loads(qa("status", "--json").stdout)["models"]  # those are not in that folder


def test_the_readme_shows_every_command_and_exit_code() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in cli.commands:
        assert f"\n$ qa {command} " in readme or f"\n$ qa {command}\n" in readme
    for code in Exit:
        assert f"\n| {code} |" in readme


def test_examples_in_the_help_stand_on_lines_of_their_own(qa: Run) -> None:
    for command in ([], ["ask"], ["index"], ["chat"]):
        lines = qa(*command, "--help").stdout.splitlines()
        assert "  Examples:" in lines
        assert lines[lines.index("  Examples:") + 1].startswith("    qa ")
    assert qa().stdout.startswith("Usage: qa ") or qa().returncode == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe\n", "not UTF-8"), (b"", "no question"), (b"\n \n", "no question")],
)
def test_questions_that_are_none_are_refused(
    qa: Run, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "questions").write_bytes(content)
    ran = qa("ask", "--questions", str(tmp_path / "questions"))
    assert ran.returncode == 2
    assert says in ran.stderr


def test_an_empty_history_says_so(qa: Run, environment: dict[str, str], tmp_path: Path) -> None:
    ran = qa("history", "--json", env={**environment, "XDG_STATE_HOME": str(tmp_path)})
    assert (ran.returncode, ran.stdout) == (0, "")
    assert "No conversation is kept" in ran.stderr


def test_questions_may_begin_with_a_byte_order_mark(qa: Run, tmp_path: Path) -> None:
    (tmp_path / "questions").write_text('\ufeff{"question": "Who is Viasna?"}\n', "utf-8")
    ran = qa("ask", "--questions", str(tmp_path / "questions"))
    assert json.loads(ran.stdout)["question"] == "Who is Viasna?"


def test_a_question_that_is_not_text_is_refused(qa: Run) -> None:
    assert qa("ask", os.fsdecode(b"caf\xe9?")).returncode == 2
    ran = qa("ask", "--questions", "-", input='{"question": "\\ud800 bridge?"}\n')
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["why " * 1000], ""),
        (["Why?", TOO_LONG], "No such file or folder"),
        (["--model", f"./{TOO_LONG}", "Why?"], "No such model folder"),
        (["--reader", f"./{TOO_LONG}", "Why?"], "No such model folder"),
        (["--model", TOO_LONG, "Why?"], "Not a model's name"),
        (["--model", "~nobody-at-all/model", "Why?"], "No such model folder"),
    ],
)
def test_no_argument_is_too_long_for_a_file_name(
    qa: Run, arguments: list[str], message: str
) -> None:
    ran = qa("ask", *arguments)
    assert ran.returncode == (3 if message else 1)
    assert message in ran.stderr if message else "does not answer" in ran.stdout
    assert "cannot be written" not in ran.stderr


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999", "much"])
@pytest.mark.parametrize("option", ["--max-size", "--min-confidence"])
def test_what_is_no_number_is_refused(qa: Run, option: str, number: str) -> None:
    ran = qa("ask", option, number, QUESTION)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert f"'{option}'" in ran.stderr


def test_a_folder_that_cannot_be_used_is_named(qa: Run, environment: dict[str, str]) -> None:
    ran = qa("status", env={**environment, "XDG_CACHE_HOME": f"/{TOO_LONG}"})
    assert ran.returncode == 3
    assert f"Cannot use /{TOO_LONG}" in ran.stderr
    for name, faults in {
        "XDG_CACHE_HOME": ["cache", "stores"],
        "XDG_STATE_HOME": ["state"],
    }.items():
        ran = qa("doctor", "--json", env={**environment, name: f"/{TOO_LONG}"})
        found = [row["what"] for row in json.loads(ran.stdout)["checks"] if row["state"] == "fault"]
        assert (ran.returncode, found) == (3, faults)


@pytest.mark.parametrize("command", ["verify -", "eval -", "ask --questions -", "ask Why? -"])
def test_standard_input_that_is_closed_is_empty(environment: dict[str, str], command: str) -> None:
    ran = subprocess.run(
        f"{sys.executable} -m qa {command} <&-",
        shell=True, env=environment, capture_output=True, text=True,
    )  # fmt: skip
    assert "Traceback" not in ran.stderr
    assert ran.stderr.startswith("qa: ") or "nothing to check" in ran.stdout


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_an_output_that_cannot_be_written_is_told(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m qa ask '{QUESTION}' > /dev/full"
    ran = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True)
    assert ran.returncode == 3
    assert "cannot be written" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_terminal_of_another_encoding_gets_what_it_lacks_spelled_out(
    qa: Run, environment: dict[str, str]
) -> None:
    ran = qa("ask", QUESTION, env={**environment, "PYTHONIOENCODING": "ascii"})
    assert ran.returncode == 0
    assert "67-year-old" in ran.stdout


def test_an_explicit_file_of_unknown_encoding_is_named_with_the_cure(
    qa: Run, tmp_path: Path
) -> None:
    (tmp_path / "latin.txt").write_bytes("Un café.".encode("latin-1"))
    ran = qa("ask", "Why?", str(tmp_path / "latin.txt"))
    assert ran.returncode == 3
    assert "latin.txt: encoding" in ran.stderr
    assert "--encoding" in ran.stderr
    assert qa("ask", "--encoding", "latin-1", "Un café?", str(tmp_path / "latin.txt")).stdout


def test_no_library_keeps_or_sends_anything_of_its_own(
    environment: dict[str, str], cache: Path, tmp_path: Path
) -> None:
    (tmp_path / "article-qa").symlink_to(cache)
    environment = {**environment, "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "qa", "ask", "-q", QUESTION], env=environment, check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["article-qa"]  # telemetry has an id there


def test_private_text_is_for_its_owner_alone(qa: Run, article: Path, tmp_path: Path) -> None:
    qa("ask", "When?", str(article), "--store", str(tmp_path / "stores"))
    (store,) = (tmp_path / "stores").iterdir()
    assert store.stat().st_mode & 0o077 == 0


def test_an_early_end_of_the_reader_is_no_error(environment: dict[str, str]) -> None:
    command = f"{sys.executable} -m qa ask -k 20 '{QUESTION}' | head -n 1"
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


def test_an_interrupt_ends_with_130_and_loses_nothing(
    environment: dict[str, str], qa: Run, tmp_path: Path
) -> None:
    folder, stores = tmp_path / "many", tmp_path / "stores"
    folder.mkdir()
    lines = SEED.read_text("utf-8").splitlines()
    for number in range(60):
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
    kept = stored_passages(stores)
    report = json.loads(qa(*arguments).stdout)
    assert report["articles"] == 60
    assert report["encoded"] == report["passages"] - kept > 0


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


def test_no_escape_sequence_is_written_where_there_is_no_terminal(qa: Run, tmp_path: Path) -> None:
    hostile = tmp_path / "h\x1b]0;title\x07.txt"
    hostile.write_text("The bridge \x1b[31mwas\x1b[0m built \x9b2J in \u202e1932\u202c.", "utf-8")
    for arguments in (["ask", "When was the bridge built?"], ["index"]):
        ran = qa(*arguments, str(tmp_path))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", ran.stdout + ran.stderr)
    value = json.loads(qa("ask", "--json", "When was it built?", str(tmp_path)).stdout)
    assert "\x1b[31m" in value["passages"][0]["text"]


def test_colour_follows_the_terminal_and_no_color(environment: dict[str, str]) -> None:
    pty = pytest.importorskip("pty")

    def on_a_terminal(*flags: str, **variables: str) -> str:
        command = [sys.executable, "-m", "qa", "ask", *flags, QUESTION]
        ours, theirs = pty.openpty()
        env = {**environment, "TERM": "xterm-256color", **variables}
        with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=env) as process:
            os.close(theirs)
            shown = b""
            while chunk := _read(ours):
                shown += chunk
            assert process.wait(60) == 0
        os.close(ours)
        return shown.decode("utf-8")

    assert "\x1b[1;32m" in on_a_terminal()
    for plain in (on_a_terminal("--no-color"), on_a_terminal(NO_COLOR="1")):
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)
        assert "«" in plain
    assert "\x1b" not in on_a_terminal(TERM="dumb")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other side of a terminal is closed
        return b""


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
    told, *then = ran.stderr.splitlines()
    assert "Preparing the model" in told  # before anything is loaded that takes seconds
    assert {"torch", "sentence_transformers"} <= set(then)
