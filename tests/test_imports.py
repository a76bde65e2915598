"""Imports point one way, and heavy ones stay where they are needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# Each layer may import from those above it, and never from its own row.
LAYERS = [
    {"index.types", "index.errors"},
    {
        "index.store.checksum",
        "index.scan",
        "index.split",
        "index.models.find",
        "index.models.onnx",
        "index.store.vectors",
        "index.store.database",
    },
    {"index.load", "index.models.export", "index.store.local"},
    {"index.models.encoder"},
    {"index.search", "index.sync", "index.store.check"},
    {"qa.types", "qa.show.text", "qa.followup", "qa.eval.measures", "qa.eval.gold"},
    {"qa.reader.reading"},
    {"qa.reader.sentences", "qa.reader.spans", "qa.reader.export"},
    {"qa.reader.open"},
    {"qa.show.output"},
    {"qa.corpus", "qa.show.response", "qa.show.progress", "qa.status"},
    {"qa.answers.saved", "qa.conversation"},
    {"qa.answers.history", "qa.answers.verify", "qa.eval.evaluate"},
    {"qa.doctor", "qa.eval.report"},
    {"qa"},
    {
        "qa.chat.messages",
        "qa.commands.options",
        "qa.chat.rows",
        "qa.chat.editor",
        "qa.chat.settings",
        "qa.chat.line",
    },
    {"qa.chat.thread", "qa.chat.turn", "qa.chat.article", "qa.chat.dialogs", "qa.chat.question"},
    {"qa.chat.transcript", "qa.chat.pane"},
    {"qa.chat.app"},
    {"qa.commands.corpus"},
    {
        "qa.commands.ask",
        "qa.commands.index",
        "qa.commands.chat",
        "qa.commands.keeping",
        "qa.commands.eval",
        "qa.commands.verify",
    },
    {"qa.cli"},
    {"qa.__main__"},
    {"qa.train.questions", "qa.train.wording"},
    {"qa.train.examples", "qa.train.score"},
    {"qa.train.fit"},
    {"qa.train.__main__"},
]
PACKAGES_OF_TEXT_ONLY = {
    "index",
    "index.models",
    "index.store",
    "qa.answers",
    "qa.chat",
    "qa.commands",
    "qa.eval",
    "qa.reader",
    "qa.show",
    "qa.train",
}  # their __init__ holds a docstring, nothing else

# Which modules may import a library at all.
OWNERS = {
    "sqlite3": {"index.store.database"},
    "faiss": {"index.store.vectors"},
    "onnxruntime": {"index.models.onnx"},
    "tokenizers": {"index.models.onnx", "qa.train.fit"},
    "onnx": {"index.models.export", "qa.reader.export"},
    "torch": {"index.models.export", "qa.reader.export", "qa.train.fit", "qa.train.score"},
    "transformers": {"index.models.export", "qa.reader.export", "qa.train.fit"},
    "sentence_transformers": {"index.models.export"},
    "huggingface_hub": {"index.models.find"},
    "sentencex": {"index.split"},
    "regex": {"index.split"},
    "chardet": {"index.load"},
    "charset_normalizer": {"index.load"},
    "pathspec": {"index.scan"},
    "filelock": {"index.store.local"},
    "platformdirs": {"qa"},
    "click": {
        "qa.cli",
        "qa.commands.ask",
        "qa.commands.chat",
        "qa.commands.index",
        "qa.commands.keeping",
        "qa.commands.eval",
        "qa.commands.verify",
        "qa.commands.options",
        "qa.show.output",
        "qa.train.__main__",
    },
    "rich": {
        "qa.show.output",
        "qa.show.progress",
        "qa.show.response",
        "qa.chat.rows",
        "qa.chat.article",
    },
    "jsonschema": {"qa.answers.saved"},
    "safetensors": {"qa.train.fit"},
    "textual": {
        "qa.chat.app",
        "qa.chat.article",
        "qa.chat.dialogs",
        "qa.chat.line",
        "qa.chat.messages",
        "qa.chat.pane",
        "qa.chat.question",
        "qa.chat.thread",
        "qa.chat.transcript",
        "qa.chat.turn",
    },
}


def modules() -> dict[str, Path]:
    found = {}
    for file in sorted([*ROOT.glob("qa/**/*.py"), *ROOT.glob("index/**/*.py")]):
        parts = list(file.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports_of(file: Path) -> set[str]:
    """Return what a module imports anywhere, but for type checking alone."""
    found: set[str] = set()
    pending: list[ast.AST] = [ast.parse(file.read_text("utf-8"))]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            whole = {f"{node.module}.{alias.name}" for alias in node.names} & modules().keys()
            found.update(whole or {node.module or ""})
        pending.extend(ast.iter_child_nodes(node))
    return found


def level(module: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if module in layer)


def test_every_module_has_its_place_in_the_layers() -> None:
    assert set(modules()) - PACKAGES_OF_TEXT_ONLY == set().union(*LAYERS)


@pytest.mark.parametrize("module", sorted(set(modules()) - PACKAGES_OF_TEXT_ONLY))
def test_a_module_imports_only_from_the_layers_above_it(module: str) -> None:
    ours = {name for name in imports_of(modules()[module]) if name.split(".")[0] in ("qa", "index")}
    wrong = {
        name for name in ours if name not in set().union(*LAYERS) or level(name) >= level(module)
    }
    assert not wrong


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_library_is_imported_only_by_the_modules_that_own_it(module: str) -> None:
    libraries = {name.split(".")[0] for name in imports_of(modules()[module])}
    assert not {name for name in libraries & OWNERS.keys() if module not in OWNERS[name]}


def test_nothing_is_unpickled() -> None:
    for file in modules().values():
        assert not imports_of(file) & {"pickle", "dill", "joblib", "shelve", "marshal"}


HEAVY = ("torch", "transformers", "sentence_transformers", "onnxruntime", "faiss", "textual")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["ask", "--help"]])
def test_help_and_version_load_nothing_heavy(arguments: list[str]) -> None:
    loaded = modules_loaded(arguments)
    assert not loaded & {*HEAVY, "numpy", "rich"}


def test_a_question_never_loads_torch(cache: Path) -> None:
    loaded = modules_loaded(["ask", "How old is Rygor Kastusev?"], cache)
    assert not loaded & {"torch", "transformers", "sentence_transformers", "textual", "scipy"}
    assert {"onnxruntime", "faiss"} <= loaded  # the check above can fail


def modules_loaded(arguments: list[str], cache: Path | None = None) -> set[str]:
    """Return the top-level modules that `qa` has loaded when it ends."""
    program = (
        "import sys; from qa.cli import run; code = run(sys.argv[1:]);"
        "print(*{name.split('.')[0] for name in sys.modules}, file=sys.stderr); sys.exit(code)"
    )
    environment = {"PATH": "", "XDG_CACHE_HOME": str(cache.parent)} if cache else {"PATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(ran.stderr.splitlines()[-1].split())
