"""The installed program in a real pseudo-terminal, judged by the bytes that it sends there."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import signal
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

from index.store.readonly import describe
from tests.support.hostile import (
    PAYLOADS,
    QUESTION,
    UNSAFE_CATEGORIES,
    Reader,
    Token,
    unsafe_characters,
    write_corpus,
)
from tests.support.paths import NO_NETWORK, ROOT
from tests.support.program import Run
from tests.support.pseudo_terminal import (
    CLEAR_LINE,
    CTRL_F,
    CTRL_O,
    CTRL_Q,
    CTRL_S,
    CTRL_Y,
    DOWN,
    ENTER,
    ESCAPE,
    F1,
    F2,
    F3,
    F4,
    HOME,
    LARGE,
    PAGE_DOWN,
    PAGE_UP,
    PATIENCE,
    READY,
    SMALL,
    UP,
    Terminal,
    write_notes,
)

AGE, AGED = "How old is Rygor Kastusev?", "67-year-old"
SENT_BY_THE_LIBRARY = {
    "text": "words",
    "line": "the end of a row",
    "SGR": "colours and styles",
    "CSI H": "cursor to a place",
    "CSI ?1049h": "alternate screen",
    "CSI ?1049l": "back from it",
    "CSI ?25l": "hide the cursor",
    "CSI ?25h": "show it",
    "CSI ?1000h": "mouse reporting",
    "CSI ?1003h": "of every movement",
    "CSI ?1015h": "in numbers",
    "CSI ?1006h": "in more of them",
    "CSI ?1000l": "and off",
    "CSI ?1003l": "and off",
    "CSI ?1015l": "and off",
    "CSI ?1006l": "and off",
    "CSI ?1004h": "tell when the focus changes",
    "CSI ?1004l": "and off",
    "CSI ?2004h": "bracketed paste",
    "CSI ?2004l": "and off",
    "CSI ?7l": "no wrapping",
    "CSI ?7h": "and again",
    "CSI ?2026$p": "can the terminal draw all at once?",
    "CSI ?2026h": "begin to draw",
    "CSI ?2026l": "show what was drawn",
    "CSI ?2048$p": "does it report its size?",
    "CSI >25u": "keys as the kitty protocol has them",
    "CSI <u": "and off",
    "OSC 22": "the shape of the mouse pointer",
}
"""All kinds of sequences that textual means to send, and the chat with it."""


Start = Callable[..., Terminal]


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """Start `qa` in a terminal, with stores and kept conversations in this test's folder."""
    terminals: list[Terminal] = []
    for name in ("EDITOR", "VISUAL", "TEXTUAL", "TERM_PROGRAM"):
        environment.pop(name, None)
    environment |= {
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "PYTHONPATH": os.pathsep.join([str(NO_NETWORK), str(ROOT)]),
    }

    def start(
        *arguments: str,
        size: tuple[int, int] = LARGE,
        env: dict[str, str] | None = None,
        program: Sequence[str] = ("-m", "qa"),
    ) -> Terminal:
        command = [sys.executable, *program, *arguments]
        terminal = Terminal(command, env=environment | (env or {}), cwd=tmp_path, size=size)
        terminals.append(terminal)
        return terminal

    yield start
    for terminal in terminals:
        terminal.__exit__(None, None, None)


def chosen(terminal: Terminal) -> str:
    """Return the first line of the citation that is chosen."""
    match = re.search(r"▸ (\[\d+\].*)", terminal.words())
    return match[1] if match else ""


# A conversation


@pytest.mark.slow
def test_a_session_from_the_first_question_to_the_shell(start: Start) -> None:
    terminal = start("chat")
    terminal.until_shown(READY)
    terminal.ask(AGE, AGED)
    terminal.until(lambda: "belarus-amnesty.txt:" in chosen(terminal))
    terminal.until(lambda: "Kastusev" in terminal.right_of(80))  # the article stands beside
    first = chosen(terminal)

    terminal.type("]")
    terminal.until(lambda: chosen(terminal) not in ("", first))
    terminal.type("[")
    terminal.until(lambda: chosen(terminal) == first)

    terminal.resize(SMALL)
    terminal.until_quiet()
    assert "Kastusev" in terminal.words()
    assert "▎" not in terminal.words()  # no article: there is no room
    terminal.type(F2)
    terminal.until_shown("▎")
    terminal.type(F2)
    terminal.until(lambda: "▎" not in terminal.words())

    terminal.type(F1)
    terminal.until_shown("previous and next question")
    terminal.resize((80, 24))
    terminal.until_quiet()
    assert "previous and next question" in terminal.words()
    terminal.resize(LARGE)
    terminal.until_shown("Esc close")
    terminal.type(ESCAPE)
    terminal.until(lambda: "Esc close" not in terminal.words())
    terminal.until(lambda: "Kastusev" in terminal.right_of(80))

    assert not terminal.is_restored()
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    assert terminal.is_restored()
    assert {"1049", "25", "1000", "1003", "1006", "2004"} <= terminal.modes().keys()
    assert harms(terminal) == {}


def test_a_small_window_shows_the_answer_without_the_article(start: Start) -> None:
    terminal = start("chat", size=SMALL)
    terminal.until_shown(READY)
    terminal.ask(AGE, AGED)
    terminal.until(lambda: "belarus-amnesty.txt:" in terminal.words())
    terminal.until_quiet()
    assert "▎" not in terminal.words()
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0


def test_a_pipe_is_no_terminal(qa: Run) -> None:
    ran = qa("chat")
    assert ran.returncode == 2
    assert "needs a terminal" in ran.stderr


def test_with_stderr_redirected_it_says_so_instead_of_drawing_into_a_file(
    environment: dict[str, str],
) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "qa", "chat"]
    ran = subprocess.run(
        command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment, timeout=60
    )
    os.close(theirs)
    os.close(ours)
    assert ran.returncode == 2
    assert b"stderr cannot be redirected" in ran.stderr


# Hostile text


MARKUP_QUESTION = "Which beacon [/] has [@click=app.quit]a number[/] [link=x]?"


def harms(terminal: Terminal, besides: Sequence[str] = ()) -> dict[str, int]:
    """Return what was sent that the program never means to send, and how often."""
    known = {*SENT_BY_THE_LIBRARY, *besides}
    unknown = {kind: n for kind, n in terminal.kinds().items() if kind not in known}
    return unknown | unsafe_characters(terminal.tokens)


LOOKS_LIKE_OURS = {
    "colour", "hidden words", "leave the alternate screen", "show the cursor", "mouse reporting",
    "bracketed paste off", "synchronised output for ever",
}  # fmt: skip
"""Sequences that the program sends as well; where these come through, the others do too."""


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_that_came_through_would_be_noticed(name: str) -> None:
    reader = Reader()
    tokens = list(reader.read(f"{PAYLOADS[name]}.".encode("utf-8", "backslashreplace")))
    found = {token.kind for token in tokens} - SENT_BY_THE_LIBRARY.keys()
    noticed = bool(found or unsafe_characters(tokens) or reader.rest)
    unsafe = any(unicodedata.category(c) in UNSAFE_CATEGORIES - {"Cs"} for c in PAYLOADS[name])
    assert noticed == (unsafe and name not in LOOKS_LIKE_OURS)


@pytest.mark.slow
def test_hostile_articles_send_nothing_to_the_terminal(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "notes [red]\x1b]0;x\x07\x9b2J\u202e[⁄]"
    write_corpus(folder)
    assert len(PAYLOADS) >= 60
    terminal = start("chat", "-k", "100", str(folder))
    terminal.until_shown(READY)
    seen: set[str] = set()
    for question, steps in ((QUESTION, 100), (MARKUP_QUESTION, 10)):
        terminal.type(question + ENTER)
        terminal.until(lambda: "[1]" in chosen(terminal))
        terminal.until_quiet()
        for _ in range(steps):
            before = chosen(terminal)
            terminal.type("]")
            if not terminal.comes(lambda: chosen(terminal) not in ("", before), 3):  # noqa: B023
                break
            terminal.until_quiet(0.05)
            seen.update(re.findall(r"Beacon (\d+)", terminal.words()))
    assert len(seen) > 60
    terminal.press(
        PAGE_UP, PAGE_UP, PAGE_DOWN, HOME, "\t", PAGE_UP, "k", "j", HOME, "\t", PAGE_DOWN
    )

    terminal.press(CTRL_F)
    terminal.until_shown("Find in the article")
    for words in ("beacon", "[/] [@click=app.quit]", "\\["):
        terminal.press(words, ENTER, CLEAR_LINE)
    terminal.press(ESCAPE, ESCAPE, quiet=0.3)

    terminal.press(F3)
    terminal.until_shown("asking all")
    terminal.press("[", "]", CLEAR_LINE, "bidi", CLEAR_LINE, DOWN, *[PAGE_DOWN] * 8)
    terminal.press(" ", DOWN, UP, UP, " ")
    terminal.until_shown("2 marked")
    terminal.press(CTRL_S)
    terminal.until_shown("asking 2 articles")

    terminal.press(CTRL_O)  # there is no editor: it says what there would be to edit
    terminal.until_shown("EDITOR")
    for file in sorted(folder.glob("0[1-4]*")):
        file.write_bytes(file.read_bytes() + b"\nAnd so on.")
    terminal.type("And what is said of this?" + ENTER)
    terminal.until_shown("since the last question")
    terminal.press(CTRL_S)
    terminal.until_shown("Save the conversation")
    terminal.until_shown("conversation-")
    terminal.type(CLEAR_LINE)
    terminal.until(lambda: "conversation-" not in terminal.words())
    terminal.type("kept [⁄] [red].md")
    terminal.until_shown("[red].md")
    terminal.type(ENTER)
    terminal.until_shown("Saved as")
    terminal.press(F4)
    terminal.until_shown("Conversations")
    terminal.press(ESCAPE, quiet=0.3)
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    assert terminal.is_restored()
    assert harms(terminal) == {}

    again = start("chat", "-k", "100", "--resume", str(folder), size=(80, 24))
    again.until_shown("❯")
    again.until_shown("ready")
    again.press(PAGE_UP, HOME, "]", "]", UP, UP)
    again.type(CTRL_Q)
    assert again.ended() == 0
    assert harms(again) == {}
    print(dict(terminal.kinds() + again.kinds()))


@pytest.mark.slow
@pytest.mark.parametrize("place", ["question", "find"])
def test_what_is_pasted_sends_nothing_to_the_terminal(start: Start, place: str) -> None:
    terminal = start("chat", "--no-history")
    terminal.until_shown(READY)
    terminal.ask(AGE, AGED)
    terminal.until_quiet()
    for payload in ("8-bit CSI", "bidi override", "zero width", "tags", "clipboard", "style"):
        if place == "find":
            terminal.type(CTRL_F)
        terminal.type(f"\x1b[200~Who is {PAYLOADS[payload]}?\x1b[201~")
        terminal.until_quiet(0.2)
        terminal.type(ENTER)
        terminal.until_quiet(0.3)
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    assert harms(terminal) == {}


@pytest.mark.slow
def test_only_copying_sends_a_clipboard_and_just_the_quote(start: Start) -> None:
    terminal = start("chat")
    terminal.until_shown(READY)
    terminal.ask(AGE, AGED)
    terminal.until(lambda: bool(chosen(terminal)))
    terminal.until_quiet()
    assert "OSC 52" not in terminal.kinds()
    terminal.type(CTRL_Y)
    terminal.until_shown("clipboard")
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    (copied,) = (token for token in terminal.tokens if token.kind == "OSC 52")
    where, _, quote = copied.parameters.partition(";")
    assert where == "c"
    assert "67-year-old Rygor Kastusev" in base64.b64decode(quote).decode()
    assert harms(terminal, besides=["OSC 52"]) == {}


@pytest.mark.slow
def test_hostile_pages_are_added_and_opened_with_nothing_sent_but_their_link(
    start: Start, tmp_path: Path
) -> None:
    page = tmp_path / "a \x9b2J\u202e#&[⁄].html"
    hostile = html.escape(" ".join(PAYLOADS.values())).encode("utf-8", "xmlcharrefreplace")
    page.write_bytes(
        b"<meta charset=utf-8><title>%s</title><h1>Tower %s</h1>" % (hostile, hostile)
        + b"<p>The tower, R&amp;D says, was built in 1820. %s</p>" % hostile
    )
    added = tmp_path / "added"
    added.mkdir()
    (added / page.name).write_bytes(page.read_bytes())
    page.unlink()
    terminal = start("chat", "--no-history", env={"DISPLAY": "", "WAYLAND_DISPLAY": ""})
    terminal.until_shown(READY)
    terminal.until_shown("ready")
    terminal.type(f"{added}{ENTER}")
    terminal.until_shown("Added: ")
    terminal.ask("When was the tower built?", "1820")
    terminal.until(lambda: "▸ [1] Tower" in terminal.words())
    terminal.until_quiet()
    terminal.type(CTRL_O)
    terminal.until_shown("No program or display")
    terminal.press("\t", PAGE_DOWN, PAGE_UP, F3)
    terminal.until_shown("asking all")
    terminal.press(ESCAPE, quiet=0.3)
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    (copied,) = (token for token in terminal.tokens if token.kind == "OSC 52")
    link = base64.b64decode(copied.parameters.partition(";")[2]).decode("ascii")
    assert link.startswith(f"{added.as_uri()}/a%20")
    assert "#:~:text=" in link
    assert harms(terminal, besides=["OSC 52"]) == {}


# Leaving in the middle


NOTES = 40
NOTES_QUESTION = "What did ship 37 carry?"


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that takes several seconds to index."""
    return write_notes(tmp_path_factory.mktemp("notes") / "notes", NOTES)


def stored_answer(qa: Run, notes: Path, store: Path) -> dict[str, object]:
    ran = qa("ask", "--json", "--store", str(store), NOTES_QUESTION, str(notes))
    assert ran.returncode in (0, 1), ran.stderr
    answer: dict[str, object] = json.loads(ran.stdout)
    del answer["timings_ms"]
    return answer


FRESH: dict[Path, dict[str, object]] = {}


@pytest.mark.slow
@pytest.mark.usefixtures("default_model")  # which takes a while to index
@pytest.mark.parametrize("how", ["ctrl+q", "SIGTERM", "SIGHUP", "the terminal is closed"])
def test_leaving_while_indexing_is_quick_and_loses_nothing(
    start: Start, qa: Run, notes: Path, tmp_path: Path, how: str
) -> None:
    terminal = start("chat", "--store", str(tmp_path / "store"), str(notes))
    # Some passages are in the store and most are not.
    terminal.until(lambda: bool(re.search(r"indexing [1-9]\d* /", terminal.words())))
    assert " ready" not in terminal.words()
    if how == "ctrl+q":
        terminal.type(CTRL_Q)
    elif how == "the terminal is closed":
        terminal.hang_up()
    else:
        terminal.process.send_signal(getattr(signal, how))
    code = terminal.process.wait(PATIENCE)
    kept = passages_in(tmp_path / "store")
    if how == "ctrl+q":
        assert code == 0
        terminal.until_quiet()
        assert terminal.is_restored()
    assert "Traceback" not in terminal.sent()

    if notes not in FRESH:
        FRESH[notes] = stored_answer(qa, notes, tmp_path / "fresh")
    assert stored_answer(qa, notes, tmp_path / "store") == FRESH[notes]
    assert kept < passages_in(tmp_path / "store")  # it did not wait for the rest


def passages_in(stores: Path) -> int:
    (store,) = stores.iterdir()
    return int((describe(store) or {})["passages"])


ALWAYS_READING = """
import sys
import qa.cli
import qa.opening
from qa.reader.onnx import PairRunner
from qa.reader.open import CORES, MODEL

def open(*paths, settings, stdin, notify):
    reader = PairRunner(MODEL, CORES)
    notify("It reads")
    while True:
        reader.run("Why?", ["word " * 300] * 8)

qa.opening.open_corpus = open
sys.exit(qa.cli.run(["chat"]))
"""


@pytest.mark.slow
@pytest.mark.usefixtures("start")  # which says in `environment` what the terminal can do
def test_leaving_while_a_model_runs_is_no_crash(
    environment: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, "-c", ALWAYS_READING]
    with Terminal(command, env=environment, cwd=tmp_path) as terminal:
        terminal.until_shown("It reads")
        terminal.type(CTRL_Q)
        assert terminal.ended() == 0
        assert terminal.is_restored()
        assert "terminate called" not in terminal.sent()


@pytest.mark.slow
def test_a_terminated_chat_leaves_the_terminal_as_it_was(start: Start) -> None:
    terminal = start("chat")
    terminal.until_shown("ready")
    terminal.process.terminate()
    terminal.ended()
    assert terminal.is_restored()


@pytest.mark.slow
def test_keys_that_arrive_together_keep_their_order(start: Start) -> None:
    terminal = start("chat")
    terminal.until_shown("ready")
    terminal.type("Who is Viasna?" + ENTER + "Who is Kastusev?" + ENTER)
    terminal.until_quiet()
    assert terminal.comes(lambda: "❯ Who is Kastusev?" in terminal.words(), 3)


# The first frame

NOTING_FRAMES = f"""
import os, sys, time
from textual.drivers.linux_driver import LinuxDriver
from qa.cli import run

write = LinuxDriver.write

def noting(self, sent):
    if {READY[1:]!r} in sent:
        with open(os.environ["NOTED_IMPORTS"], "a") as file:
            file.write(f"frame {{time.process_time()}}\\n")
    write(self, sent)

LinuxDriver.write = noting
sys.exit(run(["chat"]))
"""  # the cursor is on its first letter
MOST_CPU_SECONDS = 2
"""Until the first frame; the benchmark of the chat holds it to less."""


@pytest.mark.slow
def test_nothing_heavy_is_begun_before_the_first_frame(start: Start, tmp_path: Path) -> None:
    log = tmp_path / "noted"
    noted = ROOT / "tests" / "support" / "noted_imports"
    path = os.pathsep.join([str(noted), str(ROOT)])
    terminal = start(
        program=("-c", NOTING_FRAMES), env={"PYTHONPATH": path, "NOTED_IMPORTS": str(log)}
    )
    terminal.until_shown(READY)
    terminal.ask(AGE, AGED)
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    first, *imported = log.read_text("utf-8").splitlines()
    what, cpu_seconds = first.split()
    assert (what, float(cpu_seconds) < MOST_CPU_SECONDS) == ("frame", True)
    assert "onnxruntime" in imported  # else nothing was watched
    assert "torch" not in imported


# What is kept


def kept_files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in (tmp_path / "state").rglob("*") if path.is_file())


def converse(start: Start, *arguments: str) -> None:
    terminal = start("chat", *arguments)
    terminal.until_shown(READY)
    terminal.ask(AGE, AGED)
    terminal.until_quiet()
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0


@pytest.mark.slow
def test_without_history_nothing_is_kept(start: Start, qa: Run, tmp_path: Path) -> None:
    converse(start, "--no-history")
    assert kept_files(tmp_path) == []


@pytest.mark.slow
def test_a_conversation_is_kept_resumed_listed_printed_and_deleted(
    start: Start, qa: Run, tmp_path: Path
) -> None:
    converse(start)
    (file,) = kept_files(tmp_path)
    id = file.stem
    again = start("chat", "--resume")
    again.until(lambda: AGE in again.words() and AGED in again.words())
    again.until_shown("ready")
    again.type("When was he arrested?" + ENTER)
    again.until_shown("searched together with")
    again.until_quiet()
    again.type(CTRL_Q)
    assert again.ended() == 0
    assert kept_files(tmp_path) == [file]  # went on with it

    listed = qa("history")
    assert listed.returncode == 0
    (line,) = listed.stdout.splitlines()
    assert line.startswith(id)
    assert AGE in line
    assert "2 questions" in line
    (about,) = map(json.loads, qa("history", "--json").stdout.splitlines())
    assert (about["id"], about["title"], about["questions"]) == (id, AGE, 2)

    printed = qa("history", "latest")
    assert printed.returncode == 0
    assert printed.stdout.startswith(f"## {AGE}\n")
    assert printed.stdout == qa("history", id).stdout
    rows = [json.loads(line) for line in qa("history", "--json", id).stdout.splitlines()]
    assert [row["question"] for row in rows] == [AGE, "When was he arrested?"]
    assert rows[0]["answers"][0]["text"] in printed.stdout

    assert qa("history", "--delete").returncode == 2
    assert qa("history", "20000101-000000-0000").returncode == 3
    assert qa("history", "--delete", id).returncode == 0
    assert kept_files(tmp_path) == []
    assert qa("history").stdout == ""
    assert qa("history", "latest").returncode == 3
    gone = start("chat", "--resume")
    assert gone.ended() == 2
    assert "No saved conversation to resume" in gone.sent()


# Without colour


def coloured(tokens: Sequence[Token]) -> set[str]:
    """Return the parameters of colour among those of all SGR sequences."""
    found = set()
    for token in tokens:
        if token.kind == "SGR":
            for parameter in token.parameters.replace(":", ";").split(";"):
                number = int(parameter or 0)
                if 30 <= number <= 38 or 40 <= number <= 48 or 90 <= number <= 107:
                    found.add(token.parameters)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("how", ["NO_COLOR", "--no-color"])
def test_without_colour_the_answer_is_still_told_apart(start: Start, how: str) -> None:
    if how == "NO_COLOR":
        terminal = start("chat", env={"NO_COLOR": "1"})
    else:
        terminal = start("chat", "--no-color")
    terminal.until_shown(READY)
    terminal.ask(AGE, AGED)
    terminal.until(lambda: "«" in terminal.words() and "»" in terminal.words())
    terminal.type("]" + F3)
    terminal.until_shown("asking all")
    terminal.type(ESCAPE)
    terminal.until_quiet()
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    assert coloured(terminal.tokens) == set()


@pytest.mark.slow
def test_an_empty_no_color_means_nothing(start: Start) -> None:
    terminal = start("chat", env={"NO_COLOR": ""})
    terminal.until_shown(READY)
    terminal.type(CTRL_Q)
    assert terminal.ended() == 0
    assert coloured(terminal.tokens)
