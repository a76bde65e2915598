"""An answer never quotes a file that has changed, whenever it changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index.question import Question
from index.store.view import LocalView
from index.types import Hit, Notify
from qa.asking import NothingToAsk
from qa.cited import MAX_ROUNDS
from qa.corpus import Corpus
from qa.reader.sentences import SentenceReader
from qa.types import Reading
from tests.support.corpora import corpus_of
from tests.support.notes import NOTES, write_notes
from tests.support.work import recorded_opens

BUILT = "When was the bridge built?"


class Interrupted(SentenceReader):
    """A reader during whose work something happens."""

    def __init__(self, happens: Callable[[int], object]) -> None:
        super().__init__()
        self.happens = happens
        self.times = 0

    def read(self, question: Question, hits: Sequence[Hit], context: object = None) -> Reading:
        self.times += 1
        self.happens(self.times)
        return super().read(question, hits)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "notes")


def asked_while(notes: Path, happens: Callable[[int], object], notify: Notify = str) -> Corpus:
    reader = Interrupted(happens)
    return corpus_of(notes, stores=notes.parent / "stores", reader=reader, notify=notify)


def test_a_file_that_changes_while_its_answer_is_made_is_asked_again(notes: Path) -> None:
    def edit(times: int) -> None:
        if times == 1:
            (notes / "bridge.txt").write_text("The bridge was built in 1933.\n")

    with asked_while(notes, edit) as corpus:
        response = corpus.ask(BUILT)
    assert response.answers[0].text == "The bridge was built in 1933."


def test_a_file_that_is_deleted_while_its_answer_is_made_is_not_quoted(notes: Path) -> None:
    with asked_while(notes, lambda _: (notes / "bridge.txt").unlink(missing_ok=True)) as corpus:
        response = corpus.ask(BUILT)
    assert {hit.passage.article.id for hit in response.hits} == {"castle.txt", "mill.txt"}


def test_a_log_that_grows_all_the_time_is_quoted_where_its_words_still_stand(notes: Path) -> None:
    file = notes / "bridge.txt"

    def append(times: int) -> None:
        file.write_text(f"{file.read_text()}\nAnd line {times}.\n")

    with asked_while(notes, append) as corpus:
        (answer, *_) = corpus.ask(BUILT).answers
    assert file.read_text()[answer.span.start : answer.span.end] == answer.text
    assert answer.text == "The bridge was built in 1932."


def test_a_log_that_grows_is_read_again_with_the_encoding_that_is_set(notes: Path) -> None:
    (notes / "log.txt").write_bytes("The caf\xe9 was built in 1901.\n".encode("cp1252"))

    def append(times: int) -> None:
        with (notes / "log.txt").open("ab") as file:
            file.write(f"The caf\xe9 was visited {times} times.\n".encode("cp1252"))

    with corpus_of(
        notes, stores=notes.parent / "stores", reader=Interrupted(append), encoding="cp1252"
    ) as corpus:
        (answer, *_) = corpus.ask("When was the caf\xe9 built?").answers
    assert answer.text == "The caf\xe9 was built in 1901."


def test_a_file_that_is_rewritten_all_the_time_is_named_and_the_rest_is_asked(notes: Path) -> None:
    def rewrite(times: int) -> None:
        (notes / "bridge.txt").write_text(f"The bridge was built in {1932 + times}.\n")

    said: list[str] = []
    with asked_while(notes, rewrite, said.append) as corpus:
        response = corpus.ask(BUILT)
        assert {hit.passage.article.id for hit in response.hits} == {"castle.txt", "mill.txt"}
        assert said == ["Not asked, because it keeps changing: bridge.txt"]
        assert isinstance(corpus.reader, Interrupted)
        assert corpus.reader.times == MAX_ROUNDS + 1
        with pytest.raises(NothingToAsk):
            corpus.ask(BUILT, only="bridge.txt")


def test_what_is_indexed_is_asked_without_looking_for_files(notes: Path, tmp_path: Path) -> None:
    with corpus_of(notes, stores=tmp_path / "stores") as corpus:
        corpus.sync()
        (notes / "new.txt").write_text("The bridge was built in 1999.\n")
        (notes / "castle.txt").write_text("No bridge leads to the castle.\n")
        response = corpus.ask_indexed(BUILT)
        # The changed file would have been cited, and cannot be indexed now.
        assert {hit.passage.article.id for hit in response.hits} == {"bridge.txt", "mill.txt"}
        for hit in response.hits:
            assert hit.passage.text in NOTES[hit.passage.article.id]


def test_articles_known_to_be_outdated_are_not_asked(notes: Path, tmp_path: Path) -> None:
    with corpus_of(notes, stores=tmp_path / "stores") as corpus:
        corpus.sync()
        response = corpus.ask_indexed(BUILT, outdated={"bridge.txt", "castle.txt"})
        assert {hit.passage.article.id for hit in response.hits} == {"mill.txt"}
        with pytest.raises(NothingToAsk):
            corpus.ask_indexed(BUILT, outdated=NOTES.keys())
        with pytest.raises(NothingToAsk):
            corpus.ask_indexed(BUILT, only="mill.txt", outdated={"mill.txt"})


def test_articles_are_listed_only_if_outdated_ones_would_be_asked(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists: list[int] = []
    real = LocalView.titles

    def titles(view: LocalView) -> dict[str, str]:
        lists.append(1)
        return real(view)

    monkeypatch.setattr(LocalView, "titles", titles)
    for number in range(40):
        (notes / f"{number}.txt").write_text(f"The bridge was built in {1800 + number}.\n")
    with corpus_of(notes, stores=tmp_path / "stores") as corpus:
        corpus.sync()
        cited = {hit.passage.article.id for hit in corpus.ask_indexed(BUILT, 1).hits}
        assert "castle.txt" not in cited
        first = corpus.ask_indexed(BUILT, 1, outdated={"castle.txt"})
        assert {hit.passage.article.id for hit in first.hits} == cited
        assert lists == []
        other = corpus.ask_indexed(BUILT, 1, outdated=cited)
        assert cited.isdisjoint(hit.passage.article.id for hit in other.hits)
        assert lists == [1]


def test_cited_files_are_read_once_however_often_they_are_cited(
    notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("index.comparing", "qa.cited"):
        monkeypatch.setattr(f"{name}.RACY_NS", 0)  # as if the files were older than they are
    with corpus_of(notes, stores=tmp_path / "stores") as corpus:
        corpus.ask(BUILT)
        with recorded_opens() as opened:
            corpus.ask(BUILT)
            corpus.ask(BUILT)
        assert not [path for path in opened if path.startswith(str(notes))]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are text there")
def test_a_file_whose_name_is_no_text_can_be_cited(tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    with Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.txt")).open("w") as file:
        file.write(NOTES["bridge.txt"])
    with corpus_of(folder, stores=tmp_path / "stores") as corpus:
        assert corpus.ask(BUILT).answers[0].text == "The bridge was built in 1932."
