"""Saved conversations: responses are loaded unchanged, or skipped if the file was damaged."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import StoreError
from qa.answers.history import History
from qa.answers.saved import read_saved
from qa.show.markdown import exported
from tests.support.examples import examples
from tests.support.responses import (
    SCHEMA_1,
    as_response,
    as_row,
    saved_response,
    saved_row,
    unsure_row,
)

text = st.text(min_size=1)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "conversations")


@examples(50)
@given(st.lists(st.tuples(text, text, text), min_size=1, max_size=4))
def test_saved_responses_are_loaded_unchanged(rows: list[tuple[str, str, str]]) -> None:
    responses = [saved_response(*row) for row in rows]
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder))
        id = history.begin()
        for one in responses:
            history.add(id, ["/notes"], one)
        kept = history.load(id)
    assert (list(kept.responses), kept.paths, kept.title) == (responses, ("/notes",), rows[0][0])


def test_unsure_responses_are_loaded_unchanged_and_so_are_those_of_schema_1(
    history: History,
) -> None:
    id = history.begin()
    unsure = as_response(unsure_row("When?"))
    history.add(id, [], unsure)
    with (history.folder / f"{id}.jsonl").open("a") as file:
        file.write(" ".join(SCHEMA_1.split("\n")).strip() + "\n")
    first, old = history.load(id).responses
    assert first == unsure
    assert [old] == read_saved(SCHEMA_1)


def test_nothing_is_written_before_the_first_response(history: History) -> None:
    history.begin()
    assert not history.folder.exists()
    assert list(history.all()) == []


def test_conversations_are_sorted_and_the_latest_about_some_paths_is_found(
    history: History,
) -> None:
    for id, paths in (
        ("20260101-000000-aaaa", ["/b", "/a"]),
        ("20260102-000000-aaaa", ["/c"]),
        ("20260103-000000-aaaa", []),
    ):
        history.add(id, paths, saved_response(id))
    assert [kept.id[:8] for kept in history.all()] == ["20260103", "20260102", "20260101"]
    assert [
        kept and kept.id[:8]
        for kept in (history.latest(), history.latest(["/a", "/b"]), history.latest(["/d"]))
    ] == ["20260103", "20260101", None]


def test_a_conversation_is_found_by_its_first_paths_after_others_were_added(
    history: History,
) -> None:
    for id, paths in (("20260101-000000-aaaa", ["/a"]), ("20260102-000000-aaaa", ["/a", "/b"])):
        history.add(id, ["/a"], saved_response(id))
        history.set_paths(id, paths)
    history.set_paths("20260103-000000-aaaa", ["/c"])
    found = [history.latest(paths) for paths in (["/a"], ["/b"], ["/c"])]
    assert [one and (one.id[:8], one.paths) for one in found] == [
        ("20260101", ("/a",)),
        ("20260102", ("/a", "/b")),
        None,
    ]
    assert [one.title for one in history.all()] == ["20260102-000000-aaaa", "20260101-000000-aaaa"]
    assert {file.suffix for file in history.folder.iterdir()} == {".jsonl"}


def test_paths_are_not_changed_in_a_file_that_is_damaged(history: History) -> None:
    id = history.begin()
    history.add(id, ["/a"], saved_response("One?"))
    (file,) = history.folder.iterdir()
    file.write_bytes(b"{" + file.read_bytes())
    before = file.read_bytes()
    history.set_paths(id, ["/b"])
    assert file.read_bytes() == before
    assert list(history.folder.iterdir()) == [file]


@pytest.mark.parametrize("cut", range(1, 120, 7))
def test_a_truncated_file_loses_at_most_its_last_line(history: History, cut: int) -> None:
    id = history.begin()
    for question in ("One?", "Two?"):
        history.add(id, [], saved_response(question))
    file = next(history.folder.iterdir())
    file.write_bytes(file.read_bytes()[:-cut])
    kept = [one.question for one in history.load(id).responses]
    assert kept in (["One?"], ["One?", "Two?"])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "\x00",
        "[" * 10_000,
        '{"format": 1, "began": "x", "paths": 3}\n' + json.dumps(saved_row("One?")),
        '{"format": 2, "began": "x", "paths": []}\n' + json.dumps(saved_row("One?")),
        '{"format": 1, "began": "x", "paths": []}\n{}',
    ],
)
def test_a_file_that_is_not_a_conversation_is_skipped(history: History, content: str) -> None:
    history.folder.mkdir()
    (history.folder / "20260101-000000-aaaa.jsonl").write_text(content)
    (history.folder / "20260101-000000-bbbb.jsonl").write_bytes(b"\xff\xfe")
    (history.folder / "notes.jsonl").write_text("{}")
    assert list(history.all()) == []


def test_an_invalid_row_is_skipped(history: History) -> None:
    id = history.begin()
    history.add(id, [], saved_response("One?"))
    file = next(history.folder.iterdir())
    bad = {**saved_row("Two?"), "passages": [{"text": 3}]}
    file.write_text(file.read_text() + json.dumps(bad) + "\n")
    assert len(history.load(id).responses) == 1


@pytest.mark.parametrize("id", ["20260101-000000-aaaa", "../secret", "", "latest"])
def test_a_missing_conversation_is_named(history: History, id: str) -> None:
    with pytest.raises(StoreError, match="no saved conversation"):
        history.load(id)
    with pytest.raises(StoreError, match="no saved conversation"):
        history.delete(id)


def test_a_deleted_conversation_is_gone(history: History) -> None:
    id = history.begin()
    history.add(id, [], saved_response("One?"))
    history.delete(id)
    assert list(history.all()) == []


def test_an_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    history = History(tmp_path / "file")
    with pytest.raises(StoreError, match="Cannot save"):
        history.add(history.begin(), [], saved_response("One?"))


def test_an_export_is_json_lines_or_markdown_with_citations() -> None:
    rows = [saved_response("One?", "First line\nsecond line"), saved_response("Two?")]
    lines = exported(rows, ".jsonl").splitlines()
    assert [json.loads(line) for line in lines] == [as_row(one) for one in rows]
    markdown = exported(rows, ".md")
    assert "## One?" in markdown
    assert "> First line\n> second line" in markdown
    assert "[1] T · `/a.txt:2-3`" in markdown
    assert "**F** [1], 50 % sure" in markdown
