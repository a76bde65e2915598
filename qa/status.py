"""What `qa status` shows: versions, stores and exported models."""

from __future__ import annotations

import json
import os
import platform
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from index.errors import StoreError
from index.models.manifest import EXPORT_FILES, Manifest, models_in
from index.store.errors import not_a_store
from index.store.files import DATABASE, STORE_FILES, folder_bytes, remove_files, stores_in
from index.store.readonly import describe, is_foreign
from index.web.addresses import is_address, normal_address
from index.web.snapshots import SNAPSHOT_FILES, Snapshots, file_name
from qa.show.text import counted

CLEAR_GONE = "qa status --clear --gone"
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
    missing: tuple[str, ...] = ()
    """Those of `paths` that no longer exist."""

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
    stores: Path,
    models: Path,
    snapshots: Path,
    default_corpus: tuple[str, ...] = (),
    set_by: str = "",
) -> Status:
    """Return the contents of the folders, which need not exist. Changes nothing."""
    pages, size = Snapshots(snapshots).size()
    return Status(
        versions={"python": platform.python_version(), **_versions()},
        stores_folder=str(stores),
        models_folder=str(models),
        stores=tuple(store_status(folder) for folder in stores_in(stores)),
        models=tuple(_model_status(folder) for folder in models_in(models)),
        snapshots_folder=str(snapshots),
        snapshots=pages,
        snapshots_bytes=size,
        default_corpus=default_corpus,
        default_corpus_set_by=set_by,
    )


def clear(stores: Path, models: Path | None) -> int:
    """Delete all stores and exported models, and return the bytes freed.

    Only files that this program writes are deleted, and folders that are empty afterwards. A
    database that may belong to another program is kept.

    Raises: StoreError if one cannot be deleted.
    """
    freed = _delete(stores_in(stores))
    for folder in models_in(models) if models else ():
        freed += remove_files(folder, EXPORT_FILES)
    return freed


def clear_gone(stores: Path) -> int:
    """Delete the stores of files and folders that no longer exist, and return the bytes freed.

    Raises: StoreError if one cannot be deleted.
    """
    found = map(store_status, stores_in(stores))
    return _delete(Path(store.folder) for store in found if store.is_gone)


def clear_stores_of(stores: Path, paths: Iterable[str]) -> int:
    """Delete the stores of these files and folders, and return the bytes freed.

    A store goes if everything that it was made of is one of them, or below one. Otherwise as
    `clear`.

    Raises: StoreError if one cannot be deleted, or if a path has none.
    """
    tops = [_absolute(path) for path in paths]
    chosen = []
    unused = set(tops)
    for store in map(store_status, stores_in(stores)):
        above = [
            {top for top in tops if _absolute(path).is_relative_to(top)} for path in store.paths
        ]
        if above and all(above):
            chosen.append(Path(store.folder))
            unused.difference_update(*above)
    if unused:
        raise StoreError(f"No store of {min(unused)}.", "`qa status` lists all stores.")
    return _delete(chosen)


def clear_pages(snapshots: Path, addresses: Iterable[str] = ()) -> int:
    """Delete the snapshots of these addresses, or all, and return the bytes freed.

    Raises: StoreError if one cannot be deleted, ArticleError if an address is invalid.
    """
    chosen = [file_name(normal_address(address)) for address in addresses]
    return remove_files(snapshots, chosen or SNAPSHOT_FILES) if snapshots.is_dir() else 0


def _absolute(path: str) -> Path:
    return Path(os.path.abspath(path))  # without "..", unlike `Path.absolute`


def _delete(folders: Iterable[Path]) -> int:
    return sum(remove_files(folder, STORE_FILES) for folder in folders if not is_foreign(folder))


def to_lines(status: Status) -> Iterator[str]:
    """Yield the lines that a terminal shows."""
    for package, number in status.versions.items():
        yield f"{package:<22}{number}"
    yield ""
    asked = ", ".join(status.default_corpus) or "the sample article"
    by = f" (set by {status.default_corpus_set_by})" if status.default_corpus_set_by else ""
    yield f"Asked without PATHS: {asked}{by}"
    yield f"Stores in {status.stores_folder}"
    for store in status.stores:
        yield f"  {', '.join(store.paths)}"
        yield (
            f"      {counted(store.articles, 'article')}, "
            f"{counted(store.passages, 'passage')}, "
            f"{store.bytes / 1e6:,.1f} MB, {store.model}{_problem(store.problem)}"
        )
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
    yield f"Total {total / 1e6:,.1f} MB. `qa status --clear` deletes it all."


def _problem(problem: str) -> str:
    return f" ({problem})" if problem else ""


def no_longer_exists(paths: Sequence[str]) -> str:
    """Return a clause about missing paths."""
    return f"{', '.join(paths)} no longer exist{'s' if len(paths) == 1 else ''}"


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
