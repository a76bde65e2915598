"""The configuration file: what is asked by default, and defaults of the options."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ConfigurationError
from qa.configuration import default_corpus, read_configuration, set_default_corpus
from tests.support.program import Program

OPTIONS = ["model", "max-size"]
PATHS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
QUESTION = "When was the bridge built?"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "bridge.txt").write_text("The bridge was built in 1932.\n", "utf-8")
    return folder


@given(st.lists(PATHS, min_size=1), st.lists(PATHS))
def test_what_is_written_is_read_and_the_rest_of_the_file_is_kept(
    tmp_path_factory: pytest.TempPathFactory, first: list[str], second: list[str]
) -> None:
    file = tmp_path_factory.mktemp("config") / "article-qa" / "config.toml"
    set_default_corpus(file, first, OPTIONS)
    assert read_configuration(file, OPTIONS) == {"corpus": first}
    rest = "# mine\nmax-size = 9\n\nmodel = 'x' # theirs\n"
    file.write_text(file.read_text("utf-8") + rest, "utf-8")
    set_default_corpus(file, second, OPTIONS)
    assert file.read_text("utf-8").endswith(rest)
    assert read_configuration(file, OPTIONS)["corpus"] == second
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


@pytest.mark.parametrize(
    "text",
    [
        "max-size = 1\ncorpus = [\n  'a', # one\n  'b',\n]\nmodel = 'm'\n",
        "corpus = 'a'\n",
        'corpus="a"',
        "",
        "max-size = 1",
    ],
)
def test_a_file_written_by_hand_is_changed_in_place(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, "utf-8")
    before = {"corpus": [], **tomllib.loads(text)}
    set_default_corpus(file, ["/c"], OPTIONS)
    assert tomllib.loads(file.read_text("utf-8")) == {**before, "corpus": ["/c"]}


def test_a_linked_file_stays_linked(tmp_path: Path) -> None:
    target, link = tmp_path / "dotfiles" / "config.toml", tmp_path / "config.toml"
    target.parent.mkdir()
    target.write_text("max-size = 100\n", "utf-8")
    link.symlink_to(target)
    set_default_corpus(link, ["/notes"], OPTIONS)
    assert link.is_symlink()
    assert target.read_text("utf-8") == 'corpus = ["/notes"]\nmax-size = 100\n'


def test_a_file_that_cannot_be_changed_safely_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    text = "corpus = [\n  'a]',\n  'b',\n]\n"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigurationError, match="corpus"):
        set_default_corpus(file, ["/c"], OPTIONS)
    assert file.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("corpus = [", "is not TOML"),
        ("corpus = 3", "not a list of paths"),
        ("corpus = [3]", "not a list of paths"),
        ("maxsize = 3", "unknown entry: maxsize"),
        ("[corpus]\na = 1", "not a list of paths"),
        ("model = '\udcff'", "not UTF-8"),
    ],
)
def test_a_mistake_in_the_file_is_named(program: Program, text: str, says: str) -> None:
    file = program.home / "config" / "article-qa" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    ran = program.run("ask", QUESTION)
    assert ran.code == 2
    assert says in ran.errors
    assert str(file) in ran.errors
    assert program.run("--help").code == 0


@pytest.mark.parametrize(
    ("variable", "paths"),
    [
        ("", ()),
        ("notes", ("notes",)),
        (
            os.pathsep.join(["a", "https://example.org/x", "./b c"]),
            ("a", "https://example.org/x", "./b c"),
        ),
        (os.pathsep, ()),
        (
            os.pathsep.join(
                ["https://example.org:8080/a:b", "/notes", "https://example.org/Help:C"]
            ),
            ("https://example.org:8080/a:b", "/notes", "https://example.org/Help:C"),
        ),
    ],
)
def test_a_variable_names_paths_and_addresses(
    tmp_path: Path, variable: str, paths: tuple[str, ...]
) -> None:
    found, source = default_corpus({"QA_CORPUS": variable}, tmp_path / "none", OPTIONS)
    assert found == paths
    assert source == ("QA_CORPUS" if paths else "")


def test_the_default_corpus_is_asked_from_any_folder(
    bundled: Program, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sample = bundled.run("ask", "How old is Rygor Kastusev?")
    assert "sample article" in sample.errors
    assert bundled.run("use").text == "The sample article.\n"
    assert bundled.run("use", "notes").text == f"{notes}\n"
    monkeypatch.chdir("/")
    ran = bundled.run("ask", QUESTION)
    assert (ran.code, ran.text.splitlines()[0]) == (0, "1932")
    assert "sample article" not in ran.errors
    assert f"Asked without PATHS: {notes} (set by " in bundled.run("status").text
    assert bundled.run("status", "--json").json["default_corpus"] == [str(notes)]
    assert bundled.run("use", "--clear").text == "The sample article.\n"


def test_paths_come_before_the_variable_and_it_before_the_file(
    bundled: Program, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for year in ("1817", "1901"):
        (tmp_path / f"{year}.txt").write_text(f"The bridge was built in {year}.", "utf-8")
    bundled.run("use", str(notes))
    monkeypatch.setenv("QA_CORPUS", str(tmp_path / "1817.txt"))
    assert bundled.run("ask", QUESTION).text.startswith("1817\n")
    assert bundled.run("ask", QUESTION, str(tmp_path / "1901.txt")).text.startswith("1901\n")
    ran = bundled.run("use")
    assert (ran.text, "QA_CORPUS" in ran.errors) == (f"{tmp_path / '1817.txt'}\n", True)


def test_a_default_that_no_longer_exists_is_named_with_what_set_it(
    bundled: Program, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundled.run("use", str(notes))
    shutil.rmtree(notes)
    ran = bundled.run("ask", QUESTION)
    assert (ran.code, f"No such file or folder: {notes}" in ran.errors) == (3, True)
    assert "config.toml; `qa use` sets another" in ran.errors
    monkeypatch.setenv("QA_CORPUS", "nowhere")
    ran = bundled.run("ask", QUESTION)
    assert (ran.code, "No such file or folder: nowhere" in ran.errors) == (3, True)
    assert "environment variable QA_CORPUS" in ran.errors


def test_options_come_before_variables_and_they_before_the_file(
    bundled: Program, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def outcome(*options: str) -> str:
        return bundled.run("ask", "--json", *options, QUESTION, str(notes)).json["outcome"]

    assert outcome() == "answered"
    file = bundled.home / "config" / "article-qa" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("min-confidence = 1\n", "utf-8")
    assert outcome() == "unsure"
    monkeypatch.setenv("QA_MIN_CONFIDENCE", "0.5")
    assert outcome() == "answered"
    assert outcome("--min-confidence", "1") == "unsure"


def test_a_wrong_value_says_where_it_is_set(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = program.home / "config" / "article-qa" / "config.toml"
    file.parent.mkdir(parents=True)
    for value in ("-1", '"much"'):
        file.write_text(f"max-size = {value}\n", "utf-8")
        ran = program.run("ask", QUESTION)
        assert ran.code == 2
        assert "--max-size" in ran.errors
        assert f"It is set in {file}." in ran.errors
    monkeypatch.setenv("QA_MAX_SIZE", "much")
    assert "QA_MAX_SIZE" in program.run("ask", QUESTION).errors
    assert "See `qa ask --help`." in program.run("ask", "--max-size", "-1", QUESTION).errors


@pytest.mark.parametrize("arguments", [["nowhere"], ["-"], ["--clear", "x"]])
def test_only_what_exists_can_be_the_default(program: Program, arguments: list[str]) -> None:
    ran = program.run("use", *arguments)
    assert ran.code in (2, 3)
    assert program.run("use").text == "The sample article.\n"


def test_doctor_and_help_work_with_a_broken_file(program: Program) -> None:
    file = program.home / "config" / "article-qa" / "config.toml"
    file.parent.mkdir(parents=True)
    assert program.run("ask", "--help").code == 0
    file.write_text("corpus = [", "utf-8")
    assert program.run("ask", "--help").code == 0
    checks = program.run("doctor", "--json").json["checks"]
    (found,) = [one for one in checks if one["what"] == "configuration"]
    assert (found["state"], str(file) in found["message"]) == ("problem", True)
    file.write_text("max-size = 9", "utf-8")
    checks = program.run("doctor", "--json").json["checks"]
    assert [one["state"] for one in checks if one["what"] == "configuration"] == ["ok"]


@pytest.mark.parametrize("entry", ["max-size = 'big'", "max-size = -1", "encoding = 'no-such'"])
def test_doctor_names_a_value_that_cannot_be_used(program: Program, entry: str) -> None:
    file = program.home / "config" / "article-qa" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text(entry, "utf-8")
    checks = program.run("doctor", "--json").json["checks"]
    (found,) = [one for one in checks if one["what"] == "configuration"]
    assert found["state"] == "problem"
    assert f"{file}: {entry.partition(' ')[0]}: " in found["message"]


def test_a_relative_path_in_the_file_is_relative_to_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("corpus = ['notes', '/b', 'https://example.org/x', '~']", "utf-8")
    found, _ = default_corpus({}, file, OPTIONS)
    home = os.path.expanduser("~")
    assert found == (str(tmp_path / "notes"), "/b", "https://example.org/x", home)
