"""The settings of a corpus: one value, passed from the command line to the store.

Each option is declared here only: `qa.commands.options` generates a command-line option for every
field that has an `Option`.
"""

from __future__ import annotations

import codecs
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from index.engines.address import EngineAddress, InvalidAddress, is_engine_address
from index.models.find import DEFAULT_MODEL
from index.scan import DEFAULT_MAX_BYTES
from qa.folders import cache_folder, data_folder, models_folder, snapshots_folder, stores_folder

DEFAULT_PASSAGES = 3
"""How many passages are shown."""
BUNDLED_READER = "article-qa"
PASSWORD_VARIABLE = "QA_STORE_PASSWORD"
"""The environment variable with the password of the server that has the stores."""
NO_READER = "none"


@dataclass(frozen=True, slots=True)
class Option:
    """How a setting appears on the command line."""

    help: str
    metavar: str = ""


class InvalidSetting(ValueError):
    """A setting has a value that cannot be used."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a user can set. Raises: InvalidSetting."""

    model: Annotated[
        str, Option("Local sentence-transformers model, by name or folder.", "NAME|DIR")
    ] = DEFAULT_MODEL
    download: Annotated[bool, Option("Download models that are not on this machine.")] = False
    device: Annotated[str, Option("Device to run the model on: cpu, cuda or mps.", "NAME")] = "cpu"
    ray: Annotated[
        str | None,
        Option(
            "Encode on the Ray cluster at this address; this machine must be part of it.",
            "HOST:PORT",
        ),
    ] = None
    reader: Annotated[
        str,
        Option(
            "Local question-answering model; none answers with whole sentences.",
            "NAME|DIR|none",
        ),
    ] = BUNDLED_READER
    min_confidence: Annotated[
        float | None,
        Option(
            "Minimum confidence of an answer (default: calibrated); below 0.5 counts as 0.5. "
            "Answers below it are shown as unsure.",
            "0-1",
        ),
    ] = None
    store: Annotated[
        str | Path | EngineAddress | None,
        Option(
            "Folder for indexed articles (default: your cache folder), or the address of a server. "
            "Its password can be in QA_STORE_PASSWORD.",
            "DIR|URL",
        ),
    ] = None
    encoding: Annotated[
        str | None,
        Option("Encoding of files that are not UTF-8 and have no byte order mark.", "NAME"),
    ] = None
    whole_page: Annotated[
        bool, Option("Read all text of web pages, with navigation, instead of the main text.")
    ] = False
    max_size: Annotated[float, Option("Skip files larger than this.", "MB")] = (
        DEFAULT_MAX_BYTES / 1e6
    )
    allow_private: Annotated[
        bool, Option("Also fetch web addresses of this machine and its network.")
    ] = False
    linked: Annotated[
        bool, Option("Also fetch the articles that feeds among the web addresses link to.")
    ] = False
    cache: str | Path | None = None
    """Folder of exported models, and of stores unless `store` is set. Set from Python only."""
    data: str | Path | None = None
    """Folder of fetched web pages. Set from Python only."""

    def __post_init__(self) -> None:
        if self.min_confidence is not None and not 0 <= self.min_confidence <= 1:
            raise InvalidSetting("min_confidence", f"{self.min_confidence} is not in [0, 1]")
        if not (self.max_size > 0 and math.isfinite(self.max_size)):
            raise InvalidSetting("max_size", f"{self.max_size} is not a positive number")
        if isinstance(self.store, str) and is_engine_address(self.store):
            try:
                object.__setattr__(self, "store", EngineAddress.parse(self.store))
            except InvalidAddress as error:
                raise InvalidSetting("store", str(error)) from None  # its cause may quote all of it
        if self.encoding is not None:
            try:
                codec = codecs.lookup(self.encoding)
            except (LookupError, ValueError) as error:  # ValueError: a NUL, or not valid Unicode
                raise InvalidSetting("encoding", f"unknown encoding {self.encoding!r}") from error
            object.__setattr__(self, "encoding", codec.name)

    @property
    def max_bytes(self) -> int:
        """Size in bytes of the largest file to read."""
        return int(self.max_size * 1e6)

    @property
    def cache_path(self) -> Path:
        """The folder of exported models, and of stores unless `store` is set."""
        return Path(self.cache) if self.cache else cache_folder()

    @property
    def models_path(self) -> Path:
        """The folder of exported models."""
        return models_folder(self.cache_path)

    @property
    def snapshots_path(self) -> Path:
        """The folder of fetched web pages."""
        return snapshots_folder(Path(self.data) if self.data else data_folder())

    @property
    def stores(self) -> Path | EngineAddress:
        """The folder with one folder for each indexed corpus, or the server that has them."""
        if isinstance(self.store, EngineAddress):
            return self.store.with_password(os.environ.get(PASSWORD_VARIABLE, ""))
        if self.store:
            return Path(os.path.expanduser(self.store))
        return stores_folder(self.cache_path)
