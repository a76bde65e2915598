"""The program, run within the tests' own process."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import qa.cli
import qa.commands.chat
import qa.commands.corpus
from qa.corpus import Corpus
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from tests.support.encoder import HashedWordsEncoder

Run = Callable[..., subprocess.CompletedProcess[str]]
"""Runs `qa` in a process of its own."""


@dataclass(frozen=True)
class Ran:
    """What a run of the program came to."""

    code: int
    out: bytes
    err: bytes

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Program:
    """The program within this process, asking with hashed words and whole sentences.

    All that it keeps is kept below `home`.
    """

    home: Path
    patch: pytest.MonkeyPatch
    captured: pytest.CaptureFixture[bytes]

    def __post_init__(self) -> None:
        self.patch.setenv("XDG_CACHE_HOME", str(self.home / "cache"))
        self.patch.setenv("XDG_STATE_HOME", str(self.home / "state"))
        for command in (qa.commands.corpus, qa.commands.chat):
            self.patch.setattr(command, "open_corpus", self._open)

    def run(self, *arguments: str, stdin: bytes = b"") -> Ran:
        self.captured.readouterr()
        self.patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), "utf-8"))
        code = qa.cli.run(list(arguments))
        return Ran(code, *self.captured.readouterr())

    @staticmethod
    def _open(*paths: str, settings: Settings, notify: Any) -> Corpus:
        return Corpus(
            paths or (str(qa.sample_article()),),
            encoder=HashedWordsEncoder(),
            reader=SentenceReader(settings.min_confidence or 0.1),
            settings=settings,
            notify=notify,
        )
