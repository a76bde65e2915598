"""The first screen: the article or a list, questions that are answered, and three keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.scan import STDIN, Source
from index.types import Notify
from qa.chat import messages
from qa.chat.app import ChatApp
from qa.chat.welcome import EARLY, Sample
from qa.corpus import Corpus
from qa.events import Suggested
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from tests.support.chat import MARKED, NARROW, WIDE, Chat, chatting, narrow_and_wide, unsafe
from tests.support.encoder import GatedEncoder, HashedWordsEncoder
from tests.support.notes import opens, write_notes

BUILT = "When was the bridge built?"


def app_of(folder: Path, tmp_path: Path, encoder: GatedEncoder | None = None) -> ChatApp:
    return ChatApp(
        opens(tmp_path / "stores", folder, encoder=encoder),
        title="notes",
        passages=3,
        paths=[str(folder)],
    )


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_notes(tmp_path / "notes")


@pytest.fixture
def about_notes(notes: Path, tmp_path: Path) -> ChatApp:
    return app_of(notes, tmp_path)


def samples(chat: Chat) -> list[str]:
    return [sample.question for sample in chat.app.query(Sample)]


async def test_it_can_be_used_before_anything_is_read(notes: Path, tmp_path: Path) -> None:
    encoder = GatedEncoder()
    async with chatting(app_of(notes, tmp_path, encoder)) as chat:
        assert EARLY in chat.screen()
        assert "Pick a question" not in chat.screen(), "there is none yet"
        await chat.press(*"Who")
        assert chat.question.value == "Who"
        assert not samples(chat)
        encoder.open()
        await chat.until(chat.is_ready)


@narrow_and_wide
async def test_many_articles_are_listed_and_fill_the_window(
    about_notes: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(about_notes, size) as chat:
        await chat.until(lambda: "Castle  castle.txt" in chat.screen())
        assert "3 articles · 3 passages" in chat.screen()
        assert not chat.view.region.area
        assert "more: F3" not in chat.screen()
        await chat.ask(BUILT)
        assert bool(chat.view.region.area) == (size == WIDE)


async def test_a_longer_list_says_how_many_more_there_are(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:02}.txt").write_text(f"Ferries number {number}.\n")
    async with chatting(app_of(folder, tmp_path), NARROW) as chat:
        await chat.until(lambda: "and 37 more: F3" in chat.screen())


@narrow_and_wide
async def test_the_only_article_is_shown_with_its_extent(
    notes: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    async with chatting(app_of(notes / "bridge.txt", tmp_path), size) as chat:
        await chat.until(lambda: chat.view.article)
        assert "bridge.txt · 2 lines, 14 words" in chat.screen()
        assert ("1 " in chat.screen() and bool(chat.view.region.area)) == (size == WIDE)
        await chat.press("f2")
        assert "It spans the river" in chat.screen()
        await chat.press("f2", "ctrl+n")
        await chat.until(lambda: chat.view.article)


async def test_a_question_is_picked_by_key(about_notes: ChatApp) -> None:
    async with chatting(about_notes, WIDE) as chat:
        await chat.until(lambda: BUILT in samples(chat))
        await chat.press(*["down"] * (samples(chat).index(BUILT) + 1))
        assert chat.question.value == BUILT
        assert f"▸ {BUILT}" in chat.screen()
        await chat.press("enter")
        await chat.until(lambda: chat.is_shown(1))
        assert chat.answers == ["The bridge was built in 1932."]
        assert not chat.app.welcome.region.area


async def test_the_picked_question_is_seen_in_the_smallest_window(tmp_path: Path) -> None:
    folder = tmp_path / "built"
    folder.mkdir()
    for thing in ("bridge", "castle", "mill"):
        (folder / f"{thing}.txt").write_text(f"The {thing} was built in 1932.\n")
    async with chatting(app_of(folder, tmp_path), (40, 12)) as chat:
        await chat.until(lambda: len(samples(chat)) > 1)
        assert samples(chat)[-1] not in chat.screen(), "it does not fit"
        for question in samples(chat):
            await chat.press("down")
            await chat.until(lambda question=question: f"▸ {question}" in chat.screen())


async def test_standard_input_is_not_called_by_its_argument(tmp_path: Path) -> None:
    text = b"# The bridge\n\nThe bridge was built in 1932.\n"

    def opens_it(notify: Notify) -> Corpus:
        return Corpus(
            [STDIN],
            encoder=HashedWordsEncoder(),
            reader=SentenceReader(),
            settings=Settings(store=tmp_path / "stores"),
            stdin=Source(STDIN, STDIN, len(text), 0, text),
        )

    async with chatting(ChatApp(opens_it, title="standard input", passages=3), WIDE) as chat:
        await chat.until(lambda: "standard input · 3 lines" in chat.screen())


async def test_a_question_is_picked_by_click_and_the_first_screen_returns(
    about_notes: ChatApp,
) -> None:
    async with chatting(about_notes, WIDE) as chat:
        await chat.until(lambda: BUILT in samples(chat))
        (clicked,) = [one for one in chat.app.query(Sample) if one.question == BUILT]
        await chat.pilot.click(clicked)
        await chat.until(lambda: chat.is_shown(1))
        await chat.press("up")
        assert chat.question.value == BUILT, "it is recalled like any other"
        await chat.press("down", "down")
        assert chat.question.value == "", "nothing is offered after the first question"
        await chat.press("ctrl+n")
        await chat.until(lambda: chat.app.welcome.region.area)
        assert BUILT in chat.screen()
        assert not chat.view.region.area


async def test_a_picked_question_stays_marked_while_others_are_added(
    about_notes: ChatApp,
) -> None:
    async with chatting(about_notes, WIDE) as chat:
        await chat.until(lambda: BUILT in samples(chat))
        await chat.press(*["down"] * (samples(chat).index(BUILT) + 1))
        chat.app.post_message(messages.Suggested(Suggested("Who owned the mill?")))
        await chat.until(lambda: "Who owned the mill?" in chat.screen())
        assert f"▸ {BUILT}" in chat.screen()


async def test_questions_about_articles_that_are_gone_are_no_longer_offered(
    about_notes: ChatApp, notes: Path
) -> None:
    async with chatting(about_notes, WIDE) as chat:
        await chat.until(lambda: BUILT in samples(chat))
        (notes / "bridge.txt").unlink()
        await chat.ask("Who burned down the castle?")
        await chat.press("ctrl+n")
        await chat.until(lambda: "2 articles" in chat.screen() and BUILT not in samples(chat))
        await chat.press("down")
        assert chat.question.value != BUILT


async def test_hostile_names_and_titles_are_shown_as_marks(tmp_path: Path) -> None:
    folder = tmp_path / "hostile"
    folder.mkdir()
    for number in range(2):
        name = f"[red]\x1b[2J\u202e\u200b{number}.md"
        text = "# [bold]x[/bold] [/ \x1b[2J\x1b]52;c;aGk=\x07\n\nThe bridge was built in 1932.\n"
        (folder / name).write_text(text)
    async with chatting(app_of(folder, tmp_path), WIDE) as chat:
        await chat.until(lambda: "[bold]x[/bold]" in chat.screen())
        assert MARKED[:25] in chat.screen()
        assert "[red]␛[2J⟨202E⟩⟨200B⟩0.md" in chat.screen()
        assert not unsafe(chat.screen())


async def test_what_is_typed_over_a_picked_question_is_not_lost(about_notes: ChatApp) -> None:
    async with chatting(about_notes) as chat:
        await chat.until(lambda: BUILT in samples(chat))
        await chat.press("down", "ctrl+u", *"mine", "down", "up", "up")
        recalled = []
        for _ in range(len(samples(chat)) + 1):
            recalled.append(chat.question.value)
            await chat.press("down")
        assert sorted(recalled) == sorted([*samples(chat), "mine"])
