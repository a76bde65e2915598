"""How a corpus is read, encoded and answered: one value from the command line to the store.

Each option is declared here and nowhere else: `qa.commands.options` makes a command-line option
of every field that has an `Option`.
"""

from __future__ import annotations

import codecs
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from index.models.find import DEFAULT_MODEL
from index.scan import DEFAULT_MAX_BYTES
from qa.folders import cache_folder

BUNDLED_READER = "article-qa"
NO_READER = "none"


@dataclass(frozen=True, slots=True)
class Option:
    """What the command line says of a setting."""

    help: str
    metavar: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a user can choose. Raises: ValueError for a value that cannot be used."""

    model: Annotated[
        str, Option("A sentence-transformers model on this machine, by name or folder.", "NAME|DIR")
    ] = DEFAULT_MODEL
    download: Annotated[bool, Option("Download a model that is not on this machine.")] = False
    device: Annotated[str, Option("Where to run the model: cpu, cuda or mps.", "NAME")] = "cpu"
    reader: Annotated[
        str,
        Option(
            "A question-answering model on this machine; none answers with whole sentences.",
            "NAME|DIR|none",
        ),
    ] = BUNDLED_READER
    min_confidence: Annotated[
        float | None, Option("Minimum confidence (default: calibrated).", "0-1")
    ] = None
    store: Annotated[
        Path | None, Option("Folder for indexed articles (default: the user's cache).", "DIR")
    ] = None
    encoding: Annotated[
        str | None,
        Option("Encoding of files that are not UTF-8 and have no byte order mark.", "NAME"),
    ] = None
    max_size: Annotated[float, Option("Skip files larger than this.", "MB")] = (
        DEFAULT_MAX_BYTES / 1e6
    )
    cache: Path | None = None
    """Folder for exported models, and for stores unless `store` is given. Only from Python."""

    def __post_init__(self) -> None:
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise ValueError(f"min_confidence is not in [0, 1]: {self.min_confidence}")
        if not (self.max_size > 0 and math.isfinite(self.max_size)):
            raise ValueError(f"max_size is not a number of megabytes: {self.max_size}")
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError as error:
                raise ValueError(f"unknown encoding: {self.encoding}") from error

    @property
    def max_bytes(self) -> int:
        """The size of the largest file that is read."""
        return int(self.max_size * 1e6)

    @property
    def cache_path(self) -> Path:
        """Where exported models are kept, and stores unless `store` says otherwise."""
        return self.cache or cache_folder()

    @property
    def stores_path(self) -> Path:
        """The folder that holds one folder for each indexed corpus."""
        return self.store or self.cache_path / "stores"
