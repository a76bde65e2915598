"""The program with `--store URL` and real servers: milvus-lite and seekdb."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from index.engines.address import EngineAddress
from tests.support.milvus_server import milvus
from tests.support.program import Program
from tests.support.seekdb_server import needs_seekdb, seekdb_server

pytestmark = pytest.mark.slow

SECRET = "s3cret"
QUESTION = "When was the bridge built?"
Server = Callable[[], EngineAddress]


def seekdb() -> EngineAddress:
    return seekdb_server().address


@pytest.mark.parametrize(("server", "version"), [(milvus, "milvus_lite"),
                         pytest.param(seekdb, "seekdb", marks=needs_seekdb)])  # fmt: skip
def test_the_program_uses_a_server(
    program: Program, tmp_path: Path, server: Server, version: str
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "bridge.txt").write_text("The bridge was built in 1932.\nIt is 503 metres long.\n")
    to = ("--store", str(server()))
    vectors = str(tmp_path / "notes.vectors")
    assert program.run("export", vectors, str(notes)).code == 0
    report = program.run("index", "--json", "--from", vectors, *to, str(notes)).json
    assert (report["passages"], report["taken"], report["encoded"]) == (1, 1, 0)
    local = program.run("ask", QUESTION, str(notes)).text
    assert "1932" in local
    assert program.run("ask", *to, QUESTION, str(notes)).text == local
    (notes / "bridge.txt").write_text("The bridge was built in 1934.\n")
    assert "1934" in program.run("ask", *to, QUESTION, str(notes)).text
    status = program.run("status", *to).text
    assert version in status.lower()
    assert f"  {notes}\n      1 article, 1 passage, " in status
    checked = program.run("doctor", *to).text
    assert f"{notes}: 1 article, 1 passage: all match their checksums" in checked
    assert "1 question asked by index and by comparing all vectors: the same 1 passage" in checked
    assert program.run("export", vectors, *to, str(notes)).text.startswith("1 vector in ")
    assert program.run("status", *to, "--clear", str(notes)).code == 0
    assert str(notes) not in program.run("status", *to).text


def elsewhere(there: EngineAddress) -> EngineAddress:
    return replace(there, port=1)


def unknown_database(there: EngineAddress) -> EngineAddress:
    return replace(there, database="nowhere")


def wrong_password(there: EngineAddress) -> EngineAddress:
    return replace(there, password=SECRET)


@pytest.mark.parametrize(
    ("server", "address", "says"),
    [
        (milvus, elsewhere, "Nothing answers at http://127.0.0.1:1"),
        (milvus, unknown_database, "The server has no database nowhere."),
        pytest.param(seekdb, elsewhere, "Nothing answers at mysql://", marks=needs_seekdb),
        pytest.param(
            seekdb, unknown_database, "The server has no database nowhere.", marks=needs_seekdb
        ),
        pytest.param(
            seekdb, wrong_password, "refuses the user or the password.", marks=needs_seekdb
        ),
    ],
)
def test_a_server_that_is_not_there_or_refuses_is_a_clear_error(
    program: Program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    server: Server,
    address: Callable[[EngineAddress], EngineAddress],
    says: str,
) -> None:
    to = address(server())
    monkeypatch.setenv("QA_STORE_PASSWORD", to.password)
    (tmp_path / "a.txt").write_text("The bridge was built in 1932.")
    for command in (["ask", QUESTION, str(tmp_path / "a.txt")], ["status"], ["doctor"]):
        ran = program.run(*command, "--store", str(to))
        assert ran.code == 3
        assert says in ran.errors + ran.text
        assert "Traceback" not in ran.errors
        assert SECRET not in ran.errors + ran.text
