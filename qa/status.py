"""What `qa status` shows: versions, stores and exported models."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from index.errors import StoreError
from index.models.manifest import EXPORT_FILES, Manifest, models_in
from index.store.errors import not_a_store
from index.store.files import DATABASE, STORE_FILES, folder_bytes, remove_files, stores_in
from index.store.readonly import describe, is_foreign
from qa.show.text import counted

PACKAGES = ("article-qa", "sentence-transformers", "torch", "onnxruntime", "faiss-cpu", "textual")


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """One indexed corpus."""

    folder: str
    paths: tuple[str, ...]
    model: str
    articles: int
    passages: int
    bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """One exported model."""

    folder: str
    name: str
    bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class Status:
    """All that `qa status` shows."""

    versions: Mapping[str, str]
    stores_folder: str
    models_folder: str
    stores: tuple[StoreStatus, ...]
    models: tuple[ModelStatus, ...]


def collect(stores: Path, models: Path) -> Status:
    """Return the contents of both folders, which need not exist. Changes nothing."""
    return Status(
        versions={"python": platform.python_version(), **_versions()},
        stores_folder=str(stores),
        models_folder=str(models),
        stores=tuple(_store_status(folder) for folder in stores_in(stores)),
        models=tuple(_model_status(folder) for folder in models_in(models)),
    )


def clear(stores: Path, models: Path | None) -> int:
    """Delete all stores and exported models, and return the bytes freed.

    Only files that this program writes are deleted, and folders that are empty afterwards. A
    database that may belong to another program is kept.

    Raises: StoreError if one cannot be deleted.
    """
    freed = 0
    for folder in stores_in(stores):
        if not is_foreign(folder):
            freed += remove_files(folder, STORE_FILES)
    for folder in models_in(models) if models else ():
        freed += remove_files(folder, EXPORT_FILES)
    return freed


def to_lines(status: Status) -> Iterator[str]:
    """Yield the lines that a terminal shows."""
    for package, number in status.versions.items():
        yield f"{package:<22}{number}"
    yield ""
    yield f"Stores in {status.stores_folder}"
    for store in status.stores:
        yield f"  {', '.join(store.paths)}"
        yield (
            f"      {counted(store.articles, 'article')}, "
            f"{counted(store.passages, 'passage')}, "
            f"{store.bytes / 1e6:,.1f} MB, {store.model}{_problem(store.problem)}"
        )
    if not status.stores:
        yield "  none"
    yield f"Models in {status.models_folder}"
    for model in status.models:
        yield f"  {model.name}, {model.bytes / 1e6:,.1f} MB{_problem(model.problem)}"
    if not status.models:
        yield "  none"
    total = sum(store.bytes for store in status.stores)
    total += sum(model.bytes for model in status.models)
    yield f"Total {total / 1e6:,.1f} MB. `qa status --clear` deletes it all."


def _problem(problem: str) -> str:
    return f" ({problem})" if problem else ""


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _store_status(folder: Path) -> StoreStatus:
    unknown = StoreStatus(
        folder=str(folder),
        paths=(str(folder),),
        model="unknown model",
        articles=0,
        passages=0,
        bytes=folder_bytes(folder),
        problem="",
    )
    try:
        if is_foreign(folder):
            raise not_a_store(folder / DATABASE)
        about = describe(folder)
        if about is None:
            return unknown
        return replace(
            unknown,
            paths=tuple(str(path) for path in json.loads(about["paths"])),
            model=about["model"],
            articles=int(about["articles"]),
            passages=int(about["passages"]),
        )
    except StoreError as error:
        return replace(unknown, problem=error.message)
    except (ValueError, KeyError, TypeError):
        return replace(unknown, problem="damaged; the next question rebuilds it")


def _model_status(folder: Path) -> ModelStatus:
    manifest = Manifest.read(folder)
    return ModelStatus(
        folder=str(folder),
        name=manifest.name if manifest else folder.name,
        bytes=folder_bytes(folder),
        problem=manifest.not_exported if manifest else "incomplete",
    )
