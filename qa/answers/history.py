"""Conversations kept on disk: a JSON line that says of what, then one a question and its response.

A line is written once, whole, and never changed; a file that is cut short loses its last line
at most. The responses are as `qa ask --json` prints them.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from index.errors import StoreError
from qa.answers.parse import parse
from qa.answers.wire import HISTORY_FORMAT, ConversationJson, ResponseJson

_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """A conversation that is kept."""

    id: str
    """Sorts by the time it began."""
    began: str
    """ISO 8601, with the time zone."""
    paths: tuple[str, ...]
    """The absolute paths asked; none for the sample article."""
    responses: tuple[ResponseJson, ...]

    @property
    def title(self) -> str:
        """The first question."""
        return self.responses[0].question if self.responses else ""


class History:
    """The conversations in one folder."""

    def __init__(self, folder: Path) -> None:
        """folder: is made when there is something to keep."""
        self.folder = folder

    def begin(self) -> str:
        """Return the id of a new conversation; nothing is written yet."""
        now = datetime.now()
        return f"{now:%Y%m%d-%H%M%S}-{now.microsecond // 1000:03}{secrets.token_hex(2)}"

    def add(self, id: str, paths: Sequence[str], response: ResponseJson) -> None:
        """Keep a response, the conversation's first one together with what it is about.

        Raises: StoreError.
        """
        file = self._file(id)
        lines = [_line(response)]
        with _mapped(self.folder):
            if not file.exists():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # for one's own eyes
                began = datetime.now().astimezone().isoformat(timespec="seconds")
                about = ConversationJson(format=HISTORY_FORMAT, began=began, paths=tuple(paths))
                lines.insert(0, _line(about))
            elif not file.read_bytes().endswith(b"\n"):  # stopped while writing: a torn line
                lines.insert(0, "")
            with file.open("a", encoding="utf-8", newline="\n") as opened:
                opened.write("".join(f"{line}\n" for line in lines))

    def load(self, id: str) -> SavedConversation:
        """Return a conversation. Raises: StoreError where there is none of this id."""
        kept = self._read(self._file(id)) if _ID.fullmatch(id) else None
        if kept is None:
            raise StoreError(f"No conversation {id} is kept.", "`qa history` lists them.")
        return kept

    def all(self) -> Iterator[SavedConversation]:
        """Yield the conversations, the latest first. Files that are none are passed over."""
        for file in sorted(self.folder.glob("*.jsonl"), reverse=True):
            if _ID.fullmatch(file.stem) and (kept := self._read(file)):
                yield kept

    def latest(self, paths: Sequence[str] = ()) -> SavedConversation | None:
        """Return the latest conversation; with `paths`, the latest about just these."""
        wanted = tuple(sorted(paths))
        return next(
            (kept for kept in self.all() if not paths or tuple(sorted(kept.paths)) == wanted), None
        )

    def delete(self, id: str) -> None:
        """Forget a conversation. Raises: StoreError where there is none of this id."""
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
    """Yield the responses, without torn lines: the program was stopped while writing them."""
    for line in lines:
        with suppress(ValueError):
            yield parse(line, ResponseJson)


@contextmanager
def _mapped(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"The conversation cannot be kept in {folder}: {error.strerror or error}",
            "Make room or mend the permissions, or use --no-history.",
        ) from error
