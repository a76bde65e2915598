"""No text of unknown origin does anything to a terminal but be read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.terminal import counted, visible, visible_line

ACTED_ON = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}

PAYLOADS = [
    "\x1b[2J\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;aGk=\x07",
    "\x1bP+q544e\x1b\\",
    "\x9b31m\x9d0;t\x9c",
    "good\rbad",
    "gone\b\b\b\b",
    "\x0e\x0f\x7f\x00",
    "\u202eevil\u202c \u2066x\u2069 \u200f",
    "zero\u200bwidth\u200d\u2060\ufeff",
    "\U000e0041\U000e007f",
    "line\u2028para\u2029\x85next",
    "\ue000 \ud800",
]


def dangerous(text: str) -> list[str]:
    return [c for c in text if c != "\n" and unicodedata.category(c) in ACTED_ON]


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_payload_is_shown_as_marks(payload: str) -> None:
    shown = visible(payload)
    assert dangerous(payload)
    assert not dangerous(shown)
    for letter in filter(str.isascii, filter(str.isalnum, payload)):
        assert letter in shown  # and nothing that can be read is lost


@given(st.text(st.characters(), max_size=80))
def test_nothing_comes_through_that_a_terminal_acts_on(text: str) -> None:
    assert not dangerous(visible(text))
    line = visible_line(text)
    assert not dangerous(line)
    assert "\n" not in line


@given(st.text(st.characters(categories=["L", "M", "N", "P", "S", "Zs"]), max_size=80))
def test_what_is_harmless_comes_through_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_each_mark_names_its_character() -> None:
    assert visible("\x1b\x07\x7f\x9b\u202e\U000e0041") == "␛␇␡⟨009B⟩⟨202E⟩⟨E0041⟩"


def test_lines_stay_and_tabs_are_spaces() -> None:
    assert visible("a\r\nb\rc\nd\te") == "a\nb\nc\nd e"
    assert visible_line(" a\r\n  b\tc ") == "a b c"


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 articles"), (1, "1 article"), (1200, "1,200 articles")]
)
def test_numbers_come_with_their_noun(number: int, words: str) -> None:
    assert counted(number, "article") == words
