"""Every command and every option once in a real terminal: what it shows there, and its exit code.

In the tests' own process, the screen is a pipe; here, colours, bars and sizes apply.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

if sys.platform == "win32":
    pytest.skip("needs a pseudo-terminal", allow_module_level=True)

from qa.cli import cli
from tests.support.paths import NO_NETWORK, ROOT
from tests.support.pseudo_terminal import CTRL_Q, READY, Terminal

pytestmark = pytest.mark.slow

ASK = "When was the bridge built?"
COMMANDS: list[tuple[int, list[str]]] = [
    (0, ["--version"]),
    (0, ["--help"]),
    (2, ["aks"]),
    (0, ["ask", ASK, "notes"]),
    (1, ["ask", "--only", "*.txt", "--exclude", "none", "Who painted the moon?", "notes"]),
    (0, ["ask", "--json", "-k", "1", "--reader", "article-qa", ASK, "notes"]),
    (0, ["ask", "--format", "markdown", "--no-color", "--max-size", "1", ASK, "notes"]),
    (0, ["ask", "--format", "vimgrep", "-q", "--encoding", "latin-1", ASK, "notes"]),
    (0, ["ask", "--questions", "questions.txt", "--min-confidence", "0.5", "notes"]),
    (
        0,
        [
            "ask",
            "--allow-private",
            "--linked",
            "--whole-page",
            "--store",
            "stores",
            "--device",
            "cpu",
            ASK,
            "notes",
        ],
    ),
    (3, ["ask", "--model", "./nowhere", ASK, "notes"]),
    (3, ["ask", ASK, "nowhere"]),
    (2, ["ask", "--json", "--format", "text", ASK, "notes"]),
    (0, ["index", "notes"]),
    (0, ["index", "--json", "-q", "notes"]),
    (2, ["index", "--refresh", "notes"]),
    (0, ["export", "notes.vectors", "notes"]),
    (0, ["index", "--from", "notes.vectors", "notes"]),
    (3, ["export", "notes/bridge.txt", "notes"]),
    (3, ["export", "missing/notes.vectors", "notes"]),
    (2, ["export", "-", "notes"]),
    (3, ["chat", "nowhere"]),
    (3, ["mcp", "--http", "--port", "0", "nowhere"]),
    (3, ["serve", "--host", "127.0.0.1", "--port", "0", "--no-history", "nowhere"]),
    (2, ["chat", "--resume"]),
    (0, ["use", "notes"]),
    (0, ["use"]),
    (0, ["show", "-C", "0", "--json", "notes/bridge.txt:1"]),
    (0, ["use", "--clear"]),
    (0, ["completion", "fish"]),
    (0, ["man"]),
    (0, ["history"]),
    (0, ["history", "--json"]),
    (3, ["history", "--delete", "nowhere"]),
    (0, ["verify", "answers.json"]),
    (0, ["verify", "--json", "--all", "--root", "notes", "answers.json"]),
    (0, ["eval", "--failures", "1", "gold.jsonl", "notes"]),
    (0, ["status"]),
    (0, ["status", "--json"]),
    (0, ["doctor"]),
    (0, ["doctor", "--json", "--repair"]),
    (0, ["status", "--clear", "--gone"]),
    (0, ["status", "--clear", "--pages", "--store", "stores"]),
]
NOT_HERE = {"download", "plot", "ray"}
"""They need a network, or a library that may not be installed."""


@pytest.fixture
def terminal(
    environment: dict[str, str], default_model: None, tmp_path: Path
) -> Iterator[Callable[..., Terminal]]:
    """Start `qa` in a terminal, beside a folder of notes, questions and saved answers."""
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "bridge.txt").write_text("The bridge was built in 1932.\n", "utf-8")
    (tmp_path / "questions.txt").write_text(f"{ASK}\n", "utf-8")
    gold = {"question": ASK, "answers": ["1932"], "article": "bridge.txt"}
    (tmp_path / "gold.jsonl").write_text(json.dumps(gold), "utf-8")
    env = environment | {
        "TERM": "xterm-256color",
        "PYTHONPATH": os.pathsep.join([str(NO_NETWORK), str(ROOT)]),
    }
    answers = subprocess.run(
        [sys.executable, "-m", "qa", "ask", "--json", ASK, "notes"],
        env=env, cwd=tmp_path, capture_output=True, check=True,
    )  # fmt: skip
    (tmp_path / "answers.json").write_bytes(answers.stdout)
    started: list[Terminal] = []

    def start(*arguments: str, **more: str) -> Terminal:
        command = [sys.executable, "-m", "qa", *arguments]
        started.append(Terminal(command, env=env | more, cwd=tmp_path))
        return started[-1]

    yield start
    for each in started:
        each.__exit__(None, None, None)


def test_every_command_ends_with_its_exit_code_and_no_traceback(
    terminal: Callable[..., Terminal],
) -> None:
    for code, arguments in COMMANDS:
        ran = terminal(*arguments)
        assert ran.ended() == code, f"qa {' '.join(arguments)}:\n{ran.words()}"
        assert "Traceback" not in ran.sent(), ran.sent()
        ran.hang_up()


def test_no_command_and_no_option_is_forgotten() -> None:
    shared = {option.name for option in cli.commands["ask"].params}
    used = {(arguments[0], option) for _, arguments in COMMANDS for option in arguments[1:]}
    used |= {("any", option) for _, option in used}
    missing = {
        (name, option.name)
        for name, command in cli.commands.items()
        if name != "chat"  # all its tests are in a terminal
        for option in command.params
        if isinstance(option, click.Option)
        and not any(
            ("any" if option.name in shared else name, flag) in used for flag in option.opts
        )
    }
    assert {each for each in missing if each[1] not in NOT_HERE} == set()
    assert set(cli.commands) == {arguments[0] for _, arguments in COMMANDS} & set(cli.commands)


def test_the_chat_needs_a_terminal_that_can_place_the_cursor(
    terminal: Callable[..., Terminal],
) -> None:
    chat = terminal("chat", "notes", TERM="dumb")
    assert chat.ended() == 2
    assert "TERM is dumb" in chat.words()


def test_an_article_is_piped_into_the_chat_and_asked_from_the_keyboard(
    terminal: Callable[..., Terminal], environment: dict[str, str], tmp_path: Path
) -> None:
    piped = f"cat notes/bridge.txt | {sys.executable} -m qa chat -"
    env = environment | {"TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    with Terminal(["/bin/sh", "-c", piped], env=env, cwd=tmp_path) as chat:
        chat.until_shown(READY)
        chat.until_shown("1 article")
        assert "standard input" in chat.words()
        chat.ask(ASK, "% sure")
        chat.type(CTRL_Q)
        assert chat.ended() == 0
        assert chat.is_restored()
    again = terminal("chat", "--resume")
    assert again.ended() == 2
    assert "is about an article from standard input" in again.words()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_an_encoding_that_lacks_our_signs_gets_look_alikes_and_valid_json(
    terminal: Callable[..., Terminal], environment: dict[str, str], tmp_path: Path, encoding: str
) -> None:
    text = "The “old” bridge – 橋 – was built in 1932."
    (tmp_path / "notes" / "bridge.txt").write_text(text, "utf-8")
    env = environment | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}

    def printed(*options: str) -> str:
        command = [sys.executable, "-m", "qa", "ask", *options, ASK, "notes"]
        ran = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, check=True)
        return ran.stdout.decode(encoding)

    shown = printed()
    dot = "-" if encoding == "ascii" else "·"
    assert f"{dot} notes/bridge.txt:1" in shown
    assert "1932" in shown
    assert "\\xb7" not in shown
    assert "\\u6a4b" in shown, "what has no look-alike is escaped"
    assert json.loads(printed("--json"))["passages"][0]["text"] == text
