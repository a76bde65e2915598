"""Checks models, stores, folders, web pages, conversations and the terminal for problems.

Checking changes no content; only `repair` does. If a process was killed while writing a store,
SQLite may create its shared-memory file beside the store.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO

from index.errors import ConfigurationError, QAError
from index.models.encoder import OnnxEncoder, export_folder
from index.models.find import DEFAULT_MODEL, find_model
from index.models.manifest import EXPORT_FILES, UNFINISHED, Manifest, is_being_written, models_in
from index.question import Question
from index.store import check
from index.store.files import remove_files, stores_in
from index.types import Article, Hit, Passage, Span
from index.web.snapshots import SnapshotDamaged, Snapshots
from qa.answers.history import History
from qa.checks import Check, State
from qa.configuration import read_configuration
from qa.folders import conversations_folder, models_folder, snapshots_folder
from qa.reader.open import MODEL, damaged_files, open_reader
from qa.settings import Settings
from qa.show.text import counted
from qa.status import no_longer_exists, store_status

MIN_FREE_BYTES = 200_000_000
"""An exported model takes 90 MB, and exporting it as much again."""
MIN_TERMINAL_SIZE = (60, 20)
"""Columns and lines that the chat needs."""
EXPORT_AGAIN = "`qa doctor --repair` removes it; the next question exports it again."
TEST_TEXT = "The bridge was built in 1932."
TEST_QUESTION, TEST_ANSWER = "When was the bridge built?", "1932"

OnProgress = Callable[[str, int, int], None]
"""Called with what is being checked, how many are done, and how many there are."""


def examine(
    *,
    cache: Path,
    stores: Path | None,
    state: Path,
    data: Path,
    on_progress: OnProgress = lambda *_: None,
) -> Iterator[Check]:
    """Check everything except the terminal, and yield each result.

    cache: folder of the exported models. stores: folder of the stores; None if they are on a
        server, see `qa.server_checks`. state: folder of conversations and settings. data: folder of
        fetched web pages. None of them needs to exist.
    """
    yield from _model(cache)
    yield from _exports(models_folder(cache))
    yield from _reader(cache)
    for what, folder in (("cache", cache), ("stores", stores), ("state", state), ("data", data)):
        if folder:
            yield _folder(what, folder)
    if stores:
        yield from _stores(stores, on_progress)
    yield from web_pages(Snapshots(snapshots_folder(data)), on_progress)
    yield from _conversations(conversations_folder(state))


def configuration(
    file: Path, options: Sequence[str], invalid: Callable[[Mapping[str, object]], str]
) -> Iterator[Check]:
    """Check the configuration file, which need not exist.

    options: see `read_configuration`. invalid: returns what is wrong with the values of entries.
    """
    try:
        entries = read_configuration(file, options)
    except ConfigurationError as error:
        yield Check("configuration", "problem", error.message, error.hint)
        return
    if wrong := invalid(entries):
        yield Check("configuration", "problem", f"{file}: {wrong}", "Change it or remove it.")
    elif entries:
        yield Check("configuration", "ok", str(file))


def terminal(out: TextIO, environment: Mapping[str, str]) -> Iterator[Check]:
    """Check the terminal that `out` writes to."""
    if not out.isatty():
        yield Check("terminal", "note", "stdout is not a terminal: no colour, no chat")
        return
    columns, lines = shutil.get_terminal_size()
    if (columns, lines) < MIN_TERMINAL_SIZE or lines < MIN_TERMINAL_SIZE[1]:
        wanted = f"{MIN_TERMINAL_SIZE[0]} × {MIN_TERMINAL_SIZE[1]}"
        yield Check("terminal", "note", f"{columns} × {lines}: the chat needs {wanted}")
    if out.encoding.lower().replace("-", "") != "utf8":
        yield Check(
            "terminal", "note", f"the encoding is {out.encoding}: other characters are escaped",
            "Use a UTF-8 locale: export LANG=C.UTF-8",
        )  # fmt: skip
    kind = environment.get("TERM", "")
    if kind in ("", "dumb"):
        yield Check("terminal", "note", f"TERM is {kind or 'not set'}: no colour, no chat")
        return
    colors = "24-bit colour" if environment.get("COLORTERM") else f"{kind} colours"
    if environment.get("NO_COLOR"):
        colors = "NO_COLOR is set"
    yield Check("terminal", "ok", f"{kind}, {columns} × {lines}, {colors}")


def _model(cache: Path) -> Iterator[Check]:
    try:
        model = find_model(DEFAULT_MODEL, notify=lambda _: None)
        model.check()
    except QAError as error:
        yield Check("model", "problem", error.message, error.hint)
        return
    yield Check("model", "ok", f"{model.name}: the weights match the published checksum")
    folder = export_folder(model, models_folder(cache))
    manifest = Manifest.read(folder)
    if manifest is None:
        yield Check(
            "export", "note", f"{model.name} is not exported yet",
            "The first question exports it, in about 15 s.",
        )  # fmt: skip
    elif not manifest.not_exported and (problem := _cannot_run(folder)):
        repair = partial(_remove_export, folder, _cannot_run)
        yield Check("export", "problem", problem, EXPORT_AGAIN, repair)


def _cannot_run(folder: Path) -> str:
    """Return why an export cannot encode a question; empty if it can."""
    manifest = Manifest.read(folder)
    if manifest is None:
        return f"{folder} is incomplete"
    try:  # not with `open_encoder`, which replaces a damaged export
        OnnxEncoder(folder, manifest).encode_query(TEST_QUESTION)
    except QAError as error:
        return error.message
    return ""


def _exports(models: Path) -> Iterator[Check]:
    for folder in models_in(models) if os.path.isdir(models) else []:
        if is_being_written(folder):
            continue
        if problem := _incomplete(folder):
            repair = partial(_remove_export, folder, _incomplete)
            yield Check("export", "note", problem, EXPORT_AGAIN, repair)
        elif problem := _damaged(folder):
            repair = partial(_remove_export, folder, _damaged)
            yield Check("export", "problem", problem, EXPORT_AGAIN, repair)
        elif manifest := Manifest.read(folder):
            if manifest.not_exported:
                yield Check("export", "note", f"{manifest.name} is slow: {manifest.not_exported}")
            else:
                yield Check("export", "ok", f"{manifest.name}: all files match their checksums")


def _incomplete(folder: Path) -> str:
    """Return a sentence if a folder holds no complete export of this version; empty if it does."""
    if folder.name.startswith(UNFINISHED) or Manifest.read(folder) is None:
        return f"{folder} is incomplete or from another version"
    return ""


def _damaged(folder: Path) -> str:
    """Return which files of an export differ from their checksums; empty if none do."""
    manifest = Manifest.read(folder)
    if manifest is None:
        return f"{folder} is incomplete"
    try:
        names = manifest.damaged(folder)
    except QAError as error:
        return error.message
    return f"{folder} is damaged: {', '.join(names)}" if names else ""


def _remove_export(folder: Path, problem: Callable[[Path], str]) -> list[str]:
    """Remove the files of an export if it still has a problem. Raises: QAError."""
    if not folder.exists() or not problem(folder):  # rebuilt or removed by another process
        return []
    remove_files(folder, EXPORT_FILES)
    return [f"Removed {folder}." if not folder.exists() else f"Removed the export in {folder}."]


def _reader(cache: Path) -> Iterator[Check]:
    """Compare the reader's files with their checksums, and ask it a test question."""
    reinstall = "Reinstall it: pip install --force-reinstall article-qa"
    try:
        if names := damaged_files():
            yield Check("reader", "problem", f"{MODEL} is damaged: {', '.join(names)}", reinstall)
            return
        article = Article("bridge.txt", "bridge.txt", "Bridge", TEST_TEXT, "")
        hit = Hit(Passage(article, Span(0, len(TEST_TEXT))), 1, 1.0, 1.0, 1.0)
        reader = open_reader(Settings(cache=cache), notify=lambda _: None)
        answers = [answer.text for answer in reader.read(Question(TEST_QUESTION), [hit]).answers]
    except QAError as error:
        yield Check("reader", "problem", error.message, error.hint)
        return
    asked = f"asked “{TEST_QUESTION}” about “{TEST_TEXT}”, it answers"
    if answers[:1] == [TEST_ANSWER]:
        yield Check("reader", "ok", f"{asked} “{TEST_ANSWER}”")
    else:
        wrong = ", ".join(f"“{answer}”" for answer in answers) or "nothing"
        yield Check("reader", "problem", f"{asked} {wrong}", reinstall)


def _folder(what: str, folder: Path) -> Check:
    """Check whether a folder, or the one it will be created in, is writable and has space."""
    existing = folder
    while not os.path.exists(existing) and existing != existing.parent:
        existing = existing.parent
    try:
        with contextlib.suppress(FileNotFoundError):  # created when needed
            os.stat(folder)
        with tempfile.TemporaryFile(dir=existing):
            pass
        free = shutil.disk_usage(existing).free
    except OSError as error:
        return Check(
            what, "problem", f"{folder} is not writable: {error.strerror or error}",
            f"Make {existing} a writable folder.",
        )  # fmt: skip
    if free < MIN_FREE_BYTES:
        return Check(
            what, "problem", f"{folder}: only {free / 1e6:,.0f} MB free",
            "Free some space. `qa status --clear` deletes what can be rebuilt.",
        )  # fmt: skip
    return Check(what, "ok", f"{folder}: writable, {free / 1e9:,.1f} GB free")


def _stores(stores: Path, on_progress: OnProgress) -> Iterator[Check]:
    found = stores_in(stores) if os.path.isdir(stores) else []
    for number, folder in enumerate(found, start=1):
        what = f"articles in store {number} of {len(found)}"
        try:
            findings = check.findings(folder, on_progress=partial(on_progress, what))
        except QAError as error:
            yield Check("store", "problem", error.message, error.hint)
            continue
        for finding in findings:
            state: State = "problem" if finding.effect == "answers" else "note"
            repair_it = partial(check.repair, folder, [finding]) if finding.files else None
            yield Check("store", state, f"{folder}: {finding.message}", finding.fix, repair_it)
        if not findings:
            yield Check("store", "ok", f"{folder}: all passages and vectors match their checksums")
        status = store_status(folder)
        if status.missing:
            message = f"{folder}: {no_longer_exists(status.missing)}"
            yield Check("store", "note", message, status.fix)


def web_pages(snapshots: Snapshots, on_progress: OnProgress) -> Iterator[Check]:
    """Read what was fetched from web addresses, and compare it with its checksums."""
    files = snapshots.files()
    sound = 0
    for number, file in enumerate(files, start=1):
        try:
            snapshots.check(file)
            sound += 1
        except (SnapshotDamaged, OSError) as error:
            address = snapshots.address_in(file)
            fix = f"Fetch it again: qa index --refresh {address or 'ADDRESS'}"
            yield Check("web page", "problem", f"{file}: {error}", fix)
        on_progress("web pages", number, len(files))
    if sound:
        yield Check("web pages", "ok", f"{counted(sound, 'web page')}: as fetched")


def _conversations(folder: Path) -> Iterator[Check]:
    if not os.path.isdir(folder):
        return
    files = sorted(folder.glob("*.jsonl"))
    readable = {saved.id for saved in History(folder).all()}
    for file in files:
        if file.stem not in readable and not _is_empty(file):
            yield Check("conversations", "note", f"{file} holds no readable conversation")
    if readable:
        yield Check("conversations", "ok", counted(len(readable), "saved conversation"))


def _is_empty(file: Path) -> bool:
    try:
        return os.path.getsize(file) == 0
    except OSError:  # a broken link, for example
        return False
