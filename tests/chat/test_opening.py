"""Opening what is cited: which program is run, with what, and what is said where none is."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.answers.history import History
from qa.chat.app import ChatApp
from qa.chat.programs import START, Target, command_for
from tests.support.chat import Chat, chatting
from tests.support.corpora import corpus_of
from tests.support.pdf_files import Page, PdfFile, Words
from tests.support.responses import as_response, changed, saved_row

Programs = Callable[..., dict[str, str]]
PDF = Target("file:///n/-a%20b.pdf#page=12", "/n/-a b.pdf", "application/pdf", 12)
PAGE = Target("file:///n/a.html#:~:text=x", "/n/a.html", "text/html")
BOOK = Target("file:///n/a.epub", "/n/a.epub")
WEB = Target("https://example.org/a#:~:text=x%20y", "")


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    """Write programs that note how they were called; return the environment that has them."""

    def write(*names: str, default: str = "", code: int = 0, **environment: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name in names:
            printed = f"print({default!r})\n" if name == "xdg-mime" else ""
            (folder / name).write_text(
                f"#!{sys.executable}\nimport json, sys\n{printed}"
                f"open({str(tmp_path / 'calls')!r}, 'a').write(json.dumps(sys.argv) + '\\n')\n"
                f"sys.exit({code})\n"
            )
            (folder / name).chmod(0o700)
        return {"PATH": str(folder), "DISPLAY": ":0", **environment}

    return write


def calls(tmp_path: Path) -> list[list[str]]:
    file = tmp_path / "calls"
    lines = file.read_text().splitlines() if file.exists() else []
    found = map(json.loads, lines)
    return [[Path(program).name, *arguments] for program, *arguments in found]


def arguments_of(target: Target, environment: dict[str, str], platform: str = "linux") -> list[str]:
    command = command_for(target, environment, platform)
    return [Path(command.arguments[0]).name, *command.arguments[1:]] if command else []


@pytest.mark.parametrize(
    ("viewer", "desktop_file", "arguments"),
    [
        ("evince", "org.gnome.Evince.desktop", ["--page-index=12", PDF.path]),
        ("okular", "okularApplication_pdf.desktop", ["--page", "12", PDF.path]),
        ("zathura", "org.pwmt.zathura-pdf-mupdf.desktop", ["--page=12", PDF.path]),
        ("sioyek", "sioyek.desktop", ["--page", "12", PDF.path]),
        ("mupdf", "mupdf.desktop", [PDF.path, "12"]),
        ("firefox", "firefox_firefox.desktop", [PDF.link]),
        ("google-chrome-stable", "google-chrome.desktop", [PDF.link]),
        ("chromium-browser", "chromium.desktop", [PDF.link]),
    ],
)
def test_the_users_own_viewer_is_told_the_page(
    programs: Programs, viewer: str, desktop_file: str, arguments: list[str]
) -> None:
    environment = programs(viewer, "xdg-mime", "xdg-open", default=desktop_file)
    assert arguments_of(PDF, environment) == [viewer, *arguments]


@pytest.mark.parametrize("desktop_file", ["org.other.Viewer.desktop", "", "okular.desktop"])
def test_a_viewer_that_is_not_known_or_not_there_opens_the_file(
    programs: Programs, desktop_file: str
) -> None:
    environment = programs("evince", "xdg-mime", "xdg-open", default=desktop_file)
    assert arguments_of(PDF, environment) == ["xdg-open", PDF.path]
    command = command_for(PDF, environment, "linux")
    assert command is not None and not command.is_at_place


def test_where_the_system_cannot_say_a_viewer_that_is_there_is_used(programs: Programs) -> None:
    assert arguments_of(PDF, programs("zathura")) == ["zathura", "--page=12", PDF.path]
    assert arguments_of(BOOK, programs("zathura")) == []


def test_a_saved_page_opens_at_the_words_in_a_browser_and_other_files_open(
    programs: Programs,
) -> None:
    environment = programs("firefox", "xdg-mime", "xdg-open", default="firefox.desktop")
    assert arguments_of(PAGE, environment) == ["firefox", PAGE.link]
    assert arguments_of(BOOK, environment) == ["xdg-open", BOOK.path]
    assert arguments_of(WEB, environment) == ["xdg-open", WEB.link]


def test_the_users_browser_comes_first_for_web_pages_but_not_one_for_the_terminal(
    programs: Programs,
) -> None:
    environment = programs("mine", "w3m", "xdg-open")
    browser = os.pathsep.join(["w3m", "gone", "'", "mine --new %s"])
    assert arguments_of(WEB, {**environment, "BROWSER": browser}) == ["mine", "--new", WEB.link]
    assert arguments_of(WEB, {**environment, "BROWSER": "mine", "DISPLAY": ""})[0] == "mine"
    assert arguments_of(WEB, {**environment, "BROWSER": "w3m"}) == ["xdg-open", WEB.link]


def test_nothing_opens_without_a_display(programs: Programs) -> None:
    environment = {**programs("evince", "firefox", "xdg-open", "open"), "DISPLAY": ""}
    for target in (PDF, PAGE, BOOK, WEB):
        assert not arguments_of(target, environment)
        assert arguments_of(target, {**environment, "WAYLAND_DISPLAY": "wayland-0"})
        assert not arguments_of(target, {**environment, "SSH_CONNECTION": "x"}, "darwin")


def test_other_systems_open_files_and_addresses_their_way(programs: Programs) -> None:
    environment = programs("open")
    assert arguments_of(WEB, environment, "darwin") == ["open", WEB.link]
    assert arguments_of(PDF, environment, "darwin") == ["open", PDF.path]
    assert arguments_of(WEB, environment, "win32") == [START, WEB.link]
    assert arguments_of(PDF, environment, "win32") == [START, PDF.path]
    environment = programs("SumatraPDF")
    assert arguments_of(PDF, environment, "win32")[-3:] == ["-page", "12", PDF.path]


@pytest.mark.parametrize("name", ["a.bat", "a.pdf.command", "a.desktop", "a.js", "a"])
def test_a_file_is_not_opened_as_what_its_name_says_if_that_could_run_it(
    programs: Programs, name: str
) -> None:
    for kind in ("", "application/pdf", "text/html"):
        target = Target(f"file:///n/{name}", f"/n/{name}", kind, 3 if "pdf" in kind else 0)
        environment = programs("xdg-mime", "xdg-open", "open")
        for platform in ("linux", "darwin", "win32"):
            assert arguments_of(target, environment, platform) == []


def test_no_program_is_taken_from_the_current_folder(
    programs: Programs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = programs("xdg-open", "evince")
    monkeypatch.chdir(tmp_path / "bin")
    assert arguments_of(PDF, {**environment, "PATH": os.pathsep.join(["", "."])}) == []


# In the chat


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A PDF whose second page says when the bridge was built."""
    file = tmp_path / "a report.pdf"
    lines = ["This is the report of the town about its works.", "The bridge was built in 1932."]
    file.write_bytes(PdfFile([Page([Words(line, 72, 700)]) for line in lines]).content())
    return file


def app_of(file: Path, tmp_path: Path) -> ChatApp:
    return ChatApp(
        lambda notify: corpus_of(file, stores=tmp_path / "stores", notify=notify),
        title="x",
        passages=3,
    )


async def opened(chat: Chat) -> list[str]:
    """Ask, open the best citation, and return what is said."""
    await chat.ask("When was the bridge built?")
    await chat.press("ctrl+o")
    await chat.until(lambda: chat.notices)
    return chat.notices


async def test_a_pdf_opens_at_the_page_of_the_answer(
    programs: Programs, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = programs("evince", "xdg-mime", "xdg-open", default="org.gnome.Evince.desktop")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    async with chatting(app_of(report, tmp_path)) as chat:
        assert await opened(chat) == ["Opening a report.pdf at page 2 with evince."]
        asked = ["xdg-mime", "query", "default", "application/pdf"]
        await chat.until(lambda: len(calls(tmp_path)) == 2)
        assert calls(tmp_path) == [asked, ["evince", "--page-index=2", str(report)]]


async def test_a_program_that_fails_is_named_and_the_link_is_copied(
    programs: Programs, report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in programs("xdg-open", code=4).items():
        monkeypatch.setenv(name, value)
    async with chatting(app_of(report, tmp_path)) as chat:
        await opened(chat)
        await chat.until(lambda: "Cannot open" in chat.notices[-1])
        link = f"{report.as_uri()}#page=2"
        assert chat.notices[-1].startswith("Cannot open a report.pdf: xdg-open exited with code 4")
        assert chat.notices[-1].endswith(f"Sent to the clipboard: {link}")
        assert chat.app.clipboard == link


async def test_without_a_display_the_link_is_copied(
    report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    async with chatting(app_of(report, tmp_path)) as chat:
        (said,) = await opened(chat)
        assert said.startswith("No program or display to open a report.pdf with.")
        assert chat.app.clipboard == f"{report.as_uri()}#page=2"
        report.unlink()
        await chat.press("ctrl+o")
        await chat.until(lambda: "no longer exists" in chat.notices[-1])
        assert chat.notices[-1] == f"{report} no longer exists."


@pytest.mark.parametrize("path", ["-", "--help", "notes.txt", "javascript:x"])
async def test_a_saved_path_that_is_none_opens_nothing(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", str(tmp_path / "would fail"))
    row = changed(saved_row("When?"), "passages.0.citation.path", path)
    history = History(tmp_path / "history")
    history.add(history.begin(), ["/a"], as_response(row))
    app = ChatApp(
        lambda notify: corpus_of(tmp_path, stores=tmp_path / "stores", notify=notify),
        title="x",
        passages=3,
        resumed=next(history.all()),
    )
    async with chatting(app) as chat:
        await chat.until(lambda: chat.transcript.chosen)
        await chat.press("ctrl+o")
        named = "standard input" if path == "-" else path
        assert f"There is no file to open: {named}" in chat.notices


async def test_pages_that_could_not_be_read_are_named_in_the_list_of_articles(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a report.pdf"
    pages = [Page([Words("The bridge was built in 1932.", 72, 700)]), Page(has_picture=True)]
    file.write_bytes(PdfFile(pages).content())
    async with chatting(app_of(file, tmp_path), (140, 45)) as chat:
        await chat.until(chat.is_ready)
        await chat.press("f3")
        await chat.until(lambda: "a report.pdf · page 2 of 2 has no text" in chat.screen())


@pytest.mark.parametrize("size", [(140, 45), (100, 30), (60, 20)])
async def test_the_page_is_seen_above_the_article_however_long_its_path_is(
    report: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    folder = tmp_path / "reports of the last hundred years" / "and of others"
    folder.mkdir(parents=True)
    file = report.rename(folder / "annual report of the town about its works.pdf")
    async with chatting(app_of(file, tmp_path), size) as chat:
        await chat.ask("When was the bridge built?")
        chat.app.switch_to("article")
        await chat.pilot.pause()
        title = chat.app.query_one("#article-title").region
        row = chat.screen().splitlines()[title.y][title.x : title.right]
        assert row.rstrip().endswith(", pages 1–2")
