"""Output: written by one module only, in formats that a terminal cannot act on."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Article, Hit, Passage, Span
from qa.show.output import print_json
from qa.show.response import to_vimgrep
from qa.show.text import json_text
from qa.types import Answer, Response
from tests.support.modules import modules
from tests.support.program import Program

UNSAFE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}


# One module writes

NAMES = re.compile(
    r"print|input|breakpoint|(click\.)?(echo|echo_via_pager|secho)"
    r"|click\.(confirm|prompt|pause|progressbar|clear|edit)|os\.(write|writev|pwrite|system)"
    r"|(sys\.)?(stdout|stderr|__stdout__|__stderr__)(\.buffer)?\.(write|writelines|fileno)"
    r"|.*\.(print|print_json|print_exception)|.*console.*\.(log|rule|out|input)"
    r"|(rich\.)?(rprint|print_json|inspect)|traceback\.print_\w+|pprint(\.\w+)?"
    r"|(warnings\.)?warn(_explicit)?"
    r"|(logging|log|logger|_log|_logger)"
    r"\.(debug|info|warning|error|exception|critical|log|basicConfig|getLogger|StreamHandler)"
)
"""Names that write to stdout or stderr."""
CONSOLE = re.compile(r"(\w+\.)*Console")
"""rich's console, when it is created; annotations may name it."""
MAY_WRITE = {
    "qa.show.output": {"click.echo", "Console", "on.print"},
    "qa.__main__": {"sys.stderr.write"},  # a constant, before anything is imported
    "index.isolated.child": {
        "os.dup",
        "os.dup2",
    },  # it answers there: what parsers print is dropped
    "index.engines.milvus.client": {"logging.getLogger"},  # to silence the library
    "index.models.ray_encoder": {"logging.getLogger", "os.dup", "os.dup2"},  # the same
    "qa.cli": {"sys.stdout.fileno"},  # to discard it
    "qa.mcp.serving": {"os.dup", "os.dup2", "logging.getLogger"},  # stdout carries the protocol
    "qa.serve.server": {"logging.getLogger"},  # to silence the library
    "qa.show.response": {"Console"},  # only measures text for wrapping
}
BARS = {"qa.show.progress": {"rich.progress", "rich.status"}}
"""Modules that draw with rich, on a console from `qa.show.output`."""


def ways_out(source: str) -> set[str]:
    """The names in a module that write to stdout or stderr, called or passed on."""
    found = set()
    tree = ast.parse(source)
    allowed = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "qa.show.output"
        for alias in node.names
        if alias.asname is None
    }
    for node in ast.walk(tree):
        spelled = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        if NAMES.fullmatch(spelled) and spelled not in allowed:
            found.add(spelled)
        if isinstance(node, ast.Call):
            found |= _of_call(node)
        if isinstance(node, ast.ImportFrom) and node.module == "sys":
            found |= {alias.name for alias in node.names if alias.name.endswith(("out", "err"))}
    return found


def _of_call(call: ast.Call) -> set[str]:
    """The ways in which a call creates a console, opens file 1 or 2, or gets a stream."""
    name = ast.unparse(call.func)
    arguments = [ast.unparse(argument) for argument in call.args]
    arguments += [ast.unparse(keyword.value) for keyword in call.keywords]
    opens = re.fullmatch(r"(\w+\.)?(open|fdopen|dup|dup2)", name)
    if CONSOLE.fullmatch(name) or (opens and {"1", "2"} & set(arguments)):
        return {name}
    handed = {"sys.stdout", "sys.stderr"} & set(arguments)
    return {f"{name}({stream})" for stream in handed if name not in ("isinstance", "terminal")}


@pytest.mark.parametrize("module", sorted(modules()))
def test_only_the_output_module_writes_to_stdout_or_stderr(module: str) -> None:
    assert ways_out(modules()[module].read_text("utf-8")) <= MAY_WRITE.get(module, set())


@pytest.mark.parametrize(
    "planted",
    [
        "print('x')",
        "click.echo('x')",
        "echo('x')",
        "click.secho('x')",
        "click.confirm('x')",
        "click.prompt('x')",
        "sys.stdout.write('x')",
        "sys.stderr.write('x')",
        "sys.stdout.buffer.write(b'x')",
        "sys.__stderr__.write('x')",
        "os.write(1, b'x')",
        "Console()",
        "rich.console.Console(stderr=True)",
        "Console().print('x')",
        "page.print('x')",
        "console.log('x')",
        "self._console().print('x')",
        "logging.warning('x')",
        "logger.info('x')",
        "warnings.warn('x')",
        "traceback.print_exc()",
        "input('x')",
        "notify(click.echo)",
        "open(1, 'wb').write(b'x')",
        "os.fdopen(2, 'w')",
        "json.dump(x, sys.stdout)",
        "subprocess.run(x, stdout=sys.stderr)",
        "out = sys.stdout.write",
        "from sys import stdout",
    ],
)
def test_writing_elsewhere_is_detected(planted: str) -> None:
    source = f"def quiet():\n    if True:\n        {planted}\n"
    assert ways_out(source)
    assert not ways_out(source.replace(planted, "print_text('x')"))
    assert ways_out(f"from qa.show.output import print_json\n{source}")


def test_a_printing_name_is_fine_only_from_the_output_module() -> None:
    assert not ways_out("from qa.show.output import print_json\nprint_json('x')")
    assert ways_out("from rich import print_json\nprint_json('x')")


def test_only_constants_are_written_before_the_imports() -> None:
    source = modules()["qa.__main__"].read_text("utf-8")
    written = [
        node.args[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "sys.stderr.write"
    ]
    assert written
    assert all(isinstance(argument, ast.Constant) for argument in written)


def test_the_console_for_measuring_is_never_written_to() -> None:
    source = modules()["qa.show.response"].read_text("utf-8")
    assert source.count("Console(") == source.count("text.wrap(Console(width=width)") == 1


@pytest.mark.parametrize("module", sorted(set(modules()) - {"qa.show.output"}))
def test_rich_draws_only_on_consoles_of_the_output_module(module: str) -> None:
    drawing = {
        node.module
        for node in ast.walk(ast.parse(modules()[module].read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module in ("rich.progress", "rich.status", "rich.live", "rich", "rich.logging")
    }
    assert drawing <= BARS.get(module, set())


# JSON

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
hostile = st.text(
    st.characters(categories=sorted(UNSAFE - {"Cs"})) | st.sampled_from('"\\\x7f\U000e0041')
)


@given(st.one_of(values, hostile, st.dictionaries(hostile, hostile)), st.sampled_from([None, 0, 2]))
def test_json_parses_to_the_same_value_and_has_nothing_a_terminal_acts_on(
    value: object, indent: int | None
) -> None:
    text = json_text(value, indent=indent)
    assert json.loads(text) == value
    assert not {unicodedata.category(c) for c in text.replace("\n", "")} & UNSAFE
    assert indent is not None or "\n" not in text


@given(st.characters(categories=["Cs"]))
def test_a_lone_surrogate_survives_json(half: str) -> None:
    text = json_text([f"a{half}b", {half: half}])
    assert text.isascii()
    assert json.loads(text) == [f"a{half}b", {half: half}]


@given(st.text(st.characters(exclude_categories=sorted(UNSAFE), exclude_characters='"\\')))
def test_ordinary_characters_are_not_escaped_in_json(text: str) -> None:
    assert json_text(text) == f'"{text}"'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("é漢😀 👍🏽", "é漢😀 👍🏽"),
        ("\x1b[2J", "\\u001b[2J"),
        ("\x7f\x80\x9b", "\\u007f\\u0080\\u009b"),
        ("\u202e\u200b\ufeff", "\\u202e\\u200b\\ufeff"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\U000e0001", "\\udb40\\udc01"),
        ("\ue000\U0010fffd", "\\ue000\\udbff\\udffd"),
        ("\udcff", "\\udcff"),
        ("\\u001b \\\x1b", "\\\\u001b \\\\\\u001b"),
    ],
)
def test_characters_that_a_terminal_acts_on_are_escaped_in_json(text: str, written: str) -> None:
    assert json_text(text) == f'"{written}"'


# Locations for editors


def response(text: str, answer: str, path: str = "/a.txt") -> Response:
    article = Article(Path(path).name, path, "T", text, "0" * 64)
    passage = Passage(article, Span(0, len(text)))
    start = text.index(answer)
    given_answer = Answer(passage, Span(start, start + len(answer)), 0.7)
    return Response("?", "answered", (given_answer,), (Hit(passage, 1, 1, 1, 1),), 0.7, (), {})


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_vimgrep_points_at_the_bytes_of_the_answer(
    program: Program, tmp_path: Path, end: bytes, mark: bytes
) -> None:
    rows = [
        "Über 😀 漢字 e\u0301 nothing.",
        "",
        "Ja 😀\t漢: the bridge was built in 1932.",
        "Last.",
    ]
    file = tmp_path / "a b.txt"
    file.write_bytes(mark + end.join(row.encode() for row in rows))
    ran = program.run("ask", "--format", "vimgrep", "When was the bridge built?", str(file))
    (line,) = ran.text.splitlines()
    name, number, column, shown = line.split(":", 3)
    assert (ran.code, name, number) == (0, str(file), "3")
    found = file.read_bytes().removeprefix(mark).split(end)[int(number) - 1][int(column) - 1 :]
    assert found.startswith(b"Ja \xf0" if column == "1" else b"the bridge")
    assert shown == "Ja 😀 漢: the bridge was built in 1932."


@given(
    st.lists(st.text("aé漢😀\u0301 \t\u202e\x1b", max_size=8), max_size=4),
    st.text("bß字👍", max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_line_and_column_lead_to_the_answer(rows: list[str], before: str, end: str) -> None:
    text = end.join([*rows, f"{before}ANSWER", "after"])
    (line,) = to_vimgrep(response(text, "ANSWER"))
    _, number, column, _ = line.split(":", 3)
    there = re.split("\r\n|\r|\n", text)[int(number) - 1].encode()[int(column) - 1 :]
    assert there == b"ANSWER"


def test_vimgrep_prints_nothing_without_an_answer(program: Program, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The bridge was built in 1932.")
    ran = program.run("ask", "--format", "vimgrep", "Zebras?", str(tmp_path / "a.txt"))
    assert (ran.code, ran.out) == (1, b"")


def test_vimgrep_prints_relative_paths_below_the_current_folder(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "notes" / "a.txt"
    file.parent.mkdir()
    file.write_text("The bridge was built in 1932.")
    for folder, name in (
        (tmp_path, os.path.join("notes", "a.txt")),
        (file.parent, "a.txt"),
        (tmp_path / "home", str(file)),
    ):
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        ran = program.run("ask", "--format", "vimgrep", "When was the bridge built?", str(file))
        assert ran.text.startswith(f"{name}:1:1:The bridge")


def test_vimgrep_marks_control_characters_in_names_and_lines(
    program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "a\x1b]0;x\x07 \u202e.txt"
    file.write_text("The bridge \x1b[2J was built\u202e in 1932.")
    ran = program.run("ask", "--format", "vimgrep", "When was the bridge built?", str(file))
    assert ran.text == (
        f"{tmp_path}/a␛]0;x␇ ⟨202E⟩.txt:1:1:The bridge ␛[2J was built⟨202E⟩ in 1932.\n"
    )


def test_vimgrep_prints_one_line_per_answer_for_any_file_name(
    program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "a\n:1:1:owned\r"
    file.write_text("The bridge was built in 1932.")
    ran = program.run("ask", "--format", "vimgrep", "When was the bridge built?", str(file))
    assert ran.text == f"{tmp_path}/a␊:1:1:owned␍:1:1:The bridge was built in 1932.\n"


def test_vimgrep_lists_no_lines_of_extracted_text_and_names_the_place_instead(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / "bridge.html"
    page.write_text("<h1>Bridge</h1><p>The bridge was built in 1932.</p>")
    notes = tmp_path / "notes.txt"
    notes.write_text("The tower was built in 1820.")
    for question, file, listed in (("bridge", page, 0), ("tower", notes, 1)):
        asked = ("ask", "--format", "vimgrep", f"When was the {question} built?", str(file))
        ran = program.run(*asked)
        assert (ran.code, len(ran.text.splitlines())) == (0, listed)
        assert (b"no line number: an answer in bridge.html\n" in ran.err) == (not listed)
        assert program.run(*asked, "-q").err == b""


def test_vimgrep_needs_no_current_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def gone() -> Path:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(Path, "cwd", gone)
    assert list(to_vimgrep(response("In 1932.", "1932", "/b/a.txt"))) == ["/b/a.txt:1:4:In 1932."]


# The formats


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    file = tmp_path / "bridge.md"
    file.write_text(
        "# The Bridge\n\nIt is long.\nThe bridge was built in 1932.\n\x1b[2J Steel, 漢.\n", "utf-8"
    )
    return file


def test_markdown_quotes_the_passage_with_its_citation(
    program: Program, bridge: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(bridge.parent)
    ran = program.run("ask", "--format", "markdown", "When was the bridge built?", str(bridge))
    rows = ran.text.splitlines()
    assert rows[0] == "## When was the bridge built?"
    assert re.fullmatch(r"\*\*The bridge was built in 1932\.\*\* \[1\], \d+ % sure", rows[2])
    place = next(number for number, row in enumerate(rows) if row.startswith("[1] "))
    assert re.fullmatch(r"\[1\] The Bridge · `bridge\.md:\d-\d`", rows[place])
    quoted = [row.removeprefix("> ") for row in rows[place + 2 :] if row.startswith("> ")]
    assert "The bridge was built in 1932." in quoted
    assert "␛[2J Steel, 漢." in quoted


def without_timings(value: Any) -> Any:
    return {**value, "timings_ms": None}


def test_json_is_the_same_as_format_json(program: Program, bridge: Path) -> None:
    asked = ("When was the bridge built?", str(bridge))
    short, long = (
        program.run("ask", "--json", *asked),
        program.run("ask", "--format", "json", *asked),
    )
    assert without_timings(short.json) == without_timings(long.json)
    assert short.text.count("\n") > 10


@pytest.mark.parametrize("form", ["text", "json", "markdown", "vimgrep"])
def test_many_questions_are_answered_in_the_requested_format(
    program: Program, bridge: Path, form: str
) -> None:
    rows = ["When was the bridge built?", "Zebras?", "What is long?"]
    questions = "".join(f"{row}\n" for row in rows).encode()
    many = ("ask", "--questions", "-", "--format", form, str(bridge))
    ran = program.run(*many, stdin=questions)
    assert ran.code == 1
    alone = [program.run("ask", "--format", form, row, str(bridge)) for row in rows]
    if form in ("text", "json"):  # text is for one question
        found = [json.loads(line) for line in ran.text.splitlines()]
        assert [row["question"] for row in found] == rows
        if form == "json":
            assert list(map(without_timings, found)) == [without_timings(one.json) for one in alone]
    else:
        assert ran.out == b"".join(one.out for one in alone)


def test_an_unknown_format_is_rejected_with_the_known_ones(program: Program) -> None:
    ran = program.run("ask", "--format", "yaml", "Why?")
    assert (ran.code, ran.out) == (2, b"")
    assert b"vimgrep" in ran.err


# Interrupted


@pytest.mark.parametrize(
    ("arguments", "where", "keeps"),
    [
        (["ask", "When?", "@"], "qa.reader.sentences.SentenceReader.read", True),
        (["index", "@"], "qa.corpus.Corpus.sync", True),
        (["eval", "@", "@"], "qa.eval.gold.read_questions", True),
        (["verify", "@"], "qa.answers.saved.decoded", False),
        (["doctor"], "qa.doctor.examine", False),
        (["status"], "qa.status.collect", False),
    ],
)
def test_only_commands_that_index_say_that_the_index_is_kept(
    program: Program, bridge: Path, arguments: list[str], where: str, keeps: bool
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    program.patch.setattr(where, interrupted)
    ran = program.run(*(argument.replace("@", str(bridge)) for argument in arguments))
    assert (ran.code, ran.out) == (130, b"")
    last = ran.err.decode().splitlines()[-1]
    assert last == f"qa: Interrupted.{' What was indexed so far is kept.' if keeps else ''}"


def test_json_is_printed_to_a_stream_without_an_encoding() -> None:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        print_json({"text": "é"})
    assert json.loads(printed.getvalue()) == {"text": "é"}
