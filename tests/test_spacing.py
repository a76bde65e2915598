"""Texts compared by their words: white space and Unicode form make no difference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answers import spacing
from qa.answers.locate import Haystack, Quote
from qa.answers.spacing import PlainText, difference, plain_form
from tests.support.responses import saved_response
from tests.support.work import cpu_seconds

PIECES = [
    "a",
    "b.",
    "é",
    "e\u0301",
    "가",
    "\u1100\u1161",
    "漢",
    "が",
    "か\u3099",
    "x\u0323\u0307",
    "😀",
]
SPACES = [" ", "  ", "\n", "\r\n", "\r", "\n\n", "\t", "\u00a0", "\u3000", "\u2028", ""]
TEXTS = st.lists(st.sampled_from(PIECES + SPACES), max_size=30).map("".join)


@pytest.fixture(autouse=True, params=[3, 1024], ids=["many chunks", "one chunk"])
def chunks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(spacing, "CHUNK_CHARS", request.param)
    yield


def by_hand(text: str) -> str:
    spaced = re.sub(r"\s+", " ", unicodedata.normalize("NFD", text))
    return re.sub("(?<=[\u3041-\u30ff漢]) (?=[\u3041-\u30ff漢])", "", spaced)


@given(TEXTS)
def test_the_plain_form_is_decomposed_with_single_spaces(text: str) -> None:
    assert plain_form(text) == by_hand(text)


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=20), st.data())
def test_wrapping_and_unicode_forms_change_no_plain_form(
    words: list[str], data: st.DataObject
) -> None:
    def written() -> str:
        spaces = st.sampled_from([space for space in SPACES if space])
        text = "".join(f"{word}{data.draw(spaces)}" for word in words).strip()
        return unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), text)

    assert plain_form(written()) == plain_form(written())


@given(TEXTS)
def test_offsets_are_mapped_to_the_plain_form_and_back(text: str) -> None:
    plain = PlainText(text)
    offsets = [plain.plain_offset(offset) for offset in range(len(text) + 1)]
    assert offsets == sorted(offsets)
    assert offsets[-1] == len(plain.plain)
    for start in range(len(text)):
        if offsets[start] < offsets[start + 1]:
            span = plain.span(offsets[start], offsets[start + 1])
            assert span.start <= start < span.end
            assert by_hand(text[span.start : span.end])[:1] == plain.plain[offsets[start]]


def quote_of(text: str, cited: int) -> Quote:
    (passage,) = saved_response("One?", text).passages
    citation = replace(passage.citation, start=cited, end=cited + len(text))
    passage = replace(passage, citation=citation)
    return Quote("One?", "passage", text, (cited, cited + len(text)), 1, passage)


@given(TEXTS, TEXTS, st.lists(st.sampled_from(PIECES), min_size=2), st.integers(0, 40))
def test_a_quote_is_found_in_any_spacing_and_form(
    before: str, after: str, words: list[str], cited: int
) -> None:
    quote = unicodedata.normalize("NFC", "  ".join(words))
    now = unicodedata.normalize("NFD", "\n".join(words))
    text = f"{before} {now} {after}"
    found = Haystack(text).find(quote_of(quote, cited))
    assert found
    assert by_hand(text[found.span.start : found.span.end]) == by_hand(quote)


@pytest.mark.parametrize(
    ("quote", "text"),
    [
        ("The  cafe", "The caf\u00e9"),
        ("The  cafe", "The cafe\u0301"),
        ("a part", "apart"),
        ("apart", "a part"),
        ("one two", "two one"),
        ("one two", "one and two"),
        ("it is", "IT IS"),
        ("ﬁne", "fine"),
        ("10²", "102"),
    ],
)
def test_other_words_are_not_the_same(quote: str, text: str) -> None:
    assert Haystack(text).find(quote_of(quote, 0)) is None


def test_the_nearest_place_is_found() -> None:
    text = "one\ntwo, " * 9
    found = Haystack(text).find(quote_of("one two", 46))
    assert found
    assert found.span.start == 45
    assert found.difference == "only white space differs"


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        ("one two", "one\r\ntwo", "only white space differs"),
        ("漢字", "漢\n字", "only white space differs"),
        ("café", "cafe\u0301", "only its Unicode form differs"),
        ("café one", "cafe\u0301\none", "only white space and its Unicode form differ"),
        ("one", "one", ""),
    ],
)
def test_a_difference_is_said_in_words(before: str, now: str, says: str) -> None:
    assert plain_form(before) == plain_form(now)
    assert difference(before, now) == says


UNITS = ["word\r\n", "é", "漢字\n", "漢 ", " ", "\u0301", "\u0301\u0323", "Über e\u0301te\u0301 "]


@pytest.mark.parametrize("chunks", [1024], indirect=True)
@pytest.mark.parametrize("unit", UNITS)
def test_a_long_text_takes_linear_time(unit: str) -> None:
    def found(chars: int) -> object:
        return Haystack(unit * (chars // len(unit))).find(quote_of("no such words", chars))

    assert cpu_seconds(lambda: found(400_000)) < 12 * cpu_seconds(lambda: found(100_000)) + 0.2
