"""Saved conversations: a JSON line with the paths asked, then one line for each response.

Lines are only appended, so an interrupted write loses at most the last line. Responses have the
format of `qa ask --json`.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from index.errors import StoreError
from qa.answers.parse import parse
from qa.answers.wire import HISTORY_FORMAT, ConversationJson, ResponseJson

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """A conversation as it was saved."""

    id: str
    """Sorts by the time the conversation began."""
    began: str
    """ISO 8601, with the time zone."""
    paths: tuple[str, ...]
    """The absolute paths asked; empty for the sample article."""
    responses: tuple[ResponseJson, ...]

    @property
    def title(self) -> str:
        """The first question."""
        return self.responses[0].question if self.responses else ""


class History:
    """The conversations in one folder."""

    def __init__(self, folder: Path) -> None:
        """folder: created when the first response is saved."""
        self.folder = folder

    def begin(self) -> str:
        """Return the id of a new conversation; nothing is written yet."""
        now = datetime.now()
        return f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03}{secrets.token_hex(2)}"

    def add(self, id: str, paths: Sequence[str], response: ResponseJson) -> None:
        """Append a response to its conversation. paths: saved with the first response.

        Raises: StoreError.
        """
        file = self._file(id)
        lines = [_line(response)]
        with _mapped(self.folder):
            if not file.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # private
                began = datetime.now().astimezone().isoformat(timespec="seconds")
                about = ConversationJson(format=HISTORY_FORMAT, began=began, paths=tuple(paths))
                lines.insert(0, _line(about))
            elif not file.read_bytes().endswith(b"\n"):  # the last write was interrupted
                lines.insert(0, "")
            with file.open("a", encoding="utf-8", newline="\n") as opened:
                opened.write("".join(f"{line}\n" for line in lines))

    def set_paths(self, id: str, paths: Sequence[str]) -> None:
        """Change what a conversation is about, if it has been saved. Raises: StoreError."""
        file = self._file(id)
        with _mapped(self.folder):
            if not file.exists():
                return
            first, _, responses = file.read_bytes().partition(b"\n")
            written = file.with_suffix(".new")
            try:
                about = replace(parse(first, ConversationJson), paths=tuple(paths))
                written.write_bytes(f"{_line(about)}\n".encode() + responses)
                written.replace(file)
            except ValueError:  # another program has changed the file
                return
            finally:
                written.unlink(missing_ok=True)

    def load(self, id: str) -> SavedConversation:
        """Return a conversation. Raises: StoreError if there is none with this id."""
        saved = self._read(self._file(id)) if _ID.fullmatch(id) else None
        if saved is None:
            raise StoreError(
                f"There is no saved conversation with the ID {id}.", "`qa history` lists them."
            )
        return saved

    def all(self) -> Iterator[SavedConversation]:
        """Yield the conversations, latest first. Other files are skipped."""
        for file in sorted(self.folder.glob("*.jsonl"), reverse=True):
            if _ID.fullmatch(file.stem) and (saved := self._read(file)):
                yield saved

    def latest(self, paths: Sequence[str] = ()) -> SavedConversation | None:
        """Return the latest conversation; with `paths`, the latest about exactly these.

        If there is none, the latest about these and others, as when articles were added later.
        """
        wanted, larger = set(paths), None
        for one in self.all():
            if not paths or set(one.paths) == wanted:
                return one
            if larger is None and wanted.issubset(one.paths):
                larger = one
        return larger

    def delete(self, id: str) -> None:
        """Delete a conversation. Raises: StoreError if there is none with this id."""
        file = self._file(self.load(id).id)
        with _mapped(self.folder):
            file.unlink()

    def _file(self, id: str) -> Path:
        return self.folder / f"{id}.jsonl"

    def _read(self, file: Path) -> SavedConversation | None:
        """Return the conversation in a file, without unreadable lines; None if there is none."""
        try:
            first, *lines = file.read_bytes().split(b"\n")
            about = parse(first, ConversationJson)
        except (OSError, ValueError):
            return None
        responses = tuple(_readable(lines))
        return (
            SavedConversation(file.stem, about.began, about.paths, responses) if responses else None
        )


def _line(value: ConversationJson | ResponseJson) -> str:
    return json.dumps(asdict(value), ensure_ascii=False)


def _readable(lines: Iterable[bytes]) -> Iterator[ResponseJson]:
    """Yield the responses, without incomplete lines from interrupted writes."""
    for line in lines:
        with suppress(ValueError):
            yield parse(line, ResponseJson)


@contextmanager
def _mapped(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"Cannot save or delete a conversation in {folder}: {error.strerror or error}",
            "Free some space or fix the permissions, or use --no-history.",
        ) from error
