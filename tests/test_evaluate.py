"""`qa eval`: rows, outcomes and the report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import ArticleError, QuestionError
from index.question import Question
from index.types import Article, Hit, Passage, Span
from qa.corpus import Corpus
from qa.eval.evaluate import evaluate
from qa.eval.gold import Asked, GoldSpan, read_questions
from qa.eval.measures import calibration_error, mean, proportion
from qa.eval.report import to_json, to_lines
from qa.eval.results import Result, ask_all, first_gold_rank, has_gold
from qa.eval.trust import MIN_TO_CALIBRATE
from qa.reader.sentences import SentenceReader
from qa.types import Reading
from tests.support.articles import article_of
from tests.support.corpora import corpus_of
from tests.support.program import Program

BRIDGE = "The old bridge was built in 1932 by Anna Weiss. She studied in Vienna."
FISH = "Penguins eat krill and small fish. They live in the far south, on cold islands."
VIENNA = BRIDGE.index("Vienna")


@pytest.fixture
def corpus(tmp_path: Path) -> Iterator[Corpus]:
    """Two articles of one passage each, with a reader that answers with whole sentences."""
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "bridge.txt").write_text(BRIDGE, "utf-8")
    (articles / "fish.txt").write_text(FISH, "utf-8")
    with corpus_of(articles, stores=tmp_path / "stores") as opened:
        yield opened


def rows(*fields: object) -> list[str]:
    return [json.dumps(row) for row in fields]


def measured(corpus: Corpus, *fields: object, **options: object) -> list[Result]:
    return list(ask_all(corpus, read_questions(rows(*fields)), **options))  # type: ignore[arg-type]


# Rows


def test_a_row_gives_the_gold_answers() -> None:
    lines = rows(
        {"question": "Who?", "answer": "Anna", "id": 7, "extra": [1]},
        {"question": "Who?", "answers": ["Anna", "Weiss"], "article": "a.txt", "id": "x"},
        {"question": "Who?", "answers": []},
        {"question": "Who?", "unanswerable": True, "answer": None},
        {
            "question": "Where?",
            "spans": [{"article": "a.txt", "start": 1, "end": 4, "text": "he "}],
        },
        {"question": "Where?", "article": "a.txt", "spans": [{"start": 1, "end": 4}]},
        {"question": "How?", "answer": "so", "conversation": 3},
    )
    assert read_questions(["\ufeff" + lines[0], "", "  \n", *lines[1:]]) == [
        Asked("Who?", answers=("Anna",), id="7", line=1),
        Asked("Who?", answers=("Anna", "Weiss"), article="a.txt", id="x", line=4),
        Asked("Who?", line=5),
        Asked("Who?", line=6),
        Asked("Where?", spans=(GoldSpan("a.txt", Span(1, 4), "he "),), line=7),
        Asked("Where?", spans=(GoldSpan("a.txt", Span(1, 4)),), article="a.txt", line=8),
        Asked("How?", answers=("so",), conversation="3", line=9),
    ]


WRONG = {
    "Who was it?": "invalid JSON",
    "{": "invalid JSON",
    '{"question": NaN}': "question: input should be a valid string",
    '{"question": "Who?", "answer": "A", "x": ' + "9" * 5000 + "}": "number out of range",
    "[" * 100_000: "recursion limit",
    '{"question": ' * 50_000: "recursion limit",
    "null": "input should be an object",
    '["Who?", "Anna"]': "input should be an object",
    "{}": "question: field required",
    '{"question": 3, "answer": "A"}': "question: input should be a valid string",
    '{"question": " \\n", "answer": "A"}': "question: should not be blank",
    '{"question": "Who?", "question": "Where?", "answer": "A"}': "a field is given twice",
    '{"question": "Who?"}': "no gold answer",
    '{"question": "Who?", "answer": null, "unanswerable": null}': "no gold answer",
    '{"question": "Who?", "answers": [], "unanswerable": false}': "no gold answer",
    '{"question": "Who?", "answer": ""}': "answer: should not be blank",
    '{"question": "Who?", "answer": 5}': "answer: input should be a valid string",
    '{"question": "Who?", "answers": "Anna"}': "answers: input should be a valid array",
    '{"question": "Who?", "answers": [["Anna"]]}': "answers[0]: input should be a valid string",
    '{"question": "Who?", "answers": ["A"], "answer": "A"}': 'both "answer" and "answers"',
    '{"question": "Who?", "answer": "A", "unanswerable": true}': "but there is an answer",
    '{"question": "Who?", "unanswerable": "yes"}': "unanswerable: input should be a valid boolean",
    '{"question": "Who?", "spans": {"start": 1}}': "spans: input should be a valid array",
    '{"question": "Who?", "spans": [[1, 4]]}': "spans[0]: input should be an object",
    '{"question": "Who?", "spans": [{"start": 1, "end": 4}]}': "a span has no article",
    '{"question": "Who?", "article": "a", "spans": [{"start": 4, "end": 4}]}': "start should be",
    '{"question": "Who?", "article": "a", "spans": [{"start": -1, "end": 4}]}': "start should be",
    '{"question": "Who?", "article": "a", "spans": [{"start": true, "end": 4}]}': "].start: input",
    '{"question": "Who?", "article": "a", "spans": [{"start": 0.0, "end": 4}]}': "].start: input",
    '{"question": "Who?", "article": "a", "spans": [{"end": 4}]}': "spans[0].start: field required",
    '{"question": "Who?", "article": "a", "spans": [{"article": "b", "start": 0, "end": 4}]}': (
        "a different article"
    ),
    '{"question": "Who?", "answers": [], "article": "a", "spans": [{"start": 1, "end": 4}]}': (
        '"answers" is empty, but there are spans'
    ),
    '{"question": "Who\\ud800?", "answer": "A"}': "invalid JSON",
    '{"question": "Who?", "answer": "\\udfff"}': "invalid JSON",
    '{"question": "Who?", "answer": "A", "conversation": "\\ud800"}': "invalid JSON",
    '{"question": "Who?", "answer": "A", "article": "\udc80"}': "unicode",
    '{"question": "Who?", "answer": "A", "conversation": 1.5}': "conversation: input should",
    '{"question": "Who?", "answer": "A", "id": ["x"]}': "id: input should be a valid string",
    '{"question": "Who\0?", "answer": "A"}': "invalid JSON",
    '{"question": "Who?", "answer": "A", "x": {"a": 1, "a": 2}}': "a field is given twice",
    '{"question": "Who?", "answer": "A", "x": [NaN]}': "NaN is not valid JSON",
    '{"question": "Who?", "answer": "A", "x": -Infinity}': "-Infinity is not valid JSON",
}


@pytest.mark.parametrize("line", WRONG, ids=range(len(WRONG)))
def test_an_invalid_row_is_named_with_what_to_write_instead(line: str) -> None:
    with pytest.raises(QuestionError) as raised:
        read_questions(["", *rows({"question": "Who?", "answer": "A"}), line])
    assert raised.value.message.startswith("Line 3 of the questions: ")
    assert WRONG[line] in raised.value.message
    assert len(raised.value.message) < 200
    assert raised.value.hint


@pytest.mark.parametrize("lines", [[], ["", " \n", "\ufeff"]])
def test_a_file_without_questions_is_an_error(lines: list[str]) -> None:
    with pytest.raises(QuestionError, match="no questions"):
        read_questions(lines)


def test_a_file_that_is_not_text_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_bytes(b'{"question": "\xff"}\n')
    with file.open(encoding="utf-8") as lines, pytest.raises(QuestionError, match="not UTF-8"):
        read_questions(lines)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
SPANS = st.lists(
    st.dictionaries(
        st.sampled_from(["article", "start", "end", "text"]),
        JSON_VALUES | st.integers(0, 9) | st.just("a.txt"),
    )
)
ROWS = st.fixed_dictionaries(
    {"question": st.text() | JSON_VALUES},
    optional={
        "answer": JSON_VALUES,
        "answers": st.lists(st.text(min_size=1)) | JSON_VALUES,
        "spans": SPANS | JSON_VALUES,
        "article": st.just("a.txt") | JSON_VALUES,
        "conversation": JSON_VALUES,
        "unanswerable": JSON_VALUES,
        "id": JSON_VALUES,
    },
)


@pytest.mark.slow
@given(st.one_of(st.text(), JSON_VALUES.map(json.dumps), ROWS.map(json.dumps)))
@example('{"question": "' + "x" * 100_000 + '", "answer": "A"}')
@example('{"question": "\\u0000", "answer": "\\u0000"}')
def test_any_line_is_a_question_or_a_question_error(line: str) -> None:
    try:
        read = read_questions([line])
    except QuestionError as error:
        assert error.message
    else:
        assert len(read) == 1
        read[0].question.encode("utf-8")
        assert read[0].question.strip()
        fields = json.loads(line.strip())
        assert read[0].answerable == bool(
            fields.get("answer") or fields.get("answers") or fields.get("spans")
        )


# Which passages have a gold answer


def passage(text: str, id: str = "a.txt", span: Span | None = None) -> Passage:
    return Passage(Article(id, id, id, text, ""), Span(0, len(text)) if span is None else span)


@pytest.mark.parametrize(
    ("text", "answer", "held"),
    [
        ("It was Anna Weiss.", "anna weiss", True),
        ("It was Anna\n   Weiss.", "Anna Weiss", True),
        ("It was STRASSE 5", "straße 5", True),
        ("a 67-year-old", "67", True),
        ("built in 1967", "67", False),
        ("built in 1967 for 67", "67", True),
        ("soldiers", "soldier", False),
        ("Old", "Old", True),
        ("$5.00", "$5", False),
        ("6.5 km", "6", False),
        ("他住在北京城", "北京", True),
        ("cafe\u0301", "cafe", False),
        ("cafe\u0301", "caf\u00e9", True),
        ("It was Anna.", "Anna Weiss", False),
        ("", "Anna", False),
    ],
)
def test_a_passage_has_an_answer_if_its_whole_words_occur_in_it(
    text: str, answer: str, held: bool
) -> None:
    assert has_gold(passage(text), Asked("?", answers=("nowhere to be found", answer))) is held


@pytest.mark.parametrize("answer", ["Railway Inn", "Rail-\nway Inn"])
def test_a_passage_has_an_answer_in_its_characters_or_as_people_read_it(answer: str) -> None:
    article = article_of("He was the porter of the Rail-\nway Inn.\n", "a.md")
    held = Passage(article, Span(0, len(article.text)))
    assert has_gold(held, Asked("?", answers=(answer,)))
    assert not has_gold(held, Asked("?", answers=("way Inn of",)))


def test_a_passage_of_another_article_does_not_have_the_answer() -> None:
    asked = Asked("?", answers=("Anna",), article="b.txt")
    assert not has_gold(passage("Anna"), asked)
    assert has_gold(passage("Anna", "b.txt"), asked)


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.integers(1, 9))
def test_spans_decide_if_there_are_any(a: int, b: int, start: int, size: int) -> None:
    shown = passage("0123456789" * 2, "a.txt", Span(min(a, b), max(a, b)))
    gold = GoldSpan("a.txt", Span(start, start + size))
    held = set(range(start, start + size)) <= set(range(min(a, b), max(a, b)))
    assert has_gold(shown, Asked("?", answers=("0",), spans=(gold,))) is held
    assert not has_gold(shown, Asked("?", spans=(replace(gold, article="b.txt"),)))


def test_no_passage_has_the_answer_to_an_unanswerable_question() -> None:
    assert not has_gold(passage("Anna"), Asked("?"))


def test_the_rank_is_that_of_the_first_passage_with_the_answer() -> None:
    hits = [
        Hit(passage(text), rank, 1.0, 1.0, 1.0)
        for rank, text in enumerate(["no", "Anna", "Anna Weiss", "Anna Weiss"], start=1)
    ]
    assert first_gold_rank(hits, Asked("?", answers=("Anna Weiss",))) == 3
    assert first_gold_rank(hits, Asked("?", answers=("Anna Weiss", "Anna"))) == 2
    assert first_gold_rank(hits, Asked("?", answers=("Otto",))) is None


# Asking

QUESTIONS = (
    {"question": "Who built the old bridge?", "answer": "built in 1932 by Anna Weiss", "id": "b"},
    {"question": "What do penguins eat?", "answers": ["krill", "Penguins eat krill, small fish"]},
    {"question": "Who invented photosynthesis machines?", "unanswerable": True},
    {"question": "Who sold the old bridge in 1932?", "answers": []},
    {"question": "Where on cold islands are penguins in the far south?", "answer": "Vienna"},
    {"question": "Zebra quantum?", "answer": "nowhere"},
)
FIRST, SECOND = BRIDGE.split(". ")[0] + ".", FISH.split(". ")[0] + "."
LIVES = FISH.split(". ")[1]


def test_each_question_gets_the_outcome_of_asking_it(corpus: Corpus) -> None:
    outcomes = measured(corpus, *QUESTIONS)
    assert [one.given for one in outcomes] == [FIRST, SECOND, None, FIRST, LIVES, None]
    # Without "a", "an", "the": 9 words given, 6 of them gold; 6 given, 5 of them gold.
    assert [one.f1 for one in outcomes] == pytest.approx([12 / 15, 10 / 11, 0, 0, 0, 0])
    assert [one.exact_match for one in outcomes] == [0] * 6
    assert [one.outcome for one in outcomes] == [
        *("answered", "answered", "not_found", "answered", "answered", "not_found")
    ]
    assert [one.failure for one in outcomes] == [
        None,
        None,
        None,
        "false answer",
        "wrong answer",
        "false abstention",
    ]
    assert [one.rank for one in outcomes] == [1, 1, None, None, 2, None]
    assert [one.first for one in outcomes] == [True, True, False, False, False, False]
    for one, row in zip(outcomes, QUESTIONS, strict=True):
        response = corpus.ask(str(row["question"]), 10)
        assert one.confidence == response.confidence
        assert one.citation is not None
        assert one.citation.article == response.hits[0].passage.article.id
        assert one.elapsed_ms > 0


def test_the_figures_are_those_counted_by_hand(corpus: Corpus) -> None:
    report = evaluate(measured(corpus, *QUESTIONS))
    assert (report.questions, report.measured, report.answerable) == (6, 6, 4)
    figures = {
        "passage_first": (2 / 4, 4),
        "mean_reciprocal_rank": ((1 + 1 + 1 / 2 + 0) / 4, 4),
        "exact_match": (0, 4),
        "f1": ((12 / 15 + 10 / 11) / 4, 4),
        "false_answers": (1 / 2, 2),
        "false_abstentions": (1 / 4, 4),
        "wrong_answers": (1 / 4, 4),
    }
    for name, (value, count) in figures.items():
        figure = getattr(report, name)
        assert (figure.value, figure.count) == (pytest.approx(value), count), name
        assert figure.low <= figure.value <= figure.high
        assert figure.low < figure.high
    assert [(k, figure and figure.value) for k, figure in report.recall] == [
        (1, 2 / 4),
        (5, 3 / 4),
        (10, 3 / 4),
    ]
    total = report.trust.total
    assert (total.answered, total.unsure) == (
        proportion([True] * 4 + [False] * 2),
        proportion([False] * 6),
    )
    assert total.right_of_answered == proportion([True] * 2 + [False] * 2)
    assert total.calibration_error is None  # too few answers
    assert report.closest_right is None
    assert report.p50_ms is not None
    assert report.p95_ms is not None
    assert 0 < report.p50_ms <= report.p95_ms


def test_closest_words_are_neither_an_answer_nor_a_false_one(corpus: Corpus) -> None:
    silent, unsure = (
        {"question": "Who sold the old bridge?", "answers": []},
        {"question": "Where are penguins in the far south?", "answer": LIVES},
    )
    results = measured(corpus, silent, unsure)
    assert [one.outcome for one in results] == ["unsure"] * 2
    assert [one.given for one in results] == [FIRST, LIVES]
    assert [one.right for one in results] == [False, True]
    assert [one.failure for one in results] == [None, "false abstention"]
    report = evaluate(results)
    assert report.closest_right == proportion([False, True])
    assert (report.f1, report.false_answers) == (mean([1.0]), proportion([False]))
    lines = list(to_lines(report))
    assert "false abstention: unsure, 36 % sure, line 2" in lines
    assert f"    closest   {LIVES}" in lines
    (failure,) = json.loads(json.dumps(to_json(report)))["failures"]
    assert (failure["outcome"], failure["given"]) == ("unsure", LIVES)


def test_the_number_of_passages_searched_is_an_option(corpus: Corpus) -> None:
    outcomes = measured(corpus, *QUESTIONS, passages=1)
    assert [one.rank for one in outcomes] == [1, 1, None, None, None, None]
    assert [k for k, _ in evaluate(outcomes, passages=1).recall] == [1]


def test_an_answer_that_is_the_gold_one_is_an_exact_match(corpus: Corpus) -> None:
    (one,) = measured(corpus, {"question": "What do penguins eat?", "answer": SECOND.upper()})
    assert (one.exact_match, one.f1, one.failure) == (1, 1, None)


@pytest.mark.parametrize("gold", ["The Railway Inn is old.", "The *Rail-\nway* Inn is old."])
def test_an_answer_is_compared_in_its_characters_and_as_people_read_it(
    tmp_path: Path, gold: str
) -> None:
    (tmp_path / "inn.md").write_text("The *Rail-\nway* Inn is old.\n", "utf-8")
    with corpus_of(tmp_path, stores=tmp_path / "stores") as opened:
        (one,) = measured(opened, {"question": "Is the Railway Inn old?", "answer": gold})
    assert (one.exact_match, one.f1, one.failure) == (1, 1, None)
    assert one.given == "The Railway Inn is old."


def test_a_right_answer_from_elsewhere_is_a_passage_not_found(
    corpus: Corpus,
) -> None:
    row = {"question": "What do penguins eat?", "answer": SECOND, "article": "bridge.txt"}
    (one,) = measured(corpus, row)
    assert (one.f1, one.rank, one.failure) == (1, None, "passage not found")


def test_a_span_is_a_gold_answer_by_its_place_and_by_its_text(corpus: Corpus) -> None:
    span = {"article": "bridge.txt", "start": VIENNA, "end": VIENNA + 6, "text": "Vienna"}
    (one,) = measured(corpus, {"question": "Where are penguins in the south?", "spans": [span]})
    assert one.golds == ("Vienna",)
    assert (one.rank, one.first) == (2, False)


@pytest.mark.parametrize(
    ("span", "message"),
    [
        (
            {"start": VIENNA, "end": VIENNA + 6, "text": "Vienne"},
            "text differs from bridge.txt",
        ),
        ({"start": VIENNA, "end": len(BRIDGE) + 1}, "beyond the end of bridge.txt"),
        ({"start": 10**14, "end": 10**14 + 1}, "beyond the end of bridge.txt"),
        ({"article": "c.txt", "start": 0, "end": 1}, "an article that is not in the corpus: c.txt"),
    ],
)
def test_a_span_that_is_not_in_the_articles_is_rejected_before_asking(
    corpus: Corpus, span: dict[str, object], message: str
) -> None:
    wrong = {"question": "Where?", "spans": [{"article": "bridge.txt", **span}]}
    asked = ask_all(corpus, read_questions(rows(QUESTIONS[0], wrong)))
    with pytest.raises(QuestionError, match=message) as raised:
        next(asked)
    assert "Line 2 " in raised.value.message
    assert raised.value.hint


def test_a_gold_answer_in_an_article_outside_of_the_corpus_is_rejected(
    corpus: Corpus,
) -> None:
    with pytest.raises(QuestionError, match=r"not in the corpus: c\.txt") as raised:
        measured(corpus, {"question": "Who?", "answer": "Anna", "article": "c.txt"})
    assert raised.value.hint == "Available: bridge.txt, fish.txt"
    assert measured(corpus, {"question": "Who?", "answers": [], "article": "c.txt"})


def test_offsets_are_code_points(tmp_path: Path) -> None:
    text = "😀 e\u0301 日本\r\nAnna 😀 Weiss built it."
    (tmp_path / "a.txt").write_bytes(text.encode("utf-8"))
    start = text.index("Anna")
    span = {"article": "a.txt", "start": start, "end": start + 12, "text": "Anna 😀 Weiss"}
    with corpus_of(tmp_path / "a.txt", stores=tmp_path / "stores") as opened:
        (one,) = measured(opened, {"question": "Who built it?", "spans": [span]})
    assert one.rank == 1


def test_a_row_can_follow_up_on_earlier_rows_of_its_conversation(corpus: Corpus) -> None:
    first = {"question": "Who built the old bridge?", "answer": "Anna Weiss"}
    then = {"question": "Where is it now?", "answer": "Anna Weiss"}
    assert [one.rank for one in measured(corpus, first, then)] == [1, 2]
    for names, rank in ((("c", "c"), 1), (("c", "d"), 2), (("c", None), 2)):
        named = [
            {**row, "conversation": name} for row, name in zip((first, then), names, strict=True)
        ]
        assert [one.rank for one in measured(corpus, *named)] == [1, rank]
        # A different conversation in between.
        between = measured(corpus, named[0], {**QUESTIONS[1], "conversation": "other"}, named[1])
        assert [one.rank for one in between] == [1, 1, rank]


class Turning(SentenceReader):
    """Ranks the last passage first, and scores its answer below the confidence in the passages."""

    def read(self, question: Question, hits: Sequence[Hit], context: object = None) -> Reading:
        reading = super().read(question, hits)
        turned = tuple(replace(hit, rank=rank) for rank, hit in enumerate(hits[::-1], start=1))
        answers = tuple(replace(answer, score=0.25) for answer in reading.answers)
        return Reading(answers, 0.9, turned)


def test_the_rank_is_from_before_reading_and_the_first_passage_from_after(corpus: Corpus) -> None:
    corpus.reader = Turning()
    (one,) = measured(corpus, QUESTIONS[0])
    assert (one.rank, one.first) == (1, False)
    assert one.citation is not None
    assert one.citation.article == "fish.txt"
    (other,) = measured(corpus, QUESTIONS[4])
    assert (other.rank, other.first) == (2, True)


def test_the_confidence_is_the_one_shown_with_the_answer(corpus: Corpus) -> None:
    corpus.reader = Turning()
    assert [one.confidence for one in measured(corpus, QUESTIONS[0], QUESTIONS[5])] == [0.25, 0.9]


def test_only_chosen_articles_are_asked(corpus: Corpus) -> None:
    (one,) = measured(corpus, QUESTIONS[0], only="fish.txt")
    assert one.rank is None
    assert one.citation is not None
    assert one.citation.article == "fish.txt"


def test_excluded_articles_are_not_asked(corpus: Corpus) -> None:
    (all_articles,) = measured(corpus, QUESTIONS[0])
    (others,) = measured(corpus, QUESTIONS[0], exclude="fish.txt")
    assert (all_articles.rank, others.rank) == (1, 1)
    assert others.citation is not None
    assert others.citation.article != "fish.txt"


def test_outcomes_before_an_interrupt_can_be_reported(corpus: Corpus) -> None:
    class Interrupted(SentenceReader):
        """Raises KeyboardInterrupt, like Ctrl-C, at the third question."""

        asked = 0

        def read(self, question: Question, hits: Sequence[Hit], context: object = None) -> Reading:
            self.asked += 1
            if self.asked == 3:
                raise KeyboardInterrupt
            return super().read(question, hits)

    corpus.reader = Interrupted()
    outcomes = []
    with pytest.raises(KeyboardInterrupt):
        for one in ask_all(corpus, read_questions(rows(*QUESTIONS))):
            outcomes.append(one)
    report = evaluate(outcomes, questions=len(QUESTIONS))
    assert (report.questions, report.measured) == (6, 2)
    assert next(to_lines(report)) == "2 of 6 questions: 2 answerable, 0 unanswerable"


def test_an_article_that_changes_ends_the_evaluation(corpus: Corpus, tmp_path: Path) -> None:
    outcomes = ask_all(corpus, read_questions(rows(*QUESTIONS)))
    next(outcomes)
    (tmp_path / "articles" / "new.txt").write_text("Something else.", "utf-8")
    with pytest.raises(ArticleError, match="changed during"):
        next(outcomes)


# The report


def outcome(**fields: object) -> Result:
    """Return the outcome of a right answer, with `fields` replaced."""
    right = Result(
        asked=Asked("Who?", answers=("Anna",), line=1),
        golds=("Anna",),
        outcome="answered",
        given="Anna",
        exact_match=1.0,
        f1=1.0,
        confidence=0.8,
        rank=1,
        first=True,
        citation=None,
        elapsed_ms=10.0,
    )
    return replace(right, **fields)  # type: ignore[arg-type]


def test_without_questions_there_are_no_figures() -> None:
    report = evaluate([], questions=3)
    assert {name for name, value in to_json(report).items() if value is None} >= {"f1", "answered"}
    assert list(to_lines(report)) == ["0 of 3 questions: 0 answerable, 0 unanswerable", ""]


def test_one_question_is_not_called_questions() -> None:
    lines = list(to_lines(evaluate([outcome()])))
    assert lines[0].startswith("1 question:")
    assert any(line.endswith("of 1 asked") for line in lines)
    assert not [line for line in lines if "1 questions" in line]


@pytest.mark.parametrize(
    ("fields", "failure"),
    [
        ({"f1": 0.5}, None),
        ({"f1": 0.49}, "wrong answer"),
        ({"f1": 0.49, "rank": None}, "wrong answer"),
        ({"f1": 0.5, "rank": None}, "passage not found"),
        ({"f1": 0.0, "given": None, "outcome": "not_found", "rank": None}, "false abstention"),
        ({"f1": 1.0, "outcome": "unsure"}, "false abstention"),
        ({"f1": 0.0, "given": None, "outcome": "not_found", "asked": Asked("?")}, None),
        ({"f1": 0.0, "outcome": "unsure", "asked": Asked("?")}, None),
        ({"f1": 0.0, "asked": Asked("?")}, "false answer"),
    ],
)
def test_an_answer_that_is_half_right_is_right(
    fields: dict[str, object], failure: str | None
) -> None:
    assert outcome(**fields).failure == failure


def test_the_calibration_error_is_over_what_is_quoted() -> None:
    count = MIN_TO_CALIBRATE
    answers = [
        outcome(confidence=(n % 10) / 10 + 0.05, f1=1.0 if n % 3 else 0.2) for n in range(count - 1)
    ]
    refused = outcome(outcome="not_found", given=None, f1=0.0, confidence=0.1)
    invented = outcome(asked=Asked("?"), golds=(), f1=0.0, confidence=0.95)
    assert evaluate([*answers, refused]).trust.total.calibration_error is None
    expected = calibration_error(
        [one.confidence for one in [*answers, invented]], [*(n % 3 > 0 for n in range(99)), False]
    )
    assert evaluate([*answers, refused, invented]).trust.total.calibration_error == pytest.approx(
        expected
    )


OUTCOMES = st.builds(
    lambda answerable, said, f1, rank: outcome(
        asked=Asked("?", answers=("Anna",) if answerable else ()),
        outcome=said,
        given=None if said == "not_found" else "Anna",
        f1=f1 if answerable and said != "not_found" else 0.0,
        rank=rank if answerable else None,
    ),
    st.booleans(), st.sampled_from(["answered", "unsure", "not_found"]),
    st.sampled_from([0.0, 0.4, 0.5, 1.0]), st.none() | st.integers(1, 10),
)  # fmt: skip


@given(st.lists(OUTCOMES, max_size=30))
def test_abstentions_wrong_and_right_answers_add_up(outcomes: list[Result]) -> None:
    report = evaluate(outcomes)
    answerable = [one for one in outcomes if one.asked.answerable]
    kinds = [one.failure for one in report.failures]
    if answerable:
        assert report.false_abstentions
        assert report.wrong_answers
        right = sum(one.right and one.outcome == "answered" for one in answerable) / len(answerable)
        total = right + report.false_abstentions.value + report.wrong_answers.value
        assert total == pytest.approx(1)
        for figure, kind in (
            (report.false_abstentions, "false abstention"),
            (report.wrong_answers, "wrong answer"),
        ):
            assert figure.value == pytest.approx(kinds.count(kind) / len(answerable))
    invented = [one.outcome == "answered" for one in outcomes if not one.asked.answerable]
    assert kinds.count("false answer") == sum(invented)
    if invented:
        assert report.false_answers
        assert report.false_answers.value == pytest.approx(sum(invented) / len(invented))


def test_the_report_names_each_failure_with_its_gold_answer(corpus: Corpus) -> None:
    lines = list(to_lines(evaluate(measured(corpus, *QUESTIONS))))
    shown = "\n".join(lines)
    assert "6 questions: 4 answerable, 2 unanswerable" in shown
    assert "F1                           42.7 % (" in shown
    assert "of 2 unanswerable" in shown
    failures = shown[shown.index("3 failed:") :]
    assert "Who built the old bridge?" not in failures
    wrong = failures[failures.index("wrong answer") : failures.index("false abstention")]
    assert "line 5" in wrong
    assert "question  Where on cold islands are penguins in the far south?" in wrong
    assert "gold      Vienna" in wrong
    assert f"given     {LIVES}" in wrong
    assert "gold answer at rank 2" in wrong
    assert "fish.txt:1" in wrong
    refused = failures[failures.index("false abstention") :]
    assert "given     no answer" in refused
    assert "gold answer not in the first 10" in refused


def test_figures_are_in_one_column_with_unit_and_interval(corpus: Corpus) -> None:
    lines = list(to_lines(evaluate(measured(corpus, *QUESTIONS))))[2:16]
    assert len({line.index(" % (") for line in lines}) == 1
    assert len({line.index(" of ") for line in lines}) == 1
    assert all(" to " in line for line in lines)


def test_failures_beyond_the_limit_are_counted() -> None:
    report = evaluate([outcome(f1=0.0, asked=Asked("?", ("A",), line=n)) for n in range(1, 31)])
    for most, told in ((20, "30 failed; the first 20:"), (30, "30 failed:"), (0, "30 failed.")):
        lines = list(to_lines(report, most))
        assert told in lines
        assert len([line for line in lines if line.startswith("wrong answer: ")]) == most


def test_hostile_text_is_marked_on_a_terminal_and_raw_in_json() -> None:
    hostile = "\x1b]52;c;x\x07\u202e\n" + "x" * 100_000
    asked = Asked(hostile, answers=(hostile,), id=hostile, line=3)
    report = evaluate([outcome(asked=asked, golds=(hostile,) * 50, given=hostile, f1=0.0)])
    lines = list(to_lines(report))
    assert not [c for line in lines for c in line if c in "\x1b\x07\u202e\n"]
    assert max(map(len, lines)) < 300
    assert any("␛]52;c;x␇" in line for line in lines)
    (failure,) = json.loads(json.dumps(to_json(report)))["failures"]
    assert (failure["question"], failure["given"]) == (hostile, hostile)


def test_the_report_as_json_has_the_figures_and_the_failures(corpus: Corpus) -> None:
    report = json.loads(json.dumps(to_json(evaluate(measured(corpus, *QUESTIONS)))))
    assert report["schema"] == 3
    assert (report["questions"], report["answerable"], report["unanswerable"]) == (6, 4, 2)
    assert report["recall"]["5"]["value"] == 0.75
    assert set(report["f1"]) == {"value", "low", "high", "count"}
    assert report["elapsed_ms"]["p50"] > 0
    assert report["roc_area"] == 5 / 8  # of the pairs, 0.62 beats three, 0.01 none
    assert report["false_answers_at"]["0.1"]["count"] == 2
    assert report["risk_coverage"][-1]["coverage"] == 1
    assert sum(bin["questions"] for bin in report["reliability"]) == 4
    assert [row["questions"] for row in report["kinds"].values()] == [4, 2]
    assert [(row["line"], row["kind"], row["rank"]) for row in report["failures"]] == [
        (4, "false answer", None),
        (5, "wrong answer", 2),
        (6, "false abstention", None),
    ]
    assert report["failures"][1]["gold"] == ["Vienna"]
    assert report["failures"][1]["given"] == LIVES
    assert report["failures"][1]["citation"]["article"] == "fish.txt"
    assert report["failures"][2]["given"] is None


# The command


@pytest.fixture
def program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Program:
    return Program(tmp_path / "home", monkeypatch, capfdbinary)


@pytest.mark.parametrize(
    ("happens", "code", "says"),
    [("nothing", 0, ""), ("a change", 3, "changed during"), ("Ctrl-C", 130, "")],
)
def test_figures_so_far_are_shown_and_the_exit_code_says_why_it_ended(
    program: Program, tmp_path: Path, happens: str, code: int, says: str
) -> None:
    file = tmp_path / "bridge.txt"
    file.write_text(BRIDGE, "utf-8")
    plainly = SentenceReader.read
    asked = []

    def read(
        reader: SentenceReader, question: str, hits: Sequence[Hit], context: object
    ) -> Reading:
        asked.append(question)
        if len(asked) == 2 and happens == "a change":  # noticed before the answer is given
            file.write_text(f"{BRIDGE} And she built more.", "utf-8")
        if len(asked) == 3 and happens == "Ctrl-C":
            raise KeyboardInterrupt
        return plainly(reader, question, hits)

    program.patch.setattr(SentenceReader, "read", read)
    questions = "".join(f"{row}\n" for row in rows(*QUESTIONS[:4])).encode()
    ran = program.run("eval", "-", str(file), stdin=questions)
    assert ran.code == code
    shown = {"nothing": "4 questions:", "a change": "1 of 4 questions:"}
    assert ran.text.startswith(shown.get(happens, "2 of 4 questions:"))
    assert "exact match" in ran.text
    assert says in ran.err.decode()
    assert "Traceback" not in ran.err.decode()


def test_the_help_says_how_many_passages_are_searched(program: Program) -> None:
    shown = " ".join(program.run("eval", "--help").text.split())
    assert "Number of passages to search for the gold answer. [default: 10;" in shown
    assert "Number of passages to show." in program.run("ask", "--help").text
