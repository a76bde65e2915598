"""What the tests share: an encoder that needs no model, the real one, and a closed network."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from index.models.encoder import open_encoder
from index.models.find import DEFAULT_MODEL, find_model
from qa.folders import models_folder
from tests.support.encoder import HashedWordsEncoder
from tests.support.examples import try_few
from tests.support.paths import NO_NETWORK
from tests.support.program import TERMINAL_VARIABLES, Program, Run
from tests.support.word_vectors import write_word_vectors

if TYPE_CHECKING:
    from index.types import Encoder

IMPORT_TORCH = {"test_train.py", "test_train_retrieved.py", "test_reader_export.py"}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out slow tests whose imports alone take seconds, where no slow tests are run."""
    if config.option.markexpr == "not slow" and collection_path.name in IMPORT_TORCH:
        return True
    return None


def pytest_configure(config: pytest.Config) -> None:
    """Choose tests: a file that is named runs whole, unless `-m` says otherwise.

    Where only the fast tests run, fewer examples of each property are tried.
    """
    given = [str(one) for one in config.invocation_params.args]
    chosen = hasattr(config, "workerinput")  # of pytest-xdist: by the process that started it
    chosen = chosen or any(one.startswith("-m") for one in given)
    if not chosen and any(".py" in one for one in given):
        config.option.markexpr = ""
    try_few(config.option.markexpr == "not slow")


@pytest.fixture
def encoder() -> HashedWordsEncoder:
    return HashedWordsEncoder()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with small word vectors in place of the default model."""
    folder = tmp_path_factory.mktemp("xdg") / "article-qa"
    write_word_vectors(folder)
    return folder


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache folder with the default model: for slow tests, as the export takes 15 s of CPU.

    It is made once for all processes of a test run.
    """
    session = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        session = session.parent
    folder = session / "exported" / "article-qa"
    with FileLock(session / "exported.lock"):
        open_encoder(find_model(DEFAULT_MODEL, notify=str), models_folder(folder), notify=str)
    return folder


@pytest.fixture(scope="session")
def real_encoder(exported: Path) -> Encoder:
    return open_encoder(find_model(DEFAULT_MODEL, notify=str), models_folder(exported), notify=str)


@pytest.fixture
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Program:
    """`qa` within this process, with hashed words and whole sentences in place of the models."""
    return Program(tmp_path / "home", monkeypatch, capfdbinary)


@pytest.fixture
def bundled(
    cache: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Program:
    """`qa` within this process, with the bundled reader, and word vectors for the default model."""
    return Program(tmp_path / "home", monkeypatch, capfdbinary, models=cache / "models")


@pytest.fixture
def environment(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a user with a model and without a network."""
    home = tmp_path_factory.mktemp("home")
    (home / "cache" / "article-qa").mkdir(parents=True)
    (home / "cache" / "article-qa" / "models").symlink_to(cache / "models")
    return {
        **{name: value for name, value in os.environ.items() if name not in TERMINAL_VARIABLES},
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "PYTHONPATH": str(NO_NETWORK),
    }


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Have torch use one thread: small models wait longer for other threads than they compute."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def default_model(environment: dict[str, str], exported: Path) -> None:
    """Have `environment` hold the default model itself."""
    models = Path(environment["XDG_CACHE_HOME"]) / "article-qa" / "models"
    models.unlink()
    models.symlink_to(exported / "models")


@pytest.fixture
def qa(environment: dict[str, str], tmp_path: Path) -> Run:
    """Run `qa` in a process of its own, with what it keeps in a folder of this test."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        options.setdefault("env", environment)
        options.setdefault("timeout", 120)
        return subprocess.run(  # type: ignore[call-overload, no-any-return]  # options are mixed
            [sys.executable, "-m", "qa", *arguments],
            capture_output=True,
            text=True,
            encoding="utf-8",
            **options,
        )

    return run
