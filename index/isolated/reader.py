"""Has files read by a process of its own, so that a parser that crashes or hangs stops nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from index.formats.base import Document, Format, Unreadable
from index.isolated.limits import CLOCK_FACTOR, SECONDS_A_FILE, TimeLimit
from index.isolated.messages import Values, receive, send
from index.structure import Structure
from index.types import Reason

if TYPE_CHECKING:
    from io import BufferedReader
    from subprocess import Popen
    from typing import IO

OnPages = Callable[[int, int], object]
"""Called with how many pages of a file have been read, and how many it has."""
WAIT = 0.1
"""Seconds between two calls of `on_wait`."""
_CPU_TIME_IS_OVER = -getattr(signal, "SIGPROF", 0) or None
"""How a process ends whose CPU time is over; None on Windows, where only the clock counts."""


class IsolatedReader:
    """A process that reads files, one at a time, for one thread at a time.

    Started when the first file is read, and again after a file that it could not survive. Use it
    as a context manager, or call `stop`.
    """

    def __init__(self) -> None:
        self.seconds = SECONDS_A_FILE
        """CPU time for a small file; see `TimeLimit`."""
        self.on_pages: OnPages = _ignore
        """Called while a file is read that has pages."""
        self.on_wait: Callable[[], object] = _ignore
        """Called now and then while a file is read; not on Windows."""
        self._process: Popen[bytes] | None = None

    def __enter__(self) -> IsolatedReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None and self._process.poll() is None

    def interrupt(self) -> None:
        """Have `read` end at once in the thread that called it: it raises Unreadable."""
        process = self._process
        if process is not None:
            process.kill()

    def stop(self) -> None:
        """End the process, even while it reads. It is started again for the next file."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # what was not sent yet
                    pipe.close() if pipe else None

    def read(self, form: Format, content: bytes, encoding: str | None) -> Document:
        """Return what a format makes of a file, as `form.read` does, within limits.

        `form.read` must be a function that can be imported by its name.

        Raises: Unreadable, also if the process crashes, takes too long or too much memory.
        """
        limit = TimeLimit.of(len(content), self.seconds)
        asked = {
            "module": form.read.__module__,
            "function": form.read.__qualname__,
            "encoding": encoding,
            "seconds": str(limit.seconds),
            "pages": str(limit.pages),
            "scans": str(limit.scans),
        }
        values, parts = self._ask(asked, content, limit)
        if "reason" in values:
            if values["reason"] == "too large":
                self.stop()  # its memory may be in pieces
            raise Unreadable(cast(Reason, values["reason"]), values["detail"] or "")
        text, structure = parts
        return Document(
            text.decode("utf-8"),
            values["title"],
            values["encoding"],
            Structure.from_bytes(structure),
            values["note"] or "",
            bool(values["is_extracted"]),
        )

    def _ask(
        self, asked: Values, content: bytes, limit: TimeLimit
    ) -> tuple[dict[str, str | None], list[bytes]]:
        """Send a request and return the answer. Raises: Unreadable."""
        process = self._running()
        deadline = _Deadline(CLOCK_FACTOR * limit.seconds, process.kill)
        messages = self._messages(process, asked, content, limit, deadline)
        try:
            while True:
                values, parts = next(messages)
                if "pages" not in values:
                    return values, parts
                pages, total = int(values["pages"] or 0), int(values["total"] or 0)
                if total:
                    self.on_pages(pages, total)
        except BaseException:  # also Ctrl-C: this answer must not be taken for the next file's
            self.stop()
            raise
        finally:
            deadline.cancel()

    def _messages(
        self,
        process: Popen[bytes],
        asked: Values,
        content: bytes,
        limit: TimeLimit,
        deadline: _Deadline,
    ) -> Iterator[tuple[dict[str, str | None], list[bytes]]]:
        """Send a request and yield what comes back: progress, then the answer.

        Raises: Unreadable if the process ends.
        """
        assert process.stdin is not None
        assert process.stdout is not None
        pages = total = scans = 0
        try:
            send(process.stdin, asked, content)
            while True:
                self._wait_for(process.stdout)
                values, parts = receive(process.stdout)
                if "pages" in values:
                    pages, total, scans = (int(values[n] or 0) for n in ("pages", "total", "scans"))
                    deadline.seconds = CLOCK_FACTOR * limit.after(pages, scans)
                yield values, parts
        except (EOFError, OSError) as error:
            self.stop()
            if deadline.is_over or process.returncode == _CPU_TIME_IS_OVER:
                detail = f"reading it takes more than {limit.after(pages, scans):.3g} s"
                if pages:
                    detail += f"; page {pages:,} of {total:,} was reached"
                raise Unreadable("too slow", detail) from error
            raise Unreadable("damaged", "the parser crashed") from error

    def _wait_for(self, pipe: IO[bytes]) -> None:
        """Call `on_wait` until there is something to read."""
        if sys.platform == "win32":  # where only sockets can be waited for
            return
        # `select.select` fails if more than 1,024 files are open, as they may be in a server.
        from selectors import EVENT_READ, DefaultSelector

        os.set_blocking(pipe.fileno(), False)
        try:  # what arrived together with an earlier message is in the buffer, where `peek` looks
            with DefaultSelector() as selector:
                selector.register(pipe, EVENT_READ)
                while not cast("BufferedReader", pipe).peek(1) and not selector.select(WAIT):
                    self.on_wait()
        finally:
            os.set_blocking(pipe.fileno(), True)

    def _running(self) -> Popen[bytes]:
        """Return the process; start it unless it runs. Raises: Unreadable."""
        if self._process is None or not self.is_running:
            self.stop()
            self._process = _start()
        return self._process


class _Deadline:
    """Calls a function when time is over, from a thread of its own. The time can be extended."""

    def __init__(self, seconds: float, end: Callable[[], object]) -> None:
        self.seconds = seconds
        """From the start."""
        self._end = end
        self._began = time.monotonic()
        self._start_timer()

    @property
    def is_over(self) -> bool:
        """Whether time is over."""
        return self._left() <= 0

    def cancel(self) -> None:
        """Never call the function."""
        self._timer.cancel()

    def _left(self) -> float:
        return self._began + self.seconds - time.monotonic()

    def _start_timer(self) -> None:
        from threading import Timer

        self._timer = Timer(max(self._left(), 0), self._check)
        self._timer.daemon = True
        self._timer.start()

    def _check(self) -> None:
        if self.is_over:
            self._end()
        else:  # it was extended
            self._start_timer()


def _ignore(*_: int) -> None:
    """Do nothing, where nobody wants to know."""


def _start() -> Popen[bytes]:
    """Start the process with the modules of this one, but none of the current folder's."""
    import subprocess

    path = os.pathsep.join(entry for entry in sys.path if entry)
    # No setting, such as the password of a server, is for who reads what may be hostile.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("QA_")}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "index.isolated.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**kept, "PYTHONPATH": path},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # on Windows
        )
    except OSError as error:
        raise Unreadable("unreadable", f"no process to read it: {error.strerror}") from error
