"""Hostile text in every one-shot command: no raw control or format character is printed."""

from __future__ import annotations

import copy
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import qa.opening
from index.report import Progress, Reading
from qa.answers.history import History
from qa.opening import open_corpus
from qa.show.progress import Reporter
from tests.support.hostile import PAYLOADS, QUESTION, UNSAFE_CATEGORIES, Token, write_corpus
from tests.support.hostile import Reader as Tokens
from tests.support.program import Program, Ran, Run, sent_to_terminal
from tests.support.responses import Row, as_response, is_response, saved_row

MAX_NAME_BYTES = 120
SPAN = {"article": "a.txt", "start": 0, "end": 4}


def as_argument(payload: str) -> str:
    """A payload as a command-line argument: bytes without NUL."""
    encoded = b"".join(map(_as_bytes, payload.replace("\0", "")))
    return os.fsdecode(encoded)


def as_name(payload: str) -> str:
    """A payload as the name of a file."""
    encoded = os.fsencode(as_argument(payload).replace("/", "⁄"))[:MAX_NAME_BYTES]
    return f"n {os.fsdecode(encoded)}"


def _as_bytes(character: str) -> bytes:
    try:
        return os.fsencode(character)
    except UnicodeEncodeError:  # a lone surrogate that does not stand for a byte
        return b""


ARGUMENTS = {name: as_argument(payload) for name, payload in PAYLOADS.items()}


def unsafe(sent: bytes) -> set[str]:
    """The characters in the output that a terminal could act on."""
    return {
        f"U+{ord(character):04X}"
        for character in set(sent.decode("utf-8"))
        if character != "\n" and unicodedata.category(character) in UNSAFE_CATEGORIES
    }


def harmless(ran: Ran) -> Ran:
    assert not unsafe(ran.out)
    assert not unsafe(ran.err)
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", ran.out + ran.err)
    assert b"Traceback" not in ran.err
    return ran


def test_the_payloads_cover_enough_and_raw_output_is_detected() -> None:
    assert len(PAYLOADS) >= 60
    for payload in (
        "\x1b[2J",
        "\r",
        "\t",
        "\x7f",
        "\x9b",
        "\u202e",
        "\u2028",
        "\U000e0041",
        "\ue000",
    ):
        assert unsafe(payload.encode())
    assert not unsafe("Über 漢字 😀 ␛[2J ⟨202E⟩\n".encode())


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """One article for each payload, which is in its name, title and text."""
    write_corpus(tmp_path / "corpus")
    return tmp_path / "corpus"


@pytest.fixture
def article(tmp_path: Path) -> Path:
    file = tmp_path / "a.txt"
    file.write_text("The beacon of the harbour was painted green in 1932.\n", "utf-8")
    return file


def rows(**fields: object) -> bytes:
    """One row for each payload, which replaces every None, with a question mark."""
    lines = [
        json.dumps(fields).replace("null", json.dumps(f"{payload}?"))
        for payload in PAYLOADS.values()
        if not re.search("[\ud800-\udfff]", payload)  # lone surrogates are rejected
    ]
    return "".join(f"{line}\n" for line in lines).encode()


# Asking


@pytest.mark.parametrize("form", ["text", "json", "markdown", "vimgrep"])
def test_articles_are_asked_in_every_format(program: Program, corpus: Path, form: str) -> None:
    ran = harmless(program.run("ask", "-k", "100", "--format", form, QUESTION, str(corpus)))
    assert ran.code == 0
    if form != "vimgrep":  # it prints one line per answer
        assert ran.text.count("harbour") >= 60
    if form == "json":
        texts = {one["text"] for one in ran.json["passages"]}
        raw = [payload for payload in PAYLOADS.values() if any(payload in text for text in texts)]
        assert len(raw) >= 60


@pytest.mark.parametrize("form", ["json", "markdown", "vimgrep"])
def test_questions_of_a_file_are_asked_in_every_format(
    program: Program, article: Path, form: str
) -> None:
    questions = rows(question=None, conversation=None) + rows(question=QUESTION, conversation=None)
    ran = program.run("ask", "--questions", "-", "--format", form, str(article), stdin=questions)
    assert harmless(ran).code in (0, 1)
    assert ran.out.count(b"\n") >= 60


@pytest.mark.slow
def test_unknown_words_of_a_question_are_shown(program: Program, article: Path) -> None:
    for argument in ARGUMENTS.values():
        for asked in (argument, f"beacon {argument} zebra{argument}zebra"):
            assert harmless(program.run("ask", asked, str(article))).code in (0, 1, 2)


@pytest.mark.slow
def test_patterns_that_match_no_article_are_reported(program: Program, corpus: Path) -> None:
    for argument in ARGUMENTS.values():
        only = ("--only", argument, "--only", f"{argument}*")
        ran = harmless(program.run("ask", "Why?", str(corpus), *only))
        assert ran.code in (0, 1, 3)
        assert ran.code < 3 or b"No article matches" in ran.err


@pytest.mark.parametrize("form", ["text", "json", "markdown", "vimgrep"])
def test_standard_input_is_asked(program: Program, form: str) -> None:
    paragraphs = [
        f"Number {number} {payload} of the harbour was green {payload}.\n\n{'filler ' * 60}.\n\n"
        for number, payload in enumerate(PAYLOADS.values())
        if len(payload) < 400 and "\0" not in payload
    ]
    text = "".join(paragraphs).encode("utf-8", "replace")
    ask = ("ask", "-k", "100", "--format", form, "What number of the harbour was green?", "-")
    ran = harmless(program.run(*ask, stdin=text))
    assert ran.code == 0
    assert form == "vimgrep" or ran.text.count("harbour") >= 60


# Indexing


@pytest.mark.slow
def test_folders_and_files_are_named_by_index_and_status(program: Program, tmp_path: Path) -> None:
    for written, payload in enumerate(PAYLOADS.values(), start=1):
        folder = tmp_path / "all" / as_name(payload)
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text("The beacon of the harbour was green.")
        (folder / f"{as_name(payload)}.txt").write_bytes("Un café à la crème.".encode("utf-16"))
        (folder / f"{as_name(payload)}.bin").write_bytes(b"\0\1\2")
        (folder / f"{as_name(payload)}.link").symlink_to("/etc")
        options = ["--json"] if written % 2 else []
        ran = harmless(program.run("index", *options, str(folder)))
        assert (ran.code, b"binary" in ran.out) == (0, True)
    assert harmless(program.run("status")).text.count("\n") > 2 * written
    assert len(harmless(program.run("status", "--json")).json["stores"]) == written >= 60


@pytest.mark.slow
def test_a_folder_without_text_is_named_with_its_files(program: Program, tmp_path: Path) -> None:
    for payload in PAYLOADS.values():
        folder = tmp_path / as_name(payload)
        folder.mkdir()
        (folder / as_name(payload)).write_bytes(b"\0\1")
        assert harmless(program.run("ask", "Why?", str(folder))).code == 3


def test_stores_with_hostile_metadata_are_listed(program: Program, tmp_path: Path) -> None:
    stores = tmp_path / "stores"
    for payload in PAYLOADS.values():
        folder = stores / as_name(payload)
        folder.mkdir(parents=True)
        (folder / "articles.sqlite").write_text("no database")
    for options in ([], ["--json"]):
        ran = harmless(program.run("status", "--store", str(stores), *options))
        assert (ran.code, ran.out.count(b"n ") >= 60) == (0, True)


# Verifying and evaluating


def strings_replaced(value: Any, payload: str) -> Iterator[Any]:
    """Copies of the value, each with one string or field name replaced."""
    fields = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in fields:
        if isinstance(inner, str):
            yield _with(value, key, payload)
        elif isinstance(inner, dict | list):
            for changed in strings_replaced(inner, payload):
                yield _with(value, key, changed)
        if isinstance(key, str):
            yield {**{k: v for k, v in value.items() if k != key}, payload: inner}


def _with(value: Any, key: Any, inner: Any) -> Any:
    changed = copy.copy(value)
    changed[key] = inner
    return changed


def test_saved_answers_are_verified_with_anything_in_any_field(
    program: Program, tmp_path: Path
) -> None:
    base = saved_row("Who?", "A quote.")
    base["unknown_words"] = ["zebra"]
    sound, refused = [], []
    for payload in PAYLOADS.values():
        file = tmp_path / as_name(payload)
        file.write_text("Now a quote. A quote.")
        for one in [*strings_replaced(base, payload), saved_of(file, payload)]:
            (sound if is_response(one) else refused).append(json.dumps(one))
    assert min(len(sound), len(refused)) >= 60 * 5
    for options in ([], ["--all"], ["--json"], ["--root", str(tmp_path)]):
        ran = harmless(program.run("verify", "-", *options, stdin="\n".join(sound).encode()))
        assert (ran.code, ran.out.count(b"\n") > len(sound)) == (1, True)
    for one in refused[::7]:  # enough to reach every field
        ran = program.run("verify", "-", stdin=one.encode())
        assert harmless(ran).code == 2


def saved_of(file: Path, payload: str) -> Row:
    """A response about an existing file, with a payload in everything that is shown."""
    one = saved_row(f"Who? {payload}", "A quote.", payload)
    one["passages"][0]["citation"].update(article=file.name, path=str(file))
    return one


@pytest.mark.slow
def test_failed_questions_with_known_answers_are_listed(
    program: Program, corpus: Path, article: Path
) -> None:
    told = b"".join(
        (
            rows(question=None, answer=None, id=None),
            rows(question=QUESTION, answers=[None, "x"], conversation=None, id="7"),
            rows(question=None, answer="blue"),
            rows(question=None, unanswerable=True, id=None),
        )
    )
    ran = program.run("eval", "-", str(article), "--failures", "1000", stdin=told)
    assert (harmless(ran).code, ran.out.count(b"\n") > 60) == (0, True)
    ran = program.run("eval", "-", str(corpus), "--json", stdin=rows(question=None, answer=None))
    assert (harmless(ran).code, len(ran.json["failures"]) >= 60) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [
        {"question": QUESTION, "spans": [{**SPAN, "article": None}]},
        {"question": QUESTION, "spans": [{**SPAN, "text": None}]},
        {"question": QUESTION, "answer": "x", "article": None},
        {"question": None},
        {"question": [None]},
        {"answer": None},
    ],
    ids=str,
)
def test_invalid_questions_with_known_answers_are_reported(
    program: Program, article: Path, fields: dict[str, object]
) -> None:
    for payload in PAYLOADS.values():
        row = json.dumps(fields).replace("null", json.dumps(payload))
        assert harmless(program.run("eval", "-", str(article), stdin=row.encode())).code == 2


# Conversations


def test_conversations_are_listed_and_printed(program: Program) -> None:
    history = History(program.home / "state" / "article-qa" / "conversations")
    for number, payload in enumerate(PAYLOADS.values(), start=1):
        row = saved_row(f"{payload}?", f"A {payload}", payload)
        if re.search("[\ud800-\udfff]", payload):  # is never saved
            continue
        history.add(f"20260101-000000-{number:04x}", [payload], as_response(row))
    assert harmless(program.run("history")).out.count(b"\n") >= 60
    assert harmless(program.run("history", "--json")).out.count(b"\n") >= 60
    for kept in history.all():
        for options in ([], ["--json"], ["--delete"]):
            assert harmless(program.run("history", kept.id, *options)).code == 0


# Errors

ERRORS = {
    "command": ["@"],
    "command, almost": ["ask@"],
    "option": ["--@"],
    "option of a command": ["ask", "--@", "Why?"],
    "value of an option": ["ask", "-k", "@", "Why?"],
    "format": ["ask", "--format", "@", "Why?"],
    "size": ["index", "--max-size", "@"],
    "probability": ["ask", "--min-confidence", "@", "Why?"],
    "encoding": ["ask", "--encoding", "@", "Why?"],
    "encoding to verify with": ["verify", "--encoding", "@", "-"],
    "questions": ["ask", "--questions", "@"],
    "path": ["ask", "Why?", "@"],
    "path below another": ["index", "nowhere/@/x"],
    "saved answers": ["verify", "@"],
    "root": ["verify", "--root", "@"],
    "questions with answers": ["eval", "@"],
    "conversation": ["history", "@"],
    "conversation to delete": ["history", "--delete", "@"],
    "too many arguments": ["status", "@"],
    "argument of doctor": ["doctor", "@"],
}


@pytest.mark.parametrize("kind", ERRORS)
def test_errors_name_the_problem(
    program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    told = 0
    for argument in ARGUMENTS.values():
        ran = harmless(program.run(*(part.replace("@", argument) for part in ERRORS[kind])))
        told += ran.code in (1, 2, 3) and bool(ran.err)
    assert told >= 60


@pytest.mark.parametrize(
    "command",
    [
        ["verify", "-"],
        pytest.param(["ask", "--questions", "-"], marks=pytest.mark.slow),
        ["eval", "-"],
    ],
)
def test_invalid_standard_input_is_reported(
    program: Program, article: Path, command: list[str]
) -> None:
    paths = [] if command[0] == "verify" else [str(article)]
    for payload in PAYLOADS.values():
        for text in (payload, f'{{"{payload}', f'{{"question": "{payload}"'):
            ran = program.run(*command, *paths, stdin=text.encode("utf-8", "surrogatepass"))
            assert harmless(ran).code in (0, 1, 2)


def test_missing_models_and_readers_are_named(
    program: Program, monkeypatch: pytest.MonkeyPatch, article: Path
) -> None:
    monkeypatch.setattr(qa.opening, "open_corpus", open_corpus)
    for argument in ARGUMENTS.values():
        ran = program.run("ask", "--model", f"./{argument}", "Why?", str(article))
        assert harmless(ran).code == 3


# On a terminal


class Terminal(io.BytesIO):
    """Collects what is written, and claims to be a terminal."""

    def isatty(self) -> bool:
        return True


BUNDLED = {"0", "1", "2", "31", "32", "33", "36", "1;32", "1;33", "2;36"}
"""Parameters of the colours and weights in use."""
LINK = re.compile(r"\x1b\]8;(id=\d+;file:///[A-Za-z0-9%._~/:()!$&'*+,;=@#?-]*|;)\x1b\\")
"""Begins or ends a link to a file."""


def colours(sent: bytes) -> set[str]:
    """The parameters of the colours in the output.

    Fails for anything else a terminal acts on, but for links to files.
    """
    reader = Tokens()
    tokens: list[Token] = list(reader.read(sent.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))
    assert not reader.rest
    assert {token.kind for token in tokens} <= {"text", "line", "SGR", "OSC 8"}
    links = [token.sent for token in tokens if token.kind == "OSC 8"]
    assert all(LINK.fullmatch(link) for link in links)
    assert not unsafe("".join(token.sent for token in tokens if token.kind == "text").encode())
    return {token.parameters for token in tokens if token.kind == "SGR"}


def test_on_a_terminal_only_our_colours_are_added(
    program: Program, monkeypatch: pytest.MonkeyPatch, corpus: Path, article: Path
) -> None:
    for name, value in (("TERM", "xterm-256color"), ("COLUMNS", "80")):
        monkeypatch.setenv(name, value)
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    met: set[str] = set()
    for asked, path in [(QUESTION, corpus), *((each, article) for each in ARGUMENTS.values())]:
        screen = Terminal()
        with monkeypatch.context() as patched:
            stream = io.TextIOWrapper(screen, "utf-8", write_through=True)
            patched.setattr(sys, "stdout", stream)
            program.run("ask", "-q", "-k", "100", asked, str(path))
            met |= colours(screen.getvalue())
            stream.detach()
    assert {"1;32", "36"} <= met <= BUNDLED


def test_notes_on_a_terminal_are_not_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = Terminal()
    with monkeypatch.context() as patched:
        stream = io.TextIOWrapper(screen, "utf-8", write_through=True)
        patched.setattr(sys, "stderr", stream)
        for payload in PAYLOADS.values():
            reporter = Reporter(quiet=False, color=True)
            with reporter.waiting():
                reporter.notify(f"The model {payload} is damaged")
            with reporter.indexing():
                reporter.on_progress(Progress(0, 2, 0, 0.1, Reading(payload, 120, 900)))
        stream.detach()
    drawn = screen.getvalue().replace(b"\n", b"\r\n")
    sent = [token for token in Tokens().read(drawn) if token.kind != "text"]
    moves = {"line", "control 0D", "SGR", "CSI ?25l", "CSI ?25h", "CSI K", "CSI A"}
    assert {token.kind for token in sent} <= moves


# In separate processes


@pytest.mark.slow
def test_the_installed_program_sends_nothing_raw(
    qa: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / as_name(PAYLOADS["title"] + PAYLOADS["bidi override"])
    file.write_text(f"The beacon {PAYLOADS['8-bit CSI']} was green in 1932 {PAYLOADS['tags']}.")
    answers = tmp_path / "answers.json"
    for arguments in (
        ["ask", "When was the beacon green?", str(file)],
        ["ask", "--format", "vimgrep", "When was the beacon green?", str(file)],
        ["verify", "--all", str(answers)],
        ["verify", "--json", str(answers)],
        ["history", as_argument(PAYLOADS["clipboard"])],
        ["ask", "--encoding", ARGUMENTS["bytes that are no text"], "Why?"],
    ):
        if arguments[0] == "verify" and not answers.exists():
            answers.write_text(qa("ask", "--json", "When was it green?", str(file)).stdout, "utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "qa", *arguments],
            env=environment, capture_output=True, timeout=120,
        )  # fmt: skip
        harmless(Ran(ran.returncode, ran.stdout, ran.stderr))
        assert ran.stdout or ran.stderr


@pytest.mark.slow
def test_a_terminal_gets_only_our_colours(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / as_name(PAYLOADS["link"])
    file.write_text(f"The beacon {PAYLOADS['colour']} was green in 1932 {PAYLOADS['zero width']}.")
    ask = ["ask", "-q", "When was the beacon green?", str(file)]
    sent = sent_to_terminal(ask, {**environment, "TERM": "xterm-256color"})
    assert colours(sent) <= BUNDLED
    assert "1932" in sent.decode()
