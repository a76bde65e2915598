"""Pictures of the chat, in text, compared with those in `__snapshots__`.

They are the same with every Textual from 6.12 to 8.2.
A picture that is meant to change is renewed, then looked at and committed:

    RENEW_PICTURES=1 python -m pytest tests/chat/test_pictures.py
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Footer, Input, Static

from qa.chat.app import ChatApp
from qa.chat.dialogs.articles import Articles
from qa.reader.sentences import SentenceReader
from tests.support.chat import NARROW, WIDE, Chat, chatting
from tests.support.encoder import GatedEncoder
from tests.support.notes import opens, write_notes
from tests.support.paths import ROOT
from tests.support.pdf_files import Page, PdfFile
from tests.support.pdf_files import Words as OnPage
from tests.support.screen import LEFT_OUT, drawn

PICTURES = Path(__file__).with_name("__snapshots__")
AGE = "How old is Rygor Kastusev?"
MIDDLE = (80, 24)
FIRST_PAGE = "This is what the town has built in the last hundred years, and what it has cost."

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run where the paths that are shown do not depend on the machine."""
    monkeypatch.chdir(ROOT)


async def suggested(chat: Chat, questions: int) -> None:
    """Wait for so many sample questions: as many as the articles answer."""
    await chat.until(lambda: len(chat.app.welcome.questions) == questions)


async def nothing_yet(chat: Chat) -> None:
    await suggested(chat, 2)


async def answered(chat: Chat) -> None:
    await chat.ask(AGE)


async def article(chat: Chat) -> None:
    await chat.ask(AGE)
    await chat.press("f2")


async def not_found(chat: Chat) -> None:
    await chat.ask("zzyzx quux?")


async def follow_up(chat: Chat) -> None:
    await chat.ask(AGE)
    await chat.ask("When was he arrested?")


async def help_on_keys(chat: Chat) -> None:
    await nothing_yet(chat)
    await chat.press("f1")


async def find(chat: Chat) -> None:
    await chat.ask(AGE)
    await chat.press("ctrl+f", *"viasna", "down")


async def light(chat: Chat) -> None:
    chat.app.theme = "textual-light"
    await chat.ask(AGE)
    await chat.press("]")


async def compare(chat: Chat, name: str, folder: Path) -> None:
    """Fail if the screen does not look as it did. folder: for a picture of how it looks now."""
    for line in chat.app.screen.query(Input):
        line.cursor_blink = False
    chat.app.clear_notifications()
    now, kept = "", PICTURES / f"{name}.txt"
    while now != (now := drawn(chat.app)):  # until nothing moves any more
        await chat.pilot.pause(0.1)
    if os.environ.get("RENEW_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        kept.write_text(now, encoding="utf-8", newline="\n")
    before = kept.read_text("utf-8") if kept.exists() else ""
    if now != before:
        image = folder / f"{name}.svg"
        image.write_text(chat.app.export_screenshot(title="article-qa"), encoding="utf-8")
        changes = difflib.unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=1)
        pytest.fail(
            "\n".join(
                [
                    f"The chat does not look as in {kept}. See {image}. If that is meant, run",
                    "RENEW_PICTURES=1 python -m pytest tests/chat/test_pictures.py",
                    *changes,
                ]
            )
        )


@pytest.mark.parametrize(
    ("name", "size", "act"),
    [
        ("ready-middle", MIDDLE, nothing_yet),
        ("ready-wide", WIDE, nothing_yet),
        ("ready-narrow", NARROW, nothing_yet),
        ("answered-wide", WIDE, answered),
        ("answered-middle", MIDDLE, answered),
        ("answered-narrow", NARROW, answered),
        ("article-narrow", NARROW, article),
        ("not-found-middle", MIDDLE, not_found),
        ("follow-up-middle", MIDDLE, follow_up),
        ("help-middle", MIDDLE, help_on_keys),
        ("find-wide", WIDE, find),
        ("find-narrow", NARROW, find),
        ("light-wide", WIDE, light),
    ],
)
async def test_the_chat_about_the_sample_article_looks_as_it_did(
    name: str, size: tuple[int, int], act: Callable[[Chat], Awaitable[None]], tmp_path: Path
) -> None:
    app = ChatApp(opens(tmp_path / "stores"), title="sample article", passages=3)
    async with chatting(app, size) as chat:
        await act(chat)
        await compare(chat, name, tmp_path)


@pytest.mark.parametrize(("name", "size"), [("unsure-middle", MIDDLE), ("unsure-wide", WIDE)])
async def test_an_unsure_response_looks_as_it_did(
    name: str, size: tuple[int, int], tmp_path: Path
) -> None:
    reader = SentenceReader(1.0, 0.0)
    app = ChatApp(opens(tmp_path / "stores", reader=reader), title="sample article", passages=3)
    async with chatting(app, size) as chat:
        await chat.ask(AGE)
        await compare(chat, name, tmp_path)


async def test_the_chat_without_colour_looks_as_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ChatApp(opens(tmp_path / "stores"), title="sample article", passages=3)
    async with chatting(app, MIDDLE) as chat:
        await chat.ask(AGE)
        await compare(chat, "no-colour-middle", tmp_path)


async def test_the_chat_that_still_reads_looks_as_it_did(tmp_path: Path) -> None:
    encoder = GatedEncoder()
    notes = write_notes(tmp_path / "notes")
    app = ChatApp(opens(tmp_path / "stores", notes, encoder=encoder), title="notes", passages=3)
    async with chatting(app, MIDDLE) as chat:
        await chat.until(lambda: "indexing 0 / 3" in chat.state)
        await chat.submit("When was the bridge built?")
        await chat.submit("Who burned down the castle?")
        await compare(chat, "reading-middle", tmp_path)
    encoder.open()


async def test_the_list_of_articles_looks_as_it_did(tmp_path: Path) -> None:
    notes = write_notes(tmp_path / "notes")
    (notes / "picture.txt").write_bytes(b"\x89PNG\x00\x00")
    app = ChatApp(opens(tmp_path / "stores", notes), title="notes", passages=3)
    async with chatting(app, MIDDLE) as chat:
        await suggested(chat, 1)
        await chat.press("f3")
        await chat.until(lambda: isinstance(chat.app.screen, Articles))
        await chat.highlight(1)
        await chat.press("space")
        await compare(chat, "articles-middle", tmp_path)
        await chat.pilot.resize_terminal(40, 15)
        await chat.press("tab", *"txt")
        await compare(chat, "skipped-small", tmp_path)


@pytest.mark.parametrize(("name", "size"), [("pdf-wide", WIDE), ("pdf-narrow", NARROW)])
async def test_extracted_text_looks_as_it_did(
    name: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "report.pdf"
    file.write_bytes(
        PdfFile(
            [
                Page([OnPage("The town and its works", 72, 760, 20), OnPage(FIRST_PAGE, 72, 700)]),
                Page([OnPage("Bridges", 72, 760, 16), OnPage("It was built in 1932.", 72, 700)]),
            ],
            {"Title": "Annual report"},
        ).content()
    )
    app = ChatApp(opens(tmp_path / "stores", file), title="report.pdf", passages=3)
    async with chatting(app, size) as chat:
        await chat.ask("When was it built?")
        if size == NARROW:
            await chat.press("f2")
        await compare(chat, name, tmp_path)


async def test_an_addition_looks_as_it_did(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    notes = write_notes(tmp_path / "notes")
    (tmp_path / "notes" / ".draft.txt").write_text("The tower was built in 1820.")
    app = ChatApp(opens(tmp_path / "stores", notes), title="notes", passages=3)
    async with chatting(app, MIDDLE) as chat:
        await chat.ask("When was the bridge built?")
        await chat.submit("./notes/.draft.txt")
        await chat.until(lambda: not chat.transcript.waiting())
        await chat.press("f6", *"nowhere", "enter")
        await compare(chat, "add-middle", tmp_path)


def test_every_picture_kept_is_compared() -> None:
    source = Path(__file__).read_text("utf-8")
    assert list(PICTURES.iterdir())
    assert not [kept for kept in PICTURES.iterdir() if f'"{kept.stem}"' not in source]


# The pictures themselves


class Words(App[None]):
    CSS = "#words { width: 12; height: 3; overflow-y: scroll; scrollbar-size-vertical: 1; }"

    def __init__(self, words: Text) -> None:
        super().__init__()
        self.words = words

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="words"):
            yield Static(self.words)
        yield Footer()


async def picture_of(words: Text) -> str:
    app = Words(words)
    async with app.run_test(size=(16, 5)) as pilot:
        await pilot.pause()
        return drawn(app)


async def test_a_picture_tells_words_and_styles_apart() -> None:
    styles = ["", "bold", "dim", "italic", "underline", "reverse", "strike", "on #0178d4"]
    pictures = [await picture_of(Text.assemble("a ", ("word", style))) for style in styles]
    pictures.append(await picture_of(Text("a wort")))
    pictures.append(await picture_of(Text("a  word")))
    assert len(set(pictures)) == len(pictures)


async def test_a_picture_leaves_out_what_textual_draws_on_its_own() -> None:
    texts, styles, legend = (await picture_of(Text("word"))).split("\n----------------\n")
    assert texts.splitlines() == [
        f"word       {LEFT_OUT}",
        *[f"           {LEFT_OUT}"] * 2,
        "",
        LEFT_OUT * 16,
    ]
    assert styles.splitlines()[0] == f"aaaa       {LEFT_OUT}"
    assert legend == "a  foreground on background\n"
