"""Imports point one way, and heavy ones stay where they are needed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import qa
from tests.support.modules import imports_of, modules
from tests.support.paths import ROOT

# From the bottom up. A module, or every module of a folder, may import from the floors below its
# own and from its own folder, in no circle; folders of one floor never import each other.
FLOORS = [
    ["index.span"],
    ["index.structure"],
    [
        "index.types",
        "index.errors",
        "index.ahead",
        "index.words",
        "index.fillers",
        "index.inflections",
        "index.typing_slips",
    ],
    ["index.view", "index.terms", "index.asking"],
    ["index.place", "index.question"],
    ["index.wording", "index.paragraphs", "index.listing"],
    ["index.web", "index.gitignore"],
    ["index.scan", "index.split", "index.formats", "index.models", "index.store"],
    ["index.isolated", "index.folder", "index.watching", "index.engines"],
    ["index.load", "index.report", "index.walk"],
    ["index.comparing", "index.preparing"],
    ["index.updating"],
    ["index.search", "index.sync", "index.sampling"],
    ["index.spelling", "index.central"],
    ["qa.folders", "qa.followup", "qa.scope", "qa.timed", "qa.show.text"],
    ["qa.notebook"],
    ["qa.types"],
    ["qa.show.paths"],
    ["qa.settings"],
    ["qa.reader", "qa.web"],
    ["qa.asking", "qa.cited", "qa.identity", "qa.stored"],
    ["qa.corpus"],
    [
        "qa.configuration",
        "qa.conversation",
        "qa.changes",
        "qa.additions",
        "qa.moving",
        "qa.opening",
        "qa.helping",
        "qa.samples",
    ],
    ["qa.answers", "qa.models"],
    ["qa.show", "qa.quotes"],
    ["qa.events"],
    ["qa.tasks", "qa.introduction"],
    ["qa.serving"],
    ["qa.answering"],
    ["qa.eval", "qa.session", "qa.status", "qa.checks", "qa.lookups", "qa.completing"],
    ["qa.clearing", "qa.doctor", "qa.server_checks"],
    ["qa"],
    ["qa.chat", "qa.mcp"],
    ["qa.serve"],
    ["qa.commands"],
    ["qa.cli"],
    ["qa.__main__"],
    ["qa.train"],
]

# Which modules may import a library at all.
OWNERS = {
    "sqlite3": {"index.store.database", "index.store.errors", "index.words"},
    "faiss": {"index.store.codes", "index.store.faiss_files", "index.store.vectors"},
    "onnxruntime": {"index.models.onnx"},
    "tokenizers": {"index.models.onnx", "qa.train.models"},
    "onnx": {"index.models.export", "index.models.pooling", "qa.reader.export", "qa.train.restore"},
    "torch": {
        "index.models.export",
        "qa.reader.export",
        "qa.train.batches",
        "qa.train.checkpoint",
        "qa.train.fit",
        "qa.train.fit_groups",
        "qa.train.group_batches",
        "qa.train.losses",
        "qa.train.models",
        "qa.train.restore",
        "qa.train.score",
        "qa.train.similar",
    },
    "transformers": {"index.models.export", "qa.reader.export", "qa.train.models"},
    "sentence_transformers": {"index.models.export"},
    "ray": {"index.models.ray_encoder", "index.models.ray_worker"},
    "pyarrow": {"index.models.ray_encoder"},
    "huggingface_hub": {"index.models.find"},
    "sentencex": {"index.split"},
    "regex": {"index.split", "qa.reader.names"},
    "chardet": {"index.formats.encoding"},
    "charset_normalizer": {"index.formats.encoding"},
    "markdown_it": {
        "index.formats.markdown_blocks",
        "index.formats.markdown_html",
        "index.formats.markdown_inline",
    },
    "mdit_py_plugins": {"index.formats.markdown_blocks", "index.formats.markdown_inline"},
    "pypdfium2": {"index.formats.pdf_file", "index.formats.pdf_glyphs", "index.formats.pdf_pages"},
    "rapidocr": {"index.formats.pdf_ocr"},
    "yaml": {"index.formats.front_matter"},
    "lxml": {
        "index.formats.feed",
        "index.formats.html",
        "index.formats.html_elements",
        "index.formats.html_main",
        "index.formats.html_texts",
        "index.formats.xml_tree",
    },
    "striprtf": {"index.formats.rtf"},
    "zipfile": {"index.formats.zipped"},
    "trafilatura": {"index.formats.html_about", "index.formats.html_main"},
    "scipy": {"qa.eval.measures"},
    "matplotlib": {"qa.eval.plot"},
    "httpx2": {"index.web.fetch"},
    "httpcore2": {"index.web.fetch", "index.web.connecting"},
    "pathspec": {"index.gitignore"},
    "watchfiles": {"index.watching"},
    "pymysql": {"index.engines.seekdb.connection"},
    "filelock": {"index.store.files"},
    "platformdirs": {"qa.folders"},
    "click": {
        "qa.cli",
        "qa.commands.ask",
        "qa.commands.chat",
        "qa.commands.completion",
        "qa.commands.man",
        "qa.commands.mcp",
        "qa.commands.export",
        "qa.commands.index",
        "qa.commands.doctor",
        "qa.commands.serve",
        "qa.commands.show",
        "qa.commands.status",
        "qa.commands.use",
        "qa.commands.eval",
        "qa.commands.history",
        "qa.commands.verify",
        "qa.commands.options",
        "qa.show.output",
        "qa.show.manual",
        "qa.train.__main__",
        "qa.train.retrieved",
    },
    "rich": {
        "qa.show.output",
        "qa.show.progress",
        "qa.show.article",
        "qa.show.response",
        "qa.chat.above",
        "qa.chat.article",
        "qa.chat.card",
        "qa.chat.drawing",
        "qa.chat.drawn",
        "qa.chat.catalogue",
        "qa.chat.dialogs.help",
        "qa.chat.listing",
        "qa.chat.pages",
        "qa.chat.quote",
        "qa.chat.turn",
        "qa.chat.welcome",
        "qa.chat.wrapping",
    },
    "pymilvus": {"index.engines.milvus.client", "index.engines.milvus.errors"},
    "grpc": {"index.engines.milvus.errors"},
    "aiohttp": {"qa.serve.server", "qa.serve.tab"},
    "mcp": {"qa.mcp.server", "qa.mcp.serving"},
    "anyio": {"qa.mcp.serving"},
    "uvicorn": {"qa.mcp.serving"},
    "starlette": {"qa.mcp.escaping"},
    "pydantic": {
        "qa.answers.parse",
        "qa.answers.schema",
        "qa.eval.gold",
        "qa.mcp.arguments",
        "qa.mcp.schemas",
        "qa.mcp.server",
    },
    "safetensors": {"qa.train.checkpoint"},
    "textual": {
        "qa.chat.app",
        "qa.chat.article",
        "qa.chat.articles",
        "qa.chat.card",
        "qa.chat.dialogs.add",
        "qa.chat.dialogs.articles",
        "qa.chat.dialogs.conversations",
        "qa.chat.dialogs.dialog",
        "qa.chat.dialogs.help",
        "qa.chat.dialogs.save",
        "qa.chat.drawing",
        "qa.chat.editor",
        "qa.chat.hints",
        "qa.chat.key_bar",
        "qa.chat.keys",
        "qa.chat.layout",
        "qa.chat.line",
        "qa.chat.listing",
        "qa.chat.messages",
        "qa.chat.pane",
        "qa.chat.question",
        "qa.chat.quote",
        "qa.chat.selecting",
        "qa.chat.shell",
        "qa.chat.status_bar",
        "qa.chat.transcript",
        "qa.chat.turn",
        "qa.chat.welcome",
        "qa.serve.driver",
    },
}


def place(module: str) -> tuple[int, str]:
    """Return the floor of a module, and the folder or module that stands there."""
    names = [(name, number) for number, floor in enumerate(FLOORS) for name in floor]
    holding = [(name, floor) for name, floor in names if f"{module}.".startswith(f"{name}.")]
    name, floor = max(holding, key=lambda pair: len(pair[0]))
    return floor, name


PACKAGES = {name for name, file in modules().items() if file.name == "__init__.py"} - {"qa"}


@pytest.mark.parametrize("module", sorted(set(modules()) - PACKAGES))
def test_a_module_imports_only_from_the_floors_below_it(module: str) -> None:
    floor, own = place(module)
    ours = {name for name in imports_of(modules()[module]) if name.split(".")[0] in ("qa", "index")}
    assert not {name for name in ours if place(name)[0] >= floor and place(name)[1] != own}
    assert own != "qa" or module == "qa", "no module lands on a floor by chance"


@pytest.mark.parametrize("module", ["index.search", "index.sync"])
def test_search_and_sync_know_the_stores_protocol_alone(module: str) -> None:
    of_the_store = {name for name in imports_of(modules()[module]) if "store" in name}
    assert of_the_store == {"index.store.protocol"}


@pytest.mark.parametrize("module", sorted(n for n in modules() if n.startswith("qa.reader.")))
def test_a_reader_does_not_depend_on_a_store(module: str) -> None:
    assert not {name for name in imports_of(modules()[module]) if name.startswith("index.store")}


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: imports_of(file) & modules().keys() for name, file in modules().items()}
    list(TopologicalSorter(graph).static_order())


def test_the_init_file_of_a_folder_holds_a_docstring_alone() -> None:
    for name in PACKAGES:
        assert len(ast.parse(modules()[name].read_text("utf-8")).body) == 1


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
    assert not loaded & {*HEAVY, "numpy", "rich", "pydantic", "matplotlib"}


@pytest.mark.parametrize("options", [[], ["--json"], ["--format", "markdown"]])
def test_a_question_never_loads_torch_nor_what_only_reads_json(
    cache: Path, options: list[str]
) -> None:
    loaded = modules_loaded(["ask", *options, "How old is Rygor Kastusev?"], cache)
    unwanted = {
        "torch",
        "transformers",
        "sentence_transformers",
        "textual",
        "scipy",
        "httpx2",
        "statistics",
    }
    assert not loaded & {*unwanted, "pydantic", "annotated_types"}
    assert not loaded & {"markdown_it", "yaml", "email", "csv", "chardet", "charset_normalizer"}
    assert {"onnxruntime", "faiss"} <= loaded  # the check above can fail


@pytest.mark.parametrize("module", ["qa", "qa.session", "qa.chat.app", "qa.answers.history"])
def test_pydantic_is_imported_only_when_json_is_read(module: str) -> None:
    program = f"import sys, {module}; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


@pytest.mark.parametrize("module", ["qa", "qa.cli", "qa.chat.app"])
def test_nothing_that_answers_is_loaded_before_it_is_needed(module: str) -> None:
    """`qa --help` and the first frame of the chat do not wait for it."""
    program = f"import sys, {module}; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    unwanted = {"qa.corpus", "qa.reader.spans", "index.load", "index.sync", "index.store.local"}
    assert not unwanted & {*ran.stdout.split()}


def test_every_public_name_is_imported_when_it_is_used() -> None:
    assert {name for name in qa.__all__ if hasattr(qa, name)} == {*qa.__all__} == {*dir(qa)}
    with pytest.raises(AttributeError, match="no attribute 'ask_everything'"):
        qa.ask_everything  # noqa: B018


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


def test_the_drawing_of_the_layers_has_every_floor_in_its_order() -> None:
    text = (ROOT / ".github/CONTRIBUTING.md").read_text("utf-8")
    drawing = text.split("```text\n")[2].split("```")[0]
    drawn = {
        name.replace("/", ".").rstrip("."): number
        for number, line in enumerate(drawing.splitlines())
        for name in re.findall(r"\b(?:qa|index)/\w+/?", line)
    }
    floors = {
        name: number
        for number, floor in enumerate(FLOORS)
        for name in floor
        if name
        not in (
            "qa",
            "qa.show.text",
            "qa.show.paths",
            "qa.events",
        )  # parts of what is drawn beside them
    }
    assert drawn.keys() == floors.keys()
    for lower, low in floors.items():
        for higher, high in floors.items():
            if low < high and "qa.train" not in (lower, higher):
                assert drawn[lower] >= drawn[higher], f"{higher} is drawn below {lower}"
