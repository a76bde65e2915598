"""The chat, driven as a person would: the real app over the real ask."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.command import CommandPalette
from textual.widgets import Input, OptionList, ProgressBar, Static

from index.errors import ArticleError
from index.report import Progress, Reading
from index.types import Notify
from qa.answers.history import History, SavedConversation
from qa.answers.wire import ResponseJson
from qa.chat.app import ChatApp
from qa.chat.card import Card
from qa.chat.dialogs.articles import Articles
from qa.chat.dialogs.conversations import Conversations
from qa.chat.dialogs.help import Help
from qa.chat.dialogs.save import Save
from qa.chat.keys import KEYS
from qa.chat.listing import Listing
from qa.chat.messages import Chosen
from qa.chat.messages import Indexing as Shown
from qa.chat.pane import FindInput
from qa.chat.question import ACTIONS
from qa.chat.settings import remembered_theme
from qa.chat.transcript import TURNS_SHOWN, Transcript
from qa.corpus import Corpus
from qa.events import CitationKey, Indexing
from qa.reader.sentences import SentenceReader
from qa.scope import Scope
from qa.show.response import citation_line
from qa.show.text import typed_line, visible
from tests.support.chat import (
    HOSTILE,
    MARKED,
    NARROW,
    SIZES,
    WIDE,
    Chat,
    at_every_size,
    chatting,
    narrow_and_wide,
    unsafe,
)
from tests.support.encoder import GatedEncoder, HashedWordsEncoder
from tests.support.notes import NOTES, opens, write_notes
from tests.support.paths import SEED
from tests.support.responses import Row, as_response, saved_response

AGE = "How old is Rygor Kastusev?"
AGE_ANSWER = "It named one man as 67-year-old Rygor Kastusev"
BUILT = "When was the bridge built?"
BURNED = "Who burned down the castle?"
FOLLOW_UP = "Who built it?"
NO_ANSWER = "zzyzx quux?"


@pytest.fixture
def stores(tmp_path: Path) -> Path:
    return tmp_path / "stores"


@pytest.fixture
def sample(stores: Path) -> ChatApp:
    """The chat about the sample article."""
    return ChatApp(opens(stores), title="sample", passages=3)


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_notes(tmp_path / "notes")


@pytest.fixture
def about_notes(notes: Path, stores: Path) -> ChatApp:
    """The chat about three short articles."""
    return ChatApp(opens(stores, notes), title="notes", passages=3)


@pytest.fixture
def gated() -> Iterator[GatedEncoder]:
    encoder = GatedEncoder()
    yield encoder
    encoder.open()


# Asking


@at_every_size
async def test_a_question_is_answered_first_by_its_words_then_by_the_passages(
    sample: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        turn = await chat.ask(AGE)
        (sentence,) = chat.answers
        assert sentence.startswith(AGE_ANSWER)
        assert turn.entry.response is not None
        (answer,) = turn.entry.response.answers
        first, *others = chat.cards
        *said, place = str(first.render()).splitlines()
        assert said == [sentence]
        assert place.startswith(f"▸ [{answer.citation}] ")
        assert "belarus-amnesty.txt:5-7" in place
        assert place.endswith(f"● {answer.score * 100:.0f} % sure")
        assert len(others) == 2
        assert [card.region.height for card in others] == [1, 1]
        assert not chat.shown(".waiting")
        assert 0 < first.region.y < first.region.bottom < size[1]
        assert 0 < first.region.right <= size[0]
        assert AGE_ANSWER.split()[0] in chat.screen()


async def test_the_chosen_card_is_marked_by_a_sign_and_no_other_is(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        await chat.ask("What did Viasna say?")
        signs = ["▸ [" in str(card.render()) for card in chat.cards]
        assert signs.count(True) == 1
        assert chat.cards[signs.index(True)] is chat.transcript.card()
        assert chat.transcript.chosen is not None
        assert chat.transcript.chosen.turn == 2


@pytest.mark.slow
async def test_a_blank_question_is_not_asked(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        chat.question.value = "   "
        await chat.press("enter")
        assert not chat.turns
        turn = await chat.ask(f"  {AGE} ")
        assert turn.entry.number == 1
        assert chat.shown(".question") == [f"❯ {AGE}"]


@at_every_size
async def test_doubtful_words_are_shown_as_such_and_never_as_an_answer(
    stores: Path, size: tuple[int, int]
) -> None:
    app = ChatApp(opens(stores, reader=SentenceReader(1.0, 0.0)), title="sample", passages=3)
    async with chatting(app, size) as chat:
        turn = await chat.ask(AGE)
        assert turn.entry.response is not None
        closest = turn.entry.response.closest
        assert closest is not None
        card = chat.transcript.card()
        assert card is not None
        said, sentence, _ = str(card.render()).splitlines()
        assert said == f"◐ Not sure the text says this · {closest.score * 100:.0f} %"
        assert sentence.startswith(AGE_ANSWER)
        assert "Nearest passages:" in chat.shown(".note")
        assert not chat.answers
        assert not chat.shown(".not-found")
        assert chat.transcript.chosen == CitationKey(1, closest.citation)
        view = chat.pane.view
        drawn = [part for y in range(view.size.height) for part in view.render_line(y)]
        marked = [part for part in drawn if part.style and part.style.underline]
        assert not any(part.style.bold for part in marked if part.style)
        if size == WIDE:
            assert closest.text.split()[0] in marked[0].text


async def test_no_heading_announces_passages_that_do_not_exist(stores: Path) -> None:
    app = ChatApp(opens(stores, reader=SentenceReader(1.0, 0.0)), title="sample", passages=1)
    async with chatting(app) as chat:
        await chat.ask(AGE)
        assert len(chat.cards) == 1
        assert "Nearest passages:" not in chat.shown(".note")


async def test_what_the_text_does_not_answer_is_said_plainly_with_what_is_nearest(
    sample: ChatApp,
) -> None:
    async with chatting(sample) as chat:
        await chat.ask(NO_ANSWER)
        assert chat.shown(".not-found") == ["○ No answer found."]
        assert chat.shown(".note") == ["Not found in the text: zzyzx, quux", "Nearest passages:"]
        assert not chat.answers
        assert len(chat.cards) == 3
        assert chat.transcript.chosen == CitationKey(1, 1)


# Before the corpus is open


@at_every_size
async def test_one_can_type_and_ask_while_the_articles_are_read(
    notes: Path,
    stores: Path,
    gated: GatedEncoder,
    size: tuple[int, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(HashedWordsEncoder, "passages_at_once", 1)
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=3)
    async with chatting(app, size) as chat:
        assert chat.app.focused is chat.question
        await chat.press(*"Why")
        assert chat.question.value == "Why"
        await chat.submit(BUILT)
        await chat.submit(BURNED)
        await chat.until(lambda: "indexing 0 / 3" in chat.state)
        bar = chat.app.query_one(ProgressBar)
        assert bar.display
        assert bar.progress == 0
        gated.batches.release()
        await chat.until(lambda: "indexing 1 / 3" in chat.state)
        assert "s left" in chat.state
        assert 0.2 < bar.progress < 0.5
        waiting = chat.shown(".waiting")
        assert waiting[0].startswith("indexing 1 / 3 · ")
        assert waiting[1] == "waiting for its turn …"
        assert "indexing 1 / 3" in chat.screen()
        gated.open()
        await chat.until(lambda: chat.is_shown(2))
        responses = [entry.response for entry in chat.transcript.entries.values()]
        assert [r and r.question for r in responses] == [BUILT, BURNED]
        assert not chat.shown(".waiting")
        assert not bar.display
        assert chat.state.startswith("3 articles · 3 passages · ready")


async def test_the_page_of_a_file_that_is_read_for_long_is_shown(notes: Path, stores: Path) -> None:
    async with chatting(ChatApp(opens(stores, notes), title="notes", passages=1)) as chat:
        await chat.until(chat.is_ready)
        reading = Reading(f"{HOSTILE}.pdf", pages=120, pages_total=900)
        chat.app.post_message(Shown(Indexing(Progress(0, 1, 0, 0.2, reading), None)))
        await chat.until(lambda: "page 120 of 900" in chat.state)
        assert chat.state.split(" · ")[2].startswith("reading ")
        assert not unsafe(chat.state + chat.screen())


@pytest.mark.slow
async def test_what_the_opening_says_is_shown(stores: Path) -> None:
    gate = threading.Event()

    def slowly(notify: Notify) -> Corpus:
        notify(f"Preparing {HOSTILE}")
        assert gate.wait(20)
        return opens(stores)(notify)

    async with chatting(ChatApp(slowly, title="sample", passages=1)) as chat:
        await chat.submit(AGE)
        await chat.until(lambda: "Preparing" in chat.state)
        assert not unsafe(chat.state + chat.screen())
        gate.set()
        await chat.until(lambda: chat.is_shown(1))


@narrow_and_wide
async def test_an_error_of_opening_is_shown_at_once_for_every_question(
    size: tuple[int, int],
) -> None:
    gate = threading.Event()

    def broken(_: Notify) -> Corpus:
        assert gate.wait(20)
        raise ArticleError(f"Nothing to read in {HOSTILE}.", "Give a text file.")

    async with chatting(ChatApp(broken, title="x", passages=1), size) as chat:
        await chat.submit("Why?")
        gate.set()
        await chat.until(lambda: chat.shown(".failure"))
        await chat.submit("And now?")
        says = f"Nothing to read in {MARKED}. Give a text file."
        assert chat.shown(".failure") == [says, says]
        assert "cannot answer" in chat.state
        assert any("Give a text file." in notice for notice in chat.notices)
        assert not unsafe(chat.screen())


@pytest.mark.slow
async def test_a_fault_of_the_program_itself_is_said_too() -> None:
    def broken(_: Notify) -> Corpus:
        raise RuntimeError("unforeseen")

    async with chatting(ChatApp(broken, title="x", passages=1)) as chat:
        await chat.submit("Why?")
        await chat.until(lambda: "unforeseen" in str(chat.shown(".failure")))


@pytest.mark.slow
async def test_articles_that_come_later_are_answered_from(tmp_path: Path, stores: Path) -> None:
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "broken.txt").write_bytes(b"\x00\x01\x02")
    app = ChatApp(opens(stores, folder), title="later", passages=1)
    async with chatting(app) as chat:
        await chat.submit(BUILT)
        await chat.until(lambda: chat.shown(".failure"))
        assert "broken.txt: binary" in chat.shown(".failure")[0]
        (folder / "broken.txt").write_text(NOTES["bridge.txt"])
        await chat.ask(BUILT)
        assert chat.answers == ["The bridge was built in 1932."]


@narrow_and_wide
async def test_leaving_does_not_wait_for_the_indexing(
    stores: Path, gated: GatedEncoder, size: tuple[int, int]
) -> None:
    app = ChatApp(opens(stores, encoder=gated), title="sample", passages=1)
    async with chatting(app, size) as chat:
        await chat.until(gated.held.is_set)
        await chat.press("ctrl+q")
    assert gated.is_waiting  # still: nothing was encoded meanwhile
    assert not app.is_running


# Citations and the article


@pytest.mark.parametrize(
    ("forth", "back"), [("]", "["), pytest.param("ctrl+down", "ctrl+up", marks=pytest.mark.slow)]
)
async def test_keys_move_between_citations_and_the_article_goes_with_them(
    sample: ChatApp, forth: str, back: str
) -> None:
    async with chatting(sample, WIDE) as chat:
        await chat.ask(AGE)
        assert chat.transcript.chosen == CitationKey(1, 1)
        assert chat.shows_chosen_passage()
        seen = [chat.view.passage]
        for rank in (2, 3, 3):
            await chat.press(forth)
            assert chat.transcript.chosen == CitationKey(1, rank)
            assert chat.shows_chosen_passage()
            seen.append(chat.view.passage)
        assert len(set(seen)) == 3
        await chat.press(back)
        assert chat.transcript.chosen == CitationKey(1, 2)
        assert chat.view.passage == seen[1]
        assert chat.question.value == ""


@pytest.mark.slow
async def test_the_article_of_another_citation_is_opened(about_notes: ChatApp) -> None:
    async with chatting(about_notes, WIDE) as chat:
        await chat.ask(BUILT)
        assert chat.view.article is not None
        assert chat.view.article.id == "bridge.txt"
        assert chat.article_title == "Bridge · notes/bridge.txt:1-2"
        opened = []
        for _ in range(2):
            await chat.press("ctrl+down")
            await chat.until(chat.shows_chosen_passage)
            opened.append(chat.article_title)
        assert sorted(opened) == ["Castle · notes/castle.txt:1-2", "Mill · notes/mill.txt:1-2"]


@pytest.mark.slow
async def test_citations_of_earlier_answers_can_be_gone_back_to(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        await chat.ask(NO_ANSWER)
        assert chat.transcript.chosen == CitationKey(2, 1)
        await chat.press("[")
        assert chat.transcript.chosen == CitationKey(1, 3)
        await chat.until(chat.shows_chosen_passage)
        card = chat.transcript.card()
        assert card is not None
        assert card.region.overlaps(chat.transcript.region)


@pytest.mark.slow
async def test_a_bracket_inside_a_question_is_typed(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        chosen = chat.transcript.chosen
        await chat.press("W", "[", "]", "?")
        assert chat.question.value == "W[]?"
        assert chat.transcript.chosen == chosen
        assert not isinstance(chat.app.screen, Help)


@pytest.mark.slow
@narrow_and_wide
async def test_a_click_on_a_card_opens_its_article_there(
    sample: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        await chat.ask(AGE)
        card = chat.cards[1]
        chat.transcript.scroll_to_widget(card, animate=False)
        await chat.pilot.pause()
        await chat.pilot.click(card, offset=(3, 0))
        await chat.until(lambda: chat.transcript.chosen == CitationKey(1, 2))
        await chat.until(chat.shows_chosen_passage)
        assert chat.view.region.area
        await chat.press("escape")
        assert chat.transcript.region.area
        assert chat.transcript.chosen == CitationKey(1, 2)


@pytest.mark.slow
async def test_a_choice_is_told_in_a_message(sample: ChatApp) -> None:
    told: list[Chosen] = []
    async with sample.run_test(
        message_hook=lambda message: told.append(message) if isinstance(message, Chosen) else None
    ) as pilot:
        chat = Chat(sample, pilot)
        await chat.ask(AGE)
        await chat.press("]")
    assert list(dict.fromkeys(message.citation for message in told)) == [
        CitationKey(1, 1),
        CitationKey(1, 2),
    ]
    assert AGE_ANSWER in told[0].passage.text


@pytest.mark.slow
async def test_where_there_is_room_for_one_pane_f2_changes_it_and_escape_comes_back(
    sample: ChatApp,
) -> None:
    async with chatting(sample, NARROW) as chat:
        await chat.ask(AGE)
        assert (bool(chat.transcript.region.area), bool(chat.view.region.area)) == (True, False)
        await chat.press("f2")
        assert (bool(chat.transcript.region.area), bool(chat.view.region.area)) == (False, True)
        assert chat.app.focused is chat.view
        assert "Rygor Kastusev" in chat.screen()
        await chat.press("f2")
        assert chat.transcript.region.area
        assert chat.app.focused is chat.question
        await chat.press("f2", "escape")
        assert (bool(chat.transcript.region.area), bool(chat.view.region.area)) == (True, False)
        assert chat.app.focused is chat.question


@pytest.mark.slow
async def test_where_there_is_room_for_both_panes_both_are_shown(sample: ChatApp) -> None:
    async with chatting(sample, WIDE) as chat:
        await chat.ask(AGE)
        for _ in range(3):
            assert chat.transcript.region.right <= chat.view.region.x
            assert chat.view.region.right <= WIDE[0]
            assert min(chat.transcript.region.width, chat.view.region.width) > 40
            await chat.press("f2")


@pytest.mark.slow
async def test_a_change_of_size_keeps_the_conversation_and_the_chosen_citation(
    sample: ChatApp,
) -> None:
    async with chatting(sample, WIDE) as chat:
        await chat.ask(AGE)
        await chat.ask(NO_ANSWER)
        await chat.press("[")
        chosen, questions = chat.transcript.chosen, chat.shown(".question")
        for size in (NARROW, WIDE, SIZES[1]):
            await chat.pilot.resize_terminal(*size)
            await chat.pilot.pause(0.1)
            assert chat.transcript.chosen == chosen
            assert chat.shown(".question") == questions
            assert chat.shows_chosen_passage()
            assert bool(chat.view.region.area) == (size == WIDE)
            assert chat.question.region.bottom <= size[1]


@pytest.mark.slow
async def test_keys_in_the_conversation_act_on_it(
    sample: ChatApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    async with chatting(sample, NARROW) as chat:
        await chat.ask(AGE)
        chat.transcript.focus()
        await chat.press("]")
        assert chat.transcript.chosen == CitationKey(1, 2)
        await chat.press("left_square_bracket")
        assert chat.transcript.chosen == CitationKey(1, 1)
        await chat.press("enter")
        assert chat.app.focused is chat.view
        await chat.press("escape")
        chat.transcript.focus()
        await chat.press("slash")
        assert isinstance(chat.app.focused, FindInput)
        await chat.press("escape", "escape")
        chat.transcript.focus()
        await chat.press("question_mark")
        assert isinstance(chat.app.screen, Help)


@pytest.mark.slow
async def test_page_keys_move_the_conversation_from_the_question(sample: ChatApp) -> None:
    async with chatting(sample, NARROW) as chat:
        await chat.ask(AGE)
        await chat.ask(NO_ANSWER)
        chat.transcript.scroll_home(animate=False)
        await chat.pilot.pause()
        await chat.press("pagedown")
        lower = chat.transcript.scroll_y
        assert lower > 5
        await chat.press("pageup")
        assert chat.transcript.scroll_y < lower
        assert chat.app.focused is chat.question


# Earlier questions


@pytest.mark.slow
async def test_up_and_down_recall_questions_and_give_the_draft_back(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        await chat.ask(NO_ANSWER)
        await chat.press(*"Who")
        recalled = []
        for key in ("up", "up", "up", "down", "down", "down"):
            await chat.press(key)
            recalled.append(chat.question.value)
        assert recalled == [NO_ANSWER, AGE, AGE, NO_ANSWER, "Who", "Who"]
        assert chat.question.cursor_position == len("Who")


# Misspelt words


async def test_a_corrected_question_is_shown_above_its_answer(notes: Path, stores: Path) -> None:
    found = replace(saved_response("Where is the mlil?"), corrections={"mlil": "mill"})
    kept = SavedConversation("20260101-000000-0000", "2026-01-01T00:00:00+00:00", (), (found,))
    app = ChatApp(opens(stores, notes), title="notes", passages=1, resumed=kept)
    async with chatting(app) as chat:
        await chat.until(lambda: chat.shown(".corrected"))
        assert chat.shown(".corrected") == ["Showing results for “Where is the mill?”"]
        assert chat.shown(".question") == ["❯ Where is the mlil?"]


# Follow-ups


async def test_a_follow_up_shows_what_it_was_searched_for_with(about_notes: ChatApp) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        assert not chat.shown(".context")
        await chat.ask(FOLLOW_UP)
        said = "The bridge was built in 1932."
        assert chat.shown(".context") == [f"↳ searched together with: {BUILT} {said}"]
        await chat.ask(BURNED)
        assert len(chat.shown(".context")) == 1


@pytest.mark.slow
async def test_the_last_question_is_asked_again_as_it_stands(about_notes: ChatApp) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        await chat.ask(FOLLOW_UP)
        await chat.press("ctrl+r")
        await chat.until(lambda: chat.is_shown(3))
        entry = chat.transcript.entries[3]
        assert entry.question == FOLLOW_UP
        assert entry.response is not None
        assert entry.response.context == ""
        assert len(chat.shown(".context")) == 1


@pytest.mark.slow
async def test_a_follow_up_without_an_earlier_question_is_searched_alone(
    about_notes: ChatApp,
) -> None:
    async with chatting(about_notes) as chat:
        await chat.press("ctrl+r")
        assert not chat.turns
        await chat.ask(FOLLOW_UP)
        assert not chat.shown(".context")


@narrow_and_wide
@pytest.mark.parametrize("place", ["conversation", "article", "after finding"])
async def test_letters_go_to_the_question_wherever_they_are_typed(
    sample: ChatApp, size: tuple[int, int], place: str
) -> None:
    async with chatting(sample, size) as chat:
        await chat.ask(AGE)
        if place == "conversation":
            chat.transcript.focus()
        elif place == "article":
            await chat.press("f2")
        else:
            await chat.press("ctrl+f", *"vias", "escape")
        typed = "say jokes and why"
        chat.app.screen.post_message(events.Key(typed[0], typed[0]))
        await chat.pilot.pause()
        for character in typed[1:]:
            await chat.press("space" if character == " " else character)
        assert chat.question.value == typed
        assert chat.app.focused is chat.question
        assert chat.question.region.area


async def test_a_field_of_a_dialog_keeps_its_letters(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        await chat.press("ctrl+s", *"notes")
        assert chat.question.value == ""


@narrow_and_wide
async def test_the_answer_stays_in_view_at_every_size(
    sample: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        await chat.ask(NO_ANSWER)
        await chat.ask(AGE)
        for other in ((40, 15), (140, 45), (60, 20), (100, 30), (80, 24)):
            await chat.pilot.resize_terminal(*other)
            await chat.pilot.pause(0.1)
            assert f"❯ {AGE}" in chat.screen()
            assert "67-year-old" in chat.screen()


@narrow_and_wide
async def test_other_passages_take_a_line_each_and_their_words_are_from_them(
    sample: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        turn = await chat.ask(AGE)
        others = [card for card in turn.query(Card) if not card.quoted]
        for card in others:
            shown = str(card.render())
            number, _, rest = shown.strip().partition(" ")
            assert number == f"[{card.passage.rank}]"
            place, words = re.split(r"  +", rest)
            assert place == f"lines {card.passage.citation.lines}"
            assert words.strip("…") in " ".join(visible(card.passage.text).split())
            assert words.endswith("…")
            assert card.region.height == 1
        places = {str(card.render()).rindex("  ") for card in others}
        assert len(places) == 1, "the words begin in the same column"


@narrow_and_wide
async def test_a_passage_that_is_chosen_is_shown_whole_only_where_no_pane_shows_it(
    sample: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        await chat.ask(AGE)
        await chat.press("]")
        card = chat.transcript.card()
        assert card is not None
        assert card is chat.cards[1]
        place, *words = str(card.render()).splitlines()
        assert place.startswith("▸ [2] ")
        assert "belarus-amnesty.txt:" in place
        if size == WIDE:
            assert "".join(words).strip("…") in " ".join(card.passage.text.split())
            assert "".join(words).endswith("…")
            assert card.region.height <= 6
        else:
            assert "\n".join(words) == card.passage.text
        await chat.press("[")
        assert card.region.height == 1


@pytest.mark.parametrize("width", [30, 40, 60, 80, 140])
async def test_the_key_bar_shows_whole_hints_and_f2_where_one_pane_fits(
    sample: ChatApp, width: int
) -> None:
    async with chatting(sample, (width, 20)) as chat:
        (shown,) = chat.shown("#keys")
        assert shown.startswith("⏎ Ask")
        assert len(shown) <= width - 2
        assert ("F2 Article" in shown) == (width < 100)
        hints = shown.split("  ")
        assert all(len(hint.split(" ")) >= 2 for hint in hints)
        await chat.press("f2")
        (shown,) = chat.shown("#keys")
        assert ("F2 Conversation" in shown) == (width < 100)


async def test_a_hint_can_be_clicked(sample: ChatApp) -> None:
    async with chatting(sample, WIDE) as chat:
        (shown,) = chat.shown("#keys")
        await chat.pilot.click("#keys", offset=(1 + shown.index("Help"), 0))
        await chat.until(lambda: isinstance(chat.app.screen, Help))


# What one does with an answer


async def test_an_answer_and_its_sentence_are_copied_alone(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        await chat.press("f7", "f8")
        assert chat.notices == ["No answer to copy in this passage."] * 2
        await chat.ask(AGE)
        (answer,) = chat.cards[0].quoted
        await chat.press("f7")
        assert chat.app.clipboard == answer.text
        await chat.press("f8")
        assert [chat.app.clipboard] == chat.answers


async def test_the_sentence_that_is_copied_is_the_one_that_is_shown(
    tmp_path: Path, stores: Path
) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    text = "# Bridge\n\nThe **old** bridge, [designed](a.md) by *Anna Holm*, was built in `1932`.\n"
    (notes / "bridge.md").write_text(text, "utf-8")
    async with chatting(ChatApp(opens(stores, notes), title="notes", passages=1)) as chat:
        await chat.ask("When was the bridge built?")
        await chat.until(lambda: "*" not in chat.answers[0])
        await chat.press("f8")
        assert [chat.app.clipboard] == chat.answers
        assert chat.app.clipboard == "The old bridge, designed by Anna Holm, was built in 1932."


async def test_copying_takes_the_quote_and_its_place_and_admits_it_may_be_lost(
    sample: ChatApp,
) -> None:
    async with chatting(sample) as chat:
        await chat.press("ctrl+y")
        assert chat.notices[-1] == "No quote to copy yet."
        await chat.ask(AGE)
        await chat.press("]", "ctrl+y")
        passage = chat.cards[1].passage
        place = citation_line(passage.citation)
        assert chat.app.clipboard == f"“{passage.text}”\n— {place}\n"
        assert "Some terminals ignore this" in chat.notices[-1]


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An editor that writes down how it was called, and ends with the code in $CODE."""
    calls, script = tmp_path / "calls", tmp_path / "my editor.py"
    script.write_text(
        "import os, sys\n"
        f"open({str(calls)!r}, 'a').write('\\n'.join(sys.argv[1:]) + '\\n')\n"
        "sys.exit(int(os.environ.get('CODE', '0')))\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"'{sys.executable}' '{script}'")
    # The driver of tests has no terminal to give away.
    monkeypatch.setattr(ChatApp, "suspend", lambda _: contextlib.nullcontext())
    return calls


async def test_the_editor_opens_the_article_at_the_line(
    sample: ChatApp, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with chatting(sample) as chat:
        await chat.press("ctrl+o")
        assert chat.notices == ["No citation to open yet."]
        await chat.ask(AGE)
        await chat.press("ctrl+o")
        assert editor.read_text().splitlines() == ["+5", str(SEED)]
        assert len(chat.notices) == 1
        monkeypatch.setenv("CODE", "3")
        await chat.press("]", "ctrl+o")
        line = chat.cards[1].passage.citation.line_start
        assert editor.read_text().splitlines()[2:] == [f"+{line}", str(SEED)]
        assert chat.notices[-1].endswith(" exited with code 3.")
        assert AGE in chat.screen()


@pytest.mark.slow
async def test_without_an_editor_the_place_is_shown(
    sample: ChatApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        await chat.press("ctrl+o")
        assert chat.notices == [f"Set EDITOR to open {SEED}:5"]


@pytest.mark.slow
async def test_a_missing_editor_is_reported(
    sample: ChatApp, editor: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "/no/such/[bold]vi")
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        await chat.press("ctrl+o")
        assert chat.notices[0].startswith("Cannot run /no/such/[bold]vi: No such file")


# Finding


@pytest.mark.slow
@narrow_and_wide
async def test_finding_steps_through_the_article_and_ends(
    sample: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        await chat.press("ctrl+f")
        assert chat.notices == ["No article is shown yet."]
        await chat.ask(AGE)
        await chat.press("ctrl+f")
        assert chat.view.region.area
        assert isinstance(chat.app.focused, FindInput)
        await chat.press(*"vias")
        total = SEED.read_text("utf-8").lower().count("vias")
        first = chat.view.match_number[0]
        assert chat.shown("#find-count") == [f"{first} of {total}"]
        numbers = []
        for key in ("enter", "down", "up"):
            await chat.press(key)
            numbers.append(chat.view.match_number[0])
            assert chat.shown("#find-count") == [f"{numbers[-1]} of {total}"]
        after = first % total + 1
        assert numbers == [after, after % total + 1, after]
        await chat.press(*"zz")
        assert chat.shown("#find-count") == ["no matches"]
        await chat.press("backspace", "backspace")
        assert chat.view.match_number[1] == total
        await chat.press("escape")
        assert not chat.app.query_one("#find").display
        assert chat.view.match_number == (0, 0)
        assert chat.app.focused is chat.view
        await chat.press("escape")
        assert chat.app.focused is chat.question
        assert chat.transcript.region.area


@pytest.mark.slow
async def test_what_is_looked_for_is_looked_for_in_the_article_that_comes_next(
    about_notes: ChatApp,
) -> None:
    async with chatting(about_notes, WIDE) as chat:
        await chat.ask(BUILT)
        await chat.press("ctrl+f", *"bridge")
        assert chat.shown("#find-count") == ["1 of 1"]
        counts = {}
        for _ in range(2):
            await chat.press("ctrl+down")
            await chat.until(chat.shows_chosen_passage)
            counts[chat.article_title] = chat.shown("#find-count")[0]
        assert counts == {
            "Castle · notes/castle.txt:1-2": "no matches",
            "Mill · notes/mill.txt:1-2": "1 of 1",
        }


# Conversations


@pytest.mark.slow
async def test_a_new_conversation_is_empty_and_forgets_earlier_questions(
    about_notes: ChatApp,
) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        await chat.press("ctrl+n")
        assert not chat.turns
        assert chat.view.article is None
        assert chat.article_title == ""
        assert chat.app.focused is chat.question
        await chat.ask(FOLLOW_UP)
        assert not chat.shown(".context")
        assert len(chat.turns) == 1


@pytest.mark.slow
async def test_an_answer_that_comes_after_its_conversation_is_dropped(
    notes: Path, stores: Path, tmp_path: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(1_000)
    history = History(tmp_path / "kept")
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1, history=history)
    async with chatting(app) as chat:
        await chat.until(chat.is_ready)
        gated.asking.clear()
        await chat.submit(BUILT)
        await chat.until(gated.held.is_set)
        await chat.press("ctrl+n")
        gated.asking.set()
        await chat.ask(FOLLOW_UP)
        assert chat.shown(".question") == [f"❯ {FOLLOW_UP}"]
        assert not chat.shown(".context")
        assert len(chat.cards) == 1
    assert [[r.question for r in kept.responses] for kept in history.all()] == [[FOLLOW_UP]]


@pytest.mark.slow
async def test_conversations_are_saved_and_resumed(
    notes: Path, stores: Path, tmp_path: Path
) -> None:
    history = History(tmp_path / "kept")
    paths = [str(notes)]

    def app(resumed: SavedConversation | None = None) -> ChatApp:
        return ChatApp(
            opens(stores, notes),
            title="notes",
            passages=2,
            paths=paths,
            history=history,
            resumed=resumed,
        )

    async with chatting(app()) as chat:
        await chat.ask(BURNED)
        await chat.ask(BUILT)
    kept = history.latest(paths)
    assert kept is not None
    assert [response.question for response in kept.responses] == [BURNED, BUILT]
    async with chatting(app(kept)) as chat:
        assert chat.shown(".question") == [f"❯ {BURNED}", f"❯ {BUILT}"]
        assert "The bridge was built in 1932." in chat.answers
        turn = await chat.ask(FOLLOW_UP)
        assert turn.entry.number == 3
        assert chat.shown(".context") == [
            f"↳ searched together with: {BUILT} The bridge was built in 1932."
        ]
        assert not any("no longer here" in str(card.render()) for card in chat.cards)
        await chat.press("up", "up")
        assert chat.question.value == BUILT
    after = history.load(kept.id)
    assert [response.question for response in after.responses] == [BURNED, BUILT, FOLLOW_UP]
    assert len(list(history.all())) == 1


async def test_without_a_history_nothing_is_kept(
    notes: Path, stores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(History, "add", lambda *_: pytest.fail("kept"))
    before = set(tmp_path.rglob("*"))
    app = ChatApp(opens(stores, notes), title="notes", passages=1, history=None)
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        await chat.press("f4")
        assert not isinstance(chat.app.screen, Conversations)
        assert chat.notices == ["Conversations are not saved (--no-history)."]
    new = [path for path in set(tmp_path.rglob("*")) - before if stores not in path.parents]
    assert new == [stores]


async def test_a_history_that_cannot_be_written_is_said_once_and_the_answer_shown(
    notes: Path, stores: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    history = History(tmp_path / "file" / "kept")
    app = ChatApp(opens(stores, notes), title="notes", passages=1, history=history)
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        await chat.ask(BURNED)
        assert len([n for n in chat.notices if "Cannot save" in n]) == 1
        assert len(chat.answers) == 2


@pytest.mark.slow
@narrow_and_wide
async def test_an_earlier_conversation_is_chosen_from_the_list_and_resumed(
    notes: Path, stores: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    history = History(tmp_path / "kept")
    app = ChatApp(opens(stores, notes), title="notes", passages=2, history=history)
    async with chatting(app, size) as chat:
        await chat.ask(BUILT)
        kept = history.latest()
        await chat.press("ctrl+n")
        await chat.ask(BURNED)
        await chat.press("f4")
        assert isinstance(chat.app.screen, Conversations)
        await chat.until(lambda: len(chat.listed()) == 2)
        titles = chat.listed()
        at = next(place for place, title in enumerate(titles) if BUILT[:9] in title)
        assert size == NARROW or titles[at].endswith(" 1 question")
        await chat.highlight(at)
        await chat.press("enter")
        await chat.until(lambda: chat.shown(".question") == [f"❯ {BUILT}"])
        turn = await chat.ask(FOLLOW_UP)
        assert turn.entry.number == 4
        assert f"{BUILT} The bridge" in chat.shown(".context")[0]
    assert kept is not None
    assert len(history.load(kept.id).responses) == 2


@pytest.mark.slow
async def test_a_conversation_is_deleted_only_when_asked_twice_in_a_row(
    notes: Path, stores: Path, tmp_path: Path
) -> None:
    history = History(tmp_path / "kept")
    app = ChatApp(opens(stores, notes), title="notes", passages=1, history=history)
    async with chatting(app) as chat:
        await chat.press("f4")
        assert chat.shown("#saved-note") == ["No saved conversations."]
        await chat.press("delete", "escape")
        for question in (BUILT, BURNED):
            await chat.ask(question)
            await chat.press("ctrl+n")
        first, second = history.all()
        await chat.press("f4")
        await chat.until(lambda: len(chat.listed()) == 2)
        await chat.press("delete")
        assert chat.shown("#saved-note") == ["Press again to delete permanently."]
        assert len(list(history.all())) == 2
        await chat.press("down")
        assert chat.shown("#saved-note") == [""]
        await chat.press("d")
        assert len(list(history.all())) == 2
        await chat.press("d")
        assert chat.shown("#saved-note") == ["Deleted."]
        assert list(history.all()) == [first]
        assert len(chat.listed()) == 1
        await chat.press("escape")
        assert not isinstance(chat.app.screen, Conversations)
    assert second not in history.all()


@pytest.mark.slow
async def test_the_latest_conversation_is_highlighted_at_once(
    notes: Path, stores: Path, tmp_path: Path
) -> None:
    app = ChatApp(
        opens(stores, notes), title="notes", passages=1, history=History(tmp_path / "kept")
    )
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        await chat.press("ctrl+n", "f4")
        await chat.until(lambda: chat.app.screen.query_one(Listing).highlighted == 0)
        await chat.press("enter")
        await chat.until(lambda: chat.turns)


@pytest.mark.slow
async def test_a_conversation_about_other_articles_says_so(
    notes: Path, stores: Path, tmp_path: Path
) -> None:
    history = History(tmp_path / "kept")
    first = ChatApp(
        opens(stores, notes), title="notes", passages=1, paths=[str(notes)], history=history
    )
    async with chatting(first) as chat:
        await chat.ask(BUILT)
    second = ChatApp(opens(stores), title="sample", passages=1, history=history)
    async with chatting(second) as chat:
        await chat.until(chat.is_ready)
        await chat.press("f4")
        await chat.until(chat.listed)
        await chat.press("enter")
        await chat.until(lambda: chat.turns)
        assert any(str(notes) in notice for notice in chat.notices)
        await chat.until(lambda: "no longer here" in str(chat.cards[0].render()))


# Saving


@pytest.mark.parametrize("suffix", [".jsonl", pytest.param(".md", marks=pytest.mark.slow)])
async def test_a_conversation_is_saved_and_no_file_overwritten(
    about_notes: ChatApp, tmp_path: Path, suffix: str
) -> None:
    file = tmp_path / f"saved{suffix}"
    async with chatting(about_notes) as chat:
        await chat.press("ctrl+s")
        assert chat.notices == ["Nothing to save yet."]
        await chat.ask(BUILT)
        await chat.ask(NO_ANSWER)
        await chat.press("ctrl+s")
        path = chat.app.screen.query_one(Input)
        assert path.value.endswith(".md")
        path.value = str(file)
        await chat.press("enter")
        assert not isinstance(chat.app.screen, Save)
        assert chat.notices[-1] == f"Saved as {file}"
        saved = file.read_text("utf-8")
        await chat.press("ctrl+s")
        chat.app.screen.query_one(Input).value = str(file)
        await chat.press("enter")
        assert chat.shown("#save-note") == ["File already exists. Choose another name."]
        await chat.press("escape")
        assert not isinstance(chat.app.screen, Save)
    assert file.read_text("utf-8") == saved
    if suffix == ".md":
        assert f"## {BUILT}\n" in saved
        assert "**The bridge was built in 1932.** [1]" in saved
        assert "No answer found." in saved
    else:
        rows = [json.loads(line) for line in saved.splitlines()]
        assert [row["question"] for row in rows] == [BUILT, NO_ANSWER]
        assert rows[0]["passages"][0]["text"].startswith("The bridge")


@pytest.mark.slow
async def test_the_reason_is_shown_if_a_conversation_cannot_be_saved(
    about_notes: ChatApp, tmp_path: Path
) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        await chat.press("ctrl+s")
        for name, reason in (
            (str(tmp_path / "no" / "such.md"), "Cannot write the file: No such file or directory"),
            (str(tmp_path / ("x" * 300)), "Cannot write the file: File name too long"),
        ):
            chat.app.screen.query_one(Input).value = name
            await chat.press("enter")
            assert chat.shown("#save-note") == [reason]
        assert isinstance(chat.app.screen, Save)


@pytest.mark.slow
async def test_a_path_in_the_home_of_nobody_cannot_be_saved_to(about_notes: ChatApp) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        await chat.press("ctrl+s")
        chat.app.screen.query_one(Input).value = "~no-such-user/x.md"
        await chat.press("enter")
        assert chat.shown("#save-note")[0].startswith("Cannot write the file")


# Help and the palette

KEY_NAMES = {
    "PgUp": "pageup", "PgDn": "pagedown",
    "[": "left_square_bracket", "]": "right_square_bracket", "/": "slash", "?": "question_mark",
    "Esc": "escape",
}  # fmt: skip


def key_name(shown: str) -> str:
    if shown.startswith("^"):  # as in ^N, ^Up
        return f"ctrl+{shown[1:].lower()}"
    return KEY_NAMES.get(shown, shown.lower())


@pytest.mark.parametrize("key", ["f1", "?"])
@at_every_size
async def test_help_lists_the_keys_and_closes(
    sample: ChatApp, key: str, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        await chat.press(key)
        assert isinstance(chat.app.screen, Help)
        assert chat.shown(".section") == [title for title, _ in KEYS]
        seen: set[str] = set()
        for _ in range(40):  # to the end
            box = chat.app.screen.query_one("#help").region
            rows = [line[box.x : box.right] for line in chat.screen().splitlines()]
            seen.update(" ".join(row.strip(" │").split()) for row in rows)
            await chat.press("down")
        assert {"Keys", "^N new conversation", "^Q quit"} <= seen
        await chat.press("escape")
        assert not isinstance(chat.app.screen, Help)
        assert chat.app.focused is chat.question
        assert chat.question.value == ""


@pytest.mark.slow
async def test_every_key_that_help_names_is_bound_where_it_says(sample: ChatApp) -> None:
    async with chatting(sample, WIDE) as chat:
        await chat.ask(AGE)
        chat.question.focus()
        await chat.pilot.pause()
        question = {*chat.app.screen.active_bindings, *ACTIONS}
        chat.transcript.focus()
        await chat.pilot.pause()
        conversation = set(chat.app.screen.active_bindings)
    for title, keys in KEYS:
        for shown, does in keys:
            for name in map(key_name, shown.split()):
                if "empty line" in title:
                    assert name in question & conversation, does
                elif title == "In the conversation":
                    assert name in conversation, does
                else:
                    assert name in question, does


def test_help_names_every_key_of_the_chat() -> None:
    named = {key_name(key) for _, keys in KEYS for shown, _ in keys for key in shown.split()}
    bound = {
        key
        for binding in (*ChatApp.BINDINGS, *Transcript.BINDINGS)
        for key in binding.key.split(",")  # type: ignore[union-attr]  # all are Bindings
    }
    assert bound <= named


@pytest.mark.slow
@narrow_and_wide
async def test_the_palette_lists_the_commands_and_runs_one(
    sample: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(sample, size) as chat:
        await chat.ask(AGE)
        await chat.press("ctrl+p")
        assert isinstance(chat.app.screen, CommandPalette)
        offered = {command.title for command in chat.app.get_system_commands(chat.app.screen)}
        for title in (
            "New conversation", "Copy the quote", "Articles", "Theme", "Conversations", "Quit",
            "Save the conversation", "Find in the article", "Ask again on its own",
        ):  # fmt: skip
            assert title in offered
        await chat.press(*"next citation")
        listed = chat.app.screen.query_one(OptionList)
        await chat.until(lambda: len(listed.options) == 1)
        await chat.press("enter")
        await chat.until(lambda: chat.transcript.chosen == CitationKey(1, 2))
        assert not isinstance(chat.app.screen, CommandPalette)


@pytest.mark.slow
async def test_every_command_of_the_palette_has_its_action(sample: ChatApp) -> None:
    async with chatting(sample) as chat:
        await chat.ask(AGE)
        for command in chat.app.get_system_commands(chat.app.screen):
            if command.title == "Quit":
                continue
            await command.callback()
            await chat.pilot.pause()
            while len(chat.app.screen_stack) > 1:
                chat.app.pop_screen()
                await chat.pilot.pause()
        assert chat.app.is_running


@pytest.mark.slow
@pytest.mark.parametrize("dialog", ["f1", "f3", "f4", "ctrl+s"])
async def test_no_key_of_the_chat_acts_beneath_a_dialog(
    notes: Path, stores: Path, tmp_path: Path, dialog: str
) -> None:
    history = History(tmp_path / "kept")
    app = ChatApp(opens(stores, notes), title="notes", passages=3, history=history)
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        await chat.press(dialog)
        await chat.until(lambda: len(chat.app.screen_stack) == 2)
        opened = chat.app.screen
        await chat.press("ctrl+n", "ctrl+y", "ctrl+down", "f2", "f3")
        assert chat.app.screen is opened
        assert len(chat.turns) == 1
        assert not chat.notices
        assert chat.transcript.chosen == CitationKey(1, 1)


@pytest.mark.slow
async def test_nothing_is_looked_for_beneath_a_dialog(about_notes: ChatApp) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        await chat.press("f1", "ctrl+f")
        assert not chat.app.query_one("#find").display


# Articles


@pytest.mark.slow
async def test_the_list_of_articles_comes_when_they_are_read(
    notes: Path, stores: Path, gated: GatedEncoder
) -> None:
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1)
    async with chatting(app) as chat:
        await chat.until(gated.held.is_set)
        await chat.press("f3")
        assert not isinstance(chat.app.screen, Articles)
        gated.open()
        await chat.until(lambda: isinstance(chat.app.screen, Articles))


@pytest.mark.slow
async def test_patterns_given_at_the_start_bound_what_is_asked(notes: Path, stores: Path) -> None:
    app = ChatApp(opens(stores, notes), title="notes", passages=3, scope=Scope.of("m*.txt"))
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        assert {card.passage.citation.article for card in chat.cards} == {"mill.txt"}


@pytest.mark.slow
async def test_patterns_given_at_the_start_exclude_articles(notes: Path, stores: Path) -> None:
    scope = Scope.of(exclude="m*.txt")
    app = ChatApp(opens(stores, notes), title="notes", passages=3, scope=scope)
    async with chatting(app) as chat:
        await chat.until(chat.is_ready)
        assert "asking all but m*.txt" in chat.state
        await chat.ask(BUILT)
        asked = {card.passage.citation.article for card in chat.cards}
        assert asked == {"bridge.txt", "castle.txt"}


@pytest.mark.slow
async def test_articles_that_a_pattern_chose_are_shown_as_chosen(notes: Path, stores: Path) -> None:
    app = ChatApp(opens(stores, notes), title="notes", passages=3, scope=Scope.of("m*.txt"))
    async with chatting(app) as chat:
        await chat.until(chat.is_ready)
        await chat.press("f3")
        await chat.until(lambda: isinstance(chat.app.screen, Articles))
        assert chat.shown("#count") == ["3 articles, 1 marked"]
        await chat.press("ctrl+s")
        await chat.ask(BUILT)
        assert {card.passage.citation.article for card in chat.cards} == {"mill.txt"}


# Articles that change


@pytest.mark.slow
async def test_a_changed_article_is_answered_from_anew_and_the_old_quote_marked(
    about_notes: ChatApp, notes: Path
) -> None:
    async with chatting(about_notes, WIDE) as chat:
        await chat.ask(BURNED)
        await chat.ask(BUILT)
        old = next(card for card in chat.cards if card.citation == chat.transcript.chosen)
        (notes / "bridge.txt").write_text("Ferries were lost.\nThe bridge was built in 1933.\n")
        await chat.ask(BUILT)
        assert chat.answers[-1] == "The bridge was built in 1933."
        assert "Changed or deleted since the last question: bridge.txt" in chat.shown(".note")
        says = "changed: no longer here"
        await chat.until(lambda: says in str(old.render()))
        assert old.has_class("gone")
        for card in chat.cards:
            cited = card.passage.citation.article
            assert card.gone == (cited == "bridge.txt" and card.citation.turn < 3)
        assert chat.view.article is not None
        assert "1933" in chat.view.article.text
        chat.transcript.choose(old.citation)
        await chat.until(lambda: chat.view.passage is None)
        await chat.ask(BURNED)
        assert len([n for n in chat.shown(".note") if n.startswith("Changed")]) == 1


@pytest.mark.slow
async def test_the_article_of_an_old_quote_is_shown_as_it_is_now(notes: Path, stores: Path) -> None:
    app = ChatApp(opens(stores, notes), title="notes", passages=1)
    async with chatting(app, WIDE) as chat:
        await chat.ask(BUILT)
        (notes / "bridge.txt").write_text("There is no such thing here.\n")
        await chat.ask(BURNED)
        await chat.press("[")
        await chat.until(lambda: chat.article_title == "Bridge · notes/bridge.txt")
        assert chat.view.article is not None
        assert chat.view.article.text == "There is no such thing here.\n"
        assert chat.view.passage is None


@pytest.mark.slow
async def test_a_removed_article_is_not_cited_any_more_and_the_old_quote_marked(
    about_notes: ChatApp, notes: Path
) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        (notes / "bridge.txt").unlink()
        await chat.ask(BURNED)
        new = [card for card in chat.cards if card.citation.turn == 2]
        assert {card.passage.citation.article for card in new} == {"castle.txt", "mill.txt"}
        await chat.until(lambda: any(card.gone for card in chat.cards))
        gone = [card.passage.citation.article for card in chat.cards if card.gone]
        assert gone == ["bridge.txt"]
        assert "2 articles" in chat.state
        chat.transcript.choose(CitationKey(1, 1))
        await chat.until(lambda: "bridge.txt no longer exists." in chat.notices)


@pytest.mark.slow
async def test_quotes_of_a_resumed_conversation_are_checked_again(
    notes: Path, stores: Path, tmp_path: Path
) -> None:
    history = History(tmp_path / "kept")
    app = ChatApp(opens(stores, notes), title="notes", passages=3, history=history)
    async with chatting(app) as chat:
        await chat.ask(BUILT)
    (notes / "mill.txt").write_text("The mill stands still.\n")
    resumed = ChatApp(
        opens(stores, notes), title="", passages=3, history=history, resumed=history.latest()
    )
    async with chatting(resumed) as chat:
        await chat.until(lambda: any(card.gone for card in chat.cards))
        gone = [card.passage.citation.article for card in chat.cards if card.gone]
        assert gone == ["mill.txt"]


# Cancelling


async def test_escape_cancels_the_running_question_and_then_those_that_wait(
    notes: Path, stores: Path, tmp_path: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(1_000)
    history = History(tmp_path / "kept")
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1, history=history)
    async with chatting(app) as chat:
        await chat.until(chat.is_ready)
        gated.asking.clear()
        await chat.submit(BUILT)
        await chat.submit(BURNED)
        await chat.until(gated.held.is_set)
        first, second = chat.shown(".waiting")
        assert first != second == "waiting for its turn …"
        await chat.press("escape")
        assert chat.shown(".failure") == ["Cancelled."]
        assert chat.shown(".waiting") == [first]
        await chat.press("escape")
        assert chat.shown(".failure") == ["Cancelled.", "Cancelled."]
        gated.asking.set()
        await chat.ask("What does the mill grind?")
        assert BURNED not in gated.queries
        assert chat.shown(".failure") == ["Cancelled.", "Cancelled."]
        assert len(chat.answers) == 1
    (kept,) = history.all()
    assert [response.question for response in kept.responses] == ["What does the mill grind?"]


@pytest.mark.slow
async def test_a_follow_up_does_not_lean_on_a_cancelled_question(
    notes: Path, stores: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(1_000)
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1)
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        gated.asking.clear()
        gated.held.clear()
        await chat.submit(BURNED)
        await chat.until(gated.held.is_set)
        await chat.press("escape")
        gated.asking.set()
        await chat.ask(FOLLOW_UP)
        assert BUILT in chat.shown(".context")[0]


@pytest.mark.slow
async def test_cancelling_a_question_while_the_articles_are_read_leaves_the_reading(
    notes: Path, stores: Path, gated: GatedEncoder
) -> None:
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1)
    async with chatting(app) as chat:
        await chat.until(gated.held.is_set)
        await chat.submit(BUILT)
        await chat.press("escape")
        assert chat.shown(".failure") == ["Cancelled."]
        gated.open()
        await chat.until(lambda: "3 articles" in chat.state)
        assert not chat.answers


@pytest.mark.slow
async def test_cancelling_a_question_that_reads_changed_articles_ends_that(
    notes: Path, stores: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(1)
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1)
    async with chatting(app) as chat:
        await chat.until(chat.is_ready)
        gated.held.clear()
        (notes / "bridge.txt").write_text("The bridge was built in 1933.\n")
        await chat.submit(BUILT)
        await chat.until(gated.held.is_set)
        await chat.until(lambda: "indexing" in chat.state)
        await chat.press("escape")
        gated.open()
        await chat.press("f3")
        await chat.until(lambda: isinstance(chat.app.screen, Articles))
        assert "indexing" not in str(chat.app.query_one("#state", Static).render())


@pytest.mark.slow
async def test_escape_goes_back_to_the_question_where_nothing_runs(sample: ChatApp) -> None:
    async with chatting(sample, WIDE) as chat:
        await chat.ask(AGE)
        chat.view.focus()
        await chat.press("escape")
        assert chat.app.focused is chat.question
        assert len(chat.answers) == 1


# Themes and colours


@pytest.mark.slow
async def test_the_theme_is_remembered_for_the_next_chat(stores: Path, tmp_path: Path) -> None:
    settings = tmp_path / "state" / "chat.json"

    def app() -> ChatApp:
        return ChatApp(opens(stores), title="sample", passages=1, settings=settings)

    async with chatting(app()) as chat:
        assert chat.app.theme != "textual-light"
        chat.app.theme = "textual-light"
        await chat.pilot.pause()
    assert remembered_theme(settings) == "textual-light"
    async with chatting(app()) as chat:
        assert chat.app.theme == "textual-light"
    settings.write_text('{"theme": "no such theme"}')
    async with chatting(app()) as chat:
        assert chat.app.theme in chat.app.available_themes


@pytest.mark.slow
async def test_without_colour_the_answer_and_the_choice_are_still_told_apart(
    stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ChatApp(opens(stores), title="sample", passages=3)
    async with chatting(app, WIDE) as chat:
        await chat.ask(AGE)
        drawn = chat.screen()
        assert f"«{AGE_ANSWER}" in drawn
        assert drawn.count("▸ [") == 1
        assert "▎" in drawn
        colours = {
            colour.triplet
            for row in chat.app.screen._compositor.render_strips()
            for segment in row
            if segment.style is not None
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None and colour.triplet is not None
        }
        assert colours == set()


# Long conversations


def responses(number: int) -> tuple[ResponseJson, ...]:
    """Return responses with one quote of the mill each."""
    return tuple(map(as_response, saved_rows(number)))


def saved_rows(number: int) -> list[Row]:
    text = NOTES["mill.txt"].split("\n")[0]
    return [
        {
            "schema": 1,
            "question": f"Question {nth}?",
            "outcome": "not_found",
            "answers": [],
            "passages": [
                {
                    "rank": 1,
                    "score": 0.5,
                    "text": text,
                    "citation": {
                        "article": "mill.txt",
                        "title": "Mill",
                        "path": "/mill.txt",
                        "start": 0,
                        "end": len(text),
                        "line_start": 1,
                        "line_end": 1,
                        "sha256": "0" * 64,
                    },
                }
            ],
            "unknown_words": [],
            "context": "",
            "timings_ms": {},
        }
        for nth in range(1, number + 1)
    ]


@narrow_and_wide
async def test_a_resumed_conversation_is_shown_at_its_end(
    notes: Path, stores: Path, size: tuple[int, int]
) -> None:
    quote = "The mill was built beside the river, and it ground corn for the whole town. " * 4
    asked = [saved_response(f"What is question {number}?", quote) for number in range(13)]
    kept = SavedConversation("20260101-000000-0000", "2026-01-01T00:00:00+00:00", (), tuple(asked))
    app = ChatApp(opens(stores, notes), title="notes", passages=1, resumed=kept)
    async with chatting(app, size) as chat:
        await chat.until(chat.is_ready)
        await chat.until(lambda: "❯ What is question 12?" in chat.screen())


@pytest.mark.slow
async def test_of_a_long_conversation_the_last_turns_are_shown_and_home_brings_the_earlier(
    notes: Path, stores: Path
) -> None:
    kept = SavedConversation("20260101-000000-0000", "2026-01-01T00:00:00+00:00", (), responses(38))
    app = ChatApp(opens(stores, notes), title="notes", passages=1, resumed=kept)
    async with chatting(app) as chat:
        await chat.until(lambda: len(chat.turns) == TURNS_SHOWN)
        assert chat.shown("#earlier") == ["↑ 8 earlier turns. Press Home to show them."]
        await chat.ask(BUILT)
        await chat.ask(BURNED)
        assert [turn.entry.number for turn in chat.turns] == list(range(11, 41))
        assert chat.shown("#earlier") == ["↑ 10 earlier turns. Press Home to show them."]
        assert len(chat.transcript.entries) == 40
        chat.transcript.focus()
        await chat.press("home")
        await chat.until(lambda: len(chat.turns) == 40)
        assert [turn.entry.number for turn in chat.turns] == list(range(1, 41))
        assert not chat.shown("#earlier")
        assert chat.transcript.scroll_y == 0
        assert "Question 1?" in chat.screen()


@pytest.mark.slow
async def test_a_question_that_failed_still_says_so_when_home_brings_it_back(
    notes: Path, stores: Path, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.chat.transcript.TURNS_SHOWN", 2)
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1)
    async with chatting(app) as chat:
        await chat.submit("First?")
        await chat.press("escape")
        gated.open()
        await chat.ask(BUILT)
        await chat.ask(BURNED)
        assert len(chat.turns) == 2
        chat.transcript.focus()
        await chat.press("home")
        await chat.until(lambda: len(chat.turns) == 3)
        assert not chat.shown(".waiting")
        assert chat.shown(".failure") == ["Cancelled."]


@pytest.mark.slow
async def test_a_question_that_left_the_screen_before_its_answer_came_has_it_nevertheless(
    notes: Path, stores: Path, tmp_path: Path, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa.chat.transcript.TURNS_SHOWN", 2)
    history = History(tmp_path / "kept")
    app = ChatApp(opens(stores, notes, encoder=gated), title="notes", passages=1, history=history)
    async with chatting(app) as chat:
        for question in (BUILT, BURNED, "What does the mill grind?"):
            await chat.submit(question)
        gated.open()
        await chat.until(lambda: chat.is_shown(3))
        assert [entry.response is not None for entry in chat.transcript.entries.values()] == [
            True,
            True,
            True,
        ]
    (kept,) = history.all()
    assert len(kept.responses) == 3


# Text of unknown origin


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """Articles whose names and words would act on a terminal, or be taken for markup."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    name = "[red]\x1b[2J\u202e\u200b.txt"
    (folder / name).write_text(f"The bridge {HOSTILE} was built in 1932.\n", encoding="utf-8")
    (folder / f"left{name}").write_bytes(b"\x00\x00")
    return folder


@pytest.mark.slow
@narrow_and_wide
async def test_hostile_text_is_shown_as_marks_wherever_it_stands(
    hostile: Path, stores: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    history = History(tmp_path / "kept")
    app = ChatApp(
        opens(stores, hostile, reader=SentenceReader(0.0)),
        title="[blink]t[/]",
        passages=2,
        history=history,
    )
    question = f"When was the bridge {HOSTILE} built?"
    async with chatting(app, size) as chat:
        number = await chat.submit(question)
        await chat.until(lambda: chat.is_shown(number))
        assert " ".join(typed_line(HOSTILE).split()) in chat.shown(".question")[0]
        assert " ".join(MARKED.split()) in chat.answers[0]  # an answer is one line
        shown = str(chat.cards[0].render())
        assert " ".join(MARKED.split()) in shown
        assert "[2J⟨202E⟩⟨200B⟩.txt:1" in shown
        assert not unsafe(shown)
        assert not unsafe(chat.screen())
        await chat.press("f2")
        assert "␛[2J" in chat.screen()
        assert not unsafe(chat.screen())
        await chat.press("escape", "f3")
        await chat.until(lambda: isinstance(chat.app.screen, Articles))
        assert "[red]␛[2J⟨202E⟩⟨200B⟩.txt" in chat.screen()
        await chat.press("tab")
        assert "left[red]␛[2J⟨202E⟩⟨200B⟩.txt · binary" in " ".join(chat.screen().split())
        assert not unsafe(chat.screen())
        await chat.press("escape", "f4")
        assert isinstance(chat.app.screen, Conversations)
        assert "When was the bridge [bold]x[/bold]" in chat.screen()
        assert not unsafe(chat.screen())
        await chat.press("escape")
        (hostile / "[red]\x1b[2J\u202e\u200b.txt").write_text("The bridge was built in 1933.\n")
        await chat.ask(BUILT)
        assert any("the last question: [red]␛[2J⟨202E⟩⟨200B⟩.txt" in n for n in chat.shown(".note"))
        assert not unsafe(chat.screen())


@pytest.mark.slow
async def test_hostile_words_that_are_unknown_and_lean_are_shown_as_marks(
    about_notes: ChatApp,
) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask("[bold]zzyzx[/] \x1b[31mqu\u202eux\u200b [/?")
        assert "zzyzx" in " ".join(chat.shown(".note"))
        assert not unsafe(chat.screen())
        await chat.ask("Why\u202e?\x1b")
        assert chat.shown(".context") == ["↳ searched together with: [bold]zzyzx[/] [31mquux [/?"]
        assert not unsafe(chat.screen())


async def test_hostile_text_in_notifications_is_shown_as_marks(
    hostile: Path, stores: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    app = ChatApp(opens(stores, hostile, reader=SentenceReader(0.0)), title="x", passages=1)
    async with chatting(app, WIDE) as chat:
        await chat.ask(BUILT)
        await chat.press("ctrl+o")
        assert chat.notices[-1].endswith("[red]␛[2J⟨202E⟩⟨200B⟩.txt:1")
        assert "␛[2J⟨202E⟩" in chat.screen()
        assert not unsafe(chat.screen())


@pytest.mark.slow
@pytest.mark.parametrize("key", ["", "ctrl+f", "f3", "ctrl+s"])
async def test_hostile_text_that_is_pasted_loses_what_cannot_be_seen(
    about_notes: ChatApp, key: str
) -> None:
    async with chatting(about_notes) as chat:
        await chat.ask(BUILT)
        if key:
            await chat.press(key)
        await chat.until(lambda: isinstance(chat.app.screen.focused, Input))
        line = chat.app.screen.focused
        assert isinstance(line, Input)
        line.value = ""
        line.post_message(events.Paste(HOSTILE))
        await chat.until(lambda: line.value)
        assert line.value == typed_line(HOSTILE)
        assert not unsafe(chat.screen())


async def test_hostile_text_in_a_kept_conversation_is_shown_as_marks(
    notes: Path, stores: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    about = {"format": 1, "began": "\x1b[2J\u202e", "paths": [HOSTILE]}
    (row,) = saved_rows(1)
    row["question"] = HOSTILE
    cited = row["passages"][0]["citation"]
    cited |= {"title": HOSTILE, "place": [HOSTILE], "label": HOSTILE, "extractor": "pdf 1"}
    lines = "\n".join(map(json.dumps, (about, row))) + "\n"
    (folder / "20260101-000000-0000.jsonl").write_text(lines)
    app = ChatApp(opens(stores, notes), title="notes", passages=3, history=History(folder))
    async with chatting(app, WIDE) as chat:
        await chat.press("f4")
        await chat.until(lambda: isinstance(chat.app.screen, Conversations))
        await chat.until(lambda: "1 question" in chat.screen())
        assert not unsafe(chat.screen())
        await chat.until(chat.listed)
        await chat.press("enter")
        await chat.until(lambda: chat.turns)
        assert "This conversation is about" in chat.notices[-1]
        await chat.until(lambda: "[bold]x[/bold]" in str(chat.cards[0].render()))
        assert not unsafe(str(chat.cards[0].render()))
        assert not unsafe(chat.screen())
