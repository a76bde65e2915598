"""What `qa status` shows: versions, stores and exported models."""

from __future__ import annotations

import json
import os
import platform
import shlex
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from index.engines.address import EngineAddress, is_engine_address
from index.engines.engine import StoredCorpus
from index.engines.open import engine_at
from index.errors import StoreError
from index.models.manifest import Manifest, models_in
from index.store.errors import not_a_store
from index.store.files import DATABASE, folder_bytes, stores_in
from index.store.readonly import describe, is_foreign
from index.web.addresses import is_address
from index.web.snapshots import Snapshots
from qa.show.text import counted, visible_name

CLEAR_GONE = "qa status --clear --gone"
PACKAGES = ("article-qa", "sentence-transformers", "torch", "onnxruntime", "faiss-cpu", "textual")


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """One indexed corpus."""

    folder: str
    """Of a store on a server, its name there."""
    paths: tuple[str, ...]
    model: str
    articles: int
    passages: int
    bytes: int
    """On disk; 0 if a server does not say it."""
    problem: str
    changed: float
    """When its articles last changed, in seconds since the epoch; 0 if that is not known."""
    missing: tuple[str, ...] = ()
    """Those of `paths` that no longer exist."""
    pending: str = ""
    """What is still to be done to its files, a step with each change; empty if nothing is."""

    @property
    def is_gone(self) -> bool:
        """Whether nothing that this store was made of exists any more."""
        return bool(self.missing) and self.missing == self.paths

    @property
    def fix(self) -> str:
        """How to delete this store."""
        return f"To delete this store: qa status --clear {shlex.join(self.paths)}"


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
    """Or the address of a server, without its password."""
    models_folder: str
    stores: tuple[StoreStatus, ...]
    models: tuple[ModelStatus, ...]
    snapshots_folder: str = ""
    snapshots: int = 0
    """The number of web pages that were fetched and kept."""
    snapshots_bytes: int = 0
    default_corpus: tuple[str, ...] = ()
    """What is asked without PATHS; empty for the sample article."""
    default_corpus_set_by: str = ""
    """A variable or a file; empty if nothing sets it."""


def collect(
    stores: Path | EngineAddress,
    models: Path,
    snapshots: Path,
    default_corpus: tuple[str, ...] = (),
    set_by: str = "",
) -> Status:
    """Return the contents of the folders, which need not exist. Changes nothing.

    stores: their folder, or the server that has them. Raises: StoreError if it cannot be reached.
    """
    pages, size = Snapshots(snapshots).size()
    engine = engine_at(stores) if isinstance(stores, EngineAddress) else None
    server = {"server": engine.version()} if engine else {}
    return Status(
        versions={"python": platform.python_version(), **_versions(), **server},
        stores_folder=str(stores),
        models_folder=str(models),
        stores=tuple(statuses_of(stores)),
        models=tuple(_model_status(folder) for folder in models_in(models)),
        snapshots_folder=str(snapshots),
        snapshots=pages,
        snapshots_bytes=size,
        default_corpus=default_corpus,
        default_corpus_set_by=set_by,
    )


def to_lines(status: Status) -> Iterator[str]:
    """Yield the lines that a terminal shows."""
    for package, number in status.versions.items():
        yield f"{package:<22}{number}"
    yield ""
    asked = ", ".join(map(visible_name, status.default_corpus)) or "the sample article"
    by = f" (set by {status.default_corpus_set_by})" if status.default_corpus_set_by else ""
    yield f"Asked without PATHS: {asked}{by}"
    place = "on" if is_engine_address(status.stores_folder) else "in"
    yield f"Stores {place} {status.stores_folder}"
    for store in status.stores:
        yield f"  {', '.join(map(visible_name, store.paths))}"
        yield (
            f"      {counted(store.articles, 'article')}, "
            f"{counted(store.passages, 'passage')}, "
            f"{_size(store.bytes)}, {store.model}"
            f"{_age(store.changed)}{_problem(store.problem)}"
        )
        if store.pending:
            yield f"      {store.pending}: done step by step, whenever articles change"
        if store.missing:
            yield f"      {no_longer_exists(store.missing)}. {store.fix}"
    if not status.stores:
        yield "  none"
    yield f"Models in {status.models_folder}"
    for model in status.models:
        yield f"  {model.name}, {model.bytes / 1e6:,.1f} MB{_problem(model.problem)}"
    if not status.models:
        yield "  none"
    if gone := sum(store.is_gone for store in status.stores):
        yield f"{counted(gone, 'store')} without any files left. To delete: {CLEAR_GONE}"
    if status.snapshots:
        yield f"Fetched web pages in {status.snapshots_folder}, kept unless --clear has --pages"
        pages = counted(status.snapshots, "web page")
        yield f"  {pages}, {status.snapshots_bytes / 1e6:,.1f} MB"
    total = sum(store.bytes for store in status.stores)
    total += sum(model.bytes for model in status.models)
    if is_engine_address(status.stores_folder):
        yield f"To delete a store: qa status --store {status.stores_folder} --clear PATHS"
    else:
        yield f"Total {total / 1e6:,.1f} MB. `qa status --clear` deletes stores and models."


def _size(bytes: int) -> str:
    return f"{bytes / 1e6:,.1f} MB" if bytes else "size not known"


def _age(changed: float) -> str:
    """Return how long ago a store changed, after a comma; empty if that is not known."""
    if not changed:
        return ""
    seconds = max(0, int(time.time() - changed))
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f", changed {counted(seconds // length, unit)} ago"
    return ", changed just now"


def _problem(problem: str) -> str:
    return f" ({problem})" if problem else ""


def no_longer_exists(paths: Sequence[str]) -> str:
    """Return a clause about missing paths."""
    return f"{', '.join(map(visible_name, paths))} no longer exist{'s' if len(paths) == 1 else ''}"


def _does_not_exist(path: str) -> bool:
    if is_address(path):
        return False
    try:
        os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):  # not known: a permission may be missing
        return False
    return False


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def statuses_of(stores: Path | EngineAddress) -> list[StoreStatus]:
    """Return what is known about each store in a folder or on a server. Raises: StoreError."""
    if isinstance(stores, EngineAddress):
        return [_status_on_server(store) for store in engine_at(stores).stores()]
    return [store_status(folder) for folder in stores_in(stores)]


def _status_on_server(store: StoredCorpus) -> StoreStatus:
    """Return the same of a store on a server, whose articles may be those of another machine."""
    return StoreStatus(
        folder=store.name,
        paths=store.paths,
        model=store.about.get("model", "unknown model"),
        articles=store.articles,
        passages=store.passages,
        bytes=store.bytes,
        problem=store.problem,
        changed=0.0,
    )


def store_status(folder: Path) -> StoreStatus:
    """Return what is known about a store, damaged or not. Changes nothing."""
    unknown = StoreStatus(
        folder=str(folder),
        paths=(str(folder),),
        model="unknown model",
        articles=0,
        passages=0,
        bytes=folder_bytes(folder),
        problem="",
        changed=_changed(folder / DATABASE),
    )
    try:
        if is_foreign(folder):
            raise not_a_store(folder / DATABASE)
        about = describe(folder)
        if about is None:
            return unknown
        paths = tuple(str(path) for path in json.loads(about["paths"]))
        return replace(
            unknown,
            paths=paths,
            missing=tuple(filter(_does_not_exist, paths)),
            model=about["model"],
            articles=int(about["articles"]),
            passages=int(about["passages"]),
            pending=about["pending"],
        )
    except StoreError as error:
        return replace(unknown, problem=error.message)
    except (ValueError, KeyError, TypeError):
        return replace(unknown, problem="damaged; the next question rebuilds it")


def _changed(database: Path) -> float:
    try:
        return database.stat().st_mtime
    except OSError:
        return 0.0


def _model_status(folder: Path) -> ModelStatus:
    manifest = Manifest.read(folder)
    return ModelStatus(
        folder=str(folder),
        name=manifest.name if manifest else folder.name,
        bytes=folder_bytes(folder),
        problem=manifest.not_exported if manifest else "incomplete",
    )
