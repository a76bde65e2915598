"""The list of articles: found by typing, marked to be asked, opened to be read."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input, Static

import qa.chat
from index.scan import Skip
from qa.chat.app import ChatApp
from qa.chat.dialogs.articles import Articles, ToRead
from qa.chat.dialogs.dialog import KeyHints
from qa.chat.listing import Listing
from qa.chat.scope import Selection
from qa.events import Listed
from qa.scope import Scope
from tests.support.chat import HOSTILE, MARKED, Chat, chatting, narrow_and_wide, unsafe
from tests.support.notes import opens, write_notes

BUILT = "When was the bridge built?"
SMALL = (40, 15)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "notes")


@pytest.fixture
def about_notes(notes: Path, tmp_path: Path) -> ChatApp:
    return ChatApp(opens(tmp_path / "stores", notes), title="notes", passages=3)


async def open_list(chat: Chat) -> None:
    await chat.until(chat.is_ready)
    await chat.press("f3")
    await chat.until(lambda: isinstance(chat.app.screen, Articles))
    await chat.until(chat.listed)


async def asked(chat: Chat, question: str) -> set[str]:
    """Ask, and return the ids of the articles that were asked."""
    turn = await chat.ask(question)
    assert turn.entry.response is not None
    return {passage.citation.article for passage in turn.entry.response.passages}


@pytest.mark.slow
@narrow_and_wide
async def test_only_the_marked_articles_are_asked_until_none_is_marked(
    about_notes: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(about_notes, size) as chat:
        assert len(await asked(chat, BUILT)) == 3
        await open_list(chat)
        assert chat.shown("#count") == ["3 articles, asking all"]
        await chat.press(*"MILL")
        assert chat.shown("#count") == ["1 of 3 articles, asking all"]
        (row,) = chat.listed()
        assert row.startswith("Mill ")
        assert row.endswith("txt 60 B")
        await chat.press("down", "space")
        (row,) = chat.listed()
        assert row.startswith("✓ Mill ")
        assert chat.shown("#count") == ["1 of 3 articles, 1 marked"]
        await chat.press("ctrl+s")
        assert not isinstance(chat.app.screen, Articles)
        assert "asking 1 article" in chat.state
        assert await asked(chat, "Where does a bridge lead?") == {"mill.txt"}
        await open_list(chat)
        assert chat.shown("#count") == ["3 articles, 1 marked"]
        await chat.press("ctrl+a", "ctrl+s")
        assert "asking" not in chat.state, "all are marked"
        assert len(await asked(chat, BUILT)) == 3


@pytest.mark.slow
async def test_all_articles_but_the_marked_ones_are_asked(about_notes: ChatApp) -> None:
    async with chatting(about_notes) as chat:
        await open_list(chat)
        await chat.press(*"mill", "ctrl+a", "ctrl+x")
        assert "asking all but 1 article" in chat.state
        assert await asked(chat, BUILT) == {"bridge.txt", "castle.txt"}


@pytest.mark.slow
async def test_escape_leaves_what_is_asked_as_it_was(about_notes: ChatApp) -> None:
    async with chatting(about_notes) as chat:
        await open_list(chat)
        await chat.press("space", "escape")
        assert "asking" not in chat.state
        assert len(await asked(chat, BUILT)) == 3


@pytest.mark.slow
@narrow_and_wide
async def test_an_article_is_opened_to_be_read_and_the_marks_are_kept(
    about_notes: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(about_notes, size) as chat:
        await chat.ask(BUILT)
        await open_list(chat)
        await chat.press("space", *"castle", "enter")
        await chat.until(lambda: chat.view.article and chat.view.article.id == "castle.txt")
        assert chat.app.focused is chat.view
        assert chat.view.passage is None
        assert "burned down by soldiers" in chat.screen()
        await chat.press("escape", "f3")
        await chat.until(lambda: isinstance(chat.app.screen, Articles))
        assert chat.shown("#count") == ["3 articles, 1 marked"]
        await chat.press("escape", "[")
        await chat.until(chat.shows_chosen_passage)


@pytest.mark.slow
async def test_everything_is_done_by_mouse_as_well(about_notes: ChatApp, notes: Path) -> None:
    (notes / "void.txt").write_bytes(b"")
    async with chatting(about_notes) as chat:
        await open_list(chat)
        await chat.pilot.click("#listed", offset=(0, 2))
        assert [row[0] for row in chat.listed()] == ["B", "C", "✓"]
        await chat.pilot.click("#sections", offset=(16, 0))
        await chat.until(lambda: chat.shown("#count") == ["1 file skipped"])
        await chat.pilot.click("#sections", offset=(2, 0))
        await chat.until(lambda: len(chat.listed()) == 3)
        await chat.pilot.click("#listed", offset=(5, 1))
        assert isinstance(chat.app.screen, Articles), "the first click highlights"
        await chat.pilot.click("#listed", offset=(5, 1))
        await chat.until(lambda: chat.view.article and chat.view.article.id == "castle.txt")


async def click_hint(pilot: Pilot[None], words: str) -> None:
    """Click on a key below the dialog."""
    hints = pilot.app.screen.query_one(KeyHints)
    lines = str(hints.render()).splitlines()
    (y,) = [y for y, line in enumerate(lines) if words in line]
    await pilot.click(hints, offset=(lines[y].index(words), y))


@pytest.mark.slow
@pytest.mark.parametrize("size", [SMALL, (80, 24)])
async def test_skipped_files_are_listed_with_the_reason(
    about_notes: ChatApp, notes: Path, size: tuple[int, int]
) -> None:
    (notes / "picture.txt").write_bytes(b"\x89PNG\x00\x00\x00")
    (notes / "void.txt").write_bytes(b"")
    async with chatting(about_notes, size) as chat:
        await open_list(chat)
        assert "Skipped 2" in chat.screen()
        await chat.press("tab")
        assert chat.listed() == ["picture.txt binary", "void.txt empty"]
        assert chat.shown("#count") == ["2 files skipped"]
        await chat.press(*"empty")
        assert chat.listed() == ["void.txt empty"]
        await chat.press("space", "enter")
        assert isinstance(chat.app.screen, Articles), "there is nothing to read"
        await chat.press("tab")
        assert chat.shown("#count") == ["0 of 3 articles, asking all"]


@pytest.mark.slow
async def test_articles_that_a_pattern_chose_are_shown_as_marked(
    notes: Path, tmp_path: Path
) -> None:
    scope = Scope.of("m*.txt")
    app = ChatApp(opens(tmp_path / "stores", notes), title="notes", passages=3, scope=scope)
    async with chatting(app) as chat:
        await open_list(chat)
        assert chat.shown("#count") == ["3 articles, 1 marked"]
        await chat.press("ctrl+s")
        assert await asked(chat, BUILT) == {"mill.txt"}


# The dialog alone


class Over(App[None]):
    """Shows a dialog and keeps what it returns."""

    CSS_PATH = Path(qa.chat.__file__).with_name("dialogs.tcss")

    def __init__(self, listed: Listed) -> None:
        super().__init__()
        self.dialog = Articles(listed, ())
        self.choice: Selection | ToRead | None = None

    async def on_mount(self) -> None:
        def keep(choice: Selection | ToRead | None) -> None:
            self.choice = choice

        await self.push_screen(self.dialog, keep)


def many(count: int) -> Listed:
    titles = {f"folder/file-{number}.md": f"Report {number}" for number in range(count)}
    return Listed(titles, ())


async def test_all_keys_the_counts_and_the_list_fit_into_a_small_terminal() -> None:
    listed = Listed(many(30).titles, [Skip("picture.png", "binary")])
    app = Over(listed)
    async with app.run_test(size=SMALL) as pilot:
        await pilot.pause()
        shown = "\n".join(row.text for row in app.screen._compositor.render_strips())
        for words in (
            "Articles 30", "Skipped 1", "Report 0", "30 articles, asking all", "folder/file-0.md",
            "Enter read", "Space mark", "^A all or none", "^S ask marked", "^X ask others",
            "Esc cancel",
        ):  # fmt: skip
            assert words in shown


async def test_title_and_path_are_found_in_any_order_and_letters_follow_a_space() -> None:
    app = Over(many(120))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"file-7", "space", *"report", "space", *"77")
        assert app.dialog.query_one(Input).value == "file-7 report 77"
        assert app.dialog.query_one(Listing).count == 1
        await pilot.press(*["backspace"] * 3)
        found = [n for n in range(120) if str(n).startswith("7")]
        assert app.dialog.query_one(Listing).count == len(found)
        await pilot.press("down", "enter")
        assert app.choice == ToRead("folder/file-70.md", frozenset())


async def test_a_space_marks_where_it_would_separate_nothing() -> None:
    app = Over(many(5))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space", "down", "down", "space", *"4", "up", "space", "ctrl+s")
        ids = [f"folder/file-{number}.md" for number in (0, 2, 4)]
        assert app.choice == Selection.of_ids(ids)


async def test_a_click_on_a_key_does_what_the_key_does() -> None:
    for hint, choice in (
        ("read", ToRead("folder/file-1.md", frozenset({"folder/file-1.md"}))),
        ("^S", Selection.of_ids(["folder/file-1.md"])),
        ("ask others", Selection.all_but(["folder/file-1.md"])),
        ("cancel", None),
    ):
        app = Over(many(5))
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("down")
            for words in ("all or none", "all or none", "mark", hint):
                await click_hint(pilot, words)
            assert app.choice == choice
            assert app.screen is not app.dialog


async def test_keys_that_mark_do_nothing_while_skipped_files_are_listed() -> None:
    app = Over(Listed(many(5).titles, [Skip("picture.png", "binary")]))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "ctrl+a", "down", "space", "tab")
        assert str(app.dialog.query_one("#count", Static).render()) == "5 articles, asking all"


async def test_marks_of_articles_that_are_gone_are_dropped() -> None:
    app = Over(many(2))
    app.dialog = Articles(many(2), ["folder/file-1.md", "gone.md"])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+s")
        assert app.choice == Selection.of_ids(["folder/file-1.md"])


async def test_hostile_titles_paths_and_reasons_are_shown_as_marks() -> None:
    hostile = Listed(
        {f"{HOSTILE}{n}": f"{HOSTILE}\u202e日本語" * 9 for n in range(9)},
        [Skip(HOSTILE, "damaged", HOSTILE)],
        {f"{HOSTILE}0": HOSTILE},
    )
    app = Over(hostile)
    for size in [SMALL, (140, 45)]:
        async with app.run_test(size=size) as pilot:
            for keys in (["down"], ["tab"], list("[b")):
                await pilot.press(*keys)
                rows = [row.text for row in app.screen._compositor.render_strips()]
                assert not unsafe("".join(rows))
                assert {cell_len(row) for row in rows} == {size[0]}
            assert MARKED[:9] in "".join(rows)
        app = Over(hostile)


@pytest.mark.slow
async def test_each_letter_of_the_filter_is_quick_among_100_000_articles() -> None:
    app = Over(many(100_000))
    async with app.run_test(size=(100, 30)) as pilot:
        spent = []
        for key in [*"report", "space", *"9999", *["backspace"] * 3, "down", "end", "ctrl+a"]:
            started = time.process_time()
            await pilot.press(key)
            spent.append(time.process_time() - started)
        print([round(each * 1000) for each in spent])
        print(f"CPU per key: at most {max(spent) * 1000:.0f} ms of {len(spent)} keys")
        assert max(spent) < 0.5
        listing = app.dialog.query_one(Listing)
        assert listing.count == sum("9" in str(n) for n in range(100_000))
