"""`--store URL`: wherever a store can be named, it can be on a server; its password never shows."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.engines.address import SCHEMES, EngineAddress, InvalidAddress
from index.engines.open import ADAPTERS, Adapter
from index.errors import StoreDamaged
from index.store.protocol import Ranking
from index.types import Article
from qa.completing import article_ids
from qa.settings import InvalidSetting, Settings
from tests.support.corpora import corpus_of
from tests.support.memory_engine import MemoryEngine
from tests.support.memory_store import MemoryView
from tests.support.program import Program

if TYPE_CHECKING:
    from index.types import Vector

SECRET = "s3cret:/#?@%"
URL = "mysql://ada@example.org:2881/articles"
QUESTION = "When was the bridge built?"

words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
hosts = st.sampled_from(["localhost", "db.example.org", "10.0.0.7", "::1"])


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> MemoryEngine:
    """What answers at `URL`, and wants a password, which is set."""
    made = MemoryEngine(SECRET)
    monkeypatch.setitem(ADAPTERS, "mysql", Adapter("sys", "memory", made.connect))
    monkeypatch.setenv("QA_STORE_PASSWORD", SECRET)
    return made


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was built in 1932.\nIt is 503 metres long.\n")
    (folder / "mill.md").write_text("# Mill\n\nThe mill burnt down in 1951.\n")
    return folder


@given(st.sampled_from(sorted(SCHEMES)), hosts, st.integers(1, 65535), words, words, words)
def test_an_address_is_read_back_from_how_it_is_shown_all_but_the_password(
    scheme: str, host: str, port: int, database: str, user: str, password: str
) -> None:
    made = EngineAddress(scheme, host, port, database.replace("/", "_"), user, password)
    if made.database != made.database.strip("/"):
        return
    assert EngineAddress.parse(str(made)) == replace(made, password="")
    assert EngineAddress.parse(str(made)).with_password(password) == made
    hidden = replace(made, password="")
    assert (str(made), repr(made)) == (str(hidden), repr(hidden))


def test_an_address_says_what_is_not_usual() -> None:
    assert EngineAddress.parse("http://localhost") == EngineAddress("http", "localhost", 19530)
    assert EngineAddress.parse("https://db.example.org/two") == EngineAddress(
        "https", "db.example.org", 443, "two"
    )
    given_twice = EngineAddress.parse("mysql://root%40sys:p%2Fw@h:1/d")
    assert (given_twice.user, given_twice.password) == ("root@sys", "p/w")
    assert given_twice.with_password("other") == given_twice


@pytest.mark.parametrize(
    "text",
    [
        "redis://host/0",
        "mysql://host/database",
        "mysql://user@host",
        "mysql://user@/database",
        "mysql://user:s3cret@host:port/database",
        "mysql://user:s3c/ret@host:1/database",
        "mysql://user:s3c#ret@host:1/database",
        "mysql://user:s3c?ret@host:1/database",
        "mysql://user:s3cret@host:70000/database",
        "mysql://user:s3cret@host:1/database/table",
        "mysql://user:s3cret@[::1/database",
        "http://",
        "http://host:0",
        "http://user:s3cret@ho st",
        "http://user:s3cret@host\x1b[31m",
    ],
)
def test_a_wrong_address_is_wrong_usage_and_its_password_does_not_show(
    program: Program, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    with pytest.raises(InvalidAddress) as refused:
        EngineAddress.parse(text)
    with pytest.raises(InvalidSetting, match="store"):
        Settings(store=text)
    for command in (["ask", "Who?"], ["index"], ["status"], ["doctor"]):
        ran = program.run(*command, "--store", text)
        assert (ran.code, ran.out) == (2, b"")
        assert str(refused.value) in ran.errors
        assert "ret" not in ran.errors.replace("Secret", "").replace("[31m", "")
    monkeypatch.setenv("QA_STORE", text)
    assert "QA_STORE" in program.run("ask", "Who?").errors


def test_every_command_uses_the_server_and_nothing_is_stored_here(
    program: Program, engine: MemoryEngine, notes: Path
) -> None:
    to = ("--store", URL)
    indexed = program.run("index", *to, str(notes))
    assert indexed.code == 0
    assert f"stored at {URL}\n" in indexed.text
    local = program.run("ask", QUESTION, str(notes)).text
    assert "1932" in local
    assert program.run("ask", *to, QUESTION, str(notes)).text == local
    status = program.run("status", *to)
    assert (
        f"Stores on {URL}\n  {notes}\n      2 articles, 2 passages, size not known" in status.text
    )
    assert "Memory 1.0" in status.text
    assert program.run("status", *to, "--json").json["stores_folder"] == URL
    checked = program.run("doctor", *to)
    assert f"ok      server        {URL}: Memory 1.0\n" in checked.text
    assert f"ok      store         {notes}: 2 articles, 2 passages: all match" in checked.text
    assert "2 questions asked by index and by comparing all vectors: the same" in checked.text
    assert {address.password for address in engine.asked} == {SECRET}
    for ran in (indexed, status, checked):
        assert SECRET not in ran.text + ran.errors


def test_versions_that_split_otherwise_do_not_empty_each_others_store_on_a_server(
    engine: MemoryEngine, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder, which one installation uses, the store is replaced instead."""
    names = {}
    for splitting in ("old", "new"):
        monkeypatch.setattr("qa.identity.SPLITTING", splitting)
        with corpus_of(notes, stores=URL) as corpus:
            corpus.sync()
        with corpus_of(notes, stores=tmp_path / "stores") as corpus:
            names[splitting] = corpus.folder
    assert len(engine.kept) == 2
    assert names["old"] == names["new"]


def test_the_server_may_be_named_by_the_environment_the_configuration_and_python(
    program: Program, engine: MemoryEngine, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configuration = program.home / "config" / "article-qa" / "config.toml"
    configuration.parent.mkdir(parents=True)
    configuration.write_text(f'store = "{URL}"\n')
    assert program.run("index", str(notes)).code == 0
    monkeypatch.setenv("QA_STORE", URL)
    configuration.unlink()
    assert program.run("index", str(notes)).code == 0
    ((store, about),) = engine.kept.values()
    assert sorted(store.files()) == ["bridge.txt", "mill.md"]
    assert about["paths"] == f'["{notes}"]'
    with corpus_of(notes, stores=URL) as corpus:
        assert corpus.ask(QUESTION).outcome == "answered"
    assert len(engine.kept) == 1
    assert not list(program.home.glob("cache/article-qa/stores/*"))


def test_piped_input_is_not_sent_to_the_server(program: Program, engine: MemoryEngine) -> None:
    ran = program.run("ask", "--store", URL, QUESTION, "-", stdin="The bridge was built in 1932.")
    assert "1932" in ran.text
    assert not engine.asked


def test_only_the_stores_of_paths_are_deleted_from_a_server(
    program: Program, engine: MemoryEngine, notes: Path
) -> None:
    to = ("--store", URL)
    for path in (notes, notes / "mill.md"):
        program.run("index", *to, str(path))
    for more in ([], ["--gone"]):
        refused = program.run("status", *to, "--clear", *more)
        assert (refused.code, len(engine.kept)) == (2, 2)
    gone = program.run("status", *to, "--clear", str(notes / "mill.md"))
    assert gone.text == f"Deleted the store of {notes / 'mill.md'}\n"
    assert [about["paths"] for _, about in engine.kept.values()] == [f'["{notes}"]']
    missing = program.run("status", *to, "--clear", str(notes / "mill.md"))
    assert (missing.code, missing.text) == (3, "")


def test_a_server_that_refuses_is_a_problem_with_the_store(
    program: Program, engine: MemoryEngine, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_STORE_PASSWORD", "wr0ng")
    for command in (["ask", "Who?", str(notes)], ["index", str(notes)], ["status"], ["doctor"]):
        ran = program.run(*command, "--store", URL)
        assert ran.code == 3
        assert f"{URL} refuses the user or the password." in ran.errors + ran.text
        assert "wr0ng" not in ran.errors + ran.text
    ran = program.run("ask", "Who?", "--store", URL.replace("@", ":als0wr0ng@"), str(notes))
    assert (ran.code, "als0wr0ng" in ran.errors) == (3, False)


def test_a_missing_library_says_what_to_install(
    program: Program, monkeypatch: pytest.MonkeyPatch, notes: Path
) -> None:
    monkeypatch.setitem(
        ADAPTERS, "http", Adapter("no_such_library", "some", MemoryEngine().connect)
    )
    ran = program.run("ask", "--store", "http://localhost", "Who?", str(notes))
    assert ran.code == 2
    assert "pip install 'article-qa[some]'" in ran.errors


def test_ids_are_completed_from_the_server(
    program: Program, engine: MemoryEngine, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.run("index", "--store", URL, str(notes))
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"mysql://ada@127.0.0.1:{listening.getsockname()[1]}/articles"

    def completed(path: Path, beginning: str) -> list[str]:
        return article_ids(Settings(store=url).stores, [str(path)], beginning, 9)

    with listening:
        assert completed(notes, "b") == ["bridge.txt"]
        assert completed(notes.parent, "b") == completed(notes, "x") == []
        monkeypatch.setenv("QA_STORE_PASSWORD", "wrong")
        assert completed(notes, "b") == []
    monkeypatch.setenv("QA_STORE_PASSWORD", SECRET)
    engine.asked.clear()
    assert completed(notes, "b") == []
    assert engine.asked == [], "whatever a library does to reach a server takes longer"


class _Blind(MemoryView):
    """A view whose index misses one of what is nearest."""

    def nearest(self, query: Vector, k: int, articles: Sequence[str] | None = None) -> Ranking:
        return super().nearest(query, k, articles)[1:]


class _Damaged(MemoryView):
    """A view in which a checksum is wrong."""

    def article(self, id: str) -> Article:
        raise StoreDamaged(f"The text of {id} is damaged.")


class _Short(MemoryView):
    """A view with fewer passages than were counted."""

    def passages_of(self, articles: Sequence[str]) -> list[int]:
        return super().passages_of(articles)[1:]


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (_Blind, "the index misses 2 of 4 passages"),
        (_Damaged, "The text of bridge.txt is damaged."),
        (_Short, "it has 2 articles, 1 passage, but 2 articles, 2 passages are noted"),
    ],
)
def test_doctor_says_what_is_wrong_on_the_server(
    program: Program,
    engine: MemoryEngine,
    notes: Path,
    monkeypatch: pytest.MonkeyPatch,
    view: type[MemoryView],
    says: str,
) -> None:
    program.run("index", "--store", URL, str(notes))
    monkeypatch.setattr("tests.support.memory_store.MemoryView", view)
    ran = program.run("doctor", "--store", URL)
    assert ran.code == 3
    assert f"problem store         {notes}: " in ran.text
    assert says in ran.text


def test_an_address_in_settings_is_shown_without_its_password() -> None:
    settings = Settings(store=URL.replace("@", ":hidden@"))
    assert "hidden" not in repr(settings)
    assert isinstance(settings.stores, EngineAddress)
    assert settings.stores.password == "hidden"
    assert str(settings.stores) == URL
