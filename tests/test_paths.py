"""Paths that are shown: short, and they open the file from where the user is."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.show.markdown import exported
from qa.show.paths import (
    MAX_BRIEF_CHARS,
    MAX_FOLDERS_UP,
    brief_path,
    relative_path,
    shortened_in_the_middle,
    shown_path,
)
from tests.support.program import Program
from tests.support.responses import saved_response

NAMES = st.text("ab-. ", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
FOLDERS = st.lists(NAMES, max_size=4).map(lambda names: "/" + "/".join(names))


@given(FOLDERS, FOLDERS, NAMES)
def test_a_path_opens_the_same_file_from_the_folder_and_is_never_longer_than_absolute(
    folder: str, parent: str, name: str
) -> None:
    path = os.path.join(parent, name)
    shown = relative_path(path, folder)
    assert os.path.normpath(os.path.join(folder, shown)) == path
    assert not shown.startswith("-")
    assert shown.split("/").count("..") <= MAX_FOLDERS_UP
    is_below = os.path.commonpath([folder, path]) == folder
    assert is_below == (not shown.startswith(("/", "../")))
    assert is_below or len(shown) <= len(path)
    assert relative_path(path, folder, up=0) == (shown if is_below else path)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/home/user/notes/a.md", "a.md"),
        ("/home/user/notes/2024/a  b.md", "2024/a  b.md"),
        ("/home/user/archive/a.md", "../archive/a.md"),
        ("/home/others/notes/a.md", "/home/others/notes/a.md"),
        ("/home/user/notes2/a.md", "../notes2/a.md"),
        ("/mnt/a.md", "/mnt/a.md"),
        ("/home/user/notes/-", "./-"),
        ("/home/user/notes/--help.md", "./--help.md"),
        ("-", "-"),
        ("notes/a.md", "notes/a.md"),
    ],
)
def test_paths_near_the_folder_are_relative_and_others_absolute(path: str, shown: str) -> None:
    assert relative_path(path, "/home/user/notes") == shown


def test_a_file_is_opened_from_a_folder_behind_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep" / "real").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "real")
    for file in (tmp_path / "a.md", tmp_path / "deep" / "b.md", tmp_path / "deep" / "real" / "c"):
        file.write_text("text")
        monkeypatch.chdir(tmp_path / "link")
        assert os.path.samefile(relative_path(str(file)), file)


def test_what_cannot_be_shown_in_a_line_is_marked() -> None:
    assert shown_path("/b/a\n\x1b[2J\u202e.txt", "/c") == "/b/a␊␛[2J⟨202E⟩.txt"
    assert shown_path("-") == "standard input"


def test_a_long_path_is_shortened_in_the_middle_where_there_is_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    long = "x" * MAX_BRIEF_CHARS
    assert brief_path(str(tmp_path / "notes" / "a.md")) == "notes/a.md"
    assert brief_path(str(tmp_path / "notes" / long / "b" / "a.md")) == "notes/…/b/a.md"
    assert brief_path("/elsewhere/notes/a.md") == "/elsewhere/notes/a.md"
    assert brief_path(f"https://example.org/{long}/a") == "https://example.org/…/a"
    name = f"{long}.md"
    assert brief_path(str(tmp_path / "notes" / name)) == f"{'x' * 19}…{'x' * 17}.md"


@given(st.text(min_size=1), st.integers(1, 50))
def test_what_is_shortened_keeps_both_ends(text: str, chars: int) -> None:
    short = shortened_in_the_middle(text, chars)
    assert len(short) <= chars
    if short != text:
        before, after = (
            short.split("…", 1) if "…" not in text else (short[: chars - 1 - chars // 2], "")
        )
        assert text.startswith(before)
        assert text.endswith(after)


# Wherever paths are shown


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "work" / "my  notes"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "bridge.txt").write_text("The bridge was built in 1932.")
    (folder / "latin.txt").write_bytes("Der Fluß fließt über große Höhen hinweg.".encode("latin-1"))
    (folder / "void.txt").write_bytes(b"")
    (folder / ".hidden").mkdir()
    return folder


@pytest.mark.parametrize("form", ["text", "markdown", "vimgrep"])
@pytest.mark.parametrize("below", [True, False])
def test_the_path_of_an_answer_opens_its_file(
    program: Program, notes: Path, monkeypatch: pytest.MonkeyPatch, form: str, below: bool
) -> None:
    here = notes.parent if below else notes.parent.parent / "home"
    here.mkdir(exist_ok=True)
    monkeypatch.chdir(here)
    ran = program.run("ask", "--format", form, "-k", "1", "When was the bridge built?", str(notes))
    path = re.search(r"(?:^|· `?)([^·`\n]*bridge\.txt):1", ran.text, re.MULTILINE)
    assert path is not None
    assert os.path.samefile(path[1], notes / "deep" / "bridge.txt")
    assert os.path.isabs(path[1]) != below or path[1].startswith("..")


def test_the_paths_of_skipped_and_reencoded_files_open_them(
    program: Program, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(notes.parent)
    ran = program.run("index", "--encoding", "latin-1", "my  notes")
    lines = ran.text.splitlines()
    assert "  my  notes/void.txt: empty" in lines
    assert "  my  notes/.hidden/: hidden" in lines
    assert any(re.fullmatch("  read as .*: my  notes/latin.txt", line) for line in lines)


def test_files_are_named_by_their_paths_if_none_can_be_read(
    program: Program, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(notes.parent)
    (notes / "deep" / "bridge.txt").unlink()
    (notes / "latin.txt").unlink()
    ran = program.run("ask", "When was the bridge built?", "my  notes")
    assert f"Nothing to read in {notes}: " in ran.errors
    assert "my  notes/void.txt: empty" in ran.errors


def test_verify_names_the_file_that_it_looked_in(
    program: Program, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = tmp_path / "answers.json"
    answers.write_bytes(program.run("ask", "--json", "When was the bridge built?", str(notes)).out)
    notes.rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path)
    ran = program.run("verify", "answers.json")
    assert " work/my  notes/deep/bridge.txt (" in ran.text
    ran = program.run("verify", "--all", "--root", "moved", "answers.json")
    assert ran.code == 0
    assert "stands      answer [1] moved/deep/bridge.txt\n" in ran.text


def test_a_saved_conversation_names_files_as_seen_from_its_own_folder() -> None:
    (response,) = [saved_response("One?")]
    (passage,) = response.passages
    cited = replace(passage.citation, path="/home/user/notes/a.txt")
    response = replace(response, passages=(replace(passage, citation=cited),))
    assert "`notes/a.txt:2-3`" in exported([response], ".md", "/home/user")
    assert "`/home/user/notes/a.txt:2-3`" in exported([response], ".md", "/mnt")
