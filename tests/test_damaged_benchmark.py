"""Damaged files of all formats are read or named, and what is quoted of them is true."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import tests.benchmark.damaged as benchmark
from index.load import FORMATS
from qa.answers.verify import Checked, verify
from qa.answers.wire import ResponseJson
from tests.support.sample_files import samples

pytestmark = pytest.mark.slow


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    benchmark.write_files(folder, None, count=3, seed=7)
    return folder


def test_damaged_files_break_no_promise(files: Path, tmp_path: Path) -> None:
    figures = benchmark.examine(files, tmp_path / "store")
    assert [broken for own in figures.values() for broken in own.broken] == []
    assert figures.keys() == {suffix[1:] for suffix in samples()}
    for own in figures.values():
        assert own.files == own.articles + len(own.refused) == 9
    assert all(figures[name].quotes for name in ("html", "mhtml", "pdf", "rtf", "eml", "rss"))


def test_every_format_that_is_read_in_its_own_process_has_a_sample() -> None:
    old = {".xls"}  # it is only named
    for form in FORMATS:
        assert not form.isolated or set(form.suffixes) & (samples().keys() | old)


def test_a_quote_that_does_not_stand_is_counted(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edited(responses: Sequence[ResponseJson], *, root: Path) -> list[Checked]:
        for file in root.rglob("*.rtf"):
            file.write_bytes(b"{\\rtf1 Other words.}")
        return verify(responses, root=root)

    monkeypatch.setattr(benchmark, "verify", edited)
    figures = benchmark.examine(files, tmp_path / "store")
    assert figures["rtf"].wrong
    assert not figures["html"].wrong
