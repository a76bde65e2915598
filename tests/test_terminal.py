"""Text for the terminal: hostile text becomes marks, ordinary text stays as it is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.show.text import counted, visible, visible_line

HOSTILE = {
    "\x1b[2J\x1b[31mred": "␛[2J␛[31mred",  # clears the screen
    "\x9b31mred": "⟨009B⟩31mred",  # the same with a one-character introducer
    "\x1b]0;title\x07": "␛]0;title␇",
    "\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\": (
        "␛]8;;https://evil.example␛\\here␛]8;;␛\\"
    ),
    "\x1b]52;c;ZXZpbA==\x07": "␛]52;c;ZXZpbA==␇",  # writes the clipboard
    "\x90q\x9c\x9d52;c;eA==\x9c": "⟨0090⟩q⟨009C⟩⟨009D⟩52;c;eA==⟨009C⟩",
    "safe\rEVIL": "safe\nEVIL",  # overwrites the line
    "good\x08\x08\x08\x08evil\x7f": "good␈␈␈␈evil␡",
    "user\u202etxt.exe\u202c": "user⟨202E⟩txt.exe⟨202C⟩",
    "\u2066a\u2069 \u200fb": "⟨2066⟩a⟨2069⟩ ⟨200F⟩b",
    "pay\u200bpal \u2060\ufeff\xad": "pay⟨200B⟩pal ⟨2060⟩⟨FEFF⟩⟨00AD⟩",
    "hi\U000e0068\U000e0069": "hi⟨E0068⟩⟨E0069⟩",  # tags: text that is invisible to people
    "a\u2028b\u2029c\x85d": "a⟨2028⟩b⟨2029⟩c⟨0085⟩d",
    "\udc9b\ue000\U0010fffd": "⟨DC9B⟩⟨E000⟩⟨10FFFD⟩",
    "\x00\x0b\x0c\x0e": "␀␋␌␎",
}
ORDINARY = [
    "Plain ASCII, with \\ and [markup] and 100 % ~",
    "Ünïcödé e\u0301 – “quoted” — 5 € \xa0 ½",
    "日本語、한국어 각, العربية, עברית, हिन्दी, ไทย",
    "😀 👍🏽 🇫🇷 ❤️ ‼️ 𝒜",
    "one\ntwo\n\nthree",
    "already ␛ shown ⟨202E⟩",
]
UNSAFE = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"}
HOSTILE_TEXT = st.text(
    st.one_of(
        st.sampled_from(sorted(set("".join(HOSTILE)))),
        st.characters(categories=["Cc", "Cf", "Zl", "Zp", "Cs", "Co"]),
        st.characters(),
    )
)


@given(HOSTILE_TEXT)
def test_nothing_that_a_terminal_could_act_on_remains(text: str) -> None:
    assert not {unicodedata.category(c) for c in visible(text).replace("\n", "")} & UNSAFE


@given(HOSTILE_TEXT)
def test_visible_text_is_visible_again_unchanged(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert visible_line(visible_line(text)) == visible_line(text)


@given(HOSTILE_TEXT)
def test_only_unsafe_characters_are_marked(text: str) -> None:
    safe = "".join(c for c in text if unicodedata.category(c) not in UNSAFE)
    assert visible(safe) == safe
    marked = [c for c in text.replace("\t", " ") if unicodedata.category(c) in UNSAFE - {"Cc"}]
    assert all(f"⟨{ord(c):04X}⟩" in visible(text) for c in marked)


@pytest.mark.parametrize(("text", "shown"), HOSTILE.items(), ids=map(ascii, HOSTILE))
def test_hostile_text_is_shown_with_marks(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert visible(text) == text


def test_line_ends_are_one_kind_and_a_tab_is_a_space() -> None:
    assert visible("a\r\nb\rc\nd\n\re\tf") == "a\nb\nc\nd\n\ne f"


@given(HOSTILE_TEXT)
def test_a_visible_line_is_one_line_without_outer_or_double_spaces(text: str) -> None:
    line = visible_line(text)
    assert len(line.splitlines()) <= 1
    assert line.split() == visible(text).split()
    assert line == line.strip()
    assert "  " not in line


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 articles"), (1, "1 article"), (2, "2 articles"), (1_200_000, "1,200,000 articles")],
)
def test_a_number_comes_with_its_noun(number: int, shown: str) -> None:
    assert counted(number, "article") == shown
