"""Syncs: the store holds what the files hold, and nothing is encoded twice."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import index.comparing
import index.load
import index.sync
import index.updating
from index.errors import StoreError
from index.formats.base import Document, Format, Unreadable
from index.report import Progress, nothing_readable
from index.scan import Skip
from index.store.files import DATABASE
from index.store.local import LocalStore
from index.store.protocol import FileRecord
from index.structure import Block, Structure
from index.sync import sync
from index.types import Span
from tests.support.encoder import HashedWordsEncoder
from tests.support.examples import examples
from tests.support.paths import ROOT
from tests.support.stored import Files, article, contents, opened, paragraph


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "articles")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    with opened(tmp_path / "store") as store:
        yield store


def in_article(title: str, text: str) -> str:
    """Return what is encoded of a passage without headings."""
    return f"{title}\n{text}"


texts = st.lists(st.integers(0, 6).map(paragraph), min_size=1, max_size=4).map("\n\n".join)
names = st.sampled_from(["a.txt", "b.txt", "sub.md"])
edits = st.one_of(
    st.tuples(st.just("write"), names, texts | st.sampled_from(["", "\0", "\udcff"])),
    st.tuples(st.just("rename"), names, names),
    st.tuples(st.just("remove"), names, names),
)


@examples(40)
@given(st.lists(st.lists(edits, max_size=4), max_size=5))
def test_whatever_happened_to_the_files_the_store_holds_what_they_hold(
    rounds: list[list[tuple[str, str, str]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder, "store")) as store:
        files = Files(Path(folder, "articles"))
        for round in rounds:
            for edit, name, value in round:
                if edit == "write":
                    files.write(name, value.encode("utf-8", "surrogateescape"))
                elif (files.folder / name).exists():
                    if edit == "rename":
                        (files.folder / name).replace(files.folder / value)
                    else:
                        (files.folder / name).unlink()
            files.sync_into(store)
        fresh = files.fresh_contents(Path(folder, "fresh"))
        assert contents(store) == pytest.approx(fresh, abs=1e-6)


def test_only_what_is_new_or_changed_is_encoded(files: Files, store: LocalStore) -> None:
    encoder = HashedWordsEncoder()
    files.write("a.txt", paragraph(1))
    files.write("b.txt", paragraph(2))
    report = files.sync_into(store, encoder)
    assert (report.added, report.changed, report.removed) == (["a.txt", "b.txt"], [], [])
    files.write("b.txt", paragraph(3))
    files.write("c.txt", paragraph(4))
    encoder.encoded.clear()
    report = files.sync_into(store, encoder)
    assert encoder.encoded == [in_article("B", paragraph(3)), in_article("C", paragraph(4))]
    assert (report.added, report.changed, report.encoded) == (["c.txt"], ["b.txt"], 2)


def test_where_nothing_changed_nothing_is_encoded_read_or_written(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)  # as if the files were older than they are
    files.write("a.txt", paragraph(1))
    files.write("binary.txt", b"\0\1")
    first = files.sync_into(store)
    watcher = sqlite3.connect(store.folder / DATABASE)
    before = watcher.execute("PRAGMA data_version").fetchone()
    monkeypatch.setattr(index.sync, "read", None)  # a call would fail
    second = files.sync_into(store)
    assert (second.encoded, second.added, second.changed, second.removed) == (0, [], [], [])
    assert second.skipped == first.skipped == [Skip("binary.txt", "binary")]
    assert watcher.execute("PRAGMA data_version").fetchone() == before
    watcher.close()


def test_a_change_is_noticed_though_size_and_time_were_put_back(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)  # by what the system notes, not by distrust
    files.write("a.txt", "The bridge was built in 1932.")
    files.sync_into(store)
    path = files.folder / "a.txt"
    before = path.stat()
    path.write_text("The bridge was built in 1817.", "utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert files.sync_into(store).changed == ["a.txt"]


@pytest.mark.parametrize(
    ("text", "encoded"),
    [(f"# Rivers\n\n{paragraph(1)}", []), (paragraph(1), [f"A\n{paragraph(1)}"])],
    ids=["with a title of its own", "with the title of its name"],
)
def test_a_renamed_file_is_encoded_again_only_if_its_title_is_its_name(
    files: Files, store: LocalStore, text: str, encoded: list[str]
) -> None:
    encoder = HashedWordsEncoder()
    files.write("b.md", text)
    files.sync_into(store)
    (files.folder / "b.md").rename(files.folder / "a.md")
    report = files.sync_into(store, encoder)
    assert encoder.encoded == encoded
    assert (report.added, report.removed) == (["a.md"], ["b.md"])
    assert {name for name, *_ in contents(store)} == {"a.md"}


def reads_as(extractor: str, text: str | None, title: str = "A title") -> Format:
    def read(*_: object) -> Document:
        if text is None:
            raise Unreadable("binary")
        return Document(text, title, None)

    return Format(extractor, (".made-up",), read)


def test_a_file_that_is_read_differently_today_is_read_again(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        index.comparing, "RACY_NS", 0
    )  # nothing but its extractor has it read again
    files.write("a.made-up", b"\0\1")
    files.write("b.txt", paragraph(9))
    old, new = paragraph(1), f"{paragraph(2)}\n\n{paragraph(1)}"
    versions = [
        (reads_as("made-up 1", None), [], None),
        (reads_as("made-up 2", old), [in_article("A title", old)], old),
        (reads_as("made-up 2", "Not read."), [], old),
        (reads_as("made-up 3", new), [in_article("A title", paragraph(2))], new),
        (reads_as("made-up 4", None), [], None),
    ]
    for version, encoded, text in versions:
        monkeypatch.setattr(index.load, "FORMATS", (version,))
        encoder = HashedWordsEncoder()
        report = files.sync_into(store, encoder)
        assert [each for each in encoder.encoded if paragraph(9) not in each] == encoded
        assert [skip.id for skip in report.skipped] == ([] if text else ["a.made-up"])
        with store.snapshot() as view:
            assert ("a.made-up" in view.titles()) == (text is not None)
        if text is not None:
            assert article(store, "a.made-up").text == text


def test_a_file_that_is_read_by_its_content_is_read_again_by_a_new_version(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)
    files.write("a.txt", b"%PDF-made-up")
    for version, text in (("made-up 1", "Old."), ("made-up 1", "Old."), ("made-up 2", "New.")):
        form = reads_as(version, text)
        monkeypatch.setattr(index.load, "FORMATS", (form,))
        monkeypatch.setattr(index.load, "SIGNATURES", ((b"%PDF-", form),))
        files.sync_into(store)
        assert article(store, "a.txt").text == text


def test_an_article_is_replaced_if_only_its_structure_is_read_differently(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.write("a.made-up", "Mill\n\nIt grinds barley.")
    structure = Structure([Block(Span(0, 4), "heading", 1), Block(Span(6, 23), "paragraph")])
    for name, expected in (("made-up 1", Structure()), ("made-up 2", structure)):
        document = Document("Mill\n\nIt grinds barley.", None, None, expected)
        one = Format(name, (".made-up",), lambda *_, document=document: document)
        monkeypatch.setattr(index.load, "FORMATS", (one,))
        files.sync_into(store)
        assert article(store, "a.made-up").structure == expected


def test_a_touched_file_is_not_encoded_again(files: Files, store: LocalStore) -> None:
    encoder = HashedWordsEncoder()
    files.write("a.txt", paragraph(1))
    files.sync_into(store)
    before = contents(store)
    os.utime(files.folder / "a.txt", (1e9, 1e9))
    report = files.sync_into(store, encoder)
    assert (encoder.encoded, report.changed) == ([], [])
    assert contents(store) == before


def test_an_edited_paragraph_is_the_only_one_encoded_again(files: Files, store: LocalStore) -> None:
    paragraphs = [paragraph(number) for number in range(30)]
    files.write("a.txt", "\n\n".join(paragraphs))
    assert files.sync_into(store).encoded == 30
    paragraphs[7] = paragraphs[7].replace("river7", "stream")
    files.write("a.txt", "\n\n".join(paragraphs))
    encoder = HashedWordsEncoder()
    files.sync_into(store, encoder)
    assert encoder.encoded == [in_article("A", paragraphs[7])]


@pytest.mark.parametrize("content", [b"\0\1", b"", b"  \n", "für".encode("utf-16")[2:], None])
def test_a_file_that_is_gone_or_no_text_any_more_leaves_the_store(
    files: Files, store: LocalStore, content: bytes | None
) -> None:
    files.write("a.txt", paragraph(1))
    files.write("b.txt", paragraph(2))
    files.sync_into(store)
    if content is None:
        (files.folder / "a.txt").unlink()
    else:
        files.write("a.txt", content)
    for removed in (["a.txt"], []):  # said once
        report = files.sync_into(store)
        assert report.removed == removed
        assert [skip.id for skip in report.skipped] == ([] if content is None else ["a.txt"])
        assert {name for name, *_ in contents(store)} == {"b.txt"}


def test_a_file_that_could_not_be_read_for_a_while_comes_back_as_it_was(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)  # nothing but its reason has it read again
    path = files.write("a.txt", paragraph(1))
    files.sync_into(store)
    before = contents(store)
    os.utime(path, (1e9, 1e9))

    def refuse(*_: object, **__: object) -> None:
        raise Unreadable("unreadable", "permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(index.sync, "read", refuse)
        report = files.sync_into(store)
        assert report.skipped == [Skip("a.txt", "unreadable", "permission denied")]
        assert report.removed == ["a.txt"]
        assert contents(store) == {}
        assert files.sync_into(store).removed == []
    assert files.sync_into(store).added == ["a.txt"]
    assert contents(store) == before


@pytest.mark.parametrize(
    ("encoding", "listed"),
    [("cp1252", {"a.made-up": "cp1252"}), ("utf-8", {}), (None, {})],
)
def test_an_encoding_is_listed_if_there_is_one_other_than_utf_8(
    files: Files,
    store: LocalStore,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str | None,
    listed: dict[str, str],
) -> None:
    made_up = Format(
        "made-up 1", (".made-up",), lambda *_: Document("Some text.", "A title", encoding)
    )
    monkeypatch.setattr(index.load, "FORMATS", (made_up,))
    files.write("a.made-up", b"\x00\x01")
    report = files.sync_into(store)
    assert (report.added, report.encodings) == (["a.made-up"], listed)


def test_a_file_changed_twice_within_one_tick_of_its_clock_is_noticed(
    files: Files, store: LocalStore
) -> None:
    path = files.folder / "a.txt"
    path.write_text(paragraph(1))
    time = path.stat().st_mtime_ns
    files.sync_into(store)
    path.write_text(paragraph(2))
    os.utime(path, ns=(time, time))
    assert path.stat().st_size == len(paragraph(1))
    assert files.sync_into(store).changed == ["a.txt"]
    assert article(store, "a.txt").text == paragraph(2)


@pytest.mark.slow
@examples(40)
@given(st.dictionaries(names, texts | st.sampled_from(["", "\0", "é" * 2000]), min_size=1))
def test_progress_never_falls_and_ends_at_one(articles: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder, "store")) as store:
        files = Files(Path(folder, "articles"))
        for name, text in articles.items():
            files.write(name, text)
        files.write("long.txt", "\n\n".join(map(paragraph, range(100, 250))))
        for _ in range(2):  # the second time, they are only removed
            seen: list[Progress] = []
            sync(store, HashedWordsEncoder(), [str(files.folder)], on_progress=seen.append)
            fractions = [progress.fraction for progress in seen]
            assert all(one <= other for one, other in pairwise([0.0, *fractions, 1.0]))
            assert fractions[-1] == 1
            assert seen[-1].articles == seen[-1].articles_total
            for path in files.folder.iterdir():
                path.unlink()


def test_a_file_that_grows_during_the_sync_sets_no_progress_back(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.updating, "REPORT_SECONDS", 0)
    files.write("a.txt", "\n\n".join(map(paragraph, range(100))))
    files.write("b.txt", "short")
    seen: list[float] = []

    def watch(progress: Progress) -> None:
        seen.append(progress.fraction)
        (files.folder / "b.txt").write_text("\n\n".join(map(paragraph, range(100, 400))))

    sync(store, HashedWordsEncoder(), [str(files.folder)], on_progress=watch)
    assert 0 < seen[2] < seen[-1] == 1
    assert seen == sorted(seen)


def test_a_disk_that_is_full_keeps_what_fitted_and_the_next_sync_goes_on(
    files: Files, store: LocalStore, tmp_path: Path
) -> None:
    for number in range(300):
        files.write(f"{number:03}.txt", paragraph(number))
    store._db.execute("PRAGMA max_page_count = 60")
    first, second = HashedWordsEncoder(), HashedWordsEncoder()
    with pytest.raises(StoreError, match="full"):
        files.sync_into(store, first)
    with store.snapshot() as view:
        kept = view.size().passages
    assert 0 < kept < 300
    store._db.execute("PRAGMA max_page_count = 1000000")
    files.sync_into(store, second)
    assert len(second.encoded) == 300 - kept
    assert contents(store) == pytest.approx(files.fresh_contents(tmp_path / "fresh"), abs=1e-6)


SYNC = """
import sys, time
from pathlib import Path
from tests.support.encoder import HashedWordsEncoder
from tests.support.stored import article, opened
from index.sync import sync

class SlowEncoder(HashedWordsEncoder):
    def encode_passages(self, texts):
        time.sleep(0.2)
        return super().encode_passages(texts)

with opened(Path(sys.argv[1])) as store:
    print(sync(store, SlowEncoder(), [sys.argv[2]]).encoded)
"""


def test_syncs_of_two_processes_at_once_do_the_work_once(files: Files, tmp_path: Path) -> None:
    for number in range(200):
        files.write(f"{number}.txt", paragraph(number))
    command = [sys.executable, "-c", SYNC, str(tmp_path / "store"), str(files.folder)]
    both = [
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    encoded = [int(process.communicate(timeout=60)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(encoded) == 200
    with opened(tmp_path / "store") as store:
        fresh = files.fresh_contents(tmp_path / "fresh")
        assert contents(store) == pytest.approx(fresh, abs=1e-6)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        (["Le café.".encode("cp1252")], "cp1252"),
        (["The gate.".encode("utf-16-be")], "utf-16-be"),
        (["Le café.".encode("cp1252"), "The gate.".encode("utf-16-le")], "NAME"),
        ([b"ok \xc3\xa9 \xff"], "NAME"),
    ],
)
def test_an_encoding_that_fits_is_in_the_hint_if_nothing_can_be_read(
    store: LocalStore, files: Files, written: list[bytes], named: str
) -> None:
    for number, content in enumerate(written):
        files.write(f"{number}.txt", content)
    error = nothing_readable(files.sync_into(store), lambda _, id: id)
    assert error.hint == f"Set the encoding of the files with --encoding {named}."


def test_unchanged_files_are_not_compared_one_by_one_and_any_change_has_them_compared(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)
    monkeypatch.setattr(index.comparing, "MIN_NOTED_FILES", 1)
    read: list[int] = []
    real = LocalStore.files

    def counted(store: LocalStore, *, remarked: bool = False) -> dict[str, FileRecord]:
        found = real(store, remarked=remarked)
        read.append(len(found))
        return found

    monkeypatch.setattr(LocalStore, "files", counted)
    for number in range(5):
        files.write(f"{number}.txt", paragraph(number))
    files.write("binary.txt", b"\0\1")
    first = files.sync_into(store)
    read.clear()
    again = files.sync_into(store)
    assert read == [1]  # the skipped one, which is reported each time
    assert (again.skipped, again.notes, again.encoded) == (first.skipped, first.notes, 0)
    files.write("3.txt", paragraph(9))
    assert files.sync_into(store).changed == ["3.txt"]
    (files.folder / "2.txt").unlink()
    assert files.sync_into(store).removed == ["2.txt"]
    read.clear()
    files.sync_into(store)
    assert read == [1]
    monkeypatch.setattr(index.comparing, "formats_version", lambda: "another")
    read.clear()
    files.sync_into(store)
    assert read == [6 - 1]


def test_a_store_that_another_process_changes_just_then_is_not_in_step(tmp_path: Path) -> None:
    with opened(tmp_path) as store, opened(tmp_path) as other:
        store.files()
        other.put([], {"a.txt": FileRecord(1, 1, 1, "empty", "", "text")})
        store.note_scan("digest")
        assert other.scanned() == ""
        store.files()
        store.note_scan("digest")
        assert other.scanned() == "digest"


def test_files_are_compared_when_a_suffix_belongs_to_another_format(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)
    monkeypatch.setattr(index.comparing, "MIN_NOTED_FILES", 1)
    files.write("a.notes", "# A heading\n")
    files.sync_into(store)
    assert store.scanned()
    assert files.sync_into(store).files == []
    formats = [
        replace(form, suffixes=(*form.suffixes, ".notes")) if ".md" in form.suffixes else form
        for form in index.load.FORMATS
    ]
    monkeypatch.setattr(index.load, "FORMATS", formats)
    assert [report.format for report in files.sync_into(store).files] == ["markdown"]


def test_files_that_may_change_unnoticed_are_compared_each_time(
    files: Files, store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "MIN_NOTED_FILES", 1)
    files.write("a.txt", paragraph(1))  # just now, so that its time proves nothing
    files.sync_into(store)
    assert store.scanned() == ""
    files.sync_into(store)
    assert store.scanned() == ""
