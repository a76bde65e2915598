"""Is everything in order? Looks at models, stores, folders, conversations and the terminal.

No content is changed by looking; what can be mended says how, and is mended by `repair` alone.
Beside the log of a process that was stopped, SQLite may make the file it shares it through.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TextIO

from index.errors import QAError
from index.models.encoder import OnnxEncoder, export_folder
from index.models.find import DEFAULT_MODEL, find_model
from index.models.manifest import EXPORT_FILES, UNFINISHED, Manifest, models_in
from index.question import Question
from index.store import check
from index.store.files import remove_files, stores_in
from index.store.vectors import UNFINISHED_SECONDS
from index.types import Article, Hit, Passage, Span
from qa.answers.history import History
from qa.reader.open import MODEL, damaged_files, open_reader
from qa.settings import Settings
from qa.show.text import counted, visible_line

State = Literal["sound", "note", "fault"]
LEAST_FREE_BYTES = 200_000_000
"""An exported model takes 90 MB, and so does its making."""
EXPORT_ANEW = "qa doctor --repair; the next question makes it again"
LEAST_SIZE = (60, 20)
"""Columns and lines that the chat needs."""
TOLD = "The bridge was built in 1932."
ASKED, ANSWER = "When was the bridge built?", "1932"

OnProgress = Callable[[str, int, int], None]
"""Hears what is looked at, how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    state: State
    """A note is nothing wrong: it says what is missing for more, or what costs room."""
    message: str
    cure: str = ""
    """What to do about it."""
    repair: Callable[[], list[str]] | None = None
    """Mends it, and returns what was done, in sentences. Raises: QAError."""


def examine(
    *, cache: Path, stores: Path, state: Path, on_progress: OnProgress = lambda *_: None
) -> Iterator[Check]:
    """Yield what is found, one thing after the other.

    cache: holds the exported models; stores: the stores; state: conversations and settings.
    None of these folders need exist.
    """
    yield from _model(cache)
    yield from _exports(cache / "models")
    yield from _reader(cache)
    for what, folder in (("cache", cache), ("stores", stores), ("state", state)):
        yield _folder(what, folder)
    yield from _stores(stores, on_progress)
    yield from _conversations(state / "conversations")


def terminal(out: TextIO, environment: Mapping[str, str]) -> Iterator[Check]:
    """Yield what the terminal that `out` goes to can do."""
    if not out.isatty():
        yield Check("terminal", "note", "stdout is no terminal: no colour, no chat")
        return
    columns, lines = shutil.get_terminal_size()
    if (columns, lines) < LEAST_SIZE or lines < LEAST_SIZE[1]:
        wanted = f"{LEAST_SIZE[0]} × {LEAST_SIZE[1]}"
        yield Check("terminal", "note", f"{columns} × {lines}: the chat needs {wanted}")
    if out.encoding.lower().replace("-", "") != "utf8":
        yield Check(
            "terminal", "note", f"writes {out.encoding}: what it lacks is spelled out",
            "Use a UTF-8 locale: export LANG=C.UTF-8",
        )  # fmt: skip
    kind = environment.get("TERM", "")
    if kind in ("", "dumb"):
        yield Check("terminal", "note", f"TERM is {kind or 'not set'}: no colour, no chat")
        return
    colors = "24-bit colour" if environment.get("COLORTERM") else f"the colours of {kind}"
    if environment.get("NO_COLOR"):
        colors = "NO_COLOR is set"
    yield Check("terminal", "sound", f"{kind}, {columns} × {lines}, {colors}")


def mend(checks: Iterable[Check]) -> Iterator[str]:
    """Mend what can be mended, and yield what was done, and what could not be."""
    for one in checks:
        if one.repair is None:
            continue
        try:
            yield from one.repair()
        except QAError as error:
            yield f"{error.message} {error.hint}".strip()


def to_lines(checks: Iterable[Check]) -> Iterator[str]:
    """Yield what a terminal shows."""
    for one in checks:
        yield f"{one.state:<6} {one.what:<14}{visible_line(one.message)}"
        if one.cure:
            yield f"{'':<21}→ {one.cure}"


def to_json(checks: Iterable[Check]) -> dict[str, Any]:
    """Return what was found as plain values."""
    rows = [
        {"what": one.what, "state": one.state, "message": one.message, "cure": one.cure}
        for one in checks
    ]
    return {"schema": 1, "sound": all(row["state"] != "fault" for row in rows), "checks": rows}


def _model(cache: Path) -> Iterator[Check]:
    try:
        model = find_model(DEFAULT_MODEL, notify=lambda _: None)
        model.check()
    except QAError as error:
        yield Check("model", "fault", error.message, error.hint)
        return
    yield Check("model", "sound", f"{model.name}: the weights are the published ones")
    folder = export_folder(model, cache)
    manifest = Manifest.read(folder)
    if manifest is None:
        yield Check(
            "export", "note", f"{model.name} is not exported yet",
            "The first question does it, in about 15 seconds.",
        )  # fmt: skip
    elif not manifest.not_exported and (problem := _cannot_run(folder)):
        repair = partial(_remove_export, folder, _cannot_run)
        yield Check("export", "fault", problem, EXPORT_ANEW, repair)


def _cannot_run(folder: Path) -> str:
    """Return why an export cannot encode a question; empty where it can."""
    manifest = Manifest.read(folder)
    if manifest is None:
        return f"{folder} is not whole"
    try:  # not by `open_encoder`, which mends what it finds damaged
        OnnxEncoder(folder, manifest).encode_query(ASKED)
    except QAError as error:
        return error.message
    return ""


def _exports(models: Path) -> Iterator[Check]:
    for folder in models_in(models) if os.path.isdir(models) else []:
        if _is_being_made(folder):
            continue
        if problem := _not_whole(folder):
            repair = partial(_remove_export, folder, _not_whole)
            yield Check("export", "note", problem, EXPORT_ANEW, repair)
        elif problem := _damaged(folder):
            repair = partial(_remove_export, folder, _damaged)
            yield Check("export", "fault", problem, EXPORT_ANEW, repair)
        elif manifest := Manifest.read(folder):
            if manifest.not_exported:
                yield Check("export", "note", f"{manifest.name} is slow: {manifest.not_exported}")
            else:
                yield Check("export", "sound", f"{manifest.name}: every byte is what was written")


def _is_being_made(folder: Path) -> bool:
    try:
        young = time.time() < folder.stat().st_mtime + UNFINISHED_SECONDS
    except OSError:  # it was finished this moment
        return True
    return young and folder.name.startswith(UNFINISHED)


def _not_whole(folder: Path) -> str:
    """Return that a folder holds no export of this version; empty where it does."""
    if folder.name.startswith(UNFINISHED) or Manifest.read(folder) is None:
        return f"{folder} is not whole, or of another version"
    return ""


def _damaged(folder: Path) -> str:
    """Return which files of an export are not what was written; empty where all are."""
    manifest = Manifest.read(folder)
    if manifest is None:
        return f"{folder} is not whole"
    try:
        names = manifest.damaged(folder)
    except QAError as error:
        return error.message
    return f"{folder}: damaged: {', '.join(names)}" if names else ""


def _remove_export(folder: Path, problem: Callable[[Path], str]) -> list[str]:
    """Remove the files of an export if there still is a problem with it. Raises: QAError."""
    if not folder.exists() or not problem(folder):  # made anew or removed by another process
        return []
    remove_files(folder, EXPORT_FILES)
    return [f"Removed {folder}." if not folder.exists() else f"Removed the export in {folder}."]


def _reader(cache: Path) -> Iterator[Check]:
    """Compare the reader's files, and have it answer a question whose answer is known."""
    reinstall = "Reinstall it: pip install --force-reinstall article-qa"
    try:
        if names := damaged_files():
            yield Check("reader", "fault", f"{MODEL}: damaged: {', '.join(names)}", reinstall)
            return
        article = Article("bridge.txt", "bridge.txt", "Bridge", TOLD, "")
        hit = Hit(Passage(article, Span(0, len(TOLD))), 1, 1.0, 1.0, 1.0)
        reader = open_reader(Settings(cache=cache), notify=lambda _: None)
        answers = [answer.text for answer in reader.read(Question(ASKED), [hit]).answers]
    except QAError as error:
        yield Check("reader", "fault", error.message, error.hint)
        return
    if answers[:1] == [ANSWER]:
        yield Check("reader", "sound", f"asked “{ASKED}”, it reads “{ANSWER}” in “{TOLD}”")
    else:
        yield Check(
            "reader", "fault", f"asked “{ASKED}”, it reads {answers} in “{TOLD}”", reinstall
        )


def _folder(what: str, folder: Path) -> Check:
    """Look whether a folder, or the one it will be made in, can be written to and has room."""
    existing = folder
    while not os.path.exists(existing) and existing != existing.parent:
        existing = existing.parent
    try:
        with contextlib.suppress(FileNotFoundError):  # it is made when it is needed
            os.stat(folder)
        with tempfile.TemporaryFile(dir=existing):
            pass
        free = shutil.disk_usage(existing).free
    except OSError as error:
        return Check(
            what, "fault", f"{folder} cannot be written to: {error.strerror or error}",
            f"Grant access to {existing}.",
        )  # fmt: skip
    if free < LEAST_FREE_BYTES:
        return Check(
            what, "fault", f"{folder}: {free / 1e6:,.0f} MB are free",
            "Make room; `qa status --clear` removes what can be made again.",
        )  # fmt: skip
    return Check(what, "sound", f"{folder}: writable, {free / 1e9:,.1f} GB free")


def _stores(stores: Path, on_progress: OnProgress) -> Iterator[Check]:
    found = stores_in(stores) if os.path.isdir(stores) else []
    for number, folder in enumerate(found, start=1):
        what = f"articles of store {number} of {len(found)}"
        try:
            faults = check.faults(folder, on_progress=partial(on_progress, what))
        except QAError as error:
            yield Check("store", "fault", error.message, error.hint)
            continue
        for fault in faults:

            def repair(folder: Path = folder, fault: check.Fault = fault) -> list[str]:
                return check.repair(folder, [fault])

            state: State = "fault" if fault.effect == "answers" else "note"
            mending = repair if fault.files else None
            cure = f"qa doctor --repair. {fault.cure}" if fault.files else fault.cure
            yield Check("store", state, f"{folder}: {fault.message}", cure, mending)
        if not faults:
            yield Check("store", "sound", f"{folder}: every passage and vector is as written")


def _conversations(folder: Path) -> Iterator[Check]:
    if not os.path.isdir(folder):
        return
    files = sorted(folder.glob("*.jsonl"))
    readable = {kept.id for kept in History(folder).all()}
    for file in files:
        if file.stem not in readable and not _is_empty(file):
            yield Check("conversations", "note", f"{file} holds none that can be read")
    if readable:
        yield Check("conversations", "sound", f"{counted(len(readable), 'conversation')} kept")


def _is_empty(file: Path) -> bool:
    try:
        return os.path.getsize(file) == 0
    except OSError:  # a link that leads nowhere, say
        return False
