"""What a reader is trained on: questions from files, examples from questions."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Span
from qa.train.examples import ANSWERED, KINDS, Example, Examples, kinds
from qa.train.questions import Paragraph, Question, read_questions
from tests.support.towns import (
    FIELDS,
    PARAGRAPHS,
    QUESTIONS,
    TOWNS,
    asked,
    cut,
    golds,
    similar,
    span_of,
    squad_file,
)

# Files


CONTEXT = "Ann, of Kelm, came in 1932."
YEAR = {"question": "In which year?", "answers": [{"text": "1932", "answer_start": 22}]}
ARTICLES = [
    {
        "title": "Kelm",
        "paragraphs": [
            {
                "context": CONTEXT,
                "qas": [
                    asked(" Who came? ", ("Ann,", 0), ("Ann", 0), (" of Kelm, ", 4)),
                    asked("When?", ("1932.", 22), ("1933", 22)),
                    asked("Where to?", impossible=True),
                    asked("Whence?", ("Kelm", 9)),  # it stands elsewhere
                    asked("What?", (", ", 3)),  # nothing is left of it
                    YEAR,  # in files without impossible questions nothing says which are
                ],
            },
            {"context": "Bo left.", "qas": [asked("Who?", ("Bo", 0))]},
        ],
    },
    {"paragraphs": [{"context": "Cy ran.", "qas": [asked("Who?", ("Cy", 0))]}]},
]  # fmt: skip


@pytest.mark.parametrize("name", ["dev.json", "dev.json.gz"])
def test_squads_answers_are_trimmed_and_those_that_stand_elsewhere_left_out(
    tmp_path: Path, name: str
) -> None:
    found = read_questions([squad_file(tmp_path / name, ARTICLES)])
    assert [(q.text, [cut(q.paragraph.text, a) for a in q.answers]) for q in found] == [
        ("Who came?", ["Ann", "Ann", "of Kelm"]),
        ("When?", ["1932"]),
        ("Where to?", []),
        ("In which year?", ["1932"]),
        ("Who?", ["Bo"]),
        ("Who?", ["Cy"]),
    ]
    assert found[0].paragraph is found[3].paragraph
    first, second, third = found[0].paragraph, found[4].paragraph, found[5].paragraph
    assert first.article == second.article != third.article


def test_paragraphs_under_one_title_alone_are_articles_of_their_own(tmp_path: Path) -> None:
    first, *_, last = read_questions([squad_file(tmp_path / "one.json", ARTICLES[:1])])
    assert first.paragraph.article != last.paragraph.article


def test_files_of_one_name_for_an_article_are_told_apart(tmp_path: Path) -> None:
    files = [squad_file(tmp_path / f"{name}.json", ARTICLES) for name in ("train", "dev")]
    found = read_questions(files)
    assert len(found) == 12
    assert not {q.paragraph.article for q in found[:6]} & {q.paragraph.article for q in found[6:]}


QAMR_WORDS = (
    "Ann -LRB- born in Kelm -RRB- said , `` It 's a well-known , 40 - year old bridge '' ; "
    "Bo did n't agree ."
)
QAMR_TEXT = "Ann (born in Kelm) said, \"It's a well-known, 40-year old bridge\"; Bo didn't agree."


def qamr_files(folder: Path, rows: Sequence[str], suffix: str = "") -> Path:
    sentences = [f"WIKI:7:0:1\t{QAMR_WORDS}", "WIKI:7:0:0\tIt rained .", "WIKI:8:2:0\tCy ran ."]
    for name, lines in (("qamr-sentences.tsv", sentences), ("train.tsv", rows)):
        content = "".join(f"{line}\n" for line in lines).encode()
        (folder / f"{name}{suffix}").write_bytes(gzip.compress(content) if suffix else content)
    return folder / f"train.tsv{suffix}"


def qamr_row(sentence: str, question: str, *given: str) -> str:
    """A row: the writer's answer is the first one, by the numbers of its words."""
    writer, *validators = given
    checked = [f"{number}:{words}" for number, words in enumerate(validators)]
    return "\t".join([sentence, "a", "b", "c", "d", question, writer, *checked])


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_qamr_is_running_text_and_every_answer_its_words(tmp_path: Path, suffix: str) -> None:
    words = QAMR_WORDS.split()
    rows = [
        qamr_row("WIKI:7:0:1", f"Which is {number}?", str(number), str(number), "")
        for number in range(len(words))
    ]
    found = read_questions([qamr_files(tmp_path, rows, suffix)])
    assert {q.paragraph.text for q in found} == {f"It rained. {QAMR_TEXT}"}
    plain = {"-LRB-": "(", "-RRB-": ")", "``": '"', "''": '"'}
    shown = [{cut(q.paragraph.text, a) for a in q.answers} for q in found]
    assert shown == [{plain.get(word, word)} for word in words]
    starts = [q.answer.start for q in found]
    assert starts == sorted(set(starts))  # the second quotation mark is not taken for the first


def test_qamr_answers_of_several_words_are_what_stands_between(tmp_path: Path) -> None:
    rows = [
        qamr_row("WIKI:7:0:1", "Where?", "2 3 4", "3 4"),
        qamr_row("WIKI:7:0:1", "How old?", "15 16 17 14 18", "14 15 16 17 18"),
        qamr_row("WIKI:8:2:0", "Who?", "0", "0"),
    ]
    where, old, who = read_questions([qamr_files(tmp_path, rows)])
    assert [cut(where.paragraph.text, a) for a in where.answers] == ["born in Kelm", "in Kelm"]
    assert {cut(old.paragraph.text, a) for a in old.answers} == {"40-year old bridge"}
    assert who.paragraph.text == "Cy ran."
    assert who.paragraph.article != where.paragraph.article


def test_qamr_answers_count_where_two_people_agree_at_least_in_part(tmp_path: Path) -> None:
    sentence = "WIKI:7:0:1"
    rows = [
        qamr_row(sentence, "Agreed?", "0", "0", "5"),
        qamr_row(sentence, "In part?", "2 3 4", "4", "0"),
        qamr_row(sentence, "Apart?", "0", "4", "6"),
        qamr_row(sentence, "Alone?", "0", "", ""),
        qamr_row(sentence, "In pieces?", "0 2", "0 2", "4"),
        qamr_row(sentence, "Too far?", "0 1", "99", "98 99"),
        qamr_row(sentence, "By two writers?", "0", ""),
        qamr_row(sentence, "By two writers?", "0", ""),
    ]
    found = read_questions([qamr_files(tmp_path, rows)])
    assert {q.text: [cut(q.paragraph.text, a) for a in q.answers] for q in found} == {
        "Agreed?": ["Ann", "Ann"],
        "In part?": ["born in Kelm", "Kelm"],
        "By two writers?": ["Ann", "Ann"],
    }


@pytest.mark.parametrize(
    ("spans", "answer"),
    [
        ([(0, 5), (3, 4), (0, 5)], (0, 5)),  # most
        ([(0, 5), (3, 4)], (3, 4)),  # of those the shortest
        ([(7, 9), (3, 5), (7, 9), (3, 5), (1, 2)], (3, 5)),  # of those the first
    ],
)
def test_the_answer_is_what_most_gave_and_then_the_shortest(
    spans: list[tuple[int, int]], answer: tuple[int, int]
) -> None:
    paragraph = Paragraph("a", "0123456789")
    question = Question("?", paragraph, tuple(Span(*span) for span in spans))
    assert question.answer == Span(*answer)


# Examples


@pytest.fixture(scope="module")
def examples() -> Examples:
    return Examples(QUESTIONS, similar, seed=5)


@pytest.fixture(scope="module")
def made(examples: Examples) -> list[Example]:
    """The examples of many epochs: every kind, many times."""
    return [example for number in range(60) for example in examples.epoch(number)]


def source(example: Example) -> Question:
    """Return the question that an example was made of."""
    mark = re.search(r"\(q(\d+)\)", example.question)
    assert mark is not None
    return QUESTIONS[int(mark[1])]


def of_kind(made: Sequence[Example], kind: str) -> list[Example]:
    found = [example for example in made if example.kind == kind]
    assert len(found) > 10
    return found


def is_window(example: Example) -> bool:
    return example.text in source(example).paragraph.text


def test_an_epoch_is_the_same_for_the_same_seed_and_no_other() -> None:
    one, other = (Examples(QUESTIONS, similar, seed=5) for _ in range(2))
    other.epoch(3)  # what was asked for before does not matter
    assert one.epoch(1) == other.epoch(1)
    assert one.epoch(1) != one.epoch(2)
    assert one.epoch(1) != Examples(QUESTIONS, similar, seed=6).epoch(1)


def test_an_epoch_has_every_answerable_question_once(examples: Examples) -> None:
    unanswerable = Question("Why (q0)?", QUESTIONS[0].paragraph, ())
    more = Examples([unanswerable, *QUESTIONS], similar, seed=5)
    for epoch in (examples.epoch(0), more.epoch(0)):
        assert Counter(source(example).text for example in epoch) == Counter(
            question.text for question in QUESTIONS
        )


def test_all_kinds_are_made_and_most_examples_have_an_answer(made: list[Example]) -> None:
    assert set(kinds(made)) == {*KINDS, "answered", "exchanged in both", "negated in both"}
    answered = sum(example.answer is not None for example in made) / len(made)
    assert ANSWERED - 0.03 < answered < ANSWERED + 0.15  # some cannot be made otherwise


@pytest.mark.parametrize("part", [0.0, 0.85, 1.0])
def test_as_many_examples_have_an_answer_as_is_asked_for(part: float) -> None:
    made = [
        example
        for seed in range(40)
        for example in Examples(QUESTIONS, similar, seed, answered=part).epoch(0)
    ]
    having = sum(example.answer is not None for example in made) / len(made)
    # Not every question can be asked so that it has none.
    assert having == pytest.approx(part, abs=0.06)


def test_only_answered_examples_have_an_answer_and_it_is_a_gold_one(made: list[Example]) -> None:
    for example in made:
        if example.kind in ("answered", "exchanged in both", "negated in both"):
            assert example.answer is not None
            assert cut(example.text, example.answer) in golds(source(example))
        else:
            assert example.answer is None


def test_each_answer_that_was_given_is_learnt_from_most_often_the_usual_one() -> None:
    text = PARAGRAPHS[0][0].format(town="Kelm", **dict(zip(FIELDS, TOWNS["Kelm"], strict=True)))
    usual, other = span_of(text, "Anna Brook"), span_of(text, "the engineer Anna Brook")
    question = Question("Who opened it (q0)?", Paragraph("a", text), (usual, other, usual))
    one = Examples([question], similar, seed=0)
    counted = Counter(
        cut(example.text, example.answer)
        for number in range(300)
        for example in one.epoch(number)
        if example.answer
    )
    assert counted["Anna Brook"] > 4 * counted["the engineer Anna Brook"] > 0


def test_answered_and_asked_otherwise_are_windows_of_the_paragraph(made: list[Example]) -> None:
    lengths = set()
    for kind in ("answered", "exchanged in question", "negated", "constrained", "mistyped"):
        for example in of_kind(made, kind):
            assert is_window(example)
            lengths.add(len(example.text))
            if kind == "answered":
                assert example.question == source(example).text
            else:
                assert example.question != source(example).text
                assert any(gold in example.text for gold in golds(source(example)))
    assert len(lengths) > 5


def test_a_window_exchanged_is_no_longer_the_paragraphs(made: list[Example]) -> None:
    for example in of_kind(made, "exchanged in window"):
        assert example.question == source(example).text
        assert not is_window(example)


def test_an_exchange_in_both_leaves_them_agreeing(made: list[Example]) -> None:
    for example in of_kind(made, "exchanged in both"):
        assert example.question != source(example).text
        assert not is_window(example)
        assert example.answer is not None
        before, now = (
            set(re.findall(r"\w+", question.lower()))
            for question in (source(example).text, example.question)
        )
        around = example.text[: example.answer.start] + example.text[example.answer.end :]
        words = set(re.findall(r"\w+", around.lower()))
        assert now - before <= words
        assert not (before - now) & words


NOT = r"\bnot\b|n't\b|\bnever\b"


def test_denied_windows_have_one_not_more_or_less_than_the_paragraph(made: list[Example]) -> None:
    for kind in ("denied", "negated in both"):
        for example in of_kind(made, kind):
            denials = len(re.findall(NOT, example.text))
            window = re.sub(r" not\b", "", example.text)
            assert denials == 1
            assert window in source(example).paragraph.text
            assert (example.question != source(example).text) == (kind == "negated in both")


def test_where_a_sentence_was_deleted_no_answer_stands(made: list[Example]) -> None:
    for example in of_kind(made, "deleted"):
        assert example.question == source(example).text
        assert not any(gold.lower() in example.text.lower() for gold in golds(source(example)))
        sentences = re.split(r"(?<=\.) ", source(example).paragraph.text)
        assert any(sentence in example.text for sentence in sentences)


def test_elsewhere_is_another_paragraph_of_the_article(made: list[Example]) -> None:
    for example in of_kind(made, "elsewhere"):
        question = source(example)
        assert example.question == question.text
        assert example.text
        (found,) = {q.paragraph for q in QUESTIONS if example.text in q.paragraph.text}
        assert found != question.paragraph
        assert found.article == question.paragraph.article
        assert not any(gold.lower() in example.text.lower() for gold in golds(question))


def test_a_constraint_is_added_that_the_answering_sentence_does_not_give(
    made: list[Example],
) -> None:
    for example in of_kind(made, "constrained"):
        asked_for = source(example).text
        assert example.question.startswith(asked_for[:-1])
        added = re.fullmatch(
            r" (in|for|according to|with) (.+)\?", example.question[len(asked_for) - 1 :]
        )
        assert added is not None
        assert added[2] not in asked_for
        answer = next(gold for gold in golds(source(example)) if gold in example.text)
        sentences = re.split(r"(?<=\.) ", source(example).paragraph.text)
        near = next(sentence for sentence in sentences if answer in sentence)
        assert added[2] not in near or len(sentences) == 1


def test_a_negation_or_a_question_word_is_all_that_changes(made: list[Example]) -> None:
    for example in of_kind(made, "negated"):
        asked_for = re.sub(r" (?:not|never|failed to)\b|n't", "", example.question, count=1)
        assert asked_for.split()[-2:] == source(example).text.split()[-2:]
        assert len(re.findall(rf"{NOT}|failed to", example.question)) == 1
    for example in of_kind(made, "mistyped"):
        question = r"(?i)\b(who|when|where|why|how many|how much)\b"
        one, other = (
            re.sub(question, "…", text, count=1)
            for text in (example.question, source(example).text)
        )
        assert one == other


@given(
    st.integers(0, 30),
    st.sampled_from(["\r\n", "\n\n", " "]),
    st.sampled_from(["😀", "e\u0301", "東京"]),
)
def test_windows_hold_the_answer_whatever_the_text(
    epoch: int, between: str, word: str
) -> None:  # fmt: skip
    text = between.join([f"{word} is {number} {word}." for number in range(60)])
    spans = [span_of(text, f"{number} {word}") for number in (0, 31, 59)]
    long = Span(spans[0].start, spans[1].end)
    questions = [Question("Which?", Paragraph("a", text), (span,)) for span in [*spans, long]]
    for example in Examples(questions, similar, seed=1).epoch(epoch):
        if example.answer is not None:
            assert cut(example.text, example.answer) in {cut(text, s) for s in [*spans, long]}
            assert example.text in text
