"""Any input at all: each parser keeps its promises, at least 20,000 times over.

The promises are in tests/support/fuzz.py, which looks for inputs that break them in another way.
QA_FUZZ_FACTOR multiplies how many inputs are tried.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from index.formats.base import Unreadable
from index.formats.encoding import BYTE_ORDER_MARKS
from index.load import read
from index.question import Question
from index.scan import Source
from index.split import split
from qa.followup import is_follow_up
from qa.show.text import visible_line
from tests.support.articles import unstructured
from tests.support.fuzz import (
    ENCODER,
    KEPT_HEADER,
    OTHER_ENCODINGS,
    TO_THE_LETTER,
    check_ask,
    check_evaluate,
    check_history,
    check_load,
    check_matching,
    check_row,
    check_saved,
    check_split,
    check_terminal,
    check_words,
    corpus,
)
from tests.support.work import cpu_seconds

pytestmark = pytest.mark.slow

FACTOR = float(os.environ.get("QA_FUZZ_FACTOR", "1"))
LEAST_INPUTS = 20_000
PLANNED = {
    "load": 5_000,
    "split": 2_500,
    "ask": 1_300,
    "matching": 1_000,
    "words": 4_000,
    "terminal": 4_000,
    "row": 1_500,
    "evaluate": 1_500,
    "saved": 1_300,
    "history": 1_300,
}
TRIED: Counter[str] = Counter()

# Characters that parsers trip over, by what they do to those around them.
CHARACTERS = [
    *"a.?!,;:'\"`#-=*_~>|()[]{}<>\\/^&%$ \t\n\r\x0b\x0c\x1c\x85\xa0\u2028\u2029\u3000",
    *"\u0301\u0323\u0903\u200b\u200c\u200d\u2060\ufe0f\u20e3\ufeff\ufffd\xad",  # join or vanish
    *"\u202e\u2066\u2069\u200f\u061c\x00\x1b\x07\x7f\x9b\ue000\U000e0068\U000e007f",  # act
    *"éßİıſŉǅΣςﬁ😀👍\U0001f3fd🇫🇷👩각\u1100\u1161\u11a8क\u094dष\u0600\uff9e東0١²½Ⅷ",
    *"。？！「」؟؛।",  # end sentences
]
FRAGMENTS = [
    "word ", "A sentence. ", "“Really?” she asked. ", "Dr. Who, e.g. 3.5! ", "\r\n", "\n\n",
    "\n- item ", "\n# Title ##\n", "\n3. ", "\n---\n", "---\ntitle: x\n", "\n===\n", "```\n",
    "\n~~~\n", "👨‍👩‍👧‍👦", "z" + "\u0323" * 40, "שלום ", "مرحبا. ", "東京で会議。", "नमस्ते दुनिया। ",
    "who ", "was ", "he ", "it ", "near ", "by whom ", "what about ", "queen ", "river ", "AND ",
    "OR ", "NOT ", "NEAR(", "near* ", '"', "'", "''", "-minus ", "column:", "^", "(", ")", "+",
    "{a b}:", "text ", "rowid ", "%", "it takes ", "else ", "the first one ", "then", "that ",
]  # fmt: skip
CHARACTER = st.one_of(st.sampled_from(CHARACTERS), st.characters(exclude_categories=["Cs"]))
RUN = st.builds(
    str.__mul__,
    st.sampled_from(CHARACTERS + FRAGMENTS),
    st.sampled_from([2, 3, 31, 33, 120, 501, 1_000]),
)
PART = st.one_of(st.sampled_from(FRAGMENTS), st.sampled_from(FRAGMENTS), CHARACTER, CHARACTER, RUN)
TEXT = st.lists(PART, max_size=20).map("".join)
SURROGATE = st.characters(categories=["Cs"])
ANY_TEXT = st.one_of(TEXT, TEXT, st.lists(st.one_of(PART, SURROGATE), max_size=8).map("".join))
ANYWHERE = st.integers(0, 2**16)
EDIT = st.tuples(
    st.sampled_from(["flip", "cut", "insert", "repeat", "end"]),
    ANYWHERE,
    st.integers(1, 12),
    st.binary(min_size=1, max_size=4),
)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def many(target: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Try as many inputs as are planned for a target."""
    inputs = max(1, round(PLANNED[target] * FACTOR))
    return settings(max_examples=inputs, suppress_health_check=SLOW)


def edited(content: bytes, edits: list[tuple[str, int, int, bytes]]) -> bytes:
    """Return the content with some of its bytes changed."""
    for kind, anywhere, length, new in edits:
        place = anywhere % (len(content) + 1)
        before, rest = content[:place], content[place:]
        there, after = rest[:length], rest[length:]
        if kind == "flip":
            there = bytes(byte ^ new[0] for byte in there)
        elif kind == "cut":
            there = b""
        elif kind == "insert":
            there = new + there
        elif kind == "repeat":
            there *= 2
        else:
            after = b""
        content = before + there + after
    return content


def mutated(contents: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    edits = st.one_of(st.just([]), st.lists(EDIT, min_size=1, max_size=4))
    return st.builds(edited, contents, edits)


@pytest.fixture(scope="module", autouse=True)
def _the_corpus_is_closed() -> Iterator[None]:
    yield
    if corpus.cache_info().currsize:
        corpus().close()
        corpus.cache_clear()


MARKS = st.sampled_from([b"", b"", *(mark for mark, _ in BYTE_ORDER_MARKS)])
WRITTEN_IN = st.sampled_from(
    ["utf-8", "utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", *TO_THE_LETTER]
)
ENCODED = st.builds(
    lambda mark, text, encoding: mark + text.encode(encoding, "ignore"), MARKS, TEXT, WRITTEN_IN
)
HALVES = ANY_TEXT.map(lambda text: text.encode("utf-7", "surrogatepass"))
CONTENT = st.one_of(mutated(ENCODED), mutated(ENCODED), st.binary(max_size=300), HALVES)
ENCODING = st.one_of(st.none(), st.sampled_from(TO_THE_LETTER + OTHER_ENCODINGS))


@pytest.mark.filterwarnings("ignore:.*invalid escape sequence:DeprecationWarning")
@many("load")
@example(b"", "no-such", "-")
@example(b"half a character: +2AA-", "utf-7", "-")
@given(
    CONTENT,
    ENCODING,
    st.sampled_from("some-file.txt some_file.md a.rst a.org a.tex - .md _.txt".split()),
)
def test_bytes_are_an_article_to_the_letter_or_refused(
    content: bytes, encoding: str | None, name: str
) -> None:
    TRIED["load"] += 1
    check_load(content, encoding, name)


@many("split")
@example("One.\u200c", 254)
@given(TEXT, st.sampled_from([1, 2, 17, 254, 1_000]))
def test_passages_cover_the_text_in_order_within_bounds(text: str, max_tokens: int) -> None:
    TRIED["split"] += 1
    check_split(text, max_tokens)


@many("ask")
@given(ANY_TEXT, TEXT)
def test_a_question_is_answered_with_exact_slices_or_is_a_question_error(
    question: str, before: str
) -> None:
    TRIED["ask"] += 1
    check_ask(question, before)


@many("matching")
@example('"')
@example("queen\0 river")
@given(TEXT)
def test_a_word_is_searched_for_as_it_stands(question: str) -> None:
    TRIED["matching"] += 1
    check_matching(question)


@many("words")
@example("Near?")
@example("\U000f0000\U000f0000-minus ")
@given(ANY_TEXT)
def test_of_any_question_it_is_said_what_its_words_are_and_whether_it_leans(question: str) -> None:
    TRIED["words"] += 1
    check_words(question)


@many("terminal")
@given(ANY_TEXT)
def test_nothing_that_a_terminal_acts_on_is_ever_shown(text: str) -> None:
    TRIED["terminal"] += 1
    check_terminal(text)


FIELD = st.sampled_from(
    "question conversation answer answers spans article start end text unanswerable id "
    "citation passages rank score path sha256 schema outcome".split()
)
NUMBER = st.one_of(
    st.sampled_from([0, 1, -1, 1.0, -0.0, 5e-324, 1e308, 2**63, 10**300, -(10**20)]),
    st.sampled_from([float("nan"), float("inf"), float("-inf")]),
    st.integers(-5, 400),
    st.integers(0, 400).map(float),
    st.floats(0, 1),
)
PLACE_OF_RAW = "what is written as it stands"
RAW = st.sampled_from([
    "NaN", "-Infinity", "1e999", "9" * 5_000, "01", "1.", "-", "tru", "'x'", "", "{}, {}",
    '"\\ud800"', '"\\u"', '"\0"', '"\\u0000"', "[" * 100_000, '{"a":' * 5_000 + "1" + "}" * 5_000,
    *("[" * depth + "]" * depth for depth in (50, 600, 5_000)),
])  # fmt: skip
SCALAR = st.one_of(
    st.none(), st.booleans(), NUMBER, ANY_TEXT, st.sampled_from(["", " ", "\0", PLACE_OF_RAW])
)
VALUE = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(FIELD, TEXT), inner, max_size=3)
    ),
    max_leaves=6,
)
GOLD_ROWS: list[object] = [
    {"question": "Who?", "answer": "Anna", "conversation": "a", "id": 3},
    {"question": "Who?", "answers": ["Anna", "Anna Weiss"], "article": "a.txt"},
    {"question": "Who?", "spans": [{"article": "a.txt", "start": 1, "end": 5, "text": "Anna"}]},
    {"question": "Who?", "unanswerable": True},
    {"question": "Who?", "answers": []},
]
CHANGE = st.one_of(
    st.tuples(st.sampled_from(["replace", "drop", "copy", "more"]), ANYWHERE, VALUE),
    st.tuples(st.just("number"), ANYWHERE, NUMBER),
    st.tuples(st.just("number"), ANYWHERE, NUMBER),
    st.tuples(st.just("text"), ANYWHERE, ANY_TEXT),
)
KINDS = {"number": (int, float), "text": (str,)}
GARBLE = '",}]\x00\ud800:'


def changed(row: object, changes: list[tuple[str, int, object]]) -> object:
    """Return a copy of a JSON value with some of the values inside changed."""
    row = deepcopy(row)
    for kind, anywhere, new in changes:
        types = KINDS.get(kind, (object,))
        spots = [(holder, key) for holder, key in spots_in(row) if isinstance(holder[key], types)]
        if not spots:
            return new
        holder, key = spots[anywhere % len(spots)]
        if kind == "drop":
            del holder[key]
        elif kind == "copy":
            other, other_key = spots[anywhere // 7 % len(spots)]
            holder[key] = deepcopy(other[other_key])
        elif kind == "more" and isinstance(holder, dict):
            holder["more"] = new
        else:
            holder[key] = new
    return row


def spots_in(value: object) -> Iterator[tuple[Any, Any]]:
    """Yield every value inside another as what holds it and the key or number it has there."""
    if isinstance(value, (dict, list)):
        for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield value, key
            yield from spots_in(inner)


def written(
    rows: list[object], between: str, raw: str, ascii_only: bool, fault: str, anywhere: int
) -> str:
    """Return values as JSON, maybe with a fault in it."""
    text = between.join(json.dumps(row, ensure_ascii=ascii_only) for row in rows)
    text = text.replace(json.dumps(PLACE_OF_RAW), raw)
    place = anywhere % (len(text) + 1)
    if fault == "cut short":
        return text[:place]
    if fault == "said twice":
        return text.replace("{", '{"question": "Twice?", ')
    if fault == "garbled":
        return text[:place] + GARBLE[anywhere % len(GARBLE)] + text[place + 1 :]
    return text


def json_of(rows: st.SearchStrategy[object], most: int) -> st.SearchStrategy[str]:
    change = st.one_of(st.just([]), st.lists(CHANGE, min_size=1, max_size=3))
    return st.builds(
        written,
        st.lists(st.one_of(*[st.builds(changed, rows, change)] * 4, VALUE), max_size=most),
        st.sampled_from(["\n", "\n", "\r\n", " ", ""]),
        RAW,
        st.booleans(),
        st.sampled_from(["", "", "", "cut short", "said twice", "garbled"]),
        ANYWHERE,
    )


SAVED_ROW = st.builds(lambda: corpus().response) | st.builds(lambda: corpus().unsure_response)
SAVED = st.one_of(json_of(SAVED_ROW, 3), json_of(SAVED_ROW.map(lambda row: [row]), 2))
KEPT = st.builds(
    lambda header, rows: f"{json.dumps(header)}\n{rows}".encode("utf-8", "surrogatepass"),
    st.builds(changed, st.just(json.loads(KEPT_HEADER)), st.lists(CHANGE, max_size=1)),
    json_of(SAVED_ROW, 3),
)


@many("row")
@given(st.one_of(ANY_TEXT, json_of(st.sampled_from(GOLD_ROWS), 1), json_of(VALUE, 1)))
def test_a_row_of_questions_is_a_question_or_a_question_error(row: str) -> None:
    TRIED["row"] += 1
    check_row(row)


@many("evaluate")
@given(st.one_of(json_of(st.sampled_from(GOLD_ROWS), 3), json_of(VALUE, 3), ANY_TEXT))
def test_rows_with_gold_answers_are_read_whole_or_not_at_all(text: str) -> None:
    TRIED["evaluate"] += 1
    check_evaluate(text)


@many("saved")
@given(SAVED)
def test_saved_answers_are_checked_or_refused(text: str) -> None:
    TRIED["saved"] += 1
    check_saved(text)


@many("history")
@given(mutated(KEPT))
def test_whatever_a_kept_file_holds_the_conversations_are_read(content: bytes) -> None:
    TRIED["history"] += 1
    check_history(content)


@pytest.mark.parametrize(
    "new", [float("nan"), 1e308, 0.5, 3.0, -1, 10**300, "", "\ud800", "\0\x1b"]
)
def test_any_value_of_a_saved_answer_may_be_another(new: float | str) -> None:
    for saved in (corpus().response, corpus().unsure_response):
        for number, (holder, key) in enumerate(spots_in(saved)):
            if isinstance(new, str) == isinstance(holder[key], str):
                text = json.dumps(changed(saved, [("replace", number, new)]))
                TRIED["replaced"] += 1
                check_saved(text)
                check_history(f"{KEPT_HEADER}\n{text}\n".encode())


@pytest.mark.parametrize("check", [check_row, check_evaluate, check_saved, check_history])
@pytest.mark.parametrize("opening", ["[", '{"question":'])
def test_no_depth_of_nesting_is_a_crash(check: Callable[[Any], None], opening: str) -> None:
    closing = "]" if opening == "[" else "}"
    row: dict[str, object] = {**corpus().response}
    if check in (check_row, check_evaluate):
        row = {"question": "Who?", "answer": "Anna"}
    limit = sys.getrecursionlimit()
    for depth in [10, *range(limit - 150, limit + 1), 100_000]:
        nested = opening * depth + "1" + closing * depth
        text = json.dumps({**row, "conversation": PLACE_OF_RAW, "outcome": PLACE_OF_RAW})
        text = text.replace(json.dumps(PLACE_OF_RAW), nested)
        TRIED["nested"] += 1
        if check is check_history:
            check(f"{KEPT_HEADER}\n{text}\n{nested}\n{json.dumps(row)}\n".encode())
        else:
            check(text)
            check(nested)


LONG = 100_000
STALLING = [
    "#", "# ", "-", "---\n", "=", "a\n=", " ", "\t", "\n", "\r", "\r\n", "`", "```\n",
    "```a`\n", "~", "~~~\n", "title:", "title: \n", "--- x\n", "- a\n", "> ", "|", "{", "*",
    "1.", "<a", "&", "\u0301", "a\u0301", "\u200d", "👩\u200d", "🇫", "\xa0", "東", "각",
    "\u1100", "\u0600", "\u202e", '"', "“", ".", "!", "?”", "Dr. ", "(", "[", "a", "a ", "a-",
    "it ", "he ", "it takes ", "is it a ", "ones ", "NEAR ", "\x1b[",
]  # fmt: skip
FRAMES = ["{}", "---\n{}", "---\n{}\n---\n{}", "a\n{}b", "```{}x`", "# {}b", "it {} to"]
MOST_SECONDS = 10
"""Of processor time: many times what is needed, and less than what is quadratic in LONG takes."""


@pytest.mark.parametrize("unit", STALLING, ids=ascii)
def test_long_runs_of_anything_take_no_time(unit: str) -> None:
    def titled(text: str) -> None:
        for name in ("a.md", "a.txt"):
            with suppress(Unreadable):
                read(Source(name, name, 0, 0, text.encode()))

    run = unit * (LONG // len(unit))
    texts = [frame.replace("{}", run) for frame in FRAMES]
    for parse, inputs in [
        (titled, texts),
        (is_follow_up, texts),
        (Question, texts),
        (visible_line, [run]),
        (
            lambda text: split(
                unstructured(text), count_tokens=ENCODER.count_tokens, max_tokens=254
            ),
            [run],
        ),
    ]:
        for text in inputs:
            TRIED["runs"] += 1
            assert cpu_seconds(partial(parse, text)) < MOST_SECONDS


@pytest.mark.parametrize(
    "question",
    [
        unit * (LONG // len(unit))
        for unit in ("a", "a ", "the ", "😀", '"', "NEAR(", "\0", "* ", "東 ")
    ]
    + [" ".join(f"word{number}" for number in range(LONG // 9))],
    ids=lambda question: ascii(question[:12]),
)
def test_a_question_of_100_kilobytes_is_answered_or_a_question_error(question: str) -> None:
    TRIED["runs"] += 1
    assert cpu_seconds(lambda: check_ask(question, question)) < MOST_SECONDS


@pytest.mark.parametrize("size", [LONG, 10 * LONG])
@pytest.mark.parametrize(
    "alphabet", [range(256), range(32, 256), b"\xe9\xe8 \n", b"\x80\xff", b"\r"]
)
def test_long_bytes_of_no_encoding_are_refused_in_time(size: int, alphabet: Sequence[int]) -> None:
    TRIED["runs"] += 1
    content = bytes(random.Random(size).choices(alphabet, k=size))
    assert cpu_seconds(lambda: check_load(content, None, "a.txt")) < MOST_SECONDS


def test_at_least_twenty_thousand_inputs_were_tried() -> None:
    """Says how many; of a part of these tests, it is not asked."""
    print(f"{TRIED.total():,} inputs: {dict(TRIED)}")
    if PLANNED.keys() - TRIED.keys() or FACTOR < 1:
        pytest.skip("not all of these tests were run, or of fewer inputs")
    assert TRIED.total() >= LEAST_INPUTS * FACTOR
