"""The documentation names what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", ".github/CONTRIBUTING.md", "tests/benchmark/README.md"]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)\)")
NAMED_PATH = re.compile(r"`((?:qa|index|tests|\.ci|\.github)/[\w./-]*)`")


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    file = ROOT / page
    text = file.read_text("utf-8")
    linked = [file.parent / path for path in LINK.findall(text)]
    named = [ROOT / path for path in NAMED_PATH.findall(text)]
    assert linked or named
    assert [path for path in (*linked, *named) if not path.exists()] == []
