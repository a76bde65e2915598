"""`qa show` prints what a citation names, and citations link to their places."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.load import read
from index.types import Passage, Span
from index.web.fetch import Page as FetchedPage
from index.web.snapshots import Snapshots, time_in_words
from qa.answers.place import find_place
from qa.answers.wire import CitationJson, PassageJson, ResponseJson, citation_of
from qa.settings import Settings
from qa.show.links import links_of
from qa.show.response import citation_line
from tests.support.pdf_files import Page, PdfFile, lines
from tests.support.program import Program

TEXT = "one\r\ntwo\nthree\rfour\n"
PDF = PdfFile([Page(lines([f"This is page {n}, and here its words end."])) for n in range(1, 5)])


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_bytes(TEXT.encode())
    (folder / "r, page 1.pdf").write_bytes(PDF.content())
    monkeypatch.chdir(tmp_path)
    return folder


def found(place: str, tmp_path: Path) -> str:
    made = find_place(place, snapshots=tmp_path, max_bytes=10**6, reading=read)
    return made.article.text[made.span.start : made.span.end]


@given(st.data())
def test_what_is_cited_is_found_by_its_citation(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("notes")
    ends = st.sampled_from(["\n", "\r\n", "\r", "\n\n", " "])
    parts = data.draw(st.lists(st.tuples(st.sampled_from(["a", "é", "😀"]), ends), min_size=1))
    text = "".join(word + end for word, end in parts)
    name = data.draw(st.sampled_from(["a.md", "a, b.txt", "a:3.txt", "x · a.txt", "[1] a.txt"]))
    (folder / name).write_bytes(text.encode())
    whole = find_place(str(folder / name), snapshots=folder, max_bytes=10**6, reading=read)
    assert whole.span == Span(0, len(text))
    start = data.draw(st.integers(0, len(text) - 1))
    span = Span(start, data.draw(st.integers(start + 1, len(text))))
    cited = citation_of(Passage(whole.article, span))
    for place in (cited.located(cited.path), f"[1] {cited.section} · {cited.located(cited.path)}"):
        again = find_place(place, snapshots=folder, max_bytes=10**6, reading=read)
        lines = citation_of(Passage(again.article, again.span))
        assert (lines.line_start, lines.line_end) == (cited.line_start, cited.line_end)
        assert again.span.start <= span.start < span.end <= again.span.end


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("notes/a.md:1", "one\r\n"),
        ("notes/a.md:2-3", "two\nthree\r"),
        ("notes/a.md:4", "four\n"),
        ("notes/a.md", TEXT),
        ("A title › x · notes/a.md:2", "two\n"),
    ],
)
def test_lines_are_those_that_editors_count(notes: Path, place: str, text: str) -> None:
    assert found(place, notes) == text


def test_pages_are_found_by_their_labels(notes: Path) -> None:
    name = "notes/r, page 1.pdf"
    assert "page 2," in found(f"{name}, page 2", notes)
    assert "page 3," not in found(f"{name}, page 2", notes)
    several = found(f"{name}, pages 2–3", notes)
    assert found(f"{name}, pages 2-3", notes) == several
    assert all(f"page {n}," in several for n in (2, 3))
    assert not any(f"page {n}," in several for n in (1, 4))
    assert all(f"page {n}," in found(name, notes) for n in (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("nowhere", "No such file: nowhere"),
        ("notes", "not a file"),
        ("notes/a.md:5", "has only 4 lines"),
        ("notes/a.md:3-2", "the first comes after the last"),
        ("notes/r, page 1.pdf, page 9", "It has page 1 to page 4"),
        ("notes/a.md, page 9", "Leave out what follows the comma"),
        ("notes/a.md, line 3", "Give lines after a colon: notes/a.md:3\n"),
        ("notes/a.md, lines 2–3", "Give lines after a colon: notes/a.md:2-3\n"),
        ("standard input:3", "Standard input is not kept"),
        ("https://example.org/x", "no snapshot of this address"),
    ],
)
def test_what_is_not_there_is_named(program: Program, notes: Path, place: str, says: str) -> None:
    ran = program.run("show", place)
    assert (ran.code, ran.text) == (3, "")
    assert says in ran.errors


def test_a_page_that_was_fetched_again_since_it_was_cited_is_named(
    program: Program, notes: Path
) -> None:
    snapshots = Snapshots(Settings().snapshots_path)
    address = "https://example.org/bridge"
    saved = snapshots.save(address, FetchedPage(address, b"It is long.", "text/plain", "", "", ""))
    now = time_in_words(saved.about.fetched)
    assert program.run("show", f"{address} (fetched {now})").errors == ""
    ran = program.run("show", f"{address} (fetched 2001-02-03 04:05 UTC)")
    assert "It is long." in ran.text
    assert (
        f"Cited as fetched 2001-02-03 04:05 UTC; this is the page as fetched {now}." in ran.errors
    )


def test_the_cited_lines_are_marked_among_their_neighbours(program: Program, notes: Path) -> None:
    ran = program.run("show", "-C", "1", "notes/a.md:2-3")
    assert ran.text.splitlines()[2:] == [" 1  one", ">2  two", ">3  three", " 4  four"]
    ran = program.run("show", "-C", "0", "notes/a.md:2")
    assert ran.text.splitlines()[2:] == [" 2  two"]


def test_hostile_text_is_shown_as_marks(program: Program, notes: Path) -> None:
    (notes / "a.md").write_text("safe \x1b[2J \u202eevil\n", "utf-8")
    ran = program.run("show", "notes/a.md:1")
    assert "\x1b" not in ran.text
    assert "␛[2J ⟨202E⟩evil" in ran.text


def test_json_has_the_text_and_its_citation(program: Program, notes: Path) -> None:
    value = program.run("show", "--json", "notes/r, page 1.pdf, page 3").json
    assert (value["citation"]["page"], "page 3," in value["text"]) == (3, True)


def linked(path: str, environment: dict[str, str], **about: object) -> str:
    place = {"start": 0, "end": 1, "line_start": 7, "line_end": 7, "sha256": "0" * 64}
    cited = CitationJson(article="a", title="A", path=path, **place, **about)  # type: ignore[arg-type]  # by name
    passage = PassageJson(rank=1, score=1, text="x", citation=cited)
    response = ResponseJson(
        schema=2, question="q", outcome="not_found", answers=(), passages=(passage,),
        unknown_words=(), context="", timings_ms={},
    )  # fmt: skip
    return links_of(response, environment).get(1, "")


@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
def test_links_lead_to_lines_and_pages_where_terminals_can_open_them() -> None:
    pdf = {"extractor": "pdf 1", "label": "page 3", "page": 3}
    assert linked("/n/a b.md", {}) == "file:///n/a%20b.md#7"
    assert linked("/n/a.pdf", {}, **pdf) == "file:///n/a.pdf#page=3"
    assert linked("/n/a.docx", {}, extractor="docx 1") == "file:///n/a.docx"
    vte = {"VTE_VERSION": "7600"}
    assert linked("/n/a.md", vte) == "file:///n/a.md"
    assert linked("/n/a.pdf", vte, **pdf) == "file:///n/a.pdf"
    assert linked("https://example.org/x", vte).startswith("https://example.org/x#:~:text=")
    assert linked("-", {}) == ""


def test_a_hostile_name_is_encoded_in_its_link() -> None:
    link = linked("/n/\x1b]8;;\x07\u202e\n.md", {})
    assert re.fullmatch(r"[\x21-\x7e]+", link)


def test_a_citation_line_can_be_given_as_it_is_printed(program: Program, notes: Path) -> None:
    whole = find_place("notes/a.md:2", snapshots=notes, max_bytes=10**6, reading=read)
    printed = citation_line(citation_of(Passage(whole.article, whole.span)))
    assert program.run("show", printed).text.splitlines()[0] == printed


def test_a_section_is_found_by_its_headings(program: Program, notes: Path) -> None:
    page = "<h1>Mills</h1><p>All about mills.</p><h2>Tide</h2><p>It turned twice a day.</p>"
    more = "<h3>Gates</h3><p>They are of oak.</p><h2>Wind</h2><p>It stood on a hill.</p>"
    (notes / "m.html").write_text(f"<html><body><article>{page}{more}</article></body></html>")
    tide = found("Mills › Tide · notes/m.html", notes)
    assert tide.startswith("Tide")
    assert "oak" in tide
    assert "hill" not in tide
    assert found("Mills › Tide › Gates · notes/m.html", notes).split() == [
        "Gates",
        *"They are of oak.".split(),
    ]
    assert "hill" in found("Mills › No such · notes/m.html", notes)


def test_a_path_is_taken_as_it_is_before_backticks_are_left_out(notes: Path) -> None:
    page = "<h1>Mills</h1><p>All about mills.</p><h2>Tide</h2><p>It turned twice a day.</p>"
    (notes / "m.html").write_text(f"<html><body><article>{page}</article></body></html>")
    (notes / "`b`.md").write_text("ticks\n")
    (notes / "b.md").write_text("no ticks\n")
    assert found("notes/`b`.md", notes) == "ticks\n"
    assert found("Ticks · notes/`b`.md:1", notes) == "ticks\n"
    assert found("Ticks · `notes/b.md:1`", notes) == "no ticks\n"
    assert found("Mills › Tide · `notes/m.html`", notes).startswith("Tide")


@pytest.mark.parametrize("place", ["`notes/a.md:2`", "notes/a.md:2:1", "notes/a.md:2:1:two"])
def test_places_of_other_formats_are_understood(notes: Path, place: str) -> None:
    assert found(place, notes) == "two\n"
