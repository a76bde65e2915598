"""Saved quotes against edited files: verdicts agree with a plain search for each quote."""

from __future__ import annotations

import codecs
import copy
import errno
import json
import os
import random
import re
import stat
import tempfile
import textwrap
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from index.split import sentence_spans
from index.types import Span
from qa.answers import verify as verification
from qa.answers.history import History
from qa.answers.verify import Checked, all_as_cited, to_json
from qa.answers.wire import to_wire
from qa.commands.verify import to_lines
from qa.reader.sentences import SentenceReader
from qa.show.markdown import exported
from tests.support.corpora import corpus_of
from tests.support.examples import examples
from tests.support.program import Program
from tests.support.responses import SCHEMA_1, Row, as_response, as_row, is_response, saved_row

MAX_BYTES = 100_000
WORDS = (
    "river mountain city queen king war peace trade boat field café naïve 漢字 日本 😀 👩\u200d👦 "
    "e\u0301te\u0301 [x] 1932 \x1b[2J a\u00a0b \u202egpj"
).split(" ")
"""Where offsets tend to go wrong: multi-byte, combining and invisible characters."""
ENDS = ["\n", "\r\n", "\r", "\n"]


def article(seed: int) -> str:
    """Some paragraphs in which sentences may be repeated."""
    draw = random.Random(seed)
    end = ENDS[seed % len(ENDS)]
    sentences = [
        f"The {' '.join(draw.choices(WORDS, k=draw.randint(3, 12)))} was old.".capitalize()
        for _ in range(25)
    ]
    text = "".join(
        f"{sentence}{draw.choice([' ', ' ', end, end + end])}"
        for sentence in [*sentences, *draw.choices(sentences, k=8)]
    )
    return text.replace(end, "\n", 1) if seed == 3 else text  # two kinds of line ends


ARTICLES = {f"{'old/' if seed % 2 else ''}{seed} é.txt": article(seed) for seed in range(6)}
QUESTIONS = [f"What of the {one} {other}?" for one in WORDS[:6] for other in WORDS[6:12:2]]


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())


Asked = Callable[[Path], list[Row]]


def verify(rows: Sequence[Row], **options: Any) -> list[Checked]:
    """Verify rows, which may have values that are invalid in our JSON."""
    return verification.verify([as_response(row) for row in rows], **options)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """Responses from the articles, free to change, as if the articles were in a given folder."""
    folder = tmp_path_factory.mktemp("corpus")
    write(folder, ARTICLES)
    stores = tmp_path_factory.mktemp("stores")
    with corpus_of(folder, stores=stores, reader=SentenceReader(0.57, 0.1)) as corpus:
        responses = [as_row(to_wire(corpus.ask(question))) for question in QUESTIONS]
    assert sum(bool(one["answers"]) for one in responses) > 3
    assert sum(bool(one["closest"]) for one in responses) > 3

    def placed(elsewhere: Path) -> list[Row]:
        mine = copy.deepcopy(responses)
        for passage in (passage for one in mine for passage in one["passages"]):
            cited = passage["citation"]
            cited["path"] = cited["path"].replace(str(folder), str(elsewhere))
        return mine

    return placed


# The verdicts of a plain search

Verdict = tuple[str, tuple[int, int, int, int] | None]


def by_hand(responses: list[Row], max_bytes: int = MAX_BYTES) -> Iterator[Verdict]:
    for one in responses:
        passages = {passage["rank"]: passage for passage in one["passages"]}
        for answer in [*one["answers"], *filter(None, [one["closest"]])]:
            own = passages.get(answer["citation"])
            yield ("gone", None) if own is None else of_answer(answer, own, max_bytes)
        for passage in one["passages"]:
            yield of_passage(passage, max_bytes)


def of_passage(passage: Any, max_bytes: int) -> Verdict:
    cited = passage["citation"]
    text, why = text_of(cited["path"], max_bytes)
    if why:
        return why, None
    found = nearest(text, passage["text"], cited["start"])
    if found is None:
        return "same words" if has_words(text, passage["text"]) else "gone", None
    place = place_of(text, found, len(passage["text"]))
    expected = tuple(cited[key] for key in ("start", "end", "line_start", "line_end"))
    return ("stands" if place == expected else "moved"), place


def of_answer(answer: Any, own: Any, max_bytes: int) -> Verdict:
    cited, quote = own["citation"], answer["text"]
    text, why = text_of(cited["path"], max_bytes)
    if why:
        return why, None
    inside = answer["start"] - cited["start"]
    if inside < 0 or not own["text"][inside:].startswith(quote):
        return "gone", None
    found = nearest(text, own["text"], cited["start"])
    if found is None:  # then the sentences that any of its letters is in
        passage = Span(0, len(own["text"]))
        letters = set(range(inside, inside + len(quote)))
        sentences = [set(range(s.start, s.end)) for s in sentence_spans(own["text"], passage)]
        touched = set().union(*(sentence for sentence in sentences if sentence & letters))
        same_words = "same words" if has_words(text, own["text"]) else "gone"
        if not touched:
            return same_words, None
        begin, end = min(touched | letters), max(touched | letters) + 1
        found = nearest(text, own["text"][begin:end], cited["start"] + begin)
        if found is None:
            if has_words(text, own["text"][begin:end]):
                return "same words", None
            return same_words, None
        found -= begin
    place = place_of(text, found + inside, len(quote))
    return ("stands" if place[:2] == (answer["start"], answer["end"]) else "moved"), place


def nearest(text: str, quote: str, cited: int) -> int | None:
    places = [at for at in range(len(text)) if text.startswith(quote, at)]
    return min(places, key=lambda at: (abs(at - cited), at)) if places else None


def plain(text: str) -> str:
    """A text in which white space and Unicode forms make no difference."""
    decomposed = unicodedata.normalize("NFD", " ".join(text.split()))
    return re.sub(f"(?<={CJK}) (?={CJK})", "", decomposed)


CJK = "[\u3041-\u30ff\u4e00-\u9fff]"


def has_words(text: str, quote: str) -> bool:
    text, quote = plain(text), plain(quote)
    return any(
        text.startswith(quote, at) and not unicodedata.combining(text[at + len(quote) :][:1] or "x")
        for at in range(len(text))
    )


def place_of(text: str, start: int, length: int) -> tuple[int, int, int, int]:
    ends = [match.end() for match in re.finditer("\r\n|\r|\n", text)]
    first = 1 + sum(end <= start for end in ends)
    last = 1 + sum(end <= start + length - 1 for end in ends)
    return start, start + length, first, last


def text_of(path: str, max_bytes: int) -> tuple[str, str]:
    """The text of a file, or the verdict if it cannot be read."""
    if path == "-":
        return "", "no file"
    try:
        found = os.stat(path)
    except ValueError:
        return "", "no file"
    except OSError as error:
        return "", "unreadable" if error.errno == errno.ELOOP else "no file"
    if not stat.S_ISREG(found.st_mode) or found.st_size > max_bytes:
        return "", "unreadable"
    content = Path(path).read_bytes()
    marks = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", b"": "utf-8"}
    mark = next(mark for mark in marks if content.startswith(mark))
    try:
        text = content[len(mark) :].decode(marks[mark])
    except UnicodeDecodeError:
        return "", "unreadable"
    if "\0" in text:
        return "", "unreadable"
    return (text, "") if text.strip() else ("", "")


# Edits of files


def edited(change: Callable[[str, random.Random], str]) -> Callable[[Path, random.Random], None]:
    def edit(file: Path, draw: random.Random) -> None:
        text = file.read_bytes().decode("utf-8")
        file.write_bytes(change(text, draw).encode())

    return edit


def stretch(text: str, draw: random.Random) -> tuple[int, int]:
    start = draw.randrange(len(text) + 1)
    return start, min(len(text), start + draw.randint(0, 300))


def cut(text: str, draw: random.Random) -> str:
    start, end = stretch(text, draw)
    return text[:start] + text[end:]


def cut_and_pasted(text: str, draw: random.Random) -> str:
    start, end = stretch(text, draw)
    rest = text[:start] + text[end:]
    at = draw.randrange(len(rest) + 1)
    return rest[:at] + text[start:end] + rest[at:]


def repeated(text: str, draw: random.Random) -> str:
    start, end = stretch(text, draw)
    at = draw.randrange(len(text) + 1)
    return text[:at] + text[start:end] + text[at:]


def one_character_other(text: str, draw: random.Random) -> str:
    at = draw.randrange(len(text) or 1)
    return text[:at] + draw.choice(["é", "\r", "\n", "", " "]) + text[at + 1 :]


def wrapped(text: str, draw: random.Random) -> str:
    width, end = draw.randint(20, 80), draw.choice(ENDS)
    return (end + end).join(
        textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False)
        for paragraph in re.split(r"\n\n|\r\n\r\n|\r\r", text)
    )


def invalid(file: Path, draw: random.Random) -> None:
    content = file.read_bytes()
    at = draw.randrange(len(content) + 1)
    file.write_bytes(content[:at] + draw.choice([b"\xff", b"\0", b"\xc3"]) + b"(" + content[at:])


def truncated(file: Path, draw: random.Random) -> None:
    os.truncate(file, draw.randrange(file.stat().st_size + 1))


def renamed(file: Path, _: random.Random) -> None:
    file.rename(file.with_name("elsewhere"))


def now_a_folder(file: Path, _: random.Random) -> None:
    file.unlink()
    file.mkdir()


def now_a_pipe(file: Path, _: random.Random) -> None:
    file.unlink()
    os.mkfifo(file)


def now_a_link(file: Path, draw: random.Random) -> None:
    renamed(file, draw)
    file.symlink_to(draw.choice(["elsewhere", "nowhere", file.name, "/dev/zero", "."]))


def in_utf_16(file: Path, _: random.Random) -> None:
    text = file.read_bytes().decode("utf-8")
    file.write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le"))


def marked(file: Path, _: random.Random) -> None:
    file.write_bytes(codecs.BOM_UTF8 + file.read_bytes())


def folder_removed(file: Path, draw: random.Random) -> None:
    if file.parent.name == "old":
        file.parent.rename(file.parent.with_name("away"))
    else:
        renamed(file, draw)


def folder_a_file(file: Path, draw: random.Random) -> None:
    folder_removed(file, draw)
    if not file.parent.exists():
        file.parent.write_text("x")


EDITS: dict[str, Callable[[Path, random.Random], object]] = {
    "nothing": lambda file, draw: None,
    "touched": lambda file, draw: file.touch(),
    "prefix": edited(lambda text, draw: draw.choice(["x", "\n", "\r\n", "😀 "]) + text),
    "suffix": edited(lambda text, draw: f"{text}\r\nMore."),
    "cut": edited(cut),
    "moved": edited(cut_and_pasted),
    "repeated": edited(repeated),
    "a character": edited(one_character_other),
    "twice": edited(lambda text, draw: text + text),
    "line ends": edited(lambda text, draw: re.sub("\r\n|\r|\n", draw.choice(ENDS), text)),
    "upper case": edited(lambda text, draw: text.upper()),
    "composed": edited(lambda text, draw: unicodedata.normalize("NFC", text)),
    "decomposed": edited(lambda text, draw: unicodedata.normalize("NFD", text)),
    "wrapped": edited(wrapped),
    "truncated": truncated,
    "emptied": edited(lambda text, draw: ""),
    "blank": edited(lambda text, draw: " \n\t\n"),
    "removed": lambda file, draw: file.unlink(),
    "renamed": renamed,
    "folder": now_a_folder,
    "pipe": now_a_pipe,
    "link": now_a_link,
    "invalid": invalid,
    "UTF-16": in_utf_16,
    "mark": marked,
    "large": edited(lambda text, draw: text + "x" * MAX_BYTES),
    "folder removed": folder_removed,
    "folder a file": folder_a_file,
}
PATHS = [
    "/dev/zero",
    "/dev/null",
    "/dev/fd",
    "a\0b",
    "/x\ud800y",
    "/\udcff",
    "-",
    ".",
    "x" * 5000,
    "~",
]


def tampered(responses: list[Row], draw: random.Random) -> str:
    """Tamper with a response, and return what was changed."""
    one: Any = draw.choice([one for one in responses if one["passages"]])
    passage = draw.choice(one["passages"])
    cited = passage["citation"]
    quoted = draw.choice([*one["answers"], passage])
    spanned = quoted if "start" in quoted else cited
    kind = draw.choice(
        ["text", "longer", "shorter", "start", "end", "both", "lines", "rank", "path", "article"]
    )
    shift = draw.choice([-1, 1, 2, -50, 50, 10**6, 10**30])
    if kind == "text":
        quoted["text"] = one_character_other(quoted["text"], draw) or "x"
    elif kind == "longer":
        quoted["text"] += draw.choice([" ", "x", quoted["text"]])
    elif kind == "shorter":
        quoted["text"] = quoted["text"][1:] or "x"
    elif kind in ("start", "end"):
        spanned[kind] = max(0, spanned[kind] + shift)
    elif kind == "both":
        spanned["start"] = max(0, spanned["start"] + shift)
        spanned["end"] = max(0, spanned["end"] + shift)
    elif kind == "lines":
        line = draw.choice(["line_start", "line_end"])
        cited[line] = max(1, cited[line] + shift)
    elif kind == "rank":
        passage["rank"] = 1000 + draw.randrange(3) if draw.random() < 0.5 else passage["rank"]
        for answer in one["answers"]:
            answer["citation"] = draw.randint(1, 4)
    elif kind == "path":
        cited["path"] = draw.choice([*PATHS, *(p["citation"]["path"] for p in one["passages"])])
    else:
        cited["article"] = draw.choice(["../../etc/passwd", "/etc/passwd", "x\0", "\ud800", "-"])
    return kind


def agree(checked: list[Checked], expected: list[Verdict]) -> None:
    assert len(checked) == len(expected)
    for one, (verdict, place) in zip(checked, expected, strict=True):
        now = one.place
        found = now and (now.start, now.end, now.line_start, now.line_end)
        if verdict == "same words" and one.quote.citation and now:
            text, _ = text_of(one.quote.citation.path, MAX_BYTES)
            assert plain(text[now.start : now.end]) == plain(one.quote.text)
            found = place  # by hand, only the verdict
        assert (one.verdict, found) == (verdict, place), one.quote
    for one in checked:
        if one.verdict == "stands":
            assert_stands(one)


def assert_stands(one: Checked) -> None:
    """The bytes of the file have the quote: this must never be wrong."""
    assert one.quote.citation
    text, why = text_of(one.quote.citation.path, 10**9)
    start, end = one.quote.span
    assert not why
    assert text[start:end] == one.quote.text
    assert len(one.quote.text) == end - start


thorough = settings(examples(150), suppress_health_check=[HealthCheck.too_slow])


@thorough
@given(
    seed=st.integers(0, 10**9),
    edits=st.lists(st.sampled_from(sorted(EDITS)), max_size=4),
    tampers=st.integers(0, 3),
)
def test_every_verdict_is_the_one_of_a_plain_search(
    asked: Asked, seed: int, edits: list[str], tampers: int
) -> None:
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, ARTICLES)
        responses = draw.sample(asked(folder), 5)
        files = sorted(folder.rglob("*.txt"))
        for edit in edits:
            file = draw.choice(files)
            if file.is_file() and not file.is_symlink() and is_utf_8(file):
                EDITS[edit](file, draw)
                event(edit)
        for _ in range(tampers):
            event(f"tampered: {tampered(responses, draw)}")
        expected = list(by_hand(responses))
        agree(verify(responses, max_bytes=MAX_BYTES), expected)
        for verdict, _ in expected:
            event(verdict)
        for file in folder.rglob("*"):
            if file.is_fifo():
                file.unlink()


def is_utf_8(file: Path) -> bool:
    try:
        return not file.read_bytes().decode("utf-8").startswith("\ufeff")
    except UnicodeDecodeError:
        return False


@pytest.mark.parametrize("edit", sorted(EDITS))
def test_each_kind_of_edit_gets_the_verdict_of_a_plain_search(
    asked: Asked, tmp_path: Path, edit: str
) -> None:
    draw = random.Random(edit)
    write(tmp_path, ARTICLES)
    responses = asked(tmp_path)
    before = verify(responses, max_bytes=MAX_BYTES)
    assert all_as_cited(before)
    assert not any(one.file_changed for one in before)
    for file in sorted(tmp_path.rglob("*.txt")):
        if file.exists():  # its folder may already be gone
            EDITS[edit](file, draw)
    checked = verify(responses, max_bytes=MAX_BYTES)
    agree(checked, list(by_hand(responses)))
    met = {one.verdict for one in checked}
    allowed: dict[str, set[str]] = {
        "nothing": {"stands"},
        "touched": {"stands"},
        "suffix": {"stands"},
        "prefix": {"moved"},
        "emptied": {"gone"},
        "blank": {"gone"},
        "removed": {"no file"},
        "renamed": {"no file"},
        "folder removed": {"no file"},
        "folder a file": {"no file"},
        "folder": {"unreadable"},
        "pipe": {"unreadable"},
        "invalid": {"unreadable"},
        "large": {"unreadable"},
        "UTF-16": {"stands"},
        "mark": {"stands"},
        "line ends": {"stands", "moved", "same words"},
        "composed": {"stands", "moved", "same words"},
        "decomposed": {"stands", "moved", "same words"},
        "wrapped": {"stands", "moved", "same words"},
    }
    others = {"stands", "moved", "same words", "gone", "unreadable", "no file"}
    assert met <= allowed.get(edit, others)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_read_permission_is_unreadable(asked: Asked, tmp_path: Path) -> None:
    write(tmp_path, ARTICLES)
    for file in tmp_path.rglob("*.txt"):
        file.chmod(0)
    checked = verify(asked(tmp_path))
    assert {(one.verdict, one.detail) for one in checked} == {("unreadable", "permission denied")}


# Single cases


def saved(
    file: Path, text: str, *quotes: tuple[int, int], answers: Sequence[tuple[int, int]] = ()
) -> Row:
    """A response that quotes a file, with the answers in the first quote."""
    one = saved_row("Who?")
    file.write_bytes(text.encode())
    one["passages"] = []
    for rank, (start, end) in enumerate(quotes, start=1):
        _, _, first, last = place_of(text, start, end - start)
        cited = {
            "article": file.name, "title": "T", "path": str(file), "start": start, "end": end,
            "line_start": first, "line_end": last, "sha256": sha256(text.encode()).hexdigest(),
        }  # fmt: skip
        row = {"rank": rank, "score": 0.5, "text": text[start:end], "citation": cited}
        one["passages"].append(row)
    one["answers"] = [
        {"text": text[start:end], "score": 0.5, "start": start, "end": end, "citation": 1}
        for start, end in answers
    ]
    one["outcome"] = "answered" if answers else "not_found"
    assert is_response(one)
    return one


@pytest.mark.parametrize(
    ("now", "place"),
    [
        ("......quote.........quote..", 6),  # as near as 20, but first
        ("...........quote..........", 11),
        ("quotequote.................quote", 5),
        ("..................quote.quote", 18),
        (".............quote", 13),
    ],
)
def test_a_moved_quote_is_found_at_its_nearest_occurrence(
    tmp_path: Path, now: str, place: int
) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "............ quote ...", (13, 18))
    file.write_text(now)
    (checked,) = verify([one])
    assert checked.place
    assert (checked.verdict, checked.place.start) == ("stands" if place == 13 else "moved", place)


def test_an_answer_moves_with_its_passage(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    text = "In 1932 it rained. The bridge is of 1932, they say."
    one = saved(file, text, (19, 51), answers=[(36, 40)])
    file.write_text("1932 and 1932. " + text)
    answer, passage = verify([one])
    assert (answer.verdict, passage.verdict) == ("moved", "moved")
    assert answer.place
    assert (answer.place.start, answer.place.end) == (51, 55)


def test_the_same_word_elsewhere_does_not_prove_an_answer(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "The bridge is of 1932, they say.", (0, 32), answers=[(17, 21)])
    file.write_text("The bridge is of 1933. The king died in 1932.")
    assert [checked.verdict for checked in verify([one])] == ["gone", "gone"]


TWO_SENTENCES = "It was cold. The bridge is of 1932, they say. It rained."


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (TWO_SENTENCES.replace("rained", "snowed"), "stands"),
        (TWO_SENTENCES.replace("cold", "very warm"), "moved"),
        ("The bridge is of 1932, they say.", "moved"),
        (TWO_SENTENCES.replace("The bridge", "The mosque"), "gone"),
        (TWO_SENTENCES.replace(", they", "; they"), "gone"),
        ("." * TWO_SENTENCES.index("1932") + "1932", "gone"),
    ],
)
def test_without_its_passage_an_answer_depends_on_its_sentence(
    tmp_path: Path, now: str, verdict: str
) -> None:
    file = tmp_path / "a.txt"
    start = TWO_SENTENCES.index("1932")
    one = saved(file, TWO_SENTENCES, (0, len(TWO_SENTENCES)), answers=[(start, start + 4)])
    file.write_text(now)
    answer, passage = verify([one])
    assert (answer.verdict, passage.verdict) == (verdict, "gone")
    assert answer.place is None or now[answer.place.start : answer.place.end] == "1932"


@pytest.mark.parametrize(
    ("text", "answer", "changes", "verdict"),
    [
        (TWO_SENTENCES, "say. It", "cold", "stands"),
        (TWO_SENTENCES, "say. It", "rained", "gone"),
        (TWO_SENTENCES, "say. It", "bridge", "gone"),
        (TWO_SENTENCES, " It rained.", "cold", "stands"),
        (TWO_SENTENCES, " It rained.", "bridge", "stands"),
        (TWO_SENTENCES, " It rained.", " It", "gone"),
        ("橋は古い。王は若い。雨が降った。", "王は若い。", "雨", "stands"),
        ("橋は古い。王は若い。雨が降った。", "王は若い。", "橋", "stands"),
        ("橋は古い。王は若い。雨が降った。", "古い。", "王", "stands"),
        ("橋は古い。王は若い。雨が降った。", "古い。", "橋", "gone"),
    ],
)
def test_only_the_sentences_around_an_answer_must_still_be_there(
    tmp_path: Path, text: str, answer: str, changes: str, verdict: str
) -> None:
    file = tmp_path / "a.txt"
    start = text.index(answer)
    one = saved(file, text, (0, len(text)), answers=[(start, start + len(answer))])
    file.write_text(text.replace(changes, "x" * len(changes)))
    assert [checked.verdict for checked in verify([one])] == [verdict, "gone"]


def test_the_nearest_of_two_equal_sentences_is_used(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    text = f"{'So it goes on and on. ' * 3}Of 1932, it is."
    start = text.index("1932")
    one = saved(file, text, (0, len(text)), answers=[(start, start + 4)])
    file.write_text(f"{'.' * 40} Of 1932, it is. {'.' * 20} Of 1932, it is.")
    answer, _ = verify([one])
    assert answer.place
    assert answer.place.start == file.read_text().rindex("1932")


def test_the_same_word_at_the_old_place_proves_nothing_if_its_passage_moved(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.txt"
    text = "Of 1932, they say, is the bridge."
    one = saved(file, text, (0, len(text)), answers=[(3, 7)])
    file.write_text(f"In 1932 the king died. {text}")
    answer, _ = verify([one])
    assert answer.place
    assert (answer.verdict, answer.place.start) == ("moved", 26)


@pytest.mark.parametrize(
    ("text", "passage", "answer"),
    [
        ("The bridge is of 1932. A king.", (0, 22), (23, 29)),
        ("1932 1932.", (5, 10), (0, 4)),  # as far from it as the other one
    ],
)
def test_an_answer_that_is_not_in_its_own_passage_is_gone(
    tmp_path: Path, text: str, passage: tuple[int, int], answer: tuple[int, int]
) -> None:
    one = saved(tmp_path / "a.txt", text, passage, answers=[answer])
    found, around = verify([one])
    assert (found.verdict, around.verdict) == ("gone", "stands")


def test_an_answer_without_a_passage_is_gone(tmp_path: Path) -> None:
    one = saved(tmp_path / "a.txt", "The bridge is of 1932.", (0, 22), answers=[(17, 21)])
    one["answers"][0]["citation"] = 2
    answer, passage = verify([one])
    assert (answer.verdict, passage.verdict) == ("gone", "stands")
    assert "no passage 2" in answer.detail
    assert to_json([answer])["quotes"][0]["article"] is None
    assert list(to_lines([answer]))[1].startswith("gone        answer [2] passage 2")


def test_a_quote_moved_within_its_line_is_shown_with_the_distance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "a.txt"
    one = saved(file, "One.\nThe bridge.", (5, 16))
    for text, shown in {
        "One.\nOh! The bridge.": "line 2, 4 characters later",
        "Ones.\nThe bridge.": "line 2, 1 character later",
        "I.\nThe bridge.": "line 2, 2 characters earlier",
        "\nOne.\nThe bridge.": "line 3",
    }.items():
        file.write_bytes(text.encode())
        assert list(to_lines(verify([one])))[1].endswith(f"passage [1] a.txt:2 → {shown}")


def test_quotes_are_listed_below_their_question(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    text = "The bridge. The tower."
    rows = [saved(file, text, (0, 11), (12, 22)) | {"question": f"{n}\x1b?"} for n in (1, 2)]
    file.write_bytes(b"The bridge.")
    lines = list(to_lines(verify(rows), all_quotes=True))
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == (
        ["question", "stands", "gone", "question", "stands", "gone", "4"]
    )
    assert lines[0] == "question    1␛?"
    assert "stands" not in "".join(to_lines(verify(rows)))


def test_a_quote_beyond_the_end_of_its_file_is_not_as_cited(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "The bridge.", (4, 11), answers=[(4, 10)])
    one["answers"][0]["text"] = "bridge."
    one["answers"][0]["end"] = 99  # slicing stops at the end of the text
    assert verify([one])[0].verdict == "moved"


def test_the_lines_of_a_passage_are_also_checked(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "One\r\ntwo\rthree\nfour", (5, 14))
    assert verify([one])[0].verdict == "stands"
    file.write_bytes(b"One, two\rthree\nfour")  # same length, one line fewer
    (checked,) = verify([one])
    assert checked.place
    assert (checked.verdict, checked.place.line_start, checked.place.line_end) == ("moved", 1, 2)


def test_a_quote_in_a_file_that_changed_elsewhere_is_as_cited_and_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "The bridge. Old.", (0, 11))
    file.write_text("The bridge. New.")
    (checked,) = verify([one])
    assert (checked.verdict, checked.file_changed) == ("stands", True)
    assert "the file has changed" in "\n".join(to_lines([checked], all_quotes=True))


def test_quotes_from_standard_input_have_no_file(tmp_path: Path) -> None:
    one = saved(tmp_path / "a.txt", "The bridge.", (0, 11))
    one["passages"][0]["citation"]["path"] = "-"
    for root in (None, tmp_path):
        (checked,) = verify([one], root=root)
        assert (checked.verdict, "standard input" in checked.detail) == ("no file", True)


def test_a_file_is_read_once_for_all_its_quotes(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, ARTICLES)
    opened: Counter[Path] = Counter()
    real = Path.open

    def counting(path: Path, *arguments: Any, **options: Any) -> Any:
        opened[path] += 1
        return real(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", counting)
    heard: list[tuple[int, int]] = []
    verify(asked(tmp_path), on_file=lambda done, total: heard.append((done, total)))
    assert set(opened.values()) == {1}
    assert heard == [(number, len(opened)) for number in range(1, len(opened) + 1)]


def test_moved_articles_are_found_below_a_root(asked: Asked, tmp_path: Path) -> None:
    write(tmp_path / "now", ARTICLES)
    responses = asked(tmp_path / "before")
    assert {one.verdict for one in verify(responses)} == {"no file"}
    assert all_as_cited(verify(responses, root=tmp_path / "now"))


@pytest.mark.parametrize("id", ["../out.txt", "in/../../out.txt", "in/..", "..", "absolute"])
def test_nothing_outside_of_a_root_is_read(tmp_path: Path, id: str) -> None:
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    one = saved(tmp_path / "out.txt", "The bridge.", (0, 11))
    cited = one["passages"][0]["citation"]
    cited["article"] = str(tmp_path / "out.txt") if id == "absolute" else id
    assert all_as_cited(verify([one]))
    (checked,) = verify([one], root=root)
    assert (checked.verdict, checked.detail) == ("no file", "outside of the root folder")


def test_a_link_below_a_root_may_lead_out_of_it(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    one = saved(tmp_path / "out.txt", "The bridge.", (0, 11))
    (root / "out.txt").symlink_to(tmp_path / "out.txt")
    assert all_as_cited(verify([one], root=root))


def test_a_missing_quote_in_an_unchanged_file_hints_at_the_encoding(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "Un café, crème.", (3, 7), answers=[(3, 6)])
    file.write_bytes("Un café, crème.".encode("cp500"))
    one["passages"][0]["citation"]["sha256"] = sha256(file.read_bytes()).hexdigest()
    assert all_as_cited(verify([one], encoding="cp500"))
    for checked in verify([one], encoding="latin-1"):
        assert (checked.verdict, "another --encoding?" in checked.detail) == ("gone", True)
    file.write_bytes(b"changed")
    assert not any("--encoding" in checked.detail for checked in verify([one]))


def test_the_encoding_option_is_used(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "Un café, crème.", (3, 7))
    file.write_bytes("Un café, crème.".encode("cp500"))
    assert verify([one], encoding="cp500")[0].verdict == "stands"
    assert verify([one])[0].verdict != "stands"


def test_a_file_larger_than_allowed_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    one = saved(file, "The bridge.", (0, 11))
    assert verify([one], max_bytes=11)[0].verdict == "stands"
    (checked,) = verify([one], max_bytes=10)
    assert (checked.verdict, "--max-size" in checked.detail) == ("unreadable", True)


# The command


@pytest.fixture
def bridge(tmp_path: Path) -> Path:
    file = tmp_path / "notes" / "bridge.txt"
    file.parent.mkdir()
    file.write_bytes("Über 😀.\r\nThe bridge was built in 1932.\r\nIt is long.\r\n".encode())
    return file


ASK = "When was the bridge built?"


def test_printed_quotes_are_as_cited_until_the_file_changes(
    program: Program, bridge: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answers = tmp_path / "answers.json"
    answers.write_bytes(program.run("ask", "--json", ASK, str(bridge)).out)
    ran = program.run("verify", str(answers))
    assert (ran.code, ran.text, ran.err) == (0, "2 quotes: 2 as cited\n", b"")
    bridge.write_bytes(b"\r\n" + bridge.read_bytes())
    ran = program.run("verify", str(answers))
    assert ran.code == 1
    assert "moved       passage [1] notes/bridge.txt:1 → line 2" in ran.text
    assert ran.text.endswith("2 quotes: 2 elsewhere in the file\n")
    bridge.unlink()
    ran = program.run("verify", "--json", str(answers))
    assert (ran.code, ran.json["all_stand"], ran.json["counts"]["no file"]) == (1, False, 2)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("\r\n", "\n"), "only white space differs"),
        (lambda text: " ".join(text.split()), "only white space differs"),
        (lambda text: text.replace(" ", "\n"), "only white space differs"),
        (lambda text: unicodedata.normalize("NFD", text), "only its Unicode form differs"),
        (
            lambda text: unicodedata.normalize("NFD", text.replace("\r\n", "\n\n")),
            "only white space and its Unicode form differ",
        ),
    ],
)
def test_a_file_with_the_same_words_is_told_from_one_without_the_quote(
    program: Program, bridge: Path, tmp_path: Path, change: Callable[[str], str], says: str
) -> None:
    bridge.write_bytes("Vor Köln.\r\nThe bridge at Köln was\r\nbuilt in 1932 by Ute Groß.".encode())
    answers = tmp_path / "answers.json"
    answers.write_bytes(program.run("ask", "--json", "-k", "1", ASK, str(bridge)).out)
    bridge.write_bytes(change(bridge.read_bytes().decode()).encode())
    ran = program.run("verify", str(answers))
    assert ran.code == 1
    assert f"({says})" in ran.text
    assert ran.text.endswith("2 quotes: 2 the same but for white space or Unicode form\n")
    report = program.run("verify", "--json", str(answers)).json
    assert (report["all_stand"], report["counts"]["same words"]) == (False, 2)
    text = bridge.read_bytes().decode()
    for one in report["quotes"]:
        assert plain(text[one["now"]["start"] : one["now"]["end"]]) == plain(one["text"])
    bridge.write_bytes(text.replace("1932", "1933").encode())
    assert program.run("verify", "--json", str(answers)).json["counts"]["gone"] == 2


@pytest.mark.parametrize("source", ["questions", "history", "chat", "stdin", "pretty, twice"])
def test_answers_are_verified_wherever_they_were_saved(
    program: Program, bridge: Path, tmp_path: Path, source: str
) -> None:
    asked_once = program.run("ask", "--json", ASK, str(bridge))
    rows = [asked_once.json, asked_once.json]
    answers = tmp_path / "answers"
    if source == "history":
        for row in rows:
            History(tmp_path / "home/state/article-qa/conversations").add(
                "20260101-000000-aa", [], as_response(row)
            )
        answers.write_bytes(program.run("history", "--json", "latest").out)
    elif source == "chat":
        answers.write_text(exported(map(as_response, rows), ".jsonl"), "utf-8")
    elif source == "questions":
        questions = f"{ASK}\n{ASK}\n".encode()
        printed = program.run("ask", "--questions", "-", str(bridge), stdin=questions)
        answers.write_bytes(printed.out)
    else:
        answers.write_bytes(asked_once.out * 2)
    if source == "stdin":
        ran = program.run("verify", "-", "--json", stdin=answers.read_bytes())
    else:
        ran = program.run("verify", str(answers), "--json")
    assert ran.code == 0
    assert [quote["kind"] for quote in ran.json["quotes"]] == ["answer", "passage"] * 2
    assert {quote["verdict"] for quote in ran.json["quotes"]} == {"stands"}


def test_the_closest_words_of_an_unsure_response_are_verified(
    program: Program, bridge: Path
) -> None:
    asked = program.run("ask", "--json", "--min-confidence", "1", ASK, str(bridge))
    assert (asked.code, asked.json["outcome"]) == (1, "unsure")
    ran = program.run("verify", "--all", "-", stdin=asked.out)
    assert ran.code == 0
    assert [line.split()[:2] for line in ran.text.splitlines()[1::2]] == [
        ["stands", "closest"],
        ["stands", "passage"],
        ["2", "quotes:"],
    ]
    false = json.dumps({**asked.json, "closest": {**asked.json["closest"], "text": "The ferry"}})
    ran = program.run("verify", "-", stdin=false.encode())
    assert (ran.code, "gone        closest [1]" in ran.text) == (1, True)
    bridge.write_bytes(bridge.read_bytes().replace(b"1932", b"1933"))
    ran = program.run("verify", "--json", "-", stdin=asked.out)
    assert [(quote["kind"], quote["verdict"]) for quote in ran.json["quotes"]] == [
        ("closest", "gone"),
        ("passage", "gone"),
    ]


def test_a_response_of_schema_1_is_verified_as_it_was_saved(
    program: Program, tmp_path: Path
) -> None:
    (tmp_path / "amnesty.txt").write_text(json.loads(SCHEMA_1)["passages"][0]["text"])
    ran = program.run("verify", "--all", "--root", str(tmp_path), "-", stdin=SCHEMA_1)
    assert ran.code == 0
    assert [line.split()[:2] for line in ran.text.splitlines()[1::2]] == [
        ["stands", "answer"],
        ["stands", "passage"],
        ["2", "quotes:"],
    ]


def test_all_lists_all_quotes(program: Program, bridge: Path) -> None:
    answers = program.run("ask", "--json", ASK, str(bridge)).out
    ran = program.run("verify", "--all", "-", stdin=answers)
    assert [line.split()[:2] for line in ran.text.splitlines()[1::2]] == [
        ["stands", "answer"],
        ["stands", "passage"],
        ["2", "quotes:"],
    ]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "bridge.html"
    text = "The bridge was built in 1932 and it is three hundred metres long."
    file.write_text(
        f"<html><body><article><h1>The bridge</h1><p>{text}</p></article></body></html>"
    )
    return file


def test_a_quote_that_another_version_extracted_says_so(
    program: Program, page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = program.run("ask", "--json", ASK, str(page)).out
    quotes = program.run("verify", "--json", "-", stdin=answers).json["quotes"]
    assert {(one["verdict"], one["extracted_by"]) for one in quotes} == {("stands", "")}
    (cited,) = (one["citation"] for one in json.loads(answers)["passages"])
    before = answers.replace(cited["extractor"].encode(), b"html 0")
    report = program.run("verify", "--json", "-", stdin=before).json
    assert {one["extracted_by"] for one in report["quotes"]} == {cited["extractor"]}
    assert report["all_stand"], "the text is the same"
    other = before.replace(b"1932", b"1933")
    ran = program.run("verify", "-", stdin=other)
    assert ran.code == 1
    assert f"(read by html 0 then, by {cited['extractor']} now)" in ran.text
    assert "(the file is unchanged)" in ran.text
    assert ":1" not in ran.text, "its lines are not those of the file"


def test_the_json_has_the_cited_and_the_current_place(program: Program, bridge: Path) -> None:
    answers = program.run("ask", "--json", ASK, str(bridge))
    bridge.write_bytes(b"x\n" + bridge.read_bytes())
    quotes = program.run("verify", "--json", "-", stdin=answers.out).json["quotes"]
    text = bridge.read_bytes().decode()
    for quote in quotes:
        now, before = quote["now"], quote["cited"]
        assert text[now["start"] : now["end"]] == quote["text"]
        assert now["start"] - before["start"] == 2
        assert quote["question"] == ASK
        assert quote["path"] == str(bridge)
        assert quote["file_changed"]


def test_root_encoding_and_size_are_options(program: Program, bridge: Path, tmp_path: Path) -> None:
    bridge.write_bytes("Un café, crème.".encode("cp500"))
    asked_once = program.run("ask", "--json", "--encoding", "cp500", "café crème", str(bridge)).out
    away = tmp_path / "away"
    bridge.parent.rename(away)

    def code(*options: str) -> int:
        return program.run("verify", "-", *options, stdin=asked_once).code

    assert code("--encoding", "cp500") == 1
    assert code("--root", str(away)) == 1
    assert code("--root", str(away), "--encoding", "cp500") == 0
    assert code("--root", str(away), "--encoding", "cp500", "--max-size", "0.00001") == 1
    assert code("--root", str(bridge.with_name("x")), "--encoding", "cp500") == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no saved answer"),
        (b"\xff\xfe{\0", "not UTF-8"),
        (b"{", "Line 1 is not JSON"),
        (b"# Markdown", "Line 1 is not JSON"),
        (b'{"a": 1}', "Line 1 is not an answer"),
    ],
)
def test_a_file_without_saved_answers_is_rejected(
    program: Program, content: bytes, says: str
) -> None:
    ran = program.run("verify", "-", stdin=content)
    assert (ran.code, ran.out) == (2, b"")
    assert says in ran.err.decode()


def test_a_missing_file_is_named(program: Program, tmp_path: Path) -> None:
    ran = program.run("verify", str(tmp_path / "nothing.json"))
    assert (ran.code, ran.out) == (2, b"")
    assert b"nothing.json" in ran.err


def test_answers_may_begin_with_a_byte_order_mark(program: Program, bridge: Path) -> None:
    answers = program.run("ask", "--json", ASK, str(bridge)).out
    assert program.run("verify", "-", stdin=codecs.BOM_UTF8 + answers).code == 0


def test_answers_from_standard_input_cannot_be_verified(program: Program) -> None:
    answers = program.run("ask", "--json", ASK, "-", stdin=b"The bridge was built in 1932.").out
    ran = program.run("verify", "-", stdin=answers)
    assert ran.code == 1
    assert "from standard input" in ran.text


def test_an_answer_without_quotes_has_nothing_to_check(program: Program, bridge: Path) -> None:
    answered = program.run("ask", "--json", ASK, str(bridge)).json
    empty = {**answered, "outcome": "not_found", "answers": [], "passages": []}
    ran = program.run("verify", "-", stdin=json.dumps(empty).encode())
    assert (ran.code, ran.text) == (0, "0 quotes: nothing to check\n")
    ran = program.run("verify", "-", stdin=json.dumps({**empty, "outcome": "answered"}).encode())
    assert (ran.code, ran.out) == (2, b"")


def test_complete_lines_are_verified_if_the_last_one_is_incomplete(
    program: Program, bridge: Path
) -> None:
    line = program.run("ask", "--questions", "-", str(bridge), stdin=ASK.encode()).out
    ran = program.run("verify", "-", stdin=line + line[:-30])
    assert (ran.code, ran.text) == (0, "2 quotes: 2 as cited\n")
    assert b"Line 2, the last one, is incomplete" in ran.err
    ran = program.run("verify", "-", stdin=line[:-30])
    assert (ran.code, ran.out) == (2, b"")
