"""Training a reader: questions from files, examples from questions, a model from examples."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertForQuestionAnswering, BertModel

from index.types import Span
from qa.eval.measures import f1
from qa.reader.onnx import PairRunner
from qa.train import __main__ as command
from qa.train.batches import token_span
from qa.train.checkpoint import CHECKPOINT
from qa.train.examples import ANSWERED, KINDS, Example, Examples, kinds
from qa.train.fit import fit
from qa.train.models import load_model, load_tokenizer
from qa.train.questions import Paragraph, Question, read_questions
from qa.train.score import MAX_ANSWER_TOKENS, read, score
from qa.train.settings import TrainingSettings
from qa.train.similar import similar_words
from tests.support.small_reader import (
    FIELDS,
    PARAGRAPHS,
    QUESTIONS,
    TOWNS,
    cut,
    save_model,
    small_config,
    small_tokenizer,
    span_of,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Models this small wait longer for each other's threads than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


# Small data: towns that have the same things, told in the same way, with other names and numbers


def similar(word: str, chance: random.Random) -> str | None:
    others = {"bridge": "tunnel", "museum": "castle", "harbour": "airport", "river": "valley"}
    return others.get(word)


# Files


def squad_file(path: Path, articles: Sequence[object]) -> Path:
    content = json.dumps({"version": "v2.0", "data": articles}).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def asked(question: str, *answers: tuple[str, int], impossible: bool = False) -> dict[str, object]:
    given = [{"text": text, "answer_start": start} for text, start in answers]
    return {"question": question, "answers": given, "is_impossible": impossible}


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


def golds(question: Question) -> set[str]:
    return {cut(question.paragraph.text, answer) for answer in question.answers}


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


# Tokens


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model without outputs for answers."""
    torch.manual_seed(0)
    return save_model(BertModel(small_config()), tmp_path_factory.mktemp("base"))


def test_the_tokens_of_an_answer_cover_it_and_no_more(base: Path, made: list[Example]) -> None:
    tokenizer = load_tokenizer(base, 400)
    for example in made[:300]:
        encoding = tokenizer.encode(example.question, example.text)
        first, last = token_span(encoding, example)
        if example.answer is None:
            assert (first, last) == (0, 0)
            continue
        assert encoding.sequence_ids[first] == encoding.sequence_ids[last] == 1
        covered = Span(encoding.offsets[first][0], encoding.offsets[last][1])
        assert covered == example.answer


@given(st.text("ab é東.-\u00df😀", min_size=1, max_size=30), st.data())
def test_the_tokens_of_any_answer_cover_its_words(text: str, data: st.DataObject) -> None:
    spans = [Span(*match.span()) for match in re.finditer(r"\S+( \S+)?", text)]
    if not spans:
        return
    answer = data.draw(st.sampled_from(spans))
    encoding = small_tokenizer().encode("a b?", text)
    first, last = token_span(encoding, Example("a b?", text, answer, "answered"))
    start, end = encoding.offsets[first][0], encoding.offsets[last][1]
    assert start <= answer.start
    assert end >= answer.end
    assert encoding.offsets[first][1] > answer.start
    assert encoding.offsets[last][0] < answer.end


@pytest.mark.parametrize("answer", ["cafe\u0301", "पशु", "1932\u200e"])
def test_an_answer_that_ends_in_a_mark_keeps_its_tokens(answer: str) -> None:
    text = f"It is {answer}."
    example = Example("a?", text, span_of(text, answer), "answered")
    assert token_span(small_tokenizer().encode("a?", text), example) != (0, 0)


def test_an_answer_that_is_cut_off_is_none_and_the_question_is_whole(base: Path) -> None:
    text = "the museum shows linen and tools of the workers"
    question = "what does the museum show beside tools?"
    answers = {"linen": True, "tools of the workers": False, "workers": False}
    asked_alone = len(small_tokenizer().encode(question).ids)
    encoding = load_tokenizer(base, asked_alone + 7).encode(question, text)
    assert encoding.sequence_ids.count(0) == asked_alone - 2
    for answer, seen in answers.items():
        example = Example(question, text, span_of(text, answer), "answered")
        assert (token_span(encoding, example) != (0, 0)) == seen


# Fitting

STEPS = 15
SETTINGS = TrainingSettings(STEPS, seed=3, batch=4, learning_rate=3e-3)


def short_questions() -> list[Question]:
    """What a step takes grows with the length of the text."""
    made = []
    for town, values in TOWNS.items():
        for field, value in zip(FIELDS, values, strict=True):
            text = f"The {field} of {town} is {value}."
            paragraph = Paragraph(town, text)
            asked_for = f"What is the {field} of {town}?"
            made.append(Question(asked_for, paragraph, (span_of(text, value),)))
    return made


@pytest.fixture(scope="module")
def short() -> Examples:
    return Examples(short_questions(), similar, seed=5)


def quiet(line: str) -> None:
    pass


def weights(model: BertForQuestionAnswering) -> dict[str, torch.Tensor]:
    return {name: value.detach() for name, value in model.named_parameters()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture(scope="module")
def undisturbed(
    base: Path, short: Examples, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, torch.Tensor]:
    folder = tmp_path_factory.mktemp("undisturbed")
    return weights(fit(short, base, SETTINGS, folder, report=quiet))


@pytest.mark.slow
def test_the_loss_falls_and_what_was_learnt_is_read(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    lines: list[str] = []
    settings = TrainingSettings(100, batch=8, learning_rate=5e-3, averaged_over=20)
    model = fit(short, base, settings, tmp_path, report=lines.append)
    losses = [float(m[1]) for line in lines if (m := re.search(r"loss ([\d.]+)", line))]
    assert len(losses) == 2
    assert losses[-1] < 0.75 * losses[0]
    assert not model.training


def test_training_is_the_same_for_the_same_seed_and_no_other(
    base: Path, short: Examples, tmp_path: Path, undisturbed: dict[str, torch.Tensor]
) -> None:
    again = fit(short, base, SETTINGS, tmp_path / "again", report=quiet)
    assert same(weights(again), undisturbed)
    reseeded = TrainingSettings(**{**settings_of(SETTINGS), "seed": 4})
    other = fit(short, base, reseeded, tmp_path / "other", report=quiet)
    assert not same(weights(other), undisturbed)


def settings_of(settings: TrainingSettings) -> dict[str, float]:
    return {name: getattr(settings, name) for name in TrainingSettings.__dataclass_fields__}


class Stopped(Exception):
    """The machine goes down."""


def stop_after(checkpoints: int) -> Callable[[BertForQuestionAnswering], str]:
    left = iter(range(checkpoints - 1))

    def measure(model: BertForQuestionAnswering) -> str:
        if next(left, None) is None:
            raise Stopped
        return "well"

    return measure


@pytest.mark.slow
@pytest.mark.parametrize("stops", [(6,), (5,), (1, 4, 2), (STEPS,)])
def test_training_that_was_stopped_goes_on_as_if_it_had_not_been(
    base: Path,
    short: Examples,
    tmp_path: Path,
    undisturbed: dict[str, torch.Tensor],
    stops: tuple[int, ...],
) -> None:
    assert len(short.epoch(0)) // SETTINGS.batch == 6  # one stop is at the end of an epoch
    for steps in stops:
        with pytest.raises(Stopped):
            fit(short, base, SETTINGS, tmp_path, report=quiet, measure=stop_after(steps),
                checkpoint_seconds=0)  # fmt: skip
        torch.manual_seed(99)  # another process is at another place of its random numbers
    resumed = weights(fit(short, base, SETTINGS, tmp_path, report=quiet))
    assert resumed.keys() == undisturbed.keys()
    for name, value in resumed.items():
        assert torch.allclose(value, undisturbed[name], atol=1e-6), name


@pytest.mark.slow
def test_what_was_done_is_not_done_again(base: Path, short: Examples, tmp_path: Path) -> None:
    first = fit(short, base, SETTINGS, tmp_path, report=quiet)
    lines: list[str] = []
    again = fit(short, base, SETTINGS, tmp_path, report=lines.append, checkpoint_seconds=0)
    assert same(weights(again), weights(first))
    assert not any(line.startswith("step") for line in lines)


@pytest.mark.slow
def test_a_checkpoint_of_other_settings_is_refused(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    with pytest.raises(Stopped):
        fit(short, base, SETTINGS, tmp_path, report=quiet, measure=stop_after(1),
            checkpoint_seconds=0)  # fmt: skip
    before = (tmp_path / CHECKPOINT).read_bytes()
    for name, value in {
        "seed": 9,
        "steps": STEPS + 1,
        "learning_rate": 1e-5,
        "answered": 0.9,
    }.items():
        other = TrainingSettings(**{**settings_of(SETTINGS), name: value})
        with pytest.raises(ValueError, match="other settings"):
            fit(short, base, other, tmp_path, report=quiet)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


@pytest.mark.slow
def test_a_checkpoint_is_one_file_and_no_pickle(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    out = tmp_path / "not" / "there yet"
    model = fit(short, base, SETTINGS, out, report=quiet, checkpoint_seconds=0)
    assert [file.name for file in out.iterdir()] == [CHECKPOINT]
    model.save_pretrained(out)
    for file in out.rglob("*"):
        assert file.suffix in (".json", ".safetensors")
        assert file.read_bytes()[:2] not in (b"PK", b"\x80\x02", b"\x80\x04")


@pytest.mark.slow
def test_checkpoints_are_measured_on_the_averaged_model(
    base: Path, short: Examples, tmp_path: Path
) -> None:
    measured: list[dict[str, torch.Tensor]] = []

    def measure(model: BertForQuestionAnswering) -> str:
        assert not model.training
        measured.append({name: value.clone() for name, value in weights(model).items()})
        return "well read"

    lines: list[str] = []
    settings = TrainingSettings(3, batch=4, learning_rate=3e-3)
    model = fit(short, base, settings, tmp_path, report=lines.append, measure=measure,
                checkpoint_seconds=0)  # fmt: skip
    assert [line for line in lines if "well" in line] == [f"step {n}: well read" for n in (1, 2, 3)]
    assert same(measured[-1], weights(model))
    assert not same(measured[0], measured[1])


@pytest.mark.parametrize("steps", [1, 7, 40, 1000])
def test_the_rate_rises_stays_and_falls_to_nothing(steps: int) -> None:
    settings = TrainingSettings(steps)
    rates = [settings.rate(step) for step in range(steps + 1)]
    assert max(rates) <= settings.learning_rate
    assert min(rates[:-1]) > 0
    assert rates[-1] == 0
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)


# A word's neighbours


def test_another_word_is_no_form_of_the_word(base: Path) -> None:
    another = similar_words(base, first=2, last=12)
    chance = random.Random(0)
    for word in ("bridge", "museum", "opened"):
        others = {another(word, chance) for _ in range(50)}
        assert 1 < len(others) <= 10
        for other in others:
            assert other is not None
            assert other.isalpha()
            assert not other.startswith(word[: len(word) - 3])
    assert another("unheard", chance) is None
    assert another("1932", chance) is None


# Scores


def unanswerable(questions: Sequence[Question]) -> list[Question]:
    return [Question(q.text, q.paragraph, ()) for q in questions]


def test_a_model_is_scored_by_words_that_match_and_by_telling_apart(base: Path) -> None:
    torch.manual_seed(1)
    model, tokenizer = load_model(base).eval(), load_tokenizer(base, 384)
    readings = read(model, tokenizer, QUESTIONS)
    half = QUESTIONS[::2]
    told = [  # what is read is what was asked for, of every other question
        Question(q.text, q.paragraph, (span_of(q.paragraph.text, answer),)) if q in half else q
        for q, (answer, _) in zip(QUESTIONS, readings, strict=True)
    ]
    measured = score(model, tokenizer, [*told, *unanswerable(QUESTIONS)])
    expected = [max(f1(answer, gold) for gold in golds(q))
                for q, (answer, _) in zip(told, readings, strict=True)]  # fmt: skip
    assert measured["exact"] >= 100 * len(half) / len(QUESTIONS)
    assert measured["exact"] <= measured["f1"]
    assert measured["f1"] == pytest.approx(100 * sum(expected) / len(expected))
    assert measured["auc"] == pytest.approx(0.5)  # the same questions on both sides


def test_reading_finds_the_best_legal_span_of_the_text(base: Path) -> None:
    torch.manual_seed(2)
    model, tokenizer = load_model(base).eval(), load_tokenizer(base, 384)
    readings = read(model, tokenizer, QUESTIONS)
    for question, (answer, gap) in zip(QUESTIONS[:12], readings[:12], strict=True):
        encoding = tokenizer.encode(question.text, question.paragraph.text)
        with torch.inference_mode():
            output = model(
                input_ids=torch.tensor([encoding.ids]),
                token_type_ids=torch.tensor([encoding.type_ids]),
            )
        starts, ends = output.start_logits[0].tolist(), output.end_logits[0].tolist()
        inside = [place for place, part in enumerate(encoding.sequence_ids) if part == 1]
        best, first, last = max((starts[a] + ends[b], a, b) for a, b in legal_pairs(inside))
        assert gap == pytest.approx(best - starts[0] - ends[0], abs=1e-4)
        text = question.paragraph.text
        assert answer == text[encoding.offsets[first][0] : encoding.offsets[last][1]]


def legal_pairs(inside: Sequence[int]) -> Iterator[tuple[int, int]]:
    for first in inside:
        yield from ((first, last) for last in inside if 0 <= last - first < MAX_ANSWER_TOKENS)


# The command


def squad_of(questions: Sequence[Question]) -> list[dict[str, object]]:
    by_article: dict[str, list[dict[str, object]]] = {}
    for paragraph in dict.fromkeys(q.paragraph for q in questions):
        qas = [
            asked(q.text, *((cut(paragraph.text, a), a.start) for a in q.answers))
            for q in questions
            if q.paragraph == paragraph
        ]
        found = {"context": paragraph.text, "qas": qas}
        by_article.setdefault(paragraph.article, []).append(found)
    return [{"title": name, "paragraphs": found} for name, found in by_article.items()]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*legacy TorchScript:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:Exporting aten:UserWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_the_command_writes_a_model_that_can_be_run(base: Path, tmp_path: Path) -> None:
    file = squad_file(tmp_path / "towns.json", squad_of(QUESTIONS))
    begun = save_model(load_model(base), tmp_path / "base")
    out = tmp_path / "out"
    arguments = [str(file), "--base", str(begun), "--out", str(out), "--epochs", "1"]
    arguments += ["--answered", "1"]
    ran = CliRunner().invoke(command.main, arguments, catch_exceptions=False)
    assert ran.exit_code == 0
    assert "epoch 0: " in ran.output
    assert isinstance(load_model(out / "transformers"), BertForQuestionAnswering)
    question = QUESTIONS[0]
    (window,) = PairRunner(out / "model", 1).run(question.text, [question.paragraph.text])
    assert len(window.start_logits) == len(window.offsets) > 0
    assert not [*out.rglob("*.bin"), *out.rglob("*.pt")]
    card = (out / "model" / "card.md").read_text("utf-8")
    assert f"{len(QUESTIONS)} answerable" in card
    assert "100% of the examples have an answer" in card
    made = re.findall(r"[\d,]+ ([a-z ]+)", ran.output.split("epoch 0: ")[1].splitlines()[0])
    assert set(made) <= {"answered", "exchanged in both", "negated in both"}
