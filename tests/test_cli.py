"""The command line: output, messages and exit codes."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import jsonschema
import pytest

from qa.cli import cli
from qa.show.output import Exit
from tests.support.paths import ROOT, SEED
from tests.support.pdf_files import Page, PdfFile, lines
from tests.support.program import Program
from tests.support.responses import SCHEMA

QUESTION = "How old is Rygor Kastusev?"
TOO_LONG = "a" * 300
"""Longer than a file name can be: most file systems allow 255 bytes."""


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "notes" / "bridge.txt"
    path.parent.mkdir()
    path.write_text("The bridge was built in 1932.\nIt is 503 metres long.\n", "utf-8")
    return path


def test_a_question_without_an_answer_exits_with_1_and_names_unknown_words(
    bundled: Program,
) -> None:
    ran = bundled.run("ask", "What is photosynthesis?")
    assert ran.code == 1
    assert ran.text.startswith("No answer found.\nNot found in the text: photosynthesis\n")


@pytest.mark.parametrize("question", [QUESTION, "What is photosynthesis?", "“Quotes” 😀 & <b>?"])
def test_json_is_one_valid_object_whose_texts_are_slices_of_the_file(
    bundled: Program, question: str
) -> None:
    ran = bundled.run("ask", "--json", "-k", "5", question)
    value = ran.json
    jsonschema.validate(value, SCHEMA)
    assert ran.code == (0 if value["outcome"] == "answered" else 1)
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


@pytest.mark.parametrize(
    ("confidence", "code", "start"),
    [
        (None, 0, "1932\n[1] "),
        ("0", 0, "1932\n[1] "),
        ("1", 1, "Not sure the text says this. Closest: “1932” ("),
    ],
)
def test_unsure_is_said_and_exits_with_1(
    bundled: Program, article: Path, confidence: str | None, code: int, start: str
) -> None:
    options = [str(article), *(["--min-confidence", confidence] if confidence else [])]
    ran = bundled.run("ask", "When was the bridge built?", *options)
    assert (ran.code, ran.text[: len(start)], ran.err) == (code, start, b"")
    assert "[1] Bridge · " in ran.text
    assert ran.text.count("1932") == 2
    value = bundled.run("ask", "--json", "When was the bridge built?", *options).json
    jsonschema.validate(value, SCHEMA)
    quoted = [*value["answers"], *filter(None, [value["closest"]])]
    assert [one["text"] for one in quoted] == ["1932"]
    assert (value["outcome"], bool(value["answers"])) == (
        ("unsure", False) if code else ("answered", True)
    )
    rows = bundled.run("ask", "--questions", "-", *options, stdin="When was the bridge built?\n")
    assert (rows.code, [row["outcome"] for row in rows.json_lines]) == (code, [value["outcome"]])


QUITE_OTHER = ["What is photosynthesis?", "How many were released?", "When was Kastusev born?"]


@pytest.mark.parametrize("question", QUITE_OTHER)
def test_no_option_makes_an_answer_of_what_is_more_likely_wrong(
    bundled: Program, question: str
) -> None:
    for confidence in ("0", "0.2", "0.5"):
        value = bundled.run("ask", "--json", "--min-confidence", confidence, question).json
        assert all(answer["score"] >= 0.5 for answer in value["answers"])
        assert value == {
            **bundled.run("ask", "--json", "--min-confidence", "0.5", question).json,
            "timings_ms": value["timings_ms"],
        }


def test_questions_from_a_file_are_answered_in_order_as_json_lines(
    bundled: Program, article: Path, tmp_path: Path
) -> None:
    questions = tmp_path / "questions.jsonl"
    rows = ['{"question": "When was the bridge built?", "id": 7}', "", "How long is it?"]
    questions.write_text("\n".join(rows), "utf-8")
    ran = bundled.run("ask", "--questions", str(questions), str(article))
    answers = ran.json_lines
    assert [a["question"] for a in answers] == ["When was the bridge built?", "How long is it?"]
    assert answers[0]["answers"][0]["text"] == "1932"


def test_a_row_can_follow_up_on_earlier_rows_of_its_conversation(
    bundled: Program, tmp_path: Path
) -> None:
    rows = [
        {"conversation": "a", "question": "Who is Rygor Kastusev?"},
        {"conversation": "b", "question": "Who is Maria Kolesnikova?"},
        {"conversation": "a", "question": "When was he arrested?"},
        {"question": "When was he arrested?"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    ran = bundled.run("ask", "--questions", str(file))
    contexts = [row["context"] for row in ran.json_lines]
    assert [bool(context) for context in contexts] == [False, False, True, False]
    assert contexts[2].startswith("Who is Rygor Kastusev?")


def test_only_and_exclude_choose_the_articles_by_their_path(
    bundled: Program, article: Path
) -> None:
    (article.parent / "old").mkdir()
    (article.parent / "old" / "bridge.md").write_text("The bridge was built in 1799 of oak.")
    question = "When was the bridge built?"

    def asked(*only: str) -> set[str]:
        ran = bundled.run("ask", question, str(article.parent), "--json", *only)
        return {p["citation"]["article"] for p in ran.json["passages"]}

    assert asked() == {"bridge.txt", "old/bridge.md"}
    assert asked("--only", "old/*") == {"old/bridge.md"}
    assert asked("--only", "*.txt", "--only", "*.rst") == {"bridge.txt"}
    assert asked("--exclude", "old") == {"bridge.txt"}
    assert asked("--exclude", "*.rst", "--exclude", "*.txt") == {"old/bridge.md"}
    ran = bundled.run("ask", question, str(article.parent), "--only", "*.rst")
    assert (ran.code, "No article matches *.rst" in ran.errors) == (Exit.PROBLEM, True)
    shown = bundled.run("ask", question, str(article.parent), "-k", "9").text
    (path,) = re.findall("· (.*old/bridge.md):", shown)  # as it can be copied
    assert asked("--exclude", path) == {"bridge.txt"}
    assert asked("--only", path) == {"old/bridge.md"}
    ran = bundled.run("ask", question, str(article.parent), "--exclude", "*")
    assert (ran.code, "All articles are excluded by *." in ran.errors) == (Exit.PROBLEM, True)


def test_questions_from_a_file_ask_no_excluded_article(bundled: Program, article: Path) -> None:
    (article.parent / "other.txt").write_text("The bridge was built in 1799 of oak.")
    ran = bundled.run(
        "ask", "--questions", "-", str(article.parent), "--exclude", "other*", stdin=f"{QUESTION}\n"
    )
    (response,) = ran.json_lines
    assert {one["citation"]["article"] for one in response["passages"]} == {"bridge.txt"}


def test_words_missing_in_the_chosen_articles_are_unknown(bundled: Program, article: Path) -> None:
    (article.parent / "fish.txt").write_text("Herrings swim in the sea.")
    ran = bundled.run(
        "ask", "Do herrings jump?", str(article.parent), "--json", "--only", "bridge*"
    )
    assert ran.json["unknown_words"] == ["herrings", "jump"]


@pytest.mark.parametrize(
    ("row", "says"),
    [('{"question": 1}', "Line 2"), ("{broken", "Line 2"), ('{"other": "x"}', "Line 2")],
)
def test_a_bad_row_is_named_and_earlier_answers_are_printed(
    bundled: Program, row: str, says: str
) -> None:
    ran = bundled.run("ask", "--questions", "-", stdin=f"{QUESTION}\n{row}\n")
    assert ran.code == 2
    assert says in ran.errors
    assert len(ran.text.splitlines()) == 1


def test_standard_input_without_text_is_named(bundled: Program) -> None:
    ran = bundled.run("ask", "Why?", "-", stdin=b"\0\1\2")
    assert (ran.code, ran.text) == (3, "")
    assert "Nothing to read in standard input: binary" in ran.errors


def test_standard_input_is_asked_and_leaves_no_store(bundled: Program) -> None:
    ran = bundled.run(
        "ask", "When was the bridge built?", "-", stdin="The bridge was built in 1932."
    )
    assert ran.code == 0
    assert ran.text.startswith("1932\n")
    assert "standard input:1" in ran.text
    assert not list(bundled.home.rglob("*.sqlite"))


def test_standard_input_has_no_title_of_its_own(bundled: Program) -> None:
    ran = bundled.run("ask", "When was the bridge built?", "-", stdin="It was built in 1932.")
    assert "\n[1] standard input:1\n" in ran.text


def test_empty_standard_input_says_so(program: Program) -> None:
    ran = program.run("ask", "When was the bridge built?", "-", stdin="")
    assert (ran.code, ran.errors.splitlines()[0]) == (3, "qa: Standard input is empty.")


def test_no_summary_of_a_command_is_cut_off(program: Program) -> None:
    summaries = program.run("--help").text.split("Commands:")[1]
    assert len(summaries.strip().splitlines()) == len(cli.commands)
    assert "..." not in summaries


def test_indexing_has_no_options_that_only_matter_for_answers(program: Program) -> None:
    assert program.run("index", "--reader", "none").code == 2
    assert program.run("index", "--min-confidence", "1").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["ask"], 2, "Missing QUESTION"),
        (["ask", "--json", "--format", "text", "Why?"], 2, "exclude each other"),
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
def test_a_mistake_gets_a_message_and_its_exit_code(
    bundled: Program, arguments: list[str], code: int, says: str
) -> None:
    ran = bundled.run(*arguments, stdin="")
    assert ran.code == code
    assert says in ran.errors
    assert "Traceback" not in ran.errors
    assert ran.text == ""


def test_an_unwritable_store_is_named_with_a_fix(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ran = program.run("ask", "--store", str(tmp_path / "file" / "stores"), "Why?")
    assert ran.code == 3
    assert "--store DIR" in ran.errors


def test_a_changed_file_is_asked_as_it_is_now(bundled: Program, article: Path) -> None:
    assert "1932" in bundled.run("ask", "When was the bridge built?", str(article)).text
    article.write_text("The bridge was built in 1817.\n", "utf-8")
    again = bundled.run("ask", "When was the bridge built?", str(article)).text
    assert "1817" in again
    assert "1932" not in again


def test_skipped_files_are_named_when_they_are_found(bundled: Program, article: Path) -> None:
    (article.parent / "data.bin").write_bytes(b"\0\1\2")
    first = bundled.run("ask", "When was the bridge built?", str(article.parent))
    assert first.code == 0
    assert "data.bin: binary" in first.errors
    assert bundled.run("ask", "-q", "When was it built?", str(article.parent)).errors == ""


def test_index_reports_what_it_did(bundled: Program, article: Path) -> None:
    (article.parent / "empty.txt").touch()
    folder = str(article.parent)
    report = bundled.run("index", "--json", folder).json
    assert report["added"] == ["bridge.txt"]
    assert report["encoded"] == report["passages"] == 1
    assert report["skipped"] == [{"path": "empty.txt", "reason": "empty", "detail": ""}]
    again = bundled.run("index", folder).text
    assert "1 article, 1 passage" in again
    assert "0 added, 0 changed, 0 removed, 1 skipped" in again
    assert "empty.txt: empty" in again


def test_index_describes_the_files_whose_text_was_extracted(
    bundled: Program, article: Path
) -> None:
    pages = [Page(lines(["The bridge was built of granite."])), Page(has_picture=True)]
    (article.parent / "bridge.pdf").write_bytes(PdfFile(pages).content())
    report = bundled.run("index", "--json", str(article.parent)).json
    described = {file.pop("path"): file for file in report["files"]}
    assert described["bridge.pdf"].pop("seconds") > 0
    assert described["bridge.pdf"] == {
        "format": "pdf", "pages": 1, "slides": 0, "cells": 0, "tables": 0, "characters": 32,
        "note": "page 2 of 2 has no text: scanned?",
    }  # fmt: skip
    assert described["bridge.txt"]["format"] == "text"
    os.utime(article.parent / "bridge.pdf", (1, 1))
    lines_of = bundled.run("index", str(article.parent)).text.splitlines()
    line = next(line for line in lines_of if "bridge.pdf" in line)
    read = r"pdf, 1 page, 32 characters, \d\.\d s"
    assert re.search(rf"bridge\.pdf: {read}; page 2 of 2 has no text: scanned\?$", line)
    assert not [line for line in lines_of if "bridge.txt" in line]


def test_status_lists_stores_and_deletes_nothing_else(
    bundled: Program, article: Path, tmp_path: Path
) -> None:
    stores = tmp_path / "stores"
    stores.mkdir()
    (stores / "mine.txt").write_text("not a store")
    (stores / "thesis").mkdir()
    (stores / "thesis" / "articles.sqlite.bak").write_text("looks a little like one")
    (stores / "thesis" / "thesis.txt").write_text("and is not")
    bundled.run("index", "--store", str(stores), str(article))
    status = bundled.run("status", "--json", "--store", str(stores)).json
    assert [str(article)] in [store["paths"] for store in status["stores"]]
    assert status["models"][0]["name"] == "all-MiniLM-L6-v2"
    assert str(article) in bundled.run("status", "--store", str(stores)).text
    assert "Deleted" in bundled.run("status", "--clear", "--store", str(stores)).text
    assert sorted(path.name for path in stores.iterdir()) == ["mine.txt", "thesis"]
    assert len(list((stores / "thesis").iterdir())) == 2
    assert bundled.run("status", "--json").json["models"]  # not in that folder, so not deleted


def test_stores_of_files_that_are_gone_are_named_and_deleted_alone(
    program: Program, article: Path, tmp_path: Path
) -> None:
    kept, gone, part = article.parent, tmp_path / "old  notes", tmp_path / "c.txt"
    gone.mkdir()
    for file in (gone / "a.txt", gone / "b.txt", part):
        file.write_text("The mill grinds corn.")
    for paths in ([kept], [gone], [gone / "a.txt"], [gone / "b.txt", part]):
        program.run("index", *map(str, paths))
    assert "no longer exist" not in program.run("status").text
    shutil.rmtree(gone)
    text = program.run("status").text
    assert f"{gone} no longer exists. To delete this store: qa status --clear '{gone}'\n" in text
    assert "2 stores without any files left. To delete: qa status --clear --gone" in text
    stores = program.run("status", "--json").json["stores"]
    missing = {tuple(one["paths"]): one["missing"] for one in stores}
    b = str(gone / "b.txt")
    assert missing[str(part), b] == [b]
    assert missing[(str(kept),)] == []
    checks = program.run("doctor", "--json").json["checks"]
    notes = [one["state"] for one in checks if "no longer exists" in one["message"]]
    assert notes == ["note"] * 3

    def left() -> set[tuple[str, ...]]:
        return {tuple(one["paths"]) for one in program.run("status", "--json").json["stores"]}

    cleared = program.run("status", "--clear", str(gone / "a.txt"))
    assert (cleared.code, f"Deleted the store of {gone / 'a.txt'}: " in cleared.text) == (0, True)
    assert left() == {(str(kept),), (str(gone),), (str(part), b)}
    assert ", changed just now" in program.run("status").text
    assert program.run("status", "--clear", "--gone").code == 0
    assert left() == {(str(kept),), (str(part), b)}
    assert program.run("status", "--clear", b).code == Exit.PROBLEM  # not the whole store
    assert program.run("status", "--clear", b, str(part)).code == 0
    assert left() == {(str(kept),)}
    ran = program.run("status", "--clear", str(gone))
    assert (ran.code, f"No store of {gone}." in ran.errors) == (Exit.PROBLEM, True)
    assert program.run("status", "--clear", str(kept)).code == 0
    assert left() == set()
    for wrong in (["--gone"], [str(kept)], ["--clear", "--gone", str(kept)]):
        assert program.run("status", *wrong).code == Exit.USAGE


def test_examples_in_the_help_are_on_separate_lines(bundled: Program) -> None:
    for command in ([], ["ask"], ["index"], ["chat"]):
        lines = bundled.run(*command, "--help").text.splitlines()
        assert "  Examples:" in lines
        assert lines[lines.index("  Examples:") + 1].startswith("    qa ")
    assert bundled.run().text.startswith("Usage: qa ") or bundled.run().code == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"\xff\xfe\n", "not UTF-8"), (b"", "no question"), (b"\n \n", "no question")],
)
def test_a_file_without_questions_is_rejected(
    bundled: Program, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "questions").write_bytes(content)
    ran = bundled.run("ask", "--questions", str(tmp_path / "questions"))
    assert ran.code == 2
    assert says in ran.errors


def test_an_empty_history_says_so(program: Program) -> None:
    ran = program.run("history", "--json")
    assert (ran.code, ran.text) == (0, "")
    assert "No saved conversations" in ran.errors


def test_questions_may_begin_with_a_byte_order_mark(bundled: Program, tmp_path: Path) -> None:
    (tmp_path / "questions").write_text('\ufeff{"question": "Who is Viasna?"}\n', "utf-8")
    ran = bundled.run("ask", "--questions", str(tmp_path / "questions"))
    assert ran.json["question"] == "Who is Viasna?"


def test_a_question_that_is_not_unicode_is_rejected(bundled: Program) -> None:
    assert bundled.run("ask", os.fsdecode(b"caf\xe9?")).code == 2
    ran = bundled.run("ask", "--questions", "-", stdin='{"question": "\\ud800 bridge?"}\n')
    assert ran.code == 2
    assert "Traceback" not in ran.errors


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["why " * 1000], ""),
        (["Why?", TOO_LONG], "No such file or folder"),
        (["--model", f"./{TOO_LONG}", "Why?"], "No such model folder"),
        (["--reader", f"./{TOO_LONG}", "Why?"], "No such model folder"),
        (["--model", TOO_LONG, "Why?"], "Not a valid model name"),
        (["--model", "~nobody-at-all/model", "Why?"], "No such model folder"),
    ],
)
def test_arguments_longer_than_a_file_name_are_handled(
    bundled: Program, arguments: list[str], message: str
) -> None:
    ran = bundled.run("ask", *arguments)
    assert ran.code == (3 if message else 1)
    assert message in ran.errors if message else "No answer found" in ran.text
    assert "cannot be written" not in ran.errors


@pytest.mark.parametrize("number", ["nan", "inf", "-inf", "1e999", "much"])
@pytest.mark.parametrize("option", ["--max-size", "--min-confidence"])
def test_values_that_are_not_finite_numbers_are_rejected(
    bundled: Program, option: str, number: str
) -> None:
    ran = bundled.run("ask", option, number, QUESTION)
    assert (ran.code, ran.text) == (2, "")
    assert f"'{option}'" in ran.errors


def test_an_unusable_folder_is_named(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", f"/{TOO_LONG}")
        ran = program.run("status")
    assert ran.code == 3
    assert f"Cannot use /{TOO_LONG}" in ran.errors
    for name, folders in {
        "XDG_CACHE_HOME": ["cache", "stores"],
        "XDG_STATE_HOME": ["state"],
    }.items():
        with monkeypatch.context() as patch:
            patch.setenv(name, f"/{TOO_LONG}")
            ran = program.run("doctor", "--json")
        found = [row["what"] for row in ran.json["checks"] if row["state"] == "problem"]
        assert (ran.code, found) == (3, folders)


def test_a_file_of_unknown_encoding_is_named_with_the_fix(bundled: Program, tmp_path: Path) -> None:
    (tmp_path / "latin.txt").write_bytes("Un café.".encode("latin-1"))
    ran = bundled.run("ask", "Why?", str(tmp_path / "latin.txt"))
    assert ran.code == 3
    assert "latin.txt: encoding" in ran.errors
    assert "--encoding" in ran.errors
    assert bundled.run("ask", "--encoding", "latin-1", "Un café?", str(tmp_path / "latin.txt")).text


def test_stores_are_readable_by_their_owner_only(
    program: Program, article: Path, tmp_path: Path
) -> None:
    program.run("ask", "When?", str(article), "--store", str(tmp_path / "stores"))
    (store,) = (tmp_path / "stores").iterdir()
    assert store.stat().st_mode & 0o077 == 0


def test_no_escape_sequence_is_written_without_a_terminal(program: Program, tmp_path: Path) -> None:
    hostile = tmp_path / "notes" / "h\x1b]0;title\x07.txt"
    hostile.parent.mkdir()
    hostile.write_text("The bridge \x1b[31mwas\x1b[0m built \x9b2J in \u202e1932\u202c.", "utf-8")
    for arguments in (["ask", "When was the bridge built?"], ["index"]):
        ran = program.run(*arguments, str(hostile.parent))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", ran.text + ran.errors)
    value = program.run("ask", "--json", "When was it built?", str(hostile.parent)).json
    assert "\x1b[31m" in value["passages"][0]["text"]


def test_a_folder_without_readable_files_is_named(program: Program, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "picture.png").write_bytes(b"\x89PNG\0\0")
    ran = program.run("ask", "Why?", str(tmp_path / "folder"))
    assert ran.code == 3
    assert re.search("Cannot read .*picture.png: binary", ran.errors)
    (tmp_path / "folder" / "other.png").write_bytes(b"\x89PNG\0\0")
    ran = program.run("ask", "Why?", str(tmp_path / "folder"))
    assert f"Nothing to read in {tmp_path / 'folder'}: " in ran.errors
    assert "binary" in ran.errors


def test_the_readme_shows_every_command_and_exit_code() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for command in cli.commands:
        assert f"\n$ qa {command} " in readme or f"\n$ qa {command}\n" in readme
    for code in Exit:
        assert f"\n| {code} |" in readme
