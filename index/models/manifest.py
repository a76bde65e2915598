"""The folder of an exported model: its manifest, and writing it completely or not at all."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.errors import ModelError
from index.models.find import hash_file
from index.models.onnx import ONNX, ONNX_WEIGHTS, TOKENIZER

MANIFEST = "manifest.json"
EXPORT_FILES = (MANIFEST, ONNX, ONNX_WEIGHTS, TOKENIZER, "raw.onnx")
"""The names of all files ever written to an export's folder."""
UNFINISHED = ".unfinished-"
"""Prefix for folders that are being written, or whose writer was killed."""
UNFINISHED_SECONDS = 600
"""For this long after its last change, an unfinished folder may still be in use."""
FORMAT = 3
"""Increased when older exports can no longer be used."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """Identifies an exported model, with everything needed to run it."""

    format: int
    name: str
    fingerprint: str
    dimension: int
    max_tokens: int
    query_prompt: str
    passage_prompt: str
    files: dict[str, int]
    """File name to size in bytes."""
    sha256: dict[str, str]
    """File name to the SHA-256 of its content; checked by `damaged`, not at every start."""
    not_exported: str = ""
    """Why the model runs through sentence-transformers instead; empty if it was exported."""

    @classmethod
    def read(cls, folder: Path) -> Manifest | None:
        """Return the manifest of an export; None if the export is missing or incomplete."""
        try:
            values = json.loads((folder / MANIFEST).read_text("utf-8"))
            if values.pop("checksum") != _checksum(values):
                return None
            manifest = cls(**values)
            sizes = {name: (folder / name).stat().st_size for name in manifest.files}
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return None
        return manifest if manifest.format == FORMAT and sizes == manifest.files else None

    def damaged(self, folder: Path) -> list[str]:
        """Return the names of the files that differ from what was written. Raises: ModelError."""
        return [name for name, known in self.sha256.items() if hash_file(folder / name) != known]


def write_export(target: Path, write: Callable[[Path], Manifest]) -> Manifest:
    """Let `write` fill a temporary folder, then move it to `target`.

    Raises: ModelError if the folder cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=target.parent))
    except OSError as error:
        raise _not_writable(target, error) from error
    try:
        manifest = write(unfinished)
        values = asdict(manifest)
        values["checksum"] = _checksum(values)
        (unfinished / MANIFEST).write_text(json.dumps(values, indent=1), "utf-8")
        for file in unfinished.iterdir():
            with file.open("rb+") as written:
                os.fsync(written.fileno())
        _replace(unfinished, target)
    except OSError as error:
        raise _not_writable(target, error) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return manifest


def models_in(models: Path) -> list[Path]:
    """Return the folders of all exported models in a folder, unfinished ones included."""
    unfinished = models.glob(f"{UNFINISHED}*")
    return sorted({*(manifest.parent for manifest in models.glob(f"*/{MANIFEST}")), *unfinished})


def is_being_written(folder: Path) -> bool:
    """Return whether another process may still be writing a folder of `models_in`."""
    try:
        recent = time.time() < folder.stat().st_mtime + UNFINISHED_SECONDS
    except OSError:  # it has just been moved to its final name
        return True
    return recent and folder.name.startswith(UNFINISHED)


def _checksum(values: dict[str, Any]) -> str:
    """Return the checksum of a manifest's values, which reveals a damaged manifest."""
    return sha256(json.dumps(values, sort_keys=True).encode("ascii")).hexdigest()


def _replace(unfinished: Path, target: Path) -> None:
    """Move a finished folder to `target`, unless another process has moved one there."""
    if target.exists() and Manifest.read(target) is None:
        shutil.rmtree(target)
    try:
        unfinished.rename(target)
    except OSError:
        if Manifest.read(target) is None:
            raise


def _not_writable(target: Path, error: OSError) -> ModelError:
    return ModelError(
        f"The exported model cannot be written to {target.parent}: {error.strerror or error}",
        "Free some space, check its permissions, or set XDG_CACHE_HOME to another folder.",
    )
