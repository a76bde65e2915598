"""Each problem is named with its fix, nothing else is, and `--repair` repairs it."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import qa.doctor
import qa.reader.open
from index.errors import ModelError
from index.models.encoder import export_folder
from index.models.find import DEFAULT_MODEL, WEIGHTS, ModelFolder, find_model, hash_file
from index.models.manifest import FORMAT, MANIFEST, UNFINISHED_SECONDS, Manifest, write_export
from index.store import faiss_files
from index.store.files import DATABASE, VECTORS
from index.types import Hit, Span
from qa.answers.history import History
from qa.checks import Check, repair
from qa.doctor import examine, terminal
from qa.folders import models_folder
from qa.types import Answer, Reading
from tests.support.program import Program, Ran
from tests.support.responses import saved_response

ASK = "When was the bridge built?"


class KnownReader:
    """Answers with one word, wherever it stands."""

    passages_to_read = 1

    def __init__(self, word: str) -> None:
        self.word = word

    def read(self, question: str, hits: Sequence[Hit], context: object = None) -> Reading:
        start = hits[0].passage.text.index(self.word)
        span = Span(start, start + len(self.word))
        return Reading((Answer(hits[0].passage, span, 0.9),), 0.9, tuple(hits))


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelFolder:
    """A small file for the weights of the default model, and a reader that needs none."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / WEIGHTS).write_bytes(b"weights")
    found = ModelFolder(DEFAULT_MODEL, folder, "0" * 64, sha256(b"weights").hexdigest())
    monkeypatch.setattr(qa.doctor, "find_model", lambda name, notify: found)
    monkeypatch.setattr(qa.doctor, "open_reader", lambda *_, **__: KnownReader("1932"))
    return found


_hashes: dict[tuple[Path, int, int], str] = {}


def hashed(file: Path) -> str:
    """Hash a file, but once while it stays as it is: the bundled reader is large."""
    if not file.exists():
        return hash_file(file)
    stat = file.stat()
    key = (file, stat.st_size, stat.st_mtime_ns)
    if key not in _hashes:
        _hashes[key] = hash_file(file)
    return _hashes[key]


@pytest.fixture
def program(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    model: ModelFolder,
) -> Program:
    monkeypatch.setattr(qa.reader.open, "hash_file", hashed)
    return Program(tmp_path / "home", monkeypatch, capfdbinary)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was built in 1932.\nIt is long.\n")
    (folder / "fish.txt").write_text("Herrings swim in the sea.\n")
    return folder


def cache_of(program: Program) -> Path:
    return program.home / "cache" / "article-qa"


def store_of(program: Program) -> Path:
    (store,) = (cache_of(program) / "stores").iterdir()
    return store


def checks(program: Program, *options: str) -> list[Any]:
    """The results of `qa doctor --json`; the exit code agrees with them."""
    ran = program.run("doctor", "--json", *options)
    found: list[Any] = ran.json["checks"]
    ok = all(row["state"] != "problem" for row in found)
    assert (ran.json["schema"], ran.json["ok"]) == (2, ok)
    assert ran.code == (0 if ok else 3)
    assert all(set(row) == {"what", "state", "message", "fix"} for row in found)
    return found


def states(found: Sequence[Any], what: str) -> list[str]:
    return [row["state"] for row in found if row["what"] == what]


def files_below(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def asked(program: Program, folder: Path) -> Any:
    ran = program.run("ask", "--json", ASK, str(folder))
    assert ran.code == 0
    return {**ran.json, "timings_ms": None}


# No problems


def test_an_unused_machine_has_no_problems(program: Program) -> None:
    found = checks(program)
    assert {row["what"]: row["state"] for row in found} == {
        "model": "ok",
        "export": "note",  # the first question exports it
        "reader": "ok",
        "cache": "ok",
        "stores": "ok",
        "state": "ok",
        "data": "ok",
        "terminal": "note",
    }
    assert not program.home.exists()  # checking creates nothing


def test_a_machine_in_use_has_no_problems_and_checking_changes_nothing(
    program: Program, notes: Path
) -> None:
    asked(program, notes)
    History(program.home / "state/article-qa/conversations").add(
        "20260101-000000-aa", [], saved_response("Who?")
    )
    before = files_below(program.home)
    found = checks(program)
    assert states(found, "store") == states(found, "conversations") == ["ok"]
    assert files_below(program.home) == before
    assert program.run("doctor", "--repair").code == 0
    assert files_below(program.home) == before


def test_the_bundled_model_and_reader_are_ok(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    program = Program(tmp_path, monkeypatch, capfdbinary)
    ran = program.run("doctor")
    assert ran.code == 0
    assert "the weights match the published checksum" in ran.text
    assert "it answers “1932”" in ran.text


def test_the_table_shows_each_result_and_its_fix(program: Program) -> None:
    lines = program.run("doctor").text.splitlines()
    number = next(n for n, line in enumerate(lines) if line.startswith("note    export"))
    assert lines[number + 1].strip().startswith("→ The first question exports it")


# Models


def test_damaged_or_missing_weights_are_a_problem(program: Program, model: ModelFolder) -> None:
    (model.path / WEIGHTS).write_bytes(b"Weights")
    assert states(checks(program), "model") == ["problem"]
    (model.path / WEIGHTS).unlink()
    assert states(checks(program), "model") == ["problem"]


def test_a_missing_model_is_a_problem(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str, notify: object) -> ModelFolder:
        raise ModelError("It is not installed.", "Install it.")

    monkeypatch.setattr(qa.doctor, "find_model", missing)
    found = checks(program)
    assert [row for row in found if row["state"] == "problem"] == [
        {
            "what": "model",
            "state": "problem",
            "message": "It is not installed.",
            "fix": "Install it.",
        }
    ]


def test_a_reader_that_answers_wrongly_or_not_at_all_is_a_problem(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.doctor, "open_reader", lambda *_, **__: KnownReader("bridge"))
    (row,) = [row for row in checks(program) if row["what"] == "reader"]
    assert (row["state"], "bridge" in row["message"]) == ("problem", True)

    def broken(*_: object, **__: object) -> None:
        raise ModelError("It cannot be read.", "Reinstall it.")

    monkeypatch.setattr(qa.doctor, "open_reader", broken)
    assert states(checks(program), "reader") == ["problem"]


@pytest.mark.parametrize("name", ["model.onnx", "calibration.json", "tokenizer.json"])
def test_a_flipped_bit_or_missing_file_of_the_reader_is_a_problem(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    copied = tmp_path / "reader"
    shutil.copytree(qa.reader.open.MODEL, copied)
    monkeypatch.setattr(qa.reader.open, "MODEL", copied)
    assert states(checks(program), "reader") == ["ok"]
    with (copied / name).open("r+b") as file:
        file.seek(100)
        (byte,) = file.read(1)
        file.seek(100)
        file.write(bytes([byte ^ 1]))
    (row,) = [row for row in checks(program) if row["what"] == "reader"]
    assert (row["state"], name in row["message"]) == ("problem", True)
    (copied / name).unlink()
    (row,) = [row for row in checks(program) if row["what"] == "reader"]
    assert (row["state"], "Reinstall" in row["fix"]) == ("problem", True)


EXPORTED = {"model.onnx": b"graph" * 50, "model.onnx.weights": b"\1" * 500, "tokenizer.json": b"{}"}


def export_of(cache: Path, name: str, **fields: Any) -> Path:
    """An export that is checked but never run."""

    def written(folder: Path) -> Manifest:
        for file, content in EXPORTED.items():
            (folder / file).write_bytes(content)
        return Manifest(
            FORMAT, name, "f" * 64, 64, 256, "", "",
            {file: len(content) for file, content in EXPORTED.items()},
            {file: sha256(content).hexdigest() for file, content in EXPORTED.items()},
            **fields,
        )  # fmt: skip

    folder = cache / "models" / name
    write_export(folder, written)
    return folder


@pytest.mark.parametrize("file", EXPORTED)
@pytest.mark.parametrize("at", [0, -1])
def test_a_flipped_byte_of_an_export_is_found_and_repaired(
    program: Program, file: str, at: int
) -> None:
    intact, other = (export_of(cache_of(program), name) for name in ("intact", "other"))
    assert states(checks(program), "export") == ["note", "ok", "ok"]
    content = bytearray((other / file).read_bytes())
    content[at] ^= 1
    (other / file).write_bytes(content)
    (row,) = [row for row in checks(program) if row["state"] == "problem"]
    assert (row["what"], str(other) in row["message"], file in row["message"]) == (
        "export",
        True,
        True,
    )
    ran = program.run("doctor", "--repair", "--json")
    assert (ran.code, ran.err.decode()) == (0, f"Removed {other}.\n")
    assert (intact.exists(), other.exists()) == (True, False)


@pytest.mark.parametrize("damage", ["cut short", "missing", "not a manifest", "unfinished"])
def test_an_incomplete_export_is_named_and_removed(program: Program, damage: str) -> None:
    folder = export_of(cache_of(program), "other")
    if damage == "cut short":
        os.truncate(folder / "model.onnx", 10)
    elif damage == "missing":
        (folder / "model.onnx.weights").unlink()
    elif damage == "not a manifest":
        (folder / MANIFEST).write_text("[")
    else:
        folder = folder.rename(folder.with_name(".unfinished-x"))
        assert not [
            row for row in checks(program) if str(folder) in row["message"]
        ]  # still being made
        long_ago = time.time() - UNFINISHED_SECONDS - 60
        os.utime(folder, (long_ago, long_ago))
    (row,) = [row for row in checks(program) if str(folder) in row["message"]]
    assert (row["what"], row["state"], "--repair" in row["fix"]) == ("export", "note", True)
    assert program.run("doctor", "--repair").code == 0
    assert not folder.exists()


def test_an_export_whose_manifest_lists_a_missing_file_is_repaired(program: Program) -> None:
    folder = export_of(cache_of(program), "other")
    manifest = (folder / MANIFEST).read_text()
    listed = manifest.rindex("tokenizer.json")
    (folder / MANIFEST).write_text(manifest[:listed] + "T" + manifest[listed + 1 :])
    assert any(f"{folder} is incomplete" in one["message"] for one in checks(program))
    assert program.run("doctor", "--repair").code == 0
    assert not folder.exists()


def test_a_model_that_could_not_be_exported_is_a_note(program: Program) -> None:
    export_of(cache_of(program), "other", not_exported="no tokenizer")
    assert states(checks(program), "export") == ["note", "note"]


def test_an_export_that_cannot_run_is_a_problem_and_checking_does_not_replace_it(
    program: Program, model: ModelFolder
) -> None:
    place = export_folder(model, models_folder(cache_of(program)))
    export_of(cache_of(program), DEFAULT_MODEL).rename(place)
    before = files_below(place)
    assert "problem" in states(checks(program), "export")
    assert files_below(place) == before
    assert program.run("doctor", "--repair").code == 0
    assert not place.exists()


@pytest.mark.slow
def test_every_file_of_the_real_export_is_checked(exported: Path, tmp_path: Path) -> None:
    name = export_folder(find_model(DEFAULT_MODEL, notify=str), exported).name
    folder = tmp_path / "models" / name
    shutil.copytree(exported / "models" / name, folder)

    def exports() -> list[Check]:
        folders = {name: tmp_path / name for name in ("stores", "state", "data")}
        found = examine(cache=tmp_path, **folders)
        return [one for one in found if one.what == "export"]

    assert [one.state for one in exports()] == ["ok"]
    manifest = Manifest.read(folder)
    assert manifest
    assert set(manifest.files) == {file.name for file in folder.iterdir()} - {MANIFEST}
    for file in manifest.files:
        with (folder / file).open("rb+") as opened:
            opened.seek(-1, os.SEEK_END)
            last = opened.read(1)
            opened.seek(-1, os.SEEK_END)
            opened.write(bytes([last[0] ^ 0xFF]))
        assert any(one.state == "problem" and file in one.message for one in exports())
        assert hash_file(folder / file) != manifest.sha256[file]  # not exported again
        with (folder / file).open("rb+") as opened:
            opened.seek(-1, os.SEEK_END)
            opened.write(last)
    assert [one.state for one in exports()] == ["ok"]


def test_a_file_that_cannot_be_removed_is_reported(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = export_of(cache_of(program), "other")
    (folder / "tokenizer.json").write_text("[]")

    def refuse(path: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    ran = program.run("doctor", "--repair")
    assert (ran.code, b"Cannot remove" in ran.err) == (3, True)
    assert b"Traceback" not in ran.err


def test_foreign_files_beside_an_export_are_kept(program: Program) -> None:
    folder = export_of(cache_of(program), "other")
    (folder / "model.onnx").write_bytes(b"x")
    (below := folder / "model").mkdir()
    kept = [folder / "thesis.txt", below / MANIFEST]
    for file in kept:
        file.write_text("not part of the export")
    ran = program.run("doctor", "--repair")
    assert ran.err.decode() == f"Removed the export in {folder}.\n"
    assert sorted(files_below(folder)) == sorted(kept)


def test_an_export_that_was_rebuilt_meanwhile_is_not_removed(program: Program) -> None:
    folder = export_of(cache_of(program), "other")
    (folder / "model.onnx").write_bytes(b"x")
    cache = cache_of(program)
    found = list(
        examine(cache=cache, stores=cache / "stores", state=program.home, data=program.home)
    )
    shutil.rmtree(folder)
    export_of(cache, "other")
    before = files_below(folder)
    assert list(repair(found)) == []
    assert files_below(folder) == before


# Stores


class Damage(NamedTuple):
    do: Callable[[Path], object]
    state: str


def alter(sql: str) -> Callable[[Path], None]:
    def altered(store: Path) -> None:
        database = sqlite3.connect(store / DATABASE)
        with database:
            assert database.execute(sql).rowcount != 0
        database.close()

    return altered


def overwrite(store: Path) -> None:
    content = bytearray((store / DATABASE).read_bytes())
    for place in range(4096, len(content), 4096):
        content[place : place + 64] = b"\xaa" * 64
    (store / DATABASE).write_bytes(content)


def leave_behind(store: Path) -> None:
    file = store / f".{VECTORS}-abc"
    file.touch()
    long_ago = time.time() - faiss_files.UNFINISHED_SECONDS - 60
    os.utime(file, (long_ago, long_ago))


DAMAGES = {
    "text": Damage(alter("UPDATE articles SET text = replace(text, '1932', '1933')"), "problem"),
    "title": Damage(alter("UPDATE articles SET title = 'x'"), "problem"),
    "path": Damage(alter("UPDATE articles SET path = '/x'"), "problem"),
    "hash": Damage(alter("UPDATE articles SET sha256 = 'x'"), "problem"),
    "passage": Damage(alter('UPDATE passages SET "end" = "end" - 1'), "problem"),
    "vector": Damage(alter("UPDATE passages SET vector = zeroblob(length(vector))"), "problem"),
    "passage lost": Damage(alter("DELETE FROM passages WHERE id = 1"), "problem"),
    "article lost": Damage(alter("DELETE FROM articles WHERE id = 1"), "problem"),
    "file": Damage(alter("UPDATE files SET size = size + 1"), "problem"),
    "words": Damage(alter("UPDATE words_docsize SET sz = x'7f'"), "problem"),
    "generation": Damage(alter("UPDATE meta SET value = 'x' WHERE key = 'generation'"), "problem"),
    "table": Damage(alter("DROP TABLE files"), "problem"),
    "pages": Damage(overwrite, "problem"),
    "no database": Damage(lambda store: (store / DATABASE).write_text("text " * 2000), "problem"),
    "FAISS file lost": Damage(lambda store: (store / VECTORS).unlink(), "note"),
    "FAISS file cut": Damage(lambda store: os.truncate(store / VECTORS, 100), "note"),
    "FAISS file a folder": Damage(
        lambda store: ((store / VECTORS).unlink(), (store / VECTORS).mkdir()), "note"
    ),
    "unfinished": Damage(leave_behind, "note"),
    "set aside": Damage(lambda store: (store / f"{DATABASE}.damaged-1").write_text("x"), "note"),
    "renamed": Damage(lambda store: store.rename(store.with_name("other")), "note"),
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_each_problem_of_a_store_is_named_and_repaired_and_answers_stay_the_same(
    program: Program, notes: Path, kind: str
) -> None:
    expected = asked(program, notes)
    DAMAGES[kind].do(store_of(program))
    found = [row for row in checks(program) if row["what"] == "store" and row["state"] != "ok"]
    assert {row["state"] for row in found} == {DAMAGES[kind].state}
    assert all(row["fix"] for row in found)
    ran = program.run("doctor", "--repair", "--json")
    assert (ran.code, ran.json["ok"]) == (0, True)
    assert asked(program, notes) == expected
    again = checks(program)
    assert set(states(again, "store")) == {"ok"}
    assert program.run("doctor", "--repair").err == b""  # nothing left to repair


@pytest.mark.parametrize("content", ["a database", "a database with a meta", "a text"])
def test_a_database_of_another_program_is_named_and_never_removed(
    program: Program, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "work" / "magazine" / DATABASE
    file.parent.mkdir(parents=True)
    if content == "a text":
        file.write_text("Articles to write.\n" * 500)
    else:
        database = sqlite3.connect(file)
        database.execute("CREATE TABLE articles (id, text)")
        if content == "a database with a meta":
            database.execute("CREATE TABLE meta (key, value)")
        database.close()
    before = files_below(tmp_path / "work")
    (row,) = [row for row in checks(program, "--store", str(tmp_path / "work"), "--repair")
              if row["what"] == "store"]  # fmt: skip
    assert (row["state"], "not a store of this program" in row["message"]) == ("note", True)
    assert (
        "not a store of this program"
        in program.run("status", "--store", str(tmp_path / "work")).text
    )
    assert program.run("status", "--clear", "--store", str(tmp_path / "work")).code == 0
    assert files_below(tmp_path / "work") == before


def test_only_the_damaged_store_is_removed(program: Program, notes: Path) -> None:
    asked(program, notes)
    store = store_of(program)
    program.run("ask", "Herrings?", str(notes / "fish.txt"))
    (other,) = set((cache_of(program) / "stores").iterdir()) - {store}
    before = files_below(other)
    DAMAGES["text"].do(store)
    (mine := store / "mine.txt").write_text("not part of the store")
    assert program.run("doctor", "--repair").code == 0
    assert files_below(other).items() >= before.items()
    assert mine.read_text() == "not part of the store"


def test_stores_in_another_folder_are_checked_there(
    program: Program, notes: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    program.run("index", "--store", str(elsewhere), str(notes))
    DAMAGES["text"].do(next(elsewhere.iterdir()))
    assert states(checks(program), "store") == []
    assert "problem" in states(checks(program, "--store", str(elsewhere)), "store")


# Folders


def test_a_folder_below_a_file_is_a_problem(program: Program, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = checks(program, "--store", str(tmp_path / "file" / "stores"))
    (row,) = [row for row in found if row["state"] == "problem"]
    assert (row["what"], "is not writable" in row["message"]) == ("stores", True)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("mode", [0o500, 0o600, 0])
def test_a_folder_without_write_permission_is_a_problem(program: Program, mode: int) -> None:
    program.home.mkdir()
    program.home.chmod(mode)
    found = checks(program)
    program.home.chmod(0o700)
    for what in ("cache", "stores", "state"):
        assert states(found, what) == ["problem"]


def test_a_folder_that_refuses_new_files_is_a_problem(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    found = checks(program)
    for what in ("cache", "stores", "state"):
        assert states(found, what) == ["problem"]


@pytest.mark.parametrize(("free", "state"), [(0, "problem"), (10**8, "problem"), (10**9, "ok")])
def test_a_full_disk_is_a_problem(
    program: Program, monkeypatch: pytest.MonkeyPatch, free: int, state: str
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(free))
    found = checks(program)
    for what in ("cache", "stores", "state"):
        assert states(found, what) == [state]


# Conversations


@pytest.mark.parametrize(
    ("content", "noted"),
    [
        (b'{"format": 1, "began"', True),
        (b"\0" * 100, True),
        (b'{"format": 1, "began": "x", "paths": []}\n{"schema": 1, "quest', True),
        (b"", False),
    ],
)
def test_an_unreadable_conversation_is_named(program: Program, content: bytes, noted: bool) -> None:
    folder = program.home / "state" / "article-qa" / "conversations"
    History(folder).add("20260101-000000-aa", [], saved_response("Who?"))
    torn = folder / "20260102-000000-aa.jsonl"
    torn.write_bytes(content)
    found = [row for row in checks(program) if row["what"] == "conversations"]
    assert [row["state"] for row in found] == (["note"] if noted else []) + ["ok"]
    assert not noted or str(torn) in found[0]["message"]
    assert found[-1]["message"] == "1 saved conversation"
    assert torn.read_bytes() == content


def test_a_conversation_without_its_last_line_is_ok(program: Program) -> None:
    folder = program.home / "state" / "article-qa" / "conversations"
    for question in ("Who?", "When?"):
        History(folder).add("20260101-000000-aa", [], saved_response(question))
    file = folder / "20260101-000000-aa.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    assert states(checks(program), "conversations") == ["ok"]


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_broken_link_is_not_a_conversation(program: Program) -> None:
    folder = program.home / "state" / "article-qa" / "conversations"
    folder.mkdir(parents=True)
    (folder / "20260101-000000-aa.jsonl").symlink_to("nowhere")
    assert states(checks(program), "conversations") == ["note"]


# Terminals


class Screen(io.TextIOWrapper):
    """A terminal of some encoding."""

    def __init__(self, encoding: str, tty: bool) -> None:
        super().__init__(io.BytesIO(), encoding)
        self._tty = tty

    def isatty(self) -> bool:
        return self._tty


@pytest.mark.parametrize(
    ("encoding", "tty", "size", "environment", "expected"),
    [
        ("utf-8", False, (80, 24), {"TERM": "xterm"}, [("note", "not a terminal")]),
        ("utf-8", True, (80, 24), {"TERM": "xterm"}, [("ok", "xterm colours")]),
        ("utf-8", True, (60, 20), {"TERM": "xterm"}, [("ok", "60 × 20")]),
        ("utf-8", True, (80, 24), {"TERM": "x", "COLORTERM": "truecolor"}, [("ok", "24-bit")]),
        ("utf-8", True, (80, 24), {"TERM": "xterm", "NO_COLOR": "1"}, [("ok", "NO_COLOR")]),
        ("utf-8", True, (80, 24), {"TERM": "xterm", "NO_COLOR": ""}, [("ok", "xterm")]),
        ("utf-8", True, (80, 24), {"TERM": "dumb"}, [("note", "TERM is dumb")]),
        ("utf-8", True, (80, 24), {}, [("note", "TERM is not set")]),
        ("utf-8", True, (59, 50), {"TERM": "x"}, [("note", "needs 60 × 20"), ("ok", "59")]),
        ("utf-8", True, (200, 19), {"TERM": "x"}, [("note", "needs 60 × 20"), ("ok", "19")]),
        ("ascii", True, (80, 24), {"TERM": "x"}, [("note", "encoding is ascii"), ("ok", "x")]),
        ("UTF8", True, (80, 24), {"TERM": "x"}, [("ok", "x")]),
        (
            "latin-1", True, (9, 9), {"TERM": "dumb"},
            [("note", "needs"), ("note", "encoding"), ("note", "dumb")],
        ),
    ],
)  # fmt: skip
def test_the_abilities_of_a_terminal_are_shown(
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
    tty: bool,
    size: tuple[int, int],
    environment: Mapping[str, str],
    expected: list[tuple[str, str]],
) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size(size))
    found = list(terminal(Screen(encoding, tty), environment))
    assert [one.state for one in found] == [state for state, _ in expected]
    assert all(words in one.message for one, (_, words) in zip(found, expected, strict=True))


# What is shown


def test_hostile_names_are_shown_with_visible_marks(
    program: Program, notes: Path, tmp_path: Path
) -> None:
    name = "s\x1b]0;x\x07\u202e\x9b2J"
    stores = tmp_path / name
    program.run("index", "--store", str(stores), str(notes))
    DAMAGES["text"].do(next(stores.iterdir()))
    conversations = program.home / "state" / "article-qa" / "conversations"
    conversations.mkdir(parents=True)
    (conversations / f"{name}.jsonl").write_text("torn")
    for options in ([], ["--json"], ["--repair"]):
        ran: Ran = program.run("doctor", "--store", str(stores), *options)
        for sent in (ran.out.decode(), ran.err.decode()):
            assert not {c for c in sent if c in "\x1b\x07\u202e\x9b"}
        assert "s␛]0;x␇⟨202E⟩⟨009B⟩2J" in ran.text or json.loads(ran.text)


def test_each_check_is_repaired_with_its_own_repair() -> None:
    done: list[str] = []

    def repairing(what: str) -> Callable[[], list[str]]:
        return lambda: done.append(what) or [f"Did {what}."]  # type: ignore[func-returns-value]

    found = [
        Check("a", "problem", "", repair=repairing("a")),
        Check("b", "ok", ""),
        Check("c", "note", "", repair=repairing("c")),
    ]
    assert list(repair(found)) == ["Did a.", "Did c."]
    assert done == ["a", "c"]


def test_a_failed_repair_is_reported_and_the_others_are_done() -> None:
    def refuse() -> list[str]:
        raise ModelError("Cannot remove it.", "Check its permissions.")

    found = [
        Check("a", "problem", "", repair=refuse),
        Check("b", "problem", "", repair=lambda: ["Did b."]),
    ]
    assert list(repair(found)) == ["Cannot remove it. Check its permissions.", "Did b."]
