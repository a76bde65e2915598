"""Faults: kills, failing disks, processes in each other's way, clocks and files that change.

None loses an indexed article, yields a wrong citation, or ends in anything but words.
`QA_FAULTS=5000` injects more faults into operations on the store; see tests/support/faults.
"""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import index.preparing
import index.store.database
from index.errors import StoreError
from index.store.errors import not_writable
from index.store.files import DATABASE, set_aside
from index.store.local import LocalStore
from qa.corpus import Corpus
from qa.types import Response
from tests.support.corpora import corpus_of
from tests.support.faults.checks import asked_again, problems
from tests.support.faults.matrix import KINDS, MOMENT, Matrix, summary
from tests.support.faults.server import Ran, Strike

FAULTS = int(os.environ.get("QA_FAULTS", "800"))
ROUNDS = 4
BUSY_ROUNDS = 40
SECONDS_OF_CHANGES = 2.0

needs_shim = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None,
    reason="faults are injected on Linux, with a library that a C compiler makes",
)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matrix]:
    with Matrix(tmp_path_factory.mktemp("faults")) as matrix:
        yield matrix


@pytest.mark.slow
@needs_shim
def test_no_fault_in_any_operation_loses_an_article_or_spoils_a_citation(
    matrix: Matrix, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = matrix.inject(matrix.faults(FAULTS))
    with capsys.disabled():
        print(f"\n{summary(outcomes)}")
    bad = [str(outcome) for outcome in outcomes if outcome.problems.all()]
    assert not bad, "\n".join(["python -m tests.support.faults repeats them:", *bad[:10]])
    assert len(outcomes) == FAULTS
    assert {outcome.fault.kind for outcome in outcomes} == {*KINDS, MOMENT}
    assert {outcome.fault.scenario for outcome in outcomes} == set(matrix.undisturbed)
    assert {outcome.code for outcome in outcomes} >= {-9, 3}


def at_once(matrix: Matrix, stores: Path, name: str, strike: Strike | None = None) -> list[Ran]:
    """Index and ask the same store in two processes; the first one may meet a fault."""
    whole = matrix.undisturbed[name]
    indexing, asking = matrix.servers
    whole.scenario.begin(stores)
    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(indexing.run, whole.scenario.arguments(stores, "index"), strike=strike),
            pool.submit(asking.run, whole.scenario.arguments(stores, "ask")),
        ]
        return [run.result() for run in both]


@pytest.mark.slow
@needs_shim
@pytest.mark.parametrize("name", ["first", "changes", "rebuild", "large", "damaged"])
@pytest.mark.parametrize("killed", [False, True])
def test_two_processes_on_one_store_end_well_even_when_one_is_killed(
    matrix: Matrix, tmp_path: Path, name: str, killed: bool
) -> None:
    whole = matrix.undisturbed[name]
    chance = random.Random(6)
    for _ in range(ROUNDS):
        seconds = chance.random() * whole.seconds if killed else -1.0
        indexed, asked = at_once(matrix, tmp_path, name, Strike(after_seconds=seconds))
        again = asked_again(whole.scenario, tmp_path, matrix.servers[0])
        assert indexed.code in ((0, -9) if killed else (0,)), indexed.errors
        assert asked.code in (0, 1), asked.errors
        given = asked.outputs[0]
        found = problems(whole, asked, again, tmp_path, struck=False, killed=False)
        assert not found.all(), (given, asked.errors)
        if not killed and name != "damaged":
            assert indexed.encoded + asked.encoded == whole.encoded


@contextmanager
def busy_machine() -> Iterator[None]:
    """Keep every core busy with something else."""
    loops = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"])
        for _ in range(os.cpu_count() or 1)
    ]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


@pytest.mark.slow
@needs_shim
def test_two_processes_repair_a_damaged_store_on_a_busy_machine(
    matrix: Matrix, tmp_path: Path
) -> None:
    chance = random.Random(9)
    seconds = matrix.undisturbed["damaged"].seconds
    with busy_machine():
        for number in range(BUSY_ROUNDS):
            strike = Strike(after_seconds=chance.random() * seconds if number % 2 else -1.0)
            indexed, asked = at_once(matrix, tmp_path, "damaged", strike)
            assert indexed.code in (0, -9 if number % 2 else 0), indexed.errors
            assert asked.code in (0, 1), asked.errors


def denied(folder: Path, *, denied: bool) -> None:
    """Take the right to change a folder and all below it, or give it back."""
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o500 if denied else 0o700)
        else:
            path.chmod(0o400 if denied else 0o600)


@pytest.mark.slow
@needs_shim
@pytest.mark.parametrize("name", ["first", "changes", "ask", "rebuild", "damaged"])
def test_a_store_that_may_only_be_read_is_told_of_and_stays_as_it_is(
    matrix: Matrix, tmp_path: Path, name: str
) -> None:
    whole = matrix.undisturbed[name]
    server = matrix.servers[0]
    whole.scenario.begin(tmp_path)
    denied(tmp_path, denied=True)
    try:
        ran = server.run(whole.scenario.arguments(tmp_path))
    finally:
        denied(tmp_path, denied=False)
    again = asked_again(whole.scenario, tmp_path, server)
    assert ran.code == 3
    assert "--store" in ran.errors
    found = problems(whole, ran, again, tmp_path, struck=False, killed=False)
    assert [problem for problem in found.all() if "ended with 3" not in problem] == []


@pytest.mark.slow
@needs_shim
def test_articles_that_may_not_be_read_for_a_while_are_named_and_come_back(
    matrix: Matrix, tmp_path: Path
) -> None:
    server = matrix.servers[0]
    articles = tmp_path / "articles"
    articles.mkdir()
    shut, open_ = articles / "shut.txt", articles / "open.txt"
    shut.write_text("The bridge of Arvel was built in 1932.\n")
    open_.write_text("The queen of Kösel has a boat.\n", "utf-8")
    places = [str(articles), "--store", str(tmp_path / "stores")]
    question = ["ask", "--json", "When was the bridge of Arvel built?", *places]

    def ask() -> tuple[int, bool, str]:
        ran = server.run(question)
        return ran.code, "1932" in ran.outputs[0], ran.errors

    assert ask() == (0, True, "")
    for hidden, code, told in ((shut, 1, "shut.txt: unreadable"), (articles, 3, "unreadable")):
        mode = hidden.stat().st_mode
        hidden.chmod(0)
        try:
            ended, found, errors = ask()
        finally:
            hidden.chmod(mode)
        assert (ended, found) == (code, False)
        assert told in errors
    assert ask() == (0, True, "")


QUESTION = "When was the bridge built?"


def opened_corpus(folder: Path) -> Corpus:
    return corpus_of(folder / "articles", stores=folder / "stores")


def test_a_run_stopped_before_it_forgets_what_is_no_text_any_more_leaves_nothing_of_it_to_quote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    article.write_text("The bridge was built in 1932.")
    (article.parent / "steady.txt").write_text("The queen has a boat.")

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with opened_corpus(tmp_path) as corpus:
        assert [answer.text for answer in corpus.ask(QUESTION).answers] == [article.read_text()]
        article.write_bytes(b"\0")
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(LocalStore, "clear_cached_vectors", stop)
            corpus.ask(QUESTION)
        assert [hit.passage.article.id for hit in corpus.ask(QUESTION).hits] == ["steady.txt"]
        assert [skip.id for skip in corpus.report.skipped] == ["a.txt"]
        assert corpus.ask(QUESTION).answers == ()


def test_a_damaged_store_is_remade_by_the_first_that_finds_out_and_by_no_other(
    tmp_path: Path,
) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    article.write_text("The bridge was built in 1932.")
    with opened_corpus(tmp_path) as first, opened_corpus(tmp_path) as other:
        before = first.ask(QUESTION)
        assert other.ask(QUESTION).hits == before.hits
        with closing(sqlite3.connect(first.folder / DATABASE)) as database, database:
            database.execute("UPDATE articles SET text = upper(text)")
        assert first.ask(QUESTION).hits == before.hits
        kept = sorted(file.name for file in first.folder.glob("*.damaged-*"))
        assert kept
        remade = (first.folder / DATABASE).stat().st_ino
        assert other.ask(QUESTION).hits == first.ask(QUESTION).hits == before.hits
        assert (first.folder / DATABASE).stat().st_ino == remade
        assert sorted(file.name for file in first.folder.glob("*.damaged-*")) == kept


def test_a_store_set_aside_by_another_process_is_opened_again(tmp_path: Path) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    article.write_text("The bridge was built in 1932.")
    with opened_corpus(tmp_path) as corpus:
        before = corpus.ask(QUESTION)
        set_aside(corpus.folder)
        assert corpus.ask(QUESTION).hits == before.hits
        assert (corpus.folder / DATABASE).exists()
        article.write_text("The bridge was built in 1933, not in 1932.")
        corpus.ask(QUESTION)
    with opened_corpus(tmp_path) as fresh:
        assert "1933" in fresh.search(QUESTION)[0].passage.text


def test_a_store_set_aside_while_it_is_opened_is_made_by_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    article.write_text("The bridge was built in 1932.")
    with opened_corpus(tmp_path) as corpus:
        before = corpus.ask(QUESTION)
    connect, late_ones = index.store.database.connected, []

    def late(folder: Path, *arguments: Any, **options: Any) -> sqlite3.Connection:
        monkeypatch.undo()
        late_ones.append(set_aside(folder))
        with pytest.raises(sqlite3.OperationalError):
            connect(folder, *arguments, **options).execute("SELECT 1 FROM meta")
        assert not (folder / DATABASE).exists()
        return connect(folder, *arguments, **options)

    monkeypatch.setattr(index.store.database, "connected", late)
    with opened_corpus(tmp_path) as corpus:
        assert corpus.ask(QUESTION).hits == before.hits
    assert late_ones


def test_a_store_replaced_while_it_is_opened_is_kept_and_can_recover_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    article.write_text("The bridge was built in 1932.")
    with opened_corpus(tmp_path) as corpus:
        before = corpus.ask(QUESTION)
    connect = index.store.database.connected

    def late(folder: Path, *arguments: Any, **options: Any) -> sqlite3.Connection:
        monkeypatch.undo()
        set_aside(folder)
        with opened_corpus(tmp_path) as other:
            assert other.ask(QUESTION).hits == before.hits
        return connect(folder, *arguments, **options)

    def kept() -> list[str]:
        return sorted(file.name for file in corpus.folder.glob("*.damaged-?"))

    monkeypatch.setattr(index.store.database, "connected", late)
    with opened_corpus(tmp_path) as corpus:
        assert corpus.ask(QUESTION).hits == before.hits
        assert kept() == [f"{DATABASE}.damaged-1"]  # not that of the other process
        with closing(sqlite3.connect(corpus.folder / DATABASE)) as database, database:
            database.execute("UPDATE articles SET text = upper(text)")
        assert corpus.ask(QUESTION).hits == before.hits
        assert kept() == [f"{DATABASE}.damaged-1", f"{DATABASE}.damaged-2"]


def test_a_store_that_cannot_be_replaced_is_replaced_once_it_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    article.write_text("The bridge was built in 1932.")

    def denied(folder: Path) -> Path:
        raise not_writable(folder, "Permission denied")

    with opened_corpus(tmp_path) as corpus:
        before = corpus.ask(QUESTION)
        with closing(sqlite3.connect(corpus.folder / DATABASE)) as database, database:
            database.execute("UPDATE articles SET text = upper(text)")
        with monkeypatch.context() as patch, pytest.raises(StoreError, match="Permission denied"):
            patch.setattr("index.store.open.set_aside", denied)
            corpus.ask(QUESTION)
        assert corpus.ask(QUESTION).hits == before.hits


def test_answers_follow_the_content_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    chance = random.Random(7)
    real, decade_ns = time.time_ns, 10 * 365 * 24 * 3600 * 10**9
    with opened_corpus(tmp_path) as corpus:
        for year in chance.sample(range(1000, 2000), 40):
            article.write_text(f"The bridge was built in {year}.")  # never another size
            changed_ns = chance.choice([0, 10**18, real(), real() + decade_ns])
            os.utime(article, ns=(changed_ns, changed_ns))
            ahead_ns = chance.choice([-decade_ns, 0, decade_ns])
            monkeypatch.setattr(
                index.preparing.time, "time_ns", lambda ahead=ahead_ns: real() + ahead
            )
            (answer,) = corpus.ask(QUESTION).answers
            assert str(year) in answer.text
            time.sleep(0.01)  # more than a tick of the file system's clock


def grow(article: Path) -> None:
    with article.open("a") as file:
        file.write("It is 503 metres long.\n")


def shrink(article: Path) -> None:
    os.truncate(article, article.stat().st_size - 4)


def replace(article: Path) -> None:
    other = article.with_suffix(".new")
    other.write_text("A ferry was there before.\n" + article.read_text())
    other.replace(article)


def remove(article: Path) -> None:
    article.unlink(missing_ok=True)


@pytest.mark.parametrize("times", [1, 2, 100])
@pytest.mark.parametrize("change", [grow, shrink, replace, remove])
def test_a_file_that_changes_while_it_is_read_is_quoted_as_it_stood_at_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], times: int
) -> None:
    article = tmp_path / "articles" / "a.txt"
    article.parent.mkdir()
    (article.parent / "steady.txt").write_text("The queen has a boat.\n")
    article.write_text("The bridge was built in 1932.\n" + "Nobody crosses it. " * 40)
    stood = [article.read_text()]
    real = os.fstat

    def meddling(file: int) -> os.stat_result:
        status = real(file)
        is_read = article.exists() and os.path.samestat(status, article.stat())
        if len(stood) <= times and is_read:
            change(article)
            stood.append(article.read_text() if article.exists() else "")
        return status

    with opened_corpus(tmp_path) as corpus:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fstat", meddling)
            response = corpus.ask(QUESTION)
        assert len(stood) > 1
        check_quotes(response, stood)
        if times == 100 and change in (grow, shrink):
            assert [(skip.id, skip.reason) for skip in corpus.report.skipped] == [
                ("a.txt", "changing")
            ]
        response = corpus.ask(QUESTION)
        check_quotes(response, stood[-1:])
        assert ("a.txt" in corpus.articles()) == article.exists()
        if article.exists():
            assert corpus.hashes(["a.txt"])["a.txt"] == sha256(article.read_bytes()).hexdigest()


def check_quotes(response: Response, texts: Sequence[str]) -> None:
    """Assert that every quote from the changing article stands in one of its texts, in place."""
    passages = [hit.passage for hit in response.hits]
    spans = [(passage.article, passage.span) for passage in passages]
    spans += [(answer.passage.article, answer.span) for answer in response.answers]
    for article, span in spans:
        if article.id != "steady.txt":
            quote = article.text[span.start : span.end]
            assert any(text[span.start : span.end] == quote for text in texts), quote


@pytest.mark.slow
def test_articles_written_on_and_on_are_never_misquoted(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "steady.txt").write_text("The queen has a boat.\n")
    texts: list[str] = []
    done = threading.Event()
    writer = threading.Thread(target=write_on_and_on, args=(folder, texts, done))
    asked = 0
    with opened_corpus(tmp_path) as corpus:
        writer.start()
        try:
            until = time.monotonic() + SECONDS_OF_CHANGES
            while time.monotonic() < until or asked < 5:
                check_quotes(corpus.ask(QUESTION, passages=20), texts)
                asked += 1
        finally:
            done.set()
            writer.join()
        response = corpus.ask(QUESTION, passages=20)
        check_quotes(response, [file.read_text("utf-8") for file in folder.iterdir()])
        present = {file.name: sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
        assert corpus.hashes(present) == present
        assert len(texts) > 20


def write_on_and_on(folder: Path, texts: list[str], done: threading.Event) -> None:
    """Write, replace, cut and remove articles; each is as one of `texts` begins, at any moment."""
    chance = random.Random(8)
    while not done.is_set():
        article = folder / f"{chance.randrange(4)}.txt"
        number = len(texts)
        filler = f"It is {number} metres long 😀. " * chance.randrange(80)
        text = f"The bridge was built in {1000 + number}.\n{filler}\n"
        texts.append(text)
        content = text.encode("utf-8")
        match chance.randrange(5):
            case 0:
                article.write_bytes(content)
            case 1:
                (folder / ".new").write_bytes(content)
                (folder / ".new").replace(article)
            case 2:
                with article.open("wb") as file:
                    file.write(content[: len(content) // 2])
                    file.flush()
                    time.sleep(0.002)
                    file.write(content[len(content) // 2 :])
            case 3:
                article.write_bytes(content)
                os.truncate(article, text.index("\n") + 1)
            case 4:
                article.unlink(missing_ok=True)
        time.sleep(0.001)
    (folder / ".new").unlink(missing_ok=True)
