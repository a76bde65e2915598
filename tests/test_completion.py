"""Shell completion: a shell with our script completes commands, options and conversations."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from qa.answers.history import History
from qa.commands.completion import SHELLS
from tests.support.program import Program, Run
from tests.support.responses import as_response, saved_row


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script(program: Program, shell: str) -> None:
    ran = program.run("completion", shell)
    assert (ran.code, ran.errors) == (0, "")
    assert "_QA_COMPLETE" in ran.text
    if program_of := shutil.which(shell):
        check = subprocess.run([program_of, "-n"], input=ran.text, text=True, capture_output=True)
        assert (check.returncode, check.stderr) == (0, "")


def test_another_shell_is_an_error_that_names_those_there_are(program: Program) -> None:
    ran = program.run("completion", "csh")
    assert ran.code == 2
    assert all(shell in ran.errors for shell in SHELLS)


@pytest.mark.skipif(sys.platform == "win32", reason="no bash")
@pytest.mark.parametrize(
    ("line", "completed"),
    [
        ("qa hist", "history"),
        ("qa index --ref", "--refresh"),
        ("qa history 2", "id"),
        ("qa show no", "no"),
    ],
)
def test_words_are_completed(
    qa: Run, environment: dict[str, str], tmp_path: Path, line: str, completed: str
) -> None:
    saved = History(tmp_path / "state" / "article-qa" / "conversations")
    id = saved.begin()
    saved.add(id, ["/notes"], as_response(saved_row("When was it built?", "In 1932.")))
    values = completed_in("bash", line, environment | {"XDG_STATE_HOME": str(tmp_path / "state")})
    assert values == ([id] if completed == "id" else [completed] if completed else [])


NAMES = ("2024/june.md", "2024/july.md", "2025/may.md", "a b.md", "what?.md", "esc\x1b.md")


@pytest.mark.skipif(sys.platform == "win32", reason="no bash, and no such names")
@pytest.mark.parametrize(
    ("shell", "line", "completed"),
    [
        ("bash", "qa ask Who? {} --only 2024/", ["2024/july.md", "2024/june.md"]),
        ("bash", "qa ask Who? {} --exclude 2025/m", ["2025/may.md"]),
        ("bash", "qa chat {} --only 2024/ju", ["2024/july.md", "2024/june.md"]),
        ("bash", "qa ask Who? {} --only x", []),
        ("bash", "qa ask Who? {}/2024 --only 2024/", []),
        ("bash", "qa ask --only 2024/", []),
        ("bash", "qa ask Who? {} --only a", []),
        ("bash", "qa ask Who? {} --only w", []),
        ("fish", "qa ask Who? {} --only a", ["a b.md"]),
        ("fish", "qa ask Who? {} --only e", []),
    ],
)
def test_the_names_of_indexed_articles_are_completed(
    qa: Run,
    environment: dict[str, str],
    tmp_path: Path,
    shell: str,
    line: str,
    completed: list[str],
) -> None:
    notes = tmp_path / "notes"
    for name in NAMES:
        (notes / name).parent.mkdir(exist_ok=True, parents=True)
        (notes / name).write_text(f"About {NAMES.index(name)}.", "utf-8")
    assert qa("index", str(notes)).returncode == 0
    assert completed_in(shell, line.format(notes), environment) == completed


def completed_in(shell: str, line: str, environment: dict[str, str]) -> list[str]:
    """Return what is offered for the last word of a line."""
    words = line.split()
    env = environment | {
        "_QA_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(words) - 1) if shell == "bash" else words[-1],
    }
    command = [
        sys.executable,
        "-c",
        "import sys; sys.argv[0] = 'qa'; from qa.__main__ import main; main()",
    ]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, cwd=os.getcwd())
    assert ran.stderr == ""
    return [row.split(",", 1)[1].split("\t")[0] for row in ran.stdout.splitlines() if row]
