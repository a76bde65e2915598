"""Runs the program in the tests' own process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import qa.cli
import qa.opening
from index.models.encoder import open_encoder
from index.models.find import ModelFolder
from index.scan import Source
from index.types import Encoder, Notify
from qa.corpus import Corpus
from qa.reader.open import open_reader
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from qa.types import MIN_ANSWERED, Reader
from tests.support.encoder import HashedWordsEncoder

Run = Callable[..., subprocess.CompletedProcess[str]]
TERMINAL_VARIABLES = ("NO_COLOR", "COLUMNS", "LINES")
"""Say what a terminal is like, wherever the tests happen to run; readline sets the last two."""
"""Runs `qa` in a process of its own."""


def sent_to_terminal(arguments: Sequence[str], environment: dict[str, str]) -> bytes:
    """Return what `qa` sends to a terminal, in a process of its own that ends with 0."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "qa", *arguments]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        sent = b"".join(iter(lambda: _read(ours), b""))
        assert process.wait(120) == 0
    os.close(ours)
    return sent


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux says so when the other side of a terminal is closed
        return b""


@dataclass(frozen=True)
class Ran:
    """The result of a run of the program."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def errors(self) -> str:
        return self.err.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.text.splitlines()]


class _Stdin(io.BytesIO):
    name = "<stdin>"


@dataclass(frozen=True)
class Program:
    """The program in this process. Everything that it stores is below `home`."""

    home: Path
    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[bytes]
    models: Path | None = None
    """Folder of exported models, each loaded only once; None for hashed words and sentences."""

    def __post_init__(self) -> None:
        self.patch.setenv("XDG_CACHE_HOME", str(self.home / "cache"))
        self.patch.setenv("XDG_STATE_HOME", str(self.home / "state"))
        self.patch.setenv("XDG_DATA_HOME", str(self.home / "data"))
        self.patch.setenv("XDG_CONFIG_HOME", str(self.home / "config"))
        for name in TERMINAL_VARIABLES:
            self.patch.delenv(name, raising=False)
        if self.models is None:
            self.patch.setattr(qa.opening, "open_corpus", _open_without_models)
        else:
            cache = self.home / "cache" / "article-qa"
            cache.mkdir(parents=True)
            (cache / "models").symlink_to(self.models)
            self.patch.setattr(qa.opening, "open_encoder", partial(_encoder, self.models))
            self.patch.setattr(qa.opening, "open_reader", _reader)

    def run(self, *arguments: str, stdin: bytes | str = b"") -> Ran:
        self.captured.readouterr()
        piped = stdin.encode() if isinstance(stdin, str) else stdin
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(_Stdin(piped), "utf-8"))
        code = qa.cli.run(list(arguments))
        return Ran(code, *self.captured.readouterr())


def _open_without_models(
    *paths: str, settings: Settings, notify: Notify, stdin: Source | None = None
) -> Corpus:
    return Corpus(
        paths or (str(qa.sample_article()),),
        encoder=HashedWordsEncoder(),
        reader=SentenceReader(settings.min_confidence or MIN_ANSWERED, min_confidence=0.1),
        settings=settings,
        notify=notify,
    )


_encoders: dict[tuple[Path, ModelFolder], Encoder] = {}
_readers: dict[tuple[str, float | None], Reader] = {}


def _encoder(
    key: Path, model: ModelFolder, models: Path, *, device: str, notify: Notify
) -> Encoder:
    if (key, model) not in _encoders:
        _encoders[key, model] = open_encoder(model, models, device=device, notify=notify)
    return _encoders[key, model]


def _reader(settings: Settings, *, notify: Notify) -> Reader:
    wanted = (settings.reader, settings.min_confidence)
    if wanted not in _readers:
        _readers[wanted] = open_reader(settings, notify=notify)
    return _readers[wanted]
