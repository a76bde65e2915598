"""The process that reads files for the program: `python -m index.isolated.child`.

Reads one file at a time, within its limits, and ends with the program that started it.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import time
from contextlib import suppress
from importlib import import_module
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO, TextIO

from index.formats import ocr
from index.formats.base import Document, Unreadable
from index.formats.progress import progress_told_to
from index.isolated.limits import CLOCK_FACTOR, TimeLimit
from index.isolated.messages import Values, receive, send

MAX_MEMORY_BYTES = (3 if ocr.is_installed() else 1) * 2**30
"""Of address space, where the system can limit it; the models of the OCR take more."""
MAX_DETAIL_CHARS = 200
Request = tuple[dict[str, str | None], list[bytes]]


def main() -> None:
    """Answer requests from standard input until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the program gets it too, and ends this process
    answers = _own_stdout()
    _limit_memory()
    requests: SimpleQueue[Request] = SimpleQueue()
    Thread(target=_take_requests, args=(requests,), daemon=True).start()
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 (it is no file)
        while True:
            values, (content,) = requests.get()
            _read(values, content, answers, nowhere)


def _read(values: Values, content: bytes, answers: BinaryIO, nowhere: TextIO) -> None:
    """Read a file within its time limit; send the progress, and then the document."""
    limit = TimeLimit(
        float(values["seconds"] or 0), int(values["pages"] or 0), int(values["scans"] or 0)
    )
    began = time.process_time()

    def go_on(pages: int, total: int, scans: int) -> None:
        seconds = limit.after(pages, scans)
        # Works even in a parser that never lets Python run, unlike a thread.
        faulthandler.dump_traceback_later(CLOCK_FACTOR * seconds, exit=True, file=nowhere)
        _end_at_cpu_time(began + seconds)
        send(answers, {"pages": str(pages), "total": str(total), "scans": str(scans)})

    with progress_told_to(go_on):
        go_on(0, 0, 0)
        answer = _answer(values, content)
    faulthandler.cancel_dump_traceback_later()
    _end_at_cpu_time(None)
    send(answers, *answer)


def _own_stdout() -> BinaryIO:
    """Return standard output for answers alone: what libraries print goes nowhere."""
    answers = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return answers


def _end_at_cpu_time(seconds: float | None) -> None:
    """End this process once it has used so much CPU time, where the system can; None for never.

    A busy machine does not make a file too slow, unlike with a clock.
    """
    if sys.platform != "win32":
        left = 0 if seconds is None else max(seconds - time.process_time(), 0.001)  # 0: never
        signal.setitimer(signal.ITIMER_PROF, left)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    for limit, most in ((resource.RLIMIT_AS, MAX_MEMORY_BYTES), (resource.RLIMIT_CORE, 0)):
        with suppress(OSError, ValueError):  # macOS does not limit the address space
            resource.setrlimit(limit, (most, resource.getrlimit(limit)[1]))


def _take_requests(requests: SimpleQueue[Request]) -> None:
    """Queue the requests. When the program ends, so does this process, even while it reads."""
    while True:
        try:
            requests.put(receive(sys.stdin.buffer))
        except (EOFError, OSError):
            os._exit(0)


def _answer(values: Values, content: bytes) -> tuple[Values, bytes, bytes]:
    """Return what a format makes of a file: values, text and structure; or why it cannot."""
    try:
        read = getattr(import_module(values["module"] or ""), values["function"] or "")
        document: Document = read(content, values["encoding"])
        text = document.text.encode("utf-8")
        about = {
            "title": document.title,
            "encoding": document.encoding,
            "note": document.note,
            "is_extracted": "yes" if document.is_extracted else "",
        }
        return about, text, document.structure.to_bytes()
    except Unreadable as error:
        refused = error.reason, error.detail
    except MemoryError:
        refused = "too large", f"reading it takes more than {MAX_MEMORY_BYTES / 2**30:.0f} GB"
    except RecursionError:
        refused = "damaged", "nested too deeply"
    except Exception as error:  # noqa: BLE001 (whatever a parser raises, the next file is read)
        words = " ".join(f"{type(error).__name__}: {error}".split())
        refused = "damaged", words[:MAX_DETAIL_CHARS].rstrip(": ")
    return {"reason": refused[0], "detail": refused[1]}, b"", b""


if __name__ == "__main__":
    main()
