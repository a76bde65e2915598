"""Runs a program in a pseudo-terminal of its own, and types keys there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import pyte
import pytest

from tests.support.hostile import Reader, Token

SMALL, LARGE = (60, 20), (140, 45)
PATIENCE = 60.0
"""Seconds until a test stops waiting; a model may have to be loaded."""
READY = "Ask a question"
"""In the input line before anything is typed."""

F1, F2, F3, F4 = "\x1bOP", "\x1bOQ", "\x1bOR", "\x1bOS"
UP, DOWN, HOME, PAGE_UP, PAGE_DOWN = "\x1b[A", "\x1b[B", "\x1b[H", "\x1b[5~", "\x1b[6~"
ENTER, ESCAPE, CLEAR_LINE = "\r", "\x1b", "\x15"
CTRL_F, CTRL_O, CTRL_Q, CTRL_S, CTRL_Y = "\x06\x0f\x11\x13\x19"


class Terminal:
    """A program in a pseudo-terminal of its own, with an emulator that shows what it drew."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: dict[str, str],
        cwd: Path,
        size: tuple[int, int] = LARGE,
    ) -> None:
        self.screen = pyte.Screen(*size)
        self.tokens: list[Token] = []
        self.drawn_at = 0.0
        """When the latest change of the screen arrived, by `time.monotonic`."""
        self._drawing = False  # in a synchronised update, shown once it is complete
        self._emulator = pyte.Stream(self.screen)
        self._reader = Reader()
        self._arrived: list[tuple[float, bytes]] = []
        self._news = threading.Condition()
        self._ours, theirs = pty.openpty()
        self.settings = termios.tcgetattr(theirs)
        self._set_size(size)
        # The first terminal that a session leader opens becomes its controlling terminal.
        opening = 'exec <>"$0" >&0 2>&0 "$@"'
        self.began_at = time.monotonic()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", opening, os.ttyname(theirs), *command],
            env=env,
            cwd=cwd,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._theirs: int | None = theirs  # kept open, so that its settings can be read later
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listening = True
        self._listener.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()

    def _listen(self) -> None:
        while self._listening:
            if not select.select([self._ours], [], [], 0.05)[0]:
                continue
            try:
                received = os.read(self._ours, 65536)
            except OSError:
                return
            with self._news:
                self._arrived.append((time.monotonic(), received))
                self._news.notify()

    def _set_size(self, size: tuple[int, int]) -> None:
        columns, rows = size
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def resize(self, size: tuple[int, int]) -> None:
        """Change the size of the window; the system notifies the program."""
        columns, rows = size
        self.screen.resize(rows, columns)
        self._set_size(size)

    def hang_up(self) -> None:
        """Close the terminal."""
        self._listening = False
        self._listener.join()
        if self._theirs is not None:
            os.close(self._theirs)
            os.close(self._ours)
        self._theirs = None

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def press(self, *keys: str, quiet: float = 0.1) -> None:
        """Type keys one by one, each after the previous one has had its effect.

        If keys arrive together, commands overtake letters.
        """
        for key in keys:
            self.type(key)
            self.until_quiet(quiet)

    def words(self) -> str:
        """Return what the screen shows, one line per row."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def right_of(self, column: int) -> str:
        return "\n".join(line[column:].rstrip() for line in self.screen.display)

    def comes(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Wait for something to be on the screen; return whether it came in time."""
        give_up_at = time.monotonic() + seconds
        while self._drawing or not condition():
            if not self._draw_next(max(0.0, give_up_at - time.monotonic())):
                return False
        return True

    def until(self, condition: Callable[[], bool], *, seconds: float = PATIENCE) -> float:
        """Wait for something to be on the screen; return when it came, by `time.monotonic`."""
        if not self.comes(condition, seconds):
            pytest.fail(f"timed out after {seconds} s; the screen shows:\n{self.words()}")
        return self.drawn_at

    def until_shown(self, words: str, *, seconds: float = PATIENCE) -> float:
        return self.until(lambda: words in self.words(), seconds=seconds)

    def until_quiet(self, seconds: float = 0.3) -> None:
        """Wait until nothing was drawn for some seconds: under 0.5, as the cursor blinks."""
        assert seconds < 0.5
        while self._draw_next(seconds):
            pass

    def ended(self, seconds: float = PATIENCE) -> int:
        """Return the exit code, once the program has ended and all its output is read."""
        code = self.process.wait(seconds)
        self.until_quiet()
        return code

    def _draw_next(self, seconds: float) -> bool:
        """Draw what arrives next; return whether anything did within `seconds`."""
        with self._news:
            if not self._news.wait_for(lambda: bool(self._arrived), seconds):
                return False
            self.drawn_at, received = self._arrived.pop(0)
        for token in self._reader.read(received):
            self.tokens.append(token)
            if token.kind == "CSI ?2026$p":
                self.type("\x1b[?2026;2$y")  # yes, as most terminals do
            elif token.kind in ("CSI ?2026h", "CSI ?2026l"):
                self._drawing = token.kind.endswith("h")
            elif token.kind in ("text", "line", "SGR", "CSI H", "CSI ?7l", "CSI ?7h"):
                self._emulator.feed(token.sent)  # it cannot handle some of the others
        return True

    def modes(self) -> dict[str, bool]:
        """Return the modes that were set or reset, and whether each is set now."""
        modes = {}
        for token in self.tokens:
            if match := re.fullmatch(r"CSI \?(\d+)([hl])", token.kind):
                modes[match[1]] = match[2] == "h"
        return modes

    def kinds(self) -> Counter[str]:
        """Count the tokens that were sent, by kind."""
        assert not self._reader.rest
        return Counter(token.kind for token in self.tokens)

    def is_restored(self) -> bool:
        """Return whether the terminal is in the same state as before the program."""
        modes = self.modes()
        shown = {"7", "25"}  # on by default; all others are off
        assert self._theirs is not None
        return (
            all(on == (mode in shown) for mode, on in modes.items())
            and self.kinds()["CSI >25u"] == self.kinds()["CSI <u"]
            and termios.tcgetattr(self._theirs) == self.settings
        )

    def ask(self, question: str, answered: str) -> float:
        """Ask a question and wait for words of the answer; return the seconds that took."""
        asked_at = time.monotonic()
        self.type(question + ENTER)
        return self.until_shown(answered) - asked_at

    def sent(self) -> str:
        return "".join(token.sent for token in self.tokens)


def write_notes(folder: Path, articles: int) -> Path:
    """Write articles of eight passages each."""
    folder.mkdir()
    for number in range(articles):
        paragraphs = [
            " ".join(
                f"In {1500 + number} ship {number} carried {k + 40} tons of {goods} to port {part}."
                for k, goods in enumerate("salt tin wool wine iron tea silk rye oil hemp".split())
            )
            for part in range(4)
        ]
        (folder / f"{number:04}.txt").write_text("\n\n".join(paragraphs), "utf-8")
    return folder
