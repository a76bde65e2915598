"""Paths to files: what is found, under which id, and what is left out and why."""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import ArticleError
from index.formats.base import Unreadable
from index.load import read
from index.scan import DEFAULT_MAX_BYTES, STDIN, Scan, Skip, corpus_root, read_stdin
from index.types import Reason
from index.walk import scan

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write files below the test's folder, with all the folders they need; return the first."""

    def put(*names: str, content: str | bytes = "Some text.\n") -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path / names[0]

    return put


def found(*paths: Path | str, max_bytes: int = DEFAULT_MAX_BYTES) -> Scan:
    return scan([str(path) for path in paths], max_bytes=max_bytes)


def ids(listing: Scan) -> list[str]:
    return [source.id for source in listing.sources]


def reasons(listing: Scan) -> dict[str, Reason]:
    assert len({skip.id for skip in listing.skips}) == len(listing.skips)  # none is told twice
    return {skip.id: skip.reason for skip in listing.skips}


def test_ids_are_posix_paths_below_the_deepest_folder_that_holds_all_paths(put: Put) -> None:
    one, other, far = put("a/b/one.txt"), put("a/b/c/other.txt"), put("a/d/far.txt")
    assert ids(found(one)) == ["one.txt"]
    assert ids(found(one, other)) == ["c/other.txt", "one.txt"]
    assert ids(found(one.parent, far)) == ["b/c/other.txt", "b/one.txt", "d/far.txt"]
    assert found(one, other).root == str(one.parent)


def test_a_file_that_several_paths_name_is_found_once(put: Put, tmp_path: Path) -> None:
    path = put("a/one.txt")
    listing = found(tmp_path, path, path.parent, tmp_path, os.path.relpath(path))
    assert ids(listing) == ["a/one.txt"]


def test_standard_input_is_read_once_beside_files(
    put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = io.TextIOWrapper(io.BytesIO("Piped é.".encode()))
    monkeypatch.setattr(sys, "stdin", piped)
    paths = [STDIN, str(put("one.txt")), STDIN]
    listing = scan(paths, stdin=read_stdin())
    assert ids(listing) == [STDIN, "one.txt"]
    article = read(listing.sources[0]).article
    assert (article.path, article.title, article.text) == ("-", "standard input", "Piped é.")


def test_a_path_that_does_not_exist_is_an_error_that_says_what_to_do(put: Put) -> None:
    present = put("one.txt")
    with pytest.raises(ArticleError, match=r"two\.txt") as caught:
        found(present, present.with_name("two.txt"))
    assert caught.value.hint


def test_a_file_keeps_its_id_when_a_folder_takes_its_place(put: Put) -> None:
    paths = [str(put("notes/a.txt")), str(put("notes/b.txt"))]
    root = corpus_root(paths)
    assert ids(scan(paths, root=root)) == ids(scan(paths)) == ["a.txt", "b.txt"]
    Path(paths[0]).unlink()
    with pytest.raises(ArticleError, match=r"a\.txt"):
        scan(paths, root=root)
    put("notes/a.txt/c.txt")
    assert ids(scan(paths, root=root)) == ["a.txt/c.txt", "b.txt"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are text there")
def test_a_file_whose_name_is_no_text_is_read_and_named_in_text(tmp_path: Path) -> None:
    with Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.txt")).open("w") as file:
        file.write("Some text.")
    (source,) = found(tmp_path).sources
    article = read(source).article
    assert source.id == article.id == r"caf\xe9.txt"
    assert article.text == "Some text."
    assert f"{article.path}{article.title}".isprintable()


def test_hidden_files_and_folders_are_left_out(put: Put, tmp_path: Path) -> None:
    put("seen.txt", ".hidden.txt", ".git/config", "a/.b/c.txt")
    listing = found(tmp_path)
    assert ids(listing) == ["seen.txt"]
    assert reasons(listing) == dict.fromkeys([".hidden.txt", ".git/", "a/.b/"], "hidden")


def test_the_nearest_gitignore_rule_that_speaks_of_a_file_decides(put: Put, tmp_path: Path) -> None:
    put(".gitignore", content="*.log\n!keep.log\nbuild/\n/top.txt\n")
    put("a/.gitignore", content="!wanted.log\nkeep.log\n")
    for folder in ("", "a/", "build/"):
        put(f"{folder}x.log", f"{folder}keep.log", f"{folder}wanted.log", f"{folder}top.txt")
    listing = found(tmp_path)
    assert ids(listing) == ["a/top.txt", "a/wanted.log", "keep.log"]
    ignored = {name for name, reason in reasons(listing).items() if reason == "ignored"}
    assert ignored == {"x.log", "wanted.log", "top.txt", "build/", "a/x.log", "a/keep.log"}


def test_the_rules_of_the_git_repository_around_a_folder_count(put: Put, tmp_path: Path) -> None:
    put(".gitignore", content="*.log\n")
    put("a/b/x.log", "a/b/one.txt")
    assert ids(found(tmp_path / "a" / "b")) == ["one.txt", "x.log"]  # no repository yet
    (tmp_path / ".git").mkdir()
    assert ids(found(tmp_path / "a" / "b")) == ["one.txt"]


@pytest.mark.parametrize("rules", ["\ufeff*.log\n", "!\n*.log\n", "a\\\n*.log", "# é\r\n*.log\r\n"])
def test_a_mark_or_a_rule_that_is_none_does_not_void_the_others(
    put: Put, tmp_path: Path, rules: str
) -> None:
    put(".gitignore", content=rules)
    put("x.log", "one.txt")
    assert ids(found(tmp_path)) == ["one.txt"]


def test_what_is_named_explicitly_is_read_although_hidden_or_ignored(
    put: Put, tmp_path: Path
) -> None:
    (tmp_path / ".git").mkdir()
    put(".gitignore", content="build/\n*.log\n")
    put("one.txt", "build/b.txt")
    hidden, ignored = put(".hidden.txt"), put("x.log")
    assert ids(found(hidden)) == [".hidden.txt"]
    assert ids(found(ignored)) == ["x.log"]
    assert ids(found(tmp_path / "build")) == ["b.txt"]
    listing = found(tmp_path, hidden, ignored, tmp_path / "build")
    assert ids(listing) == [".hidden.txt", "build/b.txt", "one.txt", "x.log"]
    assert set(reasons(listing)) == {".git/", ".gitignore"}  # what is read is not told as left out


def test_a_scan_costs_one_stat_a_file_and_one_listing_a_folder(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders, files = 5, 20
    put(*(f"{folder}/{file}.txt" for folder in range(folders) for file in range(files)))
    calls: Counter[str] = Counter()

    class Entry:
        """An entry of a folder, whose `stat` is counted."""

        def __init__(self, entry: os.DirEntry[str]) -> None:
            self.entry = entry

        def stat(self, **options: bool) -> os.stat_result:
            calls["stat"] += 1
            return self.entry.stat(**options)

        def __getattr__(self, name: str) -> object:
            return getattr(self.entry, name)

    real_scandir = os.scandir

    @contextmanager
    def scandir(folder: str) -> Iterator[Iterator[Entry]]:
        calls["scandir"] += 1
        with real_scandir(folder) as listing:
            yield map(Entry, listing)

    def counted(real: Callable[..., os.stat_result]) -> Callable[..., os.stat_result]:
        def call(*arguments: object, **options: object) -> os.stat_result:
            calls["other"] += 1
            return real(*arguments, **options)

        return call

    monkeypatch.setattr("index.folder.os.scandir", scandir)
    for name in ("stat", "lstat"):
        monkeypatch.setattr(os, name, counted(getattr(os, name)))
    assert len(found(tmp_path).sources) == folders * files
    assert calls["stat"] == folders * files
    assert calls["scandir"] == folders + 1
    assert calls["other"] < files  # for the paths given, however many files they hold


def test_the_folder_of_a_saved_page_is_skipped(put: Put, tmp_path: Path) -> None:
    put("Mill.html")
    put("Mill_files/frame.html")
    put("Mill_files/style.css")
    put("other_files/notes.txt")
    listing = found(tmp_path)
    assert ids(listing) == ["Mill.html", "other_files/notes.txt"]
    assert listing.skips == (Skip("Mill_files/", "ignored", "belongs to Mill.html"),)
    assert ids(found(tmp_path / "Mill_files" / "frame.html")) == ["frame.html"]


def test_a_file_over_the_limit_is_left_out_with_its_size_and_the_limit(put: Put) -> None:
    path = put("big.txt", content=b"x" * 2_500_000)
    put("limit.txt", content=b"x" * 2_000_000)
    listing = found(path.parent, path, max_bytes=2_000_000)
    assert ids(listing) == ["limit.txt"]
    assert reasons(listing) == {"big.txt": "too large"}
    assert listing.skips[0].detail == "2.5 MB; the limit is 2.0 MB"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe_is_not_waited_for(put: Put, tmp_path: Path) -> None:
    put("one.txt")
    for name in ("pipe", ".gitignore"):
        os.mkfifo(tmp_path / name)
    listing = found(tmp_path, tmp_path / "pipe")
    assert ids(listing) == ["one.txt"]
    assert reasons(listing)["pipe"] == "not a file"


def test_links_are_followed_within_the_corpus_and_each_file_is_read_once(
    put: Put, tmp_path: Path
) -> None:
    put("in/a/one.txt", "in/b/two.txt", "out.txt")
    for link, target in {
        "in/again.txt": "a/one.txt",
        "in/b/to-a": "../a",
        "in/a/to-b": "../b",
        "in/a/self": ".",
        "in/out.txt": "../out.txt",
        "in/nowhere": "gone.txt",
        "in/round": "round",
        "root": "in",
    }.items():
        (tmp_path / link).symlink_to(target)
    expected = {
        "again.txt": "link",
        "b/to-a": "link",
        "a/to-b": "link",
        "a/self": "loop",
        "out.txt": "link",
        "nowhere": "unreadable",
        "round": "unreadable",
    }
    for root in ("in", "root"):  # the second is a link itself
        listing = found(tmp_path / root)
        assert ids(listing) == ["a/one.txt", "b/two.txt"]
        assert reasons(listing) == expected
    details = {skip.id: skip.detail for skip in found(tmp_path / "in").skips}
    assert details["out.txt"] == "points outside the corpus"
    assert details["again.txt"] == "its target is read under its own name"


def test_what_only_links_lead_to_is_read_and_no_file_twice(put: Put, tmp_path: Path) -> None:
    named = put("c/one.txt", "c/two.txt", "d/four.txt")
    start = put("b/three.txt").parent
    for link, target in {
        "linked": "../c",
        "zwei.txt": "../c/two.txt",
        "vier.txt": "../d/four.txt",
        "four.txt": "../d/four.txt",
    }.items():
        (start / link).symlink_to(target)
    listing = found(start, named)
    assert ids(listing) == ["b/four.txt", "b/linked/two.txt", "b/three.txt", "c/one.txt"]
    assert reasons(listing) == {
        "b/linked/one.txt": "link",
        "b/zwei.txt": "link",
        "b/vier.txt": "link",
    }


def test_what_may_not_be_read_is_left_out_and_the_rest_is_read(put: Put, tmp_path: Path) -> None:
    shut, closed = put("shut.txt"), put("closed/two.txt").parent
    shut.chmod(0)
    closed.chmod(0)
    try:
        if os.access(shut, os.R_OK):
            pytest.skip("this user may read everything")
        listing = found(tmp_path, put("one.txt"))
        assert ids(listing) == ["one.txt", "shut.txt"]
        assert reasons(listing) == {"closed/": "unreadable"}
        with pytest.raises(Unreadable, match="permission denied"):
            read(listing.sources[1])
        assert reasons(found(closed)) == {".": "unreadable"}
    finally:
        closed.chmod(0o700)


def test_one_bad_file_never_stops_the_rest(put: Put, tmp_path: Path) -> None:
    bad: dict[str, tuple[bytes, Reason]] = {
        "binary.txt": (b"text\0text", "binary"),
        "blank.txt": (" \r\n\t\xa0\n".encode(), "empty"),
        "cafe.txt": ("café".encode("latin-1"), "encoding"),
        "empty.txt": (b"", "empty"),
        "gone.txt": (b"x", "unreadable"),
        "mark.txt": (codecs.BOM_UTF8, "empty"),
        "odd.txt": (codecs.BOM_UTF16_LE + b"odd", "encoding"),
        "utf16.txt": ("no mark".encode("utf-16-le"), "binary"),
    }
    for name, (content, _) in bad.items():
        put(name, content=content)
    put("zz good.txt")
    listing = found(tmp_path)
    (tmp_path / "gone.txt").unlink()
    refused: dict[str, Reason] = {}
    texts = []
    for source in listing.sources:
        try:
            texts.append(read(source).article.text)
        except Unreadable as error:
            refused[source.id] = error.reason
    assert refused == {name: reason for name, (_, reason) in bad.items()}
    assert texts == ["Some text.\n"]
