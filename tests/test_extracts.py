"""Parts of articles that are read one after another, and quotes that are looked up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import QuestionError
from index.types import Article, Span
from qa import lookups
from qa.answers.extracts import Part, extract
from qa.asking import NothingToAsk
from qa.corpus import Corpus
from qa.lookups import Quoted
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from tests.support.articles import article_of, unstructured
from tests.support.encoder import HashedWordsEncoder

TEXT = "one\ntwo\r\nthree\n"
TEXTS = st.text(st.sampled_from("ab \n\r😀é\u0301"), min_size=1, max_size=60)


def read_through(article: Article, part: Part, max_chars: int) -> list[str]:
    """Return the texts of all parts, by following the cursor."""
    texts = []
    while True:
        found = extract(article, part, max_chars=max_chars)
        cited = found.citation
        assert found.text == article.text[cited.start : cited.end]
        texts.append(found.text)
        if not found.next:
            return texts
        part = Part(cursor=found.next)


@given(text=TEXTS, max_chars=st.integers(1, 30))
def test_parts_follow_each_other_without_gap_or_overlap(text: str, max_chars: int) -> None:
    texts = read_through(unstructured(text), Part(), max_chars)
    assert "".join(texts) == text
    assert all(len(each) <= max(2, max_chars) for each in texts)
    assert not any(
        first.endswith("\r") and second.startswith("\n") for first, second in pairwise(texts)
    )


@given(text=TEXTS, ends=st.tuples(st.integers(0, 70), st.integers(0, 70)))
def test_offsets_are_those_of_the_text(text: str, ends: tuple[int, int]) -> None:
    start, end = ends
    part = Part(start=start, end=end)
    if start < min(end, len(text)):
        assert "".join(read_through(unstructured(text), part, 7)) == text[start:end]
    else:
        with pytest.raises(QuestionError):
            extract(unstructured(text), part)


@pytest.mark.parametrize(
    ("lines", "expected"), [("1", "one\n"), ("2-3", "two\r\nthree\n"), ("2–2", "two\r\n")]
)
def test_lines_are_counted_from_one(lines: str, expected: str) -> None:
    assert extract(article_of(TEXT), Part(lines=lines)).text == expected


@pytest.mark.parametrize(
    "part",
    [
        Part(lines="0"), Part(lines="4"), Part(lines="3-2"), Part(lines="x"), Part(lines="-1"),
        Part(label="page 3"), Part(start=15), Part(start=3, end=3), Part(end=0),
        Part(lines="1", start=0), Part(cursor="x"), Part(cursor=f"{'0' * 16}-1-2"),
    ],
)  # fmt: skip
def test_a_part_that_is_not_there_is_refused(part: Part) -> None:
    with pytest.raises(QuestionError):
        extract(article_of(TEXT), part)


def test_a_cursor_does_not_read_on_in_a_changed_article() -> None:
    cursor = extract(article_of(TEXT), Part(), max_chars=4).next
    with pytest.raises(QuestionError, match="changed"):
        extract(article_of(TEXT + "four"), Part(cursor=cursor))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    (tmp_path / "notes").mkdir()
    for number in range(3):
        (tmp_path / "notes" / f"{number}.txt").write_text(f"Ship {number} carried salt.\n")
    corpus = Corpus(
        [str(tmp_path / "notes")],
        encoder=HashedWordsEncoder(),
        reader=SentenceReader(),
        settings=Settings(store=tmp_path / "stores"),
    )
    corpus.sync()
    return corpus


def test_the_list_of_articles_goes_on_after_its_cursor(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookups, "ARTICLES_PER_PAGE", 2)
    found, cursor = [], ""
    with corpus:
        while True:
            page = lookups.articles((), cursor)(corpus, frozenset())
            found += [row.article for row in page.articles]
            if not (cursor := page.next):
                break
    assert found == ["0.txt", "1.txt", "2.txt"]


def test_an_article_that_has_changed_is_not_read_as_it_was(corpus: Corpus) -> None:
    with corpus:
        works = (
            lookups.read("0.txt", Part()),
            lookups.verify([Quoted("0.txt", "Ship 0")]),
            lookups.search("salt", 3, lookups.Scope(("0.txt",))),
        )
        for work in works:
            work(corpus, frozenset())
            with pytest.raises(NothingToAsk):
                work(corpus, frozenset(["0.txt"]))
        Path(corpus.root, "0.txt").write_text("Ship 0 sank.\n")  # nobody has noticed that
        for work in works:
            with pytest.raises(NothingToAsk):
                work(corpus, frozenset())


@pytest.mark.parametrize(
    "id", ["0.txt\x00", "0.txt\x00.md", "\x00", "0.txt\n", "./0.txt", "../0.txt"]
)
def test_only_the_id_of_an_article_names_it(corpus: Corpus, id: str) -> None:
    with corpus:
        assert corpus.article("0.txt")
        assert corpus.article(id) is None


@given(start=st.integers(0, 19), length=st.integers(1, 19))
def test_a_quote_stands_where_it_is_and_nowhere_else(start: int, length: int) -> None:
    article = article_of("abcdefghijklmnopqrstuvwxyz\n")
    span = Span(start, start + length)
    text = article.text[span.start : span.end]
    verdict = _verdict(article, Quoted("a.txt", text, start))
    assert verdict == "stands"
    assert _verdict(article, Quoted("a.txt", text)) == "stands"
    assert _verdict(article, Quoted("a.txt", text, start + 1)) == "moved"
    assert _verdict(article, Quoted("a.txt", text + "!")) == "gone"
    assert _verdict(article, Quoted("b.txt", text)) == "no file"


class _OneArticle:
    """As much of a corpus as `verify` needs."""

    def __init__(self, article: Article) -> None:
        self._article = article

    def article(self, id: str) -> Article | None:
        return self._article if id == self._article.id else None

    def changed(self, articles: Sequence[Article]) -> frozenset[str]:
        return frozenset()


def _verdict(article: Article, quoted: Quoted) -> str:
    checked = lookups.verify([quoted])(_OneArticle(article), frozenset())  # type: ignore[arg-type]
    (verdict,) = checked.quotes
    return str(verdict.verdict)
