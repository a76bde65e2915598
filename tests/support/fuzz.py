"""What every parser promises for any input, and a fuzzer that looks for inputs that break it.

    python -m tests.support.fuzz --seconds 60 [TARGET]

The fuzzer is guided by coverage and needs atheris, which is not a dependency: run `pip install
atheris` first. Without a target, it runs all of them, for the given time each. An input that breaks
a promise is printed and written to a file. tests/test_fuzz.py checks the same promises with
Hypothesis.
"""

from __future__ import annotations

import argparse
import codecs
import functools
import inspect
import json
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import regex

from index.errors import QuestionError, StoreError
from index.formats.base import MAX_TITLE_CHARS, Unreadable
from index.formats.encoding import BYTE_ORDER_MARKS, decode
from index.load import PAGE_STARTS, SIGNATURES, read
from index.question import Question
from index.scan import Source
from index.split import MAX_PASSAGE_CHARS, sentence_spans, split
from index.types import Span
from index.words import composed
from qa.answers.history import History
from qa.answers.saved import read_saved
from qa.answers.verify import VERDICTS, all_as_cited, verify
from qa.answers.verify import to_json as verdicts_json
from qa.answers.wire import to_wire
from qa.commands.ask import question_of
from qa.commands.verify import to_lines as verdict_lines
from qa.conversation import Conversation
from qa.eval.gold import read_questions
from qa.followup import is_follow_up
from qa.reader.sentences import SentenceReader
from qa.show.markdown import exported
from qa.show.response import to_terminal
from qa.show.text import json_text, typed_line, visible, visible_line
from qa.types import MIN_ANSWERED
from tests.support.articles import unstructured
from tests.support.corpora import corpus_of
from tests.support.parsed import check_structure
from tests.support.responses import Row, as_row
from tests.support.stored import ENCODER, entry, opened

UNSAFE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
TO_THE_LETTER = [
    codecs.lookup(name).name
    for name in "utf-8 utf-16-le utf-16-be utf-32-le utf-32-be latin-1 cp1252 cp1251 cp1250 cp437 "
    "koi8-r iso8859-7 iso8859-15 mac-roman gbk gb18030 big5 euc-kr euc-jp".split()
]
"""Encodings in which different bytes are always different text."""
OTHER_ENCODINGS = [
    *"utf-8-sig utf-16 utf-32 utf-7 cp932 shift_jis iso2022_jp_2 hz cp1257 punycode idna".split(),
    *"raw_unicode_escape unicode_escape hex rot13 undefined mbcs no-such ../utf-8 é".split(),
    *("", "a\0b", "\ud800", "x" * 3_000),
]
"""Encodings in which different bytes can be the same text, and names of no encoding."""
ARTICLES = {
    "plain.txt": "The queen of the river.\r\n\r\nShe was born in 1932 (not 1933). " * 9,
    "strange.txt": "Žluťoučký kůň 😀👍🏽 e\u0301te\u0301 \u202eevil\u202c a\u200bb \x1b[31mred\x07 "
    '"AND" OR NOT near* -minus: ^caret (column) \xa0 東京で会議。\r' * 5,
    "notes.md": "# A *title* \x1b[2J\n\n- item one\n- item two\n\n> quoted\n" * 4,
}
"""The articles that questions are asked about."""


def is_document(content: bytes) -> bool:
    """Return whether bytes begin like PDF, HTML or the like, of which the text is extracted."""
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    signatures = [signature for signature, _ in SIGNATURES]
    return start.startswith(tuple(signatures)) or start.lower().startswith(PAGE_STARTS)


def check_load(content: bytes, encoding: str | None, name: str) -> None:
    """Bytes become an article with exactly their text and line numbers, or are Unreadable."""
    source = Source(name, f"/{name}", len(content), 0, content)
    try:
        article, _, used, _ = read(source, encoding)
    except Unreadable as error:
        assert error.reason in ("binary", "empty", "encoding") or is_document(content)
        return
    text = article.text
    assert text.strip()
    assert "\0" not in text
    text.encode("utf-8")  # as the store does
    if used is None:
        assert is_document(content)
        return
    assert (text, used) == decode(content, encoding)
    assert used is not None
    mark = next((mark for mark, _ in BYTE_ORDER_MARKS if content.startswith(mark)), b"")
    unmarked = content[len(mark) :]
    if used in TO_THE_LETTER or mark:
        assert text.encode(used) == unmarked
    else:
        assert text == unmarked.decode(encoding or used)
    assert article.sha256 == sha256(content).hexdigest()
    assert article.title
    assert not set(article.title) & {"\r", "\n"}
    assert len(article.title) <= max(MAX_TITLE_CHARS, len(name))
    of_text = " ".join(article.title.split()) in " ".join(text.replace("\xad", "").split())
    of_name = set(article.title.lower()) <= {" ", *name.lower()}
    has_markup = name.lower().endswith((".md", ".markdown", ".rst", ".org", ".tex"))
    assert of_text or of_name or has_markup or article.title == "standard input"
    check_structure(article)
    lines = _lines(text)
    for offset in range(0, len(text) + 1, max(1, len(text) // 300)):
        assert article.line_of(offset) == lines[offset]


def _lines(text: str) -> list[int]:
    """Return the line number of each offset, including the end, counted one by one."""
    numbers = [1]
    for place, character in enumerate(text):
        ends = character == "\n" or (character == "\r" and text[place + 1 : place + 2] != "\n")
        numbers.append(numbers[-1] + ends)
    return numbers


def check_split(text: str, max_tokens: int) -> None:
    """Passages cover the text in order, are within limits, and split no grapheme."""
    spans = split(unstructured(text), count_tokens=ENCODER.count_tokens, max_tokens=max_tokens)
    sentences = sentence_spans(text, Span(0, len(text)))
    assert all(one.start < two.start and one.end < two.end for one, two in pairwise(spans))
    assert all(one.end <= two.start for one, two in pairwise(sentences))
    for found in (spans, sentences):
        covered = bytearray(len(text))
        for span in found:
            part = text[span.start : span.end]
            assert len(part) == len(span)
            assert part
            assert part == part.strip()
            covered[span.start : span.end] = b"\1" * len(span)
        assert all(covered[i] or text[i].isspace() for i in range(len(text)))
    assert all(len(span) <= MAX_PASSAGE_CHARS for span in spans)
    counts = ENCODER.count_tokens([text[span.start : span.end] for span in spans])
    assert all(
        count <= max_tokens or len(span) == 1 for count, span in zip(counts, spans, strict=True)
    )
    inside = _inside_graphemes(text)
    assert not inside & {border for span in sentences for border in (span.start, span.end)}
    if max_tokens >= MAX_PASSAGE_CHARS:  # else a single grapheme may have too many tokens
        assert not inside & {border for span in spans for border in (span.start, span.end)}


def _inside_graphemes(text: str) -> set[int]:
    """Return the offsets inside graphemes, except blank ones and those too long for a passage."""
    return {
        offset
        for match in regex.finditer(r"\X", text)
        if len(match[0]) <= MAX_PASSAGE_CHARS and not match[0][0].isspace()
        for offset in range(match.start() + 1, match.end())
    }


KEPT_HEADER = '{"format": 1, "began": "2026-01-01T00:00:00+00:00", "paths": ["/a"]}'
"""The first line of a saved conversation."""


class SmallCorpus:
    """A small corpus in a temporary folder, shared by all questions."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fuzz-")
        root = Path(self._folder.name)
        self.articles = root / "articles"
        self.articles.mkdir()
        for name, text in ARTICLES.items():
            (self.articles / name).write_bytes(text.encode())
        self.corpus = corpus_of(
            self.articles, stores=root / "stores", reader=SentenceReader(min_confidence=0.05)
        )
        self.corpus.sync()
        self.store = opened(root / "words")
        self.store.put([entry(name, text) for name, text in ARTICLES.items()], {})

    @functools.cached_property
    def response(self) -> Row:
        """The saved response to a question that is answered."""
        response = as_row(to_wire(self.corpus.ask("Was she born in 1932?")))
        assert response["answers"]
        return response

    @functools.cached_property
    def unsure_response(self) -> Row:
        """The saved response to a question with closest words."""
        response = as_row(to_wire(self.corpus.ask("When was the queen born?")))
        assert response["closest"]
        return response

    def close(self) -> None:
        self.corpus.close()
        self.store.close()
        self._folder.cleanup()


@functools.cache
def corpus() -> SmallCorpus:
    return SmallCorpus()


def check_ask(question: str, before: str) -> None:
    """A question has a response whose texts are all exact slices, or raises QuestionError."""
    conversation = Conversation(corpus().corpus)
    conversation.remember("Who was the queen?", before, follow_up=False)
    try:
        response = conversation.ask(question, 3)
    except QuestionError:
        unsound = any(unicodedata.category(c) == "Cs" for c in question + before)
        assert unsound or not question.strip()
        return
    shown = as_row(to_wire(response))
    assert shown["question"] == question.strip()
    assert 1 <= len(shown["passages"]) <= 3
    for passage in shown["passages"]:
        cited = passage["citation"]
        text = ARTICLES[cited["article"]]
        assert passage["text"] == text[cited["start"] : cited["end"]] != ""
        lines = _lines(text)
        assert cited["line_start"] == lines[cited["start"]]
        assert cited["line_end"] == lines[cited["end"] - 1]
        assert 0 <= passage["score"] <= 1
    for answer in [*shown["answers"], *filter(None, [shown["closest"]])]:
        cited = shown["passages"][answer["citation"] - 1]["citation"]
        assert cited["start"] <= answer["start"] < answer["end"] <= cited["end"]
        text = ARTICLES[cited["article"]]
        assert answer["text"] == text[answer["start"] : answer["end"]]
    json.dumps(shown, ensure_ascii=False).encode("utf-8")
    assert all(answer.score >= MIN_ANSWERED for answer in response.answers)
    for color in (True, False):
        for line in to_terminal(response, color=color, width=None):
            assert not {unicodedata.category(c) for c in line.plain} & UNSAFE


def check_matching(question: str) -> None:
    """Any word is searched for literally: no character in it has a special meaning."""
    parts = [question, *question.split(), *Question(question).words]
    with corpus().store.snapshot() as view:
        found = view.matching(parts, 100)
        places = view.passages([id for id, _ in found])
        unknown = view.unknown_words(parts)
    assert len(found) == len(places) <= 100
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    assert set(unknown) <= set(parts)
    assert bool(found) == (len(unknown) < len(parts))


def check_words(question: str) -> None:
    """The words of a question occur in it, and any question either is a follow-up or is not."""
    words = Question(question).words
    letters = _letters(question)
    assert all(_letters(word) in letters and _letters(word) for word in words)
    assert len(words) == len(set(words))
    terms = [term.shown for term in Question(question).terms]
    assert all(term in composed(question) for term in terms)
    assert is_follow_up(question) in (True, False)


def _letters(text: str) -> str:
    folded = composed(composed(text).casefold())
    return "".join(c for c in folded if unicodedata.category(c)[0] in "LMN")


def check_terminal(text: str) -> None:
    """No character that a terminal acts on is left, and safe text is unchanged."""
    assert not {unicodedata.category(c) for c in visible(text).replace("\n", "")} & UNSAFE
    assert not {unicodedata.category(c) for c in visible_line(text)} & UNSAFE
    assert not {unicodedata.category(c) for c in typed_line(text)} & UNSAFE
    for indent in (None, 2):
        printed = json_text([text], indent=indent)
        assert not {unicodedata.category(c) for c in printed.replace("\n", "")} & UNSAFE
        assert _paired(json.loads(printed)[0]) == _paired(text)
    safe = "".join(c for c in text if unicodedata.category(c) not in UNSAFE)
    assert visible(safe) == typed_line(safe) == safe


def _paired(text: str) -> str:
    """Return a text with surrogate pairs replaced by their characters, as JSON does."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def check_row(row: str) -> None:
    """A row of `qa ask --questions` is a question, or raises QuestionError with its line."""
    if not row.strip():
        return  # blank rows are skipped before they are parsed
    try:
        question, conversation = question_of(row, 7)
    except QuestionError as error:
        assert "Line 7 " in error.message
        return
    assert question.strip()
    assert conversation is None or isinstance(conversation, str)


def check_evaluate(text: str) -> None:
    """Rows with gold answers are questions that can be asked, in order, or raise QuestionError."""
    lines = text.splitlines(keepends=True)
    try:
        asked = read_questions(lines)
    except QuestionError as error:
        assert error.message
        return
    assert [one.line for one in asked] == [
        number for number, line in enumerate(lines, start=1) if line.lstrip("\ufeff").strip()
    ]
    for one in asked:
        json.loads(lines[one.line - 1].lstrip("\ufeff"))
        for part in (one.question, *one.answers, one.article or "", one.conversation or ""):
            part.encode("utf-8")
        assert one.question.strip()
        assert all(answer.strip() for answer in one.answers)
        assert all(0 <= gold.span.start < gold.span.end for gold in one.spans)


def check_saved(text: str) -> None:
    """Saved answers are checked quote by quote, or the text raises QuestionError."""
    try:
        responses = read_saved(text)
    except QuestionError as error:
        assert error.message
        return
    assert responses
    checked = verify(responses, root=corpus().articles)
    quotes = sum(len(one.quoted) + len(one.passages) for one in responses)
    assert len(checked) == quotes
    for one in checked:
        assert one.verdict in VERDICTS
        if one.place is not None:
            assert one.quote.citation is not None
            name = Path(one.quote.citation.article).name
            quoted = ARTICLES[name][one.place.start : one.place.end]
            assert one.quote.text == quoted
        if one.verdict == "stands":
            assert one.place is not None
            assert (one.place.start, one.place.end) == one.quote.span
    for line in verdict_lines(checked, all_quotes=True):
        assert not {unicodedata.category(c) for c in line} & UNSAFE
    printed = json.loads(json_text(verdicts_json(checked)), parse_constant=_no_number)
    assert printed["all_stand"] == all_as_cited(checked)


def _no_number(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def check_history(content: bytes) -> None:
    """Whatever a saved file contains, its conversation is read and can be exported, or skipped."""
    id = "20260101-000000-aaaa"
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        history = History(Path(folder))
        (Path(folder) / f"{id}.jsonl").write_bytes(content)
        kept = list(history.all())
        assert len(kept) <= 1
        try:
            assert [history.load(id)] == kept
        except StoreError:
            assert not kept
        for one in kept:
            assert one.title == one.responses[0].question
            exported(one.responses, ".md").encode("utf-8")
            lines = exported(one.responses, ".jsonl").encode("utf-8").splitlines()
            again = [json.loads(line, parse_constant=_no_number) for line in lines]
            assert again == [as_row(response) for response in one.responses]


def _text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _any_text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _load(content: bytes) -> None:
    encodings = [None, None, *TO_THE_LETTER, *OTHER_ENCODINGS]
    choice = content[0] if content else 0
    name = "some_file.md" if choice & 128 else "some-file.txt"
    check_load(content[1:], encodings[choice % 128 % len(encodings)], name)


def _split(content: bytes) -> None:
    check_split(_text(content[1:]), 2 * content[0] + 1 if content else 1)


def _ask(content: bytes) -> None:
    question, _, before = content.partition(b"\n")
    check_ask(_any_text(question), _text(before))


TARGETS: dict[str, Callable[[bytes], None]] = {
    "load": _load,
    "split": _split,
    "ask": _ask,
    "matching": lambda content: check_matching(_text(content)),
    "words": lambda content: check_words(_any_text(content)),
    "terminal": lambda content: check_terminal(_any_text(content)),
    "row": lambda content: check_row(_any_text(content)),
    "evaluate": lambda content: check_evaluate(_any_text(content)),
    "saved": lambda content: check_saved(_text(content)),
    "history": check_history,
}
QUESTIONS = [b'Who was the queen? "NEAR(*', "Où, e\u0301, 👩\u200d👩?".encode(), b"\xff\x1b[31m"]
GOLD = b"""{"question": "Who?", "answer": "Anna", "conversation": 3, "id": "a", "article": "a.txt"}
{"question": "Who?", "answers": ["Anna", "Anna Weiss"], "unanswerable": null}
{"question": "Who?", "spans": [{"article": "a.txt", "start": 1, "end": 5, "text": "Anna"}]}
"""


def seeds(target: str) -> list[bytes]:
    """Return inputs that keep the promises, for the fuzzer to start with."""
    if target in ("row", "evaluate"):
        return [GOLD, *GOLD.splitlines()]
    if target in ("saved", "history"):
        saved = json.dumps(corpus().response).encode()
        return [saved, saved + b"\n" + saved, KEPT_HEADER.encode() + b"\n" + saved + b"\n"]
    texts = [text.encode() for text in ARTICLES.values()]
    if target == "load":
        texts += [mark + texts[1].decode().encode(name) for mark, name in BYTE_ORDER_MARKS]
        return [choice + text for text in texts for choice in (b"\0", b"\x80", b"\x10")]
    return texts + QUESTIONS if target == "terminal" else QUESTIONS + [b"\x7f" + t for t in texts]


TRACED = ("index", "qa")
"""Packages whose branches guide the fuzzer."""
MAX_INPUT_SECONDS = 20
"""An input that takes longer is reported as a hang."""
MAX_INPUT_BYTES = 8_000
"""Longer inputs slow the fuzzer down."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzz the targets, and return the exit code: not 0 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.fuzz")
    parser.add_argument("target", nargs="?", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    given = parser.parse_args(arguments)
    try:
        import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]  # optional
    except ImportError:
        parser.exit(
            2, "python -m tests.support.fuzz: atheris is missing; run: pip install atheris\n"
        )
    if given.target is None:
        codes = {}
        for target in TARGETS:
            print(f"== {target}", flush=True)
            program = [sys.executable, "-m", "tests.support.fuzz"]
            command = [*program, "--seconds", str(given.seconds), target]
            codes[target] = subprocess.run(command, check=False).returncode
        broken = [target for target, code in codes.items() if code]
        print(f"broken: {', '.join(broken) or 'none'}")
        return 1 if broken else 0
    for function in _functions():
        atheris.instrument_func(function)
    folder = Path(tempfile.mkdtemp(prefix=f"fuzz-{given.target}-"))
    (folder / "corpus").mkdir()
    for number, seed in enumerate(seeds(given.target)):
        (folder / "corpus" / f"seed-{number}").write_bytes(seed)
    options = [
        f"-max_total_time={given.seconds}",
        f"-timeout={MAX_INPUT_SECONDS}",
        f"-max_len={MAX_INPUT_BYTES}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], TARGETS[given.target])
    atheris.Fuzz()  # ends the process
    return 0


def _functions() -> list[Callable[..., object]]:
    """Return the functions and methods of the packages to trace."""
    owners = [module for name, module in sys.modules.items() if name.partition(".")[0] in TRACED]
    classes = [
        value
        for owner in owners
        for value in vars(owner).values()
        if inspect.isclass(value) and value.__module__ == owner.__name__
    ]
    return list(
        {
            value
            for owner in [*owners, *classes]
            for value in vars(owner).values()
            if inspect.isfunction(value) and value.__module__.partition(".")[0] in TRACED
        }
    )


if __name__ == "__main__":
    sys.exit(main())
