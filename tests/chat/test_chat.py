"""The chat, driven as a person would: the real app over the real ask."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from index.errors import ArticleError
from index.models import Notify
from qa.ask import Asker
from qa.chat.app import ChatApp
from qa.chat.turn import Turn
from qa.reader import SentenceReader
from tests.conftest import SEED, HashedWordsEncoder

SIZES = [(60, 20), (80, 24), (140, 45)]


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[Notify], Asker]:
    def open_seed(notify: Notify) -> Asker:
        return Asker(
            [str(SEED)],
            encoder=HashedWordsEncoder(),
            reader=SentenceReader(),
            stores=tmp_path,
            notify=notify,
        )

    return open_seed


async def ask(pilot: Pilot[int], question: str) -> None:
    pilot.app.query_one(Input).value = question
    await pilot.press("enter")


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    for _ in range(400):
        await pilot.pause(0.01)
        if condition():
            return
    pytest.fail("waited for 4 s")


def shown(app: ChatApp, selector: str) -> list[str]:
    return [str(widget.render()) for widget in app.query(selector).results(Static)]


def answered(app: ChatApp) -> int:
    return sum(turn.response is not None for turn in app.query(Turn))


@pytest.mark.parametrize("size", SIZES)
async def test_a_question_is_answered_with_its_cited_passages(
    opened: Callable[[Notify], Asker], size: tuple[int, int]
) -> None:
    app = ChatApp(opened, title="sample", passages=3)
    async with app.run_test(size=size) as pilot:
        await ask(pilot, "How old is Rygor Kastusev?")
        await until(pilot, lambda: answered(app) == 1)
        await pilot.pause()
        (answer,) = shown(app, ".answer")
        assert answer.startswith("It named one man as 67-year-old Rygor Kastusev")
        assert len(shown(app, ".citation")) == 3
        assert any("belarus-amnesty.txt:" in line for line in shown(app, ".citation"))
        assert f"«{answer}»" in " ".join(shown(app, ".passage"))
        assert not shown(app, ".waiting")
        assert app.query_one(".answer").region.width <= size[0]
        assert app.query_one(".answer").region.y < size[1]


async def test_what_the_text_does_not_answer_is_said_plainly(
    opened: Callable[[Notify], Asker],
) -> None:
    app = ChatApp(opened, title="sample", passages=2)
    async with app.run_test() as pilot:
        await ask(pilot, "zzyzx quux?")
        await until(pilot, lambda: answered(app) == 1)
        await pilot.pause()
        assert shown(app, ".not-found") == ["The text does not answer this."]
        assert "It nowhere says: zzyzx, quux" in shown(app, ".note")


async def test_one_can_ask_before_the_corpus_is_open(opened: Callable[[Notify], Asker]) -> None:
    gate = threading.Event()

    def slowly(notify: Notify) -> Asker:
        notify("Preparing the model")
        assert gate.wait(10)
        return opened(notify)

    app = ChatApp(slowly, title="sample", passages=1)
    async with app.run_test() as pilot:
        await ask(pilot, "Who is Rygor Kastusev?")
        await ask(pilot, "Who is Viasna?")
        await until(pilot, lambda: "Preparing the model" in shown(app, "#state")[0])
        assert shown(app, ".waiting") == ["waiting …", "waiting …"]
        gate.set()
        await until(pilot, lambda: answered(app) == 2)
        questions = [turn.response.question for turn in app.query(Turn) if turn.response]
        assert questions == ["Who is Rygor Kastusev?", "Who is Viasna?"]
        assert shown(app, "#state") == ["sample · 1 article, 12 passages · ready"]


async def test_a_corpus_that_cannot_be_opened_is_said_in_every_turn() -> None:
    def broken(_: Notify) -> Asker:
        raise ArticleError("Nothing to read in [bold]x[/bold].", "Give a text file.")

    app = ChatApp(broken, title="x", passages=1)
    async with app.run_test() as pilot:
        await ask(pilot, "Why?")
        await until(pilot, lambda: bool(shown(app, ".failure")))
        await ask(pilot, "And now?")
        await until(pilot, lambda: len(shown(app, ".failure")) == 2)
        says = "Nothing to read in [bold]x[/bold]. Give a text file."
        assert shown(app, ".failure") == [says, says]


async def test_articles_that_come_later_are_answered_from(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()

    def open_notes(notify: Notify) -> Asker:
        return Asker(
            [str(folder)],
            encoder=HashedWordsEncoder(),
            reader=SentenceReader(0.0),
            stores=tmp_path / "stores",
            notify=notify,
        )

    app = ChatApp(open_notes, title="notes", passages=1)
    async with app.run_test() as pilot:
        await ask(pilot, "When was the bridge built?")
        await until(pilot, lambda: bool(shown(app, ".failure")))
        (folder / "bridge.txt").write_text("The bridge was built in 1932.")
        await ask(pilot, "When was the bridge built?")
        await until(pilot, lambda: answered(app) == 1)


async def test_a_fault_of_the_program_itself_is_said_too() -> None:
    def broken(_: Notify) -> Asker:
        raise RuntimeError("unforeseen")

    app = ChatApp(broken, title="x", passages=1)
    async with app.run_test() as pilot:
        await ask(pilot, "Why?")
        await until(pilot, lambda: "unforeseen" in str(shown(app, ".failure")))


async def test_a_blank_question_is_not_asked_and_a_new_conversation_is_empty(
    opened: Callable[[Notify], Asker],
) -> None:
    app = ChatApp(opened, title="sample", passages=1)
    async with app.run_test() as pilot:
        await ask(pilot, "   ")
        assert not app.query(Turn)
        await ask(pilot, "Who is Viasna?")
        await until(pilot, lambda: answered(app) == 1)
        await pilot.press("ctrl+n")
        await until(pilot, lambda: not app.query(Turn))
        await ask(pilot, "Who is Rygor Kastusev?")
        await until(pilot, lambda: answered(app) == 1)


async def test_hostile_text_is_shown_as_marks_and_markup_as_it_stands(tmp_path: Path) -> None:
    article = tmp_path / "[red]x.txt"
    article.write_text("The [bold]bridge[/bold] \x1b]52;c;aGk=\x07 was [/ built \u202e in 1932.")

    def open_article(notify: Notify) -> Asker:
        return Asker(
            [str(article)],
            encoder=HashedWordsEncoder(),
            reader=SentenceReader(0.0),
            stores=tmp_path / "stores",
            notify=notify,
        )

    app = ChatApp(open_article, title="[blink]t[/]", passages=1)
    async with app.run_test() as pilot:
        await ask(pilot, "When was the [link=x]bridge built[/link]?")
        await until(pilot, lambda: answered(app) == 1)
        await pilot.pause()
        marked = "The [bold]bridge[/bold] ␛]52;c;aGk=␇ was [/ built ⟨202E⟩ in 1932."
        assert shown(app, ".answer") == [marked]
        assert shown(app, ".question") == ["❯ When was the [link=x]bridge built[/link]?"]
        assert "[red]x.txt:1" in shown(app, ".citation")[0]


@pytest.fixture
def endless(tmp_path: Path) -> Iterator[Callable[[Notify], Asker]]:
    """A corpus whose encoder takes as long as the test does."""
    over = threading.Event()

    class SlowEncoder(HashedWordsEncoder):
        def count_tokens(self, texts: object) -> list[int]:
            over.wait(30)
            return [1 for _ in texts]  # type: ignore[attr-defined]

    def open_slow(notify: Notify) -> Asker:
        return Asker(
            [str(SEED)],
            encoder=SlowEncoder(),
            reader=SentenceReader(),
            stores=tmp_path,
            notify=notify,
        )

    yield open_slow
    over.set()


async def test_leaving_does_not_wait_for_the_indexing(endless: Callable[[Notify], Asker]) -> None:
    import time

    app = ChatApp(endless, title="sample", passages=1)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "indexing" in shown(app, "#state")[0])
        started = time.monotonic()
        await pilot.press("ctrl+q")
    assert time.monotonic() - started < 2
