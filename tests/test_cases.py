"""Questions about articles that are more than prose, with the default model and bundled reader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unicodedata import normalize

import pytest

from index.types import Encoder
from qa.answers.verify import verify
from qa.answers.wire import to_wire
from qa.reader.open import open_reader
from qa.settings import Settings
from qa.types import Reader
from tests.support.asking import Asking, each, first_answer
from tests.support.case_articles import STORY, write_articles

pytestmark = pytest.mark.slow

TITLES = {
    "When did the ropewalk open?": ("folded.md", "The ropewalk of Nether Quay"),
    "When was the dock flooded?": ("quoted.md", 'Dock "C"'),
    "When did the forge burn?": ("comment.md", "The smithy"),
    "When did the toll gate fall?": ("The toll gate.md", "The toll gate"),
}

REWRITTEN: dict[str, Callable[[str], str]] = {
    "line ends": lambda text: text.replace("\n", "\r\n"),
    "wrapping": lambda text: " ".join(text.split()),
    "normal form": lambda text: normalize("NFD", text),
}
"""Changes of a text that leave its words alone."""


@pytest.fixture(scope="module")
def reader() -> Reader:
    return open_reader(Settings(), notify=str)


@pytest.fixture
def ask(real_encoder: Encoder, reader: Reader, tmp_path: Path) -> Asking:
    return Asking(real_encoder, reader, tmp_path)


@each(
    "question, answer, article",
    ("When was Wilma Tarn born?", "1866", "Wilma Tarn.md"),
    ("What did Arvid Holt drive?", "the mail coach", "Arvid Holt.md"),
    ("In which place was Selma Birk born?", "Osmund", "Selma Birk.md"),
)
def test_what_a_note_says_is_about_what_it_is_named_after(
    ask: Asking, question: str, answer: str, article: str
) -> None:
    response = ask("names", question)
    assert response.hits[0].passage.article.id == article
    assert first_answer(response) in (answer, answer.removeprefix("the "))
    assert response.unknown_words == ()


@each(
    "question, answer",
    ("Who paid for the façade of the theatre in Nîmes?", "Agnès Hébert"),
    ("Who paid for the theatre of Málaga?", "Íñigo Muñoz"),
)
def test_an_encoding_is_only_used_for_files_that_are_not_utf_8(
    ask: Asking, question: str, answer: str
) -> None:
    assert first_answer(ask("encodings", question, encoding="cp1252")) == answer


@each(
    "question, answer",
    ("When was the lift Iron Gap opened?", "1966"),
    ("When was the lift Corner Ridge closed?", "1979"),
    ("Who was the engineer of the lift Jochalm?", "Resi Thaler"),
    ("How many cabins does the lift Eagle Step have?", "22"),
)
def test_a_cell_is_found_by_its_row_and_the_name_of_its_column(
    ask: Asking, question: str, answer: str
) -> None:
    assert first_answer(ask("tables", question)) == answer


@each(
    "question, answers",
    ("When is breakfast in winter?", ["From eight o'clock", "eight o'clock"]),
    ("When is the sauna heated in winter?", ["on Tuesdays", "Tuesdays"]),
    ("What was fixed in 7.0?", ["Pens keep their colour"]),
    ("What was removed in 7.1?", ["The talking clock"]),
    ("In which version was the talking clock removed?", ["7.1", "7.1 (2032-04-02)"]),
)
def test_equal_headings_are_told_apart_by_the_headings_above_them(
    ask: Asking, question: str, answers: list[str]
) -> None:
    assert (first_answer(ask("headings", question)) or "").rstrip(".") in answers


@each(
    "question, answers",
    ("Who was the librarian of the reading society?", ["Cornelius Frey"]),
    ("Who was the president of the reading society?", ["Dorothea Lunt"]),
    ("Above which shop were the rooms?", ["the apothecary", "apothecary"]),
)
def test_a_word_broken_at_a_line_end_is_one_word(
    ask: Asking, question: str, answers: list[str]
) -> None:
    response = ask("hyphens", question)
    assert any(one in (first_answer(response) or "") for one in answers)
    assert not {"librarian", "president"} & {*response.unknown_words}


@each(
    "question, file, answers",
    ("Who was the skipper of the Tern?", "crew.txt", ["Mats Oring"]),
    ("Until when does Finn need the trailer?", "chat.txt", ["Sunday", "until Sunday"]),
    ("Who has the drill?", "chat.txt", ["Oskar"]),
    ("How much storage does Tariff Wren have?", "tariffs.md", ["20 GB"]),
    ("What is the monthly fee of Tariff Crane?", "tariffs.md", ["19.50"]),
)
def test_an_answer_stays_within_its_message_its_line_or_its_cell(
    ask: Asking, question: str, file: str, answers: list[str]
) -> None:
    assert first_answer(ask("records", question, file)) in answers


@each(
    "question, answers",
    ("Who opened the quarry?", ["Gerda Lindqvist"]),
    ("When was the quarry opened?", ["in the summer of 1868", "the summer of 1868", "1868"]),
    ("Where did the crane go?", ["the shipyard in Brodby", "to the shipyard in Brodby"]),
    ("When was the quarry closed?", [None]),
)
def test_subtitles_are_read_as_sentences(
    ask: Asking, question: str, answers: list[str | None]
) -> None:
    assert first_answer(ask("subtitles", question)) in [
        *answers,
        *(one.removeprefix("the ") for one in answers if one),
    ]


@each(
    "question, answers",
    ("What is the fine for jumping aboard after the bell?", ["three groats and a candle"]),
    ("Who has the key to the chain?", ["Apollonia Reuter", "the widow"]),
)
def test_a_sentence_goes_on_across_the_foot_of_a_page(
    ask: Asking, question: str, answers: list[str]
) -> None:
    answer = first_answer(ask("pages", question)) or ""
    assert any(one in answer for one in answers)
    assert "Statutes" not in answer


@each(
    "question, article",
    ("When was the château of Sélestat founded?", "a.txt"),
    ("Who founded the school of Vézère?", "b.txt"),
    ("Who burned the château of Vézère?", None),
)
def test_a_question_is_the_same_in_both_normal_forms(
    ask: Asking, question: str, article: str | None
) -> None:
    composed, apart = (ask("accents", normalize(form, question)) for form in ("NFC", "NFD"))
    assert [(one.text, one.score) for one in apart.answers] == [
        (one.text, one.score) for one in composed.answers
    ]
    assert [(hit.passage, hit.score) for hit in apart.hits] == [
        (hit.passage, hit.score) for hit in composed.hits
    ]
    assert apart.unknown_words == composed.unknown_words == (() if article else ("burned",))
    assert article in (None, apart.hits[0].passage.article.id)


@each(
    "question, missing",
    ("Who hasn't repaired the bell?", {"repaired"}),
    ("How often and since when doesn't the sexton's goat sleep?", {"sexton", "goat", "sleep"}),
    ("Who paints the ferry of Dak Lak?", {"paints"}),
)
def test_only_words_with_a_meaning_of_their_own_are_said_to_be_missing(
    ask: Asking, question: str, missing: set[str]
) -> None:
    unknown = {word.removesuffix("'s") for word in ask("missing words", question).unknown_words}
    assert unknown == missing


@each(
    "question, answers",
    ("What is the idle timeout?", ["75 seconds"]),
    ("How many sockets does the XML feed reader keep open?", ["nine", "nine sockets"]),
    ("When are open orders merged?", ["noon", "at noon"]),
)
def test_the_parts_of_a_name_in_code_are_words(
    ask: Asking, question: str, answers: list[str]
) -> None:
    response = ask("code", question)
    assert first_answer(response) in answers
    assert response.unknown_words == ()


@each("question", *((question,) for question in TITLES))
def test_an_article_has_the_title_that_its_author_gave_it(ask: Asking, question: str) -> None:
    article = ask("titles", question).answers[0].passage.article
    assert (article.id, article.title) == TITLES[question]


@each(
    "question, answer, heading",
    ("Who ran the forge?", "Aaron Steel", "The forge\n---"),
    ("When was the well dug?", "1702", "The well\n---"),
)
def test_a_passage_begins_with_its_underlined_heading(
    ask: Asking, question: str, answer: str, heading: str
) -> None:
    response = ask("underlined", question)
    text = response.answers[0].passage.text
    assert first_answer(response) == answer
    assert text.startswith(heading) or f"\n\n{heading}" in text


@each(
    "question, answer",
    ("Who designed the water tower of Helmstad?", "Greta Solvang"),
    ("How much does the water tower hold? Thank you for reading all of this!", "450 cubic metres"),
)
def test_what_a_long_question_asks_last_is_read(ask: Asking, question: str, answer: str) -> None:
    assert answer in (first_answer(ask("long questions", STORY * 4 + question)) or "")


@each(
    "question, answer",
    ("Who sewed the torn sail?", "Søren Münch"),
    ("What did the new sail cost?", "seven hundred crowns"),
    ("Who painted the buoy?", "Knut Falk"),
)
def test_mail_is_decoded(ask: Asking, question: str, answer: str) -> None:
    assert first_answer(ask("mail", question)) == answer


@each(
    "question, answers",
    ("In which city is the laboratory?", ["Springfield, U.S.A."]),
    ("What is the website of the laboratory?", ["https://lab.example/about?v=2.1"]),
    ("Which file is the manual?", ["/opt/lab/manual_v3.2.pdf"]),
    ("What is the dose?", [".25 mg"]),
    ("How many members does the laboratory have?", ["more than 1,250"]),
    ("Who has the key of the laboratory?", ["Ewa", "[[People/Ewa Blom|Ewa]]", "with Ewa"]),
)
def test_an_answer_keeps_both_of_its_ends(ask: Asking, question: str, answers: list[str]) -> None:
    assert first_answer(ask("ends", question)) in answers


@each("moved", ("the folder",), ("a part of it",))
def test_passages_that_were_encoded_before_are_not_encoded_again(ask: Asking, moved: str) -> None:
    folder = write_articles(ask.folder / "old", "headings")
    with ask.corpus(folder) as corpus:
        assert corpus.sync().encoded > 0
    folder = folder.rename(ask.folder / "new")
    with ask.corpus(folder if moved == "the folder" else folder / "hostel.md") as corpus:
        assert corpus.sync().encoded == 0


@each("encoding", ("utf-16-le",), ("utf-16-be",))
def test_utf_16_without_a_mark_is_recognized(ask: Asking, encoding: str) -> None:
    folder = write_articles(ask.folder / "wide", "hyphens")
    (folder / "wide.txt").write_bytes("The lamp was lit by Anna Quist.\r\n".encode(encoding))
    with ask.corpus(folder) as corpus:
        report = corpus.sync()
    hints = [f"{skip.reason} {skip.detail}" for skip in report.skipped if skip.id == "wide.txt"]
    assert any(encoding in hint for hint in [*hints, report.encodings.get("wide.txt", "")])


@each("changed", *((name,) for name in REWRITTEN))
def test_a_quote_is_not_gone_if_no_word_of_it_has_changed(ask: Asking, changed: str) -> None:
    file = ask.folder / "school.txt"
    text = "The école of Dinan was built in 1846\nby René Collin, a mason. It stood on the\nhill.\n"
    file.write_bytes(text.encode())
    with ask.corpus(file) as corpus:
        saved = to_wire(corpus.ask("Who built the école of Dinan?"))
    file.write_bytes(REWRITTEN[changed](text).encode())
    assert saved.answers
    assert "gone" not in {checked.verdict for checked in verify([saved])}


@each(
    "question, file",
    ("When was the inn sold?", "inn.md"),
    ("When was the ferry sunk?", "ferry.tex"),
)
def test_a_comment_does_not_answer(ask: Asking, question: str, file: str) -> None:
    assert first_answer(ask("comments", question, file)) is None
