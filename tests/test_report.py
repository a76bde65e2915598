"""What a sync tells: what was read of each file, and how far a long one is."""

from __future__ import annotations

from pathlib import Path

import pytest

import index.comparing
import index.load
import index.updating
from index.formats.base import Format
from index.formats.markdown import MARKDOWN
from index.formats.notebook import NOTEBOOK
from index.formats.pdf import PDF
from index.report import FileReport, Progress, Reading
from index.sync import sync
from index.types import Article
from tests.support import bad_parsers
from tests.support.encoder import HashedWordsEncoder
from tests.support.paths import ROOT
from tests.support.pdf_files import Page, PdfFile, Words, lines
from tests.support.sample_files import samples
from tests.support.stored import Files, opened, paragraph


def report_on(form: Format, content: bytes) -> FileReport:
    document = form.read(content, None)
    article = Article("a", "/a", "a", document.text, "", document.structure)
    return FileReport.of(article, form.name, 1.5, document.note)


def test_the_pages_and_tables_of_a_file_are_counted_and_what_is_missing_is_named() -> None:
    rows = [("Lamp", "Height", "Year"), ("Torrin", "41 m", "1871"), ("Sker", "9 m", "1902")]
    table = [
        Words(cell, x, 700 - 16 * number)
        for number, row in enumerate(rows)
        for cell, x in zip(row, (70, 200, 320), strict=True)
    ]
    pages = [Page(lines(["A lamp."])), Page([*lines(["Lamps."]), *table]), Page(has_picture=True)]
    report = report_on(PDF, PdfFile(pages, about={"Author": "Ada Torrin"}).content())
    assert (report.format, report.pages, report.tables, report.seconds) == ("pdf", 2, 1, 1.5)
    assert report.note == "page 3 of 3 has no text: scanned?"


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        ("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", 1),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\n| c | d |\n|---|---|\n| 3 | 4 |\n", 2),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n\nWords.\n\n| c | d |\n|---|---|\n| 3 | 4 |\n", 2),
        ("---\nauthor: Ada\n---\n# Lamps\n\nWords | words.\n", 0),
    ],
)
def test_tables_are_counted(text: str, tables: int) -> None:
    report = report_on(MARKDOWN, text.encode())
    assert (report.tables, report.pages, report.characters) == (tables, 0, len(text))


def test_the_cells_of_a_notebook_are_counted() -> None:
    assert report_on(NOTEBOOK, samples()[".ipynb"]).cells == 2


@pytest.mark.slow
def test_only_files_that_were_read_are_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index.comparing, "RACY_NS", 0)
    files = Files(tmp_path / "articles")
    files.write("a.txt", paragraph(1))
    files.write("b.pdf", PdfFile([Page(lines(["Some words."]))] * 2).content())
    with opened(tmp_path / "store") as store:
        first = files.sync_into(store).files
        assert [(one.id, one.format, one.pages) for one in first] == [
            ("a.txt", "text", 0),
            ("b.pdf", "pdf", 2),
        ]
        assert files.sync_into(store).files == []


@pytest.mark.slow
def test_a_file_that_takes_long_tells_its_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT)
    monkeypatch.setattr(index.load, "FORMATS", (bad_parsers.LONG,))
    files = Files(tmp_path / "articles")
    files.write("a.go_on", "Page after page. " * 6_000)
    seen: list[Progress] = []
    for least in (0.0, 60.0):
        monkeypatch.setattr(index.updating, "MIN_READING_SECONDS", least)
        with opened(tmp_path / f"store {least}") as store:
            sync(store, HashedWordsEncoder(), [str(files.folder)], on_progress=seen.append)
    pages = [progress.reading for progress in seen if progress.reading]
    assert len(pages) > 3
    assert {(reading.id, reading.pages_total) for reading in pages} == {("a.go_on", 100)}
    numbers = [reading.pages for reading in pages]
    assert numbers == sorted(numbers)  # a page that takes long is reported more than once
    assert len(set(numbers)) > 3
    assert Reading("a.go_on", 7, 100).page == "page 7 of 100"
