"""A file that its parser cannot survive is skipped with a reason, and the next one is read."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import index.comparing
import index.load
from index.formats import ocr
from index.formats.base import Format, Unreadable
from index.isolated.limits import (
    MAX_SECONDS,
    MIN_PAGE_BYTES,
    SECONDS_A_FILE,
    SECONDS_A_PAGE,
    TimeLimit,
)
from index.isolated.reader import IsolatedReader
from index.scan import Skip
from index.types import Reason
from tests.support import bad_parsers
from tests.support.paths import ROOT
from tests.support.stored import Files, contents, opened, paragraph

pytestmark = pytest.mark.slow


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[IsolatedReader]:
    monkeypatch.syspath_prepend(ROOT)
    with IsolatedReader() as reader:
        yield reader


def read(reader: IsolatedReader, form: Format, content: bytes = b"Some text.") -> str:
    return reader.read(form, content, None).text


def refusal(reader: IsolatedReader, form: Format) -> tuple[Reason, str]:
    with pytest.raises(Unreadable) as caught:
        read(reader, form)
    return caught.value.reason, caught.value.detail


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_document_comes_back_as_its_format_made_it(reader: IsolatedReader) -> None:
    text = "Žluťoučký kůň 😀\r\n\0\x1b[31m" * 30_000  # more than a pipe holds
    for encoding in ("utf-8", "utf-16", None):
        content = text.encode(encoding or "utf-8")
        made = bad_parsers.GOOD.read(content, encoding)
        assert reader.read(bad_parsers.GOOD, content, encoding) == made


@pytest.mark.skipif(sys.platform == "win32", reason="files have no numbers there")
def test_a_program_with_many_open_files_reads_them(reader: IsolatedReader) -> None:
    import resource

    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1_200:
        pytest.skip("so many files cannot be open here")
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100)]
    try:
        assert read(reader, bad_parsers.GOOD) == "Some text."
    finally:
        for file in opened:
            os.close(file)


def test_a_parser_does_not_get_the_password_of_a_server(
    reader: IsolatedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_STORE_PASSWORD", "s3cret")
    monkeypatch.setenv("QA_STORE", "mysql://ada:s3cret@example.org/articles")
    seen = read(reader, bad_parsers.CURIOUS)
    assert "PATH=" in seen
    assert "s3cret" not in seen


def test_all_files_are_read_by_one_process_which_ends_with_the_reader(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    with IsolatedReader() as reader:
        process = int(read(reader, bad_parsers.TELLING))
        assert process != os.getpid()
        assert int(read(reader, bad_parsers.TELLING)) == process
        assert is_alive(process)
    assert not is_alive(process)


@pytest.mark.parametrize(
    ("form", "reason", "detail"),
    [
        (bad_parsers.REFUSING, "encrypted", "it needs a password"),
        (bad_parsers.FAILING, "damaged", "LookupError: no such font"),
        (bad_parsers.RECURSING, "damaged", "nested too deeply"),
        (bad_parsers.CRASHING, "damaged", "the parser crashed"),
        pytest.param(
            bad_parsers.GREEDY, "too large",
            f"reading it takes more than {3 if ocr.is_installed() else 1} GB",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="memory is not limited here"),
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Format) else "",
)  # fmt: skip
def test_what_goes_wrong_is_a_reason_and_the_next_file_is_read(
    reader: IsolatedReader, form: Format, reason: Reason, detail: str
) -> None:
    assert refusal(reader, form) == (reason, detail)
    assert read(reader, bad_parsers.GOOD) == "Some text."


@pytest.mark.parametrize("form", [bad_parsers.HANGING, bad_parsers.WAITING, bad_parsers.BUSY])
def test_a_file_that_takes_too_long_is_given_up(reader: IsolatedReader, form: Format) -> None:
    process = int(read(reader, bad_parsers.TELLING))
    reader.seconds = 0.5
    assert refusal(reader, form) == ("too slow", "reading it takes more than 0.5 s")
    assert not is_alive(process)
    reader.seconds = 30
    assert read(reader, bad_parsers.GOOD) == "Some text."


def test_a_file_with_pages_has_more_time_and_tells_how_far_it_is(reader: IsolatedReader) -> None:
    content = b"Page after page. " * 6_000
    seen: list[tuple[int, int]] = []
    reader.on_pages = lambda *pages: seen.append(pages)
    reader.seconds = 0.3
    assert read(reader, bad_parsers.LONG, content) == content.decode()
    assert seen == [(pages, 100) for pages in range(100)]


def test_what_fails_while_progress_is_shown_is_no_fault_of_the_file(reader: IsolatedReader) -> None:
    def fail(pages: int, total: int) -> None:
        raise BrokenPipeError

    reader.on_pages = fail
    with pytest.raises(BrokenPipeError):
        read(reader, bad_parsers.LONG)
    assert read(reader, bad_parsers.GOOD) == "Some text."


def test_a_small_file_with_many_pages_has_no_more_time(reader: IsolatedReader) -> None:
    reader.seconds = 0.3
    reason, detail = refusal(reader, bad_parsers.LONG)
    assert reason == "too slow"
    assert re.fullmatch(r"reading it takes more than 0.3 s; page \d+ of 100 was reached", detail)


@given(st.integers(0, 10**9), st.integers(0, 10**6))
def test_time_is_limited_by_the_size_of_a_file(size: int, pages: int) -> None:
    limit = TimeLimit.of(size)
    assert SECONDS_A_FILE <= limit.after(0) <= MAX_SECONDS
    assert (
        limit.after(0) <= limit.after(pages) <= MAX_SECONDS + SECONDS_A_PAGE * size / MIN_PAGE_BYTES
    )
    if size <= 200_000:
        assert limit.after(pages) < 20


def test_what_a_parser_prints_does_not_spoil_the_document(
    reader: IsolatedReader, capfd: pytest.CaptureFixture[str]
) -> None:
    assert read(reader, bad_parsers.PRINTING) == "Some text."
    assert capfd.readouterr() == ("", "")


def test_a_process_that_was_killed_between_files_is_replaced(reader: IsolatedReader) -> None:
    process = int(read(reader, bad_parsers.TELLING))
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + 20
    while reader.is_running and time.monotonic() < deadline:
        time.sleep(0.01)
    assert read(reader, bad_parsers.GOOD) == "Some text."


def test_a_module_in_the_current_folder_is_never_run(
    reader: IsolatedReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("index", "queue", "faulthandler"):
        (tmp_path / f"{name}.py").write_text("import os; os._exit(1)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    assert read(reader, bad_parsers.GOOD) == "Some text."


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_process_ends_with_the_program_even_while_it_reads(sent: signal.Signals) -> None:
    program = (
        "import signal\n"
        # Shells start background jobs with this signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from index.isolated.reader import IsolatedReader\n"
        "from tests.support.bad_parsers import TELLING, WAITING\n"
        "with IsolatedReader() as reader:\n"
        "    print(reader.read(TELLING, b'text', None).text, flush=True)\n"
        "    reader.read(WAITING, b'text', None)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stdout
        process = int(running.stdout.readline())
        time.sleep(0.2)  # let it read
        if sent == signal.SIGINT:  # as from a terminal: to both
            os.killpg(running.pid, sent)
        else:
            running.send_signal(sent)
        assert running.wait(20) != 0
    deadline = time.monotonic() + 20
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    still_there = is_alive(process)
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    assert not still_there


def test_a_sync_skips_what_crashes_and_keeps_the_notes_of_what_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setattr(index.load, "FORMATS", (bad_parsers.CRASHING, bad_parsers.GOOD))
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)
    files = Files(tmp_path / "articles")
    for name in ("a.txt", "b.crash", "c.read_well", "d.crash", "e.txt"):
        files.write(name, paragraph(1))
    with opened(tmp_path / "store") as store:
        for _ in range(2):  # read, then known
            report = files.sync_into(store)
            detail = "the parser crashed"
            assert report.skipped == [Skip(f"{n}.crash", "damaged", detail) for n in "bd"]
            assert report.notes == {"c.read_well": bad_parsers.NOTE}
        assert {name for name, *_ in contents(store)} == {"a.txt", "c.read_well", "e.txt"}
